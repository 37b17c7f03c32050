/* gutskin gut compare, distance, pcoa: many samples of one table. */
#include "cli/diary_door.h"
#include "cli/gut_door.h"
#include "cli/gut_sheet.h"
#include "gutskin/cohort.h"
#include "gutskin/gutreport.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_BY = 256, OPT_METADATA, OPT_ADJUST, OPT_REF, OPT_METRIC, OPT_PERM, OPT_SEED, OPT_PSEUDO,
       OPT_PREVALENCE, OPT_ROWS, OPT_COUNTS, OPT_TREE, OPT_AXES, OPT_SVG, OPT_MARK, OPT_GENERA };

typedef struct options {
    gs_cli_gut gut;
    const char *what; /* compare, distance, pcoa */
    const char *file, *by, *metadata, *adjust, *ref, *tree, *svg, *mark;
    gs_eco_metric metric;
    long n_perm, seed, n_axis, n_genus;
    double pseudo, prevalence;
    bool rows, counts, json;
} options;

static const struct argp_option compare_options[] = {
    GS_GUT_FILE_OPTIONS,
    {"by", OPT_BY, "COLUMN", 0, "groups: a column of the metadata", 0},
    {"metadata", OPT_METADATA, "FILE", 0, "TSV or CSV, sample names in its first column "
                                          "(metadata.tsv[.gz] beside the table otherwise)", 0},
    {"reference", OPT_REF, "GROUP", 0, "the group the others are set against (the largest)", 0},
    {"adjust", OPT_ADJUST, "A,B", 0, "adjust for these columns: age (with its square), sex, bmi ...", 0},
    {"metric", OPT_METRIC, "NAME", 0, "bray-curtis, jaccard or aitchison", 0},
    {"counts", OPT_COUNTS, NULL, 0, "Bray-Curtis of counts, not of square roots of shares", 0},
    {"permutations", OPT_PERM, "N", 0, "of PERMANOVA (999)", 0},
    {"seed", OPT_SEED, "N", 0, "of the permutations (1)", 0},
    {"pseudo", OPT_PSEUDO, "X", 0, "pseudocount of log-ratios (0.5)", 0},
    {"prevalence", OPT_PREVALENCE, "X", 0, "test genera seen in this share of samples (0.2)", 0},
    {"rows", OPT_ROWS, NULL, 0, "the table's own rows, not summed to today's genera", 0},
    {"genera", OPT_GENERA, "N", 0, "list N genera a group (6)", 0},
    GS_JSON_OPTION,
    {0}};

static const struct argp_option distance_options[] = {
    GS_GUT_FILE_OPTIONS,
    {"metric", OPT_METRIC, "NAME", 0, "bray-curtis, jaccard, aitchison, unifrac, weighted-unifrac", 0},
    {"tree", OPT_TREE, "FILE", 0, "Newick tree for UniFrac", 0},
    {"pseudo", OPT_PSEUDO, "X", 0, "pseudocount of Aitchison (0.5)", 0},
    {"genus", OPT_ROWS, NULL, 0, "sum the table to today's genera first", 0},
    {"axes", OPT_AXES, "N", 0, "pcoa: axes (3)", 0},
    {"by", OPT_BY, "COLUMN", 0, "pcoa --svg: colour by a column of the metadata", 0},
    {"metadata", OPT_METADATA, "FILE", 0, "as in gutskin gut compare", 0},
    {"svg", OPT_SVG, "FILE", 0, "pcoa: draw the first two axes", 0},
    {"mark", OPT_MARK, "NAME", 0, "pcoa --svg: point out a sample", 0},
    GS_JSON_OPTION,
    {0}};

static long whole(struct argp_state *state, const char *name, const char *arg, long lo, long hi)
{
    long v = lo;
    if (!gs_text_long(arg, strlen(arg), lo, hi, &v))
        argp_error(state, "--%s wants a whole number from %ld to %ld, not \"%s\"", name, lo, hi, arg);
    return v;
}

