/* The emitter's half of the middle: simplified graphs and symbolic derivatives. */
#ifndef GS_MODELC_FOLD_H
#define GS_MODELC_FOLD_H

#include "modelc/build.h"

/* The same model over a new, simplifying graph: power products as one exp of a sum of
 * logarithms, quarter and whole powers by roots and products, reciprocals shared.
 * Values agree with the plain graph to rounding. */
gs_status gs_fold(gs_work *w, const gs_spec *spec, const gs_model_graph *m,
                  gs_model_graph *out, gs_err *err);

/* Derivatives of chosen roots by chosen leaves. Variable v < n_state is INNER v; then
 * the params, by index, for which with_par is set. */
typedef struct gs_grad {
    size_t n;          /* non-zero derivatives, sorted by root then variable */
    uint32_t *root;    /* [n] */
    uint32_t *var;     /* [n] */
    gs_ref *value;     /* [n] */
} gs_grad;
gs_status gs_derive(gs_work *w, gs_graph *g, size_t n_state, const bool *with_par,
                    const gs_ref *root, size_t n_root, gs_grad *out, gs_err *err);

#endif
