/* Tables in the shape published collections have: one result a row, columns named as in
 * gutskin/plan.h or as in our own table. Their words become ours by data/evidence/words.csv
 * (the first word that a field holds counts); numbers that are words become "not reported",
 * never zero. Whatever is read otherwise than it stands is said in `reading`; a row that
 * cannot be understood says why in `fault`, and the others go on. */
#include "gutskin/plan.h"

#include "evidence/column.h"
#include "evidence/scan.h"
#include "evidence/typed.h"

#include <math.h>
#include <stdarg.h>
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
/* The same columns under the names of our own table, and others met. */
static const char *const also[N_COL][3] = {
    [INTERVENTION] = {"what", "treatment"}, [COMPARATOR] = {"control"}, [AGE] = {"age"},
    [WEEKS] = {"weeks"}, [UNIT] = {"unit"}, [BASE_TREAT] = {"base_treat"},
    [BASE_CONTROL] = {"base_control"}, [EFFECT_TREAT] = {"arm_treat"},
    [EFFECT_CONTROL] = {"arm_control"}, [CI_LOW] = {"ci_lo", "ci_lower"},
    [CI_HIGH] = {"ci_hi", "ci_upper"}, [P] = {"p"}, [AUTHOR] = {"source", "author"},
    [DOI] = {"key", "doi", "pmid"}, [VERIFIED] = {"grade"}, [NOTES] = {"caution", "notes"}};
static const bool col_needed[N_COL] = {[ID] = true, [CONDITION] = true, [LEVER] = true,
                                       [OUTCOME] = true, [EFFECT_TYPE] = true, [EFFECT] = true};

/* ---- words ---------------------------------------------------------------------- */

extern const char gs_map_words[];
extern const size_t gs_map_words_len;

enum { N_PLAIN = 2 * SCAN_FIELD_BYTES };

/* Does plain text hold this word? '_' is a blank; a word that ends in '$' is all of it. */
static bool holds(const char *plain, const char *word, size_t n)
{
    char w[64];
    size_t i = 0;
    bool whole = n > 0 && word[n - 1] == '$';

    for (n -= whole; i < n && i + 1 < sizeof w; i++)
        w[i] = word[i] == '_' ? ' ' : word[i];
    w[i] = '\0';
    return whole ? strcmp(plain, w) == 0 : strstr(plain, w) != NULL;
}

/* What the first word of this kind that text holds means; "" when none. The list is a
 * plain CSV without quotes, three fields a line, walked in place. */
static const char *meaning(const char *kind, const char *text, char *buf, size_t n)
{
    const char *at = gs_map_words, *end = gs_map_words + gs_map_words_len;
    char plain[N_PLAIN];

    typed_plain(plain, sizeof plain, text);
    buf[0] = '\0';
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const char *a = memchr(at, ',', (size_t)(end - at));
        const char *b = a ? memchr(a + 1, ',', (size_t)(end - a - 1)) : NULL;
        if (!stop || !b || b > stop)
            break;
        if ((size_t)(a - at) == strlen(kind) && strncmp(at, kind, (size_t)(a - at)) == 0 &&
            (size_t)(stop - b) <= n && holds(plain, a + 1, (size_t)(b - a - 1))) {
            memcpy(buf, b + 1, (size_t)(stop - b - 1));
            buf[stop - b - 1] = '\0';
            return buf;
        }
        at = stop + 1;
    }
    return buf;
}

