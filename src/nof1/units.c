/* Rows to days. A day is what is analysed: its raters and moments become one mean, so
 * that ten photos of one evening do not count as ten days. */
#include "nof1/inner.h"

#include <math.h>
#include <string.h>

/* Rater r sees b_r more than the others: value = day + b_r, least squares by turns, sum of
 * b zero. Without raters b stays 0. */
static gs_status rater_offsets(gs_arena *a, const gs_nof1_series *s, const double *day_mean,
                               double *b, gs_err *err)
{
    size_t n = s->n_rater > 0 ? s->n_rater : 1;
    double *mean = GS_NEW(a, double, s->n_day), *k = GS_NEW(a, double, s->n_day);
    double *kb = GS_NEW(a, double, n), *sum = GS_NEW(a, double, n);
    if (!mean || !k || !kb || !sum)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    memcpy(mean, day_mean, s->n_day * sizeof *mean);
    for (int turn = 0; turn < 30 && n > 1; turn++) {
        memset(kb, 0, n * sizeof *kb);
        memset(sum, 0, n * sizeof *sum);
        for (size_t i = 0; i < s->n_obs; i++) {
            const gs_nof1_obs *o = &s->obs[i];
            if (isnan(o->value))
                continue;
            sum[o->rater] += o->value - mean[(size_t)floor(o->time)];
            kb[o->rater]++;
        }
        double centre = 0, seen = 0;
        for (size_t r = 0; r < n; r++) {
            b[r] = kb[r] > 0 ? sum[r] / kb[r] : 0;
            centre += kb[r] > 0 ? b[r] : 0;
            seen += kb[r] > 0;
        }
        for (size_t r = 0; r < n; r++)
            b[r] -= kb[r] > 0 ? centre / fmax(seen, 1) : 0;
        memset(mean, 0, s->n_day * sizeof *mean);
        memset(k, 0, s->n_day * sizeof *k);
        for (size_t i = 0; i < s->n_obs; i++) {
            const gs_nof1_obs *o = &s->obs[i];
            if (isnan(o->value))
                continue;
            mean[(size_t)floor(o->time)] += o->value - b[o->rater];
            k[(size_t)floor(o->time)]++;
        }
        for (size_t d = 0; d < s->n_day; d++)
            mean[d] = k[d] > 0 ? mean[d] / k[d] : 0;
    }
    return GS_OK;
}

/* ---- checks ---- */

static gs_status check_values(const gs_nof1_series *s, gs_err *err)
{
    for (size_t i = 0; i < s->n_obs; i++) {
        const gs_nof1_obs *o = &s->obs[i];
        if (!(o->time >= 0) || o->time >= (double)s->n_day || o->rater < 0 ||
            (o->rater > 0 && (size_t)o->rater >= s->n_rater) ||
            (i && o->time < s->obs[i - 1].time))
            return gs_fail(err, GS_EUSE, "observations must be in order and within the trial");
        if (isnan(o->value))
            continue;
        if (!isfinite(o->value) || fabs(o->value) > 1e12)
            return gs_fail_at(err, GS_ERANGE, NULL, o->line, 0, s->outcome,
                              "a value is not a plain number; correct or empty it");
        if ((isfinite(s->lo) && o->value < s->lo) || (isfinite(s->hi) && o->value > s->hi))
            return gs_fail_at(err, GS_ERANGE, NULL, o->line, 0, s->outcome,
                              "%g is outside the scale %g to %g; correct the value or the "
                              "scale",
                              o->value, s->lo, s->hi);
        if (s->scale == GS_NOF1_COUNT && (o->value < 0 || o->value != floor(o->value)))
            return gs_fail_at(err, GS_ERANGE, NULL, o->line, 0, s->outcome,
                              "%g is no count; counts are 0, 1, 2 and so on", o->value);
    }
    return GS_OK;
}

/* ---- days ---- */

typedef struct tally {
    double *sum, *sq, *time; /* [n_day] */
    size_t *k;
} tally;

static gs_status count_days(gs_arena *a, const gs_nof1_series *s, tally *t, double **offset,
                            gs_err *err)
{
    double *mean = GS_NEW(a, double, s->n_day);
    *offset = GS_NEW(a, double, s->n_rater + 1);
    *t = (tally){GS_NEW(a, double, s->n_day), GS_NEW(a, double, s->n_day),
                 GS_NEW(a, double, s->n_day), GS_NEW(a, size_t, s->n_day)};
    if (!mean || !*offset || !t->sum || !t->sq || !t->time || !t->k)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (int pass = 0; pass < 2; pass++) {
        for (size_t d = 0; d < s->n_day; d++)
            t->sum[d] = t->sq[d] = t->time[d] = 0, t->k[d] = 0;
        for (size_t i = 0; i < s->n_obs; i++) {
            const gs_nof1_obs *o = &s->obs[i];
            if (isnan(o->value))
                continue;
            size_t d = (size_t)floor(o->time);
            double v = o->value - (*offset)[o->rater];
            t->sum[d] += v;
            t->time[d] += o->time;
            t->k[d]++;
            t->sq[d] += v * v;
        }
        for (size_t d = 0; d < s->n_day; d++)
            mean[d] = t->k[d] ? t->sum[d] / (double)t->k[d] : 0;
        if (pass == 0)
            GS_TRY(rater_offsets(a, s, mean, *offset, err));
    }
    return GS_OK;
}

