/* What is foretold, as a mixture: one component for each draw of the population and each way
 * a trial may differ, normal with the error of a trial of this size and thinned where the
 * press would leave it out. So no random number stands for the error or for the press, and
 * the bands are smooth. */
#include "calib/calib.h"
#include "gutskin/rng.h"

#include <math.h>

/* Chance that a component is printed at all. */
static double printed(const mixture *m, const mixture_part *p)
{
    return p->rho + (1 - p->rho) * num_normal_cdf((m->hope * p->mean - m->cut) / p->sd);
}

static double part_below(const mixture *m, const mixture_part *p, double y)
{
    double below = num_normal_cdf((y - p->mean) / p->sd);

    if (!m->choosy)
        return below;
    double edge = m->hope * m->cut, at = num_normal_cdf((edge - p->mean) / p->sd);
    bool past = y > edge;
    double sum = m->hope > 0 ? p->rho * (past ? at : below) + (past ? below - at : 0)
                             : (past ? at : below) + p->rho * (past ? below - at : 0);
    return sum / printed(m, p);
}

/* First and second moment of a component about its mean. */
static void part_moments(const mixture *m, const mixture_part *p, double *first, double *second)
{
    double a = (m->hope * p->mean - m->cut) / p->sd, all = printed(m, p);
    double pdf = exp(-0.5 * a * a) / sqrt(2 * 3.14159265358979323846);

    *first = 0;
    *second = p->sd * p->sd;
    if (!m->choosy)
        return;
    *first = m->hope * p->sd * (1 - p->rho) * pdf / all;
    *second *= (p->rho + (1 - p->rho) * (num_normal_cdf(a) - a * pdf)) / all;
}

void mixture_weigh(mixture *m, size_t n_draw)
{
    size_t each = m->n / n_draw;

    for (size_t d = 0; d < n_draw; d++) {
        mixture_part *p = m->p + d * each;
        double sum = 0;
        for (size_t k = 0; k < each; k++)
            sum += p[k].weight = m->choosy ? printed(m, &p[k]) : 1;
        for (size_t k = 0; k < each; k++)
            p[k].weight /= sum * (double)n_draw;
    }
}

void mixture_moments(const mixture *m, double *mean, double *sd)
{
    double square = 0, first, second;

    *mean = 0;
    for (size_t i = 0; i < m->n; i++) {
        const mixture_part *p = &m->p[i];
        part_moments(m, p, &first, &second);
        *mean += p->weight * (p->mean + first);
        square += p->weight * (p->mean * p->mean + 2 * p->mean * first + second);
    }
    *sd = sqrt(fmax(square - *mean * *mean, 0));
}

double mixture_quantile(const mixture *m, double q)
{
    double lo = HUGE_VAL, hi = -HUGE_VAL;

    for (size_t i = 0; i < m->n; i++) {
        lo = fmin(lo, m->p[i].mean - 8 * m->p[i].sd);
        hi = fmax(hi, m->p[i].mean + 8 * m->p[i].sd);
    }
    for (int i = 0; i < 44; i++) {
        double mid = 0.5 * (lo + hi), sum = 0;
        for (size_t k = 0; k < m->n; k++)
            sum += m->p[k].weight * part_below(m, &m->p[k], mid);
        *(sum < q ? &lo : &hi) = mid;
    }
    return 0.5 * (lo + hi);
}

double mixture_draw(const mixture *m, const mixture_part *p, gs_rng *rng)
{
    double y = p->mean;

    for (int attempt = 0; attempt < 400; attempt++) {
        y = p->mean + p->sd * gs_rng_normal(rng);
        if (!m->choosy || m->hope * y > m->cut || gs_rng_uniform(rng) < p->rho)
            break;
    }
    return y;
}
