/* Where a person living at constant levers comes to rest.
 *
 * Eczema, psoriasis and small-bowel overgrowth have two resting states, and the start
 * says which one is meant. Plain Newton jumps between them. So the path goes along the
 * flow: implicit Euler steps
 *     (I/h - J) dz = f(z),
 * short at first and longer as f dies away, each step held to a small share of every
 * state's range; for h -> infinity this *is* Newton, and the end is quadratic. What is
 * reached must be stable, or the flow is followed with error control instead.
 *
 * Stability is proved without eigenvalues. The Cayley map C = (I - hJ)^-1 (I + hJ) sends
 * decaying modes inside the unit circle and growing ones outside, so C^2^k goes to
 * zero exactly when the state is stable. */
#include "sim/lanes.h"
#include <math.h>
#include <string.h>

enum { MOST_STEPS = 400, MOST_SQUARINGS = 40 };
static const double longest = 1e9;    /* [d] step that is Newton in all but name       */
static const double fallback = 20000; /* [d] of flow before giving up: creeping past where a
                                       * resting state has just vanished takes years   */
/* share of a state's ruler moved at once: at 0.25 one start of 3200 (prior draws, levers
 * off by 2 sd, four branches) came to rest across a threshold, at 0.15 none */
static const double longest_move = 0.15;
static const double at_rest = 1e-12;  /* last Newton move, relative                     */

/* what counts as a move of size 1 for a state: its value, at most a quarter its range */
static double ruler(const gs_state_info *s, double z)
{
    if (s->is_log)
        return 1.0;
    double range = s->hi - s->lo;
    double r = fabs(z) + 0.05 * fabs(s->start);
    if (range > 0 && isfinite(range)) {
        r = fmin(r, 0.25 * range);
        r = fmax(r, 1e-4 * range);
    }
    return r > 0 ? r : 1.0;
}

static double size_of(const gs_kernel *k, const double *z, const double *v)
{
    double most = 0;
    for (size_t i = 0; i < k->n_state; i++) {
        double e = fabs(v[i]) / ruler(&k->state[i], z[i]);
        if (!(e <= most)) /* NaN and infinity come out too */
            most = e;
    }
    return most;
}

/* move = (I/h - J)^-1 f; false when the matrix is singular */
static bool euler_move(gs_sim *s, double h)
{
    double d = 1.0 / h;
    gs_lu_shift(s->lu, 1, s->jac, &d, s->w);
    if (!gs_lu_factor(s->lu, 1, s->w, NULL))
        return false;
    memcpy(s->dz, s->f, s->k->n_state * sizeof *s->f);
    gs_lu_solve(s->lu, 1, s->w, s->dz);
    return true;
}

/* along the flow to rest; s->z, s->f, s->jac, s->jp are at the last point */
static bool descend(gs_sim *s, const double *par, const double *lever)
{
    const gs_kernel *k = s->k;
    double h = 0.25, before = HUGE_VAL;
    for (int i = 0; i < MOST_STEPS; i++) {
        k->jac(k, s->z, par, lever, s->f, s->jac, s->jp);
        double now = size_of(k, s->z, s->f);
        if (!isfinite(now))
            return false;
        // the less is left of f, the longer the step
        double grow = now > 0 ? 1.6 * before / now : 8.0;
        if (i > 0)
            h = fmin(h * fmin(8.0, fmax(0.4, grow)), longest);
        before = now;
        double move = HUGE_VAL;
        while (h > 1e-6 && !(euler_move(s, h) &&
                             (move = size_of(k, s->z, s->dz)) <= longest_move))
            h *= 0.4;
        if (!(move <= longest_move))
            return false;
        for (size_t j = 0; j < k->n_state; j++)
            s->z[j] += s->dz[j];
        if (h >= longest && move < at_rest)
            return true;
        if (h >= 1e6 && move < 1e-9)
            h = longest;
    }
    return false;
}

