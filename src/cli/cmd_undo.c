/* gutskin undo: take back the last entry or import, or any earlier one. */
#include "cli/diary_door.h"

#include <stdio.h>
#include <string.h>

typedef struct options {
    const char *diary;
    long batch;
    bool json;
} options;

static const struct argp_option option_list[] = {
    {"batch", 'b', "N", 0, "which one (default: the last; `gutskin list --batches`)", 0},
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
    case 'j':
        o->json = true;
        return 0;
    case 'b':
        if (!gs_text_long(arg, strlen(arg), 1, 1000000000, &o->batch))
            argp_error(state, "\"%s\" is no batch number", arg);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "\"%s\": name the batch with --batch", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int gs_cmd_undo(int argc, char **argv)
{
    static const struct argp argp = {
        option_list, parse, "",
        "Take back the last log or import; what it had replaced stands again.\v"
        "Example:\n  gutskin log eczema=9 && gutskin undo",
        NULL, NULL, NULL};
    options o = {0};
    gs_err err = {0};
    gs_diary *d;
    gs_buf what = {0}, b = {0};

    argp_parse(&argp, argc, argv, 0, NULL, &o);
    if (gs_diary_open(gs_cli_diary_path(o.diary), false, &d, &err) != GS_OK)
        return gs_cli_failed(&err);
    gs_status st = gs_diary_undo(d, o.batch, &what, &err);
    gs_diary_close(d);
    if (st == GS_OK && o.json) {
        gs_buf_put(&b, "{\"done\": ");
        gs_cli_json_text(&b, what.data);
        gs_buf_put(&b, "}\n");
    } else if (st == GS_OK) {
        gs_buf_printf(&b, "%s\n", what.data);
    }
    int code = st == GS_OK ? gs_cli_put(NULL, b.data, b.len) : gs_cli_failed(&err);
    gs_buf_free(&what);
    gs_buf_free(&b);
    return code;
}
