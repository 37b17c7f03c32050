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
#include "sim/vec.h"

#include <string.h>

static const gs_ros_method method = GS_RODAS4_INIT;
static const gs_ros_method rough = GS_ROS4_INIT;

typedef struct vros {
    gs_vec base;
    size_t n, n_jac;
    V *z, *zn, *u, *f0, *f, *kk; /* [n], kk [stage][n] */
    V *jac, *w, *c, *par, *lever, *x, *y;
    V *tol_a, *tol_r;            /* [n] tolerance = a + r |z| */
    V *t, *h, *morning;          /* [1] */
    double *one;                 /* scalar column for events */
    bool day_stale, fresh, x_ready, y_ready, ros4;
} vros;

#define COLUMN(array, i, lane) (((T *)(void *)(array))[(size_t)(i) * W + (lane)])

/* ---- making, loading, a new day ---- */

static gs_vec *make(gs_arena *a, const gs_kernel *k, const gs_lanes *l,
                    const gs_sim_opts *o)
{
    vros *r = GS_NEW(a, vros, 1);
    size_t n = k->n_state, total = 0;
    size_t n_one = n + k->n_par + k->n_lever + 1;
    if (!r)
        return NULL;
    struct {
        V **to;
        size_t len;
    } want[] = {
        {&r->z, n}, {&r->zn, n}, {&r->u, n}, {&r->f0, n}, {&r->f, n},
        {&r->kk, GS_ROS_STAGES * n}, {&r->jac, k->n_jac}, {&r->w, l->n_w}, {&r->c, l->n_c},
        {&r->par, k->n_par}, {&r->lever, k->n_lever}, {&r->x, n}, {&r->y, k->n_see},
        {&r->tol_a, n}, {&r->tol_r, n}, {&r->t, 1}, {&r->h, 1}, {&r->morning, 1},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        total += want[i].len + 1;
    char *room = gs_arena_calloc(a, total + 1, sizeof(V));
    if (!room || !(r->one = GS_NEW(a, double, n_one)))
        return NULL;
    room += (sizeof(V) - (uintptr_t)room % sizeof(V)) % sizeof(V);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        *want[i].to = (V *)(void *)room;
        room += (want[i].len + 1) * sizeof(V);
    }
    r->base = (gs_vec){.k = k, .lanes = l, .o = *o};
    r->n = n;
    r->n_jac = k->n_jac;
    r->ros4 = o->method == GS_SIM_ROS4;
    for (size_t i = 0; i < n; i++) {
        bool is_log = k->state[i].is_log;
        r->tol_a[i] = K(is_log ? o->atol + o->rtol : o->atol);
        r->tol_r[i] = K(is_log ? 0 : o->rtol);
    }
    // empty lanes live on the typical adult's numbers
    for (size_t i = 0; i < k->n_par; i++)
        r->par[i] = K(k->par[i].value);
    for (size_t i = 0; i < k->n_lever; i++)
        r->lever[i] = K(k->lever[i].habit);
    for (size_t i = 0; i < n; i++)
        r->z[i] = K(k->state[i].is_log ? log(k->state[i].start) : k->state[i].start);
    r->h[0] = r->morning[0] = K(0.05);
    r->day_stale = true;
    return &r->base;
}

static void load(gs_vec *v, size_t lane, const double *par, const double *x0)
{
    vros *r = (vros *)(void *)v;
    const gs_kernel *k = v->k;
    for (size_t i = 0; i < k->n_par; i++)
        COLUMN(r->par, i, lane) = (T)par[i];
    for (size_t i = 0; i < r->n; i++)
        COLUMN(r->z, i, lane) = (T)(k->state[i].is_log ? log(x0[i]) : x0[i]);
    COLUMN(r->t, 0, lane) = 0;
    COLUMN(r->h, 0, lane) = COLUMN(r->morning, 0, lane) = (T)0.05;
    r->day_stale = true;
    r->fresh = r->x_ready = r->y_ready = false;
}

