/* From a question and some weeks to a design.
 *
 * A phase has to outlast what the phase before left behind: at least two time constants
 * of the slowest state on the lever's path. Two kinds of design do that:
 *
 *   switch   few long phases A B A ..., which comes first and on which day each switch
 *            falls by lot; carry-over is expected by the statistic (the lag)
 *   pairs    many periods, the order in each pair by lot; the first days of a period,
 *            two time constants, are left out of the analysis
 *
 * With slow levers twelve weeks hold three phases: orders alone could then never reach
 * 5%, days of switches can. All designs that fit are simulated and the one with the most
 * power is taken; among equals (half a standard error) the one with the fewest switches. */
#include "experiment/inside.h"

#include <math.h>
#include <string.h>

enum {
    MOST_TRIED = 4,
    MOST_CANDIDATES = 40,
    MEASURED = 7 /* days of a period beyond its washout */
};

int exp_run_in(const gs_trial_opts *o)
{
    return o->run_in < 0 ? 7 : o->run_in;
}

/* Two time constants, whole days, no less than five. */
int exp_washout(const gs_question *q)
{
    int two = (int)ceil(2 * q->tau);
    return two < 5 ? 5 : two;
}

static int shortest_phase(const gs_question *q, const gs_trial_opts *o)
{
    int w = exp_washout(q);
    return o->period > w ? o->period : w;
}

int gs_experiment_least_weeks(const gs_question *q, const gs_trial_opts *o)
{
    /* ten days to choose the switch from: 11 days, either first, are 22 orders */
    int days = exp_run_in(o) + 2 * shortest_phase(q, o) + 10;
    return (days + 6) / 7;
}

static size_t add_switch(const gs_question *q, const gs_trial_opts *o, int days,
                         gs_nof1_design *out)
{
    size_t n = 0, least = (size_t)shortest_phase(q, o);
    for (size_t phases = 2; phases <= 8 && phases * least + 1 <= (size_t)days;
         phases++) {
        gs_nof1_design d = GS_NOF1_DESIGN;
        d.kind = GS_NOF1_SWITCH;
        d.n_period = (size_t)days;
        d.period_days = 1;
        d.run_in = exp_run_in(o);
        d.min_run = least;
        d.n_phase = phases;
        d.block = d.max_run = d.treated = 0;
        out[n++] = d;
    }
    return n;
}

static size_t add_periods(const gs_question *q, const gs_trial_opts *o, int days,
                          gs_nof1_kind kind, gs_nof1_design *out)
{
    size_t n = 0;
    int washout = exp_washout(q), least = washout + MEASURED;
    least = o->period > least ? o->period : least;
    for (int length = least; n < 6 && 2 * length <= days; length += 7) {
        gs_nof1_design d = GS_NOF1_DESIGN;
        d.kind = kind;
        d.n_period = (size_t)(days / length);
        if (kind == GS_NOF1_BLOCKS)
            d.n_period -= d.n_period % 2;
        d.period_days = length;
        d.washout = washout;
        d.run_in = exp_run_in(o);
        d.block = kind == GS_NOF1_BLOCKS ? 2 : 0;
        if (d.n_period >= 2)
            out[n++] = d;
        if (o->period)
            break;
    }
    return n;
}

static bool wants(const gs_trial_opts *o, const char *kind)
{
    return strcmp(o->blocks, kind) == 0 || strcmp(o->blocks, "auto") == 0;
}

size_t exp_candidates(const gs_question *q, const gs_trial_opts *o, gs_nof1_design *out)
{
    int days = 7 * o->weeks - exp_run_in(o);
    gs_nof1_design all[MOST_CANDIDATES];
    size_t n = 0, kept = 0;
    gs_err quiet = {0};

    if (wants(o, "switch"))
        n += add_switch(q, o, days, all + n);
    if (wants(o, "pairs"))
        n += add_periods(q, o, days, GS_NOF1_BLOCKS, all + n);
    if (strcmp(o->blocks, "alternate") == 0)
        n += add_periods(q, o, days, GS_NOF1_ALTERNATE, all + n);
    if (strcmp(o->blocks, "coin") == 0)
        n += add_periods(q, o, days, GS_NOF1_COIN, all + n);
    for (size_t i = 0; i < n; i++) {
        bool can = gs_nof1_check_design(&all[i], &quiet) == GS_OK &&
                   gs_nof1_count(&all[i]) * o->level >= 1;
        /* an alternation is one toss: taken when asked for by name, never by itself */
        if (can ||
            (all[i].kind == GS_NOF1_ALTERNATE && strcmp(o->blocks, "alternate") == 0))
            out[kept++] = all[i];
    }
    return kept;
}

