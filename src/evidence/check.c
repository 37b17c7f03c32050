/* What a row, and the table, must obey beyond its form.
 *
 * Of a row: known words; a share between 0 and 1; a ratio above 0; an interval that
 * holds its estimate; an effect that is what its arms give (unless it is adjusted); a
 * row that calibrates is randomised, was seen, has a number and somebody to compare
 * with. Of the table: ids once; nobody counted twice. */
#include "evidence/column.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const conditions[] = {"acne", "eczema", "psoriasis", "rosacea", "any", NULL};
static const char *const findings[] = {"better", "worse", "higher", "lower",
                                       "null",   "unclear", NULL};
static const char *const arm_words[] = {"", "change", "level", "percent change", "share", NULL};
static const char *const reasons[] = {"", "memory", "single_arm", "unrandomised",
                                      "no_number", "no_contrast", "same_people", "pooled",
                                      "faulty", "not_skin", "scale", "added", NULL};
static const char *const effect_types[] = {
    "MD", "SMD", "RD", "percent", "RR", "OR", "HR", "PR", "ratio", "r", "change", "share",
    "rate", "none", "aMD", "aRR", "aOR", "aHR", NULL};

static bool among(const char *word, const char *const *list)
{
    for (; *list; list++) {
        if (strcmp(word, *list) == 0)
            return true;
    }
    return false;
}

static gs_status no(const char *name, const gs_evidence_row *r, const char *field,
                    gs_err *err, const char *text)
{
    return gs_fail_at(err, GS_ERANGE, name, r->line, 0, field, "%s (%s)", text, r->id);
}

static gs_status check_words(const char *name, const gs_evidence_row *r, gs_err *err)
{
    if (!among(r->condition, conditions))
        return no(name, r, "condition", err, "should be acne, eczema, psoriasis, rosacea or any");
    if (!gs_evidence_lever_known(r->lever))
        return no(name, r, "lever", err, "is no known lever; data/evidence/README.md lists them");
    if (!among(r->finding, findings))
        return no(name, r, "finding", err,
                  "should be better, worse, higher, lower, null or unclear");
    if (!among(r->arms, arm_words))
        return no(name, r, "arms", err,
                  "should be change, level, percent change, share or empty");
    if (!among(r->why_not, reasons))
        return no(name, r, "why_not", err,
                  "is no known reason; data/evidence/README.md lists them");
    if (!among(r->effect_type, effect_types))
        return no(name, r, "effect_type", err,
                  "is no known type; data/evidence/README.md lists them");
    return GS_OK;
}

/* Kind of effect without the "a" of adjusted ones. */
static const char *plain(const gs_evidence_row *r)
{
    return r->effect_type + (r->effect_type[0] == 'a');
}

static bool is_ratio(const char *t)
{
    static const char *const list[] = {"RR", "OR", "HR", "PR", "ratio", NULL};
    return among(t, list);
}

/* NaN lies in every range: what was not reported cannot be wrong. */
static bool outside(double x, double lo, double hi)
{
    return x < lo || x > hi;
}

static gs_status check_ranges(const char *name, const gs_evidence_row *r, gs_err *err)
{
    const char *t = plain(r);
    double e[3] = {r->effect, r->ci_lo, r->ci_hi};
    const char *field[3] = {"effect", "ci_lo", "ci_hi"};

    for (int i = 0; i < 3; i++) {
        if (is_ratio(t) && e[i] <= 0)
            return no(name, r, field[i], err, "a ratio is above 0");
        if (strcmp(t, "r") == 0 && outside(e[i], -1, 1))
            return no(name, r, field[i], err, "a correlation lies between -1 and 1");
        if (strcmp(t, "RD") == 0 && outside(e[i], -1, 1))
            return no(name, r, field[i], err, "a difference of shares lies between -1 and 1");
        if (strcmp(t, "share") == 0 && outside(e[i], 0, 1))
            return no(name, r, field[i], err, "a share lies between 0 and 1");
        if (strcmp(t, "none") == 0 && !isnan(e[i]))
            return no(name, r, field[i], err, "a row of type none has no numbers");
    }
    if (strcmp(r->arms, "share") == 0 &&
        (outside(r->arm_treat, 0, 1) || outside(r->arm_control, 0, 1)))
        return no(name, r, "arm_treat", err, "a share lies between 0 and 1");
    if (!*r->arms && (!isnan(r->arm_treat) || !isnan(r->arm_control)))
        return no(name, r, "arms", err, "says not what the arms' numbers are");
    return GS_OK;
}

static gs_status check_interval(const char *name, const gs_evidence_row *r, gs_err *err)
{
    if (isnan(r->ci_lo) != isnan(r->ci_hi))
        return no(name, r, "ci_hi", err, "an interval has two ends or none");
    if (r->ci_lo > r->ci_hi)
        return no(name, r, "ci_hi", err, "the interval's ends are the wrong way round");
    if (!isnan(r->ci_lo) && isnan(r->effect))
        return no(name, r, "effect", err, "an interval stands without its estimate");
    if (r->effect < r->ci_lo || r->effect > r->ci_hi)
        return no(name, r, "effect", err, "the interval leaves out its own estimate");
    return GS_OK;
}

