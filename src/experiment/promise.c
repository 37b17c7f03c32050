/* What a design promises, by simulating it whole.
 *
 * The test of the analysis sets one statistic among those of all orders that could have
 * been drawn. Where nothing works, its order is one of them at random; so over trials where
 * nothing works the statistic is distributed, on the average over outcomes, as the test's
 * reference is. Designs are compared by that: one statistic a trial instead of hundreds.
 * But the reference differs from outcome to outcome, and where phases are few and the score
 * wanders that costs power which the average does not see: 10% to 17% instead of 29% for
 * three phases in twelve weeks. So what is promised comes from the very test (399 orders). */
#include "experiment/inside.h"

#include "nof1/inner.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 25 };

typedef struct job {
    exp_trials *t;
    const gs_nof1_chooser *chooser;
    const gs_progress *progress;
    size_t n_chunk;
    atomic_size_t done;
    atomic_bool stopped, no_memory;
} job;

/* ---- one trial -------------------------------------------------------------------- */

static gs_status lay_data(gs_arena *a, const gs_nof1_schedule *s, size_t n_day,
                          const double *y, nof1_data *out, gs_err *err)
{
    double *t = GS_NEW(a, double, n_day), *v = GS_NEW(a, double, n_day);
    double *weight = GS_NEW(a, double, n_day), *plan = GS_NEW(a, double, n_day);
    int32_t *day = GS_NEW(a, int32_t, n_day);
    int8_t *code = GS_NEW(a, int8_t, n_day);
    double mean = 0, m2 = 0;
    size_t n = 0;

    if (!t || !v || !weight || !plan || !day || !code)
        return gs_fail(err, GS_ENOMEM, "out of memory for a simulated trial");
    for (size_t d = 0; d < n_day; d++) {
        bool washout = false;
        int c = gs_nof1_day(s, (int32_t)d, &washout);
        plan[d] = c == 1 ? 1 : 0;
        if (c < 0 || washout || isnan(y[d]))
            continue;
        t[n] = (double)d + 0.5;
        day[n] = (int32_t)d;
        code[n] = (int8_t)c;
        weight[n] = 1;
        v[n++] = y[d];
        double step = y[d] - mean;
        mean += step / (double)n;
        m2 += step * (y[d] - mean);
    }
    double sd = n > 1 ? sqrt(m2 / (double)(n - 1)) : 0;
    if (n < 6 || !(sd > 0))
        return gs_fail(err, GS_ERANGE, "fewer than six days, or all of them alike");
    for (size_t i = 0; i < n; i++)
        v[i] = (v[i] - mean) / sd;
    *out = (nof1_data){.n = n, .t = t, .day = day, .y = v, .weight = weight, .code = code,
                       .n_day = n_day, .plan = plan, .taken = plan, .centre = mean,
                       .swing = sd};
    return GS_OK;
}

/* Statistic (larger = better) of the days before cut; p with the very test. */
static void judge(const exp_trials *t, gs_arena *a, const gs_nof1_schedule *s,
                  const double *y, size_t n_day, int world, size_t at)
{
    gs_nof1_opts o = GS_NOF1_OPTS;
    gs_err quiet = {0};
    nof1_data data;
    int side = -t->w->q->worse; /* the sign of a benefit */
    double est, se;

    t->z[world][at] = NAN;
    if (lay_data(a, s, n_day, y, &data, &quiet) != GS_OK)
        return;
    o.lag = s->design.washout ? 0 : t->w->b->lag;
    o.level = t->w->o->level;
    o.n_random = o.n_exact = 399;
    if (t->check) {
        double p;
        if (nof1_random_p(a, &data, s, &o, side, &p, &quiet) == GS_OK)
            t->z[world][at] = p;
        return;
    }
    if (nof1_random_z(a, &data, &o, &est, &se, &quiet) != GS_OK)
        return;
    t->z[world][at] = side * est / se;
    if (t->est[world])
        t->est[world][at] = est * data.swing;
    if (t->se && world == GS_WORLD_NULL)
        t->se[at] = se * data.swing;
}

