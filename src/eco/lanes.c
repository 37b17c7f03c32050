/* Inner loops of distances: plain C and AVX2, the same sums in the same order. */
#include "eco/lanes.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_AVX2 1
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2")))
#endif

static double fold(const double s[4])
{
    return (s[0] + s[1]) + (s[2] + s[3]);
}

static double least(double x, double y)
{
    return x < y ? x : y; /* as minpd */
}

static void min_sum_plain(size_t n, const double *x, const double *const y[GS_LANES_Y],
                          double out[GS_LANES_Y])
{
    for (int q = 0; q < GS_LANES_Y; q++) {
        double s[4] = {0};
        for (size_t k = 0; k < n; k += 4)
            for (size_t l = 0; l < 4; l++)
                s[l] += least(x[k + l], y[q][k + l]);
        out[q] = fold(s);
    }
}

static void min_sum16_plain(size_t n, const uint16_t *x, const uint16_t *const y[GS_LANES_Y],
                            double out[GS_LANES_Y])
{
    for (int q = 0; q < GS_LANES_Y; q++) {
        unsigned sum = 0;
        for (size_t k = 0; k < n; k++)
            sum += x[k] < y[q][k] ? x[k] : y[q][k];
        out[q] = sum;
    }
}

static void square_sum_plain(size_t n, const double *x, const double *const y[GS_LANES_Y],
                             double out[GS_LANES_Y])
{
    for (int q = 0; q < GS_LANES_Y; q++) {
        double s[4] = {0};
        for (size_t k = 0; k < n; k += 4)
            for (size_t l = 0; l < 4; l++) {
                double d = x[k + l] - y[q][k + l], square = d * d;
                s[l] += square;
            }
        out[q] = fold(s);
    }
}

static void dot_plain(size_t n, const double *x, const double *const y[GS_LANES_Y],
                      double out[GS_LANES_Y])
{
    for (int q = 0; q < GS_LANES_Y; q++) {
        double s[4] = {0};
        for (size_t k = 0; k < n; k += 4)
            for (size_t l = 0; l < 4; l++) {
                double product = x[k + l] * y[q][k + l];
                s[l] += product;
            }
        out[q] = fold(s);
    }
}

static void within_plain(size_t n, const double *x, const uint8_t *label,
                         const uint8_t mine[16], double within[16])
{
    for (size_t j = 0; j < n; j++)
        for (size_t l = 0; l < 16; l++)
            within[l] += label[16 * j + l] == mine[l] ? x[j] : 0;
}

static double pick_plain(size_t n, const double *x, const uint32_t *at)
{
    double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    size_t k = 0;
    for (; k + 4 <= n; k += 4)
        s0 += x[at[k]], s1 += x[at[k + 1]], s2 += x[at[k + 2]], s3 += x[at[k + 3]];
    for (; k < n; k++)
        s0 += x[at[k]];
    return (s0 + s1) + (s2 + s3);
}

const gs_lanes gs_lanes_plain = {
    "plain", min_sum_plain, min_sum16_plain, square_sum_plain, dot_plain, within_plain, pick_plain,
};

#ifdef HAVE_AVX2

AVX2 static double fold256(__m256d v)
{
    double s[4];
    _mm256_storeu_pd(s, v);
    return fold(s);
}

AVX2 static void min_sum_avx2(size_t n, const double *x, const double *const y[GS_LANES_Y],
                              double out[GS_LANES_Y])
{
    const double *y0 = y[0], *y1 = y[1], *y2 = y[2], *y3 = y[3];
    __m256d s0 = _mm256_setzero_pd(), s1 = s0, s2 = s0, s3 = s0;
    for (size_t k = 0; k < n; k += 4) {
        __m256d v = _mm256_loadu_pd(x + k);
        s0 = _mm256_add_pd(s0, _mm256_min_pd(v, _mm256_loadu_pd(y0 + k)));
        s1 = _mm256_add_pd(s1, _mm256_min_pd(v, _mm256_loadu_pd(y1 + k)));
        s2 = _mm256_add_pd(s2, _mm256_min_pd(v, _mm256_loadu_pd(y2 + k)));
        s3 = _mm256_add_pd(s3, _mm256_min_pd(v, _mm256_loadu_pd(y3 + k)));
    }
    out[0] = fold256(s0), out[1] = fold256(s1), out[2] = fold256(s2), out[3] = fold256(s3);
}

AVX2 static double fold16(__m256i v)
{
    uint16_t s[16];
    unsigned sum = 0;
    _mm256_storeu_si256((__m256i *)s, v);
    for (int l = 0; l < 16; l++)
        sum += s[l];
    return sum;
}

