/* Figures of an N-of-1 page. See nof1_fig.h. B is shaded ground and filled dots, A is paper
 * and rings, so that it reads without colour. */
#include "report/nof1_fig.h"
#include "report/draw.h"
#include "report/say.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
const char gs_nof1_fig_css[] =
".pb{fill:var(--card)}.pbtop{fill:var(--post)}.patop{fill:var(--prior50)}"
".ring{fill:var(--paper);stroke:var(--entry);stroke-width:1.3}.left{opacity:.3}"
".free{stroke:var(--ink);stroke-width:2.6;stroke-linecap:round}"
".model{stroke:var(--post);stroke-width:2.6;stroke-linecap:round}"
".freedot{fill:var(--ink)}.modeldot{fill:var(--post)}"
".own{stroke:var(--prior50);stroke-width:3;stroke-linecap:round}.owndot{fill:var(--prior)}"
".worth{stroke:var(--soft);stroke-width:1;stroke-dasharray:4 3}"
".fill{border-bottom:1px dotted var(--soft);display:block;height:1.5em}"
".cent{color:var(--soft);font:400 .85rem var(--sans)}\n";
/* clang-format on */

static void reach(double v, double *lo, double *hi)
{
    if (isfinite(v)) {
        *lo = fmin(*lo, v);
        *hi = fmax(*hi, v);
    }
}

static gs_frame series_frame(const gs_nof1_result *r, double w, double h)
{
    double lo = HUGE_VAL, hi = -HUGE_VAL;
    for (size_t i = 0; i < r->n_unit; i++) {
        reach(r->unit[i].value, &lo, &hi);
        if (r->fit) {
            reach(r->fit[i].q05, &lo, &hi);
            reach(r->fit[i].q95, &lo, &hi);
        }
    }
    double pad = 0.06 * (hi - lo) + 1e-9;
    if (lo >= 0 && lo < 0.4 * hi)
        lo = 0;
    else
        lo -= pad;
    return (gs_frame){-0.5, (double)r->series->n_day - 0.5, lo, hi + pad, 44, w - 8, 40,
                      h - 42};
}

static void grounds(gs_buf *b, const gs_nof1_result *r, const gs_frame *f)
{
    for (size_t k = 0; k < r->schedule->n_period; k++) {
        const gs_nof1_period *p = &r->schedule->period[k];
        double x1 = gs_draw_x(f, (double)p->from - 0.5);
        double x2 = gs_draw_x(f, (double)(p->from + p->n_day) - 0.5);
        x2 = fmin(x2, f->right);
        if (p->code)
            gs_draw_rect(b, "pb", x1, f->top, x2 - x1, f->bottom - f->top);
        gs_draw_rect(b, p->code ? "pbtop" : "patop", x1 + 0.5, f->top - 7, x2 - x1 - 1, 5);
        if (x2 - x1 > 14)
            gs_draw_text(b, "tick", 'm', 0.5 * (x1 + x2), f->top - 11, p->code ? "B" : "A");
    }
}

static void axes(gs_buf *b, const gs_nof1_result *r, const gs_frame *f)
{
    gs_tick t[GS_TICK_MAX];
    size_t n = gs_draw_ticks(f->y_lo, f->y_hi, 5, t);
    for (size_t i = 0; i < n; i++) {
        double y = gs_draw_y(f, t[i].at);
        gs_draw_line(b, "grid", f->left, y, f->right, y);
        gs_draw_text(b, "tick", 'e', f->left - 6, y + 4, t[i].label);
    }
    n = gs_draw_ticks_days(r->series->day0, f->x_lo, f->x_hi, f->right > 400 ? 12 : 5, t);
    for (size_t i = 0; i < n; i++) {
        double x = gs_draw_x(f, t[i].at);
        gs_draw_line(b, "base", x, f->bottom, x, f->bottom + 5);
        gs_draw_text(b, "tick", 'm', x, f->bottom + 18, t[i].label);
        gs_draw_text(b, "tick strong", 'm', x, f->bottom + 32, t[i].sub);
    }
    gs_draw_line(b, "base", f->left, f->bottom, f->right, f->bottom);
    gs_buf unit = {0};
    gs_buf_printf(&unit, "%s, %s is better", r->series->outcome,
                  r->series->better > 0 ? "higher" : "lower");
    gs_draw_text(b, "unit", 's', 0, 12, unit.data ? unit.data : "");
    gs_buf_free(&unit);
}

