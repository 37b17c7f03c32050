/* Effects by simulation.
 *
 *   1. every draw lives the diary on the fit's own grid: where it stands at the end, and
 *      the mean signal over the days scored (what the fit measures the level against);
 *   2. from there every draw goes on as usual, and with each lever changed;
 *   3. the difference of the signals, through the scale's link, is the effect.
 *
 * Before and after differ in one number only: the gain of the lever asked about, drawn
 * from its prior or from the posterior. All else is as the diary taught it, so that
 * "taught" speaks of this lever, and a lever that was not learned has before = after
 * to the last bit. Drawing everything from the prior was tried first: then a lever
 * never written down seems to have been learned about, because its effect also depends
 * on how prone the skin is. docs/notes/advice.md */
#include "advice/effect.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct job {
    const gs_kernel *k;
    const gs_obs *obs;
    const gs_fit *f;
    size_t n, n_ask, i_series, n_replay, n_most; /* n_most: longest asked, days */
    uint32_t see;
    const effect_ask *ask;
    effect *out;
    double *par, *prior_par, *x; /* [n x n_par] twice, [n x n_state] day 0 */
    double *lever;               /* [n_day x n_lever] as lived        */
    double slope;
    gs_lives *lives; /* where the condition switches, NULL else */
    const gs_progress *progress;
    atomic_size_t n_done;
    atomic_bool stopped;
} job;

/* What one draw needs while it is lived. */
typedef struct life {
    const job *j;
    gs_sim *sim;
    double *par, *lever, *y, *x;
    const double *start; /* state at the end of the diary */
    double centre;       /* mean signal over the days scored */
} life;

static gs_status no_memory(gs_err *err)
{
    return gs_fail(err, GS_ENOMEM, "out of memory for the effects");
}

/* ---- one draw ------------------------------------------------------------------ */

/* Path of n_day days from x0 under l->par; signal into l->y. */
static bool path(life *l, const double *x0, size_t n_day, const double *lever, double *x)
{
    gs_err quiet = {0};

    return gs_sim_grad(l->sim, l->par, x0, false, NULL, n_day, lever, 0, NULL, 1, &l->j->see,
                       l->y, NULL, x, &quiet) == GS_OK;
}

static bool live_diary(life *l, size_t i)
{
    const job *j = l->j;
    const gs_series *s = &j->obs->series[j->i_series];
    size_t n = 0;

    memcpy(l->par, j->par + i * j->k->n_par, j->k->n_par * sizeof *l->par);
    if (!path(l, j->x + i * j->k->n_state, j->obs->n_day, j->lever, l->x))
        return false;
    l->start = l->x + j->obs->n_day * j->k->n_state;
    // what the fit measures the level against: the mean over the scores it looked at
    for (size_t d = 0; d < s->n && (size_t)s->day[d] < j->f->n_day; d++, n++)
        l->centre += l->y[s->day[d] + 1];
    l->centre /= n ? (double)n : 1;
    return true;
}

/* Levers of `day` days on into l->lever, as usual (q NULL) or as question q has it. */
static const double *plan_days(life *l, size_t day, const effect_ask *q)
{
    const job *j = l->j;
    size_t n_lever = j->k->n_lever, first = j->obs->n_day - j->n_replay;

    for (size_t d = 0; d < day; d++) {
        size_t back = d % j->n_replay;
        double *u = l->lever + d * n_lever;
        memcpy(u, j->lever + (first + back) * n_lever, n_lever * sizeof *u);
        if (q)
            u[q->lever] = q->then[back];
    }
    return l->lever;
}

/* Signal `day` days on: as usual (q NULL), or as question q has it. NaN on failure. */
static double go_on(life *l, size_t day, const effect_ask *q)
{
    return path(l, l->start, day, plan_days(l, day, q), NULL) ? l->y[day] : NAN;
}

static double score_at(const life *l, size_t i, double latent)
{
    const job *j = l->j;
    size_t row = i * (j->f->n_chain * j->f->n_draw) / j->n;

    return gs_infer_score_at(j->obs, j->f, row, j->i_series, latent);
}

/* The prior's gain in place of the diary's: what would have been believed. */
static double prior_shift(life *l, size_t i, const effect_ask *q)
{
    const job *j = l->j;
    double was = l->par[q->gain];

    l->par[q->gain] = j->prior_par[i * j->k->n_par + (size_t)q->gain];
    double shift = go_on(l, q->day, q) - go_on(l, q->day, NULL);
    l->par[q->gain] = was;
    return shift;
}

