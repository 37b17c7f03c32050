/* Inside the room: how the copies of a swarm live a day, at one CPU level and precision.
 * Groups of n_lane copies; z is [group][n_state][n_lane] of a number of `size` bytes. */
#ifndef GS_SIM_SWARM_H
#define GS_SIM_SWARM_H

#include "gutskin/arena.h"
#include "gutskin/rng.h"
#include "gutskin/swarm.h"

typedef struct swarm_body swarm_body;

typedef struct swarm_ops {
    size_t n_lane, size;
    swarm_body *(*make_body)(gs_arena *a, const gs_kernel *k, const gs_lanes *l);
    void *(*make_work)(gs_arena *a, const gs_kernel *k, const gs_lanes *l);
    void (*set_par)(swarm_body *b, const double *par);
    void (*set_day)(swarm_body *b, const double *lever);
    void (*live)(const swarm_body *b, void *work, size_t group, size_t steps, void *z);
    void (*seen)(const swarm_body *b, void *work, size_t group, const void *z,
                 double *out_y); /* [n_see][n_lane] */
    void (*put)(const gs_kernel *k, void *z, size_t i, const double *x);
    void (*get)(const gs_kernel *k, const void *z, size_t i, double *out_x);
    /* midnight of a group: chosen states are shaken by the numbers of (key, copy, day).
     * Returns one bit a lane: its copy is still all finite numbers. */
    unsigned (*shake)(const gs_kernel *k, void *z, size_t group, size_t n_noise,
                      const gs_swarm_noise *noise, const uint32_t key[2], uint32_t day);
    /* copy `to` becomes what copy `from` is */
    void (*copy)(const gs_kernel *k, void *z, size_t from, size_t to);
} swarm_ops;

extern const swarm_ops swarm_scalar;
/* The steps of lanes (sim/vec.h finds them); the scalar ones for NULL. */
const swarm_ops *swarm_ops_of(const gs_lanes *l);

/* Four uniform numbers of copy and day: words of one block, a block for four states shaken. */
static inline void swarm_words(const uint32_t key[2], size_t copy, uint32_t day, size_t block,
                               double out[4])
{
    uint32_t x[4];
    gs_rng_philox((const uint32_t[4]){(uint32_t)copy, day, (uint32_t)block, 0}, key, x);
    for (int i = 0; i < 4; i++)
        out[i] = ((double)x[i] + 0.5) * 0x1p-32;
}

/* zeroed room on a 64-byte boundary, NULL when there is none */
static inline void *swarm_room(gs_arena *a, size_t bytes)
{
    char *p = gs_arena_calloc(a, bytes + 64, 1);
    return p ? p + (64 - (uintptr_t)p % 64) % 64 : NULL;
}

#endif