bool gs_nof1_fig_series(gs_buf *b, const gs_nof1_result *r, const char *id, const char *cls,
                        double width, double height)
{
    gs_frame f = series_frame(r, width, height);
    size_t n = r->n_unit;
    double *x = malloc(4 * n * sizeof *x);
    if (!x)
        return false;
    gs_draw_open(b, cls, id, width, height, "The trial day by day",
                 "Periods with B are shaded; dots are days, rings without and filled with B; "
                 "the line is the model's level with nine chances in ten around it.");
    grounds(b, r, &f);
    axes(b, r, &f);
    for (size_t i = 0; i < n && r->fit; i++) {
        x[i] = r->unit[i].day;
        x[n + i] = r->fit[i].q05;
        x[2 * n + i] = r->fit[i].q95;
        x[3 * n + i] = r->fit[i].q50;
    }
    if (r->fit) {
        gs_draw_band(b, "fit90", &f, n, x, x + n, x + 2 * n);
        gs_draw_path(b, "fit", &f, n, x, x + 3 * n, 0);
    }
    double radius = n <= 60 ? 3.2 : n <= 150 ? 2.5 : 1.9;
    for (size_t i = 0; i < n; i++) {
        const gs_nof1_unit *u = &r->unit[i];
        gs_draw_dot(b, !u->used ? "ring left" : u->code ? "entry" : "ring",
                    gs_draw_x(&f, u->day), gs_draw_y(&f, u->value), radius);
    }
    gs_draw_close(b);
    free(x);
    return true;
}

/* ---- effects --------------------------------------------------------------------- */

static void zero_lines(gs_buf *b, const gs_frame *f, int better, double worth)
{
    gs_tick t[GS_TICK_MAX];
    size_t n = gs_draw_ticks(f->x_lo, f->x_hi, f->right > 400 ? 7 : 4, t);
    for (size_t i = 0; i < n; i++) {
        double x = gs_draw_x(f, t[i].at);
        gs_draw_line(b, "grid", x, f->top, x, f->bottom);
        gs_draw_text(b, "tick", 'm', x, f->bottom + 16, t[i].label);
    }
    double zero = gs_draw_x(f, 0), at = gs_draw_x(f, better * worth);
    gs_draw_line(b, "zero", zero, f->top - 4, zero, f->bottom);
    if (at > f->left && at < f->right)
        gs_draw_line(b, "worth", at, f->top - 4, at, f->bottom);
    gs_draw_text(b, "unit", better < 0 ? 's' : 'e', better < 0 ? f->left : f->right,
                 f->top - 10, better < 0 ? "\u2190 B is better" : "B is better \u2192");
    gs_draw_text(b, "unit", better < 0 ? 'e' : 's', better < 0 ? f->right : f->left,
                 f->top - 10, better < 0 ? "B is worse \u2192" : "\u2190 B is worse");
}

static void bar(gs_buf *b, const gs_frame *f, const char *line, const char *dot, double y,
                double lo, double est, double hi)
{
    double x1 = isfinite(lo) ? gs_draw_x(f, fmax(lo, f->x_lo)) : f->left;
    double x2 = isfinite(hi) ? gs_draw_x(f, fmin(hi, f->x_hi)) : f->right;
    gs_draw_line(b, line, x1, y, x2, y);
    if (!isfinite(lo) || lo < f->x_lo)
        gs_draw_text(b, "tick", 'e', f->left - 1, y + 4, "\u25c2");
    if (!isfinite(hi) || hi > f->x_hi)
        gs_draw_text(b, "tick", 's', f->right + 1, y + 4, "\u25b8");
    if (est >= f->x_lo && est <= f->x_hi)
        gs_draw_dot(b, dot, gs_draw_x(f, est), y, 4.5);
}

