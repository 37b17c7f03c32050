/* The page: an answer as one HTML file that needs nothing else.
 *
 * It is written as well-formed XML, so that any XML reader can check it, and carries a
 * policy that forbids every load: no script, no image, no font, no network. The order is
 * the order of what matters: red flags, whether the fit may be believed, the answer, the
 * diary, the forecast, the levers, the studies, what cannot be known, what to try, and
 * the numbers behind it all one click away.
 *
 * A fit that failed its checks shows entries and published results, and nothing that
 * was concluded from the fit. */
#include "gutskin/report.h"
#include "report/page.h"
#include "report/say.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N_RECENT = 28 }; /* days shown before the forecast */

static void head(page *p)
{
    put(p, "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\" "
           "xml:lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
           "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\"/>\n"
           "<meta name=\"referrer\" content=\"no-referrer\"/>\n"
           "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>");
    if (p->x->example)
        put(p, "Example: ");
    gs_buf_printf(&p->say, "What your %s diary says", p->x->condition);
    said(p);
    put(p, "</title>\n<style>\n");
    for (size_t i = 0; gs_fig_css[i]; i++)
        put(p, gs_fig_css[i]);
    put(p, "</style>\n</head>\n<body>\n<main>\n");
}

/* ---- what comes first ---- */

static void red_flags(page *p)
{
    const gs_answer *x = p->x;
    if (x->n_flag == 0)
        return;
    put(p, "<section class=\"alarm\" role=\"alert\" aria-labelledby=\"flags\">\n"
           "<h2 id=\"flags\">See a doctor now</h2>\n<p>Your diary notes");
    put(p, x->n_flag > 1 ? " signs that should" : " a sign that should");
    put(p, " not wait. This comes before anything else on this page.</p>\n");
    for (size_t i = 0; i < x->n_flag; i++) {
        put(p, "<h3>");
        esc(p, x->flag[i].title);
        put(p, "</h3>\n");
        para(p, "", x->flag[i].advice);
    }
    put(p, "</section>\n");
}

static void failed(page *p)
{
    if (p->sound)
        return;
    put(p, "<section class=\"failed\" aria-labelledby=\"failed\">\n<h2 id=\"failed\">"
           "This fit did not pass its checks</h2>\n<p>");
    gs_say_unsound(&p->say, p->x);
    said(p);
    put(p, " So nothing on this page is a conclusion from your diary: you see your "
           "entries, what was known before, and what studies found. More "
           "entries, or a longer run (<code>gutskin fit --draws 2000</code>), may mend "
           "it.</p>\n"
           "</section>\n");
}

static void fact(page *p, const char *what)
{
    put(p, "<div><dt>");
    put(p, what);
    put(p, "</dt><dd>");
    said(p);
    put(p, "</dd></div>\n");
}

static void facts(page *p)
{
    const gs_answer_series *s = p->s;
    size_t longest = 0;
    put(p, "<dl class=\"facts\">\n");
    gs_say_count(&p->say, p->x->n_day, "day", "days");
    fact(p, "length of the diary");
    if (s) {
        gs_buf_printf(&p->say, "%zu", s->n);
        fact(p, "days with a score");
        size_t n_gap = gs_say_gaps(p->x, s, &longest);
        if (n_gap) {
            gs_say_count(&p->say, longest, "day", "days");
            fact(p, "longest gap");
        }
    }
    size_t said_levers = 0;
    for (size_t i = 0; i < p->x->n_lever; i++)
        said_levers += p->x->lever[i].n_said > 0;
    gs_buf_printf(&p->say, "%zu", said_levers);
    fact(p, "habits noted");
    put(p, "</dl>\n");
}

static void opening(page *p)
{
    const gs_answer *x = p->x;
    if (x->example)
        para(p, "mark", gs_say_example);
    put(p, "<header>\n<p class=\"kicker\"><b>gutskin</b> \u00b7 ");
    /* "me" is the name of whoever gave none */
    if (*x->person && strcmp(x->person, "me") != 0) {
        esc(p, x->person);
        put(p, " \u00b7 ");
    }
    gs_say_span(&p->say, x);
    said(p);
    put(p, "</p>\n<h1>What your ");
    esc(p, x->condition);
    put(p, " diary says</h1>\n</header>\n");
    failed(p);
    if (p->sound)
        para(p, "lede", x->headline);
    facts(p);
}

