/* Distribution functions the tests of this room need: incomplete beta (continued
 * fraction, modified Lentz), incomplete gamma (series and continued fraction), and what
 * follows from them. [press2007] sec. 6.2 and 6.4; accurate to about 1e-13. */
#include "gutskin/eco.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

double gs_eco_normal_tail(double z)
{
    return 0.5 * erfc(z * M_SQRT1_2);
}

static double beta_fraction(double x, double a, double b)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double h = d;
    for (int m = 1; m < 100000; m++) {
        double k = m, step = k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k));
        for (int half = 0; half < 2; half++) {
            d = 1 + step * d;
            c = 1 + step / c;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = fabs(c) < tiny ? tiny : c;
            h *= d * c;
            if (half == 1 && fabs(d * c - 1) < 4 * DBL_EPSILON)
                return h;
            step = -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1));
        }
    }
    return h;
}

static double log_beta_density_x(double x, double a, double b)
{
    return lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x);
}

double gs_eco_beta_cdf(double x, double a, double b)
{
    if (isnan(x) || !(a > 0) || !(b > 0))
        return NAN;
    if (x <= 0)
        return 0;
    if (x >= 1)
        return 1;
    double front = exp(log_beta_density_x(x, a, b));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(x, a, b) / a;
    return 1 - front * beta_fraction(1 - x, b, a) / b;
}

/* Bisection until Newton is safe: the function is monotone, so it cannot fail. */
double gs_eco_beta_quantile(double p, double a, double b)
{
    if (!(p >= 0) || !(p <= 1) || !(a > 0) || !(b > 0))
        return NAN;
    if (p == 0 || p == 1)
        return p;
    double lo = 0, hi = 1, x = a / (a + b);
    for (int i = 0; i < 400; i++) {
        double miss = gs_eco_beta_cdf(x, a, b) - p;
        if (miss > 0)
            hi = x;
        else
            lo = x;
        double slope = exp(log_beta_density_x(x, a, b)) / (x * (1 - x));
        double next = slope > 0 && isfinite(slope) ? x - miss / slope : -1;
        if (!(next > lo && next < hi))
            next = lo > 0 && hi / lo > 4 ? sqrt(lo * hi) : 0.5 * (lo + hi);
        if (lo == 0 && i > 3 && !(x - miss / slope > lo && x - miss / slope < hi))
            next = hi / 64; /* small quantiles of small a */
        if (fabs(next - x) <= 1e-15 * x || hi < DBL_MIN)
            return next;
        x = next;
    }
    return x;
}

double gs_eco_t_tail(double t, double df)
{
    if (isnan(t) || !(df > 0))
        return NAN;
    return gs_eco_beta_cdf(df / (df + t * t), 0.5 * df, 0.5);
}

double gs_eco_f_tail(double f, double d1, double d2)
{
    if (isnan(f))
        return NAN;
    return f <= 0 ? 1 : gs_eco_beta_cdf(d2 / (d2 + d1 * f), 0.5 * d2, 0.5 * d1);
}

/* Upper regularised incomplete gamma Q(s, x). */
double gs_eco_chi2_tail(double chi2, double df)
{
    if (isnan(chi2) || !(df > 0))
        return NAN;
    double x = 0.5 * chi2, s = 0.5 * df;
    if (x <= 0)
        return 1;
    double front = exp(s * log(x) - x - lgamma(s));
    if (x < s + 1) {
        double term = 1 / s, sum = term;
        for (double k = s + 1; term > sum * 1e-17; k++)
            sum += term *= x / k;
        return 1 - front * sum;
    }
    const double tiny = 1e-300;
    double b = x + 1 - s, c = 1 / tiny, d = 1 / b, h = d;
    for (int i = 1; i < 100000; i++) {
        double an = -i * (i - s);
        b += 2;
        d = an * d + b;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = b + an / c;
        c = fabs(c) < tiny ? tiny : c;
        h *= d * c;
        if (fabs(d * c - 1) < 4 * DBL_EPSILON)
            break;
    }
    return front * h;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void gs_eco_sort(size_t n, double *x)
{
    if (n)
        qsort(x, n, sizeof *x, by_value);
}

double gs_eco_quantile(size_t n, const double *x, double p)
{
    if (n == 0 || !(p >= 0) || !(p <= 1))
        return NAN;
    double at = p * (double)(n - 1), low = floor(at);
    size_t i = (size_t)low;
    return i + 1 < n ? x[i] + (at - low) * (x[i + 1] - x[i]) : x[n - 1];
}
