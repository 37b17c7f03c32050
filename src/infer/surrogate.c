/* Building an emulator, surrogate.h: simulate at design points (all threads), fit, and
 * compare with the simulator at points it has not seen. */
#include "infer/surrogate.h"
#include "infer/num.h"

#include <math.h>
#include <string.h>

enum { N_CHECK = 12 };
static const double SPREAD = 1.5; /* of the design over the posterior */
static const double CLOSE = 0.15; /* log posterior; what a higher degree need not mend */

typedef struct design {
    const problem *p;
    post **w;
    size_t n_slot, from, n_point, n_score;
    double *u, *y, *dy; /* [n_point x n_free], [.. x n_score], [.. x n_score x n_free] */
    bool *lived;
} design;

static void simulate(void *ctx, size_t slot)
{
    design *d = ctx;
    size_t n = d->p->n_free;
    for (size_t at = d->from + slot * POST_AHEAD; at < d->n_point;
         at += d->n_slot * POST_AHEAD) {
        const double *u[POST_AHEAD];
        double *y[POST_AHEAD], *dy[POST_AHEAD];
        size_t m = d->n_point - at < POST_AHEAD ? d->n_point - at : POST_AHEAD;
        for (size_t i = 0; i < m; i++) {
            u[i] = d->u + (at + i) * n;
            y[i] = d->y + (at + i) * d->n_score;
            dy[i] = d->dy + (at + i) * d->n_score * n;
        }
        post_design_many(d->w[slot], m, u, d->lived + at, y, dy);
    }
}

/* Lower factor of the free parameters' block of L L', times SPREAD. */
static bool block_factor(const problem *p, const double *L, double *out)
{
    size_t n = p->n_free, m = p->n_dim;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double s = 0;
            for (size_t k = 0; k < m; k++)
                s += L[i * m + k] * L[j * m + k];
            out[i * n + j] = s * SPREAD * SPREAD;
        }
    return num_cholesky(n, out);
}

/* Points centre + L w, w ~ N(0, 1) kept within 3. */
static void place(design *d, size_t to, const double *centre, const double *L,
                  uint64_t seed)
{
    size_t n = d->p->n_free;
    double w[EMULATOR_MAX_FREE];
    for (size_t i = d->n_point; i < to; i++) {
        gs_rng r = gs_rng_stream(seed, i, "design");
        for (size_t k = 0; k < n; k++)
            w[k] = i ? fmin(fmax(gs_rng_normal(&r), -3), 3) : 0;
        num_lower_mul(n, L, w, d->u + i * n);
        for (size_t k = 0; k < n; k++)
            d->u[i * n + k] += centre[k];
    }
}

/* Move point i to the end of those kept; their number. */
static size_t keep(design *d, size_t i)
{
    size_t n = d->p->n_free, to = d->n_point;
    memmove(d->u + to * n, d->u + i * n, n * sizeof *d->u);
    memmove(d->y + to * d->n_score, d->y + i * d->n_score, d->n_score * sizeof *d->y);
    memmove(d->dy + to * d->n_score * n, d->dy + i * d->n_score * n,
            d->n_score * n * sizeof *d->dy);
    return to + 1;
}

/* Simulate points [d->n_point, wanted) too; false when too many cannot be lived. */
static bool extend_design(design *d, size_t wanted, const gs_pool *pool)
{
    size_t had = d->n_point;
    d->from = had;
    d->n_point = wanted;
    gs_pool_run(pool, d->n_slot, simulate, d);
    d->n_point = had;
    for (size_t i = had; i < wanted; i++)
        if (d->lived[i])
            d->n_point = keep(d, i);
    return d->n_point * 10 >= wanted * 9;
}

static bool new_design(gs_arena *a, design *d, size_t most)
{
    size_t n = d->p->n_free;
    d->u = GS_NEW(a, double, most *n);
    d->y = GS_NEW(a, double, most *d->n_score);
    d->dy = GS_NEW(a, double, most *d->n_score *n);
    d->lived = GS_NEW(a, bool, most);
    return d->u && d->y && d->dy && d->lived;
}

