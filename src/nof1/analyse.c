/* One trial, both analyses, the verdict. */
#include "infer/num.h"
#include "nof1/inner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char NOT_ASKED[] = "not asked for";

/* ---- verdict of one analysis ----------------------------------------------------- */

static void judge(gs_nof1_effect *e, int better, double worth, double level)
{
    double lo = better > 0 ? e->lo : -e->hi, hi = better > 0 ? e->hi : -e->lo;

    e->says = GS_NOF1_UNKNOWN;
    if (!e->known)
        return;
    if (hi < worth)
        e->says = GS_NOF1_NOT;
    else if (e->p_better <= level && lo > 0)
        e->says = GS_NOF1_WORKS;
    if (*e->why)
        return;
    if (e->says == GS_NOF1_NOT)
        snprintf(e->why, sizeof e->why, "%s",
                 hi < 0 ? "the interval holds harm only"
                        : "the whole interval lies below what is worth having");
    else if (e->says == GS_NOF1_WORKS)
        snprintf(e->why, sizeof e->why, "the interval holds benefit only");
    else if (e->least_p > level)
        snprintf(e->why, sizeof e->why,
                 "only %.0f order%s could have been drawn, so that even a perfect result has "
                 "p = %.2g",
                 e->n_schedule, e->n_schedule == 1 ? "" : "s", e->least_p);
    else
        snprintf(e->why, sizeof e->why,
                 "the interval holds both no benefit and one worth having");
}

static gs_nof1_says together(const gs_nof1_effect *free, const gs_nof1_effect *model)
{
    if (strcmp(free->why, NOT_ASKED) == 0)
        return model->says;
    if (strcmp(model->why, NOT_ASKED) == 0)
        return free->says;
    return free->says == model->says ? free->says : GS_NOF1_UNKNOWN;
}

/* ---- the model on this trial ------------------------------------------------------ */

typedef struct exposure {
    const nof1_data *d;
    const double *e;
} exposure;

static void respond(const void *self, double lag, double *out)
{
    const exposure *x = self;
    nof1_response(x->d, x->e, lag, out);
}

typedef struct latent_scale {
    double centre, swing;
    gs_nof1_scale scale;
    double *value;
} latent_scale;

static double *sorted_copy(gs_arena *a, size_t n, const double *x)
{
    double *v = GS_NEW(a, double, n);
    if (v) {
        memcpy(v, x, n * sizeof *v);
        num_sort(n, v);
    }
    return v;
}

/* The unit of the priors: the usual swing, but as the middle days have it, so that few far
 * days do not widen every prior; at least 0.4 of the sd, where many days are alike. */
static double middle_swing(gs_arena *a, const nof1_data *d, double least)
{
    double mean[2] = {0}, k[2] = {0}, *v = GS_NEW(a, double, d->n);
    if (!v)
        return d->swing;
    for (size_t i = 0; i < d->n; i++)
        mean[d->code[i]] += d->y[i], k[d->code[i]]++;
    for (size_t i = 0; i < d->n; i++)
        v[i] = fabs(d->y[i] - mean[d->code[i]] / k[d->code[i]]);
    num_sort(d->n, v);
    double s = 1.4826 * num_quantile_sorted(d->n, v, 0.5);
    return fmax(d->swing * fmin(fmax(s, 0.4), 1), least);
}

/* Scores and counts as such while a day has one; means of several are as good as
 * continuous. Counts work on logarithms. */
