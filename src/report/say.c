/* Saying: numbers, dates and findings in plain words. See say.h.
 *
 * Rounding follows the interval, not the value: 0.3 with an interval of 1.2 points is
 * said as "0.3", never as "0.3142". The exact figures stand in the page's tables and in
 * the JSON. */
#include "report/say.h"

#include "gutskin/population.h"

#include "gutskin/date.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char gs_say_example[] =
    "Example. A simulated diary that comes with gutskin; no real person wrote it.";
const char gs_say_limits[] =
    "One diary and one model. If something the model leaves out moves your skin, the "
    "ranges given here are too narrow. Whatever changed together with a habit - a season, "
    "a cream, a holiday - can look like the habit's effect, and skin tends back to its "
    "usual level after a very bad or a very good week, whatever was done.";
const char gs_say_not_device[] =
    "gutskin is not a medical device. It diagnoses nothing and advises no medicine. Do not "
    "start, stop or change a treatment because of it, and never put a child, or anyone who "
    "is pregnant, on an elimination diet without a professional.";

/* ---- numbers ---- */

int gs_say_decimals(double width)
{
    width = fabs(width);
    if (!(width > 0) || !isfinite(width))
        return 2;
    return width >= 10 ? 0 : width >= 0.8 ? 1 : width >= 0.08 ? 2 : width >= 0.008 ? 3 : 4;
}

/* True when x is printed as zero at this many decimals. */
static bool rounds_to_zero(double x, int decimals)
{
    return fabs(x) < 0.5 * pow(10, -decimals);
}

void gs_say_number(gs_buf *b, double x, int decimals)
{
    if (!isfinite(x)) {
        gs_buf_put(b, "not known");
        return;
    }
    bool minus = x < 0 && !rounds_to_zero(x, decimals);
    gs_buf_put(b, minus ? "\u2212" : "");
    /* nobody reads three hundred digits */
    if (fabs(x) >= 1e9)
        gs_buf_printf(b, "%.3g", fabs(x));
    else
        gs_buf_printf(b, "%.*f", decimals, fabs(x));
}

void gs_say_short(gs_buf *b, double x)
{
    if (!isfinite(x))
        gs_buf_put(b, "not known");
    else
        gs_buf_printf(b, "%s%.3g", x < 0 ? "\u2212" : "", fabs(x));
}

void gs_say_amount(gs_buf *b, double x, const char *unit)
{
    gs_say_short(b, x);
    if (!unit || !*unit || strcmp(unit, "1") == 0)
        return;
    size_t n = strlen(unit);
    bool daily = n > 2 && strcmp(unit + n - 2, "/d") == 0;
    if (strcmp(unit, "1/d") == 0)
        gs_buf_put(b, " a day");
    else
        gs_buf_printf(b, " %.*s%s", (int)(daily ? n - 2 : n), unit, daily ? " a day" : "");
}

void gs_say_chance(gs_buf *b, double p)
{
    if (!isfinite(p))
        gs_buf_put(b, "not known");
    else if (p < 0.01)
        gs_buf_put(b, "under 1%");
    else if (p > 0.99)
        gs_buf_put(b, "over 99%");
    else
        gs_buf_printf(b, "%.0f%%", 100 * p);
}

void gs_say_share(gs_buf *b, double p)
{
    if (p <= 0 || p >= 1)
        gs_buf_put(b, p <= 0 ? "0%" : "100%");
    else
        gs_say_chance(b, p);
}

void gs_say_count(gs_buf *b, size_t n, const char *one, const char *many)
{
    gs_buf_printf(b, "%zu %s", n, n == 1 ? one : many);
}

static void put_sentence_start(gs_buf *b, const char *text)
{
    /* "low-GL diet" opens with a capital, "L. rhamnosus" and "mTOR" stay as they are */
    if (islower((unsigned char)text[0]) &&
        (text[1] == ' ' || islower((unsigned char)text[1]))) {
        gs_buf_printf(b, "%c%s", toupper((unsigned char)text[0]), text + 1);
        return;
    }
    gs_buf_put(b, text);
}

void gs_say_stop(gs_buf *b)
{
    if (b->len && !strchr(".!?", b->data[b->len - 1]))
        gs_buf_put(b, ".");
}

/* ---- days ---- */

static const char *const month_name[12] = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

static bool has_dates(const gs_answer *x)
{
    return x->day0 > -200000 && x->day0 < 200000;
}