static bool means(const char *kind, const char *text)
{
    char buf[32];

    return *meaning(kind, text, buf, sizeof buf) != '\0';
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

/* A row being read: its fields, and what is to be said of it. */
typedef struct reader {
    const char *f[N_COL];
    char said[600], fault[300];
} reader;

__attribute__((format(printf, 2, 3))) static void say(reader *x, const char *what, ...)
{
    size_t n = strlen(x->said);
    va_list v;

    if (n && n + 2 < sizeof x->said)
        n += (size_t)snprintf(x->said + n, sizeof x->said - n, "; ");
    va_start(v, what);
    vsnprintf(x->said + n, sizeof x->said - n, what, v);
    va_end(v);
}

/* The first one counts. */
__attribute__((format(printf, 2, 3))) static void fault(reader *x, const char *what, ...)
{
    va_list v;

    if (*x->fault)
        return;
    va_start(v, what);
    vsnprintf(x->fault, sizeof x->fault, what, v);
    va_end(v);
}

/* One of the four conditions, or any (healthy people, people at large). */
static const char *condition_of(reader *x, char *buf, size_t n)
{
    if (*meaning("condition", x->f[CONDITION], buf, n) && *buf != '-')
        return buf;
    if (*x->f[CONDITION]) {
        fault(x, "the condition \"%.60s\" is none of acne, eczema, psoriasis, rosacea; the axis "
                 "has no skin of its own for it", x->f[CONDITION]);
        return "any";
    }
    if (*meaning("scored", x->f[OUTCOME], buf, n)) {
        say(x, "no condition is given: %s, by its outcome", buf);
        return buf;
    }
    fault(x, "no condition is given; write acne, eczema, psoriasis, rosacea or healthy");
    return "any";
}

static const char *lever_of(reader *x, char *buf, size_t n)
{
    if (*meaning("lever", x->f[LEVER], buf, n))
        return buf;
    if (*meaning("lever", x->f[INTERVENTION], buf, n)) {
        say(x, "the lever is taken from the words of the intervention: %s", buf);
        return buf;
    }
    return "other";
}

static gs_design design_of(reader *x)
{
    char buf[32];
    const char *t = x->f[DESIGN];
    gs_design d = (gs_design)gs_design_find(meaning("design", t, buf, sizeof buf));

    if (!*buf) {
        // not said: with somebody to compare with it is taken as a trial
        bool alone = !*x->f[COMPARATOR] || means("alone", x->f[COMPARATOR]);
        if (alone && !*x->f[EFFECT_CONTROL] && !*x->f[N_CONTROL])
            return *t ? GS_DESIGN_OTHER : GS_DESIGN_SINGLE_ARM;
        say(x, "the design is not clear: taken as a randomised trial");
        return GS_DESIGN_RCT;
    }
    if (d == GS_DESIGN_POOLED && means("watched", t) && !means("lots", t))
        return GS_DESIGN_POOLED_OBSERVED;
    return d;
}

/* What kind of number it is; arms decide where the word leaves it open. */
static const char *type_of(reader *x, bool treat, bool control, char *buf, size_t n)
{
    static const char *const ours[] = {"OR", "RR", "HR", "PR", "SMD", "MD", "RD", "r", "ratio"};
    const char *said = x->f[EFFECT_TYPE];

    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        if (gs_text_same(said, ours[i]))
            return ours[i];
        if (said[0] == 'a' && gs_text_same(said + 1, ours[i]) && i < 6 && i != 4)
            return said; /* adjusted */
    }
    const char *t = meaning("effect", said, buf, n);
    if ((strcmp(t, "MD") == 0 || strcmp(t, "percent") == 0) && treat && !control)
        return "change"; /* one group's own change is no contrast */
    if (strcmp(t, "RD") == 0 && treat != control)
        return treat ? "share" : "rate";
    if (*t)
        return t;
    bool number = !isnan(typed_number(x->f[EFFECT])) || (treat && control);
    bool response = means("response", x->f[OUTCOME]);
    if (number && *said)
        fault(x, "the effect type \"%.60s\" is not known; write mean_difference, SMD, "
                 "percent_change, RR, OR, HR, risk_difference, proportion or correlation", said);
    else if (number)
        say(x, "the effect type is not given: taken as a %s", response ? "difference of shares"
                                                                      : "mean difference");
    return number && *said ? "none" : response ? "RD" : "MD";
}

