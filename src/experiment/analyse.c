/* From the diary and the events to the series that nof1 analyses. */
#include "experiment/inside.h"

#include "advice/lever.h"

#include <math.h>
#include <string.h>

static const gs_series *find_series(const gs_obs *obs, const char *name)
{
    for (size_t i = 0; i < obs->n_series; i++)
        if (strcmp(obs->series[i].name, name) == 0)
            return &obs->series[i];
    return NULL;
}

static const gs_lever_series *find_lever(const gs_obs *obs, const char *name)
{
    for (size_t i = 0; i < obs->n_lever; i++)
        if (strcmp(obs->lever[i].name, name) == 0)
            return &obs->lever[i];
    return NULL;
}

/* Dose of a trial day: 1 = the whole planned change. A bare tag says nothing of how much. */
static double dose_of(const gs_follow *f, const gs_obs *obs, const gs_lever_series *l,
                      int32_t at, double planned)
{
    int32_t day = f->day0 + at - obs->day0;
    const lever_ask *ask = lever_find(f->plan->lever);
    double kept = f->kept[at];

    if (f->reason[at] && strcmp(f->reason[at], "paused") == 0)
        return 0;
    /* habits that come now and then have no dose day by day: what was kept counts */
    if (l && !l->tags_only && day >= 0 && (size_t)day < obs->n_day &&
        !isnan(l->value[day]) && !(ask && ask->kind == TRIGGER))
        return fmin(fmax((l->value[day] - f->plan->usual) / f->plan->change, -1), 2);
    if (isnan(kept) || isnan(planned))
        return NAN;
    return planned > 0 ? kept : 1 - kept;
}

static void set_scale(gs_nof1_series *s, const gs_scale *c)
{
    s->lo = s->hi = s->step = NAN;
    s->better = c->worse > 0 ? -1 : 1;
    s->scale = c->kind == GS_SCALE_COUNT ? GS_NOF1_COUNT : GS_NOF1_CONTINUOUS;
    if (c->kind == GS_SCALE_ORDERED) {
        s->scale = GS_NOF1_SCORE;
        s->lo = c->lo;
        s->hi = c->hi;
        s->step = c->step > 0 ? c->step : 1;
    }
}

static gs_status fill(gs_arena *a, const gs_follow *f, const gs_obs *obs,
                      const gs_series *from, gs_nof1_series *s, gs_err *err)
{
    double *planned = GS_NEW(a, double, s->n_day + 1),
           *dose = GS_NEW(a, double, s->n_day + 1);
    gs_nof1_obs *row = GS_NEW(a, gs_nof1_obs, from->n + 1);
    const gs_lever_series *l = find_lever(obs, f->plan->lever);
    bool any = false;

    if (!planned || !dose || !row)
        return gs_fail(err, GS_ENOMEM, "out of memory for the trial's days");
    for (size_t d = 0; d < s->n_day; d++) {
        int code = gs_nof1_day(f->schedule, (int32_t)d, NULL);
        planned[d] = code < 0 ? (double)NAN : (double)code;
        dose[d] = dose_of(f, obs, l, (int32_t)d, code < 0 ? 0 : code);
        any |= !isnan(dose[d]);
    }
    for (size_t i = 0; i < from->n; i++) {
        int32_t at = obs->day0 + from->day[i] - f->day0;
        if (at >= 0 && (size_t)at < s->n_day)
            row[s->n_obs++] = (gs_nof1_obs){.time = at + 0.5, .value = from->value[i]};
    }
    if (s->n_obs == 0)
        return gs_fail(err, GS_EFOUND,
                       "there is no score of %s on any day of the trial; write "
                       "scores down with gutskin log",
                       from->name);
    s->planned = planned;
    s->received = any ? dose : NULL;
    s->obs = row;
    return GS_OK;
}

gs_status gs_experiment_series(gs_arena *a, const gs_follow *f, const gs_obs *obs,
                               const char *outcome, int32_t today, gs_nof1_series **out,
                               gs_err *err)
{
    const char *name = outcome ? outcome : f->plan->outcome[0];
    const gs_series *from = find_series(obs, name);
    int32_t n = today - f->day0 + 1;

    if (!f->started || n < 1)
        return gs_fail(err, GS_EUSE, "\"%s\" has not begun: gutskin experiment start",
                       f->plan->name);
    if (!f->schedule)
        return gs_fail(err, GS_EUSE,
                       "the order of \"%s\" is still with the second person; when "
                       "the trial is over: gutskin experiment reveal KEYFILE",
                       f->plan->name);
    if (!from)
        return gs_fail(err, GS_EFOUND, "the diary has no scores of %s", name);
    gs_nof1_series *s = GS_NEW(a, gs_nof1_series, 1);
    if (!s)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    *s = (gs_nof1_series){.person = obs->person, .outcome = from->name, .day0 = f->day0,
                          .n_day = (size_t)(n < f->n_day ? n : f->n_day)};
    set_scale(s, from->scale);
    GS_TRY(fill(a, f, obs, from, s, err));
    *out = s;
    return GS_OK;
}