static void one_trial(const exp_trials *t, gs_arena *a, const gs_nof1_schedule *s,
                      size_t i, double *y, double *scratch)
{
    size_t n_day = t->w->b->n_day, days = (size_t)gs_nof1_days(s);

    days = days < n_day ? days : n_day;
    for (int world = 0; world < 3; world++) {
        if (!t->z[world])
            continue;
        double truth = exp_world_live(t->w, s, (gs_world)world, t->first + i, y,
                                      scratch, scratch + n_day);
        if (t->truth && world == GS_WORLD_BELIEVED)
            t->truth[i] = truth;
        for (size_t c = 0; c < t->n_cut; c++) {
            gs_mark m = gs_arena_mark(a);
            size_t upto = t->cut && (size_t)t->cut[c] < days ? (size_t)t->cut[c] : days;
            judge(t, a, s, y, upto, world, i * t->n_cut + c);
            gs_arena_release(a, m);
        }
    }
}

static void some_trials(void *ctx, size_t i_chunk)
{
    job *j = ctx;
    exp_trials *t = j->t;
    gs_arena *a = gs_arena_new(0);
    gs_nof1_schedule *s = NULL;
    gs_err quiet = {0};
    size_t n_day = t->w->b->n_day, first = i_chunk * CHUNK;
    size_t end = first + CHUNK < t->n ? first + CHUNK : t->n;
    int8_t *code = GS_NEW(a, int8_t, t->d->n_period);
    double *y = GS_NEW(a, double, 3 * n_day);
    bool ready = code && y;

    if (gs_progress_cancelled(j->progress))
        atomic_store(&j->stopped, true);
    if (ready && !atomic_load(&j->stopped)) {
        gs_nof1_choose(j->chooser, t->w->o->seed, 1, code);
        ready = gs_nof1_schedule_of(a, t->d, code, GS_DAY_NONE, &s, &quiet) == GS_OK;
    }
    for (size_t i = first; ready && s && i < end; i++) {
        gs_nof1_choose(j->chooser, t->w->o->seed, t->first + i + 1, code);
        for (size_t k = 0; k < s->n_period; k++)
            s->period[k].code = code[k];
        one_trial(t, a, s, i, y, y + n_day);
    }
    if (!ready)
        atomic_store(&j->no_memory, true);
    gs_arena_free(a);
    gs_progress_tick(j->progress, "simulating the trial",
                     (double)(atomic_fetch_add(&j->done, 1) + 1) / (double)j->n_chunk);
}

gs_status exp_trials_run(gs_arena *a, exp_trials *t, const gs_pool *pool,
                         const gs_progress *progress, gs_err *err)
{
    job j = {.t = t, .progress = progress, .n_chunk = (t->n + CHUNK - 1) / CHUNK};
    gs_nof1_chooser *c;

    GS_TRY(gs_nof1_chooser_new(a, t->d, &c, err));
    j.chooser = c;
    gs_pool_run(pool, j.n_chunk, some_trials, &j);
    if (atomic_load(&j.stopped))
        return gs_fail(err, GS_ECANCEL, "stopped");
    if (atomic_load(&j.no_memory))
        return gs_fail(err, GS_ENOMEM, "out of memory for the simulated trials");
    return GS_OK;
}

bool exp_trials_room(gs_arena *a, exp_trials *t, bool null, bool worth, bool believed)
{
    const bool want[] = {null, worth, believed};
    size_t n = t->n * t->n_cut + 1;
    bool ok = true;

    for (int w = 0; w < 3; w++)
        ok = ok && (!want[w] || (t->z[w] = GS_NEW(a, double, n)) != NULL);
    return ok && (t->se = GS_NEW(a, double, n)) != NULL;
}

