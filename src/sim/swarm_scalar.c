/* Swarms of kernels without lanes (interpreted models): one copy at a time, by the scalar
 * functions and the general LU. The plain twin of vec/swarm.c, and its judge. Here is also
 * which compilation of that serves which lanes. */
#include "base/lu.h"
#include "gutskin/cpu.h"
#include "sim/method.h"
#include "sim/swarm.h"

#include <math.h>
#include <string.h>

struct swarm_body {
    const gs_kernel *k;
    const gs_lu *lu;
    double *par, *lever;
};

typedef struct scratch {
    const gs_lu *lu;
    double *u, *f0, *f, *kk, *jac, *w;
} scratch;

static swarm_body *make_body(gs_arena *a, const gs_kernel *k, const gs_lanes *l)
{
    swarm_body *b = GS_NEW(a, swarm_body, 1);
    (void)l;
    if (!b)
        return NULL;
    *b = (swarm_body){.k = k, .par = GS_NEW(a, double, k->n_par + 1),
                      .lever = GS_NEW(a, double, k->n_lever + 1)};
    return b->par && b->lever ? b : NULL;
}

static void *make_work(gs_arena *a, const gs_kernel *k, const gs_lanes *l)
{
    scratch *s = GS_NEW(a, scratch, 1);
    size_t n = k->n_state;
    (void)l;
    if (!s || !(s->lu = gs_lu_new(a, n, k->n_jac, k->jac_row, k->jac_col)))
        return NULL;
    s->u = GS_NEW(a, double, n + 1);
    s->f0 = GS_NEW(a, double, n + 1);
    s->f = GS_NEW(a, double, n + 1);
    s->kk = GS_NEW(a, double, 4 * n + 1);
    s->jac = GS_NEW(a, double, k->n_jac + 1);
    s->w = GS_NEW(a, double, s->lu->n_val + 1);
    return s->u && s->f0 && s->f && s->kk && s->jac && s->w ? s : NULL;
}

static void set_par(swarm_body *b, const double *par)
{
    memcpy(b->par, par, b->k->n_par * sizeof *par);
}

static void set_day(swarm_body *b, const double *lever)
{
    memcpy(b->lever, lever, b->k->n_lever * sizeof *lever);
}

static void step(const swarm_body *b, scratch *s, double *z, double h)
{
    const gs_ros_method *m = &gs_ros4;
    const gs_kernel *k = b->k;
    size_t n = k->n_state;
    double shift = 1 / (h * m->gamma);
    const double *f = s->f0;
    k->jac(k, z, b->par, b->lever, s->f0, s->jac, NULL);
    gs_lu_shift(s->lu, 1, s->jac, &shift, s->w);
    if (!gs_lu_factor(s->lu, 1, s->w, NULL)) {
        for (size_t i = 0; i < n; i++)
            z[i] = NAN;
        return;
    }
    for (size_t q = 0; q < 4; q++) {
        double *kq = s->kk + q * n;
        if (m->new_f[q]) {
            for (size_t i = 0; i < n; i++) {
                s->u[i] = z[i];
                for (size_t j = 0; j < q; j++)
                    s->u[i] += m->a[q][j] * s->kk[j * n + i];
            }
            k->rhs(k, s->u, b->par, b->lever, s->f);
            f = s->f;
        }
        for (size_t i = 0; i < n; i++) {
            double sum = 0;
            for (size_t j = 0; j < q; j++)
                sum += m->c[q][j] * s->kk[j * n + i];
            kq[i] = f[i] + sum / h;
        }
        gs_lu_solve(s->lu, 1, s->w, kq);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t q = 0; q < 4; q++)
            z[i] += m->m[q] * s->kk[q * n + i];
}

static void live(const swarm_body *b, void *work, size_t group, size_t steps, void *z)
{
    for (size_t i = 0; i < steps; i++)
        step(b, work, (double *)z + group * b->k->n_state, 1.0 / (double)steps);
}

static void seen(const swarm_body *b, void *work, size_t group, const void *z,
                 double *out_y)
{
    (void)work;
    b->k->seen(b->k, (const double *)z + group * b->k->n_state, b->par, b->lever, out_y);
}

static void put(const gs_kernel *k, void *z, size_t i, const double *x)
{
    gs_kernel_to_internal(k, x, (double *)z + i * k->n_state);
}

static void get(const gs_kernel *k, const void *z, size_t i, double *out_x)
{
    gs_kernel_to_natural(k, (const double *)z + i * k->n_state, out_x);
}

static unsigned shake(const gs_kernel *k, void *z, size_t group, size_t n_noise,
                      const gs_swarm_noise *noise, const uint32_t key[2], uint32_t day)
{
    double *mine = (double *)z + group * k->n_state, gone = 0;
    for (size_t q = 0; q < n_noise; q += 4) {
        double x[4], e[4];
        swarm_words(key, group, day, q / 4, x);
        for (int w = 0; w < 4; w += 2) { // Box and Muller
            double r = sqrt(-2 * log(x[w])), a = 2 * M_PI * x[w + 1];
            e[w] = r * cos(a);
            e[w + 1] = r * sin(a);
        }
        for (size_t w = q; w < n_noise && w < q + 4; w++)
            mine[noise[w].state] += noise[w].sd * e[w - q];
    }
    for (size_t i = 0; i < k->n_state; i++)
        gone += mine[i] * 0;
    return gone == 0;
}

static void copy(const gs_kernel *k, void *z, size_t from, size_t to)
{
    size_t n = k->n_state;
    memcpy((double *)z + to * n, (double *)z + from * n, n * sizeof(double));
}

const swarm_ops swarm_scalar = {
    .n_lane = 1, .size = sizeof(double), .make_body = make_body, .make_work = make_work,
    .set_par = set_par, .set_day = set_day, .live = live, .seen = seen, .put = put,
    .get = get, .shake = shake, .copy = copy};

/* ---- the compilations of vec/swarm.c ---- */

extern const swarm_ops swarm_plain_d, swarm_plain_f;
#if defined(__x86_64__) || defined(__aarch64__)
extern const swarm_ops swarm_two_d, swarm_two_f;
#endif
#if defined(__x86_64__)
extern const swarm_ops swarm_avx2_d, swarm_avx2_f, swarm_avx512_d, swarm_avx512_f;
#endif

static const swarm_ops *const compiled[GS_CPU_LEVELS][2] = {
    [GS_CPU_PLAIN] = {&swarm_plain_d, &swarm_plain_f},
#if defined(__x86_64__) || defined(__aarch64__)
    [GS_CPU_TWO] = {&swarm_two_d, &swarm_two_f},
#endif
#if defined(__x86_64__)
    [GS_CPU_AVX2] = {&swarm_avx2_d, &swarm_avx2_f},
    [GS_CPU_AVX512] = {&swarm_avx512_d, &swarm_avx512_f},
#endif
};

const swarm_ops *swarm_ops_of(const gs_lanes *l)
{
    return l ? compiled[l->level][l->single] : &swarm_scalar;
}
