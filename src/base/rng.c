/* Philox4x32-10 counter-based generator, [salmon2011], and the few distributions the
 * project draws from. The key is the seed; the counter holds a block number (64 bit)
 * and a hash of person and purpose (64 bit), so that streams never depend on who asks
 * first. Gamma by [marsaglia2000]; Poisson by inversion or, for large means, by
 * splitting off gammas [devroye1986]. */
#include "gutskin/rng.h"
#include "gutskin/text.h"

#include <math.h>
#include <string.h>

static void mul_hi_lo(uint32_t a, uint32_t b, uint32_t *hi, uint32_t *lo)
{
    uint64_t p = (uint64_t)a * b;

    *hi = (uint32_t)(p >> 32);
    *lo = (uint32_t)p;
}

void gs_rng_philox(const uint32_t ctr[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c[4] = {ctr[0], ctr[1], ctr[2], ctr[3]}, k0 = key[0], k1 = key[1];

    for (int round = 0; round < 10; round++) {
        uint32_t hi0, lo0, hi1, lo1;
        mul_hi_lo(0xD2511F53u, c[0], &hi0, &lo0);
        mul_hi_lo(0xCD9E8D57u, c[2], &hi1, &lo1);
        uint32_t next[4] = {hi1 ^ c[1] ^ k0, lo1, hi0 ^ c[3] ^ k1, lo0};
        memcpy(c, next, sizeof c);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    memcpy(out, c, sizeof c);
}

gs_rng gs_rng_stream(uint64_t seed, uint64_t person, const char *purpose)
{
    gs_rng r = {0};
    unsigned long long h = gs_text_hash(GS_HASH_START, &person, sizeof person);

    h = gs_text_hash(h, purpose, strlen(purpose));
    r.key[0] = (uint32_t)seed;
    r.key[1] = (uint32_t)(seed >> 32);
    r.ctr[2] = (uint32_t)h;
    r.ctr[3] = (uint32_t)(h >> 32);
    return r;
}

uint32_t gs_rng_u32(gs_rng *r)
{
    if (r->left == 0) {
        gs_rng_philox(r->ctr, r->key, r->out);
        if (++r->ctr[0] == 0)
            r->ctr[1]++;
        r->left = 4;
    }
    return r->out[4 - r->left--];
}

double gs_rng_uniform(gs_rng *r)
{
    uint64_t hi = gs_rng_u32(r), lo = gs_rng_u32(r);
    uint64_t bits = (hi << 32 | lo) >> 12; /* 52 bits: adding 0.5 stays exact */

    return ((double)bits + 0.5) * 0x1p-52;
}

double gs_rng_normal(gs_rng *r)
{
    if (r->has_spare) {
        r->has_spare = 0;
        return r->spare;
    }
    double radius = sqrt(-2 * log(gs_rng_uniform(r)));
    double angle = 6.283185307179586 * gs_rng_uniform(r);
    r->spare = radius * sin(angle);
    r->has_spare = 1;
    return radius * cos(angle);
}

double gs_rng_exponential(gs_rng *r)
{
    return -log(gs_rng_uniform(r));
}

double gs_rng_gamma(gs_rng *r, double shape)
{
    double boost = 1;

    if (shape < 1) {
        boost = pow(gs_rng_uniform(r), 1 / shape);
        shape += 1;
    }
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = gs_rng_normal(r), v = 1 + c * x;
        if (v <= 0)
            continue;
        v = v * v * v;
        if (log(gs_rng_uniform(r)) < 0.5 * x * x + d - d * v + d * log(v))
            return boost * d * v;
    }
}

long gs_rng_poisson(gs_rng *r, double mean)
{
    long n = 0;

    /* the m-th arrival of a unit-rate process is Gamma(m): jump there */
    while (mean > 30) {
        long m = (long)(mean * 0.875);
        double x = gs_rng_gamma(r, (double)m);
        if (x > mean) {
            /* it lies beyond: the m-1 before it are uniform on (0, x) */
            for (long i = 1; i < m; i++)
                n += gs_rng_uniform(r) < mean / x;
            return n;
        }
        n += m;
        mean -= x;
    }
    double limit = exp(-mean), p = gs_rng_uniform(r);
    while (p > limit) {
        n++;
        p *= gs_rng_uniform(r);
    }
    return n;
}

size_t gs_rng_below(gs_rng *r, size_t n)
{
    uint64_t range = n, x, limit = UINT64_MAX - UINT64_MAX % range;

    do {
        x = (uint64_t)gs_rng_u32(r) << 32 | gs_rng_u32(r);
    } while (x >= limit);
    return (size_t)(x % range);
}
