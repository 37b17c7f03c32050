/* One person's values through time: how much they wander by themselves, and whether a
 * window of days stands out from that. */
#include "gutskin/eco.h"

#include <math.h>

/* Variance of the mean of values taken at these days when neighbours correlate as
 * rho^(days apart), in units of the variance of one. */
static double mean_variance(size_t n, const double *t, double rho)
{
    double sum = (double)n;
    for (size_t i = 0; i < n && rho > 0; i++)
        for (size_t j = i + 1; j < n; j++) {
            double r = pow(rho, t[j] - t[i]);
            if (r < 1e-6)
                break;
            sum += 2 * r;
        }
    return sum / ((double)n * (double)n);
}

gs_status gs_eco_shift_of(gs_arena *a, size_t n, const double *t, const double *x,
                          double from, double to, gs_eco_shift *out, gs_err *err)
{
    gs_mark m = gs_arena_mark(a);
    double *ti = GS_NEW(a, double, 2 * n + 1), *to_ = ti ? ti + n : NULL;
    double sum_in = 0, sum_out = 0, square = 0, pair = 0, n_pair = 0, gap = 0;
    gs_eco_shift o = {.mean_in = NAN, .mean_out = NAN, .sd = NAN, .lag1 = NAN,
                      .diff = {NAN, NAN, NAN}, .p = NAN};

    if (!ti)
        return gs_fail(err, GS_ENOMEM, "out of memory for a series of %zu days", n);
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]))
            continue;
        if (t[i] >= from && t[i] <= to)
            ti[o.n_in++] = t[i], sum_in += x[i];
        else
            to_[o.n_out++] = t[i], sum_out += x[i];
    }
    if (o.n_in)
        o.mean_in = sum_in / (double)o.n_in;
    if (o.n_out)
        o.mean_out = sum_out / (double)o.n_out;

    // spread and memory outside the window, from neighbours at the usual step
    double *gaps = GS_NEW(a, double, o.n_out + 1);
    if (!gaps)
        return gs_fail(err, GS_ENOMEM, "out of memory for a series of %zu days", n);
    for (size_t i = 1; i < o.n_out; i++)
        gaps[i - 1] = to_[i] - to_[i - 1];
    if (o.n_out > 1) {
        gs_eco_sort(o.n_out - 1, gaps);
        gap = gaps[(o.n_out - 1) / 2];
    }
    double before = NAN, t_before = NAN;
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]) || (t[i] >= from && t[i] <= to))
            continue;
        double d = x[i] - o.mean_out;
        square += d * d;
        if (!isnan(before) && fabs(t[i] - t_before - gap) < 1e-9)
            pair += d * before, n_pair++;
        before = d, t_before = t[i];
    }
    if (o.n_out >= 3) {
        double var = square / (double)(o.n_out - 1);
        o.sd = sqrt(var);
        if (n_pair >= 3 && var > 0)
            o.lag1 = fmin(fmax(pair / n_pair / var, -1), 0.99);
    }
    if (o.n_out >= 3 && o.n_in >= 3) {
        double rho = o.lag1 > 0 && gap > 0 ? pow(o.lag1, 1 / gap) : 0;
        double se = o.sd * sqrt(mean_variance(o.n_in, ti, rho) + mean_variance(o.n_out, to_, rho));
        double d = o.mean_in - o.mean_out;
        o.diff = (gs_eco_range){d, d - 1.959963984540054 * se, d + 1.959963984540054 * se};
        o.p = se > 0 ? 2 * gs_eco_normal_tail(fabs(d) / se) : d == 0 ? 1 : 0;
    }
    gs_arena_release(a, m);
    *out = o;
    return GS_OK;
}
