/* Tables that people and programs write by hand: taxa by samples, samples by taxa, or a
 * line a value; tab, comma or semicolon; with ranks in columns of their own, a taxonomy
 * column, or lineages as names.
 *
 *   #OTU ID  s1  s2  taxonomy      sample,g__Blautia,g__Dorea,age     sample taxon count
 *   otu1     12   0  k__...;g__X   s1,12,3,41                         s1     X     12
 *
 * Which way round a table stands is told by where the names of taxa are. Columns that
 * are no samples and no taxa (metadata of a QIIME 2 bar plot) are left out and listed. */
#include "gut/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAXON_WORDS                                                                        \
    "taxon|taxa|taxonomy|lineage|clade|clade_name|OTU ID|OTUID|OTU|ASV|feature|feature id|" \
    "featureid|genus|species|organism|name|bacteria|microbe|ID|Taxon Name|consensus lineage"
#define LINEAGE_WORDS                                                                    \
    "taxonomy|lineage|consensus lineage|consensuslineage|taxon|taxa|classification|Tax"
#define SAMPLE_WORDS "sample|sampleid|sample id|sample name|sample_name|index|#sampleid|run|file|Group"
#define VALUE_WORDS                                                                       \
    "count|counts|reads|abundance|relative abundance|share|fraction|percent|percentage|"   \
    "value|relabund|n|read count|rel abundance|proportion"
#define IDLE_WORDS                                                                         \
    "NCBI_tax_id|taxid|tax_id|taxonomy_id|total|sum|size|confidence|sequence|label|numOtus"
#define RANK_WORDS                                                                           \
    "domain|kingdom|superkingdom|phylum|class|order|family|genus|species"

/* ---- a line a value ---------------------------------------------------------------------- */

typedef struct roles {
    long sample, taxon, value;
} roles;

static bool find_roles(const fields *f, roles *r)
{
    *r = (roles){-1, -1, -1};
    for (size_t i = 0; i < f->n; i++) {
        if (r->sample < 0 && slice_in(f->f[i], SAMPLE_WORDS))
            r->sample = (long)i;
        else if (r->taxon < 0 && slice_in(f->f[i], TAXON_WORDS))
            r->taxon = (long)i;
        else if (r->value < 0 && slice_in(f->f[i], VALUE_WORDS))
            r->value = (long)i;
    }
    return r->sample >= 0 && r->taxon >= 0 && r->value >= 0;
}

bool long_detect(const gut_head *h)
{
    fields f = {0};
    roles r;
    if (!h->n_line || !fields_sep(h->line[0]))
        return false;
    fields_split(&f, h->line[0], fields_sep(h->line[0]));
    bool yes = f.n <= 12 && find_roles(&f, &r);
    fields_free(&f);
    return yes;
}

static gs_status read_long(gut_build *b, lines *l, fields *f, gs_err *err)
{
    slice x;
    roles r;
    uint32_t s, t;
    double v;
    do {
        if (!lines_next(l, &x))
            return build_fail(b, GS_EPARSE, 0, err, "is empty");
    } while (!slice_trim(x).n);
    char sep = fields_sep(x);
    fields_split(f, x, sep);
    if (!find_roles(f, &r))
        return build_fail(b, GS_EPARSE, l->line, err,
                          "wants columns named sample, taxon and count");
    size_t need = f->n;
    while (lines_next(l, &x)) {
        if (!slice_trim(x).n || *x.s == '#')
            continue;
        fields_split(f, x, sep);
        if (f->failed)
            return build_fail(b, GS_ENOMEM, l->line, err, "out of memory");
        if (f->n != need)
            return build_fail(b, GS_EPARSE, l->line, err,
                              "has %zu columns where the first line has %zu", f->n, need);
        slice name = f->f[r.taxon], value = f->f[r.value];
        if (!slice_number(value, &v))
            return build_fail(b, GS_EPARSE, l->line, err, "\"%.*s\" is no number",
                              (int)(value.n < 40 ? value.n : 40), value.s);
        GS_TRY(build_sample_find(b, f->f[r.sample].s, f->f[r.sample].n, &s, err));
        if (names_lump(name.s, name.n)) {
            GS_TRY(build_unplaced(b, s, v, l->line, err));
            continue;
        }
        GS_TRY(build_taxon_find(b, name.s, name.n, &t, err));
        GS_TRY(build_add(b, s, t, v, l->line, err));
    }
    return GS_OK;
}

