/* Many people's trials: effect_i ~ normal(mean, sd), each known from its own trial as
 * est_i +- se_i. The own trial enters as likelihood: its posterior with the prior taken out
 * again, so that nobody's prior is counted n times. mean is integrated out exactly, sd on
 * a grid, then everything is drawn. The model-free p re-draws everybody's order at once. */
#include "infer/num.h"
#include "nof1/inner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_SD = 200, N_DRAW = 8000, N_ORDER = 9999 };

typedef struct own {
    double est, var;
} own;

static own likelihood(const gs_nof1_result *r, double prior_sd)
{
    double mean = 0, var = 0, n = (double)r->n_draw;
    for (size_t i = 0; i < r->n_draw; i++)
        mean += r->draw[i] / n;
    for (size_t i = 0; i < r->n_draw; i++)
        var += (r->draw[i] - mean) * (r->draw[i] - mean) / (n - 1);
    double prior = prior_sd * r->swing, p = 1 / var - 1 / (prior * prior);
    if (r->series->scale == GS_NOF1_COUNT) /* its prior is on logarithms: left in */
        p = 1 / var;
    p = fmax(p, 0.05 / var);
    return (own){r->series->scale == GS_NOF1_COUNT ? mean : mean / var / p, 1 / p};
}

static double median(gs_arena *a, size_t n, const gs_nof1_result *const *r, bool worth)
{
    double *v = GS_NEW(a, double, n);
    if (!v)
        return NAN;
    for (size_t i = 0; i < n; i++)
        v[i] = worth ? r[i]->worth : r[i]->swing;
    num_sort(n, v);
    return num_quantile_sorted(n, v, 0.5);
}

/* log p(est | sd), mean integrated out; mean's posterior given sd to m, v. */
static double log_marginal(size_t n, const own *x, double sd, double prior_var, double *m,
                           double *v)
{
    double p = 1 / prior_var, b = 0, yy = 0, log_det = log(prior_var);
    for (size_t i = 0; i < n; i++) {
        double w = 1 / (x[i].var + sd * sd);
        p += w;
        b += w * x[i].est;
        yy += w * x[i].est * x[i].est;
        log_det -= log(w);
    }
    *m = b / p;
    *v = 1 / p;
    return -0.5 * (log_det + log(p) + yy - b * b / p);
}

typedef struct draws {
    double *mean, *sd, *next, *share;
    double *person; /* [n x N_DRAW] */
} draws;

static gs_status draw_all(gs_arena *a, size_t n, const own *x, double swing, double worth,
                          int better, uint64_t seed, draws *out, gs_err *err)
{
    double grid[N_SD], lp[N_SD], m[N_SD], v[N_SD], top = -HUGE_VAL, sum = 0;
    gs_rng r = gs_rng_stream(seed, 0, "nof1 pool");
    double *d = GS_NEW(a, double, 4 * N_DRAW);
    out->person = GS_NEW(a, double, n * N_DRAW);
    if (!d || !out->person)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    out->mean = d, out->sd = d + N_DRAW, out->next = d + 2 * N_DRAW,
    out->share = d + 3 * N_DRAW;
    for (size_t k = 0; k < N_SD; k++) {
        grid[k] = 3.5 * swing * ((double)k + 0.5) / N_SD;
        lp[k] = log_marginal(n, x, grid[k], 4 * swing * swing, &m[k], &v[k]) -
                0.5 * grid[k] * grid[k] / (swing * swing);
        top = fmax(top, lp[k]);
    }
    for (size_t k = 0; k < N_SD; k++)
        sum += lp[k] = exp(lp[k] - top);
    for (size_t i = 0; i < N_DRAW; i++) {
        double at = gs_rng_uniform(&r) * sum;
        size_t k = 0;
        while (k + 1 < N_SD && at > lp[k])
            at -= lp[k++];
        double sd = grid[k], mean = m[k] + sqrt(v[k]) * gs_rng_normal(&r);
        out->mean[i] = mean;
        out->sd[i] = sd;
        out->next[i] = mean + sd * gs_rng_normal(&r);
        out->share[i] = num_normal_cdf((better * mean - worth) / sd);
        for (size_t q = 0; q < n; q++) {
            double p = 1 / (sd * sd) + 1 / x[q].var;
            double b = mean / (sd * sd) + x[q].est / x[q].var;
            out->person[q * N_DRAW + i] = b / p + gs_rng_normal(&r) / sqrt(p);
        }
    }
    return GS_OK;
}

static void quantiles(double *x, double *lo, double *mid, double *hi)
{
    num_sort(N_DRAW, x);
    *lo = num_quantile_sorted(N_DRAW, x, 0.05);
    if (mid)
        *mid = num_quantile_sorted(N_DRAW, x, 0.5);
    *hi = num_quantile_sorted(N_DRAW, x, 0.95);
}

static double chance(const double *x, int better, double above)
{
    size_t k = 0;
    for (size_t i = 0; i < N_DRAW; i++)
        k += better * x[i] >= above;
    return (double)k / N_DRAW;
}

