/* The reference tables of data/gut, made from public data, one sample a person:
 *
 *     bench_gut_reference ../shared/data OUT      writes OUT/{reference,day-noise,map}.csv
 *
 *   16s-closed       american_gut: 10,000 and 1,000 reads; ages 3-17, 18+, 18-39, 40-59, 60+
 *                    diabimmune_karelia: infants, a band a month of age
 *   16s-asv          wastyk2021: adults before their diet changed
 *   shotgun/metaphlan4  psoriasis_family143: the 45 people without psoriasis
 *   shotgun/metaphlan2  reference_gmwi: Shannon of species, 5,026 samples of 42 studies
 *   day to day       caporaso2011, david2014 (16S; travel, illness left out), johnson2019
 *   map              american_gut 10,000 reads, two principal axes of common genera
 *
 * Needs a few seconds. The tables hold percentiles and loadings, no one's profile. */
#include "gutskin/gutfile.h"
#include "gutskin/stool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gs_arena *arena;

static void must(gs_status st, const gs_err *err)
{
    char text[900];
    if (st == GS_OK)
        return;
    fprintf(stderr, "bench_gut_reference: %s\n", gs_err_text(err, text, sizeof text));
    exit(st == GS_EIO ? 77 : 1);
}

/* ---- small tables -------------------------------------------------------------------- */

typedef struct table {
    size_t n_row, n_col;
    char **cell; /* [n_row x n_col], row 0 names the columns */
} table;

static table read_table(const char *folder, const char *name)
{
    char path[1000], *text;
    size_t n;
    gs_err err = {0};
    table t = {0};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    must(gs_text_read_file(path, (size_t)1 << 28, &text, &n, &err), &err);
    for (size_t i = 0; i < n; i++)
        t.n_row += text[i] == '\n';
    for (size_t i = 0; i < n && text[i] != '\n'; i++)
        t.n_col += text[i] == '\t';
    t.n_col++;
    t.cell = calloc(t.n_row * t.n_col, sizeof *t.cell);
    char *p = text;
    for (size_t r = 0; r < t.n_row; r++)
        for (size_t c = 0; c < t.n_col; c++) {
            size_t len = strcspn(p, c + 1 < t.n_col ? "\t\n" : "\n");
            t.cell[r * t.n_col + c] = p;
            bool end = p[len] == '\n';
            p[len] = '\0';
            p += len + 1;
            if (end && c + 1 < t.n_col) {
                while (++c < t.n_col)
                    t.cell[r * t.n_col + c] = "";
            }
        }
    return t;
}

static const char *cell(const table *t, size_t row, const char *col)
{
    for (size_t c = 0; c < t->n_col; c++)
        if (!strcmp(t->cell[c], col))
            return t->cell[row * t->n_col + c];
    fprintf(stderr, "bench_gut_reference: no column %s\n", col);
    exit(1);
}

static double number(const char *text)
{
    double v;
    return gs_text_number(text, strlen(text), false, &v) ? v : NAN;
}

static gs_gut *read_gut(const char *root, const char *name, const char *taxa, gs_gut_method method)
{
    char path[1000], names[1000];
    gs_gutfile_opts o = GS_GUTFILE_OPTS;
    gs_gut *g, *genus;
    gs_err err = {0};
    snprintf(path, sizeof path, "%s/%s", root, name);
    snprintf(names, sizeof names, "%s/%s", root, taxa ? taxa : "");
    o.gut.method = method;
    o.gut.add_repeats = true;
    o.taxonomy = taxa ? names : NULL;
    must(gs_gutfile_read(arena, path, &o, &g, &err), &err);
    must(gs_gut_collapse(arena, g, GS_RANK_GENUS, &genus, &err), &err);
    fprintf(stderr, "%s: %zu samples, %zu genera\n", name, genus->n_sample, genus->n_taxon);
    return genus;
}

static double *indices(const gs_gut *g, double depth)
{
    double *x = GS_NEW(arena, double, g->n_sample * GS_N_STOOL);
    gs_err err = {0};
    must(gs_stool_indices(arena, g, NULL, depth, x, &err), &err);
    return x;
}

/* ---- percentiles --------------------------------------------------------------------- */

static FILE *out_ref, *out_day, *out_map;

