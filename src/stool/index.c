/* The indices of a sample, from its genera. */
#include "stool/index.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *key, *title, *what;
    gs_stool_scale scale;
} list[GS_N_STOOL] = {
#define X(name, k, t, s, w) {k, t, w, s},
    GS_STOOL_INDEX_LIST(X)
#undef X
};

const char *gs_stool_key(gs_stool_index i) { return i < GS_N_STOOL ? list[i].key : "?"; }
const char *gs_stool_title(gs_stool_index i) { return i < GS_N_STOOL ? list[i].title : "?"; }
const char *gs_stool_what(gs_stool_index i) { return i < GS_N_STOOL ? list[i].what : "?"; }
gs_stool_scale gs_stool_scale_of(gs_stool_index i) { return i < GS_N_STOOL ? list[i].scale : 0; }

long gs_stool_find(const char *key)
{
    for (long i = 0; i < GS_N_STOOL; i++)
        if (!strcmp(key, list[i].key))
            return i;
    return -1;
}

enum { SHARE_PAD = 10000 }; /* one read in 10,000 */

double gs_stool_to_scale(gs_stool_index i, double x)
{
    if (list[i].scale == GS_STOOL_LOG)
        return log(x);
    if (list[i].scale == GS_STOOL_SHARE)
        return log((x + 1.0 / SHARE_PAD) / (1 - x + 1.0 / SHARE_PAD));
    return x;
}

double gs_stool_from_scale(gs_stool_index i, double z)
{
    if (list[i].scale == GS_STOOL_LOG)
        return exp(z);
    if (list[i].scale == GS_STOOL_SHARE) {
        double p = 1 / (1 + exp(-z)), x = p * (1 + 2.0 / SHARE_PAD) - 1.0 / SHARE_PAD;
        return x < 0 ? 0 : x > 1 ? 1 : x;
    }
    return z;
}

/* Guild of an index that is one guild's share, GS_GUILD_NONE for the others. */
static gs_guild guild_of(gs_stool_index i)
{
    switch (i) {
    case GS_STOOL_BUTYRATE: return GS_GUILD_BUTYRATE;
    case GS_STOOL_SACCHAROLYTIC: return GS_GUILD_SACCHAROLYTIC;
    case GS_STOOL_BIFIDO_LACTO: return GS_GUILD_BIFIDO_LACTO;
    case GS_STOOL_PATHOBIONT: return GS_GUILD_PATHOBIONT;
    case GS_STOOL_METHANOGEN: return GS_GUILD_METHANOGEN;
    case GS_STOOL_OTHER: return GS_GUILD_OTHER;
    default: return GS_GUILD_NONE;
    }
}

/* Does this taxon count towards the share? */
bool stool_in_share(gs_stool_index i, const gs_taxon *t)
{
    const gs_genus *k = t->known;
    switch (i) {
    case GS_STOOL_FUNGI: return t->kind == GS_TAXON_FUNGI;
    case GS_STOOL_PHAGE: return t->kind == GS_TAXON_VIRUS;
    case GS_STOOL_MUCIN: return k && k->mucin;
    case GS_STOOL_BUTYRATE_CAPACITY: return k && k->butyrate;
    case GS_STOOL_PRO_LPS: return k && k->lps == GS_LPS_PRO;
    default: return k && guild_of(i) != GS_GUILD_NONE && k->guild == guild_of(i);
    }
}

