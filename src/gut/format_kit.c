/* Results of consumer kits: a row a taxon at every rank, with a rank in words, a count or
 * a share, mostly the NCBI number and the parent.
 *
 *   tax_name,tax_rank,count,count_norm,taxon,parent         uBiome's CSV
 *   {"ubiome_bacteriacounts": [{"taxon": 2, "parent": 1, "count": 57603, ...}]}
 *   taxon_id,rank,name,parent,count                         as Thryve and Ombre, parents by name
 *
 * The kits publish no format; these shapes are from files and programs that people share
 * (docs/notes/gut-reading.md). Columns are known by their names, in any order, so that a
 * kit that renames its file still reads. Ranks overlap; with parents, only what a taxon
 * has beyond its children counts. Without parents, genera count, and what the domain has
 * beyond them is unplaced. */
#include "gut/read.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_WORDS "tax_name|name|taxon_name|taxonomy|organism|bacteria|microorganism|taxa|scientific name"
#define RANK_WORDS "tax_rank|rank|taxon_rank|level|taxonomic rank|taxonomic level|taxonomy level"
#define ID_WORDS                                                                           \
    "taxon|taxon_id|tax_id|taxid|ncbi_tax_id|ncbi taxon id|ncbi_taxon_id|taxonomy id|"     \
    "ncbi_id|ncbi_taxid|id"
#define PARENT_WORDS                                                                       \
    "parent|parent_id|parent_taxon|parent_name|parent taxon|parent_taxid|parent_tax_id|"   \
    "parent_ncbi_id|parent taxon id|parent_taxon_id"
#define COUNT_WORDS "count|counts|reads|read_count|number of reads|hits"
#define NORM_WORDS                                                                         \
    "count_norm|percent|percentage|relative_abundance|relative abundance|share|abundance|%|" \
    "percentage of sample|count per million|your result|result"

typedef struct kit_row {
    char name[NAMES_LEN], parent[NAMES_LEN], id[40];
    gs_rank rank;
    bool under, is_root;
    double value, below;
    long up, line;
    size_t n_child;
} kit_row;

typedef struct kit {
    kit_row *row;
    size_t n, cap;
    bool parents, counts;
    double scale;
    char site[40];
} kit;

static gs_status more(gut_build *b, kit *k, gs_err *err)
{
    if (k->n == k->cap) {
        size_t cap = k->cap ? 2 * k->cap : 256;
        kit_row *r = realloc(k->row, cap * sizeof *r);
        if (!r)
            return build_fail(b, GS_ENOMEM, 0, err, "out of memory");
        k->row = r;
        k->cap = cap;
    }
    memset(&k->row[k->n], 0, sizeof k->row[0]);
    k->row[k->n].up = -1;
    return GS_OK;
}

static void put_text(char *out, size_t n_out, slice s)
{
    s = slice_trim(s);
    snprintf(out, n_out, "%.*s", (int)(s.n < n_out ? s.n : n_out - 1), s.s ? s.s : "");
}

static gs_status put_row(gut_build *b, kit *k, slice name, slice rank, slice id, slice parent,
                         slice value, long line, gs_err *err)
{
    GS_TRY(more(b, k, err));
    kit_row *r = &k->row[k->n];
    r->line = line;
    if (!slice_number(value, &r->value))
        return build_fail(b, GS_EPARSE, line, err, "\"%.*s\" has no count: \"%.*s\"",
                          (int)(name.n < 60 ? name.n : 60), name.s,
                          (int)(value.n < 40 ? value.n : 40), value.s);
    if (!(r->value >= 0))
        return build_fail(b, GS_ERANGE, line, err,
                          "%g for \"%.*s\": an abundance is a number from 0 up", r->value,
                          (int)(name.n < 60 ? name.n : 60), name.s);
    put_text(r->name, sizeof r->name, name);
    put_text(r->parent, sizeof r->parent, parent);
    put_text(r->id, sizeof r->id, id);
    rank = slice_trim(rank);
    r->rank = names_rank(rank.s, rank.n, &r->under);
    r->is_root = slice_in(name, "root|cellular organisms");
    k->n++;
    return GS_OK;
}

/* ---- the tree ------------------------------------------------------------------------------ */


static bool is_number(const char *s)
{
    return *s && strspn(s, "0123456789") == strlen(s);
}

/* A row by id or name: rows are few hundred to few thousand, parents mostly near. */
static long find_row(const kit *k, const char *what, size_t from)
{
    bool by_id = is_number(what);
    for (size_t d = 1; d < k->n; d++) {
        size_t lo = from >= d ? from - d : SIZE_MAX, hi = from + d;
        if (lo < k->n && strcmp(by_id ? k->row[lo].id : k->row[lo].name, what) == 0)
            return (long)lo;
        if (hi < k->n && strcmp(by_id ? k->row[hi].id : k->row[hi].name, what) == 0)
            return (long)hi;
    }
    return -1;
}

