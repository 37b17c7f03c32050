/* Simulated trials of one person: what the days of a schedule would look like in a world
 * where the change does nothing, helps by what is worth having, or does what is believed.
 *
 *   score = what this draw of the person would give (level, flares where the condition has
 *           them, residual, noise, rounding)
 *           moved by: the axis going on as usual, a drift, the change as it was lived
 *
 * The same trial i has the same noise, lapses and missing days in every world. */
#include "experiment/inside.h"

#include <math.h>
#include <string.h>

/* Shape of the response, 1 in full: the mean of the draws through the axis, or
 * the lag alone where the axis has no response. */
static void shape_of(const gs_belief *b, size_t n_day, double *out)
{
    double top = 0;

    for (size_t d = 0; d < n_day; d++)
        out[d] = 0;
    for (size_t i = 0; i < b->n; i++) {
        const double *s = b->step + i * b->n_day;
        double sign = b->full[i] < 0 ? -1 : 1;
        for (size_t d = 0; d < n_day; d++)
            out[d] += sign * s[d];
        top += fabs(b->full[i]);
    }
    bool answers = top > 1e-6 * (double)b->n;
    for (size_t d = 0; d < n_day; d++)
        out[d] = answers ? out[d] / top : 1 - exp(-((double)d + 1) / b->lag);
}

double exp_worth(const gs_question *q, const gs_trial_opts *o)
{
    return isnan(o->worth) ? q->notice : o->worth;
}

/* Score units that better draw i by `worth` points at the plateau; as much as there is
 * when the scale ends before. */
static double amplitude(const gs_obs *obs, const gs_fit *f, const gs_question *q,
                        const gs_belief *b, size_t i, double worth)
{
    double goal = -q->worse * worth, x = 0;
    double here = gs_experiment_score_at(obs, f, q, b, i, 0);

    if (!(fabs(b->point[i]) > 1e-9))
        return 0;
    double lo = 0, hi = goal / b->point[i];
    for (int k = 0; k < 12; k++) { /* far enough */
        if (fabs(gs_experiment_score_at(obs, f, q, b, i, hi) - here) >= worth)
            break;
        lo = hi;
        hi *= 1.5;
    }
    for (int k = 0; k < 20; k++) {
        x = 0.5 * (lo + hi);
        if (fabs(gs_experiment_score_at(obs, f, q, b, i, x) - here) < worth)
            lo = x;
        else
            hi = x;
    }
    return x;
}

double gs_experiment_missing(const gs_obs *obs, const gs_question *q)
{
    const gs_series *s = &obs->series[q->i_series];
    double seen =
        s->n ? (double)s->n / ((double)s->day[s->n - 1] - s->day[0] + 1) : 0.9;

    return fmin(fmax(1 - seen, 0.02), 0.7);
}

gs_status exp_world_new(gs_arena *a, const gs_obs *obs, const gs_fit *f,
                        const gs_question *q, const gs_belief *b,
                        const gs_trial_opts *o, exp_world *out, gs_err *err)
{
    exp_world w = {
        .obs = obs, .f = f, .q = q, .b = b, .o = o, .worth = exp_worth(q, o)};
    double *amp = GS_NEW(a, double, b->n), *shape = GS_NEW(a, double, b->n_day);
    if (!amp || !shape)
        return gs_fail(err, GS_ENOMEM, "out of memory for the simulated trials");
    shape_of(b, b->n_day, shape);
    for (size_t i = 0; i < b->n; i++) {
        amp[i] = amplitude(obs, f, q, b, i, w.worth);
        double got = gs_experiment_score_at(obs, f, q, b, i, amp[i]) -
                     gs_experiment_score_at(obs, f, q, b, i, 0);
        w.reach += (fabs(got) >= 0.95 * w.worth) / (double)b->n;
    }
    w.missing = isnan(o->missing) ? gs_experiment_missing(obs, q) : o->missing;
    w.amp = amp;
    w.shape = shape;
    *out = w;
    return GS_OK;
}

