/* Inference for one person: what does this diary say about this body?
 *
 * Each outcome series c is read as
 *     latent_c(t) = level_c + slope_scale * (signal_c(t; theta) - signal_c(0; theta0))
 *                   + r_c(t)
 *     r_c         Ornstein-Uhlenbeck residual (sd, time constant), stationary
 *     value_c(t)  ordered logit / logit-normal / log-normal / negative binomial
 * signal is the model's observable for the series' condition. theta are the personal
 * parameters (mechanism.md sec. 5: each lever's whole chain as one product). The
 * residual is one-dimensional, so it is integrated out exactly: Kalman filter for
 * Gaussian links, a grid filter for ordered and count links. Nothing latent is
 * sampled; the sampler sees 10 to 25 numbers.
 *
 * The front door lends threads and progress; nothing here reads a file or a clock. */
#ifndef GUTSKIN_INFER_H
#define GUTSKIN_INFER_H

#include "gutskin/arena.h"
#include "gutskin/kernel.h"
#include "gutskin/obs.h"
#include "gutskin/run.h"

typedef struct gs_band { double q05, q25, q50, q75, q95; } gs_band;

typedef struct gs_fit_opts {
    size_t n_chain, n_warmup, n_draw; /* draws per chain */
    uint64_t seed;
    double target_accept;
    size_t max_depth;
    double max_rhat, min_ess; /* what counts as converged */
} gs_fit_opts;
#define GS_FIT_OPTS                                                               \
    ((gs_fit_opts){.n_chain = 4, .n_warmup = 400, .n_draw = 500, .seed = 1,       \
                   .target_accept = 0.85, .max_depth = 8, .max_rhat = 1.01,       \
                   .min_ess = 400})

typedef enum gs_dim_role {
    GS_DIM_LEVER, /* scales a lever's chain */
    GS_DIM_RISK,  /* another personal parameter of the model */
    GS_DIM_LEVEL, GS_DIM_RESIDUAL, GS_DIM_NOISE, GS_DIM_CUT
} gs_dim_role;

/* One sampled number. par is its index in the kernel (-1 for nuisance), series the
 * series it belongs to (-1 for model parameters). */
typedef struct gs_dim {
    char name[80];
    gs_dim_role role;
    long par, series;
    double prior_mean, prior_sd, mean, sd; /* natural scale */
    gs_band prior, post;
    double rhat, ess_bulk, ess_tail;
} gs_dim;

typedef struct gs_fit {
    uint64_t kernel_hash, obs_hash, seed;
    size_t n_dim, n_chain, n_draw;
    gs_dim *dim;        /* [n_dim] */
    double *draw;       /* [n_chain x n_draw x n_dim] natural scale          */
    double *prior_draw; /* [n_chain x n_draw x n_dim] independent prior draws */
    size_t n_divergent, n_depth; /* after warm-up */
    double seconds_per_gradient;  /* 0 unless the caller lent a clock */
    bool ok;            /* diagnostics passed                               */
    char why_not[240];  /* sentence when not ok                             */
} gs_fit;

/* Fit. Free dimensions: the condition's risk parameters, the gain of every lever the
 * diary says and varies, and each series' nuisance; other personal gains keep their
 * prior and are drawn from it. Everything in the arena. Fails GS_EUSE (nothing to
 * fit: says what is missing), GS_ENUM (no chain could start), GS_ECANCEL.
 * A fit that ran but did not converge is GS_OK with ok == false. */
gs_status gs_infer_fit(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                       const gs_fit_opts *o, const gs_pool *pool,
                       const gs_progress *progress, gs_fit **out, gs_err *err);

/* Full parameter vectors [n_want x n_par] and starting states are derived from draws
 * (posterior) or prior draws; parameters outside the fit are drawn from their priors,
 * the same number for the same (seed, index) in both. */
gs_status gs_infer_par(const gs_kernel *k, const gs_obs *obs, const gs_fit *f,
                       bool prior, size_t n_want, double *out_par, double *out_x0,
                       gs_err *err);

/* Levers as the fit saw them: [n_day x n_lever], missing days filled by the person's
 * habit; out_habit [n_lever]. docs/notes/missing.md */
gs_status gs_infer_levers(const gs_kernel *k, const gs_obs *obs, double *out_lever,
                          double *out_habit, gs_err *err);

/* What the fit says day by day and what comes next. Levers go on at habit unless
 * future [n_ahead x n_lever] is given. */
typedef struct gs_forecast {
    size_t n_series, n_day, n_ahead;
    gs_band *fit;   /* [n_series x n_day]   smoothed expected score               */
    gs_band *ahead; /* [n_series x n_ahead] posterior predictive, score units     */
    double *prob;   /* [n_series x n_ahead x 16] ordered scales: category chances */
    double *draw;   /* [n_series x n_ahead x n_draw] predictive draws             */
    size_t n_draw;
} gs_forecast;
gs_status gs_infer_forecast(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                            const gs_fit *f, size_t n_ahead, const double *future,
                            const gs_pool *pool, gs_forecast **out, gs_err *err);

/* Expected score of series i when its latent is shifted by `shift` (advice turns an
 * effect on the signal into score points with it), averaged over the residual. */
double gs_infer_score_at(const gs_obs *obs, const gs_fit *f, size_t i_draw,
                         size_t i_series, double shift);

/* Diagnostics as in [vehtari2021]: x is [n_chain x n_draw]. */
double gs_infer_rhat(size_t n_chain, size_t n_draw, const double *x);
double gs_infer_ess_bulk(size_t n_chain, size_t n_draw, const double *x);
double gs_infer_ess_tail(size_t n_chain, size_t n_draw, const double *x);

#endif
