/* Calibration: the population fitted to published trials, and the model held against
 * them. docs/evidence.md is the manual, docs/notes/calibration.md says what is assumed.
 *
 *     gs_population *pop;                                     // about two minutes
 *     GS_TRY(gs_calib_fit(a, gs_axis(), rules, ev, facts, n, &o, pool, pg, &pop, &r, err));
 *     gs_check *c;                                            // reruns every row
 *     GS_TRY(gs_calib_check(a, gs_axis(), rules, ev, pop, &co, pool, pg, &c, err));
 *
 * A trial's effect has three parts: what the axis carries (the lever changes lived in the
 * model), what trials saw of this lever *beyond* the axis, and how trials differ. Placebo
 * arms move by themselves: the course, fitted to the control arms. And what is significant
 * is printed more readily: a trial is foretold as it would be *printed*, while the effect of
 * a lever is what remains when that is allowed for. */
#ifndef GUTSKIN_CALIB_H
#define GUTSKIN_CALIB_H

#include "gutskin/kernel.h"
#include "gutskin/known.h"
#include "gutskin/plan.h"
#include "gutskin/population.h"
#include "gutskin/run.h"
#include "gutskin/trial.h"

/* A fact derived from a cohort's own data (data/population/cohorts.csv): the change of the
 * ln of something seen after a change of a lever. */
typedef enum gs_fact_use {
    GS_FACT_FIT,
    GS_FACT_BOUND, /* of people who differ in more: the effect is no larger than this */
    GS_FACT_SHOWN  /* not fitted                                                      */
} gs_fact_use;
typedef struct gs_fact {
    const char *id, *source, *lever, *see, *how; /* how: derived in words  */
    double amount;      /* change of the lever, its unit                   */
    double days;        /* after which                                     */
    double effect, se;  /* of the ln; se holds trials' differences too     */
    double n;           /* people                                          */
    gs_fact_use use;
} gs_fact;
/* Fails GS_EPARSE, GS_ERANGE with file, line, column; GS_ENOMEM. */
gs_status gs_fact_read(gs_arena *a, const char *name, const char *text, size_t n_text,
                       size_t *n, gs_fact **out, gs_err *err);
/* Those compiled in; NULL and 0 when memory ran out. */
const gs_fact *gs_fact_shipped(size_t *n);

/* ---- fitting ---- */

/* Foretellings of the shipped population's trials by fits that had not seen them, as
 * `gutskin calibrate --left-out` wrote them (data/population/leftout.csv). */
typedef struct gs_left_out gs_left_out;
const gs_left_out *gs_left_out_shipped(size_t *n);

typedef struct gs_calib_opts {
    uint64_t seed;
    size_t n_chain, n_warmup, n_draw; /* of each chain              */
    size_t n_keep;                    /* draws of the population file */
    bool left_out;                    /* also every trial and every lever left out in turn */
    const char *without;              /* leave out one trial or lever word: "", none       */
} gs_calib_opts;
#define GS_CALIB_OPTS                                                             \
    ((gs_calib_opts){.seed = 1, .n_chain = 4, .n_warmup = 500, .n_draw = 500,     \
                     .n_keep = 300, .left_out = false, .without = ""})

/* A contrast foretold by a fit that had not seen its trial (or its lever). */
struct gs_left_out {
    const char *id;          /* row                              */
    bool lever;              /* the whole lever was left out      */
    double published, mean, sd, q05, q25, q75, q95; /* unit of the row */
    double z;                /* (published - mean)/sd on the scale errors are normal on */
    bool in50, in90;
};

typedef struct gs_calib_report {
    size_t n_contrast, n_control, n_trial, n_fact, n_number;
    double rhat, ess;     /* worst R-hat, smallest effective sample size   */
    size_t n_divergent;
    double emulator_error; /* worst held-out rms error of an emulator, ln  */
    const char *emulator_worst;
    size_t n_left_out;
    gs_left_out *left_out;
    bool ok;
    char why_not[200];
} gs_calib_report;

/* Fit to the rows that calibrate. Everything in the arena; same seed, same population on
 * any number of threads. Fails GS_EUSE (no row to fit), GS_ENUM, GS_ECANCEL, GS_ENOMEM.
 * A fit that ran but did not converge is GS_OK with report->ok == false. */
gs_status gs_calib_fit(gs_arena *a, const gs_kernel *k, const gs_plan_rules *rules,
                       const gs_evidence *ev, const gs_fact *fact, size_t n_fact,
                       const gs_calib_opts *o, const gs_pool *pool,
                       const gs_progress *progress, gs_population **out,
                       gs_calib_report *report, gs_err *err);

