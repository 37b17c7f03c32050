/* BIOM 1.0: a table as one JSON object, read as a stream.
 *
 *   {"shape": [r, c], "data": [[row, column, value], ...], "rows": [{"id", "metadata"}], ...}
 *
 * The data array is nearly all of the file. Its triplets go straight into the builder, so
 * that memory is that of the table and not that of a JSON tree (some 20 times as much).
 * Keys may come in any order. Source: biom-format.org, "The biom file format: Version 1.0". */
#include "gut/read.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 16, DEEPEST = 64 };

typedef struct stream {
    gut_build *b;
    const gs_gut_src *src;
    char *buf; /* [CHUNK] what is read now: first the head, then chunks */
    const char *p, *end;
    size_t taken;
    gs_buf text; /* the string last read */
    gs_err *err;
    gs_status st;
    long line;
} stream;

static gs_status bad(stream *s, const char *what)
{
    if (s->st == GS_OK)
        s->st = build_fail(s->b, GS_EPARSE, s->line, s->err, "%s", what);
    return s->st;
}

/* The next byte without taking it, -1 at the end. */
static int peek(stream *s)
{
    if (s->p < s->end)
        return (unsigned char)*s->p;
    if (s->st != GS_OK)
        return -1;
    long got = s->src->read(s->src->self, s->buf, CHUNK, s->err);
    if (got < 0)
        s->st = s->err && s->err->code ? s->err->code : GS_EIO;
    if (got <= 0)
        return -1;
    s->taken += (size_t)got;
    if (s->taken > build_opts(s->b)->limit) {
        s->st = build_fail(s->b, GS_ENOMEM, 0, s->err, "is larger than %zu MB unpacked, the most "
                           "gutskin reads", build_opts(s->b)->limit >> 20);
        return -1;
    }
    s->p = s->buf;
    s->end = s->buf + got;
    return (unsigned char)*s->p;
}

static int next(stream *s)
{
    int c = peek(s);
    if (c >= 0)
        s->p++;
    if (c == '\n')
        s->line++;
    return c;
}

static int solid(stream *s) /* the next byte that is no blank, not taken */
{
    for (;;) {
        int c = peek(s);
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
            return c;
        next(s);
    }
}

static bool eat(stream *s, int want)
{
    if (solid(s) != want)
        return false;
    next(s);
    return true;
}

static bool cut_off(stream *s)
{
    return peek(s) < 0;
}

static gs_status want(stream *s, int c)
{
    if (eat(s, c))
        return GS_OK;
    char text[80];
    if (cut_off(s))
        return bad(s, "the JSON ends too early: the file is cut off");
    snprintf(text, sizeof text, "is no JSON here: '%c' was expected", c);
    return bad(s, text);
}

/* ---- values ------------------------------------------------------------------------------- */

static void put_code(gs_buf *b, unsigned c)
{
    char u[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
    if (n == 1)
        u[0] = (char)(c && c >= 0x20 ? c : ' ');
    else if (n == 2) {
        u[0] = (char)(0xc0 | c >> 6);
        u[1] = (char)(0x80 | (c & 63));
    } else {
        u[0] = (char)(0xe0 | c >> 12);
        u[1] = (char)(0x80 | (c >> 6 & 63));
        u[2] = (char)(0x80 | (c & 63));
    }
    gs_buf_put_n(b, u, n);
}

static gs_status escape(stream *s)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/  \n \t";
    int c = next(s);
    const char *at = c > 0 ? strchr(from, c) : NULL;
    if (at) {
        gs_buf_put_n(&s->text, to + (at - from), 1);
        return GS_OK;
    }
    if (c != 'u')
        return bad(s, "a string of the JSON has an escape that is none");
    unsigned code = 0;
    for (int i = 0; i < 4; i++) {
        c = next(s);
        if (c < 0 || !isxdigit(c))
            return bad(s, "a string of the JSON has an escape that is none");
        code = code << 4 | (unsigned)(isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);
    }
    put_code(&s->text, code >= 0xd800 && code < 0xe000 ? '?' : code);
    return GS_OK;
}

