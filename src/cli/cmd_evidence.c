/* gutskin evidence: the table of published results, to look at and to check. */
#include "cli/cli.h"

#include "gutskin/calib.h"
#include "gutskin/evidence.h"
#include "gutskin/report.h"

#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *what, *name; /* list, show, check ...; id of show, file of check */
    const char *condition, *lever, *grade, *table, *refs;
    const char *html, *population;
    bool calibrating, json, form, all, csv;
    gs_check_opts check;
} options;

enum { OPT_JSON = 256, OPT_REFS, OPT_TABLE, OPT_CALIBRATING, OPT_FORM, OPT_ALL, OPT_HTML,
       OPT_POPULATION, OPT_DRAWS, OPT_PEOPLE, OPT_SEED, OPT_CSV };

static const struct argp_option option_list[] = {
    {"condition", 'c', "NAME", 0, "only acne, eczema, psoriasis or rosacea", 0},
    {"lever", 'l', "NAME", 0, "only this lever (fibre, stress, probiotic, ...)", 0},
    {"grade", 'g', "NAME", 0, "only excerpt, secondary or memory", 0},
    {"calibrating", OPT_CALIBRATING, NULL, 0, "only rows that may calibrate the model", 0},
    {"table", OPT_TABLE, "FILE", 0, "another table than the shipped one", 0},
    {"form", OPT_FORM, NULL, 0, "check: only whether the table holds together; rerun nothing", 0},
    {"refs", OPT_REFS, "FILE", 0,
     "check: also a BibTeX file in which every key must stand; rerun nothing", 0},
    {"all", OPT_ALL, NULL, 0, "check: also the rows the model cannot express, with the reason", 0},
    {"html", OPT_HTML, "FILE", 0, "check, known: also write a page", 0},
    {"population", OPT_POPULATION, "FILE", 0, "check: another population than the shipped one", 0},
    {"draws", OPT_DRAWS, "N", 0, "check: draws of the population, each lived anew (300)", 0},
    {"people", OPT_PEOPLE, "N", 0, "check: people in each draw (2)", 0},
    {"seed", OPT_SEED, "N", 0, "check: of the random numbers (1)", 0},
    {"csv", OPT_CSV, NULL, 0, "effects: as the table that ships with gutskin", 0},
    {"json", OPT_JSON, NULL, 0, "print JSON", 0},
    {0},
};

static error_t take_word(options *o, char *arg, struct argp_state *state)
{
    if (state->arg_num == 0) {
        o->what = arg;
        if (strcmp(arg, "list") && strcmp(arg, "show") && strcmp(arg, "check") &&
            strcmp(arg, "known") && strcmp(arg, "effects"))
            argp_error(state, "\"%s\" is not list, show, check, known or effects", arg);
    } else if (state->arg_num == 1 && (!strcmp(o->what, "show") || !strcmp(o->what, "check"))) {
        o->name = arg;
    } else {
        argp_error(state, "\"%s\" is one word too many", arg);
    }
    return 0;
}

