/* base: errors, arenas, text, dates, random numbers. */
#include "check.h"

#include "gutskin/arena.h"
#include "gutskin/date.h"
#include "gutskin/rng.h"
#include "gutskin/status.h"
#include "gutskin/text.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

/* ---- errors -------------------------------------------------------------------- */

static void an_error_says_place_and_sentence(void **state)
{
    (void)state;
    gs_err e = {0};
    char text[700];

    assert_int_equal(gs_fail_at(&e, GS_EPARSE, "a.csv", 3, 7, "stress", "is %d", 12),
                     GS_EPARSE);
    assert_string_equal(gs_err_text(&e, text, sizeof text), "a.csv:3:7: stress: is 12");
    assert_int_equal(gs_fail(NULL, GS_EIO, "x"), GS_EIO);
}

static void a_long_message_is_cut_between_characters(void **state)
{
    (void)state;
    gs_err e = {0};
    char text[700], name[900], small[10];

    for (size_t i = 0; i + 2 < sizeof name; i += 2)
        memcpy(name + i, "\xc3\xa9", 3);
    gs_fail_at(&e, GS_EIO, name, 1, 1, name, "%s%s", name, name);
    gs_err_text(&e, text, sizeof text);
    assert_true(gs_text_utf8(e.msg, strlen(e.msg), NULL));
    assert_true(gs_text_utf8(e.file, strlen(e.file), NULL));
    gs_err_text(&e, small, sizeof small);
    assert_true(strlen(small) < sizeof small);
}

/* ---- arena --------------------------------------------------------------------- */

static void an_arena_gives_zeroed_aligned_memory_and_takes_it_back(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    gs_mark m;
    size_t before;

    for (size_t n = 0; n < 3000; n += 37) {
        char *p = gs_arena_alloc(a, n);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xAA, n);
    }
    m = gs_arena_mark(a);
    before = gs_arena_used(a);
    assert_non_null(gs_arena_alloc(a, 1 << 20));
    assert_non_null(gs_arena_alloc(a, 8));
    gs_arena_release(a, m);
    assert_int_equal(gs_arena_used(a), before);
    char *again = gs_arena_alloc(a, 64);
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(again[i], 0);
    gs_arena_free(a);
}

static void an_arena_says_null_at_its_limit_and_on_overflow(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(1000);

    assert_null(gs_arena_alloc(a, 1001));
    assert_non_null(gs_arena_alloc(a, 900));
    assert_null(gs_arena_alloc(a, 200));
    assert_non_null(gs_arena_alloc(a, 16));
    assert_null(gs_arena_calloc(a, SIZE_MAX / 2, 4));
    gs_arena_free(a);
    gs_arena_free(NULL);
}

/* ---- text ---------------------------------------------------------------------- */

static bool number(const char *s, bool comma, double *v)
{
    return gs_text_number(s, strlen(s), comma, v);
}

static void numbers_are_read_whole_or_not_at_all(void **state)
{
    (void)state;
    double v = 0;
    static const char *const bad[] = {"", " ", "1x", "nan", "inf", "0x10", "1e", "--1", "1 2",
                                      ".", "1e999", "1,5", "+", "e5", "1.2.3"};

    assert_true(number(" -1.5e2 ", false, &v));
    assert_true(v == -150);
    assert_true(number("3,5", true, &v) && v == 3.5);
    assert_true(number(".5", false, &v) && v == .5);
    assert_true(number("5.", false, &v) && v == 5);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(number(bad[i], false, &v));
    long n;
    assert_true(gs_text_long(" 42 ", 4, 0, 100, &n) && n == 42);
    assert_false(gs_text_long("101", 3, 0, 100, &n));
    assert_false(gs_text_long("4.0", 3, 0, 100, &n));
    assert_false(gs_text_long("-", 1, -5, 5, &n));
    assert_false(gs_text_long("99999999999999999999", 20, 0, 100, &n));
}

static void names_are_compared_as_people_type_them(void **state)
{
    (void)state;
    static const char *const names[] = {"fibre", "fermented", "stress"};

    assert_true(gs_text_same("PO-SCORAD", "po scorad"));
    assert_true(gs_text_same("_a", "A "));
    assert_false(gs_text_same("ab", "abc"));
    assert_int_equal(gs_text_nearest("strss", 3, names), 2);
    assert_int_equal(gs_text_nearest("fiber", 3, names), 0);
    assert_int_equal(gs_text_nearest("zzzzzz", 3, names), -1);
    assert_int_equal(gs_text_nearest("", 3, names), -1);
}

