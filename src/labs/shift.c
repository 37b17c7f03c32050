/* A person before and after the measured values.
 *
 *   fit -> draws (parameters, start) -> lived day by day -> observables on the values' days
 *       -> bands, weighted by 1/L of the values for "before", unweighted for "after"
 *
 * The other way round, a fit without values weighted by L, is as exact, but then forecast,
 * effects and experiments would not know the values; so the fit has them. */
#include "gutskin/labs.h"

#include "gutskin/sim.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- living ------------------------------------------------------------------------------ */

/* Draws of one fit, lived to the last value heard. */
typedef struct lives {
    const gs_kernel *k;
    size_t n_value, last, n_draw;
    const gs_value *value;
    const double *par, *x0, *lever;
    double *seen;  /* [n_draw x n_see] on the last value's day   */
    double *at;    /* [n_draw x n_value] the values' observables */
    bool *lived;   /* [n_draw]                                   */
} lives;

static void live(void *ctx, size_t i)
{
    lives *w = ctx;
    const gs_kernel *k = w->k;
    gs_err err = {0};
    gs_sim *s = NULL;
    double *y = malloc((w->last + 2) * k->n_see * sizeof *y);
    if (y && gs_sim_new(k, &GS_SIM_OPTS, &s, &err) == GS_OK
        && gs_sim_path(s, w->par + i * k->n_par, w->x0 + i * k->n_state, w->last + 1, w->lever,
                       NULL, y, &err) == GS_OK) {
        memcpy(w->seen + i * k->n_see, y + (w->last + 1) * k->n_see, k->n_see * sizeof *y);
        w->lived[i] = true;
        for (size_t j = 0; j < w->n_value; j++) {
            double v = y[((size_t)w->value[j].day + 1) * k->n_see + w->value[j].see];
            w->at[i * w->n_value + j] = v;
            w->lived[i] = w->lived[i] && v > 0 && isfinite(v);
        }
    }
    gs_sim_free(s);
    free(y);
}

static gs_status live_all(gs_arena *a, lives *w, const gs_obs *obs, const gs_fit *f, bool prior,
                          const gs_pool *pool, gs_err *err)
{
    const gs_kernel *k = w->k;
    double *par = GS_NEW(a, double, w->n_draw * k->n_par);
    double *x0 = GS_NEW(a, double, w->n_draw * k->n_state);
    double *lever = GS_NEW(a, double, obs->n_day * k->n_lever + 1);
    double *habit = GS_NEW(a, double, k->n_lever + 1);
    w->seen = GS_NEW(a, double, w->n_draw * k->n_see);
    w->at = GS_NEW(a, double, w->n_draw * w->n_value);
    w->lived = GS_NEW(a, bool, w->n_draw);
    if (!par || !x0 || !lever || !habit || !w->seen || !w->at || !w->lived)
        return gs_fail(err, GS_ENOMEM, "out of memory for %zu lives", w->n_draw);
    GS_TRY(gs_infer_par(k, obs, f, prior, w->n_draw, par, x0, err));
    GS_TRY(gs_infer_levers(k, obs, lever, habit, err));
    w->par = par;
    w->x0 = x0;
    w->lever = lever;
    gs_pool_run(pool, w->n_draw, live, w);
    return GS_OK;
}

/* ---- weights ------------------------------------------------------------------------------------ */

/* From log weights to weights that sum to 1; draws that were not lived have none. */
static double settle(const lives *w, const double *log_w, double *weight)
{
    double top = -HUGE_VAL, sum = 0, square = 0;
    for (size_t i = 0; i < w->n_draw; i++)
        if (w->lived[i] && isfinite(log_w[i]))
            top = fmax(top, log_w[i]);
    for (size_t i = 0; i < w->n_draw; i++) {
        bool counts = w->lived[i] && isfinite(log_w[i]);
        sum += weight[i] = counts ? exp(log_w[i] - top) : 0;
    }
    for (size_t i = 0; i < w->n_draw && sum > 0; i++) {
        weight[i] /= sum;
        square += weight[i] * weight[i];
    }
    return square > 0 ? 1 / square : 0;
}

static size_t count_lived(const lives *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n_draw; i++)
        n += w->lived[i];
    return n;
}

/* Forward, from the prior, a hundred draws that carry the weight will do. Backward, draws of
 * a narrow "after" are asked for a wider "before": where the weights are far from alike, its
 * tails may not be among the draws at all, and no count of draws would show it. */
static void judge(gs_labs *x, const gs_labs_opts *o)
{
    double least = o->prior || o->without ? fmin(100, 0.5 * (double)x->n_draw)
                                          : 0.5 * (double)x->n_draw;
    x->ok = x->n_effective >= least && 2 * x->n_lived >= x->n_draw;
    if (2 * x->n_lived < x->n_draw)
        snprintf(x->why_not, sizeof x->why_not, "only %zu of %zu draws could be lived",
                 x->n_lived, x->n_draw);
    else if (!x->ok)
        snprintf(x->why_not, sizeof x->why_not,
                 "only %.0f of %zu draws carry the weight: the values say something the model "
                 "did not expect of this person", x->n_effective, x->n_draw);
}

