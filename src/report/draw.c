/* Drawing: SVG pieces, ticks of number and day axes. See draw.h.
 *
 * Coordinates are written with one decimal: a tenth of a pixel is finer than any
 * screen or printer shows, and keeps a year of daily bands near 30 kB. */
#include "report/draw.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double along(double v, double lo, double hi, double a, double b)
{
    if (!(hi > lo))
        return 0.5 * (a + b);
    double px = a + (v - lo) / (hi - lo) * (b - a);
    return px > 1e5 ? 1e5 : px < -1e5 ? -1e5 : px; /* NaN stays NaN */
}

double gs_draw_x(const gs_frame *f, double x)
{
    return along(x, f->x_lo, f->x_hi, f->left, f->right);
}

double gs_draw_y(const gs_frame *f, double y)
{
    return along(y, f->y_lo, f->y_hi, f->bottom, f->top);
}

/* ---- ticks ---- */

static double round_step(double span, int want)
{
    double raw = span / (want > 0 ? want : 1);
    double ten = pow(10, floor(log10(raw)));
    double lead = raw / ten;
    return ten * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
}

double gs_draw_round_up(double x)
{
    if (!(x > 0) || !isfinite(x))
        return 1;
    double ten = pow(10, floor(log10(x)));
    static const double nice[] = {1, 1.5, 2, 3, 4, 5, 6, 8, 10};
    for (size_t i = 0; i < sizeof nice / sizeof *nice; i++)
        if (x <= nice[i] * ten * (1 + 1e-12))
            return nice[i] * ten;
    return 10 * ten;
}

size_t gs_draw_ticks(double lo, double hi, int want, gs_tick *out)
{
    if (!isfinite(lo) || !isfinite(hi) || !(hi > lo))
        return 0;
    double step = round_step(hi - lo, want);
    if (!(step > 0) || !isfinite(step) || (hi - lo) / step > GS_TICK_MAX - 1)
        return 0;
    double places = -floor(log10(step) + 1e-9);
    int decimals = places > 0 ? (int)fmin(places, 9) : 0;
    size_t n = 0;
    /* counted, not added up: 0.1 + 0.1 + ... would drift off the round number */
    for (double i = ceil(lo / step - 1e-9); i * step <= hi + 1e-9 * step; i++) {
        if (n == GS_TICK_MAX)
            break;
        double at = i == 0 ? 0 : i * step;
        gs_tick *t = &out[n++];
        *t = (gs_tick){.at = at};
        if (fabs(at) >= 1e7)
            snprintf(t->label, sizeof t->label, "%.3g", at);
        else
            snprintf(t->label, sizeof t->label, "%s%.*f", at < 0 ? "\u2212" : "",
                     decimals, fabs(at));
    }
    return n;
}

static const char *const month_name[12] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static size_t ticks_counted(double lo, double hi, int want, gs_tick *out)
{
    size_t n = gs_draw_ticks(lo, hi, want, out), kept = 0;
    for (size_t i = 0; i < n; i++)
        if (out[i].at == floor(out[i].at))
            out[kept++] = out[i];
    return kept;
}

static size_t ticks_weeks(int32_t day0, double lo, double hi, int want, gs_tick *out)
{
    double step = ceil((hi - lo) / want), at = ceil(lo);
    step = step <= 1 ? 1 : step <= 2 ? 2 : step <= 7 ? 7 : 14;
    /* weekly ticks stand on Mondays, so that a week is seen as a week */
    while (step >= 7 && gs_date_weekday(day0 + (int32_t)at) != 0)
        at++;
    size_t n = 0;
    int last_month = -1, y, m, d;
    for (; at <= hi && n < GS_TICK_MAX; at += step, n++) {
        gs_date_civil(day0 + (int32_t)at, &y, &m, &d);
        out[n] = (gs_tick){.at = at};
        snprintf(out[n].label, sizeof out[n].label, "%d", d);
        if (m != last_month)
            snprintf(out[n].sub, sizeof out[n].sub, "%s", month_name[(m + 11) % 12]);
        last_month = m;
    }
    return n;
}

