/* Rows to plans, by two tables of rules: the first line whose words are met counts.
 *
 * A line of levers.csv speaks of one lever word of the evidence table: the change the
 * model makes, where a dose in the row's own words may replace the usual amount, and the
 * group of levers that share a term beyond the axis; or why there is no such change.
 * A line of outcomes.csv does the same for what was measured. */
#include "gutskin/plan.h"

#include "evidence/scan.h"

#include <ctype.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { WEEKS_USUAL = 12, WEEKS_ONSET = 104, N_LEVER_COL = 14, N_OUTCOME_COL = 12 };

typedef struct lever_rule {
    const char *lever, *of, *match, *but_not; /* of: a condition, "onset", "" = all */
    size_t n_move;
    gs_plan_move move[GS_PLAN_MOVES];
    const char *dose; /* unit the row's words may give, "ratio", or "" */
    double per, cap, habit, days;
    const char *group, *why;
} lever_rule;

typedef struct outcome_rule {
    const char *condition, *match, *but_not, *family, *see, *why;
    gs_result result;
    gs_plan_how how;
    double threshold, base, base_gsd, cv;
} outcome_rule;

struct gs_plan_rules {
    size_t n_lever, n_outcome;
    lever_rule *lever;
    outcome_rule *outcome;
};

/* ---- reading ------------------------------------------------------------------ */

static const char *const lever_col[N_LEVER_COL] = {
    "lever", "for", "match", "but_not", "move", "move2", "move3",
    "dose",  "per", "cap",   "habit",   "days", "group", "why"};
static const char *const outcome_col[N_OUTCOME_COL] = {
    "condition", "result", "match", "but_not", "family", "see",
    "how",       "threshold", "base", "base_gsd", "cv",   "why"};

static gs_status header(scan *s, const char *const *col, size_t n)
{
    GS_TRY(scan_record(s));
    for (size_t i = 0; i < n; i++) {
        if (i >= s->n_field || strcmp(s->field[i], col[i]) != 0)
            return gs_fail_at(s->err, GS_EPARSE, s->name, s->row_line, 0, col[i],
                              "is column %zu of this table", i + 1);
    }
    return s->n_field == n ? GS_OK
                           : scan_bad(s, s->row_line, s->field[n], "is no column of this table");
}

static gs_status number(scan *s, size_t i, const char *const *col, double lo, double hi,
                        double none, double *out)
{
    const char *t = s->field[i];

    *out = none;
    if (!*t)
        return GS_OK;
    if (!gs_text_number(t, strlen(t), false, out))
        return gs_fail_at(s->err, GS_EPARSE, s->name, s->row_line, 0, col[i],
                          "\"%.40s\" is no number", t);
    if (!(*out >= lo && *out <= hi))
        return gs_fail_at(s->err, GS_ERANGE, s->name, s->row_line, 0, col[i],
                          "%g is outside %g..%g", *out, lo, hi);
    return GS_OK;
}

/* "probiotic +1", "glycaemic *0.65", "fat -0.2" */
static gs_status read_move(scan *s, size_t i, lever_rule *r)
{
    const char *t = s->field[i], *gap = strchr(t, ' ');
    gs_plan_move *m = &r->move[r->n_move];

    if (!*t)
        return GS_OK;
    if (!gap || gap == t || (size_t)(gap - t) >= sizeof m->lever || !strchr("+-*", gap[1]) ||
        !gs_text_number(gap + (gap[1] == '-' ? 1 : 2), strlen(gap + (gap[1] == '-' ? 1 : 2)),
                        false, &m->amount) || fabs(m->amount) > 1e4 ||
        (gap[1] == '*' && m->amount < 0))
        return gs_fail_at(s->err, GS_EPARSE, s->name, s->row_line, 0, lever_col[i],
                          "\"%.40s\" is no change; write it like \"fibre +10\" or "
                          "\"glycaemic *0.65\"", t);
    memcpy(m->lever, t, (size_t)(gap - t));
    m->op = gap[1] == '*' ? '*' : '+';
    r->n_move++;
    return GS_OK;
}