/* Mistyped words are misuse, with the nearest right one. */
static void check_words(const options *o, struct argp_state *state)
{
    static const char *const conditions[] = {"acne", "eczema", "psoriasis", "rosacea", "any"};
    bool known = !o->condition;

    for (size_t i = 0; !known && i < 5; i++)
        known = strcmp(o->condition, conditions[i]) == 0;
    if (!known)
        argp_error(state, "\"%s\" is not acne, eczema, psoriasis, rosacea or any", o->condition);
    if (o->grade && gs_grade_find(o->grade) < 0)
        argp_error(state, "\"%s\" is not excerpt, secondary or memory", o->grade);
    if (o->lever && !gs_evidence_lever_known(o->lever)) {
        const char *names[64];
        size_t n = 0;
        while (n < 64 && gs_evidence_lever(n)) {
            names[n] = gs_evidence_lever(n);
            n++;
        }
        long near = gs_text_nearest(o->lever, n, names);
        argp_error(state, near < 0 ? "there is no lever \"%s\" in the table"
                                   : "there is no lever \"%s\" in the table; did you mean \"%s\"?",
                   o->lever, near < 0 ? "" : names[near]);
    }
    if (o->what && strcmp(o->what, "show") == 0 && !o->name)
        argp_error(state, "show wants the id of a row, as list prints it");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;

    switch (key) {
    case OPT_CSV:
        o->csv = true;
        return 0;
    case OPT_FORM:
        o->form = true;
        return 0;
    case OPT_ALL:
        o->all = true;
        return 0;
    case OPT_HTML:
        o->html = arg;
        return 0;
    case OPT_POPULATION:
        o->population = arg;
        return 0;
    case OPT_DRAWS:
        o->check.n_draw = (size_t)gs_cli_count(state, arg, 2, 1000);
        return 0;
    case OPT_PEOPLE:
        o->check.n_person = (size_t)gs_cli_count(state, arg, 1, 1000);
        return 0;
    case OPT_SEED:
        o->check.seed = (uint64_t)(size_t)gs_cli_count(state, arg, 0, 1000000000);
        return 0;
    case 'c':
        o->condition = arg;
        return 0;
    case 'l':
        o->lever = arg;
        return 0;
    case 'g':
        o->grade = arg;
        return 0;
    case OPT_CALIBRATING:
        o->calibrating = true;
        return 0;
    case OPT_TABLE:
        o->table = arg;
        return 0;
    case OPT_REFS:
        o->refs = arg;
        return 0;
    case OPT_JSON:
        o->json = true;
        return 0;
    case ARGP_KEY_ARG:
        return take_word(o, arg, state);
    case ARGP_KEY_END:
        check_words(o, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static bool wanted(const options *o, const gs_evidence_row *r)
{
    return (!o->condition || strcmp(r->condition, o->condition) == 0) &&
           (!o->lever || strcmp(r->lever, o->lever) == 0) &&
           (!o->grade || strcmp(gs_grade_name(r->grade), o->grade) == 0) &&
           (!o->calibrating || r->calibrates) && (!o->name || strcmp(r->id, o->name) == 0);
}

/* "-4.5 [-7.45, -1.54] MD points" */
static void put_effect(gs_buf *b, const gs_evidence_row *r)
{
    if (isnan(r->effect))
        gs_buf_put(b, "no number");
    else
        gs_buf_printf(b, "%.4g", r->effect);
    if (!isnan(r->ci_lo))
        gs_buf_printf(b, " [%.4g, %.4g]", r->ci_lo, r->ci_hi);
    if (!isnan(r->effect))
        gs_buf_printf(b, " %s, %s", r->effect_type, r->unit);
}

static void put_line(gs_buf *b, const gs_evidence_row *r)
{
    gs_buf_printf(b, "%-28s %-9s %-12s %-9s %-8s ", r->id, r->condition, r->lever,
                  gs_grade_name(r->grade), r->finding);
    put_effect(b, r);
    gs_buf_printf(b, "; %s\n", r->outcome);
}

static void put_pair(gs_buf *b, const char *what, double treat, double control)
{
    if (isnan(treat) && isnan(control))
        return;
    gs_buf_printf(b, "  %-11s ", what);
    if (isnan(treat))
        gs_buf_put(b, "?");
    else
        gs_buf_printf(b, "%.10g", treat);
    if (!isnan(control))
        gs_buf_printf(b, " against %.10g", control);
    gs_buf_put(b, "\n");
}

static void put_text(gs_buf *b, const char *what, const char *text)
{
    if (*text)
        gs_buf_printf(b, "  %-11s %s\n", what, text);
}

static void put_page(gs_buf *b, const gs_evidence_row *r)
{
    gs_buf_printf(b, "%s: %s, %s\n", r->id, r->condition, r->lever);
    put_text(b, "what", r->what);
    put_text(b, "against", r->control);
    put_text(b, "who", r->population);
    put_text(b, "age", r->age);
    put_pair(b, "people", r->n_treat, r->n_control);
    put_text(b, "study", r->design);
    if (!isnan(r->weeks))
        gs_buf_printf(b, "  %-11s %.4g\n", "weeks", r->weeks);
    put_text(b, "outcome", r->outcome);
    put_pair(b, "at start", r->base_treat, r->base_control);
    put_pair(b, *r->arms ? r->arms : "arms", r->arm_treat, r->arm_control);
    gs_buf_printf(b, "  %-11s ", "effect");
    put_effect(b, r);
    if (!isnan(r->p))
        gs_buf_printf(b, ", p %.3g", r->p);
    gs_buf_put(b, "\n");
    put_text(b, "found", r->finding);
    char where[200], link[200];
    gs_evidence_where(r->key, where, sizeof where, link, sizeof link);
    gs_buf_printf(b, "  %-11s %s (%s), trial %s\n", "source", r->source, r->key, r->trial);
    put_text(b, "where", where);
    gs_buf_printf(b, "  %-11s %s; %s%s\n", "grade", gs_grade_name(r->grade),
                  r->calibrates ? "calibrates" : "does not calibrate: ", r->why_not);
    put_text(b, "beware", r->caution);
}

static gs_status answer(const options *o, const gs_evidence *ev, gs_arena *a, gs_buf *b,
                        gs_err *err)
{
    const gs_evidence_row **row = GS_NEW(a, const gs_evidence_row *, ev->n ? ev->n : 1);
    size_t n = 0;

    if (!row)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < ev->n; i++) {
        if (wanted(o, &ev->row[i]))
            row[n++] = &ev->row[i];
    }
    if (o->name && n == 0)
        return gs_fail(err, GS_EFOUND, "no row has the id \"%s\"; gutskin evidence list "
                                       "prints them", o->name);
    if (o->json)
        gs_evidence_json(n, row, b);
    for (size_t i = 0; !o->json && i < n; i++) {
        if (o->name)
            put_page(b, row[i]);
        else
            put_line(b, row[i]);
    }
    return b->failed ? gs_fail(err, GS_ENOMEM, "out of memory") : GS_OK;
}

static gs_status read_table(const char *path, bool each, gs_arena *a, const gs_evidence **out,
                            gs_err *err)
{
    char *text;
    size_t n;
    gs_evidence *ev;

    *out = gs_evidence_shipped();
    if (!path)
        return GS_OK;
    GS_TRY(gs_text_read_file(path, (size_t)16 << 20, &text, &n, err));
    gs_status st = each ? gs_evidence_read_any(a, path, text, n, &ev, err)
                   : gs_evidence_is_foreign(text, n)
                       ? gs_evidence_read_foreign(a, path, text, n, &ev, err)
                       : gs_evidence_read(a, path, text, n, &ev, err);
    free(text);
    GS_TRY(st);
    *out = ev;
    return GS_OK;
}

/* The population was fitted to the shipped table: of another one, only rows that stand in
 * it may be counted among those it knew. */
static const gs_evidence_row *as_known(gs_arena *a, const gs_evidence_row *r)
{
    const gs_evidence *ours = gs_evidence_shipped();
    gs_evidence_row *copy;

    if (!r->calibrates)
        return r;
    for (size_t i = 0; i < ours->n; i++) {
        const gs_evidence_row *o = &ours->row[i];
        if (o->calibrates && strcmp(o->id, r->id) == 0 &&
            (o->effect == r->effect || (isnan(o->effect) && isnan(r->effect))))
            return r;
    }
    copy = GS_NEW(a, gs_evidence_row, 1);
    if (!copy)
        return r;
    *copy = *r;
    copy->calibrates = false;
    copy->why_not = "added";
    return copy;
}

static gs_status read_population(const char *path, gs_arena *a, const gs_population **out,
                                 gs_err *err)
{
    char *text;
    size_t n;
    gs_population *p;

    *out = gs_population_shipped();
    if (!path)
        return GS_OK;
    GS_TRY(gs_text_read_file(path, (size_t)16 << 20, &text, &n, err));
    gs_status st = gs_population_read(a, path, text, n, &p, err);
    free(text);
    GS_TRY(st);
    *out = p;
    return GS_OK;
}

/* Does the table hold together? Reading is checking; then the sources, if a list was given. */
static gs_status check_form(const options *o, const gs_evidence *ev, gs_buf *b, gs_err *err)
{
    size_t n_cal = 0, n;
    char *bib;

    if (o->refs) {
        GS_TRY(gs_text_read_file(o->refs, (size_t)16 << 20, &bib, &n, err));
        gs_status st = gs_evidence_check_keys(ev, o->refs, bib, n, err);
        free(bib);
        GS_TRY(st);
    }
    for (size_t i = 0; i < ev->n; i++)
        n_cal += ev->row[i].calibrates;
    if (!o->json && (o->form || o->refs || !(o->name || o->table)))
        gs_buf_printf(b, "%zu rows hold together; %zu may calibrate.\n", ev->n, n_cal);
    else if (o->form || o->refs)
        gs_buf_printf(b, "{\"rows\": %zu, \"calibrating\": %zu}\n", ev->n, n_cal);
    return GS_OK;
}

static gs_status check(const options *o, gs_arena *a, gs_buf *b, gs_err *err)
{
    const gs_evidence *ev;
    const gs_population *pop;
    const gs_plan_rules *rules = gs_plan_rules_shipped();
    gs_check *c;
    size_t n = 0;

    const char *path = o->name ? o->name : o->table;

    GS_TRY(read_table(path, !o->form && !o->refs, a, &ev, err));
    GS_TRY(check_form(o, ev, b, err));
    if (o->form || o->refs)
        return GS_OK;
    GS_TRY(read_population(o->population, a, &pop, err));
    const gs_evidence_row **row = GS_NEW(a, const gs_evidence_row *, ev->n + 1);
    if (!row || !rules)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    options filter = *o;
    filter.name = NULL; /* of a file, here */
    for (size_t i = 0; i < ev->n; i++) {
        if (wanted(&filter, &ev->row[i]))
            row[n++] = path ? as_known(a, &ev->row[i]) : &ev->row[i];
    }
    gs_status st = gs_calib_check(a, gs_axis(), rules, n, row, pop, &o->check, gs_cli_pool(),
                                  gs_cli_progress(), &c, err);
    gs_cli_progress_end();
    GS_TRY(st);
    if (o->html) {
        gs_buf page = {0};
        st = gs_report_check_html(c, &page, err);
        if (st == GS_OK)
            st = gs_text_write_file(o->html, page.data, page.len, err);
        gs_buf_free(&page);
        GS_TRY(st);
    }
    if (!o->json)
        return gs_report_check_text(c, o->all || path, b, err);
    gs_check_json(c, b);
    return b->failed ? gs_fail(err, GS_ENOMEM, "out of memory") : GS_OK;
}

/* ---- known and effects ------------------------------------------------------------- */

static void effect_json(gs_buf *b, const gs_known_effect *ask, const gs_effect *e)
{
    gs_buf_printf(b, "{\"lever\": \"%s\", \"condition\": \"%s\", \"tried\": %s, \"set_by_hand\": %s", ask->lever,
                  ask->condition, e->tried ? "true" : "false", e->by_hand ? "true" : "false");
    if (e->known)
        gs_buf_printf(b, ", \"ln_effect\": %.4f, \"lo90\": %.4f, \"hi90\": %.4f, \"axis\": %.4f, "
                         "\"helps\": %.3f, \"why\": \"\"}", e->effect, e->lo, e->hi, e->axis, e->helps);
    else
        gs_buf_printf(b, ", \"ln_effect\": null, \"why\": \"%s\"}", e->why);
}

static gs_status ask_model(const options *o, gs_arena *a, size_t n, const gs_known_effect *ask,
                           gs_effect **out, gs_err *err)
{
    const gs_plan_rules *rules = gs_plan_rules_shipped();
    const gs_population *pop;

    GS_TRY(read_population(o->population, a, &pop, err));
    gs_check_opts c = o->check;
    *out = GS_NEW(a, gs_effect, n + 1);
    if (!rules || !*out)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    gs_status st = gs_calib_effects(a, gs_axis(), rules, n, ask, pop, &c, gs_cli_pool(),
                                    gs_cli_progress(), *out, err);
    gs_cli_progress_end();
    return st;
}

static gs_status known(const options *o, gs_arena *a, gs_buf *b, gs_err *err)
{
    size_t n, n_ask = 0;
    const gs_known *k = gs_known_shipped(&n);
    gs_effect *e;

    gs_known_effect *ask = GS_NEW(a, gs_known_effect, n * GS_KNOWN_ASKS + 1);
    if (!k || !ask)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        for (size_t m = 0; m < k[i].n_model; m++)
            ask[n_ask++] = k[i].model[m];
    }
    GS_TRY(ask_model(o, a, n_ask, ask, &e, err));
    if (o->html) {
        gs_buf page = {0};
        gs_status st = gs_report_known_html(n, k, gs_evidence_shipped(), e, &page, err);
        if (st == GS_OK)
            st = gs_text_write_file(o->html, page.data, page.len, err);
        gs_buf_free(&page);
        GS_TRY(st);
    }
    if (!o->json)
        return gs_report_known_text(n, k, gs_evidence_shipped(), e, b, err);
    gs_buf_put(b, "[");
    for (size_t i = 0, at = 0; i < n; i++) {
        gs_buf_printf(b, "%s\n {\"claim\": \"%s\", \"asks\": \"%s\", \"word\": \"%s\", \"verdict\": "
                         "\"%s\", \"evidence\": \"%s\", \"model\": [", i ? "," : "", k[i].name,
                      k[i].asks, k[i].word, k[i].verdict, k[i].evidence);
        for (size_t m = 0; m < k[i].n_model; m++) {
            gs_buf_put(b, m ? ", " : "");
            effect_json(b, &k[i].model[m], &e[at++]);
        }
        gs_buf_put(b, "], \"rows\": [");
        for (size_t r = 0; r < k[i].n_row; r++)
            gs_buf_printf(b, "%s\"%s\"", r ? ", " : "", k[i].row[r]);
        gs_buf_put(b, "]}");
    }
    gs_buf_put(b, "\n]\n");
    return b->failed ? gs_fail(err, GS_ENOMEM, "out of memory") : GS_OK;
}

/* Every lever that people can change, in every condition. */
static gs_status effects(const options *o, gs_arena *a, gs_buf *b, gs_err *err)
{
    static const char *const levers[] = {"glycaemic", "dairy", "sugar", "processed", "fat", "fibre",
                                         "prebiotic", "fermented", "probiotic", "water", "sleep",
                                         "stress"};
    static const char *const conditions[] = {"acne", "eczema", "psoriasis", "rosacea", "infancy"};
    gs_known_effect ask[80];
    gs_effect *e;
    size_t n = 0;

    for (size_t c = 0; c < 5; c++) {
        for (size_t l = 0; l < sizeof levers / sizeof *levers; l++) {
            bool infancy = c == 4, infant = !strcmp(levers[l], "prebiotic") || !strcmp(levers[l], "probiotic");
            if ((infancy && !infant) || (o->lever && strcmp(o->lever, levers[l])) ||
                (o->condition && strcmp(o->condition, conditions[c]) &&
                 !(infancy && !strcmp(o->condition, "eczema"))))
                continue;
            ask[n++] = (gs_known_effect){levers[l], conditions[c]};
        }
    }
    GS_TRY(ask_model(o, a, n, ask, &e, err));
    if (o->csv)
        gs_buf_put(b, "condition,lever,ln_effect,lo90,hi90,axis,helps,tried\n");
    else if (!o->json)
        gs_buf_put(b, "Mean effect of a lever's usual change on severity after 12 weeks (infancy: on the risk of "
                      "eczema\nby two years), the control group's drift taken off; 90% interval; share carried "
                      "by the axis.\n\n");
    for (size_t i = 0; i < n; i++) {
        if (o->csv) {
            if (e[i].known)
                gs_buf_printf(b, "%s,%s,%.4f,%.4f,%.4f,%.4f,%.3f,%s\n", ask[i].condition, ask[i].lever,
                              e[i].effect, e[i].lo, e[i].hi, e[i].axis, e[i].helps,
                              e[i].tried ? "yes" : "no");
            continue;
        }
        if (o->json) {
            gs_buf_put(b, i ? ",\n " : "[\n ");
            effect_json(b, &ask[i], &e[i]);
            continue;
        }
        gs_buf_printf(b, "%-10s %-10s ", ask[i].condition, ask[i].lever);
        if (e[i].known)
            gs_buf_printf(b, "%+4.0f%%  (%+4.0f%% to %+4.0f%%)  helps: %3.0f%%  axis alone %+.1f%%  %s\n",
                          100 * expm1(e[i].effect), 100 * expm1(e[i].lo), 100 * expm1(e[i].hi),
                          100 * e[i].helps, 100 * expm1(e[i].axis), e[i].tried ? "from trials" : "no trial");
        else
            gs_buf_printf(b, "not known: %s\n", e[i].why);
    }
    gs_buf_put(b, o->json && !o->csv ? (n ? "\n]\n" : "[]\n") : "");
    return b->failed ? gs_fail(err, GS_ENOMEM, "out of memory") : GS_OK;
}

int gs_cmd_evidence(int argc, char **argv)
{
    static const struct argp argp = {
        option_list, parse, "list|show ID|check [FILE]|known|effects",
        "The table of published results behind the answers.\v"
        "Example:\n  gutskin evidence list --condition acne --lever glycaemic\n"
        "  gutskin evidence show smith2007ajcn-total\n"
        "  gutskin evidence check --html check.html\n"
        "  gutskin evidence check --table new-trials.csv --all\n\n"
        "known says what is known about eight popular claims; effects lists what each lever does, by the "
        "calibrated model. check reruns every trial the model can express and sets what it foretells beside what "
        "was published. A table may also have the columns of published collections (id, "
        "condition, lever, intervention, dose, ..., effect_type, effect, ci_low, ci_high).\n"
        "Grades: excerpt = seen in the paper, secondary = seen quoted elsewhere, memory = "
        "recalled. For severity, an effect below zero is better.",
        NULL, NULL, NULL};
    options o = {.check = GS_CHECK_OPTS};
    gs_err err = {0};
    gs_buf b = {0};
    const gs_evidence *ev;

    argp_parse(&argp, argc, argv, 0, NULL, &o);
    gs_arena *a = gs_arena_new(0);
    gs_status st = a ? GS_OK : gs_fail(&err, GS_ENOMEM, "out of memory");
    if (st == GS_OK && o.what && strcmp(o.what, "check") == 0)
        st = check(&o, a, &b, &err);
    else if (st == GS_OK && o.what && strcmp(o.what, "known") == 0)
        st = known(&o, a, &b, &err);
    else if (st == GS_OK && o.what && strcmp(o.what, "effects") == 0)
        st = effects(&o, a, &b, &err);
    else if (st == GS_OK && (st = read_table(o.table, false, a, &ev, &err)) == GS_OK)
        st = answer(&o, ev, a, &b, &err);
    int code = st != GS_OK ? gs_cli_failed(&err) : b.len ? gs_cli_put("-", b.data, b.len) : GS_EXIT_OK;
    gs_buf_free(&b);
    gs_arena_free(a);
    return code;
}
