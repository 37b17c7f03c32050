/* Dose response of many people, closed form on a grid.
 *
 *   y_i = x_i b_i + e_i,  b_i ~ N(m, w^2 s^2),  m ~ N(0, g^2 s^2),  e_i ~ N(0, s^2 C_i)
 *
 * C_i holds the noise (white and an exponential memory) and, as vague terms, each person's
 * level and trend. For one noise and one (delay, tau) every person is five numbers, x'Cx,
 * x'Cy, y'Cy, ln|C| and n; w enters by Sherman and Morrison, m and s are integrated out. So
 * the posterior is a finite mixture of t distributions (taken as normal: hundreds of
 * values), weighed by the marginal likelihood. */
#include "infer/num.h"
#include "nof1/inner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_NOISE = 7, N_SD = 9, VALUES_MAX = 400 };

static const struct {
    double share, tau;
} noises[N_NOISE] = {{0, 1}, {0.4, 1.5}, {0.8, 1.5}, {0.4, 6}, {0.8, 6}, {0.5, 30}, {0.9, 30}};
static const double sds[N_SD] = {0, 0.05, 0.1, 0.2, 0.35, 0.55, 0.8, 1.2, 2};
static const double g_prior = 2;   /* sd of the mean effect, noise sd per sd of x */
static const double vague = 400;   /* variance of level and trend, noise variances */

typedef struct sums {
    double xx, xy;
} sums;

typedef struct work {
    size_t n, n_pair;
    const gs_nof1_dosed *p;
    const gs_nof1_dose_opts *o;
    double sx, sy;    /* usual sd of dose and value within people: the units */
    sums *s;          /* [N_NOISE x n_pair x n] */
    double *yy, *det; /* [N_NOISE x n] */
    size_t n_value;
} work;

static double own_mean(const gs_nof1_dosed *p)
{
    double sum = 0, k = 0;
    for (size_t d = 0; d < p->n_day; d++)
        if (!isnan(p->dose[d]))
            sum += p->dose[d], k++;
    return k > 0 ? sum / k : 0;
}

/* The answer at the end of every day that has a value. */
static void respond(const gs_nof1_dosed *p, const gs_nof1_dose_opts *o, double delay,
                    double tau, double unit, double *out)
{
    double mean = own_mean(p), before = isnan(o->before) ? mean : o->before, s = before;
    double go = tau > 0 ? 1 - exp(-1 / tau) : 1;
    long shift = lround(delay);
    size_t i = 0;
    for (size_t d = 0; d < p->n_day; d++) {
        long from = (long)d - shift;
        double dose = from < 0 ? before : isnan(p->dose[from]) ? mean : p->dose[from];
        s += go * (dose - s);
        for (; i < p->n && (size_t)p->day[i] == d; i++)
            out[i] = (s - mean) / unit;
    }
}

static double within_sd(size_t n, const gs_nof1_dosed *p, bool dose)
{
    double ss = 0, df = 0;
    for (size_t i = 0; i < n; i++) {
        double sum = 0, sq = 0, k = 0;
        for (size_t d = 0; d < (dose ? p[i].n_day : p[i].n); d++) {
            double v = dose ? p[i].dose[d] : p[i].value[d];
            if (isnan(v))
                continue;
            sum += v, sq += v * v, k++;
        }
        if (k > 1)
            ss += fmax(sq - sum * sum / k, 0), df += k - 1;
    }
    return df > 0 ? sqrt(ss / df) : 0;
}

/* Lower factor of C for one person and one noise. */
static bool factor(const gs_nof1_dosed *p, const gs_nof1_dose_opts *o, size_t i_noise,
                   double *c)
{
    double share = noises[i_noise].share, tau = noises[i_noise].tau;
    double span = p->n_day > 1 ? (double)p->n_day - 1 : 1;
    for (size_t i = 0; i < p->n; i++)
        for (size_t j = 0; j < p->n; j++) {
            double ti = 2 * p->day[i] / span - 1, tj = 2 * p->day[j] / span - 1;
            double v = vague + share * exp(-fabs((double)(p->day[i] - p->day[j])) / tau);
            if (o->trend)
                v += vague * ti * tj;
            c[i * p->n + j] = v + (i == j ? 1 - share + 1e-9 : 0);
        }
    return num_cholesky(p->n, c);
}

static double dot(size_t n, const double *a, const double *b)
{
    double s = 0;
    for (size_t i = 0; i < n; i++)
        s += a[i] * b[i];
    return s;
}