static void put_ref(const char *method, double depth, double lo, double hi, const char *index,
                    size_t n, double *x, const char *source)
{
    size_t known = 0;
    double zero = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i]))
            zero += x[i] <= 0, x[known++] = x[i];
    if (known < 20 || zero == (double)known) /* never seen: the profiler cannot */
        return;
    gs_eco_sort(known, x);
    fprintf(out_ref, "%s,%.0f,%.6g,%.6g,%s,%zu,%.4g", method, depth, lo, hi, index, known,
            zero / (double)known);
    for (size_t k = 0; k < GS_STOOL_N_QUANTILE; k++)
        fprintf(out_ref, ",%.5g", gs_eco_quantile(known, x, gs_stool_quantile_at[k]));
    fprintf(out_ref, ",%s\n", source);
}

/* All indices of the chosen samples. at_depth: those that depth moves, at that depth. */
static void put_refs(const char *method, double depth, double lo, double hi, const double *x,
                     size_t n, const size_t *pick, bool richness, const char *source)
{
    double *one = calloc(n + 1, sizeof *one);
    for (gs_stool_index i = 0; i < GS_N_STOOL; i++) {
        bool moved = i == GS_STOOL_OBSERVED;
        if (i == GS_STOOL_CHAO1 || i == GS_STOOL_GMHI || i == GS_STOOL_SPECIES_SHANNON ||
            (moved && !richness))
            continue;
        for (size_t k = 0; k < n; k++)
            one[k] = x[pick[k] * GS_N_STOOL + i];
        put_ref(method, depth, lo, hi, gs_stool_key(i), n, one, source);
    }
    free(one);
}

static void american_gut(const char *root, const char *name, double depth, bool shares)
{
    static const double band[][2] = {{3, 18}, {18, 200}, {18, 40}, {40, 60}, {60, 200}};
    gs_gut *g = read_gut(root, name, NULL, GS_GUT_16S_CLOSED);
    table m = read_table(root, "american_gut/metadata.tsv.gz");
    double *x = indices(g, depth);
    size_t *pick = calloc(g->n_sample, sizeof *pick);
    for (size_t i = 0; i < g->n_sample && !shares; i++) /* one table must do for shares */
        for (gs_stool_index k = GS_STOOL_BUTYRATE; k < GS_N_STOOL; k++)
            x[i * GS_N_STOOL + k] = NAN;
    for (size_t b = 0; b < 5; b++) {
        size_t n = 0;
        for (size_t r = 1; r < m.n_row; r++) {
            double age = number(cell(&m, r, "age_years"));
            long s = gs_gut_sample(g, cell(&m, r, "sample_id"));
            if (s >= 0 && age >= band[b][0] && age < band[b][1])
                pick[n++] = (size_t)s;
        }
        put_refs("16s-closed", depth, band[b][0], band[b][1], x, n, pick, true, "american_gut");
    }
}

/* A band a month: the sample of each infant nearest to it, within six weeks (three or six months where there are few). */
static void infants(const char *root)
{
    gs_gut *g = read_gut(root, "diabimmune_karelia/genus_relabund.tsv.gz", NULL, GS_GUT_16S_CLOSED);
    table m = read_table(root, "diabimmune_karelia/metadata.tsv.gz");
    double *x = indices(g, 0);
    size_t *pick = calloc(m.n_row, sizeof *pick), *who = calloc(m.n_row, sizeof *who);
    double *off = calloc(m.n_row, sizeof *off);
    const double month = 365.25 / 12;
    for (int age = 1; age <= 36; age++) {
        size_t n;
        double reach = 1.5;
again: /* twice as far where there are few */
        n = 0;
        for (size_t r = 1; r < m.n_row; r++) {
            long s = gs_gut_sample(g, cell(&m, r, "sample_id"));
            double away = fabs(number(cell(&m, r, "age_days")) / month - age);
            if (s < 0 || !(away <= reach))
                continue;
            size_t k = 0;
            while (k < n && strcmp(cell(&m, who[k], "infant"), cell(&m, r, "infant")))
                k++;
            if (k == n)
                off[n++] = HUGE_VAL;
            if (away < off[k])
                off[k] = away, who[k] = r, pick[k] = (size_t)s;
        }
        if (n < 20 && reach < 4) {
            reach *= 2;
            goto again;
        }
        put_refs("16s-closed", 0, age == 1 ? 0.0 : (age - 0.5) / 12, age == 36 ? 3.1 : (age + 0.5) / 12, x,
                 n, pick, false, "diabimmune_karelia");
    }
}

