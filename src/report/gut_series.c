/* One person's gut through time as a page: a strip a number, on one axis of days, the days on
 * which something was done shaded, the person's own middle and spread behind. */
#include "gutskin/gutreport.h"

#include "report/draw.h"
#include "report/gut_say.h"
#include "report/page.h"
#include "report/say.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_FIGURES = 12 };

static const gs_stool_index shown[] = {GS_STOOL_SHANNON, GS_STOOL_BUTYRATE, GS_STOOL_SACCHAROLYTIC,
                                       GS_STOOL_BIFIDO_LACTO, GS_STOOL_MUCIN, GS_STOOL_PATHOBIONT,
                                       GS_STOOL_PRO_LPS};
enum { N_SHOWN = sizeof shown / sizeof *shown };

static bool drawn(const gs_gut_course *c, gs_stool_index i)
{
    return c->shift[i].n_out + c->shift[i].n_in >= 3;
}

static double percent(gs_stool_index i)
{
    return gs_stool_scale_of(i) == GS_STOOL_SHARE ? 100 : 1;
}

/* One strip: dots, a line broken at gaps, a grey band of two spreads around the middle of the
 * days on which nothing was done. */
static void strip(gs_buf *b, const gs_gut_course *c, gs_stool_index i, gs_frame f, double from, double to,
                  double *y)
{
    const gs_eco_shift *s = &c->shift[i];
    double hi = 0, k = percent(i);
    for (size_t v = 0; v < c->n; v++) {
        y[v] = c->value[v * GS_N_STOOL + i] * k;
        hi = isfinite(y[v]) ? fmax(hi, y[v]) : hi;
    }
    double lo90 = k * gs_stool_from_scale(i, s->mean_out - 1.645 * s->sd);
    double hi90 = k * gs_stool_from_scale(i, s->mean_out + 1.645 * s->sd);
    f.y_lo = 0;
    f.y_hi = hi > 0 ? 1.08 * hi : 1;
    if (isfinite(from))
        gs_draw_rect(b, "gap", gs_draw_x(&f, fmax(from, f.x_lo)), f.top,
                     fmax(gs_draw_x(&f, fmin(to, f.x_hi)) - gs_draw_x(&f, fmax(from, f.x_lo)), 1),
                     f.bottom - f.top);
    if (isfinite(lo90) && isfinite(hi90)) {
        double top = gs_draw_y(&f, fmin(hi90, f.y_hi)), bottom = gs_draw_y(&f, fmax(lo90, 0));
        gs_draw_rect(b, "prior90", f.left, top, f.right - f.left, fmax(bottom - top, 1));
    }
    gs_draw_line(b, "base", f.left, f.bottom, f.right, f.bottom);
    gs_tick tick[GS_TICK_MAX];
    size_t n = gs_draw_ticks(f.y_lo, f.y_hi, 2, tick);
    for (size_t t = 0; t < n; t++)
        if (tick[t].at > 0)
            gs_draw_text(b, "tick", 'e', f.left - 6, gs_draw_y(&f, tick[t].at) + 4, tick[t].label);
    gs_draw_path(b, "fit", &f, c->n, c->day, y, 5);
    for (size_t v = 0; v < c->n; v++)
        if (isfinite(y[v]))
            gs_draw_dot(b, "gutdot", gs_draw_x(&f, c->day[v]), gs_draw_y(&f, y[v]), c->n > 150 ? 1.4 : 2.4);
    char name[100];
    snprintf(name, sizeof name, "%s%s", gs_stool_title(i), k == 100 ? ", %" : "");
    gs_draw_text(b, "t", 's', f.left, f.top - 5, name);
}

static bool figure(gs_buf *b, const gs_gut_course *c, double width, double from, double to, const char *id,
                   const char *cls)
{
    const double step = 84, top = 22;
    size_t n = 0, k = 0;
    double *y = malloc((c->n + 1) * sizeof *y), last = c->day[c->n - 1];
    for (size_t i = 0; i < N_SHOWN; i++)
        n += drawn(c, shown[i]);
    if (!y || n == 0) {
        free(y);
        return n == 0;
    }
    gs_frame f = {c->day[0], last > c->day[0] ? last : c->day[0] + 1, 0, 1, 44, width - 12, 0, 0};
    gs_draw_open(b, cls, id, width, top + step * (double)n + 26, "Through time",
                 "one strip a number, one dot a sample; grey: where nine in ten of the other days lie");
    for (size_t i = 0; i < N_SHOWN; i++) {
        if (!drawn(c, shown[i]))
            continue;
        f.top = top + step * (double)k++;
        f.bottom = f.top + step - 32;
        strip(b, c, shown[i], f, from, to, y);
    }
    gs_tick tick[GS_TICK_MAX];
    size_t n_tick = gs_draw_ticks(f.x_lo, f.x_hi, width < 500 ? 4 : 8, tick);
    for (size_t t = 0; t < n_tick; t++)
        gs_draw_text(b, "tick", 'm', gs_draw_x(&f, tick[t].at), f.bottom + 17, tick[t].label);
    gs_draw_text(b, "unit", 'e', f.right, f.bottom + 32, "day");
    gs_draw_close(b);
    free(y);
    return true;
}

