/* Triplets to compressed rows.
 *
 *   (sample, taxon, value) in blocks --count--> row starts --scatter--> rows, taxa ascending
 *
 * Peak memory is the blocks (16 bytes a value) and the table (12): blocks instead of one
 * growing array, which would hold up to 48 bytes a value while it is moved. Readers that have
 * whole rows (build_row) fill the table itself: 12 bytes a value. */
#include "gut/build.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 15, MAX_NOTE = 40 };

typedef struct triplet {
    uint32_t sample, taxon;
    double value;
} triplet;

typedef struct block {
    struct block *next;
    size_t n;
    triplet t[BLOCK];
} block;

/* Text -> number, open addressing. */
typedef struct map_slot {
    const char *text;
    uint32_t value;
} map_slot;
typedef struct map {
    map_slot *slot;
    size_t n, cap;
} map;

struct gut_build {
    gs_arena *arena;
    const char *file;
    gs_gut_opts opts;
    block *first, *last;
    size_t n_value;
    uint32_t *row_taxon; /* build_rows: the table's arrays, in the arena ...    */
    double *row_value;
    size_t *row_start;   /* [n_sample + 1] ... counted a row ahead ...          */
    unsigned char *seen_taxon; /* [n_taxon] ... and which taxa they hold        */
    size_t cap_value;
    uint32_t row_last;
    map texts, samples, taxa, lineages, seen; /* seen: lineage -> a taxon that has it */
    const char **sample, **site;
    double *unplaced;
    size_t n_sample, cap_sample;
    gs_taxon *taxon;
    size_t n_taxon, cap_taxon;
    bool whole;    /* every value so far is a whole number */
    triplet part;  /* the first that is not                */
    long part_line;
    double top;
    const char *note[MAX_NOTE];
    size_t n_note;
    bool taxonomy_read;
    size_t n_taxonomy_hit;
};

/* ---- map --------------------------------------------------------------------------- */

static map_slot *map_place(const map *m, const char *text, size_t n)
{
    size_t i = (size_t)gs_text_hash(GS_HASH_START, text, n) & (m->cap - 1);
    while (m->slot[i].text
           && (strncmp(m->slot[i].text, text, n) != 0 || m->slot[i].text[n] != '\0'))
        i = (i + 1) & (m->cap - 1);
    return &m->slot[i];
}

static bool map_room(map *m)
{
    if (m->cap && m->n < m->cap / 2)
        return true;
    map big = {.cap = m->cap ? 2 * m->cap : 256};
    big.slot = calloc(big.cap, sizeof *big.slot);
    if (!big.slot)
        return false;
    for (size_t i = 0; i < m->cap; i++)
        if (m->slot[i].text)
            *map_place(&big, m->slot[i].text, strlen(m->slot[i].text)) = m->slot[i];
    big.n = m->n;
    free(m->slot);
    *m = big;
    return true;
}

/* The slot of a text; *made when it is new (text kept in the arena). NULL: no memory. */
static map_slot *map_get(map *m, gs_arena *a, const char *text, size_t n, bool *made)
{
    if (!map_room(m))
        return NULL;
    map_slot *s = map_place(m, text, n);
    *made = s->text == NULL;
    if (*made) {
        s->text = n ? gs_arena_strndup(a, text, n) : "";
        if (!s->text)
            return NULL;
        m->n++;
    }
    return s;
}

static const char *keep(void *self, const char *text, size_t n)
{
    gut_build *b = self;
    bool made;
    if (!n)
        return "";
    map_slot *s = map_get(&b->texts, b->arena, text, n, &made);
    return s ? s->text : NULL;
}

/* ---- beginning and end ------------------------------------------------------------------ */

gut_build *build_new(gs_arena *a, const char *file, const gs_gut_opts *o)
{
    gut_build *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->arena = a;
    b->file = file;
    b->opts = *o;
    b->whole = true;
    return b;
}

void build_free(gut_build *b)
{
    if (!b)
        return;
    for (block *k = b->first, *next; k; k = next) {
        next = k->next;
        free(k);
    }
    free(b->seen_taxon);
    free(b->texts.slot);
    free(b->samples.slot);
    free(b->taxa.slot);
    free(b->lineages.slot);
    free(b->seen.slot);
    free(b->sample);
    free(b->site);
    free(b->unplaced);
    free(b->taxon);
    free(b);
}

size_t build_n_taxon(const gut_build *b)
{
    return b->n_taxon;
}

