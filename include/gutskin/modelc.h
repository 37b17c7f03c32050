/* Model compiler: a spec becomes a kernel.
 *
 * Four back ends, one symbolic middle (expression graph with shared
 * subexpressions, exact derivatives):
 *   gs_modelc_interpret   kernel now, evaluated by a plain loop: judge and fallback
 *   gs_modelc_emit        C text of the kernel, for the build or for dlopen
 *   gs_modelc_stan        functions of the Stan language, for fits and benches there
 *   gs_modelc_show        the model as text or JSON for people and tools */
#ifndef GUTSKIN_MODELC_H
#define GUTSKIN_MODELC_H

#include "gutskin/arena.h"
#include "gutskin/kernel.h"
#include "gutskin/spec.h"
#include "gutskin/text.h"

typedef enum gs_modelc_part {
    GS_MODELC_WHOLE, /* one file: the kernel, with lanes for the CPU it is compiled for */
    GS_MODELC_KERNEL, /* the kernel, which expects the lanes of every level beside it */
    GS_MODELC_LANES  /* the lanes: to be compiled once a level and precision */
} gs_modelc_part;

typedef struct gs_modelc_opts {
    bool slave;         /* replace `fast` states by their momentary equilibrium */
    const char *symbol; /* emit: C identifier of the function returning the kernel */
    gs_modelc_part part; /* emit: which text */
} gs_modelc_opts;
#define GS_MODELC_OPTS                                                            \
    ((gs_modelc_opts){.slave = false, .symbol = "gs_model_kernel", .part = GS_MODELC_WHOLE})

/* Kernel in the arena; valid while the arena and the spec are.
 * Fails GS_EPARSE when a fast state's equation is not linear in itself (slave). */
gs_status gs_modelc_interpret(gs_arena *a, const gs_spec *spec, const gs_modelc_opts *o,
                              gs_kernel **out, gs_err *err);

/* C11 that includes only gutskin/kernel.h, gutskin/vec.h and <math.h>. WHOLE and KERNEL
 * define `const gs_kernel *SYMBOL(void)`, LANES `const gs_lanes SYMBOL_LEVEL_d` (or _f,
 * with GS_VEC_SINGLE), LEVEL being plain, two, avx2 or avx512 as compiled. Same spec and
 * options give the same bytes. */
gs_status gs_modelc_emit(const gs_spec *spec, const gs_modelc_opts *o, gs_buf *out,
                         gs_err *err);

/* The same rates and observables as a `functions` block of the Stan language:
 *     vector SYMBOL_rate(vector z, vector theta, vector lever)   [n_state] 1/d
 *     vector SYMBOL_seen(vector z, vector theta, vector lever)   [n_see]
 * z internal coordinates, theta the personal parameters in their order; the other
 * parameters are numbers in the text. Fails GS_EUSE for a model with events. */
gs_status gs_modelc_stan(const gs_spec *spec, const gs_modelc_opts *o, gs_buf *out,
                         gs_err *err);

/* Readable tables (states, levers, params with prior and source) or, with json set,
 * the same as one JSON object. */
gs_status gs_modelc_show(const gs_spec *spec, bool json, gs_buf *out, gs_err *err);

#endif
