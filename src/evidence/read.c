/* Reader of evidence.csv: RFC 4180 text into rows.
 *
 * bytes -> fields (quotes resolved, in place in the arena) -> a row by ev_columns ->
 * ev_check_row -> all rows -> ev_check_table. The first thing that is wrong ends it,
 * with line and column name; a table is read whole or not at all. */
#include "evidence/column.h"
#include "evidence/scan.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#define C(name_, kind_, field_) {#name_, kind_, offsetof(gs_evidence_row, field_), 0, 0}
#define N(name_, field_, lo_, hi_) {#name_, EV_NUM, offsetof(gs_evidence_row, field_), lo_, hi_}
const ev_column ev_columns[] = {
    C(id, EV_NAME, id), C(trial, EV_NAME, trial), C(condition, EV_NAME, condition),
    C(lever, EV_NAME, lever), C(result, EV_RESULT, result), C(what, EV_WORDS, what),
    C(control, EV_TEXT, control), C(population, EV_TEXT, population), C(age, EV_TEXT, age),
    N(n_treat, n_treat, 1, 1e9), N(n_control, n_control, 1, 1e9),
    C(kind, EV_DESIGN, kind), C(design, EV_WORDS, design), N(weeks, weeks, 0, 2000),
    C(outcome, EV_WORDS, outcome), C(unit, EV_WORDS, unit), C(arms, EV_TEXT, arms),
    N(base_treat, base_treat, -1e9, 1e9), N(base_control, base_control, -1e9, 1e9),
    N(arm_treat, arm_treat, -1e9, 1e9), N(arm_control, arm_control, -1e9, 1e9),
    C(effect_type, EV_WORDS, effect_type), N(effect, effect, -1e9, 1e9),
    N(ci_lo, ci_lo, -1e9, 1e9), N(ci_hi, ci_hi, -1e9, 1e9), N(p, p, 0, 1),
    C(finding, EV_NAME, finding), C(source, EV_WORDS, source), C(key, EV_NAME, key),
    C(grade, EV_GRADE, grade), C(calibrates, EV_YES, calibrates),
    C(why_not, EV_TEXT, why_not), C(caution, EV_TEXT, caution),
};
enum { N_COLUMN = sizeof ev_columns / sizeof *ev_columns };
const size_t ev_n_column = N_COLUMN;
#undef C
#undef N

enum { MAX_TEXT = 16 << 20 };

/* The header, read already or next: which column stands where. */
gs_status ev_read_header(scan *s, size_t *order)
{
    bool seen[N_COLUMN] = {false};

    if (s->n_field == 0)
        GS_TRY(scan_record(s));
    for (size_t i = 0; i < s->n_field; i++) {
        size_t c = 0;
        while (c < N_COLUMN && strcmp(ev_columns[c].name, s->field[i]) != 0)
            c++;
        if (c == N_COLUMN || seen[c])
            return gs_fail_at(s->err, GS_EPARSE, s->name, s->row_line, 0, s->field[i],
                              c == N_COLUMN ? "is no column of the evidence table"
                                            : "stands twice in the header");
        seen[c] = true;
        order[i] = c;
    }
    for (size_t c = 0; c < N_COLUMN; c++) {
        if (!seen[c])
            return gs_fail_at(s->err, GS_EPARSE, s->name, s->row_line, 0,
                              ev_columns[c].name, "is missing from the header");
    }
    return GS_OK;
}

