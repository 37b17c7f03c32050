/* The randomisation test, inverted.
 *
 * Had the treatment no effect but `delta` times the exposure, y - delta x would be what it
 * is whatever order had been drawn. So the statistic of the order that was used is set
 * among those of all orders that could have been drawn; the deltas not rejected are the
 * interval. Nothing about the noise is assumed: not its distribution, not independence,
 * not stationarity, not how days went missing (given a day's outcome, not its treatment).
 *
 * Power comes from the statistic, validity from the lot. It is the effect of generalised
 * least squares with level and trend, averaged over a grid of noises (white, and white plus
 * an exponential memory of 1 to 40 days in three shares) by their restricted likelihood,
 * divided by its standard error. The likelihood sees the order it is computed for, so that
 * every order is treated alike. Outlying days count less: how much is decided from the
 * outcomes alone, blind to treatment.
 *
 * Doses that differ from the plan: y - delta * dose is set against the *planned* order,
 * as instrumental variables are: choosing to skip does not bias it.
 *
 * Whitening by the filter of the exponential memory makes an order cost O(days) a grid
 * point. All that depends on delta is linear, so an interval re-uses the orders' sums.
 * Dropped: a difference of phase means (no power under drift), ranks (no inversion). */
#include "nof1/inner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_GRID = 13, CHUNK = 64 };

/* One noise: white share and an exponential memory. */
typedef struct noise {
    double *decay, *gain, *scale; /* [n]: e = (v - a) * scale; a = decay (a + gain (v - a)) */
    double *fix[2];               /* [n] whitened, orthonormal level and trend        */
    size_t n_fix;
    double log_det;               /* of V, and of the level and trend                  */
    double *y, *obs, *dose;       /* whitened, free of level and trend                 */
    double yy, yo, oo, yd, dd;    /* their products                                    */
} noise;

typedef struct job {
    const nof1_data *d;
    const gs_nof1_schedule *sched;
    const gs_nof1_chooser *chooser;
    const gs_nof1_opts *o;
    noise grid[N_GRID];
    bool exact;
    size_t n_order;   /* order 0 is the one that was used unless exact */
    double *xx, *xy, *xo, *xd; /* [n_order x N_GRID] */
} job;

/* ---- noises ---- */

static void whiten(const noise *g, size_t n, const double *v, double *out)
{
    double a = 0;
    for (size_t i = 0; i < n; i++) {
        double e = v[i] - a;
        out[i] = e * g->scale[i];
        a = g->decay[i] * (a + g->gain[i] * e);
    }
}

static double dot(size_t n, const double *a, const double *b)
{
    double s = 0;
    for (size_t i = 0; i < n; i++)
        s += a[i] * b[i];
    return s;
}

static void project(const noise *g, size_t n, double *v)
{
    for (size_t k = 0; k < g->n_fix; k++) {
        double c = dot(n, g->fix[k], v);
        for (size_t i = 0; i < n; i++)
            v[i] -= c * g->fix[k][i];
    }
}

