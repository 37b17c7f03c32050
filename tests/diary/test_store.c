/* The store: what is written stands, what is taken back is gone, what is forgotten
 * leaves no byte, and no failure leaves half of anything. */
#include "sandbox.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define D0 20000 /* 2024-10-04 */

static gs_status log_one(sandbox *s, gs_entry e, bool replace)
{
    s->err = (gs_err){0};
    return gs_diary_log(s->d, 1, &e, replace, "log", NULL, &s->err);
}

static void test_what_is_logged_stands_in_the_channels_unit(void **state)
{
    sandbox *s = *state;
    gs_entry e[] = {entry("Eczema", D0, 4), entry("fiber", D0, 22), entry("water", D0, 3),
                    entry("stress", D0, 3), entry("probiotics", D0, NAN)};
    e[1].unit = "g";
    e[2].unit = "glasses";
    e[3].unit = "/4";
    int64_t batch = 0;
    assert_int_equal(gs_diary_log(s->d, 5, e, false, "log", &batch, &s->err), GS_OK);
    assert_true(batch > 0);
    assert_stands(s, "me 2024-10-04 eczema=4 0-10\n"
                     "me 2024-10-04 fibre=22\n"
                     "me 2024-10-04 probiotic\n"
                     "me 2024-10-04 stress=7.5\n"
                     "me 2024-10-04 water=0.75\n");
}

static void test_a_log_is_all_or_nothing_and_names_the_channel(void **state)
{
    sandbox *s = *state;
    gs_entry e[] = {entry("eczema", D0, 4), entry("stress", D0, 11)};
    assert_int_equal(gs_diary_log(s->d, 2, e, false, "log", NULL, &s->err), GS_ERANGE);
    assert_string_equal(s->err.field, "stress");
    assert_stands(s, "");
}

static void test_a_second_value_for_a_day_needs_replace_and_undo_restores(void **state)
{
    sandbox *s = *state;
    assert_int_equal(log_one(s, entry("eczema", D0, 4), false), GS_OK);
    assert_int_equal(log_one(s, entry("eczema", D0, 4), false), GS_OK); /* the same: fine */
    assert_int_equal(log_one(s, entry("eczema", D0, 6), false), GS_EUSE);
    assert_non_null(strstr(s->err.msg, "4"));
    assert_int_equal(log_one(s, entry("eczema", D0, 6), true), GS_OK);
    assert_int_equal(log_one(s, entry("eczema", D0, 7), true), GS_OK);
    assert_stands(s, "me 2024-10-04 eczema=7 0-10\n");
    gs_buf what = {0};
    assert_int_equal(gs_diary_undo(s->d, 0, &what, &s->err), GS_OK);
    assert_stands(s, "me 2024-10-04 eczema=6 0-10\n");
    assert_non_null(strstr(what.data, "1 value"));
    assert_int_equal(gs_diary_undo(s->d, 0, &what, &s->err), GS_OK);
    assert_stands(s, "me 2024-10-04 eczema=4 0-10\n");
    gs_buf_free(&what);
}

/* 4 replaced by 6 replaced by 7; taking back the middle leaves 7, then 4. */
static void test_undoing_a_batch_in_the_middle_keeps_the_later_one(void **state)
{
    sandbox *s = *state;
    gs_buf what = {0};
    int64_t batch[3];
    const double v[] = {4, 6, 7};
    for (int i = 0; i < 3; i++) {
        gs_entry e = entry("eczema", D0, v[i]);
        assert_int_equal(gs_diary_log(s->d, 1, &e, true, "log", &batch[i], &s->err), GS_OK);
    }
    assert_int_equal(gs_diary_undo(s->d, batch[1], &what, &s->err), GS_OK);
    assert_stands(s, "me 2024-10-04 eczema=7 0-10\n");
    assert_int_equal(gs_diary_undo(s->d, batch[2], &what, &s->err), GS_OK);
    assert_stands(s, "me 2024-10-04 eczema=4 0-10\n");
    assert_int_equal(gs_diary_undo(s->d, batch[1], &what, &s->err), GS_EFOUND);
    assert_int_equal(gs_diary_undo(s->d, 0, &what, &s->err), GS_OK);
    assert_int_equal(gs_diary_undo(s->d, 0, &what, &s->err), GS_EFOUND);
    gs_buf_free(&what);
}

