/* A trial of one person as a page to print. The headings are the items of the CONSORT
 * extension for N-of-1 trials, CENT 2015 [vohra2015]; what gutskin cannot know is left as a
 * line to fill in, never invented. */
#include "gutskin/report.h"
#include "report/draw.h"
#include "report/fig.h"
#include "report/nof1_fig.h"
#include "report/say.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct page {
    gs_buf *b, say;
    const gs_nof1_result *r;
    const char *a_name, *b_name;
    size_t n_id;
    bool memory;
} page;

static void put(page *p, const char *markup)
{
    gs_buf_put(p->b, markup);
}

static void said(page *p)
{
    gs_draw_escape(p->b, p->say.data ? p->say.data : "");
    p->say.len = 0;
    if (p->say.data)
        p->say.data[0] = 0;
}

static void para(page *p, const char *text)
{
    if (!text || !*text)
        return;
    put(p, "<p>");
    gs_draw_escape(p->b, text);
    put(p, "</p>\n");
}

static void said_para(page *p)
{
    put(p, "<p>");
    said(p);
    put(p, "</p>\n");
}

static void head(page *p, const char *title, const char *item)
{
    gs_buf_printf(p->b, "<h2>%s <span class=\"cent\">CENT %s</span></h2>\n", title, item);
}

/* Lines for what only people know. */
static void blank(page *p, const char *ask, int lines)
{
    put(p, "<p class=\"soft\">");
    gs_draw_escape(p->b, ask);
    put(p, "</p>\n");
    for (int i = 0; i < lines; i++)
        put(p, "<span class=\"fill\"></span>\n");
}

static const char *word(gs_nof1_says s)
{
    return s == GS_NOF1_WORKS ? "works" : s == GS_NOF1_NOT ? "does not" : "cannot say";
}

static void both_widths(page *p, bool series)
{
    char id[32];
    for (int k = 0; k < 2; k++) {
        const char *cls = k ? "pic narrow" : "pic wide";
        snprintf(id, sizeof id, "n%zu", p->n_id++);
        if (series)
            p->memory = gs_nof1_fig_series(p->b, p->r, id, cls, k ? 340 : 704,
                                           k ? 260 : 300) &&
                        p->memory;
        else
            gs_nof1_fig_effect(p->b, p->r, id, cls, k ? 340 : 704);
    }
}

/* ---- parts ------------------------------------------------------------------------- */

static void day_name(page *p, int32_t day)
{
    char text[32];
    if (p->r->series->day0 == GS_DAY_NONE)
        gs_buf_printf(&p->say, "day %d", (int)day + 1);
    else
        gs_buf_put(&p->say, gs_date_iso(p->r->series->day0 + day, text, sizeof text));
}

static void opening(page *p, const char *title)
{
    const gs_nof1_series *s = p->r->series;
    put(p, "<header>\n<p class=\"kicker\"><b>gutskin</b> \u00b7 ");
    if (*s->person) {
        gs_draw_escape(p->b, s->person);
        put(p, " \u00b7 ");
    }
    day_name(p, 0);
    gs_buf_put(&p->say, " to ");
    day_name(p, (int32_t)s->n_day - 1);
    said(p);
    put(p, "</p>\n<h1>");
    if (title)
        gs_buf_put(&p->say, title);
    else
        gs_buf_printf(&p->say, "An N-of-1 trial: %s against %s, %s", p->b_name, p->a_name,
                      s->outcome);
    said(p);
    put(p, "</h1>\n</header>\n");
}

static void summary(page *p)
{
    head(p, "Summary", "1a, 1b");
    put(p, "<p class=\"lede\">");
    gs_draw_escape(p->b, p->r->headline);
    put(p, "</p>\n");
    para(p, p->r->why);
    put(p, "<figure>\n");
    both_widths(p, false);
    put(p, "<figcaption>B minus A in points, with 90% intervals. Solid line: no effect; dashed: "
           "the smallest effect worth having.</figcaption>\n</figure>\n");
}