size_t build_n_sample(const gut_build *b)
{
    return b->n_sample;
}

const gs_taxon *build_taxon_at(const gut_build *b, uint32_t i)
{
    return &b->taxon[i];
}

const gs_gut_opts *build_opts(const gut_build *b)
{
    return &b->opts;
}

gs_status build_fail(const gut_build *b, gs_status st, long line, gs_err *err,
                     const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return gs_fail_at(err, st, b->file, line, 0, NULL, "%s", text);
}

static gs_status no_memory(const gut_build *b, gs_err *err)
{
    return build_fail(b, GS_ENOMEM, 0, err, "out of memory");
}

void build_note(gut_build *b, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    const char *kept = b->n_note < MAX_NOTE ? gs_arena_strdup(b->arena, text) : NULL;
    if (kept)
        b->note[b->n_note++] = kept;
}

/* ---- samples ----------------------------------------------------------------------------- */

static bool room(void *array, size_t *cap, size_t need, size_t size)
{
    void **p = array;
    if (need <= *cap)
        return true;
    size_t more = *cap ? 2 * *cap : 16;
    void *q = more < SIZE_MAX / size ? realloc(*p, more * size) : NULL;
    if (!q)
        return false;
    memset((char *)q + *cap * size, 0, (more - *cap) * size);
    *p = q;
    *cap = more;
    return true;
}

static gs_status sample(gut_build *b, const char *name, size_t n, bool *made, uint32_t *out,
                        gs_err *err)
{
    map_slot *s = map_get(&b->samples, b->arena, name, n, made);
    if (!s)
        return no_memory(b, err);
    if (*made) {
        size_t cap = b->cap_sample, c2 = cap, c3 = cap;
        if (b->n_sample == UINT32_MAX || !room(&b->sample, &cap, b->n_sample + 1, sizeof *b->sample)
            || !room(&b->site, &c2, b->n_sample + 1, sizeof *b->site)
            || !room(&b->unplaced, &c3, b->n_sample + 1, sizeof *b->unplaced))
            return no_memory(b, err);
        b->cap_sample = cap;
        b->sample[b->n_sample] = s->text;
        b->site[b->n_sample] = "";
        b->unplaced[b->n_sample] = 0;
        s->value = (uint32_t)b->n_sample++;
    }
    *out = s->value;
    return GS_OK;
}

gs_status build_sample(gut_build *b, const char *name, size_t n, long line, uint32_t *out,
                       gs_err *err)
{
    bool made;
    GS_TRY(sample(b, name, n, &made, out, err));
    if (!made)
        return build_fail(b, GS_ERANGE, line, err,
                          "the sample \"%.*s\" stands in the table twice; name them apart",
                          (int)(n < 80 ? n : 80), name);
    return GS_OK;
}

gs_status build_sample_find(gut_build *b, const char *name, size_t n, uint32_t *out,
                            gs_err *err)
{
    bool made;
    return sample(b, name, n, &made, out, err);
}

void build_site(gut_build *b, uint32_t i_sample, const char *site, size_t n)
{
    const char *kept = keep(b, site, n);
    if (kept && i_sample < b->n_sample)
        b->site[i_sample] = kept;
}

/* ---- the table "feature <tab> lineage" ------------------------------------------------------ */

static bool is_word(const char *s, size_t n, const char *const *list)
{
    for (; *list; list++)
        if (strlen(*list) == n && strncasecmp(s, *list, n) == 0)
            return true;
    return false;
}

static size_t tab_fields(const char *s, size_t n, const char **f, size_t *len, size_t max)
{
    char sep = memchr(s, '\t', n) ? '\t' : ',';
    size_t k = 0;
    while (k < max) {
        const char *end = memchr(s, sep, n);
        f[k] = s;
        len[k] = end ? (size_t)(end - s) : n;
        while (len[k] >= 2 && f[k][0] == '"' && f[k][len[k] - 1] == '"') {
            f[k]++;
            len[k] -= 2;
        }
        k++;
        if (!end)
            break;
        n -= (size_t)(end + 1 - s);
        s = end + 1;
    }
    return k;
}

