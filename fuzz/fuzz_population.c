/* Any bytes as a population file: draws that can be summed up and written, or a sentence. */
#include "gutskin/population.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    gs_arena *a = gs_arena_new((size_t)256 << 20);
    gs_population *p = NULL;
    gs_err err = {0};

    if (gs_population_read(a, "fuzz.csv", (const char *)data, n, &p, &err) == GS_OK) {
        gs_population_sum s;
        gs_buf b = {0};
        for (size_t c = 0; c < p->n_par; c++)
            gs_population_summary(p, (long)c, &s);
        gs_population_write(p, &b);
        gs_buf_free(&b);
    } else if (!err.msg[0]) {
        abort();
    }
    gs_arena_free(a);
    return 0;
}
