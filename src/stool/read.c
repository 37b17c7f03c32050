/* One sample: its numbers, their noise, their place among others. */
#include "stool/index.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_DRAW = 200, N_CURVE = 33, MIN_READS = 100, N_CLOUD = 40 };

static int by_value(const void *a, const void *b)
{
    const gs_stool_genus *p = a, *q = b;
    if (p->value != q->value)
        return p->value > q->value ? -1 : 1;
    return strcmp(p->name, q->name);
}

static gs_status genera(gs_arena *a, const gs_gut *g, gs_stool *x, gs_err *err)
{
    size_t n = g->start[1];
    gs_stool_genus *list = GS_NEW(a, gs_stool_genus, n + 1);
    if (!list)
        return gs_fail(err, GS_ENOMEM, "out of memory for %zu genera", n);
    for (size_t k = 0; k < n; k++) {
        const gs_taxon *t = &g->taxon[g->i_taxon[k]];
        list[k] = (gs_stool_genus){t->id, t->known, t->kind, g->value[k], g->value[k] / x->total};
        gs_guild at = t->known                        ? t->known->guild
                      : t->kind == GS_TAXON_FUNGI ? GS_GUILD_FUNGI
                      : t->kind == GS_TAXON_VIRUS ? GS_GUILD_VIRUS
                                                  : GS_GUILD_NONE;
        x->guild[at] += list[k].share;
    }
    qsort(list, n, sizeof *list, by_value);
    x->genus = list;
    x->n_genus = n;
    return GS_OK;
}

/* ---- noise ---------------------------------------------------------------------------- */

static const gs_eco_range nothing = {NAN, NAN, NAN};

static gs_eco_range counting(const gs_stool *x, gs_stool_index i, const gs_eco_noise *noise,
                             double at, double capacity, double lps)
{
    gs_eco_range r = {at, NAN, NAN};
    switch (i) {
    case GS_STOOL_SHANNON: return noise->shannon;
    case GS_STOOL_INV_SIMPSON: return noise->inv_simpson;
    case GS_STOOL_OBSERVED: return noise->observed;
    case GS_STOOL_CHAO1: return noise->chao1;
    case GS_STOOL_PIELOU: return noise->pielou;
    case GS_STOOL_BUTYRATE_LPS:
        r = gs_eco_log_ratio(round(capacity * x->total), round(lps * x->total));
        r.at = at;
        return r;
    case GS_STOOL_SPECIES_SHANNON:
    case GS_STOOL_GMHI: return r; /* shares, or a threshold: no simple counting noise */
    default: break;
    }
    r = isnan(at) ? nothing : gs_eco_share(round(at * x->total), x->total);
    r.at = at;
    return r;
}

static const gs_stool_day *day_noise(const gs_stool *x, gs_stool_index i)
{
    for (size_t k = 0; k < x->refs->n_day; k++)
        if (x->refs->day[k].index == i && x->refs->day[k].shotgun == (x->method == GS_GUT_SHOTGUN))
            return &x->refs->day[k];
    return NULL;
}

/* ---- place ---------------------------------------------------------------------------- */

/* Measured alike: by the same method, and read by the same program where that matters.
 * MetaPhlAn 4 has kinds ("SGB") that 2 and 3 did not. */
static bool alike(const gs_stool *x, const gs_stool_ref *r)
{
    return r->method == x->method &&
           (!*r->profiler || !strncmp(x->profiler, r->profiler, strlen(r->profiler)));
}

/* The reference for an index: same method, the band that holds the age (without an age the
 * widest band of grown people), the deepest depth the sample has; an index that depth does
 * not move takes the deepest there is. */
static const gs_stool_ref *find_ref(const gs_stool *x, gs_stool_index i)
{
    const gs_stool_ref *best = NULL;
    bool by_depth = i <= GS_STOOL_PIELOU;

    for (size_t k = 0; k < x->refs->n_ref; k++) {
        const gs_stool_ref *r = &x->refs->ref[k];
        if (!alike(x, r) || r->index != i)
            continue;
        if (isnan(x->age) ? r->age_lo < 18 : x->age < r->age_lo || x->age >= r->age_hi)
            continue;
        if (by_depth && r->depth > 0 && !(x->counts && x->total >= r->depth))
            continue;
        double wide = best ? best->age_hi - best->age_lo : 0, mine = r->age_hi - r->age_lo;
        bool better = !best || (isnan(x->age) ? mine > wide : mine < wide) ||
                      (mine == wide && r->depth > best->depth);
        best = better ? r : best;
    }
    return best;
}

