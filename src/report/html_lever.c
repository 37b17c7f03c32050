/* The page's sections about levers: beliefs before and now, published results, and what
 * this diary cannot tell. See html.c for the page as a whole. */
#include "report/page.h"
#include "report/say.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N_FOUND = 3 }; /* published results shown before the fold */

/* ---- levers ---- */

static void ends(page *p)
{
    const char *unit = gs_say_unit(p->s);
    put(p, "<div class=\"ends\" aria-hidden=\"true\"><span>");
    gs_buf_printf(&p->say, "\u2190 %g %s %s", -p->axis.lo, unit, gs_say_direction(p->s, -1));
    said(p);
    put(p, "</span><span>");
    gs_buf_printf(&p->say, "%g %s %s \u2192", p->axis.hi, unit, gs_say_direction(p->s, 1));
    said(p);
    put(p, "</span></div>\n");
}

static void belief(page *p, const gs_answer_lever *l, bool after)
{
    char id[32];
    gs_buf before = {0}, now = {0}, desc = {0};
    if (!(p->axis.hi > 0) || !gs_say_band_known(&l->before))
        return;
    snprintf(id, sizeof id, "f%zu", p->n_id++);
    gs_say_belief(&before, p->s, l, false);
    gs_say_belief(&now, p->s, l, true);
    gs_buf_printf(&desc, "Before the diary %s%s%s", before.data ? before.data : "",
                  after ? " Now " : "", after && now.data ? now.data : "");
    gs_buf_printf(p->b, "<figure class=\"belief\">\n<div class=\"zeroname\" "
                        "aria-hidden=\"true\"><span style=\"left:%.1f%%\">no effect</span>"
                        "</div>\n<div class=\"rows\" aria-hidden=\"true\"><span "
                        "class=\"b\">before</span>",
                  -100 * p->axis.lo / (p->axis.hi - p->axis.lo));
    put(p, after ? "<span class=\"a\">now</span></div>\n" : "</div>\n");
    gs_fig_belief(p->b, l, p->axis, after, id, l->title, desc.data ? desc.data : "");
    ends(p);
    put(p, "<figcaption><b class=\"b\">Before:</b> ");
    esc(p, before.data);
    if (after) {
        put(p, "<br/><b class=\"a\">Now:</b> ");
        esc(p, now.data);
    }
    if (gs_fig_cut(l, p->axis, after))
        put(p, " The bar runs past the edge of the picture.");
    put(p, "</figcaption>\n</figure>\n");
    p->memory = p->memory && !before.failed && !now.failed && !desc.failed;
    gs_buf_free(&before);
    gs_buf_free(&now);
    gs_buf_free(&desc);
}

static void band_row(page *p, const char *name, const gs_band *q, double better)
{
    const double v[] = {q->q05, q->q25, q->q50, q->q75, q->q95};
    gs_buf_printf(p->b, "<tr><th scope=\"row\">%s</th>", name);
    for (size_t i = 0; i < 5; i++) {
        put(p, "<td>");
        gs_say_short(&p->say, v[i]);
        said(p);
        put(p, "</td>");
    }
    put(p, "<td>");
    gs_say_chance(&p->say, better);
    said(p);
    put(p, "</td></tr>\n");
}

static void lever_said(page *p, const gs_answer_lever *l)
{
    put(p, "<p class=\"small\">Your diary says it on ");
    gs_say_count(&p->say, l->n_said, "day", "days");
    if (l->tags_only && l->n_said)
        gs_buf_put(&p->say, ", as a tag without an amount");
    if (l->n_said && isfinite(l->habit)) {
        gs_buf_put(&p->say, "; your usual day is ");
        gs_say_amount(&p->say, l->habit, l->unit);
        if (isfinite(l->sd)) {
            gs_buf_put(&p->say, ", and days differ by ");
            gs_say_amount(&p->say, l->sd, l->unit);
            gs_buf_put(&p->say, " (one standard deviation)");
        }
        if (l->unit && strcmp(l->unit, "1") == 0)
            gs_buf_put(&p->say, ", on the model's own scale");
    }
    gs_buf_put(&p->say, ".");
    said(p);
    put(p, "</p>\n");
}

