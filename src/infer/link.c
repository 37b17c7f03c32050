/* Links, link.h. The numbers in the priors are defaults for somebody whose diary is
 * short; they are defaults set by hand, not yet refined on data. */
#include "infer/link.h"
#include "infer/num.h"

#include <assert.h>
#include <math.h>

static size_t categories(const gs_scale *s)
{
    double step = s->step > 0 ? s->step : 1;
    double n = floor((s->hi - s->lo) / step + 0.5) + 1;
    return n >= 2 && n <= LINK_MAX_CAT ? (size_t)n : 0;
}

/* Free numbers of the cuts: every gap between neighbours when categories are few, a
 * spread and a skew when they are many. */
static size_t cut_dims(size_t n_cat)
{
    return n_cat <= LINK_FEW ? n_cat - 2 : 2;
}

link link_make(const gs_scale *s)
{
    link l = {.kind = LINK_NORMAL, .scale = s, .slope = s->slope, .offset = s->offset};
    if (s->worse < 0)
        l.slope = -l.slope;
    if (!(l.offset > 0))
        l.offset = s->step > 0 ? 0.5 * s->step : 0.005 * (s->hi - s->lo);
    l.n_dim = 4;
    if (s->kind == GS_SCALE_COUNT)
        l.kind = LINK_COUNT;
    if (s->kind == GS_SCALE_ORDERED && categories(s)) {
        l.kind = LINK_ORDERED;
        l.n_cat = categories(s);
        l.n_dim = 3 + cut_dims(l.n_cat);
    }
    return l;
}

static prior lognormal(double median, double gsd, double lo, double hi)
{
    return prior_make((gs_dist){GS_DIST_LOGNORMAL, median, gsd}, lo, hi);
}

static prior normal(double mean, double sd, double reach)
{
    return prior_make((gs_dist){GS_DIST_NORMAL, mean, sd}, mean - reach, mean + reach);
}

static prior level_prior(const link *l)
{
    const gs_scale *s = l->scale;
    if (l->kind == LINK_ORDERED)
        return normal(-1, 3, 25);
    if (l->kind == LINK_COUNT)
        return normal(2.5, 1.3, 12);
    if (s->kind == GS_SCALE_POSITIVE)
        return normal(log(0.1 * s->hi + l->offset), 1.2, 12);
    return normal(-0.8, 1.3, 12);
}

/* Residual sd and measurement noise in the link's own units. */
static prior sd_prior(const link *l)
{
    if (l->kind == LINK_ORDERED)
        return lognormal(1.5, 1.8, 0.02, 8);
    if (l->kind == LINK_NORMAL && l->scale->kind != GS_SCALE_POSITIVE)
        return lognormal(0.6, 1.8, 0.01, 5);
    return lognormal(0.4, 1.8, 0.01, 4);
}

link_dim link_dim_at(const link *l, size_t i)
{
    assert(i < l->n_dim);
    switch (i) {
    case 0:
        return (link_dim){"level", GS_DIM_LEVEL, level_prior(l)};
    case 1:
        return (link_dim){"residual sd", GS_DIM_RESIDUAL, sd_prior(l)};
    case 2:
        return (link_dim){"residual days", GS_DIM_RESIDUAL, lognormal(8, 2.5, 0.3, 60)};
    }
    if (l->kind == LINK_COUNT) /* 1/sqrt(phi): the relative sd of a large count */
        return (link_dim){"count noise", GS_DIM_NOISE, lognormal(0.2, 1.8, 0.02, 2)};
    if (l->kind == LINK_NORMAL) {
        double median = l->scale->kind == GS_SCALE_POSITIVE ? 0.15 : 0.25;
        return (link_dim){"noise", GS_DIM_NOISE, lognormal(median, 1.8, 0.005, 3)};
    }
    static const char *const gap[] = {"cut gap 1", "cut gap 2", "cut gap 3"};
    if (l->n_cat <= LINK_FEW)
        return (link_dim){gap[i - 3], GS_DIM_CUT, lognormal(2, 1.8, 0.05, 20)};
    if (i == 3)
        return (link_dim){"cut spread", GS_DIM_CUT, lognormal(2, 1.7, 0.2, 15)};
    return (link_dim){"cut skew", GS_DIM_CUT, lognormal(1, 1.4, 0.2, 5)};
}

