/* Units as people type them. Words are looked up one by one in a list of everyday
 * spellings, first as written, then in lower case; what is not in the list is left to
 * udunits2. Words for "how many" (dose, serving, capsule) have unit 1. */
#include "unit/unit.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
/* spelling (lower case), what udunits2 reads. A glass is a convention of ours (0.25 L);
 * cups, spoons and fluid ounces are those of the US, a calorie is 4.184 J. */
static const char *const spellings[][2] = {
    {"ml", "mL"}, {"mls", "mL"}, {"milliliter", "mL"}, {"milliliters", "mL"},
    {"millilitre", "mL"}, {"millilitres", "mL"}, {"cc", "cm3"}, {"cl", "cL"}, {"dl", "dL"},
    {"l", "L"}, {"lt", "L"}, {"ltr", "L"}, {"liter", "L"}, {"liters", "L"}, {"litre", "L"},
    {"litres", "L"},
    {"g", "g"}, {"gr", "g"}, {"gm", "g"}, {"gms", "g"}, {"gram", "g"}, {"grams", "g"},
    {"gramme", "g"}, {"grammes", "g"}, {"mg", "mg"}, {"mgs", "mg"}, {"kg", "kg"},
    {"kgs", "kg"}, {"kilo", "kg"}, {"kilos", "kg"},
    {"mcg", "ug"}, {"ug", "ug"}, {"\xc2\xb5g", "ug"}, {"\xce\xbcg", "ug"}, {"ng", "ng"},
    {"mcmol", "umol"}, {"\xc2\xb5mol", "umol"}, {"\xce\xbcmol", "umol"},
    {"oz", "(28.349523125 g)"}, {"ozs", "(28.349523125 g)"}, {"ounce", "(28.349523125 g)"},
    {"ounces", "(28.349523125 g)"},
    {"lb", "(453.59237 g)"}, {"lbs", "(453.59237 g)"},
    {"floz", "(29.5735295625 mL)"}, {"cup", "(236.5882365 mL)"}, {"cups", "(236.5882365 mL)"},
    {"pint", "(473.176473 mL)"}, {"pints", "(473.176473 mL)"},
    {"tbsp", "(14.78676478125 mL)"}, {"tbsps", "(14.78676478125 mL)"}, {"tablespoon", "(14.78676478125 mL)"},
    {"tablespoons", "(14.78676478125 mL)"}, {"tsp", "(4.92892159375 mL)"}, {"tsps", "(4.92892159375 mL)"},
    {"teaspoon", "(4.92892159375 mL)"}, {"teaspoons", "(4.92892159375 mL)"},
    {"glass", "(0.25 L)"}, {"glasses", "(0.25 L)"},
    {"s", "s"}, {"sec", "s"}, {"secs", "s"}, {"second", "s"}, {"seconds", "s"},
    {"min", "min"}, {"mins", "min"}, {"minute", "min"}, {"minutes", "min"},
    {"h", "h"}, {"hr", "h"}, {"hrs", "h"}, {"hour", "h"}, {"hours", "h"}, {"hourly", "h"},
    {"d", "d"}, {"day", "d"}, {"days", "d"}, {"daily", "d"},
    {"w", "week"}, {"wk", "week"}, {"wks", "week"}, {"week", "week"}, {"weeks", "week"},
    {"weekly", "week"},
    {"kcal", "(4184 J)"}, {"kcals", "(4184 J)"}, {"calories", "(4184 J)"},
    {"kilocalorie", "(4184 J)"}, {"kilocalories", "(4184 J)"}, {"kj", "kJ"}, {"kilojoules", "kJ"},
    {"j", "J"}, {"mj", "mJ"}, {"joule", "J"}, {"joules", "J"},
    {"mmol", "mmol"}, {"nmol", "nmol"}, {"pmol", "pmol"},
    {"percent", "%"}, {"pct", "%"},
    {"serving", "1"}, {"servings", "1"}, {"portion", "1"}, {"portions", "1"}, {"dose", "1"},
    {"doses", "1"}, {"capsule", "1"}, {"capsules", "1"}, {"tablet", "1"}, {"tablets", "1"},
    {"pill", "1"}, {"pills", "1"}, {"sachet", "1"}, {"sachets", "1"}, {"unit", "1"},
    {"units", "1"}, {"time", "1"}, {"times", "1"}, {"x", "1"}, {"count", "1"},
    {"lesion", "1"}, {"lesions", "1"}, {"spot", "1"}, {"spots", "1"}, {"point", "1"},
    {"points", "1"}, {"score", "1"},
    {"per", "/"}, {"a", "/"}, {"each", "/"}, {"every", "/"},
};
/* clang-format on */