static const char *why_none(const gs_stool *x, gs_stool_index i)
{
    bool method = false, program = false, index = false, depth = false;
    for (size_t k = 0; k < x->refs->n_ref; k++) {
        const gs_stool_ref *r = &x->refs->ref[k];
        method |= r->method == x->method;
        program |= alike(x, r);
        index |= alike(x, r) && r->index == i;
        depth |= alike(x, r) && r->index == i && r->depth > 0 &&
                 !(x->counts && x->total >= r->depth);
    }
    if (x->method == GS_GUT_METHOD_UNKNOWN)
        return "the file does not say how it was measured";
    if (!method)
        return "no reference for this method";
    if (!program)
        return "no reference for this profiler";
    if (!index)
        return "no reference for this number by this method";
    if (depth && !x->counts)
        return "the file has shares, not reads, and this number depends on reads";
    if (depth)
        return "too few reads for the reference";
    return "no reference for this age by this method";
}

static void place_one(gs_stool *x, gs_stool_index i, const double *plain,
                      double (*at_depth)[GS_N_STOOL], const double *depth, size_t n_depth)
{
    gs_stool_value *v = &x->value[i];
    v->compared = plain[i];
    v->place = nothing;
    v->day = nothing;
    v->why = "";
    v->ref = isnan(plain[i]) ? NULL : find_ref(x, i);
    if (isnan(plain[i]))
        v->why = "not known from this file";
    else if (!v->ref)
        v->why = why_none(x, i);
    for (size_t d = 0; d < n_depth && v->ref && v->ref->depth > 0 && i <= GS_STOOL_PIELOU; d++)
        if (depth[d] == v->ref->depth)
            v->compared = at_depth[d][i];
    const gs_stool_day *noise = day_noise(x, i);
    if (noise && !isnan(plain[i])) {
        /* two samples differ by sqrt 2 of one's scatter, and counting comes on top */
        double z = gs_stool_to_scale(i, plain[i]), half = 1.96 * noise->sd * M_SQRT2;
        v->day = (gs_eco_range){plain[i], gs_stool_from_scale(i, z - half),
                                gs_stool_from_scale(i, z + half)};
    }
    if (!v->ref)
        return;
    v->place.at = gs_stool_place(v->ref, v->compared);
    if (noise) {
        double z = gs_stool_to_scale(i, v->compared), half = 1.96 * noise->sd * M_SQRT2;
        v->place.lo = gs_stool_place(v->ref, gs_stool_from_scale(i, z - half));
        v->place.hi = gs_stool_place(v->ref, gs_stool_from_scale(i, z + half));
    }
}

/* ---- map ------------------------------------------------------------------------------ */

/* Where amounts of genera fall: centred log-ratio over the map's genera, shares with one
 * read in 10,000 added (a deeper sample must not lie elsewhere for its depth). */
static void project(const gs_stool_map *m, const double *share, double *x, double *y)
{
    double mean = 0;
    *x = *y = 0;
    for (size_t k = 0; k < m->n_genus; k++)
        mean += log(share[k] + 1e-4) / (double)m->n_genus;
    for (size_t k = 0; k < m->n_genus; k++) {
        double d = log(share[k] + 1e-4) - mean - m->mean[k];
        *x += d * m->load1[k];
        *y += d * m->load2[k];
    }
}