static gs_result result_of(const reader *x, const gs_evidence_row *r)
{
    const char *t = r->effect_type, *o = x->f[OUTCOME];
    bool count = strcmp(t, "MD") != 0 && strcmp(t, "percent") != 0 && strcmp(t, "SMD") != 0 &&
                 strcmp(t, "r") != 0 && strcmp(t, "change") != 0 && strcmp(t, "none") != 0 &&
                 strcmp(t, "ratio") != 0;
    char who[N_PLAIN];

    if (means("marker", o))
        return GS_RESULT_MARKER;
    snprintf(who, sizeof who, "%.900s %.900s %.900s %.300s", x->f[POPULATION], x->f[DESIGN],
             x->f[INTERVENTION], x->f[AGE]);
    // who falls ill: said so, or the bare name of the condition counted
    if (count && (means("onset", o) || (means("named", o) && !means("scored", o) &&
                                        !means("response", o)) ||
                  (means("infant", who) && !means("response", o) && !means("scored", o))))
        return GS_RESULT_INCIDENCE;
    if (strcmp(r->lever, "none") == 0)
        return GS_RESULT_COURSE;
    return count ? GS_RESULT_RESPONSE : GS_RESULT_SEVERITY;
}

/* ---- numbers ---- */

static double in_range(reader *x, double v, double lo, double hi, const char *what)
{
    if (isnan(v) || (v >= lo && v <= hi))
        return v;
    say(x, "%s cannot be and is not used", what);
    return NAN;
}

static bool is_ratio(const gs_evidence_row *r)
{
    const char *t = r->effect_type + (r->effect_type[0] == 'a');
    return strcmp(t, "RR") == 0 || strcmp(t, "OR") == 0 || strcmp(t, "HR") == 0 ||
           strcmp(t, "PR") == 0 || strcmp(t, "ratio") == 0;
}

static void read_numbers(reader *x, gs_evidence_row *r)
{
    double e, lo, hi;

    r->n_treat = in_range(x, typed_number(x->f[N_TREAT]), 1, 1e9, "the number treated");
    r->n_control = in_range(x, typed_number(x->f[N_CONTROL]), 1, 1e9, "the number of controls");
    r->weeks = in_range(x, typed_weeks(x->f[WEEKS]), 1.0 / 7, 2000, "the duration");
    r->base_treat = typed_number(x->f[BASE_TREAT]);
    r->base_control = typed_number(x->f[BASE_CONTROL]);
    r->arm_treat = typed_number(x->f[EFFECT_TREAT]);
    r->arm_control = typed_number(x->f[EFFECT_CONTROL]);
    r->effect = typed_number(x->f[EFFECT]);
    r->ci_lo = typed_number(x->f[CI_LOW]);
    r->ci_hi = typed_number(x->f[CI_HIGH]);
    r->p = in_range(x, typed_number(x->f[P]), 0, 1, "the p value");
    if (isnan(r->effect) && typed_interval(x->f[EFFECT], &e, &lo, &hi)) {
        r->effect = e;
        r->ci_lo = lo;
        r->ci_hi = hi;
    }
}

/* Per cents become shares, each number for itself: some tables mix them. */
static void to_shares(reader *x, gs_evidence_row *r, bool percent)
{
    double both = fmax(isnan(r->arm_treat) ? 0 : r->arm_treat,
                       isnan(r->arm_control) ? 0 : r->arm_control);
    bool arms = both > 1 || (both > 0 && percent);
    bool effect = !is_ratio(r) && (fabs(r->effect) > 1 || (percent && fabs(r->effect) > 0));

    if (arms) {
        r->arm_treat /= 100;
        r->arm_control /= 100;
    }
    // a difference already in shares beside arms in per cent
    if (effect && fabs(r->effect) <= 1 &&
        fabs(r->effect - (r->arm_treat - r->arm_control)) < 0.02)
        effect = false;
    if (effect) {
        r->effect /= 100;
        r->ci_lo /= 100;
        r->ci_hi /= 100;
    }
    if ((arms || effect) && !percent)
        say(x, "shares above 1 are read as per cent");
    r->arm_treat = in_range(x, r->arm_treat, 0, 1, "a share of the treated");
    r->arm_control = in_range(x, r->arm_control, 0, 1, "a share of the controls");
    if (!is_ratio(r))
        r->effect = in_range(x, r->effect, -1, 1, "the difference of shares");
}

