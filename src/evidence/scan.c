/* RFC 4180 text into fields: quotes resolved, records numbered by their lines. */
#include "evidence/scan.h"

#include <stdbool.h>
#include <string.h>

gs_status scan_bad(scan *s, long line, const char *field, const char *what)
{
    return gs_fail_at(s->err, GS_EPARSE, s->name, line, 0, field, "%s", what);
}

/* One field into *w; after it `at` stands on the byte that ended it. */
static gs_status scan_field(scan *s, char **w)
{
    bool quoted = s->at < s->n && s->text[s->at] == '"';
    const char *begin = *w;

    s->at += quoted;
    for (;; s->at++) {
        char c = s->at < s->n ? s->text[s->at] : '\0';
        if (quoted && s->at >= s->n)
            return scan_bad(s, s->row_line, NULL, "a quote is opened and never closed");
        if (s->at >= s->n || (!quoted && (c == s->comma || c == '\n' || c == '\r')))
            break;
        if (c == '"') {
            bool twice = quoted && s->at + 1 < s->n && s->text[s->at + 1] == '"';
            if (!quoted)
                return scan_bad(s, s->line, NULL, "a quote stands inside a field; put the "
                                             "whole field in quotes and double it");
            s->at += 1;
            if (!twice)
                break;
        }
        if (c == '\n')
            s->line++;
        if (*w - begin >= SCAN_FIELD_BYTES)
            return scan_bad(s, s->row_line, NULL, "a field is longer than 2000 bytes");
        *(*w)++ = c;
    }
    *(*w)++ = '\0';
    return GS_OK;
}

/* Next record into field[]; n_field = 0 at the end of the text. */
gs_status scan_record(scan *s)
{
    char *w = s->buf;

    s->n_field = 0;
    while (s->at < s->n && (s->text[s->at] == '\n' || s->text[s->at] == '\r'))
        s->line += s->text[s->at++] == '\n';
    s->row_line = s->line;
    while (s->at < s->n || s->n_field > 0) {
        if (s->n_field > s->max)
            return scan_bad(s, s->row_line, NULL, "there are more fields than columns");
        s->field[s->n_field++] = w;
        GS_TRY(scan_field(s, &w)); /* after the text's last comma: an empty one */
        char c = s->at < s->n ? s->text[s->at] : '\n';
        if (c == '\n' || c == '\r')
            return GS_OK; /* the line's end is eaten next time */
        if (c != s->comma)
            return scan_bad(s, s->line, NULL, "text follows a closing quote");
        s->at++;
    }
    return GS_OK;
}

gs_status scan_open(scan *s, gs_arena *a, const char *name, const char *text, size_t n,
                    size_t max, gs_err *err)
{
    memset(s, 0, sizeof *s);
    s->name = name;
    s->text = text;
    s->n = n;
    s->max = max < SCAN_FIELDS ? max : SCAN_FIELDS;
    s->line = 1;
    s->comma = ',';
    s->err = err;
    s->buf = gs_arena_alloc(a, (s->max + 2) * (SCAN_FIELD_BYTES + 2));
    return s->buf ? GS_OK : gs_fail(err, GS_ENOMEM, "no memory for the table");
}
