/* The randomisation test, inverted.
 *
 * Had the treatment no effect but `delta` times the exposure, y - delta x would be what it
 * is whatever order had been drawn. So the statistic of the order that was used is set
 * among those of all orders that could have been drawn; the deltas not rejected are the
 * interval. Nothing about the noise is assumed: not its distribution, not independence,
 * not stationarity, not how days went missing (given a day's outcome, not its treatment).
 *
 * Power comes from the statistic, validity from the lot. It is the effect of generalised
 * least squares with level and trend, averaged over working noises (noise.c: white and
 * memories of 1 to 40 days, with days or steps far out) by their restricted likelihood,
 * divided by its standard error. The likelihood sees the order it is computed for, so that
 * every order is treated alike; how little days far out count is decided blind to treatment.
 *
 * Doses that differ from the plan: y - delta * dose is set against the *planned* order,
 * as instrumental variables are: choosing to skip does not bias it.
 *
 * Whitening by a noise's filter makes an order cost O(days) a noise; the filter waits for
 * its own last result, so LANES orders go through it side by side. All that depends on
 * delta is linear, so an interval re-uses the orders' sums.
 * Dropped: a difference of phase means (no power under drift), ranks (no inversion); lags
 * averaged over as well (6 points more power where onset takes 2 days, 1 to 2 less elsewhere,
 * and an interval of what?). */
#include "nof1/inner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 8, CHUNK = 64 };

typedef struct job {
    const nof1_data *d;
    const gs_nof1_schedule *sched;
    const gs_nof1_chooser *chooser;
    const gs_nof1_opts *o;
    size_t n_noise;
    nof1_noise noise[NOF1_NOISES];
    bool exact;
    size_t n_order;   /* order 0 is the one that was used unless exact */
    double *xx, *xy;  /* [n_order x n_noise] */
    double *xo, *xd;  /* the same; NULL where no interval is wanted, no doses differ */
} job;

static double dot(size_t n, const double *a, const double *b)
{
    double s = 0;
    for (size_t i = 0; i < n; i++)
        s += a[i] * b[i];
    return s;
}

/* Noises, and the order that was used seen through each. */
static bool make_noises(gs_arena *a, job *j, bool plain, const double *obs, const double *dose)
{
    size_t n = j->d->n;
    if (!nof1_noises(a, j->d, plain, &j->n_noise, j->noise))
        return false;
    for (size_t k = 0; k < j->n_noise; k++) {
        nof1_noise *g = &j->noise[k];
        nof1_whiten(g, n, obs, g->obs);
        nof1_whiten(g, n, dose, g->dose);
        nof1_project(g, n, g->obs);
        nof1_project(g, n, g->dose);
        g->yo = dot(n, g->y, g->obs);
        g->oo = dot(n, g->obs, g->obs);
        g->yd = dot(n, g->y, g->dose);
        g->dd = dot(n, g->dose, g->dose);
        g->od = dot(n, g->obs, g->dose);
    }
    return true;
}

/* Room for the orders' sums, as many of the four as are wanted. */
static bool make_sums(gs_arena *a, job *j, size_t n_sum)
{
    size_t room = j->n_order * j->n_noise;
    double *sums = GS_NEW(a, double, n_sum * room);
    if (!sums)
        return false;
    j->xx = sums, j->xy = sums + room;
    j->xo = n_sum > 2 ? sums + 2 * room : NULL;
    j->xd = n_sum > 3 ? sums + 3 * room : NULL;
    return true;
}

/* ---- orders ---- */

/* Exposure of every day under an order of the periods. */
static void expose(const gs_nof1_schedule *s, const int8_t *code, size_t n_day, double *e)
{
    memset(e, 0, n_day * sizeof *e);
    for (size_t k = 0; k < s->n_period; k++)
        for (int32_t i = 0; i < s->period[k].n_day; i++) {
            size_t day = (size_t)(s->period[k].from + i);
            if (day < n_day)
                e[day] = code[k];
        }
    /* days between periods go on as the period before */
    for (size_t k = 0; k + 1 < s->n_period; k++)
        for (int32_t day = s->period[k].from + s->period[k].n_day;
             day < s->period[k + 1].from && (size_t)day < n_day; day++)
            e[day] = code[k];
}

