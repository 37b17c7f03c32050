/* A virtual trial for a terminal. */
#include "report/trial_say.h"

#include "report/say.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 84 };

/* one paragraph, folded at WIDTH */
static void fold(gs_buf *out, const char *first, const gs_buf *text)
{
    size_t col = strlen(first), indent = col;
    const char *s = text->data ? text->data : "";
    gs_buf_put(out, first);
    while (*s) {
        size_t n = strcspn(s, " "), wide = 0;
        for (size_t i = 0; i < n; i++)
            wide += ((unsigned char)s[i] & 0xc0) != 0x80;
        if (col > indent && col + 1 + wide > WIDTH) {
            gs_buf_printf(out, "\n%*s", (int)indent, "");
            col = indent;
        } else if (col > indent) {
            gs_buf_put(out, " ");
            col++;
        }
        gs_buf_put_n(out, s, n);
        col += wide;
        s += n;
        while (*s == ' ')
            s++;
    }
    gs_buf_put(out, "\n");
}

static void paragraph(gs_buf *out, gs_buf *say)
{
    if (say->len)
        fold(out, "", say);
    say->len = 0;
    if (say->data)
        say->data[0] = '\0';
}

static void cell_span(gs_buf *out, double lo, double hi, int dec, int width)
{
    char text[64];
    snprintf(text, sizeof text, "%.*f to %.*f", dec, lo, dec, hi);
    gs_buf_printf(out, "  %*s", width, text);
}

static void arm_table(const trial_words *w, size_t arm, gs_buf *out)
{
    const gs_trial *t = w->t;
    bool onset = t->kind == GS_TRIAL_ONSET, responders = trial_has_responders(w);
    int dec = trial_decimals(w);
    gs_buf_printf(out, "\n%s\n", t->arm[arm].name);
    gs_buf_put(out,
               onset ? "  visit     still in   incidence  (90% between draws)\n"
                     : "  visit     still in      mean     9 in 10 people    change  "
                       "(90% of beliefs)       %");
    if (!onset)
        gs_buf_put(out, responders ? "  respond\n" : "\n");
    for (size_t v = 0; v < t->n_visit; v++) {
        const gs_trial_curve *c = trial_curve(w, arm, v);
        char day[32];
        trial_say_day(t->visit[v], day, sizeof day);
        gs_buf_printf(out, "  %-9s %7.1f%%", day, 100 * c->all.in);
        if (onset) {
            gs_buf_printf(out, "  %9.1f%%  (%.1f%% to %.1f%%)\n",
                          100 * c->all.responder, 100 * c->responder_lo,
                          100 * c->responder_hi);
            continue;
        }
        gs_buf_printf(out, "  %8.*f", dec, c->all.mean);
        cell_span(out, c->all.q[0], c->all.q[4], dec, 17);
        gs_buf_printf(out, "  %8.*f", dec, c->all.change + 0.0);
        cell_span(out, c->change_lo + 0.0, c->change_hi + 0.0, dec, 16);
        gs_buf_printf(out, "  %6.1f", c->all.percent + 0.0);
        if (responders && v > 0)
            gs_buf_printf(out, "  %6.1f%%", 100 * c->all.responder);
        gs_buf_put(out, "\n");
    }
}

static void power_table(const trial_words *w, gs_buf *out)
{
    const gs_trial_result *r = w->r;
    bool share = w->t->test == GS_TRIAL_RESPONDERS || w->t->kind == GS_TRIAL_ONSET;
    int dec = share ? 3 : trial_decimals(w);
    gs_buf_printf(out, "\nPower (%s, two-sided p < %g, %zu trials drawn)\n",
                  w->t->how == GS_TRIAL_CROSSOVER ? "paired by person, t"
                  : w->t->how == GS_TRIAL_CLUSTER ? "t on cluster means"
                  : share                         ? "chi-square"
                  : w->t->test == GS_TRIAL_ANCOVA ? "ancova"
                                                  : "t on changes",
                  w->t->alpha, r->n_rep);
    gs_buf_put(out, "    people     power  Monte-Carlo    worse   90% of estimates\n");
    for (size_t i = 0; i < r->n_point; i++) {
        const gs_trial_power_point *q = &r->point[i];
        gs_buf_printf(out, "  %8zu  %7.1f%%       %4.1f  %6.1f%%", q->n, 100 * q->power,
                      100 * q->mc, 100 * q->wrong);
        if (isfinite(q->est_lo))
            cell_span(out, q->est_lo, q->est_hi, dec, 16);
        gs_buf_put(out, i == r->i_planned ? "  <- planned\n" : "\n");
    }
}

gs_status gs_report_trial_text(const gs_trial *t, const gs_kernel *k,
                               const gs_trial_result *r, gs_buf *out, gs_err *err)
{
    const trial_words w = {t, k, r};
    gs_buf say = {0};
    char day[32];
    if (*t->title) {
        gs_buf_put(&say, t->title);
        paragraph(out, &say);
    }
    trial_say_design(&w, &say);
    gs_buf_put(&say, "; outcome: ");
    trial_say_outcome(&w, &say);
    gs_buf_put(&say, ".");
    paragraph(out, &say);
    for (size_t a = 0; a < t->n_arm; a++)
        arm_table(&w, a, out);
    trial_say_day(t->visit[t->primary], day, sizeof day);
    gs_buf_printf(out, "\nAt %s\n", day);
    for (size_t a = 1; a < t->n_arm; a++) {
        trial_say_difference(&w, a, &say);
        paragraph(out, &say);
        trial_say_response(&w, a, &say);
        paragraph(out, &say);
    }
    if (t->kind != GS_TRIAL_ONSET && trial_has_responders(&w)) {
        gs_buf_put(&say, "A responder: ");
        trial_say_responder(&w, &say);
        gs_buf_put(&say, "; whoever left did not respond.");
        paragraph(out, &say);
    }
    if (r->n_point) {
        power_table(&w, out);
        gs_buf_put(out, "\n");
        trial_say_planned(&w, &say);
        paragraph(out, &say);
        trial_say_sizes(&w, &say);
        paragraph(out, &say);
    }
    gs_buf_put(out, "\nAssumed\n");
    for (size_t i = 0; trial_say_assumed(&w, i, &say); i++) {
        fold(out, "  ", &say);
        say.len = 0;
        if (say.data)
            say.data[0] = '\0';
    }
    bool failed = out->failed || say.failed;
    gs_buf_free(&say);
    return failed ? gs_fail(err, GS_ENOMEM, "out of memory") : GS_OK;
}