static gs_status choose_scale(gs_arena *a, const gs_nof1_series *s, const nof1_data *d,
                              latent_scale *out, gs_err *err)
{
    bool single = true;
    *out = (latent_scale){d->centre, d->swing, s->scale, GS_NEW(a, double, d->n)};
    if (!out->value)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < d->n; i++) {
        out->value[i] = d->unit[i]->value;
        single = single && d->unit[i]->n_obs == 1;
    }
    if (!single || (s->scale == GS_NOF1_SCORE && !(s->step > 0)))
        out->scale = GS_NOF1_CONTINUOUS;
    if (out->scale != GS_NOF1_COUNT) {
        out->swing = middle_swing(a, d, s->step > 0 ? 0.2887 * s->step : 0);
        return GS_OK;
    }
    double sum = 0, sq = 0, n = (double)d->n;
    for (size_t i = 0; i < d->n; i++) {
        double v = log(out->value[i] + 0.4);
        sum += v;
        sq += v * v;
    }
    out->centre = sum / n;
    out->swing = sqrt(fmax(sq / n - out->centre * out->centre, 0.04));
    return GS_OK;
}

static nof1_space model_of(const gs_nof1_series *s, const nof1_data *d,
                           const latent_scale *ls, const gs_nof1_opts *o, const exposure *x)
{
    double span = d->t[d->n - 1] - d->t[0];
    size_t n_keep = o->n_draw / 4 > 100 ? o->n_draw / 4 : 100;
    return (nof1_space){.n = d->n,
                        .t = d->t,
                        .value = ls->value,
                        .weight = d->weight,
                        .centre = ls->centre,
                        .swing = ls->swing,
                        .scale = ls->scale,
                        .lo = s->lo,
                        .hi = s->hi,
                        .step = s->step,
                        .response = respond,
                        .self = x,
                        .lag_prior = o->lag > 0 ? o->lag : o->lag_prior,
                        .lag_max = fmax(span / 3, 1),
                        .prior_sd = o->prior_sd,
                        .seed = o->seed,
                        .n_chain = 4,
                        .n_warmup = n_keep / 2 > 300 ? n_keep / 2 : 300,
                        .n_keep = n_keep,
                        .thin = 1};
}

static gs_band band_of(size_t n, const double *sorted)
{
    return (gs_band){num_quantile_sorted(n, sorted, 0.05),
                     num_quantile_sorted(n, sorted, 0.25),
                     num_quantile_sorted(n, sorted, 0.5),
                     num_quantile_sorted(n, sorted, 0.75),
                     num_quantile_sorted(n, sorted, 0.95)};
}

/* Share of the posterior at or below x: the mean over draws of the normals given all else,
 * which is far less noisy than counting draws. */
static double below(const nof1_space_out *x, double at)
{
    double sum = 0;
    for (size_t i = 0; i < x->n_draw; i++)
        sum += num_normal_cdf((at - x->given_mean[i]) / x->given_sd[i]);
    return sum / (double)x->n_draw;
}

static double quantile(const nof1_space_out *x, double p, double lo, double hi)
{
    for (int k = 0; k < 40; k++) {
        double mid = 0.5 * (lo + hi);
        if (below(x, mid) < p)
            lo = mid;
        else
            hi = mid;
    }
    return 0.5 * (lo + hi);
}

static void smooth_summary(const nof1_space_out *x, int better, double worth, double level,
                           gs_nof1_effect *e)
{
    double lo = HUGE_VAL, hi = -HUGE_VAL;
    for (size_t i = 0; i < x->n_draw; i++) {
        lo = fmin(lo, x->given_mean[i] - 6 * x->given_sd[i]);
        hi = fmax(hi, x->given_mean[i] + 6 * x->given_sd[i]);
    }
    e->est = quantile(x, 0.5, lo, hi);
    e->lo = quantile(x, level, lo, hi);
    e->hi = quantile(x, 1 - level, lo, hi);
    e->p_better = better > 0 ? below(x, 0) : 1 - below(x, 0);
    e->worth_chance = better > 0 ? 1 - below(x, worth) : below(x, -worth);
}

