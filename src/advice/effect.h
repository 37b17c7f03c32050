/* What a change of one lever would do to this person's main score: simulated from
 * where the person stands, against going on as usual. */
#ifndef GS_ADVICE_EFFECT_H
#define GS_ADVICE_EFFECT_H

#include "gutskin/infer.h"
#include "gutskin/sim.h"

/* One question. "As usual" is the last n_replay days of the diary lived over and over,
 * days that were not said at the person's habit; `then` is the same with this one lever
 * changed. Replaying days instead of standing at the median keeps what comes now and
 * then (bad nights, hot drinks), and levers that bend. */
typedef struct effect_ask {
    size_t lever;       /* of the kernel                                   */
    long gain;          /* parameter scaling it; -1 if none                */
    long dim;           /* dimension of the fit that is the gain; -1 = not learned */
    const double *then; /* [n_replay] lever values, changed                */
    size_t day;         /* after how many days the score is looked at      */
} effect_ask;

/* Its answer, draw by draw, score points (then minus as usual). NaN where the model could
 * not live that draw. before = after, number for number, when the gain was not learned. */
typedef struct effect {
    double *before, *after; /* [n] */
} effect;

/* n draws of the fit. out [n_ask] in the arena. Cost: n * (n_day + sum of the asked
 * days) person-days of simulation, twice those days more for each learned lever, about 4 us each.
 * Fails GS_EUSE, GS_ENOMEM, GS_ECANCEL. n_replay is at least 1, at most obs->n_day. */
gs_status effect_run(gs_arena *a, const gs_kernel *k, const gs_obs *obs, const gs_fit *f,
                     size_t i_series, size_t n, size_t n_ask, const effect_ask *ask,
                     size_t n_replay, const gs_pool *pool, const gs_progress *progress,
                     effect *out, gs_err *err);

/* Quantiles of the finite ones of x [n]; all NaN when fewer than half are finite. */
gs_band effect_band(gs_arena *a, size_t n, const double *x);
/* Share of draws in which x * sign < 0, ties (|x| <= tie) counted half. */
double effect_better(size_t n, const double *x, int sign, double tie);

#endif