static const char *keep(gs_arena *a, const char *t)
{
    const char *c = gs_arena_strdup(a, t);
    return c ? c : "";
}

static gs_status lever_line(scan *s, gs_arena *a, lever_rule *r)
{
    if (s->n_field != N_LEVER_COL)
        return scan_bad(s, s->row_line, NULL, "has not 14 fields");
    if (!gs_evidence_lever_known(s->field[0]) && strcmp(s->field[0], "other") != 0 &&
        strcmp(s->field[0], "control") != 0)
        return gs_fail_at(s->err, GS_EPARSE, s->name, s->row_line, 0, "lever",
                          "\"%.40s\" is no lever word of the evidence table", s->field[0]);
    r->lever = keep(a, s->field[0]);
    r->of = keep(a, s->field[1]);
    r->match = keep(a, s->field[2]);
    r->but_not = keep(a, s->field[3]);
    for (size_t i = 4; i < 7; i++)
        GS_TRY(read_move(s, i, r));
    r->dose = keep(a, s->field[7]);
    GS_TRY(number(s, 8, lever_col, 1e-9, 1e9, 1, &r->per));
    GS_TRY(number(s, 9, lever_col, 0, 1e9, HUGE_VAL, &r->cap));
    GS_TRY(number(s, 10, lever_col, 0, 1e6, NAN, &r->habit));
    GS_TRY(number(s, 11, lever_col, 1, 36600, 0, &r->days));
    r->group = keep(a, s->field[12]);
    r->why = keep(a, s->field[13]);
    if ((r->n_move > 0) == (*r->why != '\0'))
        return scan_bad(s, s->row_line, "why", "stands exactly where there is no change");
    if ((r->n_move > 0 && !*r->group) || strlen(r->group) > 23)
        return scan_bad(s, s->row_line, "group", "is empty or longer than 23 letters");
    return GS_OK;
}

static gs_status outcome_line(scan *s, gs_arena *a, outcome_rule *r)
{
    static const char *const how[] = {"ratio", "share", "odds"};
    long i = -1, k = -1;

    if (s->n_field != N_OUTCOME_COL)
        return scan_bad(s, s->row_line, NULL, "has not 12 fields");
    i = gs_result_find(s->field[1]);
    for (int h = 0; h < 3; h++)
        k = strcmp(s->field[6], how[h]) == 0 ? h : k;
    if (i < 0 || k < 0)
        return scan_bad(s, s->row_line, i < 0 ? "result" : "how",
                        i < 0 ? "is severity, response, incidence, marker or scale"
                              : "is ratio, share or odds");
    r->condition = keep(a, s->field[0]);
    r->result = (gs_result)i;
    r->match = keep(a, s->field[2]);
    r->but_not = keep(a, s->field[3]);
    r->family = keep(a, s->field[4]);
    r->see = keep(a, s->field[5]);
    r->how = (gs_plan_how)k;
    GS_TRY(number(s, 7, outcome_col, 0.001, 1, NAN, &r->threshold));
    GS_TRY(number(s, 8, outcome_col, 1e-6, 1e6, NAN, &r->base));
    GS_TRY(number(s, 9, outcome_col, 1, 10, 1.3, &r->base_gsd));
    GS_TRY(number(s, 10, outcome_col, 0.01, 10, 0.5, &r->cv));
    r->why = keep(a, s->field[11]);
    if ((*r->see != '\0') == (*r->why != '\0') || strlen(r->see) > 63 || strlen(r->family) > 23)
        return scan_bad(s, s->row_line, "why", "stands exactly where nothing is seen");
    if (*r->see && (!*r->family || (isnan(r->base) && r->how != GS_PLAN_RATIO)))
        return scan_bad(s, s->row_line, "base", "a usual value and a family are needed");
    if (*r->see && r->how == GS_PLAN_SHARE && isnan(r->threshold))
        return scan_bad(s, s->row_line, "threshold", "is needed for a share of people");
    return GS_OK;
}

