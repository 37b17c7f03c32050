/* gs_infer_fit: problem -> mode -> chains -> summaries and a verdict on the sampling. */
#include "gutskin/text.h"
#include "infer/fit.h"
#include "infer/num.h"
#include "infer/nuts.h"
#include "infer/surrogate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static uint64_t mix(uint64_t h, const void *bytes, size_t n)
{
    return gs_text_hash(h, bytes, n);
}

static uint64_t mix_text(uint64_t h, const char *s)
{
    return mix(h, s, strlen(s) + 1);
}

uint64_t fit_obs_hash(const gs_obs *o, size_t n_day)
{
    uint64_t h = GS_HASH_START;
    h = mix(h, &n_day, sizeof n_day);
    for (size_t i = 0; i < o->n_series; i++) {
        const gs_series *s = &o->series[i];
        for (size_t k = 0; k < s->n && (size_t)s->day[k] < n_day; k++) {
            if (k == 0)
                h = mix_text(mix_text(h, s->name), s->scale->name);
            h = mix(h, &s->day[k], sizeof s->day[k]);
            h = mix(h, &s->value[k], sizeof s->value[k]);
        }
    }
    for (size_t i = 0; i < o->n_lever; i++) {
        const gs_lever_series *l = &o->lever[i];
        for (size_t d = 0; d < n_day && d < o->n_day; d++) {
            if (isnan(l->value[d]))
                continue;
            h = mix_text(h, l->name);
            h = mix(h, &d, sizeof d);
            h = mix(h, &l->value[d], sizeof l->value[d]);
        }
    }
    for (size_t i = 0; i < o->n_lab; i++) {
        const gs_lab *l = &o->lab[i];
        if (l->day < 0 || (size_t)l->day >= n_day)
            continue;
        h = mix_text(h, l->channel->name);
        h = mix(h, &l->day, sizeof l->day);
        h = mix(h, &l->value, sizeof l->value);
        if (!isnan(l->sd))
            h = mix(h, &l->sd, sizeof l->sd);
    }
    return h;
}

/* The chains' view of the posterior: slot = chain. */
static double eval_slot(void *self, size_t slot, const double *u, double *grad)
{
    post **w = self;
    return post_eval(w[slot], u, grad);
}

static double exact_slot(void *self, size_t slot, const double *u, double *grad)
{
    post **w = self;
    return post_exact(w[slot], u, grad);
}

static void many_slot(void *self, size_t slot, size_t n, const double *const *u, double *lp,
                      double *const *grad)
{
    post **w = self;
    post_exact_many(w[slot], n, u, lp, grad);
}

static void band_of(size_t n, double *x, gs_band *b, double *mean, double *sd)
{
    double m = 0, s = 0;
    for (size_t i = 0; i < n; i++)
        m += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        s += (x[i] - m) * (x[i] - m);
    num_sort(n, x);
    *b = fit_band(n, x);
    *mean = m;
    *sd = n > 1 ? sqrt(s / (double)(n - 1)) : 0;
}

gs_band fit_band(size_t n, const double *sorted)
{
    return (gs_band){num_quantile_sorted(n, sorted, 0.05),
                     num_quantile_sorted(n, sorted, 0.25),
                     num_quantile_sorted(n, sorted, 0.50),
                     num_quantile_sorted(n, sorted, 0.75),
                     num_quantile_sorted(n, sorted, 0.95)};
}

/* Prior summary from the transform itself, not from draws. */
static void prior_summary(const prior *p, gs_dim *d)
{
    double z[32], w[32], m = 0, s = 0;
    num_gauss_hermite(32, z, w);
    for (int i = 0; i < 32; i++)
        m += w[i] * prior_value(p, z[i], NULL);
    for (int i = 0; i < 32; i++) {
        double e = prior_value(p, z[i], NULL) - m;
        s += w[i] * e * e;
    }
    const double q25 = 0.67448975019608171, q05 = 1.6448536269514722;
    d->prior_mean = m;
    d->prior_sd = sqrt(s);
    d->prior = (gs_band){prior_value(p, -q05, NULL), prior_value(p, -q25, NULL),
                         prior_value(p, 0, NULL), prior_value(p, q25, NULL),
                         prior_value(p, q05, NULL)};
}

static gs_status summarise(gs_arena *a, const problem *p, gs_fit *f, gs_err *err)
{
    size_t n = f->n_chain * f->n_draw;
    gs_mark m = gs_arena_mark(a);
    double *x = GS_NEW(a, double, n);
    if (!x)
        return gs_fail(err, GS_ENOMEM, "out of memory for the summaries");
    for (size_t i = 0; i < f->n_dim; i++) {
        gs_dim *d = &f->dim[i];
        for (size_t k = 0; k < n; k++)
            x[k] = f->draw[k * f->n_dim + i];
        d->rhat = gs_infer_rhat(f->n_chain, f->n_draw, x);
        d->ess_bulk = gs_infer_ess_bulk(f->n_chain, f->n_draw, x);
        d->ess_tail = gs_infer_ess_tail(f->n_chain, f->n_draw, x);
        band_of(n, x, &d->post, &d->mean, &d->sd);
        prior_summary(&p->prior[i], d);
    }
    gs_arena_release(a, m);
    return GS_OK;
}

