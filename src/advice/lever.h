/* What is asked about each lever, after how long, and in which words. */
#ifndef GS_ADVICE_LEVER_H
#define GS_ADVICE_LEVER_H

#include "gutskin/arena.h"
#include "gutskin/evidence.h"
#include "gutskin/kernel.h"

typedef enum lever_kind { FOOD, HABIT, CARE, TRIGGER, CONTEXT, MEDICINE } lever_kind;

typedef struct lever_ask {
    const char *name, *title;
    lever_kind kind;
    double step, lo, hi;
    const char *text;
    double factor;
    const char *unit, *also, *caution;
} lever_ask;

/* Known levers in the order of lever.def; NULL past the end. */
const lever_ask *lever_at(size_t i);
const lever_ask *lever_find(const char *name); /* NULL when not listed */

/* Weeks after which the lever shows on the condition, and the shortest useful block of
 * an experiment; both from data/lever_lags.csv. False when that lever is not expected
 * to matter to the condition: then *weeks and *block are 4. */
bool lever_lag(const char *lever, const char *condition, double *weeks, double *block);

/* The slowest state on the lever's main path to the condition, and its time constant [d];
 * from the same table. False, and 10 d of nothing, when the table has no such line. */
bool lever_slowest(const char *lever, const char *condition, char *out_state, size_t n,
                   double *out_tau);

/* The personal parameter that scales this lever's chain; -1 when the model has none. */
long lever_gain(const gs_kernel *k, const char *lever);

/* Rows of the table about a lever and condition, best first, at most LEVER_MAX_ROWS:
 * randomised before observed, skin before markers, seen before recalled. */
enum { LEVER_MAX_ROWS = 6 };
size_t lever_rows(const gs_evidence *ev, const char *lever, const char *condition,
                  const gs_evidence_row *out[LEVER_MAX_ROWS]);

/* Do trials speak for it? Randomised results on the skin itself, neither recalled nor
 * faulty, under this lever's own name. Each trial, or pool of trials, has one voice: +1
 * when more of its results are better than not, -1 when fewer. The sum of the voices. */
int lever_support(const gs_evidence *ev, const char *lever, const char *condition);

#endif
