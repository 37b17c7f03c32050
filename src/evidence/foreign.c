/* Tables in the shape published collections have: one result a row, columns named as in
 * gutskin/plan.h. Their words become ours by data/evidence/words.csv (the first word
 * that a field holds counts); numbers that are words become "not reported", never zero. */
#include "gutskin/plan.h"

#include "evidence/scan.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_FOREIGN = 16 << 20 };

typedef enum column {
    ID, CONDITION, LEVER, INTERVENTION, DOSE, COMPARATOR, POPULATION, AGE, N_TREAT,
    N_CONTROL, DESIGN, WEEKS, OUTCOME, UNIT, BASE_TREAT, BASE_CONTROL, EFFECT_TYPE,
    EFFECT_TREAT, EFFECT_CONTROL, EFFECT, CI_LOW, CI_HIGH, P, AUTHOR, YEAR, DOI, VERIFIED,
    NOTES, N_COL
} column;

static const char *const col_name[N_COL] = {
    "id", "condition", "lever", "intervention", "dose", "comparator", "population",
    "age_years", "n_treat", "n_control", "design", "duration_weeks", "outcome",
    "outcome_unit", "baseline_treat", "baseline_control", "effect_type", "effect_treat",
    "effect_control", "effect", "ci_low", "ci_high", "p_value", "first_author", "year",
    "doi_or_pmid", "verified", "confidence_notes"};
static const bool col_needed[N_COL] = {[ID] = true, [CONDITION] = true, [LEVER] = true,
                                       [OUTCOME] = true, [EFFECT_TYPE] = true, [EFFECT] = true};

/* ---- words ---------------------------------------------------------------------- */

extern const char gs_map_words[];
extern const size_t gs_map_words_len;

static void lower(char *out, size_t n, const char *t)
{
    size_t i = 0;

    for (; t[i] && i + 1 < n; i++)
        out[i] = (char)tolower((unsigned char)t[i]);
    out[i] = '\0';
}

/* What the first word of this kind that text holds means; "" when none. The list is a
 * plain CSV without quotes, three fields a line, walked in place. */
static const char *meaning(const char *kind, const char *text, char *buf, size_t n)
{
    const char *at = gs_map_words, *end = gs_map_words + gs_map_words_len;
    char low[600], word[64];

    lower(low, sizeof low, text);
    buf[0] = '\0';
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const char *a = memchr(at, ',', (size_t)(end - at));
        const char *b = a ? memchr(a + 1, ',', (size_t)(end - a - 1)) : NULL;
        if (!stop || !b || b > stop)
            break;
        if ((size_t)(a - at) == strlen(kind) && strncmp(at, kind, (size_t)(a - at)) == 0 &&
            (size_t)(b - a) <= sizeof word && (size_t)(stop - b) <= n) {
            memcpy(word, a + 1, (size_t)(b - a - 1));
            word[b - a - 1] = '\0';
            if (strstr(low, word)) {
                memcpy(buf, b + 1, (size_t)(stop - b - 1));
                buf[stop - b - 1] = '\0';
                return buf;
            }
        }
        at = stop + 1;
    }
    return buf;
}

/* A number with its guard: "<0.001" is 0.001, words are NaN. */
static double number(const char *t)
{
    double x;

    while (*t == ' ' || *t == '<' || *t == '=')
        t++;
    return gs_text_number(t, strlen(t), false, &x) && fabs(x) < 1e9 ? x : NAN;
}

/* ---- a row ---------------------------------------------------------------------- */

static const char *copy(gs_arena *a, const char *t)
{
    const char *c = gs_arena_strdup(a, t);
    return c ? c : "";
}

static const char *joined(gs_arena *a, const char *x, const char *gap, const char *y)
{
    char buf[2 * SCAN_FIELD_BYTES + 16];

    snprintf(buf, sizeof buf, "%s%s%s", x, *x && *y ? gap : "", y);
    return copy(a, buf);
}

static const char *condition_of(const char *text)
{
    static const char *const name[] = {"acne", "eczema", "psoriasis", "rosacea"};
    char low[200];

    lower(low, sizeof low, text);
    for (int i = 0; i < 4; i++) {
        if (strstr(low, name[i]))
            return name[i];
    }
    return strstr(low, "dermatitis") || strcmp(low, "ad") == 0 ? "eczema" : "any";
}

/* What kind of number it is; arms decide where the word leaves it open. */
static const char *type_of(const char *said, bool treat, bool control, char *buf, size_t n)
{
    static const char *const ours[] = {"OR", "RR", "HR", "PR", "SMD", "MD", "RD", "r"};

    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        if (strcmp(said, ours[i]) == 0)
            return ours[i];
    }
    const char *t = meaning("effect", said, buf, n);
    if ((strcmp(t, "MD") == 0 || strcmp(t, "percent") == 0) && treat && !control)
        return "change"; /* one group's own change is no contrast */
    if (strcmp(t, "RD") == 0 && treat != control)
        return treat ? "share" : "rate";
    return *t ? t : "none";
}

