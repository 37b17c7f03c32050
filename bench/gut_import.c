/* Import of stool tables against biom-format (python3-biom-format of Debian), in one run.
 *
 *   bench_gut_import FOLDER [RUNS]        FOLDER is ../shared/data/american_gut
 *
 * Cases: 13,374 OTUs x 1,907 people as BIOM 1.0 (JSON, gzip); the same as BIOM 2.1 (HDF5),
 * written by the peer before; 740 genera x 1,907 people as BIOM 2.1 (HDF5), as it lies there. Each reading has a process of its own; ours and the peer's take turns.
 * Seconds are those of the reading alone (the interpreter's start and imports not counted);
 * the medians' ratio is what counts; processor seconds stand beside, for a busy machine (ours
 * are of reader and child together). Peak memory is of the process (HDF5: of reader and child
 * together), less what it held before it read, over the table's own bytes. One JSON line a
 * case; without the peer or the data it says so and exits with 77. */
#include "gutskin/gutfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_RUN = 25 };
#define PYTHON "/usr/bin/python3"

typedef struct reading {
    double seconds, cpu, peak_kb, base_kb, table_kb, n_value, sum;
} reading;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double peak(int who)
{
    struct rusage u;
    getrusage(who, &u);
    return (double)u.ru_maxrss;
}

