/* The model held against published trials: the check as text and as a page with a forest
 * plot. Numbers come from gs_check; nothing is worked out here but words and places. */
#include "gutskin/calib.h"
#include "gutskin/report.h"
#include "report/draw.h"
#include "report/fig.h"
#include "report/page.h"
#include "report/say.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Was a difference published that the foretold one can be held against? */
static bool scored(const gs_check_row *r)
{
    return r->contrast.has && !isnan(r->contrast.published);
}

static bool shown(const gs_check_row *r)
{
    return r->contrast.has || r->control.has || r->treat.has;
}

/* ---- words both share ------------------------------------------------------------ */

static void put_num(gs_buf *b, double x)
{
    gs_say_short(b, x);
}

/* "published −12.0 (−19 to −5)" */
static void put_interval(gs_buf *b, double mid, double lo, double hi)
{
    put_num(b, mid);
    gs_buf_put(b, " (");
    put_num(b, lo);
    gs_buf_put(b, " to ");
    put_num(b, hi);
    gs_buf_put(b, ")");
}

static void put_moves(gs_buf *b, const gs_plan *p)
{
    if (p->outside)
        gs_buf_printf(b, "%s (outside the axis)", p->row->lever);
    for (size_t m = 0; m < p->n_move; m++) {
        const gs_plan_move *v = &p->move[m];
        gs_buf_printf(b, "%s%s ", m ? ", " : "", v->lever);
        if (v->op == '*')
            gs_buf_printf(b, "\u00d7 %.3g", v->amount);
        else
            gs_buf_printf(b, "%s%.3g", v->amount < 0 ? "\u2212" : "+", fabs(v->amount));
        if (v->days > 0)
            gs_buf_printf(b, " for %.0f days", v->days);
    }
}

static void put_share(gs_buf *b, size_t n, size_t of)
{
    gs_buf_printf(b, "%zu of %zu", n, of);
    if (of)
        gs_buf_printf(b, " (%.0f%%)", 100 * (double)n / (double)of);
}

/* Coverage and errors, one sentence each. */
static void put_score(gs_buf *b, const char *what, const gs_check_score *s, bool arms)
{
    if (s->n == 0)
        return;
    gs_buf_printf(b, "%s: ", what);
    put_share(b, s->n_in90, s->n);
    gs_buf_put(b, " inside the 90% interval, ");
    put_share(b, s->n_in50, s->n);
    gs_buf_put(b, " inside the 50% one; ");
    put_share(b, s->n_narrow, s->n);
    gs_buf_printf(b, " with an interval at most twice as wide as the published one. Median "
                     "standardised error %.2f. In published standard errors the foretold "
                     "value misses by %.2f", s->median_z, s->rmse);
    if (arms)
        gs_buf_printf(b, ", \"no change\" by %.2f, the control group's drift alone by %.2f",
                      s->rmse_none, s->rmse_drift);
    else
        gs_buf_printf(b, ", \"no difference\" (so also drift alone) by %.2f", s->rmse_none);
    gs_buf_put(b, ".");
}

typedef struct left_score {
    size_t n, in50, in90;
    double z; /* median |z| */
} left_score;

static left_score left_of(bool lever)
{
    size_t n;
    const gs_left_out *l = gs_left_out_shipped(&n);
    left_score s = {.z = NAN};
    double z[1000];

    for (size_t i = 0; l && i < n && s.n < 1000; i++) {
        if (l[i].lever != lever)
            continue;
        z[s.n++] = fabs(l[i].z);
        s.in50 += l[i].in50;
        s.in90 += l[i].in90;
    }
    for (size_t i = 1; i < s.n; i++) { /* a handful: by insertion */
        for (size_t j = i; j > 0 && z[j] < z[j - 1]; j--) {
            double t = z[j];
            z[j] = z[j - 1];
            z[j - 1] = t;
        }
    }
    if (s.n)
        s.z = s.n % 2 ? z[s.n / 2] : 0.5 * (z[s.n / 2 - 1] + z[s.n / 2]);
    return s;
}