/* ---- many trials ------------------------------------------------------------------ */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Quantile of the finite ones; NaN when there are none. */
double exp_quantile(gs_arena *a, size_t n, const double *x, double p)
{
    double *v = GS_NEW(a, double, n + 1);
    size_t m = 0;
    for (size_t i = 0; v && i < n; i++)
        if (isfinite(x[i]))
            v[m++] = x[i];
    if (m == 0)
        return NAN;
    qsort(v, m, sizeof *v, by_value);
    double at = p * (double)(m - 1);
    size_t i = (size_t)at;
    return i + 1 < m ? v[i] + (at - (double)i) * (v[i + 1] - v[i]) : v[i];
}

/* Share with x > cut (a trial that could not be analysed is no success). */
gs_rate exp_rate(double k, size_t n)
{
    double q = (k + 1) / ((double)n + 2);
    return (gs_rate){k / (double)n, sqrt(q * (1 - q) / (double)n)};
}

static gs_rate beyond(size_t n, const double *x, double cut)
{
    double k = 0;
    for (size_t i = 0; i < n; i++)
        k += x[i] > cut;
    return exp_rate(k, n);
}

static gs_rate at_most(size_t n, const double *x, double cut)
{
    double k = 0;
    for (size_t i = 0; i < n; i++)
        k += x[i] <= cut;
    return exp_rate(k, n);
}

/* The 1 - level point of the null statistics that a test with so few orders can use. */
double exp_usable_level(double level, double n_schedule)
{
    return n_schedule > 1e6 ? level : floor(level * n_schedule + 1e-9) / n_schedule;
}

gs_status gs_experiment_promise(gs_arena *a, const gs_obs *obs, const gs_fit *f,
                                const gs_question *q, const gs_belief *b,
                                const gs_nof1_design *d, const gs_trial_opts *o,
                                const gs_pool *pool, const gs_progress *progress,
                                gs_promise *out, gs_err *err)
{
    gs_promise p = {.n_schedule = gs_nof1_count(d)};
    exp_world w;

    GS_TRY(exp_world_new(a, obs, f, q, b, o, &w, err));
    exp_trials t = {.w = &w, .d = d, .n = o->n_sim, .n_cut = 1};
    if (!exp_trials_room(a, &t, true, true, !o->power_only))
        return gs_fail(err, GS_ENOMEM, "out of memory for the simulated trials");
    GS_TRY(exp_trials_run(a, &t, pool, progress, err));
    double level = exp_usable_level(o->level, p.n_schedule);
    p.least_p = 1 / p.n_schedule;
    p.reach = w.reach;
    p.width = 2 * 1.645 * exp_quantile(a, t.n, t.se, 0.5);
    for (size_t i = 0; i < b->n; i++)
        p.worth_chance += (-q->worse * b->effect[i] >= w.worth) / (double)b->n;
    if (level > 0) {
        double cut = exp_quantile(a, t.n, t.z[GS_WORLD_NULL], 1 - level);
        p.false_alarm = beyond(t.n, t.z[GS_WORLD_NULL], cut);
        p.power = beyond(t.n, t.z[GS_WORLD_WORTH], cut);
        p.believed = o->power_only ? (gs_rate){NAN, NAN}
                                   : beyond(t.n, t.z[GS_WORLD_BELIEVED], cut);
    }
    if (o->n_check > 0) {
        exp_trials c = {.w = &w, .d = d, .n = o->n_check, .n_cut = 1, .check = true};
        if (!exp_trials_room(a, &c, !o->power_only, true, !o->power_only))
            return gs_fail(err, GS_ENOMEM, "out of memory for the simulated trials");
        GS_TRY(exp_trials_run(a, &c, pool, progress, err));
        p.power = at_most(c.n, c.z[GS_WORLD_WORTH], o->level + 1e-12);
        p.false_alarm = p.believed = (gs_rate){NAN, NAN};
        if (!o->power_only) {
            p.false_alarm = at_most(c.n, c.z[GS_WORLD_NULL], o->level + 1e-12);
            p.believed = at_most(c.n, c.z[GS_WORLD_BELIEVED], o->level + 1e-12);
        }
    }
    *out = p;
    return GS_OK;
}
