/* A trial of one person for a terminal: verdict first, then both analyses, then what else
 * could explain it. */
#include "gutskin/report.h"
#include "report/say.h"

#include <math.h>
#include <string.h>

typedef struct term {
    gs_buf *b;
    int width;
} term;

static int chars(const char *s, size_t n)
{
    int k = 0;
    for (size_t i = 0; i < n; i++)
        k += ((unsigned char)s[i] & 0xc0) != 0x80;
    return k;
}

/* Words, wrapped at the width; control bytes never reach the terminal. */
static void wrap(term *t, int indent, const char *text)
{
    int at = 0;
    size_t bad;
    if (!text || !*text)
        return;
    if (!gs_text_utf8(text, strlen(text), &bad))
        text = "(text that is not UTF-8)";
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, " \n\t");
        if (n == 0) {
            p++;
            continue;
        }
        int k = chars(p, n);
        if (at && at + 1 + k > t->width) {
            gs_buf_put(t->b, "\n");
            at = 0;
        }
        if (at) {
            gs_buf_put(t->b, " ");
            at++;
        } else {
            gs_buf_printf(t->b, "%*s", indent, "");
            at = indent;
        }
        for (size_t i = 0; i < n; i++)
            if ((unsigned char)p[i] >= 0x20 && p[i] != 0x7f)
                gs_buf_put_n(t->b, p + i, 1);
        at += k;
        p += n;
    }
    gs_buf_put(t->b, "\n");
}

static void item(term *t, const char *text)
{
    size_t from = t->b->len;
    wrap(t, 2, text);
    if (t->b->data && t->b->len > from)
        t->b->data[from] = '-';
}

static void bound(gs_buf *b, double x, int decimals)
{
    if (isinf(x))
        gs_buf_put(b, "no bound");
    else
        gs_buf_printf(b, "%+.*f", decimals, x);
}

static const char *word(gs_nof1_says s)
{
    return s == GS_NOF1_WORKS ? "works" : s == GS_NOF1_NOT ? "does not" : "cannot say";
}

static void chances(gs_buf *b, const gs_nof1_effect *e)
{
    gs_say_chance(b, 1 - e->p_better);
    gs_buf_put(b, " better, ");
    gs_say_chance(b, e->worth_chance);
    gs_buf_put(b, " worth having");
}

static void line(term *t, const char *name, const gs_nof1_effect *e, int decimals, bool free)
{
    gs_buf *b = t->b;
    if (!e->known && !*e->why)
        return;
    gs_buf_printf(b, "  %-26s", name);
    if (!e->known) {
        gs_buf_printf(b, "%s\n", e->why);
        return;
    }
    gs_buf range = {0};
    if (isinf(e->lo) && isinf(e->hi)) {
        gs_buf_put(&range, "not bounded");
    } else {
        bound(&range, e->lo, decimals);
        gs_buf_put(&range, " to ");
        bound(&range, e->hi, decimals);
    }
    gs_buf_printf(b, "%+8.*f   %-22s", decimals, e->est, range.data ? range.data : "");
    if (free)
        gs_buf_printf(b, "p = %.2g%s", e->p_better, e->exact ? "" : " (drawn)");
    else
        chances(b, e);
    gs_buf_printf(b, "   %s\n", word(e->says));
    gs_buf_free(&range);
}

static void numbers(term *t, const gs_nof1_result *r)
{
    int d = gs_say_decimals(2 * r->swing);
    gs_buf_printf(t->b, "\n  B minus A, in points       effect   90%% interval\n");
    line(t, "without a model", &r->free_itt, d, true);
    line(t, "with a model", &r->model_itt, d, false);
    line(t, "full dose, without a model", &r->free_taken, d, true);
    line(t, "full dose, with a model", &r->model_taken, d, false);
    gs_buf_printf(t->b,
                  "  %zu days of A (mean %.*f), %zu of B (mean %.*f); worth having: %.*f; usual "
                  "swing: %.*f\n",
                  r->n_a, d, r->mean_a, r->n_b, d, r->mean_b, d, r->worth, d, r->swing);
}

static void trial(term *t, const gs_nof1_result *r)
{
    const gs_nof1_series *s = r->series;
    gs_buf title = {0};
    gs_buf_printf(&title, "%s%s%s: A = %s, B = %s; %s is better", s->person,
                  *s->person ? ", " : "", s->outcome, s->name_a ? s->name_a : "A",
                  s->name_b ? s->name_b : "B", s->better > 0 ? "higher" : "lower");
    wrap(t, 0, title.data);
    gs_buf_free(&title);
    gs_buf_put(t->b, "\n");
    wrap(t, 0, r->headline);
    wrap(t, 0, r->why);
    numbers(t, r);
    gs_buf_put(t->b, "\n");
    for (size_t i = 0; i < r->n_note; i++)
        item(t, r->note[i]);
}

static void pooled(term *t, const gs_nof1_pooled *x)
{
    gs_buf_put(t->b, "\n");
    wrap(t, 0, x->headline);
    gs_buf_printf(t->b, "\n  %-16s %-28s %-28s %s\n", "person", "own trial", "with the others",
                  "helps / worth it");
    for (size_t i = 0; i < x->n; i++) {
        const gs_nof1_person *p = &x->person[i];
        gs_buf own = {0}, with = {0};
        gs_buf_printf(&own, "%+.2f (%+.2f to %+.2f)", p->est, p->lo, p->hi);
        gs_buf_printf(&with, "%+.2f (%+.2f to %+.2f)", p->shrunk, p->shrunk_lo, p->shrunk_hi);
        gs_buf_printf(t->b, "  %-16.16s %-28s %-28s %3.0f%% / %.0f%%\n", p->name,
                      own.data ? own.data : "", with.data ? with.data : "", 100 * p->benefit,
                      100 * p->responds);
        gs_buf_free(&own);
        gs_buf_free(&with);
    }
    gs_buf_put(t->b, "\n");
    for (size_t i = 0; i < x->n_note; i++)
        item(t, x->note[i]);
}

gs_status gs_report_nof1_text(size_t n, const gs_nof1_result *const *r,
                              const gs_nof1_pooled *pool, size_t n_note,
                              const char *const *note, int width, gs_buf *out, gs_err *err)
{
    term t = {out, width < 40 ? 80 : width > 200 ? 200 : width};

    if (pool) {
        pooled(&t, pool);
    } else {
        for (size_t i = 0; i < n; i++) {
            if (i)
                gs_buf_put(out, "\n----\n\n");
            if (i == 1)
                wrap(&t, 0, "Other outcomes: looked at beside the primary one, so that a "
                            "verdict here weighs less.");
            trial(&t, r[i]);
        }
    }
    for (size_t i = 0; i < n_note; i++)
        item(&t, note[i]);
    gs_buf_put(out, "\n");
    wrap(&t, 0, gs_say_not_device);
    return out->failed ? gs_fail(err, GS_ENOMEM, "out of memory") : GS_OK;
}
