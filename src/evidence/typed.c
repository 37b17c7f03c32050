/* Numbers as people type them: minus signs of a typesetter, decimal commas, thousands,
 * "<0.001", per cents, an interval behind the estimate. What could be two things is
 * neither: "34.5; 3", "2-32" and "62 others" stay words. */
#include "evidence/typed.h"

#include "gutskin/text.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

enum { N_TYPED = 600 };

void typed_plain(char *out, unsigned long n, const char *text)
{
    static const struct {
        const char *from, *to;
    } as[] = {{"\u2212", "-"}, {"\u2013", "-"}, {"\u2011", "-"}, {"\u00a0", " "}, {"\u2009", " "},
              {"%", "percent"}, {"_", " "}, {"\t", " "}};
    unsigned long at = 0;

    while (*text && at + 8 < n) {
        size_t i = 0, k = sizeof as / sizeof *as;
        while (i < k && strncmp(text, as[i].from, strlen(as[i].from)) != 0)
            i++;
        if (i == k) {
            out[at++] = (char)tolower((unsigned char)*text++);
            continue;
        }
        text += strlen(as[i].from);
        for (const char *c = as[i].to; *c; c++) {
            if (*c != ' ' || (at > 0 && out[at - 1] != ' '))
                out[at++] = *c;
        }
    }
    while (at > 0 && out[at - 1] == ' ')
        at--;
    out[at] = '\0';
}

static const char *blank(const char *t)
{
    return t + strspn(t, " ");
}

/* A number that begins here; *end after it. NaN, end where it began, when there is none. */
static double leading(const char *t, const char **end)
{
    char buf[40];
    size_t n = 0;
    double x;
    const char *e = t;

    *end = t;
    if (*e == '-' || *e == '+')
        buf[n++] = *e++;
    if (n == 1 && buf[0] == '+')
        n = 0;
    while (isdigit((unsigned char)*e) && n < 20)
        buf[n++] = *e++;
    if (!isdigit((unsigned char)(n ? buf[n - 1] : 0)) && *e != '.')
        return NAN;
    while (*e == ',') { /* thousands, or one decimal comma */
        size_t k = 0;
        while (isdigit((unsigned char)e[1 + k]))
            k++;
        if (k == 0)
            break;
        if (k != 3)
            buf[n++] = '.';
        for (size_t i = 0; i < k && n < 30; i++)
            buf[n++] = e[1 + i];
        e += 1 + k;
        if (k != 3)
            break;
    }
    if (*e == '.' && isdigit((unsigned char)e[1]) && !memchr(buf, '.', n)) {
        buf[n++] = *e++;
        while (isdigit((unsigned char)*e) && n < 30)
            buf[n++] = *e++;
    }
    if (*e == 'e' && (isdigit((unsigned char)e[1]) || (strchr("+-", e[1]) && e[1] &&
                                                       isdigit((unsigned char)e[2])))) {
        buf[n++] = *e++;
        while ((isdigit((unsigned char)*e) || *e == '+' || *e == '-') && n < 38)
            buf[n++] = *e++;
    }
    if (!gs_text_number(buf, n, false, &x) || fabs(x) >= 1e9)
        return NAN;
    *end = e;
    return x;
}

/* Words that may follow a number and change nothing. */
static const char *unit(const char *t)
{
    static const char *const word[] = {"percentage points", "percent", "points", "point", "pts",
                                       "lesions", "ng/ml", "mg/l", "mg/dl", "nmol/l", "kg"};

    t = blank(t);
    for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
        if (strncmp(t, word[i], strlen(word[i])) == 0)
            return blank(t + strlen(word[i]));
    }
    return t;
}

double typed_number(const char *text)
{
    char t[N_TYPED];
    const char *at, *end;

    typed_plain(t, sizeof t, text);
    at = blank(t);
    if (at[0] == 'p' && strchr(" =<", at[1]) && at[1])
        at++;
    at += strspn(at, " <=\u2264");
    double x = leading(at, &end);
    return end == at || *unit(end) ? NAN : x;
}

bool typed_interval(const char *text, double *x, double *lo, double *hi)
{
    char t[N_TYPED];
    const char *at, *end;

    typed_plain(t, sizeof t, text);
    at = blank(t);
    *x = leading(at, &end);
    if (end == at)
        return false;
    at = unit(end);
    if (*at != '(' && *at != '[' && strncmp(at, ", 95", 4) != 0 && strncmp(at, "95", 2) != 0)
        return false;
    at += strspn(at, "([, ");
    if (strncmp(at, "95", 2) == 0) {
        at = unit(at + 2);
        if (*at == '-') /* 95%-CI */
            at++;
    }
    at = blank(at);
    if (strncmp(at, "ci", 2) == 0)
        at += 2;
    at += strspn(at, " :,=([");
    *lo = leading(at, &end);
    if (end == at)
        return false;
    at = unit(end);
    if (strncmp(at, "to", 2) == 0)
        at += 2;
    else if (strchr(",;-", *at) && *at)
        at++;
    else
        return false;
    at = blank(at);
    *hi = leading(at, &end);
    return end != at && *lo <= *x && *x <= *hi;
}

double typed_weeks(const char *text)
{
    static const struct {
        const char *word;
        double weeks;
    } of[] = {{"week", 1}, {"wk", 1}, {"w", 1}, {"month", 365.25 / 84}, {"mo", 365.25 / 84},
              {"day", 1.0 / 7}, {"d", 1.0 / 7}, {"year", 365.25 / 7}, {"y", 365.25 / 7}};
    char t[N_TYPED];
    const char *at, *end;

    typed_plain(t, sizeof t, text);
    at = blank(t);
    double x = leading(at, &end);
    if (end == at)
        return NAN;
    at = blank(end);
    if (!*at)
        return x;
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        size_t n = strlen(of[i].word);
        if (strncmp(at, of[i].word, n) == 0 && strspn(at + n, "s.") == strlen(at + n))
            return x * of[i].weeks;
    }
    return NAN;
}