static bool sum_person(work *w, size_t i, double *c, double *x, double *zx, double *zy,
                       double *y)
{
    const gs_nof1_dosed *p = &w->p[i];
    double mean = 0;
    for (size_t k = 0; k < p->n; k++)
        mean += p->value[k] / (double)p->n;
    for (size_t k = 0; k < p->n; k++)
        y[k] = (p->value[k] - mean) / w->sy;
    for (size_t q = 0; q < N_NOISE; q++) {
        if (!factor(p, w->o, q, c))
            return false;
        num_lower_solve(p->n, c, y, zy);
        w->yy[q * w->n + i] = dot(p->n, zy, zy);
        double det = 0;
        for (size_t k = 0; k < p->n; k++)
            det += 2 * log(c[k * p->n + k]);
        w->det[q * w->n + i] = det;
        for (size_t k = 0; k < w->n_pair; k++) {
            respond(p, w->o, w->o->delay[k / w->o->n_tau], w->o->tau[k % w->o->n_tau], w->sx,
                    x);
            num_lower_solve(p->n, c, x, zx);
            w->s[(q * w->n_pair + k) * w->n + i] =
                (sums){dot(p->n, zx, zx), dot(p->n, zx, zy)};
        }
    }
    return true;
}

/* ---- the mixture ------------------------------------------------------------------- */

typedef struct cell {
    double lp, m, v, s2; /* log weight; mean effect given the cell; noise variance */
} cell;

/* One cell of the grid; with sd < 0 the model without an effect. */
static cell weigh(const work *w, size_t q, size_t k, double sd)
{
    double prec = 1 / (g_prior * g_prior), b = 0, yy = 0, det = 0, n = (double)w->n_value;
    for (size_t i = 0; i < w->n; i++) {
        yy += w->yy[q * w->n + i];
        det += w->det[q * w->n + i];
        if (sd < 0)
            continue;
        sums s = w->s[(q * w->n_pair + k) * w->n + i];
        double f = 1 + sd * sd * s.xx;
        prec += s.xx / f;
        b += s.xy / f;
        yy -= sd * sd * s.xy * s.xy / f;
        det += log(f);
    }
    if (sd < 0)
        return (cell){-0.5 * (det + n * log(yy)), 0, 0, yy / n};
    double rss = yy - b * b / prec;
    det += log(prec * g_prior * g_prior);
    double s2 = rss / n;
    return (cell){-0.5 * (det + n * log(rss)) - 0.5 * sd * sd, b / prec, s2 / prec, s2};
}

typedef struct mixture {
    size_t n;
    cell *c;
    double *p;
} mixture;

static double mix_quantile(const mixture *m, double want)
{
    double lo = HUGE_VAL, hi = -HUGE_VAL;
    for (size_t i = 0; i < m->n; i++)
        if (m->p[i] > 1e-9) {
            lo = fmin(lo, m->c[i].m - 8 * sqrt(m->c[i].v));
            hi = fmax(hi, m->c[i].m + 8 * sqrt(m->c[i].v));
        }
    for (int k = 0; k < 60; k++) {
        double mid = 0.5 * (lo + hi), below = 0;
        for (size_t i = 0; i < m->n; i++)
            if (m->p[i] > 1e-9)
                below += m->p[i] * num_normal_cdf((mid - m->c[i].m) / sqrt(m->c[i].v));
        if (below < want)
            lo = mid;
        else
            hi = mid;
    }
    return 0.5 * (lo + hi);
}

typedef struct weighted {
    double x, p;
} weighted;

static int by_x(const void *a, const void *b)
{
    double x = ((const weighted *)a)->x, y = ((const weighted *)b)->x;
    return (x > y) - (x < y);
}

/* Ends of the smallest central set of grid values with this much weight outside each. */
static void grid_band(size_t n, weighted *v, double level, double *lo, double *mid, double *hi)
{
    double sum = 0;
    qsort(v, n, sizeof *v, by_x);
    *lo = *mid = *hi = NAN;
    for (size_t i = 0; i < n; i++) {
        double before = sum;
        sum += v[i].p;
        if (isnan(*lo) && sum > level)
            *lo = v[i].x;
        if (isnan(*mid) && sum >= 0.5)
            *mid = v[i].x;
        if (before < 1 - level)
            *hi = v[i].x;
    }
}

static void people(const work *w, const mixture *m, gs_nof1_dose_result *out)
{
    for (size_t i = 0; i < w->n; i++) {
        double mean = 0, second = 0;
        for (size_t c = 0; c < m->n; c++) {
            if (m->p[c] < 1e-7)
                continue;
            size_t q = c / (w->n_pair * N_SD), k = c / N_SD % w->n_pair;
            double sd = sds[c % N_SD];
            sums s = w->s[(q * w->n_pair + k) * w->n + i];
            double f = 1 + sd * sd * s.xx;
            double own = (m->c[c].m + sd * sd * s.xy) / f; /* b_i given m, then m averaged */
            double v = m->c[c].s2 * sd * sd / f + m->c[c].v / (f * f);
            mean += m->p[c] * own;
            second += m->p[c] * (v + own * own);
        }
        out->person[i] = mean * w->sy / w->sx;
        out->person_sd[i] = sqrt(fmax(second - mean * mean, 0)) * w->sy / w->sx;
    }
}

