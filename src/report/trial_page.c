/* A virtual trial as a picture and as a page. The page is well-formed XML, holds its own
 * pictures and style, and forbids every load, as the diary's page does. */
#include "report/trial_say.h"

#include "report/draw.h"
#include "report/fig.h"
#include "report/say.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_COLOUR = 6 };

/* clang-format off */
static const char alone[] =
    "<style>"
    "text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',"
    "'Liberation Sans',Arial,'DejaVu Sans Condensed',sans-serif;fill:#333}"
    ".paper{fill:#fff}.title{font-size:16px;font-weight:600;fill:#111}"
    ".unit,.tick,.soft{fill:#595959}.grid{stroke:#e3e3e3;stroke-width:1}"
    ".base{stroke:#777;stroke-width:1}";
static const char *const colour[N_COLOUR] = {"#6b6b6b", "#0072b2", "#c04d00", "#00805c",
                                             "#a3478a", "#8a6d00"};
static const char *const dark[N_COLOUR] = {"#b0aca3", "#8cc4f5", "#ffb07a", "#6fd8b5",
                                           "#e3a5d3", "#e0c060"};
/* clang-format on */

static void arm_styles(gs_buf *b, const char *const *c)
{
    for (int i = 0; i < N_COLOUR; i++)
        gs_buf_printf(b,
                      ".arm%d{fill:none;stroke:%s;stroke-width:2;stroke-linejoin:round}"
                      ".spot%d,text.name%d{fill:%s}.belief%d{fill:%s;fill-opacity:.16}"
                      ".pic text.name%d{fill:%s;font-weight:600}",
                      i, c[i], i, i, c[i], i, c[i], i, c[i]);
}

typedef struct chart {
    gs_frame f;
    gs_buf *b;
} chart;

static void axes(chart *c, const char *x_title, const char *y_title, bool weeks)
{
    gs_tick tick[GS_TICK_MAX];
    const gs_frame *f = &c->f;
    size_t n =
        gs_draw_ticks(f->y_lo, f->y_hi, (int)((f->bottom - f->top) / 50) + 1, tick);
    for (size_t i = 0; i < n; i++) {
        double y = gs_draw_y(f, tick[i].at);
        gs_draw_line(c->b, "grid", f->left, y, f->right, y);
        gs_draw_text(c->b, "tick", 'e', f->left - 6, y + 4, tick[i].label);
    }
    gs_draw_line(c->b, "base", f->left, f->bottom, f->right, f->bottom);
    double per = weeks ? 7 : 1;
    n = gs_draw_ticks(f->x_lo / per, f->x_hi / per,
                      (int)((f->right - f->left) / 80) + 1, tick);
    for (size_t i = 0; i < n; i++) {
        double x = gs_draw_x(f, tick[i].at * per);
        gs_draw_line(c->b, "base", x, f->bottom, x, f->bottom + 4);
        gs_draw_text(c->b, "tick", 'm', x, f->bottom + 17, tick[i].label);
    }
    gs_draw_text(c->b, "unit", 's', f->left, f->top - 10, y_title);
    gs_draw_text(c->b, "unit", 'm', 0.5 * (f->left + f->right), f->bottom + 35,
                 x_title);
}

/* ---- arms ---- */

typedef struct arm_line {
    double x[64], y[64], lo[64], hi[64];
    size_t n;
} arm_line;

static void line_of(const trial_words *w, size_t arm, arm_line *l)
{
    bool onset = w->t->kind == GS_TRIAL_ONSET;
    l->n = w->t->n_visit;
    for (size_t v = 0; v < l->n; v++) {
        const gs_trial_curve *c = trial_curve(w, arm, v);
        l->x[v] = (double)w->t->visit[v];
        l->y[v] = onset ? 100 * c->all.responder : c->all.mean;
        l->lo[v] = onset ? 100 * c->responder_lo : c->mean_lo;
        l->hi[v] = onset ? 100 * c->responder_hi : c->mean_hi;
    }
}

