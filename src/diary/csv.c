/* CSV as it comes: UTF-8 with or without a mark, UTF-16, Windows-1252; comma,
 * semicolon, tab or bar; LF, CRLF or CR; quotes with doubled quotes and line breaks
 * inside; comment lines.
 *
 *   bytes --decode--> UTF-8 --which separator--> scan (count) --> scan (fill)
 *
 * The text is decoded into a private copy, so quoted cells are unescaped in place and a
 * cell is an offset and a length. Scanning twice (once to count) lets both tables be
 * taken from the arena at their exact size. */
#include "diary/csv.h"

#include "gutskin/text.h"
#include <string.h>

/* ---- decoding ------------------------------------------------------------------ */

static gs_status binary(const char *name, long line, gs_err *err)
{
    return gs_fail_at(err, GS_EPARSE, name, line, 0, NULL,
                      "is not a text; save the table as CSV (UTF-8) and import that");
}

static gs_status other_program(const char *name, const char *text, size_t n, gs_err *err)
{
    static const struct {
        const char *magic, *what;
    } known[] = {
        {"PK\x03\x04", "a spreadsheet or zip file"},
        {"\xd0\xcf\x11\xe0", "an old Excel file"},
        {"%PDF", "a PDF"},
        {"SQLite format 3", "a database"},
        {"{\\rtf", "a word processor's file"},
        {"\x89PNG", "a picture"},
        {"\xff\xd8\xff", "a picture"},
        {"<!DOCTYPE", "a web page"},
        {"<html", "a web page"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t k = strlen(known[i].magic);
        if (n >= k && memcmp(text, known[i].magic, k) == 0)
            return gs_fail_at(err, GS_EPARSE, name, 0, 0, NULL,
                              "is %s; save the table as CSV (UTF-8) and import that",
                              known[i].what);
    }
    return GS_OK;
}

static size_t put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* UTF-16 with byte order `big`; a lone surrogate makes it binary. Needs 3 bytes of
 * room for every 2 of input. */
static bool from_utf16(const unsigned char *in, size_t n, bool big, char *out, size_t *out_n)
{
    size_t k = 0;
    if (n % 2)
        return false;
    for (size_t i = 0; i + 1 < n; i += 2) {
        uint32_t c = big ? (uint32_t)(in[i] << 8 | in[i + 1])
                         : (uint32_t)(in[i + 1] << 8 | in[i]);
        if (c == 0)
            return false;
        if (c >= 0xdc00 && c < 0xe000)
            return false;
        if (c >= 0xd800 && c < 0xdc00) {
            if (i + 3 >= n)
                return false;
            i += 2;
            uint32_t lo = big ? (uint32_t)(in[i] << 8 | in[i + 1])
                              : (uint32_t)(in[i + 1] << 8 | in[i]);
            if (lo < 0xdc00 || lo >= 0xe000)
                return false;
            c = 0x10000 + ((c - 0xd800) << 10) + (lo - 0xdc00);
        }
        k += put_utf8(out + k, c);
    }
    *out_n = k;
    return true;
}

/* Windows-1252, of which Latin-1 is the part without 0x80..0x9f. */
static size_t from_1252(const unsigned char *in, size_t n, char *out)
{
    static const uint16_t high[32] = {
        0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
        0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd,
        0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
        0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178};
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        k += put_utf8(out + k, in[i] >= 0x80 && in[i] < 0xa0 ? high[in[i] - 0x80] : in[i]);
    return k;
}

/* UTF-16 without a mark: plain text has a NUL in every second byte. */
static int guess_utf16(const unsigned char *t, size_t n)
{
    size_t look = n < 4096 ? n & ~(size_t)1 : 4096, even = 0, odd = 0;
    for (size_t i = 0; i < look; i += 2) {
        even += t[i] == 0 ? 1u : 0u;
        odd += t[i + 1] == 0 ? 1u : 0u;
    }
    if (look >= 8 && odd > look / 4 && even == 0)
        return 1; /* little end first */
    if (look >= 8 && even > look / 4 && odd == 0)
        return 2;
    return 0;
}

static long line_of(const char *text, size_t at)
{
    long line = 1;
    for (size_t i = 0; i < at; i++)
        line += text[i] == '\n' ? 1 : 0;
    return line;
}

static gs_status check_controls(const char *name, const char *text, size_t n, gs_err *err)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < 0x20 && !strchr("\t\r\n\f\v", c)) || c == 0 || c == 0x7f)
            return binary(name, line_of(text, i), err);
    }
    return GS_OK;
}

