/* What is known of a table's samples: a TSV or CSV, their names in its first column. */
#ifndef GS_CLI_GUT_SHEET_H
#define GS_CLI_GUT_SHEET_H

#include "gutskin/arena.h"
#include "gutskin/text.h"

typedef struct gs_sheet {
    const char *file;
    size_t n_row, n_col; /* row 0 names the columns */
    const char **cell;
    long *line; /* [n_row] in the file */
} gs_sheet;

const char *gs_sheet_at(const gs_sheet *s, size_t row, size_t col);
/* The file named, or metadata.tsv or samples.tsv (.gz) beside the table, said on stderr.
 * Fails GS_EIO, GS_EPARSE with line. */
gs_status gs_sheet_find(const char *metadata, const char *table, gs_arena *a, gs_sheet *out,
                        gs_err *err);
/* The column of a name, or of the one name that begins like it. Fails GS_EFOUND. */
gs_status gs_sheet_column(const gs_sheet *s, const char *name, size_t *out, gs_err *err);

#endif
