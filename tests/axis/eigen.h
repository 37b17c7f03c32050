/* Eigenvalues of a small dense matrix, real parts: elimination to Hessenberg form, then
 * QR steps with a real shift and deflation. A trailing 2 x 2 block that does not split is
 * a complex pair. Good for the few dozen states of a model; tests only. */
#ifndef AXIS_EIGEN_H
#define AXIS_EIGEN_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

static void hessenberg(size_t n, double *a)
{
    for (size_t m = 1; m + 1 < n; m++) {
        size_t p = m;
        for (size_t i = m; i < n; i++)
            if (fabs(a[i * n + m - 1]) > fabs(a[p * n + m - 1]))
                p = i;
        double x = a[p * n + m - 1];
        if (x == 0)
            continue;
        for (size_t j = 0; p != m && j < n; j++) {
            double t = a[p * n + j];
            a[p * n + j] = a[m * n + j];
            a[m * n + j] = t;
        }
        for (size_t j = 0; p != m && j < n; j++) {
            double t = a[j * n + p];
            a[j * n + p] = a[j * n + m];
            a[j * n + m] = t;
        }
        for (size_t i = m + 1; i < n; i++) {
            double y = a[i * n + m - 1] / x;
            for (size_t j = 0; j < n; j++)
                a[i * n + j] -= y * a[m * n + j];
            for (size_t j = 0; j < n; j++)
                a[j * n + m] += y * a[j * n + i];
        }
    }
}

/* n <= 64; a [n x n] is destroyed, re [n] filled. False when it did not converge. */
static bool eigen_real(size_t n, double *a, double *re)
{
    size_t hi = n;
    for (int it = 0; hi > 0 && it < 20000; it++) {
        size_t l = hi - 1;
        while (l > 0 && fabs(a[l * n + l - 1]) >
                            1e-14 * (fabs(a[l * n + l]) + fabs(a[(l - 1) * n + l - 1])))
            l--;
        if (l == hi - 1) {
            re[--hi] = a[l * n + l];
            continue;
        }
        double p = a[(hi - 2) * n + hi - 2], s = a[(hi - 1) * n + hi - 1];
        double q = a[(hi - 2) * n + hi - 1] * a[(hi - 1) * n + hi - 2];
        double disc = (p - s) * (p - s) / 4 + q;
        if (l == hi - 2 && disc < 0) {
            re[hi - 1] = re[hi - 2] = (p + s) / 2;
            hi -= 2;
            continue;
        }
        double mu = s;
        if (disc >= 0) {
            double r1 = (p + s) / 2 + sqrt(disc), r2 = (p + s) / 2 - sqrt(disc);
            mu = fabs(r1 - s) < fabs(r2 - s) ? r1 : r2;
        }
        double cs[64], sn[64];
        for (size_t i = l; i < hi; i++)
            a[i * n + i] -= mu;
        for (size_t i = l; i + 1 < hi; i++) {
            double x = a[i * n + i], y = a[(i + 1) * n + i], r = hypot(x, y);
            cs[i] = r > 0 ? x / r : 1;
            sn[i] = r > 0 ? y / r : 0;
            for (size_t j = i; j < hi; j++) {
                double t = a[i * n + j], v = a[(i + 1) * n + j];
                a[i * n + j] = cs[i] * t + sn[i] * v;
                a[(i + 1) * n + j] = cs[i] * v - sn[i] * t;
            }
        }
        for (size_t i = l; i + 1 < hi; i++)
            for (size_t j = l; j < hi && j <= i + 1; j++) {
                double t = a[j * n + i], v = a[j * n + i + 1];
                a[j * n + i] = cs[i] * t + sn[i] * v;
                a[j * n + i + 1] = cs[i] * v - sn[i] * t;
            }
        for (size_t i = l; i < hi; i++)
            a[i * n + i] += mu;
    }
    return hi == 0;
}

#endif