/* The verdict on the sampling. The first complaint is the sentence. */
static void judge(gs_fit *f, const gs_fit_opts *o)
{
    size_t n = f->n_chain * f->n_draw, worst = 0, thin = 0;
    double rhat = 0, ess = HUGE_VAL;
    for (size_t i = 0; i < f->n_dim; i++) {
        const gs_dim *d = &f->dim[i];
        if (!(d->rhat <= rhat)) {
            rhat = d->rhat;
            worst = i;
        }
        double e = fmin(d->ess_bulk, d->ess_tail);
        if (!(e >= ess)) {
            ess = e;
            thin = i;
        }
    }
    f->ok = false;
    if (!(rhat <= o->max_rhat))
        snprintf(f->why_not, sizeof f->why_not,
                 "the chains disagree about \"%s\" (R-hat %.3f, allowed %.3f); run the "
                 "fit longer", f->dim[worst].name, rhat, o->max_rhat);
    else if (!(ess >= o->min_ess))
        snprintf(f->why_not, sizeof f->why_not,
                 "too few independent draws of \"%s\" (%.0f, wanted %.0f); run the fit "
                 "longer", f->dim[thin].name, ess, o->min_ess);
    else if (f->n_divergent * 200 > n)
        snprintf(f->why_not, sizeof f->why_not,
                 "%zu of %zu draws diverged: the sampler did not see all of the "
                 "possible answers", f->n_divergent, n);
    else if (f->ebfmi < 0.3)
        snprintf(f->why_not, sizeof f->why_not,
                 "the sampler moved too slowly between likely and unlikely answers "
                 "(E-BFMI %.2f, wanted 0.3)", f->ebfmi);
    else
        f->ok = true;
}

/* Search start: prior medians, levels where the scores are. */
static void first_guess(const problem *p, double *u)
{
    memset(u, 0, p->n_dim * sizeof *u);
    for (size_t s = 0; s < p->n_series; s++) {
        const problem_series *ps = &p->series[s];
        double mean = 0;
        for (size_t i = 0; i < ps->t->n; i++)
            mean += ps->t->value[i] / (double)ps->t->n;
        double g = prior_score(&p->prior[ps->first], link_level_guess(&ps->l, mean));
        u[ps->first] = fmin(fmax(g, -3), 3);
    }
}

/* Draws from u to natural numbers, in place, and prior draws beside them. */
static void to_natural(const problem *p, gs_fit *f)
{
    size_t n = f->n_chain * f->n_draw;
    for (size_t i = 0; i < n; i++) {
        gs_rng r = gs_rng_stream(f->seed, i, "prior draw");
        for (size_t d = 0; d < f->n_dim; d++) {
            double *x = &f->draw[i * f->n_dim + d];
            *x = prior_value(&p->prior[d], *x, NULL);
            f->prior_draw[i * f->n_dim + d] = prior_draw(&p->prior[d], &r);
        }
    }
}

/* Mean and factor of the covariance of draws u. */
static bool moments(size_t n_row, size_t n, const double *u, double *mean, double *L)
{
    memset(mean, 0, n * sizeof *mean);
    memset(L, 0, n * n * sizeof *L);
    for (size_t k = 0; k < n_row; k++)
        for (size_t i = 0; i < n; i++)
            mean[i] += u[k * n + i] / (double)n_row;
    for (size_t k = 0; k < n_row; k++)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j <= i; j++)
                L[i * n + j] += (u[k * n + i] - mean[i]) * (u[k * n + j] - mean[j]) /
                                (double)n_row;
    for (size_t i = 0; i < n; i++)
        L[i * n + i] += 1e-9;
    return num_cholesky(n, L);
}

/* Share of planned states accepted by the exact density below which planning is no help. */
#define ACCEPT_ENOUGH 0.6

/* Did planning with the emulator work? Not when many states are refused, or when chains
 * hang where the emulator thinks little of what the simulator likes. */
static bool planned_well(gs_arena *a, const nuts_out *out, const gs_fit_opts *o, size_t n)
{
    size_t n_row = o->n_chain * o->n_draw;
    gs_mark m = gs_arena_mark(a);
    double *x = GS_NEW(a, double, n_row), worst = 0;
    for (size_t d = 0; x && d < n; d++) {
        for (size_t i = 0; i < n_row; i++)
            x[i] = out->draw[i * n + d];
        double r = gs_infer_rhat(o->n_chain, o->n_draw, x);
        worst = r > worst ? r : worst;
    }
    gs_arena_release(a, m);
    return x && out->accepted > ACCEPT_ENOUGH && worst < fmax(1.03, o->max_rhat);
}

/* Chains, planned with the emulator where it can be built: around the mode, once more
 * around the draws if that went badly, and with the simulator itself if that does not
 * mend it. */
