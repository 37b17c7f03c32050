/* Predicting later scores without fitting again: gs_infer_next.
 *
 * Each draw's residual is filtered through every score of the table once; a question
 * (known, day) is answered from the filtered state of the last score that is known,
 * carried to the day. Draws may be weighted by how well they foretold the scores that
 * came after the fit. */
#include "infer/fit.h"
#include "infer/num.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DRAWS = 400 };

/* What one draw says to one question. */
typedef struct says {
    double log_weight, mean, var, log_p, expected, value;
    double prob[LINK_MAX_CAT];
} says;

typedef struct job {
    const problem *p;
    const gs_fit *f;
    size_t n_use, n_ask;
    const gs_ask *ask;
    track **t;                       /* [n_series] every score of the table   */
    post *w[FIT_WORKERS];
    filter **filter[FIT_WORKERS];
    double **eta[FIT_WORKERS];       /* [n_series][scores]                    */
    /* members of a switch together, on all days on which one of them is scored */
    size_t n_step;
    lattice *joint[FIT_WORKERS];
    lattice_series *js[FIT_WORKERS]; /* [n_member]                            */
    double *hazard[FIT_WORKERS];     /* [2 x n_day]                           */
    says *out;                       /* [n_use x n_ask]                       */
} job;

static size_t model_series(const problem *p, size_t i_obs)
{
    size_t s = 0;
    while (s < p->n_series && p->series[s].i_obs != i_obs)
        s++;
    return s;
}

/* Scores with day <= known. */
static size_t steps_known(const track *t, int32_t known)
{
    size_t n = 0;
    while (n < t->n && t->day[n] <= known)
        n++;
    return n;
}

static double value_on(const track *t, int32_t day)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->day[i] == day)
            return t->value[i];
    return NAN;
}

/* ln p of what came between the fit and `known`, all series. */
static double log_weight(const job *j, size_t worker, int32_t known)
{
    double sum = 0;
    for (size_t s = 0; s < j->p->n_series; s++)
        for (size_t i = 0; !j->p->series[s].member && i < steps_known(j->t[s], known); i++)
            if ((size_t)j->t[s]->day[i] >= j->f->n_day)
                sum += j->filter[worker][s]->log_chance[i];
    const track *t = j->p->sw ? j->js[worker][0].t : NULL;
    for (size_t i = 0; t && i < steps_known(t, known); i++)
        if ((size_t)t->day[i] >= j->f->n_day)
            sum += lattice_log_chance(j->joint[worker], i);
    return sum;
}

static void answer_normal(const link *l, const nuisance *v, const filter *f, size_t n,
                          double gap, double eta, double actual, says *out, gs_rng *r)
{
    double m = 0, var = 1;
    if (n > 0)
        filter_ahead_normal(f, n - 1, v->tau, gap, &m, &var);
    out->mean = eta + v->sd * m;
    out->var = v->sd * v->sd * var + v->noise * v->noise;
    double rounding = isnan(actual) ? 0 : link_round_var(l, actual);
    double e = isnan(actual) ? 0 : link_forward(l, actual) - out->mean;
    double all = out->var + rounding;
    out->log_p = -0.5 * (e * e / all + log(2 * M_PI * all));
    double z = m + sqrt(var) * gs_rng_normal(r);
    out->value = link_draw(l, v, eta + v->sd * z, r);
    nuisance wide = *v;
    wide.noise = sqrt(out->var);
    out->expected = link_mean(l, &wide, out->mean);
}

/* Scores from chances p [n_regime][GRID_N] on the nodes, with the latent of each regime. */
static void answer_chances(const link *l, const nuisance *v, const double *node,
                           size_t n_regime, const double *p, const double *eta,
                           double actual, says *out, gs_rng *r)
{
    double c[LINK_MAX_CAT], second = 0, like = 0, u = gs_rng_uniform(r);
    bool drawn = false, normal = l->kind == LINK_NORMAL;
    for (size_t i = 0; i < n_regime * GRID_N; i++) {
        double x = eta[i / GRID_N] + v->sd * node[i % GRID_N], mean = link_mean(l, v, x);
        out->expected += p[i] * mean;
        if (l->kind == LINK_ORDERED) {
            link_chances(l, v, x, c);
            for (size_t k = 0; k < l->n_cat; k++) {
                double score = l->scale->lo +
                               (double)k * (l->scale->step > 0 ? l->scale->step : 1);
                out->prob[k] += p[i] * c[k];
                second += p[i] * c[k] * score * score;
            }
        } else if (normal) {
            out->mean += p[i] * x;
            second += p[i] * (x * x + v->noise * v->noise);
        } else {
            second += p[i] * (mean * mean * (1 + 1 / v->noise) + mean);
        }
        if (!isnan(actual))
            like += p[i] * exp(link_logp(l, v, actual, x));
        u -= p[i];
        if (!drawn && (u <= 0 || i + 1 == n_regime * GRID_N)) {
            out->value = link_draw(l, v, x, r);
            drawn = true;
        }
    }
    if (!normal)
        out->mean = out->expected;
    out->var = fmax(second - out->mean * out->mean, 0);
    out->log_p = log(like);
}

