/* What a unit looks like. udunits2 reads more (dates, offsets, logarithms), and its lexer
 * loses a few bytes on every text that is wrong; so only texts of this form reach it:
 *
 *     product = power { ["." | "*" | "/" | blank] power }
 *     power   = number | name [exponent] | "(" product ")" ["^" exponent]
 *     exponent = ["^"] ["+" | "-"] digits      or superscript digits 1 2 3
 *     name    = letters and the micro sign, _ between them; or %
 *
 * and whose names it knows one by one (it also loses what it read beyond a name it does
 * not know). */
#include "unit/unit.h"

#include <string.h>

enum { LONGEST = 63 };

static bool letter(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* the micro sign, in either of its two code points */
static bool micro(const char *p)
{
    return strncmp(p, "\xc2\xb5", 2) == 0 || strncmp(p, "\xce\xbc", 2) == 0;
}

/* length of the name at p, 0 = none */
static size_t name_length(const char *p)
{
    size_t n = 0;
    if (*p == '%')
        return 1;
    for (;;) {
        if (letter((unsigned char)p[n]))
            n++;
        else if (micro(p + n))
            n += 2;
        else if (n > 0 && p[n] == '_' && letter((unsigned char)p[n + 1]))
            n++;
        else
            return n;
    }
}

static bool superscript(const char *p)
{
    return (unsigned char)p[0] == 0xc2 && ((unsigned char)p[1] == 0xb2 ||
                                           (unsigned char)p[1] == 0xb3 ||
                                           (unsigned char)p[1] == 0xb9);
}

static void digits(const char **p)
{
    while (digit(**p))
        ++*p;
}

/* optional; false when a sign or ^ has no digits after it, or too many */
static bool exponent(const char **p, bool need_caret)
{
    const char *start;
    if (superscript(*p)) {
        *p += 2;
        return true;
    }
    if (**p == '^')
        ++*p;
    else if (need_caret || !(digit(**p) || **p == '-' || **p == '+'))
        return !(need_caret && digit(**p));
    if (**p == '-' || **p == '+')
        ++*p;
    start = *p;
    digits(p);
    return *p > start && *p - start <= 3;
}

static bool number(const char **p)
{
    digits(p);
    if (**p == '.' && digit((*p)[1])) {
        ++*p;
        digits(p);
    }
    if ((**p == 'e' || **p == 'E') && (digit((*p)[1]) || ((*p)[1] == '-' && digit((*p)[2])))) {
        *p += 2;
        digits(p);
    }
    return true;
}

static bool product(const char **p);

static bool power(const char **p)
{
    if (digit(**p))
        return number(p);
    if (**p == '(') {
        ++*p;
        if (!product(p) || **p != ')')
            return false;
        ++*p;
        return exponent(p, true);
    }
    size_t n = name_length(*p);
    *p += n;
    return n > 0 && exponent(p, false);
}

static void blanks(const char **p)
{
    while (**p == ' ')
        ++*p;
}

static bool product(const char **p)
{
    blanks(p);
    bool was_number = digit(**p);
    if (!power(p))
        return false;
    for (;;) {
        const char *before = *p;
        if (**p == '.' && was_number)
            return false; /* "2.m" would be the number "2." */
        blanks(p);
        if (**p == 0 || **p == ')')
            return true;
        if (**p == '.' || **p == '*' || **p == '/') {
            ++*p;
            blanks(p);
        } else if (*p == before && **p != '(') {
            return false; /* two factors need something between them */
        }
        was_number = digit(**p);
        if (!power(p))
            return false;
    }
}

bool gs_unit_text_valid(const char *text)
{
    const char *p = text;
    return strlen(text) <= LONGEST && product(&p) && *p == 0;
}

bool gs_unit_names_known(ut_system *system, const char *text)
{
    char name[LONGEST + 1];
    for (const char *p = text; *p;) {
        size_t n = name_length(p);
        if (digit(*p)) { /* the e of 1e3 is no name */
            number(&p);
            continue;
        }
        if (n == 0) {
            p++;
            continue;
        }
        memcpy(name, p, n);
        name[n] = 0;
        ut_unit *u = ut_parse(system, name, UT_UTF8);
        if (!u)
            return false;
        ut_free(u);
        p += n;
    }
    return true;
}