static void answer_all(life *l, size_t i)
{
    const job *j = l->j;
    double *usual = l->y + j->n_most + 1; /* behind the path, [n_most + 1] */

    if (isnan(go_on(l, j->n_most, NULL)))
        return;
    memcpy(usual, l->y, (j->n_most + 1) * sizeof *usual);
    for (size_t q = 0; q < j->n_ask; q++) {
        const effect_ask *ask = &j->ask[q];
        effect *e = &j->out[q];
        double now = j->slope * (usual[ask->day] - l->centre), score = score_at(l, i, now);
        double shift = go_on(l, ask->day, ask) - usual[ask->day];
        e->after[i] = score_at(l, i, now + j->slope * shift) - score;
        e->before[i] = ask->dim < 0 ? e->after[i]
                                    : score_at(l, i, now + j->slope * prior_shift(l, i, ask)) -
                                          score;
    }
}

/* One plan more; its number. */
static size_t add_plan(life *l, gs_arena *a, gs_life_plan *plan, size_t *n, const double *par,
                       size_t day, const effect_ask *q)
{
    size_t n_lever = l->j->k->n_lever;
    double *lever = GS_NEW(a, double, day * n_lever + 1);

    if (lever)
        memcpy(lever, plan_days(l, day, q), day * n_lever * sizeof *lever);
    plan[*n] = (gs_life_plan){par, lever ? day : 0, lever};
    return (*n)++;
}

/* Where the condition switches: expected scores over calm skin and flares, from infer. As
 * usual and changed; once more by the prior's gain where that was learned. */
static void answer_switching(life *l, gs_arena *a, size_t i)
{
    const job *j = l->j;
    size_t n = 0, row = i * (j->f->n_chain * j->f->n_draw) / j->n, n_par = j->k->n_par;
    const double *par = j->par + i * n_par;
    gs_life_plan *plan = GS_NEW(a, gs_life_plan, 4 * j->n_ask + 1);
    double *score = GS_NEW(a, double, 4 * j->n_ask + 1);
    size_t (*at)[4] = gs_arena_calloc(a, j->n_ask + 1, sizeof *at);

    if (!plan || !score || !at)
        return;
    for (size_t q = 0; q < j->n_ask; q++) {
        const effect_ask *ask = &j->ask[q];
        size_t same = 0;
        while (same < q && j->ask[same].day != ask->day)
            same++;
        at[q][0] = same < q ? at[same][0] : add_plan(l, a, plan, &n, par, ask->day, NULL);
        at[q][1] = add_plan(l, a, plan, &n, par, ask->day, ask);
        if (ask->dim < 0)
            continue;
        double *prior = GS_NEW(a, double, n_par);
        if (!prior)
            return;
        memcpy(prior, par, n_par * sizeof *prior);
        prior[ask->gain] = j->prior_par[i * n_par + (size_t)ask->gain];
        at[q][2] = add_plan(l, a, plan, &n, prior, ask->day, NULL);
        at[q][3] = add_plan(l, a, plan, &n, prior, ask->day, ask);
    }
    for (size_t k = 0; k < n; k++)
        if (!plan[k].lever)
            return;
    gs_err quiet = {0};
    if (gs_infer_live_on(j->lives, row, par, n, plan, score, &quiet) != GS_OK)
        return;
    for (size_t q = 0; q < j->n_ask; q++) {
        effect *e = &j->out[q];
        e->after[i] = score[at[q][1]] - score[at[q][0]];
        e->before[i] = j->ask[q].dim < 0 ? e->after[i] : score[at[q][3]] - score[at[q][2]];
    }
}

static void live(void *ctx, size_t i)
{
    job *j = ctx;
    gs_arena *a = gs_arena_new(0);
    gs_sim_opts o = GS_SIM_OPTS;
    size_t n_day = j->obs->n_day > j->n_most ? j->obs->n_day : j->n_most;
    life l = {.j = j};

    if (gs_progress_cancelled(j->progress))
        atomic_store(&j->stopped, true);
    if (a && !atomic_load(&j->stopped)) {
        l.par = GS_NEW(a, double, j->k->n_par + 1);
        l.lever = GS_NEW(a, double, n_day * j->k->n_lever + 1);
        l.y = GS_NEW(a, double, n_day + j->n_most + 3);
        l.x = GS_NEW(a, double, (j->obs->n_day + 1) * j->k->n_state);
        bool room = l.par && l.lever && l.y && l.x;
        if (room && j->lives)
            answer_switching(&l, a, i);
        else if (room && gs_sim_new(j->k, &o, &l.sim, NULL) == GS_OK && live_diary(&l, i))
            answer_all(&l, i);
        gs_sim_free(l.sim);
    }
    gs_arena_free(a);
    gs_progress_tick(j->progress, "what changes would do",
                     (double)(atomic_fetch_add(&j->n_done, 1) + 1) / (double)j->n);
}

