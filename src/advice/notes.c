/* Red flags, and what the answer does not know. */
#include "advice/words.h"

#include <math.h>
#include <string.h>

enum { MAX_NOTE = 16 };

/* ---- red flags --------------------------------------------------------------- */

typedef struct flag_advice {
    const char *name, *advice;
} flag_advice;

static const flag_advice flag_advices[] = {
    {"fever_with_rash", "Fever together with a rash can be an infection that spreads. See a "
                        "doctor today; at night or with stiffness of the neck, an emergency "
                        "service."},
    {"blistering", "Blisters or skin that peels off in sheets need a doctor today. If a new "
                   "medicine came before, take it along and say so."},
    {"eye_involvement", "When the eye hurts, is red or sees badly, see a doctor or eye clinic "
                        "today."},
    {"rapid_spread", "Skin that gets worse within hours or days, hot, weeping or painful, "
                     "needs a doctor today."},
    {"infant_feeding", "An infant that does not feed well needs a doctor today, whatever the "
                       "skin does."},
    {"weight_loss", "Losing weight without wanting to needs a doctor's look soon, before any "
                    "change of diet."},
    {"blood_in_stool", "Blood in the stool needs a doctor's look soon, before any change of "
                       "diet."},
    {"self_harm", "Please talk to somebody now: a doctor, a crisis line, or the emergency "
                  "number of your country. Skin disease is hard to live with, and there is "
                  "help."},
};

static const char *advice_of(const char *name)
{
    for (size_t i = 0; i < sizeof flag_advices / sizeof *flag_advices; i++) {
        if (strcmp(flag_advices[i].name, name) == 0)
            return flag_advices[i].advice;
    }
    return "See a doctor now.";
}

static const char *day_in_words(words *w, const gs_obs *obs, int32_t day)
{
    char iso[16];

    if (obs->day0 == GS_DAY_NONE)
        return say(w, "day %ld", (long)day + 1);
    return say(w, "%s", gs_date_iso(obs->day0 + day, iso, sizeof iso));
}

/* Last day on which channel c was written down. */
static int32_t last_day(const gs_obs *obs, const gs_channel *c)
{
    int32_t last = -1;

    for (size_t i = 0; i < obs->n_flag; i++) {
        if (obs->flag[i].channel == c && obs->flag[i].day > last)
            last = obs->flag[i].day;
    }
    return last;
}

gs_status words_flags(words *w, const gs_obs *obs, size_t *out_n, const gs_answer_flag **out)
{
    gs_answer_flag *flag = GS_NEW(w->a, gs_answer_flag, obs->n_flag + 1);
    int32_t *day = GS_NEW(w->a, int32_t, obs->n_flag + 1);
    size_t n = 0;

    if (!flag || !day)
        return GS_ENOMEM;
    for (size_t i = 0; i < obs->n_flag; i++) {
        const gs_channel *c = obs->flag[i].channel;
        bool first = true;
        for (size_t j = 0; j < i; j++)
            first = first && obs->flag[j].channel != c;
        if (!first)
            continue;
        gs_answer_flag f = {c->title, say(w, "Written down on %s. %s",
                                          day_in_words(w, obs, last_day(obs, c)),
                                          advice_of(c->name))};
        size_t at = n++;
        for (; at > 0 && day[at - 1] < last_day(obs, c); at--) {
            flag[at] = flag[at - 1];
            day[at] = day[at - 1];
        }
        flag[at] = f;
        day[at] = last_day(obs, c);
    }
    *out_n = n;
    *out = flag;
    return GS_OK;
}

bool words_flag_recent(const gs_obs *obs, int32_t days)
{
    for (size_t i = 0; i < obs->n_flag; i++) {
        if (obs->flag[i].day >= (int32_t)obs->n_day - days)
            return true;
    }
    return false;
}

/* ---- notes --------------------------------------------------------------------- */

typedef struct notes {
    words *w;
    const char **list;
    size_t n;
} notes;

