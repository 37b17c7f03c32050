/* Swarms: the loop over days, the shaking, and the choosing. How a day is lived is in
 * vec/swarm.c, once for every CPU level and precision, and in swarm_scalar.c for kernels
 * without lanes. */
#include "gutskin/swarm.h"

#include "gutskin/cpu.h"
#include "sim/swarm.h"
#include "sim/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct gs_swarm {
    const gs_kernel *k;
    const gs_lanes *lanes; /* NULL: scalar */
    const swarm_ops *ops;
    gs_swarm_opts o;
    gs_arena *a;
    size_t n_group, n_noise, n_job, day;
    gs_swarm_noise *noise;
    swarm_body *body;    /* par, levers and day values: the same for all  */
    void *z;             /* [n_group][n_state][W] of the ops' number       */
    unsigned *alive;     /* [n_group] one bit a lane                       */
    void **work;         /* [n_job] scratch of a thread                    */
    double *y;           /* [n_see x W] of one group                       */
    uint32_t *heirs;     /* [n] copies that will come of each              */
    double *share;       /* [n]                                            */
    double effective;
    uint32_t key[2];
};

enum { MOST_JOBS = 64 };

/* ---- making ---- */

static gs_status choose_ops(gs_swarm *s, gs_err *err)
{
    if (s->k->n_event)
        return gs_fail(err, GS_EUSE, "event %s: swarms know no events", s->k->event[0].name);
    GS_TRY(gs_vec_lanes(s->k, s->o.cpu, s->o.single, &s->lanes, err));
    s->ops = swarm_ops_of(s->lanes);
    return GS_OK;
}

static gs_status make_room(gs_swarm *s, gs_err *err)
{
    size_t w = s->ops->n_lane, n = s->o.n;
    s->n_group = (n + w - 1) / w;
    s->n_job = s->n_group < MOST_JOBS ? s->n_group : MOST_JOBS;
    s->body = s->ops->make_body(s->a, s->k, s->lanes);
    s->z = swarm_room(s->a, s->n_group * s->k->n_state * w * s->ops->size);
    s->alive = GS_NEW(s->a, unsigned, s->n_group);
    s->work = GS_NEW(s->a, void *, s->n_job);
    s->y = GS_NEW(s->a, double, s->k->n_see * w + 1);
    s->heirs = GS_NEW(s->a, uint32_t, n);
    s->share = GS_NEW(s->a, double, n);
    bool ok = s->body && s->z && s->alive && s->work && s->y && s->heirs && s->share;
    for (size_t j = 0; ok && j < s->n_job; j++)
        ok = (s->work[j] = s->ops->make_work(s->a, s->k, s->lanes)) != NULL;
    return ok ? GS_OK : gs_fail(err, GS_ENOMEM, "not enough memory for %zu copies", n);
}

gs_status gs_swarm_new(const gs_kernel *k, const gs_swarm_opts *o, size_t n_noise,
                       const gs_swarm_noise *noise, gs_swarm **out, gs_err *err)
{
    if (o->n == 0 || o->n > UINT32_MAX || o->steps == 0)
        return gs_fail(err, GS_EUSE, "a swarm wants a copy and a step a day at the least");
    for (size_t i = 0; i < n_noise; i++)
        if (noise[i].state >= k->n_state || !(noise[i].sd >= 0) || !isfinite(noise[i].sd))
            return gs_fail(err, GS_EUSE, "noise %zu: no such state, or no such spread", i);
    gs_arena *a = gs_arena_new(0);
    gs_swarm *s = a ? GS_NEW(a, gs_swarm, 1) : NULL;
    if (!s) {
        gs_arena_free(a);
        return gs_fail(err, GS_ENOMEM, "out of memory");
    }
    *s = (gs_swarm){.k = k, .o = *o, .a = a, .n_noise = n_noise};
    gs_rng r = gs_rng_stream(o->seed, o->person, "process noise");
    s->key[0] = gs_rng_u32(&r);
    s->key[1] = gs_rng_u32(&r);
    s->noise = GS_NEW(a, gs_swarm_noise, n_noise + 1);
    gs_status st = s->noise ? choose_ops(s, err) : gs_fail(err, GS_ENOMEM, "out of memory");
    if (st == GS_OK) {
        for (size_t i = 0; i < n_noise; i++)
            s->noise[i] = noise[i];
        st = make_room(s, err);
    }
    if (st != GS_OK) {
        gs_arena_free(a);
        return st;
    }
    *out = s;
    return GS_OK;
}

