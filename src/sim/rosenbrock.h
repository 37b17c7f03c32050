/* Adaptive Rosenbrock steps for a group of lanes.
 *
 * Every lane is one person with a clock, a step length and an error of its own; one
 * call of gs_ros_try attempts one step for all of them. Nothing is kept from earlier
 * steps, so that a jump of the levers at midnight costs no restart.
 *
 *     gs_ros_load(r, lane, par, x0);             // natural coordinates
 *     gs_ros_day(r, lane, lever);                // a new day: levers set, events fired
 *     while (...) { gs_ros_try(r);  switch (gs_ros_judge(r, lane)) ... }
 *
 * For W = I/(h g) - J the stages are, i = 1..s,
 *     W k_i = f(z + sum_j a_ij k_j) + sum_j (c_ij / h) k_j,
 * z_new = z + sum m_i k_i, error = sum e_i k_i. [hairer1996] sec. IV.7 */
#ifndef GS_SIM_ROSENBROCK_H
#define GS_SIM_ROSENBROCK_H

#include "gutskin/sim.h"
#include "base/lu.h"

enum { GS_ROS_STAGES = 6 };

typedef struct gs_ros_method {
    const char *name;
    size_t n_stage;
    double order_error; /* order of the embedded solution + 1: exponent of the step rule */
    double gamma;
    double a[GS_ROS_STAGES][GS_ROS_STAGES], c[GS_ROS_STAGES][GS_ROS_STAGES];
    double m[GS_ROS_STAGES], e[GS_ROS_STAGES];
    bool new_f[GS_ROS_STAGES]; /* does stage i stand at a point of its own? */
} gs_ros_method;
extern const gs_ros_method gs_ros4, gs_rodas4;

typedef enum gs_ros_verdict {
    GS_ROS_REJECTED, /* step repeated, shorter            */
    GS_ROS_ACCEPTED, /* within the day                    */
    GS_ROS_DAY_DONE, /* midnight reached exactly          */
    GS_ROS_FAILED    /* step below h_min, or not a number */
} gs_ros_verdict;

typedef struct gs_ros {
    const gs_kernel *k;
    const gs_lu *lu;
    const gs_ros_method *method;
    gs_sim_opts o;
    size_t n, n_lane;
    double *z, *z_new, *u, *f0, *f, *g, *kk; /* [n][n_lane], kk [n_stage][n][n_lane] */
    double *jac, *w;                         /* [n_jac][n_lane], [n_val][n_lane]     */
    double *par, *lever;                     /* [n_par][n_lane], [n_lever][n_lane]   */
    double *scratch;                         /* lanes gathered for the kernel        */
    double *t, *h, *taken, *shift, *err;     /* [n_lane] h: proposed, taken: attempted */
    double *morning;                         /* [n_lane] step this morning let through */
    double span;                             /* [d] between two midnights: 1           */
    bool fresh;                              /* f0 and jac belong to z of every lane */
    size_t n_try, n_reject, n_jac_eval;      /* counted for the bench                */
} gs_ros;

bool gs_ros_init(gs_ros *r, gs_arena *a, const gs_kernel *k, const gs_lu *lu,
                 const gs_sim_opts *o);

/* Seat a person: parameters, starting state (natural), clock at 0, cautious step. */
void gs_ros_load(gs_ros *r, size_t lane, const double *par, const double *x0);
/* Begin a day of a lane: levers set, events fired, clock back to 0. */
void gs_ros_day(gs_ros *r, size_t lane, const double *lever);
/* Attempt one step of every lane, never past midnight. */
void gs_ros_try(gs_ros *r);
/* Take or refuse the attempt for one lane and choose its next step. */
gs_ros_verdict gs_ros_judge(gs_ros *r, size_t lane);
/* State of a lane in natural coordinates, and what is seen of it. */
void gs_ros_state(const gs_ros *r, size_t lane, double *out_x);
void gs_ros_seen(gs_ros *r, size_t lane, double *out_y);

#endif