/* Variance of one observation within its day; 0 where days have one each. */
static double within(const gs_nof1_series *s, const tally *t)
{
    double ss = 0, df = 0;
    for (size_t d = 0; d < s->n_day; d++) {
        double k = (double)t->k[d];
        if (t->k[d] > 1) {
            ss += fmax(t->sq[d] - t->sum[d] * t->sum[d] / k, 0);
            df += k - 1;
        }
    }
    return df > 0 ? ss / df : 0;
}

/* How days differ beyond what treatment does: pooled sd of day means within treatments. */
static double usual_swing(size_t n, const gs_nof1_unit *u)
{
    double sum[2] = {0}, sq[2] = {0}, k[2] = {0}, df = 0, ss = 0;
    for (size_t i = 0; i < n; i++) {
        if (!u[i].used)
            continue;
        sum[u[i].code] += u[i].value;
        k[u[i].code]++;
    }
    for (size_t i = 0; i < n; i++)
        if (u[i].used) {
            double e = u[i].value - sum[u[i].code] / k[u[i].code];
            sq[u[i].code] += e * e;
        }
    for (int c = 0; c < 2; c++)
        if (k[c] > 1) {
            ss += sq[c];
            df += k[c] - 1;
        }
    return df > 0 ? sqrt(ss / df) : 0;
}

/* A score that is the same on every day of a treatment still has its rounding. */
static gs_status find_swing(const gs_nof1_series *s, size_t n, const gs_nof1_unit *u,
                            gs_nof1_result *r, gs_err *err)
{
    double lo = HUGE_VAL, hi = -HUGE_VAL;
    for (size_t i = 0; i < n; i++)
        if (u[i].used)
            lo = fmin(lo, u[i].value), hi = fmax(hi, u[i].value);
    if (!(hi - lo > 1e-9 * fmax(fabs(hi), fabs(lo))))
        return gs_fail_at(err, GS_ERANGE, NULL, 0, 0, s->outcome,
                          "the outcome is the same on every day; there is nothing to compare");
    r->swing = fmax(usual_swing(n, u), 0.05 * (hi - lo));
    if (s->scale == GS_NOF1_SCORE && s->step > 0)
        r->swing = fmax(r->swing, s->step * 0.2887); /* sd of rounding */
    return GS_OK;
}

static double exposure(const gs_nof1_schedule *sched, size_t d, double *last)
{
    int code = gs_nof1_day(sched, (int32_t)d, NULL);
    bool between = code < 0 && sched->n_period && (int32_t)d > sched->period[0].from &&
                   (int32_t)d < gs_nof1_days(sched);
    if (code >= 0)
        *last = code;
    else if (!between)
        *last = 0;
    return *last;
}

static gs_status exposures(gs_arena *a, const gs_nof1_series *s,
                           const gs_nof1_schedule *sched, nof1_data *out, gs_err *err)
{
    double *plan = GS_NEW(a, double, s->n_day), *taken = GS_NEW(a, double, s->n_day);
    double last = 0;
    if (!plan || !taken)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t d = 0; d < s->n_day; d++) {
        plan[d] = exposure(sched, d, &last);
        bool said = s->received && !isnan(s->received[d]);
        taken[d] = said ? s->received[d] : plan[d];
        if (!isfinite(taken[d]) || taken[d] < 0 || taken[d] > 100)
            return gs_fail(err, GS_ERANGE,
                           "day %zu: a dose of %g; doses are given as shares of the full "
                           "dose, 1 = as planned",
                           d + 1, taken[d]);
        out->doses = out->doses || fabs(taken[d] - plan[d]) > 1e-9;
    }
    out->n_day = s->n_day;
    out->plan = plan;
    out->taken = taken;
    return GS_OK;
}

static double share_as_planned(const gs_nof1_series *s, const nof1_data *d)
{
    size_t said = 0, same = 0;
    for (size_t i = 0; s->received && i < s->n_day; i++) {
        if (isnan(s->received[i]))
            continue;
        said++;
        same += fabs(s->received[i] - d->plan[i]) < 0.25;
    }
    return said ? (double)same / (double)said : NAN;
}

static size_t build(const gs_nof1_series *s, const gs_nof1_schedule *sched, const tally *t,
                    const nof1_data *d, gs_nof1_unit *u, gs_nof1_result *r)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_day; i++) {
        bool washout;
        int code = gs_nof1_day(sched, (int32_t)i, &washout);
        double k = (double)t->k[i];
        if (t->k[i] == 0) {
            r->n_missing += code >= 0 && !washout;
            continue;
        }
        u[n] = (gs_nof1_unit){.time = t->time[i] / k,
                              .day = (int32_t)i,
                              .code = (int8_t)(code > 0),
                              .received = d->taken[i],
                              .value = t->sum[i] / k,
                              .weight = 1,
                              .n_obs = t->k[i],
                              .used = code >= 0 && !washout};
        if (u[n].used)
            (code ? r->n_b++ : r->n_a++);
        else
            r->n_left_out++;
        n++;
    }
    return n;
}