static void add(notes *n, const char *text)
{
    if (n->n < MAX_NOTE && *text)
        n->list[n->n++] = text;
}

static void note_missing(notes *n, const gs_obs *obs, const gs_series *s)
{
    size_t missing = obs->n_day - (s->n < obs->n_day ? s->n : obs->n_day);
    double share = obs->n_day ? (double)missing / (double)obs->n_day : 0;
    int32_t gap = 0;

    for (size_t i = 1; i < s->n; i++)
        gap = s->day[i] - s->day[i - 1] > gap ? s->day[i] - s->day[i - 1] : gap;
    if (missing > 0)
        add(n, say(n->w, "%zu of %zu days (%.0f%%) have no score; what the skin did on them is "
                         "guessed from the days around.%s", missing, obs->n_day, 100 * share,
                   gap > 14 ? " Over the longest gap the guess is wide." : ""));
    if (s->n < 30)
        add(n, say(n->w, "%zu scores are few. Below about 30 a diary teaches almost nothing "
                         "about causes.", s->n));
}

/* Mean and spread of the values with day in [from, to). */
static size_t stretch(const gs_series *s, int32_t from, int32_t to, double *mean, double *sd)
{
    double sum = 0, sq = 0;
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++) {
        if (s->day[i] < from || s->day[i] >= to)
            continue;
        sum += s->value[i];
        sq += s->value[i] * s->value[i];
        n++;
    }
    *mean = n ? sum / (double)n : NAN;
    *sd = n > 1 ? sqrt(fmax(0, (sq - sum * *mean) / (double)(n - 1))) : NAN;
    return n;
}

/* People begin to write when skin is bad. The first fortnight (or fifth of a short
 * diary) against the rest. */
static bool note_return(notes *n, const gs_obs *obs, const gs_series *s)
{
    int32_t days = (int32_t)obs->n_day, first = days < 70 ? days / 5 : 14;
    double m0, m1, sd0, sd1;
    int worse = s->scale->worse < 0 ? -1 : 1;

    if (stretch(s, 0, first, &m0, &sd0) < 2 || stretch(s, first, days, &m1, &sd1) < 5)
        return false;
    if (!((m0 - m1) * worse > 0.75 * sd1))
        return false;
    add(n, say(n->w, "Your diary starts in a bad stretch. Skin gets better after its worst days "
                     "whatever one does; that is not counted as an effect of anything."));
    return true;
}

static void note_drift(notes *n, const gs_obs *obs, const gs_series *s, bool began_bad)
{
    int32_t days = (int32_t)obs->n_day;
    double m0, m1, all, sd0, sd1, sd;
    int worse = s->scale->worse < 0 ? -1 : 1;

    if (days < 42 || stretch(s, 0, days / 3, &m0, &sd0) < 5 ||
        stretch(s, days - days / 3, days, &m1, &sd1) < 5)
        return;
    stretch(s, 0, days, &all, &sd);
    if (!(fabs(m1 - m0) > 0.75 * sd) || (began_bad && (m1 - m0) * worse < 0))
        return;
    add(n, say(n->w, "Over the whole diary your skin got %s. Seasons, treatment that is not "
                     "written down and slow changes of habit can do that; none of it can be "
                     "told from a slow lever by a diary alone.",
               (m1 - m0) * worse < 0 ? "better" : "worse"));
}

static const gs_lever_series *said(const gs_obs *obs, const char *name)
{
    for (size_t i = 0; i < obs->n_lever; i++) {
        if (strcmp(obs->lever[i].name, name) == 0 && obs->lever[i].n_said > 0)
            return &obs->lever[i];
    }
    return NULL;
}