static void find_parents(kit *k)
{
    size_t found = 0, asked = 0;
    for (size_t i = 0; i < k->n; i++) {
        kit_row *r = &k->row[i];
        if (!*r->parent || strcmp(r->parent, r->id) == 0 || strcmp(r->parent, r->name) == 0)
            continue;
        asked++;
        r->up = find_row(k, r->parent, i);
        found += r->up >= 0;
    }
    /* a circle would count nothing twice, but names would run in it */
    for (size_t i = 0; i < k->n; i++) {
        size_t steps = 0;
        for (long p = (long)i; p >= 0; p = k->row[p].up)
            if (++steps > 100) {
                k->row[i].up = -1;
                break;
            }
    }
    k->parents = asked > 0 && 2 * found >= asked;
}

static void names_up(const kit *k, size_t i, names_raw *raw)
{
    memset(raw, 0, sizeof *raw);
    raw->kind = -1;
    size_t steps = 0;
    for (long p = (long)i; p >= 0 && steps < 100; p = k->row[p].up, steps++) {
        const kit_row *r = &k->row[p];
        int kind = names_kind(r->name);
        if (kind >= 0 && (raw->kind < 0 || raw->kind != GS_TAXON_OTHER))
            raw->kind = raw->kind < 0 || kind != GS_TAXON_OTHER ? kind : raw->kind;
        raw->human = raw->human || strcmp(r->id, "9606") == 0;
        if (!r->under && r->rank < GS_N_RANK && !raw->name[r->rank][0])
            names_clean(r->name, strlen(r->name), raw->name[r->rank]);
    }
}

static gs_status add_row(gut_build *b, const kit *k, size_t i, uint32_t s, double value,
                         gs_err *err)
{
    const kit_row *r = &k->row[i];
    names_raw raw;
    uint32_t t;
    const char *id = *r->id ? r->id : r->name;
    if (r->is_root || names_lump(r->name, strlen(r->name)))
        return build_unplaced(b, s, value, r->line, err);
    names_up(k, i, &raw);
    GS_TRY(build_taxon_raw(b, id, strlen(id), &raw, r->line, &t, err));
    return build_add(b, s, t, value, r->line, err);
}

static gs_status add_by_tree(gut_build *b, kit *k, uint32_t s, gs_err *err)
{
    double over = 0, all = 0;
    for (size_t i = 0; i < k->n; i++)
        if (k->row[i].up >= 0) {
            k->row[k->row[i].up].below += k->row[i].value;
            k->row[k->row[i].up].n_child++;
        }
    for (size_t i = 0; i < k->n; i++) {
        double own = k->row[i].value - k->row[i].below;
        all += k->row[i].up < 0 ? k->row[i].value : 0;
        if (own < 0) {
            over -= own;
            continue;
        }
        if (own > (k->counts ? 0 : 1e-9 * k->scale))
            GS_TRY(add_row(b, k, i, s, own, err));
    }
    if (over > 0.02 * all)
        return build_fail(b, GS_ERANGE, 0, err,
                          "taxa inside others sum to more than those by %.3g of %.3g: the ranks do "
                          "not fit together", over, all);
    if (over > 0)
        build_note(b, "taxa inside others sum to more than those by %.3g%%", 100 * over / all);
    return GS_OK;
}

static gs_status add_by_rank(gut_build *b, kit *k, uint32_t s, gs_err *err)
{
    double by_rank[GS_N_RANK] = {0}, top = 0;
    gs_rank use = GS_RANK_GENUS;
    for (size_t i = 0; i < k->n; i++)
        if (k->row[i].rank < GS_N_RANK && !k->row[i].under)
            by_rank[k->row[i].rank] += k->row[i].value;
    for (int r = GS_RANK_DOMAIN; r < GS_N_RANK; r++)
        top = fmax(top, by_rank[r]);
    if (by_rank[GS_RANK_GENUS] <= 0)
        use = by_rank[GS_RANK_SPECIES] > 0 ? GS_RANK_SPECIES : GS_RANK_FAMILY;
    if (!(by_rank[use] > 0))
        return build_fail(b, GS_ERANGE, 0, err, "names neither genera nor species nor families");
    for (size_t i = 0; i < k->n; i++)
        if (k->row[i].rank == use && !k->row[i].under)
            GS_TRY(add_row(b, k, i, s, k->row[i].value, err));
    if (top > by_rank[use])
        GS_TRY(build_unplaced(b, s, top - by_rank[use], 0, err));
    build_note(b, "the file has no parents: its %s rows were read", gs_rank_name(use));
    return GS_OK;
}

