/* Conditions that switch: where the state is held, where its two resting places end.
 * docs/notes/likelihood.md, "Flares" */
#include "infer/clamp.h"
#include "infer/problem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct kind {
    const char *condition, *state, *tau, *risk;
    double flare;                       /* the state in a flare; calm: as the model starts */
    const char *partner;
    double partner_at;                  /* another state on the way to the flare           */
} kind;

/* Plaques (K) have two resting places too, but they come and go over months, and what
 * clears them works on the way down: their path is followed instead (start.c). */
static const kind KIND[] = {{"eczema", "Y", "tau_Y", "risk_eczema", 0.9, "Bs", 0.45}};
enum { N_KIND = sizeof KIND / sizeof *KIND };

static const kind *kind_of(const gs_kernel *k, const char *condition)
{
    for (size_t i = 0; i < N_KIND; i++)
        if (strcmp(KIND[i].condition, condition) == 0 && k->n_lane == 1 &&
            gs_kernel_state(k, KIND[i].state) >= 0 && gs_kernel_par(k, KIND[i].tau) >= 0 &&
            gs_kernel_par(k, KIND[i].risk) >= 0 &&
            !k->state[gs_kernel_state(k, KIND[i].state)].is_log)
            return &KIND[i];
    return NULL;
}

bool switch_has(const gs_kernel *k, const char *condition, size_t *state, size_t *tau)
{
    const kind *what = kind_of(k, condition);
    if (!what)
        return false;
    *state = (size_t)gs_kernel_state(k, what->state);
    *tau = (size_t)gs_kernel_par(k, what->tau);
    return true;
}

/* Defaults for people, not fitted to any: at the edge of a resting state flares begin or
 * end about once in ten days; twice the drive multiplies that by three, give or take. */
prior switch_pace_prior(void)
{
    return prior_make((gs_dist){GS_DIST_LOGNORMAL, 0.1, 2.5}, 1e-4, 3);
}

prior switch_sharp_prior(void)
{
    return prior_make((gs_dist){GS_DIST_LOGNORMAL, 1.5, 1.8}, 0.1, 12);
}

/* 1: the scale sees all of what the model says lies between calm skin and a flare */
prior switch_height_prior(void)
{
    return prior_make((gs_dist){GS_DIST_LOGNORMAL, 0.7, 1.6}, 0.05, 4);
}

typedef struct looking {
    const gs_kernel *k;
    gs_sim *sim;
    const kind *what;
    size_t state, risk;
    const double *lever;
    double *par, *x, *calm, *ill;
} looking;

/* Does the body stay in this regime at this risk, when nothing is held? */
static bool stays(looking *s, bool ill, double risk)
{
    gs_err quiet = {0};
    memcpy(s->x, ill ? s->ill : s->calm, s->k->n_state * sizeof *s->x);
    s->par[s->risk] = risk;
    return gs_sim_settle(s->sim, s->par, s->lever, s->x, &quiet) == GS_OK &&
           (s->x[s->state] > 0.3) == ill;
}

/* Risk at which a regime ends: NAN when it does not end inside the range. */
static double edge_risk(looking *s, bool ill)
{
    const gs_par_info *info = &s->k->par[s->risk];
    double in = ill ? info->hi : info->lo, out = ill ? info->lo : info->hi;
    if (!(info->lo > 0) || !stays(s, ill, in) || stays(s, ill, out))
        return NAN;
    for (int i = 0; i < 14 && fabs(log(in / out)) > 1e-3; i++) {
        double mid = sqrt(in * out);
        if (stays(s, ill, mid))
            in = mid;
        else
            out = mid;
    }
    return sqrt(in * out);
}

/* Drive of the held state, the rest of the body at rest: x in = where settling begins,
 * out = where it ends. */
static double drive_at(const gs_kernel *held, const double *par, const double *lever,
                       double *x, bool *ok)
{
    gs_sim_opts o = GS_SIM_OPTS;
    gs_sim *sim = NULL;
    gs_err quiet = {0};
    double *y = malloc((held->n_see + held->n_state) * sizeof *y), out = NAN;
    *ok = y && gs_sim_new(held, &o, &sim, &quiet) == GS_OK &&
          gs_sim_settle(sim, par, lever, x, &quiet) == GS_OK;
    if (*ok) {
        gs_kernel_to_internal(held, x, y + held->n_see);
        held->seen(held, y + held->n_see, par, lever, y);
        out = y[held->n_see - 1];
    }
    gs_sim_free(sim);
    free(y);
    return out;
}

gs_status switch_make(gs_arena *a, const gs_kernel *k, const double *par,
                      const double *habit, problem_switch *sw, gs_err *err)
{
    const kind *what = kind_of(k, KIND[0].condition);
    size_t n = k->n_state;
    gs_sim_opts o = GS_SIM_OPTS;
    double *lever = GS_NEW(a, double, k->n_lever + 1), *x = GS_NEW(a, double, n);
    looking s = {.k = k, .what = what, .par = GS_NEW(a, double, k->n_par),
                 .x = x, .lever = lever};
    for (size_t r = 0; r < 2; r++)
        sw->x0[r] = GS_NEW(a, double, n);
    if (!lever || !x || !s.par || !sw->x0[0] || !sw->x0[1])
        return gs_fail(err, GS_ENOMEM, "out of memory for the start");
    s.state = sw->state;
    s.risk = (size_t)gs_kernel_par(k, what->risk);
    sw->at[0] = k->state[s.state].start;
    sw->at[1] = what->flare;
    for (size_t i = 0; i < k->n_lever; i++)
        lever[i] = k->lever[i].habit;
    memcpy(s.par, par, k->n_par * sizeof *par);
    for (size_t r = 0; r < 2; r++) {
        for (size_t i = 0; i < n; i++)
            sw->x0[r][i] = k->state[i].start;
        sw->x0[r][s.state] = sw->at[r];
    }
    long partner = gs_kernel_state(k, what->partner);
    if (partner >= 0)
        sw->x0[1][partner] = what->partner_at;
    s.calm = sw->x0[0];
    s.ill = sw->x0[1];
    GS_TRY(gs_sim_new(k, &o, &s.sim, err));
    double risk[2] = {edge_risk(&s, false), edge_risk(&s, true)};
    gs_sim_free(s.sim);
    for (size_t r = 0; r < 2; r++) {
        const gs_kernel *held = clamp_new(a, k, s.state, sw->tau, sw->at[r]);
        bool ok;
        if (!held)
            return gs_fail(err, GS_ENOMEM, "out of memory for the start");
        memcpy(s.par, par, k->n_par * sizeof *par);
        if (!isnan(risk[r]))
            s.par[s.risk] = risk[r];
        memcpy(x, sw->x0[r], n * sizeof *x);
        sw->edge[r] = drive_at(held, s.par, lever, x, &ok);
        if (ok && isnan(risk[r])) /* no edge: two units beyond the reference */
            sw->edge[r] += r ? -2 : 2;
        if (ok)
            drive_at(held, par, habit, sw->x0[r], &ok);
        if (!ok)
            return gs_fail(err, GS_ENUM, "the model finds no rest in calm skin or in a "
                                         "flare at this person's habits");
    }
    return GS_OK;
}
