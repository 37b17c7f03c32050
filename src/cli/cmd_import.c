/* gutskin import: CSV diaries, with an account of what was taken and what was not. */
#include "cli/diary_door.h"
#include "cli/gut_door.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_DATES = 256, OPT_SCALE, OPT_SESSIONS, OPT_REPLACE, OPT_SKIP, OPT_FUTURE, OPT_ALL };
enum { LARGEST = 256 << 20, SHOWN = 20 };

typedef struct options {
    const char *diary;
    gs_import_opts import;
    bool json, all, future;
    gs_cli_keep keep; /* of stool results */
    const char *sample;
    char **file;
    int n_file;
} options;

static const struct argp_option option_list[] = {
    GS_PERSON_OPTION("whose diary, for files without a column that says so (me)"),
    {"dates", OPT_DATES, "FORM", 0, "how dates are written: iso, dmy or mdy (recognised)", 0},
    {"scale", OPT_SCALE, "LIST", 0, "scales, as eczema=0-4,itch=0-10 or *=0-4", 0},
    {"sessions-per-week", OPT_SESSIONS, "N", 0, "turns session numbers into days", 0},
    {"replace", OPT_REPLACE, NULL, 0, "the file's values take the place of the diary's", 0},
    {"skip-bad", OPT_SKIP, NULL, 0, "leave out lines that cannot be taken, take the rest", 0},
    {"future", OPT_FUTURE, NULL, 0, "accept dates after today", 0},
    {"all", OPT_ALL, NULL, 0, "show every refused line, not only the first 20", 0},
    {"date", 't', "DATE", 0, "stool results: the day the sample was taken", 0},
    {"sample", 's', "NAME", 0, "stool results: one sample of a table", 0},
    GS_DIARY_OPTION,
    GS_JSON_OPTION,
    {0}};

static gs_date_form date_form(struct argp_state *state, const char *arg)
{
    if (strcmp(arg, "iso") == 0)
        return GS_DATE_ISO;
    if (strcmp(arg, "dmy") == 0)
        return GS_DATE_DMY;
    if (strcmp(arg, "mdy") == 0)
        return GS_DATE_MDY;
    argp_error(state, "--dates is iso, dmy or mdy, not \"%s\"", arg);
    return GS_DATE_UNKNOWN;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    gs_err err = {0};

    switch (key) {
    case 'd':
        o->diary = arg;
        return 0;
    case 'p':
        o->import.person = o->keep.person = arg;
        return 0;
    case 'j':
        o->json = o->keep.json = true;
        return 0;
    case 't':
        if (!gs_cli_gut_date(arg, &o->keep, &err))
            argp_error(state, "%s", err.msg);
        return 0;
    case 's':
        o->sample = arg;
        return 0;
    case OPT_DATES:
        o->import.date_form = date_form(state, arg);
        return 0;
    case OPT_SCALE:
        o->import.scale = arg;
        return 0;
    case OPT_SESSIONS:
        if (!gs_text_number(arg, strlen(arg), false, &o->import.sessions_per_week)
            || o->import.sessions_per_week < 0.1 || o->import.sessions_per_week > 21)
            argp_error(state, "--sessions-per-week is a number from 0.1 to 21");
        return 0;
    case OPT_REPLACE:
        o->import.replace = o->keep.replace = true;
        return 0;
    case OPT_SKIP:
        o->import.strict = false;
        return 0;
    case OPT_FUTURE:
        o->future = true;
        return 0;
    case OPT_ALL:
        o->all = true;
        return 0;
    case ARGP_KEY_ARGS:
        o->file = state->argv + state->next;
        o->n_file = state->argc - state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "name a CSV file, or - for standard input");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- the account --------------------------------------------------------------------- */

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(path, "-") == 0 ? "standard input" : slash && slash[1] ? slash + 1 : path;
}

static void say_issues(const options *o, const char *name, const gs_import_took *k)
{
    size_t shown = o->all || k->n_issue < SHOWN ? k->n_issue : SHOWN;
    for (size_t i = 0; i < shown; i++) {
        const gs_import_issue *x = &k->issue[i];
        fprintf(stderr, "%s:%ld: %s%s%s\n", name, x->line, x->field, *x->field ? ": " : "",
                x->text);
    }
    if (shown < k->n_issue)
        fprintf(stderr, "... and %zu more (--all shows them)\n", k->n_issue - shown);
}

static void put_count(gs_buf *b, size_t n, const char *one, const char *many)
{
    gs_buf_printf(b, "%zu %s", n, n == 1 ? one : many);
}

static void say_text(gs_buf *b, const char *name, const gs_import_took *k, bool taken)
{
    gs_buf_printf(b, "%s: %s\n  ", name, k->read_as);
    put_count(b, k->n_value, "value", "values");
    gs_buf_put(b, taken ? " taken from " : " could be taken from ");
    put_count(b, k->n_row, "line", "lines");
    gs_buf_put(b, ", ");
    put_count(b, k->n_person, "person", "people");
    if (k->batch)
        gs_buf_printf(b, " (`gutskin undo --batch %lld` takes it back)", (long long)k->batch);
    if (k->n_missing) {
        gs_buf_put(b, "\n  ");
        put_count(b, k->n_missing, "place is empty and stays missing",
                  "places are empty and stay missing");
    }
    if (k->n_duplicate) {
        gs_buf_put(b, "\n  ");
        put_count(b, k->n_duplicate, "value was said before", "values were said before");
    }
    if (k->n_refused) {
        gs_buf_put(b, "\n  ");
        put_count(b, k->n_refused, "refused", "refused");
    }
    gs_buf_put(b, "\n");
}

