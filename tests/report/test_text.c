/* The report for a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gutskin/rng.h"
#include "report/pages.h"
#include "report/say.h"

#include <math.h>

#define TEST(name) static void name(void **state)

/* The report, checked for what must hold at every width: no line is longer, nothing is
 * printed that is no number or would move the cursor. */
static gs_buf text_at(const gs_answer *x, int width)
{
    gs_buf b = {0};
    gs_err err = {0};
    size_t bad;
    if (gs_report_text(x, width, &b, &err) != GS_OK)
        fail_msg("%s", err.msg);
    assert_true(gs_text_utf8(b.data, b.len, &bad));
    if (not_a_number(b.data))
        fail_msg("a number that is none: %.60s", not_a_number(b.data));
    int most = width == 0 ? 80 : width < 40 ? 40 : width, at = 0;
    for (size_t i = 0; i < b.len; i++) {
        unsigned char c = (unsigned char)b.data[i];
        assert_true(c >= 0x20 || c == '\n');
        at = c == '\n' ? 0 : at + ((c & 0xc0) != 0x80);
        if (at > most)
            fail_msg("a line is longer than %d: %.100s", most, b.data + i - (i < 100 ? i : 100));
    }
    return b;
}

/* All blanks and line ends as one blank. */
static void flatten(gs_buf *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->len; i++) {
        bool blank = b->data[i] == ' ' || b->data[i] == '\n';
        if (!blank || (n && b->data[n - 1] != ' '))
            b->data[n++] = blank ? ' ' : b->data[i];
    }
    b->data[b->len = n] = 0;
}

static const char *must_have(const char *text, const char *words)
{
    const char *at = strstr(text, words);
    if (!at)
        fail_msg("the report does not say \"%s\"", words);
    return at;
}

TEST(test_text__fits_every_width)
{
    (void)state;
    pages p = pages_new();
    for (int width = 0; width <= 130; width += width < 38 ? 38 : 1) {
        gs_buf b = text_at(p.x, width);
        gs_buf_free(&b);
    }
    p.x->headline = "averyveryveryveryveryveryveryveryverylongwordthathasnoblank "
                    "\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc"
                    "\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc"
                    "\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc";
    for (int width = 40; width <= 80; width += 7) {
        gs_buf b = text_at(p.x, width);
        gs_buf_free(&b);
    }
    gs_arena_free(p.a);
}

TEST(test_text__puts_red_flags_before_everything)
{
    (void)state;
    pages p = pages_new();
    gs_buf b = text_at(p.x, 80);
    const char *flag = must_have(b.data, "SEE A DOCTOR NOW");
    for (const char *q = b.data; q < flag; q++)
        assert_null(memchr("abcdefghijklmnopqrstuvwxyz0123456789", *q, 36));
    must_have(b.data, "First see a doctor");
    gs_buf_free(&b);
    p.x->n_flag = 0;
    b = text_at(p.x, 80);
    assert_null(strstr(b.data, "SEE A DOCTOR"));
    must_have(b.data, "Two weeks of a daily 20 minute calming exercise");
    gs_buf_free(&b);
    gs_arena_free(p.a);
}

TEST(test_text__tells_the_same_story_as_the_page)
{
    (void)state;
    pages p = pages_new();
    gs_buf b = text_at(p.x, 80);
    flatten(&b);
    must_have(b.data, p.x->headline);
    must_have(b.data, "about 3.1 points better (9 chances in 10: 5.9 to 0.8 better); chance "
                      "that it helps: 98%");
    must_have(b.data, "Your diary taught us 46%: much.");
    must_have(b.data, "[sample2001]");
    must_have(b.data, "5.2 points lower (95% interval 9.1 to 1.3 lower)");
    must_have(b.data, "largest R-hat 1.002");
    must_have(b.data, gs_say_example);
    must_have(b.data, p.x->value_note);
    must_have(b.data, "C-reactive protein, 11 April 2026: 4.1 mg/L; from your diary alone 0.2 to 4.5 could "
                      "be expected");
    must_have(b.data, "Kept and not heard: calprotectin in stool, 80 ug/g");
    must_have(b.data, "how strongly stress acts on you: 1 before, 1.1 with them");
    for (size_t i = 0; i < p.x->n_note; i++)
        must_have(b.data, p.x->note[i]);
    for (size_t i = 0; i < p.x->n_lever; i++)
        must_have(b.data, p.lever[i].why);
    char want[40];
    const gs_band *q = &p.series[0].ahead[13];
    snprintf(want, sizeof want, "%.0f to %.0f At", q->q05, q->q95);
    must_have(must_have(b.data, "5 Jul "), want);
    gs_buf_free(&b);
    gs_arena_free(p.a);
}