static void answer_grid(const link *l, const nuisance *v, const filter *f, size_t n,
                        double gap, double eta, double actual, says *out, gs_rng *r)
{
    double p[GRID_N];
    memcpy(p, f->start, sizeof p);
    if (n > 0)
        filter_ahead_grid(f, n - 1, v->tau, gap, p);
    answer_chances(l, v, f->node, 1, p, &eta, actual, out, r);
}

static void answer_member(job *j, size_t worker, size_t s, const gs_ask *ask,
                          const double *x, double actual, says *out, gs_rng *r)
{
    const problem_switch *sw = j->p->sw;
    const problem_series *ps = &j->p->series[s];
    size_t m = 0;
    while (sw->member[m] != s)
        m++;
    const lattice_series *js = j->js[worker];
    lattice_hazard h = {j->hazard[worker], j->hazard[worker] + j->p->obs->n_day, NULL, NULL};
    double p[2 * GRID_N], eta[2];
    const double *node;
    nuisance v = js[m].v;
    if (ps->l.kind == LINK_NORMAL)
        v.noise = hypot(v.noise, LATTICE_SHARPEST * v.sd);
    lattice_nodes(j->joint[worker], &node);
    lattice_ahead(j->joint[worker], js, &h, (long)steps_known(js[0].t, ask->known) - 1, m,
                  ask->day, p);
    for (size_t q = 0; q < 2; q++)
        post_latent_in(j->w[worker], ps, q, x, 1, &ask->day, &v, &eta[q]);
    answer_chances(&ps->l, &v, node, 2, p, eta, actual, out, r);
}

static void answer(job *j, size_t worker, size_t i, size_t q, const double *x)
{
    const gs_ask *ask = &j->ask[q];
    size_t s = model_series(j->p, ask->series);
    says *out = &j->out[i * j->n_ask + q];
    if (s == j->p->n_series)
        return;
    const problem_series *ps = &j->p->series[s];
    if (ps->member) {
        gs_rng r = gs_rng_stream(j->f->seed, i * j->n_ask + q, "next");
        *out = (says){.log_weight = log_weight(j, worker, ask->known)};
        answer_member(j, worker, s, ask, x, value_on(j->t[s], ask->day), out, &r);
        return;
    }
    const filter *f = j->filter[worker][s];
    nuisance v = link_decode(&ps->l, x + ps->first);
    size_t n = steps_known(j->t[s], ask->known);
    double gap = n > 0 ? ask->day - j->t[s]->day[n - 1] : 0, eta;
    double actual = value_on(j->t[s], ask->day);
    gs_rng r = gs_rng_stream(j->f->seed, i * j->n_ask + q, "next");
    post_latent(j->w[worker], ps, 1, &ask->day, &v, &eta);
    *out = (says){.log_weight = log_weight(j, worker, ask->known)};
    if (ps->l.kind == LINK_NORMAL)
        answer_normal(&ps->l, &v, f, n, gap, eta, actual, out, &r);
    else
        answer_grid(&ps->l, &v, f, n, gap, eta, actual, out, &r);
}

static bool filter_members(job *j, size_t worker, const double *x)
{
    const problem *p = j->p;
    size_t n_day = p->obs->n_day;
    post_hazards(j->w[worker], x, 0, n_day, j->hazard[worker], j->hazard[worker] + n_day);
    for (size_t m = 0; m < p->sw->n_member; m++) {
        lattice_series *js = &j->js[worker][m];
        const problem_series *ps = &p->series[p->sw->member[m]];
        js->v = link_decode(&ps->l, x + ps->first);
        for (size_t q = 0; q < 2; q++)
            post_latent_in(j->w[worker], ps, q, x, js->t->n, js->t->day, &js->v,
                           j->eta[worker][p->sw->member[m]] + q * j->n_step);
    }
    lattice_hazard h = {j->hazard[worker], j->hazard[worker] + n_day, NULL, NULL};
    return isfinite(lattice_forward(j->joint[worker], j->js[worker], &h));
}