/* Order i of the test, as the response of every unit: x[unit * LANES] */
static void lay_order(const job *j, size_t i_order, double *x)
{
    const nof1_data *d = j->d;
    int8_t code[GS_NOF1_PERIODS];
    double e[GS_NOF1_DAYS], r[GS_NOF1_DAYS];

    if (j->exact)
        gs_nof1_choose_nth(j->chooser, i_order, code);
    else if (i_order == 0)
        for (size_t k = 0; k < j->sched->n_period; k++)
            code[k] = j->sched->period[k].code;
    else
        gs_nof1_choose(j->chooser, j->o->seed ^ 0x6e6f6631u, i_order, code);
    expose(j->sched, code, d->n_day, e);
    nof1_response(d, e, j->o->lag, r);
    for (size_t i = 0; i < d->n; i++)
        x[i * LANES] = r[i];
}

/* sum [row][lane]: of the whitened orders' squares, and with y, level, trend, and where
 * there are such, the order that was used and the doses. */
enum { S_XX, S_Y, S_FIX, S_FIX2, S_OBS, S_DOSE, N_SUM };

static void add_lanes(double *restrict s, double f, const double *restrict w)
{
    for (size_t l = 0; l < LANES; l++)
        s[l] += f * w[l];
}

static void sum_lanes(const job *j, const nof1_noise *g, const double *x,
                      double (*restrict sum)[LANES])
{
    size_t n = j->d->n;
    double a[LANES] = {0}, w[LANES];

    memset(sum, 0, N_SUM * sizeof *sum);
    for (size_t i = 0; i < n; i++, x += LANES) {
        double scale = g->scale[i], gain = g->gain[i], decay = g->decay[i];
        for (size_t l = 0; l < LANES; l++) {
            double e = x[l] - a[l];
            w[l] = e * scale;
            a[l] = decay * (a[l] + gain * e);
            sum[S_XX][l] += w[l] * w[l];
        }
        add_lanes(sum[S_Y], g->y[i], w);
        add_lanes(sum[S_FIX], g->fix[0][i], w);
        if (g->n_fix > 1)
            add_lanes(sum[S_FIX2], g->fix[1][i], w);
        if (j->xo)
            add_lanes(sum[S_OBS], g->obs[i], w);
        if (j->xd)
            add_lanes(sum[S_DOSE], g->dose[i], w);
    }
}

/* Orders first .. first + LANES - 1; x [n x LANES] is scratch. */
static void sum_orders(job *j, size_t first, double *x)
{
    double sum[N_SUM][LANES];
    size_t n_lane = j->n_order - first < LANES ? j->n_order - first : LANES;

    memset(x, 0, j->d->n * LANES * sizeof *x);
    for (size_t l = 0; l < n_lane; l++)
        lay_order(j, first + l, x + l);
    for (size_t k = 0; k < j->n_noise; k++) {
        sum_lanes(j, &j->noise[k], x, sum);
        for (size_t l = 0; l < n_lane; l++) {
            size_t at = (first + l) * j->n_noise + k;
            /* y, obs and dose are already free of level and trend */
            j->xx[at] = sum[S_XX][l] - sum[S_FIX][l] * sum[S_FIX][l] -
                        sum[S_FIX2][l] * sum[S_FIX2][l];
            j->xy[at] = sum[S_Y][l];
            if (j->xo)
                j->xo[at] = sum[S_OBS][l];
            if (j->xd)
                j->xd[at] = sum[S_DOSE][l];
        }
    }
}

static void sum_chunk(void *ctx, size_t i)
{
    job *j = ctx;
    size_t end = (i + 1) * CHUNK < j->n_order ? (i + 1) * CHUNK : j->n_order;
    double x[GS_NOF1_DAYS * LANES];
    for (size_t k = i * CHUNK; k < end; k += LANES)
        sum_orders(j, k, x);
}

/* ---- the statistic ---- */

typedef struct stat {
    double est, se, z;
} stat;