static bool is_name(const char *t)
{
    return *t && strspn(t, "abcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(t);
}

static gs_status read_number(struct scan *s, const ev_column *c, const char *t, double *out)
{
    *out = NAN;
    if (!*t)
        return GS_OK;
    if (!gs_text_number(t, strlen(t), false, out))
        return gs_fail_at(s->err, GS_EPARSE, s->name, s->row_line, 0, c->name,
                          "\"%.40s\" is no number; leave it empty if it was not reported", t);
    if (*out < c->lo || *out > c->hi)
        return gs_fail_at(s->err, GS_ERANGE, s->name, s->row_line, 0, c->name,
                          "%g is outside %g..%g", *out, c->lo, c->hi);
    return GS_OK;
}

static gs_status read_word(struct scan *s, const ev_column *c, const char *t,
                           gs_evidence_row *r)
{
    long i = c->kind == EV_GRADE ? gs_grade_find(t)
             : c->kind == EV_DESIGN ? gs_design_find(t) : gs_result_find(t);

    if (i < 0)
        return gs_fail_at(s->err, GS_EPARSE, s->name, s->row_line, 0, c->name,
                          "\"%.40s\" is none of the known words; "
                          "data/evidence/README.md lists them", t);
    if (c->kind == EV_GRADE)
        r->grade = (gs_grade)i;
    else if (c->kind == EV_DESIGN)
        r->kind = (gs_design)i;
    else
        r->result = (gs_result)i;
    return GS_OK;
}

static gs_status read_value(struct scan *s, gs_arena *a, const ev_column *c, const char *t,
                            gs_evidence_row *r)
{
    switch (c->kind) {
    case EV_NUM:
        return read_number(s, c, t, &EV_AT(double, r, c));
    case EV_GRADE:
    case EV_DESIGN:
    case EV_RESULT:
        return read_word(s, c, t, r);
    case EV_YES:
        r->calibrates = strcmp(t, "yes") == 0;
        if (!r->calibrates && strcmp(t, "no") != 0)
            return scan_bad(s, s->row_line, c->name, "should be yes or no");
        return GS_OK;
    case EV_NAME:
        if (!is_name(t))
            return scan_bad(s, s->row_line, c->name,
                       "should be a name of small letters, digits, - and _");
        break;
    case EV_WORDS:
        if (!*t)
            return scan_bad(s, s->row_line, c->name, "is empty; say it in a few words");
        break;
    case EV_TEXT:
        break;
    }
    EV_AT(const char *, r, c) = gs_arena_strdup(a, t);
    return EV_AT(const char *, r, c) ? GS_OK : gs_fail(s->err, GS_ENOMEM,
                                                       "no memory for the evidence table");
}

gs_status ev_read_row(scan *s, gs_arena *a, const size_t *order, gs_evidence_row *r)
{
    if (s->n_field != N_COLUMN)
        return gs_fail_at(s->err, GS_EPARSE, s->name, s->row_line, 0, NULL,
                          "%zu fields where the header has %d", s->n_field, (int)N_COLUMN);
    r->line = s->row_line;
    r->reading = r->fault = "";
    for (size_t i = 0; i < N_COLUMN; i++)
        GS_TRY(read_value(s, a, &ev_columns[order[i]], s->field[i], r));
    return ev_check_row(s->name, r, s->err);
}

static gs_status read_rows(struct scan *s, gs_arena *a, gs_evidence *ev)
{
    size_t order[N_COLUMN], room = 0;
    gs_evidence_row *rows = NULL;

    GS_TRY(ev_read_header(s, order));
    for (;;) {
        GS_TRY(scan_record(s));
        if (s->n_field == 0)
            break;
        if (ev->n == room) {
            room = room ? 2 * room : 256;
            gs_evidence_row *more = GS_NEW(a, gs_evidence_row, room);
            if (!more)
                return gs_fail(s->err, GS_ENOMEM, "no memory for the evidence table");
            if (ev->n)
                memcpy(more, rows, ev->n * sizeof *rows);
            rows = more;
        }
        GS_TRY(ev_read_row(s, a, order, &rows[ev->n]));
        ev->n++;
    }
    ev->row = rows;
    return ev_check_table(s->name, ev, s->err);
}

gs_status gs_evidence_read(gs_arena *a, const char *name, const char *text, size_t n,
                           gs_evidence **out, gs_err *err)
{
    size_t where;

    if (n > MAX_TEXT)
        return gs_fail_at(err, GS_EPARSE, name, 0, 0, NULL, "is larger than 16 MiB");
    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        n -= 3;
    }
    if (!gs_text_utf8(text, n, &where))
        return gs_fail_at(err, GS_EPARSE, name, 0, 0, NULL,
                          "is not UTF-8 text (byte %zu)", where);
    gs_mark mark = gs_arena_mark(a);
    gs_evidence *ev = GS_NEW(a, gs_evidence, 1);
    struct scan s;
    gs_status st = ev ? scan_open(&s, a, name, text, n, N_COLUMN, err)
                      : gs_fail(err, GS_ENOMEM, "no memory for the evidence table");
    if (st == GS_OK)
        st = read_rows(&s, a, ev);
    if (st != GS_OK) {
        gs_arena_release(a, mark);
        return st;
    }
    *out = ev;
    return GS_OK;
}

/* ---- the shipped table, embedded at build time ------------------------------ */

extern const char gs_evidence_csv[];
extern const size_t gs_evidence_csv_len;

struct shipped {
    gs_arena *arena;
    gs_evidence *ev;
};

const gs_evidence *gs_evidence_shipped(void)
{
    static _Atomic(struct shipped *) once;
    static const gs_evidence nothing;
    struct shipped *have = atomic_load(&once), *none = NULL;

    if (have)
        return have->ev;
    // read it; if another thread was first, ours is thrown away
    gs_arena *a = gs_arena_new(0);
    have = a ? GS_NEW(a, struct shipped, 1) : NULL;
    if (!have || gs_evidence_read(a, "evidence.csv", gs_evidence_csv, gs_evidence_csv_len,
                                  &have->ev, NULL) != GS_OK) {
        gs_arena_free(a);
        return &nothing;
    }
    have->arena = a;
    if (!atomic_compare_exchange_strong(&once, &none, have)) {
        gs_arena_free(a);
        have = none;
    }
    return have->ev;
}