static void note_reverse(notes *n, const gs_obs *obs)
{
    bool mind = said(obs, "stress") || said(obs, "sleep");
    bool care = said(obs, "emollient") || said(obs, "steroid") || said(obs, "scratch");

    if (mind)
        add(n, say(n->w, "Bad skin disturbs sleep and mood. Part of what looks like an effect "
                         "of stress or sleep may run the other way."));
    if (care)
        add(n, say(n->w, "Creams are used, and skin is scratched, when it is bad. In a diary that "
                         "can make a cream look useless or harmful, and scratching worse than "
                         "it is."));
}

static void note_tags(notes *n, const gs_obs *obs)
{
    gs_buf b = {0};
    size_t m = 0;

    for (size_t i = 0; i < obs->n_lever; i++) {
        const lever_ask *ask = lever_find(obs->lever[i].name);
        if (obs->lever[i].tags_only && obs->lever[i].n_said > 0)
            gs_buf_printf(&b, "%s%s", m++ ? ", " : "", ask ? ask->title : obs->lever[i].name);
    }
    if (m > 0 && !b.failed)
        add(n, say(n->w, "Only written down when it happened: %s. A day without a word is counted "
                         "as unknown, not as a day without.", b.data));
    n->w->failed |= b.failed;
    gs_buf_free(&b);
}

/* Correlation over the days on which both were said; NaN below 10 of them. */
static double together(const gs_obs *obs, const gs_lever_series *p, const gs_lever_series *q)
{
    double sp = 0, sq = 0, spp = 0, sqq = 0, spq = 0, n = 0;

    for (size_t d = 0; d < obs->n_day; d++) {
        double x = p->value[d], y = q->value[d];
        if (isnan(x) || isnan(y))
            continue;
        n += 1;
        sp += x;
        sq += y;
        spp += x * x;
        sqq += y * y;
        spq += x * y;
    }
    double vx = spp - sp * sp / n, vy = sqq - sq * sq / n;
    return n >= 10 && vx > 0 && vy > 0 ? (spq - sp * sq / n) / sqrt(vx * vy) : NAN;
}

/* Levers that always moved together cannot be told apart; the closest pair is named. */
static void note_together(notes *n, const gs_obs *obs)
{
    double most = 0.7;
    size_t p = 0, q = 0;

    for (size_t i = 0; i < obs->n_lever; i++) {
        for (size_t j = 0; j < i; j++) {
            double r = fabs(together(obs, &obs->lever[i], &obs->lever[j]));
            if (r > most && lever_find(obs->lever[i].name) && lever_find(obs->lever[j].name)) {
                most = r;
                p = i;
                q = j;
            }
        }
    }
    if (p != q)
        add(n, say(n->w, "%s and %s moved together in your diary (correlation %.2f), so what one "
                         "does cannot be told from what the other does.",
                   lever_find(obs->lever[q].name)->title,
                   lever_find(obs->lever[p].name)->title, most));
}

gs_status words_notes(words *w, const gs_answer *x, const gs_obs *obs, const gs_fit *f,
                      size_t i_series, size_t *out_n, const char *const **out)
{
    notes n = {.w = w, .list = GS_NEW(w->a, const char *, MAX_NOTE)};

    if (!n.list)
        return GS_ENOMEM;
    size_t len = strlen(f->why_not);
    if (!f->ok)
        add(&n, say(w, "The fit failed its own checks: %s%s Nothing below about levers may be "
                       "read as a result.", len ? f->why_not : "it did not converge.",
                       len && f->why_not[len - 1] != '.' ? "." : ""));
    if (i_series < obs->n_series) {
        const gs_series *s = &obs->series[i_series];
        note_missing(&n, obs, s);
        note_drift(&n, obs, s, note_return(&n, obs, s));
    }
    note_reverse(&n, obs);
    note_tags(&n, obs);
    note_together(&n, obs);
    if (x->n_lever > 0)
        add(&n, say(w, "What is believed before your diary comes from a model of gut and skin "
                       "whose numbers were set by hand and not yet fitted to trials, so those "
                       "beliefs are wide on purpose."));
    *out_n = n.n;
    *out = n.list;
    return GS_OK;
}