static gs_status read_taxonomy(gut_build *b, gs_err *err)
{
    static const char *const titles[] = {"taxon", "taxonomy", "lineage", "consensuslineage",
                                         "consensus lineage", "taxa", "classification", NULL};
    static const char *const ids[] = {"feature id", "#otuid", "#otu id", "otu", "taxon",
                                      "featureid", "feature-id", "asv", "id", "otuid",
                                      "feature", "#feature id", NULL};
    const char *p = b->opts.taxonomy, *end = p ? p + b->opts.n_taxonomy : NULL, *f[16];
    size_t len[16], column = 1;
    bool head = true;

    b->taxonomy_read = true;
    while (p < end) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        size_t n = nl ? (size_t)(nl - p) : (size_t)(end - p);
        size_t step = nl ? n + 1 : n;
        while (n && (p[n - 1] == '\r' || p[n - 1] == ' '))
            n--;
        size_t k = tab_fields(p, n, f, len, 16);
        p += step;
        if (head && k >= 2 && is_word(f[0], len[0], ids)) {
            for (size_t i = 1; i < k; i++)
                if (is_word(f[i], len[i], titles))
                    column = i;
            head = false;
            continue;
        }
        head = false;
        if (k <= column || !len[0] || f[0][0] == '#')
            continue;
        bool made;
        map_slot *s = map_get(&b->lineages, b->arena, f[0], len[0], &made);
        if (!s)
            return no_memory(b, err);
        s->value = (uint32_t)(f[column] - b->opts.taxonomy);
    }
    if (!b->lineages.n)
        return build_fail(b, GS_EPARSE, 0, err,
                          "the table of names holds none; it wants lines \"feature <tab> "
                          "lineage\"");
    return GS_OK;
}

static bool lineage_for(gut_build *b, const char *id, size_t n, const char **out, size_t *out_n)
{
    if (!b->lineages.cap)
        return false;
    map_slot *s = map_place(&b->lineages, id, n);
    if (!s->text)
        return false;
    const char *end = b->opts.taxonomy + b->opts.n_taxonomy;
    *out = b->opts.taxonomy + s->value;
    const char *stop = *out;
    while (stop < end && *stop != '\t' && *stop != '\n' && *stop != '\r' && *stop != '"')
        stop++;
    *out_n = (size_t)(stop - *out);
    b->n_taxonomy_hit++;
    return true;
}

/* ---- taxa ------------------------------------------------------------------------------------- */

static gs_status new_taxon(gut_build *b, map_slot *s, const names_raw *raw, uint32_t *out,
                           gs_err *err)
{
    if (b->n_taxon == UINT32_MAX
        || !room(&b->taxon, &b->cap_taxon, b->n_taxon + 1, sizeof *b->taxon))
        return no_memory(b, err);
    gs_taxon *t = &b->taxon[b->n_taxon];
    t->id = s->text;
    GS_TRY(names_resolve(raw, keep, b, t, err));
    *out = s->value = (uint32_t)b->n_taxon++;
    return GS_OK;
}

static gs_status twice(const gut_build *b, const char *id, size_t n, long line, gs_err *err)
{
    return build_fail(b, GS_ERANGE, line, err,
                      "the taxon \"%.*s\" stands in the table twice; which one counts?",
                      (int)(n < 120 ? n : 120), id);
}

static gs_status taxon(gut_build *b, const char *id, size_t n_id, const char *lineage,
                       size_t n_lineage, bool *made, uint32_t *out, gs_err *err)
{
    names_raw raw;
    if (b->opts.taxonomy && !b->taxonomy_read)
        GS_TRY(read_taxonomy(b, err));
    map_slot *s = map_get(&b->taxa, b->arena, id, n_id, made);
    if (!s)
        return no_memory(b, err);
    if (!*made) {
        *out = s->value;
        return GS_OK;
    }
    if (!lineage && !lineage_for(b, id, n_id, &lineage, &n_lineage)) {
        lineage = id;
        n_lineage = n_id;
    }
    /* OTUs by the thousand share few hundred lineages */
    bool fresh = true;
    map_slot *same = n_lineage && lineage != id && n_lineage < NAMES_LEN * 4
                         ? map_get(&b->seen, b->arena, lineage, n_lineage, &fresh)
                         : NULL;
    if (same && !fresh) {
        if (b->n_taxon == UINT32_MAX
            || !room(&b->taxon, &b->cap_taxon, b->n_taxon + 1, sizeof *b->taxon))
            return no_memory(b, err);
        b->taxon[b->n_taxon] = b->taxon[same->value];
        b->taxon[b->n_taxon].id = s->text;
        *out = s->value = (uint32_t)b->n_taxon++;
        return GS_OK;
    }
    names_split(lineage, n_lineage, &raw);
    GS_TRY(new_taxon(b, s, &raw, out, err));
    if (same)
        same->value = *out;
    return GS_OK;
}

