/* Does a fitted Lotka-Volterra system foretell mice it has not seen?
 *
 *     bench_gut_glv ../shared/data
 *
 * Each mouse is left out in turn, the others are fitted (ridge chosen by leaving each of them
 * out), and the left-out one is foretold: from its first day to its last, and from each sample to
 * the next. Root mean square of log10, where the taxon was seen at start and end; beside it
 * what standing still gives, and the mean of the other mice at the nearest day. */
#include "gutskin/eco.h"
#include "gutskin/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOUSE = 64, TIME = 96, TAXA = 24, PUSH = 3 };

typedef struct mouse {
    char name[40];
    size_t n;
    double t[TIME], x[TIME * TAXA], u[TIME * PUSH];
} mouse;

static gs_arena *arena;
static mouse m[MOUSE];
static size_t n_mouse, n_taxon, n_push;
static char taxon[512][100];

/* Rows of a TSV as cells; the header names them. */
typedef struct tsv {
    size_t n, n_col;
    char **cell;
} tsv;

static tsv read_tsv(const char *root, const char *name)
{
    char path[600], *text;
    size_t n, line = 0;
    gs_err err = {0};
    tsv t = {.n_col = 1};
    snprintf(path, sizeof path, "%s/%s", root, name);
    if (gs_text_read_file(path, (size_t)1 << 26, &text, &n, &err) != GS_OK) {
        fprintf(stderr, "bench_gut_glv: %s\n", err.msg);
        exit(77);
    }
    for (size_t i = 0; i < n; i++)
        line += text[i] == '\n';
    for (size_t i = 0; text[i] && text[i] != '\n'; i++)
        t.n_col += text[i] == '\t';
    t.cell = calloc((line + 2) * t.n_col, sizeof *t.cell);
    for (char *p = text; *p; t.n++)
        for (size_t c = 0; c < t.n_col; c++) {
            size_t len = strcspn(p, "\t\n");
            t.cell[t.n * t.n_col + c] = p;
            char end = p[len];
            p[len] = '\0';
            p += len + (end != '\0');
        }
    return t;
}

static const char *at(const tsv *t, size_t row, const char *col)
{
    for (size_t c = 0; c < t->n_col; c++)
        if (!strcmp(t->cell[c], col))
            return t->cell[row * t->n_col + c];
    exit(1);
}

static size_t visit(const char *name, double day)
{
    size_t i = 0;
    while (i < n_mouse && strcmp(m[i].name, name))
        i++;
    if (i == n_mouse && n_mouse < MOUSE)
        snprintf(m[n_mouse++].name, 40, "%s", name);
    mouse *x = &m[i];
    size_t k = 0;
    while (k < x->n && x->t[k] != day)
        k++;
    if (k == x->n && x->n < TIME)
        x->t[x->n++] = day;
    return i * TIME + k;
}

static size_t taxon_of(const char *name)
{
    size_t q = 0;
    while (q < n_taxon && strcmp(taxon[q], name))
        q++;
    if (q == n_taxon && n_taxon < 512)
        snprintf(taxon[n_taxon++], 100, "%s", name);
    return q;
}

static void start(size_t push)
{
    memset(m, 0, sizeof m);
    n_mouse = n_taxon = 0;
    n_push = push;
}

/* Samples came in any order. */
static void sort_days(mouse *x)
{
    for (size_t i = 1; i < x->n; i++)
        for (size_t j = i; j > 0 && x->t[j] < x->t[j - 1]; j--) {
            double t = x->t[j], row[TAXA], u[PUSH];
            x->t[j] = x->t[j - 1], x->t[j - 1] = t;
            memcpy(row, x->x + j * TAXA, sizeof row), memcpy(u, x->u + j * PUSH, sizeof u);
            memcpy(x->x + j * TAXA, x->x + (j - 1) * TAXA, sizeof row);
            memcpy(x->u + j * PUSH, x->u + (j - 1) * PUSH, sizeof u);
            memcpy(x->x + (j - 1) * TAXA, row, sizeof row), memcpy(x->u + (j - 1) * PUSH, u, sizeof u);
        }
}

