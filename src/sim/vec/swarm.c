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

/* ---- shaking ---- */

/* cosine and sine of v turns, v in 0..1: quarters taken off, then the series of fdlibm's
 * k_cos.c and k_sin.c */
VEC void turn(V v, V *out_cos, V *out_sin)
{
    V n = RINT(v * K(4)), r = (v - n * K(0.25)) * K(6.283185307179586477), q = r * r;
    V s = K(-2.50507602534068634195e-08) + q * K(1.58969099521155010221e-10);
    s = K(-1.98412698298579493134e-04) + q * (K(2.75573137070700676789e-06) + q * s);
    s = r + r * q * (K(-1.66666666666666324348e-01) + q * (K(8.33333333332248946124e-03) + q * s));
    V c = K(2.08757232129817482790e-09) + q * K(-1.13596475577881948265e-11);
    c = K(2.48015872894767294178e-05) + q * (K(-2.75573143513906633035e-07) + q * c);
    c = K(4.16666666666666019037e-02) + q * (K(-1.38888888888741095749e-03) + q * c);
    c = (K(1) - K(0.5) * q) + q * q * c;
    M one = EQ(n, K(1)), two = EQ(n, K(2)), three = EQ(n, K(3)), odd = OR(one, three);
    V x = SEL(odd, s, c), y = SEL(odd, c, s);
    *out_cos = SEL(OR(one, two), -x, x);
    *out_sin = SEL(OR(two, three), -y, y);
}

/* swarm_words of the copies of a group, word[4] */
#if defined(__AVX2__) && !defined(GS_VEC_PLAIN)
typedef uint64_t four __attribute__((vector_size(32))); /* 32 bits that count in each */
#define TIMES(a, m) ((four)_mm256_mul_epu32((__m256i)(a), _mm256_set1_epi64x(m)))

static void words(const uint32_t key[2], size_t first, uint32_t day, size_t block, V *word)
{
    for (size_t i = 0; i < W; i += 4) {
        uint64_t at = first + i, k0 = key[0], k1 = key[1];
        four c[4] = {{at, at + 1, at + 2, at + 3}, (four){0} + day, (four){0} + block, {0}};
        for (int round = 0; round < 10; round++) { /* as gs_rng_philox */
            four a = TIMES(c[0], 0xD2511F53), b = TIMES(c[2], 0xCD9E8D57);
            c[0] = (b >> 32) ^ c[1] ^ k0;
            c[1] = b;
            c[2] = (a >> 32) ^ c[3] ^ k1;
            c[3] = a;
            k0 += 0x9E3779B9u;
            k1 += 0xBB67AE85u;
        }
        for (int w = 0; w < 4; w++) {
            typedef double real __attribute__((vector_size(32)));
            four bits = (c[w] & 0xffffffffu) | 0x4330000000000000u; /* 2^52 + the word */
            real x = ((real)bits - (0x1p52 - 0.5)) * 0x1p-32;
            for (size_t l = 0; l < 4; l++)
                ((T *)(void *)&word[w])[i + l] = (T)x[l];
        }
    }
}
#else
static void words(const uint32_t key[2], size_t first, uint32_t day, size_t block, V *word)
{
    for (size_t i = 0; i < W; i++) {
        double x[4];
        swarm_words(key, first + i, day, block, x);
        for (int w = 0; w < 4; w++)
            ((T *)(void *)&word[w])[i] = (T)x[w];
    }
}
#endif

static unsigned shake(const gs_kernel *k, void *z, size_t group, size_t n_noise,
                      const gs_swarm_noise *noise, const uint32_t key[2], uint32_t day)
{
    V *mine = (V *)z + group * k->n_state, word[4], e[4], gone = K(0);
    for (size_t q = 0; q < n_noise; q += 4) {
        words(key, group * W, day, q / 4, word);
        for (int w = 0; w < 4; w += 2) { // Box and Muller
            V c, s, r = SQRT(K(-2) * LOG(word[w]));
            turn(word[w + 1], &c, &s);
            e[w] = r * c;
            e[w + 1] = r * s;
        }
        for (size_t w = q; w < n_noise && w < q + 4; w++)
            mine[noise[w].state] += K(noise[w].sd) * e[w - q];
    }
    for (size_t i = 0; i < k->n_state; i++)
        gone += mine[i] * K(0);
    return MASK(EQ(gone, K(0)));
}

static void copy(const gs_kernel *k, void *z, size_t from, size_t to)
{
    const T *a = (const T *)z + place(k, from, 0);
    T *b = (T *)z + place(k, to, 0);
    for (size_t q = 0; q < k->n_state; q++)
        b[q * W] = a[q * W];
}

#define OPS                                                                            \
    {.n_lane = W, .size = sizeof(T), .make_body = make_body, .make_work = make_work,   \
     .set_par = set_par, .set_day = set_day, .live = live, .seen = seen, .put = put,   \
     .get = get, .shake = shake, .copy = copy}
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