static double of_arms(const gs_evidence_row *r, const char *t)
{
    double a = r->arm_treat, b = r->arm_control;

    if (strcmp(t, "OR") == 0)
        return a > 0 && b > 0 && a < 1 && b < 1 ? a / (1 - a) / (b / (1 - b)) : NAN;
    if (strcmp(t, "RR") == 0 || strcmp(t, "PR") == 0 || strcmp(t, "ratio") == 0)
        return b > 0 && a > 0 ? a / b : NAN;
    return strcmp(t, "MD") == 0 || strcmp(t, "RD") == 0 || strcmp(t, "percent") == 0 ? a - b : NAN;
}

/* "SCORAD reduction 12 against 8": more is better there, and here less is. */
static void turn_gains(reader *x, gs_evidence_row *r)
{
    bool lost = means("gain", x->f[OUTCOME]);
    bool differ = strcmp(r->effect_type, "MD") == 0 || strcmp(r->effect_type, "percent") == 0 ||
                  strcmp(r->effect_type, "SMD") == 0 || strcmp(r->effect_type, "change") == 0;
    bool arms = !isnan(r->arm_treat) || !isnan(r->arm_control);
    bool up = arms ? !(r->arm_treat < 0) && !(r->arm_control < 0) : r->effect > 0;

    if (!lost || !differ || !up || r->result != GS_RESULT_SEVERITY)
        return;
    double lo = r->ci_lo;
    r->arm_treat = -r->arm_treat;
    r->arm_control = -r->arm_control;
    r->effect = -r->effect;
    r->ci_lo = -r->ci_hi;
    r->ci_hi = -lo;
    say(x, "the outcome counts what was gained: signs are turned, less is better");
}

/* Shares, an effect that was left out, an interval that cannot be. */
static void settle_numbers(reader *x, gs_evidence_row *r)
{
    char unit[N_PLAIN];
    bool shares = strcmp(r->effect_type, "RD") == 0 || strcmp(r->effect_type, "share") == 0 ||
                  strcmp(r->effect_type, "rate") == 0;
    bool percent, ratio = is_ratio(r);

    typed_plain(unit, sizeof unit, x->f[UNIT]);
    percent = strstr(unit, "percent") != NULL;
    if (shares || (ratio && strcmp(r->effect_type, "ratio") != 0))
        to_shares(x, r, percent);
    turn_gains(x, r);
    if (ratio && r->effect <= 0) {
        say(x, "a ratio is above 0, %s is not used", x->f[EFFECT]);
        r->effect = NAN;
    }
    double want = of_arms(r, r->effect_type), as_ratio = of_arms(r, "RR");
    if (isnan(r->effect) && !isnan(want))
        r->effect = want;
    // an incidence whose number is the ratio of its arms
    if (strcmp(r->effect_type, "RD") == 0 && fabs(r->effect - want) > 0.02 &&
        fabs(r->effect / as_ratio - 1) < 0.05) {
        r->effect_type = "RR";
        say(x, "the effect is the ratio of the arms: read as a risk ratio");
    } else if (fabs(r->effect - want) > 0.1 * fabs(want) + 0.02) {
        say(x, "the effect is not what the arms give; both are used as they stand");
    }
    if (r->ci_lo > r->ci_hi) {
        double lo = r->ci_lo;
        r->ci_lo = r->ci_hi;
        r->ci_hi = lo;
        say(x, "the ends of the interval stood the wrong way round");
    }
    if (!(r->ci_lo <= r->effect && r->effect <= r->ci_hi)) {
        if (!isnan(r->ci_lo) && !isnan(r->ci_hi) && !isnan(r->effect))
            say(x, "the interval leaves out its own estimate and is not used");
        r->ci_lo = r->ci_hi = NAN;
    }
    if (strcmp(r->effect_type, "SMD") == 0 && fabs(r->effect) > 3)
        say(x, "a standardised difference above 3 is hardly one: perhaps points");
    bool level = r->arm_treat >= 0 && r->arm_control >= 0;
    bool own = strcmp(r->effect_type, "percent") == 0 ||
               (strcmp(r->effect_type, "change") == 0 && percent);
    r->arms = isnan(r->arm_treat) && isnan(r->arm_control)          ? ""
              : shares || (ratio && strcmp(r->effect_type, "ratio")) ? "share"
              : own                                                  ? "percent change"
              : strcmp(r->effect_type, "change") == 0 || !level      ? "change"
                                                                     : "level";
}

