/* Effects by simulation.
 *
 *   1. every draw lives the diary: where it stands at the end, and the mean signal over
 *      the days scored (what the fit measures the level against);
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct job {
    const gs_kernel *k;
    const gs_obs *obs;
    size_t n, n_ask, n_life, see, n_replay;
    const effect_ask *ask;
    double *par, *prior_par, *x; /* [n x n_par] twice, [n x n_state]  */
    double *lever;               /* [n_day x n_lever] as lived        */
    bool *scored;                /* [n_day]                           */
    double *centre;              /* [n] sums, then means              */
    bool *alive;                 /* [n] lived the diary               */
    size_t *list;                /* lives to live, draw * n_life + life */
    double *y;                   /* [n x (n_ask + n_life)], see below   */
} job;

/* The lives a draw leads after the diary: one as usual, and for each question one
 * changed, and two (as usual, changed) with the gain the prior gives. */
enum { USUAL, N_KIND = 3 };
typedef enum kind { THEN, PRIOR_USUAL, PRIOR_THEN } kind;

static size_t life_of(size_t q, kind what)
{
    return 1 + q * N_KIND + (size_t)what;
}

/* Signal of draw i at the day of question q: as usual, or in one of its lives. */
static double *usual_at(const job *j, size_t i, size_t q)
{
    return j->y + (i * (j->n_ask + j->n_life)) + q;
}

static double *life_at(const job *j, size_t i, size_t life)
{
    return j->y + (i * (j->n_ask + j->n_life)) + j->n_ask + life;
}

/* ---- step 1: the diary ------------------------------------------------------- */

static void take_par(void *ctx, size_t i, double *out)
{
    const job *j = ctx;

    memcpy(out, j->par + i * j->k->n_par, j->k->n_par * sizeof *out);
}

static void take_start(void *ctx, size_t i, double *out)
{
    const job *j = ctx;

    memcpy(out, j->x + i * j->k->n_state, j->k->n_state * sizeof *out);
}

static void diary_lever(void *ctx, size_t i, size_t day, double *out)
{
    const job *j = ctx;

    (void)i;
    memcpy(out, j->lever + day * j->k->n_lever, j->k->n_lever * sizeof *out);
}

static bool diary_see(void *ctx, size_t i, size_t day, const double *x, const double *y)
{
    job *j = ctx;

    if (j->scored[day])
        j->centre[i] += y[j->see];
    if (day + 1 == j->obs->n_day) {
        memcpy(j->x + i * j->k->n_state, x, j->k->n_state * sizeof *x);
        j->alive[i] = true;
    }
    return true;
}

static void nothing(void *ctx, size_t i, size_t day, gs_status why)
{
    (void)ctx;
    (void)i;
    (void)day;
    (void)why; /* what failed stays NaN, or not alive */
}

/* ---- step 2: going on -------------------------------------------------------- */

/* What a person of this batch is: draw, question, kind of life. */
typedef struct who {
    size_t draw, life, ask;
    kind kind;
} who;

static who who_is(const job *j, size_t person)
{
    who w = {.draw = j->list[person] / j->n_life, .life = j->list[person] % j->n_life};

    if (w.life != USUAL) {
        w.ask = (w.life - 1) / N_KIND;
        w.kind = (kind)((w.life - 1) % N_KIND);
    }
    return w;
}

static void life_par(void *ctx, size_t person, double *out)
{
    const job *j = ctx;
    who w = who_is(j, person);

    take_par(ctx, w.draw, out);
    if (w.life != USUAL && w.kind != THEN) {
        size_t gain = (size_t)j->ask[w.ask].gain;
        out[gain] = j->prior_par[w.draw * j->k->n_par + gain];
    }
}

static void life_start(void *ctx, size_t person, double *out)
{
    const job *j = ctx;

    take_start(ctx, who_is(j, person).draw, out);
}

static void life_lever(void *ctx, size_t person, size_t day, double *out)
{
    const job *j = ctx;
    who w = who_is(j, person);
    size_t back = day % j->n_replay, from = j->obs->n_day - j->n_replay + back;

    memcpy(out, j->lever + from * j->k->n_lever, j->k->n_lever * sizeof *out);
    if (w.life != USUAL && w.kind != PRIOR_USUAL)
        out[j->ask[w.ask].lever] = j->ask[w.ask].then[back];
}