gs_status long_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err)
{
    lines l = lines_of(text, n);
    fields f = {0};
    gs_status st = read_long(b, &l, &f, err);
    fields_free(&f);
    GS_TRY(st);
    return build_finish(b, "long", "table with a line a value", BUILD_AUTO,
                        GS_GUT_METHOD_UNKNOWN, out, err);
}

/* ---- taxa by samples, samples by taxa --------------------------------------------------------- */

typedef enum use { USE_VALUE, USE_LINEAGE, USE_RANK, USE_NOT } use;

typedef struct sheet {
    char sep;
    size_t n; /* columns */
    slice *head;
    use *use;
    gs_rank *rank;
    bool by_sample;
    slice first; /* first line of data */
    long line;
} sheet;

static void sheet_free(sheet *s)
{
    free(s->head);
    free(s->use);
    free(s->rank);
}

/* The header is the last '#' line before the data when it has as many fields as the data
 * (or one less: R leaves out the first), else the first line. */
static bool find_header(lines *l, slice *head, slice *first, fields *f)
{
    slice x, comment = {0};
    size_t n_comment = 0;
    *head = *first = (slice){0};
    while (lines_next(l, &x)) {
        if (!slice_trim(x).n)
            continue;
        if (*x.s == '#') {
            comment = x;
            continue;
        }
        if (!head->s && comment.s) {
            fields_split(f, comment, fields_sep(comment));
            n_comment = f->n;
            fields_split(f, x, fields_sep(x));
            if (n_comment > 1 && n_comment == f->n) {
                *head = comment;
                *first = x;
                return !f->failed;
            }
        }
        if (!head->s) {
            *head = x;
            continue;
        }
        *first = x;
        return true;
    }
    return false;
}

static bool numeric(slice s)
{
    double v;
    return slice_number(s, &v);
}

bool table_detect(const gut_head *h)
{
    lines l = lines_of(h->s, h->n);
    fields f = {0}, g = {0};
    slice head, first, x;
    size_t names = 0, rows = 0, heads = 0;
    bool yes = find_header(&l, &head, &first, &f);
    char sep = yes ? fields_sep(head) : 0;
    if (sep) {
        fields_split(&f, head, sep);
        fields_split(&g, first, sep);
        yes = f.n >= 2 && (g.n == f.n || g.n == f.n + 1);
        bool counted = false;
        for (size_t i = 1; yes && i < g.n; i++)
            counted = counted || numeric(g.f[i]);
        yes = yes && counted;
        for (size_t i = 1; yes && i < f.n; i++)
            heads += read_is_name(f.f[i]) || names_code(f.f[i].s, f.f[i].n);
        bool told = f.n && slice_in(f.f[0], "#OTU ID|OTU ID|OTUID|feature id|feature-id|#NAME|asv|otu");
        for (size_t i = 1; yes && i < f.n; i++)
            told = told || slice_in(f.f[i], "taxonomy|lineage|consensus lineage|phylum|family")
                   || (slice_in(f.f[0], RANK_WORDS) && slice_in(f.f[i], RANK_WORDS));
        for (int i = 0; yes && i < 40; i++) {
            slice name = g.n ? g.f[0] : (slice){0};
            rows++;
            names += read_is_name(name);
            if (!lines_next(&l, &x))
                break;
            fields_split(&g, x, sep);
        }
        yes = yes && (told || 3 * names >= rows || (heads >= 3 && 2 * heads >= f.n - 1)
                      || (heads >= 1 && slice_in(f.f[0], SAMPLE_WORDS) && 3 * heads >= f.n));
    }
    yes = yes && sep;
    fields_free(&f);
    fields_free(&g);
    return yes;
}

