/* Convergence diagnostics [vehtari2021]: rank-normalised split R-hat (the larger of the
 * plain and the folded one), bulk and tail effective sample size with Geyer's initial
 * monotone sequence [geyer1992]. A constant chain has R-hat 1 and as many effective
 * draws as draws; non-finite input gives NaN. */
#include "gutskin/infer.h"
#include "infer/num.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Chains of equal length, each split into halves; an odd last draw is dropped. */
typedef struct halves {
    size_t m, n;   /* chains, draws each */
    double *x;     /* [m x n]            */
} halves;

static halves split(size_t n_chain, size_t n_draw, const double *x)
{
    size_t n = n_draw / 2;
    halves h = {.m = 2 * n_chain, .n = n, .x = malloc(2 * n_chain * n * sizeof(double))};
    for (size_t c = 0; h.x && c < n_chain; c++) {
        memcpy(h.x + 2 * c * n, x + c * n_draw, n * sizeof *x);
        memcpy(h.x + (2 * c + 1) * n, x + c * n_draw + (n_draw - n), n * sizeof *x);
    }
    return h;
}

typedef struct ranked {
    double x;
    size_t i;
} ranked;

static int by_x(const void *a, const void *b)
{
    double x = ((const ranked *)a)->x, y = ((const ranked *)b)->x;
    return (x > y) - (x < y);
}

/* Replace values by the normal scores of their ranks; ties share the mean rank. */
static bool rank_normalise(halves *h)
{
    size_t n = h->m * h->n;
    ranked *r = malloc(n * sizeof *r);
    if (!r)
        return false;
    for (size_t i = 0; i < n; i++)
        r[i] = (ranked){h->x[i], i};
    qsort(r, n, sizeof *r, by_x);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i; j < n && r[j].x == r[i].x; j++)
            ;
        double rank = 0.5 * (double)(i + 1 + j);
        double p = (rank - 0.375) / ((double)n + 0.25);
        for (size_t k = i; k < j; k++)
            h->x[r[k].i] = num_normal_quantile(p, 1 - p);
    }
    free(r);
    return true;
}

static void mean_var(size_t n, const double *x, double *mean, double *var)
{
    double m = 0, s = 0;
    for (size_t i = 0; i < n; i++)
        m += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        s += (x[i] - m) * (x[i] - m);
    *mean = m;
    *var = s / (double)(n - 1);
}

/* Between and within variances of the halves. */
static void between_within(const halves *h, double *between, double *within)
{
    double grand = 0, w = 0, b = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t c = 0; c < h->m; c++) {
            double m, v;
            mean_var(h->n, h->x + c * h->n, &m, &v);
            if (pass == 0) {
                grand += m / (double)h->m;
                w += v / (double)h->m;
            } else {
                b += (m - grand) * (m - grand);
            }
        }
    *between = b / (double)(h->m - 1); /* variance of the chain means */
    *within = w;
}

static double rhat_of(const halves *h)
{
    double b, w;
    between_within(h, &b, &w);
    if (!(w > 0))
        return b > 0 ? HUGE_VAL : 1;
    double n = (double)h->n;
    return sqrt(((n - 1) / n * w + b) / w);
}

static bool constant(size_t n, const double *x)
{
    for (size_t i = 1; i < n; i++)
        if (x[i] != x[0])
            return false;
    return true;
}

static bool usable(size_t n_chain, size_t n_draw, const double *x)
{
    for (size_t i = 0; i < n_chain * n_draw; i++)
        if (!isfinite(x[i]))
            return false;
    return n_chain > 0 && n_draw >= 8;
}