static const char *finding_of(const gs_evidence_row *r)
{
    if (isnan(r->effect) || isnan(r->ci_lo))
        return "unclear";
    double none = is_ratio(r);
    return r->ci_lo <= none && none <= r->ci_hi ? "null" : r->effect < none ? "lower" : "higher";
}

static gs_status read_row(gs_arena *a, const scan *s, const int at[N_COL], gs_evidence_row *r)
{
    reader x = {.said = ""};
    char buf[64], unit[N_PLAIN];

    for (int c = 0; c < N_COL; c++)
        x.f[c] = at[c] >= 0 && (size_t)at[c] < s->n_field ? s->field[at[c]] : "";
    *r = (gs_evidence_row){.line = s->row_line, .p = NAN};
    r->id = copy(a, *x.f[ID] ? x.f[ID] : "unnamed");
    r->condition = copy(a, condition_of(&x, buf, sizeof buf));
    r->lever = copy(a, lever_of(&x, buf, sizeof buf));
    r->what = joined(a, x.f[INTERVENTION], "; ", x.f[DOSE]);
    if (!*r->what || strcmp(r->lever, "diet") == 0) /* which diet, the lever's word says too */
        r->what = joined(a, x.f[LEVER], ": ", r->what);
    r->control = copy(a, x.f[COMPARATOR]);
    r->population = copy(a, x.f[POPULATION]);
    r->age = copy(a, x.f[AGE]);
    r->design = copy(a, x.f[DESIGN]);
    r->kind = design_of(&x);
    r->outcome = copy(a, x.f[OUTCOME]);
    if (!*x.f[OUTCOME])
        fault(&x, "no outcome is given; name the score, the count, the marker or who falls ill");
    r->unit = copy(a, x.f[UNIT]);
    read_numbers(&x, r);
    r->effect_type = copy(a, type_of(&x, !isnan(r->arm_treat), !isnan(r->arm_control), buf,
                                     sizeof buf));
    typed_plain(unit, sizeof unit, x.f[UNIT]);
    if (strcmp(r->effect_type, "MD") == 0 && strstr(unit, "percent") && !means("area", r->outcome))
        r->effect_type = "percent";
    r->result = strstr(x.f[LEVER], "scale") ? GS_RESULT_SCALE : result_of(&x, r);
    settle_numbers(&x, r);
    r->finding = finding_of(r);
    r->source = joined(a, x.f[AUTHOR], " ", x.f[YEAR]);
    r->key = copy(a, x.f[DOI]);
    r->trial = joined(a, x.f[AUTHOR], "-", x.f[YEAR]);
    if (!*r->trial)
        r->trial = r->id;
    long grade = gs_grade_find(x.f[VERIFIED]);
    r->grade = grade < 0 ? GS_GRADE_SECONDARY : (gs_grade)grade;
    r->why_not = r->grade == GS_GRADE_MEMORY ? "memory" : "added";
    r->caution = copy(a, x.f[NOTES]);
    r->reading = copy(a, x.said);
    r->fault = copy(a, x.fault);
    return r->id && r->what ? GS_OK : gs_fail(s->err, GS_ENOMEM, "no memory for the table");
}

/* ---- the table ------------------------------------------------------------------ */