static gs_status open_sheet(gut_build *b, lines *l, fields *f, sheet *s, gs_err *err)
{
    slice head;
    if (!find_header(l, &head, &s->first, f))
        return build_fail(b, GS_EPARSE, 0, err, "has no line of data");
    s->line = l->line;
    s->sep = fields_sep(head);
    if (!s->sep)
        return build_fail(b, GS_EPARSE, 1, err, "has one column only");
    fields_split(f, s->first, s->sep);
    s->n = f->n;
    fields_split(f, head, s->sep);
    bool short_head = f->n + 1 == s->n;
    if (f->failed || (f->n != s->n && !short_head) || s->n < 2)
        return build_fail(b, GS_EPARSE, s->line, err, "has %zu columns where the first line has %zu",
                          s->n, f->n);
    s->head = calloc(s->n, sizeof *s->head);
    s->use = calloc(s->n, sizeof *s->use);
    s->rank = calloc(s->n, sizeof *s->rank);
    if (!s->head || !s->use || !s->rank)
        return build_fail(b, GS_ENOMEM, 0, err, "out of memory");
    for (size_t i = 0; i < f->n; i++)
        s->head[i + short_head] = f->f[i];
    return GS_OK;
}

/* Names in the header and not in the first column: samples by taxa. */
static void turn(gut_build *b, sheet *s, lines l, fields *f)
{
    size_t heads = 0, codes = 0, rows = 0, n_row = 0;
    slice x = s->first;
    for (size_t i = 1; i < s->n; i++) {
        heads += read_is_name(s->head[i]);
        codes += names_code(s->head[i].s, s->head[i].n) && !numeric(s->head[i]);
    }
    do {
        fields_split(f, x, s->sep);
        slice name = f->n ? f->f[0] : (slice){0};
        rows += read_is_name(name);
        codes += 0;
        n_row++;
    } while (n_row < 60 && lines_next(&l, &x));
    if (slice_in(s->head[0], "#OTU ID|OTU ID|OTUID|feature id|featureid|asv|taxon|taxa"))
        rows += heads ? 0 : n_row;
    bool taxa_by_code = !rows && !heads && 2 * codes > s->n - 1
                        && (build_opts(b)->taxonomy != NULL || s->n > n_row);
    s->by_sample = heads * n_row > rows * (s->n - 1) || taxa_by_code;
}

static void judge_columns(sheet *s, const fields *f)
{
    bool under;
    for (size_t i = 1; i < s->n; i++) {
        slice h = s->head[i];
        bool number = i < f->n && (numeric(f->f[i]) || !f->f[i].n);
        s->rank[i] = GS_RANK_NONE;
        if (s->by_sample) {
            s->use[i] = read_is_name(h) || names_lump(h.s, h.n)
                                || (names_code(h.s, h.n) && number && !numeric(h))
                            ? USE_VALUE
                            : USE_NOT;
        } else if (slice_in(h, LINEAGE_WORDS) && !number) {
            s->use[i] = USE_LINEAGE;
        } else if (slice_in(h, RANK_WORDS) && !number) {
            s->use[i] = USE_RANK;
            s->rank[i] = names_rank(h.s, h.n, &under);
        } else if (slice_in(h, IDLE_WORDS)) {
            s->use[i] = USE_NOT;
        } else {
            s->use[i] = USE_VALUE;
        }
    }
    if (slice_in(s->head[0], RANK_WORDS) && !s->by_sample)
        s->rank[0] = names_rank(s->head[0].s, s->head[0].n, &under);
    else
        s->rank[0] = GS_RANK_NONE;
}

