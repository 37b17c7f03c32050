/* Any bytes as a scenario: read or refused with a sentence, never a crash; what was read
 * can be asked for every day's levers. The model is a few names; none of it is run. */
#include "gutskin/scenario.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const gs_state_info state[] = {{.name = "Y", .unit = "1", .start = 0.01, .lo = 0, .hi = 1},
                                      {.name = "Bs", .unit = "1", .start = 0.9, .lo = 0, .hi = 1}};
static const gs_par_info par[] = {
    {.name = "risk_eczema", .unit = "1", .value = 0.5, .lo = 0.1, .hi = 2,
     .prior = {GS_DIST_LOGNORMAL, 0.8, 1.3}, .personal = true, .lever = ""},
    {.name = "gain_stress", .unit = "1", .value = 1, .lo = -2, .hi = 4, .personal = true,
     .lever = "stress"}};
static const gs_lever_info lever[] = {
    {.name = "fibre", .unit = "g/d", .lo = 0, .hi = 100, .habit = 18, .sd = 6},
    {.name = "stress", .unit = "1", .lo = 0, .hi = 1, .habit = 0.3, .sd = 0.15}};
static const gs_see_info see[] = {{.name = "signal_eczema", .unit = "1"},
                                  {.name = "crp", .unit = "mg/L"}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const gs_kernel k = {.name = "fuzz", .n_lane = 1, .n_state = 2, .n_par = 2, .n_lever = 2,
                         .n_see = 2, .state = state, .par = par, .lever = lever, .see = see};
    gs_arena *a = gs_arena_new(64u << 20);
    gs_scenario *sc;
    gs_err err = {0};
    if (!a)
        return 0;
    gs_status st = gs_scenario_parse(a, &k, "fuzz.scn", (const char *)data, size, &sc, &err);
    if (st != GS_OK && err.msg[0] == '\0')
        abort(); /* a refusal without a sentence */
    if (st == GS_OK && sc->n_day <= 2000) {
        double *all = malloc((sc->n_day + 1) * 2 * sizeof *all), habit[2];
        for (size_t i = 0; all && i < sc->n_person; i++) {
            gs_scenario_levers(sc, &k, i, sc->seed, all, habit);
            for (size_t d = 0; d < sc->n_day * 2; d++)
                if (!(all[d] >= lever[d % 2].lo && all[d] <= lever[d % 2].hi))
                    abort(); /* outside its range, or not a number */
        }
        free(all);
    }
    gs_arena_free(a);
    return 0;
}