static void design(page *p)
{
    const gs_nof1_result *r = p->r;
    gs_buf d = {0};
    head(p, "Background, reason for a trial of one, and question", "2a, 2b");
    gs_buf_printf(&p->say,
                  "The question: does %s change %s by %.3g point%s or more, compared with "
                  "%s, in this person?",
                  p->b_name, r->series->outcome, r->worth, r->worth == 1 ? "" : "s",
                  p->a_name);
    said_para(p);
    blank(p, "Background, and why a trial in one person was the right way to ask:", 2);
    head(p, "Trial design", "3a, 3b");
    gs_nof1_say_design(&r->schedule->design, &d);
    gs_buf_printf(&p->say, "%s: %s.",
                  r->schedule->assumed ? "Read off the order that was used, not stated"
                                       : "As stated",
                  d.data ? d.data : "");
    gs_buf_free(&d);
    said_para(p);
    blank(p, "Changes after the trial had begun, with reasons:", 1);
    head(p, "Participant, setting, ethics", "4a\u20134c");
    blank(p, "Diagnosis and how it was made; other conditions and treatments; where data were "
             "collected; research or care, and approval if research:",
          3);
    head(p, "Interventions", "5");
    gs_buf_printf(&p->say, "A: %s. B: %s.", p->a_name, p->b_name);
    said_para(p);
    blank(p, "How, how much and when each was given:", 2);
}

static void outcomes(page *p)
{
    const gs_nof1_series *s = p->r->series;
    head(p, "Outcomes", "6a, 6b");
    gs_buf_printf(&p->say, "Primary outcome: %s", s->outcome);
    if (isfinite(s->lo) && isfinite(s->hi))
        gs_buf_printf(&p->say, ", scale %g to %g", s->lo, s->hi);
    gs_buf_printf(&p->say, "; %s is better", s->better > 0 ? "higher" : "lower");
    if (s->n_rater > 1)
        gs_buf_printf(&p->say, "; %zu raters", s->n_rater);
    gs_buf_printf(&p->say, ". Smallest effect worth having: %.3g point%s%s.", p->r->worth,
                  p->r->worth == 1 ? "" : "s",
                  p->r->worth_given ? "" : " (not stated; half of the usual day-to-day swing)");
    said_para(p);
    blank(p, "Known properties of the measurement; changes of outcomes, with reasons:", 1);
    head(p, "Size of the trial, looks and stopping", "7a, 7b");
    gs_buf_printf(&p->say, "%zu periods, %zu days. ", p->r->schedule->n_period, s->n_day);
    if (p->r->free_itt.known)
        gs_buf_printf(&p->say,
                      "%.0f orders could have been drawn, so that the smallest one-sided p "
                      "is %.2g.",
                      p->r->free_itt.n_schedule, p->r->free_itt.least_p);
    said_para(p);
    blank(p, "How the size was chosen; looks before the end and rules for stopping:", 1);
}

/* Mean of the outcome in one period, NaN without a day. */
static double period_mean(const gs_nof1_result *r, const gs_nof1_period *q, size_t *n)
{
    double sum = 0;
    *n = 0;
    for (size_t i = 0; i < r->n_unit; i++)
        if (r->unit[i].used && r->unit[i].day >= q->from &&
            r->unit[i].day < q->from + q->n_day)
            sum += r->unit[i].value, ++*n;
    return *n ? sum / (double)*n : NAN;
}

static void order(page *p)
{
    const gs_nof1_schedule *s = p->r->schedule;
    gs_buf text = {0};
    head(p, "Order of treatments", "8a\u20138c, 9, 10");
    if (s->design.kind == GS_NOF1_FIXED)
        para(p, "The order was fixed; nothing was decided by lot.");
    else if (s->seed)
        para(p, "The order was drawn by gutskin, uniformly among all the design allows.");
    put(p, "<p>");
    gs_buf_put(&p->say, "Full sequence: ");
    for (size_t i = 0; i < s->n_period; i++)
        gs_buf_printf(&p->say, "%s%c", i && s->design.kind == GS_NOF1_BLOCKS &&
                                               s->period[i].block != s->period[i - 1].block
                                           ? " "
                                           : "",
                      "AB"[s->period[i].code]);
    said(p);
    put(p, "</p>\n");
    gs_nof1_schedule_text(s, &text);
    gs_buf_printf(&p->say, "Fingerprint of the schedule (FNV-1a of its canonical text): %016llx.",
                  gs_text_hash(GS_HASH_START, text.data ? text.data : "", text.len));
    gs_buf_free(&text);
    said_para(p);
    blank(p, "Who made the order, who held it, and from whom it was hidden until when:", 1);
    head(p, "Blinding", "11a, 11b");
    para(p, p->r->series->blinded ? "Stated: the person did not know which was which."
                                  : "Not stated; taken as open: the person knew which was "
                                    "which.");
}