static size_t ticks_months(int32_t day0, double lo, double hi, int want, gs_tick *out)
{
    static const int steps[] = {1, 2, 3, 6, 12, 24, 60, 120, 600};
    double months = (hi - lo) / 30.44;
    size_t i_step = 0, n_steps = sizeof steps / sizeof *steps;
    while (i_step + 1 < n_steps && months / steps[i_step] > want)
        i_step++;
    int step = steps[i_step], y, m, d, last_year = -1;
    gs_date_civil(day0 + (int32_t)ceil(lo), &y, &m, &d);
    long first = y * 12L + (m - 1) + (d > 1), n_month = (long)months + 2;
    size_t n = 0;
    /* a first month that begins before the picture still gets its name */
    double next = (double)gs_date_day((int)(first / 12), (int)(first % 12) + 1, 1) - day0;
    if (step == 1 && d > 1 && next - lo > 0.11 * (hi - lo)) {
        out[n] = (gs_tick){.at = ceil(lo)};
        snprintf(out[n].label, sizeof out[n].label, "%s", month_name[m - 1]);
        snprintf(out[n].sub, sizeof out[n].sub, "%d", last_year = y);
        n++;
    }
    for (long k = first; k <= first + n_month && n < GS_TICK_MAX; k++) {
        if (k % step)
            continue;
        int year = (int)(k / 12), month = (int)(k % 12) + 1;
        double at = (double)gs_date_day(year, month, 1) - day0;
        if (at < lo || at > hi)
            continue;
        out[n] = (gs_tick){.at = at};
        if (step >= 12) {
            snprintf(out[n].label, sizeof out[n].label, "%d", year);
        } else {
            snprintf(out[n].label, sizeof out[n].label, "%s", month_name[month - 1]);
            if (year != last_year)
                snprintf(out[n].sub, sizeof out[n].sub, "%d", year);
            last_year = year;
        }
        n++;
    }
    return n;
}

size_t gs_draw_ticks_days(int32_t day0, double lo, double hi, int want, gs_tick *out)
{
    if (!isfinite(lo) || !isfinite(hi) || !(hi > lo) || fabs(lo) + fabs(hi) > 1e6)
        return 0;
    if (want < 1)
        want = 1;
    /* a day number no calendar holds is no date either */
    if (day0 < -200000 || day0 > 200000)
        return ticks_counted(lo, hi, want, out);
    if (hi - lo <= 14.0 * want && hi - lo < 100)
        return ticks_weeks(day0, lo, hi, want, out);
    return ticks_months(day0, lo, hi, want, out);
}

/* ---- shapes ---- */

void gs_draw_open(gs_buf *b, const char *cls, const char *id, double w, double h,
                  const char *title, const char *desc)
{
    gs_buf_printf(b, "<svg class=\"%s\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" "
                     "viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" "
                     "aria-labelledby=\"%s-t %s-d\">\n<title id=\"%s-t\">",
                  cls, w, h, w, h, id, id, id);
    gs_draw_escape(b, title);
    gs_buf_printf(b, "</title>\n<desc id=\"%s-d\">", id);
    gs_draw_escape(b, desc);
    gs_buf_put(b, "</desc>\n");
}

void gs_draw_close(gs_buf *b)
{
    gs_buf_put(b, "</svg>\n");
}

void gs_draw_rect(gs_buf *b, const char *cls, double x, double y, double w, double h)
{
    if (!isfinite(x) || !isfinite(y) || !(w >= 0) || !(h >= 0))
        return;
    gs_buf_printf(b, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                     "height=\"%.1f\"/>\n", cls, x, y, w, h);
}

void gs_draw_line(gs_buf *b, const char *cls, double x1, double y1, double x2, double y2)
{
    if (!isfinite(x1) || !isfinite(y1) || !isfinite(x2) || !isfinite(y2))
        return;
    gs_buf_printf(b, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" "
                     "y2=\"%.1f\"/>\n", cls, x1, y1, x2, y2);
}

void gs_draw_dot(gs_buf *b, const char *cls, double x, double y, double r)
{
    if (!isfinite(x) || !isfinite(y))
        return;
    gs_buf_printf(b, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/>\n", cls,
                  x, y, r);
}

