/* Inside the emitter: what emit.c (the kernel for one person) and emit_lanes.c (for a
 * vector of people) share. */
#ifndef GS_MODELC_EMIT_H
#define GS_MODELC_EMIT_H

#include "gutskin/modelc.h"
#include "modelc/fold.h"

typedef struct gs_plan gs_plan;

typedef struct emitter {
    const gs_spec *spec;
    const gs_modelc_opts *o;
    gs_work *w;
    gs_model_graph m;   /* folded */
    gs_kernel k;        /* descriptive half */
    gs_grad rate;       /* of dz, by states and personal params */
    gs_grad see;        /* of see, by states and all params     */
    gs_buf *out;
    uint32_t *name;     /* temporary of a node in the function at hand, 0 = none */
    unsigned char *keep;
    uint32_t n_name;
    /* lanes only, else NULL: place in c of what is worked out once a day, + 1 */
    uint32_t *slot;
    uint32_t n_slot;
    uint32_t *pow_slot; /* of a power whose exponent stands still: place of its sign, + 1 */
    struct gs_plan *plan; /* order of the function at hand, emit_lanes.c */
    bool in_day;        /* in the function that works it out */
} emitter;

void gs_emit_line(emitter *e, const char *text);
/* New function: no node has a temporary yet. */
void gs_emit_fresh(emitter *e);
/* A node as an operand; as a new temporary; into array[i]. */
void gs_emit_ref(emitter *e, gs_ref r);
void gs_emit_node(emitter *e, gs_ref r);
void gs_emit_store(emitter *e, const char *array, size_t i, gs_ref r);
bool gs_emit_is_mask(gs_gop op);

/* emit_lanes.c: the whole section */
gs_status gs_emit_lanes(emitter *e, gs_err *err);

#endif
