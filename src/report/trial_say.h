/* Words about a virtual trial that terminal and page share. Internal to report. */
#ifndef GS_REPORT_TRIAL_SAY_H
#define GS_REPORT_TRIAL_SAY_H

#include "gutskin/trial_report.h"

typedef struct trial_words {
    const gs_trial *t;
    const gs_kernel *k;
    const gs_trial_result *r;
} trial_words;

/* "acne, parallel, 43 people in 2 arms over 12 weeks" */
void trial_say_design(const trial_words *w, gs_buf *b);
/* "inflamed lesions [lesions]": what is measured, on what */
void trial_say_outcome(const trial_words *w, gs_buf *b);
/* unit of a difference: "points", "lesions", the observable's unit, "" for incidence */
const char *trial_unit(const trial_words *w);
/* "falls by 50% or more and is at most 1" */
void trial_say_responder(const trial_words *w, gs_buf *b);
/* Decimals for scores of this outcome. */
int trial_decimals(const trial_words *w);
/* "week 12", "day 10" */
void trial_say_day(long day, char *out, size_t n);
/* "a to b" */
void trial_say_span(gs_buf *b, double lo, double hi, int decimals);
/* One sentence: what the population's difference is, how sure, what share is levers. */
void trial_say_difference(const trial_words *w, size_t arm, gs_buf *b);
/* One sentence about responders (or onsets) and the number needed to treat; "" if none */
void trial_say_response(const trial_words *w, size_t arm, gs_buf *b);
/* What one trial of the planned size would report, and how often it would find it. */
void trial_say_planned(const trial_words *w, gs_buf *b);
/* How many people 80% and 90% power take. */
void trial_say_sizes(const trial_words *w, gs_buf *b);
/* Sentences of what is assumed, i-th; false beyond the last. */
bool trial_say_assumed(const trial_words *w, size_t i, gs_buf *b);

const gs_trial_curve *trial_curve(const trial_words *w, size_t arm, size_t visit);
const gs_trial_contrast *trial_contrast(const trial_words *w, size_t arm, size_t visit);
bool trial_has_responders(const trial_words *w);

#endif