/* ---- the diary ---- */

static void figure(page *p, const gs_answer_series *s, gs_fig o, double tall)
{
    char id[32];
    const struct {
        const char *cls;
        double width, height;
    } form[] = {{"pic wide", 704, 300}, {"pic narrow", 340, 270}};
    for (size_t i = 0; i < 2; i++) {
        snprintf(id, sizeof id, "f%zu", p->n_id++);
        o.id = id;
        o.cls = form[i].cls;
        o.width = form[i].width;
        o.height = tall * form[i].height;
        p->memory = gs_fig_series(p->b, p->x, s, &o) && p->memory;
    }
}

static void band_key(page *p)
{
    put(p, "<span class=\"key k50\"></span> half of the chances, "
           "<span class=\"key k90\"></span> nine in ten");
}

static void other_series(page *p)
{
    const gs_answer *x = p->x;
    for (size_t i = 0; i < x->n_series; i++) {
        const gs_answer_series *s = &x->series[i];
        if (s == p->s)
            continue;
        put(p, "<figure>\n<h3>");
        gs_say_scale(&p->say, s);
        said(p);
        put(p, "</h3>\n");
        figure(p, s, (gs_fig){.to = (long)x->n_day - 1, .fit = p->sound}, 0.62);
        put(p, "</figure>\n");
    }
}

static void entry_table(page *p)
{
    const gs_answer_series *s = p->s;
    bool fit = p->sound && s->fit;
    put(p, "<details class=\"long\"><summary>All ");
    gs_say_count(&p->say, s->n, "entry", "entries");
    said(p);
    put(p, " as numbers</summary>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
           "aria-label=\"entries\">\n<table>\n<caption>");
    gs_say_scale(&p->say, s);
    said(p);
    put(p, "</caption>\n<thead><tr><th scope=\"col\">day</th><th scope=\"col\">entry</th>");
    if (fit)
        put(p, "<th scope=\"col\">fit, middle</th><th scope=\"col\">fit, nine chances in "
               "ten</th>");
    put(p, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < s->n; i++) {
        put(p, "<tr><th scope=\"row\">");
        gs_say_day(&p->say, p->x, s->day[i], false);
        said(p);
        gs_buf_put(p->b, "</th><td>");
        if (isfinite(s->value[i]))
            gs_buf_printf(p->b, "%g", s->value[i]);
        put(p, "</td>");
        if (fit && s->day[i] >= 0 && (size_t)s->day[i] < p->x->n_day) {
            const gs_band *q = &s->fit[s->day[i]];
            int d = gs_say_decimals(q->q95 - q->q05);
            put(p, "<td>");
            gs_say_number(&p->say, q->q50, d);
            said(p);
            put(p, "</td><td>");
            gs_say_number(&p->say, q->q05, d);
            gs_buf_put(&p->say, " to ");
            gs_say_number(&p->say, q->q95, d);
            said(p);
            put(p, "</td>");
        } else if (fit) {
            put(p, "<td></td><td></td>");
        }
        put(p, "</tr>\n");
    }
    put(p, "</tbody></table></div></details>\n");
}

static void diary(page *p)
{
    put(p, "<section aria-labelledby=\"diary\">\n<h2 id=\"diary\">Your skin, day by day"
           "</h2>\n");
    if (!p->s || p->x->n_day == 0) {
        put(p, "<p>There is no score of your skin in this diary yet.</p>\n</section>\n");
        return;
    }
    size_t longest = 0, n_gap = gs_say_gaps(p->x, p->s, &longest);
    put(p, "<figure>\n<h3>");
    gs_say_scale(&p->say, p->s);
    said(p);
    put(p, "</h3>\n");
    figure(p, p->s, (gs_fig){.to = (long)p->x->n_day - 1, .fit = p->sound}, 1);
    put(p, "<figcaption>Dots are your entries");
    if (p->sound) {
        put(p, ", the line is what the model takes your skin to have been: ");
        band_key(p);
    }
    put(p, ".");
    if (n_gap)
        gs_buf_printf(p->b, " <span class=\"key kgap\"></span> more than %.0f days "
                            "without an entry: nothing is joined across.",
                      floor(gs_say_gap(p->s)));
    put(p, "</figcaption>\n</figure>\n");
    entry_table(p);
    other_series(p);
    put(p, "</section>\n");
}

