/* gutskin forget: erase a person, from the entries, the results and the file's bytes. */
#include "cli/diary_door.h"

#include <stdio.h>

enum { OPT_YES = 256, OPT_EVERYBODY };

typedef struct options {
    const char *diary, *person;
    bool yes, everybody, json;
} options;

static const struct argp_option option_list[] = {
    GS_PERSON_OPTION("whom to forget"),
    {"everybody", OPT_EVERYBODY, NULL, 0, "forget everybody", 0},
    {"yes", OPT_YES, NULL, 0, "really; there is no way back", 0},
    GS_DIARY_OPTION,
    GS_JSON_OPTION,
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
    case 'j':
        o->json = true;
        return 0;
    case OPT_YES:
        o->yes = true;
        return 0;
    case OPT_EVERYBODY:
        o->everybody = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "\"%s\": name the person with --person", arg);
        return 0;
    case ARGP_KEY_END:
        if ((o->person && *o->person) == o->everybody)
            argp_error(state, "say whom to forget: --person NAME or --everybody");
        if (!o->yes)
            argp_error(state, "this cannot be undone; say --yes to do it "
                       "(`gutskin export` keeps a copy)");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int gs_cmd_forget(int argc, char **argv)
{
    static const struct argp argp = {
        option_list, parse, "",
        "Erase a person: entries, history, results, and the bytes they left in the "
        "file.\v"
        "Example:\n  gutskin forget --person Ann --yes\n\n"
        "Copies, backups and exported files are yours to delete.",
        NULL, NULL, NULL};
    options o = {0};
    gs_err err = {0};
    gs_diary *d;
    size_t n = 0;

    argp_parse(&argp, argc, argv, 0, NULL, &o);
    if (gs_diary_open(gs_cli_diary_path(o.diary), false, &d, &err) != GS_OK)
        return gs_cli_failed(&err);
    gs_status st = gs_diary_forget(d, o.everybody ? "" : o.person, &n, &err);
    gs_diary_close(d);
    if (st != GS_OK)
        return gs_cli_failed(&err);
    if (o.json)
        printf("{\"forgotten\": %zu}\n", n);
    else
        printf("forgot %s: %zu values erased\n", o.everybody ? "everybody" : o.person, n);
    return GS_EXIT_OK;
}
