/* The tests a trial report holds, from running sums: one pass over the people, and the
 * smaller trials inside a bigger one come for nothing. */
#include "trial/pool.h"

#include "infer/num.h"

void sums_add(sums *s, double x, double y)
{
    s->n++;
    s->x += x;
    s->y += y;
    s->xx += x * x;
    s->xy += x * y;
    s->yy += y * y;
}

double stats_t_p(double t, double df)
{
    if (!(df > 0) || isnan(t))
        return 1;
    double q = df / (df + t * t);
    return q <= 0 ? 0 : q >= 1 ? 1 : num_beta_cdf(q, df / 2, 0.5);
}

double stats_normal_p(double z)
{
    return isnan(z) ? 1 : 2 * num_normal_cdf(-fabs(z));
}

static double within(double n, double a, double b, double ab)
{
    return ab - a * b / n;
}

static bool finish(gs_trial_report *out, double df)
{
    out->p = out->se > 0 ? stats_t_p(out->est / out->se, df) : out->est == 0 ? 1 : 0;
    return isfinite(out->est) && isfinite(out->se);
}

/* one slope for both arms, [vickers2001]; y is a change, so that the means of y are the
 * unadjusted changes */
bool stats_ancova(const sums *a0, const sums *a1, gs_trial_report *out)
{
    double df = a0->n + a1->n - 3;
    if (a0->n < 2 || a1->n < 2 || df < 1)
        return false;
    double sxx = within(a0->n, a0->x, a0->x, a0->xx) + within(a1->n, a1->x, a1->x, a1->xx);
    double sxy = within(a0->n, a0->x, a0->y, a0->xy) + within(a1->n, a1->x, a1->y, a1->xy);
    double syy = within(a0->n, a0->y, a0->y, a0->yy) + within(a1->n, a1->y, a1->y, a1->yy);
    double slope = sxx > 1e-12 ? sxy / sxx : 0, dx = a1->x / a1->n - a0->x / a0->n;
    double s2 = fmax(syy - slope * sxy, 0) / df;
    out->change[0] = a0->y / a0->n;
    out->change[1] = a1->y / a1->n;
    out->est = out->change[1] - out->change[0] - slope * dx;
    out->se = sqrt(s2 * (1 / a0->n + 1 / a1->n + (sxx > 1e-12 ? dx * dx / sxx : 0)));
    return finish(out, df);
}

bool stats_t(const sums *a0, const sums *a1, gs_trial_report *out)
{
    double df = a0->n + a1->n - 2;
    if (a0->n < 2 || a1->n < 2)
        return false;
    double syy = within(a0->n, a0->y, a0->y, a0->yy) + within(a1->n, a1->y, a1->y, a1->yy);
    out->change[0] = a0->y / a0->n;
    out->change[1] = a1->y / a1->n;
    out->est = out->change[1] - out->change[0];
    out->se = sqrt(fmax(syy, 0) / df * (1 / a0->n + 1 / a1->n));
    return finish(out, df);
}

/* chi-square without continuity correction; se unpooled */
bool stats_shares(const sums *a0, const sums *a1, gs_trial_report *out)
{
    if (a0->n < 2 || a1->n < 2)
        return false;
    double p0 = a0->y / a0->n, p1 = a1->y / a1->n, p = (a0->y + a1->y) / (a0->n + a1->n);
    double se = sqrt(p * (1 - p) * (1 / a0->n + 1 / a1->n));
    out->change[0] = p0;
    out->change[1] = p1;
    out->est = p1 - p0;
    out->se = sqrt(p0 * (1 - p0) / a0->n + p1 * (1 - p1) / a1->n);
    out->p = se > 0 ? stats_normal_p(out->est / se) : 1;
    return true;
}
