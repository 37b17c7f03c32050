/* Where the body stood on day 0. docs/notes/likelihood.md
 *
 * Eczema and psoriasis have two stable states. The first two weeks of scores say in
 * which one a person begins, and the risk parameter is cut to the range in which that
 * state exists: who flares has at least the risk that lets flares last, who is clear at
 * most the risk that lets skin stay clear. The edge is found by bisection at the
 * reference gains and the person's habit and kept 10% away from, since other gains move
 * it a little.
 *
 * The state is settled at the reference parameters; the fit starts from it
 * PROBLEM_RUN_IN days before day 0, so that what is seen stays a smooth function of the
 * parameters even where, for some of them, the state no longer exists. */
#include "infer/problem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_DAYS = 14 };

/* Mean of the scores of a series' first two weeks, turned so that higher is worse, as a
 * share of the scale. NaN without scores. */
static double first_share(const gs_series *s, size_t n_day)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < s->n && (size_t)s->day[i] < n_day; i++) {
        if (s->day[i] >= s->day[0] + FIRST_DAYS)
            break;
        sum += (s->value[i] - s->scale->lo) / (s->scale->hi - s->scale->lo);
        n++;
    }
    if (n == 0)
        return NAN;
    sum /= (double)n;
    return s->scale->worse < 0 ? 1 - sum : sum;
}

/* Share of a scale above which eczema counts as flaring: the start of "severe" where a
 * scale has published bands (EASI 21.1 of 72 [leshem2015], POEM 17 of 28
 * [charman2013], SCORAD 50 of 103 [oranje2007]), half of it otherwise. */
static double flare_share(const gs_scale *s)
{
    if (strcmp(s->name, "easi") == 0)
        return 21.1 / 72;
    if (strcmp(s->name, "poem") == 0)
        return 17.0 / 28;
    if (strcmp(s->name, "scorad") == 0 || strcmp(s->name, "poscorad") == 0)
        return 50.0 / 103;
    return 0.5;
}

/* Psoriasis is near clear below 3/4 of a step of a coarse scale, 1.5% of a fine one
 * (PASI 1.1). */
static double clear_share(const gs_scale *s)
{
    return fmax(0.75 * s->step / (s->hi - s->lo), 0.015);
}

typedef struct branch {
    const char *condition, *state, *risk;
    double at; /* the state's start on the ill branch; above 0.3 it has stayed there */
    const char *partner;
    double partner_at;
} branch;

static const branch BRANCH[] = {
    {"eczema", "Y", "risk_eczema", 0.9, "Bs", 0.45},
    {"psoriasis", "K", "risk_psoriasis", 0.9, "", 0},
};
enum { N_BRANCH = sizeof BRANCH / sizeof *BRANCH };

/* Does the table start on the ill branch? *known: it has scores of that condition. */
static bool begins_ill(const gs_obs *obs, size_t n_day, const branch *b, bool *known)
{
    double worst = -1;
    *known = false;
    for (size_t i = 0; i < obs->n_series; i++) {
        const gs_series *s = &obs->series[i];
        double share = first_share(s, n_day);
        if (strcmp(s->condition, b->condition) != 0 || isnan(share))
            continue;
        bool eczema = strcmp(b->condition, "eczema") == 0;
        double edge = eczema ? flare_share(s->scale) : clear_share(s->scale);
        *known = true;
        worst = fmax(worst, share - edge);
    }
    return worst >= 0;
}

typedef struct settling {
    const gs_kernel *k;
    gs_sim *sim;
    const double *habit;
    double *par, *from, *to; /* where settling begins and ends */
} settling;

static bool settle(settling *s)
{
    gs_err quiet = {0};
    memcpy(s->to, s->from, s->k->n_state * sizeof *s->to);
    return gs_sim_settle(s->sim, s->par, s->habit, s->to, &quiet) == GS_OK;
}

/* Does the body stay on the branch it starts on at this risk? */
static bool stays(settling *s, size_t risk, double value, size_t state, bool ill)
{
    double was = s->par[risk];
    s->par[risk] = value;
    bool ok = settle(s) && (s->to[state] > 0.3) == ill;
    s->par[risk] = was;
    return ok;
}

/* Cut the risk's range to where the branch exists. */
static void cut_risk(settling *s, size_t risk, size_t state, bool ill, start_cut *cut)
{
    const gs_par_info *info = &s->k->par[risk];
    double in = ill ? info->hi : info->lo, out = ill ? info->lo : info->hi;
    if (!(info->lo > 0) || !stays(s, risk, in, state, ill) ||
        stays(s, risk, out, state, ill))
        return; /* no edge inside the range */
    for (int i = 0; i < 14 && fabs(log(in / out)) > 1e-3; i++) {
        double mid = sqrt(in * out);
        if (stays(s, risk, mid, state, ill))
            in = mid;
        else
            out = mid;
    }
    cut->par = (long)risk;
    if (ill)
        cut->lo = fmin(in * 1.1, info->hi / 1.01);
    else
        cut->hi = fmax(in / 1.1, info->lo * 1.01);
}

static gs_status choose(settling *s, const gs_obs *obs, size_t n_day, start *out,
                        gs_err *err)
{
    for (size_t i = 0; i < N_BRANCH; i++) {
        const branch *b = &BRANCH[i];
        bool known, ill = begins_ill(obs, n_day, b, &known);
        long y = gs_kernel_state(s->k, b->state), risk = gs_kernel_par(s->k, b->risk);
        long partner = gs_kernel_state(s->k, b->partner);
        if (!known || y < 0)
            continue;
        out->two_states = true;
        if (ill)
            s->from[y] = b->at;
        if (ill && partner >= 0)
            s->from[partner] = b->partner_at;
        start_cut *cut = &out->cut[i];
        size_t state, tau;
        if (risk < 0)
            continue;
        *cut = (start_cut){-1, s->k->par[risk].lo, s->k->par[risk].hi};
        cut_risk(s, (size_t)risk, (size_t)y, ill, cut);
        if (cut->par >= 0) {
            prior p = prior_make(s->k->par[risk].prior, cut->lo, cut->hi);
            s->par[risk] = prior_value(&p, 0, NULL);
        }
        if (switch_has(s->k, b->condition, &state, &tau))
            cut->par = -1; /* what switches by chance may have any risk */
    }
    if (settle(s))
        memcpy(s->from, s->to, s->k->n_state * sizeof *s->to);
    else if (!out->two_states) /* one state: it must be there */
        return gs_fail(err, GS_ENUM, "the model finds no steady state at this person's "
                                     "habits");
    return GS_OK;
}

gs_status problem_start(const gs_kernel *k, const gs_obs *obs, size_t n_day, double *par,
                        const double *habit, double *x0, start *out, gs_err *err)
{
    double *to = malloc((k->n_state + 1) * sizeof *to);
    gs_sim_opts o = GS_SIM_OPTS;
    settling s = {.k = k, .habit = habit, .par = par, .from = x0, .to = to};
    if (!to)
        return gs_fail(err, GS_ENOMEM, "out of memory for the start");
    gs_status st = gs_sim_new(k, &o, &s.sim, err);
    *out = (start){.cut = {{-1, 0, 0}, {-1, 0, 0}}};
    for (size_t i = 0; i < k->n_state; i++)
        x0[i] = k->state[i].start;
    if (st == GS_OK)
        st = choose(&s, obs, n_day, out, err);
    gs_sim_free(s.sim);
    free(to);
    return st;
}
