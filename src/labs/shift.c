/* Draws of a fit weighted by measured values: importance weights, exact for the offsets.
 *
 *   fit -> draws (parameters, start) -> lived day by day -> observables on the values' days
 *       -> weight = likelihood of the values -> weighted bands
 *
 * Sampling anew with the values in the likelihood was the alternative: better when they say
 * much, twenty seconds each time, and a change in the sampler. Here a set of values that
 * few draws foretold is found out (n_effective) and not shown. */
#include "gutskin/labs.h"

#include "gutskin/sim.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *channel;
    double method, people;
    const char *par; /* whose spread over people is meant when people is 0 */
} methods[] = {
#define X(channel, method, people, par) {channel, method, people, par},
#include "labs/method.def"
#undef X
};

double gs_labs_offset(const gs_kernel *k, const char *channel)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (strcmp(methods[i].channel, channel) != 0)
            continue;
        long p = *methods[i].par ? gs_kernel_par(k, methods[i].par) : -1;
        double people = methods[i].people > 0 ? methods[i].people
                        : p >= 0 && k->par[p].prior.kind == GS_DIST_LOGNORMAL ? k->par[p].prior.b
                                                                              : 1;
        return exp(hypot(log(methods[i].method), log(people)));
    }
    return 1;
}

double gs_labs_loglik(size_t n, const double *r, double e, double s)
{
    double sum = 0, square = 0;
    for (size_t i = 0; i < n; i++) {
        sum += r[i];
        square += r[i] * r[i];
    }
    return -0.5 * (square - s * s * sum * sum / (e * e + (double)n * s * s)) / (e * e);
}

/* ---- which values --------------------------------------------------------------------- */

typedef struct heard {
    size_t n_value, n_see, last;
    gs_labs_value *value;
    long *see;       /* [n_value] index of the observable        */
    double *e, *s;   /* [n_value] log sds                        */
} heard;

static bool hear(gs_arena *a, const gs_kernel *k, const gs_obs *obs, heard *h, size_t *left)
{
    h->value = GS_NEW(a, gs_labs_value, obs->n_lab + 1);
    h->see = GS_NEW(a, long, obs->n_lab + 1);
    h->e = GS_NEW(a, double, obs->n_lab + 1);
    h->s = GS_NEW(a, double, obs->n_lab + 1);
    if (!h->value || !h->see || !h->e || !h->s)
        return false;
    for (size_t i = 0; i < obs->n_lab; i++) {
        const gs_lab *l = &obs->lab[i];
        long see = *l->channel->see ? gs_kernel_see(k, l->channel->see) : -1;
        bool fits = see >= 0 && k->see[see].noise.kind == GS_DIST_LOGNORMAL && l->value > 0
                    && l->day >= 0 && (size_t)l->day < obs->n_day;
        if (!fits) {
            ++*left;
            continue;
        }
        size_t n = h->n_value++;
        double offset = gs_labs_offset(k, l->channel->name);
        h->see[n] = see;
        h->e[n] = isnan(l->sd) ? log(k->see[see].noise.b) : l->sd / l->value;
        h->s[n] = log(offset);
        h->value[n] = (gs_labs_value){.channel = l->channel, .day = l->day, .value = l->value,
                                      .noise = exp(h->e[n]), .offset = offset};
        h->last = (size_t)l->day > h->last ? (size_t)l->day : h->last;
    }
    return true;
}

/* ---- living ------------------------------------------------------------------------------ */

typedef struct work {
    const gs_kernel *k;
    const heard *h;
    size_t n_day, n_draw;
    const double *par, *x0, *lever;
    double *seen;  /* [n_draw x n_see] on the last value's day   */
    double *at;    /* [n_draw x n_value] the values' observables */
    double *log_w; /* [n_draw]                                   */
} work;

static double weigh(const heard *h, const double *at)
{
    double r[64], sum = 0;
    for (size_t i = 0; i < h->n_value; i++) {
        size_t n = 0;
        bool first = true;
        for (size_t j = 0; j < i && first; j++) /* one group a channel */
            first = h->see[j] != h->see[i];
        for (size_t j = i; first && j < h->n_value && n < 64; j++)
            if (h->see[j] == h->see[i])
                r[n++] = log(h->value[j].value) - log(at[j]);
        if (first)
            sum += gs_labs_loglik(n, r, h->e[i], h->s[i]);
    }
    return sum;
}

