/* Words of a line, words.h. */
#include "base/words.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

const gs_word *gs_words_now(const gs_words *w)
{
    return &w->w[w->at];
}

bool gs_words_more(const gs_words *w)
{
    return w->at < w->n_word;
}

bool gs_words_is(const gs_words *w, const char *text)
{
    return gs_words_more(w) && strcmp(gs_words_now(w)->text, text) == 0;
}

bool gs_words_take(gs_words *w, const char *text)
{
    if (!gs_words_is(w, text))
        return false;
    w->at++;
    return true;
}

const char *gs_words_next(gs_words *w)
{
    return gs_words_more(w) ? w->w[w->at++].text : NULL;
}

gs_status gs_words_complain(const gs_words *w, const char *what)
{
    return gs_fail_at(w->err, GS_EPARSE, w->name, w->line, gs_words_now(w)->col, NULL,
                      "%s", what);
}

gs_status gs_words_no_memory(const gs_words *w)
{
    return gs_fail_at(w->err, GS_ENOMEM, w->name, w->line, 0, NULL, "out of memory");
}

gs_status gs_words_expected(const gs_words *w, const char *what)
{
    return gs_fail_at(w->err, GS_EPARSE, w->name, w->line, gs_words_now(w)->col, NULL,
                      gs_words_more(w) ? "expected %s here, found \"%s\""
                                       : "expected %s here%s",
                      what, gs_words_now(w)->text);
}

gs_status gs_words_end(const gs_words *w)
{
    if (!gs_words_more(w))
        return GS_OK;
    return gs_fail_at(
        w->err, GS_EPARSE, w->name, w->line, gs_words_now(w)->col, NULL,
        "\"%s\" is one word too many; start a new line for a new statement",
        gs_words_now(w)->text);
}

/* an unknown name, with the nearest of n known ones */
gs_status gs_words_unknown(const gs_words *w, const char *kind, size_t n,
                           const char *const *names)
{
    const gs_word *now = gs_words_now(w);
    long i = gs_text_nearest(now->text, n, names);
    if (i >= 0)
        return gs_fail_at(w->err, GS_EPARSE, w->name, w->line, now->col, NULL,
                          "\"%s\" is no %s; did you mean \"%s\"?", now->text, kind,
                          names[i]);
    return gs_fail_at(w->err, GS_EPARSE, w->name, w->line, now->col, NULL,
                      "\"%s\" is no %s", now->text, kind);
}

/* split text[0..n) into words */
static gs_status split(gs_words *r, const char *text, size_t n)
{
    size_t i = 0;
    r->n_word = r->at = 0;
    r->indented = n > 0 && (text[0] == ' ' || text[0] == '\t');
    for (;;) {
        while (i < n &&
               (text[i] == ' ' || text[i] == '\t' || text[i] == ',' || text[i] == '\r'))
            i++;
        r->w[r->n_word] = (gs_word){"", (long)i + 1};
        if (i >= n || text[i] == '#')
            return GS_OK;
        size_t start = i;
        bool quoted = text[i] == '"';
        if (quoted) {
            const char *close = memchr(text + i + 1, '"', n - i - 1);
            r->at = r->n_word;
            if (!close)
                return gs_words_complain(r, "this quotation mark is never closed");
            start++;
            i = (size_t)(close - text);
        } else {
            while (i < n && !strchr(" \t,#\r", text[i]))
                i++;
        }
        r->at = r->n_word;
        if (i - start > GS_WORDS_LETTERS)
            return gs_words_complain(r, "this word is longer than 120 letters");
        if (r->n_word == GS_WORDS_MOST)
            return gs_words_complain(r, "more than 64 words in one line");
        r->w[r->n_word].text = gs_arena_strndup(r->a, text + start, i - start);
        if (!r->w[r->n_word].text)
            return gs_words_no_memory(r);
        r->n_word++;
        r->at = 0;
        i += quoted;
    }
}

gs_status gs_words_lines(gs_words *w, const char *text, size_t n, const char *kind,
                         gs_status (*line)(void *ctx), void *ctx)
{
    size_t bad;
    if (n > GS_WORDS_BYTES)
        return gs_fail_at(w->err, GS_EPARSE, w->name, 0, 0, NULL,
                          "a %s may have 1 MiB; this has %zu bytes", kind, n);
    if (!gs_text_utf8(text, n, &bad))
        return gs_fail_at(w->err, GS_EPARSE, w->name, 0, 0, NULL,
                          "byte %zu is not UTF-8 text; is this a %s?", bad + 1, kind);
    for (size_t at = 0; at < n;) {
        const char *end = memchr(text + at, '\n', n - at);
        size_t len = end ? (size_t)(end - (text + at)) : n - at;
        w->line++;
        GS_TRY(split(w, text + at, len));
        if (w->n_word > 0)
            GS_TRY(line(ctx));
        at += len + 1;
    }
    return GS_OK;
}

gs_status gs_words_number(gs_words *w, const char *what, double lo, double hi,
                          double *out)
{
    const char *t = gs_words_now(w)->text;
    if (!gs_words_more(w) || !gs_text_number(t, strlen(t), false, out))
        return gs_words_expected(w, what);
    if (!(*out >= lo && *out <= hi))
        return gs_fail_at(w->err, GS_ERANGE, w->name, w->line, gs_words_now(w)->col,
                          NULL, "%s is outside the range of %s, %g to %g", t, what, lo,
                          hi);
    w->at++;
    return GS_OK;
}

gs_status gs_words_whole(gs_words *w, const char *what, long lo, long hi, long *out)
{
    const char *t = gs_words_now(w)->text;
    if (!gs_words_more(w) ||
        !gs_text_long(t, strlen(t), LONG_MIN / 2, LONG_MAX / 2, out))
        return gs_words_expected(w, what);
    if (*out < lo || *out > hi)
        return gs_fail_at(w->err, GS_ERANGE, w->name, w->line, gs_words_now(w)->col,
                          NULL, "%s is outside the range of %s, %ld to %ld", t, what,
                          lo, hi);
    w->at++;
    return GS_OK;
}

gs_status gs_words_share(gs_words *w, double hi, double *out)
{
    const char *t = gs_words_now(w)->text;
    size_t n = strlen(t);
    bool percent = n && t[n - 1] == '%';
    if (!gs_words_more(w) || !gs_text_number(t, n - percent, false, out))
        return gs_words_expected(w, "a share such as 10%");
    if (percent)
        *out /= 100;
    if (!(*out >= 0 && *out <= hi))
        return gs_fail_at(w->err, GS_ERANGE, w->name, w->line, gs_words_now(w)->col,
                          NULL, "%s is outside the range of a share, 0%% to %g%%", t,
                          100 * hi);
    w->at++;
    return GS_OK;
}
