/* gutskin init: a diary file. */
#include "cli/diary_door.h"

#include <stdio.h>
#include <unistd.h>

typedef struct options {
    const char *diary;
    bool json;
} options;

static const struct argp_option option_list[] = {GS_DIARY_OPTION, GS_JSON_OPTION, {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;

    switch (key) {
    case 'd':
        o->diary = arg;
        return 0;
    case 'j':
        o->json = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "\"%s\": name the file with --diary", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int gs_cmd_init(int argc, char **argv)
{
    static const struct argp argp = {
        option_list, parse, "",
        "Make a diary: one file, readable by you alone. Nothing in it leaves this "
        "machine.\v"
        "Example:\n  gutskin init\n  gutskin log skin=4 stress=7 fibre=22g\n\n"
        "A diary that is there already is left as it is.",
        NULL, NULL, NULL};
    options o = {0};
    gs_err err = {0};
    gs_diary *d;

    argp_parse(&argp, argc, argv, 0, NULL, &o);
    const char *path = gs_cli_diary_path(o.diary);
    bool there = access(path, F_OK) == 0;
    if (gs_diary_open(path, true, &d, &err) != GS_OK)
        return gs_cli_failed(&err);
    gs_diary_close(d);
    if (o.json) {
        gs_buf b = {0};
        gs_buf_put(&b, "{\"diary\": ");
        gs_cli_json_text(&b, path);
        gs_buf_printf(&b, ", \"made\": %s}\n", there ? "false" : "true");
        int code = gs_cli_put(NULL, b.data, b.len);
        gs_buf_free(&b);
        return code;
    }
    printf(there ? "%s is a diary already\n" : "made a diary: %s\n", path);
    return GS_EXIT_OK;
}
