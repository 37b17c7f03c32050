/* Model compiler of the build: a model file becomes a C file.
 *
 *     gs_modelc_tool [--slave] [--part kernel|lanes] --symbol NAME IN.gs OUT.c
 *
 * Grammar, names and units are checked first; a mistake is one line on stderr,
 * file:line:col: sentence, and exit 1. */
#include "gutskin/modelc.h"
#include "gutskin/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gs_status compile(const char *in, const char *out, const gs_modelc_opts *o, gs_err *err)
{
    char *text = NULL;
    size_t n = 0;
    gs_spec *spec = NULL;
    gs_units *units = NULL;
    gs_buf c = {0};
    gs_arena *a = gs_arena_new(0);
    gs_status st = a ? GS_OK : gs_fail(err, GS_ENOMEM, "out of memory");

    if (st == GS_OK)
        st = gs_text_read_file(in, 8u << 20, &text, &n, err);
    if (st == GS_OK)
        st = gs_spec_parse(a, in, text, n, &spec, err);
    if (st == GS_OK)
        st = gs_units_new(&units, err);
    if (st == GS_OK) {
        gs_unit_ops ops = gs_units_ops(units);
        st = gs_spec_check_units(spec, &ops, err);
    }
    if (st == GS_OK)
        st = gs_modelc_emit(spec, o, &c, err);
    if (st == GS_OK)
        st = gs_text_write_file(out, c.data, c.len, err);
    gs_buf_free(&c);
    gs_units_free(units);
    gs_arena_free(a);
    free(text);
    return st;
}

int main(int argc, char **argv)
{
    gs_modelc_opts o = GS_MODELC_OPTS;
    const char *path[2] = {NULL, NULL};
    size_t n_path = 0;
    gs_err err = {0};
    char say[900];

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--slave") == 0)
            o.slave = true;
        else if (strcmp(argv[i], "--part") == 0 && i + 1 < argc)
            o.part = strcmp(argv[++i], "lanes") == 0 ? GS_MODELC_LANES : GS_MODELC_KERNEL;
        else if (strcmp(argv[i], "--symbol") == 0 && i + 1 < argc)
            o.symbol = argv[++i];
        else if (n_path < 2)
            path[n_path++] = argv[i];
        else
            n_path = 3;
    }
    if (n_path != 2) {
        fprintf(stderr, "usage: gs_modelc_tool [--slave] [--part kernel|lanes] --symbol NAME IN.gs OUT.c\n");
        return 2;
    }
    if (compile(path[0], path[1], &o, &err) == GS_OK)
        return 0;
    fprintf(stderr, "%s\n", gs_err_text(&err, say, sizeof say));
    return 1;
}