gs_status build_taxon(gut_build *b, const char *id, size_t n_id, const char *lineage,
                      size_t n_lineage, long line, uint32_t *out, gs_err *err)
{
    bool made;
    GS_TRY(taxon(b, id, n_id, lineage, n_lineage, &made, out, err));
    return made ? GS_OK : twice(b, id, n_id, line, err);
}

gs_status build_taxon_find(gut_build *b, const char *id, size_t n_id, uint32_t *out,
                           gs_err *err)
{
    bool made;
    return taxon(b, id, n_id, NULL, 0, &made, out, err);
}

gs_status build_taxon_raw(gut_build *b, const char *id, size_t n_id, const names_raw *raw,
                          long line, uint32_t *out, gs_err *err)
{
    bool made;
    map_slot *s = map_get(&b->taxa, b->arena, id, n_id, &made);
    if (!s)
        return no_memory(b, err);
    return made ? new_taxon(b, s, raw, out, err) : twice(b, id, n_id, line, err);
}

gs_status build_rename(gut_build *b, uint32_t i_taxon, const names_raw *raw, gs_err *err)
{
    return names_resolve(raw, keep, b, &b->taxon[i_taxon], err);
}

/* ---- values -------------------------------------------------------------------------------------- */

static bool whole(double v)
{
    return fabs(v - nearbyint(v)) <= 1e-9 * (1 + fabs(v));
}

static gs_status refuse_value(const gut_build *b, uint32_t s, uint32_t t, double v, long line,
                              gs_err *err)
{
    const char *name = s < b->n_sample ? b->sample[s] : "";
    const char *id = t < b->n_taxon ? b->taxon[t].id : "?";
    return build_fail(b, GS_ERANGE, line, err,
                      "%g for \"%.100s\"%s%.60s%s: an abundance is a number from 0 up", v, id,
                      *name ? " in sample \"" : "", name, *name ? "\"" : "");
}

gs_status build_add(gut_build *b, uint32_t i_sample, uint32_t i_taxon, double value,
                    long line, gs_err *err)
{
    if (!(value >= 0) || value > 1e15)
        return refuse_value(b, i_sample, i_taxon, value, line, err);
    if (value == 0)
        return GS_OK;
    if (b->whole && !whole(value)) {
        b->whole = false;
        b->part = (triplet){i_sample, i_taxon, value};
        b->part_line = line;
    }
    if (value > b->top)
        b->top = value;
    if (!b->last || b->last->n == BLOCK) {
        block *k = malloc(sizeof *k);
        if (!k)
            return no_memory(b, err);
        k->next = NULL;
        k->n = 0;
        if (b->last)
            b->last->next = k;
        else
            b->first = k;
        b->last = k;
    }
    b->last->t[b->last->n++] = (triplet){i_sample, i_taxon, value};
    b->n_value++;
    return GS_OK;
}

gs_status build_rows(gut_build *b, uint64_t n_value, gs_err *err)
{
    if (b->row_start || b->first || n_value > SIZE_MAX / sizeof(double))
        return build_fail(b, GS_EPARSE, 0, err, "the table begins twice");
    b->row_start = GS_NEW(b->arena, size_t, b->n_sample + 1);
    b->row_taxon = gs_arena_alloc(b->arena, ((size_t)n_value + 1) * sizeof *b->row_taxon);
    b->row_value = gs_arena_alloc(b->arena, ((size_t)n_value + 1) * sizeof *b->row_value);
    b->seen_taxon = calloc(b->n_taxon + 1, 1);
    b->cap_value = (size_t)n_value;
    if (!b->row_start || !b->row_taxon || !b->row_value || !b->seen_taxon)
        return no_memory(b, err);
    return GS_OK;
}

gs_status build_row(gut_build *b, uint32_t i_sample, size_t n, const uint32_t *i_taxon,
                    const double *value, gs_err *err)
{
    if (!b->row_start || i_sample >= b->n_sample || i_sample < b->row_last
        || n > b->cap_value - b->n_value)
        return build_fail(b, GS_EPARSE, 0, err, "the rows of the table do not fit together");
    b->row_last = i_sample;
    size_t to = b->n_value;
    for (size_t k = 0; k < n; k++) {
        double v = value[k];
        if (i_taxon[k] >= b->n_taxon)
            return build_fail(b, GS_EPARSE, 0, err, "a value of sample %u stands at taxon %d of %zu",
                              i_sample, (int)i_taxon[k], b->n_taxon);
        if (!(v >= 0) || v > 1e15)
            return refuse_value(b, i_sample, i_taxon[k], v, 0, err);
        if (v == 0)
            continue;
        if (v != (double)(int64_t)v && b->whole && !whole(v)) {
            b->whole = false;
            b->part = (triplet){i_sample, i_taxon[k], v};
        }
        b->top = v > b->top ? v : b->top;
        b->seen_taxon[i_taxon[k]] = 1;
        b->row_taxon[to] = i_taxon[k];
        b->row_value[to++] = v;
    }
    b->row_start[i_sample + 1] += to - b->n_value;
    b->n_value = to;
    return GS_OK;
}

