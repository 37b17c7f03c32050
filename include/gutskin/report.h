/* Report: an answer as words and pictures. No science happens here. */
#ifndef GUTSKIN_REPORT_H
#define GUTSKIN_REPORT_H

#include "gutskin/answer.h"
#include "gutskin/calib.h"
#include "gutskin/nof1.h"

/* Plain text for a terminal, wrapped at width (0 = 80). */
gs_status gs_report_text(const gs_answer *x, int width, gs_buf *out, gs_err *err);
/* One self-contained HTML file: inline SVG and CSS, no script, no network. */
gs_status gs_report_html(const gs_answer *x, gs_buf *out, gs_err *err);

/* The model held against published trials: text for a terminal (all: also the rows it
 * cannot express, with the reason), and one self-contained page with a forest plot. */
gs_status gs_report_check_text(const gs_check *c, bool all, gs_buf *out, gs_err *err);
gs_status gs_report_check_html(const gs_check *c, gs_buf *out, gs_err *err);

/* Trials of one person, as gs_nof1_json takes them: words, and a page to print with the
 * items of the CONSORT extension for N-of-1 trials as headings [vohra2015]. r[0] is the
 * primary outcome; with pool, r holds one trial a person. title and note may be NULL. */
gs_status gs_report_nof1_text(size_t n, const gs_nof1_result *const *r,
                              const gs_nof1_pooled *pool, size_t n_note,
                              const char *const *note, int width, gs_buf *out, gs_err *err);
gs_status gs_report_nof1_html(size_t n, const gs_nof1_result *const *r,
                              const gs_nof1_pooled *pool, size_t n_note,
                              const char *const *note, const char *title, gs_buf *out,
                              gs_err *err);

/* What is known: claims with their evidence, what the calibrated model says (effect
 * [sum of n_model], in the claims' order) and the verdict. */
gs_status gs_report_known_text(size_t n, const gs_known *claim, const gs_evidence *ev,
                               const gs_effect *effect, gs_buf *out, gs_err *err);
gs_status gs_report_known_html(size_t n, const gs_known *claim, const gs_evidence *ev,
                               const gs_effect *effect, gs_buf *out, gs_err *err);

/* A line chart as SVG: shared by reports and `gutskin simulate`. */
typedef struct gs_plot_line { const char *name; const double *x, *y; size_t n; } gs_plot_line;
typedef struct gs_plot {
    const char *title, *x_title, *y_title;
    size_t n_line;
    const gs_plot_line *line;
    int width, height; /* px; 0 = 720 x 360 */
    const char *note;  /* under the chart; may be NULL */
} gs_plot;
gs_status gs_report_plot_svg(const gs_plot *p, gs_buf *out, gs_err *err);
/* SVG text to a PNG file's bytes (out is binary). Fails GS_EUSE when the build has no
 * renderer. */
gs_status gs_report_png(const char *svg, size_t n, int width, gs_buf *out, gs_err *err);

#endif