static void live(void *ctx, size_t i)
{
    work *w = ctx;
    const gs_kernel *k = w->k;
    gs_err err = {0};
    gs_sim *s = NULL;
    double *y = malloc((w->n_day + 1) * k->n_see * sizeof *y);
    w->log_w[i] = -INFINITY;
    if (y && gs_sim_new(k, &GS_SIM_OPTS, &s, &err) == GS_OK
        && gs_sim_path(s, w->par + i * k->n_par, w->x0 + i * k->n_state, w->n_day, w->lever, NULL, y,
                       &err) == GS_OK) {
        memcpy(w->seen + i * k->n_see, y + (w->h->last + 1) * k->n_see, k->n_see * sizeof *y);
        bool fine = true;
        for (size_t j = 0; j < w->h->n_value; j++) {
            double v = y[((size_t)w->h->value[j].day + 1) * k->n_see + (size_t)w->h->see[j]];
            w->at[i * w->h->n_value + j] = v;
            fine = fine && v > 0 && isfinite(v);
        }
        if (fine)
            w->log_w[i] = weigh(w->h, w->at + i * w->h->n_value);
    }
    gs_sim_free(s);
    free(y);
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

/* x[i * stride], weights w (NULL = alike) of the draws that could be lived. */
static moments spread(const work *w, const double *x, size_t stride, const double *weight,
                      size_t n_lived, pair *p)
{
    moments m = {0};
    size_t n = 0;
    double square = 0;
    for (size_t i = 0; i < w->n_draw; i++) {
        if (!(w->log_w[i] > -INFINITY))
            continue;
        p[n] = (pair){x[i * stride], weight ? weight[i] : 1 / (double)n_lived};
        m.mean += p[n].w * p[n].x;
        square += p[n].w * p[n].x * p[n].x;
        n++;
    }
    m.sd = sqrt(fmax(0, square - m.mean * m.mean));
    qsort(p, n, sizeof *p, by_x);
    m.band = (gs_band){quantile(p, n, 0.05), quantile(p, n, 0.25), quantile(p, n, 0.5),
                       quantile(p, n, 0.75), quantile(p, n, 0.95)};
    return m;
}

static bool put_item(const work *w, const double *x, size_t stride, const double *weight,
                     size_t n_lived, pair *p, gs_labs_item *out)
{
    moments b = spread(w, x, stride, NULL, n_lived, p), c = spread(w, x, stride, weight, n_lived, p);
    if (!(b.sd > 1e-12 * fabs(b.mean)))
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

static gs_status make_items(gs_arena *a, const work *w, gs_labs *x, gs_err *err)
{
    const gs_kernel *k = w->k;
    gs_labs_item *item = GS_NEW(a, gs_labs_item, k->n_see + k->n_par);
    pair *p = GS_NEW(a, pair, w->n_draw);
    size_t n = 0;
    if (!item || !p)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < k->n_see; i++) {
        item[n] = (gs_labs_item){.name = k->see[i].name, .unit = k->see[i].unit, .doc = k->see[i].doc};
        n += put_item(w, w->seen + i, k->n_see, x->weight, x->n_lived, p, &item[n]);
    }
    size_t first = n;
    for (size_t i = 0; i < k->n_par; i++) {
        item[n] = (gs_labs_item){.name = k->par[i].name, .unit = k->par[i].unit, .doc = k->par[i].doc,
                                 .is_par = true};
        n += put_item(w, w->par + i, k->n_par, x->weight, x->n_lived, p, &item[n]);
    }
    qsort(item + first, n - first, sizeof *item, by_moved);
    for (size_t j = 0; j < w->h->n_value; j++)
        w->h->value[j].foretold = spread(w, w->at + j, w->h->n_value, NULL, x->n_lived, p).band;
    x->item = item;
    x->n_item = n;
    return GS_OK;
}

/* ---- weights ------------------------------------------------------------------------------------ */

static void settle_weights(const work *w, double *weight, gs_labs *x)
{
    double top = -INFINITY, sum = 0, square = 0;
    for (size_t i = 0; i < w->n_draw; i++) {
        x->n_lived += w->log_w[i] > -INFINITY;
        top = fmax(top, w->log_w[i]);
    }
    for (size_t i = 0; i < w->n_draw; i++)
        sum += weight[i] = x->n_lived ? exp(w->log_w[i] - top) : 0;
    for (size_t i = 0; i < w->n_draw; i++) {
        weight[i] /= sum > 0 ? sum : 1;
        square += weight[i] * weight[i];
    }
    x->n_effective = square > 0 ? 1 / square : 0;
    x->weight = weight;
    x->ok = x->n_effective >= 50 && 2 * x->n_lived >= w->n_draw;
    if (2 * x->n_lived < w->n_draw)
        snprintf(x->why_not, sizeof x->why_not, "only %zu of %zu draws could be lived", x->n_lived,
                 w->n_draw);
    else if (!x->ok)
        snprintf(x->why_not, sizeof x->why_not,
                 "only %.0f of %zu draws come near the values: they say something the model did not "
                 "expect of this person", x->n_effective, w->n_draw);
}

gs_status gs_labs_shift(gs_arena *a, const gs_kernel *k, const gs_obs *obs, const gs_fit *f,
                        bool prior, size_t n_draw, const gs_pool *pool, gs_labs **out, gs_err *err)
{
    gs_labs *x = GS_NEW(a, gs_labs, 1);
    heard h = {0};
    work w = {.k = k, .h = &h, .n_draw = n_draw};
    if (!x || !hear(a, k, obs, &h, &x->n_left))
        return gs_fail(err, GS_ENOMEM, "out of memory");
    if (!h.n_value)
        return gs_fail(err, GS_EUSE, "the diary has no measured value that the model can speak of: a "
                       "stool profile, crp, igf1, vitamin_d_level or lactulose_mannitol");
    w.n_day = h.last + 1;
    double *par = GS_NEW(a, double, n_draw * k->n_par), *x0 = GS_NEW(a, double, n_draw * k->n_state);
    double *lever = GS_NEW(a, double, obs->n_day * k->n_lever), *habit = GS_NEW(a, double, k->n_lever);
    double *weight = GS_NEW(a, double, n_draw);
    w.seen = GS_NEW(a, double, n_draw * k->n_see);
    w.at = GS_NEW(a, double, n_draw * h.n_value);
    w.log_w = GS_NEW(a, double, n_draw);
    if (!par || !x0 || !lever || !habit || !weight || !w.seen || !w.at || !w.log_w)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    GS_TRY(gs_infer_par(k, obs, f, prior, n_draw, par, x0, err));
    GS_TRY(gs_infer_levers(k, obs, lever, habit, err));
    w.par = par;
    w.x0 = x0;
    w.lever = lever;
    gs_pool_run(pool, n_draw, live, &w);
    settle_weights(&w, weight, x);
    x->n_draw = n_draw;
    x->n_value = h.n_value;
    x->value = h.value;
    if (x->n_lived)
        GS_TRY(make_items(a, &w, x, err));
    *out = x;
    return GS_OK;
}
