/* What a result says in words: headline, reasons, what could explain it otherwise. */
#include "nof1/inner.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NOTES = 24 };

const char *nof1_printf(gs_arena *a, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *s = n < 0 ? NULL : gs_arena_alloc(a, (size_t)n + 1);
    if (s)
        vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    return s;
}

typedef struct words {
    gs_arena *a;
    const nof1_data *d;
    gs_nof1_result *r;
    const char *a_name, *b_name, *unit;
    int better;
    const char **note;
    bool failed;
} words;

static void add(words *w, const char *text)
{
    if (!text)
        w->failed = true;
    else if (w->r->n_note < NOTES)
        w->note[w->r->n_note++] = text;
}

/* Decimals worth printing for something `width` wide. */
static int decimals(double width)
{
    int d = width > 0 && isfinite(width) ? (int)ceil(1.3 - log10(width)) : 2;
    return d < 0 ? 0 : d > 4 ? 4 : d;
}

static const char *number(words *w, double x, double width)
{
    if (!isfinite(x))
        return "no bound";
    const char *s = nof1_printf(w->a, "%.*f", decimals(width), x);
    return s ? s : "";
}

/* "1.2 points better" */
static const char *change(words *w, double x, double width)
{
    double good = w->better * x;
    const char *s = nof1_printf(w->a, "%s %s %s", number(w, fabs(x), width), w->unit,
                                good >= 0 ? "better" : "worse");
    return s ? s : "";
}

static const char *span(words *w, const gs_nof1_effect *e)
{
    double width = e->hi - e->lo;
    if (isinf(e->lo) || isinf(e->hi)) {
        if (isinf(e->lo) && isinf(e->hi))
            return "not bounded by these data";
        const char *s = isinf(e->lo)
                            ? nof1_printf(w->a, "at most %s", number(w, e->hi, w->r->swing))
                            : nof1_printf(w->a, "at least %s", number(w, e->lo, w->r->swing));
        return s ? s : "";
    }
    double first = w->better > 0 ? e->lo : e->hi, last = w->better > 0 ? e->hi : e->lo;
    const char *s = nof1_printf(w->a, "%s to %s", change(w, first, width),
                                change(w, last, width));
    return s ? s : "";
}

/* ---- headline -------------------------------------------------------------------- */

static const char *per_cent(words *w, double p)
{
    if (p > 0.995)
        return "over 99%";
    if (p < 0.005)
        return "under 1%";
    const char *s = nof1_printf(w->a, "%.0f%%", 100 * p);
    return s ? s : "";
}

static void headline(words *w)
{
    gs_nof1_result *r = w->r;
    const gs_nof1_effect *f = &r->free_itt, *m = &r->model_itt;
    double width = m->hi - m->lo;

    if (r->says == GS_NOF1_WORKS)
        r->headline = nof1_printf(
            w->a, "%s works for you: %s with it than with %s (90%% interval %s).", w->b_name,
            change(w, m->est, width), w->a_name, span(w, m));
    else if (r->says == GS_NOF1_NOT && w->better * f->est < 0 && w->better * m->est < 0 &&
             1 - m->p_better < r->level)
        r->headline = nof1_printf(
            w->a, "%s does not work for you: %s with it than with %s (90%% interval %s).",
            w->b_name, change(w, m->est, width), w->a_name, span(w, m));
    else if (r->says == GS_NOF1_NOT)
        r->headline = nof1_printf(
            w->a,
            "%s does not work for you, not by the %s %s that would be worth having: %s "
            "with it (90%% interval %s).",
            w->b_name, number(w, r->worth, r->worth), w->unit, change(w, m->est, width),
            span(w, m));
    else
        r->headline = nof1_printf(w->a,
                                  "This trial cannot say whether %s works for you. The best "
                                  "guess is %s with it (90%% interval %s).",
                                  w->b_name, change(w, m->est, width), span(w, m));
    w->failed = w->failed || !r->headline;
}

static const char *says_word(gs_nof1_says s)
{
    return s == GS_NOF1_WORKS ? "works" : s == GS_NOF1_NOT ? "does not" : "cannot say";
}