/* Average over the noises. yy, xy already hold y - delta x. */
static stat average(const job *j, const double *yy, const double *xx, const double *xy)
{
    double ll[NOF1_NOISES], top = -HUGE_VAL, df, w = 0, m = 0, m2 = 0, v = 0;
    df = (double)j->d->n - (double)j->noise[0].n_fix - 1;

    for (size_t k = 0; k < j->n_noise; k++) {
        ll[k] = -HUGE_VAL;
        /* an order that is level or trend through and through tells nothing */
        if (!(xx[k] > 1e-9 * (double)j->d->n))
            continue;
        double rss = yy[k] - xy[k] * xy[k] / xx[k];
        if (!(rss > 1e-12 * yy[k]))
            rss = 1e-12 * yy[k] + 1e-300;
        ll[k] = j->noise[k].offset -
                0.5 * (df * log(rss) + j->noise[k].log_det + log(xx[k]));
        top = fmax(top, ll[k]);
    }
    if (top == -HUGE_VAL)
        return (stat){0, HUGE_VAL, 0};
    for (size_t k = 0; k < j->n_noise; k++) {
        if (ll[k] < top - 30)
            continue;
        double p = exp(ll[k] - top), b = xy[k] / xx[k];
        double rss = fmax(yy[k] - xy[k] * b, 1e-12 * yy[k] + 1e-300);
        w += p;
        m += p * b;
        m2 += p * b * b;
        v += p * rss / (df * xx[k]);
    }
    m /= w;
    double var = v / w + fmax(m2 / w - m * m, 0);
    return (stat){m, sqrt(var), m / sqrt(var)};
}

/* Products of y - delta x with itself. */
static double left(const nof1_noise *g, double delta, bool taken)
{
    double ye = taken ? g->yd : g->yo, ee = taken ? g->dd : g->oo;
    return g->yy - 2 * delta * ye + delta * delta * ee;
}

static stat order_stat(const job *j, size_t i, double delta, bool taken)
{
    double yy[NOF1_NOISES], xy[NOF1_NOISES];
    const double *xx = j->xx + i * j->n_noise, *xe = taken ? j->xd : j->xo;

    for (size_t k = 0; k < j->n_noise; k++) {
        yy[k] = left(&j->noise[k], delta, taken);
        xy[k] = j->xy[i * j->n_noise + k];
        if (delta != 0)
            xy[k] -= delta * xe[i * j->n_noise + k];
    }
    return average(j, yy, xx, xy);
}

/* The order that was used: its sums are those of `obs`. */
static stat used_stat(const job *j, double delta, bool taken)
{
    double yy[NOF1_NOISES], xx[NOF1_NOISES], xy[NOF1_NOISES];
    for (size_t k = 0; k < j->n_noise; k++) {
        const nof1_noise *g = &j->noise[k];
        yy[k] = left(g, delta, taken);
        xx[k] = g->oo;
        xy[k] = g->yo - delta * (taken ? g->od : g->oo);
    }
    return average(j, yy, xx, xy);
}

/* ---- tails and inversion ---- */

typedef struct tail_job {
    const job *j;
    double delta, z;
    bool taken;
    size_t *up, *down, *two; /* [n_chunk] */
} tail_job;

static void tail_chunk(void *ctx, size_t i)
{
    const tail_job *t = ctx;
    const job *j = t->j;
    size_t end = (i + 1) * CHUNK < j->n_order ? (i + 1) * CHUNK : j->n_order;
    double slack = 1e-8 * (1 + fabs(t->z));
    for (size_t k = i * CHUNK; k < end; k++) {
        double z = order_stat(j, k, t->delta, t->taken).z;
        t->up[i] += z >= t->z - slack;
        t->down[i] += z <= t->z + slack;
        t->two[i] += fabs(z) >= fabs(t->z) - slack;
    }
}

typedef struct tails {
    double up, down, two;
} tails;

/* Shares of orders whose statistic is at least, at most, at least as far as ours. The
 * order that was used is among them, drawn or listed. */
