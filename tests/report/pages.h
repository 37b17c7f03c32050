/* Answers for the tests of pages: the sample of tests/advice, and changes to it. */
#ifndef GS_TEST_PAGES_H
#define GS_TEST_PAGES_H

#include "advice/sample.h"
#include "gutskin/report.h"

#include <ctype.h>
#include <stdlib.h>

/* The sample with levers, series and fit the test may change. */
typedef struct pages {
    gs_arena *a;
    gs_answer *x;
    gs_answer_lever *lever;
    gs_answer_series *series;
    gs_fit *fit;
} pages;

static pages pages_new(void)
{
    pages p = {.a = gs_arena_new(0)};
    p.x = sample_answer(p.a);
    p.lever = GS_NEW(p.a, gs_answer_lever, p.x->n_lever);
    p.series = GS_NEW(p.a, gs_answer_series, p.x->n_series);
    memcpy(p.lever, p.x->lever, p.x->n_lever * sizeof *p.lever);
    memcpy(p.series, p.x->series, p.x->n_series * sizeof *p.series);
    p.x->lever = p.lever;
    p.x->series = p.series;
    p.fit = sample_fit(p.a);
    p.x->fit = p.fit;
    return p;
}

/* The first "word" of text that is no number, or NULL: nan, inf and their kin, and what
 * printf writes for a missing string. */
static inline const char *not_a_number(const char *text)
{
    static const char *const bad[] = {"nan", "-nan", "inf", "-inf", "NaN", "Inf", "(null)",
                                      "infinity", "\u2212nan", "\u2212inf", "NULL"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (const char *p = strstr(text, bad[i]); p; p = strstr(p + 1, bad[i]))
            if ((p == text || !isalpha((unsigned char)p[-1])) &&
                !isalpha((unsigned char)p[strlen(bad[i])]))
                return p;
    return NULL;
}

/* The body's text without tags, entities decoded where they are the common ones; what
 * is inside <style> is left out. The caller frees it. */
static inline char *text_of(const char *html)
{
    char *out = malloc(strlen(html) + 1), *q = out;
    const char *p = strstr(html, "<body");
    for (p = p ? p : html; *p;) {
        if (*p == '<') {
            p = strchr(p, '>');
            if (!p)
                break;
            p++;
        } else if (!strncmp(p, "&lt;", 4)) {
            *q++ = '<', p += 4;
        } else if (!strncmp(p, "&amp;", 5)) {
            *q++ = '&', p += 5;
        } else {
            *q++ = *p++;
        }
    }
    *q = 0;
    return out;
}

#endif
