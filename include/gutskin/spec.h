/* Spec: a model file, parsed and checked. docs/language.md is the manual.
 *
 *     gs_arena *a = gs_arena_new(0);
 *     gs_spec *spec;
 *     GS_TRY(gs_spec_parse(a, "axis.gs", text, n, &spec, err));   // grammar and names
 *     GS_TRY(gs_spec_check_units(spec, units, err));              // dimensions
 *     GS_TRY(gs_modelc_interpret(a, spec, opts, &kernel, err));   // modelc.h */
#ifndef GUTSKIN_SPEC_H
#define GUTSKIN_SPEC_H

#include "gutskin/arena.h"
#include "gutskin/status.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct gs_spec gs_spec; /* lives in the arena it was parsed into; constant */

/* Parse text[0..n) of the file called name (used in messages only). On success
 * *out is complete: names resolved, ranges and priors sane, every state has one
 * equation. Fails GS_EPARSE with line, column and the mend; GS_ERANGE for values
 * outside their range; GS_ENOMEM. Bounded: text <= 4 MiB, nesting <= 200. */
gs_status gs_spec_parse(gs_arena *a, const char *name, const char *text, size_t n,
                        gs_spec **out, gs_err *err);

/* Unit system, lent by the caller (src/unit/ wraps udunits2). */
typedef struct gs_unit_ops {
    /* Parse a unit text; NULL when unknown. The rest work on parsed units. */
    void *(*parse)(void *self, const char *text);
    void *(*mul)(void *self, void *a, void *b);
    void *(*pow)(void *self, void *a, double exponent); /* NULL when undefined */
    bool (*same)(void *self, void *a, void *b); /* equal incl. scale */
    void (*format)(void *self, void *a, char *buf, size_t n);
    /* x in a = x * *out in b, for the mend in messages; false when no such factor.
     * May be NULL. */
    bool (*factor)(void *self, void *a, void *b, double *out);
    void *self;
} gs_unit_ops;

/* Every expression's unit is derived and compared with what is declared. Fails
 * GS_EUNIT at the first disagreement, naming both units. */
gs_status gs_spec_check_units(const gs_spec *spec, const gs_unit_ops *units, gs_err *err);

#endif