static gs_status read_levers(scan *s, gs_arena *a, gs_plan_rules *out)
{
    size_t room = 0;

    GS_TRY(header(s, lever_col, N_LEVER_COL));
    for (;;) {
        GS_TRY(scan_record(s));
        if (s->n_field == 0)
            return GS_OK;
        if (out->n_lever == room) {
            lever_rule *more = GS_NEW(a, lever_rule, room = room ? 2 * room : 64);
            if (!more)
                return gs_fail(s->err, GS_ENOMEM, "no memory for the rules");
            if (out->n_lever)
                memcpy(more, out->lever, out->n_lever * sizeof *more);
            out->lever = more;
        }
        GS_TRY(lever_line(s, a, &out->lever[out->n_lever]));
        out->n_lever++;
    }
}

static gs_status read_outcomes(scan *s, gs_arena *a, gs_plan_rules *out)
{
    size_t room = 0;

    GS_TRY(header(s, outcome_col, N_OUTCOME_COL));
    for (;;) {
        GS_TRY(scan_record(s));
        if (s->n_field == 0)
            return GS_OK;
        if (out->n_outcome == room) {
            outcome_rule *more = GS_NEW(a, outcome_rule, room = room ? 2 * room : 64);
            if (!more)
                return gs_fail(s->err, GS_ENOMEM, "no memory for the rules");
            if (out->n_outcome)
                memcpy(more, out->outcome, out->n_outcome * sizeof *more);
            out->outcome = more;
        }
        GS_TRY(outcome_line(s, a, &out->outcome[out->n_outcome]));
        out->n_outcome++;
    }
}

gs_status gs_plan_rules_read(gs_arena *a, const char *levers_name, const char *levers,
                             size_t n_levers, const char *outcomes_name,
                             const char *outcomes, size_t n_outcomes,
                             gs_plan_rules **out, gs_err *err)
{
    gs_plan_rules *r = GS_NEW(a, gs_plan_rules, 1);
    scan s;

    if (!r)
        return gs_fail(err, GS_ENOMEM, "no memory for the rules");
    GS_TRY(scan_open(&s, a, levers_name, levers, n_levers, N_LEVER_COL, err));
    GS_TRY(read_levers(&s, a, r));
    GS_TRY(scan_open(&s, a, outcomes_name, outcomes, n_outcomes, N_OUTCOME_COL, err));
    GS_TRY(read_outcomes(&s, a, r));
    *out = r;
    return GS_OK;
}

extern const char gs_map_levers[], gs_map_outcomes[];
extern const size_t gs_map_levers_len, gs_map_outcomes_len;

struct shipped {
    gs_arena *arena;
    gs_plan_rules *rules;
};

const gs_plan_rules *gs_plan_rules_shipped(void)
{
    static _Atomic(struct shipped *) once;
    struct shipped *have = atomic_load(&once), *none = NULL;

    if (have)
        return have->rules;
    // read them; if another thread was first, ours are thrown away
    gs_arena *a = gs_arena_new(0);
    have = a ? GS_NEW(a, struct shipped, 1) : NULL;
    if (!have || gs_plan_rules_read(a, "levers.csv", gs_map_levers, gs_map_levers_len,
                                    "outcomes.csv", gs_map_outcomes, gs_map_outcomes_len,
                                    &have->rules, NULL) != GS_OK) {
        gs_arena_free(a);
        return NULL;
    }
    have->arena = a;
    if (!atomic_compare_exchange_strong(&once, &none, have)) {
        gs_arena_free(a);
        have = none;
    }
    return have->rules;
}

const char *gs_plan_rules_lever(const gs_plan_rules *rules, size_t i)
{
    for (size_t l = 0; l < rules->n_lever; l++) {
        if (i < rules->lever[l].n_move)
            return rules->lever[l].move[i].lever;
        i -= rules->lever[l].n_move;
    }
    return NULL;
}

