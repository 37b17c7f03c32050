/* Simulation: people through time.
 *
 * Levers are constant within a day and may jump at each midnight, so every method
 * here is one-step: nothing is restarted when inputs jump.
 *
 *     gs_sim *s;
 *     GS_TRY(gs_sim_new(gs_axis(), &GS_SIM_OPTS, &s, err));
 *     GS_TRY(gs_sim_settle(s, par, habit, x, err));            // where this person lives
 *     GS_TRY(gs_sim_path(s, par, x, n_day, lever, out_x, out_y, err));
 *     gs_sim_free(s);
 *
 * Thread: one gs_sim per thread; kernels are shared. No allocation after _new. */
#ifndef GUTSKIN_SIM_H
#define GUTSKIN_SIM_H

#include "gutskin/kernel.h"
#include "gutskin/run.h"
#include "gutskin/status.h"

typedef struct gs_sim gs_sim;

/* Besides the levels of gutskin/cpu.h: the widest this CPU has (or GS_CPU names), and the
 * scalar functions of the kernel, which is also what a kernel without lanes gets. */
enum { GS_SIM_CPU_WIDEST = -1, GS_SIM_CPU_SCALAR = -2 };

typedef enum gs_sim_method {
    GS_SIM_RODAS4, /* six stages; the default */
    GS_SIM_ROS4,   /* four stages: less work a step, more steps */
    GS_SIM_EXP     /* exponential steps: no Jacobian, twice as fast where an error of 1e-6
                    * to 1e-4 will do; in lanes only, elsewhere RODAS4 */
} gs_sim_method;

typedef struct gs_sim_opts {
    double rtol, atol; /* of the adaptive integrator, internal coordinates       */
    double h_min;      /* [d] a step below this is a failure                       */
    size_t grid_steps; /* steps a day of the fixed grid (gs_sim_grad); 0 = default */
    int cpu;           /* gs_cpu level of the adaptive steps, or one of the two below */
    bool single;       /* adaptive steps in single precision, where the kernel has it:
                        * for rtol >= 1e-4; docs/notes/engine.md has its error          */
    gs_sim_method method;
} gs_sim_opts;
#define GS_SIM_OPTS                                                               \
    ((gs_sim_opts){.rtol = 1e-5, .atol = 1e-7, .h_min = 1e-10, .grid_steps = 0,   \
                   .cpu = GS_SIM_CPU_WIDEST, .single = false,                     \
                   .method = GS_SIM_RODAS4})

gs_status gs_sim_new(const gs_kernel *k, const gs_sim_opts *o, gs_sim **out, gs_err *err);
void gs_sim_free(gs_sim *s);

/* Steady state of the person `par` living at constant levers. x [n_state], natural
 * coordinates: in = where to begin (chooses the branch of a bistable model), out =
 * the steady state. Newton with the analytic Jacobian, falling back to integration
 * over up to 20,000 d. Fails GS_ENUM when nothing settles; x untouched then. */
gs_status gs_sim_settle(gs_sim *s, const double *par, const double *lever, double *x,
                        gs_err *err);

/* The same for n people in lanes, a few microseconds each: par [n x n_par], lever [n x
 * n_lever], x [n x n_state] in and out. status [n] (may be NULL): GS_OK, or GS_ENUM and
 * that x as it was. Returns how many failed. Resting states agree with gs_sim_settle's to
 * 1e-9 relative; whom the lanes cannot serve goes through it. */
size_t gs_sim_settle_many(gs_sim *s, size_t n, const double *par, const double *lever,
                          double *x, gs_status *status);

/* One person, adaptive steps. x0 [n_state] natural; lever [n_day x n_lever]; events
 * fire at the start of each day. out_x [(n_day+1) x n_state] natural, row 0 = x0, row
 * d = end of day d-1; out_y [(n_day+1) x n_see], row d seen under the levers of day
 * d-1 (row 0: day 0); either may be NULL.
 * Fails GS_ENUM (step too small, non-finite), err->line = day + 1; the rows of the days
 * before stand and the later ones are NaN. */
gs_status gs_sim_path(gs_sim *s, const double *par, const double *x0, size_t n_day,
                      const double *lever, double *out_x, double *out_y, gs_err *err);

/* Many people (4294967295 at most), memory O(lanes): inputs are pulled, results pushed.
 * Threads of the pool begin with equal ranges of them and steal from each other.
 * Callbacks come from any thread of the pool, for one person in day order. */
typedef struct gs_sim_people {
    size_t n;     /* people */
    size_t n_day; /* days   */
    void *ctx;
    void (*par)(void *ctx, size_t person, double *out_par); /* [n_par] */
    void (*start)(void *ctx, size_t person, double *out_x); /* [n_state] natural */
    void (*lever)(void *ctx, size_t person, size_t day, double *out_lever);
    /* x [n_state] and y [n_see] at the end of the day; return false to stop this person */
    bool (*see)(void *ctx, size_t person, size_t day, const double *x, const double *y);
    /* a person whose integration failed; the others go on */
    void (*failed)(void *ctx, size_t person, size_t day, gs_status why);
} gs_sim_people;
gs_status gs_sim_batch(const gs_kernel *k, const gs_sim_opts *o, const gs_sim_people *p,
                       const gs_pool *pool, const gs_progress *progress, gs_err *err);

/* One person on the fixed daily grid with exact derivatives of the discrete solution
 * by chosen parameters: one smooth function for fitting.
 *
 * settle       if set, x0 is only where settling begins, and the path starts at the
 *              steady state under `habit` levers, whose derivatives are included;
 *              else the path starts at x0 with zero derivatives
 * free_par     [n_free] indices of personal parameters
 * see          [n_pick] indices of observables wanted
 * out_y        [(n_day+1) x n_pick]
 * out_dy       [(n_day+1) x n_pick x n_free], may be NULL (value only, cheaper)
 * out_x        [(n_day+1) x n_state] natural, may be NULL
 * The values are the same to the last bit with and without derivatives.
 * Fails GS_ENUM as above (rows of earlier days stand), GS_EUSE for a parameter that is
 * not personal or named twice, or a kernel of several lanes. Measured cost and error:
 * docs/notes/integrator.md. */
gs_status gs_sim_grad(gs_sim *s, const double *par, const double *x0, bool settle,
                      const double *habit, size_t n_day, const double *lever,
                      size_t n_free, const uint32_t *free_par, size_t n_pick,
                      const uint32_t *see, double *out_y, double *out_dy, double *out_x,
                      gs_err *err);

/* The same for many bodies side by side in lanes: chains, looks of a sampler, people. What
 * a body comes to depends on nothing but the body, and agrees with gs_sim_grad to rounding
 * (1e-9 of the largest entry); values with and without derivatives too. */
typedef struct gs_sim_grid {
    bool settle;
    size_t n_day, n_free, n_pick;
    const uint32_t *free_par, *see;
    bool slopes; /* derivatives wanted */
} gs_sim_grid;
typedef struct gs_sim_body {
    const double *par, *x0, *habit, *lever; /* as gs_sim_grad's; may be shared    */
    double *y, *dy, *x;                     /* out; dy only with slopes; x or NULL */
    gs_status status;                       /* out: GS_OK or GS_ENUM               */
} gs_sim_body;
/* Returns how many failed, their rows up to the day of the failure stand. Fails GS_EUSE
 * (negative) as gs_sim_grad. Cost: on AVX2 a quarter of gs_sim_grad's a body when n is a
 * multiple of four. */
long gs_sim_grad_many(gs_sim *s, const gs_sim_grid *q, size_t n, gs_sim_body *body,
                      gs_err *err);

#endif
