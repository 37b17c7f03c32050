/* gutskin gut shift: what stool profiles and lab values add to what the diary taught. */
#include "cli/diary_door.h"
#include "cli/gut_door.h"
#include "cli/kept_fit.h"
#include "cli/load.h"

#include "gutskin/calib.h"
#include "gutskin/labs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { OPT_PRIOR = 256, OPT_DRAWS };

typedef struct options {
    const char *diary, *person;
    bool prior, json;
    long draws;
} options;

static const struct argp_option option_list[] = {
    GS_PERSON_OPTION("whose (needed when the diary holds several people)"),
    {"prior", OPT_PRIOR, NULL, 0, "weigh what was believed before the diary; no fit, seconds", 0},
    {"draws", OPT_DRAWS, "N", 0, "how many draws are lived (1000)", 0},
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
    case OPT_PRIOR:
        o->prior = true;
        return 0;
    case OPT_DRAWS:
        if (!gs_text_long(arg, strlen(arg), 100, 100000, &o->draws))
            argp_error(state, "--draws is a whole number from 100 to 100000");
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "\"%s\": shift takes no file; `gutskin gut import` keeps one", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void put_band(gs_buf *b, const gs_band *x)
{
    gs_buf_printf(b, "%.3g (%.3g to %.3g)", x->q50, x->q05, x->q95);
}

static void json_band(gs_buf *b, const char *key, const gs_band *x)
{
    gs_buf_printf(b, "\"%s\": {\"q05\": %.6g, \"q50\": %.6g, \"q95\": %.6g}", key, x->q05, x->q50, x->q95);
}

static void say(gs_buf *b, const options *o, const gs_obs *obs, const gs_labs *x)
{
    char day[24];
    gs_buf_printf(b, "%zu measured %s heard, against %zu draws of %s; %.0f of them carry the weight\n",
                  x->n_heard, x->n_heard == 1 ? "value" : "values", x->n_lived,
                  o->prior ? "what was believed before" : "what the diary taught", x->n_effective);
    for (size_t i = 0; i < x->n_value; i++) {
        const gs_value *v = &x->value[i].v;
        if (obs->day0 == GS_DAY_NONE)
            snprintf(day, sizeof day, "day %d", (int)v->day);
        else
            gs_date_iso(obs->day0 + v->day, day, sizeof day);
        gs_buf_printf(b, "  %-10s %-20s %8.3g   ", day, v->channel->name, v->value);
        if (v->why_not) {
            gs_buf_printf(b, "kept, not heard: %s\n", v->why_not);
            continue;
        }
        gs_buf_put(b, "expected ");
        put_band(b, &x->value[i].expected);
        gs_buf_printf(b, ", of which day and assay x/ %.2f", v->noise);
        if (v->offset > 1)
            gs_buf_printf(b, ", method and person x/ %.2f", v->offset);
        gs_buf_put(b, "\n");
    }
    if (!x->ok) {
        gs_buf_printf(b, "No shift is shown: %s.\n", x->why_not);
        return;
    }
    gs_buf_printf(b, "\n%-22s %-30s %-30s %s\n", "median (90%)", "before", "after", "moved, learned");
    size_t i_par = 0;
    for (size_t i = 0; i < x->n_item; i++) {
        const gs_labs_item *it = &x->item[i];
        gs_buf line = {0};
        if (gs_labs_shows(it, i_par, obs->condition)) {
            gs_buf_printf(b, "%-22s ", it->name);
            put_band(&line, &it->before);
            gs_buf_printf(b, "%-30s ", line.data ? line.data : "");
            line.len = 0;
            put_band(&line, &it->after);
            gs_buf_printf(b, "%-30s %+.2f sd, %.0f%%\n", line.data ? line.data : "", it->moved,
                          100 * fmax(0, it->narrowed));
        }
        gs_buf_free(&line);
        i_par += it->is_par;
    }
    gs_buf_put(b, "\nParameters are those that moved most. What a profile says of skin is what the model says; "
                  "trials hardly bear on it.\n");
}

static void json(gs_buf *b, const options *o, const gs_labs *x)
{
    gs_buf_printf(b, "{\"against\": \"%s\", \"draws\": %zu, \"lived\": %zu, \"effective\": %.1f, \"ok\": %s, "
                  "\"why_not\": ", o->prior ? "prior" : "posterior", x->n_draw, x->n_lived, x->n_effective,
                  x->ok ? "true" : "false");
    gs_cli_json_text(b, x->why_not);
    gs_buf_printf(b, ", \"values_heard\": %zu, \"values\": [", x->n_heard);
    for (size_t i = 0; i < x->n_value; i++) {
        const gs_value *v = &x->value[i].v;
        gs_buf_printf(b, "%s\n  {\"channel\": \"%s\", \"day\": %d, \"value\": %.15g, \"heard\": %s, ",
                      i ? "," : "", v->channel->name, (int)v->day, v->value,
                      v->why_not ? "false" : "true");
        if (v->why_not) {
            gs_buf_put(b, "\"why_not\": ");
            gs_cli_json_text(b, v->why_not);
        } else {
            gs_buf_printf(b, "\"noise_gsd\": %.4g, \"offset_gsd\": %.4g, ", v->noise, v->offset);
            json_band(b, "foretold", &x->value[i].foretold);
            gs_buf_put(b, ", ");
            json_band(b, "expected", &x->value[i].expected);
        }
        gs_buf_put(b, "}");
    }
    gs_buf_put(b, "], \"shift\": [");
    for (size_t i = 0; i < x->n_item && x->ok; i++) {
        const gs_labs_item *it = &x->item[i];
        gs_buf_printf(b, "%s\n  {\"name\": \"%s\", \"unit\": \"%s\", \"kind\": \"%s\", ", i ? "," : "",
                      it->name, it->unit, it->is_par ? "parameter" : "observable");
        json_band(b, "before", &it->before);
        gs_buf_put(b, ", ");
        json_band(b, "after", &it->after);
        gs_buf_printf(b, ", \"moved_sd\": %.4g, \"learned\": %.4g}", it->moved, it->narrowed);
    }
    gs_buf_put(b, "]}\n");
}

/* The kept draws of the last fit when they still suit the diary, else a fit. */
static gs_status get_fit(const options *o, gs_diary *d, gs_arena *a, const gs_kernel *k,
                         const gs_obs *obs, const char *person, gs_fit **out, gs_err *err)
{
    gs_fit_opts fo = GS_FIT_OPTS;
    gs_err quiet = {0};
    size_t n = 0, heard = 0;
    gs_value *v;
    GS_TRY(gs_infer_values(a, k, obs, obs->n_day, &n, &heard, &v, err));
    if (!heard)
        return gs_fail(err, GS_EUSE, "the diary has no measured value that the model can speak of: a "
                       "stool profile, crp, igf1, vitamin_d_level or lactulose_mannitol");
    if (o->prior)
        return gs_infer_believe(a, k, obs, (size_t)o->draws, 1, out, err);
    double *par = GS_NEW(a, double, k->n_par);
    if (gs_kept_fit(d, person, a, out, &quiet) == GS_OK && (*out)->ok && par
        && gs_infer_par(k, obs, *out, false, 1, par, NULL, &quiet) == GS_OK)
        return GS_OK;
    fprintf(stderr, "gutskin: the last fit has not heard all of the diary; fitting (\"gutskin fit\" "
                    "keeps what it learns)\n");
    GS_TRY(gs_infer_fit(a, k, obs, &fo, gs_cli_pool(), gs_cli_progress(), out, err));
    if (!(*out)->ok) { /* chains too short go on once, as in `gutskin fit` */
        fo.n_warmup *= 2;
        fo.n_draw *= 2;
        GS_TRY(gs_infer_fit(a, k, obs, &fo, gs_cli_pool(), gs_cli_progress(), out, err));
    }
    gs_cli_progress_end();
    if (!(*out)->ok)
        return gs_fail(err, GS_ENUM, "the fit of this diary failed its checks (%s); --prior weighs what was "
                       "believed before", (*out)->why_not);
    return GS_OK;
}

static gs_status run(const options *o, gs_diary *d, gs_arena *a, gs_buf *b, gs_err *err)
{
    const gs_kernel *k = NULL;
    const char *const *people;
    gs_obs *obs = NULL;
    gs_fit *fit = NULL;
    gs_labs *x = NULL;
    gs_labs_opts lo = {.n_draw = (size_t)o->draws, .prior = o->prior};
    const char *person = o->person;
    if (!person) {
        GS_TRY(gs_diary_people(d, a, &people, err));
        person = people[0] && !people[1] ? people[0] : "";
    }
    GS_TRY(gs_diary_obs(d, person, a, &obs, err));
    GS_TRY(gs_load_kernel_form(a, NULL, GS_LOAD_FULL, &k, err));
    GS_TRY(gs_calib_kernel(a, k, gs_population_shipped(), &k, err));
    GS_TRY(get_fit(o, d, a, k, obs, person, &fit, err));
    if (!o->prior && fit->n_chain * fit->n_draw < lo.n_draw)
        lo.n_draw = fit->n_chain * fit->n_draw;
    GS_TRY(gs_labs_shift(a, k, obs, fit, &lo, gs_cli_pool(), &x, err));
    if (o->json)
        json(b, o, x);
    else
        say(b, o, obs, x);
    return b->failed ? gs_fail(err, GS_ENOMEM, "out of memory") : GS_OK;
}

int gs_cli_gut_shift(int argc, char **argv)
{
    static const struct argp argp = {
        option_list, parse, "",
        "What the stool profiles and lab values in the diary add to what it taught: before and after.\v"
        "Examples:\n"
        "  gutskin gut shift\n"
        "  gutskin log --date 2026-11-02 crp=4.1 vitamin_d_level=38 && gutskin gut shift --prior\n\n"
        "The shift is usually small: docs/notes/labs.md tells why.",
        NULL, NULL, NULL};
    options o = {.draws = 1000};
    gs_err err = {0};
    gs_cli_diary x = {0};
    gs_buf b = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    if (gs_cli_diary_open(o.diary, false, &x, &err) != GS_OK)
        return gs_cli_failed(&err);
    gs_arena *a = gs_arena_new(0);
    gs_status st = a ? run(&o, x.d, a, &b, &err) : gs_fail(&err, GS_ENOMEM, "out of memory");
    int code = st == GS_OK ? gs_cli_put(NULL, b.data, b.len) : gs_cli_failed(&err);
    gs_buf_free(&b);
    gs_arena_free(a);
    gs_cli_diary_close(&x);
    return code;
}