const char *gs_plan_rules_see(const gs_plan_rules *rules, size_t i)
{
    for (size_t l = 0; l < rules->n_outcome; l++) {
        if (!*rules->outcome[l].see)
            continue;
        if (i-- == 0)
            return rules->outcome[l].see;
    }
    return NULL;
}

/* ---- words -------------------------------------------------------------------- */

enum { N_TEXT = 4200 };

static void lower(char *out, const char *a, const char *b)
{
    size_t n = 0;

    for (const char *part[2] = {a, b}, **p = part; p < part + 2; p++) {
        for (const char *c = *p; *c && n + 2 < N_TEXT; c++)
            out[n++] = (char)tolower((unsigned char)*c);
        if (n + 2 < N_TEXT)
            out[n++] = ' ';
    }
    out[n] = '\0';
}

/* Does text hold one of the words "a|b|c"? An empty list is held by no text. */
static bool holds(const char *text, const char *list)
{
    while (*list) {
        size_t n = strcspn(list, "|");
        for (const char *t = text; n > 0 && *t; t++) {
            if (strncmp(t, list, n) == 0)
                return true;
        }
        list += n + (list[n] == '|');
    }
    return false;
}

static bool met(const char *text, const char *match, const char *but_not)
{
    return (!*match || holds(text, match)) && !holds(text, but_not);
}

/* Digits with at most one point; *end after them. False when none stands here. */
static bool digits(const char *t, double *out, const char **end)
{
    const char *e = t;

    while (isdigit((unsigned char)*e))
        e++;
    if (e == t || e - t > 12)
        return false;
    if (*e == '.' && isdigit((unsigned char)e[1])) {
        e++;
        while (isdigit((unsigned char)*e))
            e++;
    }
    *end = e;
    return gs_text_number(t, (size_t)(e - t), false, out);
}

static const char *skip_blank(const char *t)
{
    while (*t == ' ')
        t++;
    return t;
}

/* Factor from the unit written at t to the wanted one, 0 when it is another. */
static double unit_factor(const char *t, const char *unit)
{
    size_t n = 0;

    while (isalpha((unsigned char)t[n]))
        n++;
    if (strcmp(unit, "serving") == 0)
        return n >= 7 && strncmp(t, "serving", 7) == 0;
    if (n == strlen(unit) && strncmp(t, unit, n) == 0)
        return 1;
    if (n == strlen(unit) + 1 && t[0] == 'm' && strncmp(t + 1, unit, n - 1) == 0)
        return 1e-3; /* mg for g, ml for l */
    return 0;
}

/* The first amount in this unit: "5 g", "1-2 g", "1000 iu". For "ratio": a against b. */
static bool find_dose(const char *text, const char *unit, double *out)
{
    bool ratio = strcmp(unit, "ratio") == 0;

    for (const char *t = text; *t; t++) {
        const char *e;
        double x, y, f;
        if ((t > text && (isalnum((unsigned char)t[-1]) || t[-1] == '.')) || !digits(t, &x, &e))
            continue;
        const char *next = skip_blank(e);
        if (ratio) {
            const char *word = strncmp(next, "against ", 8) == 0 ? next + 8
                               : strncmp(next, "vs ", 3) == 0    ? next + 3
                               : strncmp(next, "versus ", 7) == 0 ? next + 7 : NULL;
            if (word && digits(word, &y, &e) && y > 0 && x > 0) {
                *out = x / y;
                return true;
            }
        } else {
            if (*next == '-' && digits(skip_blank(next + 1), &y, &e)) {
                x = (x + y) / 2;
                next = skip_blank(e);
            }
            f = unit_factor(next, unit);
            if (f > 0 && x > 0) {
                *out = x * f;
                return true;
            }
        }
        t = e - 1;
    }
    return false;
}

/* ---- a row ---------------------------------------------------------------------- */

static const lever_rule *lever_of(const gs_plan_rules *g, const char *lever,
                                  const gs_evidence_row *r, const outcome_rule *o,
                                  const char *text)
{
    for (size_t i = 0; i < g->n_lever; i++) {
        const lever_rule *l = &g->lever[i];
        bool here = !*l->of || strcmp(l->of, r->condition) == 0 ||
                    (strcmp(l->of, "onset") == 0 && o && o->how == GS_PLAN_ODDS);
        if (here && strcmp(l->lever, lever) == 0 && met(text, l->match, l->but_not))
            return l;
    }
    return NULL;
}

