/* What a year's derivatives cost: ten personal parameters, one daily signal, 8 bodies.
 *
 *     build/bench_gradients [--days N] [--rounds N] [--free N]
 *
 * JSON lines, CPU milliseconds a body (medians over the rounds, set-ups taking turns): the
 * scalar grid and the grid in lanes at every level this CPU has, value alone and with
 * derivatives, and one adaptive solve in lanes (RODAS4 at rtol 1e-4) for scale. Then the largest
 * difference of derivatives to the scalar grid, relative to the largest entry of a parameter.
 * Beside CVODES: bench_engine_grad. */
#include "gutskin/cpu.h"
#include "gutskin/rng.h"
#include "gutskin/sim.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BODIES = 8, MOST_FREE = 20, MOST_ROUNDS = 31, MOST_RUNS = 32 };

static const gs_kernel *K;
static size_t n_day = 365, n_round = 5, n_free = 10;
static uint32_t free_par[MOST_FREE], see;
static double *par, *x0, *habit, *lever, *y, *dy, *ref;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "bench_gradients: %s\n", what);
    exit(1);
}

static double clip(double x, double lo, double hi)
{
    return fmin(fmax(x, lo), hi);
}

/* one diary, BODIES guesses at whose it is: what chains and starts look at */
static void make(void)
{
    static const char *const want[MOST_FREE] = {
        "risk_acne", "gain_fibre", "gain_sugar", "gain_dairy", "gain_stress", "gain_sleep",
        "gain_glycaemic", "gain_fermented", "gain_prebiotic", "gain_fat"};
    size_t rows = n_day + 1, ns = K->n_state;
    par = calloc(BODIES * K->n_par, sizeof *par);
    x0 = calloc(ns, sizeof *x0);
    habit = calloc(K->n_lever, sizeof *habit);
    lever = calloc(n_day * K->n_lever, sizeof *lever);
    y = calloc(BODIES * rows, sizeof *y);
    dy = calloc(BODIES * rows * MOST_FREE, sizeof *dy);
    ref = calloc(BODIES * rows * MOST_FREE, sizeof *ref);
    if (!par || !x0 || !habit || !lever || !y || !dy || !ref)
        die("no memory");
    for (size_t b = 0; b < BODIES; b++) {
        gs_rng r = gs_rng_stream(3, b, "bench gradients");
        double *own = par + b * K->n_par;
        gs_kernel_defaults(K, own, habit, x0);
        for (size_t i = 0; i < K->n_par; i++) {
            gs_dist d = K->par[i].prior;
            double z = 0.5 * gs_rng_normal(&r); /* a posterior is narrower than its prior */
            if (K->par[i].personal)
                own[i] = clip(d.kind == GS_DIST_LOGNORMAL ? d.a * exp(log(d.b) * z)
                                                          : d.a + d.b * z,
                              K->par[i].lo, K->par[i].hi);
        }
    }
    gs_rng r = gs_rng_stream(3, 0, "bench days");
    for (size_t d = 0; d < n_day; d++)
        for (size_t i = 0; i < K->n_lever; i++)
            lever[d * K->n_lever + i] =
                clip(habit[i] + K->lever[i].sd * gs_rng_normal(&r), K->lever[i].lo,
                     K->lever[i].hi);
    for (size_t i = 0, n = 0; i < K->n_par && n < n_free; i++) {
        if (!K->par[i].personal)
            continue;
        bool known = n_free > 10;
        for (size_t q = 0; q < 10 && !known; q++)
            known = strcmp(want[q], K->par[i].name) == 0;
        if (known)
            free_par[n++] = (uint32_t)i;
    }
    see = (uint32_t)gs_kernel_see(K, "signal_acne");
}

/* ---- ours ---- */

static void ours(gs_sim *s, bool many, bool slopes)
{
    size_t rows = n_day + 1;
    gs_err err = {0};
    gs_sim_body b[BODIES];
    gs_sim_grid q = {.settle = true, .n_day = n_day, .n_free = n_free, .n_pick = 1,
                     .free_par = free_par, .see = &see, .slopes = slopes};
    for (size_t i = 0; i < BODIES; i++)
        b[i] = (gs_sim_body){.par = par + i * K->n_par, .x0 = x0, .habit = habit,
                             .lever = lever, .y = y + i * rows,
                             .dy = dy + i * rows * n_free};
    if (many) {
        if (gs_sim_grad_many(s, &q, BODIES, b, &err))
            die("a body was lost");
        return;
    }
    for (size_t i = 0; i < BODIES; i++)
        if (gs_sim_grad(s, b[i].par, x0, true, habit, n_day, lever, n_free, free_par, 1,
                        &see, b[i].y, slopes ? b[i].dy : NULL, NULL, &err) != GS_OK)
            die(err.msg);
}

