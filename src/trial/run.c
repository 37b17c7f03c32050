/* All of a trial in one call: what `gutskin trial` shows. */
#include "trial/pool.h"

#include "infer/num.h"
#include <stdlib.h>
#include <string.h>

enum { N_SIZE = 10, MOST_SIZE = 100000 };

typedef struct whole {
    gs_arena *a;
    const gs_trial *t;
    const gs_trial_pool *p;
    const gs_trial_run_opts *o;
    const gs_pool *pool;
    const gs_progress *progress;
    gs_trial_result *r;
} whole;

/* mean over draws of every number of a cell, which are all doubles */
static void mean_cell(const gs_trial_pool *p, const gs_trial_cell *cell,
                      gs_trial_cell *out)
{
    enum { N = sizeof(gs_trial_cell) / sizeof(double) };
    double sum[N] = {0}, one[N];
    for (size_t d = 0; d < p->n_draw; d++) {
        memcpy(one, &cell[d * p->n_arm * p->n_visit], sizeof one);
        for (size_t i = 0; i < N; i++)
            sum[i] += one[i] / (double)p->n_draw;
    }
    memcpy(out, sum, sizeof sum);
}

static void span(const gs_trial_pool *p, const double *first, double *x, double *lo,
                 double *hi)
{
    size_t stride = p->n_arm * p->n_visit * sizeof(gs_trial_cell) / sizeof(double);
    for (size_t d = 0; d < p->n_draw; d++)
        x[d] = first[d * stride];
    num_sort(p->n_draw, x);
    *lo = num_quantile_sorted(p->n_draw, x, 0.05);
    *hi = num_quantile_sorted(p->n_draw, x, 0.95);
}

static gs_status curves(whole *w, gs_err *err)
{
    const gs_trial_pool *p = w->p;
    size_t n = p->n_arm * p->n_visit;
    gs_trial_cell *cell = GS_NEW(w->a, gs_trial_cell, p->n_draw * n);
    gs_trial_curve *curve = GS_NEW(w->a, gs_trial_curve, n);
    gs_trial_contrast *con = GS_NEW(w->a, gs_trial_contrast, n);
    double *x = GS_NEW(w->a, double, p->n_draw + 1);
    if (!cell || !curve || !con || !x)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    GS_TRY(gs_trial_observe(w->t, p, w->o->terms, w->pool, cell, err));
    GS_TRY(gs_trial_contrasts(w->t, p, cell, con, err));
    for (size_t i = 0; i < n; i++) {
        gs_trial_curve *c = &curve[i];
        mean_cell(p, cell + i, &c->all);
        span(p, &cell[i].mean, x, &c->mean_lo, &c->mean_hi);
        span(p, &cell[i].change, x, &c->change_lo, &c->change_hi);
        span(p, &cell[i].responder, x, &c->responder_lo, &c->responder_hi);
    }
    w->r->curve = curve;
    w->r->contrast = con;
    return GS_OK;
}

/* people for 80% power by the textbook formula, of what the pool shows: only to know
 * where to look */
static double rough_size(const whole *w)
{
    const gs_trial *t = w->t;
    const gs_trial_contrast *c = &w->r->contrast[t->primary];
    const gs_trial_cell *a0 = &w->r->curve[t->primary].all;
    const gs_trial_cell *a1 = &w->r->curve[t->n_visit + t->primary].all;
    double v = (a0->change_sd * a0->change_sd + a1->change_sd * a1->change_sd) / 2;
    double d = c->diff.mean;
    if (t->kind == GS_TRIAL_ONSET || t->test == GS_TRIAL_RESPONDERS) {
        double q = (a0->responder + a1->responder) / 2;
        v = q * (1 - q);
        d = c->rd.mean;
    }
    double n = 2 * (double)t->n_arm * 7.85 * v / (d * d);
    return isfinite(n) ? n : HUGE_VAL;
}

/* even steps of the logarithm around the plan and, within reach, the size that 80% power
 * takes; the plan is one of them */
