/* Any bytes as facts from cohorts. */
#include "gutskin/calib.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    gs_arena *a = gs_arena_new((size_t)64 << 20);
    gs_fact *f;
    size_t n_fact;
    gs_err err = {0};

    if (gs_fact_read(a, "fuzz.csv", (const char *)data, n, &n_fact, &f, &err) != GS_OK && !err.msg[0])
        abort();
    gs_arena_free(a);
    return 0;
}
