/* One picture of what bench_engine, bench_engine_scale and bench_engine_grad said.
 *
 *     cat bench/results/2026-11-28-engine.jsonl | build/bench_engine_figure > docs/engine.svg
 *
 * Left: speed of every set-up against the error it reaches. Right, above: cost of a
 * person-day as people, days and states grow; below: cost of ten derivatives of a year
 * against their error. Logarithms everywhere; lines of other kinds are skipped. */
#include "report/draw.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LINES = 24, MOST_POINTS = 12 };

typedef struct line {
    char name[40];
    size_t n;
    double x[MOST_POINTS], y[MOST_POINTS];
} line;

typedef struct panel {
    const char *title, *x_name, *y_name;
    double left, top, width, height;
    size_t n;
    line l[MOST_LINES];
} panel;

static const char style[] =
    "<style>text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',Arial,"
    "sans-serif;fill:#333}.paper{fill:#fff}.title{font-size:15px;font-weight:600;fill:#111}"
    ".unit{fill:#595959}.grid{stroke:#e3e3e3}.base{stroke:#777}"
    ".l{fill:none;stroke-width:1.8;stroke-linejoin:round}"
    ".k0{stroke:#0072b2}.d0{fill:#0072b2}.k1{stroke:#d55e00}.d1{fill:#d55e00}"
    ".k2{stroke:#009e73}.d2{fill:#009e73}.k3{stroke:#6b6b6b}.d3{fill:#6b6b6b}"
    ".k4{stroke:#8a6d00}.d4{fill:#8a6d00}.k5{stroke:#a3478a}.d5{fill:#a3478a}</style>";

/* ours double, ours single, ours without vectors; SUNDIALS, deSolve, SciPy */
static int colour_of(const char *name)
{
    bool ours = strncmp(name, "ours", 4) == 0 || strncmp(name, "grid", 4) == 0 ||
                strncmp(name, "by ", 3) == 0;
    if (!ours)
        return strncmp(name, "deS", 3) == 0 ? 4 : strncmp(name, "Sci", 3) == 0 ? 5 : 3;
    if (strstr(name, "single"))
        return 1;
    return strstr(name, "plain") || strstr(name, "twin") || strcmp(name, "grid") == 0 ? 2 : 0;
}

static void add(panel *p, const char *name, double x, double y)
{
    size_t i = 0;
    while (i < p->n && strcmp(p->l[i].name, name) != 0)
        i++;
    if (i == MOST_LINES || !(x > 0) || !(y > 0))
        return;
    if (i == p->n)
        snprintf(p->l[p->n++].name, sizeof p->l->name, "%s", name);
    line *l = &p->l[i];
    if (l->n < MOST_POINTS) {
        l->x[l->n] = log10(x);
        l->y[l->n++] = log10(y);
    }
}

static double number(json_t *j, const char *key)
{
    return json_number_value(json_object_get(j, key));
}

static void take(json_t *j, panel *speed, panel *scale, panel *grad)
{
    const char *bench = json_string_value(json_object_get(j, "bench"));
    const char *name = json_string_value(json_object_get(j, "case"));
    const char *by = json_string_value(json_object_get(j, "by"));
    if (!bench)
        return;
    if (name && strcmp(bench, "engine") == 0 && json_object_get(j, "erms"))
        add(speed, name, number(j, "erms"),
            json_number_value(json_array_get(json_object_get(j, "py_per_s"), 0)));
    if (name && strcmp(bench, "engine grad") == 0 && json_object_get(j, "error"))
        add(grad, name, number(j, "error"),
            json_number_value(json_array_get(json_object_get(j, "ms_a_year"), 0)));
    if (by && strcmp(bench, "engine scale") == 0 && strcmp(by, "memory") != 0) {
        char label[40];
        snprintf(label, sizeof label, "by %s", by);
        add(scale, label, number(j, by), number(j, "us_a_person_day"));
    }
}