void gs_say_day(gs_buf *b, const gs_answer *x, long day, bool brief)
{
    int year, month, mday;
    if (!has_dates(x) || day < -400000 || day > 400000) {
        gs_buf_printf(b, "day %ld", day);
        return;
    }
    gs_date_civil((int32_t)(x->day0 + day), &year, &month, &mday);
    if (brief)
        gs_buf_printf(b, "%d %.3s", mday, month_name[month - 1]);
    else
        gs_buf_printf(b, "%d %s %d", mday, month_name[month - 1], year);
}

void gs_say_span(gs_buf *b, const gs_answer *x)
{
    if (!has_dates(x) || x->n_day == 0 || x->n_day > 400000) {
        gs_say_count(b, x->n_day, "day", "days");
        return;
    }
    int y0, m0, d0, y1, m1, d1;
    gs_date_civil(x->day0, &y0, &m0, &d0);
    gs_date_civil((int32_t)(x->day0 + (long)x->n_day - 1), &y1, &m1, &d1);
    gs_buf_printf(b, "%d %s", d0, month_name[m0 - 1]);
    if (y0 != y1)
        gs_buf_printf(b, " %d", y0);
    if (x->n_day > 1)
        gs_buf_printf(b, " to %d %s", d1, month_name[m1 - 1]);
    gs_buf_printf(b, " %d", y1);
}

/* ---- scales ---- */

const gs_answer_series *gs_say_main(const gs_answer *x)
{
    if (x->n_series == 0)
        return NULL;
    return &x->series[x->main_series < x->n_series ? x->main_series : 0];
}

const char *gs_say_unit(const gs_answer_series *s)
{
    const gs_scale *scale = s && s->scale ? gs_scale_find(s->scale) : NULL;
    return scale && scale->kind == GS_SCALE_COUNT ? "lesions" : "points";
}

int gs_say_score_decimals(const gs_answer_series *s)
{
    const gs_scale *scale = s->scale ? gs_scale_find(s->scale) : NULL;
    if (scale && (scale->kind == GS_SCALE_ORDERED || scale->kind == GS_SCALE_COUNT))
        return 0;
    return isfinite(s->hi) && s->hi >= 50 && scale && scale->kind == GS_SCALE_BOUNDED ? 0 : 1;
}

void gs_say_scale(gs_buf *b, const gs_answer_series *s)
{
    put_sentence_start(b, s->title);
    if (strstr(s->title, " from ") || strstr(s->title, "number of"))
        return; /* the title says it */
    if (strcmp(gs_say_unit(s), "lesions") == 0)
        gs_buf_put(b, ", counted");
    else if (isfinite(s->lo) && isfinite(s->hi))
        gs_buf_printf(b, ", scored from %g to %g", s->lo, s->hi);
}

const char *gs_say_direction(const gs_answer_series *s, double change)
{
    if (!s || s->worse == 0)
        return change < 0 ? "lower" : "higher";
    return (change < 0) == (s->worse > 0) ? "better" : "worse";
}

double gs_say_gap(const gs_answer_series *s)
{
    /* median step by counting: steps beyond 60 days are all the same to us */
    size_t count[61] = {0}, seen = 0, half = s->n / 2;
    for (size_t i = 1; i < s->n; i++) {
        long step = (long)s->day[i] - s->day[i - 1];
        count[step < 0 ? 0 : step > 60 ? 60 : step]++;
    }
    double median = 1;
    for (size_t k = 0; k <= 60; k++) {
        seen += count[k];
        if (seen >= half && seen > 0) {
            median = (double)k;
            break;
        }
    }
    return fmax(3, 2.5 * median);
}

size_t gs_say_gaps(const gs_answer *x, const gs_answer_series *s, size_t *out_longest)
{
    double gap = gs_say_gap(s);
    size_t n = 0, longest = 0;
    for (size_t i = 0; i <= s->n; i++) {
        long from = i ? s->day[i - 1] : -1;
        long to = i < s->n ? s->day[i] : (long)x->n_day;
        if (to - from > gap) {
            n++;
            size_t missing = (size_t)(to - from - 1);
            longest = missing > longest ? missing : longest;
        }
    }
    *out_longest = longest;
    return n;
}

/* ---- effects ---- */

bool gs_say_band_known(const gs_band *e)
{
    return isfinite(e->q05) && isfinite(e->q25) && isfinite(e->q50) && isfinite(e->q75) &&
           isfinite(e->q95);
}