void stool_indices(size_t n, const double *x, const gs_taxon *const *taxon, bool shotgun,
                   bool counts, double depth, double *out)
{
    gs_eco_alpha a;
    gs_eco_alpha_of(n, x, &a);

    for (size_t i = 0; i < GS_N_STOOL; i++)
        out[i] = NAN;
    out[GS_STOOL_SHANNON] = a.shannon;
    out[GS_STOOL_INV_SIMPSON] = a.inv_simpson;
    out[GS_STOOL_OBSERVED] = a.observed;
    out[GS_STOOL_CHAO1] = counts ? a.chao1 : NAN;
    out[GS_STOOL_PIELOU] = a.pielou;
    if (depth > 0) {
        bool enough = counts && a.total >= depth;
        double seen = enough ? gs_eco_rarefy(n, x, depth) : NAN;
        double h = enough ? gs_eco_rarefy_shannon(n, x, depth) : NAN;
        out[GS_STOOL_SHANNON] = h;
        out[GS_STOOL_OBSERVED] = seen;
        out[GS_STOOL_PIELOU] = seen > 1 ? h / log(seen) : NAN;
        /* 1/sum p^2 at m reads: sum p^2 is seen as S + (1 - S)/m, S its unbiased value */
        double same = 0;
        for (size_t i = 0; i < n; i++)
            same += a.total > 1 ? x[i] * (x[i] - 1) / (a.total * (a.total - 1)) : 0;
        out[GS_STOOL_INV_SIMPSON] = enough ? 1 / (same + (1 - same) / depth) : NAN;
        out[GS_STOOL_CHAO1] = NAN; /* has no expectation at a depth in closed form */
    }
    if (!(a.total > 0))
        return;
    for (gs_stool_index i = GS_STOOL_BUTYRATE; i <= GS_STOOL_PRO_LPS; i++) {
        if (!shotgun && (i == GS_STOOL_FUNGI || i == GS_STOOL_PHAGE))
            continue;
        double sum = 0;
        for (size_t k = 0; k < n; k++)
            sum += stool_in_share(i, taxon[k]) ? x[k] : 0;
        out[i] = sum / a.total;
    }
    /* half a read, or its like, keeps the ratio finite where one side is not seen */
    double half = counts ? 0.5 / a.total : 0.5 / SHARE_PAD;
    out[GS_STOOL_BUTYRATE_LPS] =
        log((out[GS_STOOL_BUTYRATE_CAPACITY] + half) / (out[GS_STOOL_PRO_LPS] + half));
}

/* Of what is named at species; NaN when nothing is. Rows that share a species name (SGBs)
 * are kept apart: they are different kinds. */
static double species_shannon(const gs_gut *g, size_t s)
{
    double total = 0, h = 0;
    for (size_t k = g->start[s]; k < g->start[s + 1]; k++)
        total += *g->taxon[g->i_taxon[k]].name[GS_RANK_SPECIES] ? g->value[k] : 0;
    if (!(total > 0))
        return NAN;
    for (size_t k = g->start[s]; k < g->start[s + 1]; k++)
        if (*g->taxon[g->i_taxon[k]].name[GS_RANK_SPECIES])
            h -= g->value[k] / total * log(g->value[k] / total);
    return h;
}

gs_status gs_stool_indices(gs_arena *a, const gs_gut *g, const gs_gut *species, double depth,
                           double *out, gs_err *err)
{
    gs_mark m = gs_arena_mark(a);
    const gs_taxon **t = GS_NEW(a, const gs_taxon *, g->n_taxon + 1);

    if (!t)
        return gs_fail(err, GS_ENOMEM, "out of memory for the numbers of %zu samples", g->n_sample);
    for (size_t s = 0; s < g->n_sample; s++) {
        size_t from = g->start[s], n = g->start[s + 1] - from;
        for (size_t k = 0; k < n; k++)
            t[k] = &g->taxon[g->i_taxon[from + k]];
        stool_indices(n, g->value + from, t, g->method == GS_GUT_SHOTGUN, g->unit == GS_GUT_READS,
                      depth, out + s * GS_N_STOOL);
        if (species && species->method == GS_GUT_SHOTGUN) {
            out[s * GS_N_STOOL + GS_STOOL_GMHI] = stool_gmhi(species, s);
            out[s * GS_N_STOOL + GS_STOOL_SPECIES_SHANNON] = species_shannon(species, s);
        }
    }
    gs_arena_release(a, m);
    return GS_OK;
}