static void some_draws(void *ctx, size_t worker)
{
    job *j = ctx;
    for (size_t i = worker; i < j->n_use; i += FIT_WORKERS) {
        const double *x = fit_row(j->f, i, j->n_use);
        bool ok = post_path(j->w[worker], x);
        ok = ok && (!j->p->sw || filter_members(j, worker, x));
        for (size_t s = 0; ok && s < j->p->n_series; s++) {
            const problem_series *ps = &j->p->series[s];
            if (ps->member)
                continue;
            nuisance v = link_decode(&ps->l, x + ps->first);
            double *eta = j->eta[worker][s];
            post_latent(j->w[worker], ps, j->t[s]->n, j->t[s]->day, &v, eta);
            filter_forward(j->filter[worker][s], &ps->l, j->t[s], eta, &v);
        }
        for (size_t q = 0; q < j->n_ask; q++) {
            j->out[i * j->n_ask + q] = (says){.log_weight = -HUGE_VAL};
            if (ok)
                answer(j, worker, i, q, x);
        }
    }
}

/* All scores of the members on common steps. */
static bool alloc_members(gs_arena *a, job *j)
{
    const problem *p = j->p;
    const problem_switch *sw = p->sw;
    size_t n_day = p->obs->n_day, n = 0;
    int32_t *day = GS_NEW(a, int32_t, n_day);
    double *value = GS_NEW(a, double, n_day);
    track *t[LATTICE_MAX_SERIES];
    if (!day || !value)
        return false;
    for (size_t d = 0; d < n_day; d++) {
        bool any = false;
        for (size_t m = 0; m < sw->n_member; m++)
            any = any || !isnan(value_on(j->t[sw->member[m]], (int32_t)d));
        if (any)
            day[n++] = (int32_t)d;
    }
    for (size_t m = 0; m < sw->n_member; m++) {
        for (size_t i = 0; i < n; i++)
            value[i] = value_on(j->t[sw->member[m]], day[i]);
        if (!(t[m] = track_new(a, &p->series[sw->member[m]].l, n, day, value)))
            return false;
    }
    j->n_step = n;
    for (size_t c = 0; c < FIT_WORKERS; c++) {
        j->joint[c] = lattice_new(a, false, 2, sw->n_member, n, t[0]->n_kind, n_day);
        j->js[c] = GS_NEW(a, lattice_series, sw->n_member);
        j->hazard[c] = GS_NEW(a, double, 2 * n_day);
        if (!j->joint[c] || !j->js[c] || !j->hazard[c])
            return false;
        for (size_t m = 0; m < sw->n_member; m++) {
            double *eta = GS_NEW(a, double, 2 * n);
            if (!eta)
                return false;
            j->eta[c][sw->member[m]] = eta;
            j->js[c][m] = (lattice_series){.l = &p->series[sw->member[m]].l, .t = t[m],
                                           .eta = {eta, eta + n}};
        }
    }
    return true;
}

static gs_status alloc_job(gs_arena *a, job *j, gs_err *err)
{
    const problem *p = j->p;
    bool ok = (j->t = GS_NEW(a, track *, p->n_series)) &&
              (j->out = GS_NEW(a, says, j->n_use *j->n_ask));
    for (size_t s = 0; ok && s < p->n_series; s++) {
        const gs_series *from = &p->obs->series[p->series[s].i_obs];
        ok = (j->t[s] = track_new(a, &p->series[s].l, from->n, from->day, from->value));
    }
    for (size_t c = 0; ok && c < FIT_WORKERS; c++) {
        ok = (j->filter[c] = GS_NEW(a, filter *, p->n_series)) &&
             (j->eta[c] = GS_NEW(a, double *, p->n_series));
        for (size_t s = 0; ok && s < p->n_series; s++)
            ok = p->series[s].member ||
                 ((j->eta[c][s] = GS_NEW(a, double, j->t[s]->n)) &&
                 (j->filter[c][s] = filter_new(a, p->series[s].l.kind != LINK_NORMAL,
                                               j->t[s]->n, j->t[s]->n_kind)));
        if (ok)
            GS_TRY(post_new(a, p, false, &j->w[c], err));
    }
    ok = ok && (!p->sw || alloc_members(a, j));
    return ok ? GS_OK : gs_fail(err, GS_ENOMEM, "out of memory for the prediction");
}

typedef struct weighed {
    double x, w;
} weighed;

