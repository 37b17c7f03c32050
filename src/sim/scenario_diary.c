/* A diary as the person of a scenario might have kept it, for examples and tests.
 *
 * The scores are drawn as inference reads them (docs/notes/links.md):
 *     latent = level + slope unit (signal - signal on the first morning) + residual
 *     unit: latent units per score unit, 1 but for ordered scales
 *     residual: Ornstein-Uhlenbeck, stationary
 * and then a category by ordered logit, a logit-normal mark, a log-normal index or a
 * negative binomial count. Levers are written down in the diary's units, rounded as a
 * person would; the model lived by the unrounded ones. Days are lost one by one and in
 * runs. Everything follows from the seed. */
#include "gutskin/scenario.h"

#include "gutskin/date.h"
#include "gutskin/rng.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double logit(double p)
{
    return log(p / (1 - p));
}

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

/* categories of an ordered scale, 0 when it has none */
static size_t categories(const gs_scale *s)
{
    return s->kind == GS_SCALE_ORDERED ?
               (size_t)((s->hi - s->lo) / (s->step > 0 ? s->step : 1) + 1.5) : 0;
}

/* Latent units per score unit: an ordered scale's logistic noise is 1 on its latent axis,
 * so the logit of the share is 1/noise of them; as inference reads it, links.md. */
static double latent_unit(const gs_scenario_score *s)
{
    return categories(s->scale) ? 1 / fmax(s->noise, 1e-3) : 1;
}

/* latent of the usual score */
static double level(const gs_scenario_score *s)
{
    const gs_scale *c = s->scale;
    size_t n = categories(c);
    double range = c->hi - c->lo, q = (s->usual - c->lo) / range;
    if (n) {
        /* middle of its category */
        double step = range / (double)(n - 1);
        return logit(((s->usual - c->lo) / step + 0.5) / (double)n) * latent_unit(s);
    }
    if (c->kind == GS_SCALE_BOUNDED)
        return logit(fmin(fmax(q, 0.005), 0.995));
    return log(s->usual + c->offset);
}

static double draw_ordered(const gs_scenario_score *s, double latent, gs_rng *r)
{
    const gs_scale *c = s->scale;
    size_t n = categories(c), k = 0;
    double seen = latent + logit(gs_rng_uniform(r));
    while (k + 1 < n &&
           seen > logit((double)(k + 1) / (double)n) * latent_unit(s))
        k++;
    return c->lo + (double)k * (c->hi - c->lo) / (double)(n - 1);
}

static double draw_score(const gs_scenario_score *s, double latent, gs_rng *r)
{
    const gs_scale *c = s->scale;
    double v, step = c->step > 0 ? c->step : c->hi > 20 ? 0.1 : 0.01;
    if (categories(c))
        return draw_ordered(s, latent, r);
    if (c->kind == GS_SCALE_COUNT) {
        double mean = exp(fmin(latent, 10)), shape = 1 / fmax(s->noise * s->noise, 1e-6);
        v = (double)gs_rng_poisson(r, mean * gs_rng_gamma(r, shape) / shape);
    } else if (c->kind == GS_SCALE_BOUNDED) {
        v = c->lo + (c->hi - c->lo) * logistic(latent + s->noise * gs_rng_normal(r));
    } else {
        v = exp(fmin(latent + s->noise * gs_rng_normal(r), 10)) - c->offset;
    }
    v = c->lo + round((v - c->lo) / step) * step;
    return fmin(fmax(v, c->lo), c->hi);
}

/* one score on every day, NaN where it is not written */
static void score_days(const gs_scenario *sc, const gs_kernel *k, size_t i, uint64_t seed,
                       const double *y, double *out)
{
    const gs_scenario_score *s = &sc->diary.score[i];
    char purpose[96];
    snprintf(purpose, sizeof purpose, "score %.60s %zu", s->channel->name, i);
    gs_rng r = gs_rng_stream(seed, sc->diary.person, purpose);
    double keep = exp(-1 / s->days), residual = s->wander * gs_rng_normal(&r);
    double base = level(s), slope = s->slope * latent_unit(s);
    for (size_t d = 0; d < sc->n_day; d++) {
        double signal = y[(d + 1) * k->n_see + s->see] - y[s->see];
        double v = draw_score(s, base + slope * signal + residual, &r);
        out[d] = gs_rng_uniform(&r) < s->missing ? NAN : v;
        residual = keep * residual + s->wander * sqrt(1 - keep * keep) * gs_rng_normal(&r);
    }
}

