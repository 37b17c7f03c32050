/* From a fit to an answer: series with fit and forecast, levers ranked, flags, notes.
 *
 *   obs, fit -> forecast (infer)
 *   per lever: what to ask, from the person's own habit -> effects (effect.c)
 *            -> verdict, sentences (words.c), evidence (lever.c)
 *   rank: expected benefit, shrunk by how likely it is a benefit at all */
#include "gutskin/answer.h"
#include "gutskin/population.h"

#include "advice/effect.h"
#include "advice/lever.h"
#include "advice/values.h"
#include "advice/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FLAG_DAYS = 60,  /* a red flag this recent comes before every experiment */
    REPLAY_DAYS = 84 /* twelve weeks of days stand for "as usual" */
};

typedef struct maker {
    words w;
    const gs_kernel *k;
    const gs_obs *obs;
    const gs_fit *fit;
    const gs_evidence *ev;
    const gs_answer_opts *o;
    size_t n_effect;    /* draws for the effects */
    size_t i_main;
    double *lever, *habit; /* [n_day x n_lever] as lived, [n_lever] */
    size_t n_replay;    /* days at the end of the diary that stand for "as usual" */
    gs_answer *x;
    bool flagged;
    double notice;      /* smallest change of the main score that people notice */
} maker;

/* Effects below this share of what people notice count as none: half a chance. */
static const double TIE = 0.05;

/* One lever on its way into the answer. */
typedef struct entry {
    lever_state s;
    size_t i_lever;     /* of the kernel */
    long dim;           /* of the fit, -1 */
    double *then;       /* [n_replay] the lever changed */
    double weeks;
    bool asked;         /* its effect is simulated */
    gs_answer_lever l;
    double promise;     /* expected benefit, shrunk by its chance */
    double value;       /* the same, 0 when too small to notice   */
    int support;        /* what trials say, lever_support */
} entry;

static gs_status no_memory(gs_err *err)
{
    return gs_fail(err, GS_ENOMEM, "out of memory for the answer");
}

/* ---- series ------------------------------------------------------------------ */

static bool in_fit(const gs_fit *f, size_t i_series)
{
    for (size_t d = 0; d < f->n_dim; d++) {
        if (f->dim[d].series == (long)i_series)
            return true;
    }
    return false;
}

/* The series the page is about: of the person's condition, part of the fit, most scores. */
static size_t main_series(const gs_obs *obs, const gs_fit *f)
{
    size_t best = obs->n_series;
    const char *condition = gs_condition_name(obs->condition);

    for (int own = 1; own >= 0 && best == obs->n_series; own--) {
        for (size_t i = 0; i < obs->n_series; i++) {
            if (!in_fit(f, i) || (own && strcmp(obs->series[i].condition, condition) != 0))
                continue;
            if (best == obs->n_series || obs->series[i].n > obs->series[best].n)
                best = i;
        }
    }
    return best;
}

/* The report adds the scale. */
static const char *series_title(words *w, const gs_series *s)
{
    const char *t = s->channel->title;
    char first = t[0] >= 'a' && t[0] <= 'z' ? (char)(t[0] - 'a' + 'A') : t[0];

    return *t ? say(w, "%c%s", first, t + 1) : say(w, "%s", s->name);
}

static gs_status make_series(maker *m, const gs_pool *pool, gs_err *err)
{
    gs_answer *x = m->x;
    gs_arena *a = m->w.a;
    gs_answer_series *s = GS_NEW(a, gs_answer_series, m->obs->n_series + 1);
    gs_forecast *fc;

    if (!s)
        return no_memory(err);
    GS_TRY(gs_infer_forecast(a, m->k, m->obs, m->fit, m->o->n_ahead, NULL, pool, &fc, err));
    for (size_t i = 0; i < m->obs->n_series; i++) {
        const gs_series *from = &m->obs->series[i];
        int32_t *day = GS_NEW(a, int32_t, from->n + 1);
        double *value = GS_NEW(a, double, from->n + 1);
        if (!in_fit(m->fit, i))
            continue;
        if (!day || !value)
            return no_memory(err);
        memcpy(day, from->day, from->n * sizeof *day);
        memcpy(value, from->value, from->n * sizeof *value);
        if (i == m->i_main)
            x->main_series = x->n_series;
        s[x->n_series++] = (gs_answer_series){
            .name = say(&m->w, "%s", from->name), .title = series_title(&m->w, from),
            .condition = say(&m->w, "%s", from->condition), .scale = from->scale->name,
            .lo = from->scale->lo, .hi = from->scale->hi, .worse = from->scale->worse,
            .n = from->n, .day = day, .value = value, .fit = fc->fit + i * x->n_day,
            .ahead = fc->ahead + i * x->n_ahead};
    }
    x->series = s;
    return GS_OK;
}