static const char *spelling(const char *word)
{
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
        if (strcmp(word, spellings[i][0]) == 0)
            return spellings[i][1];
    return NULL;
}

static bool is_word(unsigned char c)
{
    return isalpha(c) || c == '_' || c >= 0x80;
}

static void put(char *out, size_t n_out, size_t *at, const char *text, size_t n)
{
    if (*at + n + 1 < n_out) {
        memcpy(out + *at, text, n);
        out[*at + n] = 0;
    }
    *at += n;
}

/* superscripts 2 and 3 of UTF-8 are powers, not letters */
static size_t superscript(const char *p, char *digit)
{
    if ((unsigned char)p[0] == 0xc2 &&
        ((unsigned char)p[1] == 0xb2 || (unsigned char)p[1] == 0xb3)) {
        *digit = (unsigned char)p[1] == 0xb2 ? '2' : '3';
        return 2;
    }
    return 0;
}

/* one word: first "fl oz", then as written in the list, then lower case, else udunits2's.
 * "mJ" and "MJ", "mg" and "Mg" differ to udunits2 but never to the person. */
static const char *one_word(const char *p, char *out, size_t n_out, size_t *at, bool *ok)
{
    char word[32], lower[32], digit;
    size_t n = 0;
    while (is_word((unsigned char)p[n]) && !superscript(p + n, &digit))
        n++;
    if (n == 0 || n >= sizeof word) {
        *ok = false;
        return p;
    }
    memcpy(word, p, n);
    word[n] = 0;
    for (size_t i = 0; i <= n; i++)
        lower[i] = (char)((unsigned char)word[i] < 0x80 ? tolower((unsigned char)word[i])
                                                         : word[i]);
    p += n;
    if (strcmp(lower, "fl") == 0 || strcmp(lower, "fluid") == 0) {
        size_t gap = strspn(p, " .");
        const char *rest = p + gap;
        size_t k = strncasecmp(rest, "ounces", 6) == 0  ? 6
                   : strncasecmp(rest, "ounce", 5) == 0 ? 5
                   : strncasecmp(rest, "ozs", 3) == 0   ? 3
                   : strncasecmp(rest, "oz", 2) == 0    ? 2
                                                        : 0;
        if (k == 0)
            *ok = false;
        put(out, n_out, at, "(29.5735295625 mL)", 18);
        return rest + k;
    }
    const char *s = spelling(lower);
    if (s)
        put(out, n_out, at, s, strlen(s));
    else
        put(out, n_out, at, word, n);
    return p;
}

/* Rewrite text for udunits2; false when it cannot be a unit. */
static bool rewrite(const char *text, char *out, size_t n_out)
{
    size_t at = 0;
    bool ok = true;
    const char *p = text;
    char digit;
    out[0] = 0;
    while (*p && ok) {
        size_t k = superscript(p, &digit);
        if (k) {
            put(out, n_out, &at, &digit, 1);
            p += k;
        } else if (is_word((unsigned char)*p)) {
            p = one_word(p, out, n_out, &at, &ok);
        } else {
            put(out, n_out, &at, p, 1);
            p++;
        }
    }
    while (at > 0 && at < n_out && out[at - 1] == '.') /* "tbsp." */
        out[--at] = 0;
    return ok && at + 1 < n_out;
}

static const ut_unit *typed(gs_units *u, const char *text)
{
    char out[96];
    if (strlen(text) > 48)
        return NULL;
    while (*text == ' ')
        text++;
    if (*text == 0)
        return gs_unit_parsed(u, "1");
    return rewrite(text, out, sizeof out) ? gs_unit_parsed(u, out) : NULL;
}

bool gs_units_known(gs_units *u, const char *text)
{
    return typed(u, text) != NULL;
}

bool gs_units_convert(void *self, const char *from, const char *to, double *value)
{
    const ut_unit *a = typed(self, from), *b = typed(self, to);
    double f;
    if (!a || !b || !gs_unit_factor(a, b, &f))
        return false;
    *value *= f;
    return true;
}