/* Cuts of many categories: spread * (logit(q^skew) - logit(.5^skew)), q = k / n_cat. */
static double cut_shape(double q, double skew, double *out_dskew)
{
    double t = skew * log(q), h = skew * log(0.5);
    double et = -expm1(t), eh = -expm1(h); /* 1 - q^skew */
    *out_dskew = log(q) / et - log(0.5) / eh;
    return (t - log(et)) - (h - log(eh));
}

/* logit((n - 1) / n) - logit(1 / n): how far apart the outer cuts of n categories lie. */
static double outer_cuts(const link *l)
{
    return 2 * log((double)l->n_cat - 1);
}

nuisance link_decode(const link *l, const double *x)
{
    nuisance v = {.level = x[0], .sd = x[1], .tau = x[2], .unit = 1};
    if (l->kind == LINK_NORMAL)
        v.noise = x[3];
    if (l->kind == LINK_COUNT)
        v.noise = 1 / (x[3] * x[3]);
    if (l->kind != LINK_ORDERED)
        return v;
    size_t n_cut = l->n_cat - 1;
    if (l->n_cat <= LINK_FEW) {
        double sum = 0, mean = 0;
        for (size_t k = 0; k < n_cut; k++) {
            v.cut[k] = sum;
            mean += sum / (double)n_cut;
            sum += k + 1 < n_cut ? x[3 + k] : 0;
        }
        for (size_t k = 0; k < n_cut; k++)
            v.cut[k] -= mean;
        if (n_cut > 1)
            v.unit = sum / outer_cuts(l);
        return v;
    }
    for (size_t k = 0; k < n_cut; k++) {
        double d;
        v.cut[k] = x[3] * cut_shape((double)(k + 1) / (double)l->n_cat, x[4], &d);
    }
    v.unit = x[3];
    return v;
}

void link_pull(const link *l, const double *x, const nuisance *d, double *out)
{
    out[0] = d->level;
    out[1] = d->sd;
    out[2] = d->tau;
    if (l->kind == LINK_NORMAL)
        out[3] = d->noise;
    if (l->kind == LINK_COUNT)
        out[3] = d->noise * -2 / (x[3] * x[3] * x[3]);
    if (l->kind != LINK_ORDERED)
        return;
    size_t n_cut = l->n_cat - 1;
    if (l->n_cat <= LINK_FEW) {
        double all = 0, above = 0;
        for (size_t k = 0; k < n_cut; k++)
            all += d->cut[k];
        /* gap g lifts every cut above it by 1 and the mean by their share */
        for (size_t g = n_cut - 1; g-- > 0;) {
            above += d->cut[g + 1];
            out[3 + g] = above - all * (double)(n_cut - 1 - g) / (double)n_cut +
                         d->unit / outer_cuts(l);
        }
        return;
    }
    out[3] = d->unit;
    out[4] = 0;
    for (size_t k = 0; k < n_cut; k++) {
        double dskew, c = cut_shape((double)(k + 1) / (double)l->n_cat, x[4], &dskew);
        out[3] += d->cut[k] * c;
        out[4] += d->cut[k] * x[3] * dskew;
    }
}

double link_level_guess(const link *l, double mean_value)
{
    const gs_scale *s = l->scale;
    if (l->kind == LINK_COUNT)
        return log(mean_value + 0.5);
    if (l->kind == LINK_NORMAL)
        return link_forward(l, mean_value);
    double q = (mean_value - s->lo) / (s->hi - s->lo);
    q = 0.05 + 0.9 * q;
    return 2 * log(q / (1 - q));
}

double link_forward(const link *l, double value)
{
    const gs_scale *s = l->scale;
    if (s->kind == GS_SCALE_POSITIVE)
        return log(value + l->offset);
    return log((value - s->lo + l->offset) / (s->hi - value + l->offset));
}

double link_round_var(const link *l, double value)
{
    const gs_scale *s = l->scale;
    double slope = 1 / (value - s->lo + l->offset);
    if (s->kind == GS_SCALE_POSITIVE)
        slope = 1 / (value + l->offset);
    else
        slope += 1 / (s->hi - value + l->offset);
    return slope * slope * s->step * s->step / 12;
}