static void lever_numbers(page *p, const gs_answer_lever *l, bool after)
{
    if (!gs_say_band_known(&l->before)) {
        lever_said(p, l);
        return;
    }
    put(p, "<details class=\"long\"><summary>The numbers</summary>\n<div class=\"scroll\" tabindex=\"0\" "
           "role=\"region\" aria-label=\"numbers\">\n<table>\n<caption>Change of the score, ");
    gs_buf_printf(&p->say, "%s; ", gs_say_unit(p->s));
    gs_say_change(&p->say, l);
    said(p);
    put(p, "; sign as on the scale</caption>\n<thead><tr><td></td><th scope=\"col\">5%</th>"
           "<th scope=\"col\">25%</th><th scope=\"col\">50%</th><th scope=\"col\">75%</th>"
           "<th scope=\"col\">95%</th><th scope=\"col\">chance it helps</th></tr></thead>\n"
           "<tbody>\n");
    band_row(p, "before", &l->before, l->better_before);
    if (after)
        band_row(p, "now", &l->after, l->better_after);
    put(p, "</tbody></table></div>\n");
    lever_said(p, l);
    put(p, "</details>\n");
}

static void taught(page *p, const gs_answer_lever *l)
{
    double share = fmin(fmax(isfinite(l->taught) ? l->taught : 0, 0), 1);
    put(p, "<p class=\"taught\">");
    put(p, "your diary taught us <b>");
    gs_say_share(&p->say, isfinite(l->taught) ? share : NAN);
    said(p);
    gs_buf_printf(p->b, "</b><span class=\"meter\"><i style=\"width:%.1f%%\"></i></span>",
                  100 * share);
    put(p, "</p>\n");
}

static void lever(page *p, const gs_answer_lever *l, bool after)
{
    put(p, "<article class=\"lever\">\n<header><div><h3>");
    esc(p, l->title);
    put(p, "</h3>\n<p class=\"change\">");
    gs_say_change(&p->say, l);
    said(p);
    put(p, "</p></div>\n");
    if (after && gs_say_band_known(&l->before))
        taught(p, l);
    put(p, "</header>\n");
    belief(p, l, after);
    if (p->sound)
        para(p, "", l->why);
    if (!after && p->sound && l->block && *l->block) {
        put(p, "<p><b>What would teach it:</b> ");
        esc(p, l->block);
        put(p, "</p>\n");
    }
    para(p, "small", l->caution);
    if (l->medicine)
        put(p, "<p class=\"small\">A medicine: shown because your diary names it, never "
               "proposed here.</p>\n");
    lever_numbers(p, l, after);
    put(p, "</article>\n");
}

static size_t count_levers(const gs_answer *x, bool cannot)
{
    size_t n = 0;
    for (size_t i = 0; i < x->n_lever; i++)
        n += (x->lever[i].verdict == GS_VERDICT_CANNOT) == cannot;
    return n;
}

static void levers_learned(page *p)
{
    put(p, "<section aria-labelledby=\"levers\">\n<h2 id=\"levers\">What your diary taught "
           "us</h2>\n");
    if (count_levers(p->x, false) == 0) {
        put(p, "<p>Nothing in this diary changed enough, and was written down often "
               "enough, to learn from.</p>\n</section>\n");
        return;
    }
    put(p, "<p>For each habit: what one change would do to your score. "
           "Grey <span class=\"key kg90\"></span><span class=\"key kg50\"></span> is what "
           "was believed before your diary, blue <span class=\"key k90\"></span><span "
           "class=\"key k50\"></span> what is believed now; the light bar holds nine "
           "chances in ten, the dark one half. \u201cTaught us\u201d is how much narrower "
           "the belief became: 0% is nothing, 100% would be certainty.</p>\n");
    for (size_t i = 0; i < p->x->n_lever; i++)
        if (p->x->lever[i].verdict != GS_VERDICT_CANNOT)
            lever(p, &p->x->lever[i], true);
    put(p, "</section>\n");
}

static void levers_unsound(page *p)
{
    if (p->x->n_lever == 0)
        return;
    put(p, "<section aria-labelledby=\"levers\">\n<h2 id=\"levers\">What was believed "
           "before your diary</h2>\n<p>These are not conclusions from your diary: the fit "
           "did not pass its checks. The light bar holds nine chances in ten, the dark "
           "one half.</p>\n");
    for (size_t i = 0; i < p->x->n_lever; i++)
        lever(p, &p->x->lever[i], false);
    put(p, "</section>\n");
}

