/* What a particle filter costs: 1,024 copies of one body on the axis, a year, noise on three
 * states, one score a day; each CPU level, double and single. One JSON line a case; time is
 * CPU time of this thread, median of N (argument, 5).
 *
 *     bench_sim_swarm [N]
 *
 * First, what the grid itself errs. Beside each: how far its log likelihood (same noise) is from the one with 24 steps a day
 * in double, and the spread of the estimate over 8 seeds. */
#include "gutskin/cpu.h"
#include "gutskin/rng.h"
#include "gutskin/swarm.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DAYS = 365, COPIES = 1024 };

typedef struct world {
    double *par, *lever, *x0, score[DAYS];
    gs_swarm_noise noise[3];
    uint32_t see;
} world;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void must(gs_status st, const gs_err *err)
{
    if (st != GS_OK) {
        fprintf(stderr, "%s\n", err->msg);
        exit(1);
    }
}

static void make(world *w)
{
    const gs_kernel *k = gs_axis();
    gs_err err = {0};
    gs_sim *s;
    double *y = malloc((DAYS + 1) * k->n_see * sizeof *y), *habit;
    w->par = malloc(k->n_par * sizeof *w->par);
    w->lever = malloc((DAYS + 1) * k->n_lever * sizeof *w->lever);
    w->x0 = malloc(k->n_state * sizeof *w->x0);
    habit = w->lever + DAYS * k->n_lever;
    gs_kernel_defaults(k, w->par, habit, w->x0);
    w->see = (uint32_t)gs_kernel_see(k, "signal_acne");
    for (size_t i = 0; i < k->n_lever; i++) {
        gs_rng r = gs_rng_stream(3, i, "bench lever");
        const gs_lever_info *l = &k->lever[i];
        for (size_t d = 0; d < DAYS; d++) {
            double v = l->habit + (l->habit > l->lo ? l->sd * gs_rng_normal(&r) : 0);
            w->lever[d * k->n_lever + i] = fmin(fmax(v, l->lo), l->hi);
        }
    }
    must(gs_sim_new(k, &GS_SIM_OPTS, &s, &err), &err);
    must(gs_sim_settle(s, w->par, habit, w->x0, &err), &err);
    must(gs_sim_path(s, w->par, w->x0, DAYS, w->lever, NULL, y, &err), &err);
    gs_sim_free(s);
    gs_rng r = gs_rng_stream(4, 0, "bench score");
    for (size_t d = 0; d < DAYS; d++)
        w->score[d] = y[(d + 1) * k->n_see + w->see] + 0.15 * gs_rng_normal(&r);
    static const char *const shaken[3] = {"X", "Sb", "L"};
    for (int i = 0; i < 3; i++)
        w->noise[i] = (gs_swarm_noise){(size_t)gs_kernel_state(k, shaken[i]), 0.03};
    free(y);
}

static double filter(const world *w, int cpu, bool single, size_t steps, uint64_t seed,
                     double *out_s)
{
    gs_swarm_opts o = GS_SWARM_OPTS;
    gs_swarm *s;
    gs_err err = {0};
    static double y[COPIES], logw[COPIES];
    double sum = 0;
    o.n = COPIES;
    o.cpu = cpu;
    o.single = single;
    o.steps = steps;
    o.seed = seed;
    must(gs_swarm_new(gs_axis(), &o, 3, w->noise, &s, &err), &err);
    double since = now();
    gs_swarm_begin(s, w->par, w->x0);
    for (size_t d = 0; d < DAYS; d++) {
        gs_swarm_day(s, w->lever + d * gs_axis()->n_lever, NULL);
        gs_swarm_seen(s, 1, &w->see, y);
        for (size_t i = 0; i < COPIES; i++) {
            double e = (w->score[d] - y[i]) / 0.15;
            logw[i] = -0.5 * e * e - log(0.15 * sqrt(2 * M_PI));
        }
        sum += gs_swarm_select(s, logw);
    }
    *out_s = now() - since;
    gs_swarm_free(s);
    return sum;
}

/* what one unshaken copy shows each day */
static void unshaken(const world *w, size_t steps, double *out_y)
{
    gs_swarm_opts o = GS_SWARM_OPTS;
    gs_swarm *s;
    gs_err err = {0};
    o.n = 1;
    o.steps = steps;
    must(gs_swarm_new(gs_axis(), &o, 0, NULL, &s, &err), &err);
    gs_swarm_begin(s, w->par, w->x0);
    for (size_t d = 0; d < DAYS; d++) {
        gs_swarm_day(s, w->lever + d * gs_axis()->n_lever, NULL);
        gs_swarm_seen(s, 1, &w->see, &out_y[d]);
    }
    gs_swarm_free(s);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double spread(const world *w, int cpu, bool single, size_t steps)
{
    double m = 0, v = 0, l[8], t;
    for (uint64_t i = 0; i < 8; i++)
        m += (l[i] = filter(w, cpu, single, steps, 100 + i, &t)) / 8;
    for (int i = 0; i < 8; i++)
        v += (l[i] - m) * (l[i] - m) / 7;
    return sqrt(v);
}

int main(int argc, char **argv)
{
    world w;
    long n = argc > 1 ? atol(argv[1]) : 5;
    double t[99], fine;
    n = n < 1 ? 1 : n > 99 ? 99 : n;
    make(&w);
    for (size_t steps = 1; steps <= 4; steps++) {
        static double y[2][DAYS];
        double worst = 0, sum = 0;
        unshaken(&w, steps, y[0]);
        unshaken(&w, 48, y[1]);
        for (size_t d = 0; d < DAYS; d++) {
            double e = fabs(y[0][d] - y[1][d]);
            worst = fmax(worst, e);
            sum += e * e;
        }
        printf("{\"name\": \"signal without noise, against 48 steps a day\", \"steps\": %zu, "
               "\"rms\": %.2e, \"worst\": %.2e}\n", steps, sqrt(sum / DAYS), worst);
    }
    fine = filter(&w, GS_SIM_CPU_WIDEST, false, 24, 1, &t[0]);
    for (int level = GS_CPU_PLAIN; level <= (int)gs_cpu_widest(); level++)
        for (int single = 0; single < 2; single++)
            for (size_t steps = 1; steps <= 4; steps++) {
                double l = 0;
                bool widest = level == (int)gs_cpu_widest();
                if (!widest && steps != 1)
                    continue;
                for (long i = 0; i < n; i++)
                    l = filter(&w, level, single, steps, 1, &t[i]);
                qsort(t, (size_t)n, sizeof *t, ascending);
                printf("{\"name\": \"particle filter\", \"copies\": %d, \"days\": %d, "
                       "\"cpu\": \"%s\", \"single\": %s, \"steps\": %zu, \"median_s\": %.4f, "
                       "\"min_s\": %.4f, \"off\": %.2e",
                       COPIES, DAYS, gs_cpu_name((gs_cpu)level), single ? "true" : "false",
                       steps, t[n / 2], t[0], l - fine);
                if (widest)
                    printf(", \"spread\": %.3f", spread(&w, level, single, steps));
                puts("}");
                fflush(stdout);
            }
    return 0;
}
