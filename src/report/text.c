/* The answer for a terminal: the page's story in the page's order, in lines no longer
 * than the width. Pictures are cells: ░ nine chances in ten, ▒ half of them, ┃ the
 * middle, ● an entry. gs_say_ascii turns them into plain ASCII where that is wanted. */
#include "gutskin/report.h"
#include "report/draw.h"
#include "report/fig.h"
#include "report/say.h"
#include "report/values.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH_MIN = 40, WIDTH_MAX = 200, CHART_ROWS = 8, LABEL = 8 };

#define LIGHT "\u2591"
#define DARK "\u2592"
#define MIDDLE "\u2503"
#define ZERO "\u2502"
#define ENTRY "\u25cf"

typedef struct term {
    const gs_answer *x;
    const gs_answer_series *s;
    gs_buf *b;
    gs_buf say;
    int width;
    bool sound;
} term;

static int n_chars(const char *text, size_t n)
{
    int k = 0;
    for (size_t i = 0; i < n; i++)
        k += ((unsigned char)text[i] & 0xc0) != 0x80;
    return k;
}

/* One byte less than a whole character never remains: cut at most room characters. */
static size_t bytes_of(const char *text, size_t n, int room)
{
    size_t i = 0;
    for (int k = 0; i < n && k < room; k++) {
        do
            i++;
        while (i < n && ((unsigned char)text[i] & 0xc0) == 0x80);
    }
    return i;
}

/* A word as a terminal may see it: no control bytes, nothing that is not UTF-8. */
static void put_clean(gs_buf *b, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        /* C1 controls come as c2 80 .. c2 9f */
        bool c1 = c == 0xc2 && i + 1 < n && (unsigned char)text[i + 1] < 0xa0;
        if (c1)
            i++;
        else if (c >= 0x20 && c != 0x7f)
            gs_buf_put_n(b, text + i, 1);
    }
}

/* Words of text, wrapped; first line after `first`, the others indented alike. */
static void wrap_after(term *t, int indent, const char *first, const char *text)
{
    int at = indent + n_chars(first, strlen(first)), start = at;
    gs_buf_printf(t->b, "%*s%s", indent, "", first);
    size_t bad;
    if (!gs_text_utf8(text, strlen(text), &bad))
        text = "(text that is not UTF-8)";
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, " \n\t");
        if (n == 0) {
            p++;
            continue;
        }
        int len = n_chars(p, n);
        if (at > start && at + 1 + len > t->width) {
            gs_buf_printf(t->b, "\n%*s", start, "");
            at = start;
        }
        if (at > start) {
            gs_buf_put(t->b, " ");
            at++;
        }
        /* a word longer than the line is broken, never let past the edge */
        if (at + len > t->width) {
            n = bytes_of(p, n, t->width > at ? t->width - at : 1);
            len = n_chars(p, n);
        }
        put_clean(t->b, p, n);
        at += len;
        p += n;
        if (*p && !strchr(" \n\t", *p)) {
            gs_buf_printf(t->b, "\n%*s", start, "");
            at = start;
        }
    }
    gs_buf_put(t->b, "\n");
}

static void wrap(term *t, int indent, const char *text)
{
    if (text && *text)
        wrap_after(t, indent, "", text);
}

/* Wrap what was said, and start anew. */
static void said_after(term *t, int indent, const char *first)
{
    wrap_after(t, indent, first, t->say.data ? t->say.data : "");
    t->say.len = 0;
    if (t->say.data)
        t->say.data[0] = 0;
}

static void said(term *t, int indent)
{
    said_after(t, indent, "");
}

static void rule(term *t, const char *cell)
{
    for (int i = 0; i < t->width; i++)
        gs_buf_put(t->b, cell);
    gs_buf_put(t->b, "\n");
}

static void heading(term *t, const char *text)
{
    gs_buf_put(t->b, "\n");
    rule(t, "\u2500");
    wrap(t, 0, text);
    gs_buf_put(t->b, "\n");
}

/* ---- opening ---- */

static void red_flags(term *t)
{
    const gs_answer *x = t->x;
    if (!x->n_flag)
        return;
    rule(t, "\u2501");
    wrap(t, 0, "SEE A DOCTOR NOW");
    wrap(t, 0, "Your diary notes signs that should not wait. This comes before anything "
               "else.");
    for (size_t i = 0; i < x->n_flag; i++) {
        gs_buf_printf(&t->say, "%s: %s", x->flag[i].title, x->flag[i].advice);
        said_after(t, 0, "! ");
    }
    rule(t, "\u2501");
    gs_buf_put(t->b, "\n");
}

