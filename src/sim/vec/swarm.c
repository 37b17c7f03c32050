/* A day of a swarm in the words of gutskin/vec.h: Ros4 on a fixed grid, one hardware vector
 * of copies at a time. Compiled once for every CPU level and precision; sim/swarm.h is
 * what others see of it. All copies are one body, so what depends on parameters and
 * levers alone is worked out once a day for all groups. */
#include "gutskin/vec.h"

#include "sim/method.h"
#include "sim/swarm.h"

#include <string.h>

static const gs_ros_method method = GS_ROS4_INIT;

struct swarm_body {
    const gs_kernel *k;
    const gs_lanes *l;
    V *par, *lever, *c;
};

typedef struct scratch {
    V *zn, *u, *f0, *f, *kk, *jac, *w, *y;
} scratch;

static swarm_body *make_body(gs_arena *a, const gs_kernel *k, const gs_lanes *l)
{
    swarm_body *b = GS_NEW(a, swarm_body, 1);
    if (!b)
        return NULL;
    *b = (swarm_body){.k = k, .l = l,
                      .par = swarm_room(a, (k->n_par + 1) * sizeof(V)),
                      .lever = swarm_room(a, (k->n_lever + 1) * sizeof(V)),
                      .c = swarm_room(a, (l->n_c + 1) * sizeof(V))};
    return b->par && b->lever && b->c ? b : NULL;
}

static void *make_work(gs_arena *a, const gs_kernel *k, const gs_lanes *l)
{
    scratch *s = GS_NEW(a, scratch, 1);
    size_t n = k->n_state;
    if (!s)
        return NULL;
    struct {
        V **to;
        size_t len;
    } want[] = {{&s->zn, n}, {&s->u, n},          {&s->f0, n},     {&s->f, n},
                {&s->kk, 4 * n}, {&s->jac, k->n_jac}, {&s->w, l->n_w}, {&s->y, k->n_see}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        if (!(*want[i].to = swarm_room(a, (want[i].len + 1) * sizeof(V))))
            return NULL;
    return s;
}

static void set_par(swarm_body *b, const double *par)
{
    for (size_t i = 0; i < b->k->n_par; i++)
        b->par[i] = K(par[i]);
}

static void set_day(swarm_body *b, const double *lever)
{
    for (size_t i = 0; i < b->k->n_lever; i++)
        b->lever[i] = K(lever[i]);
    b->l->day(b->par, b->lever, b->c);
}

/* One step of length h, no error control: z moves, and a lane that leaves the numbers
 * stays out of them. */
static void step(const swarm_body *b, scratch *s, V *z, T h)
{
    const gs_lanes *l = b->l;
    const size_t n = b->k->n_state;
    const V shift = K(1 / (h * (T)method.gamma)), per_h = K(1 / h);
    const V *f = s->f0;
    l->jac(z, b->c, s->f0, s->jac);
    l->factor(s->jac, &shift, s->w);
#pragma GCC unroll 4
    for (size_t q = 0; q < 4; q++) {
        V *k = s->kk + q * n;
        if (method.new_f[q]) {
            for (size_t i = 0; i < n; i++) {
                V u = z[i];
#pragma GCC unroll 4
                for (size_t j = 0; j < q; j++)
                    if (method.a[q][j] != 0)
                        u += K(method.a[q][j]) * s->kk[j * n + i];
                s->u[i] = u;
            }
            l->rhs(s->u, b->c, s->f);
            f = s->f;
        }
        for (size_t i = 0; i < n; i++) {
            V sum = K(0);
#pragma GCC unroll 4
            for (size_t j = 0; j < q; j++)
                sum += K(method.c[q][j]) * s->kk[j * n + i];
            k[i] = q ? f[i] + sum * per_h : f[i];
        }
        l->solve(s->w, k);
    }
    for (size_t i = 0; i < n; i++) {
#pragma GCC unroll 4
        for (size_t q = 0; q < 4; q++)
            z[i] += K(method.m[q]) * s->kk[q * n + i];
    }
}

static void live(const swarm_body *b, void *work, size_t group, size_t steps, void *z)
{
    V *mine = (V *)z + group * b->k->n_state;
    for (size_t i = 0; i < steps; i++)
        step(b, work, mine, (T)1 / (T)steps);
}

static void seen(const swarm_body *b, void *work, size_t group, const void *z,
                 double *out_y)
{
    scratch *s = work;
    b->l->seen((const V *)z + group * b->k->n_state, b->c, s->y);
    for (size_t i = 0; i < b->k->n_see * W; i++)
        out_y[i] = (double)((const T *)(const void *)s->y)[i];
}

/* number `state` of copy i */
VEC size_t place(const gs_kernel *k, size_t i, size_t state)
{
    return (i / W * k->n_state + state) * W + i % W;
}

static void put(const gs_kernel *k, void *z, size_t i, const double *x)
{
    for (size_t q = 0; q < k->n_state; q++)
        ((T *)z)[place(k, i, q)] = (T)(k->state[q].is_log ? log(x[q]) : x[q]);
}

static void get(const gs_kernel *k, const void *z, size_t i, double *out_x)
{
    for (size_t q = 0; q < k->n_state; q++) {
        double v = (double)((const T *)z)[place(k, i, q)];
        out_x[q] = k->state[q].is_log ? exp(v) : v;
    }
}

static bool alive(const gs_kernel *k, const void *z, size_t i)
{
    T sum = 0;
    for (size_t q = 0; q < k->n_state; q++)
        sum += ((const T *)z)[place(k, i, q)] * 0;
    return sum == 0;
}

static void shake(const gs_kernel *k, void *z, size_t i, size_t state, double by)
{
    ((T *)z)[place(k, i, state)] += (T)by;
}

static void choose(const gs_kernel *k, size_t n, const uint32_t *from, const void *z,
                   void *to)
{
    for (size_t i = 0; i < (n + W - 1) / W * W; i++) {
        size_t src = i < n ? from[i] : from[n - 1]; /* the rest of the last vector */
        const T *a = (const T *)z + place(k, src, 0);
        T *b = (T *)to + place(k, i, 0);
        for (size_t q = 0; q < k->n_state; q++)
            b[q * W] = a[q * W];
    }
}

#define OPS                                                                            \
    {.n_lane = W, .size = sizeof(T), .make_body = make_body, .make_work = make_work,   \
     .set_par = set_par, .set_day = set_day, .live = live, .seen = seen, .put = put,   \
     .get = get, .alive = alive, .shake = shake, .choose = choose}
#if defined GS_VEC_AT_plain
#define NAME(p) swarm_plain_##p
#elif defined GS_VEC_AT_two
#define NAME(p) swarm_two_##p
#elif defined GS_VEC_AT_avx2
#define NAME(p) swarm_avx2_##p
#else
#define NAME(p) swarm_avx512_##p
#endif
#ifdef GS_VEC_SINGLE
extern const swarm_ops NAME(f);
const swarm_ops NAME(f) = OPS;
#else
extern const swarm_ops NAME(d);
const swarm_ops NAME(d) = OPS;
#endif