static gs_status check_enough(const gs_nof1_result *r, const gs_nof1_schedule *sched,
                              gs_err *err)
{
    bool both = false;
    for (size_t i = 1; i < sched->n_period; i++)
        both = both || sched->period[i].code != sched->period[0].code;
    if (!both)
        return gs_fail(err, GS_ERANGE, "the treatment never varies; a trial compares days "
                                       "with it and days without");
    if (r->n_a + r->n_b == 0)
        return gs_fail(err, GS_ERANGE, "no day of the trial has an outcome; check that the "
                                       "days of the outcome and of the treatment agree");
    if (r->n_a < 3 || r->n_b < 3)
        return gs_fail(err, GS_ERANGE,
                       "%zu day%s without and %zu day%s with the treatment have an outcome; "
                       "it takes 3 of each at the very least",
                       r->n_a, r->n_a == 1 ? "" : "s", r->n_b, r->n_b == 1 ? "" : "s");
    return GS_OK;
}

/* A mean of k observations is as noisy as day + within / k: weight 1 at the usual k. */
static void weigh(size_t n, gs_nof1_unit *u, double var_within, double swing)
{
    double mean_k = 0, used = 0;
    for (size_t i = 0; i < n; i++)
        if (u[i].used)
            mean_k += 1 / (double)u[i].n_obs, used++;
    mean_k /= used;
    double day = fmax(swing * swing - var_within * mean_k, 0.1 * swing * swing);
    for (size_t i = 0; i < n; i++)
        u[i].weight = (day + var_within * mean_k) / (day + var_within / (double)u[i].n_obs);
}

static gs_status gather(gs_arena *a, gs_nof1_result *r, size_t n, const gs_nof1_unit *u,
                        nof1_data *d, gs_err *err)
{
    size_t used = r->n_a + r->n_b, k = 0;
    double *t = GS_NEW(a, double, 3 * used), *y = t + used, *w = y + used;
    int32_t *day = GS_NEW(a, int32_t, used);
    int8_t *code = GS_NEW(a, int8_t, used);
    d->unit = GS_NEW(a, const gs_nof1_unit *, used);
    if (!t || !day || !code || !d->unit)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    double sum[2] = {0};
    for (size_t i = 0; i < n; i++)
        if (u[i].used)
            sum[u[i].code] += u[i].value;
    r->mean_a = sum[0] / (double)r->n_a;
    r->mean_b = sum[1] / (double)r->n_b;
    d->centre = 0.5 * (r->mean_a + r->mean_b);
    d->swing = r->swing;
    for (size_t i = 0; i < n; i++) {
        if (!u[i].used)
            continue;
        t[k] = u[i].time;
        y[k] = (u[i].value - d->centre) / d->swing;
        w[k] = u[i].weight;
        day[k] = u[i].day;
        code[k] = u[i].code;
        d->unit[k++] = &u[i];
    }
    d->n = used;
    d->t = t, d->y = y, d->weight = w, d->day = day, d->code = code;
    return GS_OK;
}

gs_status nof1_units(gs_arena *a, const gs_nof1_series *s, const gs_nof1_schedule *sched,
                     gs_nof1_result *r, nof1_data *out, gs_err *err)
{
    tally t;
    double *offset;

    *out = (nof1_data){0};
    if (s->n_day < 1 || s->n_day > GS_NOF1_DAYS)
        return gs_fail(err, GS_ERANGE, "a trial lasts 1 to %d days; this one %zu",
                       GS_NOF1_DAYS, s->n_day);
    GS_TRY(check_values(s, err));
    GS_TRY(count_days(a, s, &t, &offset, err));
    GS_TRY(exposures(a, s, sched, out, err));
    gs_nof1_unit *u = GS_NEW(a, gs_nof1_unit, s->n_day);
    if (!u)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    size_t n = build(s, sched, &t, out, u, r);
    GS_TRY(check_enough(r, sched, err));
    r->adherence = share_as_planned(s, out);
    GS_TRY(find_swing(s, n, u, r, err));
    weigh(n, u, within(s, &t), r->swing);
    r->unit = u;
    r->n_unit = n;
    return gather(a, r, n, u, out, err);
}

void nof1_response(const nof1_data *d, const double *e, double lag, double *out)
{
    double s = 0, go = lag > 0 ? 1 - exp(-1 / lag) : 1;
    size_t i = 0;
    for (size_t day = 0; day < d->n_day && i < d->n; day++) {
        s += go * (e[day] - s);
        while (i < d->n && (size_t)d->day[i] == day)
            out[i++] = s;
    }
}