static gs_status decode(gs_arena *a, const char *name, const char *text, size_t n,
                        char **out, size_t *out_n, const char **encoding, gs_err *err)
{
    const unsigned char *t = (const unsigned char *)text;
    int utf16 = 0;
    size_t bad = 0;

    GS_TRY(other_program(name, text, n, err));
    if (n >= 2 && t[0] == 0xff && t[1] == 0xfe)
        utf16 = 1;
    else if (n >= 2 && t[0] == 0xfe && t[1] == 0xff)
        utf16 = 2;
    size_t mark = utf16 ? 2 : n >= 3 && memcmp(t, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    if (!mark)
        utf16 = guess_utf16(t, n);

    size_t room = utf16 ? (n / 2) * 3 + 4 : n + 1;
    bool utf8 = !utf16 && gs_text_utf8(text + mark, n - mark, &bad);
    if (!utf16 && !utf8) {
        GS_TRY(check_controls(name, text + mark, n - mark, err));
        room = n * 3 + 1;
    }
    char *copy = gs_arena_alloc(a, room);
    if (!copy)
        return gs_fail_at(err, GS_ENOMEM, name, 0, 0, NULL, "out of memory");
    *out = copy;
    if (utf16) {
        *encoding = "UTF-16";
        if (!from_utf16(t + mark, n - mark, utf16 == 2, copy, out_n))
            return binary(name, 0, err);
    } else if (utf8) {
        *encoding = "UTF-8";
        memcpy(copy, text + mark, n - mark);
        *out_n = n - mark;
    } else {
        *encoding = "Windows-1252";
        *out_n = from_1252(t, n, copy);
    }
    return check_controls(name, copy, *out_n, err);
}

/* ---- scanning -------------------------------------------------------------------- */

/* Where rows and cells go; with row == NULL they are only counted. */
typedef struct scan {
    const char *name;
    char *text;
    size_t n, at;
    uint32_t line;
    char sep;
    size_t n_row, n_cell, max_row;
    gs_csv_row *row;
    gs_cell *cell;
    gs_err *err;
} scan;

static bool at_break(const scan *s)
{
    return s->at >= s->n || s->text[s->at] == '\n' || s->text[s->at] == '\r';
}

static void pass_break(scan *s)
{
    if (s->at >= s->n)
        return;
    if (s->text[s->at] == '\r' && s->at + 1 < s->n && s->text[s->at + 1] == '\n')
        s->at++;
    s->at++;
    s->line++;
}

static bool is_blank(const scan *s, char c)
{
    return (c == ' ' || c == '\t' || c == '\f' || c == '\v') && c != s->sep;
}

static gs_status too_long(scan *s, uint32_t line, bool quoted)
{
    return gs_fail_at(s->err, GS_EPARSE, s->name, line, 0, NULL,
                      quoted ? "a quote opened here is not closed within %d bytes; close "
                               "or remove it"
                             : "a field here is longer than %d bytes; is this the right "
                               "file?",
                      GS_CSV_FIELD);
}

/* "a ""quoted"" field": unescaped in place (harmless when scanned again: the second
 * scan sees the original because counting does not write). */
static gs_status quoted_field(scan *s, gs_cell *out)
{
    uint32_t open_line = s->line;
    size_t from = ++s->at, to = from;
    bool fill = s->row != NULL;

    for (;; s->at++) {
        if (s->at >= s->n || s->at - from > GS_CSV_FIELD)
            return too_long(s, open_line, true);
        char c = s->text[s->at];
        if (c == '"') {
            if (s->at + 1 >= s->n || s->text[s->at + 1] != '"')
                break;
            s->at++;
        } else if (c == '\n' || (c == '\r' && (s->at + 1 >= s->n || s->text[s->at + 1] != '\n'))) {
            s->line++;
        }
        if (fill)
            s->text[to] = c;
        to++;
    }
    s->at++;
    *out = (gs_cell){(uint32_t)from, (uint32_t)(to - from)};
    while (!at_break(s) && is_blank(s, s->text[s->at]))
        s->at++;
    if (!at_break(s) && s->text[s->at] != s->sep)
        return gs_fail_at(s->err, GS_EPARSE, s->name, s->line, 0, NULL,
                          "text follows a closing quote; double the quotes inside a "
                          "quoted field");
    return GS_OK;
}

static gs_status plain_field(scan *s, gs_cell *out)
{
    size_t from = s->at;
    while (!at_break(s) && s->text[s->at] != s->sep) {
        s->at++;
        if (s->at - from > GS_CSV_FIELD)
            return too_long(s, s->line, false);
    }
    size_t to = s->at;
    while (to > from && is_blank(s, s->text[to - 1]))
        to--;
    *out = (gs_cell){(uint32_t)from, (uint32_t)(to - from)};
    return GS_OK;
}

/* One row; a row whose cells are all empty leaves no trace. */
static gs_status scan_row(scan *s)
{
    size_t first = s->n_cell, n = 0;
    uint32_t line = s->line;
    bool any = false;

    for (;;) {
        gs_cell cell;
        while (!at_break(s) && is_blank(s, s->text[s->at]))
            s->at++;
        if (!at_break(s) && s->text[s->at] == '"')
            GS_TRY(quoted_field(s, &cell));
        else
            GS_TRY(plain_field(s, &cell));
        any = any || cell.n > 0;
        if (s->row)
            s->cell[first + n] = cell;
        if (++n > GS_CSV_COLS)
            return gs_fail_at(s->err, GS_EPARSE, s->name, line, 0, NULL,
                              "more than %d fields in one line; is this the right file?",
                              GS_CSV_COLS);
        if (at_break(s))
            break;
        s->at++; /* the separator */
    }
    pass_break(s);
    if (!any)
        return GS_OK;
    if (s->row)
        s->row[s->n_row] = (gs_csv_row){(uint32_t)first, (uint32_t)n, line};
    s->n_row++;
    s->n_cell = first + n;
    return GS_OK;
}

static gs_status scan_all(scan *s)
{
    while (s->at < s->n && s->n_row < s->max_row) {
        if (s->text[s->at] == '#') {
            while (!at_break(s))
                s->at++;
            pass_break(s);
        } else {
            GS_TRY(scan_row(s));
        }
    }
    return GS_OK;
}

/* ---- which separator -------------------------------------------------------------- */

/* Columns of the header if most of the first rows agree with it, else fewer. */
static gs_status agreement(scan s, char sep, gs_arena *a, size_t *out)
{
    enum { LOOK = 60 };
    gs_mark m = gs_arena_mark(a);
    size_t agree = 0;

    *out = 0;
    s.sep = sep;
    s.max_row = LOOK;
    s.err = NULL;
    scan count = s;
    gs_status st = scan_all(&count);
    /* a later row may be damaged; what came before still tells */
    char *copy = gs_arena_alloc(a, s.n + 1);
    s.row = GS_NEW(a, gs_csv_row, count.n_row + 1);
    s.cell = GS_NEW(a, gs_cell, count.n_cell + GS_CSV_COLS + 2);
    if (!copy || !s.row || !s.cell) {
        st = GS_ENOMEM;
    } else if (count.n_row && (st == GS_OK || count.n_row > 1)) {
        st = GS_OK;
        memcpy(copy, s.text, s.n);
        s.text = copy;
        s.max_row = count.n_row;
        if (scan_all(&s) == GS_OK && s.n_row) {
            for (size_t i = 0; i < s.n_row; i++)
                agree += s.row[i].n == s.row[0].n ? 1u : 0u;
            *out = s.row[0].n > 1 ? s.row[0].n * (2 * agree > s.n_row ? 1000 : 1) : 0;
        }
    }
    gs_arena_release(a, m);
    return st == GS_ENOMEM ? st : GS_OK;
}

static gs_status find_separator(const scan *s, gs_arena *a, char *out)
{
    static const char seps[] = {'\t', ';', ',', '|'};
    size_t top = 0;
    scan head = *s;
    if (head.n - head.at > 256 * 1024)
        head.n = head.at + 256 * 1024;
    for (size_t i = 0; i < sizeof seps; i++) {
        size_t score;
        if (agreement(head, seps[i], a, &score) != GS_OK)
            return gs_fail_at(s->err, GS_ENOMEM, s->name, 0, 0, NULL, "out of memory");
        if (score > top) {
            top = score;
            *out = seps[i];
        }
    }
    return GS_OK;
}

/* "sep=;" as the first line, an Excel habit. */
static char said_separator(scan *s)
{
    if (s->n - s->at < 5 || memcmp(s->text + s->at, "sep=", 4) != 0)
        return 0;
    char sep = s->text[s->at + 4];
    if (!strchr(";,\t|", sep))
        return 0;
    s->at += 5;
    while (!at_break(s))
        s->at++;
    pass_break(s);
    return sep;
}

gs_status gs_csv_read(gs_arena *a, const char *name, const char *text, size_t n,
                      gs_csv *out, gs_err *err)
{
    scan s = {.name = name, .line = 1, .max_row = SIZE_MAX, .err = err};

    if (n > GS_CSV_BYTES)
        return gs_fail_at(err, GS_EPARSE, name, 0, 0, NULL,
                          "is larger than %d MiB; split it", GS_CSV_BYTES >> 20);
    GS_TRY(decode(a, name, text, n, &s.text, &s.n, &out->encoding, err));
    s.sep = said_separator(&s);
    if (!s.sep)
        GS_TRY(find_separator(&s, a, &s.sep));
    if (!s.sep) {
        s.sep = ',';
        scan probe = s;
        GS_TRY(scan_all(&probe)); /* a clearer sentence, if there is one */
        if (probe.n_row == 0)
            return gs_fail_at(err, GS_EPARSE, name, 0, 0, NULL,
                              "is empty; a diary has a line of names and a line a day");
        return gs_fail_at(err, GS_EPARSE, name, 1, 0, NULL,
                          "has no columns; part them with commas, semicolons or tabs, and "
                          "name them in the first line");
    }
    scan count = s;
    GS_TRY(scan_all(&count));
    if (count.n_row == 0)
        return gs_fail_at(err, GS_EPARSE, name, 0, 0, NULL,
                          "is empty; a diary has a line of names and a line a day");
    s.row = GS_NEW(a, gs_csv_row, count.n_row + 1);
    s.cell = GS_NEW(a, gs_cell, count.n_cell + GS_CSV_COLS + 2);
    if (!s.row || !s.cell)
        return gs_fail_at(err, GS_ENOMEM, name, 0, 0, NULL, "out of memory");
    GS_TRY(scan_all(&s));
    out->text = s.text;
    out->n_row = s.n_row;
    out->row = s.row;
    out->cell = s.cell;
    out->sep = s.sep;
    return GS_OK;
}

const char *gs_csv_cell(const gs_csv *c, size_t row, size_t col, size_t *n)
{
    const gs_csv_row *r = &c->row[row];
    if (col >= r->n) {
        *n = 0;
        return "";
    }
    *n = c->cell[r->first + col].n;
    return c->text + c->cell[r->first + col].at;
}
