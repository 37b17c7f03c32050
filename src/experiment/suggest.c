/* Which question is worth asking: the value of its answer, by simulated experiments.
 *
 *   net      = benefit of the change - what makes it worth having (`worth`)
 *   now      = max(0, E net): take the change up, or leave it, by what is believed
 *   after    = E max(0, E[net | the experiment's estimate])
 *   answer   = after - now, in points a day
 *
 * E[net | estimate] is the regression of the truths on the estimates over all simulated
 * experiments (the truth of each is known), as in [strong2015]: a straight line, for
 * belief and estimate are near normal; with more freedom a thousand experiments find
 * value where there is none. `perfect` is the same with the truth for the estimate. */
#include "experiment/inside.h"

#include "advice/effect.h"
#include "advice/lever.h"
#include "advice/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct asking {
    gs_arena *a;
    const gs_kernel *k;
    const gs_obs *obs;
    const gs_fit *f;
    const gs_evidence *ev;
    const gs_suggest_opts *o;
    const gs_pool *pool;
    const gs_progress *progress;
    words w;
} asking;

/* ---- the value of an answer ------------------------------------------------------------ */

typedef struct value {
    double answer, se, perfect;
} value;

static double positive(double x)
{
    return x > 0 ? x : 0;
}

/* net and estimate of n experiments; lost ones (NaN) leave things as they are. */
static value value_of(size_t n, const double *net, const double *est)
{
    double m = 0, mn = 0, me = 0, cov = 0, var = 0;
    value v = {0, 0, 0};

    for (size_t i = 0; i < n; i++) {
        v.perfect += positive(net[i]) / (double)n;
        if (isnan(est[i]))
            continue;
        m += 1;
        mn += net[i];
        me += est[i];
    }
    if (m < 20)
        return v;
    mn /= m;
    me /= m;
    for (size_t i = 0; i < n; i++) {
        if (isnan(est[i]))
            continue;
        cov += (net[i] - mn) * (est[i] - me);
        var += (est[i] - me) * (est[i] - me);
    }
    double slope = var > 0 ? cov / var : 0, now = positive(mn), sum = 0, sq = 0;
    for (size_t i = 0; i < n; i++) {
        double e = isnan(est[i]) ? now : positive(mn + slope * (est[i] - me));
        sum += e - now;
        sq += (e - now) * (e - now);
    }
    v.answer = positive(sum / (double)n);
    v.perfect = positive(v.perfect - now);
    v.se = sqrt(positive(sq / (double)n - v.answer * v.answer) / (double)n);
    return v;
}

/* ---- one lever --------------------------------------------------------------------------- */

static const char *burden(asking *s, const gs_question *q, const gs_nof1_design *d,
                          int weeks)
{
    size_t n = d->kind == GS_NOF1_SWITCH ? d->n_phase - 1 : d->n_period - 1;
    int b = (int)((int)d->n_period * d->period_days / 2);
    (void)q;
    return say(&s->w, "%d weeks, %s%zu switch%s, about %d days of B, a score a day",
               weeks, d->kind == GS_NOF1_SWITCH ? "" : "at most ", n,
               n == 1 ? "" : "es", b);
}