/* |x| in this many decimals and, unless word is "", the direction behind it. */
static void put_size(gs_buf *b, double x, int decimals, const char *word)
{
    gs_say_number(b, fabs(x), decimals);
    gs_buf_printf(b, "%s%s", *word ? " " : "", word);
}

static void put_interval(gs_buf *b, const gs_answer_series *s, const gs_band *e, int d)
{
    bool lo_zero = rounds_to_zero(e->q05, d), hi_zero = rounds_to_zero(e->q95, d);
    const char *lo = gs_say_direction(s, e->q05), *hi = gs_say_direction(s, e->q95);
    bool same = strcmp(lo, hi) == 0;
    if (lo_zero && hi_zero) {
        gs_buf_put(b, "less than ");
        put_size(b, pow(10, -d), d, "either way");
        return;
    }
    if (lo_zero)
        gs_buf_put(b, "no change");
    else
        put_size(b, e->q05, d, same && !hi_zero ? "" : lo);
    gs_buf_put(b, " to ");
    if (hi_zero)
        gs_buf_put(b, "no change");
    else
        put_size(b, e->q95, d, hi);
}

double gs_say_extent(const gs_answer_series *s)
{
    const gs_scale *scale = s->scale ? gs_scale_find(s->scale) : NULL;
    double lo = isfinite(s->lo) ? s->lo : 0, most = lo;
    bool closed = isfinite(s->hi) && s->hi > lo &&
                  !(scale && (scale->kind == GS_SCALE_COUNT || scale->kind == GS_SCALE_POSITIVE));
    if (closed)
        return s->hi - lo;
    for (size_t i = 0; i < s->n; i++)
        if (s->value[i] > most && isfinite(s->value[i]))
            most = s->value[i];
    return most > lo ? most - lo : 1;
}

int gs_say_lever_decimals(const gs_answer_series *s, const gs_answer_lever *l)
{
    int before = gs_say_band_known(&l->before)
                     ? gs_say_decimals(l->before.q95 - l->before.q05) : 0;
    int after = gs_say_band_known(&l->after)
                    ? gs_say_decimals(l->after.q95 - l->after.q05) : 0;
    int d = before > after ? before : after;
    /* 0.0021 of 10 points is not a finer truth than "no change" */
    while (s && d > 0 && pow(10, -d) < gs_say_extent(s) / 1100)
        d--;
    return d;
}

void gs_say_effect(gs_buf *b, const gs_answer_series *s, const gs_band *e, int d)
{
    if (!gs_say_band_known(e)) {
        gs_buf_put(b, "not known");
        return;
    }
    if (rounds_to_zero(e->q50, d)) {
        gs_buf_put(b, "about no change");
    } else {
        gs_buf_put(b, "about ");
        put_size(b, e->q50, d, gs_say_unit(s));
        gs_buf_printf(b, " %s", gs_say_direction(s, e->q50));
    }
    gs_buf_put(b, " (9 chances in 10: ");
    put_interval(b, s, e, d);
    gs_buf_put(b, ")");
}

void gs_say_belief(gs_buf *b, const gs_answer_series *s, const gs_answer_lever *l, bool now)
{
    double better = now ? l->better_after : l->better_before;
    gs_say_effect(b, s, now ? &l->after : &l->before, gs_say_lever_decimals(s, l));
    if (s && s->worse != 0 && isfinite(better)) {
        gs_buf_put(b, "; chance that it helps: ");
        gs_say_chance(b, better);
    }
    gs_buf_put(b, ".");
}

void gs_say_change(gs_buf *b, const gs_answer_lever *l)
{
    if (!l->change_text || !*l->change_text)
        return;
    gs_buf_put(b, l->change_text);
    if (isfinite(l->weeks) && l->weeks > 0) {
        double weeks = floor(l->weeks + 0.5);
        gs_buf_printf(b, ", after %.*f week%s", weeks >= 1 ? 0 : 1,
                      weeks >= 1 ? weeks : l->weeks, weeks == 1 ? "" : "s");
    }
}

void gs_say_taught(gs_buf *b, const gs_answer_lever *l)
{
    if (l->verdict == GS_VERDICT_CANNOT) {
        gs_buf_put(b, "Cannot be learned from this diary");
        return;
    }
    gs_buf_put(b, "Your diary taught us ");
    gs_say_share(b, fmin(fmax(l->taught, 0), 1));
    gs_buf_put(b, l->verdict == GS_VERDICT_LITTLE ? ": next to nothing"
                  : l->verdict == GS_VERDICT_SOME ? ": something"
                                                  : ": much");
}

