/* Any bytes as an answer's JSON: an answer that can be written again and is then the
 * same, or one sentence. */
#include "gutskin/answer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static gs_answer *read_answer(gs_arena *a, const char *text, size_t n)
{
    gs_answer *x = NULL;
    gs_err err = {0};

    if (gs_answer_from_json(a, text, n, &x, &err) == GS_OK)
        return x;
    if (!err.msg[0] || x)
        abort(); /* a failure says why and gives nothing */
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    gs_arena *a = gs_arena_new((size_t)256 << 20);
    gs_answer *x = read_answer(a, (const char *)data, n);
    gs_buf one = {0}, two = {0};

    if (x) {
        if (gs_answer_to_json(x, &one, NULL) != GS_OK)
            abort();
        x = read_answer(a, one.data, one.len);
        if (!x || gs_answer_to_json(x, &two, NULL) != GS_OK || one.len != two.len ||
            memcmp(one.data, two.data, one.len) != 0)
            abort();
    }
    gs_buf_free(&one);
    gs_buf_free(&two);
    gs_arena_free(a);
    return 0;
}
