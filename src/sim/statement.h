/* What statements of a scenario and of a trial design have in common: units, days, names
 * of the model, where a flare is looked for. Lexical pieces: base/words.h. */
#ifndef GS_SIM_STATEMENT_H
#define GS_SIM_STATEMENT_H

#include "base/words.h"
#include "gutskin/kernel.h"
#include "gutskin/obs.h"

enum { GS_STATEMENT_DAYS = 36600 };

/* Days from 1; 0 = not said. On the first `hold` of every `every` days. */
typedef struct gs_statement_days {
    long from, to, every, hold;
} gs_statement_days;

/* from day A, to day B, every N days, for M days, up to the end of the line: in any order,
 * each once. "week A" begins with its first day and ends with its last. */
gs_status gs_statement_when(gs_words *w, gs_statement_days *out);
/* "12 weeks", "84 days", "84": days, lo to hi. */
gs_status gs_statement_span(gs_words *w, const char *what, long lo, long hi, long *out);
/* The unit after a number, if there is one: the lever's own, "/d" may be left out. */
gs_status gs_statement_unit(gs_words *w, const char *own);

/* Names of the model. "here" looks, the others take or complain with the nearest. */
bool gs_statement_lever_here(const gs_words *w, const gs_kernel *k);
gs_status gs_statement_state(gs_words *w, const gs_kernel *k, size_t *out);
gs_status gs_statement_see(gs_words *w, const gs_kernel *k, size_t *out);
gs_status gs_statement_condition(gs_words *w, gs_condition *out);
/* Names out of an array of *_info, each of which begins with its name; NULL: no memory. */
const char **gs_statement_names(gs_arena *a, size_t n, const void *first,
                                size_t stride);

/* Where a condition's flare is looked for: i-th state and value, false beyond the last. */
bool gs_statement_flare(const gs_kernel *k, gs_condition c, size_t i, size_t *out_state,
                        double *out_value);

#endif
