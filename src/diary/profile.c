/* Stool profiles in the diary.
 *
 * taxa is a text, a line a taxon:  value <tab> kind <tab> today's genus <tab> id <tab>
 * domain <tab> ... <tab> species. Names are kept as they were understood on the day of the
 * import; the guild of a genus is looked up when the profile is read, so that a better
 * guild table speaks about old profiles too. */
#include "diary/store.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- to text ------------------------------------------------------------------------- */

static void put_field(gs_buf *b, const char *s) /* tabs and line ends would break lines */
{
    for (; *s; s++)
        gs_buf_put_n(b, *s == '\t' || *s == '\n' || *s == '\r' ? " " : s, 1);
}

static void put_taxa(gs_buf *b, const gs_gut *g, size_t s)
{
    gs_buf_put(b, "");
    for (size_t k = g->start[s]; k < g->start[s + 1]; k++) {
        const gs_taxon *t = &g->taxon[g->i_taxon[k]];
        gs_buf_printf(b, "%.17g\t%d\t", g->value[k], (int)t->kind);
        put_field(b, t->genus);
        gs_buf_put(b, "\t");
        put_field(b, t->id);
        for (int r = 0; r < GS_N_RANK; r++) {
            gs_buf_put(b, "\t");
            put_field(b, t->name[r]);
        }
        gs_buf_put(b, "\n");
    }
}

/* ---- what it says of the axis ----------------------------------------------------------- */

static const struct {
    const char *channel;
    gs_guild guild;
} observed[] = {
    {"butyrate_share", GS_GUILD_BUTYRATE},
    {"bifido_share", GS_GUILD_BIFIDO_LACTO},
    {"pathobiont_share", GS_GUILD_PATHOBIONT},
};

static double share_of(const gs_gut *g, size_t s, gs_guild guild)
{
    double sum = 0;
    for (size_t k = g->start[s]; k < g->start[s + 1]; k++) {
        const gs_taxon *t = &g->taxon[g->i_taxon[k]];
        sum += t->known && t->known->guild == guild ? g->value[k] : 0;
    }
    return sum / g->total[s];
}

static gs_status put_shares(gs_diary *d, const gs_store_profile *p, const gs_gut *g, size_t s,
                            bool replace, gs_err *err)
{
    for (size_t i = 0; i < sizeof observed / sizeof *observed; i++) {
        char said[40];
        gs_put put;
        gs_store_old old = {0};
        gs_store_row r = {.person = p->person, .day = p->day, .scale = "", .said = said, .unit = ""};
        r.value = share_of(g, s, observed[i].guild);
        if (!(r.value > 0)) /* nothing seen is no measurement of nothing */
            continue;
        snprintf(said, sizeof said, "%.6g", r.value);
        r.n_said = strlen(said);
        GS_TRY(gs_store_channel(d, observed[i].channel, strlen(observed[i].channel), &r.channel, err));
        GS_TRY(gs_store_put(d, p->batch, &r, replace, &put, &old, err));
        if (put == GS_PUT_CLASH)
            return gs_fail(err, GS_EUSE, "%s of that day is %g in the diary already; --replace puts "
                           "the profile's in its place", observed[i].channel, old.value);
    }
    return GS_OK;
}

/* ---- keeping ------------------------------------------------------------------------------ */

static gs_status keep(gs_diary *d, const char *person, gs_store_profile *p, const gs_gut *g,
                      size_t s, bool replace, gs_put *put, gs_err *err)
{
    gs_buf there = {0};
    GS_TRY(gs_store_person(d, person, strlen(person), p->numbered, &p->person, err));
    GS_TRY(gs_store_batch(d, "profile", g->file, &p->batch, err));
    gs_status st = gs_store_profile_put(d, p, replace, put, &there, err);
    if (st == GS_OK && *put == GS_PUT_CLASH)
        st = gs_fail(err, GS_EUSE, "the diary has a profile of that day already (%.100s); --replace "
                     "puts this one in its place", there.data ? there.data : "");
    gs_buf_free(&there);
    if (st == GS_OK && *put != GS_PUT_SAME)
        st = put_shares(d, p, g, s, replace, err);
    return st;
}

gs_status gs_diary_profile_keep(gs_diary *d, const char *person, int32_t day, bool numbered,
                                const gs_gut *g, size_t s, bool replace, int64_t *out_batch,
                                gs_err *err)
{
    gs_buf taxa = {0};
    gs_put put = GS_PUT_NEW;
    *out_batch = 0;
    if (!(g->total[s] > 0))
        return gs_fail(err, GS_ERANGE, "%s: nothing of this sample was placed: there is nothing to "
                       "keep", g->file);
    put_taxa(&taxa, g, s);
    if (taxa.failed) {
        gs_buf_free(&taxa);
        return gs_fail(err, GS_ENOMEM, "out of memory");
    }
    gs_store_profile p = {.day = day, .numbered = numbered, .file = g->file, .format = g->format,
                          .sample = g->sample[s], .method = (int)g->method, .unit = (int)g->unit,
                          .human = g->human[s], .unplaced = g->unplaced[s], .taxa = taxa.data};
    gs_status st = gs_store_begin(d, err);
    if (st == GS_OK)
        st = keep(d, person && *person ? person : GS_PERSON_DEFAULT, &p, g, s, replace, &put, err);
    if (st == GS_OK && put != GS_PUT_SAME) {
        st = gs_store_commit(d, err);
        *out_batch = st == GS_OK ? p.batch : 0;
    }
    if (st != GS_OK || put == GS_PUT_SAME)
        gs_store_rollback(d);
    gs_buf_free(&taxa);
    return st;
}