static void put_left(gs_buf *b, const char *what, bool lever)
{
    left_score s = left_of(lever);

    if (s.n == 0)
        return;
    gs_buf_printf(b, "%s: ", what);
    put_share(b, s.in90, s.n);
    gs_buf_put(b, " inside the 90% interval, ");
    put_share(b, s.in50, s.n);
    gs_buf_printf(b, " inside the 50%% one; median standardised error %.2f.", s.z);
}

static void put_null(gs_buf *b, const gs_check *c)
{
    gs_buf_printf(b, "Results without a difference (published interval holds none): %zu; "
                     "foretold so: %zu.", c->n_null, c->n_null_foretold);
    if (c->n_null_memory)
        gs_buf_printf(b, " Recalled only, and not found again: %zu more, foretold so: %zu.",
                      c->n_null_memory, c->n_null_memory_foretold);
}

/* ---- text --------------------------------------------------------------------------- */

static void text_value(gs_buf *b, const char *what, const gs_check_value *v)
{
    if (!v->has)
        return;
    if (isnan(v->published)) {
        gs_buf_printf(b, "  %-9s no number published, foretold ", what);
        put_interval(b, v->mean, v->q05, v->q95);
        gs_buf_put(b, "\n");
        return;
    }
    gs_buf_printf(b, "  %-9s published ", what);
    put_interval(b, v->published, v->lo, v->hi);
    gs_buf_put(b, ", foretold ");
    put_interval(b, v->mean, v->q05, v->q95);
    gs_buf_printf(b, "  %s, error %+.2f sd\n", v->in90 ? (v->in50 ? "inside 50%" : "inside 90%")
                                                       : "OUTSIDE", v->z);
}

/* "; what would mend it: ..." */
static void put_mend(gs_buf *b, const gs_check_row *r)
{
    if (*r->why && r->plan.mend && *r->plan.mend)
        gs_buf_printf(b, ". What would mend it: %s", r->plan.mend);
    gs_buf_put(b, ".\n");
}

static void text_reading(gs_buf *b, const gs_check_row *r)
{
    if (r->plan.row->reading && *r->plan.row->reading)
        gs_buf_printf(b, "  read: %s\n", r->plan.row->reading);
}

static void text_row(gs_buf *b, const gs_check_row *r)
{
    const gs_evidence_row *e = r->plan.row;

    gs_buf_printf(b, "%s%s: %s, ", e->id, e->calibrates ? "" : " (does not calibrate)",
                  e->condition);
    if (r->plan.contrast)
        put_moves(b, &r->plan);
    else
        gs_buf_put(b, e->lever);
    gs_buf_printf(b, ", %.3g weeks; %s [%s, %s]\n", r->plan.weeks, e->outcome, e->unit,
                  e->effect_type);
    text_value(b, "control", &r->control);
    text_value(b, "treated", &r->treat);
    text_value(b, "contrast", &r->contrast);
    if (r->lived)
        gs_buf_printf(b, "  ln effect of the lever %+.3f (%+.3f to %+.3f), of it by the axis %+.3f\n", r->effect,
                      r->effect_lo, r->effect_hi, r->axis);
    else {
        gs_buf_printf(b, "  no contrast: %s", r->why);
        put_mend(b, r);
    }
    if (r->plan.outside && r->lived)
        gs_buf_printf(b, "  %s: foretold as a lever of which nothing is known, by the spread of those "
                         "that were tried\n", r->plan.dose);
    text_reading(b, r);
}

