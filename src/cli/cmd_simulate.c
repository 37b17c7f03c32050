/* gutskin simulate: a scenario through the model, as a table, JSON, CSV or picture; or
 * as the diary its person might have kept. */
#include "cli/cli.h"
#include "cli/load.h"
#include "cli/view.h"

#include "gutskin/report.h"
#include "gutskin/scenario.h"

#include <argp.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *file, *see, *model, *svg, *png, *diary;
    long days, every, seed; /* 0, 0, -1 = as the scenario says */
    bool json, csv, slaved;
} options;

enum {
    OPT_DAYS = 256,
    OPT_EVERY,
    OPT_SEE,
    OPT_SEED,
    OPT_JSON,
    OPT_CSV,
    OPT_SVG,
    OPT_PNG,
    OPT_DIARY,
    OPT_SLAVED,
    OPT_MODEL
};

static const struct argp_option option_list[] = {
    {"days", OPT_DAYS, "N", 0, "how long, instead of what the scenario says", 0},
    {"see", OPT_SEE, "A,B", 0, "observables or states to show", 0},
    {"every", OPT_EVERY, "N", 0, "a row every N days (7; 1 with --json and --csv)", 0},
    {"seed", OPT_SEED, "N", 0, "seed of everything random", 0},
    {"json", OPT_JSON, NULL, 0, "print JSON", 0},
    {"csv", OPT_CSV, NULL, 0, "print CSV", 0},
    {"svg", OPT_SVG, "FILE", 0, "draw a plot (\"-\" = standard output)", 0},
    {"png", OPT_PNG, "FILE", 0, "draw a plot as PNG", 0},
    {"diary", OPT_DIARY, "FILE", 0, "write the scenario's synthetic diary as CSV", 0},
    {"slaved", OPT_SLAVED, NULL, 0, "the form with the fast states in equilibrium", 0},
    {"model", OPT_MODEL, "FILE", 0, "another model than the shipped axis", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case OPT_DAYS: o->days = gs_cli_count(state, arg, 1, 36600); return 0;
    case OPT_EVERY: o->every = gs_cli_count(state, arg, 1, 36600); return 0;
    case OPT_SEED: o->seed = gs_cli_count(state, arg, 0, 1000000000); return 0;
    case OPT_SEE: o->see = arg; return 0;
    case OPT_JSON: o->json = true; return 0;
    case OPT_CSV: o->csv = true; return 0;
    case OPT_SVG: o->svg = arg; return 0;
    case OPT_PNG: o->png = arg; return 0;
    case OPT_DIARY: o->diary = arg; return 0;
    case OPT_SLAVED: o->slaved = true; return 0;
    case OPT_MODEL: o->model = arg; return 0;
    case ARGP_KEY_ARG:
        if (o->file)
            argp_error(state, "one scenario at a time; \"%s\" is a second", arg);
        o->file = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which scenario? Give its file, or - for standard input");
        return 0;
    case ARGP_KEY_END:
        if (o->json && o->csv)
            argp_error(state, "--json or --csv, not both");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* ---- the run ---- */

typedef struct run {
    const options *o;
    gs_arena *a;
    const gs_kernel *k;
    gs_scenario *sc;
    gs_view v;
    uint64_t seed;
    double **y; /* [n_person] -> [(n_day+1) x v.n] */
} run;

static gs_status read_scenario(run *r, gs_err *err)
{
    char *text = NULL;
    size_t n;
    const char *name = strcmp(r->o->file, "-") == 0 ? "stdin" : r->o->file;
    GS_TRY(gs_text_read_file(r->o->file, 1 << 21, &text, &n, err));
    gs_status st = gs_scenario_parse(r->a, r->k, name, text, n, &r->sc, err);
    free(text);
    GS_TRY(st);
    if (r->o->days)
        r->sc->n_day = (size_t)r->o->days;
    r->seed = r->o->seed >= 0 ? (uint64_t)r->o->seed : r->sc->seed;
    return GS_OK;
}

static gs_status live(run *r, size_t who, double *x, double *y, gs_err *err)
{
    const gs_kernel *k = r->k;
    size_t n_row = r->sc->n_day + 1;
    gs_status st = gs_scenario_run(r->sc, k, &GS_SIM_OPTS, who, r->seed, x, y, err);
    if (st != GS_OK) {
        if (err->line && !*err->field)
            snprintf(err->field, sizeof err->field, "%.60s", r->sc->person[who].name);
        err->line = 0; /* a day of the path, not a line of the file */
        return st;
    }
    r->y[who] = GS_NEW(r->a, double, n_row * r->v.n);
    if (!r->y[who])
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t d = 0; d < n_row; d++)
        for (size_t i = 0; i < r->v.n; i++)
            r->y[who][d * r->v.n + i] = r->v.is_state[i] ? x[d * k->n_state + r->v.at[i]] :
                                                           y[d * k->n_see + r->v.at[i]];
    return GS_OK;
}

static gs_status live_all(run *r, gs_err *err)
{
    size_t n_row = r->sc->n_day + 1;
    double *x = malloc(n_row * (r->k->n_state + 1) * sizeof *x);
    double *y = malloc(n_row * (r->k->n_see + 1) * sizeof *y);
    gs_status st = GS_OK;
    r->y = GS_NEW(r->a, double *, r->sc->n_person);
    if (!x || !y || !r->y)
        st = gs_fail(err, GS_ENOMEM, "not enough memory for %zu days", r->sc->n_day);
    for (size_t i = 0; i < r->sc->n_person && st == GS_OK; i++)
        st = live(r, i, x, y, err);
    free(x);
    free(y);
    return st;
}

/* ---- how it is shown ---- */

/* rows shown: every N days, and the last */
static bool shown(const run *r, size_t d, long usual)
{
    size_t every = (size_t)(r->o->every ? r->o->every : usual);
    return d % every == 0 || d == r->sc->n_day;
}

static void put_table(const run *r, gs_buf *b)
{
    const gs_scenario *sc = r->sc;
    if (*sc->title)
        gs_buf_printf(b, "%s\n", sc->title);
    for (size_t p = 0; p < sc->n_person; p++) {
        gs_buf_printf(b, "\n%s", sc->person[p].name);
        for (size_t c = 0; c < GS_N_CONDITION; c++)
            if (sc->person[p].has[c])
                gs_buf_printf(b, ", %s", gs_condition_name((gs_condition)c));
        gs_buf_put(b, "\n   day");
        for (size_t i = 0; i < r->v.n; i++)
            gs_buf_printf(b, "  %*s", (int)fmax(10, (double)strlen(r->v.name[i])),
                          r->v.name[i]);
        gs_buf_put(b, "\n");
        for (size_t d = 0; d <= sc->n_day; d++) {
            if (!shown(r, d, 7))
                continue;
            gs_buf_printf(b, "%6zu", d);
            for (size_t i = 0; i < r->v.n; i++)
                gs_buf_printf(b, "  %*.4g", (int)fmax(10, (double)strlen(r->v.name[i])),
                              r->y[p][d * r->v.n + i]);
            gs_buf_put(b, "\n");
        }
    }
    gs_buf_put(b, "\nDay 0 is the morning of day 1. What a model does is no forecast of what a "
                  "body does.\n");
}

static void put_quoted(gs_buf *b, const char *text)
{
    gs_buf_put(b, "\"");
    for (; *text; text++)
        gs_buf_printf(b, *text == '"' ? "\"%c" : "%c", *text);
    gs_buf_put(b, "\"");
}

static void put_csv(const run *r, gs_buf *b)
{
    gs_buf_put(b, "person,day");
    for (size_t i = 0; i < r->v.n; i++)
        gs_buf_printf(b, ",%s", r->v.name[i]);
    gs_buf_put(b, "\n");
    for (size_t p = 0; p < r->sc->n_person; p++)
        for (size_t d = 0; d <= r->sc->n_day; d++) {
            if (!shown(r, d, 1))
                continue;
            put_quoted(b, r->sc->person[p].name);
            gs_buf_printf(b, ",%zu", d);
            for (size_t i = 0; i < r->v.n; i++)
                gs_buf_printf(b, ",%.9g", r->y[p][d * r->v.n + i]);
            gs_buf_put(b, "\n");
        }
}

static json_t *person_json(const run *r, size_t p)
{
    json_t *has = json_array(), *see = json_object();
    for (size_t c = 0; c < GS_N_CONDITION; c++)
        if (r->sc->person[p].has[c])
            json_array_append_new(has, json_string(gs_condition_name((gs_condition)c)));
    for (size_t i = 0; i < r->v.n; i++) {
        json_t *values = json_array();
        for (size_t d = 0; d <= r->sc->n_day; d++)
            if (shown(r, d, 1))
                json_array_append_new(values, json_real(r->y[p][d * r->v.n + i]));
        json_object_set_new(see, r->v.name[i],
                            json_pack("{s:s, s:o}", "unit", r->v.unit[i], "value", values));
    }
    return json_pack("{s:s, s:o, s:o}", "name", r->sc->person[p].name, "conditions", has,
                     "see", see);
}

static void put_json(const run *r, gs_buf *b)
{
    json_t *people = json_array(), *day = json_array();
    for (size_t d = 0; d <= r->sc->n_day; d++)
        if (shown(r, d, 1))
            json_array_append_new(day, json_integer((json_int_t)d));
    for (size_t p = 0; p < r->sc->n_person; p++)
        json_array_append_new(people, person_json(r, p));
    json_t *all = json_pack("{s:s, s:s, s:b, s:I, s:o, s:o}", "scenario", r->sc->title,
                            "model", r->k->name, "slaved", (int)r->k->slaved, "seed",
                            (json_int_t)r->seed, "day", day, "people", people);
    char *text = all ? json_dumps(all, JSON_INDENT(1) | JSON_REAL_PRECISION(9)) : NULL;
    if (text)
        gs_buf_printf(b, "%s\n", text);
    else
        b->failed = true;
    free(text);
    json_decref(all);
}

/* a line for each person and thing watched */
static gs_status draw(const run *r, gs_buf *svg, gs_err *err)
{
    const gs_scenario *sc = r->sc;
    size_t n_line = sc->n_person * r->v.n, n_row = sc->n_day + 1;
    gs_plot_line *line = GS_NEW(r->a, gs_plot_line, n_line);
    double *day = GS_NEW(r->a, double, n_row), *y = GS_NEW(r->a, double, n_line * n_row);
    if (!line || !day || !y)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t d = 0; d < n_row; d++)
        day[d] = (double)d;
    for (size_t i = 0; i < n_line; i++) {
        size_t p = i / r->v.n, what = i % r->v.n, len = 0;
        const char *who = sc->person[p].name, *name = r->v.name[what];
        len = strlen(who) + strlen(name) + 3;
        char *label = GS_NEW(r->a, char, len);
        if (!label)
            return gs_fail(err, GS_ENOMEM, "out of memory");
        if (sc->n_person == 1)
            snprintf(label, len, "%s", name);
        else if (r->v.n == 1)
            snprintf(label, len, "%s", who);
        else
            snprintf(label, len, "%s: %s", who, name);
        for (size_t d = 0; d < n_row; d++)
            y[i * n_row + d] = r->y[p][d * r->v.n + what];
        line[i] = (gs_plot_line){label, day, y + i * n_row, n_row};
    }
    gs_plot plot = {.title = *sc->title ? sc->title : r->k->name, .x_title = "day",
                    .y_title = r->v.n == 1 ? r->v.name[0] : "", .n_line = n_line,
                    .line = line, .note = "What the model does in this scenario; no "
                                          "forecast of what a body does."};
    return gs_report_plot_svg(&plot, svg, err);
}