static void why(words *w)
{
    gs_nof1_result *r = w->r;
    const gs_nof1_effect *f = &r->free_itt, *m = &r->model_itt;
    if (f->says == m->says)
        r->why = nof1_printf(
            w->a,
            "Both analyses agree. Without a model: %s. With one: %s; the chance that %s is "
            "better at all is %s, that it is better by what is worth having %s.",
            f->why, m->why, w->b_name, per_cent(w, 1 - m->p_better),
            per_cent(w, m->worth_chance));
    else
        r->why = nof1_printf(
            w->a,
            "The two analyses do not agree, and gutskin says no more than both can carry. "
            "Without a model (%s): %s. With one (%s): %s; it gives %s a chance of %s to be "
            "better at all and %s to be better by what is worth having.",
            says_word(f->says), f->why, says_word(m->says), m->why, w->b_name,
            per_cent(w, 1 - m->p_better), per_cent(w, m->worth_chance));
    w->failed = w->failed || !r->why;
}

/* ---- notes ----------------------------------------------------------------------- */

static void about_design(words *w)
{
    const gs_nof1_schedule *s = w->r->schedule;
    gs_buf b = {0};
    gs_nof1_say_design(&s->design, &b);
    const char *say = b.data ? b.data : "";
    if (s->design.kind == GS_NOF1_FIXED)
        add(w, "Nothing was decided by lot. The p-value then rests on exchangeability: that, "
               "without an effect, the periods could have come in any other balanced order. "
               "Drift and the reasons for which the order was chosen can break that; a lot "
               "cannot be replaced by arithmetic.");
    else if (s->assumed)
        add(w, nof1_printf(w->a,
                           "Nobody said how the order was decided. Read off the order that "
                           "was used, it is taken to be %s. If it was not decided by lot, "
                           "the p-value rests on exchangeability: that without an effect the "
                           "periods could as well have come the other way round.",
                           say));
    else
        add(w, nof1_printf(w->a, "How the order was decided: %s.", say));
    gs_buf_free(&b);
}

static void about_worth(words *w)
{
    if (!w->r->worth_given)
        add(w, nof1_printf(w->a,
                           "You did not say what would be worth having; taken is half of "
                           "your usual swing from day to day, %s %s.",
                           number(w, w->r->worth, w->r->worth), w->unit));
}

static void about_drift(words *w)
{
    const gs_band *b = &w->r->drift_band;
    if (b->q05 > 0 || b->q95 < 0)
        add(w, nof1_printf(w->a,
                           "Drift: over the trial the outcome became %s whatever the "
                           "treatment. Both analyses allow for it; comparing before with "
                           "after would have called it an effect.",
                           change(w, b->q50, b->q95 - b->q05)));
}

/* Did the trial begin on a bad spell? */
static void about_return(words *w)
{
    const nof1_data *d = w->d;
    size_t k = d->n / 6 > 3 ? d->n / 6 : 3;
    double first = 0, rest = 0;
    for (size_t i = 0; i < d->n; i++)
        (i < k ? (first += d->y[i]) : (rest += d->y[i]));
    first /= (double)k;
    rest /= (double)(d->n - k);
    if (-w->better * (first - rest) > 1)
        add(w, "Return to the mean: the trial began in a bad spell, and bad spells pass by "
               "themselves. The order by lot protects the comparison; what you remember of "
               "the time before does not.");
}

static void about_expectation(words *w)
{
    if (w->r->series->blinded)
        add(w, "Expectation: you did not know which was which, as stated, so that expecting "
               "a treatment to help cannot explain a difference.");
    else
        add(w, "Expectation: you knew which was which. Expecting help changes how a score is "
               "given, and neither analysis can tell that from help; a second person who "
               "holds the key, or a rater who does not know, can.");
}

static void about_lag(words *w)
{
    const gs_nof1_schedule *s = w->r->schedule;
    double period = 0, lag = 0;
    for (size_t i = 0; i < s->n_period; i++)
        period += s->period[i].n_day;
    period /= (double)s->n_period;
    for (size_t i = 0; i < w->r->n_dim; i++)
        if (strcmp(w->r->dim[i].unit, "d") == 0 && strstr(w->r->dim[i].name, "onset"))
            lag = w->r->dim[i].post.q50;
    if (lag > 0.4 * period && period >= 1)
        add(w, nof1_printf(w->a,
                           "Carry-over: the effect, if there is one, seems to take about "
                           "%.1f days to come and to go, long for periods of %.0f day%s. "
                           "Without a model it is then underrated; longer periods or a "
                           "washout would show more.",
                           lag, period, period < 1.5 ? "" : "s"));
    else if (w->r->lag <= 0 && s->period[0].washout == 0 && period < 7)
        add(w, nof1_printf(w->a,
                           "Onset: without a model the effect is taken to be there on the day. "
                           "One that takes days to come is underrated in periods of %.0f "
                           "day%s, and its interval with it; say --lag DAYS, or --washout "
                           "DAYS, if you know it is slow.",
                           period, period < 1.5 ? "" : "s"));
}

