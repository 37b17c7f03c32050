/* Line chart as a stand-alone SVG, shared by reports and `gutskin simulate`.
 *
 * Lines carry their names at their right ends, in their own colour, pushed apart where
 * they would touch; there is no legend to look up. Colours follow Okabe and Ito (2008),
 * the light ones darkened so that text in them reads on white; from the ninth line on
 * they repeat with dashes. Very long lines are thinned to the lowest and highest value
 * of each pixel column, which looks the same and stays small. */
#include "gutskin/report.h"
#include "report/draw.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { FONT = 12, N_COLOUR = 8 };

/* clang-format off */
static const char *const colour[N_COLOUR] = {
    "#0072b2", "#d55e00", "#009e73", "#a3478a", "#6b6b6b", "#8a6d00", "#1f8fbf", "#7a3b00",
};
static const char style[] =
    "<style>"
    "text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',"
    "'Liberation Sans',Arial,'DejaVu Sans Condensed',sans-serif;fill:#333}"
    ".paper{fill:#fff}.title{font-size:16px;font-weight:600;fill:#111}"
    ".note,.unit{fill:#595959}.grid{stroke:#e3e3e3;stroke-width:1}"
    ".base{stroke:#777;stroke-width:1}.l{fill:none;stroke-width:1.8;stroke-linejoin:round}"
    ".d{stroke-dasharray:6 3}";
/* clang-format on */

typedef struct end_label {
    double y, want;
    size_t i_line;
} end_label;

static int by_height(const void *a, const void *b)
{
    const end_label *p = a, *q = b;
    if (p->want != q->want)
        return p->want < q->want ? -1 : 1;
    return p->i_line < q->i_line ? -1 : 1;
}

/* Push labels apart so that none is nearer than gap, keeping their order and staying
 * inside [top, bottom] while there is room. */
static void spread(size_t n, end_label *l, double gap, double top, double bottom)
{
    double y = top;
    for (size_t i = 0; i < n; i++) {
        l[i].y = fmax(l[i].want, y);
        y = l[i].y + gap;
    }
    y = bottom;
    for (size_t i = n; i-- > 0;) {
        l[i].y = fmin(l[i].y, y);
        y = l[i].y - gap;
    }
}

/* Range of all finite points; false when there is none. */
static bool ranges(const gs_plot *p, gs_frame *f)
{
    f->x_lo = f->y_lo = HUGE_VAL;
    f->x_hi = f->y_hi = -HUGE_VAL;
    for (size_t i = 0; i < p->n_line; i++)
        for (size_t k = 0; k < p->line[i].n; k++) {
            double x = p->line[i].x[k], y = p->line[i].y[k];
            if (!isfinite(x) || !isfinite(y))
                continue;
            f->x_lo = fmin(f->x_lo, x), f->x_hi = fmax(f->x_hi, x);
            f->y_lo = fmin(f->y_lo, y), f->y_hi = fmax(f->y_hi, y);
        }
    if (!(f->x_hi >= f->x_lo))
        return false;
    if (f->x_hi == f->x_lo)
        f->x_lo -= 0.5, f->x_hi += 0.5;
    double pad = 0.05 * (f->y_hi - f->y_lo);
    if (f->y_hi - f->y_lo <= 1e-12 * fmax(fabs(f->y_hi), 1))
        pad = f->y_hi != 0 ? 0.1 * fabs(f->y_hi) : 1;
    /* zero is a natural floor when the lines come near it */
    bool from_zero = f->y_lo >= 0 && f->y_lo < 0.25 * f->y_hi;
    f->y_lo = from_zero ? 0 : f->y_lo - pad;
    f->y_hi += pad;
    return isfinite(f->x_hi - f->x_lo) && isfinite(f->y_hi - f->y_lo);
}

static void draw_axes(gs_buf *b, const gs_frame *f, const gs_plot *p)
{
    gs_tick tick[GS_TICK_MAX];
    size_t n = gs_draw_ticks(f->y_lo, f->y_hi, (int)((f->bottom - f->top) / 50) + 1, tick);
    for (size_t i = 0; i < n; i++) {
        double y = gs_draw_y(f, tick[i].at);
        gs_draw_line(b, "grid", f->left, y, f->right, y);
        gs_draw_text(b, "t", 'e', f->left - 6, y + 4, tick[i].label);
    }
    gs_draw_line(b, "base", f->left, f->bottom, f->right, f->bottom);
    n = gs_draw_ticks(f->x_lo, f->x_hi, (int)((f->right - f->left) / 80) + 1, tick);
    for (size_t i = 0; i < n; i++) {
        double x = gs_draw_x(f, tick[i].at);
        gs_draw_line(b, "base", x, f->bottom, x, f->bottom + 4);
        gs_draw_text(b, "t", 'm', x, f->bottom + 17, tick[i].label);
    }
    gs_draw_text(b, "unit", 's', f->left, f->top - 10, p->y_title ? p->y_title : "");
    gs_draw_text(b, "unit", 'm', 0.5 * (f->left + f->right), f->bottom + 35,
                 p->x_title ? p->x_title : "");
}

