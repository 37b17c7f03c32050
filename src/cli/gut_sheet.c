/* What is known of a table's samples: a TSV or CSV, their names in its first column. */
#include "cli/gut_sheet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *gs_sheet_at(const gs_sheet *s, size_t row, size_t col)
{
    return s->cell[row * s->n_col + col];
}

static gs_status read_sheet(gs_arena *a, const char *path, gs_sheet *out, gs_err *err)
{
    char *text;
    size_t n, n_row = 0;
    GS_TRY(gs_text_read_file(path, (size_t)1 << 28, &text, &n, err));
    char *own = gs_arena_strndup(a, text, n);
    free(text);
    if (!own)
        return gs_fail(err, GS_ENOMEM, "out of memory for %s", path);
    size_t first = strcspn(own, "\n");
    char sep = memchr(own, '\t', first) ? '\t' : memchr(own, ';', first) ? ';' : ',';
    gs_sheet s = {.file = path, .n_col = 1};
    for (size_t i = 0; i < first; i++)
        s.n_col += own[i] == sep;
    for (size_t i = 0; i < n; i++)
        n_row += own[i] == '\n';
    s.cell = GS_NEW(a, const char *, (n_row + 1) * s.n_col);
    if (!s.cell)
        return gs_fail(err, GS_ENOMEM, "out of memory for %s", path);
    long line = 0;
    for (char *p = own; *p;) {
        char *end = p + strcspn(p, "\n"), *more = *end ? end + 1 : end;
        size_t c = 0;
        *end = '\0';
        line++;
        if (end > p && end[-1] == '\r')
            end[-1] = '\0';
        for (char *q = p; *p && q; c++) {
            char *cut = strchr(q, sep);
            if (cut)
                *cut = '\0';
            size_t len = strlen(q);
            if (len > 1 && q[0] == '"' && q[len - 1] == '"')
                q[len - 1] = '\0', q++;
            if (c < s.n_col)
                s.cell[s.n_row * s.n_col + c] = q;
            q = cut ? cut + 1 : NULL;
        }
        if (c > s.n_col)
            return gs_fail_at(err, GS_EPARSE, path, line, 0, NULL, "%zu cells, but %zu columns", c, s.n_col);
        for (; c && c < s.n_col; c++)
            s.cell[s.n_row * s.n_col + c] = "";
        s.n_row += *p != '\0' || c;
        p = more;
    }
    if (s.n_row < 2)
        return gs_fail_at(err, GS_EPARSE, path, 0, 0, NULL, "no rows below the names of the columns");
    for (size_t k = 0; k < s.n_row * s.n_col; k++)
        s.cell[k] = s.cell[k] ? s.cell[k] : "";
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
