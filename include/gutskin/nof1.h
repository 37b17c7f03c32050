/* N-of-1: one person's experiment. What could have been drawn (design, schedule), what
 * was seen (series), what it says (result), and many people's trials together (pool).
 *
 *     gs_nof1_design d = GS_NOF1_DESIGN;             // 6 pairs of weeks, order by lot
 *     d.kind = GS_NOF1_BLOCKS, d.n_period = 12, d.period_days = 7;
 *     GS_TRY(gs_nof1_draw(a, &d, seed, &schedule, err));
 *     ...
 *     gs_nof1_opts o = GS_NOF1_OPTS;
 *     GS_TRY(gs_nof1_analyse(a, &series, &schedule, &o, &pool, &result, err));
 *     puts(result->headline);
 *
 * Treatment codes: 0 = the control (A), 1 = the treatment asked about (B). Time is in
 * days from the first day of the trial; a day is the unit that is analysed, however
 * many photos, raters or notes it has. docs/notes/nof1.md has the reasons. */
#ifndef GUTSKIN_NOF1_H
#define GUTSKIN_NOF1_H

#include "gutskin/arena.h"
#include "gutskin/date.h"
#include "gutskin/infer.h"
#include "gutskin/run.h"
#include "gutskin/text.h"
#include <math.h>

/* ---- design and schedule --------------------------------------------------------- */

/* How the order was, or is to be, decided. */
typedef enum gs_nof1_kind {
    GS_NOF1_BLOCKS,    /* in every block of `block` periods, half (or `treated`) get B;
                          block = 2: pairs; block = n_period: one balanced block        */
    GS_NOF1_ALTERNATE, /* A B A B ... or B A B A ...: one toss                          */
    GS_NOF1_COIN,      /* every period by its own toss                                  */
    GS_NOF1_SWITCH,    /* periods are days; `n_phase` phases A B A ..., the days of the
                          switches drawn, every phase at least min_run days             */
    GS_NOF1_FIXED      /* nothing was drawn                                             */
} gs_nof1_kind;

typedef struct gs_nof1_design {
    gs_nof1_kind kind;
    size_t n_period;
    int32_t period_days; /* length of every period [d], washout within it           */
    int32_t washout;     /* first days of every period left out of the analysis [d];
                            where the treatment did not change, too                 */
    int32_t run_in;      /* days before the first period, without B [d]             */
    size_t block;        /* BLOCKS: periods a block; divides n_period               */
    size_t treated;      /* BLOCKS: periods with B a block; 0 = half                */
    size_t max_run;      /* longest run of periods of one treatment; 0 = no limit   */
    size_t min_run;      /* shortest run; 0 or 1 = no limit. SWITCH: days a phase   */
    size_t n_phase;      /* SWITCH only                                             */
    int first;           /* first treatment: 0, 1, or -1 = by lot                   */
} gs_nof1_design;
#define GS_NOF1_DESIGN                                                            \
    ((gs_nof1_design){.kind = GS_NOF1_BLOCKS, .n_period = 12, .period_days = 7,   \
                      .washout = 0, .run_in = 0, .block = 2, .treated = 0,        \
                      .max_run = 0, .min_run = 0, .n_phase = 0, .first = -1})

enum {
    GS_NOF1_PERIODS = 1000, /* most periods of a design   */
    GS_NOF1_DAYS = 4000     /* most days of a trial       */
};

/* Periods may be of unequal length in a schedule that was read, not drawn. */
typedef struct gs_nof1_period {
    int32_t from, n_day; /* days since the start of the trial; run-in ends where the
                            first period begins                                      */
    int32_t block;       /* 0-based                                                  */
    int32_t washout;     /* its first days left out                                  */
    int8_t code;         /* 0 or 1                                                   */
} gs_nof1_period;

typedef struct gs_nof1_schedule {
    gs_nof1_design design;
    int32_t day0;   /* calendar day of day 0; GS_DAY_NONE = not known */
    uint64_t seed;  /* what it was drawn with; 0 = not drawn by us    */
    size_t n_period;
    gs_nof1_period *period;
    bool assumed;   /* the design was inferred from the order that was seen */
} gs_nof1_schedule;

