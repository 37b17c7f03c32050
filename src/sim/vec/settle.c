/* Resting states of the people in one hardware vector: settle.c's way along the flow, a
 * person a lane, each with its own step. Double precision only: a resting state is wanted
 * to the last digits.
 *
 * Stability is proved here by a shortcut. Let M be J with |J_ij| off the diagonal. If some
 * v > 0 has M v < 0, then by Gershgorin's discs, drawn after scaling with v, every eigenvalue
 * of J has a negative real part. The v tried is the solution of -M v = 1; whether it
 * serves is then checked by multiplying, so that no rounding in the solution can fool it.
 * Feedback that M cannot tell from an instability fails the check; such a person, and one
 * who did not come to rest here, is handed to the scalar routine. */
#include "gutskin/vec.h"

#ifndef GS_VEC_SINGLE

#include "sim/vec.h"
#include "sim/vec/lay.h"

#include <string.h>

enum { MOST_STEPS = 150 };
static const double longest = 1e9, longest_move = 0.15, at_rest = 1e-12; /* as settle.c */

typedef struct vrest {
    const gs_kernel *k;
    const gs_lanes *l;
    size_t n;
    V *z, *f, *dz, *jac, *w, *c, *par, *lever, *x;
    V *floor, *low, *high; /* [n] of a state's ruler */
    unsigned char *is_log;
    unsigned *row_start; /* [n + 1] first Jacobian entry of a row */
} vrest;

static void *make(gs_arena *a, const gs_kernel *k, const gs_lanes *l)
{
    vrest *r = GS_NEW(a, vrest, 1);
    size_t n = k->n_state;
    if (!r)
        return NULL;
    const wanted want[] = {
        {&r->z, n}, {&r->f, n}, {&r->dz, n}, {&r->jac, k->n_jac}, {&r->w, l->n_w},
        {&r->c, l->n_c}, {&r->par, k->n_par}, {&r->lever, k->n_lever}, {&r->x, n},
        {&r->floor, n}, {&r->low, n}, {&r->high, n},
    };
    r->is_log = GS_NEW(a, unsigned char, n + 1);
    r->row_start = GS_NEW(a, unsigned, n + 1);
    if (!LAY(a, want) || !r->is_log || !r->row_start)
        return NULL;
    r->k = k;
    r->l = l;
    r->n = n;
    for (size_t e = 0; e < k->n_jac; e++)
        r->row_start[k->jac_row[e] + 1] = (unsigned)e + 1;
    for (size_t i = 0; i < n; i++) {
        const gs_state_info *s = &k->state[i];
        double range = s->hi - s->lo;
        bool bounded = range > 0 && isfinite(range);
        r->is_log[i] = s->is_log;
        r->floor[i] = K(0.05 * fabs(s->start));
        r->high[i] = K(bounded ? 0.25 * range : HUGE_VAL);
        r->low[i] = K(bounded ? 1e-4 * range : 1e-300);
    }
    return r;
}

/* largest |v| by the states' rulers; a lane that is no number comes out as NaN */
VEC V size_of(const vrest *r, const V *v)
{
    V over = K(0), under = K(1), broken = K(0);
    for (size_t i = 0; i < r->n; i++) {
        V ruler = r->is_log[i] ? K(1)
                               : MAX(MIN(ABS(r->z[i]) + r->floor[i], r->high[i]), r->low[i]);
        V e = ABS(v[i]);
        broken += v[i] * K(0);
        M worse = LT(over * ruler, e * under);
        over = SEL(worse, e, over);
        under = SEL(worse, ruler, under);
    }
    return over / under + broken;
}

/* dz = (I/h - J)^-1 f, shorter h where it goes too far; how far it goes */
static V move_from(vrest *r, V *h, M going)
{
    V move;
    for (;;) {
        V d = K(1) / *h;
        r->l->factor(r->jac, &d, r->w);
        memcpy(r->dz, r->f, r->n * sizeof *r->dz);
        r->l->solve(r->w, r->dz);
        move = size_of(r, r->dz);
        M again = AND(AND(going, LT(K(1e-6), *h)), NOT(LE(move, K(longest_move))));
        if (!MASK(again))
            return move;
        *h = SEL(again, K(0.4) * *h, *h);
    }
}