static void asv(const char *root)
{
    gs_gut *g = read_gut(root, "wastyk2021/genus_long.tsv.gz", "wastyk2021/taxa.tsv", GS_GUT_16S_ASV);
    table m = read_table(root, "wastyk2021/samples.tsv");
    size_t pick[200], n = 0;
    double week[200];
    char person[200][16];
    for (size_t r = 1; r < m.n_row; r++) {
        double w = number(cell(&m, r, "week"));
        long s = gs_gut_sample(g, cell(&m, r, "sample"));
        if (s < 0 || w > 0 || n >= 200 || g->total[s] < 2000)
            continue;
        size_t k = 0;
        while (k < n && strcmp(person[k], cell(&m, r, "person")))
            k++;
        if (k == n)
            week[n] = -99, snprintf(person[n++], 16, "%s", cell(&m, r, "person"));
        if (w > week[k])
            week[k] = w, pick[k] = (size_t)s;
    }
    put_refs("16s-asv", 2000, 18, 200, indices(g, 2000), n, pick, true, "wastyk2021");
}

static void shotgun(const char *root)
{
    gs_gut *g = read_gut(root, "psoriasis_family143/genus_counts.tsv.gz", NULL, GS_GUT_SHOTGUN);
    table m = read_table(root, "psoriasis_family143/metadata.tsv.gz");
    size_t pick[200], n = 0;
    for (size_t r = 1; r < m.n_row; r++) {
        long s = gs_gut_sample(g, cell(&m, r, "sample_id"));
        if (s >= 0 && !strncmp(cell(&m, r, "group"), "healthy", 7))
            pick[n++] = (size_t)s;
    }
    put_refs("shotgun/metaphlan4", 0, 18, 200, indices(g, 0), n, pick, true, "family143");

    gs_gutfile_opts o = GS_GUTFILE_OPTS;
    gs_gut *species;
    gs_err err = {0};
    char path[1000];
    snprintf(path, sizeof path, "%s/psoriasis_family143/species_counts.tsv.gz", root);
    o.gut.method = GS_GUT_SHOTGUN;
    must(gs_gutfile_read(arena, path, &o, &species, &err), &err);
    double *x = GS_NEW(arena, double, species->n_sample * GS_N_STOOL), *one = calloc(n, sizeof *one);
    must(gs_stool_indices(arena, species, species, 0, x, &err), &err);
    for (int k = 0; k < 2; k++) {
        gs_stool_index i = k ? GS_STOOL_SPECIES_SHANNON : GS_STOOL_GMHI;
        for (size_t q = 0; q < n; q++)
            one[q] = x[(size_t)gs_gut_sample(species, g->sample[pick[q]]) * GS_N_STOOL + i];
        put_ref("shotgun/metaphlan4", 0, 18, 200, gs_stool_key(i), n, one, "family143");
    }
    table w = read_table(root, "reference_gmwi/indices_by_sample.tsv.gz");
    double *h = calloc(w.n_row, sizeof *h);
    for (size_t r = 1; r < w.n_row; r++)
        h[r - 1] = number(cell(&w, r, "shannon_ln"));
    put_ref("shotgun/metaphlan2", 0, 18, 200, "species_shannon", w.n_row - 1, h, "gmwi");
}

/* ---- day to day ------------------------------------------------------------------------ */

enum { MAX_PERSON = 64, MAX_DAY = 400 };
typedef struct person {
    char name[32];
    size_t n, sample[MAX_DAY];
    double day[MAX_DAY];
} person;

/* People of one study, samples with enough reads and without an event. */
static size_t people(const char *root, const char *folder, const char *day, const gs_gut *g,
                     double least, const char *only_col, const char *only, person *p, size_t n)
{
    char name[200];
    snprintf(name, sizeof name, "%s/samples.tsv", folder);
    table m = read_table(root, name);
    size_t first = n;
    for (size_t r = 1; r < m.n_row; r++) {
        long s = gs_gut_sample(g, cell(&m, r, "sample"));
        if (s < 0 || g->total[s] < least || (only_col && strcmp(cell(&m, r, only_col), only)))
            continue;
        size_t k = first;
        while (k < n && strcmp(p[k].name, cell(&m, r, "person")))
            k++;
        if (k == n)
            snprintf(p[n++].name, 32, "%s", cell(&m, r, "person"));
        if (p[k].n < MAX_DAY) {
            p[k].sample[p[k].n] = (size_t)s;
            p[k].day[p[k].n++] = number(cell(&m, r, day));
        }
    }
    return n;
}

