/* Small numerics: see num.h. Plain textbook methods, each with its source, checked in
 * tests/infer/test_num.c by identities and tabled values. */
#include "infer/num.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double SQRT_2PI = 2.50662827463100050242;

double num_normal_pdf(double z)
{
    return exp(-0.5 * z * z) / SQRT_2PI;
}

double num_normal_cdf(double z)
{
    return 0.5 * erfc(-z * M_SQRT1_2);
}

/* Lower-half quantile: a rational start (Abramowitz & Stegun 26.2.23, error 4.5e-4)
 * and Halley steps on the exact distribution. */
static double quantile_lower(double p)
{
    if (p <= 0)
        return -HUGE_VAL;
    double t = sqrt(-2 * log(p));
    double z = -(t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                         (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
    for (int i = 0; i < 3; i++) {
        double d = num_normal_pdf(z);
        if (!(d > DBL_MIN))
            break;
        double e = (num_normal_cdf(z) - p) / d;
        z -= e / (1 + 0.5 * z * e);
    }
    return z;
}

double num_normal_quantile(double p, double q)
{
    return p <= q ? quantile_lower(p) : -quantile_lower(q);
}

double num_beta_logpdf(double x, double a, double b)
{
    return lgamma(a + b) - lgamma(a) - lgamma(b) + (a - 1) * log(x) +
           (b - 1) * log1p(-x);
}

/* Continued fraction of the incomplete beta function by Lentz's method. */
static double beta_fraction(double x, double a, double b)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    if (fabs(d) < tiny)
        d = tiny;
    d = 1 / d;
    double f = d;
    for (int m = 1; m < 500; m++) {
        double e = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 + e * d;
        c = 1 + e / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        f *= d * c;
        e = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 + e * d;
        c = 1 + e / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        f *= d * c;
        if (fabs(d * c - 1) < 1e-15)
            break;
    }
    return f;
}

double num_beta_cdf(double x, double a, double b)
{
    if (x <= 0)
        return 0;
    if (x >= 1)
        return 1;
    double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) +
                       b * log1p(-x));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(x, a, b) / a;
    return 1 - front * beta_fraction(1 - x, b, a) / b;
}

/* Newton inside a shrinking bracket. */
double num_beta_quantile(double p, double a, double b)
{
    double lo = 0, hi = 1, x = a / (a + b);
    for (int i = 0; i < 200 && hi - lo > 1e-16; i++) {
        double e = num_beta_cdf(x, a, b) - p;
        if (e > 0)
            hi = x;
        else
            lo = x;
        double step = e / exp(num_beta_logpdf(x, a, b));
        double next = x - step;
        if (!(next > lo && next < hi))
            next = 0.5 * (lo + hi);
        if (fabs(next - x) < 1e-15 * x)
            return next;
        x = next;
    }
    return x;
}

/* Recurrence up to 14, then the asymptotic series (Abramowitz & Stegun 6.3.18). */
double num_digamma(double x)
{
    double s = 0;
    while (x < 14) {
        s -= 1 / x;
        x += 1;
    }
    double y = 1 / (x * x);
    return s + log(x) - 0.5 / x -
           y * (1.0 / 12 -
                y * (1.0 / 120 - y * (1.0 / 252 - y * (1.0 / 240 - y / 132))));
}

