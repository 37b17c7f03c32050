/* Any bytes as a stool table. Whatever is taken must keep the promises of gut.h, and can be
 * summed to genera without losing a read. The first byte chooses a forced format now and
 * then, so that readers meet files that are not theirs. */
#include "gutskin/gut.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void check(gs_arena *a, const gs_gut *g)
{
    gs_gut *c = NULL;
    gs_err err = {0};
    gs_gut_reach reach;
    gs_gut_site site;
    for (size_t s = 0; s < g->n_sample; s++) {
        double sum = 0;
        must(g->start[s] <= g->start[s + 1] && g->start[s + 1] <= g->n_value);
        for (size_t k = g->start[s]; k < g->start[s + 1]; k++) {
            must(g->i_taxon[k] < g->n_taxon && g->value[k] > 0 && isfinite(g->value[k]));
            must(k == g->start[s] || g->i_taxon[k] > g->i_taxon[k - 1]);
            sum += g->value[k];
        }
        must(fabs(sum - g->total[s]) <= 1e-9 * (1 + sum));
        must(g->human[s] >= 0 && g->unplaced[s] >= 0 && g->sample[s] && g->site[s]);
        gs_gut_reach_of(g, s, &reach);
        gs_gut_site_of(g, s, &site);
    }
    for (size_t t = 0; t < g->n_taxon; t++) {
        must(g->taxon[t].id && g->taxon[t].genus && g->taxon[t].kind < GS_N_TAXON_KIND);
        must(gs_text_utf8(g->taxon[t].genus, strlen(g->taxon[t].genus), NULL));
    }
    if (g->n_sample > 1000 || g->n_taxon > 5000)
        return;
    must(gs_gut_collapse(a, g, GS_RANK_GENUS, &c, &err) == GS_OK);
    for (size_t s = 0; s < g->n_sample; s++)
        must(c->total[s] == g->total[s]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gs_arena *a = gs_arena_new((size_t)256 << 20);
    gs_gut *g = NULL;
    gs_err err = {0};
    gs_gut_opts o = GS_GUT_OPTS;
    if (!a)
        return 0;
    if (size > 2 && data[size - 1] % 7 == 0)
        o.format = gs_gut_format_at(data[size - 2] % gs_gut_format_count())->name;
    o.any_amount = size > 3 && data[size - 3] % 5 == 0;
    o.add_repeats = o.any_amount;
    if (gs_gut_parse(a, "fuzz", (const char *)data, size, &o, &g, &err) == GS_OK)
        check(a, g);
    else
        must(g == NULL && err.msg[0]);
    gs_arena_free(a);
    return 0;
}