static void reach(const trial_words *w, arm_line *l, gs_frame *f)
{
    f->x_lo = 0;
    f->x_hi = (double)w->t->visit[w->t->n_visit - 1];
    f->y_lo = HUGE_VAL;
    f->y_hi = -HUGE_VAL;
    for (size_t a = 0; a < w->t->n_arm; a++) {
        line_of(w, a, l);
        for (size_t v = 0; v < l->n; v++) {
            f->y_lo = fmin(f->y_lo, fmin(l->lo[v], l->y[v]));
            f->y_hi = fmax(f->y_hi, fmax(l->hi[v], l->y[v]));
        }
    }
    if (!(f->y_hi >= f->y_lo)) {
        f->y_lo = 0;
        f->y_hi = 1;
    }
    double pad = fmax(0.06 * (f->y_hi - f->y_lo), 1e-3 * fmax(fabs(f->y_hi), 0.1));
    if (f->y_lo >= 0)
        f->y_lo = 0;
    else
        f->y_lo -= pad;
    f->y_hi += pad;
}

/* right ends, pushed apart downwards where they would touch */
static void arm_names(chart *c, const trial_words *w, arm_line *l)
{
    double taken[64];
    for (size_t a = 0; a < w->t->n_arm; a++) {
        char cls[24], name[96];
        line_of(w, a, l);
        double y = gs_draw_y(&c->f, l->y[l->n - 1]);
        for (size_t again = 0; again < w->t->n_arm; again++)
            for (size_t i = 0; i < a; i++)
                if (fabs(taken[i] - y) < 14)
                    y = taken[i] +
                        (l->y[l->n - 1] < c->f.y_hi / 2 && y <= taken[i] ? -14 : 14);
        taken[a] = y;
        snprintf(cls, sizeof cls, "name%zu", a % N_COLOUR);
        gs_draw_cut(w->t->arm[a].name, 24, name, sizeof name);
        gs_draw_text(c->b, cls, 's', c->f.right + 8, y + 4, name);
    }
}

static bool curves(gs_buf *b, const trial_words *w, double width, double height,
                   double top, double right_room)
{
    arm_line *l = malloc(sizeof *l);
    if (!l)
        return false;
    chart c = {.b = b,
               .f = {.left = 54,
                     .right = width - right_room,
                     .top = top,
                     .bottom = height - 46}};
    gs_buf y = {0};
    trial_say_outcome(w, &y);
    if (w->t->kind == GS_TRIAL_ONSET)
        gs_buf_put(&y, ", %");
    else
        gs_buf_put(&y, ", mean of those still there");
    reach(w, l, &c.f);
    bool weeks = w->t->visit[w->t->n_visit - 1] >= 21;
    axes(&c, weeks ? "week" : "day", y.data ? y.data : "", weeks);
    for (size_t a = 0; a < w->t->n_arm; a++) {
        char cls[24];
        line_of(w, a, l);
        snprintf(cls, sizeof cls, "belief%zu", a % N_COLOUR);
        gs_draw_band(b, cls, &c.f, l->n, l->x, l->lo, l->hi);
    }
    for (size_t a = 0; a < w->t->n_arm; a++) {
        char cls[24];
        line_of(w, a, l);
        snprintf(cls, sizeof cls, "arm%zu", a % N_COLOUR);
        gs_draw_path(b, cls, &c.f, l->n, l->x, l->y, 0);
        snprintf(cls, sizeof cls, "spot%zu", a % N_COLOUR);
        for (size_t v = 0; v < l->n; v++)
            gs_draw_dot(b, cls, gs_draw_x(&c.f, l->x[v]), gs_draw_y(&c.f, l->y[v]), 3);
    }
    arm_names(&c, w, l);
    bool ok = !y.failed;
    gs_buf_free(&y);
    free(l);
    return ok;
}

/* ---- power ---- */

