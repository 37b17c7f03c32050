/* Claims: every one has its rows, its levers and a verdict. */
#include "check.h"

#include "gutskin/known.h"
#include "gutskin/plan.h"

#include <string.h>

#define TEST(name) static void name(void **state)

TEST(test_known__claims_lean_on_rows_of_the_table)
{
    (void)state;
    size_t n;
    const gs_known *k = gs_known_shipped(&n);
    const gs_evidence *ev = gs_evidence_shipped();

    assert_non_null(k);
    assert_int_equal(n, 8);
    for (size_t i = 0; i < n; i++) {
        assert_true(k[i].n_row >= 3 && k[i].n_model >= 1);
        for (size_t r = 0; r < k[i].n_row; r++) {
            size_t j = 0;
            while (j < ev->n && strcmp(ev->row[j].id, k[i].row[r]) != 0)
                j++;
            if (j == ev->n)
                fail_msg("%s names %s, which is no row of the table", k[i].name, k[i].row[r]);
        }
    }
}

TEST(test_known__blocks_are_refused_by_line)
{
    (void)state;
    static const char *const bad[] = {
        "asks x\n",
        "claim a\n  asks x\n",
        "claim a\n  asks x\n  verdict surely so\n  evidence e\n  model fibre acne\n  rows r\n",
        "claim a\n  asks x\n  verdict likely so\n  evidence e\n  model fibre warts\n  rows r\n",
        "claim a\n  asks x\n  verdict likely so\n  evidence e\n  model fibre\n  rows r\n",
    };
    static const char good[] = "# c\nclaim a\n  asks x\n   y\n  verdict likely: so\n  evidence e\n"
                               "  model fibre acne; water eczema\n  rows r1 r2\n";
    gs_arena *a = gs_arena_new(0);
    gs_known *k;
    size_t n;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        gs_err err = {0};
        assert_int_equal(gs_known_read(a, "k.txt", bad[i], strlen(bad[i]), &n, &k, &err), GS_EPARSE);
        assert_true(err.line >= 1);
    }
    assert_int_equal(gs_known_read(a, "k.txt", good, sizeof good - 1, &n, &k, NULL), GS_OK);
    assert_int_equal(n, 1);
    assert_string_equal(k[0].asks, "x y");
    assert_string_equal(k[0].word, "likely");
    assert_int_equal(k[0].n_model, 2);
    assert_string_equal(k[0].row[1], "r2");
    gs_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known__claims_lean_on_rows_of_the_table),
        cmocka_unit_test(test_known__blocks_are_refused_by_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
