/* Levers: the list, their lags, their evidence. */
#include "advice/lever.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const lever_ask asks[] = {
#define X(name, title, kind, step, lo, hi, text, factor, unit, also, caution)     \
    {name, title, kind, step, lo, hi, text, factor, unit, also, caution},
#include "advice/lever.def"
#undef X
};
enum { N_ASK = sizeof asks / sizeof *asks };

const lever_ask *lever_at(size_t i)
{
    return i < N_ASK ? &asks[i] : NULL;
}

const lever_ask *lever_find(const char *name)
{
    for (size_t i = 0; i < N_ASK; i++) {
        if (strcmp(asks[i].name, name) == 0)
            return &asks[i];
    }
    return NULL;
}

/* ---- lags: data/lever_lags.csv, embedded at build time ----------------------- */

extern const char gs_lever_lags_csv[];
extern const size_t gs_lever_lags_csv_len;

/* The i-th field of a line of plain fields; its length in *n. */
static const char *field_of(const char *line, size_t i, size_t *n)
{
    for (; i > 0; i--)
        line += strcspn(line, ",\n") + 1;
    *n = strcspn(line, ",\n");
    return line;
}

static bool field_is(const char *line, size_t i, const char *word)
{
    size_t n;
    const char *f = field_of(line, i, &n);

    return n == strlen(word) && memcmp(f, word, n) == 0;
}

/* lever,condition,change,unit,weeks,block_weeks,slowest_state,tau_d,...; a test holds the
 * header to that. */
static const char *lag_line(const char *lever, const char *condition)
{
    for (const char *line = gs_lever_lags_csv; line && *line;) {
        if (*line != '#' && field_is(line, 0, lever) && field_is(line, 1, condition))
            return line;
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    return NULL;
}

bool lever_lag(const char *lever, const char *condition, double *weeks, double *block)
{
    const char *line = lag_line(lever, condition);
    size_t n;

    *weeks = *block = 4;
    if (!line)
        return false;
    *weeks = strtod(field_of(line, 4, &n), NULL);
    *block = strtod(field_of(line, 5, &n), NULL);
    return true;
}

bool lever_slowest(const char *lever, const char *condition, char *out_state, size_t n,
                   double *out_tau)
{
    const char *line = lag_line(lever, condition), *state;
    size_t len = 0;

    *out_tau = 10;
    if (n)
        *out_state = '\0';
    if (!line)
        return false;
    state = field_of(line, 6, &len);
    if (n) {
        len = len < n ? len : n - 1;
        memcpy(out_state, state, len);
        out_state[len] = '\0';
    }
    *out_tau = strtod(field_of(line, 7, &len), NULL);
    return true;
}

long lever_gain(const gs_kernel *k, const char *lever)
{
    for (size_t i = 0; i < k->n_par; i++) {
        if (k->par[i].personal && strcmp(k->par[i].lever, lever) == 0)
            return (long)i;
    }
    return -1;
}

/* ---- evidence ---------------------------------------------------------------- */

/* Is word one of list's, which are parted by '|'? */
static bool listed(const char *list, const char *word)
{
    size_t n = strlen(word);

    for (const char *p = list; *p; p += *p == '|') {
        size_t k = strcspn(p, "|");
        if (k == n && memcmp(p, word, n) == 0)
            return true;
        p += k;
    }
    return false;
}

/* How far a row is from the best there could be; below 0: not about this. */
static int distance(const gs_evidence_row *r, const lever_ask *l, const char *lever,
                    const char *condition)
{
    static const int by_result[] = {0, 5, 30, 50, 60, -1}; /* order of gs_result */
    static const int by_grade[] = {0, 4, 40};
    bool own = strcmp(r->lever, lever) == 0;
    int d = by_result[r->result];

    if (d < 0 || strcmp(r->why_not, "not_skin") == 0 ||
        (!own && !(l && listed(l->also, r->lever))))
        return -1;
    if (strcmp(r->condition, condition) != 0) {
        if (strcmp(r->condition, "any") != 0)
            return -1;
        d += 40;
    }
    d += by_grade[r->grade] + (own ? 0 : 8) + (r->calibrates ? 0 : 10);
    d += strcmp(r->why_not, "faulty") == 0 ? 60 : 0;
    d += isnan(r->effect) ? 6 : 0;
    d += gs_design_randomised(r->kind) ? 0 : 100;
    return d - (r->kind == GS_DESIGN_POOLED ? 3 : 0) + 3;
}

size_t lever_rows(const gs_evidence *ev, const char *lever, const char *condition,
                  const gs_evidence_row *out[LEVER_MAX_ROWS])
{
    const lever_ask *l = lever_find(lever);
    int at[LEVER_MAX_ROWS];
    size_t n = 0;

    for (size_t i = 0; ev && i < ev->n; i++) {
        int d = distance(&ev->row[i], l, lever, condition);
        if (d < 0 || (n == LEVER_MAX_ROWS && d >= at[n - 1]))
            continue;
        // insert, the order of the table among equals
        size_t j = n < LEVER_MAX_ROWS ? n++ : n - 1;
        for (; j > 0 && at[j - 1] > d; j--) {
            at[j] = at[j - 1];
            out[j] = out[j - 1];
        }
        at[j] = d;
        out[j] = &ev->row[i];
    }
    return n;
}

static bool may_speak(const gs_evidence_row *r, const char *lever, const char *condition)
{
    bool skin = r->result == GS_RESULT_SEVERITY || r->result == GS_RESULT_RESPONSE;
    bool sound = gs_design_randomised(r->kind) && r->grade != GS_GRADE_MEMORY &&
                 strcmp(r->why_not, "faulty") != 0 && strcmp(r->why_not, "not_skin") != 0;

    return skin && sound && !strcmp(r->lever, lever) && !strcmp(r->condition, condition);
}

/* Better results minus others of r's trial. */
static int voice(const gs_evidence *ev, const gs_evidence_row *r)
{
    int n = 0;

    for (size_t i = 0; i < ev->n; i++) {
        const gs_evidence_row *q = &ev->row[i];
        if (!may_speak(q, r->lever, r->condition) || strcmp(q->trial, r->trial) != 0)
            continue;
        n += !strcmp(q->finding, "better");
        n -= !strcmp(q->finding, "null") || !strcmp(q->finding, "worse");
    }
    return (n > 0) - (n < 0);
}

int lever_support(const gs_evidence *ev, const char *lever, const char *condition)
{
    int sum = 0;

    for (size_t i = 0; ev && i < ev->n; i++) {
        const gs_evidence_row *r = &ev->row[i];
        bool first = may_speak(r, lever, condition);
        for (size_t j = 0; first && j < i; j++)
            first = !may_speak(&ev->row[j], lever, condition) ||
                    strcmp(ev->row[j].trial, r->trial) != 0;
        sum += first ? voice(ev, r) : 0;
    }
    return sum;
}