/* Effects that are no normal given all else (counts, doses): the draws themselves. */
static gs_status drawn_summary(gs_arena *a, const nof1_space_out *x, int better, double worth,
                               double level, gs_nof1_effect *e, gs_err *err)
{
    double *v = sorted_copy(a, x->n_draw, x->effect), n = (double)x->n_draw;
    size_t good = 0, much = 0;
    if (!v)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < x->n_draw; i++) {
        good += better * x->effect[i] > 0;
        much += better * x->effect[i] >= worth;
    }
    e->est = num_quantile_sorted(x->n_draw, v, 0.5);
    e->lo = num_quantile_sorted(x->n_draw, v, level);
    e->hi = num_quantile_sorted(x->n_draw, v, 1 - level);
    e->p_better = 1 - (double)good / n;
    e->worth_chance = (double)much / n;
    return GS_OK;
}

static gs_status summarise(gs_arena *a, const nof1_space_out *x, bool normal, int better,
                           double worth, double level, gs_nof1_effect *e, gs_err *err)
{
    if (normal)
        smooth_summary(x, better, worth, level, e);
    else
        GS_TRY(drawn_summary(a, x, better, worth, level, e, err));
    e->p_two = NAN;
    e->known = true;
    if (!(x->rhat < 1.05)) {
        e->known = false;
        snprintf(e->why, sizeof e->why,
                 "the chains of the model did not agree (R-hat %.2f); more draws may mend it",
                 x->rhat);
    }
    return GS_OK;
}

/* Priors as bands, in the unit of each number. */
static gs_band prior_half(double scale)
{
    return (gs_band){0.0627 * scale, 0.3186 * scale, 0.6745 * scale, 1.1503 * scale,
                     1.9600 * scale};
}

static gs_band prior_factor(double median, double factor)
{
    double l = log(factor);
    return (gs_band){median * exp(-1.6449 * l), median * exp(-0.6745 * l), median,
                     median * exp(0.6745 * l), median * exp(1.6449 * l)};
}

static gs_band prior_effect(const nof1_space *m)
{
    double z[5] = {-1.6449, -0.6745, 0, 0.6745, 1.6449};
    for (size_t i = 0; i < 5; i++) {
        z[i] *= m->prior_sd * m->swing;
        if (m->scale == GS_NOF1_COUNT)
            z[i] = exp(m->centre) * expm1(z[i]);
    }
    return (gs_band){z[0], z[1], z[2], z[3], z[4]};
}

static gs_status fill_dims(gs_arena *a, const nof1_space *m, const nof1_space_out *x,
                           gs_nof1_result *r, gs_err *err)
{
    double s = m->swing;
    const char *point = m->scale == GS_NOF1_COUNT ? "log" : "points";
    const struct {
        const char *name, *unit;
        gs_band prior;
        const double *draw;
    } row[] = {
        {"effect", "points", prior_effect(m), x->effect},
        {"onset and carry-over", "d", prior_factor(m->lag_prior, 3), x->lag},
        {"wander over the trial, sd", point, prior_half(0.7 * s), x->wander},
        {"trend over the trial", point,
         {-4.93 * s, -2.02 * s, 0, 2.02 * s, 4.93 * s}, x->slope},
        {"lasting residual, sd", point, prior_half(0.8 * s), x->residual},
        {"lasting residual, time constant", "d", prior_factor(2.5, 3), x->tau},
        {"day's noise, sd", point, prior_half(1.0 * s), x->noise},
        {"tails, degrees of freedom", "1", {2, 4, 8, 20, 100}, x->nu},
    };
    size_t n = sizeof row / sizeof *row;
    gs_nof1_dim *d = GS_NEW(a, gs_nof1_dim, n);
    if (!d)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        double *v = sorted_copy(a, x->n_draw, row[i].draw);
        if (!v)
            return gs_fail(err, GS_ENOMEM, "out of memory");
        snprintf(d[i].name, sizeof d[i].name, "%s", row[i].name);
        snprintf(d[i].unit, sizeof d[i].unit, "%s", row[i].unit);
        d[i].prior = row[i].prior;
        d[i].post = band_of(x->n_draw, v);
        d[i].rhat = gs_infer_rhat(m->n_chain, m->n_keep, row[i].draw);
        d[i].ess = gs_infer_ess_bulk(m->n_chain, m->n_keep, row[i].draw);
    }
    r->dim = d;
    r->n_dim = n;
    return GS_OK;
}