static void methods(page *p)
{
    head(p, "Statistical methods", "12a\u201312c");
    para(p, "A day is the unit: ratings of one day become one mean, with constant differences "
            "between raters removed.");
    para(p, "Without a model: a randomisation test. The statistic of the order that was used "
            "is set among those of the orders that could have been drawn; the interval holds "
            "the effects the test does not reject. The statistic is a generalised "
            "least-squares effect with level and trend, averaged over thirteen kinds of noise; "
            "its power, not its validity, rests on them. Period effects and intra-subject "
            "correlation need no assumption; carry-over makes it underrate an effect.");
    para(p, "With a model: a Bayesian state-space model with level, trend, random-walk wander, "
            "a residual in which a day is like the one before, heavy-tailed noise, and an "
            "effect that comes and goes at a pace of its own (carry-over). Missing days have "
            "no term: nothing is filled in.");
    para(p, "Verdict: \u201cworks\u201d only where both 90% intervals hold benefit only; \u201cdoes "
            "not\u201d only where both lie below what is worth having; otherwise \u201ccannot "
            "say\u201d.");
}

static void flow(page *p)
{
    const gs_nof1_result *r = p->r;
    head(p, "Course of the trial", "13a\u201313c, 14a, 14b");
    put(p, "<figure>\n");
    both_widths(p, true);
    put(p, "<figcaption>Shaded: periods with B. Filled dots: days with B; rings: days with A; "
           "pale: left out. Line and band: the model\u2019s level with nine chances in ten. The "
           "line is what was seen, not what would have been without treatment.</figcaption>\n"
           "</figure>\n");
    gs_buf_printf(&p->say, "%zu days with A and %zu with B have an outcome; %zu have none; %zu "
                           "are left out (run-in, washout). ",
                  r->n_a, r->n_b, r->n_missing, r->n_left_out);
    if (isfinite(r->adherence))
        gs_buf_printf(&p->say, "The plan was kept on %.0f%% of the days that say so. ",
                      100 * r->adherence);
    said_para(p);
    blank(p, "Why the trial ended when it did; periods broken off, with reasons:", 1);
    head(p, "Baseline", "15");
    blank(p, "State before the trial:", 1);
}

static void chances(page *p, const gs_nof1_effect *e)
{
    put(p, "<td>better: ");
    gs_say_chance(&p->say, 1 - e->p_better);
    said(p);
    put(p, "</td><td>worth having: ");
    gs_say_chance(&p->say, e->worth_chance);
    said(p);
    put(p, "</td>");
}

static void effect_row(page *p, const char *name, const gs_nof1_effect *e, bool free, int d)
{
    if (!e->known && !*e->why)
        return;
    put(p, "<tr><th scope=\"row\">");
    put(p, name);
    if (!e->known) {
        put(p, "</th><td colspan=\"5\">");
        gs_draw_escape(p->b, e->why);
        put(p, "</td></tr>\n");
        return;
    }
    gs_buf_printf(p->b, "</th><td>%+.*f</td><td>", d, e->est);
    if (isfinite(e->lo))
        gs_buf_printf(p->b, "%+.*f to ", d, e->lo);
    else
        put(p, "no bound to ");
    if (isfinite(e->hi))
        gs_buf_printf(p->b, "%+.*f</td>", d, e->hi);
    else
        put(p, "no bound</td>");
    if (free)
        gs_buf_printf(p->b, "<td>p = %.2g%s</td><td></td>", e->p_better,
                      e->exact ? "" : " (drawn)");
    else
        chances(p, e);
    gs_buf_printf(p->b, "<td>%s</td></tr>\n", word(e->says));
}

static void table_of_effects(page *p)
{
    const gs_nof1_result *r = p->r;
    int d = gs_say_decimals(2 * r->swing);
    put(p, "<div class=\"scroll\"><table>\n<caption>B minus A, in points</caption>\n<thead><tr>"
           "<th scope=\"col\">analysis</th><th scope=\"col\">effect</th><th scope=\"col\">90% "
           "interval</th><th scope=\"col\">p or chances</th><th scope=\"col\"></th><th "
           "scope=\"col\">says</th></tr></thead>\n<tbody>\n");
    effect_row(p, "as planned, without a model", &r->free_itt, true, d);
    effect_row(p, "as planned, with a model", &r->model_itt, false, d);
    effect_row(p, "full dose, without a model", &r->free_taken, true, d);
    effect_row(p, "full dose, with a model", &r->model_taken, false, d);
    put(p, "</tbody></table></div>\n");
}