static void say_json(gs_buf *b, const char *name, const gs_import_took *k, const gs_err *err)
{
    char text[900];
    gs_buf_put(b, "{\"file\": ");
    gs_cli_json_text(b, name);
    gs_buf_put(b, ", \"read_as\": ");
    gs_cli_json_text(b, k->read_as);
    gs_buf_printf(b, ", \"batch\": %lld, \"rows\": %zu, \"values\": %zu, \"duplicates\": %zu, "
                  "\"refused\": %zu, \"missing\": %zu, \"people\": %zu, \"issues\": [",
                  (long long)k->batch, k->n_row, k->n_value, k->n_duplicate, k->n_refused,
                  k->n_missing, k->n_person);
    for (size_t i = 0; i < k->n_issue; i++) {
        gs_buf_printf(b, "%s\n  {\"line\": %ld, \"field\": ", i ? "," : "", k->issue[i].line);
        gs_cli_json_text(b, k->issue[i].field);
        gs_buf_put(b, ", \"text\": ");
        gs_cli_json_text(b, k->issue[i].text);
        gs_buf_put(b, "}");
    }
    gs_buf_put(b, "], \"error\": ");
    if (err->code)
        gs_cli_json_text(b, gs_err_text(err, text, sizeof text));
    else
        gs_buf_put(b, "null");
    gs_buf_put(b, "}\n");
}

static int account(const options *o, const char *name, const gs_import_took *k, gs_status st,
                   const gs_err *err)
{
    gs_buf b = {0};
    int code = st == GS_OK ? GS_EXIT_OK : GS_EXIT_FAILED;

    if (!o->json && k->n_refused + (st == GS_OK ? k->n_issue : 0) > 0)
        say_issues(o, name, k);
    if (o->json)
        say_json(&b, name, k, err);
    else if (st == GS_OK)
        say_text(&b, name, k, true);
    if (b.len && gs_cli_put(NULL, b.data, b.len) != GS_EXIT_OK)
        code = GS_EXIT_FAILED;
    gs_buf_free(&b);
    if (st == GS_OK || o->json)
        return code;
    if (k->n_refused && o->import.strict) {
        fprintf(stderr, "gutskin: %s: nothing was stored: %zu of %zu values cannot be taken. "
                "Mend the %s above, or say --skip-bad to take the others.\n", name,
                k->n_refused, k->n_refused + k->n_value + k->n_duplicate,
                k->n_refused == 1 ? "line" : "lines");
        return code;
    }
    return gs_cli_failed(err);
}

/* ---- the command ----------------------------------------------------------------------- */

static int import_file(const options *o, gs_diary *d, const char *path)
{
    gs_err err = {0};
    char *text = NULL;
    size_t n = 0;
    gs_import_took k = {.read_as = ""};
    const char *name = name_of(path);

    gs_arena *a = gs_arena_new(0);
    gs_status st = a ? gs_text_read_file(path, LARGEST, &text, &n, &err)
                     : gs_fail(&err, GS_ENOMEM, "out of memory");
    if (st == GS_OK)
        st = gs_diary_import(d, a, name, text, n, &o->import, &k, &err);
    int code = account(o, name, &k, st, &err);
    free(text);
    gs_arena_free(a);
    return code;
}

int gs_cmd_import(int argc, char **argv)
{
    static const struct argp argp = {
        option_list, parse, "FILE...",
        "Read CSV diaries (plain or .gz; - is standard input), and stool results.\v"
        "A row a day:          date;Eczema (0-10);fibre [g];stress\n"
        "Or a line a value:    person,date,channel,value,unit\n\n"
        "Examples:\n"
        "  gutskin import diary.csv\n"
        "  gutskin import --scale '*=0-4' --person Ann app-export.tsv.gz\n"
        "  gutskin import --sessions-per-week 3 pasi.tsv uvb.tsv\n"
        "  gutskin import --date 2026-11-02 kraken2.report.txt    (a stool result: docs/gut.md)\n\n"
        "A file is taken whole or not at all; --skip-bad takes what can be taken. "
        "`gutskin undo` takes an import back. docs/diary.md tells the formats.",
        NULL, NULL, NULL};
    options o = {.import = GS_IMPORT_OPTS};
    gs_err err = {0};
    gs_cli_diary x = {0};
    int code = GS_EXIT_OK;

    o.import.strict = true;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    o.import.today = o.future ? GS_DAY_NONE : gs_cli_today();
    if (gs_cli_diary_open(o.diary, true, &x, &err) != GS_OK)
        return gs_cli_failed(&err);
    gs_cli_gut gut = GS_CLI_GUT;
    gut.sample = o.sample;
    for (int i = 0; i < o.n_file && code == GS_EXIT_OK; i++)
        code = gs_gutfile_looks(o.file[i]) ? gs_cli_gut_keep(&gut, &o.keep, x.d, o.file[i])
                                           : import_file(&o, x.d, o.file[i]);
    gs_cli_diary_close(&x);
    return code;
}