static void test_a_number_takes_the_place_of_a_bare_tag_and_not_back(void **state)
{
    sandbox *s = *state;
    assert_int_equal(log_one(s, entry("stress", D0, NAN), false), GS_OK);
    assert_int_equal(log_one(s, entry("stress", D0, 6), false), GS_OK);
    assert_int_equal(log_one(s, entry("stress", D0, NAN), false), GS_OK);
    assert_stands(s, "me 2024-10-04 stress=6\n");
}

static void test_dates_and_day_numbers_do_not_mix_in_one_person(void **state)
{
    sandbox *s = *state;
    gs_entry e = entry("eczema", 3, 4);
    e.numbered = true;
    assert_int_equal(log_one(s, entry("eczema", D0, 4), false), GS_OK);
    assert_int_equal(log_one(s, e, false), GS_EUSE);
    e.person = "P01";
    assert_int_equal(log_one(s, e, false), GS_OK);
    assert_stands(s, "P01 3 eczema=4 0-10\nme 2024-10-04 eczema=4 0-10\n");
}

static void test_a_condition_can_be_said(void **state)
{
    sandbox *s = *state;
    gs_obs *o;
    assert_int_equal(log_one(s, entry("itch", D0, 4), false), GS_OK);
    assert_int_equal(log_one(s, entry("condition", D0, GS_PSORIASIS), false), GS_OK);
    assert_int_equal(gs_diary_obs(s->d, "", s->a, &o, &s->err), GS_OK);
    assert_int_equal(o->condition, GS_PSORIASIS);
    assert_string_equal(o->series[0].condition, "psoriasis");
    assert_int_equal(log_one(s, entry("condition", D0, 9), true), GS_ERANGE);
}

/* ---- forget ---------------------------------------------------------------------- */

static bool file_holds(const char *path, const char *word)
{
    gs_err err = {0};
    char *text;
    size_t n;
    if (access(path, F_OK) != 0)
        return false;
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    n = (size_t)ftell(f);
    rewind(f);
    text = malloc(n + 1);
    assert_int_equal(fread(text, 1, n, f), n);
    fclose(f);
    bool found = n && memmem(text, n, word, strlen(word)) != NULL;
    free(text);
    (void)err;
    return found;
}

static bool any_file_holds(sandbox *s, const char *word)
{
    char wal[120], shm[120];
    snprintf(wal, sizeof wal, "%s-wal", s->path);
    snprintf(shm, sizeof shm, "%s-shm", s->path);
    return file_holds(s->path, word) || file_holds(wal, word) || file_holds(shm, word);
}

static void test_forget_leaves_no_byte_of_the_person(void **state)
{
    sandbox *s = *state;
    size_t n = 0;
    gs_buf text = {0};
    gs_buf_put(&text, "person,date,channel,value\n");
    for (int i = 0; i < 400; i++) {
        char iso[16];
        gs_buf_printf(&text, "Wilhelmina,%s,Zweifelkraut,%d\n",
                      gs_date_iso(D0 + i, iso, sizeof iso), i);
        gs_buf_printf(&text, "Bob,%s,eczema,%d\n", gs_date_iso(D0 + i, iso, sizeof iso), i % 11);
    }
    took(s, text.data, 800);
    gs_buf_free(&text);
    assert_int_equal(gs_diary_keep(s->d, "Wilhelmina", "answer", "k", "Zweifelkraut", 12,
                                   &s->err), GS_OK);
    assert_true(any_file_holds(s, "Wilhelmina"));
    assert_true(any_file_holds(s, "Zweifelkraut"));
    assert_int_equal(gs_diary_forget(s->d, "Wilhelmina", &n, &s->err), GS_OK);
    assert_int_equal(n, 400);
    assert_false(any_file_holds(s, "Wilhelmina"));
    assert_false(any_file_holds(s, "Zweifelkraut"));
    assert_true(any_file_holds(s, "Bob"));
    assert_int_equal(gs_diary_forget(s->d, "Wilhelmina", &n, &s->err), GS_EFOUND);
    assert_int_equal(gs_diary_forget(s->d, "", &n, &s->err), GS_OK);
    assert_false(any_file_holds(s, "Bob"));
    assert_false(any_file_holds(s, "my.csv"));
    assert_stands(s, "");
}