/* events of one lane, by the scalar kernel */
static void fire(vros *r, size_t lane)
{
    const gs_kernel *k = r->base.k;
    double *z = r->one, *par = z + r->n, *lever = par + k->n_par;
    for (size_t i = 0; i < r->n; i++)
        z[i] = (double)COLUMN(r->z, i, lane);
    for (size_t i = 0; i < k->n_par; i++)
        par[i] = (double)COLUMN(r->par, i, lane);
    for (size_t i = 0; i < k->n_lever; i++)
        lever[i] = (double)COLUMN(r->lever, i, lane);
    if (k->events(k, z, par, lever) == 0)
        return;
    for (size_t i = 0; i < r->n; i++)
        COLUMN(r->z, i, lane) = (T)z[i];
}

static void day(gs_vec *v, size_t lane, const double *lever)
{
    vros *r = (vros *)(void *)v;
    T *h = &COLUMN(r->h, 0, lane), morning = COLUMN(r->morning, 0, lane);
    for (size_t i = 0; i < v->k->n_lever; i++)
        COLUMN(r->lever, i, lane) = (T)lever[i];
    COLUMN(r->t, 0, lane) = 0;
    *h = *h < morning ? *h : morning;
    r->day_stale = true;
    r->fresh = false;
    if (v->k->events)
        fire(r, lane);
}

/* ---- one attempt ---- */

VEC void stages(vros *r, const gs_ros_method *b, V taken)
{
    const gs_lanes *l = r->base.lanes;
    const V per_h = K(1) / taken;
    const size_t n = r->n;
    const V *f = r->f0;
#pragma GCC unroll 6
    for (size_t s = 0; s < b->n_stage; s++) {
        V *k = r->kk + s * n;
        if (b->new_f[s]) {
            for (size_t i = 0; i < n; i++) {
                V u = r->z[i];
#pragma GCC unroll 6
                for (size_t j = 0; j < s; j++)
                    if (b->a[s][j] != 0)
                        u += K(b->a[s][j]) * r->kk[j * n + i];
                r->u[i] = u;
            }
            l->rhs(r->u, r->c, r->f);
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
    const size_t n = r->n;
    V over[2] = {K(0), K(0)}, under[2] = {K(1), K(1)}, broken = K(0);
    for (size_t i = 0; i < n; i++) {
        V zn = r->z[i], e = K(0);
#pragma GCC unroll 6
        for (size_t s = 0; s < b->n_stage; s++) {
            V k = r->kk[s * n + i];
            zn += K(b->m[s]) * k;
            if (b->e[s] != 0)
                e += K(b->e[s]) * k;
        }
        r->zn[i] = zn;
        broken += zn * K(0);
        V tol = r->tol_a[i] + r->tol_r[i] * MAX(ABS(r->z[i]), ABS(zn));
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
    if (r->day_stale)
        l->day(r->par, r->lever, r->c);
    if (!r->fresh)
        l->jac(r->z, r->c, r->f0, r->jac);
    r->day_stale = false;
    r->fresh = true;

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
    for (size_t i = 0; i < r->n; i++)
        r->z[i] = SEL(good, r->zn[i], r->z[i]);
    unsigned accepted = MASK(good);
    if (accepted)
        r->fresh = r->x_ready = r->y_ready = false;
    return (gs_vec_news){.done = MASK(midnight), .failed = MASK(stuck)};
}

/* ---- what came out: worked out for all lanes when the first one asks ---- */

static void state(gs_vec *v, size_t lane, double *out_x)
{
    vros *r = (vros *)(void *)v;
    if (!r->x_ready)
        v->lanes->natural(r->z, r->x);
    r->x_ready = true;
    for (size_t i = 0; i < r->n; i++)
        out_x[i] = (double)COLUMN(r->x, i, lane);
}

static void seen(gs_vec *v, size_t lane, double *out_y)
{
    vros *r = (vros *)(void *)v;
    if (!r->y_ready) {
        if (r->day_stale)
            v->lanes->day(r->par, r->lever, r->c);
        r->day_stale = false;
        v->lanes->seen(r->z, r->c, r->y);
    }
    r->y_ready = true;
    for (size_t i = 0; i < v->k->n_see; i++)
        out_y[i] = (double)COLUMN(r->y, i, lane);
}

#define OPS {.n_lane = W, .make = make, .load = load, .day = day, .attempt = attempt, \
             .state = state, .seen = seen}
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
