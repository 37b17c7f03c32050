/* The trial through the axis: the model knows how long this lever takes from the gut to
 * the skin and what it leaves behind, and the person's residual is read from the same
 * days. One small fit: the primary score alone, this lever alone (the others at the
 * person's habit: the lot keeps them apart from it), eight weeks before and the trial.
 *
 * What the axis cannot do, it cannot find: where its chain lets a lever move the skin
 * by a hundredth of a point, no data make it say half a point. So prior and posterior
 * stand side by side, and a disagreement with the model-free test is said (say.c). */
#include "experiment/inside.h"

#include "advice/effect.h"
#include "advice/lever.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BEFORE = 56, N_EFFECT = 200 };

/* A lever that stays at one value throughout. */
static double *constant(gs_arena *a, size_t n, double v)
{
    double *x = GS_NEW(a, double, n + 1);
    for (size_t d = 0; x && d < n; d++)
        x[d] = v;
    return x;
}

/* This lever day by day: as written down where it was, else usual plus the planned
 * change times the dose. */
static double *lived(gs_arena *a, const gs_follow *f, const gs_obs *obs,
                     const gs_nof1_series *s, bool received, int32_t from, size_t n)
{
    double *x = GS_NEW(a, double, n + 1);
    const gs_protocol *p = f->plan;

    for (size_t d = 0; x && d < n; d++) {
        int32_t at = from + (int32_t)d - (f->day0 - obs->day0);
        double planned = at >= 0 && (size_t)at < s->n_day ? s->planned[at] : 0,
               dose = planned;
        if (isnan(planned))
            planned = dose = 0;
        if (received && at >= 0 && (size_t)at < s->n_day && s->received &&
            !isnan(s->received[at]))
            dose = s->received[at];
        x[d] = p->usual + p->change * dose;
    }
    return x;
}

/* The cut table: days [from, end) of the diary, one score, one lever that moves. */
static gs_status cut(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                     const gs_follow *f, const gs_nof1_series *s, bool received,
                     gs_obs *out, int32_t *out_from, gs_err *err)
{
    const gs_series *primary = exp_primary(f, obs);
    int32_t day0 = f->day0 - obs->day0, from = day0 > BEFORE ? day0 - BEFORE : 0;
    size_t n = (size_t)(day0 - from) + s->n_day, m = 0;
    double *habit = GS_NEW(a, double, k->n_lever + 1);
    gs_series *one = GS_NEW(a, gs_series, 1);
    int32_t *day = GS_NEW(a, int32_t, primary->n + 1);
    double *value = GS_NEW(a, double, primary->n + 1);
    gs_lever_series *l = GS_NEW(a, gs_lever_series, k->n_lever + 1);

    if (!habit || !one || !day || !value || !l)
        return gs_fail(err, GS_ENOMEM, "out of memory for the axis");
    GS_TRY(gs_infer_levers(k, obs, NULL, habit, err));
    for (size_t i = 0; i < k->n_lever; i++) {
        bool mine = strcmp(k->lever[i].name, f->plan->lever) == 0;
        double v = fmin(fmax(habit[i], k->lever[i].lo), k->lever[i].hi);
        l[i] = (gs_lever_series){.name = k->lever[i].name, .n_said = n,
                                 .value = mine ? lived(a, f, obs, s, received, from, n)
                                               : constant(a, n, v)};
        if (!l[i].value)
            return gs_fail(err, GS_ENOMEM, "out of memory for the axis");
        for (size_t d = 0; mine && d < n; d++)
            l[i].value[d] = fmin(fmax(l[i].value[d], k->lever[i].lo), k->lever[i].hi);
    }
    for (size_t i = 0; i < primary->n; i++) {
        int32_t at = primary->day[i] - from;
        if (at < 0 || (size_t)at >= n)
            continue;
        day[m] = at;
        value[m++] = primary->value[i];
    }
    *one = *primary;
    one->n = m;
    one->day = day;
    one->value = value;
    *out = (gs_obs){.person = obs->person, .day0 = obs->day0 + from, .n_day = n, .n_series = 1,
                    .series = one, .n_lever = k->n_lever, .lever = l,
                    .condition = obs->condition};
    *out_from = from;
    return GS_OK;
}

