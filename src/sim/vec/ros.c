/* Adaptive Rosenbrock steps for the people in one hardware vector: rosenbrock.c again, over
 * the words of gutskin/vec.h. Compiled once for every CPU level and precision (see
 * CMakeLists.txt); sim/vec.h is what others see of it.
 *
 * Every choice is a select, so that lanes never wait for or touch each other: what a
 * lane comes to depends on its own column alone. Two things are shared, and neither is a
 * number: Jacobian and day values are worked out for all lanes when one needs them new
 * (from its own unchanged column another lane gets the same bits again), and the loop
 * outside comes round when any lane has reached midnight. */
#include "gutskin/vec.h"

#include "sim/method.h"
#include "sim/vec/people.h"

static const gs_ros_method method = GS_RODAS4_INIT;
static const gs_ros_method rough = GS_ROS4_INIT;

typedef struct vros {
    people p;
    V *zn, *u, *f0, *f, *kk; /* [n], kk [stage][n] */
    V *jac, *w;
    V *t, *h, *morning;      /* [1] */
    bool ros4;
} vros;

/* ---- making, loading, a new day ---- */

static gs_vec *make(gs_arena *a, const gs_kernel *k, const gs_lanes *l,
                    const gs_sim_opts *o)
{
    vros *r = GS_NEW(a, vros, 1);
    const size_t n = k->n_state;
    if (!r)
        return NULL;
    const wanted want[] = {
        {&r->zn, n}, {&r->u, n}, {&r->f0, n}, {&r->f, n}, {&r->kk, GS_ROS_STAGES * n},
        {&r->jac, k->n_jac}, {&r->w, l->n_w}, {&r->t, 1}, {&r->h, 1}, {&r->morning, 1},
    };
    if (!people_make(&r->p, a, k, l, o) || !LAY(a, want))
        return NULL;
    r->ros4 = o->method == GS_SIM_ROS4;
    r->h[0] = r->morning[0] = K(0.05);
    return &r->p.base;
}

static void load(gs_vec *v, size_t lane, const double *par, const double *x0)
{
    vros *r = (vros *)(void *)v;
    people_load(&r->p, lane, par, x0);
    COLUMN(r->t, 0, lane) = 0;
    COLUMN(r->h, 0, lane) = COLUMN(r->morning, 0, lane) = (T)0.05;
}

static void day(gs_vec *v, size_t lane, const double *lever)
{
    vros *r = (vros *)(void *)v;
    T *h = &COLUMN(r->h, 0, lane), morning = COLUMN(r->morning, 0, lane);
    COLUMN(r->t, 0, lane) = 0;
    *h = *h < morning ? *h : morning;
    people_day(&r->p, lane, lever);
}

/* ---- one attempt ---- */

VEC void stages(vros *r, const gs_ros_method *b, V taken)
{
    const gs_lanes *l = r->p.base.lanes;
    const V per_h = K(1) / taken;
    const size_t n = r->p.n;
    const V *f = r->f0;
#pragma GCC unroll 6
    for (size_t s = 0; s < b->n_stage; s++) {
        V *k = r->kk + s * n;
        if (b->new_f[s]) {
            for (size_t i = 0; i < n; i++) {
                V u = r->p.z[i];
#pragma GCC unroll 6
                for (size_t j = 0; j < s; j++)
                    if (b->a[s][j] != 0)
                        u += K(b->a[s][j]) * r->kk[j * n + i];
                r->u[i] = u;
            }
            l->rhs(r->u, r->p.c, r->f);
            f = r->f;
        }
        for (size_t i = 0; i < n; i++) {
            V sum = K(0);
#pragma GCC unroll 6
            for (size_t j = 0; j < s; j++)
                sum += K(b->c[s][j]) * r->kk[j * n + i];
            k[i] = s ? f[i] + sum * per_h : f[i];
        }
        l->solve(r->w, k);
    }
}

/* The largest error over its tolerance, and the end of the step. Fractions are compared
 * crosswise, so that one division does for all states. A state that is no finite number
 * makes its lane's error NaN. */
