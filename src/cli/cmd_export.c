/* gutskin export: the whole diary as CSV or JSON. */
#include "cli/diary_door.h"

#include <stdio.h>
#include <string.h>

typedef struct options {
    const char *diary, *person, *out;
    bool json, profiles;
} options;

enum { OPT_PROFILES = 256 };

static const struct argp_option option_list[] = {
    GS_PERSON_OPTION("one person (default: everybody)"),
    {"out", 'o', "FILE", 0, "write to FILE instead of standard output", 0},
    {"profiles", OPT_PROFILES, NULL, 0, "the stool profiles instead, a line a value", 0},
    GS_DIARY_OPTION,
    {"json", 'j', NULL, 0, "JSON instead of CSV", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;

    switch (key) {
    case 'd':
        o->diary = arg;
        return 0;
    case 'p':
        o->person = arg;
        return 0;
    case 'o':
        o->out = arg;
        return 0;
    case 'j':
        o->json = true;
        return 0;
    case OPT_PROFILES:
        o->profiles = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "\"%s\": name the file with --out", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static gs_status write_out(const options *o, gs_diary *d, gs_buf *b, gs_err *err)
{
    gs_arena *a = gs_arena_new(0);
    const char *const *people = NULL;
    bool known = !o->person;

    gs_status st = a ? gs_diary_people(d, a, &people, err)
                     : gs_fail(err, GS_ENOMEM, "out of memory");
    for (; st == GS_OK && *people && !known; people++)
        known = strcmp(*people, o->person) == 0;
    if (st == GS_OK && !known)
        st = gs_fail(err, GS_EFOUND, "the diary knows no person \"%s\"; `gutskin list "
                     "--people` shows who is in it", o->person);
    gs_arena_free(a);
    GS_TRY(st);
    const char *person = o->person ? o->person : "";
    return o->profiles && !o->json ? gs_diary_export_profiles(d, person, false, b, err)
                                   : gs_diary_export(d, person, o->json, b, err);
}

int gs_cmd_export(int argc, char **argv)
{
    static const struct argp argp = {
        option_list, parse, "",
        "Write the whole diary: a long CSV that `gutskin import` reads back, or JSON.\v"
        "Example:\n  gutskin export --out diary.csv",
        NULL, NULL, NULL};
    options o = {0};
    gs_err err = {0};
    gs_diary *d;
    gs_buf b = {0};

    argp_parse(&argp, argc, argv, 0, NULL, &o);
    if (gs_diary_open(gs_cli_diary_path(o.diary), false, &d, &err) != GS_OK)
        return gs_cli_failed(&err);
    gs_status st = write_out(&o, d, &b, &err);
    gs_diary_close(d);
    int code = st == GS_OK ? gs_cli_put(o.out, b.data, b.len) : gs_cli_failed(&err);
    gs_buf_free(&b);
    return code;
}