static gs_status write_pictures(const run *r, gs_err *err)
{
    gs_buf svg = {0};
    if (!r->o->svg && !r->o->png)
        return GS_OK;
    gs_status st = draw(r, &svg, err);
    if (st == GS_OK)
        st = gs_cli_picture(&svg, r->o->svg, r->o->png, err);
    gs_buf_free(&svg);
    return st;
}

static gs_status write_diary(const run *r, gs_err *err)
{
    gs_buf b = {0};
    gs_status st = gs_scenario_diary_csv(r->sc, r->k, &GS_SIM_OPTS, r->seed, r->o->file, &b,
                                         err);
    if (st == GS_OK)
        st = gs_text_write_file(r->o->diary, b.data, b.len, err);
    gs_buf_free(&b);
    return st;
}

static gs_status answer(run *r, gs_err *err)
{
    gs_buf b = {0};
    GS_TRY(gs_load_kernel_form(r->a, r->o->model, r->o->slaved ? GS_LOAD_SLAVED : GS_LOAD_FULL,
                               &r->k, err));
    GS_TRY(read_scenario(r, err));
    if (r->o->diary)
        return write_diary(r, err);
    GS_TRY(gs_view_choose(r->a, r->k, r->sc, r->o->see, &r->v, err));
    GS_TRY(live_all(r, err));
    GS_TRY(write_pictures(r, err));
    if (r->o->json)
        put_json(r, &b);
    else if (r->o->csv)
        put_csv(r, &b);
    else if (!r->o->svg && !r->o->png)
        put_table(r, &b);
    gs_status st = b.failed ? gs_fail(err, GS_ENOMEM, "out of memory") : GS_OK;
    if (st == GS_OK && b.len)
        st = gs_text_write_file("-", b.data, b.len, err);
    gs_buf_free(&b);
    return st;
}

int gs_cmd_simulate(int argc, char **argv)
{
    static const struct argp argp = {
        option_list, parse, "SCENARIO",
        "Show what the model does in a scenario: who lives how, and what comes of it.\v"
        "Examples:\n"
        "  gutskin simulate examples/scenarios/eczema-flare.scn\n"
        "  gutskin simulate examples/scenarios/acne-diet.scn --see signal_acne --svg acne.svg\n"
        "  gutskin simulate examples/scenarios/diary-example.scn --diary ada.csv --seed 7\n\n"
        "The words of a scenario are in docs/scenario.md.",
        NULL, NULL, NULL};
    options o = {.seed = -1};
    run r = {.o = &o};
    gs_err err = {0};

    argp_parse(&argp, argc, argv, 0, NULL, &o);
    r.a = gs_arena_new(0);
    gs_status st = r.a ? answer(&r, &err) : gs_fail(&err, GS_ENOMEM, "out of memory");
    gs_arena_free(r.a);
    return st == GS_OK ? GS_EXIT_OK : gs_cli_failed(&err);
}
