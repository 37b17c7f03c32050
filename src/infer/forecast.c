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
    track *t;       /* [n_day] steps, NaN where not scored; [n_all] of a member */
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
    /* members of a switch together, days to come included as days without scores */
    lattice *joint[FIT_WORKERS];
    lattice_series *js[FIT_WORKERS]; /* [n_member]                        */
    double *hazard[FIT_WORKERS];  /* [2 x n_all] enter, leave             */
    bool *lived;      /* [n_use]                                          */
} job;

static gs_status make_daily(gs_arena *a, const problem *p, const problem_series *s,
                            size_t n_ahead, daily *out, gs_err *err)
{
    const gs_series *from = &p->obs->series[s->i_obs];
    size_t n_day = p->obs->n_day, n_step = n_day + (s->member ? n_ahead : 0);
    *out = (daily){.s = s, .n_all = n_day + n_ahead};
    out->day = GS_NEW(a, int32_t, out->n_all);
    double *value = GS_NEW(a, double, n_step);
    if (!out->day || !value)
        return gs_fail(err, GS_ENOMEM, "out of memory for the forecast");
    for (size_t d = 0; d < out->n_all; d++)
        out->day[d] = (int32_t)d;
    for (size_t d = 0; d < n_step; d++)
        value[d] = NAN;
    for (size_t i = 0; i < from->n; i++)
        value[from->day[i]] = from->value[i];
    out->t = track_new(a, &s->l, n_step, out->day, value);
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

/* ---- members of a switch ---- */

/* A draw of (regime, node) from joint chances [2][GRID_N]. */
static double draw_joint(const double *node, const double *chance, gs_rng *r, size_t *regime)
{
    double u = gs_rng_uniform(r), cell = node[1] - node[0];
    size_t i = 0;
    while (i + 1 < 2 * (size_t)GRID_N && u > chance[i])
        u -= chance[i++];
    *regime = i / GRID_N;
    return node[i % GRID_N] + cell * (gs_rng_uniform(r) - 0.5);
}

/* From chances of both to those within one regime; that regime's chance. */
static double within(double *chance, size_t regime)
{
    double sum = 0;
    for (size_t i = 0; i < GRID_N; i++)
        sum += chance[regime * GRID_N + i];
    for (size_t i = 0; i < 2 * (size_t)GRID_N; i++)
        chance[i] = i / GRID_N == regime && sum > 0 ? chance[i] / sum : 0;
    return sum;
}

static void member_past(job *j, size_t worker, size_t i, size_t m, const double *node,
                        gs_rng *r)
{
    size_t s = j->p->sw->member[m], n_day = j->p->obs->n_day, regime;
    const lattice_series *js = &j->js[worker][m];
    double chance[2 * GRID_N];
    for (size_t t = 0; t < n_day; t++) {
        lattice_smoothed(j->joint[worker], t, m, chance);
        double z = draw_joint(node, chance, r, &regime);
        j->past[(s * n_day + t) * j->n_use + i] =
            link_mean(js->l, &js->v, js->eta[regime][t] + js->v.sd * z);
    }
}

/* One line of regimes, and with it one line of every member. */
static void members_ahead(job *j, size_t worker, size_t i, const double *node, gs_rng *r)
{
    const problem_switch *sw = j->p->sw;
    size_t n_day = j->p->obs->n_day, n_all = n_day + j->n_ahead, regime = 0;
    double chance[2 * GRID_N], z[LATTICE_MAX_SERIES] = {0};
    const double *enter = j->hazard[worker], *leave = enter + n_all;
    for (size_t m = 0; m < sw->n_member; m++) {
        lattice_filtered(j->joint[worker], n_day - 1, m, chance);
        if (m == 0)
            draw_joint(node, chance, r, &regime);
        within(chance, regime);
        size_t same;
        z[m] = draw_joint(node, chance, r, &same);
    }
    for (size_t h = 0; h < j->n_ahead; h++) {
        double rate = exp(regime ? leave[n_day + h] : enter[n_day + h]);
        if (gs_rng_uniform(r) < -expm1(-rate))
            regime = 1 - regime;
        for (size_t m = 0; m < sw->n_member; m++) {
            const lattice_series *js = &j->js[worker][m];
            double rho = exp(-1 / js->v.tau);
            z[m] = rho * z[m] + sqrt(1 - rho * rho) * gs_rng_normal(r);
            j->next[(sw->member[m] * j->n_ahead + h) * j->n_use + i] = link_draw(
                js->l, &js->v, js->eta[regime][n_day + h] + js->v.sd * z[m], r);
        }
    }
}

static void member_chances(job *j, size_t worker, size_t m, const double *node)
{
    size_t n_day = j->p->obs->n_day;
    const lattice_series *js = &j->js[worker][m];
    double chance[2 * GRID_N], c[LINK_MAX_CAT];
    double *prob = j->prob[worker] + j->p->sw->member[m] * j->n_ahead * 16;
    for (size_t h = 0; h < j->n_ahead && js->l->kind == LINK_ORDERED; h++) {
        lattice_filtered(j->joint[worker], n_day + h, m, chance);
        for (size_t q = 0; q < 2 * (size_t)GRID_N; q++) {
            if (chance[q] < 1e-9)
                continue;
            double at = js->eta[q / GRID_N][n_day + h] + js->v.sd * node[q % GRID_N];
            link_chances(js->l, &js->v, at, c);
            for (size_t k = 0; k < js->l->n_cat; k++)
                prob[h * 16 + k] += chance[q] * c[k];
        }
    }
}

static bool all_members(job *j, size_t worker, size_t i, const double *x)
{
    const problem *p = j->p;
    const problem_switch *sw = p->sw;
    size_t n_all = p->obs->n_day + j->n_ahead;
    const double *node;
    gs_rng r = gs_rng_stream(j->f->seed, i, "forecast of a switch");
    post_hazards(j->w[worker], x, 0, n_all, j->hazard[worker], j->hazard[worker] + n_all);
    for (size_t m = 0; m < sw->n_member; m++) {
        lattice_series *js = &j->js[worker][m];
        const problem_series *ps = &p->series[sw->member[m]];
        js->v = link_decode(&ps->l, x + ps->first);
        for (size_t q = 0; q < 2; q++)
            post_latent_in(j->w[worker], ps, q, x, n_all, j->d[sw->member[m]].day, &js->v,
                           j->eta[worker] + (2 * m + q) * n_all);
    }
    lattice_hazard h = {j->hazard[worker], j->hazard[worker] + n_all, NULL, NULL};
    if (!isfinite(lattice_forward(j->joint[worker], j->js[worker], &h)))
        return false;
    lattice_backward(j->joint[worker], j->js[worker], &h);
    lattice_nodes(j->joint[worker], &node);
    for (size_t m = 0; m < sw->n_member; m++) {
        member_past(j, worker, i, m, node, &r);
        member_chances(j, worker, m, node);
    }
    members_ahead(j, worker, i, node, &r);
    return true;
}

static void some_draws(void *ctx, size_t worker)
{
    job *j = ctx;
    for (size_t i = worker; i < j->n_use; i += FIT_WORKERS) {
        const double *x = fit_row(j->f, i, j->n_use);
        j->lived[i] = post_path(j->w[worker], x);
        if (j->lived[i] && j->p->sw)
            j->lived[i] = all_members(j, worker, i, x);
        for (size_t s = 0; j->lived[i] && s < j->p->n_series; s++)
            if (!j->p->series[s].member)
                one_series(j, worker, i, s, x);
    }
}

static bool alloc_members(gs_arena *a, job *j, size_t c)
{
    const problem_switch *sw = j->p->sw;
    size_t n_all = j->p->obs->n_day + j->n_ahead;
    if (!sw)
        return true;
    j->joint[c] = lattice_new(a, false, 2, sw->n_member, n_all, 1, n_all);
    j->js[c] = GS_NEW(a, lattice_series, sw->n_member);
    j->hazard[c] = GS_NEW(a, double, 2 * n_all);
    if (!j->joint[c] || !j->js[c] || !j->hazard[c])
        return false;
    for (size_t m = 0; m < sw->n_member; m++) {
        const daily *d = &j->d[sw->member[m]];
        j->js[c][m] = (lattice_series){.l = &d->s->l, .t = d->t};
        for (size_t q = 0; q < 2; q++)
            j->js[c][m].eta[q] = j->eta[c] + (2 * m + q) * n_all;
    }
    return true;
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
             (j->eta[c] = GS_NEW(a, double, (n_day + j->n_ahead) *
                                                (p->sw ? 2 * p->sw->n_member : 1))) &&
             (j->prob[c] = GS_NEW(a, double, n_s *j->n_ahead * 16 + 1));
        ok = ok && alloc_members(a, j, c);
        for (size_t s = 0; ok && s < n_s; s++)
            ok = p->series[s].member ||
                 (j->filter[c][s] = filter_new(a, p->series[s].l.kind != LINK_NORMAL,
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