static gs_result result_of(const char *outcome, const char *lever, const char *type,
                           const char *design)
{
    char buf[32];
    bool count = strcmp(type, "MD") != 0 && strcmp(type, "percent") != 0 &&
                 strcmp(type, "SMD") != 0 && strcmp(type, "r") != 0 &&
                 strcmp(type, "change") != 0 && strcmp(type, "none") != 0;

    if (*meaning("marker", outcome, buf, sizeof buf))
        return GS_RESULT_MARKER;
    if (count && (*meaning("onset", outcome, buf, sizeof buf) || strstr(design, "prevention")))
        return GS_RESULT_INCIDENCE;
    if (strcmp(lever, "none") == 0)
        return GS_RESULT_COURSE;
    return count ? GS_RESULT_RESPONSE : GS_RESULT_SEVERITY;
}

/* Shares in per cent become shares; an effect that was left out follows from its arms. */
static void settle_numbers(gs_evidence_row *r, const char *unit)
{
    bool shares = strcmp(r->effect_type, "RD") == 0 || strcmp(r->effect_type, "share") == 0 ||
                  strcmp(r->effect_type, "rate") == 0;
    bool ratio = strcmp(r->effect_type, "RR") == 0 || strcmp(r->effect_type, "OR") == 0 ||
                 strcmp(r->effect_type, "HR") == 0 || strcmp(r->effect_type, "PR") == 0;
    double both = fmax(isnan(r->arm_treat) ? 0 : r->arm_treat,
                       isnan(r->arm_control) ? 0 : r->arm_control);

    if ((shares || ratio) && (both > 1 || (both > 0 && strstr(unit, "percent")))) {
        r->arm_treat /= 100;
        r->arm_control /= 100;
        if (shares) {
            r->effect /= 100;
            r->ci_lo /= 100;
            r->ci_hi /= 100;
        }
    }
    if (ratio && !(r->effect > 0))
        r->effect = NAN;
    if (isnan(r->effect) && !isnan(r->arm_treat) && !isnan(r->arm_control)) {
        double a = r->arm_treat, b = r->arm_control;
        if (!ratio)
            r->effect = a - b;
        else if (strcmp(r->effect_type, "OR") == 0 && a > 0 && b > 0 && a < 1 && b < 1)
            r->effect = a / (1 - a) / (b / (1 - b));
        else if (strcmp(r->effect_type, "OR") != 0 && b > 0)
            r->effect = a / b;
    }
    if (!(r->ci_lo <= r->effect && r->effect <= r->ci_hi))
        r->ci_lo = r->ci_hi = NAN;
    if ((shares || ratio) && (r->arm_treat < 0 || r->arm_treat > 1))
        r->arm_treat = NAN;
    if ((shares || ratio) && (r->arm_control < 0 || r->arm_control > 1))
        r->arm_control = NAN;
    r->arms = isnan(r->arm_treat) && isnan(r->arm_control) ? ""
              : shares || ratio                            ? "share"
              : strcmp(r->effect_type, "percent") == 0     ? "percent change"
              : r->arm_treat < 0 || r->arm_control < 0     ? "change"
                                                           : "level";
}

static const char *finding_of(const gs_evidence_row *r)
{
    if (isnan(r->effect) || isnan(r->ci_lo))
        return "unclear";
    double none = strcmp(r->effect_type, "RR") == 0 || strcmp(r->effect_type, "OR") == 0 ||
                  strcmp(r->effect_type, "HR") == 0 || strcmp(r->effect_type, "PR") == 0;
    return r->ci_lo <= none && none <= r->ci_hi ? "null" : r->effect < none ? "lower" : "higher";
}

