/* Places among others, indices against their definitions, and american_gut's own answers. */
#include "arena.h"

#include "gutskin/gutfile.h"
#include "gutskin/gutreport.h"

#include <string.h>
#include <unistd.h>

static void test_a_value_at_a_quantile_has_that_percentile(void **state)
{
    (void)state;
    gs_stool_ref r = {.n = 1000};
    for (int k = 0; k < GS_STOOL_N_QUANTILE; k++)
        r.q[k] = 10 + 5 * gs_stool_quantile_at[k]; /* uniform on 10..15 */
    for (int k = 0; k < GS_STOOL_N_QUANTILE; k++)
        CHECK_NEAR(gs_stool_place(&r, r.q[k]), 100 * gs_stool_quantile_at[k], 1e-12);
    for (double p = 0.011; p < 0.99; p += 0.0137)
        CHECK_NEAR(gs_stool_place(&r, 10 + 5 * p), 100 * p, 1e-10);
    CHECK_NEAR(gs_stool_place(&r, 9), 0.5, 0);
    CHECK_NEAR(gs_stool_place(&r, 99), 99.5, 0);
    assert_true(isnan(gs_stool_place(&r, NAN)));
}

/* Two people in five have none: none is the middle of that tie, a trace is just above it. */
static void test_nothing_seen_is_the_middle_of_its_tie(void **state)
{
    (void)state;
    gs_stool_ref r = {.n = 1000, .zero = 0.42};
    for (int k = 0; k < GS_STOOL_N_QUANTILE; k++)
        r.q[k] = fmax(0, gs_stool_quantile_at[k] - 0.42);
    CHECK_NEAR(gs_stool_place(&r, 0), 21, 1e-12);
    CHECK_NEAR(gs_stool_place(&r, 1e-9), 42, 1e-3);
    CHECK_NEAR(gs_stool_place(&r, 0.08), 50, 1e-10);
    double last = 0;
    for (double x = 0; x < 0.6; x += 0.003) {
        double p = gs_stool_place(&r, x);
        assert_true(p >= last);
        last = p;
    }
}

static void test_scales_are_undone_by_their_inverse(void **state)
{
    (void)state;
    for (gs_stool_index i = 0; i < GS_N_STOOL; i++) {
        for (double x = 0.001; x < 1; x += 0.0731)
            CHECK_NEAR(gs_stool_from_scale(i, gs_stool_to_scale(i, x)), x, 1e-12);
        assert_int_equal(gs_stool_find(gs_stool_key(i)), (long)i);
    }
    CHECK_NEAR(gs_stool_from_scale(GS_STOOL_MUCIN, gs_stool_to_scale(GS_STOOL_MUCIN, 0)), 0, 1e-15);
}

static void test_shipped_tables_are_whole(void **state)
{
    (void)state;
    gs_stool_refs *r;
    MUST(gs_stool_refs_shipped(arena, &r, err));
    assert_true(r->n_ref > 400 && r->n_day > 20 && r->n_map == 1);
    size_t infant = 0;
    for (size_t k = 0; k < r->n_ref; k++) {
        assert_true(r->ref[k].n >= 20 && r->ref[k].zero >= 0 && r->ref[k].zero < 1);
        infant += r->ref[k].age_hi < 3.2 && r->ref[k].index == GS_STOOL_BIFIDO_LACTO;
        if (gs_stool_scale_of(r->ref[k].index) == GS_STOOL_SHARE)
            assert_true(r->ref[k].q[0] >= 0 && r->ref[k].q[GS_STOOL_N_QUANTILE - 1] <= 1);
    }
    assert_int_equal(infant, 36);
}

static const char table[] =
    "taxon\tS1\tS2\n"
    "k__Bacteria;p__Firmicutes;c__Clostridia;o__Clostridiales;f__Ruminococcaceae;g__Faecalibacterium\t3000\t0\n"
    "k__Bacteria;p__Bacteroidetes;c__Bacteroidia;o__Bacteroidales;f__Bacteroidaceae;g__Bacteroides\t5000\t40\n"
    "k__Bacteria;p__Proteobacteria;c__Gammaproteobacteria;o__Enterobacteriales;f__Enterobacteriaceae;g__Escherichia\t500\t9\n"
    "k__Bacteria;p__Actinobacteria;c__Actinobacteria;o__Bifidobacteriales;f__Bifidobacteriaceae;g__Bifidobacterium\t1500\t0\n";

static gs_stool *read_one(const char *text, size_t s, gs_gut_method m, double age)
{
    gs_gut *g;
    gs_stool *x;
    gs_gut_opts o = GS_GUT_OPTS;
    gs_stool_opts so = GS_STOOL_OPTS;
    o.method = m;
    so.age = age;
    MUST(gs_gut_parse(arena, "t.tsv", text, strlen(text), &o, &g, err));
    MUST(gs_stool_read(arena, g, s, &so, &x, err));
    return x;
}