/* The life as usual serves every question on its day. */
static bool usual_see(job *j, size_t i, size_t day, double y)
{
    bool more = false;

    for (size_t q = 0; q < j->n_ask; q++) {
        if (j->ask[q].day == day + 1)
            *usual_at(j, i, q) = y;
        more = more || j->ask[q].day > day + 1;
    }
    return more;
}

static bool life_see(void *ctx, size_t person, size_t day, const double *x, const double *y)
{
    job *j = ctx;
    who w = who_is(j, person);

    (void)x;
    if (w.life == USUAL)
        return usual_see(j, w.draw, day, y[j->see]);
    if (day + 1 < j->ask[w.ask].day)
        return true;
    *life_at(j, w.draw, w.life) = y[j->see];
    return false;
}

/* ---- the three steps --------------------------------------------------------- */

static gs_status no_memory(gs_err *err)
{
    return gs_fail(err, GS_ENOMEM, "out of memory for the effects");
}

static gs_status make_job(gs_arena *a, job *j, const gs_fit *f, const gs_series *s,
                          gs_err *err)
{
    const gs_kernel *k = j->k;
    size_t n_day = j->obs->n_day;

    j->n_life = 1 + j->n_ask * N_KIND;
    size_t n_y = j->n * (j->n_ask + j->n_life);
    j->par = GS_NEW(a, double, j->n * k->n_par + 1);
    j->prior_par = GS_NEW(a, double, j->n * k->n_par + 1);
    j->x = GS_NEW(a, double, j->n * k->n_state);
    j->lever = GS_NEW(a, double, n_day * k->n_lever + 1);
    j->scored = GS_NEW(a, bool, n_day + 1);
    j->centre = GS_NEW(a, double, j->n);
    j->alive = GS_NEW(a, bool, j->n);
    j->list = GS_NEW(a, size_t, j->n * j->n_life);
    j->y = GS_NEW(a, double, n_y);
    if (!j->par || !j->prior_par || !j->x || !j->lever || !j->scored || !j->centre ||
        !j->alive || !j->list || !j->y)
        return no_memory(err);
    for (size_t i = 0; i < s->n; i++)
        j->scored[s->day[i]] = (size_t)s->day[i] < f->n_day;
    for (size_t i = 0; i < n_y; i++)
        j->y[i] = NAN;
    GS_TRY(gs_infer_par(k, j->obs, f, false, j->n, j->par, j->x, err));
    GS_TRY(gs_infer_par(k, j->obs, f, true, j->n, j->prior_par, NULL, err));
    return gs_infer_levers(k, j->obs, j->lever, NULL, err);
}

static gs_status live_diary(job *j, const gs_pool *pool, const gs_progress *progress,
                            gs_err *err)
{
    gs_sim_people people = {.n = j->n, .n_day = j->obs->n_day, .ctx = j, .par = take_par,
                            .start = take_start, .lever = diary_lever, .see = diary_see,
                            .failed = nothing};
    gs_sim_opts o = GS_SIM_OPTS;
    size_t n_scored = 0;

    GS_TRY(gs_sim_batch(j->k, &o, &people, pool, progress, err));
    for (size_t d = 0; d < j->obs->n_day; d++)
        n_scored += j->scored[d];
    for (size_t i = 0; i < j->n; i++)
        j->centre[i] /= n_scored ? (double)n_scored : 1;
    return GS_OK;
}

static gs_status live_on(job *j, const gs_pool *pool, const gs_progress *progress,
                         gs_err *err)
{
    gs_sim_people people = {.ctx = j, .par = life_par, .start = life_start,
                            .lever = life_lever, .see = life_see, .failed = nothing};
    gs_sim_opts o = GS_SIM_OPTS;

    for (size_t life = 0; life < j->n_life; life++) {
        bool prior_life = life != USUAL && (kind)((life - 1) % N_KIND) != THEN;
        if (prior_life && j->ask[(life - 1) / N_KIND].dim < 0)
            continue;
        for (size_t i = 0; i < j->n; i++) {
            if (j->alive[i])
                j->list[people.n++] = i * j->n_life + life;
        }
    }
    for (size_t q = 0; q < j->n_ask; q++)
        people.n_day = j->ask[q].day > people.n_day ? j->ask[q].day : people.n_day;
    return gs_sim_batch(j->k, &o, &people, pool, progress, err);
}

