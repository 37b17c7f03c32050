/* The page "What is known": each popular claim with its verdict, what was published, and
 * what the calibrated model says. */
#include "gutskin/calib.h"
#include "gutskin/report.h"
#include "report/draw.h"
#include "report/fig.h"
#include "report/page.h"
#include "report/say.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const gs_evidence_row *row_of(const gs_evidence *ev, const char *id)
{
    for (size_t i = 0; i < ev->n; i++) {
        if (strcmp(ev->row[i].id, id) == 0)
            return &ev->row[i];
    }
    return NULL;
}

static int percent(double ln)
{
    return (int)lround(100 * (exp(ln) - 1));
}

/* The usual change of a lever in plain words. */
static const char *change_of(const char *lever)
{
    static const char *const word[][2] = {
        {"glycaemic", "A third less quick sugar and starch"}, {"dairy", "No milk products"},
        {"probiotic", "A probiotic every day"}, {"prebiotic", "5 g of a prebiotic fibre a day"},
        {"fibre", "10 g more fibre a day"}, {"fermented", "3 more servings of fermented food a day"},
        {"diet", "A Mediterranean diet"}, {"processed", "Much less ultra-processed food"},
        {"sugar", "Less than half of the sugar"}, {"water", "1 L more water a day"},
        {"sleep", "Somewhat better sleep"}, {"stress", "A programme against stress"},
        {"rifaximin", "Ten days of rifaximin"}, {"fat", "A leaner diet"}};

    for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
        if (strcmp(word[i][0], lever) == 0)
            return word[i][1];
    }
    return lever;
}

static void say_percent(gs_buf *b, double ln)
{
    int p = percent(ln);
    gs_buf_printf(b, "%s%d%%", p < 0 ? "\u2212" : p > 0 ? "+" : "", p < 0 ? -p : p);
}

static void say_effect(gs_buf *b, const gs_known_effect *ask, const gs_effect *e)
{
    bool onset = e->plan.how == GS_PLAN_ODDS;

    gs_buf_printf(b, "%s, %s: ", change_of(ask->lever), ask->condition);
    if (!e->known) {
        gs_buf_printf(b, "not known; %s.", e->why);
        return;
    }
    if (e->by_hand) {
        gs_buf_put(b, "the model's strength of this was set by hand after the studies above; it has no "
                      "answer of its own.");
        return;
    }
    gs_buf_put(b, onset ? "risk of eczema by two years " : "severity after 12 weeks ");
    say_percent(b, e->effect);
    gs_buf_put(b, " against control (9 chances in 10: ");
    say_percent(b, e->lo);
    gs_buf_put(b, " to ");
    say_percent(b, e->hi);
    gs_buf_put(b, "), chance that it helps ");
    gs_say_chance(b, e->helps);
    double share = e->effect != 0 ? e->axis / e->effect : 0;
    if (!e->tried)
        gs_buf_put(b, "; no trial of this calibrates the model");
    else if (!onset && share < 0.2)
        gs_buf_put(b, "; this comes from trials, the axis itself carries little of it");
    gs_buf_put(b, ".");
}

gs_status gs_report_known_text(size_t n, const gs_known *claim, const gs_evidence *ev,
                               const gs_effect *effect, gs_buf *b, gs_err *err)
{
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        const gs_known *k = &claim[i];
        gs_buf_printf(b, "%s%s\n  Verdict: %s\n  Evidence: %s\n", i ? "\n" : "", k->asks, k->verdict,
                      k->evidence);
        for (size_t m = 0; m < k->n_model; m++) {
            gs_buf_put(b, "  Model: ");
            say_effect(b, &k->model[m], &effect[at++]);
            gs_buf_put(b, "\n");
        }
        gs_buf_put(b, "  Sources:");
        for (size_t r = 0; r < k->n_row; r++) {
            const gs_evidence_row *row = row_of(ev, k->row[r]);
            gs_buf_printf(b, "%s %s (%s)", r ? ";" : "", row ? row->source : k->row[r], k->row[r]);
        }
        gs_buf_put(b, "\n");
    }
    return b->failed ? gs_fail(err, GS_ENOMEM, "out of memory") : GS_OK;
}

/* ---- the page -------------------------------------------------------------------- */

static void tell(gs_buf *b, gs_buf *words)
{
    gs_draw_escape(b, words->data ? words->data : "");
    words->len = 0;
    if (words->data)
        words->data[0] = '\0';
}