void gs_page_levers(page *p)
{
    if (p->sound)
        levers_learned(p);
    else
        levers_unsound(p);
}

void gs_page_cannot(page *p)
{
    if (!p->sound || count_levers(p->x, true) == 0)
        return;
    put(p, "<section aria-labelledby=\"cannot\">\n<h2 id=\"cannot\">What this diary cannot "
           "tell</h2>\n<p>These never changed, or were hardly written down. What is shown "
           "is only what was believed before.</p>\n");
    for (size_t i = 0; i < p->x->n_lever; i++)
        if (p->x->lever[i].verdict == GS_VERDICT_CANNOT)
            lever(p, &p->x->lever[i], false);
    put(p, "</section>\n");
}

/* ---- studies ---- */

/* Source and key; a link where the key leads to a DOI, PubMed or PMC. Following it is
 * the reader's choice: the page itself loads nothing. */
static void source(page *p, const gs_evidence_row *r)
{
    char where[300], link[300];
    gs_evidence_where(r->key, where, sizeof where, link, sizeof link);
    gs_buf_printf(&p->say, "%s [%s]", r->source, r->key);
    said(p);
    if (*link) {
        put(p, ", <a rel=\"noreferrer\" href=\"");
        esc(p, link);
        put(p, "\">");
        esc(p, where);
        put(p, "</a>");
    } else if (*where) {
        put(p, ", ");
        esc(p, where);
    }
}

static void finding(page *p, const gs_evidence_row *r)
{
    put(p, "<li>");
    gs_say_evidence(&p->say, r);
    said(p);
    put(p, "<span class=\"src\">");
    source(p, r);
    gs_buf_put(&p->say, "; ");
    gs_say_source(&p->say, r);
    if (r->caution && *r->caution)
        gs_buf_printf(&p->say, ". Caution: %s", r->caution);
    gs_say_stop(&p->say);
    said(p);
    put(p, "</span></li>\n");
}

static void findings(page *p, const gs_answer_lever *l)
{
    put(p, "<article class=\"lever\">\n<h3>");
    esc(p, l->title);
    put(p, "</h3>\n");
    gs_say_trials(&p->say, p->x->condition, l);
    if (p->say.len) {
        put(p, "<p>");
        said(p);
        put(p, "</p>\n");
    }
    put(p, "<ul class=\"found\">\n");
    size_t n = l->n_evidence;
    for (size_t i = 0; i < n && i < N_FOUND; i++)
        finding(p, l->evidence[i]);
    put(p, "</ul>\n");
    if (n > N_FOUND) {
        put(p, "<details class=\"long\"><summary>");
        gs_say_count(&p->say, n - N_FOUND, "more result", "more results");
        said(p);
        put(p, "</summary>\n<ul class=\"found\">\n");
        for (size_t i = N_FOUND; i < n; i++)
            finding(p, l->evidence[i]);
        put(p, "</ul></details>\n");
    }
    put(p, "</article>\n");
}

void gs_page_studies(page *p)
{
    const gs_answer *x = p->x;
    size_t without = 0, with = 0;
    for (size_t i = 0; i < x->n_lever; i++)
        *(x->lever[i].n_evidence ? &with : &without) += 1;
    if (with + without == 0)
        return;
    put(p, "<section class=\"studies\" aria-labelledby=\"studies\">\n<h2 id=\"studies\">What studies found"
           "</h2>\n<p>About other people, not about you: averages over strangers.</p>\n");
    for (size_t i = 0; i < x->n_lever; i++)
        if (x->lever[i].n_evidence)
            findings(p, &x->lever[i]);
    if (without) {
        put(p, "<p class=\"small\">The table holds no published result for: ");
        for (size_t i = 0, k = 0; i < x->n_lever; i++)
            if (x->lever[i].n_evidence == 0)
                gs_buf_printf(&p->say, "%s%s", k++ ? ", " : "", x->lever[i].title);
        said(p);
        put(p, ".</p>\n");
    }
    put(p, "</section>\n");
}