gs_status build_unplaced(gut_build *b, uint32_t i_sample, double value, long line,
                         gs_err *err)
{
    if (!(value >= 0) || value > 1e15 || i_sample >= b->n_sample)
        return refuse_value(b, i_sample, UINT32_MAX, value, line, err);
    if (b->whole && !whole(value)) {
        b->whole = false;
        b->part = (triplet){i_sample, UINT32_MAX, value};
        b->part_line = line;
    }
    b->unplaced[i_sample] += value;
    return GS_OK;
}

/* ---- finishing -------------------------------------------------------------------------------------- */

typedef struct rows {
    size_t *start;
    uint32_t *taxon;
    double *value, *total, *human;
} rows;

static gs_status check_places(const gut_build *b, gs_err *err)
{
    for (const block *k = b->first; k; k = k->next)
        for (size_t i = 0; i < k->n; i++)
            if (k->t[i].sample >= b->n_sample || k->t[i].taxon >= b->n_taxon)
                return build_fail(b, GS_EPARSE, 0, err,
                                  "a value stands at row %u, column %u of a table of %zu rows "
                                  "and %zu columns", k->t[i].taxon, k->t[i].sample, b->n_taxon,
                                  b->n_sample);
    return GS_OK;
}

typedef struct cell {
    uint32_t taxon;
    double value;
} cell;

static int by_taxon(const void *a, const void *b)
{
    uint32_t x = ((const cell *)a)->taxon, y = ((const cell *)b)->taxon;
    return (x > y) - (x < y);
}

/* Taxa of one row ascending; the same one twice is refused. */
static gs_status order_row(const gut_build *b, size_t s, rows *r, gs_err *err)
{
    size_t lo = r->start[s], hi = r->start[s + 1];
    bool ascending = true;
    for (size_t k = lo + 1; k < hi && ascending; k++)
        ascending = r->taxon[k] > r->taxon[k - 1];
    if (ascending)
        return GS_OK;
    cell *c = malloc((hi - lo) * sizeof *c);
    if (!c)
        return no_memory(b, err);
    for (size_t k = lo; k < hi; k++)
        c[k - lo] = (cell){r->taxon[k], r->value[k]};
    qsort(c, hi - lo, sizeof *c, by_taxon);
    for (size_t k = lo; k < hi; k++) {
        r->taxon[k] = c[k - lo].taxon;
        r->value[k] = c[k - lo].value;
    }
    free(c);
    for (size_t k = lo + 1; k < hi; k++)
        if (r->taxon[k] == r->taxon[k - 1] && !b->opts.add_repeats)
            return build_fail(b, GS_ERANGE, 0, err,
                              "\"%.120s\" has two values in sample \"%.60s\"; which one counts? "
                              "(--add-repeats adds them)",
                              b->taxon[r->taxon[k]].id, b->sample[s]);
    return GS_OK;
}

/* Values of the same taxon in one sample added up; rows close ranks. */
static void add_repeats(gut_build *b, rows *r)
{
    size_t to = 0, n_repeat = 0;
    for (size_t s = 0; s < b->n_sample; s++) {
        size_t lo = r->start[s], hi = r->start[s + 1], first = to;
        for (size_t k = lo; k < hi; k++) {
            if (to > first && r->taxon[to - 1] == r->taxon[k]) {
                r->value[to - 1] += r->value[k];
                n_repeat++;
                continue;
            }
            r->taxon[to] = r->taxon[k];
            r->value[to++] = r->value[k];
        }
        r->start[s] = first;
    }
    r->start[b->n_sample] = to;
    b->n_value = to;
    if (n_repeat)
        build_note(b, "%zu values repeat a taxon of their sample and were added to it", n_repeat);
}

