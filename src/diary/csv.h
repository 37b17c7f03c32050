/* A CSV text as rows of cells, whatever program wrote it. */
#ifndef GS_DIARY_CSV_H
#define GS_DIARY_CSV_H

#include "gutskin/arena.h"
#include "gutskin/status.h"
#include <stdbool.h>
#include <stdint.h>

enum {
    GS_CSV_BYTES = 256 << 20, /* longest text                       */
    GS_CSV_FIELD = 32 << 10,  /* longest field                      */
    GS_CSV_COLS = 2000
};

typedef struct gs_cell {
    uint32_t at, n;
} gs_cell;

typedef struct gs_csv_row {
    uint32_t first, n; /* cells */
    uint32_t line;     /* where the row begins, 1-based */
} gs_csv_row;

/* Row 0 is the header. Cells are UTF-8, trimmed, unquoted, not NUL-terminated. */
typedef struct gs_csv {
    char *text;
    size_t n_row;
    gs_csv_row *row;
    gs_cell *cell;
    char sep;
    const char *encoding;
} gs_csv;

/* Fails GS_EPARSE with line and the mend: binary, another program's file, no
 * separator, a quote that is never closed, a field or row without end, an empty file.
 * Comment lines (#) and empty lines are passed over. Cost O(n), three passes. */
gs_status gs_csv_read(gs_arena *a, const char *name, const char *text, size_t n,
                      gs_csv *out, gs_err *err);

/* Text of a cell, "" with *n = 0 where the row has none. Never NULL. */
const char *gs_csv_cell(const gs_csv *c, size_t row, size_t col, size_t *n);

#endif
