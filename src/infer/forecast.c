/* Day by day: what the fit says of the days past, and of the days to come.
 *
 * For each draw used, the path is simulated through diary and forecast, the residual is
 * smoothed over every day of the diary, and one residual line is drawn: for the past
 * from the smoothed marginals, for the future from the last filtered state onwards. */
#include "infer/fit.h"
#include "infer/num.h"

#include <math.h>
#include <string.h>

enum { MOST_DRAWS = 300 };

/* One series on every day of the table and beyond. */
typedef struct daily {
    const problem_series *s;
    track *t;       /* [n_day] steps, NaN where not scored */
    size_t n_all;   /* n_day + n_ahead                     */
    int32_t *day;   /* [n_all]                             */
} daily;

typedef struct job {
    const problem *p;
    const gs_fit *f;
    size_t n_use, n_ahead;
    daily *d;         /* [p->n_series]                                    */
    post *w[FIT_WORKERS];
    filter **filter[FIT_WORKERS]; /* [p->n_series]                        */
    double *eta[FIT_WORKERS];     /* [n_all]                              */
    double *past;     /* [n_series x n_day x n_use]                       */
    double *next;     /* [n_series x n_ahead x n_use]                     */
    double *prob[FIT_WORKERS];    /* [n_series x n_ahead x 16] sums       */
    bool *lived;      /* [n_use]                                          */
} job;

static gs_status make_daily(gs_arena *a, const problem *p, const problem_series *s,
                            size_t n_ahead, daily *out, gs_err *err)
{
    const gs_series *from = &p->obs->series[s->i_obs];
    size_t n_day = p->obs->n_day;
    *out = (daily){.s = s, .n_all = n_day + n_ahead};
    out->day = GS_NEW(a, int32_t, out->n_all);
    double *value = GS_NEW(a, double, n_day);
    if (!out->day || !value)
        return gs_fail(err, GS_ENOMEM, "out of memory for the forecast");
    for (size_t d = 0; d < out->n_all; d++)
        out->day[d] = (int32_t)d;
    for (size_t d = 0; d < n_day; d++)
        value[d] = NAN;
    for (size_t i = 0; i < from->n; i++)
        value[from->day[i]] = from->value[i];
    out->t = track_new(a, &s->l, n_day, out->day, value);
    return out->t ? GS_OK : gs_fail(err, GS_ENOMEM, "out of memory for the forecast");
}

/* A draw from chances on the nodes, spread evenly within its cell. */
static double draw_node(const filter *f, const double *chance, gs_rng *r)
{
    double u = gs_rng_uniform(r), cell = f->node[1] - f->node[0];
    size_t i = 0;
    while (i + 1 < GRID_N && u > chance[i])
        u -= chance[i++];
    return f->node[i] + cell * (gs_rng_uniform(r) - 0.5);
}

static double draw_z(const filter *f, bool grid, bool smoothed, size_t step, gs_rng *r)
{
    if (grid)
        return draw_node(f, (smoothed ? f->gamma : f->alpha) + step * GRID_N, r);
    double m = smoothed ? f->mean_all[step] : f->mean[step];
    double v = smoothed ? f->var_all[step] : f->var[step];
    return m + sqrt(fmax(v, 0)) * gs_rng_normal(r);
}

/* Exact category chances of each day ahead, added to prob [n_ahead x 16]. */
static void add_chances(const filter *f, const link *l, const nuisance *v,
                        const double *eta, size_t n_day, size_t n_ahead, double *prob)
{
    double p[GRID_N], c[LINK_MAX_CAT];
    for (size_t h = 0; h < n_ahead; h++) {
        filter_ahead_grid(f, n_day - 1, v->tau, (double)(h + 1), p);
        for (size_t i = 0; i < GRID_N; i++) {
            if (p[i] < 1e-9)
                continue;
            link_chances(l, v, eta[n_day + h] + v->sd * f->node[i], c);
            for (size_t k = 0; k < l->n_cat; k++)
                prob[h * 16 + k] += p[i] * c[k];
        }
    }
}

