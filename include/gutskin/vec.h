/* The words that lane kernels are written in: one hardware vector of people.
 *
 * For files compiled once per CPU level only (generated kernels, src/sim/vec_*.c): the
 * level is what the compiler was told (-mavx2 -mfma, -mavx512f -mavx512dq, neither),
 * GS_VEC_PLAIN makes it one number, GS_VEC_SINGLE makes it floats. The names are short
 * because generated code is made of them; no other header includes this one.
 *
 *   T  a number      V  one number for each of W people      M  a condition for each
 *
 * EXP and LOG are our own and inlined: calls would spill every register, and all levels
 * must agree. Double: EXP within 1.1 ulp where the result is a normal
 * number below 1.27e308; 0 below exp(-708.7), infinity above exp(709.43). LOG within 1
 * ulp for normal numbers; subnormals count as 0. Single: 2 ulp. NaN in, NaN out.
 * tests/base/test_vec.c measures it. Sources: argument reduction and the series of LOG as
 * in fdlibm's e_exp.c, e_log.c; EXP's polynomial is a Chebyshev fit of (e^r - 1 - r)/r^2
 * to 1.3e-17. */
#ifndef GUTSKIN_VEC_H
#define GUTSKIN_VEC_H

#include "gutskin/cpu.h"
#include <math.h>
#include <stdint.h>

#if defined(__x86_64__) && !defined(GS_VEC_PLAIN)
#include <immintrin.h>
#endif

#ifdef GS_VEC_SINGLE
typedef float T;
typedef int32_t I;
typedef uint32_t U;
#define T_MIN 1.17549435e-38f
#else
typedef double T;
typedef int64_t I;
typedef uint64_t U;
#define T_MIN 2.2250738585072014e-308
#endif

#if defined(GS_VEC_PLAIN)
#define GS_VEC_LEVEL GS_CPU_PLAIN
#define GS_VEC_AT_plain
#define GS_VEC_BYTES sizeof(T)
#elif defined(__AVX512F__) && defined(__AVX512DQ__)
#define GS_VEC_LEVEL GS_CPU_AVX512
#define GS_VEC_AT_avx512
#define GS_VEC_BYTES 64
#elif defined(__AVX2__) && defined(__FMA__)
#define GS_VEC_LEVEL GS_CPU_AVX2
#define GS_VEC_AT_avx2
#define GS_VEC_BYTES 32
#elif defined(__SSE2__) || defined(__ARM_NEON)
#define GS_VEC_LEVEL GS_CPU_TWO
#define GS_VEC_AT_two
#define GS_VEC_BYTES 16
#else
#define GS_VEC_PLAIN
#define GS_VEC_LEVEL GS_CPU_PLAIN
#define GS_VEC_AT_plain
#define GS_VEC_BYTES sizeof(T)
#endif

#define VEC static inline __attribute__((always_inline, unused))

/* ---- one number ---- */
#if defined(GS_VEC_PLAIN)

enum { W = 1 };
typedef T V;
typedef U VU;
typedef int M;
#define K(x) ((T)(x))
#define LT(a, b) ((a) < (b))
#define LE(a, b) ((a) <= (b))
#define EQ(a, b) ((a) == (b))
#define NE(a, b) ((a) != (b))
#define AND(a, b) ((a) & (b))
#define OR(a, b) ((a) | (b))
#define NOT(a) (!(a))
#define MASK(m) ((unsigned)(m))
#define AS_U(v) (((union { T t; U u; }){.t = (v)}).u)
#define AS_V(x) (((union { U u; T t; }){.u = (x)}).t)
VEC V SEL(M c, V a, V b) { return c ? a : b; }
VEC V MIN(V a, V b) { return b < a ? b : a; }
VEC V MAX(V a, V b) { return a < b ? b : a; }
#ifdef GS_VEC_SINGLE
VEC V SQRT(V a) { return sqrtf(a); }
VEC V ABS(V a) { return fabsf(a); }
#else
VEC V SQRT(V a) { return sqrt(a); }
VEC V ABS(V a) { return fabs(a); }
#endif

#else
/* ---- several ---- */

