/* From a spec to a graph: what every back end starts from. */
#ifndef GS_MODELC_BUILD_H
#define GS_MODELC_BUILD_H

#include "gutskin/kernel.h"
#include "gutskin/spec.h"
#include "model/ast.h"
#include "modelc/graph.h"

typedef struct gs_model_event {
    gs_ref when;
    size_t n_assign;
    const uint16_t *state; /* [n_assign] indices of kept states       */
    const gs_ref *value;   /* [n_assign] new internal coordinates     */
} gs_model_event;

/* Memory of one compilation: freed whole at its end. */
typedef struct gs_work {
    gs_arena *arena, *scratch;
} gs_work;
gs_status gs_work_new(gs_work *w, gs_err *err);
void gs_work_free(gs_work *w);

/* The model as roots of one graph. Leaves are INNER (index of a kept state), PARAM and
 * LEVER only. */
typedef struct gs_model_graph {
    gs_graph g;
    size_t n_state;       /* kept states */
    const uint32_t *kept; /* [n_state] index into spec->state */
    const gs_ref *dz;     /* [n_state] rates of the internal coordinates, 1/d */
    const gs_ref *see;    /* [spec->n_see] */
    const gs_model_event *event; /* [spec->n_event] */
    size_t n_fast;        /* slaved states */
    const uint32_t *slaved; /* [n_fast] index into spec->state */
    const gs_ref *fast;   /* [n_fast] their natural values */
} gs_model_graph;

/* factor: divide the rates of log states by the state term by term (the emitter's
 * form) instead of as a whole (the judge's); slave: replace fast states. Fails GS_EPARSE when a
 * fast state cannot be slaved (says why and where), GS_ENOMEM. */
gs_status gs_model_graph_build(gs_work *w, const gs_spec *spec, bool factor, bool slave,
                               gs_model_graph *out, gs_err *err);

/* Natural equilibria of the fast states in terms of the others (slave.c): on success
 * value[i] is set for every fast state. rate[] are the rates in natural coordinates. */
gs_status gs_slave(const gs_spec *spec, gs_graph *g, const gs_ref *rate, gs_ref *value,
                   gs_err *err);
/* out[i] = root[i] with every STATE j replaced by value[j] (NONE = left as it is).
 * The values are taken as they are: nothing inside them is replaced. root and out
 * may be the same array. */
gs_status gs_substitute(gs_graph *g, const gs_ref *value, size_t n,
                        const gs_ref *root, gs_ref *out, gs_err *err);
/* keep[i] = 1 for every node that root[0..n) need. keep has g->n bytes, zeroed. */
void gs_graph_mark(const gs_graph *g, const gs_ref *root, size_t n, unsigned char *keep);
/* r = quot*x + rest for the leaf x, GS_REF_NONE standing for zero. */
typedef enum gs_split_how {
    GS_SPLIT_LINEAR, /* quot must be free of x: false when r is not linear in x */
    GS_SPLIT_FACTOR  /* whatever contains the factor x goes to quot; never fails */
} gs_split_how;
bool gs_split(gs_graph *g, gs_ref r, gs_ref x, gs_split_how how,
              gs_ref *out_quot, gs_ref *out_rest);

/* The descriptive half of a kernel: names, ranges, priors, from the spec. */
gs_status gs_kernel_describe(gs_arena *a, const gs_spec *spec, const gs_model_graph *m,
                             bool slave, gs_kernel *k, gs_err *err);

#endif