TEST(test_text__shows_no_conclusion_of_a_fit_that_failed)
{
    (void)state;
    pages p = pages_new();
    p.fit->ok = false;
    p.x->n_flag = 0;
    snprintf(p.fit->why_not, sizeof p.fit->why_not, "chains disagree about gain_stress");
    gs_buf b = text_at(p.x, 200);
    const char *top = must_have(b.data, "DID NOT PASS ITS CHECKS");
    assert_true(top < must_have(b.data, "YOUR SKIN"));
    must_have(b.data, "Chains disagree about gain_stress. ");
    static const char *const never[] = {"  now ", "Now:", "taught us", "THE NEXT"};
    for (size_t i = 0; i < 4; i++)
        assert_null(strstr(b.data, never[i]));
    assert_null(strstr(b.data, p.x->headline));
    for (size_t i = 0; i < p.x->n_lever; i++)
        assert_null(strstr(b.data, p.lever[i].why));
    must_have(b.data, "Before:");
    gs_buf_free(&b);
    gs_arena_free(p.a);
}

TEST(test_text__lets_no_escape_sequence_through)
{
    (void)state;
    pages p = pages_new();
    p.x->person = "\x1b[31mred\x07\xc2\x9b" "2J";
    p.x->headline = "bell\x07 \x1b]0;title\x07 and \xff broken";
    p.lever[0].title = "two\nlines\r\x08";
    gs_buf b = text_at(p.x, 80);
    assert_null(strstr(b.data, "\xc2\x9b"));
    gs_buf_free(&b);
    gs_arena_free(p.a);
}

TEST(test_text__becomes_plain_ascii)
{
    (void)state;
    pages p = pages_new();
    gs_buf b = text_at(p.x, 80);
    gs_say_ascii(&b);
    for (size_t i = 0; i < b.len; i++)
        assert_true((unsigned char)b.data[i] < 0x80);
    assert_int_equal(strlen(b.data), b.len);
    /* nothing of it had to be guessed */
    assert_null(strchr(b.data, '?'));
    gs_buf_free(&b);
    gs_arena_free(p.a);
}

TEST(test_text__stands_with_almost_nothing_to_say)
{
    (void)state;
    gs_answer x = {.person = "", .condition = "acne", .day0 = GS_DAY_NONE,
                   .headline = "Too little.", .made = "0"};
    gs_buf b = text_at(&x, 80);
    must_have(b.data, "no score of your skin");
    gs_buf_free(&b);
    static const int32_t day[] = {0};
    static const double value[] = {4};
    const gs_answer_series s[] = {{.name = "acne", .title = "acne", .condition = "acne",
                                   .scale = "0-10", .lo = 0, .hi = 10, .worse = 1, .n = 1,
                                   .day = day, .value = value},
                                  {.name = "x", .title = "x", .condition = "acne",
                                   .scale = "pasi", .lo = 0, .hi = HUGE_VAL, .worse = 1}};
    x.n_day = 1;
    x.n_series = 2;
    x.series = s;
    for (x.main_series = 0; x.main_series < 4; x.main_series++) {
        b = text_at(&x, 80);
        gs_buf_free(&b);
    }
}

/* every number of the answer made missing, infinite or huge, at random */
TEST(test_text__never_prints_a_number_that_is_none)
{
    (void)state;
    const double odd[] = {NAN, HUGE_VAL, -HUGE_VAL, 0, -0.0, 1e300, -1e300, 1e-300, 3};
    for (uint64_t seed = 1; seed <= 40; seed++) {
        gs_rng r = gs_rng_stream(seed, 0, "odd");
        pages p = pages_new();
#define ODD (gs_rng_below(&r, 2) ? odd[gs_rng_below(&r, 9)] : gs_rng_normal(&r))
#define ODD_BAND ((gs_band){ODD, ODD, ODD, ODD, ODD})
        for (size_t i = 0; i < p.x->n_lever; i++) {
            p.lever[i].before = ODD_BAND, p.lever[i].after = ODD_BAND;
            p.lever[i].taught = ODD, p.lever[i].better_after = ODD;
            p.lever[i].better_before = ODD, p.lever[i].weeks = ODD;
        }
        for (size_t i = 0; i < p.fit->n_dim; i++)
            p.fit->dim[i].rhat = ODD, p.fit->dim[i].ess_bulk = ODD;
        gs_band *fit = GS_NEW(p.a, gs_band, SAMPLE_DAYS);
        gs_band *ahead = GS_NEW(p.a, gs_band, SAMPLE_AHEAD);
        double *value = GS_NEW(p.a, double, SAMPLE_DAYS);
        for (size_t i = 0; i < SAMPLE_DAYS; i++)
            fit[i] = ODD_BAND, value[i] = ODD;
        for (size_t i = 0; i < SAMPLE_AHEAD; i++)
            ahead[i] = ODD_BAND;
        p.series[0].fit = fit, p.series[0].ahead = ahead, p.series[0].value = value;
        p.series[0].lo = ODD, p.series[0].hi = ODD;
        gs_buf b = text_at(p.x, 40 + (int)seed);
        gs_buf_free(&b);
        gs_arena_free(p.a);
    }
}