/* lanes at rest */
static unsigned descend(vrest *r)
{
    V h = K(0.25), before = K(HUGE_VAL);
    M going = LE(K(0), K(0)), done = NOT(going);
    for (int i = 0; i < MOST_STEPS; i++) {
        r->l->jac(r->z, r->c, r->f, r->jac);
        V now = size_of(r, r->f);
        going = AND(going, LT(now, K(HUGE_VAL)));
        if (i > 0) { // the less is left of f, the longer the step
            V grow = SEL(LT(K(0), now), K(1.6) * before / now, K(8));
            V next = MIN(h * MIN(K(8), MAX(K(0.4), grow)), K(longest));
            h = SEL(going, next, h);
        }
        before = now;
        V move = move_from(r, &h, going);
        going = AND(going, LE(move, K(longest_move)));
        for (size_t j = 0; j < r->n; j++)
            r->z[j] = SEL(going, r->z[j] + r->dz[j], r->z[j]);
        M rest = AND(going, AND(LE(K(longest), h), LT(move, K(at_rest))));
        done = OR(done, rest);
        going = AND(going, NOT(rest));
        h = SEL(AND(LE(K(1e6), h), LT(move, K(1e-9))), K(longest), h);
        if (!MASK(going))
            break;
    }
    return MASK(done);
}

/* lanes proved stable */
static unsigned stable(vrest *r)
{
    const gs_kernel *k = r->k;
    V zero = K(0);
    M good = LE(zero, zero);
    r->l->jac(r->z, r->c, r->f, r->jac);
    for (size_t e = 0; e < k->n_jac; e++)
        if (k->jac_row[e] != k->jac_col[e])
            r->jac[e] = ABS(r->jac[e]);
    r->l->factor(r->jac, &zero, r->w);
    for (size_t i = 0; i < r->n; i++)
        r->dz[i] = K(1);
    r->l->solve(r->w, r->dz);
    for (size_t i = 0; i < r->n; i++) {
        V sum = K(0);
        good = AND(good, AND(LT(zero, r->dz[i]), LT(r->dz[i], K(1e12))));
        for (unsigned e = r->row_start[i]; e < r->row_start[i + 1]; e++)
            sum += r->jac[e] * r->dz[k->jac_col[e]];
        good = AND(good, LT(sum, K(-0.5)));
    }
    return MASK(good);
}

static gs_vec_rested settle(void *self, size_t n, const double *par, const double *lever,
                            double *x)
{
    vrest *r = self;
    const gs_kernel *k = r->k;
    for (size_t lane = 0; lane < W; lane++) {
        size_t who = lane < n ? lane : 0; /* empty lanes follow the first */
        for (size_t i = 0; i < k->n_par; i++)
            COLUMN(r->par, i, lane) = par[who * k->n_par + i];
        for (size_t i = 0; i < k->n_lever; i++)
            COLUMN(r->lever, i, lane) = lever[who * k->n_lever + i];
        for (size_t i = 0; i < r->n; i++) {
            double at = x[who * r->n + i];
            COLUMN(r->z, i, lane) = r->is_log[i] ? log(at) : at;
        }
    }
    r->l->day(r->par, r->lever, r->c);
    gs_vec_rested out = {.rest = descend(r)};
    out.stable = out.rest ? out.rest & stable(r) : 0;
    r->l->natural(r->z, r->x);
    for (size_t lane = 0; lane < n; lane++)
        for (size_t i = 0; i < r->n && (out.rest >> lane & 1); i++)
            x[lane * r->n + i] = COLUMN(r->x, i, lane);
    return out;
}

#define OPS {.n_lane = W, .make = make, .settle = settle}
#if defined GS_VEC_AT_plain
#define NAME gs_vec_rest_plain
#elif defined GS_VEC_AT_two
#define NAME gs_vec_rest_two
#elif defined GS_VEC_AT_avx2
#define NAME gs_vec_rest_avx2
#else
#define NAME gs_vec_rest_avx512
#endif
extern const gs_vec_rest_ops NAME;
const gs_vec_rest_ops NAME = OPS;

#else
typedef int gs_vec_settle_is_double_only;
#endif