static void test_shares_and_ratios_are_their_definitions(void **state)
{
    (void)state;
    gs_stool *x = read_one(table, 0, GS_GUT_16S_CLOSED, 30);
    CHECK_NEAR(x->value[GS_STOOL_BUTYRATE_CAPACITY].count.at, 0.3, 1e-14);
    CHECK_NEAR(x->value[GS_STOOL_PRO_LPS].count.at, 0.05, 1e-14);
    CHECK_NEAR(x->value[GS_STOOL_BUTYRATE_LPS].count.at, log(3000.5 / 500.5), 1e-12);
    CHECK_NEAR(x->value[GS_STOOL_BIFIDO_LACTO].count.at, 0.15, 1e-14);
    CHECK_NEAR(x->value[GS_STOOL_OBSERVED].count.at, 4, 0);
    CHECK_NEAR(x->value[GS_STOOL_OBSERVED].compared, 4, 1e-9); /* all 10,000 reads */
    const gs_stool_ref *r = x->value[GS_STOOL_SHANNON].ref;
    assert_non_null(r);
    assert_true(r->age_lo == 18 && r->age_hi == 40 && r->depth == 10000);
    for (gs_stool_index i = 0; i < GS_N_STOOL; i++) {
        const gs_stool_value *v = &x->value[i];
        assert_true(isnan(v->count.lo) || (v->count.lo <= v->count.at && v->count.at <= v->count.hi));
        assert_true(isnan(v->place.lo) || (v->place.lo <= v->place.at && v->place.at <= v->place.hi));
    }
    assert_true(isnan(x->value[GS_STOOL_FUNGI].count.at)); /* 16S sees none */
}

static void test_methods_without_a_reference_say_so(void **state)
{
    (void)state;
    gs_stool *x = read_one(table, 0, GS_GUT_16S, 30);
    assert_null(x->value[GS_STOOL_BUTYRATE].ref);
    assert_string_equal(x->value[GS_STOOL_BUTYRATE].why, "no reference for this method");
    x = read_one(table, 0, GS_GUT_SHOTGUN, 30);
    assert_string_equal(x->value[GS_STOOL_BUTYRATE].why, "no reference for this profiler");
    x = read_one(table, 0, GS_GUT_16S_CLOSED, 0.5);
    assert_true(x->value[GS_STOOL_BUTYRATE].ref->age_hi < 1);
    assert_string_equal(x->value[GS_STOOL_OBSERVED].why, "no reference for this age by this method");
    gs_gut *g;
    gs_err wrong = {0};
    gs_stool_opts so = GS_STOOL_OPTS;
    gs_gut_opts o = GS_GUT_OPTS;
    MUST(gs_gut_parse(arena, "t.tsv", table, strlen(table), &o, &g, err));
    assert_int_equal(gs_stool_read(arena, g, 1, &so, &x, &wrong), GS_ERANGE); /* 49 reads */
    assert_non_null(strstr(wrong.msg, "49 reads"));
}

static void test_report_says_skin_only_to_say_nothing(void **state)
{
    (void)state;
    gs_buf text = {0}, json = {0}, html = {0};
    gs_stool *x = read_one(table, 0, GS_GUT_16S_CLOSED, NAN);
    MUST(gs_gutreport_text(x, 10, &text, err));
    MUST(gs_gutreport_json(x, &json, err));
    MUST(gs_gutreport_html(x, &html, err));
    assert_non_null(strstr(text.data, "No score of skin risk"));
    assert_non_null(strstr(html.data, "No score of skin risk"));
    assert_null(strstr(text.data, "nan"));
    assert_null(strstr(json.data, "nan"));
    assert_null(strstr(html.data, ">nan"));
    assert_non_null(strstr(html.data, "<svg"));
    assert_null(strstr(html.data, "<script"));
    gs_buf_free(&text), gs_buf_free(&json), gs_buf_free(&html);
}

/* ../shared/data/american_gut: the file's own columns, computed elsewhere, four decimals */
static void test_american_gut_answers_are_given(void **state)
{
    (void)state;
    char path[600], meta[600], *text;
    size_t n, n_checked = 0;
    gs_gutfile_opts o = GS_GUTFILE_OPTS;
    gs_gut *g;
    snprintf(path, sizeof path, "%s/../shared/data/american_gut/otu_even10k.biom.json.gz", GS_SOURCE_DIR);
    snprintf(meta, sizeof meta, "%s/../shared/data/american_gut/metadata.tsv.gz", GS_SOURCE_DIR);
    if (access(path, R_OK) != 0) {
        print_message("../shared/data/american_gut is not there; skipped\n");
        skip();
    }
    MUST(gs_gutfile_read(arena, path, &o, &g, err));
    MUST(gs_text_read_file(meta, 1 << 24, &text, &n, err));
    assert_int_equal(g->n_sample, 1907);
    char *save = NULL;
    strtok_r(text, "\n", &save);
    for (char *line; (line = strtok_r(NULL, "\n", &save));) {
        char *cell[64] = {line};
        size_t k = 1;
        for (char *p = line; *p && k < 64; p++)
            if (*p == '\t')
                *p = '\0', cell[k++] = p + 1;
        long s = gs_gut_sample(g, cell[0]);
        if (s < 0)
            continue;
        gs_eco_alpha a;
        gs_eco_alpha_of(g->start[s + 1] - g->start[s], g->value + g->start[s], &a);
        CHECK_NEAR(a.observed, atof(cell[40]), 0);
        assert_true(fabs(a.shannon - atof(cell[42])) <= 0.5e-4 + 1e-9);
        assert_true(fabs(a.inv_simpson - atof(cell[44])) <= 0.5e-4 * fmax(1, a.inv_simpson) + 1e-9);
        n_checked++;
    }
    assert_int_equal(n_checked, 1907);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_value_at_a_quantile_has_that_percentile),
        cmocka_unit_test(test_nothing_seen_is_the_middle_of_its_tie),
        cmocka_unit_test(test_scales_are_undone_by_their_inverse),
        cmocka_unit_test(test_shipped_tables_are_whole),
        cmocka_unit_test(test_shares_and_ratios_are_their_definitions),
        cmocka_unit_test(test_methods_without_a_reference_say_so),
        cmocka_unit_test(test_report_says_skin_only_to_say_nothing),
        cmocka_unit_test(test_american_gut_answers_are_given),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
