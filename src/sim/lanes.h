/* Inside the room: the object behind gs_sim, and the loop that keeps lanes busy. */
#ifndef GS_SIM_LANES_H
#define GS_SIM_LANES_H

#include "sim/rosenbrock.h"
#include "sim/share.h"
#include "sim/vec.h"
#include <stdatomic.h>

typedef struct gs_grid gs_grid; /* fixed daily grid, grid.h */
enum { GS_SIM_MOST_LANES = 16 };

struct gs_sim {
    gs_arena *arena;
    const gs_kernel *k;
    gs_sim_opts o;
    gs_lu *lu;
    gs_ros ros;     /* the plain twin, also for settling */
    gs_vec *vec;    /* lanes, NULL = the twin takes the steps */
    const gs_vec_rest_ops *rest_ops; /* settling in lanes, NULL = one by one */
    void *rest;
    size_t n_seat;  /* lanes of whichever takes them */
    size_t thread;  /* of the batch that is running   */
    gs_grid *grid;
    const gs_vec_grid_ops *grid_ops; /* the grid in lanes, NULL = one by one */
    void *grid_many;
    double *many_par, *many_lever, *many_x, *many_z; /* [16][..] a group of bodies */
    double *lever, *x, *y, *par; /* one person, for callbacks */
    double *z, *f, *r, *dz, *jac, *jp, *w; /* settling */
    double *square;              /* [2 x n x n] */
    double *begin;               /* [16 x n] where a group began to settle */
    size_t n_long;               /* settled people who needed more than the short proof */
    size_t *person, *day;        /* [n_seat] who sits there, and their day */
    bool *busy;                  /* [n_seat] */
};

/* Whom to run: what the threads of a batch share. */
typedef struct gs_queue {
    const gs_sim_people *p;
    const gs_progress *progress;
    gs_share *share; /* [n_thread] */
    size_t n_thread;
    atomic_size_t done;
    atomic_bool cancelled;
} gs_queue;

/* On thread i: seat people in the lanes of s until nobody waits. */
void gs_sim_lanes(gs_sim *s, gs_queue *q, size_t i);

/* settle.c: steady state in internal coordinates, s->z in and out. On GS_OK s->jac, s->jp
 * and the factors s->w of -J belong to it. */
gs_status gs_sim_settle_internal(gs_sim *s, const double *par, const double *lever,
                                 gs_err *err);
/* True when every mode of the Jacobian in s->jac decays; `square` is scratch. */
bool gs_sim_is_stable(gs_sim *s);
/* -J x = b by the factors in s->w, refined once; b is kept. */
void gs_sim_steady_solve(gs_sim *s, const double *b, double *x);

/* grad.c */
gs_grid *gs_grid_new(gs_sim *s);

#endif