/* One sentence about a design: "6 pairs of 7-day periods, the order in each by lot". */
void gs_nof1_say_design(const gs_nof1_design *d, gs_buf *out);
/* Does the design make sense? Fails GS_ERANGE naming the field and the mend; also when
 * no order satisfies the restrictions. */
gs_status gs_nof1_check_design(const gs_nof1_design *d, gs_err *err);
/* How many orders the design could have drawn; exact up to 2^53, then rounded; 0 when
 * the restrictions contradict each other. */
double gs_nof1_count(const gs_nof1_design *d);
/* One order, uniformly among all that the design allows: code [n_period]. Draws follow
 * the stream (seed, i_draw, "schedule"). A chooser is made once per design. */
typedef struct gs_nof1_chooser gs_nof1_chooser;
gs_status gs_nof1_chooser_new(gs_arena *a, const gs_nof1_design *d, gs_nof1_chooser **out,
                              gs_err *err);
void gs_nof1_choose(const gs_nof1_chooser *c, uint64_t seed, uint64_t i_draw, int8_t *code);
/* The i-th of all orders, i < gs_nof1_count, in lexicographic order. */
void gs_nof1_choose_nth(const gs_nof1_chooser *c, uint64_t i, int8_t *code);
/* Draw the schedule of a trial that starts on day0: the stream (seed, 0, "schedule"). */
gs_status gs_nof1_draw(gs_arena *a, const gs_nof1_design *d, uint64_t seed, int32_t day0,
                       gs_nof1_schedule **out, gs_err *err);
/* A schedule with the given codes [n_period]. Fails GS_ERANGE when the design could not
 * have drawn them. */
gs_status gs_nof1_schedule_of(gs_arena *a, const gs_nof1_design *d, const int8_t *code,
                              int32_t day0, gs_nof1_schedule **out, gs_err *err);
/* Days of the trial, run-in included. */
int32_t gs_nof1_days(const gs_nof1_schedule *s);
/* Treatment planned on a day: 0 or 1; -1 = before or after the trial's periods.
 * *washout says whether the day is left out. washout may be NULL. */
int gs_nof1_day(const gs_nof1_schedule *s, int32_t day, bool *washout);

/* Canonical text, one line a fact, LF, no spaces at line ends; the same bytes for the
 * same schedule on any machine, so that its hash can be published beforehand:
 *     gutskin schedule 1
 *     kind blocks ... (every field of the design) ... day0 2026-11-28  seed 7
 *     period 0 7 0 0 B      (from, days, block, washout, treatment)
 * read gives back an equal schedule or fails GS_EPARSE with the line. */
void gs_nof1_schedule_text(const gs_nof1_schedule *s, gs_buf *out);
gs_status gs_nof1_schedule_read(gs_arena *a, const char *name, const char *text, size_t n,
                                gs_nof1_schedule **out, gs_err *err);

/* ---- series ---------------------------------------------------------------------- */

/* What kind of number the outcome is. */
typedef enum gs_nof1_scale {
    GS_NOF1_CONTINUOUS, /* any number                                               */
    GS_NOF1_SCORE,      /* whole steps of `step` between lo and hi: 0..10, 0..4      */
    GS_NOF1_COUNT       /* 0, 1, 2, ... lesions                                      */
} gs_nof1_scale;

/* One row as it was seen. */
typedef struct gs_nof1_obs {
    double time;    /* [d] since the start of the trial, fraction = time of day */
    double value;   /* NaN = missing                                            */
    int32_t rater;  /* 0-based; 0 where there are none                          */
    long line;      /* of the file, 0 where none                                */
} gs_nof1_obs;

typedef struct gs_nof1_series {
    const char *person, *outcome; /* "" where not said                              */
    const char *name_a, *name_b;  /* what A and B are; NULL = "A", "B"               */
    bool blinded;                 /* the person did not know which was which         */
    gs_nof1_scale scale;
    double lo, hi, step;     /* of a SCORE; NaN where not known                     */
    int better;              /* -1: lower is better (default), +1: higher           */
    int32_t day0;            /* calendar day of day 0, GS_DAY_NONE                  */
    size_t n_day;            /* days 0 .. n_day-1                                   */
    const double *planned;   /* [n_day] treatment planned: 0, 1; NaN = none/unknown */
    const double *received;  /* [n_day] dose received, 1 = as planned for B, may be a
                                fraction; NaN = not said; NULL = as planned          */
    size_t n_obs;
    const gs_nof1_obs *obs;  /* by time */
    size_t n_rater;
    const char *const *rater;
} gs_nof1_series;

