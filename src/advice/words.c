/* Sentences about one lever: the change asked about, why the diary taught what it
 * did, and the block that would teach more. Plain words; numbers a reader can check. */
#include "advice/words.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *say(words *w, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *text = n >= 0 ? gs_arena_alloc(w->a, (size_t)n + 1) : NULL;
    if (!text) {
        w->failed = true;
        return "";
    }
    va_start(ap, fmt);
    vsnprintf(text, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return text;
}

/* A number as people write it: one or two digits that count, no tail of zeros. */
static const char *plain(words *w, double x)
{
    double digits = x == 0 ? 0 : floor(log10(fabs(x)));
    int after = digits >= 1 ? 0 : digits >= 0 ? 1 : (int)fmin(4, -digits);
    char text[40];

    snprintf(text, sizeof text, "%.*f", after, x);
    if (strchr(text, '.')) {
        size_t n = strlen(text);
        while (text[n - 1] == '0')
            text[--n] = '\0';
        if (text[n - 1] == '.')
            text[n - 1] = '\0';
    }
    return say(w, "%s", strcmp(text, "-0") == 0 ? "0" : text);
}

static const char *weeks_in_words(words *w, double weeks)
{
    static const char *const name[] = {"",    "one",   "two",   "three", "four", "five",
                                       "six", "seven", "eight", "nine",  "ten",  "eleven",
                                       "twelve"};
    long n = lround(weeks);

    if (n < 1)
        n = 1;
    if (n <= 12)
        return say(w, "%s week%s", name[n], n == 1 ? "" : "s");
    return say(w, "%ld weeks", n);
}

static const char *capital(words *w, const char *text)
{
    char first = text[0];

    if (first >= 'a' && first <= 'z')
        first = (char)(first - 'a' + 'A');
    return *text ? say(w, "%c%s", first, text + 1) : "";
}

/* A pattern of lever.def: %s the amount, %% a percent sign, ~ an s unless amount is 1. */
static const char *fill(words *w, const char *pattern, const char *amount)
{
    gs_buf b = {0};

    for (const char *p = pattern; *p; p++) {
        if (p[0] == '%' && p[1] == 's') {
            gs_buf_put(&b, amount);
            p++;
        } else if (p[0] == '%' && p[1] == '%') {
            gs_buf_put(&b, "%");
            p++;
        } else if (*p == '~') {
            gs_buf_put(&b, strcmp(amount, "1") == 0 ? "" : "s");
        } else {
            gs_buf_put_n(&b, p, 1);
        }
    }
    w->failed |= b.failed;
    const char *text = b.failed || !b.data ? "" : say(w, "%s", b.data);
    gs_buf_free(&b);
    return text;
}

const char *words_change(words *w, const lever_ask *ask, const gs_lever_info *info,
                         double change)
{
    if (change == 0 || !isfinite(change))
        return "";
    if (ask && *ask->text)
        return fill(w, ask->text, plain(w, fabs(change) * ask->factor));
    return say(w, "%s %s by %s %s", info->name, change > 0 ? "up" : "down",
               plain(w, fabs(change)), strcmp(info->unit, "1") == 0 ? "" : info->unit);
}

/* ---- why ---------------------------------------------------------------------- */

static const char *cannot(words *w, const lever_state *s, const gs_answer_lever *l)
{
    if (l->n_said == 0)
        return say(w, "Cannot be learned from this diary: it was never written down.");
    if (s->gain < 0)
        return say(w, "Cannot be learned from a diary: the model has no number of yours "
                      "for it.");
    if (l->n_said < 5)
        return say(w, "Cannot be learned from this diary: it was written down on only %zu "
                      "day%s.", l->n_said, l->n_said == 1 ? "" : "s");
    if (!(s->sd > 0.01 * s->info->sd))
        return say(w, "Cannot be learned from this diary: it was the same on every day on "
                      "which you wrote it down.");
    return say(w, "Not learned: other levers were written down on more days, and one diary "
                  "carries about ten.");
}

/* "between 2 and 8 of 10" */
static const char *range(words *w, const lever_state *s)
{
    double factor = s->ask ? s->ask->factor : 1;
    const char *unit = s->ask ? s->ask->unit : s->info->unit;

    return say(w, "between %s and %s%s%s", plain(w, s->lo * factor), plain(w, s->hi * factor),
               *unit && *unit != '%' ? " " : "", unit);
}