/* ---- the forecast ---- */

static void forecast_sentence(page *p, size_t i, const char *start)
{
    const gs_band *q = &p->s->ahead[i];
    int d = gs_say_score_decimals(p->s);
    if (!gs_say_band_known(q))
        return;
    put(p, start);
    gs_say_day(&p->say, p->x, (long)(p->x->n_day + i), true);
    said(p);
    put(p, " it lies between <b>");
    gs_say_number(&p->say, q->q05, d);
    gs_buf_put(&p->say, " and ");
    gs_say_number(&p->say, q->q95, d);
    gs_buf_printf(&p->say, " %s", gs_say_unit(p->s));
    said(p);
    put(p, "</b> with nine chances in ten, and between ");
    gs_say_number(&p->say, q->q25, d);
    gs_buf_put(&p->say, " and ");
    gs_say_number(&p->say, q->q75, d);
    gs_buf_put(&p->say, " with one in two.");
    said(p);
}

static void forecast_table(page *p)
{
    static const char *const name[] = {"low (5%)", "25%", "middle", "75%", "high (95%)"};
    put(p, "<details class=\"long\"><summary>The forecast as numbers</summary>\n<div class=\"scroll\" "
           "tabindex=\"0\" role=\"region\" aria-label=\"forecast\">\n<table>\n<caption>");
    gs_say_scale(&p->say, p->s);
    said(p);
    put(p, "; one chance in twenty lies below \u201clow\u201d and one above "
           "\u201chigh\u201d</caption>\n<thead><tr><th scope=\"col\">day</th>");
    for (size_t k = 0; k < 5; k++)
        gs_buf_printf(p->b, "<th scope=\"col\">%s</th>", name[k]);
    put(p, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < p->x->n_ahead; i++) {
        const gs_band *q = &p->s->ahead[i];
        const double v[] = {q->q05, q->q25, q->q50, q->q75, q->q95};
        put(p, "<tr><th scope=\"row\">");
        gs_say_day(&p->say, p->x, (long)(p->x->n_day + i), false);
        said(p);
        put(p, "</th>");
        for (size_t k = 0; k < 5; k++) {
            put(p, "<td>");
            gs_say_number(&p->say, v[k], gs_say_score_decimals(p->s));
            said(p);
            put(p, "</td>");
        }
        put(p, "</tr>\n");
    }
    put(p, "</tbody></table></div></details>\n");
}

static void forecast(page *p)
{
    const gs_answer *x = p->x;
    if (!p->sound || !p->s || !p->s->ahead || x->n_ahead == 0 || x->n_day == 0)
        return;
    gs_buf_printf(p->b, "<section aria-labelledby=\"ahead\">\n<h2 id=\"ahead\">The next "
                        "%zu days</h2>\n<p>This is your score if your days go on as usual.", x->n_ahead);
    if (x->n_ahead > 7)
        forecast_sentence(p, 6, " On ");
    forecast_sentence(p, x->n_ahead - 1, " On ");
    put(p, "</p>\n<figure>\n");
    long from = x->n_day > N_RECENT ? (long)x->n_day - N_RECENT : 0;
    figure(p, p->s, (gs_fig){.from = from, .to = (long)(x->n_day + x->n_ahead) - 1,
                             .fit = true, .ahead = true}, 0.9);
    put(p, "<figcaption>Left of the line the last weeks of the diary, right of it one "
           "column for each day to come: ");
    band_key(p);
    put(p, ". \u201cToday\u201d is the last day of the diary.</figcaption>\n</figure>\n");
    forecast_table(p);
    put(p, "</section>\n");
}

/* ---- what to try, what is not known ---- */

