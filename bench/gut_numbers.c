/* Numbers of communities against scikit-bio and UniFrac's own library, in one run.
 *
 *     bench_gut_numbers ../shared/data/american_gut [CASE...]    needs Debian's python3-skbio,
 *                                                                python3-unifrac, python3-biom-format
 *     CASE is alpha5, faith, unifrac, weighted-unifrac, jaccard, bray-curtis, permanova,
 *     permanova-halves, pcoa10, one-sample; all of them take 5 minutes on a quiet machine
 *
 * The 13,374 x 1,907 table is read from the BIOM file; the tree has its lineages for
 * topology and random lengths from a fixed seed (the study's own tree is not in the data).
 * bench/gut_peer.py computes the same with the peers and leaves its results beside its times;
 * every result is compared. One JSON line a case: wall and
 * processor seconds (the latter of all threads; they hold on a busy machine too), and the
 * ratio of medians, peer / ours. */
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

static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* the repeats of one case, wall and processor */
static double wall_s[REPEAT], cpu_s[REPEAT], wall_0, cpu_0;
static size_t n_case;
static char **wanted;

static bool want(const char *name)
{
    for (size_t i = 0; i < n_case; i++)
        if (!strcmp(wanted[i], name))
            return true;
    return n_case == 0;
}

static void begin(void)
{
    wall_0 = now(), cpu_0 = cpu();
}

static void end(int k)
{
    wall_s[k] = now() - wall_0, cpu_s[k] = cpu() - cpu_0;
}

static double median(double *t, size_t n)
{
    gs_eco_sort(n, t);
    return gs_eco_quantile(n, t, 0.5);
}