static void utf8_is_told_from_other_bytes(void **state)
{
    (void)state;
    size_t bad = 99;

    assert_true(gs_text_utf8("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x99\x82", 15, NULL));
    assert_false(gs_text_utf8("a\xff", 2, &bad));
    assert_int_equal(bad, 1);
    assert_false(gs_text_utf8("\xc0\x80", 2, NULL));     /* overlong */
    assert_false(gs_text_utf8("\xed\xa0\x80", 3, NULL)); /* surrogate */
    assert_false(gs_text_utf8("\xe2\x82", 2, NULL));     /* cut short */
    assert_false(gs_text_utf8("a\0b", 3, NULL));
}

static void xml_text_cannot_open_a_tag(void **state)
{
    (void)state;
    gs_buf b = {0};

    gs_buf_put_xml(&b, "<a href=\"x\">'&\x01</a>");
    assert_string_equal(b.data, "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&lt;/a&gt;");
    gs_buf_free(&b);
}

static void a_file_is_written_whole_and_read_back_plain_or_gzip(void **state)
{
    (void)state;
    char dir[] = "/tmp/gs-base-XXXXXX", path[64], gz[64], *text;
    size_t n;
    gs_err e = {0};

    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/a.txt", dir);
    snprintf(gz, sizeof gz, "%s/a.gz", dir);
    assert_int_equal(gs_text_write_file(path, "hello\n", 6, &e), GS_OK);
    assert_int_equal(gs_text_read_file(path, 100, &text, &n, &e), GS_OK);
    assert_string_equal(text, "hello\n");
    free(text);
    assert_int_equal(gs_text_read_file(path, 5, &text, &n, &e), GS_EIO);

    gzFile f = gzopen(gz, "wb");
    gzputs(f, "packed");
    gzclose(f);
    assert_int_equal(gs_text_read_file(gz, 100, &text, &n, &e), GS_OK);
    assert_string_equal(text, "packed");
    free(text);
    /* a damaged archive is refused, not half read */
    assert_int_equal(truncate(gz, 18), 0);
    assert_int_equal(gs_text_read_file(gz, 100, &text, &n, &e), GS_EIO);
    assert_int_equal(gs_text_read_file(dir, 100, &text, &n, &e), GS_EIO);

    unlink(path);
    unlink(gz);
    rmdir(dir);
    assert_int_equal(gs_text_read_file(path, 100, &text, &n, &e), GS_EIO);
    assert_int_equal(gs_text_write_file(path, "x", 1, &e), GS_EIO);
}

/* ---- dates --------------------------------------------------------------------- */

static void every_day_of_three_centuries_agrees_with_the_c_library(void **state)
{
    (void)state;
    int32_t from = gs_date_day(1900, 1, 1), to = gs_date_day(2200, 12, 31);

    assert_int_equal(gs_date_day(1970, 1, 1), 0);
    for (int32_t d = from; d <= to; d++) {
        time_t t = (time_t)d * 86400;
        struct tm tm;
        int y, m, day;
        gmtime_r(&t, &tm);
        gs_date_civil(d, &y, &m, &day);
        assert_int_equal(y, tm.tm_year + 1900);
        assert_int_equal(m, tm.tm_mon + 1);
        assert_int_equal(day, tm.tm_mday);
        assert_int_equal(gs_date_day(y, m, day), d);
        assert_int_equal(gs_date_weekday(d), (tm.tm_wday + 6) % 7);
    }
    assert_int_equal(gs_date_day(2023, 2, 29), GS_DAY_NONE);
    assert_int_equal(gs_date_day(2024, 13, 1), GS_DAY_NONE);
}

static bool reads(const char *s, gs_date_form form, int y, int m, int d)
{
    int32_t day;
    return gs_date_parse(s, strlen(s), form, &day) && day == gs_date_day(y, m, d);
}

static void dates_are_read_in_the_forms_people_write(void **state)
{
    (void)state;
    int32_t day;
    static const char *const bad[] = {"", "2026-02-30", "yesterday", "1/2", "2026-11", "12.5",
                                      "32.1.2026", "2026-11-23x", "1 2 3 4", "99999-1-1"};

    assert_true(reads("2026-11-23", GS_DATE_UNKNOWN, 2026, 11, 23));
    assert_true(reads("2026/11/23 08:15", GS_DATE_UNKNOWN, 2026, 11, 23));
    assert_true(reads("2026-11-23T08:15:00Z", GS_DATE_UNKNOWN, 2026, 11, 23));
    assert_true(reads("20261123", GS_DATE_UNKNOWN, 2026, 11, 23));
    assert_true(reads("23.11.2026", GS_DATE_UNKNOWN, 2026, 11, 23));
    assert_true(reads("23.11.26", GS_DATE_UNKNOWN, 2026, 11, 23));
    assert_true(reads("11/23/2026", GS_DATE_UNKNOWN, 2026, 11, 23));
    assert_true(reads("23 Nov 2026", GS_DATE_UNKNOWN, 2026, 11, 23));
    assert_true(reads("Nov 23, 2026", GS_DATE_UNKNOWN, 2026, 11, 23));
    assert_true(reads("4/5/2026", GS_DATE_DMY, 2026, 5, 4));
    assert_true(reads("4/5/2026", GS_DATE_MDY, 2026, 4, 5));
    assert_false(gs_date_parse("4/5/2026", 8, GS_DATE_UNKNOWN, &day)); /* two readings */
    assert_true(reads("5/5/2026", GS_DATE_UNKNOWN, 2026, 5, 5));       /* one reading */
    assert_int_equal(gs_date_forms("4/5/2026", 8), 1u << GS_DATE_DMY | 1u << GS_DATE_MDY);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(gs_date_forms(bad[i], strlen(bad[i])), 0);
}

