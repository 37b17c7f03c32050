/* Inside the room: people in the lanes of one hardware vector.
 *
 * The files of vec/ are compiled once for every CPU level and precision; this is what the
 * rest of the room sees of them. Numbers outside are double, one person at a time; inside,
 * [n][W]. vec/ros.c makes the same steps, with the same control and the same failures, as
 * rosenbrock.c, its plain twin (tests/sim/test_vec.c); vec/exp.c has no twin, its levels are
 * held to each other and to tight Rosenbrock steps. */
#ifndef GS_SIM_VEC_H
#define GS_SIM_VEC_H

#include "gutskin/arena.h"
#include "gutskin/sim.h"

typedef struct gs_vec gs_vec;

/* One bit a lane. */
typedef struct gs_vec_news {
    unsigned done;   /* midnight reached exactly             */
    unsigned failed; /* a step below h_min, or not a number  */
} gs_vec_news;

typedef struct gs_vec_ops {
    size_t n_lane;
    gs_vec *(*make)(gs_arena *a, const gs_kernel *k, const gs_lanes *l,
                    const gs_sim_opts *o);
    void (*load)(gs_vec *v, size_t lane, const double *par, const double *x0);
    void (*day)(gs_vec *v, size_t lane, const double *lever);
    gs_vec_news (*attempt)(gs_vec *v);
    /* of a lane whose day is done, or that has just been loaded and given a day */
    void (*state)(gs_vec *v, size_t lane, double *out_x);
    void (*seen)(gs_vec *v, size_t lane, double *out_y);
} gs_vec_ops;

struct gs_vec {
    const gs_vec_ops *ops;
    const gs_kernel *k;
    const gs_lanes *lanes;
    gs_sim_opts o;
    size_t n_try, n_reject; /* counted for the bench: attempts of a vector, refused lanes */
};

/* Resting states, vec/settle.c. One bit a lane. */
typedef struct gs_vec_rested {
    unsigned rest;   /* came to rest; x holds where     */
    unsigned stable; /* and that is proved to be stable */
} gs_vec_rested;

typedef struct gs_vec_rest_ops {
    size_t n_lane;
    void *(*make)(gs_arena *a, const gs_kernel *k, const gs_lanes *l);
    /* n <= n_lane people: par [n][n_par], lever [n][n_lever], x [n][n_state] natural, in =
     * where to begin, out = where at rest (untouched where not) */
    gs_vec_rested (*settle)(void *self, size_t n, const double *par, const double *lever,
                            double *x);
} gs_vec_rest_ops;
const gs_vec_rest_ops *gs_vec_rest_find(int level);

/* The lanes to step a kernel in: those of level `cpu` (or of the widest the CPU has, or
 * GS_CPU names) in that precision, the next narrower ones if it has none; NULL when it has
 * none at all or the scalar functions were asked for. Fails GS_EUSE for a level that the CPU
 * has not, and for a GS_CPU that names none. */
gs_status gs_vec_lanes(const gs_kernel *k, int cpu, bool single, const gs_lanes **out,
                       gs_err *err);
/* Those of exactly this level, NULL when there are none. */
const gs_lanes *gs_vec_lanes_at(const gs_kernel *k, int level, bool single);
/* The steps of lanes found by either; NULL for NULL. */
const gs_vec_ops *gs_vec_ops_of(const gs_lanes *l, gs_sim_method method);

/* The fixed daily grid, vec/grid.c: up to n_lane bodies with the same parameters that are
 * not personal, begun by grad.c (gs_etd_begin, columns of the free parameters). */
typedef struct gs_vec_grid_ops {
    size_t n_lane;
    void *(*make)(gs_arena *a, struct gs_sim *s, const gs_lanes *l);
    /* z0 [n][n_state] internal coordinates; bit i of the result: body i could not be served
     * here and wants the scalar way from the start. Failures stand in the bodies. */
    unsigned (*run)(void *self, const gs_sim_grid *q, size_t n, gs_sim_body *const *body,
                    const double *z0);
} gs_vec_grid_ops;
/* Lanes and operations for the grid, chosen as gs_vec_lanes does, always double; also for
 * kernels whose state is held, which the other loops do not know. */
gs_status gs_vec_grid_lanes(const gs_kernel *k, int cpu, const gs_lanes **out,
                            const gs_vec_grid_ops **ops, gs_err *err);

#endif