gs_status gs_report_check_text(const gs_check *c, bool all, gs_buf *b, gs_err *err)
{
    for (size_t i = 0; i < c->n; i++) {
        const gs_check_row *r = &c->row[i];
        if (r->plan.blind ? all && r->lived : shown(r) || r->lived) {
            text_row(b, r);
        } else if (all) {
            gs_buf_printf(b, "%s: %s, %s\n  cannot be expressed: %s", r->plan.row->id,
                          r->plan.row->condition, r->plan.row->lever, r->why);
            put_mend(b, r);
            text_reading(b, r);
        }
    }
    gs_buf_printf(b, "\n%zu rows: %zu contrasts rerun, %zu control arms foretold; %zu contrasts foretold "
                     "of which no number was published; %zu rows the model cannot express%s.\n", c->n,
                  c->n_contrast, c->n_control, c->n_blind, c->n_not,
                  all || c->n_not + c->n_blind == 0 ? "" : " (--all shows them)");
    put_score(b, "Contrasts that calibrate", &c->calibrating, false);
    gs_buf_put(b, "\n");
    put_score(b, "Other contrasts", &c->others, false);
    gs_buf_put(b, c->others.n ? "\n" : "");
    put_score(b, "Levers outside the axis", &c->outside, false);
    gs_buf_put(b, c->outside.n ? "\n" : "");
    put_score(b, "Control arms", &c->control_arms, true);
    gs_buf_put(b, c->control_arms.n ? "\n" : "");
    put_score(b, "Treated arms", &c->treated_arms, true);
    gs_buf_put(b, c->treated_arms.n ? "\n" : "");
    put_null(b, c);
    gs_buf_put(b, "\n");
    put_left(b, "Shipped fit, each trial left out in turn", false);
    gs_buf_put(b, "\n");
    put_left(b, "Each lever left out in turn", true);
    gs_buf_put(b, "\n");
    return b->failed ? gs_fail(err, GS_ENOMEM, "out of memory") : GS_OK;
}

/* ---- the forest ----------------------------------------------------------------------- */

enum { ROW = 34, LABEL = 300, WIDE = 900, RIGHT = 40, TOP = 46 };

static double cut(double x)
{
    return fmin(fmax(x, -4.6), 4.6);
}

static void forest_row(gs_buf *b, const gs_frame *f, const gs_check_row *r, double y)
{
    const gs_evidence_row *e = r->plan.row;
    char text[200], label[200];

    snprintf(text, sizeof text, "%s: %s%s", e->source, e->lever,
             r->plan.outside ? ", outside the axis" : "");
    gs_draw_cut(text, 42, label, sizeof label);
    gs_draw_text(b, "strong", 's', 0, y - 2, label);
    snprintf(text, sizeof text, "%s", e->outcome);
    gs_draw_cut(text, 46, label, sizeof label);
    gs_draw_text(b, "soft", 's', 0, y + 12, label);
    double x05 = gs_draw_x(f, cut(r->at05)), x95 = gs_draw_x(f, cut(r->at95)),
           x25 = gs_draw_x(f, cut(r->at25)), x75 = gs_draw_x(f, cut(r->at75));
    gs_draw_rect(b, "post90", x05, y - 3, x95 - x05, 14);
    gs_draw_rect(b, "post50", x25, y - 3, x75 - x25, 14);
    double mid = gs_draw_x(f, cut(r->at50));
    gs_draw_line(b, "postmid", mid, y - 3, mid, y + 11);
    double lo = gs_draw_x(f, cut(r->at - 1)), hi = gs_draw_x(f, cut(r->at + 1)),
           at = gs_draw_x(f, cut(r->at));
    gs_draw_line(b, "base", lo, y + 4, hi, y + 4);
    gs_draw_dot(b, e->calibrates ? "entry" : "open", at, y + 4, 4);
    if (!r->contrast.in90)
        gs_draw_text(b, "strong", 's', f->right + 8, y + 8, "miss");
}

static void forest(gs_buf *b, const gs_check *c, const char *condition, const char *name)
{
    size_t n = 0;
    char id[64], title[120];

    for (size_t i = 0; i < c->n; i++)
        n += scored(&c->row[i]) && strcmp(c->row[i].plan.row->condition, condition) == 0;
    if (n == 0)
        return;
    double h = TOP + (double)n * ROW + 14;
    gs_frame f = {.x_lo = -4.8, .x_hi = 4.8, .left = LABEL, .right = WIDE - RIGHT, .y_lo = 0,
                  .y_hi = 1, .top = TOP, .bottom = h - 10};
    snprintf(id, sizeof id, "forest-%s", condition);
    snprintf(title, sizeof title, "%s: published and foretold contrasts", name);
    gs_buf_put(b, "<figure><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                  "aria-label=\"forest plot\">\n");
    gs_draw_open(b, "pic forest", id, WIDE, h, title,
                 "Each row is one published contrast with its 95% interval, drawn over the "
                 "interval that the calibrated model foretells for a trial of that size.");
    gs_draw_line(b, "zero", gs_draw_x(&f, 0), TOP - 18, gs_draw_x(&f, 0), f.bottom);
    gs_draw_text(b, "soft", 'e', gs_draw_x(&f, 0) - 8, TOP - 26, "less than control");
    gs_draw_text(b, "soft", 's', gs_draw_x(&f, 0) + 8, TOP - 26, "more than control");
    size_t k = 0;
    for (size_t i = 0; i < c->n; i++) {
        const gs_check_row *r = &c->row[i];
        if (scored(r) && strcmp(r->plan.row->condition, condition) == 0)
            forest_row(b, &f, r, TOP + (double)k++ * ROW + 10);
    }
    gs_draw_close(b);
    gs_buf_put(b, "</div></figure>\n");
}