void gs_swarm_free(gs_swarm *s)
{
    if (s)
        gs_arena_free(s->a);
}

/* ---- days ---- */

void gs_swarm_begin(gs_swarm *s, const double *par, const double *x0)
{
    size_t w = s->ops->n_lane;
    s->ops->set_par(s->body, par);
    for (size_t i = 0; i < s->n_group * w; i++)
        s->ops->put(s->k, s->z, i, x0);
    for (size_t g = 0; g < s->n_group; g++)
        s->alive[g] = ~0u;
    s->day = 0;
    s->effective = (double)s->o.n;
}

static void live_job(void *ctx, size_t job)
{
    gs_swarm *s = ctx;
    for (size_t g = job; g < s->n_group; g += s->n_job) {
        s->ops->live(s->body, s->work[job], g, s->o.steps, s->z);
        s->alive[g] = s->ops->shake(s->k, s->z, g, s->n_noise, s->noise, s->key,
                                    (uint32_t)s->day);
    }
}

void gs_swarm_day(gs_swarm *s, const double *lever, const gs_pool *pool)
{
    s->ops->set_day(s->body, lever);
    gs_pool_run(pool, s->n_job, live_job, s);
    s->day++;
}

void gs_swarm_seen(gs_swarm *s, size_t n_pick, const uint32_t *see, double *out)
{
    size_t w = s->ops->n_lane;
    for (size_t g = 0; g < s->n_group; g++) {
        s->ops->seen(s->body, s->work[0], g, s->z, s->y);
        for (size_t p = 0; p < n_pick; p++)
            for (size_t i = 0; i < w && g * w + i < s->o.n; i++)
                out[p * s->o.n + g * w + i] = s->y[see[p] * w + i];
    }
}

void gs_swarm_states(const gs_swarm *s, double *out_x)
{
    for (size_t i = 0; i < s->o.n; i++)
        s->ops->get(s->k, s->z, i, out_x + i * s->k->n_state);
}

/* ---- choosing ---- */

static bool is_alive(const gs_swarm *s, size_t i)
{
    size_t w = s->ops->n_lane;
    return s->alive[i / w] >> i % w & 1;
}

/* Copies without heirs become what those with more than one are; the others stay where
 * they are, which is most of them on most days. */
static void pass_on(gs_swarm *s)
{
    size_t n = s->o.n, rich = 0;
    for (size_t i = 0; i < n; i++) {
        if (s->heirs[i] > 0)
            continue;
        while (s->heirs[rich] < 2)
            rich++;
        s->ops->copy(s->k, s->z, rich, i);
        s->heirs[rich]--;
    }
    for (size_t g = 0; g < s->n_group; g++)
        s->alive[g] = ~0u;
}

double gs_swarm_select(gs_swarm *s, const double *logw)
{
    size_t n = s->o.n;
    double top = -HUGE_VAL, sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        if (logw[i] > top && is_alive(s, i))
            top = logw[i];
    if (!(top > -HUGE_VAL && top < HUGE_VAL)) {
        s->effective = 0;
        return -HUGE_VAL;
    }
    for (size_t i = 0; i < n; i++) {
        bool can = logw[i] > -HUGE_VAL && is_alive(s, i);
        s->share[i] = can ? exp(logw[i] - top) : 0;
        sum += s->share[i];
    }
    // copy i has as many heirs as points j + u lie below its sum of shares, of n
    uint32_t x[4];
    gs_rng_philox((const uint32_t[4]){0, (uint32_t)s->day, 0, 1}, s->key, x);
    double u = ((double)x[0] + 0.5) * 0x1p-32, upto = 0, per = 1 / sum;
    size_t j = 0, last = 0;
    for (size_t i = 0; i < n; i++) {
        double share = s->share[i] * per;
        squares += share * share;
        upto += share * (double)n;
        last = share > 0 ? i : last;
        s->heirs[i] = 0;
        for (; j < n && (double)j + u < upto; j++)
            s->heirs[i]++;
    }
    s->heirs[last] += (uint32_t)(n - j); /* rounding of the sum */
    pass_on(s);
    s->effective = 1 / squares;
    return top + log(sum / (double)n);
}

double gs_swarm_effective(const gs_swarm *s)
{
    return s->effective;
}
