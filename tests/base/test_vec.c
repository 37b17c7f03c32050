/* Our exponential, logarithm and power at every level of this CPU, against the C library's
 * in long double; and what they make of the ends of the number line. */
#include "check.h"

#include "gutskin/cpu.h"
#include "gutskin/rng.h"
#include "words.h"

#include <float.h>

#define TEST(name) static void name(void **unused)

enum { N = 1 << 16 };
static double a[N], b[N], out[N];

extern const words words_plain_d, words_plain_f;
#if defined(__x86_64__) || defined(__aarch64__)
extern const words words_two_d, words_two_f;
#endif
#if defined(__x86_64__)
extern const words words_avx2_d, words_avx2_f, words_avx512_d, words_avx512_f;
#endif

static const words *of(int level, int single)
{
    switch (level) {
    case GS_CPU_PLAIN:
        return single ? &words_plain_f : &words_plain_d;
#if defined(__x86_64__) || defined(__aarch64__)
    case GS_CPU_TWO:
        return single ? &words_two_f : &words_two_d;
#endif
#if defined(__x86_64__)
    case GS_CPU_AVX2:
        return single ? &words_avx2_f : &words_avx2_d;
    case GS_CPU_AVX512:
        return single ? &words_avx512_f : &words_avx512_d;
#endif
    default:
        return NULL;
    }
}

#define EACH(w, single)                                                            \
    for (int level = 0; level <= (int)gs_cpu_widest(); level++)                    \
        for (int single = 0; single < 2; single++)                                 \
            for (const words *w = of(level, single); w; w = NULL)

/* |got - want| in units of the last place of want */
static double ulps(double got, long double want, int single)
{
    int e;
    frexpl(want, &e);
    return (double)(fabsl((long double)got - want) / ldexpl(1.0L, e - (single ? 24 : 53)));
}

static void fill(double lo, double hi, int single, const char *what)
{
    gs_rng r = gs_rng_stream(1, 0, what);
    for (size_t i = 0; i < N; i++) {
        a[i] = lo + (hi - lo) * gs_rng_uniform(&r);
        if (single)
            a[i] = (double)(float)a[i];
    }
}

/* the bounds that include/gutskin/vec.h states */
TEST(exp_and_log_are_as_near_as_stated)
{
    (void)unused;
    EACH(w, single) {
        double span = single ? 87 : 708, e = 0, l = 0;
        fill(-span, span, single, "exp");
        for (size_t i = 0; i < N / 2; i++) /* half of them small, where the model lives */
            a[i] = single ? (double)(float)(a[i] / span) : a[i] / span;
        w->exp(N, a, out);
        for (size_t i = 0; i < N; i++)
            e = fmax(e, ulps(out[i], expl((long double)a[i]), single));
        fill(single ? -80 : -700, single ? 80 : 700, single, "log");
        for (size_t i = 0; i < N; i++) {
            a[i] = i % 2 ? exp(a[i]) : 1 + 1e-3 * a[i] / 700;
            a[i] = single ? (double)(float)a[i] : a[i];
        }
        w->log(N, a, out);
        for (size_t i = 0; i < N; i++)
            if (a[i] != 1)
                l = fmax(l, ulps(out[i], logl((long double)a[i]), single));
        print_message("%s %s: exp %.2f ulp, log %.2f ulp\n", gs_cpu_name((gs_cpu)level),
                      single ? "single" : "double", e, l);
        assert_true(e < (single ? 2 : 1.1));
        assert_true(l < (single ? 2 : 1));
    }
}

TEST(the_ends_of_the_line)
{
    (void)unused;
    EACH(w, single) {
        const double in[16] = {INFINITY, -INFINITY, NAN, 1000, -1000, 0, -0.0, 1,
                               INFINITY, -INFINITY, NAN, 1000, -1000, 0, -0.0, 1};
        double y[16];
        w->exp(16, in, y);
        assert_true(y[0] == INFINITY && y[1] == 0 && isnan(y[2]) && y[3] == INFINITY);
        assert_true(y[4] == 0 && y[5] == 1 && y[6] == 1);
        w->log(16, in, y);
        assert_true(y[0] == INFINITY && isnan(y[1]) && isnan(y[2]) && isnan(y[4]));
        assert_true(y[5] == -INFINITY && y[6] == -INFINITY && y[7] == 0);
    }
}

/* a NaN in the first operand survives: a state that is no number is never covered up */
TEST(least_and_most_keep_a_nan)
{
    (void)unused;
    EACH(w, single) {
        double x[16], y[16], z[16];
        for (size_t i = 0; i < 16; i++) {
            x[i] = i % 2 ? NAN : 3;
            y[i] = i % 3 ? 2 : 5;
        }
        w->least(16, x, y, z);
        for (size_t i = 0; i < 16; i++)
            assert_true(i % 2 ? isnan(z[i]) : z[i] == fmin(3, y[i]));
        w->most(16, x, y, z);
        for (size_t i = 0; i < 16; i++)
            assert_true(i % 2 ? isnan(z[i]) : z[i] == fmax(3, y[i]));
    }
}

TEST(powers_are_those_of_the_library)
{
    (void)unused;
    static const double base[] = {0, 0.3, 1, 2.5, -0.5, -2, -3}, power[] = {0, 1, 2, -1, 0.5, 3,
                                                                          -0.7, -2};
    EACH(w, single) {
        size_t n = 0;
        for (size_t i = 0; i < 7; i++)
            for (size_t j = 0; j < 8; j++, n++) {
                a[n] = base[i];
                b[n] = power[j];
            }
        for (; n % 16; n++)
            a[n] = b[n] = 1;
        for (int which = 0; which < 2; which++) {
            (which ? w->daily_pow : w->pow)(n, a, b, out);
            for (size_t i = 0; i < n; i++) {
                double want = pow(single ? (double)(float)a[i] : a[i],
                                  single ? (double)(float)b[i] : b[i]);
                bool same = isnan(want) ? isnan(out[i])
                            : isinf(want) ? isinf(out[i])
                                          : fabs(out[i] - want) <=
                                                (single ? 1e-6 : 1e-15) * fmax(1, fabs(want));
                if (!same)
                    fail_msg("%g^%g: %.17g, by the library %.17g", a[i], b[i], out[i], want);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_and_log_are_as_near_as_stated),
        cmocka_unit_test(the_ends_of_the_line),
        cmocka_unit_test(least_and_most_keep_a_nan),
        cmocka_unit_test(powers_are_those_of_the_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