/* ---- evidence ---- */

const char *gs_say_grade(gs_grade g)
{
    return g == GS_GRADE_EXCERPT     ? "read in an excerpt of the paper"
           : g == GS_GRADE_SECONDARY ? "as quoted by a later text"
                                     : "recalled, not seen again; used for no number";
}

static const char *design_words(const gs_evidence_row *r)
{
    switch (r->kind) {
    case GS_DESIGN_RCT:
        return "randomised trial";
    case GS_DESIGN_CROSSOVER:
        return "randomised crossover trial";
    case GS_DESIGN_CLUSTER:
        return "trial with groups randomised";
    case GS_DESIGN_POOLED:
        return "randomised trials pooled";
    case GS_DESIGN_NONRANDOM:
        return "two groups, not randomised";
    case GS_DESIGN_SINGLE_ARM:
        return "before and after, nobody to compare with";
    case GS_DESIGN_COHORT:
        return "people followed, nothing changed";
    case GS_DESIGN_CROSS:
        return "one look at many people";
    case GS_DESIGN_POOLED_OBSERVED:
        return "observations pooled";
    default:
        return "review or guideline";
    }
}

/* A difference in words: "11.5 lesions lower". scale 100 turns shares into points. */
static void put_difference(gs_buf *b, const gs_evidence_row *r, double scale,
                           const char *unit)
{
    double e = scale * r->effect, lo = scale * r->ci_lo, hi = scale * r->ci_hi;
    if (e == 0)
        gs_buf_put(b, "no difference");
    else
        gs_buf_printf(b, "%.4g %s %s", fabs(e), unit, e < 0 ? "lower" : "higher");
    if (!isfinite(lo) || !isfinite(hi))
        gs_buf_put(b, " (interval not reported)");
    else if (lo < 0 && hi <= 0)
        gs_buf_printf(b, " (95%% interval %.4g to %.4g lower)", -lo, -hi);
    else if (lo < 0)
        gs_buf_printf(b, " (95%% interval %.4g lower to %.4g higher)", -lo, hi);
    else
        gs_buf_printf(b, " (95%% interval %.4g to %.4g higher)", lo, hi);
}

static void put_ratio(gs_buf *b, const gs_evidence_row *r, const char *what)
{
    gs_buf_printf(b, "%.3g times %s", r->effect, what);
    if (isfinite(r->ci_lo) && isfinite(r->ci_hi))
        gs_buf_printf(b, " (95%% interval %.3g to %.3g; 1 is no difference)", r->ci_lo,
                      r->ci_hi);
    else
        gs_buf_put(b, " (interval not reported; 1 is no difference)");
}

/* A share of people, or a correlation: the number as it is, with its interval. */
static void put_plain(gs_buf *b, const gs_evidence_row *r, double scale, const char *unit)
{
    gs_say_short(b, scale * r->effect);
    gs_buf_put(b, unit);
    if (isfinite(r->ci_lo) && isfinite(r->ci_hi)) {
        gs_buf_put(b, " (95% interval ");
        gs_say_short(b, scale * r->ci_lo);
        gs_buf_put(b, " to ");
        gs_say_short(b, scale * r->ci_hi);
        gs_buf_printf(b, "%s)", unit);
    } else {
        gs_buf_put(b, " (interval not reported)");
    }
}

static bool is(const char *a, const char *b)
{
    return a && strcmp(a, b) == 0;
}

static const char *finding_words(const gs_evidence_row *r)
{
    static const char *const word[][2] = {
        {"better", "better"},
        {"worse", "worse"},
        {"higher", "higher"},
        {"lower", "lower"},
        {"null", "no difference shown"},
        {"unclear", "unclear"},
    };
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (is(r->finding, word[i][0]))
            return word[i][1];
    return "";
}

