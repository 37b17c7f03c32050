/* Inference for one person: what does this diary say about this body?
 *
 * Each outcome series c is read as
 *     latent_c(t) = level_c + slope_c * unit_c * (signal_c(t; theta) - its mean over the
 *                   days scored) + r_c(t)
 *     r_c         Ornstein-Uhlenbeck residual (sd, time constant), stationary
 *     value_c(t)  ordered logit / logit-normal / log-normal / negative binomial
 * signal is the model's observable for the series' condition at the end of the day,
 * slope_c the scale's, negative where lower is worse; unit_c is 1 but for ordered scales,
 * where it is the spread of the cuts. theta are the personal parameters
 * (mechanism.md sec. 5: each lever's whole chain as one product). The residual is
 * one-dimensional, so it is integrated out exactly: Kalman filter for Gaussian links, a
 * grid filter for ordered and count links. Nothing latent is sampled; the sampler sees
 * 10 to 25 numbers. docs/notes/likelihood.md, links.md, sampler.md, missing.md
 *
 *     gs_fit_opts o = GS_FIT_OPTS;
 *     GS_TRY(gs_infer_fit(a, gs_axis_slaved(), obs, &o, &pool, &progress, &fit, err));
 *     if (!fit->ok) puts(fit->why_not);
 *     GS_TRY(gs_infer_forecast(a, gs_axis_slaved(), obs, fit, 14, NULL, &pool, &fc, err));
 *
 * The front door lends threads and progress; nothing here reads a file or a clock. */
#ifndef GUTSKIN_INFER_H
#define GUTSKIN_INFER_H

#include "gutskin/arena.h"
#include "gutskin/kernel.h"
#include "gutskin/obs.h"
#include "gutskin/rng.h"
#include "gutskin/run.h"

typedef struct gs_band { double q05, q25, q50, q75, q95; } gs_band;

typedef struct gs_fit_opts {
    size_t n_chain, n_warmup, n_draw; /* draws per chain */
    uint64_t seed;
    double target_accept;
    size_t max_depth;
    double max_rhat, min_ess; /* what counts as converged */
    size_t n_day;             /* look at the first n_day days only; 0 = all */
    bool exact;               /* plan with the simulator, never with an emulator */
} gs_fit_opts;
#define GS_FIT_OPTS                                                               \
    ((gs_fit_opts){.n_chain = 4, .n_warmup = 200, .n_draw = 700, .seed = 1,       \
                   .target_accept = 0.85, .max_depth = 8, .max_rhat = 1.01,       \
                   .min_ess = 400, .n_day = 0, .exact = false})

typedef enum gs_dim_role {
    GS_DIM_LEVER, /* scales a lever's chain */
    GS_DIM_RISK,  /* another personal parameter of the model */
    GS_DIM_LEVEL, GS_DIM_RESIDUAL, GS_DIM_NOISE, GS_DIM_CUT,
    GS_DIM_SWITCH /* how flares come and go */
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
    size_t n_day; /* days of the table it looked at */
    size_t n_value; /* measured values it heard     */
    size_t n_dim, n_chain, n_draw;
    gs_dim *dim;        /* [n_dim] */
    double *draw;       /* [n_chain x n_draw x n_dim] natural scale          */
    double *prior_draw; /* [n_chain x n_draw x n_dim] independent prior draws */
    size_t n_divergent, n_depth; /* after warm-up */
    size_t n_gradient;  /* likelihoods with gradient, all chains */
    double accepted;    /* of states planned with the emulator; 1 = planned exactly */
    double ebfmi;       /* lowest of the chains; below 0.3 is bad */
    double seconds_per_gradient;  /* 0 unless the caller lent a clock */
    bool ok;            /* diagnostics passed                               */
    char why_not[240];  /* sentence when not ok                             */
} gs_fit;

/* Fit to scores and measured values. Free dimensions: the risk parameters of the conditions scored, the gain of every
 * lever that the diary says on 5 days or more and varies (at most 10, most said first),
 * and each series' nuisance; other personal gains stay at their prior median here and
 * are drawn from the prior by gs_infer_par. Everything in the arena. Same seed, same
 * draws, on any number of threads. Fails GS_EUSE (nothing to fit: says what is
 * missing), GS_ENUM (no chain could start), GS_ECANCEL, GS_ERANGE (gs_obs_check).
 * A fit that ran but did not converge is GS_OK with ok == false. */