static int by_x(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* points of a line from left to right */
static void sort(line *l)
{
    double pair[MOST_POINTS][2];
    for (size_t i = 0; i < l->n; i++)
        pair[i][0] = l->x[i], pair[i][1] = l->y[i];
    qsort(pair, l->n, sizeof *pair, by_x);
    for (size_t i = 0; i < l->n; i++)
        l->x[i] = pair[i][0], l->y[i] = pair[i][1];
}

static void decades(gs_buf *b, const gs_frame *f)
{
    char label[24];
    for (int e = (int)ceil(f->y_lo); e <= f->y_hi; e++) {
        double y = gs_draw_y(f, e);
        snprintf(label, sizeof label, "%g", pow(10, e));
        gs_draw_line(b, "grid", f->left, y, f->right, y);
        gs_draw_text(b, "t", 'e', f->left - 6, y + 4, label);
    }
    for (int e = (int)ceil(f->x_lo); e <= f->x_hi; e++) {
        double x = gs_draw_x(f, e);
        snprintf(label, sizeof label, "%g", pow(10, e));
        gs_draw_line(b, "base", x, f->bottom, x, f->bottom + 4);
        gs_draw_text(b, "t", 'm', x, f->bottom + 17, label);
    }
    gs_draw_line(b, "base", f->left, f->bottom, f->right, f->bottom);
}

typedef struct tag {
    double want, y;
    size_t i;
} tag;

static int by_want(const void *a, const void *b)
{
    const tag *p = a, *q = b;
    return (p->want > q->want) - (p->want < q->want);
}

/* names beside the right ends of the lines, pushed apart */
static void names(gs_buf *b, const gs_frame *f, const panel *p)
{
    tag t[MOST_LINES];
    for (size_t i = 0; i < p->n; i++)
        t[i] = (tag){gs_draw_y(f, p->l[i].y[p->l[i].n - 1]), 0, i};
    qsort(t, p->n, sizeof *t, by_want);
    for (size_t i = 0; i < p->n; i++)
        t[i].y = i && t[i].want < t[i - 1].y + 14 ? t[i - 1].y + 14 : t[i].want;
    double over = p->n ? t[p->n - 1].y - f->bottom : 0;
    for (size_t i = 0; i < p->n; i++) {
        const line *l = &p->l[t[i].i];
        double y = t[i].y - (over > 0 ? over : 0);
        char cls[8];
        snprintf(cls, sizeof cls, "d%d", colour_of(l->name));
        gs_draw_text(b, cls, 's', f->right + 8, y + 4, l->name);
    }
}

static void draw(gs_buf *b, panel *p)
{
    gs_frame f = {HUGE_VAL, -HUGE_VAL, HUGE_VAL, -HUGE_VAL, p->left, p->left + p->width,
                  p->top, p->top + p->height};
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < p->l[i].n; k++) {
            f.x_lo = fmin(f.x_lo, p->l[i].x[k]), f.x_hi = fmax(f.x_hi, p->l[i].x[k]);
            f.y_lo = fmin(f.y_lo, p->l[i].y[k]), f.y_hi = fmax(f.y_hi, p->l[i].y[k]);
        }
    gs_draw_text(b, "title", 's', p->left - 40, p->top - 34, p->title);
    gs_draw_text(b, "unit", 's', p->left - 40, p->top - 14, p->y_name);
    if (!(f.x_hi >= f.x_lo)) {
        gs_draw_text(b, "t", 's', p->left, p->top + 20, "not measured");
        return;
    }
    f.x_lo -= 0.15, f.x_hi += 0.15, f.y_lo -= 0.15, f.y_hi += 0.15;
    decades(b, &f);
    gs_draw_text(b, "unit", 'm', p->left + 0.5 * p->width, f.bottom + 35, p->x_name);
    for (size_t i = 0; i < p->n; i++) {
        char cls[16];
        sort(&p->l[i]);
        snprintf(cls, sizeof cls, "l k%d", colour_of(p->l[i].name));
        gs_draw_path(b, cls, &f, p->l[i].n, p->l[i].x, p->l[i].y, 0);
        snprintf(cls, sizeof cls, "d%d", colour_of(p->l[i].name));
        for (size_t k = 0; k < p->l[i].n; k++)
            gs_draw_dot(b, cls, gs_draw_x(&f, p->l[i].x[k]), gs_draw_y(&f, p->l[i].y[k]), 2.4);
    }
    names(b, &f, p);
}

int main(void)
{
    static panel speed = {.title = "Speed at the error reached", .x_name =
                          "rms error of all states, relative", .y_name =
                          "person-years a CPU second", .left = 70, .top = 60, .width = 380,
                          .height = 480};
    static panel scale = {.title = "Cost as things grow", .x_name = "people, days, states",
                          .y_name = "\302\265s a person-day", .left = 700, .top = 60,
                          .width = 240, .height = 170};
    static panel grad = {.title = "Ten derivatives of a year", .x_name = "rms error, relative",
                         .y_name = "CPU ms", .left = 700, .top = 340, .width = 240,
                         .height = 200};
    gs_buf b = {0};
    json_t *j;
    json_error_t e;
    while ((j = json_loadf(stdin, JSON_DISABLE_EOF_CHECK, &e)) != NULL) {
        take(j, &speed, &scale, &grad);
        json_decref(j);
    }
    gs_draw_open(&b, "engine", "engine", 1130, 600, "The engine, measured",
                 "Speed against error beside CVODE, deSolve and SciPy; growth of cost; "
                 "derivatives beside CVODES. Figures are in docs/notes/engine.md.");
    gs_buf_put(&b, style);
    gs_draw_rect(&b, "paper", 0, 0, 1130, 600);
    draw(&b, &speed);
    draw(&b, &scale);
    draw(&b, &grad);
    gs_draw_close(&b);
    fwrite(b.data, 1, b.len, stdout);
    gs_buf_free(&b);
    return 0;
}
