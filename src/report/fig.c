/* Figures of the page. See fig.h.
 *
 * Bands read the same everywhere: light = nine chances in ten, dark = half. The
 * forecast is drawn as one column a day and not as a ribbon, because a predictive
 * interval belongs to its day and scores jump in whole points. */
#include "report/fig.h"
#include "report/draw.h"
#include "report/say.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a figure shows, gathered once. */
typedef struct view {
    const gs_answer *x;
    const gs_answer_series *s;
    const gs_fig *o;
    gs_frame f;
    double gap;
    bool narrow;
    size_t first, end; /* entries inside from..to */
} view;

static void reach_out(double v, double *lo, double *hi)
{
    if (isfinite(v)) {
        *lo = fmin(*lo, v);
        *hi = fmax(*hi, v);
    }
}

static void y_range(view *v)
{
    const gs_answer_series *s = v->s;
    double lo = HUGE_VAL, hi = -HUGE_VAL;
    for (size_t i = v->first; i < v->end; i++)
        reach_out(s->value[i], &lo, &hi);
    for (long d = v->o->from; d <= v->o->to; d++) {
        bool ahead = d >= (long)v->x->n_day;
        const gs_band *q = !ahead && v->o->fit && s->fit ? &s->fit[d]
                           : ahead && v->o->ahead        ? &s->ahead[d - (long)v->x->n_day]
                                                         : NULL;
        if (q) {
            reach_out(q->q05, &lo, &hi);
            reach_out(q->q95, &lo, &hi);
        }
    }
    bool bounded = isfinite(s->lo) && isfinite(s->hi) && s->hi > s->lo;
    if (!(hi >= lo) || (bounded && s->hi - s->lo <= 10)) {
        lo = bounded ? s->lo : 0;
        hi = bounded ? s->hi : 1;
    } else {
        double floor_at = isfinite(s->lo) ? s->lo : fmin(lo, 0);
        if (lo > floor_at + 0.7 * (hi - floor_at))
            floor_at = floor(lo - 0.3 * (hi - lo));
        hi = floor_at + gs_draw_round_up(fmax(hi - floor_at, 1e-9));
        lo = floor_at;
        if (isfinite(s->hi) && hi > s->hi && s->hi > lo)
            hi = s->hi;
    }
    v->f.y_lo = lo;
    v->f.y_hi = hi;
}

static void grid(gs_buf *b, const view *v)
{
    const gs_frame *f = &v->f;
    gs_tick t[GS_TICK_MAX];
    bool low = f->bottom - f->top < 120;
    size_t n = gs_draw_ticks(f->y_lo, f->y_hi, low ? 2 : 5, t);
    for (size_t i = 0; i < n; i++) {
        double y = gs_draw_y(f, t[i].at);
        gs_draw_line(b, i == 0 ? "base" : "grid", f->left, y, f->right, y);
        gs_draw_text(b, "tick", 'e', f->left - 6, y + 4, t[i].label);
    }
    n = gs_draw_ticks_days(v->x->day0, f->x_lo, f->x_hi, v->narrow ? 6 : 13, t);
    for (size_t i = 0; i < n; i++) {
        double at = gs_draw_x(f, t[i].at);
        gs_draw_line(b, "base", at, f->bottom, at, f->bottom + 5);
        gs_draw_text(b, "tick", 'm', at, f->bottom + 18, t[i].label);
        gs_draw_text(b, "tick strong", 'm', at, f->bottom + 32, t[i].sub);
    }
    gs_buf unit = {0};
    gs_buf_printf(&unit, "%s%s", gs_say_unit(v->s),
                  v->s->worse > 0   ? ", higher is worse"
                  : v->s->worse < 0 ? ", higher is better"
                                    : "");
    gs_draw_text(b, "unit", 's', 0, f->top - 30, unit.data ? unit.data : "");
    gs_buf_free(&unit);
    if (v->x->day0 == GS_DAY_NONE)
        gs_draw_text(b, "unit", 'e', f->right, f->bottom + 32, "day of the diary");
}

/* Days without entries, between `from` and `to` (both days that have one). */
static void shade_gap(gs_buf *b, const view *v, long from, long to, bool words)
{
    const gs_frame *f = &v->f;
    double x1 = fmax(gs_draw_x(f, (double)from + 0.5), f->left);
    double x2 = fmin(gs_draw_x(f, (double)to - 0.5), f->right);
    if (x2 - x1 < 1)
        return;
    if (!words) {
        gs_draw_rect(b, "gap", x1, f->top, x2 - x1, f->bottom - f->top);
        return;
    }
    /* where the band is not */
    long mid = (from + to) / 2;
    bool known = v->o->fit && v->s->fit && mid >= 0 && mid < (long)v->x->n_day &&
                 isfinite(v->s->fit[mid].q50);
    bool high = known && v->s->fit[mid].q50 > 0.5 * (f->y_lo + f->y_hi);
    if (x2 - x1 > 66)
        gs_draw_text(b, "soft", 'm', 0.5 * (x1 + x2), high ? f->bottom - 7 : f->top + 14,
                     "no entries");
}