static double scatter(const person *p, const double *x, gs_stool_index i)
{
    double sum = 0, n = 0;
    for (size_t a = 0; a < p->n; a++)
        for (size_t b = 0; b < p->n; b++) {
            double gap = p->day[b] - p->day[a];
            if (gap < 5 || gap > 30)
                continue;
            double d = gs_stool_to_scale(i, x[p->sample[a] * GS_N_STOOL + i]) -
                       gs_stool_to_scale(i, x[p->sample[b] * GS_N_STOOL + i]);
            if (!isfinite(d))
                continue;
            sum += d * d / 2, n++;
        }
    return n >= 10 ? sqrt(sum / n) : NAN;
}

static void put_day(const char *kind, size_t n, const person *p, const double *const *x,
                    const char *source)
{
    for (gs_stool_index i = 0; i < GS_N_STOOL; i++) {
        double sd[MAX_PERSON];
        size_t known = 0, samples = 0;
        for (size_t k = 0; k < n; k++) {
            double s = scatter(&p[k], x[k], i);
            if (!isnan(s))
                sd[known++] = s, samples += p[k].n;
        }
        gs_eco_sort(known, sd);
        if (known < 2 || !(sd[known - 1] > 0))
            continue;
        fprintf(out_day, "%s,%s,%.4g,%.4g,%.4g,%zu,%zu,%s\n", kind, gs_stool_key(i),
                gs_eco_quantile(known, sd, 0.5), gs_eco_quantile(known, sd, 0.25),
                gs_eco_quantile(known, sd, 0.75), known, samples, source);
    }
}

static void day_noise(const char *root)
{
    static person p[MAX_PERSON], q[MAX_PERSON];
    const double *x[MAX_PERSON];
    gs_gut *g = read_gut(root, "caporaso2011_moving_pictures/genus_long.tsv.gz",
                         "caporaso2011_moving_pictures/taxa.tsv", GS_GUT_16S_CLOSED);
    const double *one = indices(g, 3000);
    size_t n = people(root, "caporaso2011_moving_pictures", "day", g, 3000, "site", "gut", p, 0), k = 0;
    for (; k < n; k++)
        x[k] = one;
    g = read_gut(root, "david2014/genus_long.tsv.gz", "david2014/taxa.tsv", GS_GUT_16S_CLOSED);
    one = indices(g, 3000);
    n = people(root, "david2014", "day", g, 3000, "event", "", p, n);
    for (; k < n; k++)
        x[k] = one;
    put_day("16s", n, p, x, "caporaso2011+david2014");

    g = read_gut(root, "johnson2019_diet/genus_long.tsv.gz", "johnson2019_diet/taxa.tsv", GS_GUT_SHOTGUN);
    one = indices(g, 50000);
    n = people(root, "johnson2019_diet", "study_day", g, 50000, NULL, NULL, q, 0);
    for (k = 0; k < n; k++)
        x[k] = one;
    put_day("shotgun", n, q, x, "johnson2019");
}

/* ---- map ------------------------------------------------------------------------------ */