static gs_status place_on_map(gs_arena *a, gs_stool *x, gs_rng *r, gs_err *err)
{
    for (size_t k = 0; k < x->refs->n_map; k++)
        if (x->refs->map[k].method == x->method)
            x->map = &x->refs->map[k];
    if (!x->map || x->age < 3) /* infants lie elsewhere, and mean nothing on this map */
        return x->map = NULL, GS_OK;
    const gs_stool_map *m = x->map;
    double *share = GS_NEW(a, double, 2 * m->n_genus + 1), *draw = share ? share + m->n_genus : NULL;
    size_t *at = GS_NEW(a, size_t, m->n_genus + 1);
    double *cx = GS_NEW(a, double, 2 * N_CLOUD), *cy = cx ? cx + N_CLOUD : NULL, all = 0;
    if (!share || !at || !cx)
        return gs_fail(err, GS_ENOMEM, "out of memory for the map");
    for (size_t k = 0; k < m->n_genus; k++) {
        at[k] = SIZE_MAX;
        for (size_t i = 0; i < x->n_genus; i++)
            if (!strcmp(m->genus[k], x->genus[i].name))
                at[k] = i;
        share[k] = at[k] == SIZE_MAX ? 0 : x->genus[at[k]].share;
        all += share[k];
    }
    if (!(all > 0))
        return x->map = NULL, GS_OK;
    project(m, share, &x->map_x, &x->map_y);
    for (size_t d = 0; d < N_CLOUD && x->counts; d++) {
        double sum = 0;
        for (size_t k = 0; k < m->n_genus; k++)
            sum += draw[k] = share[k] > 0 ? gs_rng_gamma(r, share[k] * x->total) : 0;
        sum += (1 - all) * x->total;
        for (size_t k = 0; k < m->n_genus; k++)
            draw[k] /= sum;
        project(m, draw, &cx[d], &cy[d]);
        x->n_cloud = d + 1;
    }
    x->cloud_x = cx, x->cloud_y = cy;
    return GS_OK;
}

/* ---- the table's own rows --------------------------------------------------------------- */

static gs_status curves(gs_arena *a, const gs_gut *g, const gs_gut *genus, gs_stool *x, gs_err *err)
{
    double *m = GS_NEW(a, double, 3 * N_CURVE);
    if (!m)
        return gs_fail(err, GS_ENOMEM, "out of memory for the rarefaction curve");
    if (!x->counts)
        return GS_OK;
    double *of_genus = m + N_CURVE, *of_feature = of_genus + N_CURVE;
    for (size_t k = 0; k < N_CURVE; k++) { /* dense where the curve bends */
        double f = (double)k / (N_CURVE - 1);
        m[k] = floor(x->total * f * f + 0.5);
        of_genus[k] = gs_eco_rarefy(genus->start[1], genus->value, m[k]);
        of_feature[k] = gs_eco_rarefy(g->start[1], g->value, m[k]);
    }
    x->n_curve = N_CURVE;
    x->curve_m = m, x->curve_genus = of_genus, x->curve_feature = of_feature;
    return GS_OK;
}

static gs_status faith(gs_arena *a, const gs_gut *g, const gs_eco_tree *t, gs_stool *x, gs_err *err)
{
    size_t n = g->start[1], missed = 0;
    uint32_t *node = GS_NEW(a, uint32_t, n + 1);
    x->faith = NAN;
    if (!t)
        return GS_OK;
    if (!node)
        return gs_fail(err, GS_ENOMEM, "out of memory for phylogenetic diversity");
    const char *first = "";
    for (size_t k = 0; k < n; k++) {
        long at = gs_eco_tree_find(t, g->taxon[g->i_taxon[k]].id);
        node[k] = at < 0 ? UINT32_MAX : (uint32_t)at;
        if (at < 0 && missed++ == 0)
            first = g->taxon[g->i_taxon[k]].id;
    }
    if (2 * missed > n)
        return gs_fail(err, GS_ERANGE, "%zu of the sample's %zu taxa are no tips of the tree (\"%.60s\" is "
                       "the first); the tree must name the table's rows", missed, n, first);
    return gs_eco_faith(a, t, n, g->value, node, &x->faith, err);
}

/* "metaphlan4" when the table has its nameless kinds, else the format's name. */
static const char *profiler(const gs_gut *g)
{
    if (strncmp(g->format, "metaphlan", 9) != 0)
        return g->format;
    for (size_t k = 0; k < g->n_taxon; k++)
        if (strstr(g->taxon[k].id, "SGB") || strstr(g->taxon[k].id, "GGB"))
            return "metaphlan4";
    return "metaphlan2";
}

