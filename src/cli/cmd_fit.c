/* gutskin fit: diary -> observations -> posterior -> answer, kept beside the diary. */
#include "cli/cli.h"
#include "cli/kept_fit.h"
#include "cli/load.h"

#include "gutskin/calib.h"
#include "gutskin/answer.h"
#include "gutskin/diary.h"
#include "gutskin/infer.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct options {
    const char *diary, *person, *model;
    gs_fit_opts fit;
    gs_answer_opts answer;
    bool json;
} options;

enum { OPT_CHAINS = 256, OPT_DRAWS, OPT_WARMUP, OPT_SEED, OPT_EXAMPLE, OPT_JSON, OPT_MODEL };

static const struct argp_option option_list[] = {
    {"diary", 'd', "FILE", 0, "the diary (default: $GUTSKIN_DIARY or your data folder)", 0},
    {"person", 'p', "NAME", 0, "whose diary (default: everybody in it)", 0},
    {"draws", OPT_DRAWS, "N", 0, "draws of each chain (500)", 0},
    {"warmup", OPT_WARMUP, "N", 0, "warm-up steps of each chain (200)", 0},
    {"chains", OPT_CHAINS, "N", 0, "chains, at least 4 (4)", 0},
    {"seed", OPT_SEED, "N", 0, "seed of the random numbers (1)", 0},
    {"model", OPT_MODEL, "FILE", 0, "another model than the shipped axis", 0},
    {"example", OPT_EXAMPLE, NULL, 0, "mark the answer as made from a simulated example", 0},
    {"json", OPT_JSON, NULL, 0, "print the answer as JSON", 0},
    {0},
};

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
    case OPT_DRAWS:
        o->fit.n_draw = (size_t)gs_cli_count(state, arg, 50, 100000);
        return 0;
    case OPT_WARMUP:
        o->fit.n_warmup = (size_t)gs_cli_count(state, arg, 50, 100000);
        return 0;
    case OPT_CHAINS:
        o->fit.n_chain = (size_t)gs_cli_count(state, arg, 4, 64);
        return 0;
    case OPT_SEED:
        o->fit.seed = (size_t)gs_cli_count(state, arg, 0, 1000000000);
        return 0;
    case OPT_MODEL:
        o->model = arg;
        return 0;
    case OPT_EXAMPLE:
        o->answer.example = true;
        return 0;
    case OPT_JSON:
        o->json = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "\"%s\": fit takes no file; import it first", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void say_result(const gs_answer *x, const char *person, double seconds)
{
    char heard[60] = "";

    if (x->fit->n_value)
        snprintf(heard, sizeof heard, ", %zu measured value%s", x->fit->n_value,
                 x->fit->n_value == 1 ? "" : "s");
    fprintf(stderr, "gutskin: %s: %zu days, %zu series%s, %zu numbers learned in %.1f s\n", person,
            x->n_day, x->n_series, heard, x->fit->n_dim, seconds);
    if (!x->fit->ok)
        fprintf(stderr, "gutskin: %s: this fit failed its own checks and is no answer: %s\n",
                person, x->fit->why_not);
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Fit; once more, twice as long, when the chains had only been too short. A fit with more
 * divergent draws than are allowed is not mended by more of them. */
static gs_status fit_long_enough(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                                 const options *o, gs_fit **out, gs_err *err)
{
    gs_fit_opts longer = o->fit;

    GS_TRY(gs_infer_fit(a, k, obs, &o->fit, gs_cli_pool(), gs_cli_progress(), out, err));
    if ((*out)->ok || (*out)->n_divergent * 200 > (*out)->n_chain * (*out)->n_draw)
        return GS_OK;
    gs_cli_progress_end();
    fprintf(stderr, "gutskin: %s; once more with twice the draws\n", (*out)->why_not);
    longer.n_warmup *= 2;
    longer.n_draw *= 2;
    return gs_infer_fit(a, k, obs, &longer, gs_cli_pool(), gs_cli_progress(), out, err);
}

/* What measured values moved; NULL where there are none or the fit failed. Where too few
 * draws carry "before", a fit without the values stands for it. */
static gs_status hear_values(gs_arena *a, const gs_kernel *k, const gs_obs *obs, const gs_fit *fit,
                             const options *o, const gs_labs **out, gs_err *err)
{
    gs_labs_opts lo = {.n_draw = 500};
    gs_obs bare = *obs;
    gs_fit *without;
    gs_labs *x;

    *out = NULL;
    if (!fit->ok || obs->n_lab == 0)
        return GS_OK;
    GS_TRY(gs_labs_shift(a, k, obs, fit, &lo, gs_cli_pool(), &x, err));
    *out = x;
    if (x->ok || !x->n_heard)
        return GS_OK;
    fprintf(stderr, "gutskin: the measured values moved much; fitting once more without them, to show "
                    "how much\n");
    bare.n_lab = 0;
    GS_TRY(fit_long_enough(a, k, &bare, o, &without, err));
    gs_cli_progress_end();
    if (!without->ok)
        return GS_OK;
    lo.without = without;
    lo.obs_without = &bare;
    GS_TRY(gs_labs_shift(a, k, obs, fit, &lo, gs_cli_pool(), &x, err));
    *out = x;
    return GS_OK;
}

static gs_status fit_person(const options *o, gs_diary *d, const char *person, gs_arena *a,
                            gs_err *err)
{
    const gs_kernel *k;
    gs_obs *obs;
    gs_fit *fit;
    gs_answer *x;
    uint64_t print;
    char key[32];
    double start = seconds();

    GS_TRY(gs_load_kernel_form(a, o->model, GS_LOAD_FULL, &k, err));
    if (!o->model || !*o->model) /* the shipped axis starts from what trials taught */
        GS_TRY(gs_calib_kernel(a, k, gs_population_shipped(), &k, err));
    GS_TRY(gs_diary_fingerprint(d, person, &print, err));
    GS_TRY(gs_diary_obs(d, person, a, &obs, err));
    GS_TRY(fit_long_enough(a, k, obs, o, &fit, err));
    gs_answer_opts ao = o->answer;
    GS_TRY(hear_values(a, k, obs, fit, o, &ao.labs, err));
    GS_TRY(gs_advice_answer(a, k, obs, fit, gs_evidence_shipped(), &ao, gs_cli_pool(),
                            gs_cli_progress(), &x, err));
    gs_cli_progress_end();

    gs_buf json = {0};
    gs_status st = gs_answer_to_json(x, &json, err);
    snprintf(key, sizeof key, "%016llx", (unsigned long long)print);
    if (st == GS_OK)
        st = gs_diary_keep(d, person, "answer", key, json.data, json.len, err);
    if (st == GS_OK)
        st = gs_kept_fit_save(d, person, key, fit, err);
    if (st == GS_OK) {
        say_result(x, person, seconds() - start);
        if (o->json)
            printf("%s\n", json.data);
    }
    gs_buf_free(&json);
    return st;
}

static gs_status fit_people(const options *o, gs_diary *d, gs_arena *a, gs_err *err)
{
    const char *const *people;

    if (o->person)
        return fit_person(o, d, o->person, a, err);
    GS_TRY(gs_diary_people(d, a, &people, err));
    if (!*people)
        return gs_fail(err, GS_EFOUND,
                       "the diary is empty; write with \"gutskin log\" or read a file with "
                       "\"gutskin import FILE.csv\"");
    for (; *people; people++) {
        gs_mark m = gs_arena_mark(a);
        GS_TRY(fit_person(o, d, *people, a, err));
        gs_arena_release(a, m);
    }
    return GS_OK;
}

int gs_cmd_fit(int argc, char **argv)
{
    static const struct argp argp = {
        option_list, parse, "",
        "Learn from the diary, and keep the answer beside it.\v"
        "Example:\n  gutskin import diary.csv && gutskin fit && gutskin report\n\n"
        "The same diary, seed and number of chains give the same answer on any number of "
        "threads (GS_THREADS sets it).",
        NULL, NULL, NULL};
    options o = {.fit = GS_FIT_OPTS, .answer = GS_ANSWER_OPTS};
    gs_err err = {0};
    gs_diary *d;

    argp_parse(&argp, argc, argv, 0, NULL, &o);
    if (gs_diary_open(gs_cli_diary_path(o.diary), false, &d, &err) != GS_OK)
        return gs_cli_failed(&err);
    gs_arena *a = gs_arena_new(0);
    gs_status st = a ? fit_people(&o, d, a, &err) : gs_fail(&err, GS_ENOMEM, "out of memory");
    gs_arena_free(a);
    gs_diary_close(d);
    return st == GS_OK ? GS_EXIT_OK : gs_cli_failed(&err);
}
