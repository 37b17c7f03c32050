/* What the engine's benches share: prior draws of the axis, settled, living ordinary days;
 * clocks; threads lent to a batch. Each bench is one file and includes this once. */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

#include "gutskin/cpu.h"
#include "gutskin/rng.h"
#include "gutskin/sim.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const gs_kernel *K;
static size_t n_people = 8, n_day = 112, n_round = 5;
static double *par, *x0, *lever, *habit;

static inline double seconds(clockid_t which)
{
    struct timespec t;
    clock_gettime(which, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline double cpu_s(void)
{
    return seconds(CLOCK_THREAD_CPUTIME_ID);
}

static inline void die(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static inline void *room(size_t n, size_t size)
{
    void *p = calloc(n + 1, size);
    if (!p)
        die("no memory");
    return p;
}

static inline int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static inline double median(size_t n, double *x)
{
    qsort(x, n, sizeof *x, by_size);
    return x[n / 2];
}

static inline double clip(double x, double lo, double hi)
{
    return fmin(fmax(x, lo), hi);
}

/* parameters of person p: own [n_par] */
static inline void draw_par(size_t p, double *own)
{
    gs_rng r = gs_rng_stream(7, p, "bench engine");
    for (size_t i = 0; i < K->n_par; i++) {
        gs_dist d = K->par[i].prior;
        double z = gs_rng_normal(&r);
        own[i] = K->par[i].value;
        if (!K->par[i].personal)
            continue;
        if (d.kind == GS_DIST_LOGNORMAL)
            own[i] = clip(d.a * exp(log(d.b) * z), K->par[i].lo, K->par[i].hi);
        else if (d.kind == GS_DIST_NORMAL)
            own[i] = clip(d.a + d.b * z, K->par[i].lo, K->par[i].hi);
    }
}

/* levers of a day of person p: one [n_lever] */
static inline void draw_day(gs_rng *r, double *one)
{
    for (size_t i = 0; i < K->n_lever; i++) {
        const gs_lever_info *l = &K->lever[i];
        one[i] = clip(l->habit + l->sd * gs_rng_normal(r), l->lo, l->hi);
    }
}

/* par, x0 (settled under typical levers), lever [people][day], habit. CPU seconds of it. */
static inline double make_people(void)
{
    size_t ns = K->n_state, nl = K->n_lever;
    gs_sim *s;
    par = room(n_people * K->n_par, sizeof *par);
    x0 = room(n_people * ns, sizeof *x0);
    lever = room(n_people * n_day * nl, sizeof *lever);
    habit = room(n_people * nl, sizeof *habit);
    if (gs_sim_new(K, &GS_SIM_OPTS, &s, NULL) != GS_OK)
        die("no memory");
    for (size_t p = 0; p < n_people; p++) {
        gs_rng r = gs_rng_stream(8, p, "bench engine days");
        gs_kernel_defaults(K, par + p * K->n_par, habit + p * nl, x0 + p * ns);
        draw_par(p, par + p * K->n_par);
        for (size_t d = 0; d < n_day; d++)
            draw_day(&r, lever + (p * n_day + d) * nl);
    }
    double begin = cpu_s();
    if (gs_sim_settle_many(s, n_people, par, habit, x0, NULL))
        die("somebody does not settle");
    begin = cpu_s() - begin;
    gs_sim_free(s);
    return begin;
}

/* ---- threads lent to a batch ---- */

typedef struct helper {
    void (*job)(void *, size_t);
    void *ctx;
    size_t i;
} helper;

static inline void *help(void *arg)
{
    helper *s = arg;
    s->job(s->ctx, s->i);
    return NULL;
}

static inline void run_threads(void *self, size_t n, void (*job)(void *, size_t), void *ctx)
{
    pthread_t id[64];
    helper s[64];
    (void)self;
    n = n < 64 ? n : 64;
    for (size_t i = 1; i < n; i++) {
        s[i] = (helper){job, ctx, i};
        pthread_create(&id[i], NULL, help, &s[i]);
    }
    job(ctx, 0);
    for (size_t i = 1; i < n; i++)
        pthread_join(id[i], NULL);
}

/* how busy the machine was: the one-minute load, -1 when it is not said */
static inline double load_now(void)
{
    double l[1];
    return getloadavg(l, 1) == 1 ? l[0] : -1;
}

#endif
