/* Levers as they were lived. A day on which a lever was not said gets the person's
 * habit: the median of the days that were said, or the typical adult's when fewer than
 * three were. A lever that only ever appears as a bare tag is habit on all other days:
 * a tag that is absent is "not said", not "no". docs/notes/missing.md */
#include "infer/num.h"
#include "infer/problem.h"

#include <math.h>
#include <stdlib.h>

enum { MIN_FOR_MEDIAN = 3 };

static double median_said(const gs_lever_series *s, size_t n_day, size_t *n_said)
{
    double *v = malloc((n_day ? n_day : 1) * sizeof *v), median = NAN;
    *n_said = 0;
    if (!v)
        return NAN;
    for (size_t d = 0; d < n_day; d++)
        if (!isnan(s->value[d]))
            v[(*n_said)++] = s->value[d];
    num_sort(*n_said, v);
    if (*n_said > 0)
        median = num_quantile_sorted(*n_said, v, 0.5);
    free(v);
    return median;
}

static double inside(const gs_lever_info *l, double x)
{
    return x < l->lo ? l->lo : x > l->hi ? l->hi : x;
}

void problem_habit(const gs_kernel *k, const gs_obs *obs, size_t n_day, double *habit)
{
    for (size_t i = 0; i < k->n_lever; i++)
        habit[i] = k->lever[i].habit;
    for (size_t i = 0; i < obs->n_lever; i++) {
        long l = gs_kernel_lever(k, obs->lever[i].name);
        size_t n_said;
        if (l < 0 || obs->lever[i].tags_only)
            continue;
        double m = median_said(&obs->lever[i], n_day, &n_said);
        if (n_said >= MIN_FOR_MEDIAN && !isnan(m))
            habit[l] = inside(&k->lever[l], m);
    }
}

void problem_lay_levers(const gs_kernel *k, const gs_obs *obs, const double *habit,
                        size_t n_day, double *out)
{
    for (size_t d = 0; d < n_day; d++)
        for (size_t i = 0; i < k->n_lever; i++)
            out[d * k->n_lever + i] = habit[i];
    for (size_t i = 0; i < obs->n_lever; i++) {
        long l = gs_kernel_lever(k, obs->lever[i].name);
        for (size_t d = 0; l >= 0 && d < n_day && d < obs->n_day; d++)
            if (!isnan(obs->lever[i].value[d]))
                out[d * k->n_lever + (size_t)l] =
                    inside(&k->lever[l], obs->lever[i].value[d]);
    }
}

bool problem_varies(const gs_kernel *k, const gs_obs *obs, size_t i, size_t n_day)
{
    const gs_lever_series *s = &obs->lever[i];
    long l = gs_kernel_lever(k, s->name);
    size_t n_said = 0;
    if (l < 0)
        return false;
    double lo = HUGE_VAL, hi = -HUGE_VAL;
    for (size_t d = 0; d < n_day; d++)
        if (!isnan(s->value[d])) {
            n_said++;
            lo = fmin(lo, inside(&k->lever[l], s->value[d]));
            hi = fmax(hi, inside(&k->lever[l], s->value[d]));
        }
    if (s->tags_only && n_said < n_day) { /* the other days are habit */
        lo = fmin(lo, k->lever[l].habit);
        hi = fmax(hi, k->lever[l].habit);
    }
    return n_said >= PROBLEM_MIN_SAID && hi - lo > 0.01 * fmax(k->lever[l].sd, 1e-6);
}

gs_status gs_infer_levers(const gs_kernel *k, const gs_obs *obs, double *out_lever,
                          double *out_habit, gs_err *err)
{
    double *habit = malloc((k->n_lever ? k->n_lever : 1) * sizeof *habit);
    if (!habit)
        return gs_fail(err, GS_ENOMEM, "out of memory for the levers");
    problem_habit(k, obs, obs->n_day, habit);
    if (out_lever)
        problem_lay_levers(k, obs, habit, obs->n_day, out_lever);
    for (size_t i = 0; out_habit && i < k->n_lever; i++)
        out_habit[i] = habit[i];
    free(habit);
    return GS_OK;
}