/* A string, into s->text. */
static gs_status string(stream *s)
{
    GS_TRY(want(s, '"'));
    s->text.len = 0;
    gs_buf_put_n(&s->text, "", 0);
    for (;;) {
        if (peek(s) < 0)
            return s->st != GS_OK ? s->st : bad(s, "a string of the JSON does not end");
        const char *q = s->p;
        while (q < s->end && *q != '"' && *q != '\\' && (unsigned char)*q >= 0x20)
            q++;
        gs_buf_put_n(&s->text, s->p, (size_t)(q - s->p));
        s->p = q;
        if (s->text.failed)
            return s->st = build_fail(s->b, GS_ENOMEM, 0, s->err, "out of memory");
        if (s->text.len > 1 << 20)
            return bad(s, "a string of the JSON is longer than 1 MB");
        if (q == s->end)
            continue;
        int c = next(s);
        if (c == '"')
            break;
        if (c == '\\')
            GS_TRY(escape(s));
        else
            return bad(s, "a string of the JSON holds a control character");
    }
    size_t off;
    char *t = s->text.data;
    for (size_t at = 0; !gs_text_utf8(t + at, s->text.len - at, &off);)
        t[at += off] = '?';
    return GS_OK;
}

static gs_status number(stream *s, double *out)
{
    char tok[64];
    size_t n = 0;
    int c = solid(s);
    bool neg = c == '-';
    if (neg)
        next(s);
    /* the common case: a short whole number, perhaps with ".0" */
    double v = 0;
    size_t digits = 0;
    while ((c = peek(s)) >= '0' && c <= '9') {
        v = 10 * v + (c - '0');
        if (n < sizeof tok)
            tok[n++] = (char)c;
        digits++;
        s->p++;
    }
    if (!digits)
        return bad(s, cut_off(s) ? "the JSON ends too early: the file is cut off"
                                 : "a number was expected in the JSON");
    if (digits <= 15 && c != '.' && c != 'e' && c != 'E') {
        *out = neg ? -v : v;
        return GS_OK;
    }
    bool rest = false;
    while (c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-' || (c >= '0' && c <= '9')) {
        rest = rest || (c != '.' && c != '0');
        if (n < sizeof tok)
            tok[n++] = (char)c;
        s->p++;
        c = peek(s);
    }
    if (!rest && digits <= 15) {
        *out = neg ? -v : v;
        return GS_OK;
    }
    if (n >= sizeof tok || !gs_text_number(tok, n, false, out))
        return bad(s, "a number of the JSON is none");
    if (neg)
        *out = -*out;
    return GS_OK;
}

static gs_status skip(stream *s, int depth)
{
    double x;
    int c = solid(s);
    if (depth > DEEPEST)
        return bad(s, "the JSON is nested too deeply");
    if (c == '"')
        return string(s);
    if (c == '{' || c == '[') {
        int close = c == '{' ? '}' : ']';
        next(s);
        if (eat(s, close))
            return GS_OK;
        do {
            if (c == '{') {
                GS_TRY(string(s));
                GS_TRY(want(s, ':'));
            }
            GS_TRY(skip(s, depth + 1));
        } while (eat(s, ','));
        return want(s, close);
    }
    if (c == 't' || c == 'f' || c == 'n') {
        while ((c = peek(s)) >= 'a' && c <= 'z')
            s->p++;
        return GS_OK;
    }
    return number(s, &x);
}

/* ---- the parts of a table -------------------------------------------------------------------- */

typedef struct biom {
    double n_row, n_col;
    bool shaped, dense, sparse, guessed, data, rows, columns;
} biom;

static gs_status misplaced(stream *s, double r, double c, const biom *x)
{
    char text[160];
    snprintf(text, sizeof text, "a value stands at row %.0f, column %.0f of a table of %.0f rows and "
             "%.0f columns", r, c, x->n_row, x->n_col);
    return bad(s, text);
}

static gs_status add(stream *s, const biom *x, double r, double c, double v)
{
    bool whole = r >= 0 && c >= 0 && r < 4294967295.0 && c < 4294967295.0 && r == floor(r)
                 && c == floor(c);
    if (!whole || (x->shaped && (r >= x->n_row || c >= x->n_col)))
        return misplaced(s, r, c, x);
    s->st = build_add(s->b, (uint32_t)c, (uint32_t)r, v, 0, s->err);
    return s->st;
}

/* The length of the first inner list says which kind of matrix it is when the file has not
 * yet: three numbers a row are triplets, unless the table itself is three wide. */
