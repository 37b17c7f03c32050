/* From the model's signal to what a rater writes down.
 *
 *     latent(t) = level + slope (signal(t) - signal(0)) + wander(t) + course(t)
 *     course(t) = drift (1 - e^(-t/Td)) + placebo_of_arm placebo (1 - e^(-t/Tp))
 *
 * and then, as inference reads scores (docs/notes/links.md): a log-normal index, a
 * negative binomial count, a logit-normal mark or an ordered logit; or, for an observable,
 * its own noise. The score that admits a person is drawn in the same way: whoever is let
 * in on a bad day is better later. */
#include "trial/pool.h"

#include "gutskin/sim.h"
#include "infer/num.h"

enum { MOST_TRIES = 2000 };

static double logit(double p)
{
    p = fmin(fmax(p, 1e-9), 1 - 1e-9);
    return log(p / (1 - p));
}

static bool is_log_scale(const gs_trial *t)
{
    return t->scale && (t->scale->kind == GS_SCALE_COUNT || t->scale->kind == GS_SCALE_POSITIVE);
}

static size_t categories(const gs_scale *s)
{
    return s && s->kind == GS_SCALE_ORDERED ?
               (size_t)((s->hi - s->lo) / (s->step > 0 ? s->step : 1) + 1.5) : 0;
}

/* latent of a score: the middle of its category where there are few */
static double latent_of(const gs_trial *t, double score)
{
    const gs_scale *c = t->scale;
    size_t n = categories(c);
    double range = c->hi - c->lo, q = (score - c->lo) / range;
    if (n)
        return logit((q * (double)(n - 1) + 0.5) / (double)n);
    if (c->kind == GS_SCALE_BOUNDED)
        return logit(fmin(fmax(q, 0.005), 0.995));
    return log(fmax(score, 0) + c->offset);
}

double gs_trial_latent(const gs_trial *t, double score)
{
    return t->kind == GS_TRIAL_SCORE ? latent_of(t, score) : score;
}

static double usual_level(const gs_trial *t)
{
    double lo = t->entry_lo, hi = t->entry_hi;
    const gs_scale *c = t->scale;
    if (isfinite(lo) && isfinite(hi))
        return (latent_of(t, lo) + latent_of(t, hi)) / 2;
    double usual = is_log_scale(t) ? 0.1 * c->hi : c->lo + 0.3 * (c->hi - c->lo);
    if (isfinite(lo))
        usual = fmax(usual, lo);
    if (isfinite(hi))
        usual = fmin(usual, hi);
    return latent_of(t, usual);
}

/* What placebo arms do, where no calibrated population says. Set so that twelve weeks of
 * a placebo arm give about what pooled placebo arms gave: inflamed acne lesions -35%
 * (Lamel 2015); EASI50, 75, 90 in 40, 21, 9% (NH-AD-002); PASI75 in 4% (NH-PS-002);
 * rosacea papules -28 to -50% (Del Rosso 2007, Steingold 2014). How that divides into
 * placebo, drift and their spread is assumed; drift is that of the middle person. Logit scales take 1.5 times the
 * logarithm's, links.md. tests/trial/test_design.c, docs/notes/trial.md. */
static const struct {
    double drift, drift_sd, drift_days, placebo, placebo_sd, placebo_days;
} usual[GS_N_CONDITION] = {
    [GS_ACNE] = {-0.25, 0.30, 42, -0.27, 0.25, 28},
    [GS_ECZEMA] = {-0.15, 1.30, 42, -0.25, 0, 28},
    [GS_PSORIASIS] = {0, 0.50, 42, -0.15, 0, 28},
    [GS_ROSACEA] = {-0.25, 0.35, 42, -0.30, 0.25, 28},
};

static gs_trial_terms of_scale(const gs_trial *t)
{
    gs_condition c = (unsigned)t->condition < GS_N_CONDITION ? t->condition : GS_ACNE;
    bool ln = is_log_scale(t), few = categories(t->scale) > 0;
    double f = ln ? 1 : 1.5;
    return (gs_trial_terms){
        .level = usual_level(t),
        .level_sd = 0.5 * f,
        .drift = usual[c].drift * f,
        .drift_sd = usual[c].drift_sd * f,
        .drift_days = usual[c].drift_days,
        .placebo = usual[c].placebo * f,
        .placebo_sd = usual[c].placebo_sd * f,
        .placebo_days = usual[c].placebo_days,
        .wander = ln ? 0.25 : 0.4,
        .wander_days = 14,
        .rater = ln ? 0.2 : few ? 0.5 : 0.25,
        .slope = (t->scale->worse < 0 ? -1 : 1) * t->scale->slope,
    };
}

gs_trial_terms gs_trial_terms_default(const gs_trial *t, const gs_kernel *k)
{
    if (t->kind == GS_TRIAL_SCORE && t->scale)
        return of_scale(t);
    gs_trial_terms q = {.drift_days = 42, .placebo_days = 28, .wander_days = 14, .slope = 1};
    if (t->kind == GS_TRIAL_VALUE) {
        const gs_dist *n = &k->see[t->see].noise;
        q.rater = n->kind == GS_DIST_LOGNORMAL ? log(n->b) :
                  n->kind == GS_DIST_NORMAL    ? n->b :
                                                 0;
    }
    return q;
}