/* ---- analysis -------------------------------------------------------------------- */

typedef struct gs_nof1_opts {
    uint64_t seed;
    double worth;     /* smallest effect worth having, in points, > 0; NaN = half of the
                         usual swing from day to day, and the result says so         */
    double level;     /* chance of a false "works": 0.05; intervals cover 1 - 2 level */
    size_t n_random;  /* schedules drawn when there are too many to list; 0 = without
                         the model-free analysis                                     */
    size_t n_exact;   /* list them all up to this many                               */
    size_t n_draw;    /* draws kept of the model-based posterior, all chains; 0 =
                         without the model-based analysis. With one analysis alone
                         the verdict is that one's                                   */
    double lag;       /* onset and carry-over [d], fixed in advance: the model-free
                         statistic expects 1 - exp(-t/lag); 0 = at once              */
    double lag_prior; /* median of the model-based prior of the lag [d]; factor 3 per sd */
    double prior_sd;  /* of the effect, in units of the usual swing: normal(0, this) */
} gs_nof1_opts;
#define GS_NOF1_OPTS                                                              \
    ((gs_nof1_opts){.seed = 1, .worth = NAN, .level = 0.05, .n_random = 4999,     \
                    .n_exact = 20000, .n_draw = 4000, .lag = 0, .lag_prior = 0.5, \
                    .prior_sd = 2})

typedef enum gs_nof1_says {
    GS_NOF1_WORKS,   /* works for you                                   */
    GS_NOF1_NOT,     /* does not: harms, or less than is worth having   */
    GS_NOF1_UNKNOWN  /* cannot say                                      */
} gs_nof1_says;

/* An effect: B minus A, in the outcome's own points; sign as the outcome. */
typedef struct gs_nof1_effect {
    double est, lo, hi;   /* interval of 1 - 2 level; +-inf = not bounded by the data */
    double p_better;      /* MODEL-FREE one-sided p of "B is no better";
                             MODEL: chance that B is worse or the same                */
    double p_two;         /* model-free two-sided p; model: NaN                       */
    double p_error;       /* Monte Carlo standard error of p_better; 0 = exact        */
    double worth_chance;  /* MODEL: chance that the benefit is >= worth; model-free NaN */
    double least_p;       /* model-free: smallest p this design could give            */
    double n_schedule;    /* model-free: schedules that could have been drawn         */
    bool exact;           /* model-free: all of them listed                           */
    gs_nof1_says says;
    bool known;           /* false: not computed, `why` says why                      */
    char why[300];
} gs_nof1_effect;

/* One analysed unit: a day (or a day's part under one treatment). */
typedef struct gs_nof1_unit {
    double time;      /* [d] */
    int32_t day;
    int8_t code;      /* planned */
    double received;  /* dose    */
    double value;     /* mean of the raters and moments, raters' offsets removed; NaN */
    double weight;    /* how reliable this mean is, 1 = typical                       */
    size_t n_obs;
    bool used;        /* false: run-in, washout, or outside the periods               */
} gs_nof1_unit;

/* A prior beside what became of it. */
typedef struct gs_nof1_dim {
    char name[48], unit[16];
    gs_band prior, post;
    double rhat, ess;
} gs_nof1_dim;

typedef struct gs_nof1_result {
    const gs_nof1_series *series;
    const gs_nof1_schedule *schedule;
    double worth;         /* in points, as used */
    bool worth_given;
    double level, lag;    /* as asked; lag: onset the model-free statistic expects [d]  */
    double swing;         /* usual swing from day to day, the sd of what is left     */
    size_t n_unit;
    const gs_nof1_unit *unit;
    size_t n_a, n_b, n_missing, n_left_out; /* days */
    double mean_a, mean_b;
    double adherence;     /* share of days whose dose was as planned; NaN = not said */
    gs_nof1_effect free_itt, free_taken;   /* taken: per full dose; known only where
                                              doses differ from the plan             */
    gs_nof1_effect model_itt, model_taken;
    size_t n_dim;
    const gs_nof1_dim *dim;                /* effect, lag, residual, drift ...       */
    const gs_band *fit;   /* [n_unit] the model's latent level, treatment included   */
    const double *draw;   /* [n_draw] posterior draws of the model's effect          */
    size_t n_draw;
    double rhat, ess;     /* worst; the model's verdict is UNKNOWN when rhat > 1.05  */
    double drift;         /* change of the level over the trial without treatment    */
    gs_band drift_band;
    gs_nof1_says says;    /* both analyses taken together                            */
    const char *headline; /* one or two plain sentences                              */
    const char *why;      /* why this verdict                                        */
    size_t n_note;
    const char *const *note; /* assumptions, drift, regression to the mean,
                                expectation, adherence, missing days                 */
    /* standardised statistics of the re-drawn schedules, for pooling */
    const double *reference;
    size_t n_reference;
    double statistic;
} gs_nof1_result;

