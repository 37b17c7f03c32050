/* How the cost of a person-day grows: with people, days, states and threads; and what memory
 * people take.
 *
 *     build/bench_engine_scale [--rounds N] [--gutskin FILE]
 *
 * CPU microseconds a person-day at rtol 1e-3, widest level, median over rounds, the sizes of
 * a series in turn. People and their days are made as they are asked for (the start is the
 * typical adult's), so nothing is kept; peak memory is that of a child process for each
 * number of people. Models of a growing number of states are rings of fed and eaten
 * pools, written here, compiled by `gutskin model compile --so` (the bench's own folder)
 * and timed too: seconds to a loaded kernel. */
#include "engine.h"

#include <dlfcn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_ROUNDS = 15, MOST_SIZES = 8 };

typedef struct crowd {
    size_t n_day;
    double *start;
} crowd;

static void take_par(void *c, size_t p, double *o)
{
    (void)c;
    draw_par(p, o);
}
static void take_start(void *c, size_t p, double *o)
{
    (void)p;
    memcpy(o, ((crowd *)c)->start, K->n_state * sizeof *o);
}
/* an uneven day from a few bits of its number: cheap, so that lives are what is timed */
static void take_lever(void *c, size_t p, size_t d, double *o)
{
    uint64_t h = ((uint64_t)p * 1000003 + d + 1) * 0x9E3779B97F4A7C15u;
    (void)c;
    for (size_t i = 0; i < K->n_lever; i++) {
        const gs_lever_info *l = &K->lever[i];
        h ^= h >> 29;
        h *= 0xBF58476D1CE4E5B9u;
        o[i] = clip(l->habit + l->sd * (3.4 * (double)(h >> 11) * 0x1p-53 - 1.7), l->lo, l->hi);
    }
}
static bool look(void *c, size_t p, size_t d, const double *x, const double *y)
{
    (void)c, (void)p, (void)d, (void)y;
    return x[0] == x[0];
}
static void lost(void *c, size_t p, size_t d, gs_status why)
{
    (void)c, (void)p, (void)d, (void)why;
    die("a person was lost");
}

/* CPU seconds of n people over n_day days */
static double live(size_t n, size_t days, double *start)
{
    crowd c = {days, start};
    gs_sim_opts o = GS_SIM_OPTS;
    gs_sim_people q = {.n = n, .n_day = days, .ctx = &c, .par = take_par,
                       .start = take_start, .lever = take_lever, .see = look, .failed = lost};
    gs_err err = {0};
    o.rtol = 1e-3;
    o.atol = 1e-5;
    double begin = cpu_s();
    if (gs_sim_batch(K, &o, &q, NULL, NULL, &err) != GS_OK)
        die(err.msg);
    return cpu_s() - begin;
}

static double *start_of(void)
{
    double *p = room(K->n_par, sizeof *p), *u = room(K->n_lever, sizeof *u);
    double *x = room(K->n_state, sizeof *x);
    gs_sim *s;
    gs_err err = {0};
    gs_kernel_defaults(K, p, u, x);
    if (gs_sim_new(K, &GS_SIM_OPTS, &s, &err) != GS_OK)
        die(err.msg);
    if (gs_sim_settle(s, p, u, x, &err) != GS_OK)
        die(err.msg);
    gs_sim_free(s);
    free(p);
    free(u);
    return x;
}

typedef struct size {
    size_t people, days;
} size;

static void series(const char *by, size_t n, const size *z)
{
    double t[MOST_SIZES][MOST_ROUNDS], *start = start_of();
    for (size_t r = 0; r < n_round; r++)
        for (size_t i = 0; i < n; i++)
            t[i][r] = 1e6 * live(z[i].people, z[i].days, start) /
                      (double)(z[i].people * z[i].days);
    for (size_t i = 0; i < n; i++)
        printf("{\"bench\":\"engine scale\",\"by\":\"%s\",\"people\":%zu,\"days\":%zu,\"states\":"
               "%zu,\"us_a_person_day\":%.3f}\n", by, z[i].people, z[i].days, K->n_state,
               median(n_round, t[i]));
    free(start);
}

/* ---- memory ---- */

static void memory(size_t people)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        live(people, 7, start_of());
        _exit(0);
    }
    int status;
    struct rusage u;
    if (pid < 0 || wait4(pid, &status, 0, &u) != pid || status != 0)
        die("the child that measures memory failed");
    printf("{\"bench\":\"engine scale\",\"by\":\"memory\",\"people\":%zu,\"peak_kib\":%ld}\n",
           people, u.ru_maxrss);
}