/* Observable of a series, as inference resolves it. */
static long see_of(const gs_kernel *k, const gs_series *s)
{
    char name[80];

    if (s->channel && *s->channel->see)
        return gs_kernel_see(k, s->channel->see);
    snprintf(name, sizeof name, "signal_%s", s->condition);
    return gs_kernel_see(k, name);
}

static gs_status make_job(gs_arena *a, job *j, gs_err *err)
{
    const gs_kernel *k = j->k;

    j->par = GS_NEW(a, double, j->n * k->n_par + 1);
    j->prior_par = GS_NEW(a, double, j->n * k->n_par + 1);
    j->x = GS_NEW(a, double, j->n * k->n_state);
    j->lever = GS_NEW(a, double, j->obs->n_day * k->n_lever + 1);
    if (!j->par || !j->prior_par || !j->x || !j->lever)
        return no_memory(err);
    for (size_t q = 0; q < j->n_ask; q++)
        j->n_most = j->ask[q].day > j->n_most ? j->ask[q].day : j->n_most;
    GS_TRY(gs_infer_par(k, j->obs, j->f, false, j->n, j->par, j->x, err));
    GS_TRY(gs_infer_par(k, j->obs, j->f, true, j->n, j->prior_par, NULL, err));
    GS_TRY(gs_infer_lives(a, k, j->obs, j->f, j->i_series, &j->lives, err));
    return gs_infer_levers(k, j->obs, j->lever, NULL, err);
}

gs_status effect_run(gs_arena *a, const gs_kernel *k, const gs_obs *obs, const gs_fit *f,
                     size_t i_series, size_t n, size_t n_ask, const effect_ask *ask,
                     size_t n_replay, const gs_pool *pool, const gs_progress *progress,
                     effect *out, gs_err *err)
{
    const gs_series *s = &obs->series[i_series];
    job j = {.k = k, .obs = obs, .f = f, .n = n, .n_ask = n_ask, .i_series = i_series,
             .n_replay = n_replay, .ask = ask, .out = out, .progress = progress,
             .slope = s->scale->worse < 0 ? -s->scale->slope : s->scale->slope};
    long see = see_of(k, s);

    if (see < 0 || n == 0)
        return gs_fail(err, GS_EUSE, "the model does not see the series %s", s->name);
    j.see = (uint32_t)see;
    for (size_t q = 0; q < n_ask; q++) {
        out[q].before = GS_NEW(a, double, n);
        out[q].after = GS_NEW(a, double, n);
        if (!out[q].before || !out[q].after)
            return no_memory(err);
        for (size_t i = 0; i < n; i++)
            out[q].before[i] = out[q].after[i] = NAN;
    }
    gs_mark m = gs_arena_mark(a);
    gs_status st = make_job(a, &j, err);
    if (st == GS_OK && n_ask > 0)
        gs_pool_run(pool, n, live, &j);
    if (atomic_load(&j.stopped))
        st = gs_fail(err, GS_ECANCEL, "stopped");
    gs_arena_release(a, m);
    return st;
}

/* ---- summaries --------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double quantile(size_t n, const double *sorted, double p)
{
    double at = p * (double)(n - 1);
    size_t i = (size_t)at;

    return i + 1 < n ? sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]) : sorted[i];
}

gs_band effect_band(gs_arena *a, size_t n, const double *x)
{
    gs_mark mark = gs_arena_mark(a);
    double *v = GS_NEW(a, double, n + 1);
    gs_band b = {NAN, NAN, NAN, NAN, NAN};
    size_t m = 0;

    for (size_t i = 0; v && i < n; i++) {
        if (isfinite(x[i]))
            v[m++] = x[i];
    }
    if (m > 0 && 2 * m >= n) {
        qsort(v, m, sizeof *v, by_value);
        b = (gs_band){quantile(m, v, 0.05), quantile(m, v, 0.25), quantile(m, v, 0.5),
                      quantile(m, v, 0.75), quantile(m, v, 0.95)};
    }
    gs_arena_release(a, mark);
    return b;
}

double effect_better(size_t n, const double *x, int sign, double tie)
{
    double sum = 0, m = 0;

    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]))
            continue;
        m += 1;
        sum += fabs(x[i]) <= tie ? 0.5 : x[i] * sign < 0 ? 1 : 0;
    }
    return 2 * m >= (double)n && m > 0 ? sum / m : NAN;
}
