/* The sampler: No-U-Turn Hamiltonian Monte Carlo, multinomial within trajectories,
 * generalised criterion [betancourt2017], on any smooth log density.
 *
 * Chains move in coordinates v, u = centre + L v, so that L (from a Laplace
 * approximation, later from the pooled warm-up draws) plays the part of a dense metric.
 * Chain c draws from the stream (seed, c, "chain") alone and windows are joined at
 * barriers: the result does not depend on the number of threads. */
#ifndef GS_INFER_NUTS_H
#define GS_INFER_NUTS_H

#include "gutskin/arena.h"
#include "gutskin/rng.h"
#include "gutskin/run.h"
#include "gutskin/status.h"
#include <stdint.h>

/* Log density at u [n], its gradient to grad unless NULL; -inf or NaN = impossible.
 * slot says whose workspace may be used: no two calls share one at a time. */
typedef struct target {
    size_t n;
    double (*eval)(void *self, size_t slot, const double *u, double *grad);
    void *self;
    /* When set, eval is a stand-in for this density: it plans the trajectories, and
     * every state they end in is accepted with chance
     *     min(1, exact(new) eval(old) / (exact(old) eval(new)))
     * so that the draws follow `exact` (surrogate transitions, [liu2001] sec. 9.4.3).
     * Before one transition in twenty, at random, a random-walk step asks `exact` alone:
     * no chain hangs for long where the stand-in thinks too little of a place. */
    double (*exact)(void *self, size_t slot, const double *u, double *grad);
    /* When set, the density that decides (exact, or eval where there is none) at n <=
     * NUTS_AHEAD points at once: lp [n], grad [n] or NULL. Chains then plan that many
     * transitions ahead, as if all were accepted, and go back to where one was not: the
     * draws are the same as without. */
    void (*many)(void *self, size_t slot, size_t n, const double *const *u, double *lp,
                 double *const *grad);
} target;
enum { NUTS_AHEAD = 4 };

typedef struct nuts_opts {
    size_t n_chain, n_warmup, n_draw, max_depth;
    uint64_t seed;
    double target_accept;
} nuts_opts;

typedef struct nuts_out {
    double *draw;      /* [n_chain x n_draw x n]                                   */
    double *lp;        /* [n_chain x n_draw]                                       */
    double *ebfmi;     /* [n_chain] energy: change over spread; below 0.3 is bad   */
    double *step;      /* [n_chain] step sizes after warm-up                       */
    size_t n_divergent, n_depth; /* draws after warm-up that diverged / hit the cap */
    size_t n_gradient; /* evaluations of eval                                      */
    double accepted;   /* share of states accepted by `exact`; 1 without           */
} nuts_out;

/* centre [n] and L [n x n] lower: where chains start (centre + L N(0,1)) and the first
 * metric. Fails GS_ENUM when a chain finds no possible start, GS_ECANCEL, GS_ENOMEM.
 * Progress runs from `from` to 1 under the word "sampling". */
gs_status nuts_run(gs_arena *a, const target *t, const double *centre, const double *L,
                   const nuts_opts *o, const gs_pool *pool, const gs_progress *progress,
                   double from, nuts_out *out, gs_err *err);

/* Mode by BFGS from u (in, out) and the covariance of the Laplace approximation as a
 * lower factor L [n x n]. Eigenvalues of the precision are kept in [0.05, 1e8], so that
 * a flat or bent direction yields a wide, not an absurd, start. Uses slots
 * 0..n_slot-1. Returns false when u itself is impossible. */
bool mode_find(gs_arena *a, const target *t, size_t n_slot, const gs_pool *pool,
               double *u, double *L, size_t *n_gradient);

#endif
