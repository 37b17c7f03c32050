/* Whatever happens during an import, the store is as before or as after: killed at any
 * moment, out of memory at any call, disk full at any byte. */
#include "sandbox.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

enum { N_ROW = 6000 };

/* A long table of n rows for one more person. */
static char *big_table(int n, size_t *out_n)
{
    gs_buf b = {0};
    gs_buf_put(&b, "person,day,channel,value,unit\n");
    for (int i = 0; i < n; i++)
        gs_buf_printf(&b, "P%d,%d,%s,%d,\n", i % 7, i / 14, i / 7 % 2 ? "eczema" : "stress",
                      i % 11);
    assert_false(b.failed);
    *out_n = b.len;
    return b.data;
}

static size_t count_entries(sandbox *s)
{
    sqlite3 *db;
    sqlite3_stmt *q;
    assert_int_equal(sqlite3_open(s->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(q, 0), "ok");
    sqlite3_finalize(q);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA foreign_key_check", -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_DONE);
    sqlite3_finalize(q);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM entry", -1, &q, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    size_t n = (size_t)sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    sqlite3_close(db);
    return n;
}

static void reopen(sandbox *s)
{
    gs_diary_close(s->d);
    s->d = NULL;
    s->err = (gs_err){0};
    if (gs_diary_open(s->path, false, &s->d, &s->err) != GS_OK)
        fail_msg("the diary does not open again: %s", s->err.msg);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void wait_for(double seconds)
{
    struct timespec t = {(time_t)seconds, (long)((seconds - floor(seconds)) * 1e9)};
    nanosleep(&t, NULL);
}

/* The child imports; what it does is timed once without a kill. */
static pid_t start_child(sandbox *s, const char *text, size_t n)
{
    pid_t child = fork();
    if (child == 0) {
        gs_diary *d = NULL;
        gs_err err = {0};
        gs_import_took k;
        gs_arena *a = gs_arena_new(0);
        gs_import_opts o = GS_IMPORT_OPTS;
        o.strict = true;
        if (gs_diary_open(s->path, false, &d, &err) != GS_OK)
            _exit(2);
        gs_status st = gs_diary_import(d, a, "big.csv", text, n, &o, &k, &err);
        gs_diary_close(d);
        gs_arena_free(a);
        _exit(st == GS_OK ? 0 : 3);
    }
    assert_true(child > 0);
    return child;
}

static void test_a_kill_at_any_moment_leaves_before_or_after(void **state)
{
    enum { KILLS = 40 };
    sandbox *s = *state;
    size_t n, before = 0, after = 0;
    char *text = big_table(N_ROW, &n);
    int status;

    took(s, "date,eczema\n2026-03-01,4\n", 1);
    gs_diary_close(s->d);
    s->d = NULL;
    double start = now();
    waitpid(start_child(s, text, n), &status, 0);
    double whole = now() - start;
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(count_entries(s), N_ROW + 1);

    for (int i = 0; i < KILLS; i++) {
        if (count_entries(s) > 1) {
            gs_buf what = {0};
            reopen(s);
            assert_int_equal(gs_diary_undo(s->d, 0, &what, &s->err), GS_OK);
            gs_buf_free(&what);
        }
        gs_diary_close(s->d);
        s->d = NULL;
        assert_int_equal(count_entries(s), 1);
        pid_t child = start_child(s, text, n);
        wait_for(whole * 1.15 * (i + 0.5) / KILLS);
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        size_t left = count_entries(s);
        if (left != 1 && left != N_ROW + 1)
            fail_msg("killed after %.4f s: %zu entries", whole * 1.15 * (i + 0.5) / KILLS, left);
        before += left == 1 && WIFSIGNALED(status) ? 1u : 0u;
        after += left != 1 ? 1u : 0u;
    }
    print_message("killed before the commit: %zu, after: %zu of %d, over %.0f ms\n", before,
                  after, KILLS, whole * 1e3);
    assert_true(before >= 10); /* the kills did meet a running import */
    reopen(s);
    free(text);
}

/* ---- out of memory ------------------------------------------------------------------ */

static sqlite3_mem_methods plain;
static long until_failure = -1; /* calls left; negative = never */
static bool failed_once;

static bool fail_now(void)
{
    if (until_failure < 0 || until_failure-- > 0)
        return false;
    failed_once = true;
    return true;
}

static void *failing_malloc(int n)
{
    return fail_now() ? NULL : plain.xMalloc(n);
}

static void *failing_realloc(void *p, int n)
{
    return fail_now() ? NULL : plain.xRealloc(p, n);
}

static void install_failing_memory(void)
{
    sqlite3_mem_methods m;
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &plain);
    m = plain;
    m.xMalloc = failing_malloc;
    m.xRealloc = failing_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &m);
}

