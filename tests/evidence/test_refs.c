/* Keys of the shipped table lead somewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gutskin/evidence.h"

#include <string.h>

#define TEST(name) static void name(void **state)

TEST(test_refs__every_key_of_the_table_is_found)
{
    (void)state;
    const gs_evidence *ev = gs_evidence_shipped();
    char text[300], link[300];
    size_t links = 0;
    assert_true(ev->n > 0);
    for (size_t i = 0; i < ev->n; i++) {
        if (!gs_evidence_where(ev->row[i].key, text, sizeof text, link, sizeof link))
            fail_msg("%s: key %s is not found", ev->row[i].id, ev->row[i].key);
        assert_true(*text);
        assert_null(strpbrk(text, "{}\n"));
        assert_null(strpbrk(link, "{}\n \"<>"));
        if (*link)
            assert_true(!strncmp(link, "https://doi.org/10.", 19) ||
                        !strncmp(link, "https://pubmed.ncbi.nlm.nih.gov/", 32) ||
                        !strncmp(link, "https://pmc.ncbi.nlm.nih.gov/articles/PMC", 41));
        links += *link != 0;
    }
    assert_true(links > ev->n / 2);
}

TEST(test_refs__reads_one_entry)
{
    (void)state;
    char text[300], link[300];
    assert_true(gs_evidence_where("abrahamsson2012", text, sizeof text, link, sizeof link));
    assert_string_equal(text, "J Allergy Clin Immunol 2012, doi:10.1016/j.jaci.2011.10.025");
    assert_string_equal(link, "https://doi.org/10.1016/j.jaci.2011.10.025");
    assert_true(gs_evidence_where("smith2007ajcn", text, sizeof text, link, sizeof link));
    assert_string_equal(text, "Am J Clin Nutr 2007, AJCN 2007;86:107-15");
    assert_string_equal(link, "");
}

TEST(test_refs__knows_no_other_keys)
{
    (void)state;
    static const char *const bad[] = {"", "abrahamsson", "abrahamsson2012,", "doi", "@article",
                                      "{", "nobody1999"};
    char text[300], link[300];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(gs_evidence_where(bad[i], text, sizeof text, link, sizeof link));
        assert_string_equal(text, "");
        assert_string_equal(link, "");
    }
    /* a short buffer is cut, not overrun */
    char few[8], none[1];
    assert_true(gs_evidence_where("abrahamsson2012", few, sizeof few, none, sizeof none));
    assert_string_equal(few, "J Aller");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refs__every_key_of_the_table_is_found),
        cmocka_unit_test(test_refs__reads_one_entry),
        cmocka_unit_test(test_refs__knows_no_other_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