/* one lever as written down */
static void note_days(const gs_scenario *sc, const gs_kernel *k, size_t i, uint64_t seed,
                      const double *lever, double *out)
{
    const gs_scenario_note *n = &sc->diary.note[i];
    const gs_channel *c = n->channel;
    char purpose[96];
    snprintf(purpose, sizeof purpose, "note %.60s", c->name);
    gs_rng r = gs_rng_stream(seed, sc->diary.person, purpose);
    for (size_t d = 0; d < sc->n_day; d++) {
        double v = (lever[d * k->n_lever + n->lever] - c->to_lever_b) / c->to_lever_a;
        double step = n->step > 0 ? n->step : pow(10, floor(log10(fabs(v) + 1e-9)) - 2);
        v = fmin(fmax(round(v / step) * step, c->lo), c->hi);
        out[d] = gs_rng_uniform(&r) < n->missing ? NAN : v;
    }
}

/* days on which nothing at all is written */
static void lost_days(const gs_scenario *sc, uint64_t seed, bool *lost)
{
    const gs_scenario_diary *d = &sc->diary;
    gs_rng r = gs_rng_stream(seed, d->person, "lost days");
    for (size_t i = 0; i < sc->n_day; i++)
        lost[i] = gs_rng_uniform(&r) < d->missing;
    for (long g = 0; g < d->n_gap; g++) {
        size_t from = gs_rng_below(&r, sc->n_day);
        for (size_t i = from; i < sc->n_day && i < from + (size_t)d->gap_days; i++)
            lost[i] = true;
    }
}

static void put_head(const gs_scenario *sc, uint64_t seed, const char *name, gs_buf *out)
{
    const gs_scenario_diary *d = &sc->diary;
    const char *base = strrchr(name, '/');
    gs_buf_printf(out,
                  "# simulated by gutskin %s from the scenario %s with seed %llu\n"
                  "# no real person wrote this diary; nothing in it is evidence\n",
                  GS_VERSION, base ? base + 1 : name, (unsigned long long)seed);
    gs_buf_put(out, "date");
    for (size_t i = 0; i < d->n_score; i++)
        gs_buf_printf(out, ",%s (%s)", d->score[i].channel->name, d->score[i].scale->name);
    for (size_t i = 0; i < d->n_note; i++) {
        const gs_channel *c = d->note[i].channel;
        bool plain = strcmp(c->unit, "score") == 0 || strcmp(c->unit, "1") == 0;
        gs_buf_printf(out, plain ? ",%s" : ",%s (%s)", c->name, c->unit);
    }
    gs_buf_put(out, "\n");
}

/* one column of days per score and note */
static void put_rows(const gs_scenario *sc, const double *col, const bool *lost, gs_buf *out)
{
    size_t n_col = sc->diary.n_score + sc->diary.n_note;
    for (size_t d = 0; d < sc->n_day; d++) {
        char iso[24];
        bool any = false;
        for (size_t i = 0; i < n_col; i++)
            any |= !isnan(col[i * sc->n_day + d]);
        if (!any || lost[d])
            continue;
        gs_buf_put(out, gs_date_iso(sc->diary.day0 + (int32_t)d, iso, sizeof iso));
        for (size_t i = 0; i < n_col; i++) {
            double v = col[i * sc->n_day + d];
            if (isnan(v))
                gs_buf_put(out, ",");
            else
                gs_buf_printf(out, ",%.6g", v + 0.0); /* no "-0" */
        }
        gs_buf_put(out, "\n");
    }
}

gs_status gs_scenario_diary_csv(const gs_scenario *sc, const gs_kernel *k,
                                const gs_sim_opts *o, uint64_t seed, const char *name,
                                gs_buf *out, gs_err *err)
{
    const gs_scenario_diary *dy = &sc->diary;
    size_t nd = sc->n_day, n_col = dy->n_score + dy->n_note;
    if (!dy->wanted)
        return gs_fail_at(err, GS_EFOUND, name, 0, 0, NULL,
                          "this scenario has no diary; add a \"diary\" statement");
    double *y = calloc((nd + 1) * k->n_see + 1, sizeof *y);
    double *lever = calloc(nd * k->n_lever + 1, sizeof *lever);
    double *col = calloc(nd * n_col + 1, sizeof *col);
    bool *lost = calloc(nd + 1, sizeof *lost);
    gs_status st = y && lever && col && lost ? GS_OK :
                   gs_fail(err, GS_ENOMEM, "not enough memory for %zu days", nd);
    if (st == GS_OK)
        st = gs_scenario_run(sc, k, o, dy->person, seed, NULL, y, err);
    if (st == GS_OK) {
        gs_scenario_levers(sc, k, dy->person, seed, lever, NULL);
        for (size_t i = 0; i < dy->n_score; i++)
            score_days(sc, k, i, seed, y, col + i * nd);
        for (size_t i = 0; i < dy->n_note; i++)
            note_days(sc, k, i, seed, lever, col + (dy->n_score + i) * nd);
        lost_days(sc, seed, lost);
        put_head(sc, seed, name, out);
        put_rows(sc, col, lost, out);
        if (out->failed)
            st = gs_fail(err, GS_ENOMEM, "out of memory");
    }
    free(y);
    free(lever);
    free(col);
    free(lost);
    return st;
}