static gs_status mix(gs_arena *a, const work *w, gs_nof1_dose_result *out, gs_err *err)
{
    mixture m = {.n = N_NOISE * w->n_pair * N_SD};
    double top = -HUGE_VAL, sum = 0, none = 0, unit = w->sy / w->sx, level = w->o->level;
    m.c = GS_NEW(a, cell, m.n);
    m.p = GS_NEW(a, double, m.n);
    weighted *v = GS_NEW(a, weighted, m.n);
    if (!m.c || !m.p || !v)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t c = 0; c < m.n; c++) {
        m.c[c] = weigh(w, c / (w->n_pair * N_SD), c / N_SD % w->n_pair, sds[c % N_SD]);
        top = fmax(top, m.c[c].lp);
    }
    for (size_t c = 0; c < m.n; c++)
        sum += m.p[c] = exp(m.c[c].lp - top);
    for (size_t q = 0; q < N_NOISE; q++)
        none += exp(weigh(w, q, 0, -1).lp - top);
    for (size_t c = 0; c < m.n; c++)
        m.p[c] /= sum;
    double prior = 0; /* of the sds: half-normal(1) on the grid */
    for (size_t k = 0; k < N_SD; k++)
        prior += exp(-0.5 * sds[k] * sds[k]);
    out->log_bayes = log(sum / (prior * (double)(N_NOISE * w->n_pair))) -
                     log(none / N_NOISE);
    out->mean = mix_quantile(&m, 0.5) * unit;
    out->mean_lo = mix_quantile(&m, level) * unit;
    out->mean_hi = mix_quantile(&m, 1 - level) * unit;
    for (size_t c = 0; c < m.n; c++) {
        size_t k = c / N_SD % w->n_pair;
        out->kernel[k] += m.p[c];
        v[c] = (weighted){w->o->delay[k / w->o->n_tau] + w->o->tau[k % w->o->n_tau], m.p[c]};
    }
    grid_band(m.n, v, level, &out->lag_lo, &out->lag, &out->lag_hi);
    for (size_t c = 0; c < m.n; c++)
        v[c] = (weighted){sds[c % N_SD] * sqrt(m.c[c].s2) * unit, m.p[c]};
    grid_band(m.n, v, level, &out->sd_lo, &out->sd, &out->sd_hi);
    people(w, &m, out);
    return GS_OK;
}

gs_status gs_nof1_dose(gs_arena *a, size_t n, const gs_nof1_dosed *p,
                       const gs_nof1_dose_opts *o, gs_nof1_dose_result *out, gs_err *err)
{
    work w = {.n = n, .n_pair = o->n_delay * o->n_tau, .p = p, .o = o};
    size_t most = 0;

    if (n == 0 || w.n_pair == 0)
        return gs_fail(err, GS_EUSE, "a dose response needs people, delays and time constants");
    for (size_t i = 0; i < n; i++) {
        if (p[i].n < 3 || p[i].n > VALUES_MAX)
            return gs_fail(err, GS_ERANGE, "%s has %zu values; it takes 3 to %d",
                           p[i].name ? p[i].name : "a person", p[i].n, VALUES_MAX);
        w.n_value += p[i].n;
        most = p[i].n > most ? p[i].n : most;
    }
    w.sx = within_sd(n, p, true);
    w.sy = within_sd(n, p, false);
    if (!(w.sx > 0) || !(w.sy > 0))
        return gs_fail(err, GS_ERANGE, "the %s never varies within a person; nothing can be "
                                       "learned from it",
                       w.sx > 0 ? "outcome" : "dose");
    w.s = GS_NEW(a, sums, N_NOISE * w.n_pair * n);
    w.yy = GS_NEW(a, double, 2 * N_NOISE * n);
    double *c = GS_NEW(a, double, most * most + 4 * most);
    *out = (gs_nof1_dose_result){.kernel = GS_NEW(a, double, w.n_pair),
                                 .person = GS_NEW(a, double, n),
                                 .person_sd = GS_NEW(a, double, n)};
    if (!w.s || !w.yy || !c || !out->kernel || !out->person || !out->person_sd)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    w.det = w.yy + N_NOISE * n;
    double *x = c + most * most;
    for (size_t i = 0; i < n; i++)
        if (!sum_person(&w, i, c, x, x + most, x + 2 * most, x + 3 * most))
            return gs_fail(err, GS_ENUM, "the noise of %s could not be factored",
                           p[i].name ? p[i].name : "a person");
    return mix(a, &w, out, err);
}