static double first_of(double a, double b, double c, double d)
{
    return isfinite(a) ? a : isfinite(b) ? b : isfinite(c) ? c : d;
}

scorer scorer_make(const gs_trial *t, const gs_kernel *k, const gs_trial_terms *over,
                   const gs_trial_terms *own)
{
    const gs_trial_terms none = GS_TRIAL_TERMS_NONE, *o = over ? over : &none,
                         *w = own ? own : &none;
    gs_trial_terms d = gs_trial_terms_default(t, k);
    scorer s = {.t = t, .n_category = t->kind == GS_TRIAL_SCORE ? categories(t->scale) : 0};
#define PICK(what) s.q.what = first_of(t->terms.what, o->what, w->what, d.what)
    PICK(level);
    PICK(level_sd);
    PICK(drift);
    PICK(drift_sd);
    PICK(drift_days);
    PICK(placebo);
    PICK(placebo_sd);
    PICK(placebo_days);
    PICK(wander);
    PICK(wander_days);
    PICK(rater);
    PICK(slope);
#undef PICK
    s.unit = s.n_category ? 1 / fmax(s.q.rater, 1e-3) : 1;
    s.is_log = t->kind == GS_TRIAL_VALUE && k->see[t->see].noise.kind == GS_DIST_LOGNORMAL;
    return s;
}

double scorer_signal(const scorer *s, double signal)
{
    return s->q.slope * signal;
}

static double score_ordered(const scorer *s, double latent, gs_rng *r)
{
    const gs_scale *c = s->t->scale;
    size_t n = s->n_category, i = 0;
    double seen = latent * s->unit + logit(gs_rng_uniform(r));
    while (i + 1 < n && seen > logit((double)(i + 1) / (double)n) * s->unit)
        i++;
    return c->lo + (double)i * (c->hi - c->lo) / (double)(n - 1);
}

double scorer_score(const scorer *s, double latent, gs_rng *r)
{
    const gs_scale *c = s->t->scale;
    if (s->t->kind == GS_TRIAL_VALUE) {
        latent += s->q.rater * gs_rng_normal(r);
        return s->is_log ? exp(fmin(latent, 300)) : latent;
    }
    if (s->n_category)
        return score_ordered(s, latent, r);
    double v, step = c->step > 0 ? c->step : c->hi > 20 ? 0.1 : 0.01;
    if (c->kind == GS_SCALE_COUNT) {
        double mean = fmax(exp(fmin(latent, 10)) - c->offset, 0);
        double shape = 1 / fmax(s->q.rater * s->q.rater, 1e-6);
        v = (double)gs_rng_poisson(r, mean * gs_rng_gamma(r, shape) / shape);
    } else if (c->kind == GS_SCALE_BOUNDED) {
        v = c->lo + (c->hi - c->lo) * num_logistic(latent + s->q.rater * gs_rng_normal(r));
    } else {
        v = exp(fmin(latent + s->q.rater * gs_rng_normal(r), 10)) - c->offset;
    }
    v = c->lo + round((v - c->lo) / step) * step;
    return fmin(fmax(v, c->lo), c->hi);
}

bool scorer_admits(const scorer *s, double score)
{
    return !(score < s->t->entry_lo) && !(score > s->t->entry_hi);
}

bool scorer_responds(const scorer *s, double first, double score)
{
    const gs_trial *t = s->t;
    bool ok = isfinite(t->fall) || isfinite(t->at_most);
    if (isfinite(t->fall))
        ok &= first > 0 && score <= (1 - t->fall) * first;
    if (isfinite(t->at_most))
        ok &= score <= t->at_most;
    return ok;
}

bool entrant_draw(const scorer *s, double base, gs_rng *r, entrant *out)
{
    const gs_trial_terms *q = &s->q;
    double from = s->t->kind == GS_TRIAL_VALUE ? (s->is_log ? log(fmax(base, 1e-300)) : base) :
                                                 0;
    for (int i = 0; i < MOST_TRIES; i++) {
        entrant e = {.level = from + q->level + q->level_sd * gs_rng_normal(r)};
        e.wander = q->wander * gs_rng_normal(r);
        e.first = scorer_score(s, e.level + e.wander, r);
        if (!scorer_admits(s, e.first))
            continue;
        if (s->t->screen > 0) {
            e.wander = entrant_wander(s, e.wander, s->t->screen, gs_rng_normal(r));
            e.first = scorer_score(s, e.level + e.wander, r);
        }
        e.z_drift = gs_trial_law(gs_rng_normal(r));
        e.z_placebo = gs_rng_normal(r);
        *out = e;
        return true;
    }
    return false;
}

double entrant_wander(const scorer *s, double wander, double dt, double z)
{
    if (s->q.wander <= 0)
        return 0;
    double keep = exp(-dt / fmax(s->q.wander_days, 1e-6));
    return keep * wander + s->q.wander * sqrt(1 - keep * keep) * z;
}

double entrant_course(const scorer *s, const entrant *e, double placebo, double day)
{
    const gs_trial_terms *q = &s->q;
    return (q->drift + q->drift_sd * e->z_drift) * (1 - exp(-day / fmax(q->drift_days, 1e-6))) +
           placebo * (q->placebo + q->placebo_sd * e->z_placebo) *
               (1 - exp(-day / fmax(q->placebo_days, 1e-6)));
}
