/* gutskin report, from a diary that keeps an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/command.h"

#include "cli/cmd_report.c"

#define TEST(name) static void name(void **state)

static const char *const me[] = {"me", "robin"};

TEST(test_report__prints_text_page_and_json_of_the_kept_answer)
{
    (void)state;
    char page[100], html[120];
    pages p = pages_new();
    make_diary(p.x, 1, me);
    assert_int_equal(RUN(gs_cmd_report, "--width", "60"), GS_EXIT_OK);
    must_say(said_out, "SEE A DOCTOR NOW");
    must_say(said_out, "not a medical device");
    assert_string_equal(said_err, "");

    assert_int_equal(RUN(gs_cmd_report, "--ascii"), GS_EXIT_OK);
    for (const char *q = said_out; *q; q++)
        assert_true((unsigned char)*q < 0x80);

    assert_int_equal(RUN(gs_cmd_report, "--json"), GS_EXIT_OK);
    gs_answer *back;
    gs_err err = {0};
    assert_int_equal(gs_answer_from_json(p.a, said_out, strlen(said_out), &back, &err), GS_OK);
    assert_string_equal(back->headline, p.x->headline);

    snprintf(page, sizeof page, "%s/page.html", dir);
    assert_int_equal(RUN(gs_cmd_report, "--html", page), GS_EXIT_OK);
    assert_string_equal(said_out, "");
    must_say(said_err, page);
    char *text = NULL;
    slurp(page, &text);
    must_say(text, "</html>");
    free(text);
    snprintf(html, sizeof html, "--html=%s/no/such/folder/page.html", dir);
    assert_int_equal(RUN(gs_cmd_report, html), GS_EXIT_FAILED);
    must_say(said_err, "no/such/folder");
    gs_arena_free(p.a);
}

TEST(test_report__says_when_the_diary_has_moved_on)
{
    (void)state;
    pages p = pages_new();
    make_diary(p.x, 1, me);
    write_on("me");
    assert_int_equal(RUN(gs_cmd_report, "--width=80"), GS_EXIT_OK);
    must_say(said_err, "changed since this fit");
    must_say(said_err, "gutskin fit");
    must_say(said_out, "SEE A DOCTOR NOW");
    gs_arena_free(p.a);
}

TEST(test_report__says_what_is_missing)
{
    (void)state;
    pages p = pages_new();
    unlink(diary_path);
    assert_int_equal(RUN(gs_cmd_report, "--json"), GS_EXIT_FAILED);
    make_diary(NULL, 0, me);
    assert_int_equal(RUN(gs_cmd_report, "--json"), GS_EXIT_FAILED);
    must_say(said_err, "empty");
    make_diary(NULL, 1, me);
    assert_int_equal(RUN(gs_cmd_report, "--json"), GS_EXIT_FAILED);
    must_say(said_err, "gutskin fit");
    assert_string_equal(said_out, "");
    gs_arena_free(p.a);
}

TEST(test_report__asks_whose_when_there_are_several)
{
    (void)state;
    pages p = pages_new();
    make_diary(p.x, 2, me);
    assert_int_equal(RUN(gs_cmd_report, "--json"), GS_EXIT_FAILED);
    must_say(said_err, "--person");
    must_say(said_err, "robin");
    assert_int_equal(RUN(gs_cmd_report, "--json", "--person", "me"), GS_EXIT_OK);
    assert_int_equal(RUN(gs_cmd_report, "--json", "--person", "robin"), GS_EXIT_FAILED);
    must_say(said_err, "robin has no fit yet");
    assert_int_equal(RUN(gs_cmd_report, "--json", "--person", "nobody"), GS_EXIT_FAILED);
    must_say(said_err, "there is no \"nobody\"");
    gs_arena_free(p.a);
}

TEST(test_report__refuses_misuse_with_2)
{
    (void)state;
    pages p = pages_new();
    make_diary(p.x, 1, me);
    argp_err_exit_status = GS_EXIT_MISUSE;
    assert_int_equal(RUN(gs_cmd_report, "--width", "12"), GS_EXIT_MISUSE);
    assert_int_equal(RUN(gs_cmd_report, "diary.csv"), GS_EXIT_MISUSE);
    assert_int_equal(RUN(gs_cmd_report, "--colour"), GS_EXIT_MISUSE);
    gs_arena_free(p.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report__prints_text_page_and_json_of_the_kept_answer),
        cmocka_unit_test(test_report__says_when_the_diary_has_moved_on),
        cmocka_unit_test(test_report__says_what_is_missing),
        cmocka_unit_test(test_report__asks_whose_when_there_are_several),
        cmocka_unit_test(test_report__refuses_misuse_with_2),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