/* ---- bands ----------------------------------------------------------------------------------- */

typedef struct pair {
    double x, w;
} pair;

static int by_x(const void *a, const void *b)
{
    double x = ((const pair *)a)->x, y = ((const pair *)b)->x;
    return (x > y) - (x < y);
}

static double quantile(const pair *p, size_t n, double q)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += p[i].w;
        if (sum >= q)
            return p[i].x;
    }
    return p[n - 1].x;
}

typedef struct moments {
    gs_band band;
    double mean, sd;
} moments;

/* A side of the comparison: draws, and their weights (NULL = alike). */
typedef struct side {
    const lives *w;
    const double *weight;
} side;

/* x[i * stride] of the draws that could be lived. */
static moments spread(const side *s, const double *x, size_t stride, pair *p)
{
    moments m = {.band = {NAN, NAN, NAN, NAN, NAN}};
    size_t n = 0, n_lived = count_lived(s->w);
    double square = 0;
    for (size_t i = 0; i < s->w->n_draw; i++) {
        if (!s->w->lived[i])
            continue;
        p[n] = (pair){x[i * stride], s->weight ? s->weight[i] : 1 / (double)n_lived};
        m.mean += p[n].w * p[n].x;
        square += p[n].w * p[n].x * p[n].x;
        n++;
    }
    if (!n)
        return m;
    m.sd = sqrt(fmax(0, square - m.mean * m.mean));
    qsort(p, n, sizeof *p, by_x);
    m.band = (gs_band){quantile(p, n, 0.05), quantile(p, n, 0.25), quantile(p, n, 0.5),
                       quantile(p, n, 0.75), quantile(p, n, 0.95)};
    return m;
}

static bool compare(moments b, moments c, gs_labs_item *out)
{
    if (!(b.sd > 1e-6 * fabs(b.mean)))
        return false;
    out->before = b.band;
    out->after = c.band;
    out->moved = (c.mean - b.mean) / b.sd;
    /* by the middle 90%: a draw far out would rule a standard deviation */
    double width = b.band.q95 - b.band.q05;
    out->narrowed = width > 0 ? 1 - (c.band.q95 - c.band.q05) / width : 0;
    return true;
}

static int by_moved(const void *a, const void *b)
{
    double x = fabs(((const gs_labs_item *)a)->moved), y = fabs(((const gs_labs_item *)b)->moved);
    return (x < y) - (x > y);
}

/* Was this parameter open to the values? Those outside the fit stand for their prior only. */
static bool in_fit(const gs_fit *f, size_t i_par)
{
    for (size_t d = 0; d < f->n_dim; d++)
        if (f->dim[d].par == (long)i_par)
            return true;
    return false;
}

static gs_status make_items(gs_arena *a, const side *before, const side *after, const gs_fit *f,
                            gs_labs *x, gs_err *err)
{
    const lives *b = before->w, *c = after->w;
    const gs_kernel *k = b->k;
    gs_labs_item *item = GS_NEW(a, gs_labs_item, k->n_see + k->n_par);
    pair *p = GS_NEW(a, pair, b->n_draw > c->n_draw ? b->n_draw : c->n_draw);
    size_t n = 0;
    if (!item || !p)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < k->n_see; i++) {
        item[n] = (gs_labs_item){.name = k->see[i].name, .unit = k->see[i].unit, .doc = k->see[i].doc};
        n += compare(spread(before, b->seen + i, k->n_see, p), spread(after, c->seen + i, k->n_see, p),
                     &item[n]);
    }
    size_t first = n;
    for (size_t i = 0; i < k->n_par; i++) {
        if (f && !in_fit(f, i))
            continue;
        item[n] = (gs_labs_item){.name = k->par[i].name, .unit = k->par[i].unit, .doc = k->par[i].doc,
                                 .is_par = true};
        n += compare(spread(before, b->par + i, k->n_par, p), spread(after, c->par + i, k->n_par, p),
                     &item[n]);
    }
    qsort(item, first, sizeof *item, by_moved);
    qsort(item + first, n - first, sizeof *item, by_moved);
    x->item = item;
    x->n_item = n;
    return GS_OK;
}

bool gs_labs_shows(const gs_labs_item *x, size_t i_par, gs_condition condition)
{
    static const char *const blood[] = {"crp", "igf1", "vitamin_d", "lactulose_mannitol"};
    char signal[40];
    if (x->is_par)
        return i_par < 8 && fabs(x->moved) >= 0.05;
    for (size_t i = 0; i < sizeof blood / sizeof *blood; i++)
        if (strcmp(x->name, blood[i]) == 0)
            return true;
    snprintf(signal, sizeof signal, "signal_%s", gs_condition_name(condition));
    return strstr(x->name, "_share") || strcmp(x->name, signal) == 0;
}

