/* The answer: everything a report says, as plain data. Made by advice, stored beside
 * the diary, drawn by report. One struct, one JSON form, nothing recomputed. */
#ifndef GUTSKIN_ANSWER_H
#define GUTSKIN_ANSWER_H

#include "gutskin/arena.h"
#include "gutskin/date.h"
#include "gutskin/evidence.h"
#include "gutskin/infer.h"
#include "gutskin/labs.h"
#include "gutskin/obs.h"
#include "gutskin/text.h"

typedef enum gs_verdict {
    GS_VERDICT_CANNOT, /* never varied or never said: cannot be learned from this diary */
    GS_VERDICT_LITTLE, /* the diary moved the belief by less than 10%                  */
    GS_VERDICT_SOME,   /* 10% to 40%                                                    */
    GS_VERDICT_MUCH    /* more                                                          */
} gs_verdict;

typedef struct gs_answer_series {
    const char *name, *title, *condition, *scale;
    double lo, hi;
    int worse; /* +1: higher is worse */
    size_t n;
    const int32_t *day;
    const double *value;
    const gs_band *fit;   /* [answer.n_day]   */
    const gs_band *ahead; /* [answer.n_ahead] */
} gs_answer_series;

typedef struct gs_answer_lever {
    const char *name, *title, *unit;
    size_t n_said;           /* days on which the diary says it   */
    bool tags_only;
    double habit, sd;        /* of the person's own days          */
    double change;           /* the change asked about, lever units; e.g. +10 g/d */
    const char *change_text; /* "10 g more fibre a day"           */
    double weeks;            /* after how long                    */
    /* effect of that change on the main series, score points; sign as the scale */
    gs_band before, after;
    double better_before, better_after; /* chance that it helps, 0..1; no effect = 0.5 */
    double taught;           /* 1 - posterior sd / prior sd of the gain that scales all
                                the lever does, >= 0                           */
    gs_verdict verdict;
    const char *why;         /* sentence                          */
    const char *block;       /* the block that would teach it, "" if none is sensible */
    bool medicine;           /* shown because it is used; never proposed  */
    bool proposed;           /* among what is worth trying                */
    const char *caution;     /* "" or one sentence that must stand beside it */
    size_t n_evidence;
    const gs_evidence_row *const *evidence; /* best first */
} gs_answer_lever;

typedef struct gs_answer_flag {
    const char *title, *advice; /* red flags: always first */
} gs_answer_flag;

/* A measured value, and what the diary alone lets one expect of it. */
typedef struct gs_answer_value {
    const char *name, *title, *unit;
    int32_t day;
    double value;
    double noise, offset;    /* geometric sds: day and assay; method and people */
    gs_band expected;        /* NaN where it was not heard */
    const char *why_not;     /* "" = heard */
} gs_answer_value;

/* What measured values moved, most moved first. */
typedef struct gs_answer_shift {
    const char *name, *title, *unit;
    bool is_par;
    gs_band before, after;
    double moved, narrowed;  /* gs_labs_item */
} gs_answer_shift;

typedef struct gs_answer {
    const char *person;      /* may be ""                         */
    const char *condition;
    bool example;            /* bundled, simulated diary          */
    int32_t day0;            /* GS_DAY_NONE if unknown            */
    size_t n_day, n_ahead;
    size_t n_series, main_series;
    const gs_answer_series *series;
    size_t n_lever;
    const gs_answer_lever *lever; /* most promising first          */
    size_t n_flag;
    const gs_answer_flag *flag;
    size_t n_value, n_shift;
    const gs_answer_value *value; /* all, those heard first          */
    const gs_answer_shift *shift; /* none when too few draws carry it */
    double value_draws;      /* that carry the comparison            */
    const char *value_note;  /* sentences about the whole, "" without values */
    size_t n_note;
    const char *const *note; /* what is not known, missing data, drift, return to the mean */
    const gs_fit *fit;       /* diagnostics and every dimension, prior beside posterior (draws may be NULL) */
    const char *headline;    /* one or two plain sentences        */
    const char *made;        /* gutskin version                   */
} gs_answer;

typedef struct gs_answer_opts {
    size_t n_ahead;   /* days of forecast */
    size_t n_effect;  /* draws used for each lever's effect; 0 = 200 */
    bool example;
    const gs_labs *labs; /* what measured values moved; NULL = there are none */
} gs_answer_opts;
#define GS_ANSWER_OPTS ((gs_answer_opts){.n_ahead = 14, .n_effect = 200, .example = false})

/* Make the answer from a fit. k is the kernel of the fit. f and ev must live as long as
 * the answer. docs/notes/advice.md says what an effect is, what is asked and proposed.
 * Same fit, same answer, on any number of threads. Fails GS_EUSE (no score of the skin in
 * the fit), GS_ECANCEL, GS_ENOMEM. Cost: seconds; 200 draws x a diary of half a year and
 * seventeen levers take about 2.5 s of one core. */
gs_status gs_advice_answer(gs_arena *a, const gs_kernel *k, const gs_obs *obs,
                           const gs_fit *f, const gs_evidence *ev,
                           const gs_answer_opts *o, const gs_pool *pool,
                           const gs_progress *progress, gs_answer **out, gs_err *err);

/* JSON, complete: from_json(to_json(x)) equals x, number for number (the fit's draws
 * are left out; NaN is null). The names are the fields' names; a band is the array
 * [q05, q25, q50, q75, q95]. to_json fails GS_EUSE on text that is not UTF-8.
 * from_json takes any bytes: GS_EPARSE (form) and GS_ERANGE (lengths that do not agree,
 * unknown words) name the field; nothing is left half made. Text <= 64 MiB. */
gs_status gs_answer_to_json(const gs_answer *x, gs_buf *out, gs_err *err);
gs_status gs_answer_from_json(gs_arena *a, const char *text, size_t n, gs_answer **out,
                              gs_err *err);

#endif
