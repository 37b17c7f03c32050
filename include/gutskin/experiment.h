/* Experiments on oneself: which question is worth asking, the smallest design that can
 * answer it, what to do today, and what came of it.
 *
 *     gs_question q;                                  // what is asked of whom
 *     GS_TRY(gs_experiment_ask(a, k, obs, "sugar", "acne", &q, err));
 *     GS_TRY(gs_experiment_believe(a, k, obs, fit, &q, n, n_day, &pool, p, &b, err));
 *     GS_TRY(gs_experiment_design(a, obs, fit, &q, b, &o, &pool, p, &design, err));
 *     GS_TRY(gs_experiment_promise(a, obs, fit, &q, b, &design, &o, &pool, p, &promise, err));
 *
 * B is the change, A is going on as usual. Days count from the first day of the trial.
 * docs/notes/experiment.md has the reasons. */
#ifndef GUTSKIN_EXPERIMENT_H
#define GUTSKIN_EXPERIMENT_H

#include "gutskin/arena.h"
#include "gutskin/diary.h"
#include "gutskin/evidence.h"
#include "gutskin/infer.h"
#include "gutskin/kernel.h"
#include "gutskin/nof1.h"
#include "gutskin/obs.h"
#include "gutskin/run.h"
#include "gutskin/seal.h"

/* ---- the question ---------------------------------------------------------------- */

/* One change of one person's habits, and one score it is judged by. */
typedef struct gs_question {
    const char *lever, *title; /* "sugar", "Free sugar"                              */
    const char *control, *treatment; /* "as usual ...", "40 g less free sugar a day" */
    const char *caution;       /* "" or a sentence that must stand beside it         */
    const char *unit;          /* of the lever                                       */
    size_t i_lever;            /* of the kernel                                      */
    double usual, change;      /* the person's habit; B minus A, mean over days      */
    const double *days_usual, *days_then; /* [n_replay] the days that stand for "as usual",
                                             and the same changed                    */
    size_t n_replay;
    size_t i_series;           /* the score, in obs->series                          */
    const char *outcome, *scale, *condition;
    int worse;                 /* of the scale: +1 higher is worse                   */
    double notice;             /* smallest change of the score that people notice    */
    const char *slowest;       /* slowest state on the lever's path                  */
    double tau;                /* its time constant [d]                              */
    double weeks;              /* when the change shows                              */
    bool food, hideable;       /* is something left out or added to meals; could a
                                  placebo stand for it                               */
} gs_question;

/* Lay out the question. The change is the standard step of the lever as far as the
 * person's habit leaves room (as in advice). outcome NULL = the person's main score.
 * Fails GS_EFOUND (no such lever or score, with the nearest), GS_EUSE in one sentence:
 * a medicine, a context that is nobody's to change, no room left, no score yet. */
gs_status gs_experiment_ask(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                            const char *lever, const char *outcome, gs_question *out,
                            gs_err *err);

/* ---- what is believed ------------------------------------------------------------ */

/* What the change does to this person's score, draw by draw of the fit, through the
 * axis. Score units are those of the scale's link (logarithm, logit). */
typedef struct gs_belief {
    size_t n, n_day;
    const size_t *row;    /* [n] row of the fit each draw is                          */
    const double *usual;  /* [n x n_day] score units: going on as usual               */
    const double *step;   /* [n x n_day] what the change adds, t days after it began  */
    const double *full;   /* [n] score units: the change once it has come out in full:
                             the height of the 1 - exp(-t/lag) nearest to the step      */
    const double *effect; /* [n] the same in points                                   */
    const double *point;  /* [n] points for one score unit, about the person's level  */
    size_t at;            /* day after which it is said to show (the question's weeks) */
    double lag;           /* [d] of the 1 - exp(-t/lag) nearest to the mean response  */
    double support;       /* share of the draws that could be lived                   */
    /* Conditions that switch (eczema), else NULL: `usual` is calm skin, a flare stands
     * `rise` above it [n x n_day] and is entered and left by these daily chances as usual;
     * `flare` [n]: its chance on the diary's last day, `at_flare` [n] on day `at`. What
     * the change does to the chances is in `step`, as what the mean score moves by. */
    const double *rise, *enter, *leave, *flare, *at_flare;
} gs_belief;
/* Expected score of the primary series in draw i of the belief, `extra` score units above
 * where it stands on day `at` as usual: over residual, noise and flares. */