static int by_x(const void *a, const void *b)
{
    double x = ((const weighed *)a)->x, y = ((const weighed *)b)->x;
    return (x > y) - (x < y);
}

static double weighed_quantile(size_t n, const weighed *v, double p)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += v[i].w;
        if (sum >= p)
            return v[i].x;
    }
    return v[n - 1].x;
}

/* Mixture over draws for question q. */
static void mixture(const job *j, size_t q, bool reweight, weighed *v, gs_next *out)
{
    double top = -HUGE_VAL, sum = 0, sq = 0, second = 0, like = 0, floor_ = -HUGE_VAL;
    *out = (gs_next){.log_score = NAN};
    size_t s = model_series(j->p, j->ask[q].series);
    if (s == j->p->n_series) {
        out->mean = out->sd = out->expected = NAN;
        return;
    }
    for (size_t i = 0; i < j->n_use; i++) {
        const says *d = &j->out[i * j->n_ask + q];
        top = fmax(top, d->log_weight);
        floor_ = fmax(floor_, d->log_p);
    }
    for (size_t i = 0; i < j->n_use; i++) {
        double lw = j->out[i * j->n_ask + q].log_weight;
        double w = lw == -HUGE_VAL ? 0 : reweight ? exp(lw - top) : 1;
        v[i] = (weighed){j->out[i * j->n_ask + q].value, w};
        sum += w;
        sq += w * w;
    }
    for (size_t i = 0; i < j->n_use; i++) {
        const says *d = &j->out[i * j->n_ask + q];
        double w = v[i].w /= sum;
        out->mean += w * d->mean;
        second += w * (d->var + d->mean * d->mean);
        out->expected += w * d->expected;
        like += w * exp(d->log_p - floor_);
        for (size_t k = 0; k < LINK_MAX_CAT; k++)
            out->prob[k] += w * d->prob[k];
    }
    out->sd = sqrt(fmax(second - out->mean * out->mean, 0));
    out->n_effective = sum * sum / sq;
    if (!isnan(value_on(j->t[s], j->ask[q].day)))
        out->log_score = log(like) + floor_;
    qsort(v, j->n_use, sizeof *v, by_x);
    out->band = (gs_band){
        weighed_quantile(j->n_use, v, 0.05), weighed_quantile(j->n_use, v, 0.25),
        weighed_quantile(j->n_use, v, 0.50), weighed_quantile(j->n_use, v, 0.75),
        weighed_quantile(j->n_use, v, 0.95)};
}

static gs_status check_asks(const gs_obs *obs, size_t n, const gs_ask *ask, gs_err *err)
{
    for (size_t q = 0; q < n; q++)
        if (ask[q].series >= obs->n_series || ask[q].day < 0 ||
            (size_t)ask[q].day >= obs->n_day || ask[q].known >= ask[q].day)
            return gs_fail(err, GS_EUSE, "question %zu asks for a day outside the table "
                                         "or already known", q + 1);
    return GS_OK;
}

gs_status gs_infer_next(const gs_kernel *k, const gs_obs *obs,
                        const gs_fit *f, bool reweight, const double *lever, size_t n_ask,
                        const gs_ask *ask, const gs_pool *pool, gs_next *out, gs_err *err)
{
    GS_TRY(check_asks(obs, n_ask, ask, err));
    gs_arena *work = gs_arena_new(0);
    size_t n = f->n_chain * f->n_draw;
    job j = {.f = f, .n_use = n < MOST_DRAWS ? n : MOST_DRAWS, .n_ask = n_ask, .ask = ask};
    problem *p;
    if (!work)
        return gs_fail(err, GS_ENOMEM, "out of memory for the prediction");
    gs_status st = fit_problem(work, k, obs, f, obs->n_day, NULL, &p, err);
    if (st == GS_OK) {
        j.p = p;
        if (lever)
            memcpy(p->lever + p->n_run * k->n_lever, lever,
                   obs->n_day * k->n_lever * sizeof *lever);
        st = alloc_job(work, &j, err);
    }
    weighed *v = GS_NEW(work, weighed, j.n_use);
    if (st == GS_OK && v) {
        gs_pool_run(pool, FIT_WORKERS, some_draws, &j);
        for (size_t q = 0; q < n_ask; q++)
            mixture(&j, q, reweight, v, &out[q]);
    } else if (st == GS_OK) {
        st = gs_fail(err, GS_ENOMEM, "out of memory for the prediction");
    }
    for (size_t c = 0; c < FIT_WORKERS; c++)
        post_free(j.w[c]);
    gs_arena_free(work);
    return st;
}
