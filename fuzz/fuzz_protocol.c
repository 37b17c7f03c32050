/* Any bytes as a plan, and as the key of one: refused in a sentence, or read to something
 * that writes the same text again. */
#include "gutskin/experiment.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gs_arena *a = gs_arena_new(64u << 20);
    gs_err err = {0};
    gs_protocol *p, *again, blinded = {.name = "t", .commitment = "00"};
    const char *secret, *schedule;
    gs_buf one = {0}, two = {0};

    if (gs_protocol_read(a, "plan", (const char *)data, size, &p, &err) == GS_OK) {
        if (gs_protocol_text(p, &one, &err) == GS_OK) {
            if (gs_protocol_read(a, "plan", one.data, one.len, &again, &err) != GS_OK ||
                gs_protocol_text(again, &two, &err) != GS_OK || strcmp(one.data, two.data) != 0)
                abort();
        }
    } else if (!err.msg[0]) {
        abort();
    }
    if (gs_follow_open(a, &blinded, "key", (const char *)data, size, &secret, &schedule, &err) ==
        GS_OK)
        abort(); /* nothing has this hash */
    gs_buf_free(&one);
    gs_buf_free(&two);
    gs_arena_free(a);
    return 0;
}