static void gaps(gs_buf *b, const view *v, bool words)
{
    const gs_answer_series *s = v->s;
    for (size_t i = 0; s->n && i <= s->n; i++) {
        long from = i ? s->day[i - 1] : -1;
        long to = i < s->n ? s->day[i] : (long)v->x->n_day;
        if ((double)(to - from) > v->gap && to > v->o->from && from < v->o->to)
            shade_gap(b, v, from, to, words);
    }
}

/* Is day d inside a gap of the diary? entry is a cursor that only moves forward. */
static bool in_gap(const view *v, long d, size_t *entry)
{
    const gs_answer_series *s = v->s;
    while (*entry < s->n && s->day[*entry] < d)
        ++*entry;
    if (*entry < s->n && s->day[*entry] == d)
        return false;
    long from = *entry ? s->day[*entry - 1] : -1;
    long to = *entry < s->n ? s->day[*entry] : (long)v->x->n_day;
    return (double)(to - from) > v->gap;
}

static bool fit(gs_buf *b, const view *v)
{
    const gs_answer_series *s = v->s;
    long last = v->o->to < (long)v->x->n_day - 1 ? v->o->to : (long)v->x->n_day - 1;
    if (!s->fit || last < v->o->from)
        return true;
    size_t n = (size_t)(last - v->o->from + 1), entry = 0;
    double *x = malloc(6 * n * sizeof *x);
    if (!x)
        return false;
    double *q05 = x + n, *q25 = x + 2 * n, *q50 = x + 3 * n, *q75 = x + 4 * n,
           *q95 = x + 5 * n;
    for (size_t i = 0; i < n; i++) {
        long d = v->o->from + (long)i;
        const gs_band *q = &s->fit[d];
        x[i] = (double)d;
        q05[i] = q->q05, q25[i] = q->q25, q75[i] = q->q75, q95[i] = q->q95;
        /* the middle line says "here it was": it stops where nobody looked */
        q50[i] = in_gap(v, d, &entry) ? NAN : q->q50;
    }
    gs_draw_band(b, "fit90", &v->f, n, x, q05, q95);
    gs_draw_band(b, "fit50", &v->f, n, x, q25, q75);
    gs_draw_path(b, "fit", &v->f, n, x, q50, 0);
    if (last == v->o->to && isfinite(s->fit[last].q50))
        gs_draw_text(b, "name fitname", 's', v->f.right + 7,
                     gs_draw_y(&v->f, s->fit[last].q50) + 4, v->narrow ? "fit" : "the fit");
    free(x);
    return true;
}

static bool entries(gs_buf *b, const view *v)
{
    const gs_answer_series *s = v->s;
    size_t n = v->end - v->first, worst = v->first;
    if (n == 0) {
        gs_draw_text(b, "soft", 'm', 0.5 * (v->f.left + v->f.right),
                     0.5 * (v->f.top + v->f.bottom), "no entries");
        return true;
    }
    double *x = malloc(n * sizeof *x);
    if (!x)
        return false;
    for (size_t i = 0; i < n; i++)
        x[i] = s->day[v->first + i];
    gs_draw_path(b, "join", &v->f, n, x, s->value + v->first, v->gap);
    free(x);
    double r = n <= 60 ? 3 : n <= 200 ? 2.4 : 1.8;
    for (size_t i = v->first; i < v->end; i++) {
        gs_draw_dot(b, "entry", gs_draw_x(&v->f, s->day[i]), gs_draw_y(&v->f, s->value[i]),
                    r);
        double more = s->value[i] - s->value[worst];
        if (isfinite(more) && (s->worse < 0 ? more < 0 : more > 0))
            worst = i;
    }
    if (v->o->ahead || !isfinite(s->value[worst]))
        return true;
    gs_buf t = {0};
    gs_buf_printf(&t, "%s entry: %g, ", s->worse == 0 ? "highest" : "worst",
                  s->value[worst]);
    gs_say_day(&t, v->x, s->day[worst], true);
    double at = gs_draw_x(&v->f, s->day[worst]), y = gs_draw_y(&v->f, s->value[worst]);
    double half = 0.5 * gs_draw_width(t.data ? t.data : "", 12);
    at = fmin(fmax(at, v->f.left + 4 + half), v->f.right - half);
    gs_draw_text(b, "name", 'm', at, s->worse < 0 ? y + 17 : y - 9, t.data ? t.data : "");
    gs_buf_free(&t);
    return true;
}

