/* Which reader takes these bytes. Each looks at the first lines and says yes or no; the
 * first that says yes reads, and its complaint is the answer: a file that looks like
 * Kraken and does not add up is a broken Kraken report, not a table of something else. */
#include "gut/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD = 1 << 16 };

static const gut_reader readers[] = {
    {{"krakenuniq", "KrakenUniq report"}, krakenuniq_detect, krakenuniq_read},
    {{"kraken2", "Kraken report"}, kraken_detect, kraken_read},
    {{"bracken", "Bracken table"}, bracken_detect, bracken_read},
    {{"bracken-combined", "Bracken tables, combined"}, brackens_detect, brackens_read},
    {{"kmcp", "KMCP profile"}, kmcp_detect, kmcp_read},
    {{"motus", "mOTUs profile"}, motus_detect, motus_read},
    {{"centrifuge", "Centrifuge report"}, centrifuge_detect, centrifuge_read},
    {{"kaiju", "Kaiju table"}, kaiju_detect, kaiju_read},
    {{"cami", "CAMI profile"}, cami_detect, cami_read},
    {{"metaphlan", "MetaPhlAn profile"}, metaphlan_detect, metaphlan_read},
    {{"kraken-mpa", "Kraken report in MetaPhlAn's style"}, mpa_detect, mpa_read},
    {{"kit-json", "kit result (JSON)"}, kit_json_detect, kit_json_read},
    {{"kit-csv", "kit result (table)"}, kit_csv_detect, kit_csv_read},
    {{"long", "table with a line a value"}, long_detect, long_read},
    {{"table", "table of taxa and samples"}, table_detect, table_read},
};
enum { N_READER = sizeof readers / sizeof *readers };

static const gs_gut_format others[] = {
    {"biom-json", "BIOM 1.0 (JSON)"},
    {"biom-hdf5", "BIOM 2.1 (HDF5)"},
    {"qiime2", "QIIME 2 archive"},
};

size_t gs_gut_format_count(void)
{
    return N_READER + sizeof others / sizeof *others;
}

const gs_gut_format *gs_gut_format_at(size_t i)
{
    size_t n = sizeof others / sizeof *others;
    return i < n ? &others[i] : &readers[i - n].format;
}

/* ---- the start of a file ------------------------------------------------------------- */

static gut_head look_at(const char *s, size_t n)
{
    gut_head h = {.s = s, .n = n};
    lines l = lines_of(s, n);
    slice x;
    while (lines_next(&l, &x)) {
        if (!slice_trim(x).n)
            continue;
        if (h.n_line < 8)
            h.line[h.n_line++] = x;
        if (*x.s != '#' && !h.first_data.s) {
            h.first_data = x;
            break;
        }
        if (*x.s == '#')
            h.last_comment = x;
    }
    while (h.n_line < 8 && lines_next(&l, &x))
        if (slice_trim(x).n)
            h.line[h.n_line++] = x;
    return h;
}

