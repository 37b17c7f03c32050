/* Units and scales. Everyday units are converted here from one small table, so that a
 * diary needs no unit library; anything rarer is asked of the converter the caller
 * lends. A channel's unit is that of one day, so "g", "g/d" and "g a day" are the same
 * and "g/wk" is refused: a weekly amount is not what one day had.
 *
 * Scores keep the scale they were given on. Levers that are scored (stress 0 to 10) are
 * stretched linearly onto 0 to 10 when said on another scale. */
#include "diary/meaning.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* value in base = a * value + b. A glass is taken as 0.25 L, a cup as 0.24 L. */
static const struct unit {
    const char *names, *base;
    double a, b;
} units[] = {
    {"g|gram|grams|gr|gramm|grammes", "g", 1, 0},
    {"mg|milligram|milligrams", "g", 1e-3, 0},
    {"kg|kilogram|kilograms|kilo", "g", 1e3, 0},
    {"ug|\xc2\xb5g|\xce\xbcg|mcg|microgram|micrograms", "g", 1e-6, 0},
    {"oz|ounce|ounces", "g", 28.349523125, 0},
    {"lb|lbs|pound|pounds", "g", 453.59237, 0},
    {"L|litre|litres|liter|liters|ltr", "L", 1, 0},
    {"mL|millilitre|millilitres|milliliter|milliliters", "L", 1e-3, 0},
    {"cL", "L", 1e-2, 0},
    {"dL", "L", 1e-1, 0},
    {"glass|glasses|gl\xc3\xa4ser", "L", 0.25, 0},
    {"cup|cups", "L", 0.24, 0},
    {"fl oz|fluid ounce|fluid ounces", "L", 0.0295735295625, 0},
    {"h|hr|hrs|hour|hours|stunden|std|heures", "h", 1, 0},
    {"min|mins|minute|minutes|minuten", "h", 1 / 60., 0},
    {"s|sec|second|seconds", "h", 1 / 3600., 0},
    {"J/cm2|J_cm2|J/cm^2|J/cm\xc2\xb2|Jcm2|J cm-2|J/cm**2|joule/cm2", "J/cm2", 1, 0},
    {"mJ/cm2|mJ_cm2|mJ/cm^2|mJ/cm\xc2\xb2|mJcm2|mJ cm-2", "J/cm2", 1e-3, 0},
    {"J/m2|J_m2|J/m^2|J/m\xc2\xb2", "J/cm2", 1e-4, 0},
    {"mg/L|mg/l|ug/mL", "mg/L", 1, 0},
    {"mg/dL", "mg/L", 10, 0},
    {"g/L", "mg/L", 1000, 0},
    {"ng/mL|ug/L|\xc2\xb5g/L|\xce\xbcg/L|mcg/L", "mg/L", 1e-3, 0},
    {"nmol/L|nM", "nmol/L", 1, 0},
    {"umol/L|\xc2\xb5mol/L|\xce\xbcmol/L", "nmol/L", 1e3, 0},
    {"degC|C|\xc2\xb0""C|celsius", "degC", 1, 0},
    {"degF|F|\xc2\xb0""F|fahrenheit", "degC", 5 / 9., -160 / 9.},
    {"1|share|fraction|ratio", "1", 1, 0},
    {"%|percent|pct", "1", 0.01, 0},
    {"IU|I.U.|IE", "IU", 1, 0},
    {"dose|doses|tablet|tablets|pill|pills|capsule|capsules|sachet|sachets|serving|servings|"
     "portion|portions|time|times|x|drink|drinks|application|applications|step|steps|"
     "times a day|times per day|piece|pieces|cups of coffee",
     "count", 1, 0},
};
enum { N_UNIT = sizeof units / sizeof *units };

/* As gs_text_same but the case counts, so that "mg" is no "Mg". */
static bool same_unit(const char *a, const char *b)
{
    for (;;) {
        while (*a == ' ' || *a == '_')
            a++;
        while (*b == ' ' || *b == '_')
            b++;
        if (*a != *b)
            return false;
        if (!*a)
            return true;
        a++;
        b++;
    }
}

static bool named(const char *names, const char *word, bool (*same)(const char *, const char *))
{
    char one[64];
    for (const char *p = names; *p; p += strspn(p, "|")) {
        size_t n = strcspn(p, "|");
        if (n < sizeof one) {
            memcpy(one, p, n);
            one[n] = '\0';
            if (same(one, word))
                return true;
        }
        p += n;
    }
    return false;
}

