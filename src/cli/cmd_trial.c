/* gutskin trial: a virtual trial, from a design file to tables, JSON, a picture, a page. */
#include "cli/cli.h"
#include "cli/load.h"

#include "gutskin/report.h"
#include "gutskin/trial_report.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SIZES = 40 };

typedef struct options {
    const char *file, *model, *svg, *png, *html, *population;
    long seed, people, draws, trials; /* -1, 0, 0, 0 = as the design says */
    size_t size[MOST_SIZES], n_size;
    bool json, check;
} options;

enum {
    OPT_SEED = 256,
    OPT_PEOPLE,
    OPT_DRAWS,
    OPT_TRIALS,
    OPT_SIZES,
    OPT_JSON,
    OPT_SVG,
    OPT_PNG,
    OPT_HTML,
    OPT_CHECK,
    OPT_POPULATION,
    OPT_MODEL
};

static const struct argp_option option_list[] = {
    {"people", OPT_PEOPLE, "N", 0, "virtual people to live through it (1024)", 0},
    {"draws", OPT_DRAWS, "N", 0, "beliefs about the population among them (32)", 0},
    {"trials", OPT_TRIALS, "N", 0, "trials drawn for the power curve (500 to 2000)", 0},
    {"sizes", OPT_SIZES, "A,B,..", 0, "sizes of the power curve, people in all", 0},
    {"seed", OPT_SEED, "N", 0, "seed of everything random", 0},
    {"json", OPT_JSON, NULL, 0, "print JSON", 0},
    {"svg", OPT_SVG, "FILE", 0, "draw the arms (\"-\" = standard output)", 0},
    {"png", OPT_PNG, "FILE", 0, "draw the arms as PNG", 0},
    {"html", OPT_HTML, "FILE", 0, "write everything as one page", 0},
    {"population", OPT_POPULATION, "WHICH", 0,
     "calibrated (against published trials; the default), model (its priors), or a "
     "file",
     0},
    {"check", OPT_CHECK, NULL, 0, "only read the design, and say what it is", 0},
    {"model", OPT_MODEL, "FILE", 0, "another model than the shipped axis", 0},
    {0},
};

