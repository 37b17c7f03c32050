/* Any bytes as a trial design: read or refused with a sentence, never a crash. What was
 * read passes the check of designs. The model is a few names; none of it is run. */
#include "gutskin/trial.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const gs_state_info state[] = {
    {.name = "Y", .unit = "1", .start = 0.01, .lo = 0, .hi = 1},
    {.name = "Bs", .unit = "1", .start = 0.9, .lo = 0, .hi = 1}};
static const gs_par_info par[] = {{.name = "risk_eczema",
                                   .unit = "1",
                                   .value = 0.5,
                                   .lo = 0.1,
                                   .hi = 2,
                                   .prior = {GS_DIST_LOGNORMAL, 0.8, 1.3},
                                   .personal = true,
                                   .lever = ""},
                                  {.name = "gain_stress",
                                   .unit = "1",
                                   .value = 1,
                                   .lo = -2,
                                   .hi = 4,
                                   .personal = true,
                                   .lever = "stress"}};
static const gs_lever_info lever[] = {
    {.name = "fibre", .unit = "g/d", .lo = 0, .hi = 100, .habit = 18, .sd = 6},
    {.name = "stress", .unit = "1", .lo = 0, .hi = 1, .habit = 0.3, .sd = 0.15}};
static const gs_see_info see[] = {{.name = "signal_eczema", .unit = "1"},
                                  {.name = "crp", .unit = "mg/L"}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const gs_kernel k = {.name = "fuzz",
                         .n_lane = 1,
                         .n_state = 2,
                         .n_par = 2,
                         .n_lever = 2,
                         .n_see = 2,
                         .state = state,
                         .par = par,
                         .lever = lever,
                         .see = see};
    gs_arena *a = gs_arena_new(64u << 20);
    gs_trial *t;
    gs_err err = {0};
    if (!a)
        return 0;
    gs_status st =
        gs_trial_parse(a, &k, "fuzz.trial", (const char *)data, size, &t, &err);
    if (st != GS_OK && err.msg[0] == '\0')
        abort(); /* a refusal without a sentence */
    if (st == GS_OK && gs_trial_check(t, &k, &err) != GS_OK)
        abort(); /* read, and cannot be run */
    gs_arena_free(a);
    return 0;
}
