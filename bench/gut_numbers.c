/* Numbers of communities against scikit-bio and UniFrac's own library, in one run.
 *
 *     bench_gut_numbers ../shared/data/american_gut        needs Debian's python3-skbio,
 *                                                          python3-unifrac, python3-biom-format
 *
 * The 13,374 x 1,907 table is read from the BIOM file; the tree has its lineages for
 * topology and random lengths from a fixed seed (the study's own tree is not in the data).
 * bench/gut_peer.py computes the same with the peers and leaves its results beside its times;
 * every result is compared. One JSON line a case; ratio = median of the peer / ours. */
#include "gutskin/eco.h"
#include "gutskin/gutfile.h"
#include "gutskin/stool.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { REPEAT = 5, N_PERM = 9999 };

static gs_arena *arena;
static char folder[200];

static void must(gs_status st, const gs_err *err)
{
    char text[900];
    if (st == GS_OK)
        return;
    fprintf(stderr, "bench_gut_numbers: %s\n", gs_err_text(err, text, sizeof text));
    exit(st == GS_EIO ? 77 : 1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct batch {
    size_t n;
    void (*job)(void *, size_t);
    void *ctx;
    atomic_size_t next;
} batch;

static void *work(void *arg)
{
    batch *b = arg;
    for (size_t i; (i = atomic_fetch_add(&b->next, 1)) < b->n;)
        b->job(b->ctx, i);
    return NULL;
}

static void run_two(void *self, size_t n, void (*job)(void *, size_t), void *ctx)
{
    batch b = {.n = n, .job = job, .ctx = ctx};
    pthread_t other;
    (void)self;
    bool two = pthread_create(&other, NULL, work, &b) == 0;
    work(&b);
    if (two)
        pthread_join(other, NULL);
}

static gs_pool pool = {.run = run_two, .n_thread = 2};

static void put(const char *name, const void *data, size_t size, size_t n)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(data, size, n, f) != n || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
}

static double *get(const char *name, size_t n)
{
    char path[300];
    double *x = calloc(n, sizeof *x);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    if (!f || !x || fread(x, sizeof *x, n, f) != n) {
        free(x);
        x = NULL;
    }
    if (f)
        fclose(f);
    return x;
}

/* lineages as a tree: a node a name at a rank, tips are rows */
static char *make_tree(const gs_gut *g)
{
    gs_buf b = {0};
    size_t n = g->n_taxon, *order = calloc(n, sizeof *order);
    gs_rng r = gs_rng_stream(1, 0, "tree");
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t gap = n / 2; gap; gap /= 2) /* by lineage */
        for (size_t i = gap; i < n; i++)
            for (size_t j = i; j >= gap; j -= gap) {
                int c = 0;
                for (int k = 0; k < GS_N_RANK && !c; k++)
                    c = strcmp(g->taxon[order[j - gap]].name[k], g->taxon[order[j]].name[k]);
                if (c <= 0)
                    break;
                size_t t = order[j];
                order[j] = order[j - gap], order[j - gap] = t;
            }
    int depth = 0;
    gs_buf_put(&b, "(");
    for (size_t i = 0; i < n; i++) {
        int same = 0;
        if (i)
            while (same < GS_N_RANK && !strcmp(g->taxon[order[i - 1]].name[same], g->taxon[order[i]].name[same]))
                same++;
        for (; depth > same; depth--)
            gs_buf_printf(&b, "):%.6f", gs_rng_exponential(&r));
        gs_buf_put(&b, i ? "," : "");
        for (; depth < GS_N_RANK; depth++)
            gs_buf_put(&b, "(");
        gs_buf_printf(&b, "%s:%.6f", g->taxon[order[i]].id, gs_rng_exponential(&r));
    }
    for (; depth > 0; depth--)
        gs_buf_printf(&b, "):%.6f", gs_rng_exponential(&r));
    gs_buf_put(&b, ");\n");
    free(order);
    return b.data;
}

static double median(double *t, size_t n)
{
    gs_eco_sort(n, t);
    return gs_eco_quantile(n, t, 0.5);
}

