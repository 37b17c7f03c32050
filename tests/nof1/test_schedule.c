/* Designs and schedules: counts against closed forms, uniform draws, text there and back. */
#include "check.h"
#include "gutskin/nof1.h"

#include <string.h>

static double count(gs_nof1_design d)
{
    return gs_nof1_count(&d);
}

static void test_counts_are_the_closed_forms(void **state)
{
    (void)state;
    gs_nof1_design d = GS_NOF1_DESIGN;
    assert_true(count(d) == 64); /* 2^6 pairs */
    d.block = 12;
    assert_true(count(d) == 924); /* 12 choose 6 */
    d.block = 4;
    assert_true(count(d) == 216); /* (4 choose 2)^3 */
    d.treated = 1;
    assert_true(count(d) == 64); /* 4^3 */
    d = GS_NOF1_DESIGN;
    d.kind = GS_NOF1_ALTERNATE;
    assert_true(count(d) == 2);
    d.first = 1;
    assert_true(count(d) == 1);
    d = GS_NOF1_DESIGN;
    d.kind = GS_NOF1_COIN;
    assert_true(count(d) == 4096);
    d.max_run = 2; /* 2 F(13): binary words without three alike in a row */
    assert_true(count(d) == 2 * 233);
    d = GS_NOF1_DESIGN;
    d.kind = GS_NOF1_SWITCH;
    d.n_period = 20, d.period_days = 1, d.n_phase = 2, d.min_run = 5, d.first = 0;
    assert_true(count(d) == 11); /* switch after day 5 .. 15 */
    d.n_phase = 4, d.min_run = 4; /* 4 spare days among 4 phases: 7 choose 3 */
    assert_true(count(d) == 35);
    d.kind = GS_NOF1_FIXED;
    assert_true(count(d) == 1);
}

/* The i-th orders are all different, ascending, and all the design could draw. */
static void test_listing_gives_every_order_once(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    gs_err err = {0};
    gs_nof1_design d = GS_NOF1_DESIGN;
    d.block = 12, d.max_run = 3;
    gs_nof1_chooser *c;
    gs_nof1_schedule *s;
    assert_int_equal(gs_nof1_chooser_new(a, &d, &c, &err), GS_OK);
    int8_t before[12], code[12];
    size_t n = (size_t)count(d);
    assert_in_range(n, 2, 923);
    for (size_t i = 0; i < n; i++) {
        gs_nof1_choose_nth(c, i, code);
        assert_int_equal(gs_nof1_schedule_of(a, &d, code, GS_DAY_NONE, &s, &err), GS_OK);
        if (i)
            assert_true(memcmp(before, code, sizeof code) < 0);
        memcpy(before, code, sizeof code);
    }
    gs_arena_free(a);
}

/* 70 orders, 14000 draws: chi-square on 69 degrees; 120 is beyond one in 10^4. */
static void test_draws_are_uniform_over_the_orders(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    gs_err err = {0};
    gs_nof1_design d = GS_NOF1_DESIGN;
    d.n_period = 8, d.block = 8;
    gs_nof1_chooser *c;
    assert_int_equal(gs_nof1_chooser_new(a, &d, &c, &err), GS_OK);
    int8_t list[70][8], code[8];
    double seen[70] = {0}, chi = 0;
    for (size_t i = 0; i < 70; i++)
        gs_nof1_choose_nth(c, i, list[i]);
    for (size_t k = 0; k < 14000; k++) {
        gs_nof1_choose(c, 11, k, code);
        for (size_t i = 0; i < 70; i++)
            seen[i] += memcmp(list[i], code, 8) == 0;
    }
    for (size_t i = 0; i < 70; i++)
        chi += (seen[i] - 200) * (seen[i] - 200) / 200;
    assert_true(chi < 120);
    gs_arena_free(a);
}

static void test_text_reads_back_to_the_same_text(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    gs_err err = {0};
    gs_nof1_design d = GS_NOF1_DESIGN;
    gs_nof1_schedule *s, *t;
    gs_buf one = {0}, two = {0};
    d.washout = 2, d.run_in = 7;
    assert_int_equal(gs_nof1_draw(a, &d, UINT64_MAX, 20785, &s, &err), GS_OK);
    gs_nof1_schedule_text(s, &one);
    assert_int_equal(gs_nof1_schedule_read(a, "s", one.data, one.len, &t, &err), GS_OK);
    gs_nof1_schedule_text(t, &two);
    assert_string_equal(one.data, two.data);
    /* every line cut off or changed is refused with its place */
    for (size_t n = 0; n + 1 < one.len; n++)
        assert_int_not_equal(gs_nof1_schedule_read(a, "s", one.data, n, &t, &err), GS_OK);
    char *swap = strstr(one.data, "\nperiod 7 7 0 2 ") + 16;
    *swap = *swap == 'A' ? 'B' : 'A';
    assert_int_not_equal(gs_nof1_schedule_read(a, "s", one.data, one.len, &t, &err), GS_OK);
    assert_non_null(strstr(err.msg, "could not have been drawn"));
    gs_buf_free(&one);
    gs_buf_free(&two);
    gs_arena_free(a);
}

static void test_a_day_knows_its_treatment(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    gs_err err = {0};
    gs_nof1_design d = GS_NOF1_DESIGN;
    gs_nof1_schedule *s;
    bool out;
    d.run_in = 3, d.washout = 2;
    assert_int_equal(gs_nof1_draw(a, &d, 5, GS_DAY_NONE, &s, &err), GS_OK);
    assert_int_equal(gs_nof1_days(s), 3 + 84);
    assert_int_equal(gs_nof1_day(s, 2, &out), -1);
    assert_int_equal(gs_nof1_day(s, 87, &out), -1);
    for (int32_t day = 3; day < 87; day++) {
        assert_int_equal(gs_nof1_day(s, day, &out), s->period[(day - 3) / 7].code);
        assert_int_equal(out, (day - 3) % 7 < 2);
    }
    gs_arena_free(a);
}

static void test_designs_without_sense_are_refused_with_the_mend(void **state)
{
    (void)state;
    gs_err err = {0};
    gs_nof1_design d = GS_NOF1_DESIGN;
    d.block = 5;
    assert_int_equal(gs_nof1_check_design(&d, &err), GS_ERANGE);
    assert_non_null(strstr(err.msg, "divide"));
    d = GS_NOF1_DESIGN;
    d.washout = 7;
    assert_int_equal(gs_nof1_check_design(&d, &err), GS_ERANGE);
    assert_non_null(strstr(err.msg, "washout"));
    d = GS_NOF1_DESIGN;
    d.block = 12, d.max_run = 2, d.treated = 1;
    assert_int_equal(gs_nof1_check_design(&d, &err), GS_ERANGE);
    d = GS_NOF1_DESIGN;
    d.n_period = 1;
    assert_int_equal(gs_nof1_check_design(&d, &err), GS_ERANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_are_the_closed_forms),
        cmocka_unit_test(test_listing_gives_every_order_once),
        cmocka_unit_test(test_draws_are_uniform_over_the_orders),
        cmocka_unit_test(test_text_reads_back_to_the_same_text),
        cmocka_unit_test(test_a_day_knows_its_treatment),
        cmocka_unit_test(test_designs_without_sense_are_refused_with_the_mend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