/* ---- the page --------------------------------------------------------------------------- */

static void tell(gs_buf *b, gs_buf *words)
{
    gs_draw_escape(b, words->data ? words->data : "");
    words->len = 0;
    if (words->data)
        words->data[0] = '\0';
}

static void cell_value(gs_buf *b, gs_buf *w, const gs_check_value *v)
{
    if (!v->has) {
        gs_buf_put(b, "<td></td><td></td>");
        return;
    }
    gs_buf_put(b, "<td>");
    if (isnan(v->published))
        gs_buf_put(w, "no number");
    else
        put_interval(w, v->published, v->lo, v->hi);
    tell(b, w);
    gs_buf_put(b, v->in90 || isnan(v->published) ? "</td><td>" : "</td><td class=\"miss\">");
    put_interval(w, v->mean, v->q05, v->q95);
    tell(b, w);
    gs_buf_put(b, "</td>");
}

static void page_table(gs_buf *b, gs_buf *w, const gs_check *c, bool calibrating)
{
    gs_buf_printf(b, "<details%s><summary>%s</summary>\n<div class=\"scroll\" tabindex=\"0\" "
                     "role=\"region\" aria-label=\"numbers\"><table>\n<thead><tr><th scope=\"col\">"
                     "result</th><th scope=\"col\">in the model</th><th scope=\"col\">control arm, "
                     "published (95%%)</th><th scope=\"col\">foretold (90%%)</th><th scope=\"col\">"
                     "treated arm, published</th><th scope=\"col\">foretold</th><th scope=\"col\">"
                     "contrast, published</th><th scope=\"col\">foretold</th><th scope=\"col\">error, "
                     "sd</th></tr></thead>\n<tbody>\n", "",
                  calibrating ? "Every number of the rows that calibrate"
                              : "Every number of the rows that do not calibrate");
    for (size_t i = 0; i < c->n; i++) {
        const gs_check_row *r = &c->row[i];
        if (!shown(r) || r->plan.row->calibrates != calibrating)
            continue;
        gs_buf_put(b, "<tr><th scope=\"row\">");
        gs_draw_escape(b, r->plan.row->id);
        gs_buf_put(b, "<br><span class=\"soft\">");
        gs_buf_printf(w, "%s, %s", r->plan.row->condition, r->plan.row->unit);
        tell(b, w);
        gs_buf_put(b, "</span></th><td>");
        if (r->plan.contrast)
            put_moves(w, &r->plan);
        else
            gs_buf_put(w, "control arm only");
        gs_buf_printf(w, "; %.3g wk", r->plan.weeks);
        tell(b, w);
        gs_buf_put(b, "</td>");
        cell_value(b, w, &r->control);
        cell_value(b, w, &r->treat);
        cell_value(b, w, &r->contrast);
        gs_buf_put(b, "<td>");
        if (scored(r)) {
            gs_say_number(w, r->contrast.z, 2);
            tell(b, w);
        }
        gs_buf_put(b, "</td></tr>\n");
    }
    gs_buf_put(b, "</tbody></table></div></details>\n");
}