/* Newton from a point already near, to the last digits */
static bool polish(gs_sim *s, const double *par, const double *lever)
{
    const gs_kernel *k = s->k;
    double last = HUGE_VAL;
    for (int i = 0; i < 12; i++) {
        k->jac(k, s->z, par, lever, s->f, s->jac, s->jp);
        if (!euler_move(s, longest))
            return false;
        double move = size_of(k, s->z, s->dz);
        if (!(move < 0.1))
            return false;
        if (move < at_rest || (move < 1e-9 && move >= 0.5 * last))
            return true; /* at rest, or as far as rounding lets it */
        for (size_t j = 0; j < k->n_state; j++)
            s->z[j] += s->dz[j];
        last = move;
    }
    return false;
}

/* ---- stability ---- */

/* out = a b, all [n x n] */
static void multiply(size_t n, const double *a, const double *b, double *out)
{
    memset(out, 0, n * n * sizeof *out);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            for (size_t j = 0; j < n; j++)
                out[i * n + j] += a[i * n + k] * b[k * n + j];
}

static double frobenius(size_t n, const double *a)
{
    double sum = 0;
    for (size_t i = 0; i < n * n; i++)
        sum += a[i] * a[i];
    return sqrt(sum);
}

/* c = (I - hJ)^-1 (I + hJ) = 2/h (I/h - J)^-1 - I, a column at a time */
static bool cayley(gs_sim *s, double h, double *c)
{
    size_t n = s->k->n_state;
    double d = 1.0 / h;
    gs_lu_shift(s->lu, 1, s->jac, &d, s->w);
    if (!gs_lu_factor(s->lu, 1, s->w, NULL))
        return false;
    for (size_t j = 0; j < n; j++) {
        memset(s->dz, 0, n * sizeof *s->dz);
        s->dz[j] = 1;
        gs_lu_solve(s->lu, 1, s->w, s->dz);
        for (size_t i = 0; i < n; i++)
            c[i * n + j] = 2.0 * d * s->dz[i] - (i == j);
    }
    return true;
}

bool gs_sim_is_stable(gs_sim *s)
{
    size_t n = s->k->n_state;
    double *a = s->square, *b = a + n * n;
    if (!cayley(s, 5.0, a))
        return false;
    for (int i = 0; i < MOST_SQUARINGS; i++) {
        double size = frobenius(n, a);
        if (size < 0.5)
            return true; /* powers of a contraction go to zero */
        if (!(size < 1e12))
            return false;
        multiply(n, a, a, b);
        double *swap = a;
        a = b;
        b = swap;
    }
    return false;
}

/* ---- fallback: follow the flow with error control ---- */

static bool follow(gs_sim *s, const double *par, const double *lever, const double *x)
{
    gs_ros *r = &s->ros;
    gs_ros_verdict v = GS_ROS_ACCEPTED;
    const gs_kernel *k = s->k;
    gs_ros_load(r, 0, par, x);
    for (size_t i = 0; i < k->n_lever; i++)
        r->lever[i] = lever[i];
    r->span = fallback;
    r->o.h_min = 1e-9;
    for (size_t i = 0; i < 200000 && v != GS_ROS_DAY_DONE && v != GS_ROS_FAILED; i++) {
        gs_ros_try(r);
        v = gs_ros_judge(r, 0);
    }
    r->span = 1.0;
    r->o.h_min = s->o.h_min;
    memcpy(s->z, r->z, k->n_state * sizeof *s->z);
    return v == GS_ROS_DAY_DONE;
}

/* factors of -J at the steady state; an odd count of negative pivots is det(-J) < 0:
 * an odd number of growing modes, so not a resting state */
static bool factor_at_rest(gs_sim *s, const double *par, const double *lever)
{
    double d = 0;
    size_t negative = 0;
    s->k->jac(s->k, s->z, par, lever, s->f, s->jac, s->jp);
    gs_lu_shift(s->lu, 1, s->jac, &d, s->w);
    return gs_lu_factor(s->lu, 1, s->w, &negative) && negative % 2 == 0;
}