static gs_status simulate(asking *s, const gs_question *q, const gs_belief *b,
                          gs_suggestion *x, gs_err *err)
{
    gs_trial_opts o = s->o->trial;
    gs_mark m = gs_arena_mark(s->a);
    gs_promise p;
    exp_world w;

    o.weeks = x->weeks;
    o.n_sim = 300;
    o.n_check = 0;
    GS_TRY(gs_experiment_design(s->a, s->obs, s->f, q, b, &o, s->pool, NULL, &x->design,
                                err));
    o.n_sim = s->o->n_sim;
    o.n_check = 100;
    o.power_only = true;
    GS_TRY(gs_experiment_promise(s->a, s->obs, s->f, q, b, &x->design, &o, s->pool,
                                 NULL, &p, err));
    x->power = p.power;
    GS_TRY(exp_world_new(s->a, s->obs, s->f, q, b, &o, &w, err));
    exp_trials t = {.w = &w,
                    .d = &x->design,
                    .n = o.n_sim,
                    .n_cut = 1,
                    .first = o.n_sim,
                    .truth = GS_NEW(s->a, double, o.n_sim)};
    double *est = t.est[GS_WORLD_BELIEVED] = GS_NEW(s->a, double, o.n_sim);
    double *net = GS_NEW(s->a, double, o.n_sim);
    if (!exp_trials_room(s->a, &t, false, false, true) || !t.truth || !est || !net)
        return gs_fail(err, GS_ENOMEM, "out of memory for the simulated experiments");
    for (size_t i = 0; i < t.n; i++)
        est[i] = NAN;
    GS_TRY(exp_trials_run(s->a, &t, s->pool, NULL, err));
    for (size_t i = 0; i < t.n; i++)
        net[i] = -q->worse * t.truth[i] - w.worth;
    value v = value_of(t.n, net, est);
    x->answer = v.answer;
    x->answer_se = v.se;
    x->perfect = v.perfect;
    gs_arena_release(s->a, m);
    return GS_OK;
}

static void judge(asking *s, const gs_question *q, gs_suggestion *x, double worth)
{
    words *w = &s->w;
    double mean = -q->worse * x->effect.q50;
    const char *trials = x->support > 0
                             ? " Trials on the skin speak for it, so the model may be "
                               "too modest."
                             : "";

    if (x->worth_chance > 0.9 && x->answer < 0.1 * worth) {
        x->says = GS_ASK_TRY;
        x->why = say(
            w,
            "As believed it helps by %.2g points or more with %.0f%%: an experiment "
            "would hardly change what you do. Try it, and keep scoring.",
            worth, 100 * x->worth_chance);
    } else if (x->perfect < 0.05 * worth) {
        x->says = GS_ASK_NOT;
        x->why = say(
            w,
            "Not worth testing: the chance that it helps by %.2g points is %.0f%%, and "
            "even an experiment that could not err would gain %.2g points a day.%s",
            worth, 100 * x->worth_chance, x->perfect, trials);
    } else if (x->weeks > s->o->most_weeks) {
        x->says = GS_ASK_LONG;
        x->why = say(
            w,
            "It takes %d weeks to ask: what it moves (%s) has a time constant of %g "
            "days, and each phase must outlast two of them.",
            x->weeks, q->slowest, q->tau);
    } else if (x->answer < 0.05 * worth) {
        x->says = GS_ASK_NOT;
        x->why = say(
            w,
            "Not worth testing: an experiment of %d weeks would see a benefit of %.2g "
            "points with %.0f%%, and on the average gain only %.2g points a day.%s",
            x->weeks, worth, 100 * x->power.p, x->answer, trials);
    } else {
        x->says = GS_ASK_TEST;
        x->why = say(
            w,
            "Worth testing: deciding after %d weeks instead of now gains %.2g points a "
            "day on the average (believed: %.2g better; chance of %.2g or more: %.0f%%).",
            x->weeks, x->answer, mean, worth, 100 * x->worth_chance);
    }
}

