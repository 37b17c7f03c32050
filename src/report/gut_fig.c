/* Figures of the gut report. Shares are drawn on a square-root axis, so that a guild of
 * 1 % and one of 50 % can both be read; the axis says its numbers. */
#include "report/draw.h"
#include "report/gut_say.h"

#include <math.h>
#include <stdio.h>

static double at(double lo, double hi, double f)
{
    return lo + (hi - lo) * f;
}

/* Where quantile p of a reference lies in its table; p must be one of the table's. */
static double quantile(const gs_stool_ref *r, double p)
{
    for (size_t k = 0; k < GS_STOOL_N_QUANTILE; k++)
        if (fabs(gs_stool_quantile_at[k] - p) < 1e-9)
            return r->q[k];
    return NAN;
}

static void cut_name(gs_buf *b, double x, double y, const char *name, bool above)
{
    char text[120];
    gs_draw_cut(name, above ? 60 : 34, text, sizeof text);
    gs_draw_text(b, "t", above ? 's' : 'e', x, y, text);
}

enum { ROW_WIDE = 30, ROW_NARROW = 44 };

typedef struct rows {
    double left, right, top, step, height;
    bool above; /* names stand above their rows, on a phone */
} rows;

static rows layout(double width, size_t n)
{
    rows r = {.above = width < 500};
    r.left = r.above ? 8 : 230;
    r.right = width - (r.above ? 14 : 24);
    r.step = r.above ? ROW_NARROW : ROW_WIDE;
    r.top = 14;
    r.height = r.top + r.step * (double)n + 34;
    return r;
}

static double row_y(const rows *r, size_t k)
{
    return r->top + r->step * (double)k + (r->above ? 28 : 14);
}

bool gut_fig_guilds(gs_buf *b, const gs_stool *x, double width, const char *id, const char *cls)
{
    static const gs_stool_index list[] = {GS_STOOL_BUTYRATE, GS_STOOL_SACCHAROLYTIC, GS_STOOL_BIFIDO_LACTO,
                                          GS_STOOL_MUCIN, GS_STOOL_PATHOBIONT, GS_STOOL_METHANOGEN,
                                          GS_STOOL_OTHER, GS_STOOL_PRO_LPS, GS_STOOL_FUNGI, GS_STOOL_PHAGE};
    static const double tick[] = {0, 0.01, 0.05, 0.1, 0.25, 0.5, 1};
    size_t n = 0;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        n += isfinite(x->value[list[i]].count.at);
    rows r = layout(width, n);
    double bottom = r.height - 30;
    gs_draw_open(b, cls, id, width, r.height, "Shares of the guilds",
                 "one row a guild: this sample as a dot, other people as bars");
    for (size_t i = 0; i < 7; i++) {
        double px = at(r.left, r.right, sqrt(tick[i]));
        char label[16];
        snprintf(label, sizeof label, "%.0f%%", 100 * tick[i]);
        gs_draw_line(b, "grid", px, r.top, px, bottom);
        gs_draw_text(b, "tick", i == 0 ? 's' : i == 6 ? 'e' : 'm', px, bottom + 18, label);
    }
    for (size_t i = 0, k = 0; i < sizeof list / sizeof *list; i++) {
        const gs_stool_value *v = &x->value[list[i]];
        if (!isfinite(v->count.at))
            continue;
        double y = row_y(&r, k++);
        cut_name(b, r.above ? r.left : r.left - 12, r.above ? y - 14 : y + 4, gs_stool_title(list[i]), r.above);
        if (v->ref) {
            double q[5], p[5] = {0.05, 0.25, 0.5, 0.75, 0.95};
            for (int j = 0; j < 5; j++)
                q[j] = at(r.left, r.right, sqrt(fmax(quantile(v->ref, p[j]), 0)));
            gs_draw_rect(b, "prior90", q[0], y - 7, fmax(q[4] - q[0], 1), 14);
            gs_draw_rect(b, "prior50", q[1], y - 7, fmax(q[3] - q[1], 1), 14);
            gs_draw_line(b, "priormid", q[2], y - 7, q[2], y + 7);
        } else {
            gs_draw_line(b, "grid", r.left, y, r.right, y);
        }
        if (isfinite(v->day.lo))
            gs_draw_line(b, "fit", at(r.left, r.right, sqrt(fmax(v->day.lo, 0))), y,
                         at(r.left, r.right, sqrt(fmin(v->day.hi, 1))), y);
        gs_draw_dot(b, "gutdot", at(r.left, r.right, sqrt(v->count.at)), y, 5);
    }
    gs_draw_close(b);
    return n > 0;
}

