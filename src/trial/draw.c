/* Beliefs about the population from the priors of the model.
 *
 * A prior of the model is wide for two reasons: people differ, and nobody knows the
 * middle of them. Only the first averages out in a trial. So a gain's variance is split,
 * `shared` of it between draws; a contested link (a normal prior on a parameter that is
 * nobody's own) is a question of fact about everybody: all of it lies between draws. What
 * is a person's own (risks, levels of blood values, time constants) varies within a draw.
 *
 * Draws are stratified, one in each of n equal slices of every prior, in an order of its
 * own: the mean over few draws is then close to the prior's. */
#include "trial/pool.h"

#include "infer/num.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* share of the variance that differs between draws */
static double between(const gs_par_info *p, double shared)
{
    if (*p->lever)
        return shared;
    return p->prior.kind == GS_DIST_NORMAL && !p->personal ? 1 : 0;
}

static gs_dist split(const gs_dist *prior, double part, double z)
{
    gs_dist d = *prior;
    if (d.kind == GS_DIST_NORMAL) {
        d.a += sqrt(part) * d.b * z;
        d.b *= sqrt(1 - part);
    } else if (d.kind == GS_DIST_LOGNORMAL) {
        d.a *= exp(sqrt(part) * log(d.b) * z);
        d.b = exp(sqrt(1 - part) * log(d.b));
    }
    if (part >= 1)
        d.kind = GS_DIST_NONE;
    return d;
}

void draw_slices(size_t n, gs_rng *r, double *z)
{
    for (size_t i = 0; i < n; i++) {
        double p = ((double)i + gs_rng_uniform(r)) / (double)n;
        z[i] = num_normal_quantile(p, 1 - p);
    }
    for (size_t i = n; i > 1; i--) {
        size_t j = gs_rng_below(r, i);
        double keep = z[i - 1];
        z[i - 1] = z[j];
        z[j] = keep;
    }
}

gs_status gs_trial_draw_priors(gs_arena *a, const gs_kernel *k, double shared, size_t n,
                               uint64_t seed, gs_trial_draw *out, gs_err *err)
{
    gs_dist *d = GS_NEW(a, gs_dist, n * k->n_par + 1);
    double *z = GS_NEW(a, double, n + 1);
    if (!d || !z)
        return gs_fail(err, GS_ENOMEM, "not enough memory for %zu draws", n);
    for (size_t j = 0; j < k->n_par; j++) {
        const gs_par_info *p = &k->par[j];
        char purpose[96];
        snprintf(purpose, sizeof purpose, "trial draw %.70s", p->name);
        gs_rng r = gs_rng_stream(seed, 0, purpose);
        draw_slices(n, &r, z);
        bool split_it = p->prior.kind == GS_DIST_NORMAL || p->prior.kind == GS_DIST_LOGNORMAL;
        for (size_t i = 0; i < n; i++)
            d[i * k->n_par + j] = p->prior.kind == GS_DIST_NONE ?
                                      (gs_dist){.kind = GS_DIST_NONE, .a = p->value} :
                                      split(&p->prior, split_it ? between(p, shared) : 0, z[i]);
    }
    for (size_t i = 0; i < n; i++)
        out[i] = (gs_trial_draw){.par = d + i * k->n_par, .terms = GS_TRIAL_TERMS_NONE};
    return GS_OK;
}