/* Everybody's order drawn anew at once: one-sided p of the weighted sum of statistics. */
static void all_orders(size_t n, const gs_nof1_result *const *r, int better, uint64_t seed,
                       gs_nof1_pooled *out)
{
    gs_rng rng = gs_rng_stream(seed, 1, "nof1 pool");
    double seen = 0;
    size_t as_far = 1;
    for (int k = 0; k <= N_ORDER; k++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++) {
            double na = (double)r[i]->n_a, nb = (double)r[i]->n_b;
            double w = sqrt(na * nb / (na + nb)) / r[i]->swing;
            if (!r[i]->n_reference)
                continue;
            sum += w * better *
                   (k == 0 ? r[i]->statistic
                           : r[i]->reference[gs_rng_below(&rng, r[i]->n_reference)]);
        }
        if (k == 0)
            seen = sum;
        else
            as_far += sum >= seen - 1e-9 * fabs(seen);
    }
    out->p = (double)as_far / (N_ORDER + 1);
    out->p_error = sqrt(out->p * (1 - out->p) / N_ORDER);
}

static gs_status fill_people(gs_arena *a, size_t n, const gs_nof1_result *const *r,
                             const draws *d, int better, gs_nof1_pooled *out, gs_err *err)
{
    out->person = GS_NEW(a, gs_nof1_person, n);
    if (!out->person)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        gs_nof1_person *p = &out->person[i];
        double *x = d->person + i * N_DRAW;
        p->name = r[i]->series->person;
        p->est = r[i]->model_itt.est;
        p->lo = r[i]->model_itt.lo;
        p->hi = r[i]->model_itt.hi;
        p->benefit = chance(x, better, 0);
        p->responds = chance(x, better, out->worth);
        quantiles(x, &p->shrunk_lo, &p->shrunk, &p->shrunk_hi);
    }
    return GS_OK;
}

static gs_status pool_words(gs_arena *a, const gs_nof1_result *first, int better,
                            gs_nof1_pooled *x, gs_err *err)
{
    const char *b = first->series->name_b ? first->series->name_b : "B";
    const char **note = GS_NEW(a, const char *, 4);
    double good = better * x->mean;
    const char *way = good >= 0 ? "better" : "worse";
    bool clear = x->mean_lo > 0 || x->mean_hi < 0;
    if (!note)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    x->headline = nof1_printf(
        a,
        "%s over %zu people: %s%.2f points %s in the average person (90%% interval %.2f to "
        "%.2f as the outcome counts); %.0f%% of people benefit by what is worth having "
        "(%.0f%% to %.0f%%).",
        b, x->n, clear ? "" : "not settled; the best guess is ", fabs(x->mean), way,
        x->mean_lo, x->mean_hi, 100 * x->share, 100 * x->share_lo, 100 * x->share_hi);
    note[x->n_note++] = nof1_printf(
        a,
        "People differ by a standard deviation of %.2f points (90%% interval %.2f to %.2f); "
        "the next person's effect lies between %.2f and %.2f with nine chances in ten.",
        x->sd, x->sd_lo, x->sd_hi, x->next_lo, x->next_hi);
    note[x->n_note++] = nof1_printf(
        a,
        "Without a model, all orders drawn anew at once: p = %.2g (Monte Carlo error %.1g) "
        "for \"%s helps nobody\".",
        x->p, x->p_error, b);
    note[x->n_note++] =
        "Each person's effect is drawn towards the others' by as much as the own trial "
        "leaves open; who responds is a chance, not a list.";
    x->note = note;
    return x->headline && note[0] && note[1] ? GS_OK
                                             : gs_fail(err, GS_ENOMEM, "out of memory");
}

gs_status gs_nof1_pool(gs_arena *a, size_t n, const gs_nof1_result *const *r,
                       const gs_nof1_opts *o, gs_nof1_pooled **out, gs_err *err)
{
    gs_nof1_pooled *x = GS_NEW(a, gs_nof1_pooled, 1);
    own *each = GS_NEW(a, own, n ? n : 1);
    draws d;

    if (!x || !each)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    if (n < 2)
        return gs_fail(err, GS_EUSE, "pooling takes the trials of two people at least");
    for (size_t i = 0; i < n; i++) {
        if (r[i]->series->better != r[0]->series->better ||
            (r[i]->series->scale == GS_NOF1_COUNT) != (r[0]->series->scale == GS_NOF1_COUNT))
            return gs_fail(err, GS_EUSE,
                           "the trials have outcomes of different kinds; pool trials of one "
                           "outcome on one scale");
        if (!r[i]->n_draw)
            return gs_fail(err, GS_EUSE, "pooling needs the model-based analysis of each");
        each[i] = likelihood(r[i], o->prior_sd);
    }
    int better = r[0]->series->better > 0 ? 1 : -1;
    double swing = median(a, n, r, false);
    x->n = n;
    x->worth = isnan(o->worth) ? median(a, n, r, true) : o->worth;
    GS_TRY(draw_all(a, n, each, swing, x->worth, better, o->seed, &d, err));
    x->mean_better = chance(d.mean, better, 0);
    quantiles(d.mean, &x->mean_lo, &x->mean, &x->mean_hi);
    quantiles(d.sd, &x->sd_lo, &x->sd, &x->sd_hi);
    quantiles(d.next, &x->next_lo, NULL, &x->next_hi);
    quantiles(d.share, &x->share_lo, &x->share, &x->share_hi);
    GS_TRY(fill_people(a, n, r, &d, better, x, err));
    all_orders(n, r, better, o->seed, x);
    GS_TRY(pool_words(a, r[0], better, x, err));
    *out = x;
    return GS_OK;
}
