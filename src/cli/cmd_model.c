/* gutskin model check|show|compile FILE: a model file of the user's own. */
#include "cli/cli.h"
#include "cli/load.h"

#include "gutskin/modelc.h"

#include <argp.h>
#include <errno.h>
#include "gutskin/cpu.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef GS_INCLUDE_DIR
#define GS_INCLUDE_DIR "/usr/include"
#endif

typedef struct options {
    const char *verb, *file, *out, *symbol;
    bool json, slave, object, stan;
} options;

enum { OPT_SLAVE = 256, OPT_SO, OPT_SYMBOL, OPT_STAN };

static const struct argp_option option_list[] = {
    {"slave", OPT_SLAVE, NULL, 0, "with the fast states at their momentary equilibrium", 0},
    {"json", 'j', NULL, 0, "check, show: print JSON", 0},
    {"output", 'o', "FILE", 0, "compile: where to write (default: standard output)", 0},
    {"so", OPT_SO, NULL, 0,
     "compile: build a shared object with the C compiler ($CC or cc), for --model", 0},
    {"stan", OPT_STAN, NULL, 0, "compile: functions of the Stan language instead of C", 0},
    {"symbol", OPT_SYMBOL, "NAME", 0,
     "compile: C function that returns the kernel (gs_model_kernel)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;

    switch (key) {
    case OPT_SLAVE:
        o->slave = true;
        return 0;
    case 'j':
        o->json = true;
        return 0;
    case 'o':
        o->out = arg;
        return 0;
    case OPT_SO:
        o->object = true;
        return 0;
    case OPT_STAN:
        o->stan = true;
        return 0;
    case OPT_SYMBOL:
        o->symbol = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (!o->verb)
            o->verb = arg;
        else if (!o->file)
            o->file = arg;
        else
            argp_error(state, "\"%s\": one file at a time", arg);
        return 0;
    case ARGP_KEY_END:
        if (!o->verb)
            argp_error(state, "say what to do: check, show or compile");
        else if (strcmp(o->verb, "check") != 0 && strcmp(o->verb, "show") != 0 &&
                 strcmp(o->verb, "compile") != 0)
            argp_error(state, "there is no \"model %s\"; it is check, show or compile", o->verb);
        else if (!o->file)
            argp_error(state, "say which file: model %s FILE", o->verb);
        else if (o->object && !o->out)
            argp_error(state, "say where the shared object goes: --so -o FILE.so");
        else if (o->object && o->stan)
            argp_error(state, "--so and --stan: one of the two");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- check ----------------------------------------------------------------------- */

static int say_wrong(const options *o, const gs_err *err)
{
    if (!o->json)
        return gs_cli_failed(err);
    json_t *j = json_pack("{s:b, s:s, s:I, s:I, s:s, s:s}", "ok", 0, "file", err->file, "line",
                          (json_int_t)err->line, "column", (json_int_t)err->col, "kind",
                          gs_status_text(err->code), "message", err->msg);
    char *text = j ? json_dumps(j, 0) : NULL;
    if (text)
        printf("%s\n", text);
    free(text);
    json_decref(j);
    return GS_EXIT_FAILED;
}

static void say_right(const options *o, const gs_kernel *k)
{
    char slaved[40] = "";

    if (k->n_fast)
        snprintf(slaved, sizeof slaved, " and %zu slaved ones", k->n_fast);
    if (o->json)
        printf("{\"ok\": true, \"model\": \"%s\", \"slaved\": %s, \"states\": %zu, "
               "\"slaved_states\": %zu, \"params\": %zu, \"levers\": %zu, \"observables\": "
               "%zu, \"events\": %zu, \"jacobian\": %zu}\n",
               k->name, k->slaved ? "true" : "false", k->n_state, k->n_fast, k->n_par,
               k->n_lever, k->n_see, k->n_event, k->n_jac);
    else
        printf("%s is right: %zu states%s, %zu parameters, %zu levers, %zu observables, %zu "
               "events, %zu entries in the Jacobian\n",
               k->name, k->n_state, slaved, k->n_par, k->n_lever, k->n_see, k->n_event,
               k->n_jac);
}

/* a model file, or a shared object made from one */
static int check(const options *o, gs_arena *a)
{
    gs_modelc_opts c = GS_MODELC_OPTS;
    gs_err err = {0};
    gs_spec *spec;
    gs_kernel *made;
    const gs_kernel *k;
    size_t n = strlen(o->file);
    gs_status st;

    c.slave = o->slave;
    if (n > 3 && strcmp(o->file + n - 3, ".so") == 0) {
        st = gs_load_kernel(a, o->file, &k, &err);
    } else {
        st = gs_load_spec(a, o->file, &spec, &err);
        if (st == GS_OK)
            st = gs_modelc_interpret(a, spec, &c, &made, &err);
        k = st == GS_OK ? made : NULL;
    }
    if (st != GS_OK)
        return say_wrong(o, &err);
    say_right(o, k);
    return GS_EXIT_OK;
}

static int show(const options *o, const gs_spec *spec)
{
    gs_buf b = {0};
    gs_err err = {0};
    int code = gs_modelc_show(spec, o->json, &b, &err) == GS_OK ? gs_cli_put(o->out, b.data, b.len)
                                                                : gs_cli_failed(&err);
    gs_buf_free(&b);
    return code;
}

/* ---- compile --------------------------------------------------------------------- */

static gs_status run(char *const *argv, gs_err *err)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        execvp(argv[0], argv);
        _exit(127);
    }
    if (pid < 0)
        return gs_fail(err, GS_EIO, "cannot start the C compiler: %s", strerror(errno));
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return GS_OK;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return gs_fail(err, GS_EIO, "there is no C compiler `%s`; install gcc, name another in "
                       "$CC, or use the model file itself: it is interpreted", argv[0]);
    return gs_fail(err, GS_EIO, "the C compiler `%s` failed on the generated code", argv[0]);
}

static gs_status build_object(const char *c_text, size_t n, const char *out, gs_err *err)
{
    const char *tmp = getenv("TMPDIR"), *cc = getenv("CC");
    char dir[512], file[600];
    gs_status st;

    snprintf(dir, sizeof dir, "%s/gutskin-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(dir))
        return gs_fail(err, GS_EIO, "cannot make a folder under %s: %s", dir, strerror(errno));
    snprintf(file, sizeof file, "%s/model.c", dir);
    st = gs_text_write_file(file, c_text, n, err);
    if (st == GS_OK) {
        /* for this machine's CPU: the object says which level it needs (load.c) */
        static const char *const level[GS_CPU_LEVELS][2] = {
            [GS_CPU_PLAIN] = {"-DGS_VEC_PLAIN", "-DGS_VEC_PLAIN"},
            [GS_CPU_TWO] = {"-DGS_VEC_TWO", "-DGS_VEC_TWO"},
            [GS_CPU_AVX2] = {"-mavx2", "-mfma"},
            [GS_CPU_AVX512] = {"-mavx512f", "-mavx512dq"}};
        gs_cpu cpu = gs_cpu_widest();
        char *argv[] = {(char *)(cc && *cc ? cc : "cc"), "-std=c11", "-O2", "-fPIC", "-shared",
                        (char *)level[cpu][0], (char *)level[cpu][1], "-ffp-contract=fast",
                        "-fno-math-errno", "-I" GS_INCLUDE_DIR, "-o", (char *)out, file, "-lm",
                        NULL};
        st = run(argv, err);
    }
    unlink(file);
    rmdir(dir);
    return st;
}

static int compile(const options *o, const gs_spec *spec)
{
    gs_modelc_opts c = GS_MODELC_OPTS;
    gs_buf b = {0};
    gs_err err = {0};
    int code;

    c.slave = o->slave;
    if (o->symbol && !o->object)
        c.symbol = o->symbol;
    if ((o->stan ? gs_modelc_stan : gs_modelc_emit)(spec, &c, &b, &err) != GS_OK)
        code = gs_cli_failed(&err);
    else if (!o->object)
        code = gs_cli_put(o->out, b.data, b.len);
    else
        code = build_object(b.data, b.len, o->out, &err) == GS_OK ? GS_EXIT_OK
                                                                  : gs_cli_failed(&err);
    gs_buf_free(&b);
    return code;
}

int gs_cmd_model(int argc, char **argv)
{
    static const struct argp argp = {
        option_list, parse, "check|show|compile FILE",
        "check, show or compile a model file.\v"
        "check    read it, check names, ranges, priors and units\n"
        "show     its levers, parameters, equations and observables\n"
        "compile  C code of its kernel, with --so a shared object, with --stan for Stan\n\n"
        "Example:\n"
        "  gutskin model check my.gs\n"
        "  gutskin model compile --slave --so -o my.so my.gs\n"
        "  gutskin fit --model my.so\n\n"
        "The language: docs/language.md.",
        NULL, NULL, NULL};
    options o = {0};
    gs_err err = {0};
    gs_spec *spec;
    int code;

    argp_parse(&argp, argc, argv, 0, NULL, &o);
    gs_arena *a = gs_arena_new(0);
    if (!a)
        return gs_cli_failed(&(gs_err){.code = GS_ENOMEM, .msg = "out of memory"});
    if (strcmp(o.verb, "check") == 0)
        code = check(&o, a);
    else if (gs_load_spec(a, o.file, &spec, &err) != GS_OK)
        code = gs_cli_failed(&err);
    else
        code = strcmp(o.verb, "show") == 0 ? show(&o, spec) : compile(&o, spec);
    gs_arena_free(a);
    return code;
}