double num_log1pexp(double x)
{
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

double num_logistic(double x)
{
    if (x >= 0)
        return 1 / (1 + exp(-x));
    double e = exp(x);
    return e / (1 + e);
}

/* Golub and Welsch: the nodes are the eigenvalues of the Jacobi matrix of the Hermite
 * recurrence, the weights the squared first components of its eigenvectors. */
void num_gauss_hermite(size_t n, double *z, double *w)
{
    double a[32 * 32] = {0}, v[32 * 32];
    for (size_t i = 0; i + 1 < n; i++)
        a[i * n + i + 1] = a[(i + 1) * n + i] = sqrt((double)(i + 1));
    num_eigen(n, a, z, v);
    for (size_t i = 0; i < n; i++)
        w[i] = v[i] * v[i];
}

bool num_cholesky(size_t n, double *a)
{
    for (size_t j = 0; j < n; j++) {
        double d = a[j * n + j];
        for (size_t k = 0; k < j; k++)
            d -= a[j * n + k] * a[j * n + k];
        if (!(d > 0))
            return false;
        d = sqrt(d);
        a[j * n + j] = d;
        for (size_t i = j + 1; i < n; i++) {
            double s = a[i * n + j];
            for (size_t k = 0; k < j; k++)
                s -= a[i * n + k] * a[j * n + k];
            a[i * n + j] = s / d;
        }
        for (size_t k = j + 1; k < n; k++)
            a[j * n + k] = 0;
    }
    return true;
}

/* One rotation that zeroes a[p][q]. */
static void rotate(size_t n, double *a, double *v, size_t p, size_t q)
{
    double apq = a[p * n + q];
    if (apq == 0)
        return;
    double h = (a[q * n + q] - a[p * n + p]) / (2 * apq);
    double t = (h >= 0 ? 1 : -1) / (fabs(h) + sqrt(h * h + 1));
    double c = 1 / sqrt(t * t + 1), s = t * c;
    for (size_t k = 0; k < n; k++) {
        double x = a[k * n + p], y = a[k * n + q];
        a[k * n + p] = c * x - s * y;
        a[k * n + q] = s * x + c * y;
    }
    for (size_t k = 0; k < n; k++) {
        double x = a[p * n + k], y = a[q * n + k];
        a[p * n + k] = c * x - s * y;
        a[q * n + k] = s * x + c * y;
        x = v[k * n + p];
        y = v[k * n + q];
        v[k * n + p] = c * x - s * y;
        v[k * n + q] = s * x + c * y;
    }
}

void num_eigen(size_t n, double *a, double *w, double *v)
{
    memset(v, 0, n * n * sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i * n + i] = 1;
    for (int sweep = 0; sweep < 60; sweep++) {
        double off = 0, all = 0;
        for (size_t i = 0; i < n * n; i++)
            all += a[i] * a[i];
        for (size_t i = 0; i < n; i++)
            for (size_t j = i + 1; j < n; j++)
                off += a[i * n + j] * a[i * n + j];
        if (off <= 1e-32 * all)
            break;
        for (size_t p = 0; p < n; p++)
            for (size_t q = p + 1; q < n; q++)
                rotate(n, a, v, p, q);
    }
    for (size_t i = 0; i < n; i++)
        w[i] = a[i * n + i];
    for (size_t i = 0; i + 1 < n; i++) { /* ascending */
        size_t m = i;
        for (size_t j = i + 1; j < n; j++)
            if (w[j] < w[m])
                m = j;
        double t = w[i];
        w[i] = w[m];
        w[m] = t;
        for (size_t k = 0; m != i && k < n; k++) {
            t = v[k * n + i];
            v[k * n + i] = v[k * n + m];
            v[k * n + m] = t;
        }
    }
}

void num_lower_mul(size_t n, const double *l, const double *x, double *out)
{
    for (size_t i = 0; i < n; i++) {
        double s = 0;
        for (size_t j = 0; j <= i; j++)
            s += l[i * n + j] * x[j];
        out[i] = s;
    }
}

void num_lower_tmul(size_t n, const double *l, const double *x, double *out)
{
    for (size_t j = 0; j < n; j++)
        out[j] = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            out[j] += l[i * n + j] * x[i];
}

void num_lower_solve(size_t n, const double *l, const double *x, double *out)
{
    for (size_t i = 0; i < n; i++) {
        double s = x[i];
        for (size_t j = 0; j < i; j++)
            s -= l[i * n + j] * out[j];
        out[i] = s / l[i * n + i];
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void num_sort(size_t n, double *x)
{
    qsort(x, n, sizeof *x, by_value);
}

double num_quantile_sorted(size_t n, const double *x, double p)
{
    double h = p * (double)(n - 1);
    size_t i = (size_t)h;
    if (i + 1 >= n)
        return x[n - 1];
    return x[i] + (h - (double)i) * (x[i + 1] - x[i]);
}