static void opening(term *t)
{
    const gs_answer *x = t->x;
    if (x->example) {
        wrap(t, 0, gs_say_example);
        gs_buf_put(t->b, "\n");
    }
    gs_buf_printf(&t->say, "What your %s diary says \u00b7 ", x->condition);
    if (*x->person && strcmp(x->person, "me") != 0)
        gs_buf_printf(&t->say, "%s \u00b7 ", x->person);
    gs_say_span(&t->say, x);
    said(t, 0);
    gs_buf_put(t->b, "\n");
    if (t->sound) {
        wrap(t, 0, x->headline);
        return;
    }
    wrap(t, 0, "THIS FIT DID NOT PASS ITS CHECKS");
    gs_say_unsound(&t->say, x);
    gs_buf_put(&t->say, " So nothing below is a conclusion from your diary: it shows your "
                        "entries, what was known before, and what studies found.");
    said(t, 0);
}

/* ---- the diary ---- */

typedef struct chart {
    double lo, hi;
    int n_col, per; /* columns; days a column */
} chart;

static chart chart_of(const term *t, const gs_answer_series *s)
{
    chart c = {.n_col = t->width - LABEL};
    double lo = HUGE_VAL, hi = -HUGE_VAL;
    c.per = (int)((t->x->n_day + (size_t)c.n_col - 1) / (size_t)c.n_col);
    c.per = c.per < 1 ? 1 : c.per;
    c.n_col = (int)((t->x->n_day + (size_t)c.per - 1) / (size_t)c.per);
    for (size_t i = 0; i < s->n; i++)
        if (isfinite(s->value[i]))
            lo = fmin(lo, s->value[i]), hi = fmax(hi, s->value[i]);
    bool whole = isfinite(s->lo) && isfinite(s->hi) && s->hi > s->lo && s->hi - s->lo <= 10;
    c.lo = whole || !(hi >= lo) ? (isfinite(s->lo) ? s->lo : 0) : isfinite(s->lo) ? s->lo : lo;
    c.hi = whole ? s->hi : hi > c.lo ? c.lo + gs_draw_round_up(hi - c.lo) : c.lo + 1;
    return c;
}

/* What stands in one cell: entries first, then the bands of the fit. */
static const char *cell(const term *t, const gs_answer_series *s, const chart *c, int col,
                        int row, double entry)
{
    double step = (c->hi - c->lo) / CHART_ROWS;
    double bottom = c->lo + step * (CHART_ROWS - 1 - row), top = bottom + step;
    if (isfinite(entry) && (entry >= bottom || row == CHART_ROWS - 1) &&
        (entry < top || row == 0))
        return ENTRY;
    long mid = (long)col * c->per + c->per / 2;
    if (!t->sound || !s->fit || mid >= (long)t->x->n_day)
        return " ";
    const gs_band *q = &s->fit[mid];
    if (!gs_say_band_known(q))
        return " ";
    double at = 0.5 * (bottom + top);
    return at > q->q25 && at < q->q75 ? DARK : at > q->q05 && at < q->q95 ? LIGHT : " ";
}

/* Mean of the entries of each column's days; NaN where there are none. */
static void column_means(const gs_answer_series *s, const chart *c, double *mean)
{
    size_t n[WIDTH_MAX] = {0};
    for (int k = 0; k < c->n_col; k++)
        mean[k] = 0;
    for (size_t i = 0; i < s->n; i++) {
        long col = s->day[i] / c->per;
        if (s->day[i] < 0 || col >= c->n_col || !isfinite(s->value[i]))
            continue;
        mean[col] += s->value[i];
        n[col]++;
    }
    for (int k = 0; k < c->n_col; k++)
        mean[k] = n[k] ? mean[k] / (double)n[k] : NAN;
}

static void axis_days(term *t, const chart *c)
{
    gs_tick tick[GS_TICK_MAX];
    char line[WIDTH_MAX + 32];
    size_t n = gs_draw_ticks_days(t->x->day0, 0, (double)t->x->n_day, c->n_col / 12 + 1, tick);
    int at = 0;
    memset(line, ' ', sizeof line);
    for (size_t i = 0; i < n; i++) {
        int col = LABEL + (int)(tick[i].at / c->per);
        char label[40];
        snprintf(label, sizeof label, "%s%s%s", tick[i].label, *tick[i].sub ? " " : "",
                 tick[i].sub);
        int len = (int)strlen(label);
        if (col < at || col + len > t->width)
            continue;
        memcpy(line + col, label, (size_t)len);
        at = col + len + 1;
    }
    line[at > 0 ? at - 1 : 0] = 0;
    gs_buf_printf(t->b, "%s\n", line);
}