/* ---- using it ---- */

/* The kernel with the calibrated population as the prior of its personal gains: what one
 * person's fit starts from. mean = that of the draws; variance = that of the draws and how
 * people differ (half of the model's own prior variance). Everything else is k's; the
 * hash differs. In the arena, valid while k is. k itself when pop has no draws. */
gs_status gs_calib_kernel(gs_arena *a, const gs_kernel *k, const gs_population *pop,
                          const gs_kernel **out, gs_err *err);

/* ---- the check ---- */

/* One number, published and foretold for a trial of the same size. */
typedef struct gs_check_value {
    bool has;
    double published, se; /* se: on the scale errors are normal on */
    double lo, hi;        /* 95%, from se                           */
    double mean, sd, q05, q25, q50, q75, q95;
    double z;             /* (published - mean)/sd, normal scale     */
    bool in50, in90;
    double width;         /* 90% interval over the published 95% one, normal scale */
} gs_check_value;

typedef struct gs_check_row {
    gs_plan plan;
    bool lived;         /* the axis was run                                   */
    char why[300];      /* why no contrast, "" when there is one              */
    gs_check_value control, treat, contrast;
    double axis;        /* ln effect carried by the axis, mean over draws     */
    double effect, effect_lo, effect_hi; /* ln effect in all, 90% of the mean */
    double helps;       /* chance that it lies below nought                   */
    double none;        /* contrast where nothing has an effect               */
    /* the contrast in half-widths of its published 95% interval, 0 = no difference:
     * published, then foretold q05 q25 mean q75 q95; all rows fit one picture */
    double at, at05, at25, at50, at75, at95;
    double z_none, z_drift; /* treated arm: no change at all; the control's course alone */
    bool null;          /* published without a difference                     */
    bool null_foretold; /* 90% interval of the contrast holds no difference   */
} gs_check_row;

typedef struct gs_check_score {
    size_t n, n_in50, n_in90, n_narrow; /* narrow: width <= 2           */
    size_t n_in90_narrow;
    double median_z;      /* median |z|                                  */
    double rmse, rmse_none, rmse_drift; /* standardised by the published error */
} gs_check_score;

typedef struct gs_check {
    size_t n;
    gs_check_row *row;
    size_t n_contrast, n_control, n_not; /* rows with each; rows with none    */
    size_t n_blind; /* contrasts foretold with no number published beside them */
    gs_check_score calibrating, others, control_arms, treated_arms;
    gs_check_score outside; /* of levers the axis has not */
    /* published without a difference; graded memory (nobody could look it up again) apart */
    size_t n_null, n_null_foretold, n_null_memory, n_null_memory_foretold;
    size_t n_draw, n_person;
} gs_check;

typedef struct gs_check_opts {
    uint64_t seed;
    size_t n_draw, n_person; /* lives: draws of the population, people in each */
} gs_check_opts;
#define GS_CHECK_OPTS ((gs_check_opts){.seed = 1, .n_draw = 300, .n_person = 2})

/* Rerun the rows that wanted(row) says (NULL = all). Fails GS_EUSE (a population without
 * draws), GS_ECANCEL, GS_ENOMEM; a row whose lives fail says so in `why`. */
gs_status gs_calib_check(gs_arena *a, const gs_kernel *k, const gs_plan_rules *rules,
                         size_t n_row, const gs_evidence_row *const *row,
                         const gs_population *pop, const gs_check_opts *o,
                         const gs_pool *pool, const gs_progress *progress, gs_check **out,
                         gs_err *err);

/* What the calibrated model says of a lever's usual, hopeful change in a condition: the
 * mean effect on people, without the drift both groups share. */
typedef struct gs_effect {
    gs_plan plan;
    bool known;            /* false: `why` says why not                        */
    bool tried;            /* trials of this lever and outcome calibrate       */
    bool by_hand;          /* no gain of this lever is fitted: its strength was set by hand
                            * and the model has no answer of its own           */
    double effect, lo, hi; /* ln of the ratio of severities (onset: of risks), 90% */
    double axis;           /* what of it the axis carries (onset: of the log odds) */
    double helps;          /* chance that it lies below nought                 */
    char why[300];
} gs_effect;
gs_status gs_calib_effects(gs_arena *a, const gs_kernel *k, const gs_plan_rules *rules, size_t n,
                           const gs_known_effect *ask, const gs_population *pop,
                           const gs_check_opts *o, const gs_pool *pool,
                           const gs_progress *progress, gs_effect *out, gs_err *err);

void gs_check_json(const gs_check *c, gs_buf *out);

#endif