/* New numbers for the taxa that stay: not human, and seen somewhere. */
static uint32_t *renumber(gut_build *b, size_t *out_n)
{
    uint32_t *to = calloc(b->n_taxon ? b->n_taxon : 1, sizeof *to);
    if (!to)
        return NULL;
    for (const block *k = b->first; k; k = k->next)
        for (size_t i = 0; i < k->n; i++)
            if (b->taxon[k->t[i].taxon].kind != GS_TAXON_HUMAN)
                to[k->t[i].taxon] = 1;
    for (size_t t = 0; b->seen_taxon && t < b->n_taxon; t++)
        to[t] = b->seen_taxon[t] && b->taxon[t].kind != GS_TAXON_HUMAN;
    size_t n = 0;
    for (size_t t = 0; t < b->n_taxon; t++) {
        if (to[t])
            b->taxon[n] = b->taxon[t]; /* n <= t */
        to[t] = to[t] ? (uint32_t)n++ : UINT32_MAX;
    }
    *out_n = n;
    return to;
}

static gs_status scatter(gut_build *b, const uint32_t *to, rows *r, gs_err *err)
{
    size_t n_value = 0;
    for (const block *k = b->first; k; k = k->next)
        for (size_t i = 0; i < k->n; i++)
            if (to[k->t[i].taxon] != UINT32_MAX) {
                r->start[k->t[i].sample + 1]++;
                n_value++;
            }
    for (size_t s = 0; s < b->n_sample; s++)
        r->start[s + 1] += r->start[s];
    r->taxon = GS_NEW(b->arena, uint32_t, n_value);
    r->value = GS_NEW(b->arena, double, n_value);
    size_t *at = malloc((b->n_sample ? b->n_sample : 1) * sizeof *at);
    if (!r->taxon || !r->value || !at) {
        free(at);
        return no_memory(b, err);
    }
    memcpy(at, r->start, b->n_sample * sizeof *at);
    for (block *k = b->first, *next; k; k = next) {
        for (size_t i = 0; i < k->n; i++) {
            const triplet *t = &k->t[i];
            if (to[t->taxon] == UINT32_MAX) {
                r->human[t->sample] += t->value;
                continue;
            }
            size_t p = at[t->sample]++;
            r->taxon[p] = to[t->taxon];
            r->value[p] = t->value;
        }
        next = k->next;
        free(k); /* give back while the table grows */
        b->first = next;
    }
    b->last = NULL;
    free(at);
    b->n_value = n_value;
    return GS_OK;
}

/* Rows that stand already: taxa under their new numbers, human reads taken out. */
static void settle_rows(gut_build *b, const uint32_t *to, rows *r)
{
    size_t at = 0, k = 0;
    bool same = true;
    for (size_t t = 0; t < b->n_taxon && same; t++)
        same = to[t] == t;
    for (size_t s = 0; s < b->n_sample; s++) {
        size_t n = b->row_start[s + 1];
        r->start[s] = at;
        if (same) {
            at += n;
            continue;
        }
        for (size_t end = k + n; k < end; k++) {
            uint32_t t = to[b->row_taxon[k]];
            if (t == UINT32_MAX) {
                r->human[s] += b->row_value[k];
                continue;
            }
            b->row_taxon[at] = t;
            b->row_value[at++] = b->row_value[k];
        }
    }
    r->start[b->n_sample] = at;
    r->taxon = b->row_taxon;
    r->value = b->row_value;
    b->n_value = at;
}

static void scale(const gut_build *b, rows *r, double by)
{
    for (size_t k = 0; k < b->n_value; k++)
        r->value[k] *= by;
    for (size_t s = 0; s < b->n_sample; s++) {
        r->human[s] *= by;
        b->unplaced[s] *= by;
    }
}

/* Everything a sample holds, in the file's own unit. */
static double sum_of(const gut_build *b, const rows *r, size_t s)
{
    double sum = r->human[s] + b->unplaced[s];
    for (size_t k = r->start[s]; k < r->start[s + 1]; k++)
        sum += r->value[k];
    return sum;
}

static gs_status off(const gut_build *b, size_t s, double sum, double want, gs_err *err)
{
    const char *name = b->sample[s];
    return build_fail(b, GS_ERANGE, 0, err,
                      "the shares%s%.80s%s sum to %.4g, not to %g: rows are missing or changed",
                      *name ? " of sample \"" : "", name, *name ? "\"" : "", sum, want);
}