double gs_experiment_score_at(const gs_obs *obs, const gs_fit *f, const gs_question *q,
                              const gs_belief *b, size_t i, double extra);
/* n draws, n_day days ahead; `at` is the question's weeks. Steps superpose: the response
 * to a block is the step less the same step later (tests hold that to the simulator).
 * Cost: n * (diary + 2 n_day) person-days, about 4 us each. Fails GS_EUSE (the fit is not
 * of this diary or model), GS_ENUM (most draws cannot be lived), GS_ECANCEL, GS_ENOMEM. */
gs_status gs_experiment_believe(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                                const gs_fit *f, const gs_question *q, size_t n,
                                size_t n_day, const gs_pool *pool,
                                const gs_progress *progress, gs_belief **out, gs_err *err);

/* Response to doses day by day, by superposition: out [n_day] += of a step response
 * [n_day] to dose [n_day] (1 = as planned for B). */
void gs_experiment_superpose(size_t n_day, const double *step, const double *dose,
                             double *out);

/* ---- the design and what it promises ----------------------------------------------- */

typedef struct gs_trial_opts {
    int weeks;            /* the whole trial, run-in included                      */
    double worth;         /* smallest effect worth having, points; NaN = q->notice   */
    double level;         /* one-sided chance of a false "works"                   */
    int run_in;           /* days lived as usual first; -1 = a week                */
    int period;           /* days a period lasts at least; 0 = from the lever's lag */
    const char *blocks;   /* "auto", "switch", "pairs", "alternate", "coin"        */
    double missing;       /* share of days without a score; NaN = the diary's own  */
    double dropout;       /* chance to stop before the end, at any day             */
    double lapse;         /* share of days of B lived as usual all the same        */
    double drift;         /* sd of a drift over the whole trial, in `worth`s       */
    uint64_t seed;        /* of the simulations; the schedule has its own          */
    size_t n_sim, n_check; /* trials simulated quickly; with the very test         */
    bool power_only;      /* check power alone; the other rates are NaN then       */
} gs_trial_opts;
#define GS_TRIAL_OPTS                                                             \
    ((gs_trial_opts){.weeks = 12, .worth = NAN, .level = 0.05, .run_in = -1,      \
                     .period = 0, .blocks = "auto", .missing = NAN, .dropout = 0.1, \
                     .lapse = 0.1, .drift = 0.5, .seed = 1, .n_sim = 2000,        \
                     .n_check = 300})

/* A share of simulated trials, and its Monte-Carlo standard error. */
typedef struct gs_rate { double p, se; } gs_rate;

/* What a design promises. "Works" is the verdict of the model-free test. */
typedef struct gs_promise {
    gs_rate power;        /* "works" where B helps by exactly `worth`               */
    gs_rate false_alarm;  /* "works" where B does nothing                           */
    gs_rate believed;     /* "works" under what is believed of this person          */
    double worth_chance;  /* chance, as believed, that B helps by `worth` or more    */
    double width;         /* median width of the 1 - 2 level interval, points       */
    double n_schedule, least_p; /* orders that could be drawn; smallest p possible  */
    double reach;         /* share of draws that can improve by `worth` at all: less
                             than 1 for somebody near the good end of the scale     */
} gs_promise;

/* The shortest trial of this question: two phases and a week of run-in. */
int gs_experiment_least_weeks(const gs_question *q, const gs_trial_opts *o);
/* The design of that length with the most power among those of the wanted kind; each
 * phase lasts at least two time constants of the slowest state on the lever's path.
 * Fails GS_ERANGE when the weeks do not hold two phases, naming the weeks that would do. */