static void about_doses(words *w)
{
    const gs_nof1_result *r = w->r;
    if (isnan(r->adherence))
        return;
    add(w, nof1_printf(w->a,
                       "The plan was kept on %s of the days that say so. The verdict is about "
                       "the plan as it was kept; the effect of a full dose is shown beside "
                       "it, scaled up from the plan and not read off the days you chose to "
                       "skip, since bad days are skipped more.",
                       per_cent(w, r->adherence)));
}

static void about_missing(words *w)
{
    const gs_nof1_result *r = w->r;
    double k[2] = {0}, n[2] = {0}, p[2];
    if (r->n_missing == 0)
        return;
    for (size_t d = 0; d < r->series->n_day; d++) {
        bool out;
        int code = gs_nof1_day(r->schedule, (int32_t)d, &out);
        if (code >= 0 && !out)
            n[code]++;
    }
    k[0] = n[0] - (double)r->n_a;
    k[1] = n[1] - (double)r->n_b;
    p[0] = k[0] / n[0];
    p[1] = k[1] / n[1];
    double all = (k[0] + k[1]) / (n[0] + n[1]);
    double se = sqrt(all * (1 - all) * (1 / n[0] + 1 / n[1]));
    add(w, nof1_printf(w->a, "%zu day%s of the trial ha%s no outcome; nothing was filled in.%s",
                       r->n_missing, r->n_missing == 1 ? "" : "s",
                       r->n_missing == 1 ? "s" : "ve",
                       fabs(p[1] - p[0]) > 1.96 * se
                           ? " They lie more with one treatment than with the other: if bad "
                             "days went missing, both analyses are bent."
                           : ""));
}

static void about_raters(words *w)
{
    const gs_nof1_result *r = w->r;
    size_t most = 0;
    for (size_t i = 0; i < r->n_unit; i++)
        if (r->unit[i].n_obs > most)
            most = r->unit[i].n_obs;
    if (most < 2)
        return;
    if (r->series->n_rater > 1)
        add(w, nof1_printf(w->a,
                           "%zu raters: what one sees more than the others was removed, and "
                           "each day, with up to %zu ratings, counts once.",
                           r->series->n_rater, most));
    else
        add(w, nof1_printf(w->a, "Days have up to %zu values; each day counts once.", most));
}

static void about_scale(words *w)
{
    const gs_nof1_series *s = w->r->series;
    size_t end = 0;
    if (s->scale != GS_NOF1_SCORE || !isfinite(s->lo) || !isfinite(s->hi))
        return;
    for (size_t i = 0; i < w->d->n; i++)
        end += w->d->unit[i]->value <= s->lo || w->d->unit[i]->value >= s->hi;
    if (5 * end > w->d->n)
        add(w, nof1_printf(w->a,
                           "%zu of %zu days stand at an end of the scale, where better or "
                           "worse cannot show; the model allows for that, the other analysis "
                           "does not.",
                           end, w->d->n));
}

gs_status nof1_words(gs_arena *a, const nof1_data *d, gs_nof1_result *r, gs_err *err)
{
    const gs_nof1_series *s = r->series;
    words w = {.a = a, .d = d, .r = r, .better = s->better > 0 ? 1 : -1};

    w.a_name = s->name_a && *s->name_a ? s->name_a : "A";
    w.b_name = s->name_b && *s->name_b ? s->name_b : "B";
    w.unit = "points";
    w.note = GS_NEW(a, const char *, NOTES);
    if (!w.note)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    r->note = w.note;
    headline(&w);
    why(&w);
    about_design(&w);
    about_worth(&w);
    about_expectation(&w);
    about_drift(&w);
    about_return(&w);
    about_lag(&w);
    about_doses(&w);
    about_missing(&w);
    about_raters(&w);
    about_scale(&w);
    return w.failed ? gs_fail(err, GS_ENOMEM, "out of memory") : GS_OK;
}