static void table_of_periods(page *p)
{
    const gs_nof1_result *r = p->r;
    int d = gs_say_decimals(2 * r->swing);
    gs_buf_printf(p->b, "<details%s><summary>Every period</summary>\n<div class=\"scroll\">"
                        "<table>\n<thead><tr><th scope=\"col\">period</th><th scope=\"col\">"
                        "from</th><th scope=\"col\">days</th><th scope=\"col\">treatment</th>"
                        "<th scope=\"col\">days seen</th><th scope=\"col\">mean</th></tr></thead>"
                        "\n<tbody>\n",
                  r->schedule->n_period > 24 ? " class=\"long\"" : "");
    for (size_t i = 0; i < r->schedule->n_period; i++) {
        const gs_nof1_period *q = &r->schedule->period[i];
        size_t n;
        double mean = period_mean(r, q, &n);
        gs_buf_printf(p->b, "<tr><th scope=\"row\">%zu</th><td>", i + 1);
        day_name(p, q->from);
        said(p);
        gs_buf_printf(p->b, "</td><td>%d</td><td>%c</td><td>%zu</td><td>", (int)q->n_day,
                      "AB"[q->code], n);
        if (n)
            gs_buf_printf(p->b, "%.*f", d, mean);
        put(p, "</td></tr>\n");
    }
    put(p, "</tbody></table></div></details>\n");
}

static void table_of_model(page *p)
{
    const gs_nof1_result *r = p->r;
    if (!r->n_dim)
        return;
    put(p, "<details><summary>The model: what was believed before, and after</summary>\n"
           "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">number</th><th "
           "scope=\"col\">unit</th><th scope=\"col\">prior, middle and nine in ten</th><th "
           "scope=\"col\">posterior</th><th scope=\"col\">R-hat</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < r->n_dim; i++) {
        const gs_nof1_dim *d = &r->dim[i];
        gs_buf_printf(p->b,
                      "<tr><th scope=\"row\">%s</th><td>%s</td><td>%.2f (%.2f to %.2f)</td>"
                      "<td>%.2f (%.2f to %.2f)</td><td>%.3f</td></tr>\n",
                      d->name, d->unit, d->prior.q50, d->prior.q05, d->prior.q95, d->post.q50,
                      d->post.q05, d->post.q95, d->rhat);
    }
    put(p, "</tbody></table></div></details>\n");
}

static void results(page *p, size_t n, const gs_nof1_result *const *r)
{
    head(p, "Numbers analysed, outcomes and estimates", "16, 17a, 17b");
    table_of_effects(p);
    table_of_periods(p);
    table_of_model(p);
    head(p, "Other analyses", "18");
    if (n < 2)
        para(p, "None beside those above.");
    else
        para(p, "Other outcomes, looked at beside the primary one; a verdict here weighs less, "
                "since the more one looks at, the more chance finds.");
    for (size_t i = 1; i < n; i++) {
        put(p, "<p><b>");
        gs_draw_escape(p->b, r[i]->series->outcome);
        put(p, ".</b> ");
        gs_draw_escape(p->b, r[i]->headline);
        put(p, "</p>\n");
    }
    head(p, "Harms", "19");
    blank(p, "Unwanted effects in each period:", 2);
}

static void discussion(page *p, size_t n_note, const char *const *note)
{
    head(p, "Limits, and what else could explain it", "20");
    put(p, "<ul>\n");
    for (size_t k = 0; k < p->r->n_note + n_note; k++) {
        put(p, "<li>");
        gs_draw_escape(p->b, k < p->r->n_note ? p->r->note[k] : note[k - p->r->n_note]);
        put(p, "</li>\n");
    }
    put(p, "</ul>\n");
    head(p, "For whom it holds", "21");
    para(p, "For this person, in circumstances like those of the trial. It says nothing about "
            "anybody else.");
    head(p, "Interpretation", "22");
    para(p, p->r->headline);
    head(p, "Registration, protocol, funding, data", "23\u201325");
    blank(p, "Where the plan was registered, where it can be read, who paid:", 2);
}

