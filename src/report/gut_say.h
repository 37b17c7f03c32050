/* Words of the gut report, shared by text and page. Internal to report. */
#ifndef GS_REPORT_GUT_SAY_H
#define GS_REPORT_GUT_SAY_H

#include "gutskin/gutreport.h"

/* A value of an index as people read it: "2.41", "12.4%", "61". "not known" for NaN. */
void gut_say_value(gs_buf *b, gs_stool_index i, double x);
/* "2.38 to 2.44"; nothing when an end is not known */
void gut_say_range(gs_buf *b, gs_stool_index i, gs_eco_range r);
/* "34 (11 to 70)": percentile and where another day would put it */
void gut_say_place(gs_buf *b, const gs_stool_value *v);
/* "1,709 adults", "113 infants of 6 months" */
void gut_say_people(gs_buf *b, const gs_stool_ref *r);
/* The sentence about what was read: reads, human, placed. */
void gut_say_reads(gs_buf *b, const gs_stool *x);
/* Where the percentiles come from, or why there are none. */
void gut_say_reference(gs_buf *b, const gs_stool *x);
/* Sentences a reader must see before the numbers: wrong site, few reads. */
void gut_say_warning(gs_buf *b, const gs_stool *x);
/* Is it worth a line: known, or worth saying why not. */
bool gut_say_shown(const gs_stool *x, gs_stool_index i);

/* Figures; each returns false when there is nothing to draw. */
bool gut_fig_guilds(gs_buf *b, const gs_stool *x, double width, const char *id, const char *cls);
bool gut_fig_places(gs_buf *b, const gs_stool *x, double width, const char *id, const char *cls);
bool gut_fig_curve(gs_buf *b, const gs_stool *x, double width, const char *id, const char *cls);
bool gut_fig_map(gs_buf *b, const gs_stool *x, double width, const char *id, const char *cls);

#endif