gs_status gs_experiment_design(gs_arena *a, const gs_obs *obs, const gs_fit *f,
                               const gs_question *q, const gs_belief *b,
                               const gs_trial_opts *o, const gs_pool *pool,
                               const gs_progress *progress, gs_nof1_design *out, gs_err *err);
/* Simulate it. With n_check > 0 the rates come from the very test of the analysis on
 * n_check trials each; else from the statistic alone against its distribution where nothing
 * works, which is quick, good for comparing designs, and up to twice too hopeful where
 * phases are few (docs/notes/experiment.md). */
gs_status gs_experiment_promise(gs_arena *a, const gs_obs *obs, const gs_fit *f,
                                const gs_question *q, const gs_belief *b,
                                const gs_nof1_design *d, const gs_trial_opts *o,
                                const gs_pool *pool, const gs_progress *progress,
                                gs_promise *out, gs_err *err);

/* Share of days without a score in the diary, kept within 0.02 and 0.7: what is assumed. */
double gs_experiment_missing(const gs_obs *obs, const gs_question *q);

/* One simulated trial, for studies: whose draw (i mod b->n), in which world. */
typedef enum gs_world { GS_WORLD_NULL, GS_WORLD_WORTH, GS_WORLD_BELIEVED } gs_world;
/* y [days] scores of the days under this schedule, NaN = not scored; out_dose [days]
 * as lived, may be NULL. Returns the plateau of the effect in points. */
double gs_experiment_simulate(const gs_obs *obs, const gs_fit *f, const gs_question *q,
                              const gs_belief *b, const gs_trial_opts *o,
                              const gs_nof1_schedule *s, gs_world world, uint64_t i,
                              double *y, double *out_dose);

/* ---- the plan -------------------------------------------------------------------- */

/* An interim look: stop when the one-sided p of the very test on the days so far is at
 * most `benefit` (works), at least 1 - harm (harms), or at least `futile`. */
typedef struct gs_look {
    int32_t day;   /* after this many days of the trial */
    double benefit, harm, futile;
} gs_look;

/* What looking early costs and saves, simulated; index by gs_world. */
typedef struct gs_stopping {
    gs_rate works[3], harms[3], futile[3]; /* verdicts, at any look or the end       */
    double weeks[3];                       /* mean length                            */
} gs_stopping;

/* Looks for a design: after each phase or pair but the last, at most four. Limits are set
 * by simulation so that all looks together raise no more false alarms than `level`, stop
 * for harm with 10% where nothing happens, and for idleness cost a tenth of the trials
 * that would have found `worth`. */
gs_status gs_experiment_looks(gs_arena *a, const gs_obs *obs, const gs_fit *f,
                              const gs_question *q, const gs_belief *b,
                              const gs_nof1_design *d, const gs_trial_opts *o,
                              const gs_pool *pool, const gs_progress *progress,
                              size_t *out_n, const gs_look **out_look,
                              gs_stopping *out_stopping, gs_err *err);

/* Everything fixed before the first day. Its text is canonical: hashed, dated, kept. */
typedef struct gs_protocol {
    const char *name, *person, *made, *version; /* made: 2026-11-28 */
    const char *lever, *title, *control, *treatment, *unit, *caution, *condition, *slowest;
    double usual, change, tau;
    size_t n_outcome;
    const char *const *outcome; /* the first is the one declared primary */
    const char *scale;
    int worse;
    double worth, level, lag;
    bool prior_only;         /* planned without a fit: beliefs are the prior's        */
    bool blinded;
    gs_nof1_design design;
    const char *schedule;    /* gs_nof1_schedule_text; "" where blinded               */
    const char *commitment;  /* SHA-256 of the key's secret, a newline, the schedule;
                                "" where not blinded                                  */
    size_t n_look;
    const gs_look *look;
    gs_stopping stopping;
    double harm_above;       /* pause when the score is above this ...; NaN = no rule */
    int harm_days;           /* ... on so many scored days in a row                   */
    gs_trial_opts assumed;
    gs_promise promise;
    size_t n_curve;
    const int *curve_weeks;
    const gs_promise *curve;
    const char *analysis;    /* the analysis, in words                                */
    uint64_t kernel_hash;
} gs_protocol;