/* Published smallest changes that people notice (evidence.csv: schram2012-mcid,
 * dlqi rows); else a tenth of the scale, or a quarter of the person's own mean where
 * that is less. */
static double noticeable(const gs_series *s)
{
    static const struct {
        const char *scale;
        double points;
    } known[] = {{"poscorad", 8.7}, {"scorad", 8.7}, {"easi", 6.6}, {"poem", 3.4}, {"dlqi", 4}};
    double mean = 0, tenth = 0.1 * (s->scale->hi - s->scale->lo);

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].scale, s->scale->name) == 0)
            return known[i].points;
    }
    for (size_t i = 0; i < s->n; i++)
        mean += (s->value[i] - s->scale->lo) / (double)s->n;
    return fmax(fmin(tenth, 0.25 * mean), 1e-6);
}

/* ---- levers -------------------------------------------------------------------- */

static const gs_lever_series *said_lever(const gs_obs *obs, const char *name)
{
    for (size_t i = 0; i < obs->n_lever; i++) {
        if (strcmp(obs->lever[i].name, name) == 0)
            return &obs->lever[i];
    }
    return NULL;
}

static long fit_dim(const gs_fit *f, long par)
{
    for (size_t d = 0; par >= 0 && d < f->n_dim; d++) {
        if (f->dim[d].role == GS_DIM_LEVER && f->dim[d].par == par)
            return (long)d;
    }
    return -1;
}

/* Mean, sd and ends of the days said. */
static void describe(entry *e, size_t n_day)
{
    double mean = 0, m2 = 0, n = 0;
    const gs_lever_series *s = e->s.said;

    e->s.lo = e->s.hi = e->s.sd = e->l.sd = NAN;
    for (size_t d = 0; s && d < n_day; d++) {
        double v = s->value[d];
        if (isnan(v))
            continue;
        n += 1;
        double step = v - mean;
        mean += step / n;
        m2 += step * (v - mean);
        e->s.lo = n == 1 || v < e->s.lo ? v : e->s.lo;
        e->s.hi = n == 1 || v > e->s.hi ? v : e->s.hi;
    }
    if (n > 1)
        e->s.sd = e->l.sd = sqrt(m2 / (n - 1));
    if (s && s->tags_only)
        e->s.sd = fmax(isnan(e->s.sd) ? 0 : e->s.sd, fabs(mean - e->s.info->habit));
    e->l.n_said = (size_t)n;
    e->l.tags_only = s && s->tags_only;
}

/* What to ask: the standard step on each day, as far as there is room; of triggers,
 * half. The change is the mean over the days. */
static gs_status set_question(maker *m, entry *e, gs_err *err)
{
    const lever_ask *ask = e->s.ask;
    const gs_lever_info *info = e->s.info;
    bool half = ask && ask->kind == TRIGGER;
    double step = ask ? ask->step : info->sd, mean = 0, change = 0;
    double lo = ask ? fmax(ask->lo, info->lo) : info->lo;
    double hi = ask ? fmin(ask->hi, info->hi) : info->hi;
    size_t first = m->obs->n_day - m->n_replay;

    e->then = GS_NEW(m->w.a, double, m->n_replay + 1);
    if (!e->then)
        return no_memory(err);
    for (size_t d = 0; d < m->n_replay; d++) {
        double v = m->lever[(first + d) * m->k->n_lever + e->i_lever];
        double then = half ? 0.5 * v : v + step;
        e->then[d] = fmin(fmax(then, fmin(lo, v)), fmax(hi, v));
        mean += v / (double)m->n_replay;
        change += (e->then[d] - v) / (double)m->n_replay;
    }
    if (half)
        step = -0.5 * fmax(mean, 0.05);
    e->l.habit = half ? mean : m->habit[e->i_lever];
    if (step != 0 && fabs(change) >= 0.3 * fabs(step)) {
        e->l.change = change;
        e->asked = true;
    }
    return GS_OK;
}

