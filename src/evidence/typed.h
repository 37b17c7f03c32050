/* Numbers as people type them in tables: a guard that takes what is surely a number and
 * leaves everything else "not reported". */
#ifndef GS_EVIDENCE_TYPED_H
#define GS_EVIDENCE_TYPED_H

#include <stdbool.h>

/* Small letters, one blank for each gap, '_' as a blank, a plain minus for the long ones,
 * "percent" for %. At most n bytes with the NUL. */
void typed_plain(char *out, unsigned long n, const char *text);

/* "-3.2", "<0.001", "p = 0.03", "45%", "5 points", "1,234", "-3,2" (a comma before other
 * than three digits is a decimal one). NaN for words, lists and ranges. */
double typed_number(const char *text);

/* "-3.2 (95% CI -6.0 to -0.4)", "0.7 [0.5, 1.0]": false when it is not of this form. */
bool typed_interval(const char *text, double *x, double *lo, double *hi);

/* Weeks of "12", "12 weeks", "3 months", "90 d", "1 year"; NaN for ranges and words. */
double typed_weeks(const char *text);

#endif
