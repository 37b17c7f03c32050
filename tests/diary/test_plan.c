/* Plans and events: kept as they were, found out when changed, gone when forgotten. */
#include "sandbox.h"

#include "gutskin/seal.h"
#include <sqlite3.h>

static const char PLAN[] = "{\"lever\":\"sugar\"}";

static void keep(sandbox *s)
{
    gs_kept_event e[] = {{.kind = "start", .day = 20000, .body = "{}"},
                         {.kind = "day", .day = 20003, .body = "{\"kept\":0.5}"},
                         {.kind = "day", .day = 20004, .body = "{\"kept\":1}"}};
    assert_int_equal(gs_diary_plan_keep(s->d, "", "sugar", PLAN, &s->err), GS_OK);
    assert_int_equal(gs_diary_plan_events_add(s->d, "", "sugar", 2, e, &s->err), GS_OK);
    assert_int_equal(gs_diary_plan_events_add(s->d, "", "sugar", 1, e + 2, &s->err), GS_OK);
}

static gs_status events(sandbox *s, size_t *n, const gs_kept_event **e)
{
    s->err = (gs_err){0};
    return gs_diary_plan_events(s->d, "", "sugar", s->a, n, e, &s->err);
}

static void with_sql(sandbox *s, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(s->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* FIPS 180-4, appendix B.1 */
static void test_the_seal_is_sha_256(void **state)
{
    char out[GS_SEAL_SIZE];
    (void)state;
    gs_seal_text("abc", 3, out);
    assert_string_equal(out, "ba7816bf8f01cfea414140de5dae2223"
                             "b00361a396177a9cb410ff61f20015ad");
}

static void test_plans_and_events_come_back_as_they_were(void **state)
{
    sandbox *s = *state;
    const gs_kept_plan *p;
    const gs_kept_event *e;
    size_t n;
    char hash[GS_SEAL_SIZE];

    keep(s);
    assert_int_equal(gs_diary_plans(s->d, "", s->a, &n, &p, &s->err), GS_OK);
    assert_int_equal(n, 1);
    assert_string_equal(p[0].plan, PLAN);
    gs_seal_text(PLAN, strlen(PLAN), hash);
    assert_string_equal(p[0].hash, hash);
    assert_int_equal(events(s, &n, &e), GS_OK);
    assert_int_equal(n, 3);
    assert_string_equal(e[1].body, "{\"kept\":0.5}");
    assert_int_equal(e[2].day, 20004);
}

static void test_a_plan_is_never_overwritten(void **state)
{
    sandbox *s = *state;
    keep(s);
    assert_int_equal(gs_diary_plan_keep(s->d, "", "sugar", "{}", &s->err), GS_EUSE);
    assert_non_null(strstr(s->err.msg, "never overwritten"));
}

static void test_whatever_is_changed_afterwards_is_found_out(void **state)
{
    static const char *const change[] = {
        "UPDATE plan SET text = '{\"lever\":\"dairy\"}'",
        "UPDATE plan SET text = '{\"lever\":\"dairy\"}', hash = 'ba78'",
        "UPDATE plan_event SET body = '{\"kept\":1}' WHERE day = 20003",
        "UPDATE plan_event SET day = 20001 WHERE kind = 'start'",
        "UPDATE plan_event SET made = '2020-01-01T00:00:00Z' WHERE day = 20004",
        "UPDATE plan_event SET kind = 'stop' WHERE day = 20004",
        "DELETE FROM plan_event WHERE day = 20003",
        "UPDATE plan_event SET id = 9 - id",
    };
    for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
        void *own = NULL;
        const gs_kept_event *e;
        size_t n;
        assert_int_equal(sandbox_open(&own), 0);
        sandbox *t = own;
        keep(t);
        assert_int_equal(events(t, &n, &e), GS_OK);
        with_sql(t, change[i]);
        if (events(t, &n, &e) != GS_ESTORE)
            fail_msg("not found out: %s", change[i]);
        assert_non_null(strstr(t->err.msg, "changed after"));
        sandbox_close(&own);
    }
    (void)state;
}

/* the chain of what is left is whole; the plan knows how long it was, and where it ended */
static void test_an_end_that_was_cut_off_is_found_out(void **state)
{
    static const char *const cut[] = {
        "DELETE FROM plan_event WHERE day = 20004",
        "DELETE FROM plan_event",
        "DELETE FROM plan_event WHERE day = 20004; UPDATE plan SET n_event = 2",
    };
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
        void *own = NULL;
        const gs_kept_event *e;
        gs_kept_event more = {.kind = "day", .day = 20005, .body = "{}"};
        size_t n;
        assert_int_equal(sandbox_open(&own), 0);
        sandbox *t = own;
        keep(t);
        with_sql(t, cut[i]);
        if (events(t, &n, &e) != GS_ESTORE)
            fail_msg("not found out: %s", cut[i]);
        assert_non_null(strstr(t->err.msg, "cut off"));
        assert_int_equal(gs_diary_plan_events_add(t->d, "", "sugar", 1, &more, &t->err), GS_ESTORE);
        sandbox_close(&own);
    }
    (void)state;
}

static void test_events_are_all_or_none_and_need_their_plan(void **state)
{
    sandbox *s = *state;
    gs_kept_event e = {.kind = "day", .day = 1, .body = "{}"};
    gs_entry one = entry("eczema", 20000, 4);
    assert_int_equal(gs_diary_log(s->d, 1, &one, false, "log", NULL, &s->err), GS_OK);
    assert_int_equal(gs_diary_plan_events_add(s->d, "", "salt", 1, &e, &s->err), GS_EFOUND);
}

/* undo of the last entry must not take a plan with it; forget must */
static void test_a_plan_outlives_undo_and_is_forgotten_with_its_person(void **state)
{
    sandbox *s = *state;
    const gs_kept_plan *p;
    size_t n;
    gs_buf what = {0};
    gs_entry e = entry("eczema", 20000, 4);

    keep(s);
    assert_int_equal(gs_diary_log(s->d, 1, &e, false, "log", NULL, &s->err), GS_OK);
    assert_int_equal(gs_diary_undo(s->d, 0, &what, &s->err), GS_OK);
    gs_buf_free(&what);
    assert_int_equal(gs_diary_plans(s->d, "", s->a, &n, &p, &s->err), GS_OK);
    assert_int_equal(n, 1);
    assert_int_equal(gs_diary_forget(s->d, "me", &n, &s->err), GS_OK);
    assert_int_equal(gs_diary_plans(s->d, "", s->a, &n, &p, &s->err), GS_OK);
    assert_int_equal(n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_seal_is_sha_256),
        in_sandbox(test_plans_and_events_come_back_as_they_were),
        in_sandbox(test_a_plan_is_never_overwritten),
        cmocka_unit_test(test_whatever_is_changed_afterwards_is_found_out),
        cmocka_unit_test(test_an_end_that_was_cut_off_is_found_out),
        in_sandbox(test_events_are_all_or_none_and_need_their_plan),
        in_sandbox(test_a_plan_outlives_undo_and_is_forgotten_with_its_person),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