void gs_nof1_fig_effect(gs_buf *b, const gs_nof1_result *r, const char *id, const char *cls,
                        double width)
{
    const struct {
        const gs_nof1_effect *e;
        const char *name;
        bool model;
    } row[] = {{&r->free_itt, "without a model", false},
               {&r->model_itt, "with a model", true},
               {&r->free_taken, "full dose, without", false},
               {&r->model_taken, "full dose, with", true}};
    double lo = 0, hi = 0;
    size_t n = 0;
    int better = r->series->better > 0 ? 1 : -1;
    for (size_t i = 0; i < 4; i++)
        if (row[i].e->known) {
            reach(row[i].e->lo, &lo, &hi);
            reach(row[i].e->hi, &lo, &hi);
            reach(row[i].e->est, &lo, &hi);
            n++;
        }
    reach(better * r->worth, &lo, &hi);
    double pad = 0.08 * (hi - lo) + 1e-9, name = 128;
    gs_frame f = {lo - pad, hi + pad, 0, 1, name, width - 14, 34, 34 + 30.0 * (double)n};
    gs_draw_open(b, cls, id, width, f.bottom + 24, "Effect of B with both intervals",
                 "B minus A in points; bars are 90% intervals, the dashed line is the "
                 "smallest effect worth having.");
    zero_lines(b, &f, better, r->worth);
    double y = f.top + 15;
    for (size_t i = 0; i < 4; i++) {
        if (!row[i].e->known)
            continue;
        gs_draw_text(b, "t", 'e', name - 14, y + 4, row[i].name);
        bar(b, &f, row[i].model ? "model" : "free", row[i].model ? "modeldot" : "freedot", y,
            row[i].e->lo, row[i].e->est, row[i].e->hi);
        y += 30;
    }
    gs_draw_close(b);
}

void gs_nof1_fig_people(gs_buf *b, const gs_nof1_pooled *x, const char *id, const char *cls,
                        double width)
{
    double lo = 0, hi = 0, row = x->n > 40 ? 14 : 24;
    int better = x->mean_better > 0.5 ? (x->mean > 0 ? 1 : -1) : (x->mean > 0 ? -1 : 1);
    for (size_t i = 0; i < x->n; i++) {
        reach(x->person[i].lo, &lo, &hi);
        reach(x->person[i].hi, &lo, &hi);
    }
    double pad = 0.05 * (hi - lo) + 1e-9;
    gs_frame f = {lo - pad, hi + pad, 0, 1, 110, width - 14, 34,
                  34 + row * (double)(x->n + 2)};
    gs_draw_open(b, cls, id, width, f.bottom + 24, "Everybody's effect",
                 "Grey: the own trial alone; blue: drawn towards the others; last row: the "
                 "average person and where the next one lies.");
    zero_lines(b, &f, better, x->worth);
    double y = f.top + row / 2;
    for (size_t i = 0; i < x->n; i++, y += row) {
        const gs_nof1_person *p = &x->person[i];
        char name[80];
        gs_draw_cut(p->name, 14, name, sizeof name);
        gs_draw_text(b, "t", 'e', f.left - 14, y + 4, name);
        bar(b, &f, "own", "owndot", y - 3, p->lo, p->est, p->hi);
        bar(b, &f, "model", "modeldot", y + 4, p->shrunk_lo, p->shrunk, p->shrunk_hi);
    }
    gs_draw_text(b, "t", 'e', f.left - 14, y + 4, "average");
    bar(b, &f, "free", "freedot", y, x->mean_lo, x->mean, x->mean_hi);
    y += row;
    gs_draw_text(b, "t", 'e', f.left - 14, y + 4, "next person");
    bar(b, &f, "own", "owndot", y, x->next_lo, 0.5 * (x->next_lo + x->next_hi), x->next_hi);
    gs_draw_close(b);
}