/* JSON with sorted keys, one text for one plan. read takes any bytes: GS_EPARSE names
 * the field. */
gs_status gs_protocol_text(const gs_protocol *p, gs_buf *out, gs_err *err);
gs_status gs_protocol_read(gs_arena *a, const char *name, const char *text, size_t n,
                       gs_protocol **out, gs_err *err);
/* The sentences that fix the analysis; part of the plan. */
const char *gs_protocol_analysis(gs_arena *a, const gs_protocol *p);
/* A paragraph wrapped at 78 columns, indented. */
void gs_experiment_say(gs_buf *out, size_t indent, const char *text);
/* The plan for a terminal, 80 columns. */
void gs_protocol_say(const gs_protocol *p, const char *hash, gs_buf *out);
/* The schedule of a plan, starting on day0. Fails GS_EUSE while it is blinded. */
gs_status gs_protocol_schedule(gs_arena *a, const gs_protocol *p, int32_t day0,
                           gs_nof1_schedule **out, gs_err *err);

/* ---- following it ---------------------------------------------------------------- */

/* Where a trial stands: its plan's events, read in order. */
typedef struct gs_follow {
    const gs_protocol *plan;
    const gs_nof1_schedule *schedule; /* NULL while blinded                          */
    bool started, paused, stopped;
    int32_t day0;         /* calendar day of its first day                           */
    int32_t n_day;        /* days of the trial, run-in included                      */
    int32_t paused_on;    /* calendar day                                            */
    const char *why;      /* it is paused or was stopped, "" else                    */
    const double *kept;   /* [n_day] how far the day's plan was kept, 0..1; NaN = not said;
                             0 on days of a pause                                    */
    const char *const *reason; /* [n_day] for deviations, NULL where none            */
    size_t n_said, n_change; /* days said; recorded changes of the plan              */
    double harm_above;    /* as it stands now: a change may have moved it            */
    const char *secret;   /* once revealed, "" else                                  */
} gs_follow;

/* n events as gs_diary_plan_events gives them: kinds "start", "day", "pause", "resume",
 * "stop", "change", "reveal"; others are left alone. Fails GS_EPARSE on a body that is
 * not what its kind says, GS_ESTORE on a reveal that does not fit the commitment. */
gs_status gs_follow_read(gs_arena *a, const gs_protocol *p, size_t n, const gs_kept_event *e,
                         gs_follow **out, gs_err *err);
/* Does a harm rule hold on the days up to today that were not looked at before `since`?
 * The reason as a sentence, NULL when none does. Red flags: any since the trial began. */
const char *gs_follow_harm(gs_arena *a, const gs_follow *f, const gs_obs *obs, int32_t since,
                           int32_t today);
/* Key of a blinded plan: its text for the second person, and its check. */
void gs_follow_key(const gs_protocol *p, const char *secret, const char *schedule, gs_buf *out);
/* SHA-256 of secret, newline, schedule: what a blinded plan commits to. */
void gs_follow_commit(const char *secret, const char *schedule, char out[GS_SEAL_SIZE]);
gs_status gs_follow_open(gs_arena *a, const gs_protocol *p, const char *name, const char *key,
                         size_t n, const char **out_secret, const char **out_schedule,
                         gs_err *err);
/* What to do on a calendar day, in a few lines. */
void gs_follow_today(const gs_follow *f, int32_t today, bool scored, gs_buf *out);
/* Adherence, scores and what lies ahead, for `check`. */
void gs_follow_say(const gs_follow *f, const gs_obs *obs, int32_t today, gs_buf *out);
/* Reminders: iCalendar (RFC 5545), a daily one and one for each phase. stamp: UTC, as
 * 20261128T094500Z. Blinded plans name containers, not treatments. */
void gs_follow_calendar(const gs_follow *f, const char *stamp, gs_buf *out);

/* ---- what came of it ------------------------------------------------------------- */

