/* Quantile transforms, prior.h. With F the distribution of x and (lo, hi) its range,
 *     F(x) = F(lo) + (F(hi) - F(lo)) Phi(u)
 * Both tails are carried (F and 1 - F), so that u = -8 and u = +8 are equally exact.
 * Where the range takes away nothing that matters the map is the plain affine (normal)
 * or exponential (lognormal) one. */
#include "infer/prior.h"
#include "infer/num.h"

#include <math.h>

/* Distribution of the uncut law: below = F(x), above = 1 - F(x). */
static void both_tails(const gs_dist *d, double x, double *below, double *above)
{
    double z = 0;
    switch (d->kind) {
    case GS_DIST_NORMAL:
        z = (x - d->a) / d->b;
        break;
    case GS_DIST_LOGNORMAL:
        z = x > 0 ? log(x / d->a) / log(d->b) : -HUGE_VAL;
        break;
    case GS_DIST_UNIFORM:
        *below = x <= d->a ? 0 : x >= d->b ? 1 : (x - d->a) / (d->b - d->a);
        *above = 1 - *below;
        return;
    case GS_DIST_BETA:
        *below = num_beta_cdf(x, d->a, d->b);
        *above = num_beta_cdf(1 - x, d->b, d->a);
        return;
    default:
        break;
    }
    *below = num_normal_cdf(z);
    *above = num_normal_cdf(-z);
}

prior prior_make(gs_dist dist, double lo, double hi)
{
    prior p = {.dist = dist, .lo = lo, .hi = hi};
    if (!(lo < hi)) {
        p.lo = -HUGE_VAL;
        p.hi = HUGE_VAL;
    }
    p.lo_above = p.hi_below = 1;
    if (p.lo > -HUGE_VAL)
        both_tails(&dist, p.lo, &p.lo_below, &p.lo_above);
    if (p.hi < HUGE_VAL)
        both_tails(&dist, p.hi, &p.hi_below, &p.hi_above);
    p.cut = p.lo_below > 1e-12 || p.hi_above > 1e-12;
    return p;
}

/* A cut normal score v(u): Phi(v) = Phi(lo) + (Phi(hi) - Phi(lo)) Phi(u). */
static double cut_score(const prior *p, double u, double *out_dv)
{
    double share = p->lo_below < 0.5 ? p->hi_below - p->lo_below
                                     : p->lo_above - p->hi_above;
    double below = p->lo_below + share * num_normal_cdf(u);
    double above = p->hi_above + share * num_normal_cdf(-u);
    double v = num_normal_quantile(below, above);
    double d = num_normal_pdf(v);
    *out_dv = d > 0 ? share * num_normal_pdf(u) / d : 0;
    return v;
}

double prior_value(const prior *p, double u, double *out_dx)
{
    const gs_dist *d = &p->dist;
    double x, dx, v = u, dv = 1;
    if (d->kind == GS_DIST_UNIFORM) {
        double lo = fmax(d->a, p->lo), hi = fmin(d->b, p->hi);
        x = lo + (hi - lo) * num_normal_cdf(u);
        dx = (hi - lo) * num_normal_pdf(u);
    } else if (d->kind == GS_DIST_BETA) {
        double share = p->hi_below - p->lo_below;
        x = num_beta_quantile(p->lo_below + share * num_normal_cdf(u), d->a, d->b);
        double density = exp(num_beta_logpdf(x, d->a, d->b));
        dx = share * num_normal_pdf(u) / density;
    } else {
        if (p->cut)
            v = cut_score(p, u, &dv);
        if (d->kind == GS_DIST_LOGNORMAL) {
            x = d->a * exp(log(d->b) * v);
            dx = x * log(d->b) * dv;
        } else {
            x = d->a + d->b * v;
            dx = d->b * dv;
        }
    }
    if (p->cut) /* rounding must not leave the stated range */
        x = fmin(fmax(x, p->lo), p->hi);
    if (out_dx)
        *out_dx = isfinite(dx) ? dx : 0;
    return x;
}

double prior_score(const prior *p, double x)
{
    double below, above;
    both_tails(&p->dist, x, &below, &above);
    double share = p->lo_below < 0.5 ? p->hi_below - p->lo_below
                                     : p->lo_above - p->hi_above;
    double b = (below - p->lo_below) / share, a = (above - p->hi_above) / share;
    if (b <= 0)
        return -8;
    if (a <= 0)
        return 8;
    return fmin(fmax(num_normal_quantile(b, a), -8), 8);
}
