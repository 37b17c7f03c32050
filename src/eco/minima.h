/* Internal to eco: distances on a chosen set of inner loops, for tests of the twins. */
#ifndef GS_ECO_MINIMA_H
#define GS_ECO_MINIMA_H

#include "eco/lanes.h"
#include "gutskin/eco.h"

/* out[i][j] (j > i) = sum over columns of min(val of row i, val of row j); val [n_entry] >= 0
 * beside r->val. Only the upper triangle is written. */
gs_status gs_minima(gs_arena *a, const gs_pool *pool, const gs_lanes *lane,
                    const gs_eco_rows *r, const double *val, double *out, gs_err *err);
gs_status gs_eco_distance_on(gs_arena *a, const gs_pool *pool, const gs_lanes *lane,
                             const gs_eco_rows *r, gs_eco_metric metric, double pseudo,
                             double *out, gs_err *err);
gs_status gs_eco_unifrac_on(gs_arena *a, const gs_pool *pool, const gs_lanes *lane,
                            const gs_eco_rows *r, const gs_eco_tree *t, const uint32_t *node,
                            bool weighted, double *out, gs_err *err);
gs_status gs_eco_permanova_on(gs_arena *a, const gs_pool *pool, const gs_lanes *lane,
                              size_t n, const double *dist, const uint32_t *group,
                              size_t n_group, size_t n_perm, uint64_t seed,
                              gs_eco_permanova *out, gs_err *err);

#endif