static gs_status check_sums(const gut_build *b, const rows *r, double want, double slack,
                            gs_err *err)
{
    for (size_t s = 0; s < b->n_sample; s++) {
        double sum = sum_of(b, r, s);
        if (sum > 0 && fabs(sum - want) > slack * want)
            return off(b, s, sum, want, err);
    }
    return GS_OK;
}

static gs_status fractional(const gut_build *b, gs_err *err)
{
    const triplet *t = &b->part;
    const char *name = t->sample < b->n_sample ? b->sample[t->sample] : "";
    return build_fail(b, GS_ERANGE, b->part_line, err,
                      "%.6g%s%.60s%s is no whole number of reads, and the table does not hold "
                      "shares that sum to 1 or 100", t->value, *name ? " in sample \"" : "", name,
                      *name ? "\"" : "");
}

/* Whole numbers are reads; parts are shares when every sample sums to 1, or to 100. */
static gs_status settle_unit(gut_build *b, rows *r, build_unit unit, gs_gut_unit *out,
                             gs_err *err)
{
    double lo = INFINITY, hi = 0;
    if (unit == BUILD_PERCENT || unit == BUILD_SHARES) {
        double want = unit == BUILD_PERCENT ? 100 : 1;
        *out = GS_GUT_SHARES;
        GS_TRY(check_sums(b, r, want, 0.01, err));
        scale(b, r, 1 / want);
        return GS_OK;
    }
    if (unit == BUILD_PART || unit == BUILD_NORM) {
        for (size_t s = 0; s < b->n_sample; s++)
            hi = fmax(hi, sum_of(b, r, s));
        double want = unit == BUILD_PART ? 100 : hi <= 1.02 ? 1 : hi <= 102 ? 100 : 1e6;
        *out = GS_GUT_SHARES;
        if (hi > 1.02 * want || (unit == BUILD_NORM && hi < 0.9 * want))
            return off(b, 0, hi, want, err);
        scale(b, r, 1 / want);
        return GS_OK;
    }
    *out = GS_GUT_READS;
    if (b->whole && b->opts.any_amount && b->top <= 1)
        *out = GS_GUT_AMOUNTS;
    if (b->whole)
        return GS_OK;
    for (size_t s = 0; s < b->n_sample; s++) {
        double sum = sum_of(b, r, s);
        lo = sum > 0 && sum < lo ? sum : lo;
        hi = sum > hi ? sum : hi;
    }
    double want = hi <= 1.02 ? 1 : hi <= 102 ? 100 : 0;
    if (unit == BUILD_AUTO && want > 0 && lo >= 0.9 * want) {
        *out = GS_GUT_SHARES;
        if (lo < 0.99 * want)
            build_note(b, "the shares of some samples sum to %.3g only: rare taxa were left out",
                       lo / want);
        scale(b, r, 1 / want);
        return GS_OK;
    }
    if (b->opts.any_amount) {
        *out = GS_GUT_AMOUNTS;
        return GS_OK;
    }
    if (unit == BUILD_AUTO && want > 0) {
        for (size_t s = 0; s < b->n_sample; s++) {
            double sum = sum_of(b, r, s);
            if (sum > 0.2 * want && sum < 0.9 * want)
                return off(b, s, sum, want, err);
        }
    }
    return fractional(b, err);
}

/* 16S variants are named by hash or sequence, closed-reference OTUs by number. */
static gs_gut_method guess_method(const gut_build *b)
{
    size_t number = 0, exact = 0, otu = 0, sgb = 0, look = b->n_taxon < 500 ? b->n_taxon : 500;
    for (size_t t = 0; t < look; t++) {
        const char *id = b->taxon[t].id;
        size_t n = strlen(id);
        number += n >= 3 && n <= 8 && strspn(id, "0123456789") == n;
        exact += (n == 32 && strspn(id, "0123456789abcdef") == n)
                 || (n >= 40 && strspn(id, "ACGTNacgtn") == n) || strncasecmp(id, "asv", 3) == 0;
        otu += strncasecmp(id, "otu", 3) == 0 || strncasecmp(id, "denovo", 6) == 0
               || strncmp(id, "D_0__", 5) == 0;
        sgb += strstr(id, "_SGB") || strstr(id, "mOTU");
    }
    if (!look)
        return GS_GUT_METHOD_UNKNOWN;
    return 2 * number > look ? GS_GUT_16S_CLOSED
           : 2 * exact > look ? GS_GUT_16S_ASV
           : 2 * otu > look   ? GS_GUT_16S
           : 4 * sgb > look   ? GS_GUT_SHOTGUN
                              : GS_GUT_METHOD_UNKNOWN;
}