static void take_par(void *c, size_t p, double *o)
{
    (void)c;
    memcpy(o, par + p * K->n_par, K->n_par * sizeof *o);
}
static void take_start(void *c, size_t p, double *o)
{
    (void)c, (void)p;
    memcpy(o, x0, K->n_state * sizeof *o);
}
static void take_lever(void *c, size_t p, size_t d, double *o)
{
    (void)c, (void)p;
    memcpy(o, lever + d * K->n_lever, K->n_lever * sizeof *o);
}
static bool keep(void *c, size_t p, size_t d, const double *x, const double *seen)
{
    (void)c, (void)x;
    y[p * (n_day + 1) + d + 1] = seen[see];
    return true;
}

static void adaptive(void)
{
    gs_sim_opts o = GS_SIM_OPTS;
    gs_err err = {0};
    gs_sim_people q = {.n = BODIES, .n_day = n_day, .par = take_par, .start = take_start,
                       .lever = take_lever, .see = keep};
    o.rtol = 1e-4;
    o.atol = 1e-6;
    if (gs_sim_batch(K, &o, &q, NULL, NULL, &err) != GS_OK)
        die(err.msg);
}

/* ---- runs ---- */

typedef struct run {
    char name[64];
    int kind; /* 0 scalar, 1 lanes, 2 adaptive */
    int cpu;
    size_t steps;
    bool slopes;
    double ms[MOST_ROUNDS], off;
    gs_sim *sim;
} run;

static double miss(const double *a, const double *b)
{
    double most = 0;
    for (size_t i = 0; i < BODIES; i++)
        for (size_t c = 0; c < n_free; c++) {
            double size = 0, e = 0;
            for (size_t d = 1; d <= n_day; d++) {
                size_t at = (i * (n_day + 1) + d) * n_free + c;
                size = fmax(size, fabs(b[at]));
                e = fmax(e, fabs(a[at] - b[at]));
            }
            most = fmax(most, size > 0 ? e / size : 0);
        }
    return most;
}

static void once(run *r, size_t round)
{
    double begin = now();
    if (r->kind <= 1)
        ours(r->sim, r->kind == 1, r->slopes);
    else
        adaptive();
    r->ms[round] = (now() - begin) / BODIES;
    if (!round && r->slopes) {
        if (r->kind == 0)
            memcpy(ref, dy, BODIES * (n_day + 1) * n_free * sizeof *dy);
        r->off = r->steps == 1 ? miss(dy, ref) : NAN;
    }
}

static int by_size(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

int main(int argc, char **argv)
{
    static run r[MOST_RUNS];
    size_t n = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        size_t v = (size_t)strtoul(argv[i + 1], NULL, 10);
        if (!strcmp(argv[i], "--days"))
            n_day = v;
        else if (!strcmp(argv[i], "--rounds"))
            n_round = v < MOST_ROUNDS ? v : MOST_ROUNDS;
        else if (!strcmp(argv[i], "--free"))
            n_free = v < MOST_FREE ? v : MOST_FREE;
    }
    K = gs_axis();
    make();
    for (int slopes = 1; slopes >= 0; slopes--) {
        r[n++] = (run){.name = "scalar", .kind = 0, .cpu = GS_SIM_CPU_SCALAR,
                       .slopes = slopes, .steps = 1};
        for (int level = 0; level <= (int)gs_cpu_widest(); level++) {
            r[n] = (run){.kind = 1, .cpu = level, .slopes = slopes, .steps = 1};
            snprintf(r[n].name, sizeof r[n].name, "lanes %s", gs_cpu_name((gs_cpu)level));
            n++;
        }
        r[n] = (run){.kind = 1, .cpu = (int)gs_cpu_widest(), .slopes = slopes, .steps = 2};
        snprintf(r[n].name, sizeof r[n].name, "lanes %s, two steps a day",
                 gs_cpu_name(gs_cpu_widest()));
        n++;
    }
    r[n++] = (run){.name = "adaptive RODAS4 1e-4, lanes", .kind = 2};
    for (size_t i = 0; i < n; i++) {
        gs_sim_opts o = GS_SIM_OPTS;
        o.cpu = r[i].cpu;
        o.grid_steps = r[i].steps;
        if (r[i].kind <= 1 && gs_sim_new(K, &o, &r[i].sim, NULL) != GS_OK)
            die("no memory");
    }
    for (size_t round = 0; round < n_round; round++)
        for (size_t i = 0; i < n; i++)
            once(&r[i], round);
    for (size_t i = 0; i < n; i++) {
        qsort(r[i].ms, n_round, sizeof *r[i].ms, by_size);
        printf("{\"bench\":\"gradients\",\"case\":\"%s\",\"parameters\":%zu,\"ms\":[%.3f,%.3f,"
               "%.3f]", r[i].name, r[i].slopes ? n_free : 0, r[i].ms[n_round / 2], r[i].ms[0],
               r[i].ms[n_round - 1]);
        if (r[i].slopes && isfinite(r[i].off))
            printf(",\"off_scalar\":%.1e", r[i].off);
        puts("}");
        gs_sim_free(r[i].sim);
    }
    return 0;
}
