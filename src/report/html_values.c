/* The page's section on measured values: what was measured against what the diary alone
 * lets one expect, and what the values moved, before and after. */
#include "report/page.h"
#include "report/say.h"
#include "report/values.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- figures: one row a value, one row a number that moved ---- */

enum { ROW_WIDE = 30, ROW_NARROW = 48, FOOT = 34, MOST_ROWS = 24 };

typedef struct rows {
    gs_frame f;
    double step, height;
    bool above; /* names stand above their rows, on a phone */
} rows;

static rows layout(double width, size_t n, double lo, double hi)
{
    rows r = {.above = width < 500};
    r.step = r.above ? ROW_NARROW : ROW_WIDE;
    r.height = 14 + r.step * (double)n + FOOT;
    r.f = (gs_frame){lo, hi, 0, 1, r.above ? 8 : 236, width - (r.above ? 14 : 24), 14, r.height - FOOT};
    return r;
}

static double row_y(const rows *r, size_t k)
{
    return r->f.top + r->step * (double)k + (r->above ? 30 : 15);
}

static void row_name(gs_buf *b, const rows *r, double y, const char *name)
{
    char text[120];
    gs_draw_cut(name, r->above ? 44 : 34, text, sizeof text);
    gs_draw_text(b, "t", r->above ? 's' : 'e', r->above ? r->f.left : r->f.left - 12,
                 r->above ? y - 15 : y + 4, text);
}

static void bar(gs_buf *b, const rows *r, const char *name, double q05, double q25, double q50,
                double q75, double q95, double y, double h)
{
    const double lo[] = {q05, q25}, hi[] = {q95, q75};
    char cls[32];
    for (int i = 0; i < 2; i++) {
        double x1 = fmax(gs_draw_x(&r->f, lo[i]), r->f.left);
        double x2 = fmin(gs_draw_x(&r->f, hi[i]), r->f.right);
        snprintf(cls, sizeof cls, "%s%s", name, i ? "50" : "90");
        gs_draw_rect(b, cls, x1, y, fmax(x2 - x1, 0), h);
    }
    snprintf(cls, sizeof cls, "%smid", name);
    double mid = fmin(fmax(gs_draw_x(&r->f, q50), r->f.left), r->f.right);
    gs_draw_line(b, cls, mid, y - 1, mid, y + h + 1);
}

/* A channel measured again and again is told by its days. */
static void value_name(gs_buf *b, const rows *r, double y, const gs_answer *x, size_t i)
{
    const gs_answer_value *v = &x->value[i];
    bool again = (i > 0 && strcmp(x->value[i - 1].name, v->name) == 0)
                 || (i + 1 < x->n_value && strcmp(x->value[i + 1].name, v->name) == 0);
    gs_buf name = {0};
    if (again) {
        gs_buf_printf(&name, "%.*s, ", (int)strcspn(v->title, ","), v->title);
        gs_say_day(&name, x, v->day, true);
    }
    row_name(b, r, y, again && name.data ? name.data : v->title);
    gs_buf_free(&name);
}

static double times(double v, const gs_answer_value *x)
{
    return log10(v / x->expected.q50);
}

static bool heard(const gs_answer_value *v)
{
    return !*v->why_not && v->value > 0 && v->expected.q05 > 0 && isfinite(v->expected.q95);
}

