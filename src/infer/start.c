/* Where the body stood on day 0. docs/notes/likelihood.md
 *
 * Eczema and psoriasis have two stable states. The first two weeks of scores say in
 * which one a person begins; the model is then settled there at the person's habit. A
 * person who flares has, at the least, the risk that lets flares last: while the state
 * falls back at the reference parameters, the risk used for *finding the start* is
 * raised. The fit itself starts from that state PROBLEM_RUN_IN days before day 0, so
 * that what is seen is a smooth function of the parameters even where, for some of
 * them, the state no longer exists. */
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
    double *par, *x, *try;
} settling;

/* Settle on the branch that `index` (a state) starts on; raise the risk until it stays. */
static gs_status settle_ill(settling *s, long index, long risk, gs_err *err)
{
    double was = risk >= 0 ? s->par[risk] : 0;
    for (int i = 0; i < 10; i++) {
        memcpy(s->try, s->x, s->k->n_state * sizeof *s->x);
        gs_err quiet = {0};
        if (gs_sim_settle(s->sim, s->par, s->habit, s->try, &quiet) == GS_OK &&
            s->try[index] > 0.3) {
            memcpy(s->x, s->try, s->k->n_state * sizeof *s->x);
            break;
        }
        if (risk < 0)
            break; /* begin at the branch's own start, unsettled */
        s->par[risk] = fmin(s->par[risk] * 1.15, s->k->par[risk].hi);
    }
    if (risk >= 0)
        s->par[risk] = was;
    (void)err;
    return GS_OK;
}

static gs_status choose(settling *s, const gs_obs *obs, size_t n_day, bool *two_states,
                        gs_err *err)
{
    long ill = -1, risk = -1;
    for (size_t i = 0; i < N_BRANCH; i++) {
        bool known;
        bool bad = begins_ill(obs, n_day, &BRANCH[i], &known);
        long y = gs_kernel_state(s->k, BRANCH[i].state);
        long partner = gs_kernel_state(s->k, BRANCH[i].partner);
        if (!known || y < 0)
            continue;
        *two_states = true;
        if (!bad)
            continue;
        ill = y;
        risk = gs_kernel_par(s->k, BRANCH[i].risk);
        s->x[y] = BRANCH[i].at;
        if (partner >= 0)
            s->x[partner] = BRANCH[i].partner_at;
    }
    if (ill >= 0)
        return settle_ill(s, ill, risk, err);
    return gs_sim_settle(s->sim, s->par, s->habit, s->x, err);
}

gs_status problem_start(const gs_kernel *k, const gs_obs *obs, size_t n_day,
                        const double *par, const double *habit, double *x0,
                        bool *two_states, gs_err *err)
{
    double *copy = malloc((k->n_par + k->n_state + k->n_lever) * sizeof *copy);
    gs_sim_opts o = GS_SIM_OPTS;
    settling s = {.k = k, .habit = habit, .par = copy, .x = x0};
    if (!copy)
        return gs_fail(err, GS_ENOMEM, "out of memory for the start");
    gs_status st = gs_sim_new(k, &o, &s.sim, err);
    s.try = copy + k->n_par;
    *two_states = false;
    for (size_t i = 0; i < k->n_state; i++)
        x0[i] = k->state[i].start;
    memcpy(copy, par, k->n_par * sizeof *par);
    if (st == GS_OK)
        st = choose(&s, obs, n_day, two_states, err);
    gs_sim_free(s.sim);
    free(copy);
    return st;
}
