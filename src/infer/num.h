/* Small numerics of this room: normal and beta distributions, digamma, quadrature and
 * dense linear algebra of a few dozen rows. Nothing here allocates. */
#ifndef GS_INFER_NUM_H
#define GS_INFER_NUM_H

#include <stdbool.h>
#include <stddef.h>

/* Standard normal: density, distribution, quantile. The quantile takes p and q = 1 - p
 * both, so that neither tail loses digits. */
double num_normal_pdf(double z);
double num_normal_cdf(double z);
double num_normal_quantile(double p, double q);

/* Beta distribution: log density, distribution and quantile (0 < p < 1). */
double num_beta_logpdf(double x, double a, double b);
double num_beta_cdf(double x, double a, double b);
double num_beta_quantile(double p, double a, double b);

/* Derivative of lgamma, x > 0. */
double num_digamma(double x);
/* ln(1 + e^x) and 1 / (1 + e^-x) without overflow. */
double num_log1pexp(double x);
double num_logistic(double x);

/* Nodes and weights of the expectation under a standard normal; sum w = 1.
 * n <= 32. */
void num_gauss_hermite(size_t n, double *z, double *w);

/* Dense symmetric matrices are row-major n x n. */
/* Lower Cholesky factor in place (upper part zeroed); false if not positive. */
bool num_cholesky(size_t n, double *a);
/* Eigen-decomposition of a symmetric matrix by Jacobi rotations: a is destroyed,
 * eigenvalues into w, eigenvectors into the columns of v. */
void num_eigen(size_t n, double *a, double *w, double *v);
/* out = L x for lower triangular L; out may not alias x. */
void num_lower_mul(size_t n, const double *l, const double *x, double *out);
/* out = L' x. */
void num_lower_tmul(size_t n, const double *l, const double *x, double *out);
/* Solve L out = x. */
void num_lower_solve(size_t n, const double *l, const double *x, double *out);

/* The p-quantile of x[0..n), sorted ascending (linear interpolation). */
double num_quantile_sorted(size_t n, const double *x, double p);
void num_sort(size_t n, double *x);

#endif
