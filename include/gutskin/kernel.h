/* Kernel: a compiled model, the only thing the model compiler and the integrators
 * share. Made by generated C (shipped model), by a loaded object, or by the plain
 * interpreter; the caller cannot tell which.
 *
 * Coordinates. A kernel works in *internal* coordinates z: z = ln(x) for states
 * marked `log`, z = x for the others (gs_state_info.is_log). Only gs_kernel_* and
 * sim/ convert. Time is in days.
 *
 * Lanes. One call serves n_lane people at once; every array is [n][n_lane], lane
 * fastest. n_lane is 1 for scalar kernels.
 *
 * Slaved form. The same spec can be compiled with its `fast` states replaced by
 * their momentary equilibrium; then they are not states but still can be seen. */
#ifndef GUTSKIN_KERNEL_H
#define GUTSKIN_KERNEL_H

#include "gutskin/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Raised whenever struct gs_kernel or its infos change: a loaded object made for another
 * number is refused. */
#define GS_KERNEL_ABI 3

/* Distribution of a parameter over people, or noise of an observable. */
typedef enum gs_dist_kind {
    GS_DIST_NONE = 0,
    GS_DIST_NORMAL,    /* a = mean, b = sd                             */
    GS_DIST_LOGNORMAL, /* a = median, b = gsd (geometric sd, > 1)      */
    GS_DIST_UNIFORM,   /* a = low, b = high                            */
    GS_DIST_BETA,      /* a, b = the two shapes                        */
    GS_DIST_NEGBINOMIAL /* a = dispersion (noise of counts)            */
} gs_dist_kind;

typedef struct gs_dist {
    gs_dist_kind kind;
    double a, b;
} gs_dist;

typedef struct gs_state_info {
    const char *name, *unit, *doc, *cite;
    double start;  /* natural coordinates; where settling begins */
    double lo, hi; /* stated range, natural coordinates          */
    bool is_log;   /* integrated as ln(x)                        */
    bool is_fast;  /* may be slaved                              */
} gs_state_info;

typedef struct gs_par_info {
    const char *name, *unit, *doc, *cite;
    double value;  /* used by the reference simulation            */
    double lo, hi; /* stated range                                */
    gs_dist prior; /* over people; kind NONE = the value is fixed */
    bool personal; /* a diary may move it                         */
    const char *lever; /* lever whose chain this parameter scales, "" if none */
} gs_par_info;

typedef struct gs_lever_info {
    const char *name, *unit, *doc, *cite;
    double lo, hi, habit, sd; /* range, typical day of the typical adult, day-to-day sd */
} gs_lever_info;

typedef struct gs_see_info {
    const char *name, *unit, *doc, *cite;
    gs_dist noise; /* measurement noise; kind NONE = exact */
} gs_see_info;

typedef struct gs_event_info {
    const char *name, *doc;
} gs_event_info;

/* The same model for one hardware vector of people, at one CPU level (gutskin/cpu.h) and
 * precision: arrays are [n][n_lane] of double, or of float in the single form, aligned to
 * the vector. What depends on parameters and levers alone is worked out once a day, into
 * c; the rest needs only z and c. Used by sim/ when present; the scalar functions of the
 * kernel are what they are judged by. */
typedef struct gs_lanes {
    int level;     /* gs_cpu */
    bool single;   /* float instead of double */
    size_t n_lane; /* people in a vector */
    size_t n_c;    /* values worked out once a day */
    size_t n_w;    /* values of the factors of d I - J */
    /* par [n_par], lever [n_lever] -> c [n_c] */
    void (*day)(const void *par, const void *lever, void *c);
    void (*rhs)(const void *z, const void *c, void *dz);
    /* rates and Jacobian j [n_jac], entries as in the kernel */
    void (*jac)(const void *z, const void *c, void *dz, void *j);
    /* factors w [n_w] of d I - J with d [1]; then b [n_state] becomes (d I - J)^-1 b. No
     * pivoting beyond the fixed order: a lane that would need it comes out non-finite or
     * wrong by its own step's error norm, and no other lane notices. */
    void (*factor)(const void *j, const void *d, void *w);
    void (*solve)(const void *w, void *b);
    /* observables y [n_see]; natural coordinates x [n_state] */
    void (*seen)(const void *z, const void *c, void *y);
    void (*natural)(const void *z, void *x);

    /* Derivatives by personal parameters; 0 and NULL in the single form. They want some
     * more values a day: day_slopes fills c [n_c_slopes], whose first n_c are day's. */
    size_t n_c_slopes;
    void (*day_slopes)(const void *par, const void *lever, void *c);
    /* as jac, and dz'/dpar jp [n_jp], entries as in the kernel */
    void (*slopes)(const void *z, const void *c, void *dz, void *j, void *jp);
    /* observable i_see alone: y [1]; its derivatives g [first[i_see + 1] - first[i_see]], of
     * which number q is by var[first[i_see] + q]: a state, or n_state + a parameter */
    void (*look)(size_t i_see, const void *z, const void *c, void *y);
    void (*look_slopes)(size_t i_see, const void *z, const void *c, void *y, void *g);
    const uint16_t *look_first, *look_var;
} gs_lanes;