/* Quantile q of values around the draws' observables with a spread of s in the logarithm. */
static double mixed(const pair *p, size_t n, double s, double q)
{
    double lo = log(p[0].x) - 8 * s, hi = log(p[n - 1].x) + 8 * s;
    for (int step = 0; step < 50; step++) {
        double at = 0.5 * (lo + hi), below = 0;
        for (size_t i = 0; i < n; i++)
            below += 0.5 * p[i].w * erfc((log(p[i].x) - at) / (s * sqrt(2)));
        *(below < q ? &lo : &hi) = at;
    }
    return exp(0.5 * (lo + hi));
}

static gs_band expect(const gs_value *v, const pair *p, size_t n)
{
    static const double at[] = {0.05, 0.25, 0.5, 0.75, 0.95};
    double s = hypot(log(v->noise), log(v->offset)), q[5];
    for (size_t i = 0; i < 5; i++)
        q[i] = fmin(mixed(p, n, s, at[i]), v->channel->hi);
    return (gs_band){q[0], q[1], q[2], q[3], q[4]};
}

static gs_status tell_values(gs_arena *a, const side *before, const gs_value *v, gs_labs *x,
                             gs_err *err)
{
    gs_labs_value *out = GS_NEW(a, gs_labs_value, x->n_value);
    pair *p = GS_NEW(a, pair, before ? before->w->n_draw : 1);
    if (!out || !p)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t j = 0; j < x->n_value; j++) {
        out[j] = (gs_labs_value){.v = v[j], .foretold = {NAN, NAN, NAN, NAN, NAN},
                                 .expected = {NAN, NAN, NAN, NAN, NAN}};
        if (j >= x->n_heard)
            continue;
        out[j].foretold = spread(before, before->w->at + j, x->n_heard, p).band;
        out[j].expected = expect(&v[j], p, count_lived(before->w));
    }
    x->value = out;
    return GS_OK;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static gs_status weigh(gs_arena *a, const lives *w, const gs_obs *obs, const gs_fit *f,
                       const gs_labs_opts *o, const gs_pool *pool, gs_labs *x, gs_err *err)
{
    double *log_w = GS_NEW(a, double, w->n_draw), *ln_y = GS_NEW(a, double, w->n_value);
    double *weight = GS_NEW(a, double, w->n_draw);
    if (!log_w || !ln_y || !weight)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    if (!o->prior) {
        /* the draws have heard the values: taken out again as the fit took them in */
        GS_TRY(gs_infer_values_of(w->k, obs, f, w->n_draw, pool, log_w, err));
        for (size_t i = 0; i < w->n_draw; i++)
            log_w[i] = -log_w[i];
    }
    for (size_t i = 0; o->prior && i < w->n_draw; i++) {
        for (size_t j = 0; j < w->n_value; j++)
            ln_y[j] = w->lived[i] ? log(w->at[i * w->n_value + j]) : 0;
        log_w[i] = gs_infer_values_loglik(w->n_value, w->value, ln_y, NULL);
    }
    x->n_effective = settle(w, log_w, weight);
    x->weight = weight;
    return GS_OK;
}

gs_status gs_labs_shift(gs_arena *a, const gs_kernel *k, const gs_obs *obs, const gs_fit *f,
                        const gs_labs_opts *o, const gs_pool *pool, gs_labs **out, gs_err *err)
{
    gs_labs *x = GS_NEW(a, gs_labs, 1);
    gs_value *v;
    lives w = {.k = k, .n_draw = o->n_draw}, other;
    if (!x)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    GS_TRY(gs_infer_values(a, k, obs, obs->n_day, &x->n_value, &x->n_heard, &v, err));
    if (!x->n_heard) {
        snprintf(x->why_not, sizeof x->why_not, "none of them was heard");
        *out = x;
        return tell_values(a, NULL, v, x, err);
    }
    w.value = v;
    w.n_value = x->n_heard;
    for (size_t j = 0; j < x->n_heard; j++)
        w.last = (size_t)v[j].day > w.last ? (size_t)v[j].day : w.last;
    GS_TRY(live_all(a, &w, obs, f, o->prior, pool, err));
    x->n_draw = o->n_draw;
    x->n_lived = count_lived(&w);
    side plain = {.w = &w}, weighted = {.w = &w}, before;
    if (o->without) {
        other = w;
        GS_TRY(live_all(a, &other, o->obs_without, o->without, false, pool, err));
        before = (side){.w = &other};
        x->n_effective = (double)count_lived(&other);
    } else {
        GS_TRY(weigh(a, &w, obs, f, o, pool, x, err));
        weighted.weight = x->weight;
        before = o->prior ? plain : weighted;
    }
    judge(x, o);
    if (x->n_lived) {
        GS_TRY(make_items(a, &before, o->prior ? &weighted : &plain, o->prior ? NULL : f, x, err));
        GS_TRY(tell_values(a, &before, v, x, err));
    }
    *out = x;
    return GS_OK;
}