static gs_status bad_cell(gut_build *b, const sheet *s, size_t i, slice cell, long line,
                          gs_err *err)
{
    slice h = s->head[i];
    if (!cell.n)
        return build_fail(b, GS_EPARSE, line, err, "column \"%.*s\" is empty; write 0 for nothing seen",
                          (int)(h.n < 60 ? h.n : 60), h.s);
    return build_fail(b, GS_EPARSE, line, err, "column \"%.*s\": \"%.*s\" is no number",
                      (int)(h.n < 60 ? h.n : 60), h.s, (int)(cell.n < 40 ? cell.n : 40), cell.s);
}

static gs_status check_width(gut_build *b, const sheet *s, const fields *f, long line,
                             gs_err *err)
{
    if (f->failed)
        return build_fail(b, GS_ENOMEM, line, err, "out of memory");
    if (f->n == s->n || (f->n > s->n && !f->f[s->n].n) || (f->n + 1 == s->n && s->use[s->n - 1] != USE_VALUE))
        return GS_OK;
    return build_fail(b, GS_EPARSE, line, err, "has %zu columns where the first line has %zu", f->n,
                      s->n);
}

/* A row that has its ranks in columns and no id: it is called by its ranks, and by its line, for
 * several features may share them. */
static slice called_by_ranks(const sheet *s, const fields *f, long line, char *out, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n && i < f->n && n + 1 < size; i++)
        if (s->rank[i] < GS_N_RANK && (i == 0 || s->use[i] == USE_RANK) && f->f[i].n)
            n += (size_t)snprintf(out + n, size - n, "%s%.*s", n ? ";" : "",
                                  (int)(f->f[i].n < 60 ? f->f[i].n : 60), f->f[i].s);
    n = n < size ? n : size - 1;
    n += (size_t)snprintf(out + n, size - n, " (line %ld)", line);
    return (slice){out, n < size ? n : size - 1};
}

/* One row of taxa by samples. */
static gs_status taxon_row(gut_build *b, const sheet *s, const fields *f, long line, gs_err *err)
{
    uint32_t t = 0, i_sample = 0;
    slice id = f->f[0], lineage = {0};
    char called[800];
    names_raw raw;
    bool ranks = false;
    double v;
    memset(&raw, 0, sizeof raw);
    raw.kind = -1;
    for (size_t i = 0; i < s->n && i < f->n; i++) {
        if (i && s->use[i] == USE_LINEAGE && !lineage.s)
            lineage = f->f[i];
        if (s->rank[i] < GS_N_RANK && (i == 0 || s->use[i] == USE_RANK)) {
            char text[NAMES_LEN + 8];
            names_raw one;
            snprintf(text, sizeof text, "%.*s", (int)(f->f[i].n < NAMES_LEN ? f->f[i].n : NAMES_LEN - 1),
                     f->f[i].s);
            names_split(text, strlen(text), &one); /* also "g__Blautia" in a column of its own */
            if (strstr(text, "__") && one.name[s->rank[i]][0])
                memcpy(raw.name[s->rank[i]], one.name[s->rank[i]], NAMES_LEN);
            else
                names_clean(text, strlen(text), raw.name[s->rank[i]]);
            names_hint(&raw, raw.name[s->rank[i]]);
            ranks = ranks || i > 0;
        }
    }
    if (ranks && s->rank[0] < GS_N_RANK)
        id = called_by_ranks(s, f, line, called, sizeof called);
    bool lump = !ranks && !lineage.s && names_lump(id.s, id.n);
    if (!lump && ranks)
        GS_TRY(build_taxon_raw(b, id.s, id.n, &raw, line, &t, err));
    else if (!lump)
        GS_TRY(build_taxon(b, id.s, id.n, lineage.n ? lineage.s : NULL, lineage.n, line, &t, err));
    for (size_t i = 1; i < s->n; i++) {
        if (s->use[i] != USE_VALUE)
            continue;
        if (i >= f->n || !slice_number(f->f[i], &v))
            return bad_cell(b, s, i, i < f->n ? f->f[i] : (slice){0}, line, err);
        if (lump)
            GS_TRY(build_unplaced(b, i_sample, v, line, err));
        else
            GS_TRY(build_add(b, i_sample, t, v, line, err));
        i_sample++;
    }
    return GS_OK;
}