const char *words_why(words *w, const lever_state *s, const gs_answer_lever *l)
{
    if (l->verdict == GS_VERDICT_CANNOT)
        return cannot(w, s, l);

    const char *days = say(w, "You wrote it down on %zu of %zu days", l->n_said, s->n_day);
    const char *tags = l->tags_only ? " Only days with it were written down; a day without "
                                      "a word is not counted as a day without it." : "";
    if (l->verdict == GS_VERDICT_MUCH)
        return say(w, "%s, %s: enough change for the diary to speak.%s", days, range(w, s), tags);
    if (l->verdict == GS_VERDICT_SOME)
        return say(w, "%s, %s. That told us something, not much.%s", days, range(w, s), tags);
    if (s->sd < 0.6 * s->info->sd)
        return say(w, "%s, but it hardly changed, so there was next to nothing to learn "
                      "from.%s", days, tags);
    return say(w, "%s, %s, but against the ups and downs your skin has by itself that says "
                  "next to nothing.%s", days, range(w, s), tags);
}

const char *words_block(words *w, const lever_state *s, const gs_answer_lever *l)
{
    if (l->medicine || l->change == 0 || !*l->change_text || !s->ask || s->ask->kind == CONTEXT)
        return "";
    const char *weeks = weeks_in_words(w, s->block_weeks);
    if (s->block_weeks >= 8)
        return say(w, "%s with %s and %s as usual, which comes first drawn by lot; score "
                      "your skin on most days.", capital(w, weeks), l->change_text, weeks);
    return say(w, "%s with %s, %s as usual, then both once more, the order drawn by lot; "
                  "score your skin on most days.", capital(w, weeks), l->change_text, weeks);
}

/* ---- the headline ---------------------------------------------------------------- */

static const char *lower_first(words *w, const char *text)
{
    char first = text[0];

    /* "10 g ..." stays; a sentence's first letter would not */
    if (first >= 'A' && first <= 'Z' && text[1] >= 'a' && text[1] <= 'z')
        first = (char)(first - 'A' + 'a');
    return *text ? say(w, "%c%s", first, text + 1) : "";
}

/* The lever of which the diary says most surely that it helps, by an amount worth a
 * sentence; NULL. */
static const gs_answer_lever *found(const gs_answer *x, double notice)
{
    const gs_answer_lever *best = NULL;

    for (size_t i = 0; i < x->n_lever; i++) {
        const gs_answer_lever *l = &x->lever[i];
        bool said = l->verdict == GS_VERDICT_SOME || l->verdict == GS_VERDICT_MUCH;
        if (!l->medicine && l->change != 0 && said && l->better_after >= 0.75 &&
            fabs(l->after.q50) >= 0.25 * notice &&
            (!best || l->better_after > best->better_after))
            best = l;
    }
    return best;
}

static const gs_answer_lever *next_step(const gs_answer *x)
{
    for (size_t i = 0; i < x->n_lever; i++) {
        if (x->lever[i].proposed && *x->lever[i].block)
            return &x->lever[i];
    }
    return NULL;
}

/* "about 3 points (9 chances in 10: 0.8 to 5.9)" lower, or higher where that is good */
static const char *amount(words *w, const gs_answer_series *s, const gs_answer_lever *l)
{
    int good = s->worse < 0 ? 1 : -1;
    double lo = good * l->after.q05, hi = good * l->after.q95;

    return say(w, "about %s points %s on %s (9 chances in 10: %s to %s)",
               plain(w, fabs(l->after.q50)), good > 0 ? "up" : "down", s->title,
               plain(w, fmin(lo, hi)), plain(w, fmax(lo, hi)));
}

static const char *verdict_line(words *w, const gs_answer *x, double notice)
{
    const gs_answer_series *s = &x->series[x->main_series];
    const gs_answer_lever *l = found(x, notice);

    if (!l)
        return say(w, "This diary does not show yet what helps your %s.", x->condition);
    if (l->better_after >= 0.95)
        return say(w, "Your diary points at %s: %s would bring %s%s.",
                   lower_first(w, l->title), l->change_text, amount(w, s, l),
                   fabs(l->after.q50) < notice ? ", less than most people notice" : "");
    return say(w, "Your diary leans towards %s, %s, but cannot tell it from chance yet.",
               lower_first(w, l->title), l->change_text);
}

const char *words_headline(words *w, const gs_answer *x, bool flagged, double notice)
{
    if (flagged)
        return say(w, "First of all: you wrote down a sign that a doctor should look at now. "
                      "Questions about food and habits can wait.");
    if (!x->fit->ok)
        return say(w, "The computation did not settle on this diary, so there is no answer "
                      "about causes here; what you wrote is shown as it is.");
    if (x->n_series == 0)
        return say(w, "There is no score of your skin to speak about.");
    const gs_answer_lever *next = next_step(x);
    const char *line = verdict_line(w, x, notice);
    if (next && next == found(x, notice))
        return say(w, "%s Only an experiment can settle it.", line);
    if (next)
        return say(w, "%s The step that would tell you most: try %s in blocks.", line,
                   next->change_text);
    return say(w, "%s Nothing here is worth an experiment at the moment.", line);
}