double link_back(const link *l, double y)
{
    const gs_scale *s = l->scale;
    double v = s->kind == GS_SCALE_POSITIVE
                   ? exp(fmin(y, 700)) - l->offset
                   : s->lo - l->offset + (s->hi - s->lo + 2 * l->offset) * num_logistic(y);
    return fmin(fmax(v, s->lo), s->hi);
}

int link_category(const link *l, double value)
{
    double step = l->scale->step > 0 ? l->scale->step : 1;
    int k = (int)floor((value - l->scale->lo) / step + 0.5);
    int top = (int)l->n_cat - 1;
    return k < 0 ? 0 : k > top ? top : k;
}

void link_chances(const link *l, const nuisance *v, double x, double *out)
{
    double above = 1;
    for (size_t k = 0; k + 1 < l->n_cat; k++) {
        double next = num_logistic(x - v->cut[k]);
        out[k] = above - next;
        above = next;
    }
    out[l->n_cat - 1] = above;
}

double link_mean(const link *l, const nuisance *v, double x)
{
    const gs_scale *s = l->scale;
    if (l->kind == LINK_COUNT)
        return fmin(exp(fmin(x, 700)), s->hi);
    double sum = 0;
    if (l->kind == LINK_ORDERED) {
        for (size_t k = 0; k + 1 < l->n_cat; k++)
            sum += num_logistic(x - v->cut[k]);
        return s->lo + sum * (s->step > 0 ? s->step : 1);
    }
    /* five-point Gauss-Hermite: exact to 1e-4 of the scale at any noise seen */
    static const double z[5] = {-2.8569700138728056, -1.3556261799742659, 0,
                                1.3556261799742659, 2.8569700138728056};
    static const double w[5] = {0.011257411327720689, 0.22207592200561264,
                                0.53333333333333333, 0.22207592200561264,
                                0.011257411327720689};
    for (int i = 0; i < 5; i++)
        sum += w[i] * link_back(l, x + v->noise * z[i]);
    return sum;
}

static double rounded(const gs_scale *s, double v)
{
    if (s->step > 0)
        v = s->lo + s->step * floor((v - s->lo) / s->step + 0.5);
    return fmin(fmax(v, s->lo), s->hi);
}

double link_draw(const link *l, const nuisance *v, double x, gs_rng *r)
{
    const gs_scale *s = l->scale;
    if (l->kind == LINK_NORMAL)
        return rounded(s, link_back(l, x + v->noise * gs_rng_normal(r)));
    if (l->kind == LINK_COUNT) {
        double mean = exp(fmin(x, 30)) * gs_rng_gamma(r, v->noise) / v->noise;
        return fmin((double)gs_rng_poisson(r, fmin(mean, 1e9)), s->hi);
    }
    double u = gs_rng_uniform(r);
    size_t k = 0;
    while (k + 1 < l->n_cat && u < num_logistic(x - v->cut[k]))
        k++;
    return rounded(s, s->lo + (double)k * (s->step > 0 ? s->step : 1));
}

double link_logp(const link *l, const nuisance *v, double value, double x)
{
    if (l->kind == LINK_NORMAL) {
        double var = v->noise * v->noise + link_round_var(l, value);
        double e = link_forward(l, value) - x;
        return -0.5 * (e * e / var + log(2 * M_PI * var));
    }
    if (l->kind == LINK_COUNT) {
        double phi = v->noise, mu = exp(x);
        return lgamma(value + phi) - lgamma(phi) - lgamma(value + 1) +
               phi * log(phi / (phi + mu)) + value * (x - log(phi + mu));
    }
    /* logistic(a) - logistic(b) = logistic(a) logistic(-b) (1 - e^(b - a)) */
    int k = link_category(l, value);
    int top = (int)l->n_cat - 1;
    double lp = 0;
    if (k > 0)
        lp -= num_log1pexp(v->cut[k - 1] - x);
    if (k < top)
        lp -= num_log1pexp(x - v->cut[k]);
    if (k > 0 && k < top)
        lp += log(-expm1(v->cut[k - 1] - v->cut[k]));
    return lp;
}
