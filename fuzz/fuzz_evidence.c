/* Any bytes as an evidence table: a table or one sentence, never a crash. */
#include "gutskin/evidence.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    gs_arena *a = gs_arena_new((size_t)256 << 20);
    gs_evidence *ev = NULL;
    gs_err err = {0};

    if (gs_evidence_read(a, "fuzz.csv", (const char *)data, n, &ev, &err) == GS_OK) {
        gs_buf b = {0};
        const gs_evidence_row *row = ev->n ? &ev->row[0] : NULL;
        gs_evidence_json(row ? 1 : 0, &row, &b);
        gs_evidence_check_keys(ev, "fuzz.bib", (const char *)data, n, &err);
        gs_buf_free(&b);
    } else if (!err.msg[0] || ev) {
        abort(); /* a failure says why and gives nothing */
    }
    gs_arena_free(a);
    return 0;
}