static gs_status read_row(gs_arena *a, const scan *s, const int at[N_COL], gs_evidence_row *r)
{
    const char *f[N_COL];
    char buf[64], type[32];

    for (int c = 0; c < N_COL; c++)
        f[c] = at[c] >= 0 && (size_t)at[c] < s->n_field ? s->field[at[c]] : "";
    *r = (gs_evidence_row){.line = s->row_line, .p = NAN};
    r->id = copy(a, *f[ID] ? f[ID] : "unnamed");
    r->condition = condition_of(f[CONDITION]);
    const char *lever = meaning("lever", f[LEVER], buf, sizeof buf);
    r->lever = copy(a, *lever ? lever : "other");
    r->what = joined(a, f[INTERVENTION], "; ", f[DOSE]);
    r->control = copy(a, f[COMPARATOR]);
    r->population = copy(a, f[POPULATION]);
    r->age = copy(a, f[AGE]);
    r->n_treat = number(f[N_TREAT]);
    r->n_control = number(f[N_CONTROL]);
    r->design = copy(a, f[DESIGN]);
    long kind = gs_design_find(meaning("design", f[DESIGN], buf, sizeof buf));
    r->kind = kind < 0 ? GS_DESIGN_OTHER : (gs_design)kind;
    r->weeks = number(f[WEEKS]);
    r->outcome = copy(a, f[OUTCOME]);
    r->unit = copy(a, f[UNIT]);
    r->base_treat = number(f[BASE_TREAT]);
    r->base_control = number(f[BASE_CONTROL]);
    r->arm_treat = number(f[EFFECT_TREAT]);
    r->arm_control = number(f[EFFECT_CONTROL]);
    r->effect = number(f[EFFECT]);
    r->ci_lo = number(f[CI_LOW]);
    r->ci_hi = number(f[CI_HIGH]);
    r->p = number(f[P]);
    r->effect_type = copy(a, type_of(f[EFFECT_TYPE], !isnan(r->arm_treat),
                                     !isnan(r->arm_control), type, sizeof type));
    if (strcmp(r->effect_type, "MD") == 0 && strstr(f[UNIT], "percent"))
        r->effect_type = "percent";
    r->result = strstr(f[LEVER], "scale") ? GS_RESULT_SCALE
                                          : result_of(f[OUTCOME], r->lever, r->effect_type,
                                                      f[DESIGN]);
    settle_numbers(r, f[UNIT]);
    r->finding = finding_of(r);
    r->source = joined(a, f[AUTHOR], " ", f[YEAR]);
    r->key = copy(a, f[DOI]);
    r->trial = joined(a, f[AUTHOR], "-", f[YEAR]);
    if (!*r->trial)
        r->trial = r->id;
    long grade = gs_grade_find(f[VERIFIED]);
    r->grade = grade < 0 ? GS_GRADE_SECONDARY : (gs_grade)grade;
    r->why_not = r->grade == GS_GRADE_MEMORY ? "memory" : "added";
    r->caution = copy(a, f[NOTES]);
    return r->id && r->what ? GS_OK : gs_fail(s->err, GS_ENOMEM, "no memory for the table");
}

/* ---- the table ------------------------------------------------------------------ */

static gs_status read_header(scan *s, int at[N_COL])
{
    for (int c = 0; c < N_COL; c++)
        at[c] = -1;
    GS_TRY(scan_record(s));
    for (size_t i = 0; i < s->n_field; i++) {
        for (int c = 0; c < N_COL; c++) {
            if (at[c] < 0 && gs_text_same(s->field[i], col_name[c]))
                at[c] = (int)i;
        }
    }
    for (int c = 0; c < N_COL; c++) {
        if (col_needed[c] && at[c] < 0)
            return gs_fail_at(s->err, GS_EPARSE, s->name, s->row_line, 0, col_name[c],
                              "is missing from the header");
    }
    return GS_OK;
}

bool gs_evidence_is_foreign(const char *text, size_t n)
{
    const char *stop = memchr(text, '\n', n);
    size_t len = stop ? (size_t)(stop - text) : n;
    static const char mark[] = "effect_treat", own[] = "why_not";

    bool theirs = false, ours = false;
    for (size_t i = 0; i + sizeof own - 1 <= len; i++) {
        theirs |= i + sizeof mark - 1 <= len && memcmp(text + i, mark, sizeof mark - 1) == 0;
        ours |= memcmp(text + i, own, sizeof own - 1) == 0;
    }
    return !ours && (theirs || (len >= 3 && memmem(text, len, "effect_type", 11) != NULL));
}

gs_status gs_evidence_read_foreign(gs_arena *a, const char *name, const char *text,
                                   size_t n, gs_evidence **out, gs_err *err)
{
    int at[N_COL];
    size_t where, room = 0;
    gs_evidence_row *rows = NULL;
    scan s;

    if (n > MAX_FOREIGN)
        return gs_fail_at(err, GS_EPARSE, name, 0, 0, NULL, "is larger than 16 MiB");
    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        n -= 3;
    }
    if (!gs_text_utf8(text, n, &where))
        return gs_fail_at(err, GS_EPARSE, name, 0, 0, NULL, "is not UTF-8 text (byte %zu)",
                          where);
    gs_evidence *ev = GS_NEW(a, gs_evidence, 1);
    if (!ev)
        return gs_fail(err, GS_ENOMEM, "no memory for the table");
    GS_TRY(scan_open(&s, a, name, text, n, SCAN_FIELDS, err));
    GS_TRY(read_header(&s, at));
    for (;;) {
        GS_TRY(scan_record(&s));
        if (s.n_field == 0)
            break;
        if (ev->n == room) {
            room = room ? 2 * room : 64;
            gs_evidence_row *more = GS_NEW(a, gs_evidence_row, room);
            if (!more)
                return gs_fail(err, GS_ENOMEM, "no memory for the table");
            if (ev->n)
                memcpy(more, rows, ev->n * sizeof *rows);
            rows = more;
        }
        GS_TRY(read_row(a, &s, at, &rows[ev->n]));
        ev->n++;
    }
    ev->row = rows;
    *out = ev;
    return GS_OK;
}