/* One line, thinned to two points a pixel column where it has many more than that. */
static bool draw_line(gs_buf *b, const gs_frame *f, size_t i_line, const gs_plot_line *l)
{
    char cls[32];
    snprintf(cls, sizeof cls, "l c%zu%s", i_line % N_COLOUR, i_line >= N_COLOUR ? " d" : "");
    size_t n_col = (size_t)(f->right - f->left);
    if (l->n <= 4 * n_col) {
        gs_draw_path(b, cls, f, l->n, l->x, l->y, 0);
        return true;
    }
    size_t per = l->n / (2 * n_col) + 1, n = 0, room = 2 * (l->n / per + 1);
    double *x = malloc(2 * room * sizeof *x), *y = x + room;
    if (!x)
        return false;
    for (size_t from = 0; from < l->n; from += per) {
        size_t to = from + per < l->n ? from + per : l->n, lo = from, hi = from;
        bool broken = false;
        for (size_t k = from; k < to; k++) {
            broken |= !isfinite(l->y[k]) || !isfinite(l->x[k]);
            lo = l->y[k] < l->y[lo] || !isfinite(l->y[lo]) ? k : lo;
            hi = l->y[k] > l->y[hi] || !isfinite(l->y[hi]) ? k : hi;
        }
        size_t first = lo < hi ? lo : hi, second = lo < hi ? hi : lo;
        x[n] = l->x[first], y[n++] = l->y[first];
        x[n] = l->x[second], y[n++] = broken ? NAN : l->y[second];
    }
    gs_draw_path(b, cls, f, n, x, y, 0);
    free(x);
    return true;
}

static bool draw_names(gs_buf *b, const gs_frame *f, const gs_plot *p)
{
    end_label *label = calloc(p->n_line ? p->n_line : 1, sizeof *label);
    if (!label)
        return false;
    size_t n = 0;
    for (size_t i = 0; i < p->n_line; i++) {
        const gs_plot_line *l = &p->line[i];
        size_t k = l->n;
        while (k > 0 && !(isfinite(l->y[k - 1]) && isfinite(l->x[k - 1])))
            k--;
        if (k)
            label[n++] = (end_label){.want = gs_draw_y(f, l->y[k - 1]), .i_line = i};
    }
    qsort(label, n, sizeof *label, by_height);
    double room = f->bottom - f->top;
    double gap = n > 1 ? fmin(FONT + 2, room / (double)(n - 1)) : 0;
    spread(n, label, gap, f->top, f->bottom);
    for (size_t i = 0; i < n; i++) {
        char cls[32], name[64];
        snprintf(cls, sizeof cls, "n%zu", label[i].i_line % N_COLOUR);
        const char *text = p->line[label[i].i_line].name;
        gs_draw_cut(text ? text : "", 26, name, sizeof name);
        gs_draw_text(b, cls, 's', f->right + 8, label[i].y + 4, name);
    }
    free(label);
    return true;
}

static double name_room(const gs_plot *p)
{
    double w = 0;
    for (size_t i = 0; i < p->n_line; i++) {
        char name[64];
        gs_draw_cut(p->line[i].name ? p->line[i].name : "", 26, name, sizeof name);
        w = fmax(w, gs_draw_width(name, FONT));
    }
    return w;
}

gs_status gs_report_plot_svg(const gs_plot *p, gs_buf *out, gs_err *err)
{
    int w = p->width > 0 ? p->width : 720, h = p->height > 0 ? p->height : 360;
    if (w < 200 || h < 150 || w > 20000 || h > 20000)
        return gs_fail(err, GS_EUSE, "a chart of %d x %d px cannot be drawn; ask for "
                                     "200 x 150 to 20000 x 20000", w, h);
    const char *title = p->title ? p->title : "";
    gs_frame f = {.left = 62, .right = w - 16 - fmin(name_room(p), 0.35 * w),
                  .top = *title ? 62 : 34, .bottom = h - (p->note ? 70 : 48)};
    bool any = ranges(p, &f), memory = true;

    gs_draw_open(out, "plot", "plot", w, h, title, p->note ? p->note : title);
    gs_buf_put(out, style);
    for (size_t i = 0; i < N_COLOUR; i++)
        gs_buf_printf(out, ".c%zu{stroke:%s}.n%zu{fill:%s}", i, colour[i], i, colour[i]);
    gs_buf_put(out, "</style>\n");
    gs_draw_rect(out, "paper", 0, 0, w, h);
    gs_draw_text(out, "title", 's', 16, 26, title);
    if (any) {
        draw_axes(out, &f, p);
        for (size_t i = 0; i < p->n_line; i++)
            memory = draw_line(out, &f, i, &p->line[i]) && memory;
        memory = draw_names(out, &f, p) && memory;
    } else {
        gs_draw_text(out, "unit", 'm', 0.5 * w, 0.5 * h, "nothing to draw: no values");
    }
    if (p->note)
        gs_draw_text(out, "note", 's', 16, h - 12, p->note);
    gs_draw_close(out);
    if (!memory || out->failed)
        return gs_fail(err, GS_ENOMEM, "out of memory while drawing a chart");
    return GS_OK;
}