/* Log posterior by both routes at points not used in the fit. */
typedef struct check {
    post **w;
    size_t n_slot, n_dim;
    double u[N_CHECK][128], miss[N_CHECK];
} check;

static void compare(void *ctx, size_t slot)
{
    check *c = ctx;
    for (size_t at = slot * POST_AHEAD; at < N_CHECK; at += c->n_slot * POST_AHEAD) {
        const double *u[POST_AHEAD];
        double exact[POST_AHEAD];
        size_t m = N_CHECK - at < POST_AHEAD ? N_CHECK - at : POST_AHEAD;
        for (size_t i = 0; i < m; i++)
            u[i] = c->u[at + i];
        post_exact_many(c->w[slot], m, u, exact, NULL);
        for (size_t i = 0; i < m; i++)
            c->miss[at + i] = post_eval(c->w[slot], u[i], NULL) - exact[i];
    }
}

static double off_by(const problem *p, post **w, size_t n_slot, const gs_pool *pool,
                     uint64_t seed, const double *centre, const double *L)
{
    check c = {.w = w, .n_slot = n_slot, .n_dim = p->n_dim};
    double z[128], mean = 0, sq = 0;
    if (p->n_dim > 128)
        return NAN;
    for (size_t i = 0; i < N_CHECK; i++) {
        gs_rng r = gs_rng_stream(seed, i, "design check");
        for (size_t k = 0; k < p->n_dim; k++)
            z[k] = gs_rng_normal(&r);
        num_lower_mul(p->n_dim, L, z, c.u[i]);
        for (size_t k = 0; k < p->n_dim; k++)
            c.u[i][k] += centre[k];
    }
    gs_pool_run(pool, n_slot, compare, &c);
    for (size_t i = 0; i < N_CHECK; i++)
        mean += c.miss[i] / N_CHECK;
    for (size_t i = 0; i < N_CHECK; i++)
        sq += (c.miss[i] - mean) * (c.miss[i] - mean) / N_CHECK;
    return sqrt(sq);
}

void surrogate_drop(post **w, size_t n_slot)
{
    for (size_t c = 0; c < n_slot; c++)
        w[c]->emu = NULL;
}

bool surrogate_build(gs_arena *a, const problem *p, post **w, size_t n_slot,
                     const gs_pool *pool, uint64_t seed, const double *centre,
                     const double *L)
{
    double block[EMULATOR_MAX_FREE * EMULATOR_MAX_FREE];
    surrogate_drop(w, n_slot);
    if (p->n_free == 0 || p->n_free > EMULATOR_MAX_FREE || !block_factor(p, L, block))
        return false;
    size_t most = emulator_most_degree(p->n_free), least = most < 2 ? most : 2;
    gs_arena *work = gs_arena_new(0);
    design d = {.p = p, .w = w, .n_slot = n_slot, .n_score = p->n_out};
    bool good = false, room = work != NULL;
    for (size_t degree = least; degree <= most && room && !good; degree++) {
        emulator *e = emulator_new(a, p->n_free, p->n_out, degree, centre, block);
        if (!e)
            break;
        if (!d.u) {
            emulator last = {.n = p->n_free};
            last.n_term = EMULATOR_MAX_TERM;
            room = new_design(work, &d, emulator_n_design(&last));
        }
        for (size_t c = 0; c < n_slot; c++)
            room = room && (w[c]->emu_work = emulator_work_new(a, e));
        size_t wanted = emulator_n_design(e);
        if (!room)
            break;
        place(&d, wanted, centre, e->L, seed);
        if (!extend_design(&d, wanted, pool) ||
            !emulator_fit(work, e, d.n_point, d.u, d.y, d.dy))
            break;
        for (size_t c = 0; c < n_slot; c++)
            w[c]->emu = e;
        double off = off_by(p, w, n_slot, pool, seed, centre, L);
        good = off < (degree == most ? 1 : CLOSE); /* false for NaN too */
    }
    gs_arena_free(work);
    if (!good)
        surrogate_drop(w, n_slot);
    return good;
}