/* Nothing but a direction, or the two arms side by side. */
static void put_arms(gs_buf *b, const gs_evidence_row *r)
{
    bool share = is(r->unit, "share");
    double scale = share ? 100 : 1;
    const char *unit = share ? "%" : is(r->unit, "direction") ? "" : r->unit;
    const char *words = finding_words(r);
    if (!isfinite(r->arm_treat)) {
        gs_buf_printf(b, "%s%sno number reported", words, *words ? "; " : "");
        return;
    }
    gs_say_short(b, scale * r->arm_treat);
    if (share)
        gs_buf_put(b, "%");
    if (isfinite(r->arm_control)) {
        gs_buf_put(b, " against ");
        gs_say_short(b, scale * r->arm_control);
        if (share)
            gs_buf_put(b, "%");
    }
    if (!share && unit && *unit)
        gs_buf_printf(b, " %s", unit);
    if (!share && r->arms && *r->arms)
        gs_buf_printf(b, " (%s)", r->arms);
    gs_buf_printf(b, "%s%s; interval not reported", *words ? ": " : "", words);
}

static void put_result(gs_buf *b, const gs_evidence_row *r)
{
    const char *t = r->effect_type ? r->effect_type : "";
    bool adjusted = t[0] == 'a' && isupper((unsigned char)t[1]);
    bool share = is(r->unit, "share");
    t += adjusted;
    if (!isfinite(r->effect) || is(t, "none")) {
        put_arms(b, r);
        return;
    }
    if (is(t, "SMD"))
        put_difference(b, r, 1, "standard deviations");
    else if (is(t, "RD"))
        put_difference(b, r, share ? 100 : 1, "percentage points");
    else if (is(t, "percent"))
        put_difference(b, r, 1, "percentage points");
    else if (is(t, "RR"))
        put_ratio(b, r, "as often as in the comparison group");
    else if (is(t, "PR"))
        put_ratio(b, r, "as common as in the comparison group");
    else if (is(t, "OR"))
        put_ratio(b, r, "the odds of the comparison group");
    else if (is(t, "HR"))
        put_ratio(b, r, "the rate of the comparison group");
    else if (is(t, "ratio"))
        put_ratio(b, r, "the value of the comparison group");
    else if (is(t, "share") || is(t, "rate"))
        put_plain(b, r, share ? 100 : 1, share ? "%" : "");
    else if (is(t, "r"))
        gs_buf_put(b, "correlation "), put_plain(b, r, 1, "");
    else if (is(t, "change"))
        put_difference(b, r, share ? 100 : 1,
                       share ? "percentage points" : is(r->unit, "percent") ? "per cent"
                                                                             : r->unit);
    else
        put_difference(b, r, 1, r->unit ? r->unit : "");
    if (adjusted)
        gs_buf_put(b, ", adjusted for other causes");
}

static void put_people(gs_buf *b, double n)
{
    if (n >= 1e6)
        gs_buf_printf(b, "%.0f,%03.0f,%03.0f people", floor(n / 1e6), floor(fmod(n, 1e6) / 1e3),
                      fmod(n, 1e3));
    else if (n >= 1e4)
        gs_buf_printf(b, "%.0f,%03.0f people", floor(n / 1e3), fmod(n, 1e3));
    else
        gs_buf_printf(b, "%.0f people", n);
}

static void put_weeks(gs_buf *b, double weeks)
{
    if (weeks >= 104)
        gs_buf_printf(b, "%.3g years", weeks / 52);
    else
        gs_buf_printf(b, "%.3g week%s", weeks, weeks == 1 ? "" : "s");
}

void gs_say_evidence(gs_buf *b, const gs_evidence_row *r)
{
    put_sentence_start(b, r->what);
    if (r->control && *r->control)
        gs_buf_printf(b, ", compared with %s", r->control);
    double people = isfinite(r->n_treat) && isfinite(r->n_control) ? r->n_treat + r->n_control
                    : isfinite(r->n_treat)                         ? r->n_treat
                                                                   : r->n_control;
    bool weeks = isfinite(r->weeks), n = isfinite(people), who = r->population && *r->population;
    if (weeks || n || who) {
        gs_buf_put(b, "; ");
        if (n)
            put_people(b, people);
        if (who)
            gs_buf_printf(b, "%s%s%s", n ? " (" : "", r->population, n ? ")" : "");
        if (weeks && (n || who))
            gs_buf_put(b, ", ");
        if (weeks)
            put_weeks(b, r->weeks);
    }
    gs_buf_put(b, ". ");
    put_sentence_start(b, r->outcome);
    gs_buf_put(b, ": ");
    put_result(b, r);
    gs_buf_put(b, ".");
}

void gs_say_source(gs_buf *b, const gs_evidence_row *r)
{
    gs_buf_printf(b, "%s; %s", design_words(r), gs_say_grade(r->grade));
}

/* ---- the fit ---- */

