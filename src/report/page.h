/* The page while it is written: what html.c and html_lever.c share. Internal to report. */
#ifndef GS_REPORT_PAGE_H
#define GS_REPORT_PAGE_H

#include "gutskin/answer.h"
#include "report/draw.h"
#include "report/fig.h"

/* The page while it is written. */
typedef struct page {
    const gs_answer *x;
    const gs_answer_series *s; /* the main one; NULL when there is none */
    gs_buf *b;
    gs_buf say;  /* words waiting to be escaped */
    gs_fig_axis axis;
    bool sound, memory;
    size_t n_id;
} page;

static inline void put(page *p, const char *markup)
{
    gs_buf_put(p->b, markup);
}

static inline void esc(page *p, const char *text)
{
    gs_draw_escape(p->b, text);
}

/* Write what was said, escaped. */
static inline void said(page *p)
{
    if (p->say.data && p->say.len) {
        esc(p, p->say.data);
        p->say.len = 0;
        p->say.data[0] = 0;
    }
}

static inline void para(page *p, const char *cls, const char *text)
{
    if (!text || !*text)
        return;
    gs_buf_printf(p->b, *cls ? "<p class=\"%s\">" : "<p%s>", cls);
    esc(p, text);
    put(p, "</p>\n");
}

/* The sections that speak of levers, in html_lever.c: what the diary taught (or, for a
 * fit that failed, what was believed before), what studies found, what the diary cannot
 * tell. */
void gs_page_levers(page *p);
void gs_page_studies(page *p);
void gs_page_cannot(page *p);
/* What measured values add, html_values.c. */
void gs_page_values(page *p);

/* Head and foot of a page that is no diary's report, check.c. */
void gs_page_head(gs_buf *b, const char *title);
void gs_page_foot(gs_buf *b);

#endif