static gs_status data_row(stream *s, biom *x, double i_row)
{
    double v[3] = {0}, y;
    size_t n = 0;
    GS_TRY(want(s, '['));
    bool dense = x->dense || (!x->sparse && x->shaped && x->n_col != 3);
    if (!eat(s, ']')) {
        do {
            GS_TRY(number(s, &y));
            if (x->sparse || !dense) {
                if (n < 3)
                    v[n] = y;
            } else if (x->dense) {
                GS_TRY(add(s, x, i_row, (double)n, y));
            } else if (n < 3) {
                v[n] = y;
            } else { /* it is dense after all: the first three were values */
                for (size_t k = 0; k < 3 && n == 3; k++)
                    GS_TRY(add(s, x, i_row, (double)k, v[k]));
                x->dense = x->guessed = true;
                GS_TRY(add(s, x, i_row, (double)n, y));
            }
            n++;
        } while (eat(s, ','));
        GS_TRY(want(s, ']'));
    }
    if (x->dense) {
        if (x->shaped && (double)n != x->n_col)
            return bad(s, "a row of the dense matrix has not as many values as there are columns");
        return GS_OK;
    }
    if (dense && n < 3 && (double)n == x->n_col) { /* dense, one or two columns wide */
        for (size_t k = 0; k < n; k++)
            GS_TRY(add(s, x, i_row, (double)k, v[k]));
        x->dense = x->guessed = true;
        return GS_OK;
    }
    if (n != 3)
        return bad(s, "an entry of the sparse matrix is [row, column, value]");
    if (!x->sparse)
        x->sparse = x->guessed = true;
    return add(s, x, v[0], v[1], v[2]);
}

static gs_status read_data(stream *s, biom *x)
{
    double i = 0;
    if (x->data)
        return bad(s, "\"data\" stands in the file twice");
    x->data = true;
    GS_TRY(want(s, '['));
    if (eat(s, ']'))
        return GS_OK;
    do {
        GS_TRY(data_row(s, x, i++));
    } while (eat(s, ','));
    return want(s, ']');
}

/* "taxonomy": ["k__...", ...] or "k__...; p__...", into out with ';' between. */
static gs_status lineage(stream *s, gs_buf *out)
{
    out->len = 0;
    if (solid(s) == '"') {
        GS_TRY(string(s));
        gs_buf_put_n(out, s->text.data, s->text.len);
        return GS_OK;
    }
    if (solid(s) != '[')
        return skip(s, 3);
    next(s);
    if (eat(s, ']'))
        return GS_OK;
    do {
        if (solid(s) == '"') {
            GS_TRY(string(s));
            if (out->len)
                gs_buf_put(out, ";");
            gs_buf_put_n(out, s->text.data, s->text.len);
        } else {
            GS_TRY(skip(s, 4));
        }
    } while (eat(s, ','));
    return want(s, ']');
}

static gs_status metadata(stream *s, gs_buf *names, gs_buf *site)
{
    if (solid(s) != '{')
        return skip(s, 3);
    next(s);
    if (eat(s, '}'))
        return GS_OK;
    do {
        GS_TRY(string(s));
        slice key = {s->text.data, s->text.len};
        bool tax = slice_in(key, "taxonomy|taxon|lineage|consensus lineage");
        bool body = slice_in(key, "body_site|body site|bodysite|body_habitat|site");
        GS_TRY(want(s, ':'));
        if (tax) {
            GS_TRY(lineage(s, names));
        } else if (body && solid(s) == '"') {
            GS_TRY(string(s));
            site->len = 0;
            gs_buf_put_n(site, s->text.data, s->text.len);
        } else {
            GS_TRY(skip(s, 3));
        }
    } while (eat(s, ','));
    return want(s, '}');
}

typedef struct entry {
    gs_buf id, names, site;
    bool has_id;
} entry;

static gs_status read_entry(stream *s, entry *e)
{
    e->id.len = e->names.len = e->site.len = 0;
    e->has_id = false;
    GS_TRY(want(s, '{'));
    if (eat(s, '}'))
        return GS_OK;
    do {
        GS_TRY(string(s));
        bool id = strcmp(s->text.data, "id") == 0, meta = strcmp(s->text.data, "metadata") == 0;
        GS_TRY(want(s, ':'));
        if (id && solid(s) == '"') {
            GS_TRY(string(s));
            gs_buf_put_n(&e->id, s->text.data, s->text.len);
            e->has_id = s->text.len > 0;
        } else if (meta) {
            GS_TRY(metadata(s, &e->names, &e->site));
        } else {
            GS_TRY(skip(s, 2));
        }
    } while (eat(s, ','));
    return want(s, '}');
}

static gs_status read_list(stream *s, bool rows)
{
    entry e = {0};
    uint32_t k;
    gs_status st = want(s, '[');
    if (st == GS_OK && eat(s, ']'))
        return GS_OK;
    while (st == GS_OK) {
        st = read_entry(s, &e);
        if (st == GS_OK && (e.id.failed || e.names.failed || e.site.failed))
            st = build_fail(s->b, GS_ENOMEM, 0, s->err, "out of memory");
        if (st == GS_OK && !e.has_id)
            st = bad(s, rows ? "a row of the table has no id" : "a column of the table has no id");
        if (st == GS_OK && rows)
            st = build_taxon(s->b, e.id.data, e.id.len, e.names.len ? e.names.data : NULL,
                             e.names.len, 0, &k, s->err);
        else if (st == GS_OK)
            st = build_sample(s->b, e.id.data, e.id.len, 0, &k, s->err);
        if (st == GS_OK && !rows && e.site.len)
            build_site(s->b, k, e.site.data, e.site.len);
        if (st != GS_OK || !eat(s, ','))
            break;
    }
    if (st == GS_OK)
        st = want(s, ']');
    gs_buf_free(&e.id);
    gs_buf_free(&e.names);
    gs_buf_free(&e.site);
    s->st = s->st == GS_OK ? st : s->st;
    return st;
}

