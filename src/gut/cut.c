/* Cuts of a table that stands: some samples, a coarser rank, how far the names reach; and
 * the words of methods. */
#include "gut/names.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *title;
} methods[GS_N_GUT_METHOD] = {
    {"unknown", "method not known"},
    {"16s-closed", "16S, closed-reference OTUs"},
    {"16s-asv", "16S, exact variants"},
    {"16s", "16S"},
    {"shotgun", "shotgun metagenome"},
};

const char *gs_gut_method_name(gs_gut_method m)
{
    return methods[m < GS_N_GUT_METHOD ? m : 0].name;
}

const char *gs_gut_method_title(gs_gut_method m)
{
    return methods[m < GS_N_GUT_METHOD ? m : 0].title;
}

long gs_gut_method_find(const char *name)
{
    for (long i = 0; i < GS_N_GUT_METHOD; i++)
        if (gs_text_same(methods[i].name, name))
            return i;
    return -1;
}

long gs_gut_sample(const gs_gut *g, const char *name)
{
    for (size_t s = 0; s < g->n_sample; s++)
        if (strcmp(g->sample[s], name) == 0)
            return (long)s;
    return -1;
}

static gs_status no_memory(gs_err *err)
{
    return gs_fail(err, GS_ENOMEM, "out of memory");
}

/* Arrays of a table with the given sizes. */
typedef struct made {
    gs_gut *g;
    const char **sample, **site;
    gs_taxon *taxon;
    size_t *start;
    uint32_t *i_taxon;
    double *value, *total, *human, *unplaced;
} made;

static bool make(gs_arena *a, const gs_gut *from, size_t n_sample, size_t n_taxon,
                 size_t n_value, made *m)
{
    m->g = GS_NEW(a, gs_gut, 1);
    m->sample = GS_NEW(a, const char *, n_sample);
    m->site = GS_NEW(a, const char *, n_sample);
    m->taxon = GS_NEW(a, gs_taxon, n_taxon);
    m->start = GS_NEW(a, size_t, n_sample + 1);
    m->i_taxon = GS_NEW(a, uint32_t, n_value);
    m->value = GS_NEW(a, double, n_value);
    m->total = GS_NEW(a, double, n_sample);
    m->human = GS_NEW(a, double, n_sample);
    m->unplaced = GS_NEW(a, double, n_sample);
    if (!m->g || !m->sample || !m->site || !m->taxon || !m->start || !m->i_taxon || !m->value
        || !m->total || !m->human || !m->unplaced)
        return false;
    *m->g = *from;
    m->g->n_sample = n_sample;
    m->g->n_taxon = n_taxon;
    m->g->n_value = n_value;
    m->g->sample = m->sample;
    m->g->site = m->site;
    m->g->taxon = m->taxon;
    m->g->start = m->start;
    m->g->i_taxon = m->i_taxon;
    m->g->value = m->value;
    m->g->total = m->total;
    m->g->human = m->human;
    m->g->unplaced = m->unplaced;
    return true;
}

static void copy_sample(made *m, size_t to, const gs_gut *g, size_t from)
{
    m->sample[to] = g->sample[from];
    m->site[to] = g->site[from];
    m->total[to] = g->total[from];
    m->human[to] = g->human[from];
    m->unplaced[to] = g->unplaced[from];
}

gs_status gs_gut_take(gs_arena *a, const gs_gut *g, size_t n, const size_t *i_sample,
                      gs_gut **out, gs_err *err)
{
    made m;
    size_t n_value = 0, n_taxon = 0;
    uint32_t *to = calloc(g->n_taxon ? g->n_taxon : 1, sizeof *to);
    if (!to)
        return no_memory(err);
    for (size_t i = 0; i < n; i++)
        for (size_t k = g->start[i_sample[i]]; k < g->start[i_sample[i] + 1]; k++) {
            to[g->i_taxon[k]] = 1;
            n_value++;
        }
    for (size_t t = 0; t < g->n_taxon; t++)
        n_taxon += to[t];
    if (!make(a, g, n, n_taxon, n_value, &m)) {
        free(to);
        return no_memory(err);
    }
    n_taxon = n_value = 0;
    for (size_t t = 0; t < g->n_taxon; t++)
        if (to[t]) {
            m.taxon[n_taxon] = g->taxon[t];
            to[t] = (uint32_t)n_taxon++;
        }
    for (size_t i = 0; i < n; i++) {
        copy_sample(&m, i, g, i_sample[i]);
        for (size_t k = g->start[i_sample[i]]; k < g->start[i_sample[i] + 1]; k++) {
            m.i_taxon[n_value] = to[g->i_taxon[k]];
            m.value[n_value++] = g->value[k];
        }
        m.start[i + 1] = n_value;
    }
    free(to);
    *out = m.g;
    return GS_OK;
}

/* ---- summed to a rank ------------------------------------------------------------------- */

/* The name of the row a taxon falls into: its name at the rank, else the deepest name
 * above it with a mark that the rank is not known. */
static void row_name(const gs_taxon *t, gs_rank rank, char *out, size_t n)
{
    const char *name = rank == GS_RANK_GENUS && *t->genus ? t->genus : t->name[rank];
    if (*name) {
        snprintf(out, n, "%s", name);
        return;
    }
    for (int r = (int)rank - 1; r >= 0; r--)
        if (*t->name[r]) {
            snprintf(out, n, "%.150s, %s not known", t->name[r], gs_rank_name(rank));
            return;
        }
    snprintf(out, n, "%s, %s not known", gs_taxon_kind_name(t->kind), gs_rank_name(rank));
}

typedef struct group {
    char *name;
    uint32_t taxon, row;
} group;