static gs_status sample_row(gut_build *b, const sheet *s, const fields *f, long line, gs_err *err)
{
    uint32_t i_sample, t = 0;
    double v;
    GS_TRY(build_sample(b, f->f[0].s, f->f[0].n, line, &i_sample, err));
    for (size_t i = 1; i < s->n; i++) {
        if (s->use[i] == USE_NOT && slice_in(s->head[i], "body_site|body site|bodysite|body-site|site|env_material")
            && i < f->n)
            build_site(b, i_sample, f->f[i].s, f->f[i].n);
        if (s->use[i] != USE_VALUE)
            continue;
        bool lump = names_lump(s->head[i].s, s->head[i].n);
        if (i >= f->n || !slice_number(f->f[i], &v))
            return bad_cell(b, s, i, i < f->n ? f->f[i] : (slice){0}, line, err);
        GS_TRY(lump ? build_unplaced(b, i_sample, v, line, err)
                    : build_add(b, i_sample, t, v, line, err));
        t += !lump;
    }
    return GS_OK;
}

static gs_status name_columns(gut_build *b, sheet *s, gs_err *err)
{
    uint32_t k;
    size_t n_value = 0, n_not = 0;
    char left[200] = "";
    for (size_t i = 1; i < s->n; i++) {
        slice h = s->head[i];
        n_value += s->use[i] == USE_VALUE;
        if (s->use[i] == USE_NOT && strlen(left) < 120)
            snprintf(left + strlen(left), sizeof left - strlen(left), "%s%.*s", n_not ? ", " : "",
                     (int)(h.n < 40 ? h.n : 40), h.s);
        n_not += s->use[i] == USE_NOT;
    }
    if (!n_value)
        return build_fail(b, GS_EPARSE, 1, err, "has no column of abundances");
    if (n_not)
        build_note(b, "columns left out, they are no %s: %s%s", s->by_sample ? "taxa" : "samples",
                   left, strlen(left) >= 120 ? " ..." : "");
    for (size_t i = 1; i < s->n; i++) {
        slice h = s->head[i];
        if (s->use[i] != USE_VALUE)
            continue;
        if (s->by_sample) {
            if (!names_lump(h.s, h.n))
                GS_TRY(build_taxon(b, h.s, h.n, NULL, 0, 1, &k, err));
        } else if (n_value == 1 && (slice_in(h, VALUE_WORDS) || !h.n)) {
            GS_TRY(read_one_sample(b, &k, err));
        } else {
            GS_TRY(build_sample(b, h.s, h.n, 1, &k, err));
        }
    }
    return GS_OK;
}

static gs_status read_sheet(gut_build *b, lines *l, fields *f, sheet *s, gs_err *err)
{
    slice x;
    GS_TRY(open_sheet(b, l, f, s, err));
    turn(b, s, *l, f);
    fields_split(f, s->first, s->sep);
    judge_columns(s, f);
    GS_TRY(name_columns(b, s, err));
    x = s->first;
    do {
        if (!slice_trim(x).n || *x.s == '#')
            continue;
        fields_split(f, x, s->sep);
        GS_TRY(check_width(b, s, f, l->line, err));
        GS_TRY(s->by_sample ? sample_row(b, s, f, l->line, err)
                            : taxon_row(b, s, f, l->line, err));
    } while (lines_next(l, &x));
    return GS_OK;
}

gs_status table_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err)
{
    lines l = lines_of(text, n);
    fields f = {0};
    sheet s = {0};
    gs_status st = read_sheet(b, &l, &f, &s, err);
    bool by_sample = s.by_sample;
    fields_free(&f);
    sheet_free(&s);
    GS_TRY(st);
    return build_finish(b, "table", by_sample ? "table, a line a sample" : "table, a line a taxon",
                        BUILD_AUTO, GS_GUT_METHOD_UNKNOWN, out, err);
}