static bool used(const gs_lever_series *s, const gs_lever_info *info, size_t n_day)
{
    for (size_t d = 0; s && d < n_day; d++) {
        if (s->value[d] > info->habit + 1e-9)
            return true;
    }
    return false;
}

/* Is this lever in the answer at all? */
static bool relevant(const maker *m, const entry *e)
{
    const lever_ask *ask = e->s.ask;
    bool said = e->s.said && e->s.said->n_said > 0;
    double weeks, block;

    if (ask && (ask->kind == MEDICINE || ask->kind == CONTEXT))
        return used(e->s.said, e->s.info, m->obs->n_day);
    if (said || !ask)
        return said;
    if (ask->kind == TRIGGER)
        return m->obs->condition == GS_ROSACEA;
    if (ask->kind == CARE)
        return m->obs->condition == GS_ECZEMA;
    return lever_lag(ask->name, gs_condition_name(m->obs->condition), &weeks, &block);
}

static gs_status start_entry(maker *m, size_t i_lever, entry *e, gs_err *err)
{
    const gs_lever_info *info = &m->k->lever[i_lever];

    memset(e, 0, sizeof *e);
    e->i_lever = i_lever;
    e->s = (lever_state){.ask = lever_find(info->name), .info = info,
                         .said = said_lever(m->obs, info->name), .n_day = m->obs->n_day,
                         .gain = lever_gain(m->k, info->name)};
    e->dim = fit_dim(m->fit, e->s.gain);
    e->s.learned = e->dim >= 0;
    describe(e, m->obs->n_day);
    lever_lag(info->name, gs_condition_name(m->obs->condition), &e->weeks,
              &e->s.block_weeks);
    return set_question(m, e, err);
}

static gs_status find_levers(maker *m, entry **out, size_t *out_n, gs_err *err)
{
    entry *e = GS_NEW(m->w.a, entry, m->k->n_lever + 1);
    size_t n = 0;

    if (!e)
        return no_memory(err);
    for (size_t i = 0; i < m->k->n_lever; i++) {
        GS_TRY(start_entry(m, i, &e[n], err));
        n += relevant(m, &e[n]);
    }
    *out = e;
    *out_n = n;
    return GS_OK;
}

static gs_verdict verdict_of(const entry *e)
{
    if (!e->s.learned)
        return GS_VERDICT_CANNOT;
    return e->l.taught < 0.1 ? GS_VERDICT_LITTLE : e->l.taught < 0.4 ? GS_VERDICT_SOME
                                                                     : GS_VERDICT_MUCH;
}

/* How far the diary narrowed the gain, which scales all that the lever does. From all
 * draws of the fit: the effect's own sd over a few hundred is too noisy, and where the
 * gain bends the effect its tails alone can look like learning. */
static double taught_of(const gs_dim *d)
{
    double t = 1 - d->sd / d->prior_sd;

    return isfinite(t) && t > 0 ? t : 0;
}