double gs_infer_rhat(size_t n_chain, size_t n_draw, const double *x)
{
    if (!usable(n_chain, n_draw, x))
        return NAN;
    if (constant(n_chain * n_draw, x))
        return 1;
    halves h = split(n_chain, n_draw, x);
    size_t n = h.m * h.n;
    double *sorted = malloc(n * sizeof *sorted), worst = NAN;
    if (h.x && sorted) {
        memcpy(sorted, h.x, n * sizeof *sorted);
        num_sort(n, sorted);
        double median = num_quantile_sorted(n, sorted, 0.5);
        halves folded = {.m = h.m, .n = h.n, .x = sorted};
        for (size_t i = 0; i < n; i++)
            sorted[i] = fabs(h.x[i] - median);
        if (rank_normalise(&h) && rank_normalise(&folded))
            worst = fmax(rhat_of(&h), rhat_of(&folded));
    }
    free(sorted);
    free(h.x);
    return worst;
}

/* Autocovariance of one half at a lag, divided by n. */
static double autocov(size_t n, const double *x, double mean, size_t lag)
{
    double s = 0;
    for (size_t i = 0; i + lag < n; i++)
        s += (x[i] - mean) * (x[i + lag] - mean);
    return s / (double)n;
}

/* Autocorrelation at a lag, pooled over halves as in [vehtari2021] eq. 10. */
static double pooled_rho(const halves *h, const double *mean, double within, double var,
                         size_t lag)
{
    double s = 0;
    for (size_t c = 0; c < h->m; c++)
        s += autocov(h->n, h->x + c * h->n, mean[c], lag);
    return 1 - (within - s / (double)h->m) / var;
}

static double ess_of(const halves *h)
{
    double b, w, n = (double)h->n, all = n * (double)h->m;
    between_within(h, &b, &w);
    if (!(w > 0))
        return b > 0 ? 0 : all;
    double var = (n - 1) / n * w + b;
    double *mean = malloc(h->m * sizeof *mean);
    if (!mean)
        return NAN;
    for (size_t c = 0; c < h->m; c++) {
        double v;
        mean_var(h->n, h->x + c * h->n, &mean[c], &v);
    }
    /* sums of neighbouring pairs, positive and not increasing */
    double tau = -1, last = HUGE_VAL;
    for (size_t t = 0; t + 1 < h->n; t += 2) {
        double even = t == 0 ? 1 : pooled_rho(h, mean, w, var, t);
        double pair = even + pooled_rho(h, mean, w, var, t + 1);
        if (!(pair > 0)) {
            if (even > 0 && t > 0)
                tau += even; /* the improved estimate's last even term */
            break;
        }
        last = pair < last ? pair : last;
        tau += 2 * last;
    }
    free(mean);
    return fmin(all / fmax(tau, 1 / log10(all)), all * log10(all));
}

double gs_infer_ess_bulk(size_t n_chain, size_t n_draw, const double *x)
{
    if (!usable(n_chain, n_draw, x))
        return NAN;
    if (constant(n_chain * n_draw, x))
        return (double)(n_chain * n_draw);
    halves h = split(n_chain, n_draw, x);
    double ess = h.x && rank_normalise(&h) ? ess_of(&h) : NAN;
    free(h.x);
    return ess;
}

double gs_infer_ess_tail(size_t n_chain, size_t n_draw, const double *x)
{
    if (!usable(n_chain, n_draw, x))
        return NAN;
    size_t n = n_chain * n_draw;
    if (constant(n, x))
        return (double)n;
    double *sorted = malloc(n * sizeof *sorted), ess = HUGE_VAL;
    if (!sorted)
        return NAN;
    memcpy(sorted, x, n * sizeof *sorted);
    num_sort(n, sorted);
    double edge[2] = {num_quantile_sorted(n, sorted, 0.05),
                      num_quantile_sorted(n, sorted, 0.95)};
    free(sorted);
    for (int k = 0; k < 2; k++) {
        halves h = split(n_chain, n_draw, x);
        if (!h.x)
            return NAN;
        for (size_t i = 0; i < h.m * h.n; i++)
            h.x[i] = h.x[i] <= edge[k];
        ess = fmin(ess, ess_of(&h));
        free(h.x);
    }
    return ess;
}
