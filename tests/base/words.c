/* Compiled once a level and precision, as the kernels are: see words.h. */
#include "gutskin/vec.h"
#include "words.h"

static V take(const double *a)
{
    V v = K(0);
    for (size_t l = 0; l < W; l++)
        ((T *)&v)[l] = (T)a[l];
    return v;
}

static void give(V v, double *out)
{
    for (size_t l = 0; l < W; l++)
        out[l] = (double)((T *)&v)[l];
}

#define ONE(name, expr)                                              \
    static void name(size_t n, const double *a, double *out)         \
    {                                                                \
        for (size_t i = 0; i + W <= n; i += W) {                     \
            V x = take(a + i);                                       \
            give(expr, out + i);                                     \
        }                                                            \
    }
#define TWO(name, expr)                                              \
    static void name(size_t n, const double *a, const double *b, double *out) \
    {                                                                \
        for (size_t i = 0; i + W <= n; i += W) {                     \
            V x = take(a + i), y = take(b + i);                      \
            give(expr, out + i);                                     \
        }                                                            \
    }
ONE(word_exp, EXP(x))
ONE(word_log, LOG(x))
TWO(word_pow, POW(x, y))
TWO(word_daily_pow, POW_OF(x, POW_LOG(x), y, POW_SIGN(y)))
TWO(word_least, MIN(x, y))
TWO(word_most, MAX(x, y))

#if defined GS_VEC_AT_plain
#define NAME(p) words_plain_##p
#elif defined GS_VEC_AT_two
#define NAME(p) words_two_##p
#elif defined GS_VEC_AT_avx2
#define NAME(p) words_avx2_##p
#else
#define NAME(p) words_avx512_##p
#endif
#define INIT {W, word_exp, word_log, word_pow, word_daily_pow, word_least, word_most}
#ifdef GS_VEC_SINGLE
extern const words NAME(f);
const words NAME(f) = INIT;
#else
extern const words NAME(d);
const words NAME(d) = INIT;
#endif
