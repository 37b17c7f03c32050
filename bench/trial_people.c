/* Virtual people through a trial: 10,000 of them, 16 weeks, a low glycaemic load against
 * the usual diet, acne.
 *
 *   bench_trial_people [PEOPLE [THREADS]]
 *
 * One JSON line a case: wall seconds of *live* (each person in one arm; in both; both with
 * the starts kept from the call before), of *observe*, and of 2000 trials drawn from the
 * pool with a power curve of eight sizes. Best of 3. */
#include "gutskin/trial.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct crew {
    size_t n, n_thread;
    void (*job)(void *, size_t);
    void *ctx;
    atomic_size_t next;
} crew;

static void *work(void *arg)
{
    crew *c = arg;
    for (size_t i; (i = atomic_fetch_add(&c->next, 1)) < c->n;)
        c->job(c->ctx, i);
    return NULL;
}

static void run(void *self, size_t n, void (*job)(void *, size_t), void *ctx)
{
    crew c = {.n = n, .job = job, .ctx = ctx};
    pthread_t id[64];
    size_t extra = *(const size_t *)self - 1;
    for (size_t i = 0; i < extra; i++)
        if (pthread_create(&id[i], NULL, work, &c) != 0)
            extra = i;
    work(&c);
    for (size_t i = 0; i < extra; i++)
        pthread_join(id[i], NULL);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static gs_err err;

static void must(gs_status st)
{
    if (st == GS_OK)
        return;
    fprintf(stderr, "bench_trial_people: %s\n", err.msg);
    exit(1);
}

static double best;

static void line(const char *what, const gs_trial *t, size_t threads)
{
    printf("{\"bench\":\"trial_people\",\"case\":\"%s\",\"people\":%zu,\"days\":%ld,"
           "\"threads\":%zu,\"seconds\":%.3f}\n",
           what, t->n_draw * t->n_person, t->visit[t->n_visit - 1], threads, best);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    const gs_kernel *k = gs_axis();
    size_t people = argc > 1 ? (size_t)atol(argv[1]) : 10000;
    size_t threads = argc > 2 ? (size_t)atol(argv[2]) : 2;
    if (people < 100 || threads < 1 || threads > 64) {
        fputs("bench_trial_people [PEOPLE [THREADS]]\n", stderr);
        return 2;
    }
    gs_pool pool = {.run = run, .self = &threads, .n_thread = threads};
    const long visit[] = {0, 28, 56, 84, 112};
    const gs_trial_change diet = {.lever = (size_t)gs_kernel_lever(k, "glycaemic"),
                                  .move = GS_TRIAL_TIMES, .value = 0.7};
    gs_trial_arm arm[2] = {GS_TRIAL_ARM, GS_TRIAL_ARM};
    arm[1].change = &diet;
    arm[1].n_change = 1;
    arm[1].adherence = 0.8;
    arm[1].adherence_sd = 0.15;
    gs_trial t = GS_TRIAL;
    t.condition = GS_ACNE;
    t.n_arm = 2;
    t.arm = arm;
    t.n_visit = 5;
    t.visit = visit;
    t.primary = 4;
    t.scale = gs_scale_find("lesions");
    t.see = (size_t)gs_kernel_see(k, "signal_acne");
    t.entry_lo = 20;
    t.entry_hi = 100;
    t.n_draw = 20;
    t.n_person = people / 20;
    t.n_random = 80;

    gs_trial_starts *starts = gs_trial_starts_new(k);
    gs_trial_live_opts one = {.one_arm = true}, both = {0}, kept = {.starts = starts};
    const struct {
        const char *what;
        const gs_trial_live_opts *o;
    } cases[] = {{"live, one arm each", &one}, {"live, both arms", &both},
                 {"live, both arms, starts kept", &kept}};
    gs_trial_pool *p = NULL;
    for (size_t c = 0; c < 3; c++) {
        best = 1e9;
        for (int i = 0; i < 3 + (c == 2); i++) {
            gs_trial_pool_free(p);
            double start = now();
            must(gs_trial_live(&t, k, 0, NULL, cases[c].o, &pool, NULL, &p, &err));
            if (c < 2 || i > 0)
                best = fmin(best, now() - start);
        }
        line(cases[c].what, &t, threads);
    }
    gs_trial_cell *cell = malloc(t.n_draw * t.n_arm * t.n_visit * sizeof *cell);
    gs_trial_contrast con[5];
    best = 1e9;
    for (int i = 0; i < 3; i++) {
        double start = now();
        must(gs_trial_observe(&t, p, NULL, &pool, cell, &err));
        best = fmin(best, now() - start);
    }
    line("observe", &t, threads);
    must(gs_trial_contrasts(&t, p, cell, con, &err));
    const size_t size[] = {20, 40, 80, 120, 160, 240, 320, 480};
    gs_trial_power_point pw[8];
    best = 1e9;
    for (int i = 0; i < 3; i++) {
        double start = now();
        must(gs_trial_power(&t, p, NULL, 2000, 8, size, &pool, NULL, pw, &err));
        best = fmin(best, now() - start);
    }
    line("2000 trials of up to 480", &t, threads);
    gs_trial_pool_info a = gs_trial_pool_about(p);
    fprintf(stderr, "%zu person-arms lived, %zu settled, %zu refused, %zu failed; difference "
                    "%.2f (%.2f to %.2f, mc %.3f) lesions; power at 80: %.3f (mc %.3f)\n",
            a.n_lived, a.n_settled, a.n_refused, a.n_failed, con[4].diff.mean, con[4].diff.lo,
            con[4].diff.hi, con[4].diff.mc, pw[2].power, pw[2].mc);
    free(cell);
    gs_trial_pool_free(p);
    gs_trial_starts_free(starts);
    return 0;
}
