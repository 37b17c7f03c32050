/* The journal keeps whole records through any end of a run, and nobody else's. */
#include "check.h"

#include "crew/journal.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEST(name) static void name(void **unused)

static const char PATH[] = "./run.part";
static const double X[] = {1, 2, 3, NAN, -5};

static journal *open_or_say(uint64_t who, size_t n, gs_status want, const char *about)
{
    journal *j = NULL;
    gs_err err = {0};
    gs_status st = journal_open(PATH, who, n, &j, &err);
    if (st != want)
        fail_msg("status %d, expected %d: %s", (int)st, (int)want, err.msg);
    if (about && !strstr(err.msg, about))
        fail_msg("no \"%s\" in: %s", about, err.msg);
    return j;
}

static void put(journal *j, size_t piece, size_t n)
{
    gs_err err = {0};
    if (journal_put(j, piece, n, X, &err) != GS_OK)
        fail_msg("%s", err.msg);
}

/* pieces 2 (5 numbers) and 0 (3 numbers) of a run of four */
static off_t make_file(void)
{
    struct stat st;
    unlink(PATH);
    journal *j = open_or_say(77, 4, GS_OK, NULL);
    put(j, 2, 5);
    put(j, 0, 3);
    journal_close(j);
    assert_int_equal(stat(PATH, &st), 0);
    return st.st_size;
}

TEST(what_was_put_is_there_again)
{
    (void)unused;
    double x[4];
    gs_err err = {0};
    make_file();
    journal *j = open_or_say(77, 4, GS_OK, NULL);
    assert_int_equal(journal_n_done(j), 2);
    assert_true(journal_has(j, 0) && !journal_has(j, 1) && journal_has(j, 2));
    assert_int_equal(journal_read(j, 2, 1, 4, x, &err), GS_OK);
    assert_memory_equal(x, X + 1, sizeof x);
    assert_int_equal(journal_read(j, 2, 2, 4, x, &err), GS_EIO); /* past its end */
    assert_int_equal(journal_read(j, 1, 0, 1, x, &err), GS_EIO);
    journal_close(j);
}

/* a file cut anywhere opens, keeps the whole records before the cut, and goes on */
TEST(a_file_cut_at_any_byte_keeps_its_whole_records)
{
    (void)unused;
    off_t size = make_file(), head = 24, first = head + 24 + 5 * 8;
    double x;
    gs_err err = {0};
    for (off_t cut = 0; cut <= size; cut++) {
        make_file();
        assert_int_equal(truncate(PATH, cut), 0);
        journal *j = open_or_say(77, 4, GS_OK, NULL);
        size_t whole = cut >= size ? 2 : cut >= first ? 1 : 0;
        if (journal_n_done(j) != whole)
            fail_msg("cut at %ld: %zu records, expected %zu", (long)cut, journal_n_done(j),
                     whole);
        put(j, 3, 1);
        journal_close(j);
        j = open_or_say(77, 4, GS_OK, NULL);
        assert_int_equal(journal_n_done(j), whole + 1);
        assert_int_equal(journal_read(j, 3, 0, 1, &x, &err), GS_OK);
        assert_true(x == X[0]);
        journal_close(j);
    }
}

TEST(a_flipped_bit_ends_the_file_there)
{
    (void)unused;
    off_t size = make_file();
    for (off_t at = 24; at < size; at += 5) {
        make_file();
        FILE *f = fopen(PATH, "r+");
        assert_non_null(f);
        fseek(f, (long)at, SEEK_SET);
        int c = fgetc(f);
        fseek(f, (long)at, SEEK_SET);
        fputc(c ^ 16, f);
        fclose(f);
        journal *j = open_or_say(77, 4, GS_OK, NULL);
        assert_int_equal(journal_n_done(j), at < 24 + 24 + 5 * 8 ? 0 : 1);
        journal_close(j);
    }
}

TEST(another_run_and_other_files_are_refused_and_left_alone)
{
    (void)unused;
    off_t size = make_file();
    struct stat st;
    open_or_say(78, 4, GS_EUSE, "another run");
    open_or_say(77, 5, GS_EUSE, "another run");
    journal *j = open_or_say(77, 4, GS_OK, NULL);
    open_or_say(77, 4, GS_EUSE, "another run is writing it");
    journal_close(j);
    assert_int_equal(stat(PATH, &st), 0);
    assert_true(st.st_size == size);
    FILE *f = fopen(PATH, "w");
    fputs("date,acne\n2025-01-01,3\n2025-01-02,4\n", f);
    fclose(f);
    open_or_say(77, 4, GS_EIO, "is not the journal of a run");
    unlink(PATH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_there_again),
        cmocka_unit_test(a_file_cut_at_any_byte_keeps_its_whole_records),
        cmocka_unit_test(a_flipped_bit_ends_the_file_there),
        cmocka_unit_test(another_run_and_other_files_are_refused_and_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