/* Values as multiples of what was expected, on a logarithmic axis. */
static size_t figure_values(gs_buf *b, const gs_answer *x, double width, const char *id,
                            const char *cls)
{
    double reach = log10(5);
    size_t n = 0, k = 0;
    int32_t since = gs_values_since(x, MOST_ROWS);
    for (size_t i = 0; i < x->n_value; i++) {
        const gs_answer_value *v = &x->value[i];
        if (!heard(v) || v->day < since)
            continue;
        n++;
        reach = fmax(reach, fmax(fabs(times(v->value, v)), fmax(-times(v->expected.q05, v),
                                                               times(v->expected.q95, v))));
    }
    if (n == 0)
        return 0;
    reach = fmin(1.08 * reach, 4);
    rows r = layout(width, n, -reach, reach);
    gs_draw_open(b, cls, id, width, r.height, "Measured values against what was expected",
                 "one row a value: the measured one as a dot, what the diary alone lets one expect "
                 "as a bar");
    for (int e = -4; e <= 4; e++) {
        char label[24];
        double px = gs_draw_x(&r.f, e);
        if (fabs((double)e) > reach)
            continue;
        snprintf(label, sizeof label, e ? e < 0 ? "1/%.0f" : "\u00d7%.0f" : "as expected", pow(10, abs(e)));
        gs_draw_line(b, e ? "grid" : "zero", px, r.f.top, px, r.f.bottom);
        gs_draw_text(b, "tick", 'm', px, r.f.bottom + 18, label);
    }
    for (size_t i = 0; i < x->n_value; i++) {
        const gs_answer_value *v = &x->value[i];
        if (!heard(v) || v->day < since)
            continue;
        const gs_band *q = &v->expected;
        double y = row_y(&r, k++);
        value_name(b, &r, y, x, i);
        bar(b, &r, "prior", times(q->q05, v), times(q->q25, v), 0, times(q->q75, v), times(q->q95, v),
            y - 7, 14);
        double at = fmin(fmax(times(v->value, v), -reach), reach);
        gs_draw_dot(b, "entry", gs_draw_x(&r.f, at), y, 5);
    }
    gs_draw_close(b);
    return n;
}

/* Before and after, in spreads of before: its middle at 0, its nine chances in ten near 1.6. */
static void figure_shifts(gs_buf *b, const gs_answer *x, double width, const char *id,
                          const char *cls)
{
    rows r = layout(width, x->n_shift, -3.2, 3.2);
    gs_draw_open(b, cls, id, width, r.height, "What the measured values moved",
                 "one row a number: before the values above, with them below");
    for (int t = -3; t <= 3; t++) {
        char label[16];
        double px = gs_draw_x(&r.f, t);
        snprintf(label, sizeof label, t ? "%s%d" : "unmoved", t < 0 ? "\u2212" : "+", abs(t));
        gs_draw_line(b, t ? "grid" : "zero", px, r.f.top, px, r.f.bottom);
        gs_draw_text(b, "tick", 'm', px, r.f.bottom + 18, label);
    }
    for (size_t i = 0; i < x->n_shift; i++) {
        const gs_answer_shift *s = &x->shift[i];
        double mid = s->before.q50, unit = (s->before.q95 - s->before.q05) / 3.29;
        double y = row_y(&r, i);
        row_name(b, &r, y, s->title);
        if (!(unit > 0))
            continue;
        const gs_band *q[2] = {&s->before, &s->after};
        for (int k = 0; k < 2; k++)
            bar(b, &r, k ? "post" : "prior", (q[k]->q05 - mid) / unit, (q[k]->q25 - mid) / unit,
                (q[k]->q50 - mid) / unit, (q[k]->q75 - mid) / unit, (q[k]->q95 - mid) / unit,
                k ? y + 1 : y - 10, 9);
    }
    gs_draw_close(b);
}

/* ---- tables ---- */

static void band_text(page *p, const char *name, const gs_band *q)
{
    gs_values_amount(&p->say, name, q->q50, "");
    gs_buf_put(&p->say, " (");
    gs_values_range(&p->say, name, q->q05, q->q95);
    gs_buf_put(&p->say, ")");
    said(p);
}

static void table_values(page *p)
{
    put(p, "<details class=\"long\"><summary>The measured values as numbers</summary>\n<div class=\"scroll\" "
           "tabindex=\"0\" role=\"region\" aria-label=\"measured values\">\n<table>\n<thead><tr>"
           "<th scope=\"col\">value</th><th scope=\"col\">day</th><th scope=\"col\">measured</th>"
           "<th scope=\"col\">expected, nine chances in ten</th><th scope=\"col\">noise: day, assay</th>"
           "<th scope=\"col\">method, people</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < p->x->n_value; i++) {
        const gs_answer_value *v = &p->x->value[i];
        put(p, "<tr><th scope=\"row\">");
        esc(p, v->title);
        put(p, "</th><td>");
        gs_say_day(&p->say, p->x, v->day, true);
        said(p);
        put(p, "</td><td>");
        gs_values_amount(&p->say, v->name, v->value, v->unit);
        said(p);
        put(p, "</td><td>");
        if (heard(v)) {
            gs_values_range(&p->say, v->name, v->expected.q05, v->expected.q95);
            said(p);
            gs_buf_printf(p->b, "</td><td>\u00d7/\u00f7 %.2f</td><td>\u00d7/\u00f7 %.2f", v->noise, v->offset);
        } else {
            put(p, "not heard</td><td></td><td>");
        }
        put(p, "</td></tr>\n");
    }
    put(p, "</tbody></table></div></details>\n");
}

