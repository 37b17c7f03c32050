/* The calibrated population where people are drawn: one person's fit, a virtual trial. */
#include "calib/calib.h"
#include "gutskin/text.h"

#include <math.h>
#include <string.h>

/* How people differ in a gain: what of the model's prior is not ignorance of the mean. */
static double people_sd(const gs_dist *prior)
{
    return prior->b * sqrt(1 - CALIB_SHARED);
}

gs_status gs_calib_kernel(gs_arena *a, const gs_kernel *k, const gs_population *pop,
                          const gs_kernel **out, gs_err *err)
{
    gs_kernel *copy = GS_NEW(a, gs_kernel, 1);
    gs_par_info *par = GS_NEW(a, gs_par_info, k->n_par);

    if (!copy || !par)
        return gs_fail(err, GS_ENOMEM, "out of memory for the population's priors");
    *out = k;
    if (pop->n_draw < 2)
        return GS_OK;
    *copy = *k;
    memcpy(par, k->par, k->n_par * sizeof *par);
    for (size_t i = 0; i < k->n_par; i++) {
        gs_population_sum s;
        long c = gs_population_find(pop, par[i].name);
        if (c < 0 || !par[i].personal || par[i].prior.kind != GS_DIST_NORMAL ||
            !gs_population_summary(pop, c, &s))
            continue;
        par[i].prior.b = hypot(s.sd, people_sd(&par[i].prior));
        par[i].prior.a = s.mean;
        copy->hash = gs_text_hash(copy->hash, &par[i].prior, sizeof par[i].prior);
    }
    copy->par = par;
    *out = copy;
    return GS_OK;
}

gs_status gs_calib_trial_draws(gs_arena *a, const gs_kernel *k, const gs_population *pop,
                               size_t n, gs_trial_draw *out, gs_err *err)
{
    if (pop->n_draw < 2)
        return gs_fail(err, GS_EUSE, "the population has no draws; make it with gutskin calibrate");
    for (size_t d = 0; d < n; d++) {
        gs_dist *par = GS_NEW(a, gs_dist, k->n_par);
        if (!par)
            return gs_fail(err, GS_ENOMEM, "out of memory for the draws");
        for (size_t i = 0; i < k->n_par; i++) {
            long c = gs_population_find(pop, k->par[i].name);
            const gs_dist *prior = &k->par[i].prior;
            par[i] = *prior;
            if (prior->kind == GS_DIST_NONE)
                par[i].a = k->par[i].value;
            if (c < 0 || prior->kind != GS_DIST_NORMAL)
                continue;
            par[i].a = gs_population_at(pop, d * pop->n_draw / n, c);
            par[i].b = people_sd(prior);
            if (!k->par[i].personal) /* a link of the axis: the same in everybody */
                par[i] = (gs_dist){.kind = GS_DIST_NONE, .a = par[i].a};
        }
        out[d] = (gs_trial_draw){.par = par, .terms = GS_TRIAL_TERMS_NONE};
    }
    return GS_OK;
}