static gs_status ask_one(asking *s, const char *lever, const char *outcome,
                         gs_suggestion *x, gs_err *err)
{
    const gs_suggest_opts *o = s->o;
    const lever_ask *ask = lever_find(lever);
    const gs_evidence_row *row[LEVER_MAX_ROWS];
    gs_err why = {0};
    gs_question q;
    gs_belief *b;

    *x = (gs_suggestion){.lever = lever, .title = ask->title, .caution = ask->caution,
                         .treatment = "", .burden = "", .says = GS_ASK_CANNOT};
    gs_status st = gs_experiment_ask(s->a, s->k, s->obs, lever, outcome, &q, &why);
    if (st == GS_EUSE) {
        x->why = say(&s->w, "%s.", why.msg);
        return GS_OK;
    }
    if (st != GS_OK)
        return gs_fail(err, st, "%s", why.msg);
    x->treatment = q.treatment;
    x->support = lever_support(s->ev, lever, q.condition);
    x->n_evidence = lever_rows(s->ev, lever, q.condition, row);
    x->evidence = x->n_evidence ? row[0] : NULL;
    if (q.food && (o->child || o->pregnant) && !o->professional) {
        x->why =
            "Changes of food in children, in pregnancy and while breastfeeding are planned "
            "with a doctor or dietitian, never alone.";
        return GS_OK;
    }
    int least = gs_experiment_least_weeks(&q, &o->trial);
    x->weeks = o->trial.weeks > least ? o->trial.weeks : least;
    GS_TRY(gs_experiment_believe(s->a, s->k, s->obs, s->f, &q, o->n_draw,
                                 7 * (size_t)x->weeks, s->pool, NULL, &b, err));
    x->effect = effect_band(s->a, b->n, b->effect);
    double worth = exp_worth(&q, &o->trial), n = 0;
    for (size_t i = 0; i < b->n; i++) {
        double net = -q.worse * b->effect[i] - worth;
        n += net >= 0;
        x->perfect += positive(net) / (double)b->n;
    }
    x->worth_chance = n / (double)b->n;
    /* what even certainty would not pay for is not simulated */
    if (x->perfect >= 0.05 * worth && x->weeks <= o->most_weeks) {
        GS_TRY(simulate(s, &q, b, x, err));
        x->burden = burden(s, &q, &x->design, x->weeks);
    }
    judge(s, &q, x, worth);
    return GS_OK;
}

static int by_value(const void *a, const void *b)
{
    const gs_suggestion *x = a, *y = b;
    if (x->says != y->says)
        return (int)x->says - (int)y->says;
    double d = x->says == GS_ASK_TEST ? y->answer - x->answer
                                      : y->worth_chance - x->worth_chance;
    return d > 0 ? 1 : d < 0 ? -1 : strcmp(x->lever, y->lever);
}

/* Is the lever expected to matter to this condition at all? As in advice. */
static bool relevant(const lever_ask *ask, const char *condition)
{
    double weeks, block;
    if (ask->kind == MEDICINE || ask->kind == CONTEXT)
        return false;
    if (ask->kind == TRIGGER)
        return strcmp(condition, "rosacea") == 0;
    if (ask->kind == CARE)
        return strcmp(condition, "eczema") == 0;
    return lever_lag(ask->name, condition, &weeks, &block);
}

gs_status gs_experiment_suggest(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                                const gs_fit *f, const char *outcome,
                                const gs_evidence *ev, const gs_suggest_opts *o,
                                const gs_pool *pool, const gs_progress *progress,
                                size_t *out_n, const gs_suggestion **out, gs_err *err)
{
    asking s = {.a = a, .k = k, .obs = obs, .f = f, .ev = ev, .o = o, .pool = pool,
                .progress = progress, .w = {.a = a}};
    size_t n = 0, n_all = 0, i_series;

    GS_TRY(exp_find_score(obs, outcome, &i_series, err));
    const gs_series *score = &obs->series[i_series];
    const char *condition = *score->condition ? score->condition
                                              : gs_condition_name(obs->condition);
    while (lever_at(n_all))
        n_all++;
    gs_suggestion *list = GS_NEW(a, gs_suggestion, n_all + 1);
    if (!list)
        return gs_fail(err, GS_ENOMEM, "out of memory for the suggestions");
    for (size_t i = 0; i < n_all; i++) {
        gs_progress_tick(progress, "asking of each lever", (double)i / (double)n_all);
        if (gs_progress_cancelled(progress))
            return gs_fail(err, GS_ECANCEL, "stopped");
        if (relevant(lever_at(i), condition) &&
            gs_kernel_lever(k, lever_at(i)->name) >= 0)
            GS_TRY(ask_one(&s, lever_at(i)->name, outcome, &list[n++], err));
    }
    if (s.w.failed)
        return gs_fail(err, GS_ENOMEM, "out of memory for the suggestions");
    qsort(list, n, sizeof *list, by_value);
    *out_n = n;
    *out = list;
    return GS_OK;
}