/* The plan's question asked of the days before the trial. */
static gs_status question(gs_arena *a, const gs_kernel *k, const gs_obs *cut_obs,
                          const gs_follow *f, gs_question *q, gs_err *err)
{
    const gs_protocol *p = f->plan;
    size_t n_before = (size_t)(f->day0 - cut_obs->day0);
    size_t n = n_before ? n_before : 1;
    double *usual = GS_NEW(a, double, n * k->n_lever), *then = GS_NEW(a, double, n);
    if (!usual || !then)
        return gs_fail(err, GS_ENOMEM, "out of memory for the axis");
    *q = (gs_question){.lever = p->lever, .i_series = 0, .worse = p->worse, .tau = p->tau,
                       .n_replay = n, .days_usual = usual, .days_then = then,
                       .i_lever = (size_t)gs_kernel_lever(k, p->lever)};
    double block;
    lever_lag(p->lever, p->condition, &q->weeks, &block);
    for (size_t d = 0; d < n; d++) {
        for (size_t i = 0; i < k->n_lever; i++)
            usual[d * k->n_lever + i] = cut_obs->lever[i].value[0];
        const gs_lever_info *info = &k->lever[q->i_lever];
        usual[d * k->n_lever + q->i_lever] = fmin(fmax(p->usual, info->lo), info->hi);
        then[d] = fmin(fmax(p->usual + p->change, info->lo), info->hi);
    }
    return GS_OK;
}

static double chance(const gs_belief *b, int worse, double worth)
{
    double n = 0;
    for (size_t i = 0; i < b->n; i++)
        n += -worse * b->effect[i] >= worth;
    return n / (double)b->n;
}

static void summarise(gs_arena *a, const gs_fit *fit, const gs_kernel *k,
                      const gs_follow *f, const gs_belief *before,
                      const gs_belief *after, gs_axis_says *out)
{
    const gs_protocol *p = f->plan;
    long gain = lever_gain(k, p->lever);

    out->known = true;
    out->before = effect_band(a, before->n, before->effect);
    out->after = effect_band(a, after->n, after->effect);
    out->better_before = effect_better(before->n, before->effect, p->worse, 1e-9);
    out->better = effect_better(after->n, after->effect, p->worse, 1e-9);
    out->worth_before = chance(before, p->worse, p->worth);
    out->worth = chance(after, p->worse, p->worth);
    for (size_t d = 0; d < fit->n_dim; d++)
        if (fit->dim[d].role == GS_DIM_LEVER && fit->dim[d].par == gain)
            out->taught = fmax(0, 1 - fit->dim[d].sd / fit->dim[d].prior_sd);
}

static gs_status answer(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                        const gs_follow *f, const gs_nof1_series *s, bool received,
                        const gs_pool *pool, const gs_progress *progress,
                        gs_axis_says *out, gs_err *err)
{
    gs_obs o;
    gs_fit *fit;
    gs_question q;
    gs_belief *before, *after;
    int32_t from;
    gs_fit_opts opts = GS_FIT_OPTS;

    GS_TRY(cut(a, k, obs, f, s, received, &o, &from, err));
    GS_TRY(question(a, k, &o, f, &q, err));
    GS_TRY(gs_infer_fit(a, k, &o, &opts, pool, progress, &fit, err));
    if (!fit->ok)
        return gs_fail(err, GS_ENUM,
                       "the fit failed its own checks and is no answer: %.150s",
                       fit->why_not);
    size_t n_day = (size_t)lround(7 * q.weeks) + 1;
    GS_TRY(exp_believe(a, k, &o, fit, &q, true, N_EFFECT, n_day, pool, NULL, &before,
                       err));
    GS_TRY(exp_believe(a, k, &o, fit, &q, false, N_EFFECT, n_day, pool, NULL, &after,
                       err));
    summarise(a, fit, k, f, before, after, out);
    return GS_OK;
}

gs_status gs_experiment_axis(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                             const gs_follow *f, const gs_nof1_series *s, bool received,
                             const gs_pool *pool, const gs_progress *progress,
                             gs_axis_says *out, gs_err *err)
{
    gs_err why = {0};

    *out = (gs_axis_says){.taught = 0};
    if (gs_kernel_lever(k, f->plan->lever) < 0 || !exp_primary(f, obs)) {
        snprintf(out->why, sizeof out->why, "this model has no such lever or score");
        return GS_OK;
    }
    gs_status st = answer(a, k, obs, f, s, received, pool, progress, out, &why);
    if (st == GS_ENOMEM || st == GS_ECANCEL)
        return gs_fail(err, st, "%s", why.msg);
    if (st != GS_OK)
        snprintf(out->why, sizeof out->why, "%.230s", why.msg);
    return GS_OK;
}