static const outcome_rule *outcome_of(const gs_plan_rules *g, const gs_evidence_row *r,
                                      const char *text)
{
    gs_result want = r->result;

    if (want == GS_RESULT_COURSE)
        want = strcmp(r->arms, "share") == 0 || strcmp(r->effect_type, "share") == 0
                   ? GS_RESULT_RESPONSE : GS_RESULT_SEVERITY;
    for (size_t i = 0; i < g->n_outcome; i++) {
        const outcome_rule *o = &g->outcome[i];
        if (o->result == want &&
            (strcmp(o->condition, "any") == 0 || strcmp(o->condition, r->condition) == 0) &&
            met(text, o->match, o->but_not))
            return o;
    }
    return NULL;
}

/* For its dose the row's words count; without one the usual change is taken. */
static void take_moves(gs_plan *p, const lever_rule *l, const char *text)
{
    double dose;

    p->n_move = l->n_move;
    memcpy(p->move, l->move, sizeof p->move);
    for (size_t i = 0; i < p->n_move; i++) {
        p->move[i].days = l->days;
        p->move[i].habit = l->habit;
    }
    snprintf(p->group, sizeof p->group, "%s", l->group);
    gs_plan_move *m = &p->move[p->n_move - 1];
    if (*l->dose && find_dose(text, l->dose, &dose)) {
        double was = m->amount;
        m->amount = fmin(dose * l->per, l->cap);
        if (was < 0)
            m->amount = -m->amount;
        bool ratio = strcmp(l->dose, "ratio") == 0;
        snprintf(p->dose, sizeof p->dose, "%s%.4g%s%s, as the row says", ratio ? "x " : "",
                 dose, ratio ? "" : " ", ratio ? "" : l->dose);
    } else {
        p->dose_assumed = true;
        snprintf(p->dose, sizeof p->dose, "usual change, no dose is said");
    }
}

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static void say(gs_plan *p, const char *why, const char *mend)
{
    if (*p->why)
        return;
    snprintf(p->why, sizeof p->why, "%s", why);
    p->mend = mend;
}

/* Where they stood. A scale that nobody knows must be told where its people began, unless
 * the number is free of units. */
static void take_base(gs_plan *p, const gs_evidence_row *r, const outcome_rule *o)
{
    double t = r->base_treat, c = r->base_control;
    const char *type = r->effect_type + (r->effect_type[0] == 'a');

    p->base = o->base;
    p->base_gsd = o->base_gsd;
    p->base_assumed = true;
    if (o->how == GS_PLAN_ODDS && is(r->arms, "share") && r->arm_control > 0 && r->arm_control < 1)
        t = c = r->arm_control;
    if (isnan(t) && isnan(c) && is(r->arms, "level"))
        t = c = r->arm_control; /* all that is known of where they stood */
    if (isnan(t))
        t = c;
    if (isnan(c))
        c = t;
    if (t > 0 && c > 0) {
        p->base = (t + c) / 2;
        p->base_gsd = 1;
        p->base_assumed = false;
    } else if (isnan(o->base)) {
        p->base = 1;
        p->base_gsd = 1;
        if (!is(type, "percent") && !is(type, "SMD") && !is(type, "r") && !is(type, "ratio") &&
            !is(r->arms, "percent change"))
            say(p, "where its scale stood at the start is not said, and the scale is not one "
                   "of those the axis knows",
                "baseline_treat and baseline_control in the row's own unit, or a percent change");
    }
}

/* A difference of points larger than the scale, or far more than all there was. */
static bool beyond_scale(const gs_plan *p, const gs_evidence_row *r)
{
    const char *type = r->effect_type + (r->effect_type[0] == 'a');

    return p->how == GS_PLAN_RATIO && (is(type, "MD") || is(type, "change")) &&
           !(p->base_assumed && p->base_gsd == 1) && fabs(r->effect) > 3 * p->base * p->base_gsd;
}