gs_status gs_stool_read(gs_arena *a, const gs_gut *g, size_t i_sample, const gs_stool_opts *o,
                        gs_stool **out, gs_err *err)
{
    gs_gut *one, *genus;
    gs_stool *x = GS_NEW(a, gs_stool, 1);

    if (!x)
        return gs_fail(err, GS_ENOMEM, "out of memory for a sample");
    GS_TRY(gs_gut_take(a, g, 1, &i_sample, &one, err));
    x->gut = g;
    x->sample = g->sample[i_sample];
    x->counts = g->unit == GS_GUT_READS;
    x->total = one->total[0], x->human = one->human[0], x->unplaced = one->unplaced[0];
    x->age = o->age;
    x->profiler = profiler(g);
    x->method = o->method == GS_GUT_METHOD_UNKNOWN ? g->method : o->method;
    one->method = x->method;
    if (!(x->total > 0))
        return gs_fail(err, GS_ERANGE, "sample \"%.60s\" is empty: nothing in it but human or unplaced reads",
                       x->sample);
    if (x->counts && x->total < MIN_READS)
        return gs_fail(err, GS_ERANGE, "sample \"%.60s\" has %.0f reads; with fewer than %d nothing can be said",
                       x->sample, x->total, MIN_READS);
    GS_TRY(gs_gut_collapse(a, one, GS_RANK_GENUS, &genus, err));
    gs_stool_refs *shipped;
    x->refs = o->refs;
    if (!x->refs) {
        GS_TRY(gs_stool_refs_shipped(a, &shipped, err));
        x->refs = shipped;
    }
    gs_gut_reach_of(g, i_sample, &x->reach);
    gs_gut_site_of(g, i_sample, &x->site);
    GS_TRY(genera(a, genus, x, err));

    // the numbers, as they are and at every depth a reference uses
    enum { MAX_DEPTH = 8 };
    double plain[GS_N_STOOL], at_depth[MAX_DEPTH][GS_N_STOOL], depth[MAX_DEPTH];
    size_t n_depth = 0;
    genus->method = x->method;
    GS_TRY(gs_stool_indices(a, genus, one, 0, plain, err));
    for (size_t k = 0; k < x->refs->n_ref; k++) {
        const gs_stool_ref *r = &x->refs->ref[k];
        bool had = !(r->depth > 0) || r->method != x->method;
        for (size_t d = 0; d < n_depth; d++)
            had |= depth[d] == r->depth;
        if (had || n_depth == MAX_DEPTH)
            continue;
        depth[n_depth] = r->depth;
        GS_TRY(gs_stool_indices(a, genus, NULL, r->depth, at_depth[n_depth++], err));
    }

    // counting noise, the day's noise, the place
    gs_rng r = gs_rng_stream(o->seed, 0, "stool");
    gs_eco_noise noise;
    GS_TRY(gs_eco_noise_of(a, genus->start[1], genus->value, &r, x->counts ? N_DRAW : 0, &noise, err));
    for (gs_stool_index i = 0; i < GS_N_STOOL; i++) {
        place_one(x, i, plain, at_depth, depth, n_depth);
        x->value[i].count = (gs_eco_range){plain[i], NAN, NAN};
        if (x->counts && !isnan(plain[i]))
            x->value[i].count = counting(x, i, &noise, plain[i], plain[GS_STOOL_BUTYRATE_CAPACITY],
                                         plain[GS_STOOL_PRO_LPS]);
    }
    gs_eco_alpha_of(one->start[1], one->value, &x->feature);
    GS_TRY(gs_eco_noise_of(a, one->start[1], one->value, &r, x->counts ? N_DRAW : 0,
                           &x->feature_noise, err));
    GS_TRY(curves(a, one, genus, x, err));
    GS_TRY(faith(a, one, o->tree, x, err));
    GS_TRY(place_on_map(a, x, &r, err));
    *out = x;
    return GS_OK;
}