/* ---- files ------------------------------------------------------------------------- */

static void test_a_diary_is_readable_by_its_owner_only(void **state)
{
    sandbox *s = *state;
    struct stat st;
    assert_int_equal(stat(s->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_what_is_no_diary_is_refused_and_left_alone(void **state)
{
    sandbox *s = *state;
    gs_diary *d = NULL;
    char path[120];
    snprintf(path, sizeof path, "%s/notes.txt", s->dir);
    gs_err err = {0};
    const char *words = "dear diary, this is a text and no database at all, however long it "
                        "may be, and it stays what it is ..............................";
    assert_int_equal(gs_text_write_file(path, words, strlen(words), &err), GS_OK);
    assert_int_equal(gs_diary_open(path, true, &d, &err), GS_ESTORE);
    assert_true(file_holds(path, "stays what it is"));
    assert_int_equal(gs_diary_open("/nonexistent/x.db", false, &d, &err), GS_EFOUND);

    snprintf(path, sizeof path, "%s/other.db", s->dir);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE t(x)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    err = (gs_err){0};
    assert_int_equal(gs_diary_open(path, true, &d, &err), GS_ESTORE);
    assert_non_null(strstr(err.msg, "another program"));
}

static void raw(sandbox *s, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(s->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}

static void test_an_older_layout_is_migrated_with_its_entries(void **state)
{
    sandbox *s = *state;
    assert_int_equal(log_one(s, entry("eczema", D0, 4), false), GS_OK);
    gs_diary_close(s->d);
    s->d = NULL;
    raw(s, "DROP TABLE plan_event; DROP TABLE plan; DROP TABLE profile; DROP TABLE kept;"
           "PRAGMA user_version = 1;");
    assert_int_equal(gs_diary_open(s->path, false, &s->d, &s->err), GS_OK);
    assert_stands(s, "me 2024-10-04 eczema=4 0-10\n");
    assert_int_equal(gs_diary_keep(s->d, "", "fit", "k", "x", 1, &s->err), GS_OK);
}

static void test_a_newer_layout_is_refused(void **state)
{
    sandbox *s = *state;
    gs_diary_close(s->d);
    s->d = NULL;
    raw(s, "PRAGMA user_version = 99;");
    assert_int_equal(gs_diary_open(s->path, false, &s->d, &s->err), GS_ESTORE);
    assert_non_null(strstr(s->err.msg, "newer"));
}

static void test_a_damaged_file_is_a_sentence(void **state)
{
    sandbox *s = *state;
    for (int i = 0; i < 60; i++)
        assert_int_equal(log_one(s, entry("eczema", D0 + i, i % 11), false), GS_OK);
    gs_diary_close(s->d);
    s->d = NULL;
    int fd = open(s->path, O_WRONLY);
    assert_true(fd >= 0);
    char junk[4096];
    memset(junk, 0xa5, sizeof junk);
    for (off_t at = 4096; at < 40960; at += 4096)
        assert_int_equal(pwrite(fd, junk, sizeof junk, at), (ssize_t)sizeof junk);
    close(fd);
    gs_err err = {0};
    gs_status st = gs_diary_open(s->path, false, &s->d, &err);
    if (st == GS_OK)
        st = gs_diary_each(s->d, "", print_row, &(gs_buf){0}, &err);
    assert_int_equal(st, GS_ESTORE);
    assert_non_null(strstr(err.msg, "damaged"));
}

static void test_results_are_kept_and_found_again(void **state)
{
    sandbox *s = *state;
    const char *key, *bytes;
    size_t n;
    assert_int_equal(log_one(s, entry("eczema", D0, 4), false), GS_OK);
    assert_int_equal(gs_diary_kept(s->d, "", "fit", s->a, &key, &bytes, &n, &s->err), GS_EFOUND);
    assert_int_equal(gs_diary_keep(s->d, "", "fit", "k1", "a\0b", 3, &s->err), GS_OK);
    assert_int_equal(gs_diary_keep(s->d, "", "fit", "k2", "c\0de", 4, &s->err), GS_OK);
    assert_int_equal(gs_diary_kept(s->d, "", "fit", s->a, &key, &bytes, &n, &s->err), GS_OK);
    assert_string_equal(key, "k2");
    assert_int_equal(n, 4);
    assert_memory_equal(bytes, "c\0de", 4);
    assert_int_equal(gs_diary_keep(s->d, "nobody", "fit", "k", "x", 1, &s->err), GS_EFOUND);
}

static void test_the_fingerprint_moves_with_every_entry_and_back(void **state)
{
    sandbox *s = *state;
    uint64_t h[4];
    gs_buf what = {0};
    assert_int_equal(log_one(s, entry("eczema", D0, 4), false), GS_OK);
    assert_int_equal(gs_diary_fingerprint(s->d, "", &h[0], &s->err), GS_OK);
    assert_int_equal(log_one(s, entry("eczema", D0, 5), true), GS_OK);
    assert_int_equal(gs_diary_fingerprint(s->d, "", &h[1], &s->err), GS_OK);
    assert_int_equal(log_one(s, entry("stress", D0, NAN), true), GS_OK);
    assert_int_equal(gs_diary_fingerprint(s->d, "", &h[2], &s->err), GS_OK);
    assert_true(h[0] != h[1] && h[1] != h[2]);
    assert_int_equal(gs_diary_undo(s->d, 0, &what, &s->err), GS_OK);
    assert_int_equal(gs_diary_undo(s->d, 0, &what, &s->err), GS_OK);
    assert_int_equal(gs_diary_fingerprint(s->d, "", &h[3], &s->err), GS_OK);
    assert_true(h[0] == h[3]);
    gs_buf_free(&what);
}

static void test_two_writers_wait_for_each_other(void **state)
{
    sandbox *s = *state;
    pid_t child[2];
    gs_diary_close(s->d);
    s->d = NULL;
    for (int c = 0; c < 2; c++) {
        child[c] = fork();
        if (child[c] == 0) {
            gs_diary *d = NULL;
            gs_err err = {0};
            if (gs_diary_open(s->path, false, &d, &err) != GS_OK)
                _exit(1);
            for (int i = 0; i < 25; i++) {
                gs_entry e = entry("eczema", D0 + i, 3);
                e.person = c ? "A" : "B";
                if (gs_diary_log(d, 1, &e, false, "log", NULL, &err) != GS_OK)
                    _exit(2);
            }
            gs_diary_close(d);
            _exit(0);
        }
    }
    for (int c = 0; c < 2; c++) {
        int status;
        waitpid(child[c], &status, 0);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    size_t n = 0;
    assert_int_equal(gs_diary_open(s->path, false, &s->d, &s->err), GS_OK);
    assert_int_equal(gs_diary_forget(s->d, "", &n, &s->err), GS_OK);
    assert_int_equal(n, 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_sandbox(test_what_is_logged_stands_in_the_channels_unit),
        in_sandbox(test_a_log_is_all_or_nothing_and_names_the_channel),
        in_sandbox(test_a_second_value_for_a_day_needs_replace_and_undo_restores),
        in_sandbox(test_undoing_a_batch_in_the_middle_keeps_the_later_one),
        in_sandbox(test_a_number_takes_the_place_of_a_bare_tag_and_not_back),
        in_sandbox(test_dates_and_day_numbers_do_not_mix_in_one_person),
        in_sandbox(test_a_condition_can_be_said),
        in_sandbox(test_forget_leaves_no_byte_of_the_person),
        in_sandbox(test_a_diary_is_readable_by_its_owner_only),
        in_sandbox(test_what_is_no_diary_is_refused_and_left_alone),
        in_sandbox(test_an_older_layout_is_migrated_with_its_entries),
        in_sandbox(test_a_newer_layout_is_refused),
        in_sandbox(test_a_damaged_file_is_a_sentence),
        in_sandbox(test_results_are_kept_and_found_again),
        in_sandbox(test_the_fingerprint_moves_with_every_entry_and_back),
        in_sandbox(test_two_writers_wait_for_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