static void draw_chart(term *t, const gs_answer_series *s)
{
    chart c = chart_of(t, s);
    double mean[WIDTH_MAX];
    column_means(s, &c, mean);
    for (int row = 0; row < CHART_ROWS; row++) {
        if (row == 0 || row == CHART_ROWS - 1)
            gs_buf_printf(t->b, "%6.4g %s", row ? c.lo : c.hi, ZERO);
        else
            gs_buf_printf(t->b, "%6s %s", "", ZERO);
        int blank = 0; /* blanks are written only when something follows them */
        for (int col = 0; col < c.n_col; col++) {
            const char *what = cell(t, s, &c, col, row, mean[col]);
            if (*what == ' ') {
                blank++;
                continue;
            }
            gs_buf_printf(t->b, "%*s%s", blank, "", what);
            blank = 0;
        }
        gs_buf_put(t->b, "\n");
    }
    axis_days(t, &c);
    if (c.per > 1)
        gs_buf_printf(&t->say, ENTRY " the mean of your entries in %d days", c.per);
    else
        gs_buf_put(&t->say, ENTRY " an entry");
    if (t->sound)
        gs_buf_put(&t->say, "; what the model takes your skin to have been: " DARK
                            " half of the chances, " LIGHT " nine in ten");
    gs_buf_put(&t->say, ". No dot: nothing was written down.");
    said(t, 2);
}

static void diary(term *t)
{
    const gs_answer_series *s = t->s;
    heading(t, "YOUR SKIN, DAY BY DAY");
    if (!s || t->x->n_day == 0) {
        wrap(t, 0, "There is no score of your skin in this diary yet.");
        return;
    }
    size_t longest = 0, n_gap = gs_say_gaps(t->x, s, &longest);
    gs_say_scale(&t->say, s);
    gs_buf_printf(&t->say, "; %zu of %zu days have a score", s->n, t->x->n_day);
    if (n_gap)
        gs_buf_printf(&t->say, ", the longest gap is %zu days", longest);
    gs_buf_put(&t->say, s->worse > 0   ? ". Higher is worse."
                        : s->worse < 0 ? ". Higher is better."
                                       : ".");
    said(t, 0);
    draw_chart(t, s);
}

/* ---- bars ---- */

/* One row of cells: band over [lo, hi], with a mark at zero when it lies inside. */
static void bar(term *t, int indent, const char *name, const gs_band *q, double lo,
                double hi, int n_cell, bool zero)
{
    gs_buf_printf(t->b, "%*s%-*s", indent, "", LABEL, name);
    double step = (hi - lo) / n_cell;
    int blank = 0;
    for (int i = 0; i < n_cell; i++) {
        double a = lo + step * i, b = a + step, at = 0.5 * (a + b);
        const char *what = q->q50 >= a && q->q50 < b                  ? MIDDLE
                           : zero && a <= 0 && b > 0                  ? ZERO
                           : at > q->q25 && at < q->q75               ? DARK
                           : at > q->q05 && at < q->q95               ? LIGHT
                           : (b > q->q05 && a < q->q05 && step > 0 &&
                              q->q95 - q->q05 < step)                 ? LIGHT
                                                                      : " ";
        if (*what == ' ') {
            blank++;
            continue;
        }
        gs_buf_printf(t->b, "%*s%s", blank, "", what);
        blank = 0;
    }
    gs_buf_put(t->b, "\n");
}

static void forecast_day(term *t, size_t i, const chart *c)
{
    enum { NUMBERS = 16 };
    const gs_band *q = &t->s->ahead[i];
    int d = gs_say_score_decimals(t->s), n_cell = t->width - LABEL - NUMBERS;
    gs_buf line = {0}, day = {0};
    term one = *t;
    if (!gs_say_band_known(q))
        return;
    one.b = &line;
    gs_say_day(&day, t->x, (long)(t->x->n_day + i), true);
    bar(&one, 0, day.data ? day.data : "", q, c->lo, c->hi, n_cell, false);
    size_t n = line.len ? line.len - 1 : 0; /* the line goes on */
    int used = n ? n_chars(line.data, n) : 0, pad = LABEL + n_cell - used;
    if (n)
        gs_buf_put_n(t->b, line.data, n);
    gs_say_number(&t->say, q->q05, d);
    gs_buf_put(&t->say, " to ");
    gs_say_number(&t->say, q->q95, d);
    bool fits = t->say.data && n_chars(t->say.data, t->say.len) < NUMBERS;
    if (fits)
        gs_buf_printf(t->b, "%*s", pad > 0 ? pad + 1 : 1, "");
    else
        gs_buf_put(t->b, "\n");
    said(t, 0);
    gs_buf_free(&line);
    gs_buf_free(&day);
}