static void forecast(gs_buf *b, const view *v)
{
    const gs_frame *f = &v->f;
    const gs_answer_series *s = v->s;
    double day = gs_draw_x(f, 1) - gs_draw_x(f, 0), w = 0.76 * day;
    const gs_scale *scale = gs_scale_find(s->scale ? s->scale : "");
    /* whole scores are cells, not points on a line: give each its own height */
    double pad = scale && scale->kind == GS_SCALE_ORDERED ? 0.3 : 0;
    const gs_band *last = NULL;
    for (size_t i = 0; i < v->x->n_ahead; i++) {
        const gs_band *q = &s->ahead[i];
        if (!gs_say_band_known(q))
            continue;
        double at = gs_draw_x(f, (double)(v->x->n_day + i)) - w / 2;
        double y95 = gs_draw_y(f, fmin(q->q95 + pad, f->y_hi));
        double y05 = gs_draw_y(f, fmax(q->q05 - pad, f->y_lo));
        double y75 = gs_draw_y(f, fmin(q->q75 + pad, f->y_hi));
        double y25 = gs_draw_y(f, fmax(q->q25 - pad, f->y_lo));
        gs_draw_rect(b, "fit90", at, y95, w, y05 - y95);
        gs_draw_rect(b, "fit50", at, y75, w, y25 - y75);
        double y = gs_draw_y(f, q->q50);
        gs_draw_line(b, "fit", at, y, at + w, y);
        last = q;
    }
    double now = gs_draw_x(f, (double)v->x->n_day - 0.5);
    gs_draw_line(b, "today", now, f->top - 8, now, f->bottom);
    gs_buf t = {0};
    gs_buf_put(&t, "today, ");
    gs_say_day(&t, v->x, (long)v->x->n_day - 1, true);
    gs_draw_text(b, "name", 'e', now - 6, f->top - 1, t.data ? t.data : "");
    gs_buf_free(&t);
    gs_draw_text(b, "name fitname", 's', now + 6, f->top - 1, "forecast");
    if (!last)
        return;
    double y_half = gs_draw_y(f, last->q50), y_nine = gs_draw_y(f, last->q95);
    if (y_half - y_nine < 16)
        y_nine = y_half - 16;
    gs_draw_text(b, "name fitname", 's', f->right + 6, y_nine + 8,
                 v->narrow ? "9 in 10" : "9 chances in 10");
    gs_draw_text(b, "name fitname", 's', f->right + 6, y_half + 8,
                 v->narrow ? "half" : "half of them");
}

static void describe(gs_buf *b, const view *v)
{
    const gs_answer_series *s = v->s;
    double lo = HUGE_VAL, hi = -HUGE_VAL;
    for (size_t i = v->first; i < v->end; i++)
        reach_out(s->value[i], &lo, &hi);
    gs_say_count(b, v->end - v->first, "entry", "entries");
    if (hi >= lo)
        gs_buf_printf(b, " between %g and %g %s", lo, hi, gs_say_unit(s));
    gs_buf_put(b, ". ");
    if (v->o->ahead && v->x->n_ahead) {
        const gs_band *q = &s->ahead[v->x->n_ahead - 1];
        if (gs_say_band_known(q))
            gs_buf_printf(b, "Forecast for %zu days later: nine chances in ten between "
                             "%.3g and %.3g %s, half of them between %.3g and %.3g.",
                          v->x->n_ahead, q->q05, q->q95, gs_say_unit(s), q->q25, q->q75);
    }
}

bool gs_fig_series(gs_buf *b, const gs_answer *x, const gs_answer_series *s,
                   const gs_fig *o)
{
    view v = {.x = x, .s = s, .o = o, .gap = gs_say_gap(s), .narrow = o->width < 500};
    double right = o->ahead ? (v.narrow ? 54 : 122) : (v.narrow ? 24 : 52);
    v.f = (gs_frame){.x_lo = (double)o->from - 0.5, .x_hi = (double)o->to + 0.5,
                     .left = v.narrow ? 28 : 34, .right = o->width - right,
                     .top = 48, .bottom = o->height - 38};
    while (v.first < s->n && s->day[v.first] < o->from)
        v.first++;
    v.end = v.first;
    while (v.end < s->n && s->day[v.end] <= o->to)
        v.end++;
    y_range(&v);

    gs_buf title = {0}, desc = {0};
    gs_say_scale(&title, s);
    describe(&desc, &v);
    gs_draw_open(b, o->cls, o->id, o->width, o->height, title.data ? title.data : "",
                 desc.data ? desc.data : "");
    gs_buf_free(&title);
    gs_buf_free(&desc);
    gaps(b, &v, false);
    grid(b, &v);
    bool ok = !o->fit || fit(b, &v);
    gaps(b, &v, true);
    ok = entries(b, &v) && ok;
    if (o->ahead)
        forecast(b, &v);
    gs_draw_close(b);
    return ok;
}

