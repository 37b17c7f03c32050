/* Figures of an N-of-1 page. Internal to report. */
#ifndef GS_REPORT_NOF1_FIG_H
#define GS_REPORT_NOF1_FIG_H

#include "gutskin/nof1.h"

/* The periods as ground, the days as dots, the model's level with its band. */
bool gs_nof1_fig_series(gs_buf *b, const gs_nof1_result *r, const char *id, const char *cls,
                        double width, double height);
/* Every effect with its interval over the lines of no effect and of what is worth having. */
void gs_nof1_fig_effect(gs_buf *b, const gs_nof1_result *r, const char *id, const char *cls,
                        double width);
/* Own and shrunken effects, a row a person, the mean below. */
void gs_nof1_fig_people(gs_buf *b, const gs_nof1_pooled *x, const char *id, const char *cls,
                        double width);
extern const char gs_nof1_fig_css[];

#endif
