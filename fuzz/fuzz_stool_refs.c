/* The percentile tables of src/stool on any bytes, cut in three at the first two NULs or form
 * feeds: a sentence or tables, never a crash. */
#include "gutskin/stool.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gs_arena *a = gs_arena_new((size_t)64 << 20);
    char *text = malloc(size + 3), *part[3];
    gs_stool_refs *refs = NULL;
    gs_err err = {0};
    if (!a || !text) {
        gs_arena_free(a);
        free(text);
        return 0;
    }
    memcpy(text, data, size);
    memset(text + size, 0, 3);
    for (size_t i = 0, k = 0; i < size && k < 2; i++)
        if (text[i] == '\f') {
            text[i] = '\0';
            k++;
        }
    char *end = text + size;
    part[0] = text;
    for (int k = 1; k < 3; k++) {
        part[k] = part[k - 1] + strlen(part[k - 1]);
        part[k] += part[k] < end;
    }
    if (gs_stool_refs_parse(a, part[0], part[1], part[2], &refs, &err) != GS_OK && !err.msg[0])
        abort();
    gs_arena_free(a);
    free(text);
    return 0;
}
