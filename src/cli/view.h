/* What of a simulation is shown: observables and states by name. */
#ifndef GS_CLI_VIEW_H
#define GS_CLI_VIEW_H

#include "gutskin/scenario.h"

/* Column i is observable or state number at[i]. */
typedef struct gs_view {
    size_t n;
    const char **name, **unit;
    size_t *at;
    bool *is_state;
} gs_view;

/* What the scenario watches, or the names of the option --see ("a,b") unless it is NULL.
 * Fails GS_EFOUND (no such name; says what may have been meant), GS_EUSE, GS_ENOMEM. */
gs_status gs_view_choose(gs_arena *a, const gs_kernel *k, const gs_scenario *sc,
                         const char *option, gs_view *out, gs_err *err);

#endif