enum { W = GS_VEC_BYTES / sizeof(T) };
typedef T V __attribute__((vector_size(GS_VEC_BYTES)));
typedef I VI __attribute__((vector_size(GS_VEC_BYTES)));
typedef U VU __attribute__((vector_size(GS_VEC_BYTES)));
#define K(x) ((T)(x) - (V){0}) /* exact, and no addition is left of it */
#define AS_U(v) ((VU)(v))
#define AS_V(x) ((V)(x))
VEC V ABS(V a) { return (V)((VU)a & ((VU){0} + (U)((U)~(U)0 >> 1))); }

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#ifdef GS_VEC_SINGLE
typedef __mmask16 M;
#define GS_X(name) _mm512_##name##_ps
#define GS_CMP(a, b, how) _mm512_cmp_ps_mask(a, b, how)
#else
typedef __mmask8 M;
#define GS_X(name) _mm512_##name##_pd
#define GS_CMP(a, b, how) _mm512_cmp_pd_mask(a, b, how)
#endif
VEC M LT(V a, V b) { return GS_CMP(a, b, _CMP_LT_OQ); }
VEC M LE(V a, V b) { return GS_CMP(a, b, _CMP_LE_OQ); }
VEC M EQ(V a, V b) { return GS_CMP(a, b, _CMP_EQ_OQ); }
VEC M NE(V a, V b) { return GS_CMP(a, b, _CMP_NEQ_UQ); }
VEC M AND(M a, M b) { return (M)(a & b); }
VEC M OR(M a, M b) { return (M)(a | b); }
VEC M NOT(M a) { return (M)~a; }
VEC unsigned MASK(M m) { return (unsigned)m; }
VEC V SEL(M c, V a, V b) { return GS_X(mask_blend)(c, b, a); }
VEC V MIN(V a, V b) { return GS_X(min)(b, a); }
VEC V MAX(V a, V b) { return GS_X(max)(b, a); }
VEC V SQRT(V a) { return GS_X(sqrt)(a); }
#else
typedef VI M;
VEC M LT(V a, V b) { return (M)(a < b); }
VEC M LE(V a, V b) { return (M)(a <= b); }
VEC M EQ(V a, V b) { return (M)(a == b); }
VEC M NE(V a, V b) { return (M)(a != b); }
VEC M AND(M a, M b) { return a & b; }
VEC M OR(M a, M b) { return a | b; }
VEC M NOT(M a) { return ~a; }
#if defined(__AVX2__) && defined(__FMA__)
#ifdef GS_VEC_SINGLE
#define GS_X(name) _mm256_##name##_ps
#else
#define GS_X(name) _mm256_##name##_pd
#endif
VEC unsigned MASK(M m) { return (unsigned)GS_X(movemask)((V)m); }
VEC V SEL(M c, V a, V b) { return GS_X(blendv)(b, a, (V)c); }
#elif defined(__SSE2__)
#ifdef GS_VEC_SINGLE
#define GS_X(name) _mm_##name##_ps
#else
#define GS_X(name) _mm_##name##_pd
#endif
VEC unsigned MASK(M m) { return (unsigned)GS_X(movemask)((V)m); }
VEC V SEL(M c, V a, V b) { return (V)((c & (M)a) | (~c & (M)b)); }
#else
VEC unsigned MASK(M m)
{
    unsigned bits = 0;
    for (unsigned i = 0; i < W; i++)
        bits |= (unsigned)(m[i] != 0) << i;
    return bits;
}
VEC V SEL(M c, V a, V b) { return (V)((c & (M)a) | (~c & (M)b)); }
#endif
#ifdef GS_X
/* a NaN in a survives: the instruction hands back its second operand */
VEC V MIN(V a, V b) { return GS_X(min)(b, a); }
VEC V MAX(V a, V b) { return GS_X(max)(b, a); }
VEC V SQRT(V a) { return GS_X(sqrt)(a); }
#else
VEC V MIN(V a, V b) { return SEL(LT(b, a), b, a); }
VEC V MAX(V a, V b) { return SEL(LT(a, b), b, a); }
VEC V SQRT(V a)
{
    V r = a;
    for (unsigned i = 0; i < W; i++)
        r[i] = (T)sqrt((double)a[i]);
    return r;
}
#endif
#endif
#endif

/* arrays [n][W], T fastest; aligned to the vector */
#define LD(p, i) (((const V *)(const void *)(p))[i])
#define ST(p, i, v) (((V *)(void *)(p))[i] = (v))

/* ---- exponential and logarithm ---- */