static void usual_sizes(const whole *w, size_t *size, size_t *n)
{
    double plan = (double)w->t->n_random, rough = rough_size(w);
    double least = fmax(4 * (double)w->t->n_arm, 2 * (double)w->t->n_cluster);
    double hi = fmin(fmax(4 * plan, fmin(2.5 * rough, 5000)), MOST_SIZE);
    double lo = fmax(fmin(plan / 2, fmax(rough / 8, plan / 8)), least);
    hi = fmax(hi, 4 * lo);
    *n = 0;
    bool planned = false;
    for (size_t i = 0; i < N_SIZE; i++) {
        size_t v = (size_t)(lo * pow(hi / lo, (double)i / (N_SIZE - 1)) + 0.5);
        bool near = fabs(log((double)v / plan)) < 0.5 * log(hi / lo) / (N_SIZE - 1);
        if (!planned && (near || v > w->t->n_random)) {
            size[(*n)++] = w->t->n_random;
            planned = true;
            if (near)
                continue;
        }
        if (*n == 0 || v > size[*n - 1])
            size[(*n)++] = v;
    }
    if (!planned)
        size[(*n)++] = w->t->n_random;
}

/* the sizes asked for, with the planned one among them */
static void asked_sizes(const gs_trial *t, const gs_trial_run_opts *o, size_t *size,
                        size_t *n)
{
    bool done = false;
    *n = 0;
    for (size_t i = 0; i < o->n_size; i++) {
        if (!done && o->size[i] > t->n_random)
            size[(*n)++] = t->n_random;
        done |= o->size[i] >= t->n_random;
        size[(*n)++] = o->size[i];
    }
    if (!done)
        size[(*n)++] = t->n_random;
}

static gs_status power(whole *w, gs_err *err)
{
    gs_trial_result *r = w->r;
    size_t n = w->o->n_size + N_SIZE + 2;
    size_t *size = GS_NEW(w->a, size_t, n);
    gs_trial_power_point *point = GS_NEW(w->a, gs_trial_power_point, n);
    if (!size || !point)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    if (w->o->n_size)
        asked_sizes(w->t, w->o, size, &r->n_point);
    else
        usual_sizes(w, size, &r->n_point);
    double most = (double)size[r->n_point - 1];
    r->n_rep = w->o->n_rep ? w->o->n_rep : (size_t)fmin(fmax(2.5e6 / most, 500), 2000);
    if (r->n_rep < w->p->n_draw)
        r->n_rep = w->p->n_draw;
    r->point = point;
    GS_TRY(gs_trial_power(w->t, w->p, w->o->terms, r->n_rep, r->n_point, size, w->pool,
                          w->progress, point, err));
    for (size_t i = 0; i < r->n_point; i++)
        if (size[i] == w->t->n_random)
            r->i_planned = i;
    gs_trial_size_for(r->n_point, point, 0.8, &r->size80, &r->size80_lo, &r->size80_hi);
    gs_trial_size_for(r->n_point, point, 0.9, &r->size90, &r->size90_lo, &r->size90_hi);
    return GS_OK;
}

gs_status gs_trial_run(gs_arena *a, const gs_trial *t, const gs_kernel *k,
                       size_t n_draw, const gs_trial_draw *draw,
                       const gs_trial_run_opts *o, const gs_pool *pool,
                       const gs_progress *progress, gs_trial_result **out, gs_err *err)
{
    const gs_trial_run_opts usual = {0};
    gs_trial_pool *p = NULL;
    if (!o)
        o = &usual;
    gs_trial_result *r = GS_NEW(a, gs_trial_result, 1);
    if (!r)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    GS_TRY(gs_trial_live(t, k, n_draw, draw, &o->live, pool, progress, &p, err));
    whole w = {
        .a = a, .t = t, .p = p, .o = o, .pool = pool, .progress = progress, .r = r};
    r->pool = gs_trial_pool_about(p);
    r->own_draws = n_draw == 0;
    r->terms = scorer_make(t, k, o->terms, &p->terms[0]).q;
    gs_status st = curves(&w, err);
    if (st == GS_OK && t->n_arm > 1)
        st = power(&w, err);
    gs_trial_pool_free(p);
    GS_TRY(st);
    *out = r;
    return GS_OK;
}