static void raw_data(page *p)
{
    const gs_nof1_result *r = p->r;
    put(p, "<details class=\"long\"><summary>All days as numbers</summary>\n<div "
           "class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">day</th><th scope=\"col\">"
           "treatment</th><th scope=\"col\">dose</th><th scope=\"col\">ratings</th><th "
           "scope=\"col\">value</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < r->n_unit; i++) {
        const gs_nof1_unit *u = &r->unit[i];
        put(p, "<tr><th scope=\"row\">");
        day_name(p, u->day);
        said(p);
        gs_buf_printf(p->b, "</th><td>%c%s</td><td>%g</td><td>%zu</td><td>%g</td></tr>\n",
                      "AB"[u->code], u->used ? "" : ", left out", u->received, u->n_obs,
                      u->value);
    }
    put(p, "</tbody></table></div></details>\n");
    para(p, "The same numbers, with every setting, come from \u201cgutskin nof1 FILE --json\u201d; "
            "the same seed gives the same result on any machine.");
}

static void pooled(page *p, const gs_nof1_pooled *x, size_t n_note, const char *const *note)
{
    char id[32];
    gs_buf_printf(p->b, "<header>\n<p class=\"kicker\"><b>gutskin</b></p>\n<h1>A series of %zu "
                        "N-of-1 trials</h1>\n</header>\n<p class=\"lede\">",
                  x->n);
    gs_draw_escape(p->b, x->headline);
    put(p, "</p>\n<figure>\n");
    for (int k = 0; k < 2; k++) {
        snprintf(id, sizeof id, "n%zu", p->n_id++);
        gs_nof1_fig_people(p->b, x, id, k ? "pic narrow" : "pic wide", k ? 340 : 704);
    }
    put(p, "<figcaption>Grey: the own trial alone. Blue: drawn towards the others. Bars: nine "
           "chances in ten. Dashed: the smallest effect worth having.</figcaption>\n</figure>\n"
           "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">person</th><th "
           "scope=\"col\">own trial</th><th scope=\"col\">with the others</th><th scope=\"col\">"
           "helps</th><th scope=\"col\">by what is worth it</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < x->n; i++) {
        const gs_nof1_person *q = &x->person[i];
        put(p, "<tr><th scope=\"row\">");
        gs_draw_escape(p->b, q->name);
        gs_buf_printf(p->b, "</th><td>%+.2f (%+.2f to %+.2f)</td><td>%+.2f (%+.2f to %+.2f)</td>"
                            "<td>%.0f%%</td><td>%.0f%%</td></tr>\n",
                      q->est, q->lo, q->hi, q->shrunk, q->shrunk_lo, q->shrunk_hi,
                      100 * q->benefit, 100 * q->responds);
    }
    put(p, "</tbody></table></div>\n<ul>\n");
    for (size_t k = 0; k < x->n_note + n_note; k++) {
        put(p, "<li>");
        gs_draw_escape(p->b, k < x->n_note ? x->note[k] : note[k - x->n_note]);
        put(p, "</li>\n");
    }
    put(p, "</ul>\n");
}

gs_status gs_report_nof1_html(size_t n, const gs_nof1_result *const *r,
                              const gs_nof1_pooled *pool, size_t n_note,
                              const char *const *note, const char *title, gs_buf *out,
                              gs_err *err)
{
    page p = {.b = out, .r = r[0], .memory = true};
    const gs_nof1_series *s = r[0]->series;

    p.a_name = s->name_a && *s->name_a ? s->name_a : "A";
    p.b_name = s->name_b && *s->name_b ? s->name_b : "B";
    put(&p, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta "
            "name=\"viewport\" content=\"width=device-width,initial-scale=1\"/>\n<meta "
            "name=\"color-scheme\" content=\"light dark\"/>\n<title>");
    gs_draw_escape(out, title ? title : "N-of-1 trial");
    put(&p, "</title>\n<style>\n");
    for (size_t i = 0; gs_fig_css[i]; i++)
        put(&p, gs_fig_css[i]);
    put(&p, gs_nof1_fig_css);
    put(&p, "</style>\n</head>\n<body>\n<main>\n");
    if (pool) {
        pooled(&p, pool, n_note, note);
    } else {
        opening(&p, title);
        summary(&p);
        design(&p);
        outcomes(&p);
        order(&p);
        methods(&p);
        flow(&p);
        results(&p, n, r);
        discussion(&p, n_note, note);
        raw_data(&p);
    }
    put(&p, "</main>\n<footer><div><p class=\"small\">");
    gs_draw_escape(out, gs_say_not_device);
    put(&p, "</p></div></footer>\n</body>\n</html>\n");
    gs_buf_free(&p.say);
    return out->failed || !p.memory ? gs_fail(err, GS_ENOMEM, "out of memory") : GS_OK;
}