VEC V finish(vros *r, const gs_ros_method *b)
{
    const size_t n = r->p.n;
    V over[2] = {K(0), K(0)}, under[2] = {K(1), K(1)}, broken = K(0);
    for (size_t i = 0; i < n; i++) {
        V zn = r->p.z[i], e = K(0);
#pragma GCC unroll 6
        for (size_t s = 0; s < b->n_stage; s++) {
            V k = r->kk[s * n + i];
            zn += K(b->m[s]) * k;
            if (b->e[s] != 0)
                e += K(b->e[s]) * k;
        }
        r->zn[i] = zn;
        broken += zn * K(0);
        V tol = r->p.tol_a[i] + r->p.tol_r[i] * MAX(ABS(r->p.z[i]), ABS(zn));
        e = ABS(e);
        M worse = LT(over[i & 1] * tol, e * under[i & 1]);
        over[i & 1] = SEL(worse, e, over[i & 1]);
        under[i & 1] = SEL(worse, tol, under[i & 1]);
    }
    return MAX(over[0] / under[0], over[1] / under[1]) + broken;
}

static gs_vec_news attempt(gs_vec *v)
{
    vros *r = (vros *)(void *)v;
    const gs_lanes *l = v->lanes;
    const gs_ros_method *b = r->ros4 ? &rough : &method;
    const V one = K(1), t = r->t[0], h = r->h[0], left = one - t;
    people_morning(&r->p);
    if (!r->p.fresh)
        l->jac(r->p.z, r->p.c, r->f0, r->jac);
    r->p.fresh = true;

    // never past midnight, and no sliver left before it
    V taken = SEL(LE(left, h), left, SEL(LT(left, h + h), K(0.5) * left, h));
    V shift = one / (taken * K(b->gamma)), err;
    l->factor(r->jac, &shift, r->w);
    if (r->ros4) {
        stages(r, &rough, taken);
        err = finish(r, &rough);
    } else {
        stages(r, &method, taken);
        err = finish(r, &method);
    }
    v->n_try++;

    const V too_large = K(1e30);
    err = SEL(LT(err, too_large), err, too_large); /* NaN first */
    M good = LE(err, one);
    V factor = K(0.9) / SQRT(SQRT(err + K(1e-12)));
    V shorter = taken * MIN(K(0.8), MAX(K(0.1), factor));
    M stuck = AND(NOT(good), LT(shorter, K(v->o.h_min)));

    // a step cut short by midnight says little about the step it was cut from
    V next = taken * MIN(K(5), MAX(K(0.2), factor));
    M cut = AND(LT(taken, h), LE(one, factor));
    next = SEL(cut, MAX(next, h), next);
    r->h[0] = SEL(good, next, shorter);
    r->morning[0] = SEL(AND(good, EQ(t, K(0))), taken * MIN(K(5), factor), r->morning[0]);
    M midnight = AND(good, LE(left, taken));
    r->t[0] = SEL(good, t + taken, t);
    for (size_t i = 0; i < r->p.n; i++)
        r->p.z[i] = SEL(good, r->zn[i], r->p.z[i]);
    unsigned accepted = MASK(good);
    if (accepted)
        r->p.fresh = r->p.x_ready = r->p.y_ready = false;
    return (gs_vec_news){.done = MASK(midnight), .failed = MASK(stuck)};
}

#define OPS {.n_lane = W, .make = make, .load = load, .day = day, .attempt = attempt, \
             .state = people_state, .seen = people_seen}
#if defined GS_VEC_AT_plain
#define NAME(p) gs_vec_plain_##p
#elif defined GS_VEC_AT_two
#define NAME(p) gs_vec_two_##p
#elif defined GS_VEC_AT_avx2
#define NAME(p) gs_vec_avx2_##p
#else
#define NAME(p) gs_vec_avx512_##p
#endif
#ifdef GS_VEC_SINGLE
extern const gs_vec_ops NAME(f);
const gs_vec_ops NAME(f) = OPS;
#else
extern const gs_vec_ops NAME(d);
const gs_vec_ops NAME(d) = OPS;
#endif