/* ---- from text ------------------------------------------------------------------------------ */

typedef struct gather {
    gs_arena *a;
    gs_diary_profile *p;
    size_t n, cap;
} gather;

static const char *field(gs_arena *a, const char **at)
{
    size_t n = strcspn(*at, "\t\n");
    const char *s = n ? gs_arena_strndup(a, *at, n) : "";
    *at += n + ((*at)[n] == '\t');
    return s;
}

static gs_status damaged(const gs_store_profile *p, gs_err *err)
{
    return gs_fail(err, GS_ESTORE, "the profile %.100s in the diary is damaged; undo its import and "
                   "import it again", p->file);
}

static gs_status read_line(gs_arena *a, const gs_store_profile *p, const char **at, gs_taxon *t,
                           double *value, gs_err *err)
{
    char *end;
    *value = strtod(*at, &end);
    if (end == *at || *end != '\t' || !(*value > 0) || !isfinite(*value))
        return damaged(p, err);
    long kind = strtol(end + 1, &end, 10);
    if (*end != '\t' || kind < 0 || kind >= GS_N_TAXON_KIND)
        return damaged(p, err);
    *at = end + 1;
    t->kind = (gs_taxon_kind)kind;
    t->genus = field(a, at);
    t->id = field(a, at);
    t->rank = GS_RANK_NONE;
    for (int r = 0; r < GS_N_RANK; r++) {
        t->name[r] = field(a, at);
        if (!t->name[r])
            return gs_fail(err, GS_ENOMEM, "out of memory");
        if (*t->name[r])
            t->rank = (gs_rank)r;
    }
    if (!t->genus || !t->id)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    t->known = *t->genus ? gs_genus_find(t->genus) : NULL;
    if (**at != '\n')
        return damaged(p, err);
    ++*at;
    return GS_OK;
}

static gs_status to_gut(gs_arena *a, const gs_store_profile *p, gs_gut **out, gs_err *err)
{
    size_t n = 0;
    for (const char *q = p->taxa; (q = strchr(q, '\n')); q++)
        n++;
    gs_gut *g = GS_NEW(a, gs_gut, 1);
    const char **sample = GS_NEW(a, const char *, 1), **site = GS_NEW(a, const char *, 1);
    gs_taxon *taxon = GS_NEW(a, gs_taxon, n);
    size_t *start = GS_NEW(a, size_t, 2);
    uint32_t *i_taxon = GS_NEW(a, uint32_t, n);
    double *value = GS_NEW(a, double, n), *total = GS_NEW(a, double, 3);
    if (!g || !sample || !site || !taxon || !start || !i_taxon || !value || !total)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    const char *at = p->taxa;
    for (size_t k = 0; k < n; k++) {
        GS_TRY(read_line(a, p, &at, &taxon[k], &value[k], err));
        i_taxon[k] = (uint32_t)k;
        total[0] += value[k];
    }
    if (p->method < 0 || p->method >= GS_N_GUT_METHOD || p->unit < 0 || p->unit > GS_GUT_AMOUNTS || !n)
        return damaged(p, err);
    total[1] = p->human;
    total[2] = p->unplaced;
    start[1] = n;
    site[0] = "";
    sample[0] = gs_arena_strdup(a, p->sample);
    *g = (gs_gut){.file = gs_arena_strdup(a, p->file), .format = gs_arena_strdup(a, p->format),
                  .read_as = "kept in the diary", .unit = (gs_gut_unit)p->unit,
                  .method = (gs_gut_method)p->method, .n_sample = 1, .n_taxon = n, .n_value = n,
                  .sample = sample, .taxon = taxon, .start = start, .i_taxon = i_taxon,
                  .value = value, .total = total, .human = total + 1, .unplaced = total + 2,
                  .site = site};
    if (!g->file || !g->format || !sample[0])
        return gs_fail(err, GS_ENOMEM, "out of memory");
    *out = g;
    return GS_OK;
}

static gs_status take(void *ctx, const gs_store_profile *p, gs_err *err)
{
    gather *x = ctx;
    gs_gut *g = NULL;
    if (x->n == x->cap) {
        size_t cap = x->cap ? 2 * x->cap : 16;
        gs_diary_profile *more = GS_NEW(x->a, gs_diary_profile, cap);
        if (!more)
            return gs_fail(err, GS_ENOMEM, "out of memory");
        if (x->n)
            memcpy(more, x->p, x->n * sizeof *more);
        x->p = more;
        x->cap = cap;
    }
    GS_TRY(to_gut(x->a, p, &g, err));
    const char *person = gs_arena_strdup(x->a, p->name);
    if (!person)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    x->p[x->n++] = (gs_diary_profile){person, p->day, p->numbered, p->batch, g};
    return GS_OK;
}

gs_status gs_diary_profiles(gs_diary *d, const char *person, gs_arena *a, size_t *out_n,
                            const gs_diary_profile **out, gs_err *err)
{
    gather x = {.a = a};
    GS_TRY(gs_store_profiles(d, person, take, &x, err));
    *out_n = x.n;
    *out = x.p;
    return GS_OK;
}