static size_t switches_of(const gs_nof1_design *d)
{
    return d->kind == GS_NOF1_SWITCH ? d->n_phase - 1 : d->n_period - 1;
}

static gs_status too_short(const gs_question *q, const gs_trial_opts *o, gs_err *err)
{
    int least = gs_experiment_least_weeks(q, o), phase = shortest_phase(q, o);
    if (o->weeks < least)
        return gs_fail(
            err, GS_ERANGE,
            "%d weeks are too short for this question: the slowest thing between %s "
            "and your %s (%s) has a time constant of %g days, so each phase lasts at "
            "least %d days, and two phases with the days of the switch drawn by lot "
            "take %d weeks: --weeks %d",
            o->weeks, q->lever, q->condition, q->slowest, q->tau, phase, least, least);
    return gs_fail(err, GS_ERANGE,
                   "no design of this kind (%s) in %d weeks has orders enough "
                   "to reach %g%% by lot; try --blocks switch or more weeks",
                   o->blocks, o->weeks, 100 * o->level);
}

/* The better of two: more power beyond its error, or the same with fewer switches. */
static bool beats(const gs_nof1_design *x, gs_rate p, const gs_nof1_design *y,
                  gs_rate top)
{
    double more = p.p - top.p, noise = 0.5 * top.se;
    return more > noise || (more > -noise && switches_of(x) < switches_of(y));
}

/* Power of the i-th by the statistic alone (n_check 0), or by the very test. */
static gs_status power_of(gs_arena *a, const gs_obs *obs, const gs_fit *f,
                          const gs_question *q, const gs_belief *b,
                          const gs_trial_opts *o, const gs_nof1_design *d,
                          const gs_pool *pool, gs_rate *out, gs_err *err)
{
    gs_promise p;
    gs_mark m = gs_arena_mark(a);
    GS_TRY(gs_experiment_promise(a, obs, f, q, b, d, o, pool, NULL, &p, err));
    gs_arena_release(a, m);
    *out = p.power;
    return GS_OK;
}

gs_status gs_experiment_design(gs_arena *a, const gs_obs *obs, const gs_fit *f,
                               const gs_question *q, const gs_belief *b,
                               const gs_trial_opts *o, const gs_pool *pool,
                               const gs_progress *progress, gs_nof1_design *out,
                               gs_err *err)
{
    gs_nof1_design list[MOST_CANDIDATES];
    gs_trial_opts quick = *o;
    gs_rate power[MOST_CANDIDATES];
    size_t n = exp_candidates(q, o, list), best = 0;

    if (n == 0)
        return too_short(q, o, err);
    quick.n_check = 0;
    quick.power_only = true;
    quick.n_sim = o->n_sim / 5 < 400 ? o->n_sim / 5 + 20 : 400;
    for (size_t i = 0; i < n; i++) {
        GS_TRY(power_of(a, obs, f, q, b, &quick, &list[i], pool, &power[i], err));
        gs_progress_tick(progress, "choosing a design", (double)(i + 1) / (double)n);
        if (i > 0 && beats(&list[i], power[i], &list[best], power[best]))
            best = i;
    }

    // the statistic flatters few phases: the best of them and their like, by the very test
    if (o->n_check > 0 && !o->power_only && n > 1) {
        gs_rate top = {-1, 0}, p;
        double bar = power[best].p - 0.15;
        size_t tried = 0, first = best;
        quick.n_check = o->n_check / 2 + 1;
        quick.n_sim = 40;
        for (size_t k = 0; k < n && tried < MOST_TRIED; k++) {
            size_t i = (first + k) % n;
            if (power[i].p < bar)
                continue;
            GS_TRY(power_of(a, obs, f, q, b, &quick, &list[i], pool, &p, err));
            if (tried++ == 0 || beats(&list[i], p, &list[best], top)) {
                best = i;
                top = p;
            }
        }
    }
    *out = list[best];
    return GS_OK;
}
