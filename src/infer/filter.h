/* The residual, integrated out. In standard units it is z, stationary N(0, 1),
 *     z(t + g) = rho^g z(t) + sqrt(1 - rho^2g) N(0, 1),   rho = exp(-1 / tau)
 * and the latent is eta(t) + sd * z(t). Two filters share one interface:
 *   NORMAL links    Kalman filter and smoother, exact
 *   the others      forward/backward on a grid of z (a hidden Markov chain)
 *
 * Derivatives come from the smoother by Fisher's identity (the score of the observed
 * data is the expected score of the complete data): exact derivatives of what the
 * forward pass returns, for the price of one backward pass. */
#ifndef GS_INFER_FILTER_H
#define GS_INFER_FILTER_H

#include "gutskin/arena.h"
#include "infer/link.h"

enum { GRID_N = 48 };
#define GRID_REACH 4.75 /* nodes from -4.75 to 4.75 standard units, 0.202 apart */

/* Steps of one series: days looked at, in order. A step may have no score. */
typedef struct track {
    size_t n;
    const int32_t *day;     /* [n] ascending                                     */
    const uint16_t *kind;   /* [n] which gap leads here; kind[0] is not used     */
    size_t n_kind;
    const double *gap;      /* [n_kind] distinct gaps [d]                        */
    const double *value;    /* [n] as said, NaN = no score                       */
    const double *y, *round_var; /* [n] NORMAL: on the link's scale              */
} track;

/* Make a track from days and values (NaN = none). NULL when out of memory. */
track *track_new(gs_arena *a, const link *l, size_t n, const int32_t *day,
                 const double *value);

/* What the filters leave behind, enough for at most n_step steps and n_kind gaps. */
typedef struct filter {
    size_t n_step, n_kind;
    double *log_chance;  /* [n_step] ln p(score | earlier scores), 0 where none  */
    double *mean, *var;  /* Kalman: [n_step] filtered z                          */
    double *mean_all, *var_all; /* Kalman: smoothed z                            */
    double *node;        /* [GRID_N]                                             */
    double *one, *square; /* [GRID_N] 1 and node^2                               */
    double *start;       /* [GRID_N] stationary chances                          */
    double *alpha;       /* grid: [n_step][GRID_N] filtered chances              */
    double *chance;      /* grid: [n_step][GRID_N] chance of the score, over its mean */
    double *gamma;       /* grid: [n_step][GRID_N] smoothed chances              */
    double *step, *back; /* grid: [n_kind][GRID_N][GRID_N] chances and transpose */
    double *row_score;   /* grid: [n_kind][GRID_N] mean d ln T / d rho per row   */
    double *de, *aux;    /* grid: [3][GRID_N] slopes, [2][GRID_N] helpers        */
} filter;

filter *filter_new(gs_arena *a, bool grid, size_t n_step, size_t n_kind);

/* Forward pass: fills log_chance, mean/var or alpha; returns their sum, -inf when the
 * numbers leave the floor. eta [n]. */
double filter_forward(filter *f, const link *l, const track *t, const double *eta,
                      const nuisance *v);
/* Backward pass after it: smoothed marginals and, unless g is NULL, derivatives:
 * d_eta [n] and g->sd, tau, noise, cut (g->level is left alone). */
void filter_backward(filter *f, const link *l, const track *t, const double *eta,
                     const nuisance *v, double *d_eta, nuisance *g);

/* Filtered state of step i carried `days` on: Kalman mean and var of z. */
void filter_ahead_normal(const filter *f, size_t i, double tau, double days,
                         double *out_mean, double *out_var);
/* Same on the grid: chances out [GRID_N]. */
void filter_ahead_grid(const filter *f, size_t i, double tau, double days, double *out);
/* Chances of moving from node i of n even nodes: row [from, to), nothing outside. */
void filter_transition_row(int n, const double *node, double rho, int i, double *row,
                           int *from, int *to);
/* Transition chances for a gap: out [GRID_N][GRID_N], row = from. */
void filter_transition(const double *node, double rho, double *out);

#endif