/* ---- models of a growing number of states ---- */

static const gs_kernel *ring(const char *gutskin, size_t n, double *out_seconds)
{
    char base[64], path[68], command[4600];
    snprintf(base, sizeof base, "/tmp/bench-ring-%ld-%zu", (long)getpid(), n);
    snprintf(path, sizeof path, "%s.gs", base);
    FILE *f = fopen(path, "w");
    if (!f)
        die("no model can be written");
    fprintf(f, "model ring \"pools that feed each other in a ring\"\ntime d\n"
               "lever food [1] range 0..4 habit 1 sd 0.3 \"what is fed\" cite assumed\n"
               "param speed = 1 [1/d] range 0.1..10 \"of everything\" cite assumed\n"
               "param rest = 0.3 [1] range 0.1..10 \"of every pool\" cite assumed\n");
    for (size_t i = 0; i < n; i++) {
        size_t before = (i + n - 1) % n;
        fprintf(f, "state P%zu [1] = 1 range 0..100 \"a pool\" cite assumed\n"
                   "      P%zu' = speed*(%.3f*food/(1 + P%zu) + P%zu/(1 + P%zu^1.5) - "
                   "rest*P%zu*(1 + exp(-P%zu)))\n", i, i, 0.5 + 0.01 * (double)i, before,
                before, before, i, i);
    }
    fprintf(f, "see last [1] = P0 noise normal(0.1) \"the first pool\" cite assumed\n");
    fclose(f);
    double begin = seconds(CLOCK_MONOTONIC);
    snprintf(command, sizeof command, "'%s' model compile --so -o %s.so %s >/dev/null", gutskin,
             base, path);
    int rc = system(command);
    void *so = rc == 0 ? dlopen(strcat(base, ".so"), RTLD_NOW) : NULL;
    void *symbol = so ? dlsym(so, "gs_model_kernel") : NULL;
    const gs_kernel *(*get)(void) = NULL;
    *out_seconds = seconds(CLOCK_MONOTONIC) - begin;
    memcpy(&get, &symbol, sizeof get);
    unlink(path);
    unlink(base);
    return get ? get() : NULL;
}

static void states(const char *gutskin)
{
    static const size_t size_of[] = {8, 16, 32, 64, 128};
    enum { N = sizeof size_of / sizeof *size_of };
    const gs_kernel *model[N];
    double t[N][MOST_ROUNDS], made[N], *start[N];
    for (size_t i = 0; i < N; i++) {
        model[i] = ring(gutskin, size_of[i], &made[i]);
        if (!model[i]) {
            puts("{\"bench\":\"engine scale\",\"by\":\"states\",\"absent\":\"gutskin model compile "
                 "--so did not work here\"}");
            return;
        }
        K = model[i];
        start[i] = start_of();
    }
    for (size_t r = 0; r < n_round; r++)
        for (size_t i = 0; i < N; i++) {
            K = model[i];
            t[i][r] = 1e6 * live(64, 112, start[i]) / (64.0 * 112);
        }
    for (size_t i = 0; i < N; i++) {
        double us = median(n_round, t[i]);
        printf("{\"bench\":\"engine scale\",\"by\":\"states\",\"states\":%zu,\"us_a_person_day\":"
               "%.3f,\"us_a_state\":%.4f,\"compile_s\":%.2f}\n", size_of[i], us,
               us / (double)size_of[i], made[i]);
    }
}

int main(int argc, char **argv)
{
    static const size people[] = {{16, 112}, {64, 112}, {256, 112}, {1024, 112}};
    static const size days[] = {{64, 28}, {64, 112}, {64, 448}, {64, 1792}};
    char gutskin[4200], self[2048] = "";
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    snprintf(gutskin, sizeof gutskin, "%.*s/gutskin",
             n > 0 ? (int)(strrchr(self, '/') - self) : 1, n > 0 ? self : ".");
    n_round = 3;
    for (int i = 1; i + 1 < argc; i += 2) {
        size_t v = (size_t)strtoul(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--rounds") == 0)
            n_round = v < 1 ? 1 : v < MOST_ROUNDS ? v : MOST_ROUNDS;
        else if (strcmp(argv[i], "--gutskin") == 0)
            snprintf(gutskin, sizeof gutskin, "%s", argv[i + 1]);
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    K = gs_axis();
    for (size_t m = 100; m <= 10000; m *= 10)
        memory(m);
    series("people", sizeof people / sizeof *people, people);
    series("days", sizeof days / sizeof *days, days);
    states(gutskin);
    return 0;
}
