/* Virtual trials: what a study of this design would see, if people were as the model
 * says. docs/trial.md is the manual, docs/notes/trial.md says what is assumed.
 *
 *     gs_trial t = GS_TRIAL;  t.n_arm = 2;  t.arm = arms;  ...   // or gs_trial_parse
 *     gs_trial_pool *p;
 *     GS_TRY(gs_trial_live(&t, k, 0, NULL, NULL, pool, NULL, &p, err)); // costly
 *     GS_TRY(gs_trial_observe(&t, p, NULL, pool, cell, err));           // cheap
 *     GS_TRY(gs_trial_power(&t, p, NULL, &o, pool, NULL, curve, err));  // cheap
 *     gs_trial_pool_free(p);
 *
 * Three steps. *Live*: every person of a pool lives through every arm (through every
 * order of the arms in a crossover); all that is kept is the model's signal on the days
 * of the visits. *Observe*: the pool is scored: own level, entry through the severity
 * window, wandering, drift, placebo response, rater, dropout. *Power*: many trials of
 * the planned size are drawn from the pool and analysed as such trials are.
 *
 * Common random numbers: a person has the same parameters, adherence, wandering and
 * rater noise in every arm, so that a contrast of arms is free of them; and, with
 * same_people, in every draw. Everything follows from the seed alone.
 *
 * Words. A *draw* is one belief about the population: how each parameter is spread over
 * people, and the terms of the outcome. Between draws lies what is not known of people,
 * within a draw how people differ. */
#ifndef GUTSKIN_TRIAL_H
#define GUTSKIN_TRIAL_H

#include "gutskin/arena.h"
#include "gutskin/kernel.h"
#include "gutskin/obs.h"
#include "gutskin/population.h"
#include "gutskin/run.h"
#include "gutskin/status.h"
#include <math.h>

/* ---- the design ---- */

typedef enum gs_trial_how {
    GS_TRIAL_PARALLEL,
    GS_TRIAL_CROSSOVER, /* two arms; people take both, in either order            */
    GS_TRIAL_CLUSTER    /* groups of people (schools, practices) are randomised   */
} gs_trial_how;

typedef enum gs_trial_move { GS_TRIAL_SET, GS_TRIAL_ADD, GS_TRIAL_TIMES } gs_trial_move;

/* One change of a lever, counted from the person's own habit. Days from 1, of the arm's
 * period; from and to 0 = the whole period. On the first `hold` of every `every` days
 * (0 = all). Later statements are stronger. */
typedef struct gs_trial_change {
    size_t lever;
    gs_trial_move move;
    double value;
    long from, to, every, hold;
} gs_trial_change;

typedef struct gs_trial_arm {
    const char *name;
    size_t n_change;
    const gs_trial_change *change;
    double adherence, adherence_sd; /* share of every change that is done: mean over
                                     * people and sd between them (a beta); 1, 0        */
    double dropout;  /* share of those randomised who are gone by the last visit; 0     */
    double placebo;  /* multiple of the placebo response: 1 blinded, 0 knows of nothing */
    double share;    /* of the people randomised, relative to the other arms; 1         */
} gs_trial_arm;
#define GS_TRIAL_ARM ((gs_trial_arm){.name = "", .adherence = 1, .placebo = 1, .share = 1})

/* How everybody lives before and during the trial, where it differs from the model's
 * habit: mean and sd between people. */
typedef struct gs_trial_habit {
    size_t lever;
    double value, sd;
} gs_trial_habit;

typedef struct gs_trial_par {
    size_t par;
    gs_dist dist; /* over people; NONE = dist.a for everybody */
} gs_trial_par;

typedef struct gs_trial_put {
    size_t state;
    double value;
} gs_trial_put;

/* A trouble that comes by chance (a cold, a bad week) and moves a lever for some days;
 * at the same times in every arm. */