static void page_misses(gs_buf *b, gs_buf *w, const gs_check *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++) {
        const gs_check_row *r = &c->row[i];
        if (!scored(r) || r->contrast.in90)
            continue;
        gs_buf_put(b, n++ ? "" : "<ul class=\"found\">\n");
        gs_buf_put(b, "<li><b>");
        gs_draw_escape(b, r->plan.row->source);
        gs_buf_put(b, "</b>: ");
        gs_draw_escape(b, r->plan.row->outcome);
        gs_buf_put(w, ", published ");
        put_interval(w, r->contrast.published, r->contrast.lo, r->contrast.hi);
        gs_buf_put(w, ", foretold ");
        put_interval(w, r->contrast.mean, r->contrast.q05, r->contrast.q95);
        gs_buf_put(w, ".");
        tell(b, w);
        if (*r->plan.row->caution) {
            gs_buf_put(b, " <span class=\"src\">");
            gs_draw_escape(b, r->plan.row->caution);
            gs_buf_put(b, "</span>");
        }
        gs_buf_put(b, "</li>\n");
    }
    gs_buf_put(b, n ? "</ul>\n" : "<p>No contrast lies outside its 90% interval.</p>\n");
}

static void page_reasons(gs_buf *b, const gs_check *c)
{
    gs_buf_put(b, "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">why</th>"
                  "<th scope=\"col\">rows</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < c->n; i++) {
        size_t n = 0;
        bool first = !c->row[i].contrast.has && !c->row[i].treat.has;
        for (size_t j = 0; first && j < c->n; j++) {
            bool same = !c->row[j].contrast.has && !c->row[j].treat.has &&
                        strcmp(c->row[j].why, c->row[i].why) == 0;
            first = !(same && j < i);
            n += same;
        }
        if (!first)
            continue;
        gs_buf_put(b, "<tr><td class=\"words\">");
        gs_draw_escape(b, c->row[i].why);
        gs_buf_printf(b, "</td><td>%zu</td></tr>\n", n);
    }
    gs_buf_put(b, "</tbody></table></div>\n");
}

static void page_left(gs_buf *b, gs_buf *w)
{
    size_t n;
    const gs_left_out *l = gs_left_out_shipped(&n);

    if (!l || n == 0)
        return;
    gs_buf_put(b, "<h2>What it had not seen</h2>\n<p>The fit was made anew with each trial left "
                  "out, then with each lever left out, and had to foretell it. ");
    put_left(w, "Trials", false);
    gs_buf_put(w, " ");
    put_left(w, "Levers", true);
    tell(b, w);
    gs_buf_put(b, "</p>\n<details><summary>Each of them</summary><div class=\"scroll\" tabindex=\"0\" "
                  "role=\"region\" aria-label=\"left out\"><table><thead><tr><th scope=\"col\">result"
                  "</th><th scope=\"col\">left out</th><th scope=\"col\">published</th><th "
                  "scope=\"col\">foretold (90%)</th><th scope=\"col\">error, sd</th></tr></thead>\n"
                  "<tbody>\n");
    for (size_t i = 0; i < n; i++) {
        gs_buf_put(b, "<tr><th scope=\"row\">");
        gs_draw_escape(b, l[i].id);
        gs_buf_printf(b, "</th><td>%s</td><td>", l[i].lever ? "its lever" : "its trial");
        put_num(w, l[i].published);
        tell(b, w);
        gs_buf_put(b, l[i].in90 ? "</td><td>" : "</td><td class=\"miss\">");
        put_interval(w, l[i].mean, l[i].q05, l[i].q95);
        tell(b, w);
        gs_buf_put(b, "</td><td>");
        gs_say_number(w, l[i].z, 2);
        tell(b, w);
        gs_buf_put(b, "</td></tr>\n");
    }
    gs_buf_put(b, "</tbody></table></div></details>\n");
}

void gs_page_head(gs_buf *b, const char *title)
{
    gs_buf_put(b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
                  "name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>");
    gs_draw_escape(b, title);
    gs_buf_put(b, "</title>\n<style>\n");
    for (size_t i = 0; gs_fig_css[i]; i++)
        gs_buf_put(b, gs_fig_css[i]);
    gs_buf_put(b, ".open{fill:var(--paper);stroke:var(--entry);stroke-width:1.6}"
                  ".forest{min-width:640px}.forest .base{stroke:var(--entry);stroke-width:1.6}"
                  ".miss{font-weight:700;color:var(--mark)}td.words{white-space:normal;text-align:left}"
                  "td .soft,th .soft{font-size:.8rem}\n</style>\n</head>\n<body>\n<main>\n");
}

