/* The gut report as a page: what was read, figures, the numbers, what they do not say. */
#include "report/draw.h"
#include "report/gut_say.h"
#include "report/page.h"

#include <math.h>
#include <stdio.h>

static void say_para(gs_buf *b, gs_buf *say, const char *cls)
{
    if (!say->data || !say->len)
        return;
    gs_buf_printf(b, *cls ? "<p class=\"%s\">" : "<p%s>", cls);
    gs_draw_escape(b, say->data);
    gs_buf_put(b, "</p>\n");
    say->len = 0;
    say->data[0] = '\0';
}

static void figure(gs_buf *b, const gs_stool *x, const char *title, const char *id,
                   bool (*draw)(gs_buf *, const gs_stool *, double, const char *, const char *),
                   const char *caption)
{
    gs_buf probe = {0};
    char name[32];
    bool any = draw(&probe, x, 720, "probe", "pic");
    gs_buf_free(&probe);
    if (!any)
        return;
    gs_buf_printf(b, "<h2>%s</h2>\n<figure>\n", title);
    snprintf(name, sizeof name, "%s-wide", id);
    draw(b, x, 720, name, "pic wide");
    snprintf(name, sizeof name, "%s-narrow", id);
    draw(b, x, 350, name, "pic narrow");
    gs_buf_put(b, "<figcaption>");
    gs_draw_escape(b, caption);
    gs_buf_put(b, "</figcaption>\n</figure>\n");
}

static void row(gs_buf *b, const gs_stool *x, gs_stool_index i)
{
    const gs_stool_value *v = &x->value[i];
    gs_buf_put(b, "<tr><th scope=\"row\">");
    gs_draw_escape(b, gs_stool_title(i));
    gs_buf_put(b, "<br/><span class=\"small\">");
    gs_draw_escape(b, gs_stool_what(i));
    gs_buf_put(b, "</span></th><td>");
    gs_buf say = {0};
    gut_say_value(&say, i, v->count.at);
    gs_draw_escape(b, say.data);
    gs_buf_free(&say);
    say = (gs_buf){0};
    gs_buf_put(b, "</td><td>");
    gut_say_range(&say, i, v->count);
    gs_draw_escape(b, say.data);
    gs_buf_free(&say);
    say = (gs_buf){0};
    gs_buf_put(b, "</td><td>");
    gut_say_range(&say, i, v->day);
    gs_draw_escape(b, say.data);
    gs_buf_free(&say);
    say = (gs_buf){0};
    gs_buf_put(b, "</td><td>");
    gut_say_place(&say, v);
    gs_draw_escape(b, v->ref ? say.data : v->why);
    gs_buf_free(&say);
    gs_buf_put(b, "</td></tr>\n");
}

gs_status gs_gutreport_html(const gs_stool *x, gs_buf *b, gs_err *err)
{
    gs_buf say = {0};

    gs_page_head(b, "What a stool result shows");
    gs_buf_put(b, "<style>.gutdot{fill:var(--post)}.gutcloud{fill:var(--post);fill-opacity:.35}"
                  ".gutline{fill:none;stroke:var(--prior);stroke-width:2}"
                  "table.gut th,table.gut td{white-space:normal;vertical-align:top}</style>\n");
    gs_buf_put(b, "<p class=\"kicker\">");
    gs_draw_escape(b, gs_gut_method_title(x->method));
    gs_buf_put(b, "</p>\n<h1>What a stool result shows</h1>\n");
    gs_buf_put(b, "<p class=\"lede\">");
    gs_draw_escape(b, *x->sample ? x->sample : "This sample");
    gs_buf_put(b, ": ");
    gut_say_reads(&say, x);
    gs_draw_escape(b, say.data ? say.data : "");
    gs_buf_put(b, ".</p>\n");
    if (say.data)
        say.len = 0, say.data[0] = '\0';
    gut_say_warning(&say, x);
    say_para(b, &say, "mark");
    gut_say_reference(&say, x);
    say_para(b, &say, "");
    gs_buf_put(b, "<p>");
    gs_draw_escape(b, gs_gutreport_skin);
    gs_buf_put(b, "</p>\n");

    bool ref = x->value[GS_STOOL_BUTYRATE].ref != NULL;
    figure(b, x, "Guilds", "guilds", gut_fig_guilds,
           ref ? "Dot: this sample. Blue line: where another sample of the same weeks would fall (95%). Grey: the "
                 "middle 90% and 50% of other people, and the one in the middle. The axis is stretched at its low end."
               : "Dot: this sample. Blue line: where another sample of the same weeks would fall (95%). There is "
                 "no reference for this method. The axis is stretched at its low end.");
    figure(b, x, "Among others", "places", gut_fig_places,
           "Percentile of each number, and where another day's sample would put it (95%). Shaded: the middle half "
           "of people. Neither end is good or bad as such.");
    figure(b, x, "On the map", "map", gut_fig_map,
           "People who are alike lie close together; darker squares hold more of them. Small dots: the same "
           "sample with its reads drawn again. Nothing here has a good or a bad side.");
    figure(b, x, "Were there enough reads?", "curve", gut_fig_curve,
           "How many different taxa would be seen with fewer reads. A curve that still climbs at its end says that "
           "more reads would have shown more.");

    gs_buf_put(b, "<h2>The numbers</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"numbers\">"
                  "<table class=\"gut\"><thead><tr><th>number</th><th>this sample</th><th>counting again</th>"
                  "<th>another day</th><th>percentile (another day)</th></tr></thead><tbody>\n");
    for (gs_stool_index i = 0; i < GS_N_STOOL; i++)
        if (gut_say_shown(x, i))
            row(b, x, i);
    gs_buf_put(b, "</tbody></table></div>\n<h2>Largest genera</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                  "aria-label=\"genera\"><table><thead><tr><th>genus</th><th>share</th><th>guild</th></tr></thead><tbody>\n");
    for (size_t k = 0; k < x->n_genus && k < 20; k++) {
        gs_buf_put(b, "<tr><th scope=\"row\">");
        gs_draw_escape(b, x->genus[k].name);
        gs_buf_put(b, "</th><td>");
        gut_say_value(b, GS_STOOL_BUTYRATE, x->genus[k].share);
        gs_buf_put(b, "</td><td>");
        gs_draw_escape(b, x->genus[k].known ? gs_guild_title(x->genus[k].known->guild) : "");
        gs_buf_put(b, "</td></tr>\n");
    }
    gs_buf_put(b, "</tbody></table></div>\n");
    gs_page_foot(b);
    gs_buf_free(&say);
    return b->failed ? gs_fail(err, GS_ENOMEM, "out of memory for the page") : GS_OK;
}
