/* Any bytes as the tables of rules, split at the first zero byte or in the middle. */
#include "gutskin/plan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const char *text = (const char *)data, *gap = n ? memchr(text, '\0', n) : NULL;
    size_t first = gap ? (size_t)(gap - text) : n / 2;
    gs_arena *a = gs_arena_new((size_t)64 << 20);
    gs_plan_rules *g = NULL;
    gs_err err = {0};
    gs_plan p;

    if (gs_plan_rules_read(a, "levers.csv", text, first, "outcomes.csv", text + first + (gap != NULL),
                           n - first - (gap != NULL), &g, &err) == GS_OK) {
        const gs_evidence *ev = gs_evidence_shipped();
        for (size_t i = 0; i < ev->n; i += 40)
            gs_plan_make(g, &ev->row[i], &p);
    } else if (!err.msg[0]) {
        abort();
    }
    gs_arena_free(a);
    return 0;
}