static void stein(const char *root)
{
    tsv t = read_tsv(root, "gnotobiotic_glv/stein2013.tsv");
    start(1);
    for (size_t r = 1; r < t.n; r++) {
        char name[40];
        snprintf(name, sizeof name, "%.8s/%.8s", at(&t, r, "population"), at(&t, r, "replicate"));
        size_t v = visit(name, atof(at(&t, r, "day")));
        m[v / TIME].x[v % TIME * TAXA + taxon_of(at(&t, r, "taxon"))] = atof(at(&t, r, "abundance"));
        m[v / TIME].u[v % TIME * PUSH] = atof(at(&t, r, "clindamycin"));
    }
}

static void bucci_diet(const char *root)
{
    tsv s = read_tsv(root, "gnotobiotic_glv/bucci2016_diet_samples.tsv"),
        c = read_tsv(root, "gnotobiotic_glv/bucci2016_diet_counts.tsv");
    size_t *where = calloc(100000, sizeof *where);
    start(1);
    for (size_t r = 1; r < s.n; r++) {
        size_t v = visit(at(&s, r, "mouse"), atof(at(&s, r, "day")));
        where[(size_t)atol(at(&s, r, "sampleid"))] = v + 1;
        m[v / TIME].u[v % TIME * PUSH] = atof(at(&s, r, "perturbid")) > 0;
    }
    for (size_t r = 1; r < c.n; r++) {
        size_t v = where[(size_t)atol(at(&c, r, "sampleid"))];
        if (v--)
            m[v / TIME].x[v % TIME * TAXA + taxon_of(at(&c, r, "taxon"))] = atof(at(&c, r, "count"));
    }
    free(where);
}

/* Twelve largest genera, as share of reads times cells by qPCR. */
static void gibson(const char *root, const char *cohort)
{
    tsv s = read_tsv(root, "gibson_mdsine2/samples.tsv"), g = read_tsv(root, "gibson_mdsine2/genus_long.tsv.gz"),
        t = read_tsv(root, "gibson_mdsine2/taxa.tsv"), p = read_tsv(root, "gibson_mdsine2/perturbations.tsv");
    double total[512] = {0};
    start(3);
    size_t keep[12], n_keep = 0, *where = calloc(t.n + 1, sizeof *where);
    for (size_t r = 1; r < t.n && r < 512; r++)
        total[r] = atof(at(&t, r, "total"));
    while (n_keep < 12) {
        size_t best = 1;
        for (size_t r = 1; r < t.n && r < 512; r++)
            best = total[r] > total[best] ? r : best;
        total[best] = -1;
        keep[n_keep++] = best;
    }
    for (size_t r = 1; r < s.n; r++) {
        double cells = atof(at(&s, r, "qpcr_cfu_per_g")), depth = atof(at(&s, r, "depth")), day = atof(at(&s, r, "day"));
        const char *who = at(&s, r, "mouse");
        if (strcmp(at(&s, r, "cohort"), cohort) || !(cells > 0) || !(depth > 0) || !strcmp(who, "M01") || *who != 'M')
            continue;
        size_t v = visit(who, day);
        for (size_t k = 1; k < g.n; k++) {
            if (strcmp(at(&g, k, "sample"), at(&s, r, "sample")))
                continue;
            for (size_t q = 0; q < n_keep; q++)
                if (!strcmp(at(&g, k, "taxon"), at(&t, keep[q], "taxon")))
                    m[v / TIME].x[v % TIME * TAXA + taxon_of(at(&t, keep[q], "lineage"))] =
                        atof(at(&g, k, "count")) / depth * cells;
        }
        size_t n_name = 0;
        const char *name[PUSH] = {"", "", ""};
        for (size_t k = 1; k < p.n; k++) {
            size_t q = 0;
            while (q < n_name && strcmp(name[q], at(&p, k, "name")))
                q++;
            if (q == n_name && n_name < PUSH)
                name[n_name++] = at(&p, k, "name");
            if (q < PUSH && !strcmp(at(&p, k, "mouse"), who) && day >= atof(at(&p, k, "start")) &&
                day < atof(at(&p, k, "end")))
                m[v / TIME].u[v % TIME * PUSH + q] = 1;
        }
    }
    free(where);
}

