/* What the studies on real diaries share: a diary made from files, threads, scores. */
#ifndef GS_BENCH_REAL_H
#define GS_BENCH_REAL_H

#include "gutskin/answer.h"
#include "gutskin/diary.h"
#include "gutskin/infer.h"
#include "gutskin/report.h"
#include "gutskin/unit.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static inline double real_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline void real_must(gs_status st, const gs_err *err)
{
    char text[1000];

    if (st == GS_OK)
        return;
    fprintf(stderr, "%s\n", gs_err_text(err, text, sizeof text));
    exit(1);
}

/* Jobs on all cores; results must not depend on the order. */
typedef struct real_jobs {
    size_t n;
    void (*job)(void *ctx, size_t i);
    void *ctx;
    atomic_size_t next;
} real_jobs;

static inline void *real_worker(void *arg)
{
    real_jobs *j = arg;

    for (size_t i; (i = atomic_fetch_add(&j->next, 1)) < j->n;) {
        j->job(j->ctx, i);
        if (isatty(2))
            fprintf(stderr, "\r%zu of %zu ", i + 1, j->n);
    }
    return NULL;
}

static inline void real_run(size_t n, void (*job)(void *, size_t), void *ctx)
{
    real_jobs j = {.n = n, .job = job, .ctx = ctx};
    long n_core = sysconf(_SC_NPROCESSORS_ONLN);
    pthread_t id[16];
    int n_thread = 0;

    while (n_thread + 1 < n_core && n_thread < 16 &&
           pthread_create(&id[n_thread], NULL, real_worker, &j) == 0)
        n_thread++;
    real_worker(&j);
    for (int i = 0; i < n_thread; i++)
        pthread_join(id[i], NULL);
}

/* A diary made anew for one study, and options that import into it with units. */
typedef struct real_study {
    char path[32];
    gs_units *units;
    gs_diary *d;
} real_study;

/* False, said on stderr: the folder is not here (the program then exits with 77). */
static inline bool real_open(real_study *s, const char *folder, gs_import_opts *o)
{
    gs_err err = {0};

    if (access(folder, R_OK) != 0) {
        fprintf(stderr, "skipped: %s is not here\n", folder);
        return false;
    }
    *s = (real_study){.path = "/tmp/gs-bench-XXXXXX"};
    close(mkstemp(s->path));
    unlink(s->path);
    real_must(gs_units_new(&s->units, &err), &err);
    real_must(gs_diary_open(s->path, true, &s->d, &err), &err);
    o->convert = gs_units_convert;
    o->convert_self = s->units;
    return true;
}

static inline void real_close(real_study *s)
{
    gs_diary_close(s->d);
    gs_units_free(s->units);
    unlink(s->path);
}

/* One file into the diary; says what was taken. */
static inline void real_import(gs_diary *d, const char *folder, const char *file,
                               const gs_import_opts *o)
{
    char path[1024], *text;
    size_t n;
    gs_err err = {0};
    gs_arena *a = gs_arena_new(0);
    gs_import_took took;

    snprintf(path, sizeof path, "%s%s%s", file[0] == '/' ? "" : folder,
             file[0] == '/' ? "" : "/", file);
    real_must(gs_text_read_file(path, (size_t)1 << 30, &text, &n, &err), &err);
    real_must(gs_diary_import(d, a, path, text, n, o, &took, &err), &err);
    printf("{\"import\": \"%s\", \"rows\": %zu, \"values\": %zu, \"refused\": %zu, "
           "\"duplicates\": %zu, \"people\": %zu}\n",
           file, took.n_row, took.n_value, took.n_refused, took.n_duplicate, took.n_person);
    gs_arena_free(a);
    free(text);
}

/* Fit, answer and page of one person, as `gutskin fit` and `gutskin report` make them. */
typedef struct real_report {
    bool ok;          /* the fit passed its diagnostics */
    double seconds;   /* fit and answer                 */
    size_t page_bytes;
    char why[300];    /* why there is no answer, "" = there is one */
} real_report;

static inline real_report real_fit_and_report(const gs_obs *obs, uint64_t seed)
{
    gs_arena *a = gs_arena_new(0);
    gs_fit_opts fo = GS_FIT_OPTS;
    gs_answer_opts ao = GS_ANSWER_OPTS;
    gs_fit *fit;
    gs_answer *x;
    gs_err err = {0};
    gs_buf page = {0};
    real_report r = {0};
    double start = real_now();

    fo.seed = seed;
    gs_status st = gs_infer_fit(a, gs_axis(), obs, &fo, NULL, NULL, &fit, &err);
    if (st == GS_OK)
        st = gs_advice_answer(a, gs_axis(), obs, fit, gs_evidence_shipped(), &ao, NULL,
                              NULL, &x, &err);
    r.seconds = real_now() - start;
    if (st == GS_OK)
        st = gs_report_html(x, &page, &err);
    if (st == GS_OK) {
        r.ok = fit->ok;
        r.page_bytes = page.len;
        snprintf(r.why, sizeof r.why, "%s", fit->ok ? "" : fit->why_not);
    } else
        gs_err_text(&err, r.why, sizeof r.why);
    gs_buf_free(&page);
    gs_arena_free(a);
    return r;
}

/* Ranked probability score of n categories, divided by n - 1. */
static inline double real_rps(const double *p, int n, int y)
{
    double cum = 0, s = 0;

    for (int k = 0; k + 1 < n; k++) {
        cum += p[k];
        s += (cum - (y <= k)) * (cum - (y <= k));
    }
    return s / (n - 1);
}

#endif