typedef struct gs_trial_trouble {
    size_t lever;
    double value;     /* the lever on these days                  */
    double per_year;  /* mean number of beginnings a year         */
    long days;        /* how long each lasts                      */
    double spread;    /* gsd of (value - habit) between times; 1  */
    long from, to;    /* days of the trial on which one may begin; 0 = always */
} gs_trial_trouble;

typedef enum gs_trial_kind {
    GS_TRIAL_SCORE, /* a severity on a scale, with a level of its own               */
    GS_TRIAL_VALUE, /* the observable itself, in its own unit (crp, igf1 ...)       */
    GS_TRIAL_ONSET  /* the first day on which a state is above `above`: incidence   */
} gs_trial_kind;

/* Terms of the outcome that the model does not know. They live on the scale's latent
 * axis: ln(score + offset) for an index or a count, the logit of the share of the range
 * for a bounded or ordered scale; ln of a VALUE whose noise is log-normal. NaN = not
 * said. Times in days. What holds: the trial's, else the draw's, else the default of
 * gs_trial_terms_default. */
typedef struct gs_trial_terms {
    double level, level_sd;    /* of those from whom entrants come, before the window   */
    double drift, drift_sd;    /* course of everybody: drift (1 - e^(-t/drift_days));   */
    double drift_days;         /* mean and sd between people; minus = better            */
    double placebo, placebo_sd, placebo_days; /* the same, times the arm's `placebo`    */
    double wander, wander_days; /* Ornstein-Uhlenbeck disturbance: sd, time constant    */
    double rater;  /* noise of one scoring: sd (ln, logit); a count: relative sd; an
                    * ordered scale: size of the logistic noise on the logit            */
    double slope;  /* latent units per unit of the model's signal                       */
} gs_trial_terms;
#define GS_TRIAL_TERMS_NONE                                                             \
    ((gs_trial_terms){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN})

typedef enum gs_trial_test {
    GS_TRIAL_ANCOVA,    /* score at the primary visit, adjusted for the first        */
    GS_TRIAL_CHANGE,    /* change from baseline, t                                   */
    GS_TRIAL_RESPONDERS /* two shares, chi-square; a gone person did not respond     */
} gs_trial_test;

typedef struct gs_trial {
    const char *title;
    gs_condition condition;
    gs_trial_how how;
    size_t n_arm; /* arm 0 is what the others are compared with */
    const gs_trial_arm *arm;
    size_t n_visit;    /* of one period; visit[0] = 0 is the baseline, in the morning  */
    const long *visit; /* [n_visit] days, ascending                                    */
    size_t primary;    /* index of the visit that counts                               */
    long washout;      /* [d] between the periods of a crossover                       */
    size_t n_cluster;  /* clusters in all; the arms share them out                     */
    double icc;        /* share of the variance of change that lies between clusters   */

    gs_trial_kind kind;
    const char *outcome;   /* as written, for tables */
    const gs_scale *scale; /* SCORE */
    size_t see;            /* SCORE, VALUE: observable */
    size_t state;          /* ONSET */
    double above;          /* ONSET */
    double fall;           /* responder: score fell by this share of the baseline ... */
    double at_most;        /* ... and/or is at most this; NaN = not asked             */

    /* who */
    double age_lo, age_hi;     /* [years], said in tables only: the model has no age  */
    size_t n_habit, n_par, n_near, n_at, n_trouble;
    const gs_trial_habit *habit;
    const gs_trial_par *par;   /* stronger than the draw's */
    const gs_trial_put *near;  /* settle from here (a flare); a person who has no such
                                * resting state is not of this population              */
    double near_share;         /* share of people who start there, the others as usual */
    const gs_trial_put *at;    /* put there after settling (an infant's gut)           */
    double entry_lo, entry_hi; /* severity window, scale units; NaN = open             */
    double screen;             /* [d] between the score that admits and the baseline   */
    const gs_trial_trouble *trouble;
    gs_trial_terms terms;

    size_t n_random; /* people randomised in the planned trial, all arms */
    gs_trial_test test;
    double alpha;    /* two-sided */

    size_t n_draw, n_person; /* the pool: draws, people in each. gs_trial_live with
                              * draws given ignores n_draw                              */
    double shared;   /* model priors as source: share of each prior's variance that is
                      * ignorance of the whole population (differs between draws); the
                      * rest is how people differ                                       */
    uint64_t seed;
} gs_trial;
extern const gs_trial GS_TRIAL; /* nothing said yet; 32 draws of 32 people */

