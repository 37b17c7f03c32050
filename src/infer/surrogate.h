/* Building an emulator for a problem around what is known of its posterior. */
#ifndef GS_INFER_SURROGATE_H
#define GS_INFER_SURROGATE_H

#include "infer/problem.h"

/* Emulator for posteriors near centre + L N(0,1) (all n_dim dimensions), designed 1.5
 * times as wide, set in every workspace w[0..n_slot). The lowest degree that will do:
 * on 12 points drawn from there the log posterior errs by less than 0.15 (root mean
 * square), coarse filters included. False when the model does not let itself be described
 * so: the highest degree errs by more than 1, or too few design points can be lived. */
bool surrogate_build(gs_arena *a, const problem *p, post **w, size_t n_slot,
                     const gs_pool *pool, uint64_t seed, const double *centre,
                     const double *L);
/* Back to the simulator. */
void surrogate_drop(post **w, size_t n_slot);

#endif