static void sizes(struct argp_state *state, options *o, const char *arg)
{
    for (o->n_size = 0; *arg;) {
        size_t n = strcspn(arg, ", ");
        long v;
        if (n == 0) {
            arg++;
            continue;
        }
        if (o->n_size == MOST_SIZES)
            argp_error(state, "at most %d sizes", MOST_SIZES);
        if (!gs_text_long(arg, n, 4, 1000000, &v) ||
            (o->n_size && (size_t)v <= o->size[o->n_size - 1]))
            argp_error(state,
                       "\"%.*s\": sizes are whole numbers from 4 up, ascending, as in "
                       "--sizes 40,80,160",
                       (int)n, arg);
        o->size[o->n_size++] = (size_t)v;
        arg += n;
    }
    if (o->n_size == 0)
        argp_error(state, "--sizes wants numbers, as in --sizes 40,80,160");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case OPT_SEED: o->seed = gs_cli_count(state, arg, 0, 1000000000); return 0;
    case OPT_PEOPLE: o->people = gs_cli_count(state, arg, 2, 1000000); return 0;
    case OPT_DRAWS: o->draws = gs_cli_count(state, arg, 1, 10000); return 0;
    case OPT_TRIALS: o->trials = gs_cli_count(state, arg, 1, 100000); return 0;
    case OPT_SIZES: sizes(state, o, arg); return 0;
    case OPT_JSON: o->json = true; return 0;
    case OPT_SVG: o->svg = arg; return 0;
    case OPT_PNG: o->png = arg; return 0;
    case OPT_HTML: o->html = arg; return 0;
    case OPT_POPULATION: o->population = arg; return 0;
    case OPT_CHECK: o->check = true; return 0;
    case OPT_MODEL: o->model = arg; return 0;
    case ARGP_KEY_ARG:
        if (o->file)
            argp_error(state, "one design at a time; \"%s\" is a second", arg);
        o->file = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which design? Give its file, or - for standard input");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

typedef struct run {
    const options *o;
    gs_arena *a;
    const gs_kernel *k;
    gs_trial *t;
    gs_trial_result *r;
} run;

static gs_status read_design(run *x, gs_err *err)
{
    const options *o = x->o;
    char *text = NULL;
    size_t n;
    const char *name = strcmp(o->file, "-") == 0 ? "stdin" : o->file;
    GS_TRY(gs_text_read_file(o->file, 1 << 21, &text, &n, err));
    gs_status st = gs_trial_parse(x->a, x->k, name, text, n, &x->t, err);
    free(text);
    GS_TRY(st);
    gs_trial *t = x->t;
    size_t people = o->people ? (size_t)o->people : t->n_draw * t->n_person;
    if (o->draws)
        t->n_draw = (size_t)o->draws;
    if (people < 2 * t->n_draw)
        t->n_draw = o->draws ? t->n_draw : 1;
    t->n_person = people / t->n_draw;
    if (o->seed >= 0)
        t->seed = (uint64_t)o->seed;
    if (t->n_person < 2)
        return gs_fail(err, GS_EUSE,
                       "%zu people are too few for %zu draws; a draw wants two", people,
                       t->n_draw);
    return GS_OK;
}

/* people: n_draw of them, or none for the priors of the model */
static gs_status take_population(run *x, size_t *n, gs_trial_draw **out, gs_err *err)
{
    /* another model's people were never held against trials */
    const char *usual = x->o->model && *x->o->model ? "model" : "calibrated";
    const char *which = x->o->population ? x->o->population : usual;
    const gs_population *p = gs_population_shipped();
    *n = 0;
    *out = NULL;
    if (strcmp(which, "model") == 0)
        return GS_OK;
    if (strcmp(which, "calibrated") != 0) {
        char *text = NULL;
        size_t len;
        gs_population *own = NULL;
        GS_TRY(gs_text_read_file(which, 1 << 24, &text, &len, err));
        gs_status st = gs_population_read(x->a, which, text, len, &own, err);
        free(text);
        GS_TRY(st);
        p = own;
    }
    *out = GS_NEW(x->a, gs_trial_draw, x->t->n_draw);
    if (!*out)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    *n = x->t->n_draw;
    return gs_trial_draw_population(x->a, x->t, x->k, p, *n, *out, err);
}

static gs_status write_svg(const run *x, gs_err *err)
{
    gs_buf svg = {0};
    if (!x->o->svg && !x->o->png)
        return GS_OK;
    gs_status st = gs_report_trial_svg(x->t, x->k, x->r, &svg, err);
    if (st == GS_OK)
        st = gs_cli_picture(&svg, x->o->svg, x->o->png, err);
    gs_buf_free(&svg);
    return st;
}

static gs_status write_html(const run *x, gs_err *err)
{
    gs_buf page = {0};
    if (!x->o->html)
        return GS_OK;
    gs_status st = gs_report_trial_html(x->t, x->k, x->r, &page, err);
    if (st == GS_OK)
        st = gs_text_write_file(x->o->html, page.data, page.len, err);
    gs_buf_free(&page);
    return st;
}

static gs_status answer(run *x, gs_err *err)
{
    const options *o = x->o;
    gs_buf b = {0};
    GS_TRY(gs_load_kernel_form(x->a, o->model, GS_LOAD_FULL, &x->k, err));
    GS_TRY(read_design(x, err));
    if (o->check) {
        printf(
            "%s: %zu arms, %zu visits, %zu people randomised; the design can be run\n",
            o->file, x->t->n_arm, x->t->n_visit, x->t->n_random);
        return GS_OK;
    }
    gs_trial_run_opts ro = {
        .n_rep = (size_t)o->trials, .n_size = o->n_size, .size = o->size};
    gs_trial_draw *draw;
    size_t n_draw;
    GS_TRY(take_population(x, &n_draw, &draw, err));
    gs_status st = gs_trial_run(x->a, x->t, x->k, n_draw, draw, &ro, gs_cli_pool(),
                                gs_cli_progress(), &x->r, err);
    gs_cli_progress_end();
    GS_TRY(st);
    GS_TRY(write_svg(x, err));
    GS_TRY(write_html(x, err));
    if (o->json)
        st = gs_report_trial_json(x->t, x->k, x->r, &b, err);
    else if (!o->svg && !o->png && !o->html)
        st = gs_report_trial_text(x->t, x->k, x->r, &b, err);
    if (st == GS_OK && b.len)
        st = gs_text_write_file("-", b.data, b.len, err);
    gs_buf_free(&b);
    return st;
}

int gs_cmd_trial(int argc, char **argv)
{
    static const struct argp argp = {
        option_list,
        parse,
        "DESIGN",
        "Run a virtual trial: what a study of this design would see, if people were as "
        "the "
        "model says, how sure that is, and how many people it would take.\v"
        "Examples:\n"
        "  gutskin trial examples/trials/acne-glycaemic-load.trial\n"
        "  gutskin trial examples/trials/psoriasis-uvb.trial --html trial.html\n"
        "  gutskin trial examples/trials/eczema-probiotic.trial --sizes 60,120,240,480 "
        "--json\n"
        "\nThe words of a design are in docs/trial.md.",
        NULL,
        NULL,
        NULL};
    options o = {.seed = -1};
    run x = {.o = &o};
    gs_err err = {0};

    argp_parse(&argp, argc, argv, 0, NULL, &o);
    x.a = gs_arena_new(0);
    gs_status st = x.a ? answer(&x, &err) : gs_fail(&err, GS_ENOMEM, "out of memory");
    gs_arena_free(x.a);
    return st == GS_OK ? GS_EXIT_OK : gs_cli_failed(&err);
}