/* Is the design one that can be run? GS_ERANGE or GS_EUSE with the mend. */
gs_status gs_trial_check(const gs_trial *t, const gs_kernel *k, gs_err *err);

/* Read a design, text[0..n) of the file called name. Fails GS_EPARSE or GS_ERANGE with
 * line, column and the mend; GS_ENOMEM. Bounded: 1 MiB, 12 arms, 60 visits, 3660 days. */
gs_status gs_trial_parse(gs_arena *a, const gs_kernel *k, const char *name,
                         const char *text, size_t n, gs_trial **out, gs_err *err);

/* Defaults of the terms for this outcome, docs/notes/trial.md. */
gs_trial_terms gs_trial_terms_default(const gs_trial *t, const gs_kernel *k);
/* Where a score lies on the outcome's latent axis (SCORE). */
double gs_trial_latent(const gs_trial *t, double score);

/* ---- the people ---- */

/* One belief about the population. */
typedef struct gs_trial_draw {
    const gs_dist *par; /* [n_par] spread over people; kind NONE = a for everybody.
                         * Values are held inside the parameter's range                */
    gs_trial_terms terms;
    const double *beyond; /* [n_arm] latent effect of each arm that the model does not
                           * carry, as it stands at 12 weeks; it comes at a pace of 28
                           * days. ONSET: log odds of an onset by the last visit. NULL =
                           * none                                                       */
} gs_trial_draw;

/* How people differ in drift: median 0, sd 1, exponential towards better, normal towards
 * worse (src/trial/law.c says why). The value at a standard normal z; the share of people
 * below x; ln of the mean of exp(sd x), which lifts a mean ratio above the median's. */
double gs_trial_law(double z);
double gs_trial_law_below(double x);
double gs_trial_law_lift(double sd);

/* Draws from the priors of the model: each prior's variance is split (gs_trial.shared).
 * A risk and a noise are people's alone: not split. out [n], in the arena. */
gs_status gs_trial_draw_priors(gs_arena *a, const gs_kernel *k, double shared, size_t n,
                               uint64_t seed, gs_trial_draw *out, gs_err *err);

/* Draws from a calibrated population: middles of gains and contested links, the course of
 * placebo arms, what trials saw of a lever beyond the model. Parameters it does not speak
 * of are as in gs_trial_draw_priors. out [n], in the arena. */
gs_status gs_trial_draw_population(gs_arena *a, const gs_trial *t, const gs_kernel *k,
                                   const gs_population *p, size_t n, gs_trial_draw *out,
                                   gs_err *err);

/* Settled starts, kept from call to call: the next trial on the same people at the same
 * habits does not settle them again. One call at a time. */
typedef struct gs_trial_starts gs_trial_starts;
gs_trial_starts *gs_trial_starts_new(const gs_kernel *k); /* NULL: out of memory */
void gs_trial_starts_free(gs_trial_starts *s);

typedef struct gs_trial_live_opts {
    bool same_people;        /* person i has the same deviates in every draw           */
    gs_trial_starts *starts; /* may be NULL                                            */
    bool one_arm;            /* parallel only: person i lives arm i % n_arm alone; the
                              * contrast loses its pairing, the time is 1/n_arm        */
} gs_trial_live_opts;

typedef struct gs_trial_pool gs_trial_pool;