static void forecast(term *t)
{
    const gs_answer *x = t->x;
    const gs_answer_series *s = t->s;
    if (!t->sound || !s || !s->ahead || !x->n_ahead || !x->n_day)
        return;
    gs_buf_printf(&t->say, "THE NEXT %zu DAYS", x->n_ahead);
    heading(t, t->say.data ? t->say.data : "");
    t->say.len = 0;
    const char *unit = gs_say_unit(s);
    gs_buf_printf(&t->say, "Your score if your days go on as usual, %s: " LIGHT " nine chances "
                           "in ten, " DARK " half of them, " MIDDLE " the middle.", unit);
    said(t, 0);
    chart c = chart_of(t, s);
    size_t step = x->n_ahead > 14 ? x->n_ahead / 7 : 1;
    for (size_t i = 0; i < x->n_ahead; i += step)
        if (gs_say_band_known(&s->ahead[i]))
            c.lo = fmin(c.lo, s->ahead[i].q05), c.hi = fmax(c.hi, s->ahead[i].q95);
    for (size_t i = 0; i < x->n_ahead; i += step)
        forecast_day(t, i, &c);
    gs_buf_printf(&t->say, "At the right: nine chances in ten, %s.", unit);
    said(t, 2);
}

/* ---- levers ---- */

static void ends(term *t, int indent, gs_fig_axis axis, int n_cell)
{
    gs_buf l = {0}, r = {0};
    gs_buf_printf(&l, "\u2190 %g %s", -axis.lo, gs_say_direction(t->s, -1));
    gs_buf_printf(&r, "%g %s \u2192", axis.hi, gs_say_direction(t->s, 1));
    int left = l.data ? n_chars(l.data, l.len) : 0, right = r.data ? n_chars(r.data, r.len) : 0;
    int zero = (int)(-axis.lo / (axis.hi - axis.lo) * n_cell);
    const char *name = "no effect";
    int at = zero - 4, len = 9;
    gs_buf_printf(t->b, "%*s%s", indent + LABEL, "", l.data ? l.data : "");
    /* the zero is named only where its name does not touch the ends */
    if (at > left + 1 && at + len < n_cell - right - 1) {
        gs_buf_printf(t->b, "%*s%s", at - left, "", name);
        left = at + len;
    }
    int pad = n_cell - left - right;
    gs_buf_printf(t->b, "%*s%s\n", pad > 1 ? pad : 1, "", r.data ? r.data : "");
    gs_buf_free(&l);
    gs_buf_free(&r);
}

static void lever(term *t, const gs_answer_lever *l, gs_fig_axis axis, bool after)
{
    bool known = gs_say_band_known(&l->before) && axis.hi > 0;
    gs_buf_put(t->b, "\n");
    gs_buf_put(&t->say, l->title);
    if (l->change_text && *l->change_text) {
        gs_buf_put(&t->say, ": ");
        gs_say_change(&t->say, l);
    }
    said(t, 0);
    if (known) {
        int n_cell = t->width - LABEL - 2;
        bar(t, 2, "before", &l->before, axis.lo, axis.hi, n_cell, true);
        if (after && gs_say_band_known(&l->after))
            bar(t, 2, "now", &l->after, axis.lo, axis.hi, n_cell, true);
        ends(t, 2, axis, n_cell);
        gs_say_belief(&t->say, t->s, l, false);
        said_after(t, 2, "Before: ");
    }
    if (known && after) {
        gs_say_belief(&t->say, t->s, l, true);
        said_after(t, 2, "Now:    ");
    }
    if (after && known && isfinite(l->taught)) {
        gs_say_taught(&t->say, l);
        gs_buf_put(&t->say, ".");
        said(t, 2);
    }
    if (t->sound)
        wrap(t, 2, l->why);
    if (!after && t->sound && l->block && *l->block)
        wrap_after(t, 2, "What would teach it: ", l->block);
    wrap(t, 2, l->caution);
    if (l->medicine)
        wrap(t, 2, "A medicine: shown because your diary names it, never proposed here.");
}

