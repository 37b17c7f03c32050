/* Plans: what the model would have to do to rerun a published result.
 *
 * A row of the evidence table becomes lever changes, weeks, an observable and a scale by
 * two tables of data, data/evidence/levers.csv and outcomes.csv (data/evidence/README.md
 * describes their columns): no row has code of its own, so a row nobody has seen yet is
 * planned by the same rules. What the model cannot express says why.
 *
 *     gs_plan p;
 *     gs_plan_make(gs_plan_rules_shipped(), row, &p);
 *     if (p.contrast) ... else puts(p.why); */
#ifndef GUTSKIN_PLAN_H
#define GUTSKIN_PLAN_H

#include "gutskin/evidence.h"

typedef struct gs_plan_rules gs_plan_rules;

/* Read the two tables. Levers and observables are only names here: gs_calib checks them
 * against a kernel. Fails GS_EPARSE, GS_ERANGE with file, line and column; GS_ENOMEM. */
gs_status gs_plan_rules_read(gs_arena *a, const char *levers_name, const char *levers,
                             size_t n_levers, const char *outcomes_name,
                             const char *outcomes, size_t n_outcomes,
                             gs_plan_rules **out, gs_err *err);
/* Those compiled in; constant, shared by all threads. NULL when memory ran out. */
const gs_plan_rules *gs_plan_rules_shipped(void);

typedef enum gs_plan_how {
    GS_PLAN_RATIO, /* the outcome is multiplied by exp(effect)                        */
    GS_PLAN_SHARE, /* share of people whose severity fell below `threshold` x baseline */
    GS_PLAN_ODDS   /* share who fall ill: odds multiplied by exp(slope x effect)      */
} gs_plan_how;

enum { GS_PLAN_MOVES = 3 };

/* One change of a lever in the treated arm, from the habit of the model. */
typedef struct gs_plan_move {
    char lever[24];
    char op; /* '+' added, '*' times the habit */
    double amount;
    double days;  /* from the start; 0 = to the end                              */
    double habit; /* of the people of such trials; NaN = the model's             */
} gs_plan_move;

typedef struct gs_plan {
    const gs_evidence_row *row;
    bool contrast; /* the treated arm can be lived                                    */
    bool control;  /* the control arm is a course the population file speaks of       */
    bool outside;  /* of a lever the axis has not: foretold as levers nobody has tried
                    * are, by the spread of those that were; `dose` says so           */
    bool blind;    /* no number was reported: foretold, with nothing to set beside    */
    char why[300]; /* why not contrast, one sentence; "" when it can                  */
    const char *mend; /* what would mend that; "" when `why` says it                  */
    size_t n_move;
    gs_plan_move move[GS_PLAN_MOVES];
    char dose[120];   /* how the dose was read, in words                              */
    char group[24];   /* levers that share one term beyond the axis                   */
    char family[24];  /* outcomes that share one course and one such term            */
    char see[64];     /* observable, state, or two joined by +; "drive" for onset     */
    gs_plan_how how;
    double threshold; /* GS_PLAN_SHARE                                                */
    double weeks;     /* of the outcome                                               */
    double base;      /* severity or marker at the start                              */
    double base_gsd;  /* how unsure that is; 1 = the row says it                      */
    double cv;        /* sd of the outcome between people over its mean               */
    bool weeks_assumed, base_assumed, dose_assumed;
} gs_plan;

/* Never fails: what is not understood is said in `why`. */
void gs_plan_make(const gs_plan_rules *rules, const gs_evidence_row *r, gs_plan *out);

/* The i-th lever word and observable of the rules, NULL past the end: for checks. */
const char *gs_plan_rules_lever(const gs_plan_rules *rules, size_t i);
const char *gs_plan_rules_see(const gs_plan_rules *rules, size_t i);

/* A table in another shape: columns named as in published collections (id, condition,
 * lever, intervention, dose, comparator, ..., effect_type, effect_treat, effect_control,
 * effect, ci_low, ci_high, p_value, ..., verified) or as in our own table; fields parted
 * by commas, semicolons or tabs. Unknown columns are passed over. Numbers that are words
 * become "not reported"; what is read otherwise than it stands is said in `reading`; a row
 * that cannot be understood has its `fault`. Rows never calibrate.
 * gs_evidence_is_foreign looks at the header only. Fails GS_EPARSE: not such a table. */
bool gs_evidence_is_foreign(const char *text, size_t n);
gs_status gs_evidence_read_foreign(gs_arena *a, const char *name, const char *text,
                                   size_t n, gs_evidence **out, gs_err *err);
/* Either kind, row by row: a row that is not as our own table wants it is read as one of
 * another's and says what was wrong. For checks of the model, not of tables. */
gs_status gs_evidence_read_any(gs_arena *a, const char *name, const char *text, size_t n,
                               gs_evidence **out, gs_err *err);

#endif