/* Days far from their neighbours' middle are noisier: variance factor >= 1 */
static void outliers(const nof1_data *d, double *factor)
{
    size_t n = d->n;
    double away[GS_NOF1_DAYS], sorted[GS_NOF1_DAYS];

    for (size_t i = 0; i < n; i++) {
        double near[7];
        size_t k = 0, from = i > 3 ? i - 3 : 0;
        if (from + 7 > n)
            from = n > 7 ? n - 7 : 0;
        for (size_t j = from; j < n && k < 7; j++) {
            double v = d->y[j];
            size_t at = k++;
            for (; at > 0 && near[at - 1] > v; at--)
                near[at] = near[at - 1];
            near[at] = v;
        }
        away[i] = fabs(d->y[i] - near[k / 2]);
        sorted[i] = away[i];
    }
    for (size_t i = 1; i < n; i++) { /* the 60% point; zeros of the middles pull down */
        double v = sorted[i];
        size_t at = i;
        for (; at > 0 && sorted[at - 1] > v; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = v;
    }
    double s = 1.2 * sorted[(size_t)(0.6 * (double)n)];
    for (size_t i = 0; i < n; i++) {
        double z = s > 0 ? away[i] / (2.5 * s) : 0;
        factor[i] = z > 5 ? 25 : z > 1 ? z * z : 1;
    }
}

static double spacing(const nof1_data *d)
{
    double span = d->t[d->n - 1] - d->t[0];
    return d->n > 1 && span > 0 ? span / (double)(d->n - 1) : 1;
}

static void make_filter(const nof1_data *d, const double *factor, double share, double tau,
                        noise *g)
{
    double p = share;
    g->log_det = 0;
    for (size_t i = 0; i < d->n; i++) {
        double s = p + (1 - share) * factor[i] / d->weight[i];
        double dt = i + 1 < d->n ? d->t[i + 1] - d->t[i] : 0;
        double phi = exp(-dt / tau);
        g->gain[i] = p / s;
        g->decay[i] = phi;
        g->scale[i] = 1 / sqrt(s);
        g->log_det += log(s);
        p = phi * phi * p * (1 - g->gain[i]) + share * (1 - phi * phi);
    }
}

/* Level, and trend where there are days enough for it. */
static void make_fixed(const nof1_data *d, noise *g)
{
    double *v = g->fix[0];
    double mid = 0.5 * (d->t[0] + d->t[d->n - 1]), span = d->t[d->n - 1] - d->t[0];

    g->n_fix = 0;
    for (size_t k = 0; k < (d->n >= 10 ? 2u : 1u); k++) {
        double col[GS_NOF1_DAYS] = {0};
        for (size_t i = 0; i < d->n; i++)
            col[i] = k == 0 ? 1 : 2 * (d->t[i] - mid) / span;
        v = g->fix[k];
        whiten(g, d->n, col, v);
        project(g, d->n, v);
        double norm = sqrt(dot(d->n, v, v));
        for (size_t i = 0; i < d->n; i++)
            v[i] /= norm;
        g->log_det += 2 * log(norm);
        g->n_fix++;
    }
}

static void make_noise(const job *j, const double *factor, const double *obs,
                       const double *dose, double share, double tau, noise *g)
{
    const nof1_data *d = j->d;
    make_filter(d, factor, share, tau, g);
    make_fixed(d, g);
    whiten(g, d->n, d->y, g->y);
    whiten(g, d->n, obs, g->obs);
    whiten(g, d->n, dose, g->dose);
    project(g, d->n, g->y);
    project(g, d->n, g->obs);
    project(g, d->n, g->dose);
    g->yy = dot(d->n, g->y, g->y);
    g->yo = dot(d->n, g->y, g->obs);
    g->oo = dot(d->n, g->obs, g->obs);
    g->yd = dot(d->n, g->y, g->dose);
    g->dd = dot(d->n, g->dose, g->dose);
}

static bool make_grid(gs_arena *a, job *j, const double *obs, const double *dose)
{
    static const double share[] = {0.3, 0.6, 0.9}, tau[] = {1, 3, 10, 40};
    const nof1_data *d = j->d;
    double *factor = GS_NEW(a, double, d->n), unit = spacing(d);
    if (!factor)
        return false;
    outliers(d, factor);
    for (size_t k = 0; k < N_GRID; k++) {
        noise *g = &j->grid[k];
        double *v = GS_NEW(a, double, 8 * d->n);
        if (!v)
            return false;
        double **part[] = {&g->decay, &g->gain, &g->scale, &g->fix[0],
                           &g->fix[1], &g->y,   &g->obs,   &g->dose};
        for (size_t i = 0; i < 8; i++)
            *part[i] = v + i * d->n;
        if (k == 0)
            make_noise(j, factor, obs, dose, 0, 1, g);
        else
            make_noise(j, factor, obs, dose, share[(k - 1) % 3], unit * tau[(k - 1) / 3], g);
    }
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

static void sum_order(job *j, size_t i_order)
{
    const nof1_data *d = j->d;
    int8_t code[GS_NOF1_PERIODS];
    double e[GS_NOF1_DAYS], x[GS_NOF1_DAYS], w[GS_NOF1_DAYS];

    if (j->exact)
        gs_nof1_choose_nth(j->chooser, i_order, code);
    else if (i_order == 0)
        for (size_t k = 0; k < j->sched->n_period; k++)
            code[k] = j->sched->period[k].code;
    else
        gs_nof1_choose(j->chooser, j->o->seed ^ 0x6e6f6631u, i_order, code);
    expose(j->sched, code, d->n_day, e);
    nof1_response(d, e, j->o->lag, x);
    for (size_t k = 0; k < N_GRID; k++) {
        const noise *g = &j->grid[k];
        size_t at = i_order * N_GRID + k;
        whiten(g, d->n, x, w);
        double xx = dot(d->n, w, w);
        for (size_t f = 0; f < g->n_fix; f++) {
            double c = dot(d->n, w, g->fix[f]);
            xx -= c * c;
        }
        j->xx[at] = xx;
        j->xy[at] = dot(d->n, w, g->y); /* y is already free of level and trend */
        j->xo[at] = dot(d->n, w, g->obs);
        j->xd[at] = dot(d->n, w, g->dose);
    }
}

static void sum_chunk(void *ctx, size_t i)
{
    job *j = ctx;
    size_t end = (i + 1) * CHUNK < j->n_order ? (i + 1) * CHUNK : j->n_order;
    for (size_t k = i * CHUNK; k < end; k++)
        sum_order(j, k);
}

/* ---- the statistic ---- */

typedef struct stat {
    double est, se, z;
} stat;

/* Average over the noises. yy, xy already hold y - delta x. */
static stat average(const job *j, const double *yy, const double *xx, const double *xy)
{
    double ll[N_GRID], top = -HUGE_VAL, df, w = 0, m = 0, m2 = 0, v = 0;
    df = (double)j->d->n - (double)j->grid[0].n_fix - 1;

    for (size_t k = 0; k < N_GRID; k++) {
        ll[k] = -HUGE_VAL;
        /* an order that is level or trend through and through tells nothing */
        if (!(xx[k] > 1e-9 * (double)j->d->n))
            continue;
        double rss = yy[k] - xy[k] * xy[k] / xx[k];
        if (!(rss > 1e-12 * yy[k]))
            rss = 1e-12 * yy[k] + 1e-300;
        ll[k] = -0.5 * (df * log(rss) + j->grid[k].log_det + log(xx[k]));
        top = fmax(top, ll[k]);
    }
    if (top == -HUGE_VAL)
        return (stat){0, HUGE_VAL, 0};
    for (size_t k = 0; k < N_GRID; k++) {
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

static stat order_stat(const job *j, size_t i, double delta, bool taken)
{
    double yy[N_GRID], xy[N_GRID];
    const double *xx = j->xx + i * N_GRID;
    const double *xe = (taken ? j->xd : j->xo) + i * N_GRID;

    for (size_t k = 0; k < N_GRID; k++) {
        const noise *g = &j->grid[k];
        double ye = taken ? g->yd : g->yo, ee = taken ? g->dd : g->oo;
        yy[k] = g->yy - 2 * delta * ye + delta * delta * ee;
        xy[k] = j->xy[i * N_GRID + k] - delta * xe[k];
    }
    return average(j, yy, xx, xy);
}

/* The order that was used: its sums are those of `obs`. */
static stat used_stat(const job *j, double delta, bool taken)
{
    double yy[N_GRID], xx[N_GRID], xy[N_GRID];
    for (size_t k = 0; k < N_GRID; k++) {
        const noise *g = &j->grid[k];
        double ye = taken ? g->yd : g->yo, ee = taken ? g->dd : g->oo;
        double oe = taken ? dot(j->d->n, g->obs, g->dose) : g->oo;
        yy[k] = g->yy - 2 * delta * ye + delta * delta * ee;
        xx[k] = g->oo;
        xy[k] = g->yo - delta * oe;
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
    for (size_t k = 0; k < N_GRID; k++)
        sum += dot(j->d->n, j->grid[k].obs, j->grid[k].dose) / j->grid[k].oo;
    return sum / N_GRID;
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
    size_t room = j->n_order * N_GRID;
    double *sums = GS_NEW(a, double, 4 * room);
    double *ref = GS_NEW(a, double, j->n_order);
    if (!sums || !ref || !make_grid(a, j, obs, dose))
        return gs_fail(err, GS_ENOMEM, "out of memory");
    j->xx = sums, j->xy = sums + room, j->xo = sums + 2 * room, j->xd = sums + 3 * room;
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

static gs_status plan_job(gs_arena *a, const nof1_data *d, const gs_nof1_opts *o, job **out,
                          gs_err *err)
{
    job *j = GS_NEW(a, job, 1);
    double *obs = GS_NEW(a, double, d->n);
    if (!j || !obs)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    *j = (job){.d = d, .o = o};
    nof1_response(d, d->plan, o->lag, obs);
    if (!make_grid(a, j, obs, obs))
        return gs_fail(err, GS_ENOMEM, "out of memory");
    *out = j;
    return GS_OK;
}

gs_status nof1_random_z(gs_arena *a, const nof1_data *d, const gs_nof1_opts *o,
                        double *out_est, double *out_se, gs_err *err)
{
    job *j;
    GS_TRY(plan_job(a, d, o, &j, err));
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
    GS_TRY(plan_job(a, d, o, &j, err));
    GS_TRY(gs_nof1_chooser_new(a, &sched->design, &c, err));
    double could = gs_nof1_count(&sched->design);
    j->sched = sched;
    j->chooser = c;
    j->exact = could <= (double)o->n_exact;
    j->n_order = j->exact ? (size_t)could : o->n_random + 1;
    size_t room = j->n_order * N_GRID;
    double *sums = GS_NEW(a, double, 4 * room);
    if (!sums)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    j->xx = sums, j->xy = sums + room, j->xo = sums + 2 * room, j->xd = sums + 3 * room;
    for (size_t i = 0; i < j->n_order; i++)
        sum_order(j, i);
    tails t = tail(j, 0, false, NULL);
    *out_p = better > 0 ? t.up : t.down;
    return GS_OK;
}