static gs_status read_header(scan *s, int at[N_COL])
{
    for (int c = 0; c < N_COL; c++)
        at[c] = -1;
    if (s->n_field == 0)
        GS_TRY(scan_record(s));
    for (size_t i = 0; i < s->n_field; i++) {
        for (int c = 0; c < N_COL; c++) {
            bool same = gs_text_same(s->field[i], col_name[c]);
            for (int k = 0; k < 3 && also[c][k]; k++)
                same |= gs_text_same(s->field[i], also[c][k]);
            if (at[c] < 0 && same)
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

/* Tables saved elsewhere part their fields by semicolons or tabs. */
static char comma_of(const char *text, size_t n)
{
    const char *stop = memchr(text, '\n', n);
    size_t len = stop ? (size_t)(stop - text) : n;

    return memchr(text, ',', len) ? ',' : memchr(text, ';', len) ? ';'
           : memchr(text, '\t', len) ? '\t' : ',';
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

/* A row of our own table as it should be; else as a row of others, and what was wrong. */
static gs_status read_either(gs_arena *a, scan *s, const size_t *order, const int *at,
                             gs_evidence_row *r)
{
    gs_err own = {0}, *err = s->err;
    char text[400], said[1200];

    s->err = &own;
    *r = (gs_evidence_row){0};
    gs_status st = ev_read_row(s, a, order, r);
    s->err = err;
    if (st == GS_OK || st == GS_ENOMEM)
        return st == GS_OK ? GS_OK : gs_fail(err, GS_ENOMEM, "no memory for the table");
    GS_TRY(read_row(a, s, at, r));
    snprintf(said, sizeof said, "not as our own table wants it (%s)%s%s",
             gs_err_text(&own, text, sizeof text), *r->reading ? "; " : "", r->reading);
    r->reading = copy(a, said);
    return GS_OK;
}

/* order NULL: the rows are another's. */
static gs_status read_rows(gs_arena *a, scan *s, const size_t *order, const int *at,
                           gs_evidence *ev)
{
    size_t room = 0;
    gs_evidence_row *rows = NULL;

    for (;;) {
        GS_TRY(scan_record(s));
        if (s->n_field == 0)
            break;
        if (ev->n == room) {
            room = room ? 2 * room : 64;
            gs_evidence_row *more = GS_NEW(a, gs_evidence_row, room);
            if (!more)
                return gs_fail(s->err, GS_ENOMEM, "no memory for the table");
            if (ev->n)
                memcpy(more, rows, ev->n * sizeof *rows);
            rows = more;
        }
        GS_TRY(order ? read_either(a, s, order, at, &rows[ev->n])
                     : read_row(a, s, at, &rows[ev->n]));
        ev->n++;
    }
    ev->row = rows;
    return GS_OK;
}

static gs_status open_text(scan *s, gs_arena *a, const char *name, const char *text, size_t n,
                           gs_err *err)
{
    size_t where;

    if (n > MAX_FOREIGN)
        return gs_fail_at(err, GS_EPARSE, name, 0, 0, NULL, "is larger than 16 MiB");
    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        n -= 3;
    }
    if (!gs_text_utf8(text, n, &where))
        return gs_fail_at(err, GS_EPARSE, name, 0, 0, NULL, "is not UTF-8 text (byte %zu)",
                          where);
    GS_TRY(scan_open(s, a, name, text, n, SCAN_FIELDS, err));
    s->comma = comma_of(text, n);
    return scan_record(s);
}

gs_status gs_evidence_read_foreign(gs_arena *a, const char *name, const char *text,
                                   size_t n, gs_evidence **out, gs_err *err)
{
    int at[N_COL];
    scan s;
    gs_evidence *ev = GS_NEW(a, gs_evidence, 1);

    if (!ev)
        return gs_fail(err, GS_ENOMEM, "no memory for the table");
    GS_TRY(open_text(&s, a, name, text, n, err));
    GS_TRY(read_header(&s, at));
    GS_TRY(read_rows(a, &s, NULL, at, ev));
    *out = ev;
    return GS_OK;
}

gs_status gs_evidence_read_any(gs_arena *a, const char *name, const char *text, size_t n,
                               gs_evidence **out, gs_err *err)
{
    int at[N_COL];
    gs_err ours = {0};
    scan s;
    gs_evidence *ev = GS_NEW(a, gs_evidence, 1);
    size_t *order = GS_NEW(a, size_t, SCAN_FIELDS + 1);

    if (!ev || !order)
        return gs_fail(err, GS_ENOMEM, "no memory for the table");
    GS_TRY(open_text(&s, a, name, text, n, err));
    s.err = &ours;
    bool own = s.n_field <= ev_n_column && ev_read_header(&s, order) == GS_OK;
    s.err = err;
    GS_TRY(read_header(&s, at));
    GS_TRY(read_rows(a, &s, own ? order : NULL, at, ev));
    *out = ev;
    return GS_OK;
}