static double sd_of(size_t n, const double *x, size_t stride)
{
    double mean = 0, m2 = 0, m = 0;

    for (size_t i = 0; i < n; i++) {
        double v = x[i * stride];
        if (isnan(v))
            continue;
        m += 1;
        double d = v - mean;
        mean += d / m;
        m2 += d * (v - mean);
    }
    return m > 1 ? sqrt(m2 / (m - 1)) : NAN;
}

/* 1 - sd after / sd before. A few hundred draws give an sd to about 5%; the effect is
 * nearly proportional to the gain, so each sd is corrected by how far the gain's own sd
 * over these draws is from its sd over all draws of the fit. */
static double taught_of(const job *j, const gs_fit *f, const effect_ask *q, const effect *e)
{
    if (q->dim < 0)
        return 0;
    const gs_dim *d = &f->dim[q->dim];
    size_t step = j->k->n_par;
    double after = sd_of(j->n, e->after, 1) / sd_of(j->n, j->par + q->gain, step) * d->sd;
    double before = sd_of(j->n, e->before, 1) / sd_of(j->n, j->prior_par + q->gain, step) *
                    d->prior_sd;
    double t = 1 - after / before;

    return isfinite(t) && t > 0 ? t : 0;
}

static void read_effect(const job *j, const gs_fit *f, size_t i_series, size_t iq, effect *e)
{
    const effect_ask *q = &j->ask[iq];
    const gs_scale *scale = j->obs->series[i_series].scale;
    double slope = scale->worse < 0 ? -scale->slope : scale->slope;

    for (size_t i = 0; i < j->n; i++) {
        size_t row = i * (f->n_chain * f->n_draw) / j->n;
        double usual = *usual_at(j, i, iq);
        double now = slope * (usual - j->centre[i]);
        double score = gs_infer_score_at(j->obs, f, row, i_series, now);
        double shift = slope * (*life_at(j, i, life_of(iq, THEN)) - usual);
        e->after[i] = gs_infer_score_at(j->obs, f, row, i_series, now + shift) - score;
        e->before[i] = e->after[i];
        if (q->dim < 0)
            continue;
        shift = slope * (*life_at(j, i, life_of(iq, PRIOR_THEN)) -
                         *life_at(j, i, life_of(iq, PRIOR_USUAL)));
        e->before[i] = gs_infer_score_at(j->obs, f, row, i_series, now + shift) - score;
    }
    e->taught = taught_of(j, f, q, e);
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

gs_status effect_run(gs_arena *a, const gs_kernel *k, const gs_obs *obs, const gs_fit *f,
                     size_t i_series, size_t n, size_t n_ask, const effect_ask *ask,
                     size_t n_replay, const gs_pool *pool, const gs_progress *progress,
                     effect *out, gs_err *err)
{
    job j = {.k = k, .obs = obs, .n = n, .n_ask = n_ask, .ask = ask, .n_replay = n_replay};
    long see = see_of(k, &obs->series[i_series]);

    for (size_t q = 0; q < n_ask; q++) {
        out[q].before = GS_NEW(a, double, n);
        out[q].after = GS_NEW(a, double, n);
        if (!out[q].before || !out[q].after)
            return no_memory(err);
    }
    if (see < 0 || n == 0)
        return gs_fail(err, GS_EUSE, "the model does not see the series %s",
                       obs->series[i_series].name);
    j.see = (size_t)see;
    gs_mark m = gs_arena_mark(a);
    gs_status st = make_job(a, &j, f, &obs->series[i_series], err);
    if (st == GS_OK && n_ask > 0)
        st = live_diary(&j, pool, NULL, err);
    if (st == GS_OK && n_ask > 0)
        st = live_on(&j, pool, progress, err);
    for (size_t q = 0; st == GS_OK && q < n_ask; q++)
        read_effect(&j, f, i_series, q, &out[q]);
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
