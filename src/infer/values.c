/* Measured values in the likelihood. Values of one channel share an offset m ~ N(0, s):
 *
 *     r_i = ln v_i - ln y_i = m + e_i,  e_i ~ N(0, e_i)
 *     ln L = -1/2 (sum w r^2 - (sum w r)^2 / (1/s^2 + sum w)),  w_i = 1/e_i^2
 *
 * with the constants dropped. The alternative, a dimension for every offset, asks the
 * sampler for what a formula gives. docs/notes/labs.md */
#include "infer/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Spread over people and methods that the draws do not hold. */
static double offset_of(const gs_kernel *k, const gs_lab_method *m)
{
    if (!m)
        return 1;
    long p = *m->par ? gs_kernel_par(k, m->par) : -1;
    double people = m->people > 0 ? m->people
                    : p >= 0 && k->par[p].prior.kind == GS_DIST_LOGNORMAL ? k->par[p].prior.b
                                                                          : 1;
    return exp(hypot(log(m->method), log(people)));
}

/* One value as the model hears it; false when it lies after the days looked at. */
static bool hear(const gs_kernel *k, const gs_lab *l, size_t n_day, gs_value *out)
{
    const gs_lab_method *m = gs_lab_method_find(l->channel->name);
    long see = *l->channel->see ? gs_kernel_see(k, l->channel->see) : -1;
    if (l->day < 0 || (size_t)l->day >= n_day)
        return false;
    *out = (gs_value){.channel = l->channel, .day = l->day, .value = l->value, .noise = NAN,
                      .offset = NAN};
    if (see < 0 || k->see[see].noise.kind != GS_DIST_LOGNORMAL) {
        out->why_not = "the model has nothing that it measures";
        return true;
    }
    out->see = (size_t)see;
    out->noise = isnan(l->sd) || !(l->sd > 0) ? k->see[see].noise.b : exp(l->sd / l->value);
    out->offset = offset_of(k, m);
    if (!(l->value > 0))
        out->why_not = "nothing was found, and how little could have been is not said";
    else if (m && l->value > m->top)
        out->why_not = "so much speaks of an infection or an injury";
    return true;
}

static int by_channel(const void *a, const void *b)
{
    const gs_value *x = a, *y = b;
    if (!x->why_not != !y->why_not)
        return x->why_not ? 1 : -1;
    int c = strcmp(x->channel->name, y->channel->name);
    return c ? c : (x->day > y->day) - (x->day < y->day);
}

gs_status gs_infer_values(gs_arena *a, const gs_kernel *k, const gs_obs *obs, size_t n_day,
                          size_t *out_n, size_t *out_n_heard, gs_value **out, gs_err *err)
{
    gs_value *v = GS_NEW(a, gs_value, obs->n_lab + 1);
    size_t n = 0;
    if (!v)
        return gs_fail(err, GS_ENOMEM, "out of memory for the measured values");
    for (size_t i = 0; i < obs->n_lab; i++)
        n += hear(k, &obs->lab[i], n_day, &v[n]);
    qsort(v, n, sizeof *v, by_channel);
    *out_n = n;
    *out_n_heard = 0;
    while (*out_n_heard < n && !v[*out_n_heard].why_not)
        ++*out_n_heard;
    *out = v;
    return GS_OK;
}

double gs_infer_values_loglik(size_t n, const gs_value *v, const double *ln_y, double *d)
{
    double ll = 0;
    for (size_t from = 0, to; from < n; from = to) {
        double sw = 0, swr = 0, swrr = 0, s = log(v[from].offset);
        for (to = from; to < n && v[to].channel == v[from].channel; to++) {
            double e = log(v[to].noise), r = log(v[to].value) - ln_y[to];
            sw += 1 / (e * e);
            swr += r / (e * e);
            swrr += r * r / (e * e);
        }
        double shared = s > 0 ? swr / (1 / (s * s) + sw) : 0; /* the offset's mean */
        ll -= 0.5 * (swrr - swr * shared);
        for (size_t i = from; d && i < to; i++) {
            double e = log(v[i].noise);
            d[i] = (log(v[i].value) - ln_y[i] - shared) / (e * e);
        }
    }
    return ll;
}

gs_status problem_add_values(gs_arena *a, problem *p, gs_err *err)
{
    gs_value *v;
    size_t n;
    GS_TRY(gs_infer_values(a, p->k, p->obs, p->n_day, &n, &p->n_value, &v, err));
    p->value = v;
    p->value_pick = GS_NEW(a, size_t, p->n_value + 1);
    if (!p->value_pick)
        return gs_fail(err, GS_ENOMEM, "out of memory for the measured values");
    for (size_t i = 0; i < p->n_value; i++) {
        size_t pick = 0;
        while (pick < p->n_pick && p->see[pick] != v[i].see)
            pick++;
        if (pick == p->n_pick)
            p->see[p->n_pick++] = (uint32_t)v[i].see;
        p->value_pick[i] = pick;
    }
    return GS_OK;
}

/* ---- what each draw made of them ---- */

typedef struct job {
    const problem *p;
    const gs_fit *f;
    size_t n_want;
    post *w[FIT_WORKERS];
    double *ln_y[FIT_WORKERS];
    double *out;
} job;

static void weigh(void *ctx, size_t worker)
{
    job *j = ctx;
    post *w = j->w[worker];
    double *ln_y = j->ln_y[worker];
    for (size_t i = worker; i < j->n_want; i += FIT_WORKERS) {
        bool lived = post_path(w, fit_row(j->f, i, j->n_want)) && post_values(w, ln_y);
        j->out[i] = lived ? gs_infer_values_loglik(j->p->n_value, j->p->value, ln_y, NULL)
                          : -HUGE_VAL;
    }
}

gs_status gs_infer_values_of(const gs_kernel *k, const gs_obs *obs, const gs_fit *f,
                             size_t n_want, const gs_pool *pool, double *out, gs_err *err)
{
    gs_arena *a = gs_arena_new(0);
    problem *p = NULL;
    job j = {.f = f, .n_want = n_want, .out = out};
    if (!a)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    gs_status st = fit_problem(a, k, obs, f, f->n_day, NULL, &p, err);
    j.p = p;
    for (size_t c = 0; st == GS_OK && c < FIT_WORKERS; c++) {
        j.ln_y[c] = GS_NEW(a, double, p->n_value + 1);
        st = j.ln_y[c] ? post_new(a, p, false, &j.w[c], err)
                       : gs_fail(err, GS_ENOMEM, "out of memory");
    }
    if (st == GS_OK)
        gs_pool_run(pool, FIT_WORKERS, weigh, &j);
    for (size_t c = 0; c < FIT_WORKERS; c++)
        post_free(j.w[c]);
    gs_arena_free(a);
    return st;
}