static void number(gs_buf *b, gs_stool_index i, double v)
{
    if (!isfinite(v))
        return;
    gs_say_short(b, v * percent(i));
    gs_buf_put(b, percent(i) == 100 ? "%" : "");
}

static void table(gs_buf *b, const gs_gut_course *c, bool window)
{
    gs_buf_put(b, "<details class=\"long\"><summary>As numbers</summary>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                  "aria-label=\"numbers\"><table><thead><tr><th scope=\"col\">number</th><th scope=\"col\">middle of the other "
                  "days</th><th scope=\"col\">spread</th><th scope=\"col\">memory</th>");
    if (window)
        gs_buf_put(b, "<th scope=\"col\">middle of those days</th><th scope=\"col\">shift (95%)</th><th "
                      "scope=\"col\">p</th>");
    gs_buf_put(b, "</tr></thead><tbody>\n");
    for (gs_stool_index i = 0; i < GS_N_STOOL; i++) {
        const gs_eco_shift *s = &c->shift[i];
        if (!drawn(c, i))
            continue;
        gs_buf_put(b, "<tr><th scope=\"row\">");
        gs_draw_escape(b, gs_stool_title(i));
        gs_buf_put(b, "</th><td>");
        number(b, i, gs_stool_from_scale(i, s->mean_out));
        gs_buf_put(b, "</td><td>");
        if (isfinite(s->sd))
            gs_say_number(b, s->sd, 2);
        gs_buf_put(b, "</td><td>");
        if (isfinite(s->lag1))
            gs_say_number(b, s->lag1, 2);
        if (window) {
            gs_buf_put(b, "</td><td>");
            number(b, i, gs_stool_from_scale(i, s->mean_in));
            gs_buf_put(b, "</td><td>");
            if (isfinite(s->diff.lo)) {
                gs_say_number(b, s->diff.at, 2);
                gs_buf_put(b, " (");
                gs_say_number(b, s->diff.lo, 2);
                gs_buf_put(b, " to ");
                gs_say_number(b, s->diff.hi, 2);
                gs_buf_printf(b, ")</td><td>%.2g", s->p);
            } else {
                gs_buf_put(b, "</td><td>");
            }
        }
        gs_buf_put(b, "</td></tr>\n");
    }
    gs_buf_put(b, "</tbody></table></div></details>\n");
}

static void apart(gs_buf *b, const gs_gut_course *c)
{
    static const char *const when[] = {"a day", "a week", "more than a month"};
    gs_buf_printf(b, "<p>%zu samples, days %g to %g. Distance of two samples (Bray-Curtis of square roots of shares, 0 "
                  "alike, 1 nothing in common):", c->n, c->day[0], c->day[c->n - 1]);
    bool any = false;
    for (int i = 0; i < 3; i++)
        if (isfinite(c->apart[i])) {
            gs_buf_printf(b, "%s %s apart %.2f", any ? "," : "", when[i], c->apart[i]);
            any = true;
        }
    gs_buf_put(b, any ? ".</p>\n" : " too few to say.</p>\n");
}

gs_status gs_gutreport_series_html(size_t n, const gs_gut_course *c, double from, double to, gs_buf *b,
                                   gs_err *err)
{
    bool window = isfinite(from), memory = true;
    char id[48];
    gs_page_head(b, "A gut through time");
    gs_buf_put(b, "<style>.gutdot{fill:var(--post)}</style>\n<h1>A gut through time</h1>\n<p class=\"lede\">");
    gs_buf_printf(b, "%zu %s, sampled again and again.", n, n == 1 ? "person" : "people");
    gs_buf_put(b, "</p>\n<p>A dot is a sample. Grey is where about nine in ten of the days lie on which nothing was done");
    if (window)
        gs_buf_printf(b, "; shaded are days %g to %g, on which something was", from, to);
    gs_buf_put(b, ". Spread and shift are on the scale where a number's noise is alike everywhere: logarithm for counts, "
                  "logit for shares; memory is the correlation with the sample before.");
    if (window)
        gs_buf_put(b, " The interval of the shift allows for that memory, not for slow drift: look at days on which nothing was "
                      "done, and see how often they \u201cshift\u201d too.");
    gs_buf_put(b, "</p>\n");
    for (size_t i = 0; i < n; i++) {
        gs_buf_put(b, "<h2>");
        gs_draw_escape(b, *c[i].person ? c[i].person : "One person");
        gs_buf_put(b, "</h2>\n");
        apart(b, &c[i]);
        if (i < MOST_FIGURES) {
            gs_buf_put(b, "<figure>\n");
            snprintf(id, sizeof id, "s%zu-wide", i);
            memory = figure(b, &c[i], 720, from, to, id, "pic wide") && memory;
            snprintf(id, sizeof id, "s%zu-narrow", i);
            memory = figure(b, &c[i], 350, from, to, id, "pic narrow") && memory;
            gs_buf_put(b, "</figure>\n");
        }
        table(b, &c[i], window);
    }
    gs_page_foot(b);
    return memory && !b->failed ? GS_OK : gs_fail(err, GS_ENOMEM, "out of memory for the page");
}