TEST(test_say__rounds_by_the_interval)
{
    (void)state;
    const struct {
        gs_band q;
        const char *want;
    } cases[] = {
        {{-0.9, -0.5, -0.34, -0.1, 0.26},
         "about 0.3 points better (9 chances in 10: 0.9 better to 0.3 worse)"},
        {{-0.012, 0, 0.001, 0.01, 0.02},
         "about 0.001 points worse (9 chances in 10: 0.012 better to 0.020 worse)"},
        {{-12, -8, -5.4, -2, -0.2},
         "about 5 points better (9 chances in 10: 12 better to no change)"},
        {{0.01, 0.2, 0.5, 0.8, 1.1},
         "about 0.5 points worse (9 chances in 10: no change to 1.1 worse)"},
        {{-0.02, -0.01, 0.004, 0.02, 1},
         "about no change (9 chances in 10: no change to 1.0 worse)"},
        {{0, 0, 0, 0, 0},
         "about no change (9 chances in 10: less than 0.01 either way)"},
    };
    const gs_answer_series s = {.scale = "0-10", .lo = 0, .hi = 10, .worse = 1};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gs_buf b = {0};
        gs_say_effect(&b, &s, &cases[i].q,
                      gs_say_decimals(cases[i].q.q95 - cases[i].q.q05));
        assert_string_equal(b.data, cases[i].want);
        gs_buf_free(&b);
    }
}

/* a belief that did not move must not look as if it had, by rounding alone */
TEST(test_say__rounds_before_and_now_alike)
{
    (void)state;
    const gs_answer_series s = {.scale = "0-10", .lo = 0, .hi = 10, .worse = 1};
    const gs_answer_lever l = {.before = {-0.66, -0.4, -0.18, 0, 0.16},
                               .after = {-0.64, -0.4, -0.18, 0, 0.14},
                               .better_before = 0.7, .better_after = 0.7};
    gs_buf b = {0};
    gs_say_belief(&b, &s, &l, false);
    assert_string_equal(b.data, "about 0.18 points better (9 chances in 10: 0.66 better to "
                                "0.16 worse); chance that it helps: 70%.");
    b.len = 0;
    gs_say_belief(&b, &s, &l, true);
    assert_string_equal(b.data, "about 0.18 points better (9 chances in 10: 0.64 better to "
                                "0.14 worse); chance that it helps: 70%.");
    gs_buf_free(&b);
}

TEST(test_say__tells_every_row_of_the_shipped_table)
{
    (void)state;
    const gs_evidence *ev = gs_evidence_shipped();
    for (size_t i = 0; i < ev->n; i++) {
        gs_buf b = {0};
        gs_say_evidence(&b, &ev->row[i]);
        if (not_a_number(b.data) || strstr(b.data, "  ") || strstr(b.data, " ,") ||
            strstr(b.data, ": ."))
            fail_msg("%s: %s", ev->row[i].id, b.data);
        gs_buf_free(&b);
    }
}

