/* A filter for several scores of one skin that may switch between two states.
 *
 * Hidden: a regime s (calm 0, flare 1; or one regime only) that moves by daily chances
 *     P(calm -> flare on day d) = 1 - exp(-enter_d),  P(flare -> calm) = 1 - exp(-leave_d)
 * and for each series c its residual z_c (filter.h). A score is seen through the link at
 * eta_c,s(t) + sd_c z_c(t).
 *
 * Filtered state: chances pi(s) and, for every series and regime, chances a_c,s on nodes
 * of z. For one series this is the exact hidden Markov chain. For several it is factored:
 * within a regime the residuals are taken as independent given the past, also after
 * regimes have mixed. What it returns is the joint chance of the scores under those
 * one-step forecasts: a proper distribution, for k series at k times the price of one.
 *
 * Two copies of the arithmetic: double on 48 nodes (the density sampled), float on 24
 * (plans trajectories; nuts.h, `exact`). Derivatives are those of the recursion itself,
 * by one pass backwards. docs/notes/likelihood.md */
#ifndef GS_INFER_LATTICE_H
#define GS_INFER_LATTICE_H

#include "infer/filter.h"

enum { LATTICE_COARSE = 24, LATTICE_MAX_SERIES = 8 };
#define LATTICE_COARSE_REACH 4.1
/* A NORMAL score on the nodes is never sharper than this share of the residual sd: the
 * nodes could not see it. It adds (share * sd)^2 to the variance of the noise. */
#define LATTICE_SHARPEST 0.2

typedef struct lattice lattice;

/* One series: tracks of a group have the same steps. eta and d_eta [n_step], for each
 * regime. g collects sd, tau, noise and cuts (level and unit are left alone). */
typedef struct lattice_series {
    const link *l;
    const track *t;
    nuisance v;
    const double *eta[2];
    double *d_eta[2];
    nuisance g;
} lattice_series;

/* Log hazards by day, [n_day] of the table; d_* collect derivatives. NULL: one regime. */
typedef struct lattice_hazard {
    const double *enter, *leave;
    double *d_enter, *d_leave;
} lattice_hazard;

/* n_day: days the hazards are given for; n_kind: distinct gaps of the tracks. */
lattice *lattice_new(gs_arena *a, bool coarse, size_t n_regime, size_t n_series,
                     size_t n_step, size_t n_kind, size_t n_day);
/* ln of the joint chance; -inf when the numbers leave the floor. */
double lattice_forward(lattice *f, const lattice_series *s, const lattice_hazard *h);
/* After lattice_forward, same arguments. Derivatives unless d_eta[0] is NULL; smoothed
 * chances in any case. */
void lattice_backward(lattice *f, lattice_series *s, const lattice_hazard *h);

/* Chances of (regime, node) of series c after step i, out [n_regime][nodes]: filtered,
 * or smoothed after lattice_backward. They sum to 1. */
void lattice_filtered(const lattice *f, size_t i, size_t c, double *out);
void lattice_smoothed(const lattice *f, size_t i, size_t c, double *out);
/* The filtered state after step i carried on to `day` as if nothing were scored on the way,
 * chances of (regime, node) of series c; before step 0 with i = -1. Fine copies only. */
void lattice_ahead(const lattice *f, const lattice_series *s, const lattice_hazard *h,
                   long i, size_t c, int32_t day, double *out);
/* ln p(scores of step i | earlier scores). */
double lattice_log_chance(const lattice *f, size_t i);
size_t lattice_nodes(const lattice *f, const double **out_node);

#endif