/* What the arms alone say; NaN where they say nothing of the sort. */
static double from_arms(const gs_evidence_row *r)
{
    const char *t = r->effect_type;
    double a = r->arm_treat, b = r->arm_control;

    if (strcmp(t, "MD") == 0 || strcmp(t, "RD") == 0 || strcmp(t, "percent") == 0)
        return a - b;
    if (strcmp(t, "RR") == 0 || strcmp(t, "ratio") == 0)
        return b > 0 ? a / b : NAN;
    if (strcmp(t, "OR") == 0)
        return b > 0 && b < 1 && a < 1 ? a / (1 - a) / (b / (1 - b)) : NAN;
    return NAN;
}

/* Rounded arms give a ratio to about 3%, and a difference to the last printed digit. */
static gs_status check_arithmetic(const char *name, const gs_evidence_row *r, gs_err *err)
{
    double want = from_arms(r);
    double slack = is_ratio(r->effect_type) ? 0.03 * fabs(want) + 0.005
                                            : 0.005 * fabs(want) + 0.006;
    char text[160];

    if (!(fabs(r->effect - want) > slack)) /* NaN passes */
        return GS_OK;
    snprintf(text, sizeof text, "is %g where the arms give %.4g; if it was adjusted, mark "
             "the type with an a", r->effect, want);
    return no(name, r, "effect", err, text);
}

static gs_status check_calibrates(const char *name, const gs_evidence_row *r, gs_err *err)
{
    if (r->calibrates == (*r->why_not != '\0'))
        return no(name, r, "why_not", err,
                  "stands exactly where a row does not calibrate");
    if ((r->grade == GS_GRADE_MEMORY) != (strcmp(r->why_not, "memory") == 0))
        return no(name, r, "why_not", err, "is memory exactly where the grade is");
    if (!r->calibrates)
        return GS_OK;
    if (!gs_design_randomised(r->kind))
        return no(name, r, "calibrates", err, "only randomised studies calibrate");
    if (isnan(r->effect) && (isnan(r->arm_treat) || isnan(r->arm_control)))
        return no(name, r, "calibrates", err, "a row without a number cannot calibrate");
    if (strcmp(r->effect_type, "change") == 0)
        return no(name, r, "calibrates", err, "a change within one group cannot calibrate");
    return GS_OK;
}

gs_status ev_check_row(const char *name, const gs_evidence_row *r, gs_err *err)
{
    GS_TRY(check_words(name, r, err));
    GS_TRY(check_ranges(name, r, err));
    GS_TRY(check_interval(name, r, err));
    GS_TRY(check_arithmetic(name, r, err));
    return check_calibrates(name, r, err);
}

/* The same people, the same thing, the same week: one of the two is enough. */
static bool same_result(const gs_evidence_row *a, const gs_evidence_row *b)
{
    bool week = isnan(a->weeks) ? isnan(b->weeks) : a->weeks == b->weeks;

    return week && strcmp(a->trial, b->trial) == 0 && strcmp(a->what, b->what) == 0 &&
           strcmp(a->outcome, b->outcome) == 0 && strcmp(a->condition, b->condition) == 0;
}

/* O(n^2) on a few hundred rows; tables are read once. */
gs_status ev_check_table(const char *name, const gs_evidence *ev, gs_err *err)
{
    for (size_t i = 0; i < ev->n; i++) {
        const gs_evidence_row *r = &ev->row[i];
        for (size_t j = 0; j < i; j++) {
            const gs_evidence_row *q = &ev->row[j];
            if (strcmp(r->id, q->id) == 0)
                return gs_fail_at(err, GS_ERANGE, name, r->line, 0, "id",
                                  "%s stands on line %ld already", r->id, q->line);
            if (r->calibrates && q->calibrates && same_result(r, q))
                return gs_fail_at(err, GS_ERANGE, name, r->line, 0, "calibrates",
                                  "%s is the same result of the same trial as line %ld; "
                                  "only one may calibrate", r->id, q->line);
        }
    }
    return GS_OK;
}

/* ---- sources ---------------------------------------------------------------- */

/* The entry of key in bib, NULL when absent. *out_n is its length. */
static const char *entry_of(const char *bib, size_t n, const char *key, size_t *out_n)
{
    size_t k = strlen(key);

    for (size_t i = 0; i + k + 1 < n; i++) {
        if (bib[i] != '{' || memcmp(bib + i + 1, key, k) != 0 || bib[i + 1 + k] != ',')
            continue;
        size_t end = i;
        while (end < n && !(bib[end] == '\n' && end + 1 < n && bib[end + 1] == '}'))
            end++;
        *out_n = end - i;
        return bib + i;
    }
    return NULL;
}

static bool has_field(const char *entry, size_t n, const char *field)
{
    size_t k = strlen(field);

    for (size_t i = 0; i < n; i++) {
        size_t j = i + 1;
        if (entry[i] != '\n')
            continue;
        while (j < n && entry[j] == ' ')
            j++;
        if (j + k < n && memcmp(entry + j, field, k) == 0)
            return true;
    }
    return false;
}

gs_status gs_evidence_check_keys(const gs_evidence *ev, const char *bib_name,
                                 const char *bib, size_t n, gs_err *err)
{
    static const char *const ways[] = {"doi", "pmid", "pmcid", "url", "note"};

    for (size_t i = 0; i < ev->n; i++) {
        size_t len = 0, w = 0;
        const char *entry = entry_of(bib, n, ev->row[i].key, &len);
        while (entry && w < 5 && !has_field(entry, len, ways[w]))
            w++;
        if (!entry || w == 5)
            return gs_fail_at(err, GS_EFOUND, bib_name, ev->row[i].line, 0, ev->row[i].key,
                              entry ? "has no DOI, PMID, PMCID, address or note"
                                    : "is cited by the table (that line) and not listed");
    }
    return GS_OK;
}