static gs_status run_chains(gs_arena *a, const problem *p, post **w,
                            const gs_fit_opts *o, const gs_pool *pool,
                            const gs_progress *progress, gs_fit *f, double *u, double *L,
                            nuts_out *out, gs_err *err)
{
    nuts_opts no = {.n_chain = o->n_chain, .n_warmup = o->n_warmup, .n_draw = o->n_draw,
                    .max_depth = o->max_depth, .seed = o->seed,
                    .target_accept = o->target_accept};
    target t = {.n = p->n_dim, .eval = eval_slot, .self = w, .exact = exact_slot,
                .many = many_slot};
    for (int attempt = 0; attempt < 2 && !o->exact; attempt++) {
        if (!surrogate_build(a, p, w, o->n_chain, pool, o->seed, u, L))
            break;
        GS_TRY(nuts_run(a, &t, u, L, &no, pool, progress, 0.05, out, err));
        f->n_gradient += out->n_gradient;
        if (planned_well(a, out, o, p->n_dim))
            return GS_OK;
        /* draws follow the exact density either way; chains that disagree after a second
         * plan would cost the simulator minutes, and the verdict says what they are */
        if (attempt == 1 && out->accepted > ACCEPT_ENOUGH)
            return GS_OK;
        if (!moments(o->n_chain * o->n_draw, p->n_dim, out->draw, u, L))
            break;
    }
    surrogate_drop(w, o->n_chain);
    t.exact = NULL;
    GS_TRY(nuts_run(a, &t, u, L, &no, pool, progress, 0.05, out, err));
    f->n_gradient += out->n_gradient;
    return GS_OK;
}

static gs_status sample(gs_arena *a, const problem *p, post **w, const gs_fit_opts *o,
                        const gs_pool *pool, const gs_progress *progress, gs_fit *f,
                        gs_err *err)
{
    target t = {.n = p->n_dim, .eval = eval_slot, .self = w, .many = many_slot};
    nuts_out out;
    double *u = GS_NEW(a, double, p->n_dim), *L = GS_NEW(a, double, p->n_dim * p->n_dim);
    if (!u || !L)
        return gs_fail(err, GS_ENOMEM, "out of memory for the mode");
    first_guess(p, u);
    gs_progress_tick(progress, "looking for the most likely answer", 0);
    if (!mode_find(a, &t, o->n_chain, pool, u, L, &f->n_gradient))
        return gs_fail(err, GS_ENUM, "the model could not be run for this diary: no "
                                     "starting point has a finite likelihood");
    GS_TRY(run_chains(a, p, w, o, pool, progress, f, u, L, &out, err));
    f->draw = out.draw;
    f->n_divergent = out.n_divergent;
    f->n_depth = out.n_depth;
    f->accepted = out.accepted;
    f->ebfmi = HUGE_VAL;
    for (size_t c = 0; c < o->n_chain; c++)
        f->ebfmi = fmin(f->ebfmi, out.ebfmi[c]);
    return GS_OK;
}

gs_status gs_infer_fit(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                       const gs_fit_opts *o, const gs_pool *pool,
                       const gs_progress *progress, gs_fit **out, gs_err *err)
{
    problem *p;
    gs_fit *f = GS_NEW(a, gs_fit, 1);
    size_t n_day = o->n_day && o->n_day < obs->n_day ? o->n_day : obs->n_day;
    if (o->n_chain < 1 || o->n_draw < 8 || o->n_warmup < 20)
        return gs_fail(err, GS_EUSE, "a fit wants 1 chain, 20 warm-up and 8 kept draws "
                                     "at the least");
    GS_TRY(gs_obs_check(obs, err));
    GS_TRY(problem_make(a, k, obs, n_day, n_day, NULL, &p, err));
    post **w = GS_NEW(a, post *, o->n_chain);
    if (!f || !w)
        return gs_fail(err, GS_ENOMEM, "out of memory for the fit");
    *f = (gs_fit){.kernel_hash = k->hash, .obs_hash = fit_obs_hash(obs, n_day),
                  .seed = o->seed, .n_day = n_day, .n_value = p->n_value,
                  .n_dim = p->n_dim,
                  .n_chain = o->n_chain, .n_draw = o->n_draw, .dim = p->dim};
    f->prior_draw = GS_NEW(a, double, o->n_chain * o->n_draw * p->n_dim);
    gs_status st = f->prior_draw ? GS_OK : gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t c = 0; st == GS_OK && c < o->n_chain; c++)
        st = post_new(a, p, true, &w[c], err);
    if (st == GS_OK)
        st = sample(a, p, w, o, pool, progress, f, err);
    for (size_t c = 0; c < o->n_chain; c++)
        post_free(w[c]);
    GS_TRY(st);
    to_natural(p, f);
    GS_TRY(summarise(a, p, f, err));
    judge(f, o);
    gs_progress_tick(progress, "sampling", 1);
    *out = f;
    return GS_OK;
}
