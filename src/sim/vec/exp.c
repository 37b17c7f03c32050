/* Adaptive exponential steps for the people in one hardware vector: etd.c's steps with an
 * error estimate, over the words of gutskin/vec.h. Compiled once for every CPU level and
 * precision; sim/vec.h is what others see of it.
 *
 * f(z) = -D z + N(z), D the decay rates of the typical adult. Krogstad's four stages of order
 * 4 solve the -D z part exactly, so that no Jacobian and no factors are wanted: four
 * right-hand sides a step, and one for the estimate, which the next step begins with unless
 * levers change between. The solution with N at the end of the step in place of the last
 * stage is of order 3; their difference h b4(hD) (N_4 - N_5) is the estimate
 * [whalen2015]. Where D is wrong (a gut under antibiotics, a plaque under UVB) the estimate
 * cuts the step, down to 1/6144 d.
 *
 * The coefficients are functions of h D, so h comes from a ladder, 1, 1/2, 1/3, 1/4, 1/6 ...
 * d; a step fits when a whole number of its kind reaches midnight. As in ros.c every choice
 * of numbers is a select, and a lane's column of coefficients is its own. */
#include "gutskin/vec.h"

#include "sim/grid.h"
#include "sim/vec/people.h"

enum { TICKS = 6144, RUNGS = 24 }; /* of a day; the last rung is a tick and fits always */
static const int ticks[RUNGS] = {6144, 3072, 2048, 1536, 1024, 768, 512, 384, 256, 192, 128, 96,
                                 64,   48,   32,   24,   16,   12,  8,   6,   4,   3,   2,   1};

typedef struct vexp {
    people p;
    V *zn, *u, *n1, *n2, *n3, *n4, *n5; /* [n] */
    V *coef;             /* [n][GS_NO_COEF] each lane's own */
    V *decay;            /* [n] */
    T *ladder;           /* [RUNGS][n][GS_NO_COEF] */
    int rung[W], tick[W]; /* step of a lane; where in the day it stands */
    double want[W], morning[W]; /* [d] step wished for; and in yesterday's morning */
} vexp;

/* the longest step not above `want` that reaches midnight in a whole number of steps */
static int rung_for(double want, int left)
{
    int r = 0;
    while (r < RUNGS - 1 && (ticks[r] > want * TICKS * 1.0001 || left % ticks[r]))
        r++;
    return r;
}

static void set_rung(vexp *r, size_t lane, int rung)
{
    const T *from = r->ladder + (size_t)rung * r->p.n * GS_NO_COEF;
    if (rung == r->rung[lane])
        return;
    r->rung[lane] = rung;
    for (size_t i = 0; i < r->p.n * GS_NO_COEF; i++)
        COLUMN(r->coef, i, lane) = from[i];
}

/* ---- making, loading, a new day ---- */

static gs_vec *make(gs_arena *a, const gs_kernel *k, const gs_lanes *l,
                    const gs_sim_opts *o)
{
    vexp *r = GS_NEW(a, vexp, 1);
    const size_t n = k->n_state;
    if (!r)
        return NULL;
    const wanted want[] = {
        {&r->zn, n}, {&r->u, n}, {&r->n1, n}, {&r->n2, n}, {&r->n3, n},
        {&r->n4, n}, {&r->n5, n}, {&r->coef, n * GS_NO_COEF}, {&r->decay, n},
    };
    double *decay = GS_NEW(a, double, n + 1), *c = GS_NEW(a, double, n * GS_ETD_COEF + 1);
    r->ladder = GS_NEW(a, T, RUNGS * n * GS_NO_COEF + 1);
    if (!decay || !c || !r->ladder || !people_make(&r->p, a, k, l, o) || !LAY(a, want) ||
        !gs_etd_decay(a, k, decay))
        return NULL;
    for (int rung = 0; rung < RUNGS; rung++) {
        T *to = r->ladder + (size_t)rung * n * GS_NO_COEF;
        gs_etd_coef_of(n, decay, (double)ticks[rung] / TICKS, c);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < GS_NO_COEF; j++)
                to[i * GS_NO_COEF + j] = (T)c[i * GS_ETD_COEF + j];
    }
    for (size_t i = 0; i < n; i++)
        r->decay[i] = K(decay[i]);
    for (size_t lane = 0; lane < W; lane++) {
        r->rung[lane] = -1;
        r->want[lane] = r->morning[lane] = 0.25;
        set_rung(r, lane, rung_for(0.25, TICKS));
    }
    return &r->p.base;
}

static void load(gs_vec *v, size_t lane, const double *par, const double *x0)
{
    vexp *r = (vexp *)(void *)v;
    people_load(&r->p, lane, par, x0);
    r->want[lane] = r->morning[lane] = 0.25;
}

static void day(gs_vec *v, size_t lane, const double *lever)
{
    vexp *r = (vexp *)(void *)v;
    if (r->morning[lane] < r->want[lane])
        r->want[lane] = r->morning[lane];
    r->tick[lane] = 0;
    set_rung(r, lane, rung_for(r->want[lane], TICKS));
    people_day(&r->p, lane, lever);
}

/* ---- one attempt ---- */

/* f = N at z */
VEC void slope(const vexp *r, const V *z, V *f)
{
    r->p.base.lanes->rhs(z, r->p.c, f);
    for (size_t i = 0; i < r->p.n; i++)
        f[i] += r->decay[i] * z[i];
}

