/* Eco: numbers of communities. Diversity of one sample, distances between many, trees,
 * ordination, and the tests cohorts need; on plain arrays, so that any table will do.
 *
 *     gs_eco_alpha x;
 *     gs_eco_alpha_of(n, counts, &x);                 // one sample, zeros allowed
 *     gs_eco_rows r = {g->n_sample, g->n_taxon, g->start, g->i_taxon, g->value};
 *     GS_TRY(gs_eco_distance(a, pool, &r, GS_ECO_BRAYCURTIS, 0, dist, err));
 *
 * Logarithms are natural (nats). A count is a whole number >= 0; shares (fractions) are
 * taken where that makes sense, and give NaN where only counts do (Chao1, rarefaction).
 * A sample without anything has NaN for all but total and observed. */
#ifndef GUTSKIN_ECO_H
#define GUTSKIN_ECO_H

#include "gutskin/arena.h"
#include "gutskin/rng.h"
#include "gutskin/run.h"
#include "gutskin/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Samples by taxa, compressed rows: row i holds k = start[i] .. start[i + 1] - 1, columns
 * ascending within a row, values finite and > 0 (a stored 0 is harmless). */
typedef struct gs_eco_rows {
    size_t n_row, n_col;
    const size_t *start;   /* [n_row + 1] */
    const uint32_t *col;   /* [start[n_row]] */
    const double *val;     /* [start[n_row]] */
} gs_eco_rows;

/* A value with its 95 % interval. */
typedef struct gs_eco_range {
    double at, lo, hi;
} gs_eco_range;

/* ---- one sample ------------------------------------------------------------------ */

typedef struct gs_eco_alpha {
    double total;       /* sum of the values                                           */
    double observed;    /* taxa with a value above 0                                   */
    double shannon;     /* -sum p ln p [nats]                                          */
    double inv_simpson; /* 1 / sum p^2                                                 */
    double chao1;       /* observed + s(s-1) / (2(d+1)), s singletons, d doubletons;
                           [chao1984] bias-corrected. NaN unless counts                */
    double pielou;      /* shannon / ln(observed); NaN when observed < 2               */
    double singles, doubles;
} gs_eco_alpha;

void gs_eco_alpha_of(size_t n, const double *x, gs_eco_alpha *out);

/* Counting noise: what the same gut would show if as many reads were drawn again.
 * Shannon, inverse Simpson and Pielou: n_draw draws of the shares from the Dirichlet
 * posterior with parameters x (no prior weight on taxa not seen), their 2.5 and 97.5 %
 * deviations from the draws' mean put around the value; the small bias of the plug-in
 * index (about (observed - 1) / 2N nats) is not removed, since references carry it too.
 * Observed: sd sqrt(S (1 - S / chao1)) [colwell2012, eq. 5 at m = n]. Chao1: log-normal
 * interval of [chao1987]. NaN intervals unless counts.
 * Cost: n_draw * observed gamma draws; 200 draws of 500 taxa are 10 ms. */
typedef struct gs_eco_noise {
    gs_eco_range observed, shannon, inv_simpson, chao1, pielou;
} gs_eco_noise;
gs_status gs_eco_noise_of(gs_arena *a, size_t n, const double *x, gs_rng *r, size_t n_draw,
                          gs_eco_noise *out, gs_err *err);

/* Interval of a share from counts: x of total reads, Jeffreys' Beta(x + 1/2, total - x +
 * 1/2), 95 %; at = x / total. NaN when total is 0. */
gs_eco_range gs_eco_share(double x, double total);
/* ln(x / y) from counts, both + 1/2, with the exact interval of the same posterior. */
gs_eco_range gs_eco_log_ratio(double x, double y);

/* Taxa expected among m reads drawn without return ("rarefaction", closed form,
 * hypergeometric): sum over taxa of 1 - C(N - x, m) / C(N, m). NaN when m > N or x are no
 * counts. */
double gs_eco_rarefy(size_t n, const double *x, double m);
/* Shannon expected after rarefying to m, exact:
 * E[H] = -sum_i sum_k P(k; N, x_i, m) (k/m) ln(k/m). Cost O(sum min(x_i, m)). */
double gs_eco_rarefy_shannon(size_t n, const double *x, double m);

/* ---- trees ----------------------------------------------------------------------- */

/* A rooted tree, children before parents, root last. */
typedef struct gs_eco_tree {
    size_t n_node, n_tip;
    const uint32_t *parent;  /* [n_node] index of parent; of the root: itself          */
    const double *length;    /* [n_node] branch to the parent, >= 0; 0 at the root     */
    const char *const *name; /* [n_node] label, "" when none                           */
    const bool *tip;         /* [n_node]                                               */
    const uint32_t *by_name; /* [n_tip] tips in order of name, for gs_eco_tree_find    */
} gs_eco_tree;

/* Parse one Newick tree: quoted labels, [comments], exponents, any depth. Every branch
 * but the root's needs a length >= 0.
 * Fails GS_EPARSE with line and column; GS_ENOMEM. Cost O(n log n). */
gs_status gs_eco_tree_parse(gs_arena *a, const char *file, const char *text, size_t n,
                            gs_eco_tree **out, gs_err *err);