static void next_step(page *p)
{
    put(p, "<section aria-labelledby=\"next\">\n<h2 id=\"next\">What to try next: an "
           "experiment, not a promise</h2>\n");
    const gs_answer_lever *l = gs_say_next(p->x, 0);
    if (p->x->n_flag) {
        put(p, "<p><b>First see a doctor</b> about the signs at the top of this page. "
               "Experiments can wait.</p>\n</section>\n");
        return;
    }
    if (!p->sound) {
        put(p, "<p>No experiment is proposed from a fit that did not pass its checks. Keep "
               "writing down your days.</p>\n</section>\n");
        return;
    }
    if (!l) {
        put(p, "<p>Nothing stands out as worth the effort of an experiment now. Keep "
               "writing down your days; a longer diary may change that.</p>\n</section>\n");
        return;
    }
    put(p, "<div class=\"try\">\n<h3>");
    esc(p, l->title);
    put(p, "</h3>\n");
    para(p, "", l->block);
    para(p, "", l->caution);
    put(p, "<p class=\"small\">Fix the dates before you start, keep the rest of your days "
           "as they are, and write down your skin every day, good or bad. It may show "
           "nothing; that is an answer too.</p>\n</div>\n");
    if (gs_say_next(p->x, 1)) {
        put(p, "<p>After that, one at a time:</p>\n<ul>\n");
        for (size_t k = 1; k < 4 && (l = gs_say_next(p->x, k)); k++) {
            put(p, "<li><b>");
            esc(p, l->title);
            put(p, ".</b> ");
            esc(p, l->block);
            put(p, "</li>\n");
        }
        put(p, "</ul>\n");
    }
    put(p, "</section>\n");
}

static void notes(page *p)
{
    if (p->x->n_note == 0)
        return;
    put(p, "<section aria-labelledby=\"notes\">\n<h2 id=\"notes\">What is not known</h2>\n"
           "<ul>\n");
    for (size_t i = 0; i < p->x->n_note; i++) {
        put(p, "<li>");
        esc(p, p->x->note[i]);
        put(p, "</li>\n");
    }
    put(p, "</ul>\n</section>\n");
}

/* ---- the numbers ---- */

static void num_cell(page *p, double v)
{
    put(p, "<td>");
    gs_say_short(&p->say, v);
    said(p);
    put(p, "</td>");
}

static void range_cell(page *p, const gs_band *q)
{
    put(p, "<td>");
    gs_say_short(&p->say, q->q05);
    gs_buf_put(&p->say, " to ");
    gs_say_short(&p->say, q->q95);
    said(p);
    put(p, "</td>");
}

static void dim_table(page *p, const gs_fit *f)
{
    put(p, "<details class=\"long\"><summary>Every sampled number, before and after</summary>\n"
           "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"sampled "
           "numbers\">\n<table>\n<caption>Prior and posterior of each dimension, on its own "
           "scale; the range holds 90%</caption>\n<thead><tr><th scope=\"col\">name</th>"
           "<th scope=\"col\">what</th><th scope=\"col\">prior mean</th><th scope=\"col\">"
           "prior 90%</th><th scope=\"col\">mean</th><th scope=\"col\">sd</th>"
           "<th scope=\"col\">90%</th><th scope=\"col\">R-hat</th><th scope=\"col\">bulk "
           "ESS</th><th scope=\"col\">tail ESS</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < f->n_dim; i++) {
        const gs_dim *d = &f->dim[i];
        put(p, "<tr><th scope=\"row\">");
        esc(p, d->name);
        put(p, "</th><td>");
        esc(p, gs_say_role(d->role));
        put(p, "</td>");
        num_cell(p, d->prior_mean);
        range_cell(p, &d->prior);
        num_cell(p, d->mean);
        num_cell(p, d->sd);
        range_cell(p, &d->post);
        put(p, "<td>");
        gs_say_number(&p->say, d->rhat, 3);
        said(p);
        put(p, "</td><td>");
        gs_say_number(&p->say, d->ess_bulk, 0);
        said(p);
        put(p, "</td><td>");
        gs_say_number(&p->say, d->ess_tail, 0);
        said(p);
        put(p, "</td></tr>\n");
    }
    put(p, "</tbody></table></div></details>\n");
}

static void check_row(page *p, const char *what, const char *want)
{
    gs_buf_printf(p->b, "<tr><th scope=\"row\">%s</th><td>", what);
    said(p);
    gs_buf_printf(p->b, "</td><td>%s</td></tr>\n", want);
}