static gs_status read_shape(stream *s, biom *x)
{
    GS_TRY(want(s, '['));
    GS_TRY(number(s, &x->n_row));
    GS_TRY(want(s, ','));
    GS_TRY(number(s, &x->n_col));
    GS_TRY(want(s, ']'));
    if (!(x->n_row >= 0 && x->n_row < 4e9 && x->n_col >= 0 && x->n_col < 4e9))
        return bad(s, "\"shape\" is no size of a table");
    x->shaped = true;
    return GS_OK;
}

static gs_status member(stream *s, biom *x)
{
    char key[40];
    GS_TRY(string(s));
    snprintf(key, sizeof key, "%s", s->text.data);
    GS_TRY(want(s, ':'));
    if (strcmp(key, "shape") == 0)
        return read_shape(s, x);
    if (strcmp(key, "data") == 0)
        return read_data(s, x);
    if (strcmp(key, "rows") == 0 || strcmp(key, "columns") == 0) {
        bool rows = key[0] == 'r';
        if (rows ? x->rows : x->columns)
            return bad(s, "the rows or the columns stand in the file twice");
        x->rows = x->rows || rows;
        x->columns = x->columns || !rows;
        return read_list(s, rows);
    }
    if (strcmp(key, "matrix_type") == 0 && solid(s) == '"') {
        GS_TRY(string(s));
        bool dense = strcmp(s->text.data, "dense") == 0;
        if (!dense && strcmp(s->text.data, "sparse") != 0)
            return bad(s, "\"matrix_type\" is neither sparse nor dense");
        if (x->guessed && dense != x->dense)
            return bad(s, "\"matrix_type\" says other than the data before it");
        x->dense = dense;
        x->sparse = !dense;
        return GS_OK;
    }
    return skip(s, 1);
}

static gs_status read_table(stream *s, biom *x)
{
    GS_TRY(want(s, '{'));
    if (!eat(s, '}')) {
        do {
            GS_TRY(member(s, x));
        } while (eat(s, ','));
        GS_TRY(want(s, '}'));
    }
    if (solid(s) >= 0)
        return bad(s, "something stands behind the end of the JSON");
    if (s->st != GS_OK)
        return s->st;
    if (!x->data || !x->rows || !x->columns)
        return bad(s, !x->data   ? "is a BIOM table without \"data\""
                      : !x->rows ? "is a BIOM table without \"rows\""
                                 : "is a BIOM table without \"columns\"");
    if (x->shaped && (x->n_row != (double)build_n_taxon(s->b)
                      || x->n_col != (double)build_n_sample(s->b)))
        return bad(s, "\"shape\" does not fit the numbers of rows and columns");
    return GS_OK;
}

bool biom_json_detect(const gut_head *h)
{
    static const char *const marks[] = {"Biological Observation Matrix", "biom-format.org",
                                        "\"matrix_type\"", "\"matrix_element_type\"", NULL};
    size_t i = 0;
    while (i < h->n && (isspace((unsigned char)h->s[i]) || (unsigned char)h->s[i] >= 0x80))
        i++;
    if (i == h->n || h->s[i] != '{')
        return false;
    for (size_t k = 0; marks[k]; k++)
        if (memmem(h->s, h->n, marks[k], strlen(marks[k])))
            return true;
    return memmem(h->s, h->n, "\"rows\"", 6) && memmem(h->s, h->n, "\"columns\"", 9);
}

gs_status biom_json_read(gut_build *b, const gs_gut_src *src, const char *head, size_t n,
                         gs_gut **out, gs_err *err)
{
    stream s = {.b = b, .src = src, .err = err, .p = head, .end = head + n, .taken = n, .line = 1};
    biom x = {0};
    if (n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0)
        s.p += 3;
    s.buf = malloc(CHUNK);
    gs_status st = s.buf ? read_table(&s, &x) : build_fail(b, GS_ENOMEM, 0, err, "out of memory");
    free(s.buf);
    gs_buf_free(&s.text);
    GS_TRY(st);
    return build_finish(b, "biom-json", "BIOM 1.0 (JSON)", BUILD_AUTO, GS_GUT_METHOD_UNKNOWN, out,
                        err);
}
