/* What is known of a table's samples: a TSV or CSV, their names in its first column. */
#include "cli/gut_sheet.h"

#include "diary/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *gs_sheet_at(const gs_sheet *s, size_t row, size_t col)
{
    return s->cell[row * s->n_col + col];
}

/* "#SampleID" heads the metadata of QIIME and is no comment; nor in UTF-16. */
static void uncomment_head(char *text, size_t n)
{
    bool le = n > 4 && memcmp(text, "\xff\xfe#", 3) == 0, be = n > 4 && memcmp(text, "\xfe\xff\0#", 4) == 0;
    if (le || be)
        text[le ? 2 : 3] = ' ';
    size_t i = n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (i < n && (text[i] == '\n' || text[i] == '\r'))
        i++;
    if (i + 1 < n && text[i] == '#' && text[i + 1] != ' ' && text[i + 1] != '#')
        text[i] = ' ';
}

static gs_status read_sheet(gs_arena *a, const char *path, gs_sheet *out, gs_err *err)
{
    char *text;
    size_t n, len;
    gs_csv c;
    GS_TRY(gs_text_read_file(path, GS_CSV_BYTES, &text, &n, err));
    if (n == 0) {
        free(text);
        return gs_fail_at(err, GS_EPARSE, path, 0, 0, NULL, "is empty");
    }
    uncomment_head(text, n);
    gs_status st = gs_csv_read(a, path, text, n, &c, err);
    free(text);
    GS_TRY(st);
    if (c.n_row < 2)
        return gs_fail_at(err, GS_EPARSE, path, 0, 0, NULL, "no rows below the names of the columns");
    gs_sheet s = {.file = path, .n_row = c.n_row, .n_col = c.row[0].n};
    s.cell = GS_NEW(a, const char *, s.n_row * s.n_col + 1);
    s.line = GS_NEW(a, long, s.n_row);
    if (!s.cell || !s.line)
        return gs_fail(err, GS_ENOMEM, "out of memory for %s", path);
    for (size_t r = 0; r < s.n_row; r++) {
        s.line[r] = (long)c.row[r].line;
        for (size_t k = s.n_col; k < c.row[r].n; k++)
            if (gs_csv_cell(&c, r, k, &len), len)
                return gs_fail_at(err, GS_EPARSE, path, (long)c.row[r].line, 0, NULL, "%u cells, but %zu columns",
                                  c.row[r].n, s.n_col);
        for (size_t k = 0; k < s.n_col; k++) {
            const char *cell = gs_csv_cell(&c, r, k, &len);
            if (!(s.cell[r * s.n_col + k] = gs_arena_strndup(a, cell, len)))
                return gs_fail(err, GS_ENOMEM, "out of memory for %s", path);
        }
    }
    *out = s;
    return GS_OK;
}

/* The column of a name, or of the one name that begins like it ("antibiotics" finds
 * antibiotic_last_use, "skin" skin_condition). */
gs_status gs_sheet_column(const gs_sheet *s, const char *name, size_t *out, gs_err *err)
{
    const char *names[512] = {NULL};
    size_t n = s->n_col < 512 ? s->n_col : 512, hit = 0, found = 0, len = strlen(name);
    for (size_t c = 0; c < n; c++) {
        names[c] = gs_sheet_at(s, 0, c);
        if (!strcmp(names[c], name)) {
            *out = c;
            return GS_OK;
        }
    }
    len -= len > 3 && name[len - 1] == 's';
    for (size_t c = 1; c < n; c++)
        if (!strncasecmp(names[c], name, len))
            hit = c, found++;
    if (found == 1) {
        *out = hit;
        return GS_OK;
    }
    long near = gs_text_nearest(name, n, names);
    return gs_fail_at(err, GS_EFOUND, s->file, 1, 0, NULL,
                      found ? "\"%s\" begins several columns; write one in full%s%s%s"
                            : "no column \"%s\"%s%s%s", name, near >= 0 && !found ? "; did you mean \"" : "",
                      near >= 0 && !found ? names[near] : "", near >= 0 && !found ? "\"?" : "");
}

gs_status gs_sheet_find(const char *metadata, const char *table, gs_arena *a, gs_sheet *out,
                        gs_err *err)
{
    static const char *const names[] = {"metadata.tsv", "metadata.tsv.gz", "samples.tsv", "samples.tsv.gz"};
    char path[4096];
    const char *slash = strrchr(table, '/');
    int folder = slash ? (int)(slash - table + 1) : 0;
    if (metadata)
        return read_sheet(a, metadata, out, err);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%.*s%s", folder, table, names[i]);
        char *keep = gs_arena_strdup(a, path);
        if (keep && access(keep, R_OK) == 0) {
            fprintf(stderr, "metadata is taken from %s\n", keep);
            return read_sheet(a, keep, out, err);
        }
    }
    return gs_fail_at(err, GS_EIO, table, 0, 0, NULL, "no metadata.tsv or samples.tsv beside it; --metadata FILE names "
                      "the table that says who and when");
}