static void levers(term *t, bool cannot, const char *title, const char *intro,
                   const char *none)
{
    const gs_answer *x = t->x;
    gs_fig_axis axis = gs_fig_reach(x, t->sound);
    size_t n = 0;
    for (size_t i = 0; i < x->n_lever; i++)
        n += !t->sound || (x->lever[i].verdict == GS_VERDICT_CANNOT) == cannot;
    if (!n && !*none)
        return;
    heading(t, title);
    wrap(t, 0, n ? intro : none);
    for (size_t i = 0; i < x->n_lever; i++)
        if (!t->sound || (x->lever[i].verdict == GS_VERDICT_CANNOT) == cannot)
            lever(t, &x->lever[i], axis, t->sound && !cannot);
}

static void value_line(term *t, const gs_answer_value *v)
{
    if (*v->why_not)
        return;
    gs_buf_printf(&t->say, "%s, ", v->title);
    gs_say_day(&t->say, t->x, v->day, false);
    gs_buf_put(&t->say, ": ");
    gs_values_amount(&t->say, v->name, v->value, v->unit);
    if (gs_say_band_known(&v->expected)) {
        gs_buf_put(&t->say, "; from your diary alone ");
        gs_values_range(&t->say, v->name, v->expected.q05, v->expected.q95);
        gs_buf_put(&t->say, " could be expected (nine chances in ten)");
    }
    said_after(t, 0, "- ");
}

/* What moved, before and after, on one scale a number. */
static void shift_bars(term *t, const gs_answer_shift *s)
{
    double lo = fmin(s->before.q05, s->after.q05), hi = fmax(s->before.q95, s->after.q95);
    int n_cell = t->width - LABEL - 2;
    if (!(hi > lo))
        return;
    double room = 0.1 * (hi - lo);
    gs_buf_printf(&t->say, "%s: ", s->title);
    gs_values_amount(&t->say, s->name, s->before.q50, "");
    gs_buf_put(&t->say, " before, ");
    gs_values_amount(&t->say, s->name, s->after.q50, s->unit);
    gs_buf_put(&t->say, " with them; moved by ");
    gs_say_number(&t->say, s->moved, 2);
    gs_buf_put(&t->say, " of its spread");
    said(t, 0);
    bar(t, 2, "before", &s->before, lo - room, hi + room, n_cell, false);
    bar(t, 2, "with", &s->after, lo - room, hi + room, n_cell, false);
}

static void values(term *t)
{
    const gs_answer *x = t->x;
    if (!x->n_value || !t->sound)
        return;
    heading(t, "WHAT YOUR MEASURED VALUES ADD");
    wrap(t, 0, x->value_note);
    gs_buf_put(t->b, "\n");
    int32_t since = gs_values_since(x, 12);
    size_t n_older = 0;
    for (size_t i = 0; i < x->n_value; i++) {
        if (x->value[i].day >= since)
            value_line(t, &x->value[i]);
        else
            n_older += !*x->value[i].why_not;
    }
    if (n_older) {
        gs_say_count(&t->say, n_older, "older value", "older values");
        gs_buf_put(&t->say, " on the page (--html) and in --json.");
        said_after(t, 0, "- ");
    }
    gs_values_left(&t->say, x);
    if (t->say.len)
        said(t, 0);
    for (size_t i = 0; i < x->n_shift && i < 5; i++) {
        if (i == 0)
            gs_buf_put(t->b, "\n");
        shift_bars(t, &x->shift[i]);
    }
}

static void studies(term *t)
{
    const gs_answer *x = t->x;
    size_t with = 0;
    for (size_t i = 0; i < x->n_lever; i++)
        with += x->lever[i].n_evidence > 0;
    if (!with)
        return;
    heading(t, "WHAT STUDIES FOUND");
    wrap(t, 0, "About other people, not about you: averages over strangers.");
    for (size_t i = 0; i < x->n_lever; i++) {
        const gs_answer_lever *l = &x->lever[i];
        if (!l->n_evidence)
            continue;
        gs_buf_put(t->b, "\n");
        wrap(t, 0, l->title);
        gs_say_trials(&t->say, x->condition, l);
        if (t->say.len)
            said(t, 2);
        for (size_t k = 0; k < l->n_evidence && k < 2; k++) {
            gs_say_evidence(&t->say, l->evidence[k]);
            char where[300], link[300];
            gs_evidence_where(l->evidence[k]->key, where, sizeof where, link, sizeof link);
            gs_buf_printf(&t->say, " %s [%s]%s%s; ", l->evidence[k]->source,
                          l->evidence[k]->key, *where ? ", " : "", where);
            gs_say_source(&t->say, l->evidence[k]);
            gs_buf_put(&t->say, ".");
            said_after(t, 0, "- ");
        }
        if (l->n_evidence > 2) {
            gs_say_count(&t->say, l->n_evidence - 2, "more result is", "more results are");
            gs_buf_put(&t->say, " on the page (--html) and in --json.");
            said(t, 2);
        }
    }
}

