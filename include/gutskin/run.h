/* What the core is lent by its front door: threads, progress, cancelling.
 * Layers 0-4 start no thread and print nothing; they call these. */
#ifndef GUTSKIN_RUN_H
#define GUTSKIN_RUN_H

#include <stdbool.h>
#include <stddef.h>

/* Parallel for: call job(ctx, i) once for every i < n, in any order, on any
 * thread, and return when all are done. A pool with run == NULL means "one
 * after the other on this thread". */
typedef struct gs_pool {
    void (*run)(void *self, size_t n, void (*job)(void *ctx, size_t i), void *ctx);
    void *self;
    size_t n_thread; /* how many jobs may run at once; 0 counts as 1 */
} gs_pool;

static inline void gs_pool_run(const gs_pool *p, size_t n, void (*job)(void *, size_t),
                               void *ctx)
{
    if (p && p->run) {
        p->run(p->self, n, job, ctx);
        return;
    }
    for (size_t i = 0; i < n; i++)
        job(ctx, i);
}

/* Progress and cancelling; either pointer may be NULL. `tick` may be called from
 * any thread; done runs from 0 to 1. */
typedef struct gs_progress {
    void (*tick)(void *self, const char *what, double done);
    bool (*cancelled)(void *self);
    void *self;
} gs_progress;

static inline void gs_progress_tick(const gs_progress *p, const char *what, double done)
{
    if (p && p->tick)
        p->tick(p->self, what, done);
}

static inline bool gs_progress_cancelled(const gs_progress *p)
{
    return p && p->cancelled && p->cancelled(p->self);
}

#endif
