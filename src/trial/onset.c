/* What trials saw of a first onset beyond the model: log odds of an arm.
 *
 * The model's days of onset stand for an arm without it. In each draw the share p of people
 * with an onset by the last visit becomes p' = p e^B / (1 - p + p e^B): with B below nought
 * each onset is kept with the chance p'/p, with B above it a person without one gets one with
 * the chance (p' - p)/(1 - p), on a day of somebody else's. The same person has the same
 * chance number in every arm, so arms of equal B stay alike. */
#include "trial/pool.h"

#include <math.h>
#include <stdlib.h>

static double raised(double p, double log_odds)
{
    double q = p * exp(log_odds);
    return q / (1 - p + q);
}

static void shift_arm(const gs_trial *t, gs_trial_pool *p, size_t draw, size_t arm, double b,
                      int32_t *days)
{
    int32_t *onset = p->onset + draw * p->n_person * p->n_order;
    size_t n = 0, n_on = 0;
    long last = t->visit[t->n_visit - 1];

    for (size_t i = 0; i < p->n_person; i++) {
        int32_t day = onset[i * p->n_order + arm];
        if (!pool_lived(p, i, arm))
            continue;
        n++;
        if (day > 0 && day <= last)
            days[n_on++] = day;
    }
    if (n_on == 0 || n_on == n)
        return;
    double q = (double)n_on / (double)n, to = raised(q, b);
    for (size_t i = 0; i < p->n_person; i++) {
        int32_t *day = &onset[i * p->n_order + arm];
        if (!pool_lived(p, i, arm))
            continue;
        gs_rng r = gs_rng_stream(t->seed, pool_id(p, draw, i), "trial onset beyond");
        double u = gs_rng_uniform(&r);
        bool ill = *day > 0 && *day <= last;
        if (ill && b < 0 && u >= to / q)
            *day = 0;
        else if (!ill && b > 0 && u < (to - q) / (1 - q))
            *day = days[gs_rng_below(&r, n_on)];
    }
}

gs_status onset_beyond(const gs_trial *t, gs_trial_pool *p, gs_err *err)
{
    int32_t *days = malloc((p->n_person + 1) * sizeof *days);

    if (!days)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t d = 0; d < p->n_draw; d++) {
        for (size_t arm = 0; arm < p->n_arm; arm++) {
            double b = p->beyond[d * p->n_arm + arm];
            if (b != 0)
                shift_arm(t, p, d, arm, b, days);
        }
    }
    free(days);
    return GS_OK;
}
