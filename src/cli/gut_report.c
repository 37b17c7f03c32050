/* gutskin gut report: one sample's numbers, their noise, their place among others. */
#include "cli/diary_door.h"
#include "cli/gut_door.h"
#include "gutskin/gutreport.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_AGE = 256, OPT_TREE, OPT_HTML, OPT_GENERA };

typedef struct options {
    gs_cli_gut gut;
    const char *file, *tree, *html;
    double age; /* [years] */
    long n_genus;
    bool json;
} options;

static const struct argp_option option_list[] = {
    GS_GUT_FILE_OPTIONS,
    {"age", OPT_AGE, "AGE", 0, "age in years, or months as in 7mo", 0},
    {"tree", OPT_TREE, "FILE", 0, "Newick tree whose tips are the table's rows: adds Faith's diversity", 0},
    {"html", OPT_HTML, "FILE", 0, "write a page with figures", 0},
    {"genera", OPT_GENERA, "N", 0, "list the N largest genera (10)", 0},
    GS_JSON_OPTION,
    {0}};

/* "34", "7mo", "7 months" */
static bool read_age(const char *text, double *out)
{
    size_t n = strspn(text, "0123456789.");
    const char *unit = text + n + strspn(text + n, " ");
    bool month = !strcmp(unit, "mo") || !strcmp(unit, "month") || !strcmp(unit, "months");
    if (!gs_text_number(text, n, false, out) || (*unit && !month && strcmp(unit, "y") != 0))
        return false;
    *out /= month ? 12 : 1;
    return *out >= 0 && *out < 130;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    if (gs_cli_gut_option(&o->gut, key, arg, state))
        return 0;
    switch (key) {
    case 'j': o->json = true; return 0;
    case OPT_TREE: o->tree = arg; return 0;
    case OPT_HTML: o->html = arg; return 0;
    case OPT_AGE:
        if (!read_age(arg, &o->age))
            argp_error(state, "--age wants years (34) or months (7mo), not \"%s\"", arg);
        return 0;
    case OPT_GENERA:
        if (!gs_text_long(arg, strlen(arg), 0, 100000, &o->n_genus))
            argp_error(state, "--genera wants a number, not \"%s\"", arg);
        return 0;
    case ARGP_KEY_ARG:
        if (o->file)
            argp_error(state, "one file at a time; \"%s\" is a second", arg);
        o->file = arg;
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "name a file"); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

gs_status gs_cli_gut_tree(gs_arena *a, const char *path, gs_eco_tree **out, gs_err *err)
{
    char *text;
    size_t n;
    GS_TRY(gs_text_read_file(path, (size_t)1 << 30, &text, &n, err));
    gs_status st = gs_eco_tree_parse(a, path, text, n, out, err);
    free(text);
    return st;
}

static gs_status answer(const options *o, gs_arena *a, gs_buf *out, gs_buf *page, gs_err *err)
{
    gs_gut *g;
    gs_stool *x;
    gs_eco_tree *tree = NULL;
    size_t s = 0;
    gs_stool_opts so = GS_STOOL_OPTS;

    GS_TRY(gs_cli_gut_read(&o->gut, a, o->file, &g, err));
    GS_TRY(gs_cli_gut_choose(&o->gut, g, &s, err));
    GS_TRY(gs_cli_gut_fit(&o->gut, g, s, err));
    if (o->tree)
        GS_TRY(gs_cli_gut_tree(a, o->tree, &tree, err));
    so.age = o->age;
    so.tree = tree;
    GS_TRY(gs_stool_read(a, g, s, &so, &x, err));
    if (o->html)
        GS_TRY(gs_gutreport_html(x, page, err));
    return o->json ? gs_gutreport_json(x, out, err)
                   : gs_gutreport_text(x, (size_t)o->n_genus, out, err);
}

int gs_cli_gut_report(int argc, char **argv)
{
    static const struct argp argp = {
        option_list, parse, "FILE",
        "What one stool sample shows: diversity and guilds, with the noise of counting and of the day, "
        "and percentiles among people measured the same way.\v"
        "Examples:\n"
        "  gutskin gut report table.biom --sample S1 --method 16s-closed --age 34\n"
        "  gutskin gut report profile.txt --html gut.html\n"
        "  gutskin gut report baby.tsv --method 16s-closed --age 7mo\n\n"
        "Percentiles need the method: values measured in different ways cannot be compared. Nothing here "
        "is a statement about skin.",
        NULL, NULL, NULL};
    options o = {.gut = GS_CLI_GUT, .age = NAN, .n_genus = 10};
    gs_err err = {0};
    gs_buf b = {0}, page = {0};

    argp_parse(&argp, argc, argv, 0, NULL, &o);
    gs_arena *a = gs_arena_new(0);
    gs_status st = a ? answer(&o, a, &b, &page, &err) : gs_fail(&err, GS_ENOMEM, "out of memory");
    int code = st == GS_OK ? GS_EXIT_OK : gs_cli_failed(&err);
    if (code == GS_EXIT_OK && o.html)
        code = gs_cli_put(o.html, page.data, page.len);
    if (code == GS_EXIT_OK && !(o.html && !strcmp(o.html, "-")))
        code = gs_cli_put(NULL, b.data, b.len);
    gs_buf_free(&b);
    gs_buf_free(&page);
    gs_arena_free(a);
    return code;
}