/* Was something given to some and not to others? What was only watched is no trial. */
static const char *not_a_trial(gs_design d)
{
    switch (d) {
    case GS_DESIGN_COHORT:
    case GS_DESIGN_CROSS:
    case GS_DESIGN_POOLED_OBSERVED:
        return "people were watched, nothing was changed: who does it differs in more than this";
    case GS_DESIGN_OTHER:
        return "this is no trial: nothing was given to some people and not to others";
    default:
        return NULL;
    }
}

static bool has_number(const gs_evidence_row *r)
{
    return !isnan(r->effect) || !isnan(r->arm_treat) || !isnan(r->arm_control);
}

void gs_plan_make(const gs_plan_rules *g, const gs_evidence_row *r, gs_plan *p)
{
    char text[N_TEXT], seen[N_TEXT], other[N_TEXT];

    *p = (gs_plan){.row = r, .weeks = r->weeks, .base_gsd = 1, .threshold = NAN,
                   .base = NAN, .cv = 0.5, .mend = ""};
    lower(text, r->what, "");
    lower(seen, r->outcome, r->unit);
    lower(other, r->control, "");
    const outcome_rule *o = outcome_of(g, r, seen);
    const lever_rule *l = lever_of(g, r->lever, r, o, text);
    const lever_rule *drug = lever_of(g, "control", r, o, other);
    const char *watched = not_a_trial(r->kind);

    // the first reason counts: not understood, no study, no lever, no outcome, no start
    if (watched)
        say(p, watched, "a randomised trial of the same change");
    if (r->fault && *r->fault)
        say(p, r->fault, "");
    if (!l)
        l = lever_of(g, "other", r, o, text);
    if (l && l->n_move > 0) {
        take_moves(p, l, text);
    } else if (l && *l->group) { /* nothing is known of it but that it is a lever */
        p->outside = true;
        snprintf(p->group, sizeof p->group, "%s", l->group);
        snprintf(p->dose, sizeof p->dose, "%s", l->why);
    } else {
        say(p, l ? l->why : "no lever of the axis is known by this name",
            l && !is(l->lever, "other")
                ? "a line for it in data/evidence/levers.csv, and its way into model/axis.gs"
                : "the lever's usual name, or a line for it in data/evidence/words.csv");
    }
    if (!o || !*o->see)
        say(p, o ? o->why : "the axis has no such outcome",
            "a line for it in data/evidence/outcomes.csv, and what to look at in model/axis.gs");
    if (drug)
        say(p, drug->why, "a control group on placebo or usual care");

    // what is seen, and who they are
    if (o && *o->see) {
        snprintf(p->family, sizeof p->family, "%s", o->family);
        snprintf(p->see, sizeof p->see, "%s", o->see);
        p->how = o->how;
        p->threshold = o->threshold;
        p->cv = o->cv;
        take_base(p, r, o);
    }
    p->weeks_assumed = isnan(r->weeks);
    if (p->weeks_assumed)
        p->weeks = o && o->how == GS_PLAN_ODDS ? WEEKS_ONSET : WEEKS_USUAL;
    if (o && *o->see && beyond_scale(p, r))
        say(p, "the effect is several times all there was at the start: its unit cannot be this",
            "the unit, or the start in the same unit");
    p->contrast = !*p->why;
    p->blind = p->contrast && !has_number(r);

    // the control arm of any trial on the skin shows what skin does by itself
    bool fits = !r->fault || !*r->fault;
    bool start = o && (!isnan(o->base) || !p->base_assumed || is(r->arms, "percent change"));
    p->control = fits && start && !watched && r->kind != GS_DESIGN_SINGLE_ARM && *o->see &&
                 !drug && o->result != GS_RESULT_MARKER && o->how != GS_PLAN_ODDS &&
                 !isnan(r->arm_control) && !is(r->arms, "level");
}