/* ---- belief ---- */

/* How far the bands of a lever go below zero (side -1) or above (+1). */
static double furthest(const gs_answer_lever *l, bool after, int side)
{
    double far = 0;
    const gs_band *q[] = {&l->before, &l->after};
    for (int i = 0; i < (after ? 2 : 1); i++)
        if (gs_say_band_known(q[i]))
            far = fmax(far, side < 0 ? -q[i]->q05 : q[i]->q95);
    return far;
}

static int by_size(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

gs_fig_axis gs_fig_reach(const gs_answer *x, bool after)
{
    gs_fig_axis axis = {0, 0};
    double *far = malloc((x->n_lever + 1) * sizeof *far), below = 0, above = 0;
    if (!far)
        return axis;
    size_t n = 0;
    for (size_t i = 0; i < x->n_lever; i++) {
        double lo = furthest(&x->lever[i], after, -1), hi = furthest(&x->lever[i], after, 1);
        below = fmax(below, lo);
        above = fmax(above, hi);
        if (fmax(lo, hi) > 0)
            far[n++] = fmax(lo, hi);
    }
    if (n) {
        qsort(far, n, sizeof *far, by_size);
        /* effects nobody could notice must look like that: the axis never spans less
         * than a twentieth of the score to a side */
        const gs_answer_series *s = gs_say_main(x);
        double least = s ? 0.05 * gs_say_extent(s) : 0;
        below = fmax(below, least), above = fmax(above, least);
        double most = fmax(4 * far[n / 2], least);
        /* the most promising habit comes first and is what people look at: it is whole */
        most = fmax(most, fmax(furthest(&x->lever[0], after, -1),
                               furthest(&x->lever[0], after, 1)));
        below = fmin(below, most), above = fmin(above, most);
        /* "no effect" stays well inside the picture, whatever the bars do */
        axis.lo = -gs_draw_round_up(fmax(below, 0.4 * above));
        axis.hi = gs_draw_round_up(fmax(above, 0.4 * below));
    }
    free(far);
    return axis;
}

bool gs_fig_cut(const gs_answer_lever *l, gs_fig_axis axis, bool after)
{
    return furthest(l, after, -1) > -axis.lo * (1 + 1e-9) ||
           furthest(l, after, 1) > axis.hi * (1 + 1e-9);
}

static void bar(gs_buf *b, const gs_frame *f, const gs_band *q, const char *name,
                double top, double height)
{
    if (!gs_say_band_known(q))
        return;
    const double lo[] = {q->q05, q->q25}, hi[] = {q->q95, q->q75};
    char cls[32];
    for (int i = 0; i < 2; i++) {
        double x1 = fmax(gs_draw_x(f, lo[i]), f->left);
        double x2 = fmin(gs_draw_x(f, hi[i]), f->right);
        snprintf(cls, sizeof cls, "%s%s", name, i ? "50" : "90");
        gs_draw_rect(b, cls, x1, top, fmax(x2 - x1, 0), height);
    }
    snprintf(cls, sizeof cls, "%smid", name);
    double mid = gs_draw_x(f, q->q50);
    if (mid >= f->left && mid <= f->right)
        gs_draw_line(b, cls, mid, top - 2, mid, top + height + 2);
}

void gs_fig_belief(gs_buf *b, const gs_answer_lever *l, gs_fig_axis axis, bool after,
                   const char *id, const char *title, const char *desc)
{
    gs_frame f = {.x_lo = axis.lo, .x_hi = axis.hi, .left = 0, .right = 1000};
    double h = after ? 52 : 26, zero = gs_draw_x(&f, 0);
    gs_buf_printf(b, "<svg class=\"strip\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" "
                     "viewBox=\"0 0 1000 %.0f\" height=\"%.0f\" "
                     "preserveAspectRatio=\"none\" aria-labelledby=\"%s-t %s-d\">\n"
                     "<title id=\"%s-t\">", h, h, id, id, id);
    gs_draw_escape(b, title);
    gs_buf_printf(b, "</title>\n<desc id=\"%s-d\">", id);
    gs_draw_escape(b, desc);
    gs_buf_put(b, "</desc>\n");
    gs_tick t[GS_TICK_MAX];
    size_t n = gs_draw_ticks(axis.lo, axis.hi, 6, t);
    for (size_t i = 0; i < n; i++)
        gs_draw_line(b, "grid", gs_draw_x(&f, t[i].at), 0, gs_draw_x(&f, t[i].at), h);
    bar(b, &f, &l->before, "prior", 6, 14);
    if (after)
        bar(b, &f, &l->after, "post", 32, 14);
    gs_draw_line(b, "zero", zero, 0, zero, h);
    gs_draw_close(b);
}
