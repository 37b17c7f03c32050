/* Inside the room: how the copies of a swarm live a day, at one CPU level and precision.
 * Groups of n_lane copies; z is [group][n_state][n_lane] of a number of `size` bytes. */
#ifndef GS_SIM_SWARM_H
#define GS_SIM_SWARM_H

#include "gutskin/arena.h"
#include "gutskin/sim.h"

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
    bool (*alive)(const gs_kernel *k, const void *z, size_t i);
    void (*shake)(const gs_kernel *k, void *z, size_t i, size_t state, double by);
    /* copy i of `to` is copy from[i] of z */
    void (*choose)(const gs_kernel *k, size_t n, const uint32_t *from, const void *z,
                   void *to);
} swarm_ops;

extern const swarm_ops swarm_scalar;
/* The steps of lanes (sim/vec.h finds them); the scalar ones for NULL. */
const swarm_ops *swarm_ops_of(const gs_lanes *l);

/* zeroed room on a 64-byte boundary, NULL when there is none */
static inline void *swarm_room(gs_arena *a, size_t bytes)
{
    char *p = gs_arena_calloc(a, bytes + 64, 1);
    return p ? p + (64 - (uintptr_t)p % 64) % 64 : NULL;
}

#endif
