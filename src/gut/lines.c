/* Lines and fields. Slices point into the file's bytes; nothing is copied. */
#include "gut/lines.h"

#include "gutskin/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

lines lines_of(const char *text, size_t n)
{
    lines l = {text, text + n, 0};
    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        l.p += 3;
    return l;
}

bool lines_next(lines *l, slice *out)
{
    if (l->p >= l->end)
        return false;
    const char *q = memchr(l->p, '\n', (size_t)(l->end - l->p));
    const char *stop = q ? q : l->end;
    *out = (slice){l->p, (size_t)(stop - l->p)};
    if (!q) { /* old Macintosh: carriage returns alone */
        const char *cr = memchr(l->p, '\r', out->n);
        if (cr && cr + 1 < l->end) {
            out->n = (size_t)(cr - l->p);
            stop = cr;
        }
    }
    if (out->n && out->s[out->n - 1] == '\r')
        out->n--;
    l->p = stop < l->end ? stop + 1 : l->end;
    l->line++;
    return true;
}

char fields_sep(slice line)
{
    size_t comma = 0, semi = 0;
    if (line.n && memchr(line.s, '\t', line.n))
        return '\t';
    for (size_t i = 0; i < line.n; i++) {
        comma += line.s[i] == ',';
        semi += line.s[i] == ';';
    }
    return comma >= semi && comma ? ',' : semi ? ';' : 0;
}

static bool put(fields *out, slice s)
{
    if (out->n == out->cap) {
        size_t cap = out->cap ? 2 * out->cap : 32;
        slice *f = realloc(out->f, cap * sizeof *f);
        if (!f) {
            out->failed = true;
            return false;
        }
        out->f = f;
        out->cap = cap;
    }
    out->f[out->n++] = s;
    return true;
}

void fields_split(fields *out, slice line, char sep)
{
    const char *p = line.s, *end = line.s + line.n;
    out->n = 0;
    for (;;) {
        const char *start = p, *stop;
        while (sep != '\t' && p < end && *p == ' ')
            p++;
        if (p < end && *p == '"') {
            start = ++p;
            while (p < end && (*p != '"' || (p + 1 < end && p[1] == '"')))
                p += *p == '"' ? 2 : 1;
            if (p > end)
                p = end;
            stop = p;
            while (p < end && *p != sep)
                p++;
        } else {
            p = sep ? memchr(p, sep, (size_t)(end - p)) : NULL;
            p = p ? p : end;
            stop = p;
        }
        if (!put(out, slice_trim((slice){start, (size_t)(stop - start)})) || p >= end)
            return;
        p++;
    }
}

void fields_free(fields *f)
{
    free(f->f);
    *f = (fields){0};
}

slice slice_trim(slice s)
{
    while (s.n && isspace((unsigned char)*s.s)) {
        s.s++;
        s.n--;
    }
    while (s.n && isspace((unsigned char)s.s[s.n - 1]))
        s.n--;
    return s;
}

static bool soft(char c)
{
    return c == ' ' || c == '_' || c == '-' || c == '\t' || c == '#';
}

static bool same(slice s, const char *w, size_t m)
{
    size_t i = 0, k = 0;
    for (;;) {
        while (i < s.n && soft(s.s[i]))
            i++;
        while (k < m && soft(w[k]))
            k++;
        if (i == s.n || k == m)
            return i == s.n && k == m;
        if (tolower((unsigned char)s.s[i++]) != tolower((unsigned char)w[k++]))
            return false;
    }
}

bool slice_is(slice s, const char *word)
{
    return same(s, word, strlen(word));
}

bool slice_in(slice s, const char *words)
{
    for (const char *w = words;;) {
        size_t m = strcspn(w, "|");
        if (s.n && same(s, w, m))
            return true;
        if (!w[m])
            return false;
        w += m + 1;
    }
}

bool slice_starts(slice s, const char *with)
{
    size_t m = strlen(with);
    return s.n >= m && memcmp(s.s, with, m) == 0;
}

bool slice_count(slice s, double *out)
{
    double v = 0;
    s = slice_trim(s);
    if (!s.n || s.n > 15)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (!isdigit((unsigned char)s.s[i]))
            return false;
        v = 10 * v + (s.s[i] - '0');
    }
    *out = v;
    return true;
}

bool slice_number(slice s, double *out)
{
    s = slice_trim(s);
    if (slice_count(s, out))
        return true;
    if (s.n && s.s[s.n - 1] == '%')
        s.n--;
    return gs_text_number(s.s, s.n, true, out);
}