/* A state held near a value (infer/clamp.h): its row of the rates is at - z, and one more
 * observable, the last, says where it would go: the log odds of z + tau z'. */
typedef struct gs_held {
    size_t state, tau; /* tau: the parameter */
    double at;
} gs_held;

typedef struct gs_kernel gs_kernel;

struct gs_kernel {
    const char *name, *doc;
    uint64_t hash;       /* of the spec's text and the slaving choice */
    bool slaved;
    size_t n_lane;
    size_t n_state, n_par, n_lever, n_see, n_event;
    const gs_state_info *state; /* [n_state] */
    const gs_par_info *par;     /* [n_par]   */
    const gs_lever_info *lever; /* [n_lever] */
    const gs_see_info *see;     /* [n_see]   */
    const gs_event_info *event; /* [n_event] */
    size_t n_fast;              /* slaved form: fast states, which are no states here */
    const gs_state_info *fast;  /* [n_fast]  */

    /* Sparse Jacobian dz'/dz: entry e stands at (jac_row[e], jac_col[e]), sorted by
     * row then column; the diagonal is always present. */
    size_t n_jac;
    const uint16_t *jac_row, *jac_col; /* [n_jac] */
    /* Sparse dz'/dpar over the personal parameters only; jp_par is an index into par. */
    size_t n_jp;
    const uint16_t *jp_row, *jp_par; /* [n_jp] */

    /* Right-hand side. z [n_state][n_lane], par [n_par][n_lane], lever
     * [n_lever][n_lane]; writes dz [n_state][n_lane] in 1/d. */
    void (*rhs)(const gs_kernel *k, const double *z, const double *par,
                const double *lever, double *dz);
    /* Right-hand side, Jacobian j [n_jac][n_lane] and, unless jp is NULL,
     * derivatives by personal parameters jp [n_jp][n_lane]. */
    void (*jac)(const gs_kernel *k, const double *z, const double *par,
                const double *lever, double *dz, double *j, double *jp);
    /* Observables y [n_see][n_lane]. */
    void (*seen)(const gs_kernel *k, const double *z, const double *par,
                 const double *lever, double *y);
    /* Derivatives of observable i_see: dy_dz [n_state][n_lane] and
     * dy_dp [n_par][n_lane], both dense and zero where it does not depend. */
    void (*seen_grad)(const gs_kernel *k, size_t i_see, const double *z,
                      const double *par, const double *lever, double *dy_dz,
                      double *dy_dp);
    /* Events, evaluated once at the start of a day after its levers are set: fires
     * those whose condition holds, in file order, changing z in place. Returns how
     * many fired in any lane. NULL when the model has none. */
    size_t (*events)(const gs_kernel *k, double *z, const double *par,
                     const double *lever);
    /* As events, with the derivatives of the jump, for paths that are differentiated:
     * jz [n_state][n_state][n_lane], d(z after)/d(z before), row = after; jp
     * [n_state][n_par][n_lane]; identity and zero where nothing fires. With S = dz/dp
     * before, S = jz*S + jp after. Whether an event fires is taken as it is: a
     * parameter that moves the day of firing has no derivative through that. NULL when
     * the model has none. */
    size_t (*events_grad)(const gs_kernel *k, double *z, const double *par,
                          const double *lever, double *jz, double *jp);

    /* Slaved form: the momentary equilibria of the fast states, x [n_fast][n_lane] in
     * natural coordinates. NULL when n_fast is 0. */
    void (*fast_seen)(const gs_kernel *k, const double *z, const double *par,
                      const double *lever, double *x);

    /* [n_lanes] the vector forms, any order; 0 for interpreted models */
    size_t n_lanes;
    const gs_lanes *const *lanes;
    /* NULL, or what the scalar functions above do and the lanes do not know of: users of
     * lanes do it themselves or leave these lanes alone */
    const gs_held *held;

    const void *self; /* the interpreter's program; NULL for generated code */
};

/* Index by name, -1 when there is none. */
long gs_kernel_state(const gs_kernel *k, const char *name);
long gs_kernel_par(const gs_kernel *k, const char *name);
long gs_kernel_lever(const gs_kernel *k, const char *name);
long gs_kernel_see(const gs_kernel *k, const char *name);

/* Reference parameters into par [n_par] / typical levers into lever [n_lever] /
 * starting states in natural coordinates into x [n_state] (one lane). */
void gs_kernel_defaults(const gs_kernel *k, double *par, double *lever, double *x);
/* Natural to internal coordinates and back, one lane. */
void gs_kernel_to_internal(const gs_kernel *k, const double *x, double *out_z);
void gs_kernel_to_natural(const gs_kernel *k, const double *z, double *out_x);

/* Shipped kernels, generated at build time from model/axis.gs: all states, and the
 * form with the fast states slaved. Constant, shared by all threads. */
const gs_kernel *gs_axis(void);
const gs_kernel *gs_axis_slaved(void);

#endif