static void next_step(term *t)
{
    heading(t, "WHAT TO TRY NEXT: AN EXPERIMENT, NOT A PROMISE");
    const gs_answer_lever *l = gs_say_next(t->x, 0);
    if (t->x->n_flag) {
        wrap(t, 0, "First see a doctor about the signs at the top. Experiments can wait.");
    } else if (!t->sound) {
        wrap(t, 0, "No experiment is proposed from a fit that did not pass its checks. Keep "
                   "writing down your days.");
    } else if (!l) {
        wrap(t, 0, "Nothing stands out as worth the effort of an experiment now. Keep "
                   "writing down your days.");
    } else {
        gs_buf_printf(&t->say, "%s. %s %s", l->title, l->block, l->caution ? l->caution : "");
        said(t, 0);
        wrap(t, 0, "Fix the dates before you start, keep the rest of your days as they are, "
                   "and write down your skin every day. It may show nothing; that is an "
                   "answer too.");
    }
}

static void ending(term *t)
{
    const gs_answer *x = t->x;
    if (x->n_note) {
        heading(t, "WHAT IS NOT KNOWN");
        for (size_t i = 0; i < x->n_note; i++)
            wrap_after(t, 0, "- ", x->note[i]);
    }
    heading(t, "LIMITS");
    wrap(t, 0, gs_say_limits);
    gs_buf_put(t->b, "\n");
    wrap(t, 0, gs_say_not_device);
    if (x->fit) {
        double rhat = 0, ess = HUGE_VAL;
        for (size_t i = 0; i < x->fit->n_dim; i++) {
            const gs_dim *d = &x->fit->dim[i];
            rhat = d->rhat <= rhat ? rhat : d->rhat;
            double least = d->ess_tail <= d->ess_bulk ? d->ess_tail : d->ess_bulk;
            ess = least >= ess ? ess : least;
        }
        gs_buf_printf(&t->say, "The fit: %zu chains of %zu draws, largest R-hat ",
                      x->fit->n_chain, x->fit->n_draw);
        gs_say_number(&t->say, rhat, 3);
        gs_buf_put(&t->say, ", smallest effective sample size ");
        gs_say_number(&t->say, isinf(ess) ? NAN : ess, 0);
        gs_buf_printf(&t->say, ", %zu divergences. Every number: gutskin report --html FILE or "
                               "--json. gutskin %s.", x->fit->n_divergent, x->made);
        gs_buf_put(t->b, "\n");
        said(t, 0);
    }
}

gs_status gs_report_text(const gs_answer *x, int width, gs_buf *out, gs_err *err)
{
    if (width == 0)
        width = 80;
    term t = {.x = x, .s = gs_say_main(x), .b = out, .sound = gs_say_sound(x),
              .width = width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width};
    red_flags(&t);
    opening(&t);
    diary(&t);
    forecast(&t);
    if (t.sound) {
        levers(&t, false, "WHAT YOUR DIARY TAUGHT US",
               "For each habit, what one change would do to your score, before your diary "
               "and now: " LIGHT " nine chances in ten, " DARK " half of them. \"Taught\" is "
               "how much narrower the belief became.",
               "Nothing in this diary changed enough, and was written down often enough, to "
               "learn from.");
        studies(&t);
        levers(&t, true, "WHAT THIS DIARY CANNOT TELL",
               "These never changed, or were hardly written down. What is shown is only what "
               "was believed before.", "");
        values(&t);
    } else {
        levers(&t, false, "WHAT WAS BELIEVED BEFORE YOUR DIARY",
               "These are not conclusions from your diary: the fit did not pass its checks.",
               "");
        studies(&t);
    }
    next_step(&t);
    ending(&t);
    bool memory = !t.say.failed && !out->failed;
    gs_buf_free(&t.say);
    return memory ? GS_OK : gs_fail(err, GS_ENOMEM, "out of memory while writing the report");
}
