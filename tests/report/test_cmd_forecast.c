/* gutskin forecast, from a diary that keeps an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/command.h"

#include "cli/cmd_forecast.c"

#define TEST(name) static void name(void **state)

static const char *const me[] = {"me"};

TEST(test_forecast__prints_a_line_a_day)
{
    (void)state;
    char want[120];
    pages p = pages_new();
    make_diary(p.x, 1, me);
    assert_int_equal(RUN(gs_cmd_forecast, "--days", "3"), GS_EXIT_OK);
    for (size_t i = 0; i < p.x->n_series; i++) {
        int d = gs_say_score_decimals(&p.series[i]);
        const gs_band *q = &p.series[i].ahead[2];
        snprintf(want, sizeof want, "24 June 2026        %8.*f%8.*f%8.*f%8.*f%8.*f\n", d,
                 q->q05, d, q->q25, d, q->q50, d, q->q75, d, q->q95);
        must_say(said_out, want);
    }
    assert_null(strstr(said_out, "25 June"));
    must_say(said_out, "SEE A DOCTOR NOW");
    must_say(said_out, "[points]");
    assert_int_equal(RUN(gs_cmd_forecast, "--days=14"), GS_EXIT_OK);
    must_say(said_out, "5 July 2026");
    gs_arena_free(p.a);
}

TEST(test_forecast__json_holds_the_bands_as_they_are)
{
    (void)state;
    pages p = pages_new();
    make_diary(p.x, 1, me);
    write_on("me");
    assert_int_equal(RUN(gs_cmd_forecast, "--json", "--days", "5"), GS_EXIT_OK);
    json_error_t why;
    json_t *o = json_loads(said_out, 0, &why);
    if (!o)
        fail_msg("line %d: %s", why.line, why.text);
    assert_true(json_is_true(json_object_get(o, "stale")));
    assert_true(json_is_true(json_object_get(o, "example")));
    json_t *list = json_object_get(o, "series");
    assert_int_equal(json_array_size(list), p.x->n_series);
    json_t *days = json_object_get(json_array_get(list, 1), "days");
    assert_int_equal(json_array_size(days), 5);
    json_t *day = json_array_get(days, 4);
    assert_string_equal(json_string_value(json_object_get(day, "date")), "2026-06-26");
    assert_true(json_real_value(json_object_get(day, "q95")) == p.series[1].ahead[4].q95);
    assert_true(json_real_value(json_object_get(day, "q05")) == p.series[1].ahead[4].q05);
    json_decref(o);
    gs_arena_free(p.a);
}

TEST(test_forecast__gives_no_more_days_than_were_kept)
{
    (void)state;
    pages p = pages_new();
    make_diary(p.x, 1, me);
    assert_int_equal(RUN(gs_cmd_forecast, "--days", "15"), GS_EXIT_FAILED);
    must_say(said_err, "--days 14");
    assert_string_equal(said_out, "");
    argp_err_exit_status = GS_EXIT_MISUSE;
    assert_int_equal(RUN(gs_cmd_forecast, "--days", "0"), GS_EXIT_MISUSE);
    gs_arena_free(p.a);
}

TEST(test_forecast__gives_none_from_a_fit_that_failed)
{
    (void)state;
    pages p = pages_new();
    p.fit->ok = false;
    snprintf(p.fit->why_not, sizeof p.fit->why_not, "R-hat of gain_stress is 1.31");
    make_diary(p.x, 1, me);
    assert_int_equal(RUN(gs_cmd_forecast, "--json"), GS_EXIT_FAILED);
    must_say(said_err, "R-hat of gain_stress is 1.31");
    assert_string_equal(said_out, "");
    gs_arena_free(p.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forecast__prints_a_line_a_day),
        cmocka_unit_test(test_forecast__json_holds_the_bands_as_they_are),
        cmocka_unit_test(test_forecast__gives_no_more_days_than_were_kept),
        cmocka_unit_test(test_forecast__gives_none_from_a_fit_that_failed),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
