/* Living through a scenario: its levers day by day, and the path of each person.
 *
 * A lever is what the last statement that speaks of the day says, wandering around it
 * (if it varies) as an autoregressive sequence, kept inside the lever's range. The
 * random numbers of a lever depend on seed, person and lever alone. */
#include "gutskin/scenario.h"

#include "gutskin/rng.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* does the statement speak of this day (from 1)? */
static bool speaks_of(const gs_scenario_change *c, long day)
{
    bool ramp = c->value_end != c->value;
    if (day < c->from || (c->to && day > c->to && !ramp))
        return false;
    return c->every == 0 || (day - c->from) % c->every < c->hold;
}

static double value_on(const gs_scenario_change *c, long day)
{
    if (c->value_end == c->value || c->to <= c->from)
        return c->value_end;
    double part = (double)(day - c->from) / (double)(c->to - c->from);
    return c->value + (c->value_end - c->value) * fmin(part, 1.0);
}

/* day 0 asks for the habit: only what has always been so */
static double planned(const gs_scenario_person *p, size_t lever, double habit, long day)
{
    double v = habit;
    for (size_t i = 0; i < p->n_change; i++) {
        const gs_scenario_change *c = &p->change[i];
        if (c->lever == lever && (day == 0 ? c->from == 0 : speaks_of(c, day)))
            v = value_on(c, day);
    }
    return v;
}

static const gs_scenario_vary *vary_of(const gs_scenario_person *p, size_t lever)
{
    const gs_scenario_vary *v = NULL;
    for (size_t i = 0; i < p->n_vary; i++)
        if (p->vary[i].lever == lever)
            v = &p->vary[i];
    return v;
}

static void lever_days(const gs_scenario *sc, const gs_lever_info *info, size_t n_lever,
                       size_t who, size_t lever, uint64_t seed, double *out)
{
    const gs_scenario_person *p = &sc->person[who];
    const gs_scenario_vary *v = vary_of(p, lever);
    char purpose[96];
    snprintf(purpose, sizeof purpose, "lever %.80s", info->name);
    gs_rng rng = gs_rng_stream(seed, who, purpose);
    double wander = gs_rng_normal(&rng);
    for (size_t d = 0; d < sc->n_day; d++) {
        double x = planned(p, lever, info->habit, (long)d + 1);
        if (v) {
            x += v->sd * wander;
            wander = v->memory * wander +
                     sqrt(1 - v->memory * v->memory) * gs_rng_normal(&rng);
        }
        out[d * n_lever + lever] = fmin(fmax(x, info->lo), info->hi);
    }
}

void gs_scenario_levers(const gs_scenario *sc, const gs_kernel *k, size_t person,
                        uint64_t seed, double *out_lever, double *out_habit)
{
    for (size_t i = 0; i < k->n_lever; i++) {
        const gs_lever_info *l = &k->lever[i];
        if (out_habit)
            out_habit[i] = planned(&sc->person[person], i, l->habit, 0);
        if (out_lever)
            lever_days(sc, l, k->n_lever, person, i, seed, out_lever);
    }
}

/* where the person is on the morning of day 1 */
static gs_status start(gs_sim *s, const gs_kernel *k, const gs_scenario_person *p,
                       const double *habit, double *x, gs_err *err)
{
    for (size_t i = 0; i < k->n_state; i++)
        x[i] = k->state[i].start;
    for (size_t i = 0; i < p->n_near; i++)
        x[p->near[i].state] = p->near[i].value;
    if (p->settle)
        GS_TRY(gs_sim_settle(s, p->par, habit, x, err));
    for (size_t i = 0; i < p->n_at; i++)
        x[p->at[i].state] = p->at[i].value;
    return GS_OK;
}

gs_status gs_scenario_run(const gs_scenario *sc, const gs_kernel *k, const gs_sim_opts *o,
                          size_t person, uint64_t seed, double *out_x, double *out_y,
                          gs_err *err)
{
    const gs_scenario_person *p = &sc->person[person];
    size_t nl = k->n_lever;
    gs_sim *s = NULL;
    double *lever = calloc((sc->n_day + 1) * nl + k->n_state + 1, sizeof *lever);
    double *habit = lever + sc->n_day * nl, *x = habit + nl;
    if (!lever)
        return gs_fail(err, GS_ENOMEM, "not enough memory for %zu days", sc->n_day);
    gs_scenario_levers(sc, k, person, seed, lever, habit);
    gs_status st = gs_sim_new(k, o, &s, err);
    if (st == GS_OK)
        st = start(s, k, p, habit, x, err);
    if (st == GS_OK)
        st = gs_sim_path(s, p->par, x, sc->n_day, lever, out_x, out_y, err);
    gs_sim_free(s);
    free(lever);
    return st;
}
