/* Measured values in the report: what page and terminal share. */
#ifndef GS_REPORT_VALUES_H
#define GS_REPORT_VALUES_H

#include "gutskin/answer.h"

/* "4.1 mg/L", "0.04"; a share of stool as "0.15%". */
void gs_values_amount(gs_buf *b, const char *name, double x, const char *unit);
/* The same without unit, for ranges: "0.2 to 7" */
void gs_values_range(gs_buf *b, const char *name, double lo, double hi);
/* First day from which on at most `most` values were heard: the newest are shown where there
 * are many. */
int32_t gs_values_since(const gs_answer *x, size_t most);
/* Which values were kept and not heard, and why; nothing when all were heard. */
void gs_values_left(gs_buf *b, const gs_answer *x);

#endif
