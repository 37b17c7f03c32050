/* Any bytes as claims. */
#include "gutskin/known.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    gs_arena *a = gs_arena_new((size_t)64 << 20);
    gs_known *k;
    size_t n_known;
    gs_err err = {0};

    if (gs_known_read(a, "fuzz.txt", (const char *)data, n, &n_known, &k, &err) != GS_OK && !err.msg[0])
        abort();
    gs_arena_free(a);
    return 0;
}