/* The trial's days up to and including calendar day `today` as a series for
 * gs_nof1_analyse. outcome NULL = the primary one. Doses are what the diary says of the
 * lever, as a share of the planned change; else what was logged as kept; else not said.
 * Fails GS_EUSE (not started; still blinded), GS_EFOUND (no score on any day of it). */
gs_status gs_experiment_series(gs_arena *a, const gs_follow *f, const gs_obs *obs,
                               const char *outcome, int32_t today, gs_nof1_series **out,
                               gs_err *err);

/* The third analysis: the axis with this lever's own lags and carry-over and the person's
 * residual, fitted to eight weeks before the trial and the trial. Effects in points, B
 * minus A, at the question's weeks; before = with the gain's prior. */
typedef struct gs_axis_says {
    bool known;            /* false: `why` says why not                             */
    char why[240];
    gs_band before, after;
    double better_before, better; /* chance that B is better                        */
    double worth_before, worth;   /* chance that it is better by the plan's worth   */
    double taught;         /* 1 - posterior sd / prior sd of the lever's gain        */
} gs_axis_says;
/* received: levers as lived; else as planned. Never fails for what the data cannot
 * carry; GS_ENOMEM and GS_ECANCEL only. Cost: one small fit, seconds. */
gs_status gs_experiment_axis(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                             const gs_follow *f, const gs_nof1_series *s, bool received,
                             const gs_pool *pool, const gs_progress *progress,
                             gs_axis_says *out, gs_err *err);

/* ---- which question ---------------------------------------------------------------- */

typedef enum gs_worthwhile {
    GS_ASK_TEST,     /* worth testing                                             */
    GS_ASK_TRY,      /* believed to help enough: an experiment would change little  */
    GS_ASK_NOT,      /* not worth testing                                         */
    GS_ASK_LONG,     /* could be worth it, but takes longer than a year            */
    GS_ASK_CANNOT    /* cannot be asked: why says why                              */
} gs_worthwhile;

/* One lever as a question. Values are in points of the main score, each day from then on. */
typedef struct gs_suggestion {
    const char *lever, *title, *treatment, *caution;
    gs_worthwhile says;
    const char *why;          /* sentence                                           */
    int weeks;                /* of the experiment that was simulated; 0 = none      */
    gs_nof1_design design;
    gs_band effect;           /* as believed, points, B minus A                     */
    double worth_chance;      /* that it helps by `worth` or more                   */
    gs_rate power;            /* to see exactly `worth`                             */
    double answer, answer_se; /* expected gain of deciding after the experiment over
                                 deciding now; a change is taken up when it is expected
                                 to help by more than `worth`                       */
    double perfect;           /* the same for an experiment that could not err      */
    const char *burden;       /* "12 weeks, 2 switches, 38 days of B"               */
    int support;              /* trials for it less trials that found none          */
    size_t n_evidence;
    const gs_evidence_row *evidence; /* the best row, NULL where none               */
} gs_suggestion;

typedef struct gs_suggest_opts {
    gs_trial_opts trial;      /* weeks: the length wished for                       */
    size_t n_draw, n_sim;     /* draws; simulated experiments of each lever         */
    int most_weeks;           /* longer is too long                                 */
    bool child, pregnant, professional;
} gs_suggest_opts;
#define GS_SUGGEST_OPTS                                                           \
    ((gs_suggest_opts){.trial = GS_TRIAL_OPTS, .n_draw = 200, .n_sim = 1000,      \
                       .most_weeks = 52})

/* Every lever a person could change, most valuable answer first. The value of an answer
 * is found by simulating the experiment on what is believed of this person: a truth is
 * drawn, the experiment is lived and analysed, and the expected benefit given its
 * estimate (a regression over all simulated experiments) decides; docs/notes/experiment.md.
 * Medicines are not among them; food is not proposed to children and in pregnancy
 * without a professional. Fails as gs_experiment_believe. */
gs_status gs_experiment_suggest(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                                const gs_fit *f, const char *outcome, const gs_evidence *ev,
                                const gs_suggest_opts *o, const gs_pool *pool,
                                const gs_progress *progress, size_t *out_n,
                                const gs_suggestion **out, gs_err *err);

#endif
