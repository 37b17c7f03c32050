/* Any bytes as a table in another shape: rows that can be planned, or one sentence. */
#include "gutskin/plan.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    gs_arena *a = gs_arena_new((size_t)256 << 20);
    gs_evidence *ev = NULL;
    gs_err err = {0};
    gs_plan p;

    gs_evidence_is_foreign((const char *)data, n);
    if (gs_evidence_read_foreign(a, "fuzz.csv", (const char *)data, n, &ev, &err) == GS_OK) {
        for (size_t i = 0; i < ev->n; i++) {
            gs_plan_make(gs_plan_rules_shipped(), &ev->row[i], &p);
            if (p.contrast == (p.why[0] != '\0') || ev->row[i].calibrates)
                abort();
        }
    } else if (!err.msg[0] || ev) {
        abort(); /* a failure says why and gives nothing */
    }
    ev = NULL;
    err = (gs_err){0};
    if (gs_evidence_read_any(a, "fuzz.csv", (const char *)data, n, &ev, &err) == GS_OK) {
        for (size_t i = 0; i < ev->n; i++) {
            gs_plan_make(gs_plan_rules_shipped(), &ev->row[i], &p);
            if (p.contrast == (p.why[0] != '\0') || (p.contrast && p.n_move == 0 && !p.outside))
                abort();
        }
    } else if (!err.msg[0] || ev) {
        abort();
    }
    gs_arena_free(a);
    return 0;
}