/* Every allocation of the store fails once, one after the other. */
static void test_a_failed_allocation_of_the_store_leaves_no_half_import(void **state)
{
    sandbox *s = *state;
    size_t n, refusals = 0, n_call = 0;
    char *text = big_table(60, &n);
    gs_buf what = {0};

    took(s, "date,eczema\n2026-03-01,4\n", 1);
    for (long k = 0;; k += 1 + k / 12) {
        gs_diary_close(s->d);
        s->d = NULL;
        s->err = (gs_err){0};
        failed_once = false;
        until_failure = k;
        gs_status st = gs_diary_open(s->path, false, &s->d, &s->err);
        if (st == GS_OK)
            st = import_n(s, text, n);
        until_failure = -1;
        if (!failed_once)
            break;
        n_call++;
        if (st != GS_OK) {
            refusals++;
            if (s->err.code != st || strlen(s->err.msg) < 5)
                fail_msg("call %ld failed: status %d, sentence %d \"%s\"", k, st, s->err.code,
                         s->err.msg);
        }
        reopen(s);
        size_t left = count_entries(s);
        if (left != (st == GS_OK ? 61u : 1u))
            fail_msg("call %ld failed: status %d and %zu entries", k, st, left);
        if (st == GS_OK)
            assert_int_equal(gs_diary_undo(s->d, 0, &what, &s->err), GS_OK);
    }
    print_message("%zu failing calls, %zu refused imports\n", n_call, refusals);
    assert_true(refusals > 10);
    reopen(s);
    gs_buf_free(&what);
    free(text);
}

static void test_a_full_arena_leaves_no_half_import(void **state)
{
    sandbox *s = *state;
    size_t n, refusals = 0;
    char *text = big_table(200, &n);
    for (size_t limit = 64; limit < (1u << 20); limit += limit / 5 + 100) {
        gs_arena *a = gs_arena_new(limit);
        gs_buf what = {0};
        assert_non_null(a);
        s->err = (gs_err){0};
        gs_status st = gs_diary_import(s->d, a, "my.csv", text, n, &s->o, &s->took, &s->err);
        if (st == GS_OK) {
            assert_int_equal(gs_diary_undo(s->d, 0, &what, &s->err), GS_OK);
        } else {
            refusals++;
            if (st != GS_ENOMEM)
                fail_msg("limit %zu: %d %s", limit, st, s->err.msg);
        }
        assert_stands(s, "");
        gs_buf_free(&what);
        gs_arena_free(a);
    }
    assert_true(refusals > 5);
    free(text);
}

/* ---- disk full ------------------------------------------------------------------------ */

/* In a child: files may not grow beyond `limit` bytes. Exit code tells the status. */
static int import_with_room(sandbox *s, const char *text, size_t n, rlim_t limit)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct rlimit r = {limit, limit};
        gs_diary *d = NULL;
        gs_err err = {0};
        gs_import_took k;
        gs_import_opts o = GS_IMPORT_OPTS;
        gs_arena *a = gs_arena_new(0);
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &r);
        gs_status st = gs_diary_open(s->path, false, &d, &err);
        if (st == GS_OK)
            st = gs_diary_import(d, a, "big.csv", text, n, &o, &k, &err);
        gs_diary_close(d);
        gs_arena_free(a);
        _exit(-(int)st);
    }
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status));
    return -WEXITSTATUS(status);
}

static void test_a_full_disk_leaves_no_half_import(void **state)
{
    sandbox *s = *state;
    size_t n, refused = 0;
    char *text = big_table(N_ROW, &n);
    took(s, "date,eczema\n2026-03-01,4\n", 1);
    gs_diary_close(s->d);
    s->d = NULL;
    for (rlim_t limit = 60000; limit < 900000; limit += 70000) {
        int st = import_with_room(s, text, n, limit);
        size_t left = count_entries(s);
        if (left != (st == GS_OK ? (size_t)N_ROW + 1 : 1))
            fail_msg("room for %lu bytes: status %d and %zu entries", (unsigned long)limit, st,
                     left);
        if (st == GS_OK)
            break;
        assert_int_equal(st, GS_EIO);
        refused++;
    }
    assert_true(refused >= 3);
    reopen(s);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_sandbox(test_a_kill_at_any_moment_leaves_before_or_after),
        in_sandbox(test_a_failed_allocation_of_the_store_leaves_no_half_import),
        in_sandbox(test_a_full_arena_leaves_no_half_import),
        in_sandbox(test_a_full_disk_leaves_no_half_import),
    };
    install_failing_memory();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