static double real(struct argp_state *state, const char *name, const char *arg, double lo, double hi)
{
    double v = lo;
    if (!gs_text_number(arg, strlen(arg), false, &v) || v < lo || v > hi)
        argp_error(state, "--%s wants a number from %g to %g, not \"%s\"", name, lo, hi, arg);
    return v;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    long m;
    if (gs_cli_gut_option(&o->gut, key, arg, state))
        return 0;
    switch (key) {
    case 'j': o->json = true; return 0;
    case OPT_BY: o->by = arg; return 0;
    case OPT_METADATA: o->metadata = arg; return 0;
    case OPT_ADJUST: o->adjust = arg; return 0;
    case OPT_REF: o->ref = arg; return 0;
    case OPT_TREE: o->tree = arg; return 0;
    case OPT_SVG: o->svg = arg; return 0;
    case OPT_MARK: o->mark = arg; return 0;
    case OPT_ROWS: o->rows = true; return 0;
    case OPT_COUNTS: o->counts = true; return 0;
    case OPT_METRIC:
        if ((m = gs_eco_metric_find(arg)) < 0)
            argp_error(state, "--metric is bray-curtis, jaccard, aitchison, unifrac or weighted-unifrac, "
                       "not \"%s\"", arg);
        o->metric = (gs_eco_metric)m;
        return 0;
    case OPT_PERM: o->n_perm = whole(state, "permutations", arg, 0, 1000000); return 0;
    case OPT_SEED: o->seed = whole(state, "seed", arg, 0, 1000000000); return 0;
    case OPT_AXES: o->n_axis = whole(state, "axes", arg, 2, 100); return 0;
    case OPT_GENERA: o->n_genus = whole(state, "genera", arg, 0, 100000); return 0;
    case OPT_PSEUDO: o->pseudo = real(state, "pseudo", arg, 1e-9, 1e9); return 0;
    case OPT_PREVALENCE: o->prevalence = real(state, "prevalence", arg, 0, 1); return 0;
    case ARGP_KEY_ARG:
        if (o->file)
            argp_error(state, "one table at a time; \"%s\" is a second", arg);
        o->file = arg;
        return 0;
    case ARGP_KEY_END:
        if (!o->file)
            argp_error(state, "name a table");
        if (!o->by && !strcmp(o->what, "compare"))
            argp_error(state, "compare what? --by COLUMN names the groups");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* ---- who is compared -------------------------------------------------------------------- */

typedef struct cast {
    size_t n, n_group, unmatched, unanswered, empty;
    size_t *sample, *row;
    uint32_t *group;
    const char **name; /* of groups */
    size_t *size;
} cast;

static gs_status choose(gs_arena *a, const gs_gut *g, const gs_sheet *s, size_t by, cast *x, gs_err *err)
{
    *x = (cast){.sample = GS_NEW(a, size_t, g->n_sample + 1), .row = GS_NEW(a, size_t, g->n_sample + 1),
                .group = GS_NEW(a, uint32_t, g->n_sample + 1),
                .name = GS_NEW(a, const char *, s->n_row + 1), .size = GS_NEW(a, size_t, s->n_row + 1)};
    bool *had = GS_NEW(a, bool, g->n_sample + 1);
    if (!x->sample || !x->row || !x->group || !x->name || !x->size || !had)
        return gs_fail(err, GS_ENOMEM, "out of memory for the groups");
    for (size_t r = 1; r < s->n_row; r++) {
        long i = gs_gut_sample(g, gs_sheet_at(s, r, 0));
        const char *group = gs_sheet_at(s, r, by);
        if (i < 0)
            continue;
        if (had[i])
            return gs_fail_at(err, GS_EPARSE, s->file, s->line[r], 0, NULL, "sample \"%.60s\" stands here twice",
                              gs_sheet_at(s, r, 0));
        had[i] = true;
        if (!*group || !strcasecmp(group, "NA")) {
            x->unanswered++;
            continue;
        }
        if (!(g->total[i] > 0)) {
            x->empty++;
            continue;
        }
        size_t k = 0;
        while (k < x->n_group && strcmp(x->name[k], group))
            k++;
        if (k == x->n_group)
            x->name[x->n_group++] = group;
        x->size[k]++;
        x->sample[x->n] = (size_t)i, x->row[x->n] = r, x->group[x->n++] = (uint32_t)k;
    }
    for (size_t i = 0; i < g->n_sample; i++)
        x->unmatched += !had[i];
    if (x->n == 0)
        return gs_fail_at(err, GS_EFOUND, s->file, 0, 0, NULL, "none of the table's samples (\"%.60s\" ...) stands in "
                          "its first column", g->sample[0]);
    return GS_OK;
}

/* Columns as numbers: a numeric one as it is (age with its square), words as one 0/1 column
 * a word, the first left out. */
static gs_status covariates(const options *o, gs_arena *a, const gs_sheet *s, const cast *x, size_t *n_cov,
                            double **out, gs_buf *said, gs_err *err)
{
    enum { MAX = 64 };
    char *list = gs_arena_strdup(a, o->adjust ? o->adjust : ""), *save = NULL;
    double *cov = GS_NEW(a, double, x->n * MAX + 1);
    *n_cov = 0;
    if (!list || !cov)
        return gs_fail(err, GS_ENOMEM, "out of memory for covariates");
    for (char *w = strtok_r(list, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
        size_t c, n_word = 0;
        const char *word[MAX];
        bool numeric = true;
        double v;
        GS_TRY(gs_sheet_column(s, w, &c, err));
        for (size_t i = 0; i < x->n; i++) {
            const char *t = gs_sheet_at(s, x->row[i], c);
            numeric &= !*t || gs_text_number(t, strlen(t), false, &v);
            size_t k = 0;
            while (k < n_word && strcmp(word[k], t))
                k++;
            if (*t && k == n_word && n_word < MAX)
                word[n_word++] = t;
        }
        bool square = numeric && !strncasecmp(gs_sheet_at(s, 0, c), "age", 3);
        size_t need = numeric ? (size_t)1 + square : n_word ? n_word - 1 : 0;
        if (*n_cov + need > MAX)
            return gs_fail_at(err, GS_ERANGE, s->file, 0, 0, gs_sheet_at(s, 0, c), "too many different answers to adjust "
                              "for");
        for (size_t i = 0; i < x->n; i++) {
            const char *t = gs_sheet_at(s, x->row[i], c);
            for (size_t k = 0; k < need; k++) {
                double z = NAN;
                if (numeric && gs_text_number(t, strlen(t), false, &v))
                    z = k ? v * v : v;
                else if (!numeric && *t)
                    z = !strcmp(t, word[k + 1]);
                cov[i * MAX + *n_cov + k] = z;
            }
        }
        gs_buf_printf(said, "%s%s%s", *n_cov ? ", " : "", gs_sheet_at(s, 0, c), square ? " and its square" : "");
        *n_cov += need;
    }
    for (size_t i = 0; i < x->n; i++)
        memmove(cov + i * *n_cov, cov + i * MAX, *n_cov * sizeof *cov);
    *out = cov;
    return GS_OK;
}

/* ---- compare: words ------------------------------------------------------------------------ */

static void say_effect(gs_buf *b, const gs_cohort_effect *e, bool medians)
{
    size_t n = strlen(e->name); /* of a long lineage the end says more */
    gs_buf_printf(b, n > 44 ? "  ..%s" : "  %-44s", n > 44 ? e->name + n - 42 : e->name);
    if (medians)
        gs_buf_printf(b, " %8.4g %8.4g", e->raw.median, e->raw.median_ref);
    gs_buf_printf(b, "  %+.3f (%+.3f, %+.3f)  %-8.2g %-8.2g", e->raw.delta.at, e->raw.delta.lo, e->raw.delta.hi,
                  e->raw.p, e->q);
    if (e->n_adj)
        gs_buf_printf(b, "  %+.3f (%+.3f, %+.3f)  %.2g", e->beta, e->beta - 1.96 * e->beta_se,
                      e->beta + 1.96 * e->beta_se, e->beta_p);
    gs_buf_put(b, "\n");
}

static void say_compare(const options *o, gs_buf *b, const gs_gut *g, const cast *x, const gs_cohort *c,
                        size_t ref, const char *adjusted)
{
    gs_buf_printf(b, "%s by %s: %zu samples", g->file, o->by, x->n);
    for (size_t k = 0; k < x->n_group; k++)
        gs_buf_printf(b, "%s %s %zu", k ? "," : ":", x->name[k], x->size[k]);
    gs_buf_put(b, "\n");
    if (x->unmatched || x->unanswered || x->empty)
        gs_buf_printf(b, "left out: %zu without a row of metadata, %zu without an answer, %zu empty\n",
                      x->unmatched, x->unanswered, x->empty);
    if (*adjusted)
        gs_buf_printf(b, "adjusted for %s\n", adjusted);
    gs_buf_printf(b, "whole community, all groups: F %.3g, R2 %.4f, p %.3g (%zu permutations, seed %ld)\n", c->all.f,
                  c->all.r2, c->all.p, c->all.n_perm, o->seed);
    for (size_t k = 0; k < c->n_contrast; k++) {
        const gs_cohort_contrast *t = &c->contrast[k];
        size_t found = 0;
        for (size_t i = 0; i < t->n_genus; i++)
            found += t->genus[i].q < 0.05;
        gs_buf_printf(b, "\n%s (%zu) against %s (%zu)\n", x->name[t->group], x->size[t->group], x->name[ref],
                      x->size[ref]);
        gs_buf_printf(b, "  %-44s %8s %8s  %-24s  %-8s %-8s%s\n", "diversity", "median", "ref.", "Cliff's delta (95%)",
                      "p", "q", *adjusted ? "  adjusted [sd of rank]      p" : "");
        for (size_t i = 0; i < 3; i++)
            say_effect(b, &t->alpha[i], true);
        gs_buf_printf(b, "  whole community: R2 %.4f, F %.3g, p %.3g\n", t->whole.r2, t->whole.f, t->whole.p);
        gs_buf_printf(b, "  %zu of %zu genera at q < 0.05 (centred log-ratio, pseudocount %g)\n", found, t->n_genus,
                      o->pseudo);
        for (size_t i = 0; i < t->n_genus && (long)i < o->n_genus; i++)
            say_effect(b, &t->genus[i], false);
    }
    gs_buf_put(b, "\nCliff's delta: chance that one of the group is higher minus the chance that it is lower; below 0.15 "
                  "in size\nis usually called small. q: false discovery rate within a list. Groups that were not drawn by "
                  "lot differ in\nmany things at once: nothing here says what causes what.\n");
}

static void json_effect(gs_buf *b, const gs_cohort_effect *e)
{
    gs_buf_put(b, "{\"name\": ");
    gs_cli_json_text(b, e->name);
    gs_cli_gut_json_number(b, "median", e->raw.median);
    gs_cli_gut_json_number(b, "median_ref", e->raw.median_ref);
    gs_cli_gut_json_number(b, "delta", e->raw.delta.at);
    gs_cli_gut_json_number(b, "delta_lo", e->raw.delta.lo);
    gs_cli_gut_json_number(b, "delta_hi", e->raw.delta.hi);
    gs_cli_gut_json_number(b, "p", e->raw.p);
    gs_cli_gut_json_number(b, "q", e->q);
    gs_cli_gut_json_number(b, "adjusted", e->beta);
    gs_cli_gut_json_number(b, "adjusted_se", e->beta_se);
    gs_cli_gut_json_number(b, "adjusted_p", e->beta_p);
    gs_cli_gut_json_number(b, "adjusted_q", e->beta_q);
    gs_buf_printf(b, ", \"adjusted_n\": %zu}", e->n_adj);
}

static void json_whole(gs_buf *b, const char *key, const gs_eco_permanova *p)
{
    gs_buf_printf(b, ", \"%s\": {\"permutations\": %zu", key, p->n_perm);
    gs_cli_gut_json_number(b, "f", p->f);
    gs_cli_gut_json_number(b, "r2", p->r2);
    gs_cli_gut_json_number(b, "p", p->p);
    gs_buf_put(b, "}");
}

static void json_compare(const options *o, gs_buf *b, const cast *x, const gs_cohort *c, size_t ref)
{
    gs_buf_printf(b, "{\"n\": %zu, \"seed\": %ld, \"reference\": ", x->n, o->seed);
    gs_cli_json_text(b, x->name[ref]);
    json_whole(b, "all", &c->all);
    gs_buf_put(b, ", \"contrasts\": [");
    for (size_t k = 0; k < c->n_contrast; k++) {
        const gs_cohort_contrast *t = &c->contrast[k];
        gs_buf_put(b, k ? ",\n {\"group\": " : "\n {\"group\": ");
        gs_cli_json_text(b, x->name[t->group]);
        gs_buf_printf(b, ", \"n\": %zu, \"n_ref\": %zu", x->size[t->group], x->size[ref]);
        json_whole(b, "community", &t->whole);
        gs_buf_put(b, ", \"diversity\": [");
        for (size_t i = 0; i < 3; i++) {
            gs_buf_put(b, i ? ", " : "");
            json_effect(b, &t->alpha[i]);
        }
        gs_buf_put(b, "], \"genera\": [");
        for (size_t i = 0; i < t->n_genus; i++) {
            gs_buf_put(b, i ? ",\n  " : "\n  ");
            json_effect(b, &t->genus[i]);
        }
        gs_buf_put(b, "]}");
    }
    gs_buf_put(b, "]}\n");
}

static gs_status compare(const options *o, gs_arena *a, const gs_gut *g, gs_buf *out, gs_err *err)
{
    gs_sheet s;
    cast x;
    size_t by, ref = 0;
    double *cov = NULL;
    gs_cohort *c;
    gs_gut *genus = NULL;
    gs_buf said = {0};
    gs_cohort_in q = GS_COHORT_IN;

    GS_TRY(gs_sheet_find(o->metadata, o->file, a, &s, err));
    GS_TRY(gs_sheet_column(&s, o->by, &by, err));
    GS_TRY(choose(a, g, &s, by, &x, err));
    for (size_t k = 1; k < x.n_group; k++)
        ref = x.size[k] > x.size[ref] ? k : ref;
    for (size_t k = 0; o->ref; k++) {
        if (k == x.n_group)
            return gs_fail_at(err, GS_EFOUND, s.file, 0, 0, gs_sheet_at(&s, 0, by), "no group \"%.60s\"", o->ref);
        if (!strcmp(x.name[k], o->ref)) {
            ref = k;
            break;
        }
    }
    gs_status st = covariates(o, a, &s, &x, &q.n_cov, &cov, &said, err);
    if (st == GS_OK && !o->rows)
        st = gs_gut_collapse(a, g, GS_RANK_GENUS, &genus, err);
    if (st == GS_OK) {
        q.n = x.n, q.i_sample = x.sample, q.group = x.group, q.n_group = x.n_group, q.ref = ref;
        q.cov = cov;
        q.metric = o->metric, q.root = !o->counts, q.pseudo = o->pseudo, q.prevalence = o->prevalence;
        q.n_perm = (size_t)o->n_perm, q.seed = (uint64_t)o->seed;
        st = gs_cohort_compare(a, gs_cli_pool(), g, genus ? genus : g, &q, &c, err);
    }
    if (st == GS_OK && o->json)
        json_compare(o, out, &x, c, ref);
    else if (st == GS_OK)
        say_compare(o, out, g, &x, c, ref, said.data ? said.data : "");
    gs_buf_free(&said);
    return st;
}

/* ---- distance, pcoa ---------------------------------------------------------------------- */

static gs_status draw(const options *o, gs_arena *a, const gs_gut *g, const double *coord, const double *share,
                      gs_buf *svg, gs_err *err)
{
    gs_sheet s;
    cast x = {0};
    size_t by;
    uint32_t *group = NULL;
    long mark = -1;
    if (o->by) {
        GS_TRY(gs_sheet_find(o->metadata, o->file, a, &s, err));
        GS_TRY(gs_sheet_column(&s, o->by, &by, err));
        GS_TRY(choose(a, g, &s, by, &x, err));
        group = GS_NEW(a, uint32_t, g->n_sample + 1);
        if (!group)
            return gs_fail(err, GS_ENOMEM, "out of memory for the picture");
        for (size_t i = 0; i < g->n_sample; i++)
            group[i] = (uint32_t)x.n_group;
        for (size_t i = 0; i < x.n; i++)
            group[x.sample[i]] = x.group[i];
        if (x.n < g->n_sample)
            x.name[x.n_group++] = "no answer";
    }
    if (o->mark && (mark = gs_gut_sample(g, o->mark)) < 0)
        return gs_fail_at(err, GS_EFOUND, g->file, 0, 0, NULL, "no sample \"%.60s\"", o->mark);
    char title[200];
    snprintf(title, sizeof title, "%zu samples by %s", g->n_sample, gs_eco_metric_name(o->metric));
    return gs_gutreport_points_svg(title, g->n_sample, coord, (size_t)o->n_axis, share, group, x.n_group, x.name, mark,
                                   o->mark, svg, err);
}

static gs_status distances(const options *o, gs_arena *a, const gs_gut *table, gs_buf *out, gs_buf *svg,
                           gs_err *err)
{
    gs_eco_tree *tree = NULL;
    gs_gut *genus = NULL;
    size_t n = table->n_sample, *pick = GS_NEW(a, size_t, n + 1);
    double *d = GS_NEW(a, double, n * n + 1);
    if (!d || !pick)
        return gs_fail(err, GS_ENOMEM, "out of memory for distances between %zu samples", n);
    if (o->tree)
        GS_TRY(gs_cli_gut_tree(a, o->tree, &tree, err));
    if (o->rows)
        GS_TRY(gs_gut_collapse(a, table, GS_RANK_GENUS, &genus, err));
    const gs_gut *g = genus ? genus : table;
    for (size_t i = 0; i < n; i++)
        pick[i] = i;
    GS_TRY(gs_cohort_distance(a, gs_cli_pool(), g, n, pick, o->metric, o->pseudo, false, tree, d, err));
    bool pcoa = !strcmp(o->what, "pcoa");
    size_t m = pcoa ? (size_t)o->n_axis : n;
    double *coord = d, *share = NULL;
    if (pcoa) {
        coord = GS_NEW(a, double, n * m + 1), share = GS_NEW(a, double, m + 1);
        if (!coord || !share)
            return gs_fail(err, GS_ENOMEM, "out of memory for the axes");
        GS_TRY(gs_eco_pcoa(a, gs_cli_pool(), n, d, m, coord, share, err));
        if (o->svg)
            GS_TRY(draw(o, a, g, coord, share, svg, err));
    }
    if (o->json) {
        gs_buf_printf(out, "{\"metric\": \"%s\", \"samples\": [", gs_eco_metric_name(o->metric));
        for (size_t i = 0; i < n; i++) {
            gs_buf_put(out, i ? ", " : "");
            gs_cli_json_text(out, g->sample[i]);
        }
        gs_buf_printf(out, "], \"%s\": [", pcoa ? "axes" : "distance");
    } else {
        gs_buf_put(out, "sample");
        for (size_t k = 0; k < m; k++) {
            if (pcoa)
                gs_buf_printf(out, "\taxis%zu", k + 1);
            else
                gs_buf_printf(out, "\t%s", g->sample[k]);
        }
        gs_buf_put(out, "\n");
        if (pcoa) {
            gs_buf_put(out, "#share");
            for (size_t k = 0; k < m; k++)
                gs_buf_printf(out, "\t%.6g", share[k]);
            gs_buf_put(out, "\n");
        }
    }
    for (size_t i = 0; i < n; i++) {
        gs_buf_put(out, o->json ? i ? ",\n[" : "\n[" : g->sample[i]);
        for (size_t k = 0; k < m; k++)
            gs_buf_printf(out, "%s%.15g", o->json ? k ? ", " : "" : "\t", coord[i * m + k]);
        gs_buf_put(out, o->json ? "]" : "\n");
    }
    if (o->json) {
        gs_buf_put(out, "]");
        for (size_t k = 0; pcoa && k < m; k++)
            gs_buf_printf(out, "%s%.15g", k ? ", " : ", \"share\": [", share[k]);
        gs_buf_put(out, pcoa ? "]}\n" : "}\n");
    }
    return GS_OK;
}

static int run(options *o)
{
    gs_err err = {0};
    gs_buf out = {0}, svg = {0};
    gs_gut *g;
    gs_arena *a = gs_arena_new(0);
    gs_status st = a ? gs_cli_gut_read(&o->gut, a, o->file, &g, &err)
                     : gs_fail(&err, GS_ENOMEM, "out of memory");
    if (st == GS_OK && !strcmp(o->what, "compare"))
        st = compare(o, a, g, &out, &err);
    else if (st == GS_OK)
        st = distances(o, a, g, &out, &svg, &err);
    if (st == GS_OK && (out.failed || svg.failed))
        st = gs_fail(&err, GS_ENOMEM, "out of memory");
    int code = st == GS_OK ? GS_EXIT_OK : gs_cli_failed(&err);
    if (code == GS_EXIT_OK && o->svg && svg.data)
        code = gs_cli_put(o->svg, svg.data, svg.len);
    if (code == GS_EXIT_OK && !(o->svg && !strcmp(o->svg, "-")))
        code = gs_cli_put(NULL, out.data, out.len);
    gs_buf_free(&out);
    gs_buf_free(&svg);
    gs_arena_free(a);
    return code;
}

static const options start = {.gut = {.file = {.gut = {.format = "", .limit = (size_t)1 << 30, .sample = ""}}},
                              .n_perm = 999, .seed = 1, .n_axis = 3, .n_genus = 6, .pseudo = 0.5,
                              .prevalence = 0.2};

int gs_cli_gut_compare(int argc, char **argv)
{
    static const struct argp argp = {
        compare_options, parse, "TABLE",
        "Do groups of people differ in their guts? Diversity, the whole community, single genera, raw and "
        "adjusted.\v"
        "Examples:\n"
        "  gutskin gut compare otu.biom --by skin --metadata people.tsv\n"
        "  gutskin gut compare otu.biom --by skin --reference none --adjust age,sex,bmi,antibiotics\n\n"
        "Sample names stand in the first column of the metadata. A column may be named by how it begins.",
        NULL, NULL, NULL};
    options o = start;
    o.what = "compare";
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    return run(&o);
}

static int distance_or_pcoa(int argc, char **argv, const char *what)
{
    static const struct argp argp = {
        distance_options, parse, "TABLE",
        "Distances between all samples of a table, or their principal coordinates, as TSV.\v"
        "Examples:\n"
        "  gutskin gut distance table.biom --metric aitchison > distance.tsv\n"
        "  gutskin gut pcoa table.biom --svg map.svg --by skin --metadata people.tsv\n"
        "  gutskin gut distance table.biom --metric unifrac --tree tree.nwk",
        NULL, NULL, NULL};
    options o = start;
    o.what = what;
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    return run(&o);
}

int gs_cli_gut_distance(int argc, char **argv)
{
    return distance_or_pcoa(argc, argv, "distance");
}

int gs_cli_gut_pcoa(int argc, char **argv)
{
    return distance_or_pcoa(argc, argv, "pcoa");
}