static void diagnostics(page *p, const gs_fit *f)
{
    double rhat = 0, bulk = HUGE_VAL, tail = HUGE_VAL;
    for (size_t i = 0; i < f->n_dim; i++) {
        /* written so that a NaN stays: a chain that never moved is the worst */
        const gs_dim *d = &f->dim[i];
        rhat = d->rhat <= rhat ? rhat : d->rhat;
        bulk = d->ess_bulk >= bulk ? bulk : d->ess_bulk;
        tail = d->ess_tail >= tail ? tail : d->ess_tail;
    }
    put(p, "<details><summary>Checks of the sampler</summary>\n<div class=\"scroll\" "
           "tabindex=\"0\" role=\"region\" aria-label=\"checks\">\n<table>\n<caption>");
    put(p, f->ok ? "All checks passed" : "Not all checks passed");
    put(p, "</caption>\n<thead><tr><th scope=\"col\">check</th><th scope=\"col\">here</th>"
           "<th scope=\"col\">good when</th></tr></thead>\n<tbody>\n");
    gs_buf_printf(&p->say, "%zu \u00d7 %zu", f->n_chain, f->n_draw);
    check_row(p, "chains \u00d7 draws", "4 chains or more");
    if (f->n_dim) {
        gs_say_number(&p->say, rhat, 3);
        check_row(p, "largest R-hat", "1.01 or less");
        gs_say_number(&p->say, bulk, 0);
        check_row(p, "smallest bulk ESS", "400 or more");
        gs_say_number(&p->say, tail, 0);
        check_row(p, "smallest tail ESS", "400 or more");
    }
    gs_buf_printf(&p->say, "%zu", f->n_divergent);
    check_row(p, "divergences", "0");
    gs_buf_printf(&p->say, "%zu", f->n_depth);
    check_row(p, "draws at the longest path", "few");
    put(p, "</tbody></table></div>\n<p class=\"small\">");
    gs_buf_printf(&p->say, "Seed %llu; model %016llx; entries %016llx.",
                  (unsigned long long)f->seed, (unsigned long long)f->kernel_hash,
                  (unsigned long long)f->obs_hash);
    said(p);
    put(p, "</p></details>\n");
}

static void numbers(page *p)
{
    const gs_fit *f = p->x->fit;
    if (!f)
        return;
    put(p, "<section aria-labelledby=\"numbers\">\n<h2 id=\"numbers\">How the numbers were "
           "made</h2>\n<p>A model of the gut-skin axis was run through your days, thousands "
           "of times with different guesses about your body; guesses that fit your entries "
           "better were kept more often. What is kept is the belief shown above.</p>\n");
    if (!p->sound)
        put(p, "<p>The fit did not pass its checks. The figures below are for finding out "
               "why, not for reading as results.</p>\n");
    diagnostics(p, f);
    dim_table(p, f);
    put(p, "</section>\n");
}

static void foot(page *p)
{
    put(p, "</main>\n<footer><div>\n<p class=\"small\"><b>Limits.</b> ");
    esc(p, gs_say_limits);
    put(p, "</p>\n<p class=\"small\"><b>Not a medical device.</b> ");
    esc(p, gs_say_not_device);
    put(p, "</p>\n<p class=\"small\">Made by gutskin ");
    esc(p, p->x->made);
    put(p, " on this machine; nothing was sent anywhere.</p>\n</div></footer>\n</body>\n"
           "</html>\n");
}

gs_status gs_report_html(const gs_answer *x, gs_buf *out, gs_err *err)
{
    page p = {.x = x, .s = gs_say_main(x), .b = out, .sound = gs_say_sound(x),
              .memory = true};
    p.axis = gs_fig_reach(x, p.sound);
    head(&p);
    red_flags(&p);
    opening(&p);
    diary(&p);
    forecast(&p);
    gs_page_levers(&p);
    gs_page_studies(&p);
    gs_page_cannot(&p);
    gs_page_values(&p);
    next_step(&p);
    notes(&p);
    numbers(&p);
    foot(&p);
    bool memory = p.memory && !p.say.failed && !out->failed;
    gs_buf_free(&p.say);
    return memory ? GS_OK : gs_fail(err, GS_ENOMEM, "out of memory while writing the page");
}