static void power_chart(gs_buf *b, const trial_words *w, double width, double height)
{
    const gs_trial_result *r = w->r;
    double x[64] = {0}, y[64], lo[64], hi[64];
    size_t n = r->n_point < 64 ? r->n_point : 64;
    chart c = {.b = b,
               .f = {.left = 54,
                     .right = width - 24,
                     .top = 34,
                     .bottom = height - 46,
                     .y_lo = 0,
                     .y_hi = 100}};
    for (size_t i = 0; i < n; i++) {
        const gs_trial_power_point *q = &r->point[i];
        x[i] = log10((double)q->n);
        y[i] = 100 * q->power;
        lo[i] = 100 * fmax(q->power - 1.645 * q->mc, 0);
        hi[i] = 100 * fmin(q->power + 1.645 * q->mc, 1);
    }
    c.f.x_lo = x[0];
    c.f.x_hi = n > 1 && x[n - 1] > x[0] ? x[n - 1] : x[0] + 1;
    for (int p = 0; p <= 100; p += 20) {
        char label[16];
        double at = gs_draw_y(&c.f, p);
        snprintf(label, sizeof label, "%d%%", p);
        gs_draw_line(b, p == 80 ? "base" : "grid", c.f.left, at, c.f.right, at);
        gs_draw_text(b, "tick", 'e', c.f.left - 6, at + 4, label);
    }
    gs_draw_line(b, "base", c.f.left, c.f.bottom, c.f.right, c.f.bottom);
    double last = -100;
    for (size_t i = 0; i < n; i++) {
        char label[24];
        double at = gs_draw_x(&c.f, x[i]);
        snprintf(label, sizeof label, "%zu", r->point[i].n);
        if (at - last < 46)
            continue;
        last = at;
        gs_draw_line(b, "base", at, c.f.bottom, at, c.f.bottom + 4);
        gs_draw_text(b, "tick", 'm', at, c.f.bottom + 17, label);
    }
    gs_draw_band(b, "belief1", &c.f, n, x, lo, hi);
    gs_draw_path(b, "arm1", &c.f, n, x, y, 0);
    for (size_t i = 0; i < n; i++)
        gs_draw_dot(b, "spot1", gs_draw_x(&c.f, x[i]), gs_draw_y(&c.f, y[i]),
                    i == r->i_planned ? 5 : 3);
    gs_draw_text(b, "unit", 's', c.f.left, c.f.top - 10,
                 "chance to find the second arm better");
    gs_draw_text(b, "unit", 'm', 0.5 * (c.f.left + c.f.right), c.f.bottom + 35,
                 "people randomised, all arms (steps of the logarithm)");
}

/* ---- the picture ---- */

static double name_room(const gs_trial *t)
{
    double room = 0;
    for (size_t a = 0; a < t->n_arm; a++) {
        char name[96];
        gs_draw_cut(t->arm[a].name, 24, name, sizeof name);
        room = fmax(room, gs_draw_width(name, 12.5));
    }
    return 20 + room;
}

gs_status gs_report_trial_svg(const gs_trial *t, const gs_kernel *k,
                              const gs_trial_result *r, gs_buf *out, gs_err *err)
{
    const trial_words w = {t, k, r};
    double width = 760, height = 420;
    gs_draw_open(
        out, "plot", "trial", width, height, *t->title ? t->title : "virtual trial",
        "Means of the arms of a virtual trial, with what is not known of people");
    gs_buf_put(out, alone);
    arm_styles(out, colour);
    gs_buf_put(out, "</style>\n");
    gs_draw_rect(out, "paper", 0, 0, width, height);
    gs_draw_text(out, "title", 's', 16, 26, t->title);
    bool ok = curves(out, &w, width, height - 22, 66, name_room(t));
    gs_draw_text(
        out, "soft", 's', 16, height - 10,
        "Bands: 90% of what is believed of the population. What a model does is no "
        "forecast of a trial.");
    gs_draw_close(out);
    if (!ok || out->failed)
        return gs_fail(err, GS_ENOMEM, "out of memory while drawing");
    return GS_OK;
}

/* ---- the page ---- */

typedef struct page {
    const trial_words *w;
    gs_buf *b;
    gs_buf say;
} page;

static void put(page *p, const char *markup)
{
    gs_buf_put(p->b, markup);
}

static void said(page *p, const char *tag, const char *cls)
{
    if (p->say.len) {
        gs_buf_printf(p->b, *cls ? "<%s class=\"%s\">" : "<%s%s>", tag, cls);
        gs_draw_escape(p->b, p->say.data);
        gs_buf_printf(p->b, "</%s>\n", tag);
    }
    p->say.len = 0;
    if (p->say.data)
        p->say.data[0] = '\0';
}

