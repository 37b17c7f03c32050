/* gutskin gut import: a stool result into the diary, for a person and a day. */
#include "cli/diary_door.h"
#include "cli/gut_door.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_DAY = 256, OPT_REPLACE };

typedef struct options {
    gs_cli_gut gut;
    gs_cli_keep keep;
    const char *diary, *file;
} options;

static const struct argp_option option_list[] = {
    {"date", 't', "DATE", 0, "the day the sample was taken (wanted)", 0},
    {"day", OPT_DAY, "N", 0, "a day number instead, for diaries without dates", 0},
    GS_PERSON_OPTION("whose it is (default: me)"),
    {"replace", OPT_REPLACE, NULL, 0, "take the place of the profile of that day", 0},
    GS_GUT_FILE_OPTIONS,
    GS_DIARY_OPTION,
    GS_JSON_OPTION,
    {0}};

bool gs_cli_gut_date(const char *text, gs_cli_keep *out, gs_err *err)
{
    int32_t day, today = gs_cli_today();
    if (strcmp(text, "today") == 0 || strcmp(text, "yesterday") == 0)
        day = today - (text[0] == 'y');
    else if (!gs_date_parse(text, strlen(text), GS_DATE_UNKNOWN, &day)) {
        gs_fail(err, GS_EPARSE, "\"%.40s\" is no date that can be read in one way; write 2026-11-23",
                text);
        return false;
    }
    if (day > today) {
        gs_fail(err, GS_ERANGE, "%.40s has not come yet", text);
        return false;
    }
    out->day = day;
    out->numbered = false;
    out->dated = true;
    return true;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    gs_err err = {0};
    long day;
    if (gs_cli_gut_option(&o->gut, key, arg, state))
        return 0;
    switch (key) {
    case 't':
        if (!gs_cli_gut_date(arg, &o->keep, &err))
            argp_error(state, "%s", err.msg);
        return 0;
    case OPT_DAY:
        if (!gs_text_long(arg, strlen(arg), -100000, 100000, &day))
            argp_error(state, "--day wants a whole number, not \"%s\"", arg);
        o->keep.day = (int32_t)day;
        o->keep.numbered = o->keep.dated = true;
        return 0;
    case OPT_REPLACE:
        o->keep.replace = true;
        return 0;
    case 'p':
        o->keep.person = arg;
        return 0;
    case 'd':
        o->diary = arg;
        return 0;
    case 'j':
        o->keep.json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (o->file)
            argp_error(state, "one file at a time: \"%s\"", arg);
        o->file = arg;
        return 0;
    case ARGP_KEY_END:
        if (!o->file)
            argp_error(state, "name a file");
        if (!o->keep.dated)
            argp_error(state, "say when the sample was taken: --date 2026-11-23");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void say(const gs_cli_keep *k, const gs_gut *g, size_t s, int64_t batch, gs_buf *b)
{
    char day[32];
    if (k->numbered)
        snprintf(day, sizeof day, "day %d", (int)k->day);
    else
        gs_date_iso(k->day, day, sizeof day);
    if (k->json) {
        gs_buf_put(b, "{\"file\": ");
        gs_cli_json_text(b, g->file);
        gs_buf_put(b, ", \"sample\": ");
        gs_cli_json_text(b, g->sample[s]);
        gs_buf_printf(b, ", \"format\": \"%s\", \"method\": \"%s\", \"day\": \"%s\", \"taxa\": %zu, "
                      "\"batch\": %lld}\n", g->format, gs_gut_method_name(g->method), day,
                      g->start[s + 1] - g->start[s], (long long)batch);
        return;
    }
    if (!batch) {
        gs_buf_printf(b, "%s: the diary has this profile of %s already\n", g->file, day);
        return;
    }
    gs_buf_printf(b, "%s: %s, %s\n  kept as the profile of %s of %s: %zu taxa (`gutskin undo --batch "
                  "%lld` takes it back)\n", g->file, g->read_as, gs_gut_method_title(g->method),
                  k->person && *k->person ? k->person : GS_PERSON_DEFAULT, day,
                  g->start[s + 1] - g->start[s], (long long)batch);
}

int gs_cli_gut_keep(const gs_cli_gut *o, const gs_cli_keep *k, gs_diary *d, const char *path)
{
    gs_err err = {0};
    gs_buf b = {0};
    gs_gut *g = NULL;
    size_t s = 0;
    int64_t batch = 0;
    gs_arena *a = gs_arena_new(0);
    gs_status st = a ? gs_cli_gut_read(o, a, path, &g, &err) : gs_fail(&err, GS_ENOMEM, "out of memory");
    if (st == GS_OK)
        st = gs_cli_gut_choose(o, g, &s, &err);
    if (st == GS_OK)
        st = gs_cli_gut_fit(o, g, s, &err);
    if (st == GS_OK && !k->dated)
        st = gs_fail_at(&err, GS_EUSE, g->file, 0, 0, NULL,
                        "is a stool result; say with --date when the sample was taken");
    if (st == GS_OK)
        st = gs_diary_profile_keep(d, k->person, k->day, k->numbered, g, s, k->replace, &batch, &err);
    if (st == GS_OK)
        say(k, g, s, batch, &b);
    int code = st == GS_OK ? gs_cli_put(NULL, b.data, b.len) : gs_cli_failed(&err);
    gs_buf_free(&b);
    gs_arena_free(a);
    return code;
}

int gs_cli_gut_import(int argc, char **argv)
{
    static const struct argp argp = {
        option_list, parse, "FILE",
        "Keep a stool result in the diary, for a person and the day the sample was taken.\v"
        "Examples:\n"
        "  gutskin gut import --date 2026-11-02 kraken2.report.txt\n"
        "  gutskin gut import --date 2026-11-02 --person Ann --sample S7 table.qza --taxonomy "
        "taxonomy.qza\n\n"
        "`gutskin undo` takes it back; export and forget know it.",
        NULL, NULL, NULL};
    options o = {.gut = GS_CLI_GUT};
    gs_err err = {0};
    gs_cli_diary x = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    if (gs_cli_diary_open(o.diary, true, &x, &err) != GS_OK)
        return gs_cli_failed(&err);
    int code = gs_cli_gut_keep(&o.gut, &o.keep, x.d, o.file);
    gs_cli_diary_close(&x);
    return code;
}