gs_status gs_infer_fit(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                       const gs_fit_opts *o, const gs_pool *pool,
                       const gs_progress *progress, gs_fit **out, gs_err *err);

/* Full parameter vectors [n_want x n_par] and, unless out_x0 is NULL, the states at the
 * start of day 0 [n_want x n_state], natural coordinates. Vector i comes from draw
 * i * n / n_want of the fit's n = n_chain * n_draw (posterior or prior); personal
 * parameters outside the fit are drawn from their priors, the same number for the same
 * (seed, index) in both. A vector whose start cannot be lived gets the reference start. */
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
    gs_band *fit;   /* [n_series x n_day]   smoothed expected score; series in the
                       order of the table, NaN where one is not part of the fit */
    gs_band *ahead; /* [n_series x n_ahead] posterior predictive, score units     */
    double *prob;   /* [n_series x n_ahead x 16] ordered scales: category chances */
    double *draw;   /* [n_series x n_ahead x n_draw] predictive draws             */
    size_t n_draw;
} gs_forecast;
gs_status gs_infer_forecast(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                            const gs_fit *f, size_t n_ahead, const double *future,
                            const gs_pool *pool, gs_forecast **out, gs_err *err);

/* ---- Predicting without fitting again (prequential scores) ----
 * A fit looked at the days before f->n_day. Predict a later score of series `series` on
 * `day`, knowing every score of the table up to and including day `known`: the residual
 * is carried on by the filters, parameters stay as drawn. With reweight, draws are
 * weighted by how well they foretold the scores from f->n_day to `known`. */
typedef struct gs_ask {
    size_t series;      /* in obs->series */
    int32_t known, day; /* known < day    */
} gs_ask;
typedef struct gs_next {
    double mean, sd; /* of ln(value + offset) (POSITIVE), logit (BOUNDED), else of the value */
    gs_band band;    /* of the value, rounding and noise included  */
    double expected; /* value                                      */
    double prob[16]; /* ordered scales: category chances           */
    double log_score; /* ln p of the score the table has on `day` (density of the link's
                         scale for numbers); NaN when it has none */
    double n_effective; /* draws that carry the weight              */
} gs_next;
/* lever [obs->n_day x n_lever] replaces the table's levers when not NULL (what was
 * planned instead of what came). At most 400 draws are used. Fails GS_EUSE, GS_ENOMEM. */
gs_status gs_infer_next(const gs_kernel *k, const gs_obs *obs,
                        const gs_fit *f, bool reweight, const double *lever, size_t n_ask,
                        const gs_ask *ask, const gs_pool *pool, gs_next *out, gs_err *err);

/* Expected score of series i_series when it stands `shift` score units (signal units times
 * the scale's slope) above the person's level in draw i_draw, averaged over the residual
 * and the noise. Differences of it turn an effect on the signal into score
 * points. NaN when the series is not part of the fit. */
double gs_infer_score_at(const gs_obs *obs, const gs_fit *f, size_t i_draw,
                         size_t i_series, double shift);

/* ---- Living on, for conditions that switch ----
 * A series whose condition flares (eczema) has no one path: from where the diary ended,
 * calm skin and a flare each go on under the levers planned, and the levers move the
 * chance of being in either. gs_infer_lives lays a fit out for that; *out is NULL when
 * the series does not switch. Read only, shared by threads; memory of the arena. */
typedef struct gs_lives gs_lives;
gs_status gs_infer_lives(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                         const gs_fit *f, size_t i_series, gs_lives **out, gs_err *err);
typedef struct gs_life_plan {
    const double *par;   /* [n_par]                 */
    size_t n_day;        /* days after the diary, 1 or more */
    const double *lever; /* [n_day x n_lever]       */
} gs_life_plan;
/* Draw i_draw lives the diary by par [n_par], its regime filtered from the scores, then
 * each plan: expected score at the end of it, over regimes, residual and noise. NaN
 * where the model cannot live it. Any thread. Fails GS_ENOMEM. */
