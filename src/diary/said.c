/* One cell as people write them: a number with a unit or without, a tick, a word for
 * yes or no, a sign for "nothing". Never a guess: what is none of these is text. */
#include "diary/meaning.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

static const char *const nothing[] = {"-", "--", "n/a", "#n/a", "na", "null", "none", ".",
                                      "?", "\xe2\x80\x93", "\xe2\x80\x94"};
static const char *const yes[] = {"yes", "y", "x", "true", "ja", "oui", "si", "on",
                                  "\xe2\x9c\x93", "\xe2\x9c\x94", "+"};
static const char *const no[] = {"no", "n", "false", "nein", "non", "off"};
static const char *const not_finite[] = {"nan", "inf", "infinity", "-inf", "+inf", "-nan",
                                         "-infinity", "+infinity"};

#define COUNT_OF(list) (sizeof(list) / sizeof *(list))

static bool one_of(const char *text, size_t n, const char *const *list, size_t n_list)
{
    for (size_t i = 0; i < n_list; i++)
        if (strlen(list[i]) == n && strncasecmp(list[i], text, n) == 0)
            return true;
    return false;
}

/* Length of the number text begins with: sign, digits, one point or comma, exponent. */
static size_t number_length(const char *s, size_t n)
{
    size_t i = 0, digits = 0;
    if (i < n && (s[i] == '+' || s[i] == '-'))
        i++;
    for (; i < n && (isdigit((unsigned char)s[i]) || s[i] == '.' || s[i] == ','); i++)
        digits += isdigit((unsigned char)s[i]) ? 1u : 0u;
    if (!digits)
        return 0;
    size_t e = i;
    if (e < n && (s[e] == 'e' || s[e] == 'E')) {
        e++;
        if (e < n && (s[e] == '+' || s[e] == '-'))
            e++;
        size_t first = e;
        while (e < n && isdigit((unsigned char)s[e]))
            e++;
        if (e > first)
            i = e;
    }
    return i;
}

gs_said gs_said_read(const char *text, size_t n, bool comma)
{
    gs_said s = {.kind = GS_SAID_TEXT, .value = NAN};

    while (n && isspace((unsigned char)*text))
        text++, n--;
    while (n && isspace((unsigned char)text[n - 1]))
        n--;
    if (!n || one_of(text, n, nothing, COUNT_OF(nothing))) {
        s.kind = GS_SAID_NOTHING;
        return s;
    }
    size_t k = number_length(text, n);
    if (k && gs_text_number(text, k, comma, &s.value)) {
        while (k < n && isspace((unsigned char)text[k]))
            k++;
        if (n - k >= sizeof s.unit)
            return s;
        memcpy(s.unit, text + k, n - k);
        s.kind = GS_SAID_NUMBER;
    } else if (one_of(text, n, yes, COUNT_OF(yes))) {
        s.kind = GS_SAID_YES;
    } else if (one_of(text, n, no, COUNT_OF(no))) {
        s.kind = GS_SAID_NO;
    } else if (one_of(text, n, not_finite, COUNT_OF(not_finite))) {
        s.kind = GS_SAID_NOT_FINITE;
    }
    return s;
}

bool gs_diary_said(const char *text, size_t n, bool comma, double *out_value,
                   char *out_unit, size_t n_unit)
{
    gs_said s = gs_said_read(text, n, comma);
    if (s.kind == GS_SAID_TEXT || s.kind == GS_SAID_NOT_FINITE || strlen(s.unit) >= n_unit)
        return false;
    *out_value = s.kind == GS_SAID_NUMBER ? s.value : s.kind == GS_SAID_NO ? 0 : NAN;
    memcpy(out_unit, s.unit, strlen(s.unit) + 1);
    return true;
}
