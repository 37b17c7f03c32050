/* Priors as quantile transforms: a number of the fit is x = x(u) with u standard normal
 * a priori, whatever its distribution and however its range cuts it. The sampler works
 * on u: unconstrained, whitened, and a prior draw is a normal draw. */
#ifndef GS_INFER_PRIOR_H
#define GS_INFER_PRIOR_H

#include "gutskin/kernel.h"
#include "gutskin/rng.h"

typedef struct prior {
    gs_dist dist;
    double lo, hi;           /* the range that cuts it                       */
    double lo_below, lo_above; /* F(lo), 1 - F(lo)                           */
    double hi_below, hi_above; /* F(hi), 1 - F(hi)                           */
    bool cut;                /* the range takes away a share worth counting  */
} prior;

/* Range NaN, infinite or empty = no cut. dist.kind must not be NONE or counts. */
prior prior_make(gs_dist dist, double lo, double hi);
/* x(u); dx/du into out_dx unless NULL. */
double prior_value(const prior *p, double u, double *out_dx);
/* u(x), clamped to +-8. */
double prior_score(const prior *p, double x);
static inline double prior_draw(const prior *p, gs_rng *r)
{
    return prior_value(p, gs_rng_normal(r), NULL);
}

#endif
