/* The calibrated population as what one person's fit starts from. (Virtual trials draw from
 * it themselves: src/trial/population.c.) */
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
