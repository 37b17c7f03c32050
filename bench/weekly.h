/* What the two studies of weekly PASI share: a person's scores, how forecasts of them are
 * scored, and the two rules they are held against. */
#ifndef GS_BENCH_WEEKLY_H
#define GS_BENCH_WEEKLY_H

#include "real.h"

enum { WEEKLY_MOST = 16, WEEKLY_FIRST = 3 /* forecasts begin with this week */ };
#define WEEKLY_OFFSET 0.5

typedef struct weekly {
    size_t n;
    int32_t week[WEEKLY_MOST];
    double y[WEEKLY_MOST]; /* ln(PASI + WEEKLY_OFFSET) */
} weekly;

static inline void weekly_take(weekly *p, const gs_series *s)
{
    for (size_t j = 0; j < s->n && p->n < WEEKLY_MOST && s->day[j] / 7 < WEEKLY_MOST; j++) {
        p->week[p->n] = s->day[j] / 7;
        p->y[p->n++] = log(s->value[j] + WEEKLY_OFFSET);
    }
}

/* Is score j foretold: late enough, with one the week before? */
static inline bool weekly_asked(const weekly *p, size_t j)
{
    return j > 0 && p->week[j] >= WEEKLY_FIRST && p->week[j] == p->week[j - 1] + 1;
}

typedef struct weekly_score {
    size_t n, in50, in90;
    double se, ae, ls;
} weekly_score;

static inline void weekly_add(weekly_score *s, double y, double mean, bool in50, bool in90,
                              double ln_density)
{
    s->n++;
    s->se += (y - mean) * (y - mean);
    s->ae += fabs(exp(y) - exp(mean));
    s->ls += ln_density;
    s->in50 += in50;
    s->in90 += in90;
}

static inline void weekly_add_normal(weekly_score *s, double y, double mean, double sd)
{
    double z = fabs(y - mean) / sd;

    weekly_add(s, y, mean, z < 0.6745, z < 1.6449, -0.5 * log(2 * M_PI) - log(sd) - 0.5 * z * z);
}

static inline void weekly_print(const char *name, const weekly_score *s)
{
    double n = (double)s->n;

    printf("{\"forecast\": \"%s\", \"n\": %zu, \"rmse_log\": %.4f, \"mae_pasi\": %.3f, "
           "\"log_score\": %.3f, \"in50\": %.3f, \"in90\": %.3f}\n",
           name, s->n, sqrt(s->se / n), s->ae / n, s->ls / n, (double)s->in50 / n,
           (double)s->in90 / n);
}

/* The two rules on one forecast: last value, with the sd of all one-week changes; the mean
 * change into that week over everybody but i, with their sd. */
static inline void weekly_rules(size_t n_person, const weekly *const *p, size_t i, size_t j,
                                weekly_score *last, weekly_score *pooled)
{
    double all2 = 0, all = 0, sum = 0, sum2 = 0, n = 0;

    for (size_t k = 0; k < n_person; k++) {
        for (size_t q = 1; q < p[k]->n; q++) {
            double d = p[k]->y[q] - p[k]->y[q - 1];
            all2 += d * d;
            all++;
            if (k == i || p[k]->week[q] != p[i]->week[j] || p[k]->week[q - 1] != p[i]->week[j] - 1)
                continue;
            sum += d;
            sum2 += d * d;
            n++;
        }
    }
    double mean = n > 0 ? sum / n : 0, sd = n > 2 ? sqrt((sum2 - sum * sum / n) / (n - 1)) : 0.4;
    weekly_add_normal(last, p[i]->y[j], p[i]->y[j - 1], sqrt(all2 / all));
    weekly_add_normal(pooled, p[i]->y[j], p[i]->y[j - 1] + mean, sd);
}

#endif