static tails tail(const job *j, double delta, bool taken, const gs_pool *pool)
{
    size_t n_chunk = (j->n_order + CHUNK - 1) / CHUNK;
    size_t *count = calloc(3 * n_chunk, sizeof *count);
    tails out = {1, 1, 1};
    if (!count)
        return out; /* nothing is rejected */
    tail_job t = {j, delta, used_stat(j, delta, taken).z, taken,
                  count, count + n_chunk, count + 2 * n_chunk};
    gs_pool_run(pool, n_chunk, tail_chunk, &t);
    double up = 0, down = 0, two = 0, n = (double)j->n_order;
    for (size_t i = 0; i < n_chunk; i++) {
        up += (double)t.up[i];
        down += (double)t.down[i];
        two += (double)t.two[i];
    }
    free(count);
    /* the order that was used is one of them, whatever rounding says far out */
    return (tails){fmax(up, 1) / n, fmax(down, 1) / n, fmax(two, 1) / n};
}

/* The end of the interval on one side: where the tail reaches level. */
static double edge(const job *j, stat at, double level, int side, bool taken,
                   const gs_pool *pool)
{
    double inside = at.est, outside = NAN, step = at.se;
    for (int k = 0; k < 14; k++, step *= 2) {
        double delta = at.est + side * step;
        tails p = tail(j, delta, taken, pool);
        if ((side > 0 ? p.down : p.up) <= level) {
            outside = delta;
            break;
        }
        inside = delta;
    }
    if (isnan(outside))
        return side * HUGE_VAL;
    for (int k = 0; k < 9; k++) {
        double mid = 0.5 * (inside + outside);
        tails p = tail(j, mid, taken, pool);
        if ((side > 0 ? p.down : p.up) <= level)
            outside = mid;
        else
            inside = mid;
    }
    return 0.5 * (inside + outside);
}

/* How much of a full dose the planned order brought: the first stage, mean of the noises */
static double first_stage(const job *j)
{
    double sum = 0;
    for (size_t k = 0; k < j->n_noise; k++)
        sum += j->noise[k].od / j->noise[k].oo;
    return sum / (double)j->n_noise;
}

/* Effect per full dose: where the statistic of the order that was used is zero. */
static stat per_dose(const job *j)
{
    double stage = first_stage(j), at = 0;
    stat s = used_stat(j, 0, true);

    if (!(fabs(stage) > 1e-3))
        return (stat){NAN, HUGE_VAL, s.z};
    for (int i = 0; i < 60; i++) {
        double move = used_stat(j, at, true).est / stage;
        at += 0.7 * move;
        if (fabs(move) < 1e-6)
            break;
    }
    return (stat){at, s.se / fabs(stage), s.z};
}

static void infer(const job *j, int better, double swing, double n_could, bool taken,
                  const gs_pool *pool, gs_nof1_effect *e)
{
    tails p = tail(j, 0, taken, pool);
    double level = j->o->level, n = (double)j->n_order;
    stat s = taken ? per_dose(j) : used_stat(j, 0, false);

    if (!isfinite(s.est) || !isfinite(s.se)) {
        snprintf(e->why, sizeof e->why, "the doses taken do not follow the plan at all");
        return;
    }
    e->known = true;
    e->exact = j->exact;
    e->n_schedule = n_could;
    e->least_p = fmax(1 / n_could, 1 / n);
    e->p_better = better > 0 ? p.up : p.down;
    e->p_two = p.two;
    e->p_error = j->exact ? 0 : sqrt(e->p_better * (1 - e->p_better) / n);
    e->est = s.est * swing;
    e->lo = edge(j, s, level, -1, taken, pool) * swing;
    e->hi = edge(j, s, level, +1, taken, pool) * swing;
    e->worth_chance = NAN;
}

