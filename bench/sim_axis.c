/* Integrators on the shipped axis, one person, one lane: a year of daily levers.
 *
 *   bench_sim_axis [ROUNDS]
 *
 * One JSON line a case: name, form, n (days), CPU nanoseconds per person-day, best of
 * ROUNDS (15). The person is drawn from the priors, the levers wander by their stated sd,
 * with an antibiotic week, a hard fortnight and three weeks of steroid. What the numbers
 * led to is in docs/notes/integrator.md. */
#include "gutskin/rng.h"
#include "gutskin/sim.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DAYS = 365, MOST = 512 };

typedef struct bench {
    const gs_kernel *k;
    gs_sim *s;
    double par[MOST], habit[MOST], x0[MOST], x[MOST];
    double *lever, *y, *dy;
    uint32_t see[1], free_par[10];
} bench;

static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void must(gs_status st, const gs_err *err)
{
    if (st == GS_OK)
        return;
    fprintf(stderr, "bench_sim_axis: %s\n", err->msg);
    exit(1);
}

static void draw_person(bench *b)
{
    gs_rng r = gs_rng_stream(1, 0, "bench person");
    gs_kernel_defaults(b->k, b->par, b->habit, b->x0);
    for (size_t i = 0; i < b->k->n_par; i++) {
        const gs_par_info *p = &b->k->par[i];
        double z = 0.5 * gs_rng_normal(&r);
        if (p->personal && p->prior.kind == GS_DIST_NORMAL)
            b->par[i] = fmin(fmax(p->prior.a + p->prior.b * z, p->lo), p->hi);
        if (p->personal && p->prior.kind == GS_DIST_LOGNORMAL)
            b->par[i] = fmin(fmax(p->prior.a * pow(p->prior.b, z), p->lo), p->hi);
    }
}

static void course(bench *b, const char *lever, int from, int to, double value)
{
    long i = gs_kernel_lever(b->k, lever);
    for (int d = from; i >= 0 && d < to; d++)
        b->lever[(size_t)d * b->k->n_lever + (size_t)i] = value;
}

static void draw_days(bench *b)
{
    gs_rng r = gs_rng_stream(1, 0, "bench days");
    for (size_t d = 0; d < DAYS; d++)
        for (size_t i = 0; i < b->k->n_lever; i++) {
            const gs_lever_info *l = &b->k->lever[i];
            double z = gs_rng_normal(&r), v = l->habit > 0 ? l->habit + l->sd * z : l->habit;
            b->lever[d * b->k->n_lever + i] = fmin(fmax(v, l->lo), l->hi);
        }
    course(b, "antibiotic", 30, 37, 1);
    course(b, "stress", 60, 74, 0.9);
    course(b, "sleep", 60, 74, 0.3);
    course(b, "steroid", 100, 121, 1);
}

static void path(bench *b, size_t n_free, gs_err *err)
{
    (void)n_free;
    must(gs_sim_path(b->s, b->par, b->x, DAYS, b->lever, NULL, b->y, err), err);
}

static void grad(bench *b, size_t n_free, gs_err *err)
{
    must(gs_sim_grad(b->s, b->par, b->x0, true, b->habit, DAYS, b->lever, n_free, b->free_par,
                     1, b->see, b->y, n_free ? b->dy : NULL, NULL, err), err);
}

static void settle(bench *b, size_t n_free, gs_err *err)
{
    double x[MOST];
    (void)n_free;
    memcpy(x, b->x0, sizeof x);
    must(gs_sim_settle(b->s, b->par, b->habit, x, err), err);
}

static void measure(bench *b, const char *name, void (*run)(bench *, size_t, gs_err *),
                    int n_day, size_t n_free, int rounds)
{
    gs_err err = {0};
    double best = HUGE_VAL;
    for (int i = 0; i < rounds; i++) {
        double t = cpu();
        run(b, n_free, &err);
        best = fmin(best, cpu() - t);
    }
    printf("{\"name\": \"sim_%s\", \"form\": \"%s\", \"n\": %d, \"n_par\": %zu, "
           "\"ms\": %.3f, \"ns_per_person_day\": %.0f, \"best_of\": %d}\n",
           name, b->k->slaved ? "slaved" : "full", n_day, n_free, best * 1e3,
           best / n_day * 1e9, rounds);
}

int main(int argc, char **argv)
{
    static const char *const name[] = {
        "risk_eczema", "gain_stress", "gain_sleep", "gain_fibre", "gain_sugar",
        "gain_fermented", "gain_glycaemic", "gain_dairy", "gain_processed", "gain_steroid"};
    int rounds = argc > 1 ? atoi(argv[1]) : 15;
    gs_err err = {0};
    for (int slaved = 0; slaved < 2; slaved++) {
        bench b = {.k = slaved ? gs_axis_slaved() : gs_axis()};
        b.lever = calloc(DAYS * b.k->n_lever, sizeof *b.lever);
        b.y = calloc((DAYS + 1) * b.k->n_see, sizeof *b.y);
        b.dy = calloc((DAYS + 1) * 10, sizeof *b.dy);
        if (!b.lever || !b.y || !b.dy)
            return 1;
        b.see[0] = (uint32_t)gs_kernel_see(b.k, "signal_eczema");
        for (size_t i = 0; i < 10; i++)
            b.free_par[i] = (uint32_t)gs_kernel_par(b.k, name[i]);
        draw_person(&b);
        draw_days(&b);
        must(gs_sim_new(b.k, &GS_SIM_OPTS, &b.s, &err), &err);
        memcpy(b.x, b.x0, sizeof b.x);
        must(gs_sim_settle(b.s, b.par, b.habit, b.x, &err), &err);
        measure(&b, "settle", settle, 1, 0, rounds);
        measure(&b, "path", path, DAYS, 0, rounds);
        measure(&b, "grad", grad, DAYS, 0, rounds);
        measure(&b, "grad", grad, DAYS, 4, rounds);
        measure(&b, "grad", grad, DAYS, 10, rounds);
        gs_sim_free(b.s);
        free(b.lever);
        free(b.y);
        free(b.dy);
    }
    return 0;
}