gs_status gs_infer_live_on(const gs_lives *l, size_t i_draw, const double *par,
                           size_t n_plan, const gs_life_plan *plan, double *out_score,
                           gs_err *err);

/* The same day by day, for simulating what comes: where the score would stand on each day
 * of a plan while the skin is calm and while it flares (score units, as gs_infer_score_at
 * takes them), and the chance to enter and to leave a flare that day; [n_day] each.
 * *out_flare: the chance of a flare on the diary's last day; NaN where the model cannot
 * live it. Any thread. Fails GS_ENOMEM. */
typedef struct gs_life_path {
    double *calm, *flare, *enter, *leave;
} gs_life_path;
gs_status gs_infer_live_path(const gs_lives *l, size_t i_draw, const double *par,
                             size_t n_plan, const gs_life_plan *plan,
                             const gs_life_path *out, double *out_flare, gs_err *err);

/* A fit that has learned nothing: n draws of the prior in the form of a fit, for planning
 * before there is a diary worth fitting. Levels alone are taken from the scores (3 at
 * least), because a prior as wide as the scale would plan for people who sit at its end.
 * Fails as gs_infer_fit. Cost: milliseconds. */
gs_status gs_infer_believe(gs_arena *a, const gs_kernel *k, const gs_obs *obs, size_t n,
                           uint64_t seed, gs_fit **out, gs_err *err);

/* Scores that draw i_draw of the fit might give on n_day days in a row: the person's
 * level, moved by shift [n_day] (score units, NULL = not at all), the residual from its
 * stationary distribution, noise and rounding. out [n_day]. False when the series is not
 * part of the fit. The same stream gives the same scores but for the shift. */
bool gs_infer_draw_scores(const gs_obs *obs, const gs_fit *f, size_t i_draw,
                          size_t i_series, size_t n_day, const double *shift, gs_rng *r,
                          double *out);

/* ---- Measured values ----
 * A value v of channel c on day t is read as  ln v = ln y_c(t) + m_c + e,  y the model's
 * observable, e ~ N(0, ln noise) of the day and the assay, and m_c one offset for all values
 * of that channel, N(0, ln offset), integrated out exactly: methods, laboratories and people
 * differ for reasons that the draws do not hold. One value therefore says little;
 * repeated values say how the channel moved. They are part of every fit's likelihood;
 * docs/notes/labs.md */
typedef struct gs_value {
    const gs_channel *channel;
    size_t see;            /* observable of the kernel                             */
    int32_t day;
    double value;
    double noise, offset;  /* geometric sds: day and assay; method, laboratory, people */
    const char *why_not;   /* NULL = heard; else why not, in a few words           */
} gs_value;

/* The table's measured values on days < n_day: those heard first, by channel, then day.
 * out [obs->n_lab]. */
gs_status gs_infer_values(gs_arena *a, const gs_kernel *k, const gs_obs *obs, size_t n_day,
                          size_t *out_n, size_t *out_n_heard, gs_value **out, gs_err *err);
/* ln L of n values (heard, sorted as above) where the observables stand at exp(ln_y [n]),
 * constants dropped; its derivatives into d [n] unless NULL. */
double gs_infer_values_loglik(size_t n, const gs_value *v, const double *ln_y, double *d);
/* The same for draws of a fit, exactly as the fit heard them: out [n_want], vector i from
 * the draw that gs_infer_par takes; -HUGE_VAL where it cannot be lived. 0 throughout when
 * the fit heard none. */
gs_status gs_infer_values_of(const gs_kernel *k, const gs_obs *obs, const gs_fit *f,
                             size_t n_want, const gs_pool *pool, double *out, gs_err *err);

/* Diagnostics as in [vehtari2021]: x is [n_chain x n_draw]. */
double gs_infer_rhat(size_t n_chain, size_t n_draw, const double *x);
double gs_infer_ess_bulk(size_t n_chain, size_t n_draw, const double *x);
double gs_infer_ess_tail(size_t n_chain, size_t n_draw, const double *x);

#endif