/* A column called "abundance" may hold reads. */
static bool looks_counted(const kit *k, double all)
{
    for (size_t i = 0; i < k->n; i++)
        if (k->row[i].value != floor(k->row[i].value))
            return false;
    return all > 102 && !(all > 0.9e6 && all < 1.02e6);
}

static gs_status finish_kit(gut_build *b, kit *k, const char *format, gs_gut **out, gs_err *err)
{
    uint32_t s;
    double root = 0, top = 0;
    if (!k->n)
        return build_fail(b, GS_EPARSE, 0, err, "the result lists no taxa");
    for (size_t i = 0; i < k->n; i++) {
        root = k->row[i].is_root && k->row[i].value > root ? k->row[i].value : root;
        top = fmax(top, k->row[i].value);
    }
    k->scale = root > 0 ? root : top;
    if (!k->counts && looks_counted(k, k->scale)) {
        k->counts = true;
        build_note(b, "abundances are whole numbers that are no shares of 100 or a million: taken as reads");
    }
    GS_TRY(read_one_sample(b, &s, err));
    if (*k->site)
        build_site(b, s, k->site, strlen(k->site));
    find_parents(k);
    GS_TRY(k->parents ? add_by_tree(b, k, s, err) : add_by_rank(b, k, s, err));
    return build_finish(b, format, "result of a consumer kit", k->counts ? BUILD_READS : BUILD_NORM,
                        GS_GUT_16S, out, err);
}

/* ---- CSV ------------------------------------------------------------------------------------- */

typedef struct kit_columns {
    long name, rank, id, parent, count, norm;
} kit_columns;

static bool find_columns(const fields *f, kit_columns *c)
{
    *c = (kit_columns){-1, -1, -1, -1, -1, -1};
    for (size_t i = 0; i < f->n; i++) {
        slice s = f->f[i];
        long at = (long)i;
        if (c->rank < 0 && slice_in(s, RANK_WORDS))
            c->rank = at;
        else if (c->parent < 0 && slice_in(s, PARENT_WORDS))
            c->parent = at;
        else if (c->count < 0 && slice_in(s, COUNT_WORDS))
            c->count = at;
        else if (c->norm < 0 && slice_in(s, NORM_WORDS))
            c->norm = at;
        else if (c->name < 0 && slice_in(s, NAME_WORDS))
            c->name = at;
        else if (c->id < 0 && slice_in(s, ID_WORDS))
            c->id = at;
    }
    return c->name >= 0 && c->rank >= 0 && (c->count >= 0 || c->norm >= 0);
}

bool kit_csv_detect(const gut_head *h)
{
    fields f = {0};
    kit_columns c;
    slice x = h->first_data;
    if (!x.s || !fields_sep(x))
        return false;
    fields_split(&f, x, fields_sep(x));
    bool yes = find_columns(&f, &c);
    fields_free(&f);
    return yes;
}

static slice cell(const fields *f, long at)
{
    return at >= 0 && (size_t)at < f->n ? f->f[at] : (slice){"", 0};
}

static gs_status read_csv(gut_build *b, lines *l, fields *f, kit *k, gs_err *err)
{
    slice x;
    kit_columns c;
    do {
        if (!lines_next(l, &x))
            return build_fail(b, GS_EPARSE, 0, err, "is empty");
    } while (!slice_trim(x).n || *x.s == '#');
    char sep = fields_sep(x);
    fields_split(f, x, sep);
    if (!find_columns(f, &c))
        return build_fail(b, GS_EPARSE, l->line, err,
                          "a kit's table has columns for name, rank and count");
    size_t need = f->n;
    k->counts = c.count >= 0;
    while (lines_next(l, &x)) {
        if (!slice_trim(x).n || *x.s == '#')
            continue;
        fields_split(f, x, sep);
        if (f->failed)
            return build_fail(b, GS_ENOMEM, l->line, err, "out of memory");
        if (f->n < need)
            return build_fail(b, GS_EPARSE, l->line, err,
                              "has %zu columns where the first line has %zu", f->n, need);
        GS_TRY(put_row(b, k, cell(f, c.name), cell(f, c.rank), cell(f, c.id), cell(f, c.parent),
                       cell(f, k->counts ? c.count : c.norm), l->line, err));
    }
    return GS_OK;
}