static int by_name(const void *x, const void *y)
{
    const group *a = x, *b = y;
    int c = strcmp(a->name, b->name);
    return c ? c : (a->taxon > b->taxon) - (a->taxon < b->taxon);
}

static int by_first(const void *x, const void *y)
{
    const group *a = x, *b = y;
    return (a->taxon > b->taxon) - (a->taxon < b->taxon);
}

/* Which row each taxon falls into, rows in the order they first come. */
static gs_status group_taxa(gs_arena *a, const gs_gut *g, gs_rank rank, group *x,
                            size_t *out_n, gs_err *err)
{
    char name[300];
    for (size_t t = 0; t < g->n_taxon; t++) {
        row_name(&g->taxon[t], rank, name, sizeof name);
        x[t] = (group){gs_arena_strdup(a, name), (uint32_t)t, 0};
        if (!x[t].name)
            return no_memory(err);
    }
    qsort(x, g->n_taxon, sizeof *x, by_name);
    uint32_t *first = calloc(g->n_taxon ? g->n_taxon : 1, sizeof *first);
    if (!first)
        return no_memory(err);
    for (size_t i = 0, lead = 0; i < g->n_taxon; i++) {
        if (i && strcmp(x[i].name, x[lead].name) != 0)
            lead = i;
        x[i].row = x[lead].taxon; /* for now: the first taxon of the row */
        first[x[lead].taxon] = 1;
    }
    size_t n = 0;
    for (size_t t = 0; t < g->n_taxon; t++)
        if (first[t])
            first[t] = (uint32_t)n++;
    for (size_t i = 0; i < g->n_taxon; i++)
        x[i].row = first[x[i].row];
    qsort(x, g->n_taxon, sizeof *x, by_first);
    free(first);
    *out_n = n;
    return GS_OK;
}

static void row_taxon(const gs_taxon *from, gs_rank rank, const char *id, gs_taxon *out)
{
    bool named = rank == GS_RANK_GENUS ? *from->genus != '\0' : *from->name[rank] != '\0';
    *out = *from;
    out->id = id;
    for (int r = (int)rank + 1; r < GS_N_RANK; r++)
        out->name[r] = "";
    if (rank < GS_RANK_GENUS) {
        out->genus = "";
        out->known = NULL;
        out->was = NULL;
    } else if (rank == GS_RANK_GENUS && named) {
        out->name[GS_RANK_GENUS] = from->genus;
    }
    out->rank = GS_RANK_NONE;
    for (int r = 0; r <= (int)rank; r++)
        if (*out->name[r])
            out->rank = (gs_rank)r;
}

gs_status gs_gut_collapse(gs_arena *a, const gs_gut *g, gs_rank rank, gs_gut **out,
                          gs_err *err)
{
    made m;
    size_t n = 0, n_value = 0;
    if (rank >= GS_N_RANK)
        return gs_fail(err, GS_EUSE, "a table is summed to a rank from domain to species");
    group *x = malloc((g->n_taxon ? g->n_taxon : 1) * sizeof *x);
    if (!x)
        return no_memory(err);
    gs_status st = group_taxa(a, g, rank, x, &n, err);
    double *sum = calloc(n ? n : 1, sizeof *sum);
    if (st == GS_OK && (!sum || !make(a, g, g->n_sample, n, g->n_value, &m)))
        st = no_memory(err);
    if (st == GS_OK) {
        for (size_t t = g->n_taxon; t-- > 0;) /* the first of a row stays */
            row_taxon(&g->taxon[t], rank, x[t].name, &m.taxon[x[t].row]);
        for (size_t s = 0; s < g->n_sample; s++) {
            copy_sample(&m, s, g, s);
            for (size_t k = g->start[s]; k < g->start[s + 1]; k++)
                sum[x[g->i_taxon[k]].row] += g->value[k];
            for (size_t r = 0; r < n; r++)
                if (sum[r] > 0) {
                    m.i_taxon[n_value] = (uint32_t)r;
                    m.value[n_value++] = sum[r];
                    sum[r] = 0;
                }
            m.start[s + 1] = n_value;
        }
        m.g->n_value = n_value;
        *out = m.g;
    }
    free(sum);
    free(x);
    return st;
}

/* ---- how far the names reach ---------------------------------------------------------------- */

static int by_text(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static size_t count_genera(const gs_gut *g, size_t s)
{
    size_t n = 0, different = 0, lo = g->start[s], hi = g->start[s + 1];
    const char **name = malloc((hi - lo ? hi - lo : 1) * sizeof *name);
    if (!name)
        return 0;
    for (size_t k = lo; k < hi; k++)
        if (*g->taxon[g->i_taxon[k]].genus)
            name[n++] = g->taxon[g->i_taxon[k]].genus;
    qsort(name, n, sizeof *name, by_text);
    for (size_t i = 0; i < n; i++)
        different += i == 0 || strcmp(name[i], name[i - 1]) != 0;
    free(name);
    return different;
}

void gs_gut_reach_of(const gs_gut *g, size_t s, gs_gut_reach *out)
{
    *out = (gs_gut_reach){0};
    for (size_t k = g->start[s]; k < g->start[s + 1]; k++) {
        const gs_taxon *t = &g->taxon[g->i_taxon[k]];
        double v = g->value[k] / g->total[s];
        out->n_taxon++;
        out->genus += *t->genus ? v : 0;
        out->guild += t->known ? v : 0;
        out->kind[t->kind] += v;
    }
    out->n_genus = count_genera(g, s);
    if (!(g->total[s] > 0)) {
        out->genus = out->guild = NAN;
        for (int i = 0; i < GS_N_TAXON_KIND; i++)
            out->kind[i] = NAN;
    }
}