static void report(const char *name, double off)
{
    char file[64];
    snprintf(file, sizeof file, "%s.time", name);
    double *peer = get(file, 2), wall = median(wall_s, REPEAT), used = median(cpu_s, REPEAT);
    printf("{\"name\": \"gut_numbers %s\", \"wall_s\": %.4f, \"cpu_s\": %.4f", name, wall, used);
    if (peer)
        printf(", \"peer_wall_s\": %.3f, \"peer_cpu_s\": %.3f, \"ratio\": %.1f, \"ratio_cpu\": %.1f", peer[0],
               peer[1], peer[0] / wall, peer[1] / used);
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

/* UniFrac's own library gives single precision: the judge is scikit-bio, on 40 samples. */
static double first_40(const double *d, size_t n, const char *file)
{
    double sub[40 * 40];
    for (size_t i = 0; i < 40; i++)
        memcpy(sub + 40 * i, d + i * n, 40 * sizeof *sub);
    return off_by(sub, file, 40 * 40);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs("bench_gut_numbers: which folder? ../shared/data/american_gut\n", stderr);
        return 77;
    }
    char path[1000], command[1400];
    gs_err err = {0};
    gs_gut *g;
    gs_gutfile_opts o = GS_GUTFILE_OPTS;
    arena = gs_arena_new(0);
    n_case = (size_t)argc - 2, wanted = argv + 2;
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
    gs_buf line = {0};
    gs_buf_printf(&line, "/usr/bin/python3 '%s/bench/gut_peer.py' %s %d", GS_SOURCE_DIR, folder, N_PERM);
    for (size_t i = 0; i < n_case; i++)
        gs_buf_printf(&line, " '%s'", wanted[i]);
    bool peers = system(line.data) == 0;
    if (!peers)
        fputs("bench_gut_numbers: the peers did not run (python3-skbio, python3-unifrac); ours alone\n", stderr);

    gs_eco_tree *tree;
    must(gs_eco_tree_parse(arena, "tree.nwk", newick, strlen(newick), &tree, &err), &err);
    uint32_t *node = calloc(m, 4), *own = calloc(m, 4);
    for (size_t t = 0; t < m; t++)
        node[t] = (uint32_t)gs_eco_tree_find(tree, g->taxon[t].id);
    gs_eco_rows rows = {n, m, g->start, g->i_taxon, g->value};
    double *d = calloc(n * n, sizeof *d), *alpha = calloc(6 * n, sizeof *alpha);

    for (int k = 0; k < REPEAT && want("alpha5"); k++) {
        begin();
        for (size_t i = 0; i < n; i++) {
            gs_eco_alpha a;
            gs_eco_alpha_of(g->start[i + 1] - g->start[i], g->value + g->start[i], &a);
            alpha[i] = a.shannon, alpha[n + i] = a.inv_simpson, alpha[2 * n + i] = a.observed;
            alpha[3 * n + i] = a.chao1, alpha[4 * n + i] = a.pielou;
        }
        end(k);
    }
    if (want("alpha5"))
        report("alpha5", off_by(alpha, "alpha", 5 * n));
    for (int k = 0; k < REPEAT && want("faith"); k++) {
        begin();
        for (size_t i = 0; i < n; i++) {
            size_t from = g->start[i], len = g->start[i + 1] - from;
            for (size_t q = 0; q < len; q++)
                own[q] = node[g->i_taxon[from + q]];
            must(gs_eco_faith(arena, tree, len, g->value + from, own, &alpha[i], &err), &err);
        }
        end(k);
    }
    if (want("faith"))
        report("faith", off_by(alpha, "faith", n));
    for (int k = 0; k < REPEAT && want("unifrac"); k++) {
        begin();
        must(gs_eco_unifrac(arena, &pool, &rows, tree, node, false, d, &err), &err);
        end(k);
    }
    if (want("unifrac"))
        report("unifrac", first_40(d, n, "unifrac-40"));
    for (int k = 0; k < REPEAT && want("weighted-unifrac"); k++) {
        begin();
        must(gs_eco_unifrac(arena, &pool, &rows, tree, node, true, d, &err), &err);
        end(k);
    }
    if (want("weighted-unifrac"))
        report("weighted-unifrac", first_40(d, n, "weighted-unifrac-40"));
    for (int k = 0; k < REPEAT && want("jaccard"); k++) {
        begin();
        must(gs_eco_distance(arena, &pool, &rows, GS_ECO_JACCARD, 0, d, &err), &err);
        end(k);
    }
    if (want("jaccard"))
        report("jaccard", off_by(d, "jaccard", n * n));
    for (int k = 0; k < REPEAT; k++) {
        begin();
        must(gs_eco_distance(arena, &pool, &rows, GS_ECO_BRAYCURTIS, 0, d, &err), &err);
        end(k);
    }
    if (want("bray-curtis"))
        report("bray-curtis", off_by(d, "bray-curtis", n * n));
    for (int q = 0; q < 2; q++) {
        gs_eco_permanova p;
        if (!want(q ? "permanova-halves" : "permanova"))
            continue;
        for (int k = 0; k < REPEAT; k++) {
            begin();
            must(gs_eco_permanova_test(arena, &pool, n, d, group[q], q ? 2 : 4, N_PERM, 1, &p, &err), &err);
            end(k);
        }
        report(q ? "permanova-halves" : "permanova", off_by(&p.f, q ? "f1" : "f0", 1));
        double *peer = get(q ? "p1" : "p0", 1);
        if (peer)
            fprintf(stderr, "p: ours %.4f, peer %.4f (other permutations)\n", p.p, peer[0]);
        free(peer);
    }
    double share[10] = {0};
    double *axes = calloc(n * 10, sizeof *axes);
    for (int k = 0; k < REPEAT && want("pcoa10"); k++) {
        begin();
        must(gs_eco_pcoa(arena, &pool, n, d, 10, axes, share, &err), &err);
        end(k);
    }
    double *eig = get("eigen", 10), off = eig ? 0 : NAN, trace = 0;
    for (size_t i = 0; i < n * n; i++)
        trace += d[i] * d[i] / (2 * (double)n);
    for (int k = 0; k < 10 && eig; k++)
        off = fmax(off, fabs(share[k] * trace / eig[k] - 1));
    if (want("pcoa10"))
        report("pcoa10", off);

    // one person's report, from the table in memory
    for (int k = 0; k < REPEAT && want("one-sample"); k++) {
        gs_stool *x;
        gs_stool_opts so = GS_STOOL_OPTS;
        so.method = GS_GUT_16S_CLOSED;
        begin();
        must(gs_stool_read(arena, g, (size_t)k, &so, &x, &err), &err);
        end(k);
    }
    if (want("one-sample"))
        report("one-sample", NAN);
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command) == 0 ? 0 : 1;
}
