/* The line chart and its PNG. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gutskin/report.h"
#include "report/draw.h"
#include "report/xml.h"

#include <math.h>

#define TEST(name) static void name(void **state)

static gs_buf draw(const gs_plot *p)
{
    gs_buf b = {0};
    gs_err err = {0};
    if (gs_report_plot_svg(p, &b, &err) != GS_OK)
        fail_msg("%s", err.msg);
    const char *bad = xml_check(b.data);
    if (bad)
        fail_msg("%s", bad);
    assert_null(strstr(b.data, "nan"));
    assert_null(strstr(b.data, "inf"));
    return b;
}

TEST(test_plot__draws_each_line_with_its_name)
{
    (void)state;
    double x[50], y[50], z[50];
    for (int i = 0; i < 50; i++)
        x[i] = i, y[i] = sin(i / 8.0), z[i] = cos(i / 8.0);
    gs_plot_line l[] = {{"butyrate", x, y, 50}, {"<seal> & \"lining\"", x, z, 50}};
    gs_buf b = draw(&(gs_plot){.title = "A < B", .x_title = "days", .y_title = "share",
                               .n_line = 2, .line = l, .note = "model output"});
    assert_int_equal(count_of(b.data, "<path"), 2);
    assert_non_null(strstr(b.data, ">butyrate</text>"));
    assert_non_null(strstr(b.data, "&lt;seal&gt; &amp; &quot;lining&quot;"));
    assert_non_null(strstr(b.data, ">days</text>"));
    gs_buf_free(&b);
}

TEST(test_plot__breaks_a_line_at_a_missing_value)
{
    (void)state;
    double x[] = {0, 1, 2, 3, 4, 5}, y[] = {1, 2, NAN, 3, 2, 1};
    gs_plot_line l = {"one", x, y, 6};
    gs_buf b = draw(&(gs_plot){.n_line = 1, .line = &l});
    const char *d = strstr(b.data, " d=\"M");
    assert_non_null(d);
    assert_int_equal(count_of(d, "M"), 2);
    gs_buf_free(&b);
}

TEST(test_plot__says_so_when_there_is_nothing_to_draw)
{
    (void)state;
    double x[] = {0, 1}, y[] = {NAN, NAN};
    gs_plot_line l = {"none", x, y, 2};
    gs_buf b = draw(&(gs_plot){.n_line = 1, .line = &l});
    assert_non_null(strstr(b.data, "nothing to draw"));
    gs_buf_free(&b);
    b = draw(&(gs_plot){.title = "empty"});
    gs_buf_free(&b);
}

TEST(test_plot__draws_a_constant_line_and_a_single_point)
{
    (void)state;
    double x[] = {3, 4}, y[] = {1e9, 1e9};
    gs_plot_line l[] = {{"flat", x, y, 2}, {"point", x, y, 1}};
    gs_buf b = draw(&(gs_plot){.n_line = 2, .line = l});
    gs_buf_free(&b);
}

TEST(test_plot__thins_long_lines_but_keeps_their_extremes)
{
    (void)state;
    enum { N = 200000 };
    double *x = malloc(2 * N * sizeof *x), *y = x + N;
    for (int i = 0; i < N; i++)
        x[i] = i, y[i] = i == 77777 ? 50.0 : sin(i * 0.01);
    gs_plot_line l = {"long", x, y, N};
    gs_buf b = draw(&(gs_plot){.n_line = 1, .line = &l});
    assert_true(b.len < 60000);
    /* the spike reaches the top of the frame: y range -1..50 padded by 5% */
    double top = 34, bottom = 360 - 48, pad = 0.05 * 51;
    double at = bottom - (50 + 1 + pad) / (51 + 2 * pad) * (bottom - top);
    char want[32];
    snprintf(want, sizeof want, ",%.1f ", at);
    if (!strstr(b.data, want))
        fail_msg("no point at y%s", want);
    gs_buf_free(&b);
    free(x);
}