bool gut_fig_places(gs_buf *b, const gs_stool *x, double width, const char *id, const char *cls)
{
    size_t n = 0;
    for (gs_stool_index i = 0; i < GS_N_STOOL; i++)
        n += x->value[i].ref && isfinite(x->value[i].place.at);
    if (n == 0)
        return false;
    rows r = layout(width, n);
    double bottom = r.height - 30;
    gs_draw_open(b, cls, id, width, r.height, "Percentiles", "one row a number: 0 is the lowest of a hundred "
                 "people, 100 the highest; the line is where another day's sample would fall");
    gs_draw_rect(b, "gap", at(r.left, r.right, 0.25), r.top, at(r.left, r.right, 0.75) - at(r.left, r.right, 0.25),
                 bottom - r.top);
    for (int t = 0; t <= 100; t += 25) {
        char label[24];
        double px = at(r.left, r.right, t / 100.0);
        snprintf(label, sizeof label, "%d", t);
        gs_draw_line(b, "grid", px, r.top, px, bottom);
        gs_draw_text(b, "tick", t == 0 ? 's' : t == 100 ? 'e' : 'm', px, bottom + 18, label);
    }
    size_t k = 0;
    for (gs_stool_index i = 0; i < GS_N_STOOL; i++) {
        const gs_stool_value *v = &x->value[i];
        if (!v->ref || !isfinite(v->place.at))
            continue;
        double y = row_y(&r, k++);
        cut_name(b, r.above ? r.left : r.left - 12, r.above ? y - 14 : y + 4, gs_stool_title(i), r.above);
        gs_draw_line(b, "grid", r.left, y, r.right, y);
        if (isfinite(v->place.lo))
            gs_draw_line(b, "fit", at(r.left, r.right, v->place.lo / 100), y,
                         at(r.left, r.right, v->place.hi / 100), y);
        gs_draw_dot(b, "gutdot", at(r.left, r.right, v->place.at / 100), y, 5);
    }
    gs_draw_close(b);
    return true;
}

bool gut_fig_curve(gs_buf *b, const gs_stool *x, double width, const char *id, const char *cls)
{
    if (x->n_curve < 2)
        return false;
    double height = 280, top = 0;
    bool two = x->curve_feature[x->n_curve - 1] > 1.02 * x->curve_genus[x->n_curve - 1];
    for (size_t k = 0; k < x->n_curve; k++)
        top = fmax(top, two ? x->curve_feature[k] : x->curve_genus[k]);
    gs_frame f = {0, x->curve_m[x->n_curve - 1], 0, 1.12 * top, 52, width - 20, 24, height - 46};
    gs_tick tick[GS_TICK_MAX];
    gs_draw_open(b, cls, id, width, height, "Rarefaction", "taxa expected among fewer reads");
    size_t n = gs_draw_ticks(f.y_lo, f.y_hi, 5, tick);
    for (size_t k = 0; k < n; k++) {
        double y = gs_draw_y(&f, tick[k].at);
        gs_draw_line(b, "grid", f.left, y, f.right, y);
        gs_draw_text(b, "tick", 'e', f.left - 8, y + 4, tick[k].label);
    }
    n = gs_draw_ticks(f.x_lo, f.x_hi, width < 500 ? 3 : 6, tick);
    for (size_t k = 0; k < n; k++)
        gs_draw_text(b, "tick", 'm', gs_draw_x(&f, tick[k].at), f.bottom + 18, tick[k].label);
    gs_draw_line(b, "base", f.left, f.bottom, f.right, f.bottom);
    gs_draw_text(b, "unit", 's', f.left, 14, "different taxa seen");
    gs_draw_text(b, "unit", 'm', 0.5 * (f.left + f.right), height - 6, "reads drawn");
    gs_draw_path(b, "fit", &f, x->n_curve, x->curve_m, x->curve_genus, 0);
    gs_draw_text(b, "name fitname", 'e', f.right, gs_draw_y(&f, x->curve_genus[x->n_curve - 1]) - 8, "genera");
    if (two) {
        gs_draw_path(b, "gutline", &f, x->n_curve, x->curve_m, x->curve_feature, 0);
        gs_draw_text(b, "name", 'e', f.right, gs_draw_y(&f, x->curve_feature[x->n_curve - 1]) - 8,
                     "rows of the table");
    }
    gs_draw_close(b);
    return true;
}

