/* Is an observation table what inference may rely on? Everything that makes a table
 * (a diary, a simulator, a test) is held to the same sentence. */
#include "gutskin/obs.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static gs_status bad(gs_err *err, const char *where, const char *fmt, ...)
    GS_PRINTF(3, 4);

static gs_status bad(gs_err *err, const char *where, const char *fmt, ...)
{
    char text[300];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return gs_fail_at(err, GS_ERANGE, NULL, 0, 0, where, "%s", text);
}

/* On the scale: inside its range and, for ordered scores and counts, a whole step. */
static bool on_scale(const gs_scale *s, double v)
{
    if (!isfinite(v) || v < s->lo || v > s->hi)
        return false;
    bool whole = s->kind == GS_SCALE_ORDERED || s->kind == GS_SCALE_COUNT;
    return !whole || v == floor(v);
}

static gs_status check_series(const gs_obs *o, size_t k, gs_err *err)
{
    const gs_series *s = &o->series[k];
    if (!s->name || !*s->name)
        return bad(err, "series", "series %zu has no name", k);
    if (!s->channel || !s->scale)
        return bad(err, s->name, "the series has no channel or no scale");
    if (!s->condition || gs_condition_find(s->condition) < 0)
        return bad(err, s->name, "\"%s\" is none of the four conditions",
                   s->condition ? s->condition : "");
    for (size_t j = 0; j < k; j++)
        if (strcmp(o->series[j].name, s->name) == 0)
            return bad(err, s->name, "two series have this name");
    for (size_t i = 0; i < s->n; i++) {
        if (s->day[i] < 0 || (size_t)s->day[i] >= o->n_day)
            return bad(err, s->name, "day %d lies outside the table's %zu days",
                       (int)s->day[i], o->n_day);
        if (i && s->day[i] <= s->day[i - 1])
            return bad(err, s->name, "day %d comes after day %d; days must ascend",
                       (int)s->day[i], (int)s->day[i - 1]);
        if (!on_scale(s->scale, s->value[i]))
            return bad(err, s->name, "%g on day %d is not on the scale %s (%g to %g)",
                       s->value[i], (int)s->day[i], s->scale->name, s->scale->lo,
                       s->scale->hi);
    }
    return GS_OK;
}

static gs_status check_lever(const gs_obs *o, size_t k, gs_err *err)
{
    const gs_lever_series *l = &o->lever[k];
    size_t n_said = 0;
    if (!l->name || !*l->name)
        return bad(err, "lever", "lever %zu has no name", k);
    for (size_t j = 0; j < k; j++)
        if (strcmp(o->lever[j].name, l->name) == 0)
            return bad(err, l->name, "two levers have this name");
    for (size_t d = 0; d < o->n_day; d++) {
        if (isinf(l->value[d]))
            return bad(err, l->name, "the value of day %zu is infinite", d);
        n_said += isnan(l->value[d]) ? 0 : 1;
    }
    if (n_said != l->n_said)
        return bad(err, l->name, "n_said is %zu, the days that say it are %zu",
                   l->n_said, n_said);
    return GS_OK;
}

gs_status gs_obs_check(const gs_obs *o, gs_err *err)
{
    if ((unsigned)o->condition >= GS_N_CONDITION)
        return bad(err, "condition", "the table names no condition");
    for (size_t k = 0; k < o->n_series; k++)
        GS_TRY(check_series(o, k, err));
    for (size_t k = 0; k < o->n_lever; k++)
        GS_TRY(check_lever(o, k, err));
    for (size_t k = 0; k < o->n_lab; k++) {
        const gs_lab *l = &o->lab[k];
        if (!l->channel || !isfinite(l->value) || l->value < l->channel->lo
            || l->value > l->channel->hi || (!isnan(l->sd) && !(l->sd >= 0)))
            return bad(err, l->channel ? l->channel->name : "lab",
                       "the measured value %g is outside its range", l->value);
    }
    for (size_t k = 0; k < o->n_flag; k++)
        if (!o->flag[k].channel || o->flag[k].channel->kind != GS_CHANNEL_FLAG)
            return bad(err, "flag", "red flag %zu is not one", k);
    return GS_OK;
}