static gs_status ask_all(maker *m, entry *e, size_t n, const gs_pool *pool,
                         const gs_progress *progress, gs_err *err)
{
    gs_arena *a = m->w.a;
    effect_ask *q = GS_NEW(a, effect_ask, n + 1);
    effect *out = GS_NEW(a, effect, n + 1);
    int sign = m->obs->series[m->i_main].scale->worse < 0 ? -1 : 1;
    size_t n_ask = 0;

    if (!q || !out)
        return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        if (e[i].asked)
            q[n_ask++] = (effect_ask){.lever = e[i].i_lever, .gain = e[i].s.gain,
                                      .dim = e[i].dim, .then = e[i].then,
                                      .day = (size_t)lround(7 * e[i].weeks)};
    }
    GS_TRY(effect_run(a, m->k, m->obs, m->fit, m->i_main, m->n_effect, n_ask, q,
                      m->n_replay, pool, progress, out, err));
    n_ask = 0;
    for (size_t i = 0; i < n; i++) {
        gs_answer_lever *l = &e[i].l;
        l->before = l->after = (gs_band){NAN, NAN, NAN, NAN, NAN};
        l->better_before = l->better_after = NAN;
        if (e[i].s.learned)
            l->taught = taught_of(&m->fit->dim[e[i].dim]);
        if (!e[i].asked)
            continue;
        const effect *f = &out[n_ask++];
        l->before = effect_band(a, m->n_effect, f->before);
        l->after = effect_band(a, m->n_effect, f->after);
        l->better_before = effect_better(m->n_effect, f->before, sign, TIE * m->notice);
        l->better_after = effect_better(m->n_effect, f->after, sign, TIE * m->notice);
        double mean = 0, big = 0, alive = 0;
        for (size_t d = 0; d < m->n_effect; d++) {
            if (!isfinite(f->after[d]))
                continue;
            alive += 1;
            mean -= sign * f->after[d];
            big += -sign * f->after[d] >= 0.5 * m->notice;
        }
        /* worth its trouble: a real chance of at least half of what people notice */
        double chance = effect_better(m->n_effect, f->after, sign, 0);
        e[i].promise = alive > 0 ? fmax(0, mean / alive) * fmax(0, 2 * chance - 1) : 0;
        e[i].value = big >= 0.05 * alive && e[i].promise > 0 ? e[i].promise : 0;
    }
    return GS_OK;
}

/* Worth an experiment: the model expects a benefit that would be noticed, or trials
 * reported one that the model's own way from gut to skin does not carry. */
static bool may_propose(const maker *m, const entry *e)
{
    bool kind = e->s.ask && e->s.ask->kind != MEDICINE && e->s.ask->kind != CONTEXT;

    return kind && (e->value > 0 || e->support > 0) && m->fit->ok && !m->flagged &&
           *e->l.block;
}

/* Why a lever that could be asked about is not worth asking, or cannot be. */
static const char *add_reason(maker *m, const entry *e, const char *why)
{
    const lever_ask *ask = e->s.ask;

    if (!ask || ask->kind == MEDICINE || ask->kind == CONTEXT)
        return why;
    if (e->l.proposed && e->value == 0) {
        const gs_population_effect *p =
            gs_population_effect_of(gs_condition_name(m->obs->condition), e->l.name);
        if (p && p->tried)
            return say(&m->w, "%s The model expects less than you would notice; trials taken "
                              "together give it %.0f chances in 100 to help other people, so it "
                              "may be worth a test.", why, 100 * p->helps);
        return say(&m->w, "%s The model expects less than you would notice; trials reported a "
                          "benefit, but none that the model could be fitted to. It may be worth "
                          "a test.", why);
    }
    if (!e->asked && e->l.n_said == 0)
        return why;
    if (!e->asked)
        return say(&m->w, "%s There is little room left to change it.", why);
    if (e->value == 0 && e->support <= 0 && m->fit->ok && isfinite(e->l.after.q50))
        return say(&m->w, "%s Not worth testing: neither the model nor trials expect a benefit "
                          "that you would notice.", why);
    return why;
}

static gs_status finish_lever(maker *m, entry *e, gs_err *err)
{
    gs_answer_lever *l = &e->l;
    const gs_evidence_row *row[LEVER_MAX_ROWS];
    const lever_ask *ask = e->s.ask;
    words *w = &m->w;

    l->name = say(w, "%s", e->s.info->name);
    l->title = ask ? ask->title : l->name;
    l->unit = say(w, "%s", e->s.info->unit);
    l->medicine = ask && ask->kind == MEDICINE;
    l->weeks = e->weeks;
    l->change_text = words_change(w, ask, e->s.info, l->change);
    l->caution = ask ? ask->caution : "";
    l->verdict = verdict_of(e);
    l->block = words_block(w, &e->s, l);
    e->support = lever_support(m->ev, l->name, gs_condition_name(m->obs->condition));
    l->proposed = may_propose(m, e);
    l->why = add_reason(m, e, words_why(w, &e->s, l));
    l->n_evidence = lever_rows(m->ev, e->s.info->name, gs_condition_name(m->obs->condition), row);
    const gs_evidence_row **list = GS_NEW(w->a, const gs_evidence_row *, l->n_evidence + 1);
    if (!list)
        return no_memory(err);
    memcpy(list, row, l->n_evidence * sizeof *list);
    l->evidence = list;
    return GS_OK;
}