static double compact_x[MOUSE][TIME * TAXA], compact_u[MOUSE][TIME * PUSH], run[TIME * TAXA];

static void study(const char *name)
{
    gs_eco_series s[MOUSE];
    double fit = 0, still = 0, others = 0, n = 0, step = 0, step_still = 0, n_step = 0, ridge = 0;
    size_t held = 0;
    for (size_t i = 0; i < n_mouse; i++) {
        sort_days(&m[i]);
        for (size_t k = 0; k < m[i].n; k++) {
            memcpy(compact_x[i] + k * n_taxon, m[i].x + k * TAXA, n_taxon * sizeof(double));
            memcpy(compact_u[i] + k * n_push, m[i].u + k * PUSH, n_push * sizeof(double));
        }
        s[i] = (gs_eco_series){m[i].n, m[i].t, compact_x[i], compact_u[i]};
    }
    for (size_t out = 0; out < n_mouse; out++) {
        gs_eco_series rest[MOUSE];
        size_t n_rest = 0, h;
        gs_eco_glv g;
        gs_err err = {0};
        gs_mark mark = gs_arena_mark(arena);
        for (size_t i = 0; i < n_mouse; i++)
            if (i != out)
                rest[n_rest++] = s[i];
        if (gs_eco_glv_fit(arena, n_rest, rest, n_taxon, n_push, 0, &g, &err) != GS_OK ||
            gs_eco_glv_run(arena, &g, s[out].x, s[out].n_t, s[out].t, s[out].u, run, &h, &err) != GS_OK) {
            fprintf(stderr, "%s: %s\n", name, err.msg);
            continue;
        }
        held += h;
        ridge += log10(g.ridge) / (double)n_mouse;
        for (size_t k = 1; k < s[out].n_t; k++) {
            double two[2 * TAXA];
            gs_eco_glv_run(arena, &g, s[out].x + (k - 1) * n_taxon, 2, s[out].t + k - 1, s[out].u + (k - 1) * n_push, two,
                           NULL, &err);
            for (size_t q = 0; q < n_taxon; q++) {
                double now = s[out].x[k * n_taxon + q], was = s[out].x[(k - 1) * n_taxon + q], first = s[out].x[q];
                if (now > 0 && was > 0) {
                    step += pow(log10(two[n_taxon + q] / now), 2), step_still += pow(log10(was / now), 2), n_step++;
                }
                if (!(now > 0 && first > 0))
                    continue;
                double sum = 0, c = 0;
                for (size_t i = 0; i < n_rest; i++) {
                    size_t near = 0;
                    for (size_t j = 1; j < rest[i].n_t; j++)
                        near = fabs(rest[i].t[j] - s[out].t[k]) < fabs(rest[i].t[near] - s[out].t[k]) ? j : near;
                    if (rest[i].x[near * n_taxon + q] > 0)
                        sum += log10(rest[i].x[near * n_taxon + q]), c++;
                }
                fit += pow(log10(run[k * n_taxon + q] / now), 2), still += pow(log10(first / now), 2);
                others += c > 0 ? pow(sum / c - log10(now), 2) : pow(log10(first / now), 2);
                n++;
            }
        }
        gs_arena_release(arena, mark);
    }
    printf("{\"name\": \"gut_glv %s\", \"mice\": %zu, \"taxa\": %zu, \"course_fit\": %.3f, \"course_still\": %.3f, "
           "\"course_other_mice\": %.3f, \"step_fit\": %.3f, \"step_still\": %.3f, \"log10_ridge\": %.1f, \"held\": %zu}\n",
           name, n_mouse, n_taxon, sqrt(fit / n), sqrt(still / n), sqrt(others / n), sqrt(step / n_step),
           sqrt(step_still / n_step), ridge, held);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("bench_gut_glv: which folder? ../shared/data\n", stderr);
        return 77;
    }
    arena = gs_arena_new(0);
    stein(argv[1]);
    study("stein2013");
    bucci_diet(argv[1]);
    study("bucci2016_diet");
    gibson(argv[1], "healthy");
    study("gibson healthy");
    gibson(argv[1], "uc");
    study("gibson uc");
    gs_arena_free(arena);
    return 0;
}