/* Node of the tip of this name, -1 when there is none. "_" in the tree's unquoted labels
 * also stands for a blank. */
long gs_eco_tree_find(const gs_eco_tree *t, const char *name);

/* Faith's phylogenetic diversity: summed length of all branches between the tips with a
 * value above 0 and the root. node[k] is the tip of x[k]; a taxon whose node is out of
 * range is passed over. */
gs_status gs_eco_faith(gs_arena *a, const gs_eco_tree *t, size_t n, const double *x,
                       const uint32_t *node, double *out, gs_err *err);

/* ---- distances ------------------------------------------------------------------- */

typedef enum gs_eco_metric {
    GS_ECO_BRAYCURTIS, /* 1 - 2 sum min / (sum x + sum y)                              */
    GS_ECO_JACCARD,    /* 1 - taxa in both / taxa in either                            */
    GS_ECO_AITCHISON,  /* Euclid between centred log-ratios of x + pseudo              */
    GS_ECO_UNIFRAC,    /* unweighted: branch length in one only / in either            */
    GS_ECO_WUNIFRAC,   /* weighted, normalised to 0..1                                 */
    GS_N_ECO_METRIC
} gs_eco_metric;
const char *gs_eco_metric_name(gs_eco_metric m);  /* "bray-curtis" */
long gs_eco_metric_find(const char *name);        /* -1 when unknown */

/* All distances between rows: out [n_row x n_row], symmetric, zero diagonal, written
 * whole on GS_OK. pseudo: pseudocount of Aitchison, > 0 (0 = 0.5); ignored by others. Two
 * empty samples are 0 apart; one empty, one not: 1 (Bray-Curtis, Jaccard).
 * The same to the last bit on any number of threads and with or without AVX2.
 * Fails GS_ENOMEM; GS_ECANCEL. GS_EUSE for the UniFracs (they need a tree, below).
 * Cost: Bray-Curtis of 1,907 x 13,374 with 3.4 % filled: 0.1 s on two cores. */
gs_status gs_eco_distance(gs_arena *a, const gs_pool *pool, const gs_eco_rows *r,
                          gs_eco_metric metric, double pseudo, double *out, gs_err *err);
/* UniFrac [lozupone2005; lozupone2007] between rows; node[n_col] is each column's tip,
 * all within the tree. Weighted by shares. */
gs_status gs_eco_unifrac(gs_arena *a, const gs_pool *pool, const gs_eco_rows *r,
                         const gs_eco_tree *t, const uint32_t *node, bool weighted,
                         double *out, gs_err *err);

/* Principal coordinates of a distance matrix [n x n]: Gower-centred, the n_axis largest
 * eigenvalues by Lanczos steps, residual below 1e-12 of the largest. coord [n x n_axis], row-major,
 * scaled by sqrt(eigenvalue); share [n_axis] of the sum of all eigenvalues (the trace).
 * Sign: the largest coordinate of an axis is positive. Negative eigenvalues get coordinate
 * 0. Fails GS_ENOMEM, GS_ENUM (did not settle). */
gs_status gs_eco_pcoa(gs_arena *a, const gs_pool *pool, size_t n, const double *dist,
                      size_t n_axis, double *coord, double *share, gs_err *err);

/* ---- tests ----------------------------------------------------------------------- */

typedef struct gs_eco_permanova {
    double f, r2, p; /* pseudo-F, share of squared distances explained, permutation p */
    size_t n, n_group, n_perm;
} gs_eco_permanova;
/* [anderson2001]: group[n] in 0 .. n_group - 1. p = (1 + permutations with F >= observed) /
 * (1 + n_perm). Permutations come from (seed, i), so p is the same on any machine.
 * Fails GS_ERANGE (fewer than two groups, or as many groups as samples), GS_ENOMEM. */
gs_status gs_eco_permanova_test(gs_arena *a, const gs_pool *pool, size_t n,
                                const double *dist, const uint32_t *group, size_t n_group,
                                size_t n_perm, uint64_t seed, gs_eco_permanova *out,
                                gs_err *err);

/* Ranks of x[0..n), from 1; ties share their mean. */
gs_status gs_eco_rank(gs_arena *a, size_t n, const double *x, double *rank, gs_err *err);

typedef struct gs_eco_cliff {
    size_t n, n_ref;
    double median, median_ref;
    gs_eco_range delta; /* Cliff's delta of x against ref: P(x > ref) - P(x < ref), with
                           the interval of its unbiased variance [cliff1993], normal    */
    double p;           /* Mann-Whitney, two-sided, normal with ties, no continuity    */
} gs_eco_cliff;
/* Cost O((n + n_ref) log(n + n_ref)). NaN values are the caller's to leave out. */
gs_status gs_eco_cliff_of(gs_arena *a, size_t n, const double *x, size_t n_ref,
                          const double *ref, gs_eco_cliff *out, gs_err *err);
/* Kruskal-Wallis over groups, with ties; p from chi-square. NaN with fewer than 2. */
gs_status gs_eco_kruskal(gs_arena *a, size_t n, const double *x, const uint32_t *group,
                         size_t n_group, double *out_h, double *out_p, gs_err *err);