static void report(const char *name, double *ours, size_t n_ours, double off)
{
    char file[64];
    snprintf(file, sizeof file, "%s.time", name);
    double *peer = get(file, 1), mine = median(ours, n_ours);
    printf("{\"name\": \"gut_numbers %s\", \"ours_s\": %.4f", name, mine);
    if (peer)
        printf(", \"peer_s\": %.3f, \"ratio\": %.1f", peer[0], peer[0] / mine);
    printf(isnan(off) ? ", \"off\": null}\n" : ", \"off\": %.2g}\n", off);
    fflush(stdout);
    free(peer);
}

static double off_by(const double *x, const char *file, size_t n)
{
    double *y = get(file, n), off = y ? 0 : NAN;
    for (size_t i = 0; i < n && y; i++)
        off = fmax(off, fabs(x[i] - y[i]) / fmax(1, fabs(y[i])));
    free(y);
    return off;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("bench_gut_numbers: which folder? ../shared/data/american_gut\n", stderr);
        return 77;
    }
    char path[1000], command[1400];
    gs_err err = {0};
    gs_gut *g;
    gs_gutfile_opts o = GS_GUTFILE_OPTS;
    arena = gs_arena_new(0);
    snprintf(path, sizeof path, "%s/otu_even10k.biom.json.gz", argv[1]);
    must(gs_gutfile_read(arena, path, &o, &g, &err), &err);
    snprintf(folder, sizeof folder, "/tmp/gut_numbers.XXXXXX");
    if (!mkdtemp(folder))
        return 1;

    // what the peers read: the table, the tree, two groupings
    size_t n = g->n_sample, m = g->n_taxon;
    uint64_t size[3] = {n, m, g->n_value};
    put("size", size, 8, 3);
    put("start", g->start, 8, n + 1);
    put("col", g->i_taxon, 4, g->n_value);
    put("val", g->value, 8, g->n_value);
    gs_buf ids = {0};
    for (size_t t = 0; t < m; t++)
        gs_buf_printf(&ids, "%s\n", g->taxon[t].id);
    put("ids", ids.data, 1, ids.len);
    char *newick = make_tree(g);
    put("tree.nwk", newick, 1, strlen(newick));
    uint32_t *group[2] = {calloc(n, 4), calloc(n, 4)};
    gs_rng r = gs_rng_stream(2, 0, "groups");
    for (size_t i = 0; i < n; i++) {
        double u = gs_rng_uniform(&r); /* the sizes of american_gut's skin answers; halves */
        group[0][i] = u < 0.8 ? 0 : u < 0.89 ? 1 : u < 0.94 ? 2 : 3;
        group[1][i] = (uint32_t)(i % 2);
    }
    put("group0", group[0], 4, n);
    put("group1", group[1], 4, n);
    snprintf(command, sizeof command, "/usr/bin/python3 \"$(dirname '%s')\"/../bench/gut_peer.py %s %d || "
             "/usr/bin/python3 bench/gut_peer.py %s %d", argv[0], folder, N_PERM, folder, N_PERM);
    bool peers = system(command) == 0;
    if (!peers)
        fputs("bench_gut_numbers: the peers did not run (python3-skbio, python3-unifrac); ours alone\n", stderr);

    gs_eco_tree *tree;
    must(gs_eco_tree_parse(arena, "tree.nwk", newick, strlen(newick), &tree, &err), &err);
    uint32_t *node = calloc(m, 4), *own = calloc(m, 4);
    for (size_t t = 0; t < m; t++)
        node[t] = (uint32_t)gs_eco_tree_find(tree, g->taxon[t].id);
    gs_eco_rows rows = {n, m, g->start, g->i_taxon, g->value};
    double *d = calloc(n * n, sizeof *d), time[REPEAT], *alpha = calloc(6 * n, sizeof *alpha);

    for (int k = 0; k < REPEAT; k++) {
        double start = now();
        for (size_t i = 0; i < n; i++) {
            gs_eco_alpha a;
            gs_eco_alpha_of(g->start[i + 1] - g->start[i], g->value + g->start[i], &a);
            alpha[i] = a.shannon, alpha[n + i] = a.inv_simpson, alpha[2 * n + i] = a.observed;
            alpha[3 * n + i] = a.chao1, alpha[4 * n + i] = a.pielou;
        }
        time[k] = now() - start;
    }
    report("alpha5", time, REPEAT, off_by(alpha, "alpha", 5 * n));
    for (int k = 0; k < REPEAT; k++) {
        double start = now();
        for (size_t i = 0; i < n; i++) {
            size_t from = g->start[i], len = g->start[i + 1] - from;
            for (size_t q = 0; q < len; q++)
                own[q] = node[g->i_taxon[from + q]];
            must(gs_eco_faith(arena, tree, len, g->value + from, own, &alpha[i], &err), &err);
        }
        time[k] = now() - start;
    }
    report("faith", time, REPEAT, off_by(alpha, "faith", n));
    for (int k = 0; k < REPEAT; k++) {
        double start = now();
        must(gs_eco_unifrac(arena, &pool, &rows, tree, node, false, d, &err), &err);
        time[k] = now() - start;
    }
    report("unifrac", time, REPEAT, off_by(d, "unifrac", n * n));
    for (int k = 0; k < REPEAT; k++) {
        double start = now();
        must(gs_eco_unifrac(arena, &pool, &rows, tree, node, true, d, &err), &err);
        time[k] = now() - start;
    }
    report("weighted-unifrac", time, REPEAT, off_by(d, "weighted-unifrac", n * n));
    for (int k = 0; k < REPEAT; k++) {
        double start = now();
        must(gs_eco_distance(arena, &pool, &rows, GS_ECO_JACCARD, 0, d, &err), &err);
        time[k] = now() - start;
    }
    report("jaccard", time, REPEAT, off_by(d, "jaccard", n * n));
    for (int k = 0; k < REPEAT; k++) {
        double start = now();
        must(gs_eco_distance(arena, &pool, &rows, GS_ECO_BRAYCURTIS, 0, d, &err), &err);
        time[k] = now() - start;
    }
    report("bray-curtis", time, REPEAT, off_by(d, "bray-curtis", n * n));
    for (int q = 0; q < 2; q++) {
        gs_eco_permanova p;
        for (int k = 0; k < REPEAT; k++) {
            double start = now();
            must(gs_eco_permanova_test(arena, &pool, n, d, group[q], q ? 2 : 4, N_PERM, 1, &p, &err), &err);
            time[k] = now() - start;
        }
        report(q ? "permanova-halves" : "permanova", time, REPEAT, off_by(&p.f, q ? "f1" : "f0", 1));
        double *peer = get(q ? "p1" : "p0", 1);
        if (peer)
            fprintf(stderr, "p: ours %.4f, peer %.4f (other permutations)\n", p.p, peer[0]);
        free(peer);
    }
    double coord[10 * 2], share[10];
    (void)coord;
    double *axes = calloc(n * 10, sizeof *axes);
    for (int k = 0; k < REPEAT; k++) {
        double start = now();
        must(gs_eco_pcoa(arena, &pool, n, d, 10, axes, share, &err), &err);
        time[k] = now() - start;
    }
    double *eig = get("eigen", 10), off = eig ? 0 : NAN, trace = 0;
    for (size_t i = 0; i < n * n; i++)
        trace += d[i] * d[i] / (2 * (double)n);
    for (int k = 0; k < 10 && eig; k++)
        off = fmax(off, fabs(share[k] * trace / eig[k] - 1));
    report("pcoa10", time, REPEAT, off);

    // one person's report, from the table in memory
    for (int k = 0; k < REPEAT; k++) {
        gs_stool *x;
        gs_stool_opts so = GS_STOOL_OPTS;
        so.method = GS_GUT_16S_CLOSED;
        double start = now();
        must(gs_stool_read(arena, g, (size_t)k, &so, &x, &err), &err);
        time[k] = now() - start;
    }
    report("one-sample", time, REPEAT, NAN);
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command) == 0 ? 0 : 1;
}
