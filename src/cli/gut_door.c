/* Tables of the gut, from the command line to one sample that is worth reading. */
#include "cli/gut_door.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool gs_cli_gut_option(gs_cli_gut *o, int key, char *arg, struct argp_state *state)
{
    long m;
    switch (key) {
    case 's':
        o->sample = arg;
        return true;
    case OPT_GUT_TAXONOMY:
        o->file.taxonomy = arg;
        return true;
    case OPT_GUT_METHOD:
        m = gs_gut_method_find(arg);
        if (m <= 0)
            argp_error(state, "--method is 16s-closed, 16s-asv, 16s or shotgun, not \"%s\"", arg);
        o->file.gut.method = (gs_gut_method)m;
        return true;
    case OPT_GUT_FORMAT:
        o->file.gut.format = arg;
        return true;
    case OPT_GUT_AMOUNTS:
        o->file.gut.any_amount = true;
        return true;
    case OPT_GUT_REPEATS:
        o->file.gut.add_repeats = true;
        return true;
    case OPT_GUT_ANY_SITE:
        o->any_site = true;
        return true;
    default:
        return false;
    }
}

/* No taxon of the table has a name, and names lie beside it. */
static bool names_beside(const gs_gut *g, const char *path, char *out, size_t n)
{
    const char *slash = strrchr(path, '/');
    if (strcmp(g->format, "long") != 0)
        return false;
    for (size_t t = 0; t < g->n_taxon; t++)
        if (g->taxon[t].rank != GS_RANK_NONE)
            return false;
    snprintf(out, n, "%.*staxa.tsv", slash ? (int)(slash - path + 1) : 0, path);
    return access(out, R_OK) == 0;
}

gs_status gs_cli_gut_read(const gs_cli_gut *o, gs_arena *a, const char *path, gs_gut **out,
                          gs_err *err)
{
    char beside[4096];
    GS_TRY(gs_gutfile_read(a, path, &o->file, out, err));
    if (!o->file.taxonomy && names_beside(*out, path, beside, sizeof beside)) {
        gs_gutfile_opts again = o->file;
        again.taxonomy = beside;
        fprintf(stderr, "names of the taxa are taken from %s\n", beside);
        GS_TRY(gs_gutfile_read(a, path, &again, out, err));
    }
    return GS_OK;
}

static const char *shown(const gs_gut *g, size_t i)
{
    return *g->sample[i] ? g->sample[i] : "(no name)";
}

gs_status gs_cli_gut_choose(const gs_cli_gut *o, const gs_gut *g, size_t *out, gs_err *err)
{
    char list[200] = "";
    if (!o->sample && g->n_sample == 1) {
        *out = 0;
        return GS_OK;
    }
    long at = o->sample ? gs_gut_sample(g, o->sample) : -1;
    if (at >= 0) {
        *out = (size_t)at;
        return GS_OK;
    }
    for (size_t s = 0; s < g->n_sample && s < 5; s++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%.30s", s ? ", " : "",
                 shown(g, s));
    if (o->sample)
        return gs_fail_at(err, GS_EFOUND, g->file, 0, 0, NULL,
                          "has no sample \"%.60s\"; it has %s%s", o->sample, list,
                          g->n_sample > 5 ? " ..." : "");
    return gs_fail_at(err, GS_EFOUND, g->file, 0, 0, NULL,
                      "holds %zu samples; name one with --sample (%s%s)", g->n_sample, list,
                      g->n_sample > 5 ? " ..." : "");
}

gs_status gs_cli_gut_fit(const gs_cli_gut *o, const gs_gut *g, size_t s, gs_err *err)
{
    enum { FEWEST = 100 };
    gs_gut_site site;
    double reads = g->total[s] + g->human[s] + g->unplaced[s];
    if (g->unit == GS_GUT_READS && reads < FEWEST)
        return gs_fail_at(err, GS_ERANGE, g->file, 0, 0, NULL,
                          "holds %.0f reads; fewer than %d tell nothing about a gut", reads,
                          (int)FEWEST);
    gs_gut_site_of(g, s, &site);
    if (o->any_site || (site.site != GS_SITE_SKIN && site.site != GS_SITE_MOUTH))
        return GS_OK;
    if (site.said)
        return gs_fail_at(err, GS_ERANGE, g->file, 0, 0, NULL,
                          "is a sample of \"%.60s\", not of stool; --any-site reads it all the same",
                          g->site[s]);
    return gs_fail_at(err, GS_ERANGE, g->file, 0, 0, NULL,
                      "looks like %s, not like stool: genera of %s make up %.0f%% of it, of the mouth "
                      "%.0f%%, of stool %.0f%%; --any-site reads it all the same",
                      gs_site_name(site.site), "skin", 100 * site.skin, 100 * site.mouth,
                      100 * site.stool);
}

void gs_cli_gut_json_number(gs_buf *b, const char *key, double v)
{
    gs_buf_printf(b, isfinite(v) ? ", \"%s\": %.15g" : ", \"%s\": null", key, v);
}