/* each sort of number, in words that say against what it is measured */
TEST(test_say__tells_results_by_their_type)
{
    (void)state;
    const struct {
        const char *id, *want;
    } rows[] = {
        {"smith2007ajcn-total", "11.5 lesions lower (95% interval 21.8 to 1.2 lower)."},
        {"juhl2018-milk", "1.28 times the odds of the comparison group (95% interval 1.13 to "
                          "1.44; 1 is no difference)."},
        {"steingold2014-iga1", "26.8 percentage points higher (interval not reported)."},
        {"chiu2003-r", "correlation 0.61 (interval not reported)."},
        {"khayef2012-better", "62% (interval not reported)."},
        {"yang2019-pasi", "0.28 points lower (95% interval 1.74 lower to 1.19 higher)."},
        {"castro2017-med", "no difference shown; no number reported."},
        {"egeberg2017-ibs", "4,361,688 people (Danish adults with rosacea)"},
        {"egeberg2017-ibs", "no difference), adjusted for other causes."},
    };
    const gs_evidence *ev = gs_evidence_shipped();
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        size_t i = 0;
        while (i < ev->n && strcmp(ev->row[i].id, rows[k].id) != 0)
            i++;
        assert_true(i < ev->n);
        gs_buf b = {0};
        gs_say_evidence(&b, &ev->row[i]);
        must_have(b.data, rows[k].want);
        gs_buf_free(&b);
    }
}

/* effects far below what a score can show are "no change", not long decimals */
TEST(test_say__does_not_split_hairs)
{
    (void)state;
    const gs_answer_series s = {.scale = "0-10", .lo = 0, .hi = 10, .worse = 1};
    const gs_answer_lever l = {.before = {-0.0021, -0.001, 0, 0.002, 0.006},
                               .after = {-0.0025, -0.001, 0, 0.001, 0.003},
                               .better_before = 0.5, .better_after = 0.5};
    gs_buf b = {0};
    gs_say_belief(&b, &s, &l, true);
    assert_string_equal(b.data, "about no change (9 chances in 10: less than 0.01 either "
                                "way); chance that it helps: 50%.");
    gs_buf_free(&b);
    /* an open-ended score spans what was seen of it */
    const double value[] = {3, 14, 9};
    const gs_answer_series pasi = {.scale = "pasi", .lo = 0, .hi = 72, .worse = 1, .n = 3,
                                   .value = value};
    assert_true(gs_say_extent(&pasi) == 14 && gs_say_extent(&s) == 10);
}

TEST(test_say__names_a_score_once)
{
    (void)state;
    gs_answer_series s = {.title = "eczema, score from 0 to 10", .scale = "0-10", .lo = 0,
                          .hi = 10};
    gs_buf b = {0};
    gs_say_scale(&b, &s);
    assert_string_equal(b.data, "Eczema, score from 0 to 10");
    b.len = 0;
    s.title = "itch";
    gs_say_scale(&b, &s);
    assert_string_equal(b.data, "Itch, scored from 0 to 10");
    gs_buf_free(&b);
}

TEST(test_say__names_spans_and_chances)
{
    (void)state;
    gs_answer x = {.day0 = gs_date_day(2025, 12, 30), .n_day = 5};
    const struct {
        double p;
        const char *want;
    } chance[] = {{0, "under 1%"}, {0.004, "under 1%"}, {0.5, "50%"}, {0.994, "over 99%"},
                  {1, "over 99%"}, {NAN, "not known"}};
    gs_buf b = {0};
    gs_say_span(&b, &x);
    assert_string_equal(b.data, "30 December 2025 to 3 January 2026");
    for (size_t i = 0; i < 6; i++) {
        b.len = 0;
        gs_say_chance(&b, chance[i].p);
        assert_string_equal(b.data, chance[i].want);
    }
    b.len = 0;
    gs_say_share(&b, 0);
    gs_say_share(&b, 1);
    assert_string_equal(b.data, "0%100%");
    gs_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text__fits_every_width),
        cmocka_unit_test(test_text__puts_red_flags_before_everything),
        cmocka_unit_test(test_text__tells_the_same_story_as_the_page),
        cmocka_unit_test(test_text__shows_no_conclusion_of_a_fit_that_failed),
        cmocka_unit_test(test_text__lets_no_escape_sequence_through),
        cmocka_unit_test(test_text__becomes_plain_ascii),
        cmocka_unit_test(test_text__stands_with_almost_nothing_to_say),
        cmocka_unit_test(test_text__never_prints_a_number_that_is_none),
        cmocka_unit_test(test_say__rounds_by_the_interval),
        cmocka_unit_test(test_say__rounds_before_and_now_alike),
        cmocka_unit_test(test_say__tells_every_row_of_the_shipped_table),
        cmocka_unit_test(test_say__tells_results_by_their_type),
        cmocka_unit_test(test_say__does_not_split_hairs),
        cmocka_unit_test(test_say__names_a_score_once),
        cmocka_unit_test(test_say__names_spans_and_chances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
