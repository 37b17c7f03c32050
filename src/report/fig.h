/* Figures of the page: a series through time, a lever's belief. Internal to report. */
#ifndef GS_REPORT_FIG_H
#define GS_REPORT_FIG_H

#include "gutskin/answer.h"

typedef struct gs_fig {
    const char *id, *cls; /* id unique in the page */
    double width, height; /* px */
    long from, to;        /* days shown, from..to; to may lie beyond the diary */
    bool fit, ahead;      /* draw the fit, the forecast */
} gs_fig;

/* Entries as dots (joined only across no gap), the fit with its bands, the forecast as
 * a column a day, the line "today". False when out of memory. */
bool gs_fig_series(gs_buf *b, const gs_answer *x, const gs_answer_series *s,
                   const gs_fig *o);

/* The axis all levers share: lo < 0 < hi. */
typedef struct gs_fig_axis {
    double lo, hi;
} gs_fig_axis;
/* An axis that shows all bands of these levers; a lever that dwarfs the others is cut
 * at four times the middle one. {0, 0} when no band is known. */
gs_fig_axis gs_fig_reach(const gs_answer *x, bool after);
/* Does a band of this lever run past the edge? */
bool gs_fig_cut(const gs_answer_lever *l, gs_fig_axis axis, bool after);
/* The belief about one lever: bars over a zero line. Stretches to any width: it holds
 * no text. */
void gs_fig_belief(gs_buf *b, const gs_answer_lever *l, gs_fig_axis axis, bool after,
                   const char *id, const char *title, const char *desc);

/* Style sheet of the page; constant text. */
extern const char *const gs_fig_css[];

#endif