static double used(int who)
{
    struct rusage u;
    getrusage(who, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + 1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* What the table itself holds: values, places, rows, taxa and their texts. */
static double bytes_of(const gs_gut *g)
{
    double n = (double)g->n_value * (sizeof(double) + sizeof(uint32_t))
               + (double)g->n_sample * 6 * sizeof(double) + (double)g->n_taxon * sizeof(gs_taxon);
    for (size_t t = 0; t < g->n_taxon; t++)
        n += (double)strlen(g->taxon[t].id) + 17; /* ids are each their own; names are shared */
    return n;
}

static void read_ours(const char *path, FILE *to)
{
    gs_arena *a = gs_arena_new(0);
    gs_gutfile_opts o = GS_GUTFILE_OPTS;
    gs_gut *g = NULL;
    gs_err err = {0};
    double base = peak(RUSAGE_SELF), start = now(), sum = 0, before = used(RUSAGE_SELF);
    if (gs_gutfile_read(a, path, &o, &g, &err) != GS_OK) {
        fprintf(stderr, "bench_gut_import: %s\n", err.msg);
        _exit(1);
    }
    double seconds = now() - start, cpu = used(RUSAGE_SELF) + used(RUSAGE_CHILDREN) - before;
    for (size_t k = 0; k < g->n_value; k++)
        sum += g->value[k];
    double all = peak(RUSAGE_SELF) + (strcmp(g->format, "biom-hdf5") == 0 ? peak(RUSAGE_CHILDREN) : 0);
    fprintf(to, "%.9g %.9g %.9g %.9g %.9g %zu %.17g\n", seconds, cpu, all, base, bytes_of(g) / 1024, g->n_value,
            sum);
    fflush(to);
    _exit(0);
}

static const char peer[] =
    "import sys, time, resource, biom\n"
    "r = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
    "b = r(); t = time.perf_counter(); c = time.process_time(); x = biom.load_table(sys.argv[1])\n"
    "t = time.perf_counter() - t; c = time.process_time() - c\n"
    "m = x.matrix_data\n"
    "print(t, c, r(), b, (m.data.nbytes + m.indices.nbytes + m.indptr.nbytes) / 1024, m.nnz, m.sum())\n";

static int run(const char *path, int ours, reading *out)
{
    int fd[2], status;
    if (pipe(fd) != 0)
        return 0;
    fflush(NULL);
    pid_t id = fork();
    if (id == 0) {
        close(fd[0]);
        if (ours)
            read_ours(path, fdopen(fd[1], "w"));
        dup2(fd[1], 1);
        execl(PYTHON, PYTHON, "-c", peer, path, (char *)NULL);
        _exit(127);
    }
    close(fd[1]);
    FILE *f = fdopen(fd[0], "r");
    int n = fscanf(f, "%lf %lf %lf %lf %lf %lf %lf", &out->seconds, &out->cpu, &out->peak_kb, &out->base_kb,
                   &out->table_kb, &out->n_value, &out->sum);
    fclose(f);
    waitpid(id, &status, 0);
    return n == 7;
}

static int by_seconds(const void *x, const void *y)
{
    double a = ((const reading *)x)->seconds, b = ((const reading *)y)->seconds;
    return (a > b) - (a < b);
}

static int by_number(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static double middle_cpu(const reading *r, int n)
{
    double v[MAX_RUN];
    for (int i = 0; i < n; i++)
        v[i] = r[i].cpu;
    qsort(v, (size_t)n, sizeof *v, by_number);
    return v[n / 2];
}

/* The JSON table as HDF5, by the peer. */
static int make_twin(const char *folder, const char *twin)
{
    static const char text[] = "import sys, biom, h5py\n"
                               "x = biom.load_table(sys.argv[1])\n"
                               "with h5py.File(sys.argv[2], 'w') as f: x.to_hdf5(f, 'peer')\n";
    char path[1000];
    int status = 1;
    snprintf(path, sizeof path, "%s/otu_even10k.biom.json.gz", folder);
    pid_t id = fork();
    if (id == 0) {
        execl(PYTHON, PYTHON, "-c", text, path, twin, (char *)NULL);
        _exit(127);
    }
    return waitpid(id, &status, 0) == id && status == 0;
}

static int one(const char *folder, const char *name, int n_run)
{
    reading a[MAX_RUN], b[MAX_RUN];
    char path[1000];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (int i = 0; i < n_run; i++)
        if (!run(path, 1, &a[i]) || !run(path, 0, &b[i])) {
            fprintf(stderr, "bench_gut_import: " PYTHON " with python3-biom-format is not here, or "
                    "%s is not\n", path);
            return 77;
        }
    if (a[0].n_value != b[0].n_value || a[0].sum != b[0].sum) {
        fprintf(stderr, "bench_gut_import: the two readers disagree about %s\n", name);
        return 1;
    }
    qsort(a, (size_t)n_run, sizeof *a, by_seconds);
    qsort(b, (size_t)n_run, sizeof *b, by_seconds);
    const reading *x = &a[n_run / 2], *y = &b[n_run / 2];
    printf("{\"bench\": \"gut_import\", \"file\": \"%s\", \"values\": %.0f, \"runs\": %d, "
           "\"ours_s\": %.4f, \"peer_s\": %.4f, \"ratio\": %.1f, \"ours_cpu\": %.4f, \"peer_cpu\": %.4f, "
           "\"ratio_cpu\": %.1f, \"ours_s_range\": [%.4f, %.4f], "
           "\"peer_s_range\": [%.4f, %.4f], \"ours_peak_mb\": %.1f, \"ours_table_mb\": %.1f, "
           "\"ours_peak_over_table\": %.2f, \"peer_peak_mb\": %.1f}\n",
           name, x->n_value, n_run, x->seconds, y->seconds, y->seconds / x->seconds, middle_cpu(a, n_run),
           middle_cpu(b, n_run), middle_cpu(b, n_run) / middle_cpu(a, n_run), a[0].seconds,
           a[n_run - 1].seconds, b[0].seconds, b[n_run - 1].seconds, x->peak_kb / 1024,
           x->table_kb / 1024, (x->peak_kb - x->base_kb) / x->table_kb, y->peak_kb / 1024);
    fflush(stdout);
    return 0;
}

int main(int argc, char **argv)
{
    int n_run = argc > 2 ? atoi(argv[2]) : 7;
    if (argc < 2 || n_run < 1 || n_run > MAX_RUN) {
        fprintf(stderr, "usage: bench_gut_import FOLDER [RUNS]    (../shared/data/american_gut)\n");
        return argc < 2 ? 77 : 2;
    }
    char dir[] = "/tmp/gs_bench_XXXXXX", twin[100];
    int code = one(argv[1], "otu_even10k.biom.json.gz", n_run);
    if (code || !mkdtemp(dir))
        return code ? code : 1;
    snprintf(twin, sizeof twin, "%s/otu_even10k.hdf5.biom", dir);
    if (make_twin(argv[1], twin))
        code = one(dir, "otu_even10k.hdf5.biom", n_run);
    unlink(twin);
    rmdir(dir);
    return code ? code : one(argv[1], "genus_even10k.hdf5.biom", n_run);
}