/* zn and the largest estimated error over its tolerance; a lane that is no number: NaN.
 * With `same` all lanes stand on rung `t` of the ladder, and coefficients are read as numbers:
 * a quarter of the memory, the same values. */
VEC V step(vexp *r, const bool same, const T *t)
{
    const size_t n = r->p.n;
#define C(j) (same ? K(t[i * GS_NO_COEF + (j)]) : r->coef[i * GS_NO_COEF + (j)])
    for (size_t i = 0; i < n; i++)
        r->u[i] = C(GS_E_HALF) * r->p.z[i] + C(GS_A21) * r->n1[i];
    slope(r, r->u, r->n2);
    for (size_t i = 0; i < n; i++)
        r->u[i] = C(GS_E_HALF) * r->p.z[i] + C(GS_A31) * r->n1[i] + C(GS_A32) * r->n2[i];
    slope(r, r->u, r->n3);
    for (size_t i = 0; i < n; i++)
        r->u[i] = C(GS_E_ONE) * r->p.z[i] + C(GS_A41) * r->n1[i] + C(GS_A43) * r->n3[i];
    slope(r, r->u, r->n4);
    for (size_t i = 0; i < n; i++)
        r->zn[i] = C(GS_E_ONE) * r->p.z[i] + C(GS_B1) * r->n1[i] +
                   C(GS_B23) * (r->n2[i] + r->n3[i]) + C(GS_B4) * r->n4[i];
    slope(r, r->zn, r->n5);
    V over[2] = {K(0), K(0)}, under[2] = {K(1), K(1)}, broken = K(0);
    for (size_t i = 0; i < n; i++) {
        V e = ABS(C(GS_B4) * (r->n4[i] - r->n5[i]));
        broken += r->zn[i] * K(0) + r->n5[i] * K(0);
        V tol = r->p.tol_a[i] + r->p.tol_r[i] * MAX(ABS(r->p.z[i]), ABS(r->zn[i]));
        M worse = LT(over[i & 1] * tol, e * under[i & 1]);
        over[i & 1] = SEL(worse, e, over[i & 1]);
        under[i & 1] = SEL(worse, tol, under[i & 1]);
    }
#undef C
    return MAX(over[0] / under[0], over[1] / under[1]) + broken;
}

static bool all_alike(const vexp *r)
{
    for (size_t lane = 1; lane < W; lane++)
        if (r->rung[lane] != r->rung[0])
            return false;
    return true;
}

static gs_vec_news attempt(gs_vec *v)
{
    vexp *r = (vexp *)(void *)v;
    people_morning(&r->p);
    if (!r->p.fresh)
        slope(r, r->p.z, r->n1);
    r->p.fresh = true;
    V err = all_alike(r) ? step(r, true, r->ladder + (size_t)r->rung[0] * r->p.n * GS_NO_COEF)
                         : step(r, false, NULL);
    v->n_try++;

    const V too_large = K(1e30);
    err = SEL(LT(err, too_large), err, too_large); /* NaN first */
    M good = LE(err, K(1));
    V factor = K(0.9) / SQRT(SQRT(err + K(1e-12)));
    factor = MIN(K(5), MAX(K(0.2), factor));
    for (size_t i = 0; i < r->p.n; i++) {
        r->p.z[i] = SEL(good, r->zn[i], r->p.z[i]);
        r->n1[i] = SEL(good, r->n5[i], r->n1[i]);
    }
    unsigned accepted = MASK(good);
    if (accepted)
        r->p.x_ready = r->p.y_ready = false;
    gs_vec_news news = {0, 0};
    for (size_t lane = 0; lane < W; lane++) {
        int taken = ticks[r->rung[lane]];
        double next = (double)taken / TICKS * (double)COLUMN(&factor, 0, lane);
        if (!(accepted >> lane & 1)) {
            news.failed |= (unsigned)(r->rung[lane] == RUNGS - 1) << lane;
            r->want[lane] = fmin(next, 0.8 * taken / TICKS);
        } else {
            if (r->tick[lane] == 0)
                r->morning[lane] = next;
            r->tick[lane] += taken;
            r->want[lane] = next;
            news.done |= (unsigned)(r->tick[lane] >= TICKS) << lane;
        }
        if (r->tick[lane] < TICKS)
            set_rung(r, lane, rung_for(r->want[lane], TICKS - r->tick[lane]));
        else /* an empty lane goes round */
            r->tick[lane] = 0;
    }
    return news;
}

#define OPS {.n_lane = W, .make = make, .load = load, .day = day, .attempt = attempt, \
             .state = people_state, .seen = people_seen}
#if defined GS_VEC_AT_plain
#define NAME(p) gs_exp_plain_##p
#elif defined GS_VEC_AT_two
#define NAME(p) gs_exp_two_##p
#elif defined GS_VEC_AT_avx2
#define NAME(p) gs_exp_avx2_##p
#else
#define NAME(p) gs_exp_avx512_##p
#endif
#ifdef GS_VEC_SINGLE
extern const gs_vec_ops NAME(f);
const gs_vec_ops NAME(f) = OPS;
#else
extern const gs_vec_ops NAME(d);
const gs_vec_ops NAME(d) = OPS;
#endif