/* With the case as written first ("mL"), then without ("ML", "Grams"). */
static const struct unit *find_unit(const char *text)
{
    for (size_t i = 0; i < N_UNIT; i++)
        if (named(units[i].names, text, same_unit))
            return &units[i];
    for (size_t i = 0; i < N_UNIT; i++)
        if (named(units[i].names, text, gs_text_same))
            return &units[i];
    return NULL;
}

/* 1 ng/mL of 25(OH)D is 2.496 nmol/L: molar mass 400.64 g/mol. */
static bool vitamin_d_special(const gs_channel *c, const struct unit *u, double *a)
{
    if (strcmp(c->name, "vitamin_d_level") == 0 && strcmp(u->base, "mg/L") == 0) {
        *a = u->a * 1e9 / 1e3 / 400.64;
        return true;
    }
    if (strcmp(c->name, "vitamin_d") == 0 && strcmp(u->base, "g") == 0) {
        *a = u->a * 1e6 * 40; /* 1 ug of vitamin D is 40 IU by definition */
        return true;
    }
    return false;
}

static bool by_table(const gs_channel *c, const char *unit, double *a, double *b)
{
    const struct unit *u = find_unit(unit), *to = find_unit(c->unit);
    if (!u || !to)
        return false;
    *b = 0;
    if (vitamin_d_special(c, u, a))
        return true;
    if (strcmp(u->base, to->base) != 0)
        return false;
    *a = u->a / to->a;
    *b = (u->b - to->b) / to->a;
    return true;
}

/* Is the text's end one of these ways to say "a day"? Cuts it off. */
static bool cut_end(char *text, const char *const *ends, size_t n_end)
{
    size_t n = strlen(text);
    for (size_t i = 0; i < n_end; i++) {
        size_t k = strlen(ends[i]);
        if (n >= k && strcasecmp(text + n - k, ends[i]) == 0) {
            text[n - k] = '\0';
            for (n -= k; n && text[n - 1] == ' '; n--)
                text[n - 1] = '\0';
            return true;
        }
    }
    return false;
}

static const char *const per_day[] = {"/d", "/day", "per day", "a day", "daily", "/tag",
                                      "pro tag", "/jour", " d-1"};
static const char *const per_week[] = {"/wk", "/week", "/w", "per week", "a week", "weekly",
                                       "/woche"};

bool gs_meaning_unit_fits(const gs_channel *c, const char *unit)
{
    char text[GS_SAID_UNIT];
    double a, b;
    if (strlen(unit) >= sizeof text)
        return false;
    strcpy(text, unit);
    cut_end(text, per_day, sizeof per_day / sizeof *per_day);
    return *text && by_table(c, text, &a, &b);
}

bool gs_meaning_own_score(const gs_channel *c)
{
    return strcmp(c->unit, "score") == 0
           || (c->kind == GS_CHANNEL_OUTCOME && strcmp(c->scale, "0-10") == 0);
}

/* "0 - 10", "0–10" and "[0..10]" as "0-10"; brackets and spaces go. */
static void tidy(const char *text, char *out, size_t n)
{
    size_t k = 0;
    for (const char *p = text; *p && k + 1 < n; p++) {
        if (strncmp(p, "\xe2\x80\x93", 3) == 0) {
            out[k++] = '-';
            p += 2;
        } else if (!strchr("[]()", *p)) {
            out[k++] = *p;
        }
    }
    while (k && out[k - 1] == ' ')
        k--;
    out[k] = '\0';
    memmove(out, out + strspn(out, " "), k - strspn(out, " ") + 1);
}

static bool is_range_of(const gs_scale *s, const char *text)
{
    char range[40];
    snprintf(range, sizeof range, "%g-%g", s->lo, s->hi);
    return gs_text_same(range, text);
}