/* Live through the trial. draw [n_draw], n_draw = 0: from the model's priors.
 * Cost    settling 0.3 ms and about 3 us a day for each person and arm whose levers
 *         change, one thread (docs/trial.md has the measured figures)
 * Fails   GS_EUSE, GS_ERANGE as gs_trial_check; GS_ENUM when more than a tenth of the
 *         people drawn cannot be lived (or have no such start); GS_ECANCEL; GS_ENOMEM */
gs_status gs_trial_live(const gs_trial *t, const gs_kernel *k, size_t n_draw,
                        const gs_trial_draw *draw, const gs_trial_live_opts *o,
                        const gs_pool *pool, const gs_progress *progress,
                        gs_trial_pool **out, gs_err *err);
void gs_trial_pool_free(gs_trial_pool *p);

/* What happened on the way. */
typedef struct gs_trial_pool_info {
    size_t n_draw, n_person; /* people in each draw                                 */
    size_t n_lived;          /* person-arms integrated                              */
    size_t n_settled;        /* persons settled (not found among the kept)          */
    size_t n_refused;        /* drawn again: no such start                          */
    size_t n_failed;         /* drawn again: the integrator gave up                 */
} gs_trial_pool_info;
gs_trial_pool_info gs_trial_pool_about(const gs_trial_pool *p);
/* Signal of a person minus that of the same person at baseline (SCORE, VALUE), in the
 * order given below; NaN for arms not lived. ONSET: day of onset, 0 = none. */
double gs_trial_pool_signal(const gs_trial_pool *p, size_t draw, size_t person,
                            size_t arm, size_t visit);

/* ---- what is seen ---- */

/* One arm at one visit in one draw, over the pool; in a crossover the arm is the
 * treatment and visits count in its period, both orders together. `gone` people are
 * left out of all but `in` and `responder`. */
typedef struct gs_trial_cell {
    double in;               /* share of those randomised who are still there         */
    double mean, sd;         /* score                                                 */
    double change, change_sd; /* from baseline, of those still there                  */
    double percent, percent_sd; /* 100 change/baseline, mean of people (baseline 0 left out) */
    double signal;           /* latent change by the arm's levers alone: model x slope */
    double responder;        /* share; gone = no response. ONSET: incidence by then   */
    double q[5];             /* scores of people: 5, 25, 50, 75, 95%                  */
} gs_trial_cell;

/* Score the pool. terms [n_draw] overrule those of the draws (NULL = as lived).
 * cell [n_draw x n_arm x n_visit], visit fastest. Cost about 3 us a person and arm.
 * Fails GS_ERANGE when hardly anybody fits the severity window; GS_ENOMEM. */
gs_status gs_trial_observe(const gs_trial *t, const gs_trial_pool *p,
                           const gs_trial_terms *terms, const gs_pool *pool,
                           gs_trial_cell *cell, gs_err *err);

/* Arm against arm 0 at a visit: means over draws, and 90% intervals between draws of
 * what holds for the population (not of one trial). */
typedef struct gs_trial_band {
    double mean, lo, hi;
    double mc; /* Monte-Carlo standard error of the mean, from the size of the pool */
} gs_trial_band;

typedef struct gs_trial_contrast {
    gs_trial_band diff;    /* difference of mean change, scale units (ONSET: of incidence) */
    gs_trial_band percent; /* the same in percentage points of baseline                */
    gs_trial_band effect;  /* by the levers alone, latent units                        */
    gs_trial_band rd, rr;  /* responders (ONSET: incidence): difference, ratio         */
    double nnt;            /* 1/|rd.mean|; infinite when rd is 0                       */
    double nnt_lo, nnt_hi; /* 90%: of 1/rd over draws; when they differ in sign the
                            * interval passes through infinity (no benefit)            */
} gs_trial_contrast;
/* out [(n_arm - 1) x n_visit]. Fails GS_ENOMEM. */
gs_status gs_trial_contrasts(const gs_trial *t, const gs_trial_pool *p,
                             const gs_trial_cell *cell, gs_trial_contrast *out,
                             gs_err *err);

