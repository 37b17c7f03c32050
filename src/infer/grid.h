/* The grid filter behind filter.h. */
#ifndef GS_INFER_GRID_H
#define GS_INFER_GRID_H

#include "infer/filter.h"

bool grid_alloc(gs_arena *a, filter *f);
double grid_forward(filter *f, const link *l, const track *t, const double *eta,
                    const nuisance *v);
void grid_backward(filter *f, const link *l, const track *t, const double *eta,
                   const nuisance *v, double *d_eta, nuisance *g);

#endif