static void head(page *p)
{
    put(p,
        "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\" "
        "xml:lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\"/>\n"
        "<meta name=\"referrer\" content=\"no-referrer\"/>\n"
        "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>Virtual trial: ");
    gs_draw_escape(p->b, p->w->t->title);
    put(p, "</title>\n<style>\n");
    for (size_t i = 0; gs_fig_css[i]; i++)
        put(p, gs_fig_css[i]);
    arm_styles(p->b, colour);
    put(p, "\n@media screen and (prefers-color-scheme:dark){");
    arm_styles(p->b, dark);
    put(p, "}\n.mark+p{margin-top:1rem}</style>\n</head>\n<body>\n<main>\n");
}

static void figure(page *p, bool power, const char *caption)
{
    const struct {
        const char *cls;
        double width, height, room;
    } form[] = {{"pic wide", 704, 340, name_room(p->w->t)},
                {"pic narrow", 340, 300, fmin(name_room(p->w->t), 110)}};
    put(p, "<figure>\n");
    for (size_t i = 0; i < 2; i++) {
        char id[32];
        snprintf(id, sizeof id, "%s%zu", power ? "power" : "arms", i);
        gs_draw_open(p->b, form[i].cls, id, form[i].width, form[i].height, caption,
                     caption);
        if (power)
            power_chart(p->b, p->w, form[i].width, form[i].height);
        else
            curves(p->b, p->w, form[i].width, form[i].height, 34, form[i].room);
        gs_draw_close(p->b);
    }
    put(p, "<figcaption>");
    gs_draw_escape(p->b, caption);
    put(p, "</figcaption>\n</figure>\n");
}

static void number_cell(page *p, double x, int dec)
{
    put(p, "<td>");
    gs_say_number(p->b, x, dec);
    put(p, "</td>");
}

static void span_cell(page *p, double lo, double hi, int dec)
{
    put(p, "<td>");
    trial_say_span(p->b, lo, hi, dec);
    put(p, "</td>");
}

static void arm_rows(page *p, size_t arm)
{
    const gs_trial *t = p->w->t;
    bool onset = t->kind == GS_TRIAL_ONSET;
    int dec = trial_decimals(p->w);
    for (size_t v = 0; v < t->n_visit; v++) {
        const gs_trial_curve *c = trial_curve(p->w, arm, v);
        char day[32];
        trial_say_day(t->visit[v], day, sizeof day);
        gs_buf_printf(p->b, "<tr><th scope=\"row\">%s</th>", day);
        number_cell(p, 100 * c->all.in, 1);
        if (!onset) {
            number_cell(p, c->all.mean, dec);
            span_cell(p, c->all.q[0], c->all.q[4], dec);
            number_cell(p, c->all.change, dec);
            span_cell(p, c->change_lo, c->change_hi, dec);
        }
        if (trial_has_responders(p->w)) {
            number_cell(p, 100 * c->all.responder, 1);
            span_cell(p, 100 * c->responder_lo, 100 * c->responder_hi, 1);
        }
        put(p, "</tr>\n");
    }
}

static void arm_tables(page *p)
{
    bool onset = p->w->t->kind == GS_TRIAL_ONSET;
    put(p, "<details>\n<summary>The numbers, arm by arm</summary>\n");
    for (size_t a = 0; a < p->w->t->n_arm; a++) {
        put(p, "<div class=\"scroll\" tabindex=\"0\"><table><caption>");
        gs_draw_escape(p->b, p->w->t->arm[a].name);
        put(p, "</caption><thead><tr><th>visit</th><th>still in, %</th>");
        if (!onset)
            put(p, "<th>mean</th><th>nine people in ten</th><th>change</th>"
                   "<th>90% of beliefs</th>");
        if (trial_has_responders(p->w))
            put(p, onset ? "<th>incidence, %</th><th>90% of beliefs</th>"
                         : "<th>responders, %</th><th>90% of beliefs</th>");
        put(p, "</tr></thead><tbody>\n");
        arm_rows(p, a);
        put(p, "</tbody></table></div>\n");
    }
    put(p, "</details>\n");
}

