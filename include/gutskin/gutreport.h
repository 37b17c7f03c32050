/* Gut report: one stool sample in words, as JSON, as a page; and the pictures cohorts and
 * series need. Nothing is computed here. */
#ifndef GUTSKIN_GUTREPORT_H
#define GUTSKIN_GUTREPORT_H

#include "gutskin/eco.h"
#include "gutskin/stool.h"
#include "gutskin/text.h"

/* Plain text for a terminal. n_genus largest genera are listed. Fails GS_ENOMEM. */
gs_status gs_gutreport_text(const gs_stool *x, size_t n_genus, gs_buf *out, gs_err *err);
/* One JSON object; unknown numbers are null. */
gs_status gs_gutreport_json(const gs_stool *x, gs_buf *out, gs_err *err);
/* One self-contained page: figures inline, no script, nothing loaded. */
gs_status gs_gutreport_html(const gs_stool *x, gs_buf *out, gs_err *err);

/* Points of an ordination, coloured by group, as a stand-alone SVG. coord [n x stride]: x and
 * y are its first two; mark is a row to point out, -1 for none; group may be NULL. */
gs_status gs_gutreport_points_svg(const char *title, size_t n, const double *coord, size_t stride,
                                  const double share[2], const uint32_t *group, size_t n_group,
                                  const char *const *group_name, long mark, const char *mark_name,
                                  gs_buf *out, gs_err *err);

/* One person through time, as `gutskin gut series` finds it. */
typedef struct gs_gut_course {
    const char *person;
    size_t n;
    const double *day;             /* [n] ascending                            */
    const double *value;           /* [n x GS_N_STOOL], NaN unknown             */
    double apart[3];               /* distance of samples a day, a week, over a month apart */
    gs_eco_shift shift[GS_N_STOOL]; /* n_out 0 where too little is known        */
} gs_gut_course;
/* A page: for each person (figures of the first twelve) the numbers day by day, the days from
 * .. to shaded where something was done (NaN: nothing), and how they stand out. */
gs_status gs_gutreport_series_html(size_t n, const gs_gut_course *c, double from, double to,
                                   gs_buf *out, gs_err *err);

/* What is known of gut and skin, in four sentences. */
extern const char gs_gutreport_skin[];

#endif
