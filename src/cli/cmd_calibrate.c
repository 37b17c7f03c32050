/* gutskin calibrate: the population fitted to the published trials, as a file. */
#include "cli/cli.h"

#include "gutskin/calib.h"

#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *out, *left_out, *summary, *without;
    gs_calib_opts calib;
} options;

enum { OPT_SEED = 256, OPT_LEFT_OUT, OPT_SUMMARY, OPT_WITHOUT, OPT_DRAWS };

static const struct argp_option option_list[] = {
    {"output", 'o', "FILE", 0, "the population file (default: standard output)", 0},
    {"summary", OPT_SUMMARY, "FILE", 0, "also a table of every number with its interval", 0},
    {"left-out", OPT_LEFT_OUT, "FILE", 0,
     "also leave out every trial and every lever in turn, and foretell it (minutes more)", 0},
    {"without", OPT_WITHOUT, "NAME", 0, "leave out one trial or lever for good", 0},
    {"draws", OPT_DRAWS, "N", 0, "draws of each of the four chains (500)", 0},
    {"seed", OPT_SEED, "N", 0, "of the random numbers (1)", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;

    switch (key) {
    case 'o':
        o->out = arg;
        return 0;
    case OPT_SUMMARY:
        o->summary = arg;
        return 0;
    case OPT_LEFT_OUT:
        o->left_out = arg;
        o->calib.left_out = true;
        return 0;
    case OPT_WITHOUT:
        o->calib.without = arg;
        return 0;
    case OPT_DRAWS:
        o->calib.n_draw = o->calib.n_warmup = (size_t)gs_cli_count(state, arg, 50, 20000);
        return 0;
    case OPT_SEED:
        o->calib.seed = (uint64_t)gs_cli_count(state, arg, 0, 1000000000);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "\"%s\": calibrate takes no file; it reads the shipped table", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void put_summary(gs_buf *b, const gs_population *p)
{
    gs_population_sum s;

    gs_buf_put(b, "number,mean,sd,q05,median,q95,exactly_zero\n");
    for (size_t c = 0; c < p->n_par; c++) {
        if (gs_population_summary(p, (long)c, &s))
            gs_buf_printf(b, "%s,%.4g,%.3g,%.4g,%.4g,%.4g,%.2f\n", p->name[c], s.mean, s.sd, s.q05,
                          s.q50, s.q95, s.zero);
    }
}

static void put_left_out(gs_buf *b, const gs_calib_report *r)
{
    gs_buf_put(b, "row,left_out,published,mean,q05,q25,q75,q95,z,in50,in90\n");
    for (size_t i = 0; i < r->n_left_out; i++) {
        const gs_left_out *l = &r->left_out[i];
        gs_buf_printf(b, "%s,%s,%.4g,%.4g,%.4g,%.4g,%.4g,%.4g,%.3f,%s,%s\n", l->id,
                      l->lever ? "lever" : "trial", l->published, l->mean, l->q05, l->q25, l->q75,
                      l->q95, l->z, l->in50 ? "yes" : "no", l->in90 ? "yes" : "no");
    }
}

static gs_status write_file(const char *path, gs_buf *b, gs_err *err)
{
    gs_status st = b->failed ? gs_fail(err, GS_ENOMEM, "out of memory")
                             : gs_text_write_file(path, b->data, b->len, err);
    gs_buf_free(b);
    return st;
}

static gs_status calibrate(gs_arena *a, const options *o, gs_err *err)
{
    size_t n_fact;
    const gs_fact *fact = gs_fact_shipped(&n_fact);
    const gs_plan_rules *rules = gs_plan_rules_shipped();
    gs_population *p;
    gs_calib_report r;
    gs_buf b = {0};

    if (!rules || !fact)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    gs_status st = gs_calib_fit(a, gs_axis(), rules, gs_evidence_shipped(), fact, n_fact, &o->calib,
                                gs_cli_pool(), gs_cli_progress(), &p, &r, err);
    gs_cli_progress_end();
    GS_TRY(st);
    fprintf(stderr, "%zu contrasts and %zu control arms of %zu trials, %zu facts from cohorts, "
                    "%zu numbers.\n"
                    "R-hat at most %.3f, at least %.0f effective draws, %zu divergences; emulators "
                    "miss by at most %.4f (%s).\n",
            r.n_contrast, r.n_control, r.n_trial, r.n_fact, r.n_number, r.rhat, r.ess,
            r.n_divergent, r.emulator_error, r.emulator_worst);
    if (!r.ok)
        return gs_fail(err, GS_ENUM, "nothing was written: %s", r.why_not);
    gs_population_write(p, &b);
    GS_TRY(write_file(o->out ? o->out : "-", &b, err));
    if (o->summary) {
        put_summary(&b, p);
        GS_TRY(write_file(o->summary, &b, err));
    }
    if (o->left_out) {
        put_left_out(&b, &r);
        GS_TRY(write_file(o->left_out, &b, err));
    }
    return GS_OK;
}

int gs_cmd_calibrate(int argc, char **argv)
{
    static const struct argp argp = {
        option_list, parse, "",
        "Fit how people answer to the published trials that may calibrate, and write the "
        "population file.\v"
        "Example:\n  gutskin calibrate -o data/population/population.csv --summary "
        "data/population/summary.csv\n\n"
        "The same seed gives the same file on any number of threads.",
        NULL, NULL, NULL};
    options o = {.calib = GS_CALIB_OPTS};
    gs_err err = {0};

    argp_parse(&argp, argc, argv, 0, NULL, &o);
    gs_arena *a = gs_arena_new(0);
    gs_status st = a ? calibrate(a, &o, &err) : gs_fail(&err, GS_ENOMEM, "out of memory");
    gs_arena_free(a);
    return st == GS_OK ? GS_EXIT_OK : gs_cli_failed(&err);
}