void gs_page_foot(gs_buf *b)
{
    gs_buf_put(b, "</main>\n<footer><div>\n<p class=\"small\"><b>Not a medical device.</b> ");
    gs_draw_escape(b, gs_say_not_device);
    gs_buf_put(b, "</p>\n<p class=\"small\">Made by gutskin " GS_VERSION
                  " on this machine; nothing was sent anywhere.</p>\n</div></footer>\n</body>\n"
                  "</html>\n");
}

gs_status gs_report_check_html(const gs_check *c, gs_buf *b, gs_err *err)
{
    static const char *const name[][2] = {{"acne", "Acne"}, {"eczema", "Eczema"},
                                          {"psoriasis", "Psoriasis"}, {"rosacea", "Rosacea"},
                                          {"any", "General population"}};
    gs_buf w = {0};

    gs_page_head(b, "The model held against published trials");
    gs_buf_put(b, "<p class=\"kicker\"><b>gutskin</b> evidence check</p>\n<h1>The model held against "
                  "published trials</h1>\n<p class=\"lede\">");
    gs_buf_printf(&w, "%zu published results; the model can rerun %zu of them, and foretell what the "
                      "control group did in %zu. ", c->n, c->n_contrast, c->n_control);
    tell(b, &w);
    gs_buf_put(b, "</p>\n<p>");
    put_score(&w, "Contrasts that calibrate", &c->calibrating, false);
    tell(b, &w);
    gs_buf_put(b, "</p>\n");
    if (c->others.n) {
        gs_buf_put(b, "<p>");
        put_score(&w, "Contrasts that the fit did not use", &c->others, false);
        tell(b, &w);
        gs_buf_put(b, "</p>\n");
    }
    if (c->outside.n) {
        gs_buf_put(b, "<p>");
        put_score(&w, "Levers the axis has not, foretold by the spread of those that were tried",
                  &c->outside, false);
        tell(b, &w);
        gs_buf_put(b, "</p>\n");
    }
    gs_buf_put(b, "<p>");
    put_score(&w, "Control arms", &c->control_arms, true);
    gs_buf_put(&w, " ");
    put_score(&w, "Treated arms", &c->treated_arms, true);
    gs_buf_put(&w, " ");
    put_null(&w, c);
    tell(b, &w);
    gs_buf_put(b, "</p>\n<h2>Published and foretold</h2>\n<p>Dots are published differences between "
                  "treated and control, lines their 95% intervals. Bars are what the calibrated model "
                  "foretells for a trial of that size: <span class=\"key k50\"></span> 50%, <span "
                  "class=\"key k90\"></span> 90%. Each row is drawn in half-widths of its own "
                  "published interval; nought is no difference. Open dots did not calibrate.</p>\n");
    for (size_t i = 0; i < 5; i++) {
        size_t n = 0;
        for (size_t k = 0; k < c->n; k++)
            n += scored(&c->row[k]) && strcmp(c->row[k].plan.row->condition, name[i][0]) == 0;
        if (n)
            gs_buf_printf(b, "<h3>%s</h3>\n", name[i][1]);
        forest(b, c, name[i][0], name[i][1]);
    }
    gs_buf_put(b, "<h2>Where it misses</h2>\n");
    page_misses(b, &w, c);
    page_left(b, &w);
    gs_buf_put(b, "<h2>Every number</h2>\n");
    page_table(b, &w, c, true);
    if (c->others.n || c->n > c->calibrating.n)
        page_table(b, &w, c, false);
    gs_buf_put(b, "<h2>What the model cannot express</h2>\n<p>These results stand in the table and are "
                  "shown; the model has no way to rerun their contrast.</p>\n");
    page_reasons(b, c);
    gs_page_foot(b);
    bool failed = w.failed || b->failed;
    gs_buf_free(&w);
    return failed ? gs_fail(err, GS_ENOMEM, "out of memory while writing the page") : GS_OK;
}