static gs_status not_text(const char *file, const char *s, size_t n, gs_err *err)
{
    static const struct {
        const char *magic;
        size_t n;
        const char *what;
    } known[] = {
        {"\x89HDF\r\n", 6, "an HDF5 file, which this way of reading does not take"},
        {"PK\x03\x04", 4, "a zip archive, which this way of reading does not take"},
        {"%PDF", 4, "a PDF; ask the laboratory for the table as CSV, TSV or JSON"},
        {"\xff\xfe", 2, "UTF-16 text; save it as UTF-8"},
        {"\xfe\xff", 2, "UTF-16 text; save it as UTF-8"},
        {"\x1f\x8b", 2, "a gzip file inside a gzip file"},
        {"@", 1, "perhaps FASTQ: sequences, not a table of what they are"},
        {">", 1, "FASTA: sequences, not a table of what they are"},
        {"\xd0\xcf\x11\xe0", 4, "an old Excel file; save it as CSV"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (n >= known[i].n && memcmp(s, known[i].magic, known[i].n) == 0
            && (known[i].magic[0] != '@' || (n > 1 && s[1] != '@' && s[1] != 'S')))
            return gs_fail_at(err, GS_EPARSE, file, 0, 0, NULL, "is %s", known[i].what);
    if (memchr(s, '\0', n))
        return gs_fail_at(err, GS_EPARSE, file, 0, 0, NULL,
                          "is no text, and none of the binary formats gutskin reads");
    return GS_OK;
}

static const gut_reader *choose(const gut_head *h, const char *format)
{
    for (size_t i = 0; i < N_READER; i++)
        if (*format ? strcmp(format, readers[i].format.name) == 0 : readers[i].detect(h))
            return &readers[i];
    return NULL;
}

/* ---- whole texts ------------------------------------------------------------------------ */

/* Bytes that are no UTF-8 would spoil every answer: each becomes '?'. */
static size_t mend(char *s, size_t n)
{
    size_t bad, n_bad = 0, from = 0;
    while (from < n && !gs_text_utf8(s + from, n - from, &bad)) {
        s[from + bad] = '?';
        from += bad;
        n_bad++;
    }
    return n_bad;
}

static gs_status read_rest(const char *file, const gs_gut_src *src, const gs_gut_opts *o,
                           const char *head, size_t n_head, char **out, size_t *out_n,
                           gs_err *err)
{
    size_t cap = n_head + HEAD, n = n_head;
    char *s = malloc(cap + 1);
    if (s)
        memcpy(s, head, n_head);
    while (s) {
        if (n == cap) {
            char *more = realloc(s, cap + cap / 2 + 1);
            if (!more)
                break;
            s = more;
            cap += cap / 2;
        }
        long got = src->read(src->self, s + n, cap - n, err);
        if (got <= 0) {
            s[n] = '\0';
            *out = s;
            *out_n = n;
            if (got == 0)
                return GS_OK;
            free(s);
            return err && err->code ? err->code : GS_EIO;
        }
        n += (size_t)got;
        if (n > o->limit) {
            free(s);
            return gs_fail_at(err, GS_ENOMEM, file, 0, 0, NULL,
                              "is larger than %zu MB unpacked, the most gutskin reads",
                              o->limit >> 20);
        }
    }
    free(s);
    return gs_fail_at(err, GS_ENOMEM, file, 0, 0, NULL, "out of memory");
}

/* "816, 35.8" and so on: what some kits hand to other sites. */
static bool numbers_only(const gut_head *h)
{
    for (size_t i = 0; i < h->n_line; i++) {
        slice x = h->line[i];
        fields f = {0};
        double a, b;
        if (!fields_sep(x))
            return false;
        fields_split(&f, x, fields_sep(x));
        bool yes = f.n == 2 && slice_number(f.f[0], &a) && slice_number(f.f[1], &b) && a == (double)(long)a;
        fields_free(&f);
        if (!yes)
            return false;
    }
    return h->n_line >= 2;
}

static gs_status unknown(const char *file, const gut_head *h, gs_err *err)
{
    if (!h->n_line)
        return gs_fail_at(err, GS_EPARSE, file, 0, 0, NULL, "is empty");
    if (numbers_only(h))
        return gs_fail_at(err, GS_EPARSE, file, 0, 0, NULL,
                          "holds numbers of taxa without their names and ranks; ask for the table with both");
    return gs_fail_at(err, GS_EPARSE, file, 0, 0, NULL,
                      "is no stool table of a kind gutskin reads; docs/gut.md lists them, and "
                      "`gutskin gut --formats` too");
}

static gs_status read_text(gs_arena *a, const char *file, const gs_gut_src *src,
                           const gs_gut_opts *o, const gut_head *h, gs_gut **out, gs_err *err)
{
    char *text = NULL;
    size_t n = 0;
    const gut_reader *r = choose(h, o->format);
    if (!r && *o->format)
        return gs_fail_at(err, GS_EUSE, file, 0, 0, NULL,
                          "there is no format \"%s\"; `gutskin gut --formats` lists them",
                          o->format);
    if (!r)
        return unknown(file, h, err);
    GS_TRY(read_rest(file, src, o, h->s, h->n, &text, &n, err));
    gs_status st = not_text(file, text, n, err);
    size_t n_bad = st == GS_OK ? mend(text, n) : 0;
    gut_build *b = st == GS_OK ? build_new(a, file, o) : NULL;
    if (st == GS_OK && !b)
        st = gs_fail_at(err, GS_ENOMEM, file, 0, 0, NULL, "out of memory");
    if (n_bad && b)
        build_note(b, "%zu bytes are no UTF-8 and are shown as ?", n_bad);
    if (st == GS_OK)
        st = r->read(b, text, n, out, err);
    build_free(b);
    free(text);
    return st;
}

static gs_status read_biom(gs_arena *a, const char *file, const gs_gut_src *src,
                           const gs_gut_opts *o, const char *head, size_t n, gs_gut **out,
                           gs_err *err)
{
    gut_build *b = build_new(a, file, o);
    if (!b)
        return gs_fail_at(err, GS_ENOMEM, file, 0, 0, NULL, "out of memory");
    gs_status st = biom_json_read(b, src, head, n, out, err);
    build_free(b);
    return st;
}

gs_status gs_gut_read(gs_arena *a, const char *file, const gs_gut_src *src,
                      const gs_gut_opts *o, gs_gut **out, gs_err *err)
{
    char *head = malloc(HEAD);
    size_t n = 0;
    long got = 1;
    gs_gut *g = NULL;
    if (!head)
        return gs_fail_at(err, GS_ENOMEM, file, 0, 0, NULL, "out of memory");
    while (n < HEAD && (got = src->read(src->self, head + n, HEAD - n, err)) > 0)
        n += (size_t)got;
    gs_status st = got < 0 ? (err && err->code ? err->code : GS_EIO) : not_text(file, head, n, err);
    if (st == GS_OK) {
        gut_head h = look_at(head, n);
        bool biom = *o->format ? strcmp(o->format, "biom-json") == 0 : biom_json_detect(&h);
        st = biom ? read_biom(a, file, src, o, head, n, &g, err)
                  : read_text(a, file, src, o, &h, &g, err);
    }
    free(head);
    if (st == GS_OK)
        *out = g;
    return st;
}

bool gs_gut_looks(const char *bytes, size_t n)
{
    gs_err err = {0};
    if (not_text("", bytes, n, &err) != GS_OK)
        return false;
    gut_head h = look_at(bytes, n);
    return biom_json_detect(&h) || choose(&h, "") != NULL;
}

typedef struct bytes {
    const char *p;
    size_t left;
} bytes;

static long from_bytes(void *self, void *buf, size_t n, gs_err *err)
{
    bytes *b = self;
    (void)err;
    n = n < b->left ? n : b->left;
    if (n)
        memcpy(buf, b->p, n);
    b->p += n;
    b->left -= n;
    return (long)n;
}

gs_status gs_gut_parse(gs_arena *a, const char *file, const char *text, size_t n,
                       const gs_gut_opts *o, gs_gut **out, gs_err *err)
{
    bytes b = {text, n};
    gs_gut_src src = {from_bytes, &b};
    return gs_gut_read(a, file, &src, o, out, err);
}

/* ---- what readers share --------------------------------------------------------------------- */

gs_status read_one_sample(gut_build *b, uint32_t *out, gs_err *err)
{
    const char *name = build_opts(b)->sample;
    return build_sample(b, name, strlen(name), 0, out, err);
}

bool read_is_name(slice s)
{
    names_raw raw;
    if (!s.n || s.n > 2000)
        return false;
    for (size_t i = 1; i + 1 < s.n; i++) /* "k__", "D_0__" */
        if (s.s[i] == '_' && s.s[i + 1] == '_' && strchr("dkpcofgst0123456789", s.s[i - 1]))
            return true;
    names_split(s.s, s.n, &raw);
    for (int r = GS_RANK_DOMAIN; r < GS_N_RANK; r++) {
        if (!raw.name[r][0])
            continue;
        if (raw.kind >= 0 || gs_genus_find(raw.name[r]))
            return true;
        size_t m = strlen(raw.name[r]);
        if (m > 5 && strcmp(raw.name[r] + m - 5, "aceae") == 0)
            return true;
    }
    char first[NAMES_LEN];
    const char *sp = raw.name[GS_RANK_SPECIES];
    snprintf(first, sizeof first, "%.*s", (int)strcspn(sp, " "), sp);
    return *first && gs_genus_find(first) != NULL;
}

/* ---- clades with cumulated values ---------------------------------------------------------------- */

static int by_path(const void *x, const void *y)
{
    const clade *a = *(const clade *const *)x, *b = *(const clade *const *)y;
    size_t n = a->path.n < b->path.n ? a->path.n : b->path.n;
    int c = memcmp(a->path.s, b->path.s, n);
    return c ? c : (a->path.n > b->path.n) - (a->path.n < b->path.n);
}

static const clade *find_path(const clade *const *sorted, size_t n, const char *s, size_t len)
{
    clade want = {.path = {s, len}};
    const clade *key = &want;
    const clade *const *hit = bsearch(&key, sorted, n, sizeof *sorted, by_path);
    return hit ? *hit : NULL;
}

static gs_status too_large(const gut_build *b, const clade *c, double parent, double children,
                           gs_err *err)
{
    return build_fail(b, GS_ERANGE, c->line, err,
                      "\"%.*s\" has %.7g, but what stands below it sums to %.7g",
                      (int)(c->path.n < 150 ? c->path.n : 150), c->path.s, parent, children);
}

gs_status read_clades(gut_build *b, const clade *c, size_t n, const double *value,
                      size_t n_sample, double slack, gs_err *err)
{
    const clade **sorted = malloc((n ? n : 1) * sizeof *sorted);
    double *below = calloc(n ? n * n_sample : 1, sizeof *below);
    uint32_t *n_child = calloc(n ? n : 1, sizeof *n_child), t;
    gs_status st = sorted && below && n_child
                       ? GS_OK
                       : build_fail(b, GS_ENOMEM, 0, err, "out of memory");
    for (size_t i = 0; i < n && st == GS_OK; i++)
        sorted[i] = &c[i];
    if (st == GS_OK)
        qsort(sorted, n, sizeof *sorted, by_path);
    for (size_t i = 1; i < n && st == GS_OK; i++)
        if (by_path(&sorted[i - 1], &sorted[i]) == 0)
            st = build_fail(b, GS_ERANGE, sorted[i]->line, err,
                            "the clade \"%.*s\" stands in the table twice; which one counts?",
                            (int)(sorted[i]->path.n < 150 ? sorted[i]->path.n : 150),
                            sorted[i]->path.s);
    for (size_t i = 0; i < n && st == GS_OK; i++) {
        const clade *p = NULL; /* the nearest clade above that has a row */
        char sep = c[i].n_parent ? c[i].path.s[c[i].n_parent] : 0;
        for (size_t up = c[i].n_parent; up && !p;) {
            p = find_path(sorted, n, c[i].path.s, up);
            while (up && c[i].path.s[--up] != sep)
                ;
        }
        if (!p)
            continue;
        n_child[p - c]++;
        for (size_t s = 0; s < n_sample; s++)
            below[(size_t)(p - c) * n_sample + s] += value[i * n_sample + s];
    }
    for (size_t i = 0; i < n && st == GS_OK; i++) {
        double give = slack * (n_child[i] + 1);
        bool any = false, made = false;
        for (size_t s = 0; s < n_sample && st == GS_OK; s++) {
            double own = value[i * n_sample + s] - below[i * n_sample + s];
            if (own < -give - (slack > 0 ? 0.005 * value[i * n_sample + s] : 0))
                st = too_large(b, &c[i], value[i * n_sample + s], below[i * n_sample + s], err);
            any = any || own > (n_child[i] ? give : 0);
        }
        for (size_t s = 0; s < n_sample && st == GS_OK && any; s++) {
            double own = value[i * n_sample + s] - below[i * n_sample + s];
            if (!made)
                st = build_taxon(b, c[i].path.s, c[i].path.n, c[i].path.s, c[i].path.n, c[i].line,
                                 &t, err);
            made = true;
            if (st == GS_OK && own > (n_child[i] ? give : 0))
                st = build_add(b, (uint32_t)s, t, own, c[i].line, err);
        }
    }
    free(sorted);
    free(below);
    free(n_child);
    return st;
}