AVX2 static void min_sum16_avx2(size_t n, const uint16_t *x,
                                const uint16_t *const y[GS_LANES_Y], double out[GS_LANES_Y])
{
    const uint16_t *y0 = y[0], *y1 = y[1], *y2 = y[2], *y3 = y[3];
    __m256i s0 = _mm256_setzero_si256(), s1 = s0, s2 = s0, s3 = s0;
#define Y(q) _mm256_min_epu16(v, _mm256_loadu_si256((const __m256i *)(y##q + k)))
    for (size_t k = 0; k < n; k += 16) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(x + k));
        s0 = _mm256_add_epi16(s0, Y(0));
        s1 = _mm256_add_epi16(s1, Y(1));
        s2 = _mm256_add_epi16(s2, Y(2));
        s3 = _mm256_add_epi16(s3, Y(3));
    }
#undef Y
    out[0] = fold16(s0), out[1] = fold16(s1), out[2] = fold16(s2), out[3] = fold16(s3);
}

AVX2 static void square_sum_avx2(size_t n, const double *x, const double *const y[GS_LANES_Y],
                                 double out[GS_LANES_Y])
{
    const double *y0 = y[0], *y1 = y[1], *y2 = y[2], *y3 = y[3];
    __m256d s0 = _mm256_setzero_pd(), s1 = s0, s2 = s0, s3 = s0, d;
    for (size_t k = 0; k < n; k += 4) {
        __m256d v = _mm256_loadu_pd(x + k);
        d = _mm256_sub_pd(v, _mm256_loadu_pd(y0 + k));
        s0 = _mm256_add_pd(s0, _mm256_mul_pd(d, d));
        d = _mm256_sub_pd(v, _mm256_loadu_pd(y1 + k));
        s1 = _mm256_add_pd(s1, _mm256_mul_pd(d, d));
        d = _mm256_sub_pd(v, _mm256_loadu_pd(y2 + k));
        s2 = _mm256_add_pd(s2, _mm256_mul_pd(d, d));
        d = _mm256_sub_pd(v, _mm256_loadu_pd(y3 + k));
        s3 = _mm256_add_pd(s3, _mm256_mul_pd(d, d));
    }
    out[0] = fold256(s0), out[1] = fold256(s1), out[2] = fold256(s2), out[3] = fold256(s3);
}

AVX2 static void dot_avx2(size_t n, const double *x, const double *const y[GS_LANES_Y],
                          double out[GS_LANES_Y])
{
    const double *y0 = y[0], *y1 = y[1], *y2 = y[2], *y3 = y[3];
    __m256d s0 = _mm256_setzero_pd(), s1 = s0, s2 = s0, s3 = s0;
    for (size_t k = 0; k < n; k += 4) {
        __m256d v = _mm256_loadu_pd(x + k);
        s0 = _mm256_add_pd(s0, _mm256_mul_pd(v, _mm256_loadu_pd(y0 + k)));
        s1 = _mm256_add_pd(s1, _mm256_mul_pd(v, _mm256_loadu_pd(y1 + k)));
        s2 = _mm256_add_pd(s2, _mm256_mul_pd(v, _mm256_loadu_pd(y2 + k)));
        s3 = _mm256_add_pd(s3, _mm256_mul_pd(v, _mm256_loadu_pd(y3 + k)));
    }
    out[0] = fold256(s0), out[1] = fold256(s1), out[2] = fold256(s2), out[3] = fold256(s3);
}

/* Labels are compared as bytes, sixteen at once, then widened to masks of doubles. */
AVX2 static void within_avx2(size_t n, const double *x, const uint8_t *label,
                             const uint8_t mine[16], double within[16])
{
    __m128i me = _mm_loadu_si128((const __m128i *)mine);
    __m256d w0 = _mm256_loadu_pd(within), w1 = _mm256_loadu_pd(within + 4),
            w2 = _mm256_loadu_pd(within + 8), w3 = _mm256_loadu_pd(within + 12);
    for (size_t j = 0; j < n; j++) {
        __m128i eq = _mm_cmpeq_epi8(me, _mm_loadu_si128((const __m128i *)(label + 16 * j)));
        __m256d v = _mm256_broadcast_sd(x + j);
#define MASK(shift) _mm256_castsi256_pd(_mm256_cvtepi8_epi64(_mm_srli_si128(eq, shift)))
        w0 = _mm256_add_pd(w0, _mm256_and_pd(v, MASK(0)));
        w1 = _mm256_add_pd(w1, _mm256_and_pd(v, MASK(4)));
        w2 = _mm256_add_pd(w2, _mm256_and_pd(v, MASK(8)));
        w3 = _mm256_add_pd(w3, _mm256_and_pd(v, MASK(12)));
#undef MASK
    }
    _mm256_storeu_pd(within, w0), _mm256_storeu_pd(within + 4, w1);
    _mm256_storeu_pd(within + 8, w2), _mm256_storeu_pd(within + 12, w3);
}

static const gs_lanes avx2 = {
    "avx2", min_sum_avx2, min_sum16_avx2, square_sum_avx2, dot_avx2, within_avx2, pick_plain,
};

#endif

const gs_lanes *gs_lanes_best(void)
{
#ifdef HAVE_AVX2
    if (__builtin_cpu_supports("avx2"))
        return &avx2;
#endif
    return &gs_lanes_plain;
}
