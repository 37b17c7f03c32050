/* Rows as JSON, for tools. Written by hand: the shape is flat and the columns are a
 * list already. */
#include "evidence/column.h"

#include <math.h>

static void put_text(gs_buf *b, const char *t)
{
    gs_buf_put(b, "\"");
    for (; *t; t++) {
        if (*t == '"' || *t == '\\')
            gs_buf_printf(b, "\\%c", *t);
        else if ((unsigned char)*t < 0x20)
            gs_buf_printf(b, "\\u%04x", (unsigned)(unsigned char)*t);
        else
            gs_buf_put_n(b, t, 1);
    }
    gs_buf_put(b, "\"");
}

static void put_value(gs_buf *b, const gs_evidence_row *r, const ev_column *c)
{
    switch (c->kind) {
    case EV_NUM:
        if (isnan(EV_CAT(double, r, c)))
            gs_buf_put(b, "null");
        else
            gs_buf_printf(b, "%.10g", EV_CAT(double, r, c));
        break;
    case EV_YES:
        gs_buf_put(b, r->calibrates ? "true" : "false");
        break;
    case EV_GRADE:
        put_text(b, gs_grade_name(r->grade));
        break;
    case EV_DESIGN:
        put_text(b, gs_design_name(r->kind));
        break;
    case EV_RESULT:
        put_text(b, gs_result_name(r->result));
        break;
    default:
        put_text(b, EV_CAT(const char *, r, c));
        break;
    }
}

void gs_evidence_json(size_t n, const gs_evidence_row *const *row, gs_buf *out)
{
    gs_buf_put(out, "[");
    for (size_t i = 0; i < n; i++) {
        gs_buf_put(out, i ? ",\n {" : "\n {");
        for (size_t c = 0; c < ev_n_column; c++) {
            gs_buf_printf(out, "%s\"%s\": ", c ? ", " : "", ev_columns[c].name);
            put_value(out, row[i], &ev_columns[c]);
        }
        gs_buf_put(out, "}");
    }
    gs_buf_put(out, "\n]\n");
}