/* ---- random numbers ------------------------------------------------------------ */

/* known answers of the Random123 distribution, file kat_vectors, philox4x32 10 */
static void philox_gives_the_published_answers(void **state)
{
    (void)state;
    static const uint32_t in[3][6] = {
        {0, 0, 0, 0, 0, 0},
        {~0u, ~0u, ~0u, ~0u, ~0u, ~0u},
        {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0}};
    static const uint32_t want[3][4] = {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
                                        {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
                                        {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}};
    for (int i = 0; i < 3; i++) {
        uint32_t out[4];
        gs_rng_philox(in[i], in[i] + 4, out);
        for (int j = 0; j < 4; j++)
            assert_int_equal(out[j], want[i][j]);
    }
}

static void a_stream_depends_on_seed_person_and_purpose_only(void **state)
{
    (void)state;
    gs_rng a = gs_rng_stream(7, 3, "noise"), b = gs_rng_stream(7, 3, "noise");
    gs_rng other[3] = {gs_rng_stream(8, 3, "noise"), gs_rng_stream(7, 4, "noise"),
                       gs_rng_stream(7, 3, "noisy")};
    size_t same = 0;

    for (int i = 0; i < 1000; i++) {
        uint32_t x = gs_rng_u32(&a);
        assert_int_equal(x, gs_rng_u32(&b));
        for (int j = 0; j < 3; j++)
            same += x == gs_rng_u32(&other[j]);
    }
    assert_true(same < 3);
}

/* Moments of n draws against theory, within 5 standard errors. */
static void moments(double (*draw)(gs_rng *, double), double arg, double mean, double var)
{
    enum { N = 200000 };
    gs_rng r = gs_rng_stream(11, 0, "moments");
    double s = 0, ss = 0;

    for (int i = 0; i < N; i++) {
        double x = draw(&r, arg) - mean;
        s += x;
        ss += x * x;
    }
    assert_true(fabs(s / N) < 5 * sqrt(var / N));
    assert_true(fabs(ss / N / var - 1) < 0.03);
}

static double draw_uniform(gs_rng *r, double x)
{
    (void)x;
    return gs_rng_uniform(r);
}
static double draw_normal(gs_rng *r, double x)
{
    (void)x;
    return gs_rng_normal(r);
}
static double draw_exponential(gs_rng *r, double x)
{
    (void)x;
    return gs_rng_exponential(r);
}
static double draw_poisson(gs_rng *r, double mean)
{
    return (double)gs_rng_poisson(r, mean);
}
static double draw_below(gs_rng *r, double n)
{
    return (double)gs_rng_below(r, (size_t)n);
}

static void distributions_have_their_moments(void **state)
{
    (void)state;
    moments(draw_uniform, 0, 0.5, 1.0 / 12);
    moments(draw_normal, 0, 0, 1);
    moments(draw_exponential, 0, 1, 1);
    moments(gs_rng_gamma, 0.3, 0.3, 0.3);
    moments(gs_rng_gamma, 4.5, 4.5, 4.5);
    moments(draw_poisson, 2.5, 2.5, 2.5);
    moments(draw_poisson, 140, 140, 140);
    moments(draw_below, 7, 3, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_says_place_and_sentence),
        cmocka_unit_test(a_long_message_is_cut_between_characters),
        cmocka_unit_test(an_arena_gives_zeroed_aligned_memory_and_takes_it_back),
        cmocka_unit_test(an_arena_says_null_at_its_limit_and_on_overflow),
        cmocka_unit_test(numbers_are_read_whole_or_not_at_all),
        cmocka_unit_test(names_are_compared_as_people_type_them),
        cmocka_unit_test(utf8_is_told_from_other_bytes),
        cmocka_unit_test(xml_text_cannot_open_a_tag),
        cmocka_unit_test(a_file_is_written_whole_and_read_back_plain_or_gzip),
        cmocka_unit_test(every_day_of_three_centuries_agrees_with_the_c_library),
        cmocka_unit_test(dates_are_read_in_the_forms_people_write),
        cmocka_unit_test(philox_gives_the_published_answers),
        cmocka_unit_test(a_stream_depends_on_seed_person_and_purpose_only),
        cmocka_unit_test(distributions_have_their_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