gs_status gs_sim_settle_internal(gs_sim *s, const double *par, const double *lever,
                                 gs_err *err)
{
    const gs_kernel *k = s->k;
    if (k->n_lane != 1)
        return gs_fail(err, GS_EUSE, "settling wants a kernel of one lane");
    gs_kernel_to_natural(k, s->z, s->x);
    if (descend(s, par, lever) && factor_at_rest(s, par, lever))
        return GS_OK;
    if (follow(s, par, lever, s->x) && polish(s, par, lever) &&
        factor_at_rest(s, par, lever))
        return GS_OK;
    return gs_fail(err, GS_ENUM, "%s does not come to rest within %g d under these levers",
                   k->name, fallback);
}

void gs_sim_steady_solve(gs_sim *s, const double *b, double *x)
{
    const gs_kernel *k = s->k;
    memcpy(x, b, k->n_state * sizeof *x);
    gs_lu_solve(s->lu, 1, s->w, x);
    memcpy(s->r, b, k->n_state * sizeof *b);
    for (size_t e = 0; e < k->n_jac; e++) /* r = b + J x */
        s->r[k->jac_row[e]] += s->jac[e] * x[k->jac_col[e]];
    gs_lu_solve(s->lu, 1, s->w, s->r);
    for (size_t i = 0; i < k->n_state; i++)
        x[i] += s->r[i];
}

gs_status gs_sim_settle(gs_sim *s, const double *par, const double *lever, double *x,
                        gs_err *err)
{
    const gs_kernel *k = s->k;
    gs_kernel_to_internal(k, x, s->z);
    GS_TRY(gs_sim_settle_internal(s, par, lever, err));
    if (!gs_sim_is_stable(s)) {
        // a saddle that pretended to be rest: leave it along the flow
        if (!follow(s, par, lever, x) || !polish(s, par, lever) ||
            !factor_at_rest(s, par, lever) || !gs_sim_is_stable(s))
            return gs_fail(err, GS_ENUM, "%s does not come to rest under these levers",
                           k->name);
    }
    gs_kernel_to_natural(k, s->z, x);
    return GS_OK;
}

/* ---- many ---- */

/* a lane that came to rest without the short proof: the long one */
static bool long_proof(gs_sim *s, const double *par, const double *lever, const double *x)
{
    gs_kernel_to_internal(s->k, x, s->z);
    return factor_at_rest(s, par, lever) && gs_sim_is_stable(s);
}

size_t gs_sim_settle_many(gs_sim *s, size_t n, const double *par, const double *lever,
                          double *x, gs_status *status)
{
    const gs_kernel *k = s->k;
    size_t n_lane = s->rest ? s->rest_ops->n_lane : 1, lost = 0;
    for (size_t at = 0; at < n; at += n_lane) {
        size_t m = n - at < n_lane ? n - at : n_lane;
        gs_vec_rested r = {0, 0};
        const double *p = par + at * k->n_par, *u = lever + at * k->n_lever;
        double *begin = x + at * k->n_state;
        double *was = s->begin;
        memcpy(was, begin, m * k->n_state * sizeof *was);
        if (s->rest)
            r = s->rest_ops->settle(s->rest, m, p, u, begin);
        for (size_t i = 0; i < m; i++, p += k->n_par, u += k->n_lever) {
            double *xi = begin + i * k->n_state;
            gs_status st = GS_OK;
            if (!(r.stable >> i & 1) && !((r.rest >> i & 1) && long_proof(s, p, u, xi))) {
                memcpy(xi, was + i * k->n_state, k->n_state * sizeof *xi);
                st = gs_sim_settle(s, p, u, xi, NULL);
            }
            if (status)
                status[at + i] = st;
            lost += st != GS_OK;
            s->n_long += !(r.stable >> i & 1);
        }
    }
    return lost;
}
