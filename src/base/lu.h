/* Sparse LU of d I - J, the matrix of every implicit stage.
 *
 * The pattern of a model's Jacobian never changes, so the elimination order (Markowitz,
 * diagonal pivots) and the fill are found once; a factorisation is then a fixed walk
 * over index lists, no search and no branch. Values live as [n_val][n_lane].
 *
 *     gs_lu *lu = gs_lu_new(arena, n, n_jac, row, col);
 *     gs_lu_shift(lu, 1, jac, &d, w);          // w = d I - J
 *     if (gs_lu_factor(lu, w)) gs_lu_solve(lu, 1, w, b);
 *
 * Diagonal pivots are safe for d large against the growing modes of J; where they are
 * not, the factorisation says so and the caller shortens its step. */
#ifndef GS_BASE_LU_H
#define GS_BASE_LU_H

#include "gutskin/arena.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct gs_lu {
    size_t n, n_jac;
    size_t n_val;            /* values of L, U and the pivots, fill included         */
    const uint16_t *order;   /* [n] variable eliminated at step k                    */
    const uint32_t *pivot;   /* [n+1] place of pivot k; L column, then U row, follow */
    const uint16_t *n_low;   /* [n] entries of L in step k; the rest are of U        */
    const uint16_t *var;     /* [n_val] row of an L entry, column of a U entry       */
    const uint32_t *target;  /* places changed, in the order of elimination          */
    const uint32_t *of_jac;  /* [n_jac] place of Jacobian entry e                    */
} gs_lu;

/* Analyse a pattern; the diagonal is added where absent. NULL when out of memory. */
gs_lu *gs_lu_new(gs_arena *a, size_t n, size_t n_jac, const uint16_t *row,
                 const uint16_t *col);

/* w [n_val][n_lane] = d I - J with d [n_lane], jac [n_jac][n_lane]. */
void gs_lu_shift(const gs_lu *lu, size_t n_lane, const double *jac, const double *d,
                 double *w);
/* In place. False when, in some lane, a pivot is zero or not finite (with one lane; with
 * more the bad lanes hold non-finite values, which their error norm rejects).
 * out_negative, unless NULL, counts the negative pivots of lane 0. */
bool gs_lu_factor(const gs_lu *lu, size_t n_lane, double *w, size_t *out_negative);
/* b [n][n_lane], in place. */
void gs_lu_solve(const gs_lu *lu, size_t n_lane, const double *w, double *b);
/* One-lane factors, m right-hand sides: b [n][m], in place. m a multiple of 4. */
void gs_lu_solve_many(const gs_lu *lu, const double *w, size_t m, double *b);

#endif