static void one_series(job *j, size_t worker, size_t i, size_t s, const double *x)
{
    const daily *d = &j->d[s];
    const link *l = &d->s->l;
    filter *f = j->filter[worker][s];
    nuisance v = link_decode(l, x + d->s->first);
    size_t n_day = d->t->n;
    double *eta = j->eta[worker];
    gs_rng r = gs_rng_stream(j->f->seed, i * 64 + s, "forecast");
    post_latent(j->w[worker], d->s, d->n_all, d->day, &v, eta);
    filter_forward(f, l, d->t, eta, &v);
    filter_backward(f, l, d->t, eta, &v, NULL, NULL);
    bool grid = l->kind != LINK_NORMAL;
    for (size_t t = 0; t < n_day; t++) {
        double z = draw_z(f, grid, true, t, &r);
        j->past[(s * n_day + t) * j->n_use + i] = link_mean(l, &v, eta[t] + v.sd * z);
    }
    double z = draw_z(f, grid, false, n_day - 1, &r), rho = exp(-1 / v.tau);
    for (size_t h = 0; h < j->n_ahead; h++) {
        z = rho * z + sqrt(1 - rho * rho) * gs_rng_normal(&r);
        j->next[(s * j->n_ahead + h) * j->n_use + i] =
            link_draw(l, &v, eta[n_day + h] + v.sd * z, &r);
    }
    if (l->kind == LINK_ORDERED)
        add_chances(f, l, &v, eta, n_day, j->n_ahead,
                    j->prob[worker] + s * j->n_ahead * 16);
}

static void some_draws(void *ctx, size_t worker)
{
    job *j = ctx;
    for (size_t i = worker; i < j->n_use; i += FIT_WORKERS) {
        const double *x = fit_row(j->f, i, j->n_use);
        j->lived[i] = post_path(j->w[worker], x);
        for (size_t s = 0; j->lived[i] && s < j->p->n_series; s++)
            one_series(j, worker, i, s, x);
    }
}

static gs_status alloc_job(gs_arena *a, job *j, gs_err *err)
{
    const problem *p = j->p;
    size_t n_day = p->obs->n_day, n_s = p->n_series;
    bool ok = (j->d = GS_NEW(a, daily, n_s)) != NULL;
    ok = ok && (j->past = GS_NEW(a, double, n_s *n_day *j->n_use));
    ok = ok && (j->next = GS_NEW(a, double, n_s *j->n_ahead *j->n_use + 1));
    ok = ok && (j->lived = GS_NEW(a, bool, j->n_use));
    for (size_t s = 0; ok && s < n_s; s++)
        GS_TRY(make_daily(a, p, &p->series[s], j->n_ahead, &j->d[s], err));
    for (size_t c = 0; ok && c < FIT_WORKERS; c++) {
        ok = (j->filter[c] = GS_NEW(a, filter *, n_s)) &&
             (j->eta[c] = GS_NEW(a, double, n_day + j->n_ahead)) &&
             (j->prob[c] = GS_NEW(a, double, n_s *j->n_ahead * 16 + 1));
        for (size_t s = 0; ok && s < n_s; s++)
            ok = (j->filter[c][s] = filter_new(a, p->series[s].l.kind != LINK_NORMAL,
                                               n_day, j->d[s].t->n_kind));
        if (ok)
            GS_TRY(post_new(a, p, false, &j->w[c], err));
    }
    return ok ? GS_OK : gs_fail(err, GS_ENOMEM, "out of memory for the forecast");
}

/* Keep the draws that could be lived, at the front of each day's list. */
static size_t close_ranks(const job *j, double *x, size_t n_list)
{
    size_t kept = 0;
    for (size_t i = 0; i < j->n_use; i++)
        kept += j->lived[i];
    for (size_t l = 0; kept < j->n_use && l < n_list; l++)
        for (size_t i = 0, to = 0; i < j->n_use; i++)
            if (j->lived[i])
                x[l * j->n_use + to++] = x[l * j->n_use + i];
    return kept;
}