const char *gs_say_role(gs_dim_role r)
{
    static const char *const name[] = {"lever",    "your body", "usual level",
                                       "wandering", "noise",    "score steps",
                                       "flares"};
    return (size_t)r < sizeof name / sizeof *name ? name[r] : "";
}

bool gs_say_sound(const gs_answer *x)
{
    return x->fit && x->fit->ok;
}

void gs_say_unsound(gs_buf *b, const gs_answer *x)
{
    if (!x->fit) {
        gs_buf_put(b, "There is no fit to this diary.");
        return;
    }
    const char *why = x->fit->why_not;
    if (!*why) {
        gs_buf_put(b, "The fit did not pass its checks.");
        return;
    }
    put_sentence_start(b, why);
    gs_say_stop(b);
}

const gs_answer_lever *gs_say_next(const gs_answer *x, size_t rank)
{
    for (size_t i = 0; i < x->n_lever; i++) {
        const gs_answer_lever *l = &x->lever[i];
        if (l->proposed && !l->medicine && l->block && *l->block && rank-- == 0)
            return l;
    }
    return NULL;
}

void gs_say_ascii(gs_buf *b)
{
    static const char *const map[][2] = {
        {"\u2212", "-"}, {"\u2013", "-"}, {"\u2014", "-"}, {"\u2026", "..."},
        {"\u2018", "'"}, {"\u2019", "'"}, {"\u201c", "\""}, {"\u201d", "\""},
        {"\u00b7", "."}, {"\u2022", "*"}, {"\u2500", "-"}, {"\u2501", "="},
        {"\u2502", "|"}, {"\u2503", "|"}, {"\u2588", "#"}, {"\u2592", "="},
        {"\u2591", "-"}, {"\u25cf", "o"}, {"\u2190", "<-"}, {"\u2192", "->"},
        {"\u2581", "_"}, {"\u2582", "_"}, {"\u2583", "."}, {"\u2584", "-"},
        {"\u2585", "-"}, {"\u2586", "="}, {"\u2587", "="},
    };
    size_t out = 0;
    if (!b->data)
        return;
    /* no replacement is longer than what it replaces, so this can be done in place */
    for (size_t i = 0; i < b->len;) {
        size_t k = 0, n_map = sizeof map / sizeof *map;
        while (k < n_map && strncmp(b->data + i, map[k][0], strlen(map[k][0])) != 0)
            k++;
        if (k < n_map) {
            size_t n = strlen(map[k][1]);
            memcpy(b->data + out, map[k][1], n);
            out += n;
            i += strlen(map[k][0]);
        } else if ((unsigned char)b->data[i] < 0x80) {
            b->data[out++] = b->data[i++];
        } else {
            b->data[out++] = '?';
            do
                i++;
            while (i < b->len && ((unsigned char)b->data[i] & 0xc0) == 0x80);
        }
    }
    b->data[out] = 0;
    b->len = out;
}

/* "severity -20% (9 chances in 10: -38% to +1%)" */
static void say_effect(gs_buf *b, const gs_population_effect *e)
{
    double p[3] = {100 * expm1(e->effect), 100 * expm1(e->lo), 100 * expm1(e->hi)};

    gs_buf_put(b, "severity ");
    for (int i = 0; i < 3; i++) {
        gs_buf_printf(b, "%s%s%.0f%%", i == 1 ? " (9 chances in 10: " : i == 2 ? " to " : "",
                      p[i] < -0.5 ? "\u2212" : p[i] > 0.5 ? "+" : "", fabs(p[i]));
    }
    gs_buf_put(b, ") after 12 weeks");
}

void gs_say_trials(gs_buf *b, const char *condition, const gs_answer_lever *l)
{
    const gs_population_effect *e = gs_population_effect_of(condition ? condition : "", l->name);

    if (!e)
        return;
    if (!e->tried) {
        gs_buf_put(b, "No trial of it on this condition could be used to fit the model. What is believed of "
                      "people at large, from the model and from how much other habits did: ");
        say_effect(b, e);
        gs_buf_put(b, ".");
        return;
    }
    gs_buf_put(b, "Trials taken together: ");
    say_effect(b, e);
    gs_buf_put(b, ", on top of what the control groups did by themselves, and allowing for results that "
                  "were never printed.");
    if (fabs(e->axis) < 0.2 * fabs(e->effect))
        gs_buf_put(b, " How it gets there is not known: the model's way from gut to skin carries hardly any "
                      "of it.");
}