bool gut_fig_map(gs_buf *b, const gs_stool *x, double width, const char *id, const char *cls)
{
    const gs_stool_map *m = x->map;
    if (!m)
        return false;
    double side = fmin(width, 460), most = 0, left = 0.5 * (width - side) + 8;
    size_t n = m->n_cell;
    for (size_t k = 0; k < n * n; k++)
        most = fmax(most, m->cell[k]);
    gs_frame f = {m->x_lo, m->x_hi, m->y_lo, m->y_hi, left, left + side - 16, 8, side - 28};
    char label[80];
    gs_draw_open(b, cls, id, width, side + 4, "Where this sample lies among others",
                 "two main axes of how people's communities differ; darker squares hold more people");
    double w = (f.right - f.left) / (double)n, h = (f.bottom - f.top) / (double)n;
    for (size_t r = 0; r < n; r++)
        for (size_t c = 0; c < n; c++)
            if (m->cell[r * n + c] > 0)
                gs_buf_printf(b, "<rect class=\"prior50\" fill-opacity=\"%.2f\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                              "height=\"%.1f\"/>", 0.2 + 0.8 * sqrt(m->cell[r * n + c] / most),
                              f.left + w * (double)c, f.bottom - h * (double)(r + 1), w, h);
    gs_draw_line(b, "base", f.left, f.bottom, f.right, f.bottom);
    gs_draw_line(b, "base", f.left, f.top, f.left, f.bottom);
    snprintf(label, sizeof label, "first axis, %.0f%% of the variation", 100 * m->share1);
    gs_draw_text(b, "unit", 'm', 0.5 * (f.left + f.right), f.bottom + 20, label);
    snprintf(label, sizeof label, "second axis, %.0f%%", 100 * m->share2);
    gs_draw_text(b, "unit", 's', f.left + 6, f.top + 12, label);
    /* outside the picture: at its edge, as far as it goes */
    double px = fmin(fmax(x->map_x, f.x_lo), f.x_hi), py = fmin(fmax(x->map_y, f.y_lo), f.y_hi);
    for (size_t k = 0; k < x->n_cloud; k++)
        if (x->cloud_x[k] > f.x_lo && x->cloud_x[k] < f.x_hi && x->cloud_y[k] > f.y_lo && x->cloud_y[k] < f.y_hi)
            gs_draw_dot(b, "gutcloud", gs_draw_x(&f, x->cloud_x[k]), gs_draw_y(&f, x->cloud_y[k]), 2);
    gs_draw_dot(b, "gutdot", gs_draw_x(&f, px), gs_draw_y(&f, py), 6);
    bool right = px > 0.5 * (f.x_lo + f.x_hi);
    gs_draw_text(b, "name fitname", right ? 'e' : 's', gs_draw_x(&f, px) + (right ? -10 : 10),
                 gs_draw_y(&f, py) - 8, px == x->map_x && py == x->map_y ? "this sample"
                                                                          : "this sample, beyond the edge");
    gs_draw_close(b);
    return true;
}

/* ---- stand-alone points --------------------------------------------------------------- */

static const char *const colour[] = {"#9a9a9a", "#d55e00", "#0072b2", "#009e73", "#a3478a", "#8a6d00",
                                     "#1f8fbf", "#7a3b00"};

