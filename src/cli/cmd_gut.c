/* gutskin gut: what a stool result is and holds, before anything is made of it. */
#include "cli/diary_door.h"
#include "cli/gut_door.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_FORMATS = 256, OPT_GENERA };

typedef struct options {
    gs_cli_gut gut;
    bool json, formats;
    long n_genus; /* how many genera to list */
    char **file;
    int n_file;
} options;

static const struct argp_option option_list[] = {
    GS_GUT_FILE_OPTIONS,
    {"genera", OPT_GENERA, "N", 0, "list the N largest genera (10)", 0},
    {"formats", OPT_FORMATS, NULL, 0, "list the formats that are read", 0},
    GS_JSON_OPTION,
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    if (gs_cli_gut_option(&o->gut, key, arg, state))
        return 0;
    switch (key) {
    case 'j':
        o->json = true;
        return 0;
    case OPT_FORMATS:
        o->formats = true;
        return 0;
    case OPT_GENERA:
        if (!gs_text_long(arg, strlen(arg), 0, 100000, &o->n_genus))
            argp_error(state, "--genera wants a number, not \"%s\"", arg);
        return 0;
    case ARGP_KEY_ARGS:
        o->file = state->argv + state->next;
        o->n_file = state->argc - state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        if (!o->formats)
            argp_error(state, "name a file");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- what is in a sample ------------------------------------------------------------------ */

typedef struct sample_sum {
    double guild[GS_N_GUILD + 1]; /* shares of total */
    gs_gut_reach reach;
    gs_gut_site site;
} sample_sum;

static void sum_up(const gs_gut *g, size_t s, sample_sum *x)
{
    *x = (sample_sum){0};
    for (size_t k = g->start[s]; k < g->start[s + 1]; k++) {
        const gs_taxon *t = &g->taxon[g->i_taxon[k]];
        gs_guild at = t->known                        ? t->known->guild
                      : t->kind == GS_TAXON_FUNGI ? GS_GUILD_FUNGI
                      : t->kind == GS_TAXON_VIRUS ? GS_GUILD_VIRUS
                                                  : GS_GUILD_NONE;
        x->guild[at] += g->value[k] / g->total[s];
    }
    gs_gut_reach_of(g, s, &x->reach);
    gs_gut_site_of(g, s, &x->site);
}

/* "26,667,003" */
static const char *thousands(double v, char buf[40])
{
    char plain[32];
    snprintf(plain, sizeof plain, "%.0f", v);
    size_t n = strlen(plain), to = 0;
    for (size_t i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            buf[to++] = ',';
        buf[to++] = plain[i];
    }
    buf[to] = '\0';
    return buf;
}

static const char *amount(const gs_gut *g, double v, char buf[40])
{
    if (g->unit == GS_GUT_READS)
        return thousands(v, buf);
    snprintf(buf, 40, g->unit == GS_GUT_SHARES ? "%.4f" : "%.4g", v);
    return buf;
}

static const char *unit_name(gs_gut_unit u)
{
    return u == GS_GUT_READS ? "reads" : u == GS_GUT_SHARES ? "shares" : "amounts";
}

static const char *percent(double share, char buf[16])
{
    if (isnan(share))
        snprintf(buf, 16, "-");
    else if (share > 0 && share < 0.0005)
        snprintf(buf, 16, "<0.1%%");
    else
        snprintf(buf, 16, "%.1f%%", 100 * share);
    return buf;
}

/* ---- text ----------------------------------------------------------------------------------- */

static void say_site(gs_buf *b, const gs_gut *g, size_t i_sample, const sample_sum *x)
{
    const gs_gut_site *s = &x->site;
    char p[16], q[16], r[16];
    const char *what = s->site == GS_SITE_STOOL  ? "stool"
                       : s->site == GS_SITE_SKIN ? "skin, not stool"
                       : s->site == GS_SITE_MOUTH ? "mouth, not stool"
                                                  : "no stool that can be told for one";
    gs_buf_printf(b, "  looks like %s: genera of stool %s, skin %s, mouth %s\n", what,
                  percent(s->stool, p), percent(s->skin, q), percent(s->mouth, r));
    double all = g->total[i_sample] + g->human[i_sample] + g->unplaced[i_sample];
    if (s->site != GS_SITE_STOOL)
        gs_buf_printf(b, "  little of a gut in it: genera of stool are %s of everything counted\n",
                      percent(s->stool * g->total[i_sample] / all, p));
    if (g->unit == GS_GUT_READS && g->total[i_sample] < 1000)
        gs_buf_printf(b, "  only %.0f reads were placed: shares of them are rough\n",
                      g->total[i_sample]);
}

static void say_part(gs_buf *b, const gs_gut *g, const char *what, double v, double all)
{
    char buf[40], p[16];
    gs_buf_printf(b, "    %-12s %16s %8s\n", what, amount(g, v, buf), percent(v / all, p));
}

static void say_kinds(gs_buf *b, const sample_sum *x)
{
    char p[16];
    bool first = true;
    gs_buf_put(b, "  placed are");
    for (int k = 0; k < GS_N_TAXON_KIND; k++) {
        if (!(x->reach.kind[k] > 0))
            continue;
        gs_buf_printf(b, "%s %s %s", first ? "" : ",", percent(x->reach.kind[k], p),
                      gs_taxon_kind_name((gs_taxon_kind)k));
        first = false;
    }
    gs_buf_put(b, first ? " none\n" : "\n");
}

static void say_guilds(gs_buf *b, const sample_sum *x)
{
    char p[16];
    gs_buf_put(b, "  guilds, share of what was placed\n");
    for (int k = 0; k <= GS_N_GUILD; k++)
        if (x->guild[k] > 0 || k <= GS_GUILD_PATHOBIONT)
            gs_buf_printf(b, "    %-32s %8s\n", gs_guild_title((gs_guild)k),
                          percent(x->guild[k], p));
}

typedef struct top {
    const gs_taxon *t;
    double share;
} top;

static int by_share(const void *x, const void *y)
{
    double a = ((const top *)x)->share, b = ((const top *)y)->share;
    return (a < b) - (a > b);
}

static gs_status top_genera(gs_arena *a, const gs_gut *g, size_t s, top **out, size_t *n,
                            gs_err *err)
{
    gs_gut *one = NULL, *genus = NULL;
    GS_TRY(gs_gut_take(a, g, 1, &s, &one, err));
    GS_TRY(gs_gut_collapse(a, one, GS_RANK_GENUS, &genus, err));
    top *x = GS_NEW(a, top, genus->n_value);
    if (!x)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t k = 0; k < genus->n_value; k++)
        x[k] = (top){&genus->taxon[genus->i_taxon[k]], genus->value[k] / genus->total[0]};
    qsort(x, genus->n_value, sizeof *x, by_share);
    *out = x;
    *n = genus->n_value;
    return GS_OK;
}

static gs_status say_genera(gs_buf *b, gs_arena *a, const gs_gut *g, size_t s, long most,
                            gs_err *err)
{
    top *x = NULL;
    size_t n = 0;
    char p[16];
    GS_TRY(top_genera(a, g, s, &x, &n, err));
    if (n && most)
        gs_buf_put(b, "  largest genera\n");
    for (size_t i = 0; i < n && (long)i < most; i++)
        gs_buf_printf(b, "    %-40s %8s  %s%s%s\n", x[i].t->id, percent(x[i].share, p),
                      x[i].t->known ? gs_guild_title(x[i].t->known->guild)
                                    : gs_taxon_kind_name(x[i].t->kind),
                      x[i].t->was ? ", written " : "", x[i].t->was ? x[i].t->was : "");
    return GS_OK;
}

static gs_status say_sample(gs_buf *b, gs_arena *a, const gs_gut *g, size_t s, long most,
                            gs_err *err)
{
    sample_sum x;
    char p[16], q[16], buf[40];
    double all = g->total[s] + g->human[s] + g->unplaced[s];
    sum_up(g, s, &x);
    gs_buf_printf(b, "%s\n", *g->sample[s] ? g->sample[s] : "sample");
    gs_buf_printf(b, "  %s %20s\n", unit_name(g->unit), amount(g, all, buf));
    say_part(b, g, "human", g->human[s], all);
    say_part(b, g, "not placed", g->unplaced[s], all);
    say_part(b, g, "placed", g->total[s], all);
    if (!(g->total[s] > 0)) {
        gs_buf_put(b, "  nothing was placed: there is no gut in this\n");
        return GS_OK;
    }
    say_kinds(b, &x);
    gs_buf_printf(b, "  names reach %s at genus (%zu genera of %zu taxa), %s in the guild table\n",
                  percent(x.reach.genus, p), x.reach.n_genus, x.reach.n_taxon,
                  percent(x.reach.guild, q));
    say_site(b, g, s, &x);
    if (x.site.site == GS_SITE_STOOL || x.site.stool > 0.2)
        say_guilds(b, &x);
    return say_genera(b, a, g, s, most, err);
}

static int by_number(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static void say_spread(gs_buf *b, const char *what, double *x, size_t n, bool share)
{
    char p[40], q[40], r[40];
    if (!n)
        return;
    qsort(x, n, sizeof *x, by_number);
    double mid = n % 2 ? x[n / 2] : 0.5 * (x[n / 2 - 1] + x[n / 2]);
    gs_buf_printf(b, "  %-32s median %s, from %s to %s\n", what,
                  share ? percent(mid, p) : thousands(mid, p),
                  share ? percent(x[0], q) : thousands(x[0], q),
                  share ? percent(x[n - 1], r) : thousands(x[n - 1], r));
}

static gs_status say_table(gs_buf *b, gs_arena *a, const gs_gut *g, gs_err *err)
{
    double *reads = GS_NEW(a, double, g->n_sample), *genus = GS_NEW(a, double, g->n_sample);
    double *guild = GS_NEW(a, double, g->n_sample), *one = GS_NEW(a, double, g->n_sample);
    double *shares = GS_NEW(a, double, g->n_sample * (GS_N_GUILD + 1));
    size_t n = 0, few = 0, site[GS_N_SITE] = {0};
    if (!reads || !genus || !guild || !one || !shares)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t s = 0; s < g->n_sample; s++) {
        sample_sum x;
        reads[s] = g->total[s] + g->human[s] + g->unplaced[s];
        few += g->unit == GS_GUT_READS && reads[s] < 100;
        if (!(g->total[s] > 0) || (g->unit == GS_GUT_READS && reads[s] < 100))
            continue;
        sum_up(g, s, &x);
        genus[n] = x.reach.genus;
        guild[n] = x.reach.guild;
        site[x.site.site]++;
        for (int k = 0; k <= GS_N_GUILD; k++)
            shares[(size_t)k * g->n_sample + n] = x.guild[k];
        n++;
    }
    if (g->unit == GS_GUT_READS)
        say_spread(b, "reads a sample", reads, g->n_sample, false);
    if (few)
        gs_buf_printf(b, "  %zu of %zu samples hold fewer than 100 reads, which tell nothing; they are "
                      "left out below\n", few, g->n_sample);
    if (!n)
        return GS_OK;
    say_spread(b, "named at genus", genus, n, true);
    say_spread(b, "in the guild table", guild, n, true);
    gs_buf_put(b, "  look like");
    for (int k = 0, first = 1; k < GS_N_SITE; k++)
        if (site[k]) {
            gs_buf_printf(b, "%s %s %zu", first ? "" : ",", gs_site_name((gs_site)k), site[k]);
            first = 0;
        }
    gs_buf_put(b, "\n  guilds, share of what was placed\n");
    for (int k = 0; k <= GS_N_GUILD; k++) {
        memcpy(one, shares + (size_t)k * g->n_sample, n * sizeof *one);
        char what[60];
        snprintf(what, sizeof what, "  %s", gs_guild_title((gs_guild)k));
        say_spread(b, what, one, n, true);
    }
    gs_buf_put(b, "  --sample NAME shows one of them\n");
    return GS_OK;
}

static gs_status say(const options *o, gs_buf *b, gs_arena *a, const gs_gut *g, gs_err *err)
{
    gs_buf_printf(b, "%s: %s; %s\n", g->file, g->read_as, gs_gut_method_title(g->method));
    for (size_t i = 0; i < g->n_note; i++)
        gs_buf_printf(b, "  note: %s\n", g->note[i]);
    size_t s = 0;
    if (g->n_sample > 1 && !o->gut.sample)
        return say_table(b, a, g, err);
    GS_TRY(gs_cli_gut_choose(&o->gut, g, &s, err));
    return say_sample(b, a, g, s, o->n_genus, err);
}

/* ---- JSON ------------------------------------------------------------------------------------- */

static gs_status json_sample(const options *o, gs_buf *b, gs_arena *a, const gs_gut *g, size_t s,
                             gs_err *err)
{
    sample_sum x;
    sum_up(g, s, &x);
    gs_buf_put(b, "{\"sample\": ");
    gs_cli_json_text(b, g->sample[s]);
    gs_cli_gut_json_number(b, "total", g->total[s]);
    gs_cli_gut_json_number(b, "human", g->human[s]);
    gs_cli_gut_json_number(b, "not_placed", g->unplaced[s]);
    gs_buf_printf(b, ", \"taxa\": %zu, \"genera\": %zu", x.reach.n_taxon, x.reach.n_genus);
    gs_cli_gut_json_number(b, "named_at_genus", x.reach.genus);
    gs_cli_gut_json_number(b, "in_guild_table", x.reach.guild);
    gs_buf_printf(b, ", \"looks_like\": \"%s\"", gs_site_name(x.site.site));
    gs_buf_put(b, ", \"kinds\": {");
    for (int k = 0; k < GS_N_TAXON_KIND; k++)
        gs_buf_printf(b, "%s\"%s\": %.15g", k ? ", " : "", gs_taxon_kind_name((gs_taxon_kind)k),
                      isnan(x.reach.kind[k]) ? 0 : x.reach.kind[k]);
    gs_buf_put(b, "}, \"guilds\": {");
    for (int k = 0; k <= GS_N_GUILD; k++)
        gs_buf_printf(b, "%s\"%s\": %.15g", k ? ", " : "", gs_guild_name((gs_guild)k), x.guild[k]);
    gs_buf_put(b, "}");
    if (g->n_sample == 1 || o->gut.sample) {
        top *t = NULL;
        size_t n = 0;
        GS_TRY(top_genera(a, g, s, &t, &n, err));
        gs_buf_put(b, ", \"largest\": [");
        for (size_t i = 0; i < n && (long)i < o->n_genus; i++) {
            gs_buf_put(b, i ? ", {\"genus\": " : "{\"genus\": ");
            gs_cli_json_text(b, t[i].t->id);
            gs_buf_printf(b, ", \"share\": %.15g, \"guild\": \"%s\"}", t[i].share,
                          t[i].t->known ? gs_guild_name(t[i].t->known->guild) : "none");
        }
        gs_buf_put(b, "]");
    }
    gs_buf_put(b, "}");
    return GS_OK;
}

static gs_status json(const options *o, gs_buf *b, gs_arena *a, const gs_gut *g, gs_err *err)
{
    size_t from = 0, to = g->n_sample;
    gs_buf_put(b, "{\"file\": ");
    gs_cli_json_text(b, g->file);
    gs_buf_printf(b, ", \"format\": \"%s\", \"read_as\": ", g->format);
    gs_cli_json_text(b, g->read_as);
    gs_buf_printf(b, ", \"method\": \"%s\", \"unit\": \"%s\", \"n_samples\": %zu, \"n_taxa\": %zu"
                  ", \"notes\": [", gs_gut_method_name(g->method), unit_name(g->unit), g->n_sample,
                  g->n_taxon);
    for (size_t i = 0; i < g->n_note; i++) {
        gs_buf_put(b, i ? ", " : "");
        gs_cli_json_text(b, g->note[i]);
    }
    gs_buf_put(b, "], \"samples\": [");
    if (o->gut.sample) {
        GS_TRY(gs_cli_gut_choose(&o->gut, g, &from, err));
        to = from + 1;
    }
    for (size_t s = from; s < to; s++) {
        gs_mark m = gs_arena_mark(a);
        gs_buf_put(b, s > from ? ",\n  " : "\n  ");
        GS_TRY(json_sample(o, b, a, g, s, err));
        gs_arena_release(a, m);
    }
    gs_buf_put(b, "]}\n");
    return GS_OK;
}

/* ---- the command --------------------------------------------------------------------------------- */

/* One sample is worth reading or not; a table is not when hardly any sample of it is of
 * stool and most are of another site. */
static gs_status worth_it(const options *o, const gs_gut *g, gs_err *err)
{
    size_t s, bad = 0, stool = 0;
    gs_gut_site x;
    if (g->n_sample == 1 || o->gut.sample) {
        GS_TRY(gs_cli_gut_choose(&o->gut, g, &s, err));
        return gs_cli_gut_fit(&o->gut, g, s, err);
    }
    for (s = 0; s < g->n_sample; s++) {
        gs_gut_site_of(g, s, &x);
        bad += x.site == GS_SITE_SKIN || x.site == GS_SITE_MOUTH;
        stool += x.site == GS_SITE_STOOL;
    }
    if (o->gut.any_site || 2 * bad < g->n_sample || 10 * stool >= g->n_sample)
        return GS_OK;
    return gs_fail_at(err, GS_ERANGE, g->file, 0, 0, NULL,
                      "is no table of stool: %zu of its %zu samples look like skin or mouth, %zu like "
                      "stool; --any-site shows it all the same", bad, g->n_sample, stool);
}

static int show(const options *o, const char *path)
{
    gs_err err = {0};
    gs_buf b = {0};
    gs_gut *g = NULL;
    gs_arena *a = gs_arena_new(0);
    int code = GS_EXIT_OK;
    gs_status st = a ? gs_cli_gut_read(&o->gut, a, path, &g, &err)
                     : gs_fail(&err, GS_ENOMEM, "out of memory");
    if (st == GS_OK)
        st = worth_it(o, g, &err);
    if (st == GS_OK)
        st = o->json ? json(o, &b, a, g, &err) : say(o, &b, a, g, &err);
    if (st == GS_OK && b.failed)
        st = gs_fail(&err, GS_ENOMEM, "out of memory");
    code = st == GS_OK ? gs_cli_put(NULL, b.data, b.len) : gs_cli_failed(&err);
    gs_buf_free(&b);
    gs_arena_free(a);
    return code;
}

static int list_formats(void)
{
    for (size_t i = 0; i < gs_gut_format_count(); i++)
        printf("%-18s %s\n", gs_gut_format_at(i)->name, gs_gut_format_at(i)->title);
    return GS_EXIT_OK;
}

typedef struct verb {
    const char *word;
    int (*run)(int argc, char **argv);
} verb;

static const verb verbs[] = {
    {"import", gs_cli_gut_import},
    {"report", gs_cli_gut_report},
    {"compare", gs_cli_gut_compare},
    {"distance", gs_cli_gut_distance},
    {"pcoa", gs_cli_gut_pcoa},
    {"series", gs_cli_gut_series},
    {"shift", gs_cli_gut_shift},
    {NULL, NULL},
};

int gs_cmd_gut(int argc, char **argv)
{
    static const struct argp argp = {
        option_list, parse, "FILE...\nimport FILE\nshift\nreport FILE\ncompare TABLE\ndistance TABLE\npcoa TABLE\nseries TABLE",
        "What a stool result is: its format, reads, how far its names reach, guilds.\v"
        "Reads the tables of Kraken, KrakenUniq, Bracken, MetaPhlAn, KMCP, mOTUs, Centrifuge, "
        "Kaiju; BIOM; QIIME 2 archives; CSV and TSV; results of consumer kits. Plain or gzip.\n\n"
        "Examples:\n"
        "  gutskin gut kraken2.report.txt\n"
        "  gutskin gut table.qza --taxonomy taxonomy.qza --sample S1\n"
        "  gutskin gut --json profile.tsv.gz\n"
        "  gutskin gut report profile.tsv.gz --html gut.html    numbers, percentiles, figures\n"
        "  gutskin gut import --date 2026-11-02 result.csv     keeps it in the diary\n\n"
        "Nothing here says anything about skin: docs/gut.md tells why.",
        NULL, NULL, NULL};
    options o = {.gut = GS_CLI_GUT, .n_genus = 10};
    int code = GS_EXIT_OK;

    for (size_t i = 0; argc > 1 && verbs[i].word; i++)
        if (strcmp(argv[1], verbs[i].word) == 0) {
            char name[40];
            snprintf(name, sizeof name, "gutskin gut %s", argv[1]);
            argv[1] = name;
            return verbs[i].run(argc - 1, argv + 1);
        }
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    if (o.formats)
        return list_formats();
    for (int i = 0; i < o.n_file; i++) {
        int one = show(&o, o.file[i]);
        code = one > code ? one : code;
    }
    return code;
}