/* The latent level on every unit that was used; NaN elsewhere. */
static gs_status fill_fit(gs_arena *a, const nof1_data *d, const nof1_space_out *x,
                          gs_nof1_result *r, gs_err *err)
{
    gs_band *fit = GS_NEW(a, gs_band, r->n_unit);
    double *v = GS_NEW(a, double, x->n_draw);
    if (!fit || !v)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < r->n_unit; i++)
        fit[i] = (gs_band){NAN, NAN, NAN, NAN, NAN};
    for (size_t i = 0; i < d->n; i++) {
        for (size_t k = 0; k < x->n_draw; k++)
            v[k] = (double)x->latent[k * d->n + i];
        num_sort(x->n_draw, v);
        fit[d->unit[i] - r->unit] = band_of(x->n_draw, v);
    }
    r->fit = fit;
    double *drift = sorted_copy(a, x->n_draw, x->drift);
    if (!drift)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    r->drift_band = band_of(x->n_draw, drift);
    r->drift = r->drift_band.q50;
    return GS_OK;
}

static gs_status fit_model(gs_arena *a, const nof1_space *m, const gs_pool *pool,
                           nof1_space_out *out, gs_err *err)
{
    nof1_space longer = *m;
    GS_TRY(nof1_space_fit(a, m, pool, out, err));
    if (out->rhat < 1.05)
        return GS_OK;
    longer.n_warmup *= 3; /* once more, four times as long */
    longer.thin = 4;
    longer.stream += 1;
    return nof1_space_fit(a, &longer, pool, out, err);
}

/* Effect of a full dose: the effect of the plan over the share of a dose the plan brought
 * about. A regression on the doses taken would be bent by every reason to skip one. */
static gs_status per_dose(gs_arena *a, const nof1_data *d, const gs_nof1_opts *o,
                          nof1_space_out *x, int better, gs_nof1_result *r, gs_err *err)
{
    double sum[2] = {0}, sq[2] = {0}, n[2] = {0}, mean[2], var = 0;
    gs_rng rng = gs_rng_stream(o->seed, 0, "nof1 dose");
    double *v = GS_NEW(a, double, x->n_draw);
    if (!v)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < d->n; i++) {
        double dose = d->taken[d->day[i]];
        sum[d->code[i]] += dose;
        sq[d->code[i]] += dose * dose;
        n[d->code[i]]++;
    }
    for (int c = 0; c < 2; c++) {
        mean[c] = sum[c] / n[c];
        var += fmax(sq[c] / n[c] - mean[c] * mean[c], 0) / n[c];
    }
    double stage = mean[1] - mean[0];
    if (stage < 0.1 || stage < 2 * sqrt(var)) {
        snprintf(r->model_taken.why, sizeof r->model_taken.why,
                 "the doses taken hardly follow the plan");
        return GS_OK;
    }
    for (size_t i = 0; i < x->n_draw; i++)
        v[i] = x->effect[i] / fmax(stage + sqrt(var) * gs_rng_normal(&rng), 0.25 * stage);
    nof1_space_out dose = *x;
    dose.effect = v;
    return summarise(a, &dose, false, better, r->worth, o->level, &r->model_taken, err);
}