gs_status nof1_random(gs_arena *a, const nof1_data *d, const gs_nof1_schedule *sched,
                      const gs_nof1_opts *o, int better, const gs_pool *pool,
                      gs_nof1_result *r, gs_err *err)
{
    job *j = GS_NEW(a, job, 1);
    double *obs = GS_NEW(a, double, d->n), *dose = GS_NEW(a, double, d->n);
    if (!j || !obs || !dose)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    *j = (job){.d = d, .sched = sched, .o = o};
    gs_nof1_chooser *c;
    GS_TRY(gs_nof1_chooser_new(a, &sched->design, &c, err));
    j->chooser = c;
    double could = gs_nof1_count(&sched->design);
    bool fixed = sched->design.kind == GS_NOF1_FIXED;
    /* a long trial lists fewer: all sums of all orders stay within seconds */
    double room_for = fmin((double)o->n_exact, fmax(1000, 1e7 / (double)d->n));
    j->exact = could <= room_for && !fixed;
    j->n_order = j->exact ? (size_t)could : fixed ? 1 : o->n_random + 1;
    nof1_response(d, d->plan, o->lag, obs);
    nof1_response(d, d->taken, o->lag, dose);
    double *ref = GS_NEW(a, double, j->n_order);
    if (!ref || !make_noises(a, j, false, obs, dose) || !make_sums(a, j, d->doses ? 4 : 3))
        return gs_fail(err, GS_ENOMEM, "out of memory");
    gs_pool_run(pool, (j->n_order + CHUNK - 1) / CHUNK, sum_chunk, j);

    infer(j, better, d->swing, could, false, pool, &r->free_itt);
    if (d->doses)
        infer(j, better, d->swing, could, true, pool, &r->free_taken);
    for (size_t i = 0; i < j->n_order; i++)
        ref[i] = order_stat(j, i, 0, false).z;
    r->reference = ref;
    r->n_reference = j->n_order;
    r->statistic = used_stat(j, 0, false).z;
    return GS_OK;
}

/* ---- for planning ---------------------------------------------------------------------- */

static gs_status plan_job(gs_arena *a, const nof1_data *d, const gs_nof1_opts *o, bool plain,
                          job **out, gs_err *err)
{
    job *j = GS_NEW(a, job, 1);
    double *obs = GS_NEW(a, double, d->n);
    if (!j || !obs)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    *j = (job){.d = d, .o = o};
    nof1_response(d, d->plan, o->lag, obs);
    if (!make_noises(a, j, plain, obs, obs))
        return gs_fail(err, GS_ENOMEM, "out of memory");
    *out = j;
    return GS_OK;
}

gs_status nof1_random_z(gs_arena *a, const nof1_data *d, const gs_nof1_opts *o,
                        double *out_est, double *out_se, gs_err *err)
{
    job *j;
    GS_TRY(plan_job(a, d, o, true, &j, err));
    stat s = used_stat(j, 0, false);
    *out_est = s.est;
    *out_se = s.se;
    return isfinite(s.se) && s.se > 0
               ? GS_OK
               : gs_fail(err, GS_ERANGE, "the days seen hold no contrast of the treatments");
}

gs_status nof1_random_p(gs_arena *a, const nof1_data *d, const gs_nof1_schedule *sched,
                        const gs_nof1_opts *o, int better, double *out_p, gs_err *err)
{
    job *j;
    gs_nof1_chooser *c;
    GS_TRY(plan_job(a, d, o, false, &j, err));
    GS_TRY(gs_nof1_chooser_new(a, &sched->design, &c, err));
    double could = gs_nof1_count(&sched->design);
    j->sched = sched;
    j->chooser = c;
    j->exact = could <= (double)o->n_exact;
    j->n_order = j->exact ? (size_t)could : o->n_random + 1;
    double *x = GS_NEW(a, double, d->n * LANES), used = used_stat(j, 0, false).z;
    if (!x || !make_sums(a, j, 2))
        return gs_fail(err, GS_ENOMEM, "out of memory");
    double slack = 1e-8 * (1 + fabs(used)), up = 0, down = 0, n = 0;
    double enough = o->level * (double)j->n_order + 1;
    for (size_t i = 0; i < j->n_order; i += LANES) {
        sum_orders(j, i, x);
        for (size_t k = i; k < i + LANES && k < j->n_order; k++, n++) {
            double z = order_stat(j, k, 0, false).z;
            up += z >= used - slack;
            down += z <= used + slack;
        }
        if (!j->exact && up > enough && down > enough)
            break;
    }
    *out_p = fmax(better > 0 ? up : down, 1) / n;
    return GS_OK;
}