#ifdef GS_VEC_SINGLE
#define GS_MAGIC 12583039.0f /* 1.5 * 2^23 + 127: the exponent field of 2^n in the low bits */
#define GS_SHIFT 23
VEC V EXP(V x)
{
    x = MIN(MAX(x, K(-88.3f)), K(89.0f));
    V t = x * K(1.44269504f) + K(GS_MAGIC);
    V n = t - K(GS_MAGIC);
    V r = (x - n * K(0.693359375f)) - n * K(-2.12194440e-4f);
    V q = K(0.00139261837f);
    q = q * r + K(0.00836317905f);
    q = q * r + K(0.0416665546f);
    q = q * r + K(0.16666577f);
    q = q * r + K(0.5f);
    V e = K(1) + (r + r * r * q);
    return SEL(LT(x, K(-87.3f)), x * K(0), e * AS_V(AS_U(t) << GS_SHIFT)) ;
}
VEC V LOG(V x)
{
    VU b = AS_U(x) + (U)(0x3f800000 - 0x3f3504f3);
    V k = AS_V((b >> 23) | (U)0x4b000000) - K(8388608.0f + 127.0f);
    V f = AS_V((b & (U)0x007fffff) + (U)0x3f3504f3) - K(1);
    V s = f / (K(2) + f), z = s * s, w = z * z, h = K(0.5f) * f * f;
    V r = z * (K(0.66666662693f) + w * K(0.28498786688f)) +
          w * (K(0.40000972152f) + w * K(0.24279078841f));
    V y = k * K(6.9313812256e-01f) - ((h - (s * (h + r) + k * K(9.0580006145e-06f))) - f);
    V odd = SEL(LT(x, K(T_MIN)), SEL(LT(x, K(0)), K(NAN), K(-INFINITY)), x);
    return SEL(AND(LE(K(T_MIN), x), LT(x, K(INFINITY))), y, odd);
}
#else
#define GS_MAGIC 6755399441056767.0 /* 1.5 * 2^52 + 1023 */
#define GS_SHIFT 52
VEC V EXP(V x)
{
    x = MIN(MAX(x, K(-709.0)), K(710.0));
    V t = x * K(1.44269504088896338700) + K(GS_MAGIC);
    V n = t - K(GS_MAGIC);
    V r = (x - n * K(6.93147180369123816490e-01)) - n * K(1.90821492927058770002e-10);
    V r2 = r * r, r4 = r2 * r2;
    V a = K(0.50000000000000010221) + r * K(0.16666666666666667453);
    V b = K(0.041666666666624127873) + r * K(0.0083333333333300618325);
    V c = K(0.0013888888917213716901) + r * K(0.00019841269863053616878);
    V d = K(0.000024801521295954375131) + r * K(2.7557268459997064772e-6);
    V e = K(2.7620088445409748161e-7) + r * K(2.5100385495510319078e-8);
    V q = (a + r2 * b) + r4 * ((c + r2 * d) + r4 * e);
    return (K(1) + (r + r2 * q)) * AS_V(AS_U(t) << GS_SHIFT);
}
VEC V LOG(V x)
{
    VU b = AS_U(x) + (U)(0x3ff0000000000000 - 0x3fe6a09e667f3bcd);
    V k = AS_V((b >> 52) | (U)0x4330000000000000) - K(4503599627370496.0 + 1023.0);
    V f = AS_V((b & (U)0x000fffffffffffff) + (U)0x3fe6a09e667f3bcd) - K(1);
    V s = f / (K(2) + f), z = s * s, w = z * z, h = K(0.5) * f * f;
    V r = w * (K(3.999999999940941908e-01) +
               w * (K(2.222219843214978396e-01) + w * K(1.531383769920937332e-01))) +
          z * (K(6.666666666666735130e-01) +
               w * (K(2.857142874366239149e-01) +
                    w * (K(1.818357216161805012e-01) + w * K(1.479819860511658591e-01))));
    V y = k * K(6.93147180369123816490e-01) -
          ((h - (s * (h + r) + k * K(1.90821492927058770002e-10))) - f);
    V odd = SEL(LT(x, K(T_MIN)), SEL(LT(x, K(0)), K(NAN), K(-INFINITY)), x);
    return SEL(AND(LE(K(T_MIN), x), LT(x, K(INFINITY))), y, odd);
}
#endif

/* nearest whole number, for |a| below 2^(mantissa - 1); beyond, a is whole */
VEC V RINT(V a)
{
#ifdef GS_VEC_SINGLE
    const V big = K(12582912.0f);
#else
    const V big = K(6755399441055744.0);
#endif
    return SEL(LT(ABS(a), K(0.25) * big), (a + big) - big, a);
}

/* pow() in three parts, for an exponent that stands still: a^b = POW_OF(a, POW_LOG(a), b,
 * POW_SIGN(b)). 0^0 is 1, and a negative base wants a whole exponent. */
VEC V POW_LOG(V a) { return MAX(LOG(ABS(a)), K(-1e30)); }
VEC V POW_SIGN(V b)
{
    V half = K(0.5) * b;
    return SEL(EQ(RINT(b), b), SEL(NE(RINT(half), half), K(-1), K(1)), K(NAN));
}
VEC V POW_OF(V a, V log_a, V b, V sign)
{
    return EXP(b * log_a) * SEL(LT(a, K(0)), sign, K(1));
}

/* as pow() for finite numbers, to about |b ln a| ulp */
VEC V POW(V a, V b)
{
    V size = EXP(b * LOG(ABS(a))), half = K(0.5) * b;
    V sign = SEL(NE(RINT(half), half), -size, size);
    V below = SEL(EQ(RINT(b), b), sign, K(NAN));
    V r = SEL(LT(a, K(0)), below, size);
    return SEL(EQ(b, K(0)), K(1), r);
}

#endif
