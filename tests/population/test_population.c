/* The population file: read, written, summed up. */
#include "check.h"

#include "gutskin/population.h"

#include <string.h>

#define TEST(name) static void name(void **state)

static const char two[] = "# gutskin population 1\n"
                          "# seed 7 model 00000000000000ff evidence 0123456789abcdef\n"
                          "gain_fibre,between.effect\n0,0.1\n1.5,0.2\n0,0.3\n";

TEST(test_population__writes_what_it_read)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    gs_population *p;
    gs_buf b = {0};

    assert_int_equal(gs_population_read(a, "p.csv", two, sizeof two - 1, &p, NULL), GS_OK);
    assert_int_equal(p->n_draw, 3);
    assert_int_equal(p->seed, 7);
    CHECK_NEAR(gs_population_at(p, 1, gs_population_find(p, "gain_fibre")), 1.5, 0);
    assert_true(isnan(gs_population_at(p, 1, gs_population_find(p, "gain_gold"))));
    gs_population_write(p, &b);
    assert_string_equal(b.data, two);
    gs_buf_free(&b);
    gs_arena_free(a);
}

TEST(test_population__sums_up)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    gs_population *p;
    gs_population_sum s;

    gs_population_read(a, "p.csv", two, sizeof two - 1, &p, NULL);
    assert_true(gs_population_summary(p, 0, &s));
    CHECK_NEAR(s.mean, 0.5, 1e-15);
    CHECK_NEAR(s.sd, sqrt(0.75), 1e-15);
    CHECK_NEAR(s.zero, 2.0 / 3, 1e-15);
    CHECK_NEAR(s.q50, 0, 0);
    assert_false(gs_population_summary(p, -1, &s));
    gs_arena_free(a);
}

TEST(test_population__refuses_what_is_none)
{
    (void)state;
    static const struct {
        const char *text;
        long line;
    } bad[] = {
        {"", 0},
        {"gain\n1\n2\n", 1},
        {"# gutskin population 2\n# seed 1 model 0 evidence 0\na\n1\n2\n", 1},
        {"# gutskin population 1\n# seed x\na\n1\n2\n", 2},
        {"# gutskin population 1\n# seed 1 model 0 evidence 0\na,a\n1,1\n2,2\n", 3},
        {"# gutskin population 1\n# seed 1 model 0 evidence 0\na,b\n1,1\n2\n", 5},
        {"# gutskin population 1\n# seed 1 model 0 evidence 0\na,b\n1,1\n2,2,3\n", 5},
        {"# gutskin population 1\n# seed 1 model 0 evidence 0\na\n1\nnan\n", 5},
        {"# gutskin population 1\n# seed 1 model 0 evidence 0\na\n1\n", 4},
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        gs_arena *a = gs_arena_new(0);
        gs_population *p;
        gs_err err = {0};
        assert_int_equal(gs_population_read(a, "p.csv", bad[i].text, strlen(bad[i].text), &p, &err),
                         GS_EPARSE);
        assert_int_equal(err.line, bad[i].line);
        gs_arena_free(a);
    }
}

TEST(test_population__the_shipped_one_is_whole)
{
    (void)state;
    static const char *const need[] = {"gain_fibre", "gain_water", "skin_to_gut", "k_E_w",
                                       "course.acne.inflamed", "course.eczema.index",
                                       "course.psoriasis.index", "course.rosacea.lesions",
                                       "people.psoriasis.index", "between.course",
                                       "between.effect", "beyond_sd.skin"};
    const gs_population *p = gs_population_shipped();

    assert_true(p->n_draw >= 200);
    for (size_t i = 0; i < sizeof need / sizeof *need; i++) {
        if (gs_population_find(p, need[i]) < 0)
            fail_msg("%s is missing", need[i]);
    }
    for (size_t i = 0; i < p->n_draw * p->n_par; i++)
        assert_true(isfinite(p->draw[i]));
}

/* Contested links keep mass at zero, and placebo arms move as they are known to. */
TEST(test_population__the_shipped_one_keeps_its_promises)
{
    (void)state;
    static const char *const contested[] = {"k_J_fructose", "k_G_sleep", "k_Bs_water", "k_E_w",
                                            "skin_to_gut"};
    const gs_population *p = gs_population_shipped();
    gs_population_sum s;

    for (size_t i = 0; i < sizeof contested / sizeof *contested; i++) {
        assert_true(gs_population_summary(p, gs_population_find(p, contested[i]), &s));
        if (s.zero < 0.3)
            fail_msg("%s keeps only %.2f at zero", contested[i], s.zero);
    }
    /* acne: inflamed lesions fall by 35% in placebo arms pooled over trials */
    assert_true(gs_population_summary(p, gs_population_find(p, "course.acne.inflamed"), &s));
    assert_true(exp(s.q05) < 0.65 && 0.65 < exp(s.q95));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_population__writes_what_it_read),
        cmocka_unit_test(test_population__sums_up),
        cmocka_unit_test(test_population__refuses_what_is_none),
        cmocka_unit_test(test_population__the_shipped_one_is_whole),
        cmocka_unit_test(test_population__the_shipped_one_keeps_its_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