TEST(test_ticks__are_round_and_inside)
{
    (void)state;
    gs_tick t[GS_TICK_MAX];
    const double span[][2] = {{0, 10}, {-0.37, 0.82}, {1e-9, 3e-9}, {0, 72}, {-5e8, 3e9}};
    for (size_t i = 0; i < 5; i++) {
        size_t n = gs_draw_ticks(span[i][0], span[i][1], 5, t);
        assert_in_range(n, 2, 12);
        for (size_t k = 0; k < n; k++) {
            double slack = 1e-9 * (span[i][1] - span[i][0]);
            assert_true(t[k].at >= span[i][0] - slack && t[k].at <= span[i][1] + slack);
            assert_string_not_equal(t[k].label, "\u22120");
        }
    }
    assert_int_equal(gs_draw_ticks(1, 1, 5, t), 0);
    assert_int_equal(gs_draw_ticks(NAN, 1, 5, t), 0);
    assert_int_equal(gs_draw_ticks(0, HUGE_VAL, 5, t), 0);
}

TEST(test_ticks__of_days_stand_on_month_starts_and_mondays)
{
    (void)state;
    gs_tick t[GS_TICK_MAX];
    int32_t day0 = gs_date_day(2025, 11, 20);
    size_t n = gs_draw_ticks_days(day0, 0, 180, 8, t);
    const char *const want[] = {"Dec", "Jan", "Feb", "Mar", "Apr", "May"};
    assert_int_equal(n, 6);
    for (size_t i = 0; i < n; i++) {
        int year, month, day;
        gs_date_civil(day0 + (int32_t)t[i].at, &year, &month, &day);
        assert_int_equal(day, 1);
        assert_string_equal(t[i].label, want[i]);
    }
    assert_string_equal(t[0].sub, "2025");
    assert_string_equal(t[1].sub, "2026");
    assert_string_equal(t[2].sub, "");

    n = gs_draw_ticks_days(day0, 0, 42, 6, t);
    assert_int_equal(n, 6);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(gs_date_weekday(day0 + (int32_t)t[i].at), 0);
    /* ten years still fit, and no date at all counts days */
    assert_in_range(gs_draw_ticks_days(day0, 0, 3650, 6, t), 3, 7);
    n = gs_draw_ticks_days(GS_DAY_NONE, 0, 100, 5, t);
    assert_int_equal(n, 6);
    assert_string_equal(t[1].label, "20");
    assert_in_range(gs_draw_ticks_days(INT32_MAX, 0, 100, 5, t), 2, 12);
}

TEST(test_png__has_the_size_asked_for)
{
    (void)state;
    double x[] = {0, 1, 2}, y[] = {1, 4, 2};
    gs_plot_line l = {"line", x, y, 3};
    gs_buf b = draw(&(gs_plot){.title = "t", .n_line = 1, .line = &l}), png = {0};
    gs_err err = {0};
    assert_int_equal(gs_report_png(b.data, b.len, 1440, &png, &err), GS_OK);
    const unsigned char *p = (const unsigned char *)png.data;
    assert_memory_equal(p, "\x89PNG\r\n\x1a\n", 8);
    assert_int_equal(p[16] << 24 | p[17] << 16 | p[18] << 8 | p[19], 1440);
    assert_int_equal(p[20] << 24 | p[21] << 16 | p[22] << 8 | p[23], 720);
    gs_buf_free(&png);
    gs_buf_free(&b);
}

TEST(test_png__refuses_what_is_no_picture)
{
    (void)state;
    gs_buf png = {0};
    gs_err err = {0};
    assert_int_equal(gs_report_png("not svg", 7, 100, &png, &err), GS_EPARSE);
    assert_int_equal(gs_report_png("", 0, 100, &png, &err), GS_EPARSE);
    const char tall[] = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 99999\"/>";
    assert_int_equal(gs_report_png(tall, sizeof tall - 1, 100, &png, &err), GS_ERANGE);
    assert_int_equal(gs_report_png(tall, sizeof tall - 1, 0, &png, &err), GS_EUSE);
    assert_int_equal(png.len, 0);
    gs_buf_free(&png);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plot__draws_each_line_with_its_name),
        cmocka_unit_test(test_plot__breaks_a_line_at_a_missing_value),
        cmocka_unit_test(test_plot__says_so_when_there_is_nothing_to_draw),
        cmocka_unit_test(test_plot__draws_a_constant_line_and_a_single_point),
        cmocka_unit_test(test_plot__thins_long_lines_but_keeps_their_extremes),
        cmocka_unit_test(test_ticks__are_round_and_inside),
        cmocka_unit_test(test_ticks__of_days_stand_on_month_starts_and_mondays),
        cmocka_unit_test(test_png__has_the_size_asked_for),
        cmocka_unit_test(test_png__refuses_what_is_no_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