static void table_shifts(page *p)
{
    put(p, "<details class=\"long\"><summary>What they moved as numbers</summary>\n<div class=\"scroll\" "
           "tabindex=\"0\" role=\"region\" aria-label=\"what the values moved\">\n<table>\n<thead><tr>"
           "<th scope=\"col\">number</th><th scope=\"col\">before</th><th scope=\"col\">with the values</th>"
           "<th scope=\"col\">moved, in spreads</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < p->x->n_shift; i++) {
        const gs_answer_shift *s = &p->x->shift[i];
        put(p, "<tr><th scope=\"row\">");
        esc(p, s->title);
        put(p, "</th><td>");
        band_text(p, s->name, &s->before);
        put(p, "</td><td>");
        band_text(p, s->name, &s->after);
        put(p, "</td><td>");
        gs_say_number(&p->say, s->moved, 2);
        said(p);
        put(p, "</td></tr>\n");
    }
    put(p, "</tbody></table></div></details>\n");
}

/* ---- the section ---- */

void gs_page_values(page *p)
{
    const gs_answer *x = p->x;
    if (!x->n_value || !p->sound)
        return;
    put(p, "<section aria-labelledby=\"values\">\n<h2 id=\"values\">What your measured values add</h2>\n");
    para(p, "", x->value_note);
    gs_values_left(&p->say, x);
    if (p->say.len) {
        put(p, "<p class=\"soft\">");
        said(p);
        put(p, "</p>\n");
    }
    static const struct {
        const char *cls;
        double width;
    } form[] = {{"pic wide", 704}, {"pic narrow", 340}};
    char id[2][32];
    size_t n = 0;
    gs_buf fig[2] = {{0}, {0}};
    for (size_t i = 0; i < 2; i++) {
        snprintf(id[i], sizeof id[i], "f%zu", p->n_id++);
        n = figure_values(&fig[i], x, form[i].width, id[i], form[i].cls);
    }
    if (n) {
        put(p, "<figure>\n<h3>Measured, and expected from your diary alone</h3>\n");
        for (size_t i = 0; i < 2; i++)
            put(p, fig[i].data ? fig[i].data : "");
        put(p, "<figcaption>The dot is the value. The bar is where it could have been expected: "
               "<span class=\"key kg50\"></span> half of the chances, <span class=\"key kg90\"></span> nine in "
               "ten. It is wide because people and laboratories differ.");
        if (gs_values_since(x, MOST_ROWS) > INT32_MIN)
            put(p, " The newest values; all are in the table.");
        put(p, "</figcaption>\n</figure>\n");
        table_values(p);
    }
    p->memory = p->memory && !fig[0].failed && !fig[1].failed;
    gs_buf_free(&fig[0]);
    gs_buf_free(&fig[1]);
    if (x->n_shift) {
        put(p, "<figure>\n<h3>What they moved</h3>\n");
        for (size_t i = 0; i < 2; i++) {
            snprintf(id[i], sizeof id[i], "f%zu", p->n_id++);
            figure_shifts(p->b, x, form[i].width, id[i], form[i].cls);
        }
        put(p, "<figcaption>Above, what your diary alone let one believe "
               "(<span class=\"key kg50\"></span> <span class=\"key kg90\"></span>); below, with the values "
               "(<span class=\"key k50\"></span> <span class=\"key k90\"></span>). One step is one spread of "
               "the belief before: bars that lie under each other say that nothing moved.</figcaption>\n"
               "</figure>\n");
        table_shifts(p);
    }
    put(p, "</section>\n");
}