gs_status gs_gutreport_points_svg(const char *title, size_t n, const double *coord, size_t stride,
                                  const double share[2], const uint32_t *group, size_t n_group,
                                  const char *const *group_name, long mark, const char *mark_name,
                                  gs_buf *out, gs_err *err)
{
    enum { W = 760, H = 600, N_COLOUR = sizeof colour / sizeof *colour };
    gs_frame f = {HUGE_VAL, -HUGE_VAL, HUGE_VAL, -HUGE_VAL, 60, W - 190, 50, H - 50};
    for (size_t i = 0; i < n; i++) {
        f.x_lo = fmin(f.x_lo, coord[i * stride]), f.x_hi = fmax(f.x_hi, coord[i * stride]);
        f.y_lo = fmin(f.y_lo, coord[i * stride + 1]), f.y_hi = fmax(f.y_hi, coord[i * stride + 1]);
    }
    double px = 0.04 * (f.x_hi - f.x_lo) + 1e-12, py = 0.04 * (f.y_hi - f.y_lo) + 1e-12;
    f.x_lo -= px, f.x_hi += px, f.y_lo -= py, f.y_hi += py;
    gs_draw_open(out, "plot", "points", W, H, title, title);
    gs_buf_put(out, "<style>text{font:12px system-ui,-apple-system,'Segoe UI','Liberation Sans',Arial,"
                    "'DejaVu Sans Condensed',sans-serif;fill:#333}.paper{fill:#fff}.title{font-size:16px;"
                    "font-weight:600}.grid{stroke:#e3e3e3}.base{stroke:#777}.mark{fill:none;stroke:#000;"
                    "stroke-width:2.5}");
    for (size_t k = 0; k < N_COLOUR; k++)
        gs_buf_printf(out, ".g%zu{fill:%s;fill-opacity:.7}", k, colour[k]);
    gs_buf_put(out, "</style>\n");
    gs_draw_rect(out, "paper", 0, 0, W, H);
    gs_draw_text(out, "title", 's', 16, 26, title);
    gs_tick tick[GS_TICK_MAX];
    size_t n_tick = gs_draw_ticks(f.x_lo, f.x_hi, 6, tick);
    for (size_t k = 0; k < n_tick; k++) {
        gs_draw_line(out, "grid", gs_draw_x(&f, tick[k].at), f.top, gs_draw_x(&f, tick[k].at), f.bottom);
        gs_draw_text(out, "t", 'm', gs_draw_x(&f, tick[k].at), f.bottom + 16, tick[k].label);
    }
    n_tick = gs_draw_ticks(f.y_lo, f.y_hi, 6, tick);
    for (size_t k = 0; k < n_tick; k++) {
        gs_draw_line(out, "grid", f.left, gs_draw_y(&f, tick[k].at), f.right, gs_draw_y(&f, tick[k].at));
        gs_draw_text(out, "t", 'e', f.left - 6, gs_draw_y(&f, tick[k].at) + 4, tick[k].label);
    }
    char label[80], cls[16];
    snprintf(label, sizeof label, "axis 1 (%.1f%% of the variation)", 100 * share[0]);
    gs_draw_text(out, "t", 'm', 0.5 * (f.left + f.right), H - 14, label);
    snprintf(label, sizeof label, "axis 2 (%.1f%%)", 100 * share[1]);
    gs_draw_text(out, "t", 's', f.left, f.top - 8, label);
    for (size_t i = 0; i < n; i++) {
        snprintf(cls, sizeof cls, "g%zu", (size_t)(group ? group[i] % N_COLOUR : 2));
        gs_draw_dot(out, cls, gs_draw_x(&f, coord[i * stride]), gs_draw_y(&f, coord[i * stride + 1]),
                    n > 500 ? 2.2 : 3.5);
    }
    for (size_t g = 0; group && g < n_group && g < 24; g++) {
        char name[64];
        snprintf(cls, sizeof cls, "g%zu", g % N_COLOUR);
        gs_draw_dot(out, cls, f.right + 20, f.top + 10 + 20 * (double)g, 5);
        gs_draw_cut(group_name[g], 22, name, sizeof name);
        gs_draw_text(out, "t", 's', f.right + 32, f.top + 14 + 20 * (double)g, name);
    }
    if (mark >= 0 && (size_t)mark < n) {
        double mx = gs_draw_x(&f, coord[(size_t)mark * stride]), my = gs_draw_y(&f, coord[(size_t)mark * stride + 1]);
        char name[64];
        gs_draw_dot(out, "mark", mx, my, 8);
        gs_draw_cut(mark_name, 30, name, sizeof name);
        gs_draw_text(out, "t", mx > 0.5 * (f.left + f.right) ? 'e' : 's', mx + (mx > 0.5 * (f.left + f.right) ? -12 : 12), my - 10, name);
    }
    gs_draw_close(out);
    return out->failed ? gs_fail(err, GS_ENOMEM, "out of memory for a picture") : GS_OK;
}
