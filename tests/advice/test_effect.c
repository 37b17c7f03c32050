/* Effects: against the closed form of the small body, and the rules of before and
 * after. */
#include "advice/toy.h"

#include "advice/effect.h"

enum { N = 60, DAYS = 90 };

typedef struct asked {
    gs_arena *a;
    toy_diary *t;
    gs_fit *f;
    double *then[4];
} asked;

static asked set_up(uint64_t seed)
{
    asked s = {.a = gs_arena_new(0)};

    s.t = toy_new(s.a, DAYS, seed);
    s.f = toy_fit(s.a, s.t, true);
    return s;
}

/* The lived days of a lever, all moved by `by`. */
static double *moved(asked *s, size_t lever, double by)
{
    double *lived = GS_NEW(s->a, double, DAYS * TOY_LEVERS), *v = GS_NEW(s->a, double, DAYS);

    assert_int_equal(gs_infer_levers(&toy_kernel, &s->t->obs, lived, NULL, NULL), GS_OK);
    for (size_t d = 0; d < DAYS; d++)
        v[d] = lived[d * TOY_LEVERS + lever] + by;
    return v;
}

static long dim_of(const gs_fit *f, const char *name)
{
    for (size_t d = 0; d < f->n_dim; d++) {
        if (strcmp(f->dim[d].name, name) == 0)
            return (long)d;
    }
    return -1;
}

static void run(asked *s, size_t n_ask, const effect_ask *q, effect *e)
{
    gs_err err = {0};

    if (effect_run(s->a, &toy_kernel, &s->t->obs, s->f, 0, N, n_ask, q, DAYS, NULL, NULL, e,
                   &err) != GS_OK)
        fail_msg("%s", err.msg);
}

/* A positive score's expectation is exp(latent) times a constant, less the offset; so
 * two changes of one lever must give effects in the ratio (e^s1 - 1) / (e^s2 - 1),
 * s = 2 gain D (1 - exp(-t/4)), wherever the person stands. */
static void effects_follow_the_closed_form_of_the_body(void **state)
{
    (void)state;
    asked s = set_up(1);
    double change[2] = {-0.05, 0.02};
    size_t day[2] = {10, 21};
    effect_ask q[2];
    effect e[2];
    double *par = GS_NEW(s.a, double, N * 3);

    for (int i = 0; i < 2; i++)
        q[i] = (effect_ask){.lever = TOY_STRESS, .gain = 0, .dim = -1, .day = day[i],
                            .then = moved(&s, TOY_STRESS, change[i])};
    q[1].day = 10;
    run(&s, 2, q, e);
    gs_infer_par(&toy_kernel, &s.t->obs, s.f, false, N, par, NULL, NULL);
    for (size_t i = 0; i < N; i++) {
        double reach = 2 * par[i * 3] * (1 - exp(-10 / 4.0));
        double want = expm1(reach * change[0]) / expm1(reach * change[1]);
        CHECK_NEAR(e[0].after[i] / e[1].after[i], want, 2e-3);
    }
    gs_arena_free(s.a);
}

static void what_was_not_learned_is_the_same_before_and_after(void **state)
{
    (void)state;
    asked s = set_up(2);
    effect_ask q = {.lever = TOY_FIBRE, .gain = 1, .dim = dim_of(s.f, "gain_fibre"), .day = 28,
                    .then = moved(&s, TOY_FIBRE, 10)};
    effect e;

    assert_int_equal(q.dim, -1); /* never said: not in the fit */
    run(&s, 1, &q, &e);
    assert_memory_equal(e.before, e.after, N * sizeof *e.before);
    // its spread is the prior's: gain N(0, 1) moves the signal by gain
    double n_up = 0;
    for (size_t i = 0; i < N; i++)
        n_up += e.after[i] > 0;
    assert_true(n_up > 0.25 * N && n_up < 0.75 * N);
    gs_arena_free(s.a);
}

static void what_was_learned_is_narrower_after(void **state)
{
    (void)state;
    asked s = set_up(3);
    effect_ask q = {.lever = TOY_STRESS, .gain = 0, .dim = dim_of(s.f, "gain_stress"),
                    .day = 21, .then = moved(&s, TOY_STRESS, -0.1)};
    effect e;

    assert_true(q.dim >= 0);
    run(&s, 1, &q, &e);
    gs_band before = effect_band(s.a, N, e.before), after = effect_band(s.a, N, e.after);
    assert_true(after.q95 - after.q05 < 0.7 * (before.q95 - before.q05));
    assert_true(effect_better(N, e.after, 1, 0) > 0.95);
    // believed before: gain N(1, 0.6), so a benefit with chance Phi(1/0.6) = 0.952
    CHECK_NEAR(effect_better(N, e.before, 1, 0), 0.952, 0.1);
    gs_arena_free(s.a);
}

static void bands_and_chances_of_known_numbers(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    double x[101], nan_most[5] = {1, NAN, NAN, NAN, 2};

    for (int i = 0; i < 101; i++)
        x[i] = (i * 37 % 101) - 50; /* -50 .. 50 in some order */
    gs_band b = effect_band(a, 101, x);
    assert_true(b.q05 == -45 && b.q25 == -25 && b.q50 == 0 && b.q75 == 25 && b.q95 == 45);
    CHECK_NEAR(effect_better(101, x, 1, 0), 0.5, 1e-12);
    CHECK_NEAR(effect_better(101, x, 1, 10), (40 + 0.5 * 21) / 101, 1e-12);
    x[0] = NAN;
    assert_true(isfinite(effect_band(a, 101, x).q50));
    assert_true(isnan(effect_band(a, 5, nan_most).q50));
    assert_true(isnan(effect_better(5, nan_most, 1, 0)));
    gs_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(effects_follow_the_closed_form_of_the_body),
        cmocka_unit_test(what_was_not_learned_is_the_same_before_and_after),
        cmocka_unit_test(what_was_learned_is_narrower_after),
        cmocka_unit_test(bands_and_chances_of_known_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
