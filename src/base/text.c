/* Text: growing buffer, strict numbers, names as people type them. */
#include "gutskin/text.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- growing buffer ------------------------------------------------------------ */

static bool reserve(gs_buf *b, size_t extra)
{
    size_t need, cap;
    char *p;

    if (b->failed || extra > SIZE_MAX / 2 - b->len - 1) {
        b->failed = true;
        return false;
    }
    need = b->len + extra + 1;
    if (need <= b->cap)
        return true;
    cap = b->cap ? b->cap : 256;
    while (cap < need)
        cap *= 2;
    p = realloc(b->data, cap);
    if (!p) {
        b->failed = true;
        return false;
    }
    b->data = p;
    b->cap = cap;
    return true;
}

void gs_buf_put_n(gs_buf *b, const char *text, size_t n)
{
    if (!reserve(b, n))
        return;
    if (n)
        memcpy(b->data + b->len, text, n);
    b->len += n;
    b->data[b->len] = '\0';
}

void gs_buf_put(gs_buf *b, const char *text)
{
    gs_buf_put_n(b, text, strlen(text));
}

void gs_buf_printf(gs_buf *b, const char *fmt, ...)
{
    va_list ap, again;
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        b->failed = true;
    else if (reserve(b, (size_t)n)) {
        vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    va_end(again);
}

void gs_buf_put_xml(gs_buf *b, const char *text)
{
    for (const char *p = text; *p; p++) {
        switch (*p) {
        case '&':
            gs_buf_put(b, "&amp;");
            break;
        case '<':
            gs_buf_put(b, "&lt;");
            break;
        case '>':
            gs_buf_put(b, "&gt;");
            break;
        case '"':
            gs_buf_put(b, "&quot;");
            break;
        case '\'':
            gs_buf_put(b, "&#39;");
            break;
        default:
            if ((unsigned char)*p >= 0x20 || *p == '\n' || *p == '\t')
                gs_buf_put_n(b, p, 1);
        }
    }
}

void gs_buf_free(gs_buf *b)
{
    free(b->data);
    *b = (gs_buf){0};
}

/* ---- numbers ------------------------------------------------------------------- */

static void trim(const char **text, size_t *n)
{
    while (*n && isspace((unsigned char)**text)) {
        (*text)++;
        (*n)--;
    }
    while (*n && isspace((unsigned char)(*text)[*n - 1]))
        (*n)--;
}

static size_t skip_digits(const char *s, size_t n, size_t i)
{
    while (i < n && isdigit((unsigned char)s[i]))
        i++;
    return i;
}

/* Sign, digits, point, digits, exponent in the right order and nothing else. */
static bool looks_like_number(const char *s, size_t n)
{
    size_t i = 0, start, digits;

    if (i < n && (s[i] == '+' || s[i] == '-'))
        i++;
    start = i;
    i = skip_digits(s, n, i);
    digits = i - start;
    if (i < n && s[i] == '.') {
        start = ++i;
        i = skip_digits(s, n, i);
        digits += i - start;
    }
    if (!digits)
        return false;
    if (i < n && (s[i] == 'e' || s[i] == 'E')) {
        i++;
        if (i < n && (s[i] == '+' || s[i] == '-'))
            i++;
        start = i;
        i = skip_digits(s, n, i);
        if (i == start)
            return false;
    }
    return i == n;
}

bool gs_text_number(const char *text, size_t n, bool comma, double *out)
{
    char s[64];
    double v;

    trim(&text, &n);
    if (n == 0 || n >= sizeof s)
        return false;
    memcpy(s, text, n);
    s[n] = '\0';
    if (comma && !strchr(s, '.')) {
        char *p = strchr(s, ',');
        if (p)
            *p = '.';
    }
    if (!looks_like_number(s, n))
        return false;
    v = strtod(s, NULL); /* the process never leaves the C locale */
    if (!isfinite(v))
        return false;
    *out = v;
    return true;
}

bool gs_text_long(const char *text, size_t n, long lo, long hi, long *out)
{
    char s[32];
    size_t first;
    long v;

    trim(&text, &n);
    first = n > 1 && (text[0] == '+' || text[0] == '-');
    if (n == first || n > 18 || skip_digits(text, n, first) != n)
        return false;
    memcpy(s, text, n);
    s[n] = '\0';
    v = strtol(s, NULL, 10);
    if (v < lo || v > hi)
        return false;
    *out = v;
    return true;
}

/* ---- names --------------------------------------------------------------------- */

static const char *skip_soft(const char *p)
{
    while (*p == ' ' || *p == '_' || *p == '-' || *p == '\t')
        p++;
    return p;
}

bool gs_text_same(const char *a, const char *b)
{
    for (;;) {
        a = skip_soft(a);
        b = skip_soft(b);
        if (!*a || !*b)
            return !*a && !*b;
        if (tolower((unsigned char)*a++) != tolower((unsigned char)*b++))
            return false;
    }
}

enum { NAME_MAX_LEN = 48 };

/* Levenshtein distance, letters compared without case; both at most NAME_MAX_LEN. */
static size_t edit_distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
    size_t row[NAME_MAX_LEN + 1];

    for (size_t j = 0; j <= n_b; j++)
        row[j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        size_t diag = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            size_t up = row[j];
            size_t best = diag + (tolower((unsigned char)a[i - 1]) !=
                                  tolower((unsigned char)b[j - 1]));
            if (up + 1 < best)
                best = up + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
            diag = up;
        }
    }
    return row[n_b];
}

long gs_text_nearest(const char *word, size_t n, const char *const *names)
{
    size_t n_word = strlen(word), best = SIZE_MAX;
    long found = -1;

    if (n_word == 0 || n_word > NAME_MAX_LEN)
        return -1;
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(names[i]);
        if (len == 0 || len > NAME_MAX_LEN)
            continue;
        size_t d = edit_distance(word, n_word, names[i], len);
        if (d < best) {
            best = d;
            found = (long)i;
        }
    }
    return best <= 1 + n_word / 4 ? found : -1;
}

/* ---- bytes --------------------------------------------------------------------- */

/* Length of the well-formed UTF-8 character at p (n bytes left), 0 if none. */
static size_t utf8_len(const unsigned char *p, size_t n)
{
    static const unsigned least[5] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = p[0] < 0x80 ? 1 : p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    unsigned code;

    if (p[0] == 0 || (p[0] >= 0x80 && p[0] < 0xC2) || p[0] > 0xF4 || len > n)
        return 0;
    if (len == 1)
        return 1;
    code = p[0] & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xC0u) != 0x80u)
            return 0;
        code = code << 6 | (p[i] & 0x3Fu);
    }
    if (code < least[len] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
        return 0;
    return len;
}

bool gs_text_utf8(const char *text, size_t n, size_t *bad)
{
    for (size_t i = 0; i < n;) {
        size_t len = utf8_len((const unsigned char *)text + i, n - i);
        if (!len) {
            if (bad)
                *bad = i;
            return false;
        }
        i += len;
    }
    return true;
}

unsigned long long gs_text_hash(unsigned long long h, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;

    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 0x100000001b3ull;
    return h;
}