/* Analyse. schedule may be NULL: then planned treatment is read as phases and a design
 * is inferred (gs_nof1_infer), which the notes say. Both analyses always; one that the
 * data cannot carry is not `known` and says why.
 * Fails GS_ERANGE in one sentence where no analysis is possible: no outcome, a treatment
 * that never varies, fewer than two phases, fewer than 3 days a treatment, a value
 * outside its scale, a schedule that is not the series'; GS_ENOMEM; GS_ECANCEL.
 * Same input, same result, on any number of threads. Cost: well under a second for 12
 * weeks. */
gs_status gs_nof1_analyse(gs_arena *a, const gs_nof1_series *s,
                          const gs_nof1_schedule *schedule, const gs_nof1_opts *o,
                          const gs_pool *pool, const gs_nof1_result **out, gs_err *err);

/* The schedule that `planned` shows, with the design it most plausibly came from. */
gs_status gs_nof1_infer(gs_arena *a, const gs_nof1_series *s, gs_nof1_schedule **out,
                        gs_err *err);

/* As gs_nof1_infer, but with what the user says: design "pairs", "blocks 4", "balanced"
 * (one block), "coin", "alternate", "fixed" or NULL (inferred); the length of a period [d],
 * 0 = read off the series; washout [d]. Fails GS_ERANGE where the order that was used
 * could not have come from the design, GS_EPARSE for an unknown word. */
gs_status gs_nof1_stated(gs_arena *a, const gs_nof1_series *s, const char *design,
                         int32_t period_days, int32_t washout, gs_nof1_schedule **out,
                         gs_err *err);

/* ---- reading a table ---------------------------------------------------------------- */

/* Column names said by the user; NULL = recognised. docs/nof1.md lists the spellings. */
typedef struct gs_nof1_read_opts {
    const char *time, *treatment, *received, *rater, *person;
    const char *outcome;  /* "itch" or "itch,redness": the first is the primary one */
    const char *control;  /* the treatment that is A                                */
    const char *compare;  /* "placebo,cream": A and B; rows of others are left out  */
    double lo, hi;        /* the outcome's scale; NaN = not said                    */
    bool count;           /* the outcome counts something                           */
    int better;           /* +1, -1; 0 = by the outcome's name, else lower          */
    bool blinded;
    gs_date_form date_form;
} gs_nof1_read_opts;
#define GS_NOF1_READ_OPTS ((gs_nof1_read_opts){.lo = NAN, .hi = NAN})

typedef struct gs_nof1_table {
    size_t n_person, n_outcome;
    gs_nof1_series *series;   /* [n_person x n_outcome]                        */
    size_t n_note;
    const char *const *note;  /* what was assumed: columns, codes, gaps        */
} gs_nof1_table;

/* Read a CSV of one row a rating: time, treatment, one or more outcomes; rater, person and
 * received where there are such. Fails GS_EPARSE or GS_ERANGE with file, line and the mend:
 * no such column, times that cannot be read or go back, two rows of one rater for one
 * moment, both treatments on one day, more than two treatments, a value that is no number
 * or outside its scale, gaps longer than the longest phase. */
gs_status gs_nof1_read(gs_arena *a, const char *name, const char *text, size_t n,
                       const gs_nof1_read_opts *o, gs_nof1_table **out, gs_err *err);

/* ---- many people ------------------------------------------------------------------ */

