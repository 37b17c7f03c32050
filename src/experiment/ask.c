/* The question: which lever, changed by how much, judged by which score.
 *
 * The change is asked as advice asks it (src/advice/answer.c): the standard step on each
 * of the last twelve weeks' days, as far as there is room; of triggers, half. */
#include "experiment/inside.h"

#include "advice/lever.h"
#include "advice/words.h"

#include <math.h>
#include <string.h>

enum { REPLAY_DAYS = 84 };

/* ---- which lever, which score ---------------------------------------------------- */

static gs_status find_lever(const gs_kernel *k, const char *name,
                            const lever_ask **out_ask, size_t *out_i, gs_err *err)
{
    const char *known[64];
    size_t n = 0;
    const lever_ask *ask = NULL;

    for (size_t i = 0; lever_at(i); i++) {
        const lever_ask *l = lever_at(i);
        if (gs_text_same(l->name, name) || gs_text_same(l->title, name))
            ask = l;
        if (n < 64 && l->kind != MEDICINE && l->kind != CONTEXT)
            known[n++] = l->name;
    }
    const gs_channel *c = gs_channel_find(name);
    if (!ask && c && c->kind == GS_CHANNEL_LEVER)
        ask = lever_find(c->lever);
    if (!ask) {
        long near = gs_text_nearest(name, n, known);
        return gs_fail(err, GS_EFOUND,
                       "\"%.40s\" is no lever gutskin can plan for%s%s%s; "
                       "`gutskin experiment suggest` lists those of this diary",
                       name, near >= 0 ? "; did you mean \"" : "",
                       near >= 0 ? known[near] : "", near >= 0 ? "\"?" : "");
    }
    if (ask->kind == MEDICINE)
        return gs_fail(
            err, GS_EUSE,
            "%s is a medicine: whether to take or leave it is decided "
            "with a doctor, and gutskin plans no experiment on it. A trial that a "
            "doctor runs can be analysed from its table (gutskin nof1)",
            ask->title);
    if (ask->kind == CONTEXT)
        return gs_fail(err, GS_EUSE,
                       "%s is not something one can switch on and off by plan; "
                       "choose another lever",
                       ask->title);
    long i = gs_kernel_lever(k, ask->name);
    if (i < 0)
        return gs_fail(err, GS_EFOUND, "this model has no lever %s", ask->name);
    *out_ask = ask;
    *out_i = (size_t)i;
    return GS_OK;
}

/* The score with the most entries, of the person's own condition where there is one. */
static size_t main_score(const gs_obs *obs)
{
    size_t best = obs->n_series;
    const char *condition = gs_condition_name(obs->condition);

    for (int own = 1; own >= 0 && best == obs->n_series; own--) {
        for (size_t i = 0; i < obs->n_series; i++) {
            if (own && strcmp(obs->series[i].condition, condition) != 0)
                continue;
            if (best == obs->n_series || obs->series[i].n > obs->series[best].n)
                best = i;
        }
    }
    return best;
}

gs_status exp_find_score(const gs_obs *obs, const char *name, size_t *out, gs_err *err)
{
    if (obs->n_series == 0)
        return gs_fail(err, GS_EUSE,
                       "the diary has no skin score yet; write one down for some "
                       "days first: gutskin log acne=4");
    if (!name) {
        *out = main_score(obs);
        return GS_OK;
    }
    const gs_channel *c = gs_channel_find(name);
    for (size_t i = 0; i < obs->n_series; i++) {
        if (strcmp(obs->series[i].name, name) == 0 || obs->series[i].channel == c) {
            *out = i;
            return GS_OK;
        }
    }
    return gs_fail(err, GS_EFOUND, "the diary has no score \"%.40s\"; it has %s%s",
                   name, obs->series[0].name, obs->n_series > 1 ? " and others" : "");
}

/* Published smallest changes that people notice, else a tenth of the scale or a quarter
 * of the person's own mean; as in advice. */
static double noticeable(const gs_series *s)
{
    static const struct {
        const char *scale;
        double points;
    } known[] = {
        {"poscorad", 8.7}, {"scorad", 8.7}, {"easi", 6.6}, {"poem", 3.4}, {"dlqi", 4}};
    double mean = 0, tenth = 0.1 * (s->scale->hi - s->scale->lo);

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].scale, s->scale->name) == 0)
            return known[i].points;
    }
    for (size_t i = 0; i < s->n; i++)
        mean += (s->value[i] - s->scale->lo) / (double)s->n;
    return fmax(fmin(tenth, 0.25 * mean), 1e-6);
}

