/* Saying: numbers, dates and findings in plain words, shared by page and terminal.
 * Everything goes into a buffer as plain UTF-8; the page escapes it afterwards.
 * A number that is not finite is never printed: these say "not known" instead. */
#ifndef GS_REPORT_SAY_H
#define GS_REPORT_SAY_H

#include "gutskin/answer.h"

/* Decimals for a quantity whose interval is `width` wide: the last digit is worth
 * between a twentieth and a two-hundredth of the interval. */
int gs_say_decimals(double width);
/* x with a true minus sign; "−0.0" becomes "0.0". "not known" when not finite. */
void gs_say_number(gs_buf *b, double x, int decimals);
/* Three significant digits, for tables. */
void gs_say_short(gs_buf *b, double x);
/* An amount in a lever's unit: "22 g a day", "0.46". */
void gs_say_amount(gs_buf *b, double x, const char *unit);
/* A chance as a per cent: "71%", "under 1%", "over 99%". All of some thousand draws are no
 * certainty, so it never says 0 or 100. */
void gs_say_chance(gs_buf *b, double p);
/* A share, which may be none or all: "0%", "71%", "100%". */
void gs_say_share(gs_buf *b, double p);
/* "14 February 2026", or "day 45" (from 0, as the axis counts) for diaries without
 * dates; brief: "14 Feb". */
void gs_say_day(gs_buf *b, const gs_answer *x, long day, bool brief);
/* "12 January to 10 July 2026", or "180 days". */
void gs_say_span(gs_buf *b, const gs_answer *x);
/* "points", "lesions"; what the scale counts in. */
const char *gs_say_unit(const gs_answer_series *s);
/* Decimals of a score on this scale: 0 where scores are whole, 1 else. */
int gs_say_score_decimals(const gs_answer_series *s);
/* "eczema score (0 to 10)": what the series is measured on. */
void gs_say_scale(gs_buf *b, const gs_answer_series *s);
/* The word for a change of this sign: better, worse; lower, higher where the scale
 * has no good end. */
const char *gs_say_direction(const gs_answer_series *s, double change);
/* "about 0.3 points better (9 chances in 10: 0.9 better to 0.3 worse)" */
void gs_say_effect(gs_buf *b, const gs_answer_series *s, const gs_band *e, int decimals);
/* Decimals at which the belief before and now can be compared: the finer of the two, but
 * no digit worth less than a thousandth of what the score spans. */
int gs_say_lever_decimals(const gs_answer_series *s, const gs_answer_lever *l);
/* What a score spans: its scale, or for counts and open-ended scores the largest entry. */
double gs_say_extent(const gs_answer_series *s);
/* The effect before the diary or now, and the chance that it helps. */
void gs_say_belief(gs_buf *b, const gs_answer_series *s, const gs_answer_lever *l, bool now);
/* "10 g more fibre a day, after 4 weeks" */
void gs_say_change(gs_buf *b, const gs_answer_lever *l);
/* What the diary did to the belief: "Your diary taught us 34%: ..." */
void gs_say_taught(gs_buf *b, const gs_answer_lever *l);
/* One published result: what was done, to whom, and what came out, with its interval. */
void gs_say_evidence(gs_buf *b, const gs_evidence_row *r);
/* Published trials of this lever held together by the calibrated model; nothing when no
 * trial of it was. */
void gs_say_trials(gs_buf *b, const char *condition, const gs_answer_lever *l);
/* What sort of study it is, and how well the number was checked. */
void gs_say_source(gs_buf *b, const gs_evidence_row *r);
const char *gs_say_grade(gs_grade g);
const char *gs_say_role(gs_dim_role r);
/* End the sentence in b, unless it has ended. */
void gs_say_stop(gs_buf *b);
/* "1 day", "12 days" */
void gs_say_count(gs_buf *b, size_t n, const char *one, const char *many);

bool gs_say_band_known(const gs_band *e);
/* The fit may be shown as an answer. */
bool gs_say_sound(const gs_answer *x);
/* Why the fit may not, in one sentence. */
void gs_say_unsound(gs_buf *b, const gs_answer *x);
/* Longest run of days without a value of this series, and how many runs of more than
 * gs_say_gap days there are. */
size_t gs_say_gaps(const gs_answer *x, const gs_answer_series *s, size_t *out_longest);
/* More days than this between two values is a gap, given how often this person writes:
 * 2.5 times the usual step, at least 3 days. */
double gs_say_gap(const gs_answer_series *s);
/* The series the answer is about; NULL when there is none. */
const gs_answer_series *gs_say_main(const gs_answer *x);
/* Sentences both reports carry word for word. */
extern const char gs_say_limits[], gs_say_not_device[], gs_say_example[];
/* First lever worth trying whose block is known and that is no medicine; NULL. */
const gs_answer_lever *gs_say_next(const gs_answer *x, size_t rank);
/* Replace what a plain ASCII terminal cannot show, in place. */
void gs_say_ascii(gs_buf *b);

#endif