static void map(const char *root)
{
    enum { CELL = 36 };
    gs_gut *g = read_gut(root, "american_gut/genus_counts_even10k.tsv.gz", NULL, GS_GUT_16S_CLOSED);
    size_t n = g->n_sample, m = 0, *seen = GS_NEW(arena, size_t, g->n_taxon),
           *keep = GS_NEW(arena, size_t, g->n_taxon);
    for (size_t k = 0; k < g->n_value; k++)
        seen[g->i_taxon[k]]++;
    size_t *slot = GS_NEW(arena, size_t, g->n_taxon);
    for (size_t t = 0; t < g->n_taxon; t++) {
        slot[t] = SIZE_MAX;
        if (5 * seen[t] >= n) /* in a fifth of people */
            slot[t] = m, keep[m++] = t;
    }
    double *x = GS_NEW(arena, double, n * m), *mean = GS_NEW(arena, double, m),
           *cov = GS_NEW(arena, double, m * m), trace = 0;
    for (size_t s = 0; s < n; s++) {
        for (size_t k = g->start[s]; k < g->start[s + 1]; k++)
            if (slot[g->i_taxon[k]] != SIZE_MAX)
                x[s * m + slot[g->i_taxon[k]]] = g->value[k] / g->total[s];
        gs_eco_clr(m, x + s * m, 1e-4);
        for (size_t k = 0; k < m; k++)
            mean[k] += x[s * m + k] / (double)n;
    }
    for (size_t s = 0; s < n; s++)
        for (size_t k = 0; k < m; k++) {
            x[s * m + k] -= mean[k];
            for (size_t q = 0; q <= k; q++)
                cov[k * m + q] += x[s * m + k] * x[s * m + q] / (double)(n - 1);
        }
    for (size_t k = 0; k < m; k++) {
        trace += cov[k * m + k];
        for (size_t q = 0; q < k; q++)
            cov[q * m + k] = cov[k * m + q];
    }
    double load[2][1000] = {{0}}, value[2];
    for (int axis = 0; axis < 2; axis++) { /* power iteration: the gap is wide */
        double *v = load[axis];
        for (size_t k = 0; k < m; k++)
            v[k] = sin((double)k + axis);
        for (int step = 0; step < 2000; step++) {
            double w[1000], dot = 0, norm = 0;
            for (size_t k = 0; k < m; k++) {
                w[k] = 0;
                for (size_t q = 0; q < m; q++)
                    w[k] += cov[k * m + q] * v[q];
            }
            for (size_t k = 0; k < m && axis; k++)
                dot += w[k] * load[0][k];
            for (size_t k = 0; k < m; k++)
                w[k] -= axis ? dot * load[0][k] : 0, norm += w[k] * w[k];
            for (size_t k = 0; k < m; k++)
                v[k] = w[k] / sqrt(norm);
            value[axis] = sqrt(norm);
        }
    }
    double *px = calloc(n, sizeof *px), *py = calloc(n, sizeof *py), lo[2], hi[2];
    static double cells[CELL][CELL];
    for (size_t s = 0; s < n; s++)
        for (size_t k = 0; k < m; k++)
            px[s] += x[s * m + k] * load[0][k], py[s] += x[s * m + k] * load[1][k];
    for (int axis = 0; axis < 2; axis++) {
        double *sorted = calloc(n, sizeof *sorted);
        memcpy(sorted, axis ? py : px, n * sizeof *sorted);
        gs_eco_sort(n, sorted);
        double a = gs_eco_quantile(n, sorted, 0.003), b = gs_eco_quantile(n, sorted, 0.997);
        lo[axis] = a - 0.08 * (b - a), hi[axis] = b + 0.08 * (b - a);
        free(sorted);
    }
    for (size_t s = 0; s < n; s++) {
        double fx = (px[s] - lo[0]) / (hi[0] - lo[0]), fy = (py[s] - lo[1]) / (hi[1] - lo[1]);
        if (fx >= 0 && fx < 1 && fy >= 0 && fy < 1)
            cells[(int)(fy * CELL)][(int)(fx * CELL)]++;
    }
    fprintf(out_map, "map,16s-closed,%zu,%.5g,%.5g,%.5g,%.5g,%.5g,%.5g,%d,american_gut\n", n,
            value[0] / trace, value[1] / trace, lo[0], hi[0], lo[1], hi[1], CELL);
    for (size_t k = 0; k < m; k++) {
        char name[200];
        snprintf(name, sizeof name, "%s", g->taxon[keep[k]].id);
        for (char *c = name; *c; c++)
            *c = *c == ',' ? ';' : *c; /* cells are split at commas */
        fprintf(out_map, "genus,%s,%.5g,%.5g,%.5g\n", name, mean[k], load[0][k], load[1][k]);
    }
    for (int r = 0; r < CELL; r++) {
        fputs("row", out_map);
        for (int c = 0; c < CELL; c++)
            fprintf(out_map, ",%.0f", cells[r][c]);
        fputs("\n", out_map);
    }
}

static FILE *create(const char *folder, const char *name)
{
    char path[1000];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    if (!f) {
        perror(path);
        exit(1);
    }
    fputs("# made by bench/gut_reference.c from public data; sources: data/gut/README.md\n", f);
    return f;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: bench_gut_reference DATA OUT\n", stderr);
        return 2;
    }
    const char *root = argv[1];
    arena = gs_arena_new(0);
    out_ref = create(argv[2], "reference.csv");
    fputs("method,depth,age_lo,age_hi,index,n,zero", out_ref);
    for (size_t k = 0; k < GS_STOOL_N_QUANTILE; k++)
        fprintf(out_ref, ",q%g", 100 * gs_stool_quantile_at[k]);
    fputs(",source\n", out_ref);
    american_gut(root, "american_gut/genus_counts_even10k.tsv.gz", 10000, true);
    american_gut(root, "american_gut/genus_counts_even1k.tsv.gz", 1000, false);
    infants(root);
    asv(root);
    shotgun(root);
    out_day = create(argv[2], "day-noise.csv");
    fputs("kind,index,sd,sd_lo,sd_hi,people,samples,source\n", out_day);
    day_noise(root);
    out_map = create(argv[2], "map.csv");
    map(root);
    return fclose(out_ref) | fclose(out_day) | fclose(out_map) ? 1 : 0;
}