/* ---- the change ------------------------------------------------------------------- */

static gs_status lay_days(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                          const lever_ask *ask, gs_question *q, gs_err *err)
{
    size_t n = obs->n_day < REPLAY_DAYS ? obs->n_day : REPLAY_DAYS;
    const gs_lever_info *info = &k->lever[q->i_lever];
    double lo = fmax(ask->lo, info->lo), hi = fmin(ask->hi, info->hi), mean = 0;
    double *lever = GS_NEW(a, double, obs->n_day * k->n_lever + 1);
    double *habit = GS_NEW(a, double, k->n_lever + 1);
    double *usual = GS_NEW(a, double, n * k->n_lever + 1),
           *then = GS_NEW(a, double, n + 1);
    if (!lever || !habit || !usual || !then)
        return gs_fail(err, GS_ENOMEM, "out of memory for the question");
    GS_TRY(gs_infer_levers(k, obs, lever, habit, err));
    memcpy(usual, lever + (obs->n_day - n) * k->n_lever,
           n * k->n_lever * sizeof *usual);
    for (size_t d = 0; d < n; d++) {
        double v = usual[d * k->n_lever + q->i_lever];
        double want = ask->kind == TRIGGER ? 0.5 * v : v + ask->step;
        then[d] = fmin(fmax(want, fmin(lo, v)), fmax(hi, v));
        q->change += (then[d] - v) / (double)n;
        mean += v / (double)n;
    }
    double step = ask->kind == TRIGGER ? -0.5 * fmax(mean, 0.05) : ask->step;
    q->usual = ask->kind == TRIGGER ? mean : habit[q->i_lever];
    if (fabs(q->change) < 0.3 * fabs(step))
        return gs_fail(err, GS_EUSE,
                       "%s: there is little room left to change it in this diary "
                       "(usual %.3g %s)",
                       ask->title, q->usual * ask->factor, ask->unit);
    q->days_usual = usual;
    q->days_then = then;
    q->n_replay = n;
    return GS_OK;
}

static void lay_words(gs_arena *a, const lever_ask *ask, const gs_lever_info *info,
                      gs_question *q)
{
    words w = {.a = a};
    double shown = q->usual * ask->factor;

    q->treatment = words_change(&w, ask, info, q->change);
    q->control =
        ask->kind == CARE || !*ask->unit
            ? say(&w, "as usual")
            : say(&w, "as usual, about %.3g %s", shown,
                  strcmp(ask->unit, "% of usual") ? ask->unit : "% of what is usual");
}

gs_status gs_experiment_ask(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                            const char *lever, const char *outcome, gs_question *out,
                            gs_err *err)
{
    const lever_ask *ask = NULL;
    gs_question q = {0};
    char state[64];

    GS_TRY(find_lever(k, lever, &ask, &q.i_lever, err));
    GS_TRY(exp_find_score(obs, outcome, &q.i_series, err));
    const gs_series *s = &obs->series[q.i_series];
    const char *condition =
        *s->condition ? s->condition : gs_condition_name(obs->condition);
    double block;
    q.lever = ask->name;
    q.title = ask->title;
    q.caution = ask->caution;
    q.unit = gs_arena_strdup(a, k->lever[q.i_lever].unit);
    q.outcome = s->name;
    q.scale = s->scale->name;
    q.condition = condition;
    q.worse = s->scale->worse < 0 ? -1 : 1;
    q.notice = noticeable(s);
    q.food = ask->kind == FOOD;
    q.hideable =
        strcmp(ask->name, "probiotic") == 0 || strcmp(ask->name, "prebiotic") == 0;
    lever_lag(ask->name, condition, &q.weeks, &block);
    lever_slowest(ask->name, condition, state, sizeof state, &q.tau);
    q.slowest = gs_arena_strdup(a, state);
    GS_TRY(lay_days(a, k, obs, ask, &q, err));
    lay_words(a, ask, &k->lever[q.i_lever], &q);
    if (!q.unit || !q.slowest || !q.treatment || !q.control)
        return gs_fail(err, GS_ENOMEM, "out of memory for the question");
    *out = q;
    return GS_OK;
}