gs_status kit_csv_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err)
{
    lines l = lines_of(text, n);
    fields f = {0};
    kit k = {0};
    gs_status st = read_csv(b, &l, &f, &k, err);
    if (st == GS_OK)
        st = finish_kit(b, &k, "kit-csv", out, err);
    fields_free(&f);
    free(k.row);
    return st;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

bool kit_json_detect(const gut_head *h)
{
    for (size_t i = 0; i < h->n; i++) {
        char c = h->s[i];
        if (c == '{' || c == '[')
            return true;
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t' && (unsigned char)c < 0x80)
            return false;
    }
    return false;
}

static slice json_text(const json_t *object, const char *words, char *buf, size_t n_buf)
{
    const char *key;
    json_t *v;
    json_object_foreach ((json_t *)object, key, v) {
        if (!slice_in((slice){key, strlen(key)}, words) || json_is_null(v))
            continue;
        if (json_is_string(v))
            return (slice){json_string_value(v), json_string_length(v)};
        if (json_is_integer(v))
            snprintf(buf, n_buf, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
        else if (json_is_real(v))
            snprintf(buf, n_buf, "%.17g", json_real_value(v));
        else
            continue;
        return (slice){buf, strlen(buf)};
    }
    return (slice){"", 0};
}

/* The list of taxa: the top itself, or the first list of objects with name and rank below
 * it, at most three levels down. */
static const json_t *find_list(const json_t *v, int depth)
{
    char buf[40];
    if (json_is_array(v)) {
        const json_t *first = json_array_get(v, 0);
        return json_is_object(first) && json_text(first, NAME_WORDS, buf, sizeof buf).n
                       && json_text(first, RANK_WORDS, buf, sizeof buf).n
                   ? v
                   : NULL;
    }
    if (!json_is_object(v) || depth > 3)
        return NULL;
    const char *key;
    json_t *inner;
    json_object_foreach ((json_t *)v, key, inner) {
        const json_t *hit = find_list(inner, depth + 1);
        if (hit)
            return hit;
    }
    return NULL;
}

/* One entry and, where taxa stand inside each other, those below it. up: the entry above. */
static gs_status put_entry(gut_build *b, kit *k, const json_t *o, slice up, int depth, gs_err *err)
{
    char id[40], parent[40], count[40], rank[40], name[40];
    if (!json_is_object(o) || depth > 40)
        return build_fail(b, GS_EPARSE, 0, err, "an entry of the list of taxa is none");
    slice own_name = json_text(o, NAME_WORDS, name, sizeof name);
    slice own_id = json_text(o, ID_WORDS, id, sizeof id), above = json_text(o, PARENT_WORDS, parent, sizeof parent);
    GS_TRY(put_row(b, k, own_name, json_text(o, RANK_WORDS, rank, sizeof rank), own_id, above.n ? above : up,
                   json_text(o, k->counts ? COUNT_WORDS : NORM_WORDS, count, sizeof count), 0, err));
    const json_t *below = json_object_get(o, "children");
    for (size_t i = 0; json_is_array(below) && i < json_array_size(below); i++)
        GS_TRY(put_entry(b, k, json_array_get(below, i), own_id.n ? own_id : own_name, depth + 1, err));
    return GS_OK;
}

static gs_status read_json(gut_build *b, const json_t *top, kit *k, gs_err *err)
{
    char count[40], buf[40];
    bool tree = json_is_object(top) && json_is_array(json_object_get(top, "children"))
                && json_text(top, NAME_WORDS, buf, sizeof buf).n && json_text(top, RANK_WORDS, buf, sizeof buf).n;
    const json_t *list = tree ? NULL : find_list(top, 0);
    if (!list && !tree)
        return build_fail(b, GS_EPARSE, 0, err,
                          "is JSON, but holds no list of taxa with name, rank and count");
    slice site = json_is_object(top) ? json_text(top, "site|body_site|sample_type", buf, sizeof buf)
                                     : (slice){"", 0};
    put_text(k->site, sizeof k->site, site);
    k->counts = json_text(tree ? top : json_array_get(list, 0), COUNT_WORDS, count, sizeof count).n > 0;
    if (tree)
        return put_entry(b, k, top, (slice){"", 0}, 0, err);
    for (size_t i = 0; i < json_array_size(list); i++)
        GS_TRY(put_entry(b, k, json_array_get(list, i), (slice){"", 0}, 0, err));
    return GS_OK;
}

gs_status kit_json_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err)
{
    json_error_t e;
    kit k = {0};
    json_t *top = json_loadb(text, n, 0, &e);
    if (!top)
        return build_fail(b, GS_EPARSE, e.line, err, "is no JSON: %.200s", e.text);
    gs_status st = read_json(b, top, &k, err);
    if (st == GS_OK)
        st = finish_kit(b, &k, "kit-json", out, err);
    json_decref(top);
    free(k.row);
    return st;
}
