/* Adaptive Rosenbrock steps; see rosenbrock.h.
 *
 * Two methods are kept. Both are L-stable of order 4 with an embedded order 3; the
 * coefficients are those of [hairer1996] sec. IV.7 in the transformed variables (method.h),
 * and tests/sim/test_rosenbrock.c checks them against the order conditions and measures
 * their order. Which is the default, and at what tolerance it wins, is measured in
 * docs/notes/integrator.md.
 *
 * The error norm is the largest state error over its tolerance, not a mean: one state
 * that is wrong must not hide behind 34 that are right. A NaN counts as too large,
 * before anything else is compared.
 *
 * A step is carried over midnight, but no longer than what yesterday's new levers let
 * through in the morning: that took two thirds of the refused steps away. */
#include "sim/method.h"
#include <math.h>
#include <string.h>

const gs_ros_method gs_ros4 = GS_ROS4_INIT, gs_rodas4 = GS_RODAS4_INIT;

static const double too_large = 1e30; /* an error that is no number counts as this */

bool gs_ros_init(gs_ros *r, gs_arena *a, const gs_kernel *k, const gs_lu *lu,
                 const gs_sim_opts *o)
{
    size_t n = k->n_state, nl = k->n_lane;
    size_t widest = k->n_par + k->n_lever + k->n_see + n;
    *r = (gs_ros){.k = k, .lu = lu, .method = &gs_rodas4, .o = *o, .n = n, .n_lane = nl,
                  .span = 1.0};
    struct {
        double **to;
        size_t len;
    } want[] = {
        {&r->z, n},           {&r->z_new, n},   {&r->u, n},
        {&r->f0, n},          {&r->f, n},       {&r->g, n},
        {&r->kk, GS_ROS_STAGES * n},            {&r->jac, k->n_jac},
        {&r->w, lu->n_val},   {&r->par, k->n_par}, {&r->lever, k->n_lever + 1},
        {&r->scratch, widest},{&r->t, 1},       {&r->h, 1},
        {&r->taken, 1},       {&r->shift, 1},   {&r->err, 1},
        {&r->morning, 1},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        if (!(*want[i].to = GS_NEW(a, double, want[i].len * nl + 1)))
            return false;
    return true;
}

/* one lane's column of an array [m][n_lane] */
static void put(double *to, size_t m, size_t n_lane, size_t lane, const double *from)
{
    for (size_t i = 0; i < m; i++)
        to[i * n_lane + lane] = from[i];
}

static double inward(const gs_state_info *s, double x)
{
    return s->is_log ? log(x) : x;
}

void gs_ros_load(gs_ros *r, size_t lane, const double *par, const double *x0)
{
    put(r->par, r->k->n_par, r->n_lane, lane, par);
    for (size_t i = 0; i < r->n; i++)
        r->z[i * r->n_lane + lane] = inward(&r->k->state[i], x0[i]);
    r->t[lane] = 0;
    r->h[lane] = r->morning[lane] = 0.05;
    r->fresh = false;
}

/* events of one lane: fired on a copy, so that the others keep their state */
static void fire(gs_ros *r, size_t lane)
{
    size_t n = r->n, nl = r->n_lane;
    memcpy(r->u, r->z, n * nl * sizeof *r->u);
    if (r->k->events(r->k, r->u, r->par, r->lever) == 0)
        return;
    for (size_t i = 0; i < n; i++)
        r->z[i * nl + lane] = r->u[i * nl + lane];
}

void gs_ros_day(gs_ros *r, size_t lane, const double *lever)
{
    put(r->lever, r->k->n_lever, r->n_lane, lane, lever);
    r->t[lane] = 0;
    r->h[lane] = fmin(r->h[lane], r->morning[lane]);
    r->fresh = false;
    if (r->k->events)
        fire(r, lane);
}

/* length of the attempt: never past midnight, and no sliver left before it */
static double attempt(double left, double h)
{
    if (h >= left)
        return left;
    return 2.0 * h > left ? 0.5 * left : h;
}

static inline void stages(gs_ros *r, const size_t nl)
{
    const gs_ros_method *b = r->method;
    size_t n = r->n, nn = n * nl;
    const double *f = r->f0;

    for (size_t s = 0; s < b->n_stage; s++) {
        double *k = r->kk + s * nn;
        if (b->new_f[s]) {
            for (size_t i = 0; i < nn; i++) {
                double u = r->z[i];
                for (size_t j = 0; j < s; j++)
                    u += b->a[s][j] * r->kk[j * nn + i];
                r->u[i] = u;
            }
            r->k->rhs(r->k, r->u, r->par, r->lever, r->f);
            f = r->f;
        }
        for (size_t i = 0; i < n; i++)
            for (size_t l = 0; l < nl; l++) {
                double sum = 0;
                for (size_t j = 0; j < s; j++)
                    sum += b->c[s][j] * r->kk[j * nn + i * nl + l];
                k[i * nl + l] = f[i * nl + l] + sum / r->taken[l];
            }
        gs_lu_solve(r->lu, nl, r->w, k);
    }
}

/* size an error is measured against: ln coordinates are relative already */
static inline double tolerance(const gs_ros *r, size_t i, double a, double b)
{
    if (r->k->state[i].is_log)
        return r->o.atol + r->o.rtol;
    return r->o.atol + r->o.rtol * fmax(fabs(a), fabs(b));
}

static inline void finish(gs_ros *r, const size_t nl)
{
    const gs_ros_method *b = r->method;
    size_t nn = r->n * nl;

    for (size_t l = 0; l < nl; l++)
        r->err[l] = 0;
    for (size_t i = 0; i < r->n; i++)
        for (size_t l = 0; l < nl; l++) {
            size_t at = i * nl + l;
            double zn = r->z[at], e = 0;
            for (size_t s = 0; s < b->n_stage; s++) {
                zn += b->m[s] * r->kk[s * nn + at];
                e += b->e[s] * r->kk[s * nn + at];
            }
            r->z_new[at] = zn;
            e = fabs(e) / tolerance(r, i, r->z[at], zn);
            if (!(e < too_large) || !isfinite(zn)) /* NaN first */
                e = too_large;
            if (e > r->err[l])
                r->err[l] = e;
        }
}

void gs_ros_try(gs_ros *r)
{
    size_t nl = r->n_lane;
    if (!r->fresh) {
        r->k->jac(r->k, r->z, r->par, r->lever, r->f0, r->jac, NULL);
        r->fresh = true;
        r->n_jac_eval++;
    }
    for (size_t l = 0; l < nl; l++) {
        r->taken[l] = attempt(r->span - r->t[l], r->h[l]);
        r->shift[l] = 1.0 / (r->taken[l] * r->method->gamma);
    }
    gs_lu_shift(r->lu, nl, r->jac, r->shift, r->w);
    r->n_try++;
    if (!gs_lu_factor(r->lu, nl, r->w, NULL)) {
        r->err[0] = too_large; /* one lane: nothing to solve with */
        return;
    }
    if (nl == 1) {
        stages(r, 1);
        finish(r, 1);
    } else {
        stages(r, nl);
        finish(r, nl);
    }
}

gs_ros_verdict gs_ros_judge(gs_ros *r, size_t lane)
{
    size_t nl = r->n_lane;
    double taken = r->taken[lane], err = r->err[lane];
    double factor = 0.9 * pow(err + 1e-12, -1.0 / r->method->order_error);

    if (err > 1.0) {
        r->n_reject++;
        r->h[lane] = taken * fmin(0.8, fmax(0.1, factor));
        return r->h[lane] < r->o.h_min ? GS_ROS_FAILED : GS_ROS_REJECTED;
    }
    for (size_t i = 0; i < r->n; i++)
        r->z[i * nl + lane] = r->z_new[i * nl + lane];
    r->fresh = false;

    // a step cut short by midnight says little about the step it was cut from
    double next = taken * fmin(5.0, fmax(0.2, factor));
    r->h[lane] = taken < r->h[lane] && factor >= 1.0 ? fmax(next, r->h[lane]) : next;
    if (r->t[lane] == 0)
        r->morning[lane] = taken * fmin(5.0, factor);
    bool midnight = taken >= r->span - r->t[lane];
    r->t[lane] += taken;
    return midnight ? GS_ROS_DAY_DONE : GS_ROS_ACCEPTED;
}

void gs_ros_state(const gs_ros *r, size_t lane, double *out_x)
{
    for (size_t i = 0; i < r->n; i++) {
        double z = r->z[i * r->n_lane + lane];
        out_x[i] = r->k->state[i].is_log ? exp(z) : z;
    }
}

void gs_ros_seen(gs_ros *r, size_t lane, double *out_y)
{
    r->k->seen(r->k, r->z, r->par, r->lever, r->scratch);
    for (size_t i = 0; i < r->k->n_see; i++)
        out_y[i] = r->scratch[i * r->n_lane + lane];
}