/* Belief bars of one claim's effects on one axis. */
static void bars(gs_buf *b, const gs_known *k, const gs_effect *e)
{
    enum { ROW = 30, LABEL = 210, WIDE = 720 };
    double h = 30 + (double)k->n_model * ROW;
    gs_frame f = {.x_lo = -0.75, .x_hi = 0.75, .left = LABEL, .right = WIDE - 10, .top = 20,
                  .bottom = h, .y_lo = 0, .y_hi = 1};
    char id[80], label[80];

    snprintf(id, sizeof id, "known-%.60s", k->name);
    gs_draw_open(b, "pic", id, WIDE, h, "What the calibrated model says",
                 "Bars hold nine chances in ten; the line is no effect.");
    gs_draw_text(b, "soft", 'e', gs_draw_x(&f, 0) - 8, 12, "less severe");
    gs_draw_text(b, "soft", 's', gs_draw_x(&f, 0) + 8, 12, "more severe");
    for (size_t m = 0; m < k->n_model; m++) {
        double y = f.top + (double)m * ROW + 6;
        snprintf(label, sizeof label, "%s, %s", k->model[m].lever, k->model[m].condition);
        gs_draw_text(b, "", 's', 0, y + 11, label);
        if (!e[m].known || e[m].by_hand)
            continue;
        double lo = gs_draw_x(&f, fmax(e[m].lo, -0.75)), hi = gs_draw_x(&f, fmin(e[m].hi, 0.75)),
               mid = gs_draw_x(&f, e[m].effect);
        gs_draw_rect(b, e[m].tried ? "post90" : "prior90", lo, y, hi - lo, 14);
        gs_draw_line(b, e[m].tried ? "postmid" : "priormid", mid, y, mid, y + 14);
    }
    gs_draw_line(b, "zero", gs_draw_x(&f, 0), f.top, gs_draw_x(&f, 0), h - 4);
    gs_draw_close(b);
}

static void claim_html(gs_buf *b, gs_buf *w, const gs_known *k, const gs_evidence *ev,
                       const gs_effect *e)
{
    gs_buf_printf(b, "<section class=\"lever\" id=\"%s\">\n<h2>", k->name);
    gs_draw_escape(b, k->asks);
    gs_buf_put(b, "</h2>\n<p class=\"lede\">");
    gs_buf_printf(w, "%c%s", toupper((unsigned char)*k->verdict), k->verdict + 1);
    tell(b, w);
    gs_buf_put(b, "</p>\n<p>");
    gs_draw_escape(b, k->evidence);
    gs_buf_put(b, "</p>\n<figure>\n");
    bars(b, k, e);
    gs_buf_put(b, "<figcaption>What the calibrated model says, drift of the control group taken off. Blue: "
                  "trials of this calibrate it. Grey: no trial does; the width is what is not known.</figcaption>\n"
                  "</figure>\n<ul>\n");
    for (size_t m = 0; m < k->n_model; m++) {
        gs_buf_put(b, "<li>");
        say_effect(w, &k->model[m], &e[m]);
        tell(b, w);
        gs_buf_put(b, "</li>\n");
    }
    gs_buf_put(b, "</ul>\n<details><summary>Sources</summary><ul class=\"found\">\n");
    for (size_t r = 0; r < k->n_row; r++) {
        const gs_evidence_row *row = row_of(ev, k->row[r]);
        char where[200], link[200];
        if (!row)
            continue;
        gs_buf_put(b, "<li>");
        gs_say_evidence(w, row);
        tell(b, w);
        gs_evidence_where(row->key, where, sizeof where, link, sizeof link);
        gs_buf_put(b, "<span class=\"src\">");
        if (*link) {
            gs_buf_put(b, "<a href=\"");
            gs_draw_escape(b, link);
            gs_buf_put(b, "\">");
        }
        gs_draw_escape(b, row->source);
        gs_buf_put(b, *link ? "</a>, " : ", ");
        gs_say_source(w, row);
        tell(b, w);
        gs_buf_put(b, "</span></li>\n");
    }
    gs_buf_put(b, "</ul></details>\n</section>\n");
}

gs_status gs_report_known_html(size_t n, const gs_known *claim, const gs_evidence *ev,
                               const gs_effect *effect, gs_buf *b, gs_err *err)
{
    gs_buf w = {0};
    size_t at = 0;

    gs_page_head(b, "What is known");
    gs_buf_put(b, "<p class=\"kicker\"><b>gutskin</b></p>\n<h1>What is known about the gut and the skin</h1>\n"
                  "<p class=\"lede\">Popular claims, what was published about each, and what the model says "
                  "once it was held against the trials.</p>\n<p>The model's figures are means over people, for "
                  "the usual size of the change; one person may differ. Placebo groups get better too: that part "
                  "is taken off here.</p>\n");
    for (size_t i = 0; i < n; i++) {
        claim_html(b, &w, &claim[i], ev, effect + at);
        at += claim[i].n_model;
    }
    gs_page_foot(b);
    bool failed = w.failed || b->failed;
    gs_buf_free(&w);
    return failed ? gs_fail(err, GS_ENOMEM, "out of memory while writing the page") : GS_OK;
}
