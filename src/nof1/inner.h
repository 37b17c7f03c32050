/* What the files of this room share. Lengths in days; outcomes in units of `swing`, so
 * that priors and grids are the same for a 0..4 score and a count of hundreds. */
#ifndef GS_NOF1_INNER_H
#define GS_NOF1_INNER_H

#include "gutskin/nof1.h"
#include "gutskin/rng.h"

/* The used units of one analysis: what both analyses look at. */
typedef struct nof1_data {
    size_t n;
    const double *t;      /* [n] time [d], ascending                               */
    const int32_t *day;   /* [n]                                                   */
    const double *y;      /* [n] outcome, centred, in swings; sign as the outcome  */
    const double *weight; /* [n] reliability of the mean, 1 = typical              */
    const int8_t *code;   /* [n] planned                                           */
    size_t n_day;
    const double *plan;   /* [n_day] planned exposure, 0 outside the periods       */
    const double *taken;  /* [n_day] received exposure; == plan where not said     */
    bool doses;           /* taken differs from plan somewhere                     */
    double centre, swing; /* y = (value - centre) / swing                          */
    const gs_nof1_unit **unit; /* [n]                                              */
} nof1_data;

/* Rows to units: a day's raters and moments become one mean, raters' offsets removed.
 * Fails GS_ERANGE as gs_nof1_analyse says. */
gs_status nof1_units(gs_arena *a, const gs_nof1_series *s, const gs_nof1_schedule *sched,
                     gs_nof1_result *r, nof1_data *out, gs_err *err);

/* First-order answer to exposure e [n_day] with time constant lag [d], at the end of
 * each unit's day: out [n]. lag = 0: the exposure itself. */
void nof1_response(const nof1_data *d, const double *e, double lag, double *out);

/* ---- working noises of the statistic ---- */

enum { NOF1_NOISES = 32 };

typedef enum nof1_kind_of_noise { NOF1_NORMAL, NOF1_FAR_DAYS, NOF1_FAR_STEPS } nof1_kind_of_noise;

/* e = (v - a) * scale; a = decay (a + gain (v - a)), a = 0 at first */
typedef struct nof1_noise {
    nof1_kind_of_noise kind;
    double share;                 /* of the memory in the whole variance                */
    double *phi, *decay, *gain, *scale; /* [n]                                          */
    double *day, *step;           /* [n] weights of days, of the memory's steps after i */
    double *fix[2];               /* [n] whitened, orthonormal level and trend          */
    size_t n_fix;
    double log_det;               /* of V, and of the level and trend                   */
    double offset, blind;         /* noise.c; log likelihood blind to treatment         */
    double *y, *obs, *dose;       /* whitened, free of level and trend                  */
    double yy, yo, oo, yd, dd, od; /* their products                                    */
} nof1_noise;

/* Noises worth weighing for these outcomes: out [NOF1_NOISES], y and yy filled. plain:
 * normal ones only. Blind to treatment. False: out of memory. */
bool nof1_noises(gs_arena *a, const nof1_data *d, bool plain, size_t *out_n, nof1_noise *out);
void nof1_whiten(const nof1_noise *g, size_t n, const double *v, double *out);
void nof1_project(const nof1_noise *g, size_t n, double *v);

/* Model-free: randomisation test and its inversion. Fills r->free_itt, free_taken,
 * reference. */
gs_status nof1_random(gs_arena *a, const nof1_data *d, const gs_nof1_schedule *sched,
                      const gs_nof1_opts *o, int better, const gs_pool *pool,
                      gs_nof1_result *r, gs_err *err);

/* For planning, where thousands of trials are simulated: the statistic of the order that
 * was used by normal noises alone, in swings (d->plan its exposure); and the one-sided p of the
 * very test without its interval, drawing orders only until more lie on either side than
 * o->level leaves room for (below the level p is that of all n_random orders; above it
 * coarser, after Besag, Clifford 1991, Biometrika 78:301); better = +1 when larger values are. No treatment as received, no pool. */
gs_status nof1_random_z(gs_arena *a, const nof1_data *d, const gs_nof1_opts *o,
                        double *out_est, double *out_se, gs_err *err);
gs_status nof1_random_p(gs_arena *a, const nof1_data *d, const gs_nof1_schedule *sched,
                        const gs_nof1_opts *o, int better, double *out_p, gs_err *err);

/* ---- the state-space model ---- */

/* value_i ~ scale( level + slope + effect * response_i(lag) + wander + residual ) */
typedef struct nof1_space {
    size_t n;
    const double *t;      /* [d] */
    const double *value;  /* raw outcome values */
    const double *weight;
    double centre, swing; /* of the latent scale (log counts for COUNT) */
    gs_nof1_scale scale;
    double lo, hi, step;
    /* response for a lag, in exposure units: out [n] */
    void (*response)(const void *self, double lag, double *out);
    const void *self;
    double lag_prior, lag_max; /* [d] median (factor 3 per sd); largest */
    bool lag_fixed;            /* keep lag_prior                        */
    double prior_sd;           /* of the effect, in swings              */
    uint64_t seed;
    uint64_t stream;           /* parts runs of one trial               */
    size_t n_chain, n_warmup, n_keep; /* a chain */
    size_t thin;              /* sweeps a draw */
} nof1_space;

typedef struct nof1_space_out {
    size_t n_draw;    /* n_chain x n_keep */
    double *effect;   /* [n_draw] in points, averaged over the trial's units          */
    double *beta;     /* [n_draw] in swings of the latent scale                       */
    double *lag, *wander, *residual, *tau, *noise, *nu, *slope, *drift; /* [n_draw]   */
    /* [n_draw] of the effect with all else given: normal; points (COUNT: log) */
    double *given_mean, *given_sd;
    float *latent;    /* [n_draw x n] in points: level, treatment included            */
    double rhat, ess; /* of the effect */
} nof1_space_out;

gs_status nof1_space_fit(gs_arena *a, const nof1_space *m, const gs_pool *pool,
                         nof1_space_out *out, gs_err *err);

/* ---- words ---- */

/* Verdicts, headline, notes. */
gs_status nof1_words(gs_arena *a, const nof1_data *d, gs_nof1_result *r, gs_err *err);

const char *nof1_printf(gs_arena *a, const char *fmt, ...) GS_PRINTF(2, 3);

#endif