void gs_draw_text(gs_buf *b, const char *cls, char anchor, double x, double y,
                  const char *text)
{
    if (!isfinite(x) || !isfinite(y))
        return;
    const char *where = anchor == 'm' ? "middle" : anchor == 'e' ? "end" : "start";
    gs_buf_printf(b, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", cls,
                  x, y, where);
    gs_draw_escape(b, text);
    gs_buf_put(b, "</text>\n");
}

static void begin_piece(gs_buf *b, const char *cls, size_t pieces)
{
    if (!pieces)
        gs_buf_printf(b, "<path class=\"%s\" d=\"", cls);
    gs_buf_put(b, "M");
}

size_t gs_draw_path(gs_buf *b, const char *cls, const gs_frame *f, size_t n,
                    const double *x, const double *y, double gap)
{
    size_t pieces = 0;
    for (size_t i = 0; i < n;) {
        if (!isfinite(x[i]) || !isfinite(y[i])) {
            i++;
            continue;
        }
        size_t end = i + 1;
        while (end < n && isfinite(x[end]) && isfinite(y[end]) &&
               !(gap > 0 && x[end] - x[end - 1] > gap))
            end++;
        if (end - i > 1) {
            begin_piece(b, cls, pieces++);
            for (size_t k = i; k < end; k++)
                gs_buf_printf(b, "%s%.1f,%.1f", k > i ? " " : "", gs_draw_x(f, x[k]),
                              gs_draw_y(f, y[k]));
        }
        i = end;
    }
    if (pieces)
        gs_buf_put(b, "\"/>\n");
    return pieces;
}

size_t gs_draw_band(gs_buf *b, const char *cls, const gs_frame *f, size_t n,
                    const double *x, const double *lo, const double *hi)
{
    size_t pieces = 0;
    for (size_t i = 0; i < n;) {
        if (!isfinite(x[i]) || !isfinite(lo[i]) || !isfinite(hi[i])) {
            i++;
            continue;
        }
        size_t end = i + 1;
        while (end < n && isfinite(x[end]) && isfinite(lo[end]) && isfinite(hi[end]))
            end++;
        if (end - i > 1) {
            begin_piece(b, cls, pieces++);
            for (size_t k = i; k < end; k++)
                gs_buf_printf(b, "%.1f,%.1f ", gs_draw_x(f, x[k]), gs_draw_y(f, hi[k]));
            for (size_t k = end; k-- > i;)
                gs_buf_printf(b, "%.1f,%.1f ", gs_draw_x(f, x[k]), gs_draw_y(f, lo[k]));
            gs_buf_put(b, "Z");
        }
        i = end;
    }
    if (pieces)
        gs_buf_put(b, "\"/>\n");
    return pieces;
}

/* ---- text ---- */

void gs_draw_escape(gs_buf *b, const char *text)
{
    if (!text)
        return;
    for (size_t left = strlen(text), bad = 0; left;) {
        /* names come from files people made: a broken byte must not break the page */
        size_t good = gs_text_utf8(text, left, &bad) ? left : bad;
        char part[256];
        while (good) {
            size_t n = good < sizeof part ? good : sizeof part - 1;
            while (n < good && n > 1 && ((unsigned char)text[n] & 0xc0) == 0x80)
                n--;
            memcpy(part, text, n);
            part[n] = 0;
            gs_buf_put_xml(b, part);
            text += n, left -= n, good -= n;
        }
        if (left) {
            gs_buf_put(b, "\u00b7");
            text++, left--;
        }
    }
}

static size_t n_chars(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

double gs_draw_width(const char *text, double size)
{
    return 0.56 * size * (double)n_chars(text);
}

void gs_draw_cut(const char *text, size_t n_char, char *buf, size_t n)
{
    if (n_chars(text) <= n_char) {
        snprintf(buf, n, "%s", text);
        return;
    }
    size_t bytes = 0, chars = 0;
    while (text[bytes]) {
        size_t len = 1;
        while (((unsigned char)text[bytes + len] & 0xc0) == 0x80)
            len++;
        if (chars + 1 >= n_char || bytes + len + 4 > n)
            break;
        bytes += len;
        chars++;
    }
    while (bytes && text[bytes - 1] == ' ')
        bytes--;
    snprintf(buf, n, "%.*s\u2026", (int)bytes, text);
}
