/* Is the power that a plan promises the power it attains? For several questions a design
 * is chosen and its promise computed as `gutskin experiment plan` does; then new trials of
 * as many simulated people (draws of the belief, other seeds than the promise's) are lived
 * and each is analysed by gs_nof1_analyse, whose verdict "works" is counted.
 *
 *     bench_experiment_power [TRIALS [SCORE]]    150 trials: about 15 CPU-s a question
 *
 * One JSON line a question: promised by the statistic alone, promised with the very test,
 * attained; the same for false alarms; and the error of superposed responses. */
#include "gutskin/experiment.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIARY = 60 };

typedef struct question {
    const char *channel, *lever;
    int weeks;
    double worth, usual;
} question;

static const question asked[] = {
    {"acne", "stress", 12, 3, 5},        {"acne", "sugar", 16, 3, 5},
    {"rosacea", "stress", 12, 3, 5},        {"rosacea", "fat", 16, 3, 5},
    {"psoriasis", "stress", 20, 3, 6},   {"eczema", "stress", 20, 3, 5},
    {"acne", "fermented", 26, 3, 6},
};

/* Sixty days of scores about `usual`, so that there is a person to plan for. */
static gs_obs *diary(gs_arena *a, const question *q, gs_series *s, int32_t *day, double *value)
{
    gs_obs *o = GS_NEW(a, gs_obs, 1);
    gs_rng r = gs_rng_stream(5, 0, q->channel);
    const gs_channel *c = gs_channel_find(q->channel);
    for (int32_t d = 0; d < DIARY; d++) {
        day[d] = d;
        value[d] = fmin(fmax(round(q->usual + 1.2 * gs_rng_normal(&r)), 0), 10);
    }
    *s = (gs_series){.name = c->name, .channel = c, .scale = gs_scale_find("0-10"),
                     .condition = c->condition, .n = DIARY, .day = day, .value = value};
    *o = (gs_obs){.person = "", .day0 = 20000, .n_day = DIARY, .n_series = 1, .series = s,
                  .condition = (gs_condition)gs_condition_find(c->condition)};
    return o;
}

static gs_nof1_series *as_series(gs_arena *a, const gs_nof1_schedule *s, const double *y,
                                 size_t n)
{
    gs_nof1_series *x = GS_NEW(a, gs_nof1_series, 1);
    double *planned = GS_NEW(a, double, n);
    gs_nof1_obs *obs = GS_NEW(a, gs_nof1_obs, n);
    *x = (gs_nof1_series){.person = "", .outcome = "score", .scale = GS_NOF1_SCORE, .lo = 0,
                          .hi = 10, .step = 1, .better = -1, .day0 = GS_DAY_NONE, .n_day = n,
                          .planned = planned, .obs = obs};
    for (size_t d = 0; d < n; d++) {
        int code = gs_nof1_day(s, (int32_t)d, NULL);
        planned[d] = code < 0 ? (double)NAN : (double)code;
        if (!isnan(y[d]))
            obs[x->n_obs++] = (gs_nof1_obs){.time = (double)d + 0.5, .value = y[d]};
    }
    return x;
}

static double attained(gs_arena *a, const gs_obs *obs, const gs_fit *f, const gs_question *q,
                       const gs_belief *b, const gs_nof1_design *d, gs_trial_opts o,
                       gs_world world, size_t n)
{
    gs_nof1_opts no = GS_NOF1_OPTS;
    size_t works = 0;
    no.worth = isnan(o.worth) ? q->notice : o.worth;
    no.lag = d->washout ? 0 : b->lag;
    no.n_draw = 0; /* the model-free analysis alone */
    no.n_random = 999;
    no.n_exact = 1000;
    o.seed = 977;
    for (size_t i = 0; i < n; i++) {
        gs_mark m = gs_arena_mark(a);
        gs_nof1_schedule *s;
        gs_err err = {0};
        const gs_nof1_result *r;
        double *y = GS_NEW(a, double, b->n_day);
        if (gs_nof1_draw(a, d, 7000 + i, GS_DAY_NONE, &s, &err) != GS_OK)
            abort();
        gs_experiment_simulate(obs, f, q, b, &o, s, world, i, y, NULL);
        gs_nof1_series *x = as_series(a, s, y, (size_t)gs_nof1_days(s));
        if (gs_nof1_analyse(a, x, s, &no, NULL, &r, &err) == GS_OK && r->free_itt.known)
            works += r->free_itt.p_better <= no.level + 1e-12;
        gs_arena_release(a, m);
    }
    return (double)works / (double)n;
}

static void bench(const question *ask, size_t n)
{
    gs_arena *a = gs_arena_new(0);
    gs_series s;
    int32_t day[DIARY];
    double value[DIARY];
    const gs_kernel *k = gs_axis();
    gs_obs *obs = diary(a, ask, &s, day, value);
    gs_fit *f;
    gs_question q;
    gs_belief *b;
    gs_nof1_design d;
    gs_promise quick, full;
    gs_trial_opts o = GS_TRIAL_OPTS;
    gs_err err = {0};
    o.weeks = ask->weeks;
    o.worth = ask->worth;
    o.missing = 0.1;
    gs_status st = gs_infer_believe(a, k, obs, 400, 1, &f, &err);
    if (st == GS_OK)
        st = gs_experiment_ask(a, k, obs, ask->lever, NULL, &q, &err);
    if (st == GS_OK)
        st = gs_experiment_believe(a, k, obs, f, &q, 200, 7 * (size_t)o.weeks, NULL, NULL, &b, &err);
    if (st == GS_OK)
        st = gs_experiment_design(a, obs, f, &q, b, &o, NULL, NULL, &d, &err);
    if (st == GS_OK)
        st = gs_experiment_promise(a, obs, f, &q, b, &d, &o, NULL, NULL, &full, &err);
    o.n_check = 0;
    if (st == GS_OK)
        st = gs_experiment_promise(a, obs, f, &q, b, &d, &o, NULL, NULL, &quick, &err);
    if (st != GS_OK) {
        printf("{\"bench\": \"experiment_power\", \"lever\": \"%s\", \"failed\": \"%s\"}\n",
               ask->lever, err.msg);
        gs_arena_free(a);
        return;
    }
    double power = attained(a, obs, f, &q, b, &d, o, GS_WORLD_WORTH, n);
    double false_alarm = attained(a, obs, f, &q, b, &d, o, GS_WORLD_NULL, n);
    printf("{\"bench\": \"experiment_power\", \"score\": \"%s\", \"lever\": \"%s\", \"weeks\": %d, "
           "\"kind\": %d, \"orders\": %.6g, \"trials\": %zu, \"promised_statistic\": %.3f, "
           "\"promised_test\": %.3f, \"attained\": %.3f, \"false_promised\": %.3f, "
           "\"false_attained\": %.3f}\n", ask->channel, ask->lever, ask->weeks, (int)d.kind,
           full.n_schedule, n, quick.power.p, full.power.p, power, full.false_alarm.p, false_alarm);
    fflush(stdout);
    gs_arena_free(a);
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? (size_t)atol(argv[1]) : 300;
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
        if (argc < 3 || strcmp(argv[2], asked[i].channel) == 0)
            bench(&asked[i], n < 10 ? 10 : n);
    return 0;
}
