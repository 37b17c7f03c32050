/* Ensembles: one scenario lived by many people drawn from the population.
 *
 * Person i's personal parameters come from the model's priors, but for those the scenario
 * gives itself and the risks of conditions its person does not have; what wanders, wanders anew for each. All of it depends on (seed, i) alone,
 * so people may be worked on in any order, on any thread, process or machine. Work comes in
 * pieces of GS_ENSEMBLE_PIECE people:
 *
 *     gs_ensemble e = {.k = k, .sc = sc, .n = 100000, .every = 7, .seed = sc->seed, ...};
 *     double *out = malloc(GS_ENSEMBLE_PIECE * gs_ensemble_width(&e) * sizeof *out);
 *     for (size_t i = 0; i < gs_ensemble_n_piece(&e); i++)
 *         GS_TRY(gs_ensemble_run(&e, i, pool, out, err));
 *
 * Memory O(piece); nothing is shared between pieces. */
#ifndef GUTSKIN_ENSEMBLE_H
#define GUTSKIN_ENSEMBLE_H

#include "gutskin/scenario.h"

enum { GS_ENSEMBLE_PIECE = 64 };

typedef struct gs_ensemble_view {
    bool is_state; /* else an observable */
    size_t at;     /* its index          */
} gs_ensemble_view;

typedef struct gs_ensemble {
    const gs_kernel *k;
    const gs_scenario *sc;
    size_t who;   /* person of the scenario whose life everybody lives */
    size_t n;     /* people                                             */
    size_t every; /* [d] a row every so many days, and on the last day  */
    uint64_t seed;
    gs_sim_opts sim;
    size_t n_view;
    const gs_ensemble_view *view; /* [n_view] */
    const gs_progress *progress;  /* asked within a piece whether to go on; may be NULL */
} gs_ensemble;

/* Rows a person: days every, 2 every, ... and n_day. */
size_t gs_ensemble_n_row(const gs_ensemble *e);
/* Day (from 1) whose end row i shows. */
size_t gs_ensemble_day(const gs_ensemble *e, size_t row);
/* Numbers a person: n_row * n_view. */
size_t gs_ensemble_width(const gs_ensemble *e);
size_t gs_ensemble_n_piece(const gs_ensemble *e);
/* People in a piece: GS_ENSEMBLE_PIECE, fewer in the last. */
size_t gs_ensemble_n_in(const gs_ensemble *e, size_t piece);

/* Personal parameters of person i: out_par [n_par]. */
void gs_ensemble_par(const gs_ensemble *e, size_t i, double *out_par);

/* Live one piece. out [n_in x n_row x n_view] in natural units; a person the model cannot
 * live is NaN from the failure on. Fails GS_ENOMEM, GS_ECANCEL; out then unspecified. */
gs_status gs_ensemble_run(const gs_ensemble *e, size_t piece, const gs_pool *pool,
                          double *out, gs_err *err);

/* Identity of an ensemble: two runs with equal fingerprints give equal numbers. text is the
 * scenario's. */
uint64_t gs_ensemble_fingerprint(const gs_ensemble *e, const char *text, size_t n_text);

#endif