/* Most promising first; then what was learned most about; medicines last. */
static int by_promise(const void *a, const void *b)
{
    const entry *p = a, *q = b;

    if (p->l.medicine != q->l.medicine)
        return p->l.medicine ? 1 : -1;
    if (p->l.proposed != q->l.proposed)
        return p->l.proposed ? -1 : 1;
    if (p->value != q->value)
        return p->value > q->value ? -1 : 1;
    if (p->l.proposed && p->promise != q->promise)
        return p->promise > q->promise ? -1 : 1;
    if (p->l.taught != q->l.taught)
        return p->l.taught > q->l.taught ? -1 : 1;
    return p->i_lever < q->i_lever ? -1 : 1;
}

static gs_status make_levers(maker *m, const gs_pool *pool, const gs_progress *progress,
                             gs_err *err)
{
    entry *e = NULL;
    size_t n = 0;

    GS_TRY(find_levers(m, &e, &n, err));
    GS_TRY(ask_all(m, e, n, pool, progress, err));
    gs_answer_lever *l = GS_NEW(m->w.a, gs_answer_lever, n + 1);
    if (!l)
        return no_memory(err);
    for (size_t i = 0; i < n; i++)
        GS_TRY(finish_lever(m, &e[i], err));
    qsort(e, n, sizeof *e, by_promise);
    for (size_t i = 0; i < n; i++)
        l[i] = e[i].l;
    m->x->n_lever = n;
    m->x->lever = l;
    return GS_OK;
}

/* ---- the whole ------------------------------------------------------------------- */

static gs_status make_answer(maker *m, const gs_pool *pool, const gs_progress *progress,
                             gs_err *err)
{
    gs_answer *x = m->x;

    m->n_replay = m->obs->n_day < REPLAY_DAYS ? m->obs->n_day : REPLAY_DAYS;
    m->habit = GS_NEW(m->w.a, double, m->k->n_lever + 1);
    m->lever = GS_NEW(m->w.a, double, m->obs->n_day * m->k->n_lever + 1);
    if (!m->habit || !m->lever)
        return no_memory(err);
    GS_TRY(gs_infer_levers(m->k, m->obs, m->lever, m->habit, err));
    GS_TRY(make_series(m, pool, err));
    m->notice = noticeable(&m->obs->series[m->i_main]);
    if (words_flags(&m->w, m->obs, &x->n_flag, &x->flag) != GS_OK)
        return no_memory(err);
    GS_TRY(make_levers(m, pool, progress, err));
    if (words_notes(&m->w, x, m->obs, m->fit, m->i_main, &x->n_note, &x->note) != GS_OK)
        return no_memory(err);
    GS_TRY(values_tell(&m->w, m->o->labs, m->obs->condition, x, err));
    x->headline = words_headline(&m->w, x, m->flagged, m->notice);
    return m->w.failed ? no_memory(err) : GS_OK;
}

gs_status gs_advice_answer(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                           const gs_fit *f, const gs_evidence *ev,
                           const gs_answer_opts *o, const gs_pool *pool,
                           const gs_progress *progress, gs_answer **out, gs_err *err)
{
    maker m = {.w = {.a = a}, .k = k, .obs = obs, .fit = f, .ev = ev, .o = o,
               .n_effect = o->n_effect ? o->n_effect : GS_ANSWER_OPTS.n_effect,
               .i_main = main_series(obs, f), .x = GS_NEW(a, gs_answer, 1),
               .flagged = words_flag_recent(obs, FLAG_DAYS)};

    if (!m.x)
        return no_memory(err);
    if (m.i_main == obs->n_series)
        return gs_fail(err, GS_EUSE, "this fit looked at no score of the skin");
    *m.x = (gs_answer){.person = say(&m.w, "%s", obs->person ? obs->person : ""),
                       .condition = gs_condition_name(obs->condition),
                       .example = o->example, .day0 = obs->day0, .n_day = obs->n_day,
                       .n_ahead = o->n_ahead, .fit = f, .made = GS_VERSION};
    GS_TRY(make_answer(&m, pool, progress, err));
    *out = m.x;
    return GS_OK;
}