/* Spearman's rho. NaN when either is constant. */
gs_status gs_eco_spearman(gs_arena *a, size_t n, const double *x, const double *y,
                          double *out, gs_err *err);
/* Benjamini-Hochberg: q[i] from p[i]; NaN p stay NaN and do not count. */
gs_status gs_eco_fdr(gs_arena *a, size_t n, const double *p, double *q, gs_err *err);

/* Least squares y = X b by Householder QR: X [n x k] row-major (bring your own column of
 * ones). b, se, p [k]; p two-sided from Student's t with n - k degrees of freedom. A
 * column that is a combination of those before it gets b = 0, se = p = NaN and costs no
 * degree of freedom.
 * Fails GS_ERANGE when n <= k. */
gs_status gs_eco_ols(gs_arena *a, size_t n, size_t k, const double *x, const double *y,
                     double *b, double *se, double *p, gs_err *err);

/* Centred log-ratio of n values + pseudo, in place. */
void gs_eco_clr(size_t n, double *x, double pseudo);

/* ---- series ---------------------------------------------------------------------- */

/* Values of one thing in one person through time, and a window in which something was
 * done. Days of the window (after a lag) are compared with all other days. */
typedef struct gs_eco_shift {
    size_t n_in, n_out;
    double mean_in, mean_out;
    double sd;           /* within-person sd outside the window                        */
    double lag1;         /* correlation of values one step apart outside the window    */
    gs_eco_range diff;   /* mean_in - mean_out, 95 %; both means' errors are widened for
                            a correlation of lag1^(days apart)                         */
    double p;            /* two-sided, normal                                          */
} gs_eco_shift;
/* t [n] days ascending, x [n] (NaN left out), window from .. to. Fields that cannot be
 * known (fewer than 3 days on a side) are NaN. Fails GS_ENOMEM. */
gs_status gs_eco_shift_of(gs_arena *a, size_t n, const double *t, const double *x,
                          double from, double to, gs_eco_shift *out, gs_err *err);

/* Generalised Lotka-Volterra: d ln x_i / dt = r_i + sum_j A_ij x_j + sum_p B_ip u_p, fitted
 * to several series by ridge regression on differences of ln x between sampling days
 * (the trapezoid rule on the right), as [stein2013]. A step of a taxon from 0 to 0 is left
 * out of its regression. */
typedef struct gs_eco_series {
    size_t n_t;
    const double *t; /* [n_t] days, strictly ascending                                 */
    const double *x; /* [n_t x n_taxon] absolute amounts >= 0                          */
    const double *u; /* [n_t x n_push] what was done on that day, 0..1; NULL when n_push
                        is 0; between days the earlier one holds                       */
} gs_eco_series;

typedef struct gs_eco_glv {
    size_t n_taxon, n_push;
    double *r, *a, *b;          /* [n_taxon], [n_taxon x n_taxon], [n_taxon x n_push]   */
    double *r_sd, *a_sd, *b_sd; /* posterior sd under the ridge's normal prior          */
    double *scale;              /* [n_taxon] amounts are divided by it while fitting    */
    double *floor;              /* [n_taxon] what a zero counts as: half the smallest seen */
    double ridge;               /* the penalty used                                     */
    double r2;                  /* of the differences of ln x                           */
} gs_eco_glv;

/* ridge > 0 is used as it is; 0 chooses it from 15 values by foretelling each series,
 * left out in turn, from sample to sample (needs two series; else 1). Arrays live in a.
 * Fails GS_ERANGE (days not ascending, no two days, amounts negative), GS_ENOMEM. */
gs_status gs_eco_glv_fit(gs_arena *a, size_t n_series, const gs_eco_series *s, size_t n_taxon,
                         size_t n_push, double ridge, gs_eco_glv *out, gs_err *err);
/* Integrate from x0 on ln x over t[0..n_t); u as above or NULL. out_x [n_t x n_taxon]. What
 * is 0 at the start stays 0. Values are held within floor and 1e3 x the largest scale, so that a bad fit cannot overflow;
 * *held counts how often. Dormand-Prince 5(4), relative 1e-6. Fails GS_ENUM, GS_ENOMEM. */
gs_status gs_eco_glv_run(gs_arena *a, const gs_eco_glv *g, const double *x0, size_t n_t,
                         const double *t, const double *u, double *out_x, size_t *held,
                         gs_err *err);

/* ---- distributions --------------------------------------------------------------- */

double gs_eco_normal_tail(double z);           /* P(Z > z)                      */
double gs_eco_t_tail(double t, double df);     /* P(|T| > |t|)                  */
double gs_eco_chi2_tail(double x, double df);  /* P(X > x)                      */
double gs_eco_f_tail(double f, double d1, double d2);
double gs_eco_beta_cdf(double x, double a, double b);
double gs_eco_beta_quantile(double p, double a, double b);
/* p-quantile of x[0..n), which is sorted: linear between order statistics. */
double gs_eco_quantile(size_t n, const double *sorted, double p);
void gs_eco_sort(size_t n, double *x);

#endif