static void bands(size_t n_list, size_t stride, size_t n, double *x, double *scratch,
                  gs_band *out)
{
    for (size_t l = 0; l < n_list; l++) {
        memcpy(scratch, x + l * stride, n * sizeof *x);
        num_sort(n, scratch);
        out[l] = fit_band(n, scratch);
    }
}

/* From lists of draws to the forecast, in the table's order of series. */
static gs_status collect(gs_arena *a, const job *j, gs_forecast *out, gs_err *err)
{
    const problem *p = j->p;
    size_t n_day = p->obs->n_day, n_ahead = j->n_ahead, n_all = p->obs->n_series;
    size_t n = close_ranks(j, j->past, p->n_series * n_day);
    close_ranks(j, j->next, p->n_series * n_ahead);
    *out = (gs_forecast){.n_series = n_all, .n_day = n_day, .n_ahead = n_ahead,
                         .n_draw = n, .fit = GS_NEW(a, gs_band, n_all *n_day + 1),
                         .ahead = GS_NEW(a, gs_band, n_all *n_ahead + 1),
                         .prob = GS_NEW(a, double, n_all *n_ahead * 16 + 1),
                         .draw = GS_NEW(a, double, n_all *n_ahead *n + 1)};
    double *scratch = GS_NEW(a, double, j->n_use);
    if (!out->fit || !out->ahead || !out->prob || !out->draw || !scratch)
        return gs_fail(err, GS_ENOMEM, "out of memory for the forecast");
    if (n == 0)
        return gs_fail(err, GS_ENUM, "no draw of the fit could be run again");
    for (size_t i = 0; i < n_all * n_day; i++)
        out->fit[i] = (gs_band){NAN, NAN, NAN, NAN, NAN};
    for (size_t i = 0; i < n_all * n_ahead; i++)
        out->ahead[i] = (gs_band){NAN, NAN, NAN, NAN, NAN};
    for (size_t i = 0; i < n_all * n_ahead * n; i++)
        out->draw[i] = NAN;
    for (size_t s = 0; s < p->n_series; s++) {
        size_t to = p->series[s].i_obs;
        bands(n_day, j->n_use, n, j->past + s * n_day * j->n_use, scratch,
              out->fit + to * n_day);
        bands(n_ahead, j->n_use, n, j->next + s * n_ahead * j->n_use, scratch,
              out->ahead + to * n_ahead);
        for (size_t h = 0; h < n_ahead; h++)
            memcpy(out->draw + (to * n_ahead + h) * n,
                   j->next + (s * n_ahead + h) * j->n_use, n * sizeof(double));
        for (size_t i = 0; i < n_ahead * 16; i++)
            for (size_t c = 0; c < FIT_WORKERS; c++)
                out->prob[to * n_ahead * 16 + i] +=
                    j->prob[c][s * n_ahead * 16 + i] / (double)n;
    }
    return GS_OK;
}

gs_status gs_infer_forecast(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                            const gs_fit *f, size_t n_ahead, const double *future,
                            const gs_pool *pool, gs_forecast **out, gs_err *err)
{
    gs_arena *work = gs_arena_new(0);
    gs_forecast *fc = GS_NEW(a, gs_forecast, 1);
    size_t n = f->n_chain * f->n_draw;
    job j = {.f = f, .n_ahead = n_ahead, .n_use = n < MOST_DRAWS ? n : MOST_DRAWS};
    problem *p;
    if (!work || !fc) {
        gs_arena_free(work);
        return gs_fail(err, GS_ENOMEM, "out of memory for the forecast");
    }
    gs_status st = fit_problem(work, k, obs, f, obs->n_day + n_ahead, future, &p, err);
    if (st == GS_OK) {
        j.p = p;
        st = alloc_job(work, &j, err);
    }
    if (st == GS_OK) {
        gs_pool_run(pool, FIT_WORKERS, some_draws, &j);
        st = collect(a, &j, fc, err);
    }
    for (size_t c = 0; c < FIT_WORKERS; c++)
        post_free(j.w[c]);
    gs_arena_free(work);
    GS_TRY(st);
    *out = fc;
    return GS_OK;
}
