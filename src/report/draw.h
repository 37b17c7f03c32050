/* Drawing: the few SVG pieces every figure is made of. Colours are never written
 * here: shapes carry a class, and the page's style sheet (or the stand-alone chart's
 * own) gives it a colour in light, dark and print.
 *
 * A point that is not finite is never drawn: lines and bands break there. */
#ifndef GS_REPORT_DRAW_H
#define GS_REPORT_DRAW_H

#include "gutskin/date.h"
#include "gutskin/text.h"

/* Where data land on the picture; y grows downwards in px. */
typedef struct gs_frame {
    double x_lo, x_hi, y_lo, y_hi;   /* data */
    double left, right, top, bottom; /* px   */
} gs_frame;

typedef struct gs_tick {
    double at;
    char label[24], sub[12]; /* sub: second line (the year), may be "" */
} gs_tick;

enum { GS_TICK_MAX = 24 };

double gs_draw_x(const gs_frame *f, double x);
double gs_draw_y(const gs_frame *f, double y);

/* Round numbers inside [lo, hi], about `want` of them, labels with as many decimals as
 * the step needs. Returns how many were written (at most GS_TICK_MAX, 0 when the range
 * is not finite or empty). */
size_t gs_draw_ticks(double lo, double hi, int want, gs_tick *out);
/* Ticks of a day axis: days since day0, [lo, hi]. Weeks while the span is short, then
 * months, quarters, years; "day n" when day0 is GS_DAY_NONE. */
size_t gs_draw_ticks_days(int32_t day0, double lo, double hi, int want, gs_tick *out);
/* Smallest round number >= x (x > 0). */
double gs_draw_round_up(double x);

/* <svg> with title and description for people who hear the page; id must be unique. */
void gs_draw_open(gs_buf *b, const char *cls, const char *id, double w, double h,
                  const char *title, const char *desc);
void gs_draw_close(gs_buf *b);

void gs_draw_rect(gs_buf *b, const char *cls, double x, double y, double w, double h);
void gs_draw_line(gs_buf *b, const char *cls, double x1, double y1, double x2, double y2);
void gs_draw_dot(gs_buf *b, const char *cls, double x, double y, double r);
/* anchor: 's'tart, 'm'iddle, 'e'nd. Text is escaped. */
void gs_draw_text(gs_buf *b, const char *cls, char anchor, double x, double y,
                  const char *text);
/* Polyline through n data points; broken where x or y is not finite, and between
 * points more than `gap` apart in x (0 = no such limit). A lone point between two
 * breaks is not drawn. Returns the number of unbroken pieces. */
size_t gs_draw_path(gs_buf *b, const char *cls, const gs_frame *f, size_t n,
                    const double *x, const double *y, double gap);
/* Area between lo and hi, broken where either is not finite. */
size_t gs_draw_band(gs_buf *b, const char *cls, const gs_frame *f, size_t n,
                    const double *x, const double *lo, const double *hi);

/* Text as XML, any bytes: entities for markup, "·" for what is not UTF-8; NULL is "". */
void gs_draw_escape(gs_buf *b, const char *text);
/* Rough width of text [px] at a font size [px]: 0.56 em a character. */
double gs_draw_width(const char *text, double size);
/* Copy at most n_char characters (not bytes) of text, with "…" when cut. */
void gs_draw_cut(const char *text, size_t n_char, char *buf, size_t n);

#endif