static gs_status hand_over(gut_build *b, const char *format, const char *title, const rows *r,
                           size_t n_taxon, size_t n_named, gs_gut *g, gs_err *err)
{
    char text[300];
    gs_arena *a = b->arena;
    const char **sample = GS_NEW(a, const char *, b->n_sample);
    const char **site = GS_NEW(a, const char *, b->n_sample);
    const char **note = GS_NEW(a, const char *, b->n_note);
    double *unplaced = GS_NEW(a, double, b->n_sample);
    gs_taxon *t = GS_NEW(a, gs_taxon, n_taxon);
    snprintf(text, sizeof text, "%.150s, %zu %s x %zu %s", title, n_named,
             n_named == 1 ? "taxon" : "taxa", b->n_sample, b->n_sample == 1 ? "sample" : "samples");
    g->file = gs_arena_strdup(a, b->file);
    g->format = gs_arena_strdup(a, format);
    g->read_as = gs_arena_strdup(a, text);
    if (!sample || !site || !note || !unplaced || !t || !g->file || !g->format || !g->read_as)
        return no_memory(b, err);
    for (size_t s = 0; s < b->n_sample; s++) {
        sample[s] = b->sample[s];
        site[s] = b->site[s];
        unplaced[s] = b->unplaced[s];
        for (size_t k = r->start[s]; k < r->start[s + 1]; k++)
            r->total[s] += r->value[k];
    }
    if (n_taxon)
        memcpy(t, b->taxon, n_taxon * sizeof *t);
    if (b->n_note)
        memcpy(note, b->note, b->n_note * sizeof *note);
    g->n_sample = b->n_sample;
    g->n_taxon = n_taxon;
    g->n_value = b->n_value;
    g->sample = sample;
    g->taxon = t;
    g->start = r->start;
    g->i_taxon = r->taxon;
    g->value = r->value;
    g->total = r->total;
    g->human = r->human;
    g->unplaced = unplaced;
    g->site = site;
    g->n_note = b->n_note;
    g->note = note;
    return GS_OK;
}

gs_status build_finish(gut_build *b, const char *format, const char *title, build_unit unit,
                       gs_gut_method method, gs_gut **out, gs_err *err)
{
    rows r = {0};
    size_t n_taxon = 0, n_named = b->n_taxon;

    if (!b->n_sample || !b->n_taxon)
        return build_fail(b, GS_EPARSE, 0, err, "%s without %s: there is nothing to read", title,
                          b->n_sample ? "taxa" : "samples");
    GS_TRY(check_places(b, err));
    r.start = GS_NEW(b->arena, size_t, b->n_sample + 1);
    r.total = GS_NEW(b->arena, double, b->n_sample);
    r.human = GS_NEW(b->arena, double, b->n_sample);
    gs_gut *g = GS_NEW(b->arena, gs_gut, 1);
    if (!r.start || !r.total || !r.human || !g)
        return no_memory(b, err);
    if (b->opts.taxonomy && b->n_taxonomy_hit * 2 < b->n_taxon)
        build_note(b, "the table of names knows %zu of %zu features", b->n_taxonomy_hit, b->n_taxon);
    if (method == GS_GUT_METHOD_UNKNOWN)
        method = guess_method(b);
    if (unit == BUILD_READS && !b->whole && !b->opts.any_amount)
        return fractional(b, err);
    uint32_t *to = renumber(b, &n_taxon);
    gs_status st = GS_OK;
    if (!to)
        st = no_memory(b, err);
    else if (b->row_start)
        settle_rows(b, to, &r);
    else
        st = scatter(b, to, &r, err);
    free(to);
    for (size_t s = 0; s < b->n_sample && st == GS_OK; s++)
        st = order_row(b, s, &r, err);
    if (st == GS_OK && b->opts.add_repeats)
        add_repeats(b, &r);
    if (st == GS_OK)
        st = settle_unit(b, &r, unit, &g->unit, err);
    if (st == GS_OK)
        st = hand_over(b, format, title, &r, n_taxon, n_named, g, err);
    GS_TRY(st);
    double all = 0;
    for (size_t s = 0; s < g->n_sample; s++)
        all += g->total[s] + g->human[s] + g->unplaced[s];
    if (!(all > 0))
        return build_fail(b, GS_ERANGE, 0, err, "%s in which every value is 0", title);
    g->method = b->opts.method ? b->opts.method : method;
    *out = g;
    return GS_OK;
}