/* Words that say "a score" and nothing more. */
static bool says_nothing(const char *text)
{
    static const char *const words[] = {"", "1", "score", "points", "point", "pts", "punkte",
                                        "level", "severity", "index"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (gs_text_same(text, words[i]))
            return true;
    return false;
}

static gs_status unknown_scale(const char *channel, const char *text, const gs_scale *own,
                               gs_err *err)
{
    const char *near = gs_scale_nearest(text);
    return gs_fail(err, GS_EUNIT,
                   "\"%.40s\" is no scale known for %.60s; its own is %s (%g to %g)%s%s",
                   text, channel, own->name, own->lo, own->hi,
                   near && near != own->name ? ", near that name is " : "",
                   near && near != own->name ? near : "");
}

/* An outcome: which scale? */
static gs_status mean_outcome(const char *name, const char *said, gs_meaning *m, gs_err *err)
{
    const gs_scale *own = gs_scale_find(m->channel->scale);
    char text[GS_SAID_UNIT];
    bool free_choice = strcmp(own->name, "0-10") == 0;

    tidy(said, text, sizeof text);
    const gs_scale *s = gs_scale_find(text);
    if (says_nothing(text) || is_range_of(own, text) || s == own)
        m->scale = own;
    else if (s && free_choice)
        m->scale = s;
    else
        return unknown_scale(name, text, own, err);
    m->lo = m->scale->lo;
    m->hi = m->scale->hi;
    return GS_OK;
}

/* A lever scored 0 to 10: another scale is stretched onto it. */
static gs_status mean_score(const char *name, const char *said, gs_meaning *m, gs_err *err)
{
    const gs_scale *own = gs_scale_find("0-10"), *s;
    char text[GS_SAID_UNIT];

    tidy(said, text, sizeof text);
    if (says_nothing(text))
        return GS_OK;
    s = gs_scale_find(text);
    if (!s)
        return unknown_scale(name, text, own, err);
    m->a = (m->hi - m->lo) / (s->hi - s->lo);
    m->b = m->lo - m->a * s->lo;
    return GS_OK;
}

static gs_status mean_amount(const char *name, const char *said, gs_unit_conv_fn *convert,
                             void *self, gs_meaning *m, gs_err *err)
{
    const gs_channel *c = m->channel;
    char text[GS_SAID_UNIT];

    tidy(said, text, sizeof text);
    if (!*text || strcmp(text, c->unit) == 0)
        return GS_OK;
    if (by_table(c, text, &m->a, &m->b))
        return GS_OK;
    if (cut_end(text, per_week, sizeof per_week / sizeof *per_week))
        return gs_fail(err, GS_EUNIT,
                       "\"%.40s\" is a weekly amount; %.60s is written down day by day in "
                       "%s: say what each day had", said, name, c->unit);
    if (cut_end(text, per_day, sizeof per_day / sizeof *per_day)
        && (!*text || strcmp(text, c->unit) == 0 || by_table(c, text, &m->a, &m->b)))
        return GS_OK;
    // the lent converter: two points give a and b
    double v0 = 0, v1 = 1;
    if (convert && convert(self, text, c->unit, &v0) && convert(self, text, c->unit, &v1)
        && isfinite(v0) && isfinite(v1) && v1 != v0) {
        m->a = v1 - v0;
        m->b = v0;
        return GS_OK;
    }
    return gs_fail(err, GS_EUNIT, "\"%.40s\" is no unit of %.60s; write it in %s%s", said,
                   name, c->unit,
                   strcmp(c->name, "vitamin_d") == 0
                       ? " (a blood level is the channel vitamin_d_level)" : "");
}

/* A name of the person's own: kept as it is, with its scale if one was named. */
static void mean_own(const char *unit, const char *scale, gs_meaning *m)
{
    char text[GS_SAID_UNIT];
    tidy(*scale ? scale : unit, text, sizeof text);
    m->scale = *text ? gs_scale_find(text) : NULL;
    m->lo = m->scale ? m->scale->lo : -HUGE_VAL;
    m->hi = m->scale ? m->scale->hi : HUGE_VAL;
}

gs_status gs_meaning_find(const char *channel, const char *unit, const char *scale,
                          gs_unit_conv_fn *convert, void *self, gs_meaning *out,
                          gs_err *err)
{
    gs_meaning m = {.channel = gs_channel_find(channel), .a = 1};

    if (gs_text_same(channel, "condition")) {
        m = (gs_meaning){.condition = true, .a = 1, .hi = GS_N_CONDITION - 1};
        *out = m;
        return GS_OK;
    }
    if (!m.channel) {
        mean_own(unit, scale, &m);
        *out = m;
        return GS_OK;
    }
    m.lo = m.channel->lo;
    m.hi = m.channel->hi;
    if (m.channel->kind == GS_CHANNEL_OUTCOME || m.channel->kind == GS_CHANNEL_OTHER)
        m.scale = *m.channel->scale ? gs_scale_find(m.channel->scale) : NULL;
    if (m.channel->kind == GS_CHANNEL_OUTCOME)
        GS_TRY(mean_outcome(channel, *scale ? scale : unit, &m, err));
    else if (strcmp(m.channel->unit, "score") == 0)
        GS_TRY(mean_score(channel, *scale ? scale : unit, &m, err));
    else if (m.channel->kind != GS_CHANNEL_FLAG && !(m.scale && is_range_of(m.scale, unit)))
        GS_TRY(mean_amount(channel, unit, convert, self, &m, err));
    *out = m;
    return GS_OK;
}

void gs_meaning_own_name(char *name)
{
    for (char *p = name; *p; p++)
        if (*p == ';')
            *p = ',';
        else if ((unsigned char)*p < 0x20)
            *p = ' ';
}

static bool whole_steps(const gs_scale *s, double v)
{
    if (s->step <= 0)
        return true;
    double k = (v - s->lo) / s->step;
    return fabs(k - round(k)) < 1e-9;
}

gs_status gs_meaning_value(const gs_meaning *m, const char *name, double said, double *out,
                           gs_err *err)
{
    double v = m->a * said + m->b;
    const gs_scale *s = m->scale;

    if (!isfinite(v))
        return gs_fail(err, GS_ERANGE, "the value of %.60s is not a finite number", name);
    /* rounding of a conversion must not push an end of the range outside it */
    double slack = 1e-9 * (fabs(m->lo) < 1e300 ? fabs(m->hi - m->lo) : 0);
    if (v < m->lo - slack || v > m->hi + slack) {
        if (s)
            return gs_fail(err, GS_ERANGE,
                           "%g is outside %g to %g, the range of the scale %s for %.60s; "
                           "mend it or leave the field empty",
                           said, m->lo, m->hi, s->name, name);
        return gs_fail(err, GS_ERANGE,
                       "%g%s%s is outside %g to %g%s%s, what %.60s may be on one day; mend "
                       "it or leave the field empty",
                       v, m->channel ? " " : "", m->channel ? m->channel->unit : "", m->lo,
                       m->hi, m->channel ? " " : "", m->channel ? m->channel->unit : "",
                       name);
    }
    v = v < m->lo ? m->lo : v > m->hi ? m->hi : v;
    if (s && !whole_steps(s, v))
        return gs_fail(err, GS_ERANGE,
                       "%g lies between the steps of the scale %s of %.60s; write a whole "
                       "number%s",
                       said, s->name, name,
                       strcmp(s->name, "0-10") == 0 ? " or name the scale vas" : "");
    *out = v;
    return GS_OK;
}

gs_status gs_meaning_said(const gs_meaning *m, const char *name, const gs_said *s,
                          double *out, bool *out_missing, gs_err *err)
{
    const gs_channel *c = m->channel;
    bool score = (c && strcmp(c->unit, "score") == 0) || (!c && m->scale);
    bool outcome = c && c->kind == GS_CHANNEL_OUTCOME;

    *out_missing = s->kind == GS_SAID_NOTHING;
    *out = NAN;
    switch (s->kind) {
    case GS_SAID_NOTHING:
        return GS_OK;
    case GS_SAID_NUMBER:
        return gs_meaning_value(m, name, s->value, out, err);
    case GS_SAID_YES:
        if (outcome || (c && c->kind == GS_CHANNEL_LAB))
            break;
        return GS_OK;
    case GS_SAID_NO:
        if (outcome || score || (c && (c->kind == GS_CHANNEL_LAB || c->lo > 0)))
            break;
        *out = 0;
        return GS_OK;
    case GS_SAID_NOT_FINITE:
        return gs_fail(err, GS_ERANGE, "nan and inf are no values; leave the field empty "
                       "when %.60s was not said", name);
    case GS_SAID_TEXT:
        break;
    }
    if (m->scale)
        return gs_fail(err, GS_EPARSE, "%.60s takes a number from %g to %g; mend it or leave "
                       "the field empty", name, m->lo, m->hi);
    return gs_fail(err, GS_EPARSE, "%.60s takes a number%s%s%s; mend it or leave the field "
                   "empty", name, c ? " in " : "", c ? c->unit : "",
                   c && isnan(c->tag_value) ? "" : ", or x for a day it happened");
}