/* ---- trials of a size ---- */

/* What one trial of n people would report, arm `arm` against arm 0 at the primary visit. */
typedef struct gs_trial_report {
    double est, se, p; /* by the trial's own test: adjusted difference (scale units), or
                        * difference of shares                                          */
    double change[2];  /* mean change, control and arm; shares for RESPONDERS and ONSET */
} gs_trial_report;

/* n_rep trials of t->n_random people; trial r takes its people from draw r % n_draw.
 * out [n_rep x (n_arm - 1)]. */
gs_status gs_trial_replicate(const gs_trial *t, const gs_trial_pool *p,
                             const gs_trial_terms *terms, size_t n_rep,
                             const gs_pool *pool, const gs_progress *progress,
                             gs_trial_report *out, gs_err *err);

/* Power of arm 1 against arm 0: chance of p < alpha in favour of arm 1 (a lower score,
 * more responders, fewer onsets), at n_size sizes (people randomised in all, ascending).
 * The trials are nested: a bigger one holds the people of the smaller. */
typedef struct gs_trial_power_point {
    size_t n;
    double power, mc;     /* and its Monte-Carlo standard error                         */
    double wrong;         /* chance of p < alpha against arm 1                          */
    double lo, hi;        /* 90% between draws, each draw's own power                   */
    double est_lo, est_hi; /* 90% of the estimates of such trials                       */
} gs_trial_power_point;
gs_status gs_trial_power(const gs_trial *t, const gs_trial_pool *p,
                         const gs_trial_terms *terms, size_t n_rep, size_t n_size,
                         const size_t *size, const gs_pool *pool,
                         const gs_progress *progress, gs_trial_power_point *out,
                         gs_err *err);
/* Smallest n with this power, by interpolation of the curve in ln n on the normal
 * scale, with the span its Monte-Carlo error leaves; NaN beyond the curve. */
void gs_trial_size_for(size_t n_point, const gs_trial_power_point *point, double power,
                       double *n, double *n_lo, double *n_hi);

/* ---- all of it ---- */

/* One arm at one visit, over all draws. */
typedef struct gs_trial_curve {
    gs_trial_cell all;       /* means over draws                                   */
    double mean_lo, mean_hi; /* 90% between draws, of the arm's mean               */
    double change_lo,
        change_hi; /* ... of its mean change                             */
    double responder_lo, responder_hi;
} gs_trial_curve;

typedef struct gs_trial_result {
    gs_trial_pool_info pool;
    gs_trial_terms terms;        /* complete, of the first draw                       */
    bool own_draws;              /* from the model's priors                           */
    const gs_trial_curve *curve; /* [n_arm x n_visit]                                 */
    const gs_trial_contrast
        *contrast; /* [(n_arm - 1) x n_visit]                         */
    size_t n_rep, n_point;
    const gs_trial_power_point
        *point; /* [n_point]; one of them is the planned size      */
    size_t i_planned;
    double size80, size80_lo, size80_hi, size90, size90_lo, size90_hi;
} gs_trial_result;

typedef struct gs_trial_run_opts {
    gs_trial_live_opts live;
    size_t n_rep;  /* trials drawn for the power curve; 0 = 500 to 2000             */
    size_t n_size; /* sizes wanted; 0 = ten around the plan and 80% power           */
    const size_t *size;
    const gs_trial_terms
        *terms; /* [n_draw], may be NULL                                 */
} gs_trial_run_opts;

/* Live, observe, contrast, power. The result is the arena's. draw and n_draw as for
 * gs_trial_live, failures of all four. */
gs_status gs_trial_run(gs_arena *a, const gs_trial *t, const gs_kernel *k,
                       size_t n_draw, const gs_trial_draw *draw,
                       const gs_trial_run_opts *o, const gs_pool *pool,
                       const gs_progress *progress, gs_trial_result **out, gs_err *err);

#endif