/* Days of B lived as usual: lapses come singly and in runs. */
static void live_doses(const exp_world *w, const gs_nof1_schedule *s, size_t n,
                       gs_rng *r, double *dose)
{
    bool off = false;
    for (size_t d = 0; d < n; d++) {
        int code = gs_nof1_day(s, (int32_t)d, NULL);
        double u = gs_rng_uniform(r);
        off = u < (off ? 0.5 : 0.5 * w->o->lapse / fmax(1 - w->o->lapse, 0.01));
        dose[d] = code == 1 && !off ? 1 : 0;
    }
}

/* Flares as this draw has them: added to shift. */
static void live_flares(const gs_belief *b, size_t k, size_t n, gs_rng *r,
                        double *shift)
{
    bool in = gs_rng_uniform(r) < b->flare[k];
    for (size_t d = 0; d < n; d++) {
        double u = gs_rng_uniform(r);
        in = in ? u >= b->leave[k * b->n_day + d] : u < b->enter[k * b->n_day + d];
        if (in)
            shift[d] += b->rise[k * b->n_day + d];
    }
}

double exp_world_live(const exp_world *w, const gs_nof1_schedule *s, gs_world world,
                      uint64_t i, double *y, double *dose, double *shift)
{
    const gs_belief *b = w->b;
    size_t n = (size_t)gs_nof1_days(s), k = (size_t)(i % b->n);
    gs_rng r = gs_rng_stream(w->o->seed, i, "trial lived");
    const double *usual = b->usual + k * b->n_day;
    double slope = w->o->drift * w->worth * gs_rng_normal(&r);
    double per = fabs(b->point[k]) > 1e-6 ? 1 / b->point[k] : 0;

    n = n < b->n_day ? n : b->n_day;
    live_doses(w, s, n, &r, dose);
    memset(shift, 0, n * sizeof *shift);
    if (world == GS_WORLD_BELIEVED)
        gs_experiment_superpose(n, b->step + k * b->n_day, dose, shift);
    if (world == GS_WORLD_WORTH)
        gs_experiment_superpose(n, w->shape, dose, shift);
    for (size_t d = 0; d < n; d++) {
        double scale = world == GS_WORLD_WORTH ? w->amp[k] : 1;
        shift[d] = usual[d] + scale * shift[d] +
                   per * slope * ((double)d / (double)n - 0.5);
    }
    if (b->flare)
        live_flares(b, k, n, &r, shift);
    gs_infer_draw_scores(w->obs, w->f, b->row[k], w->q->i_series, n, shift, &r, y);

    // days that were not scored, and a person who stops
    double end = gs_rng_uniform(&r) < w->o->dropout ? gs_rng_uniform(&r) : 1;
    for (size_t d = 0; d < n; d++) {
        if (gs_rng_uniform(&r) < w->missing || (double)d >= end * (double)n)
            y[d] = NAN;
    }
    return world == GS_WORLD_NULL    ? 0
           : world == GS_WORLD_WORTH ? -w->q->worse * w->worth
                                     : b->effect[k];
}

double gs_experiment_simulate(const gs_obs *obs, const gs_fit *f, const gs_question *q,
                              const gs_belief *b, const gs_trial_opts *o,
                              const gs_nof1_schedule *s, gs_world world, uint64_t i,
                              double *y, double *out_dose)
{
    size_t n = b->n_day;
    gs_arena *a = gs_arena_new(0);
    double *dose = GS_NEW(a, double, n), *shift = GS_NEW(a, double, n), effect = NAN;
    exp_world w;

    if (dose && shift && exp_world_new(a, obs, f, q, b, o, &w, NULL) == GS_OK) {
        effect = exp_world_live(&w, s, world, i, y, dose, shift);
        if (out_dose)
            memcpy(out_dose, dose, (size_t)gs_nof1_days(s) * sizeof *dose);
    }
    gs_arena_free(a);
    return effect;
}