typedef struct gs_nof1_person {
    const char *name;
    double est, lo, hi;              /* own trial alone               */
    double shrunk, shrunk_lo, shrunk_hi;
    double benefit;                  /* chance that B helps this person at all  */
    double responds;                 /* chance that the benefit is >= worth     */
} gs_nof1_person;

typedef struct gs_nof1_pooled {
    size_t n;
    gs_nof1_person *person;
    double worth;
    double mean, mean_lo, mean_hi;   /* effect in the average person            */
    double mean_better;              /* chance that the average benefit is > 0  */
    double sd, sd_lo, sd_hi;         /* how people differ                       */
    double next_lo, next_hi;         /* where the next person's effect lies     */
    double share;                    /* share of people who benefit >= worth    */
    double share_lo, share_hi;
    double p;                        /* model-free: one-sided p over all trials */
    double p_error;
    const char *headline;
    size_t n_note;
    const char *const *note;
} gs_nof1_pooled;

/* Pool results of the same outcome: effect_i ~ normal(mean, sd), with priors
 * mean ~ normal(0, (2 swing)^2), sd ~ half-normal(swing), swing = the median person's.
 * Fails GS_EUSE with fewer than 2 results or mixed scales. */
gs_status gs_nof1_pool(gs_arena *a, size_t n, const gs_nof1_result *const *r,
                       const gs_nof1_opts *o, gs_nof1_pooled **out, gs_err *err);

/* ---- doses -------------------------------------------------------------------------- */

/* One person's series under a dosed lever, varied or not by design. */
typedef struct gs_nof1_dosed {
    const char *name;
    size_t n;
    const int32_t *day;   /* [n] ascending, 0 .. n_day-1                   */
    const double *value;  /* [n] outcome; logarithms where effects multiply */
    size_t n_day;
    const double *dose;   /* [n_day] in the lever's unit; NaN = own mean   */
} gs_nof1_dosed;

/* How the answer follows the dose: nothing for `delay` days, then 1 - exp(-t/tau). All
 * pairs of the two lists are weighed; each pair has prior weight 1. */
typedef struct gs_nof1_dose_opts {
    size_t n_delay, n_tau;
    const double *delay, *tau; /* [d]; tau 0 = at once                                */
    double before;   /* dose before day 0; NaN = the person's own mean               */
    bool trend;      /* each person drifts along a line of its own                   */
    double level;    /* intervals cover 1 - 2 level                                  */
} gs_nof1_dose_opts;
#define GS_NOF1_DOSE_OPTS \
    ((gs_nof1_dose_opts){.before = NAN, .trend = false, .level = 0.05})

typedef struct gs_nof1_dose_result {
    double mean, mean_lo, mean_hi;   /* steady effect of one unit of dose, average person */
    double sd, sd_lo, sd_hi;         /* how people differ                                 */
    double lag, lag_lo, lag_hi;      /* mean lag [d], delay + tau                         */
    double *kernel;                  /* [n_delay x n_tau] posterior weight of each pair   */
    double log_bayes;                /* ln odds of an effect against none, prior odds 1   */
    double *person, *person_sd;      /* [n] shrunken effect of each, its sd               */
} gs_nof1_dose_result;

/* Hierarchical dose response: value_i = level_i (+ trend_i) + effect_i x(dose_i; delay,
 * tau) + noise, effect_i ~ normal(mean, sd), noise white plus an exponential memory. Delay,
 * tau, the noise and sd on a grid; all else integrated out in closed form. Doses that a
 * person chose are not doses that were drawn: what made them choose is in the effect.
 * Fails GS_EUSE (no people, a grid without pairs), GS_ERANGE (the dose never varies, fewer
 * than 3 values), GS_ENOMEM. Cost O(people x values^2 x pairs). */
gs_status gs_nof1_dose(gs_arena *a, size_t n, const gs_nof1_dosed *p,
                       const gs_nof1_dose_opts *o, gs_nof1_dose_result *out, gs_err *err);

/* Results as JSON: {"trials": [...], "pooled": {...}, "assumed": [...]}; pool may be NULL;
 * note: what reading assumed. Numbers that are infinite or not known are null. */
gs_status gs_nof1_json(size_t n, const gs_nof1_result *const *r, const gs_nof1_pooled *pool,
                       size_t n_note, const char *const *note, gs_buf *out, gs_err *err);

#endif