static void power_section(page *p)
{
    const gs_trial_result *r = p->w->r;
    if (r->n_point == 0)
        return;
    put(p, "<h2>How many people it takes</h2>\n");
    trial_say_planned(p->w, &p->say);
    said(p, "p", "");
    trial_say_sizes(p->w, &p->say);
    said(p, "p", "");
    figure(p, true,
           "Power by size. The large dot is the planned trial; the band is the "
           "Monte-Carlo error of the trials drawn.");
    put(p, "<details>\n<summary>The numbers, size by size</summary>\n<div "
           "class=\"scroll\" "
           "tabindex=\"0\"><table><thead><tr><th>people</th><th>power, "
           "%</th><th>Monte-Carlo"
           "</th><th>finds it worse, %</th><th>90% of "
           "estimates</th></tr></thead><tbody>\n");
    bool share =
        p->w->t->test == GS_TRIAL_RESPONDERS || p->w->t->kind == GS_TRIAL_ONSET;
    for (size_t i = 0; i < r->n_point; i++) {
        const gs_trial_power_point *q = &r->point[i];
        gs_buf_printf(p->b, "<tr><th scope=\"row\">%zu</th>", q->n);
        number_cell(p, 100 * q->power, 1);
        number_cell(p, 100 * q->mc, 1);
        number_cell(p, 100 * q->wrong, 1);
        span_cell(p, q->est_lo, q->est_hi, share ? 3 : trial_decimals(p->w));
        put(p, "</tr>\n");
    }
    put(p, "</tbody></table></div>\n</details>\n");
}

static void opening(page *p)
{
    const gs_trial *t = p->w->t;
    put(p, "<header>\n<p class=\"kicker\"><b>gutskin</b> \u00b7 a virtual "
           "trial</p>\n<h1>");
    gs_draw_escape(p->b, *t->title ? t->title : "A virtual trial");
    put(p, "</h1>\n</header>\n<p class=\"mark\">Nobody took part in this. It is what a "
           "trial "
           "would show if people were as the model says.</p>\n");
    trial_say_design(p->w, &p->say);
    gs_buf_put(&p->say, "; outcome: ");
    trial_say_outcome(p->w, &p->say);
    gs_buf_put(&p->say, ".");
    said(p, "p", "soft");
    for (size_t a = 1; a < t->n_arm; a++) {
        trial_say_difference(p->w, a, &p->say);
        said(p, "p", a == 1 ? "lede" : "");
        trial_say_response(p->w, a, &p->say);
        said(p, "p", "");
    }
    if (t->kind != GS_TRIAL_ONSET && trial_has_responders(p->w)) {
        gs_buf_put(&p->say, "A responder: ");
        trial_say_responder(p->w, &p->say);
        gs_buf_put(&p->say, "; whoever left did not respond.");
        said(p, "p", "soft");
    }
}

gs_status gs_report_trial_html(const gs_trial *t, const gs_kernel *k,
                               const gs_trial_result *r, gs_buf *out, gs_err *err)
{
    const trial_words w = {t, k, r};
    page p = {.w = &w, .b = out};
    head(&p);
    opening(&p);
    figure(&p, false,
           "Means of the arms; bands hold 90% of what is believed of the population, "
           "not how people differ, nor what chance does to one trial.");
    arm_tables(&p);
    power_section(&p);
    put(&p, "<h2>What is assumed</h2>\n<ul>\n");
    for (size_t i = 0; trial_say_assumed(&w, i, &p.say); i++)
        said(&p, "li", "");
    put(&p, "</ul>\n</main>\n<footer><div class=\"small\">gutskin is not a medical "
            "device. It "
            "diagnoses nothing and advises no "
            "medicine.</div></footer>\n</body>\n</html>\n");
    bool failed = out->failed || p.say.failed;
    gs_buf_free(&p.say);
    return failed ? gs_fail(err, GS_ENOMEM, "out of memory while writing a page")
                  : GS_OK;
}