static gs_status model_based(gs_arena *a, const nof1_data *d, const gs_nof1_opts *o,
                             const gs_pool *pool, gs_nof1_result *r, gs_err *err)
{
    int better = r->series->better > 0 ? 1 : -1;
    latent_scale ls;
    nof1_space_out x;
    exposure plan = {d, d->plan};

    GS_TRY(choose_scale(a, r->series, d, &ls, err));
    nof1_space m = model_of(r->series, d, &ls, o, &plan);
    GS_TRY(fit_model(a, &m, pool, &x, err));
    GS_TRY(summarise(a, &x, ls.scale != GS_NOF1_COUNT, better, r->worth, o->level, &r->model_itt, err));
    GS_TRY(fill_dims(a, &m, &x, r, err));
    GS_TRY(fill_fit(a, d, &x, r, err));
    r->draw = x.effect;
    r->n_draw = x.n_draw;
    r->rhat = x.rhat;
    r->ess = x.ess;
    if (d->doses)
        GS_TRY(per_dose(a, d, o, &x, better, r, err));
    return GS_OK;
}

/* ---- the whole ------------------------------------------------------------------- */

/* Orders for the test where nothing was drawn: what pairs or blocks would have given. */
static gs_status stand_in(gs_arena *a, const gs_nof1_series *s,
                          const gs_nof1_schedule *given, gs_nof1_schedule **out, gs_err *err)
{
    gs_nof1_series planned = *s;
    double *p = GS_NEW(a, double, s->n_day);
    if (!p)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < s->n_day; i++) {
        bool washout;
        int code = gs_nof1_day(given, (int32_t)i, &washout);
        p[i] = code < 0 ? (double)NAN : (double)code;
    }
    planned.planned = p;
    return gs_nof1_infer(a, &planned, out, err);
}

gs_status gs_nof1_analyse(gs_arena *a, const gs_nof1_series *s,
                          const gs_nof1_schedule *schedule, const gs_nof1_opts *o,
                          const gs_pool *pool, const gs_nof1_result **out, gs_err *err)
{
    gs_nof1_result *r = GS_NEW(a, gs_nof1_result, 1);
    gs_nof1_schedule *inferred;
    const gs_nof1_schedule *orders;
    nof1_data d;

    if (!r)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    if (!(o->level > 0 && o->level < 0.5) || !(o->prior_sd > 0) || !(o->lag >= 0) ||
        !(o->lag_prior > 0) || (o->n_random && o->n_random < 19) ||
        (!o->n_random && !o->n_draw))
        return gs_fail(err, GS_EUSE, "options of the analysis make no sense");
    if (!isnan(o->worth) && !(o->worth > 0))
        return gs_fail(err, GS_ERANGE, "the smallest effect worth having must be above 0");
    if (!schedule) {
        GS_TRY(gs_nof1_infer(a, s, &inferred, err));
        schedule = inferred;
    }
    orders = schedule;
    if (schedule->design.kind == GS_NOF1_FIXED) {
        GS_TRY(stand_in(a, s, schedule, &inferred, err));
        orders = inferred;
    }
    r->series = s;
    r->schedule = schedule;
    r->level = o->level;
    r->lag = o->lag;
    GS_TRY(nof1_units(a, s, schedule, r, &d, err));
    r->worth_given = !isnan(o->worth);
    r->worth = r->worth_given ? o->worth : 0.5 * r->swing;
    int better = s->better > 0 ? 1 : -1;
    if (o->n_random)
        GS_TRY(nof1_random(a, &d, orders, o, better, pool, r, err));
    else
        snprintf(r->free_itt.why, sizeof r->free_itt.why, "%s", NOT_ASKED);
    if (o->n_draw)
        GS_TRY(model_based(a, &d, o, pool, r, err));
    else
        snprintf(r->model_itt.why, sizeof r->model_itt.why, "%s", NOT_ASKED);
    gs_nof1_effect *each[] = {&r->free_itt, &r->free_taken, &r->model_itt, &r->model_taken};
    for (size_t i = 0; i < 4; i++)
        judge(each[i], better, r->worth, o->level);
    r->says = together(&r->free_itt, &r->model_itt);
    GS_TRY(nof1_words(a, &d, r, err));
    *out = r;
    return GS_OK;
}
