/* Plans: rows become lever changes, or say why not. */
#include "check.h"

#include "gutskin/kernel.h"
#include "gutskin/plan.h"

#include <string.h>

#define TEST(name) static void name(void **state)

static gs_evidence_row row(const char *lever, const char *what, const char *outcome)
{
    return (gs_evidence_row){
        .id = "x", .condition = "eczema", .lever = lever, .what = what, .control = "placebo",
        .population = "", .age = "", .outcome = outcome, .unit = "points", .n_treat = 20,
        .n_control = 20, .weeks = 8, .effect_type = "MD", .effect = -3, .ci_lo = -6, .ci_hi = 0,
        .design = "rct", .source = "", .key = "", .caution = "", .trial = "x",
        .kind = GS_DESIGN_RCT, .result = GS_RESULT_SEVERITY, .arms = "", .arm_treat = NAN,
        .arm_control = NAN, .base_treat = NAN, .base_control = NAN, .p = NAN, .finding = "null",
        .why_not = "", .grade = GS_GRADE_EXCERPT};
}

static gs_plan plan(const char *lever, const char *what)
{
    gs_evidence_row r = row(lever, what, "SCORAD");
    gs_plan p;

    gs_plan_make(gs_plan_rules_shipped(), &r, &p);
    return p;
}

TEST(test_plan__every_row_is_planned_or_says_why)
{
    (void)state;
    const gs_evidence *ev = gs_evidence_shipped();
    size_t n = 0, cal = 0;
    gs_plan p;

    for (size_t i = 0; i < ev->n; i++) {
        gs_plan_make(gs_plan_rules_shipped(), &ev->row[i], &p);
        if (p.contrast == (*p.why != '\0'))
            fail_msg("%s: a reason stands exactly where there is no contrast", ev->row[i].id);
        if (p.contrast)
            assert_true(p.n_move > 0 && *p.see && p.weeks > 0 && p.base > 0);
        n += p.contrast;
        cal += p.contrast && ev->row[i].calibrates;
    }
    assert_true(n > 60 && cal > 20);
}

TEST(test_plan__rules_name_only_what_the_model_has)
{
    (void)state;
    const gs_plan_rules *g = gs_plan_rules_shipped();
    const gs_kernel *k = gs_axis();
    const char *t;

    for (size_t i = 0; (t = gs_plan_rules_lever(g, i)); i++) {
        if (gs_kernel_lever(k, t) < 0)
            fail_msg("the model has no lever %s", t);
    }
    for (size_t i = 0; (t = gs_plan_rules_see(g, i)); i++) {
        while (*t) {
            char name[64];
            size_t n = strcspn(t, "+");
            memcpy(name, t, n);
            name[n] = '\0';
            if (strcmp(name, "drive") != 0 && gs_kernel_see(k, name) < 0 &&
                gs_kernel_state(k, name) < 0)
                fail_msg("the model has no %s to look at", name);
            t += n + (t[n] == '+');
        }
    }
}

TEST(test_plan__doses_are_read_from_the_rows_words)
{
    (void)state;
    CHECK_NEAR(plan("prebiotic", "kestose, 1-2 g a day").move[0].amount, 1.5, 0);
    CHECK_NEAR(plan("prebiotic", "inulin; 12.5 g/day").move[0].amount, 12.5, 0);
    CHECK_NEAR(plan("prebiotic", "fos 500 mg daily").move[0].amount, 0.5, 1e-12);
    CHECK_NEAR(plan("vitamin_d", "cholecalciferol 2000 IU/day").move[0].amount, 1, 1e-12);
    CHECK_NEAR(plan("glycaemic", "load 101 against 171").move[0].amount, 101.0 / 171, 1e-12);
    CHECK_NEAR(plan("water", "2 L more a day").move[0].amount, 2, 0);
    CHECK_NEAR(plan("prebiotic", "a kilo, 5000 g").move[0].amount, 40, 0); /* the cap */
    assert_true(plan("prebiotic", "some fibre from chicory").dose_assumed);
    assert_false(plan("prebiotic", "8 g").dose_assumed);
    CHECK_NEAR(plan("probiotic", "a capsule twice a day").move[0].amount, 2, 0);
    assert_int_equal(plan("dairy", "leaving out milk").move[0].op, '*');
    assert_int_equal(plan("dairy", "a glass of milk a day").move[0].op, '+');
}

TEST(test_plan__what_is_not_in_the_axis_is_said_in_a_sentence)
{
    (void)state;
    gs_plan p = plan("omega3", "fish oil");
    assert_false(p.contrast);
    assert_non_null(strstr(p.why, "omega-3"));
    gs_evidence_row r = row("probiotic", "a strain", "SCORAD");
    r.kind = GS_DESIGN_COHORT;
    gs_plan_make(gs_plan_rules_shipped(), &r, &p);
    assert_false(p.contrast);
    assert_non_null(strstr(p.why, "watched"));
    r.kind = GS_DESIGN_RCT;
    r.effect = NAN;
    gs_plan_make(gs_plan_rules_shipped(), &r, &p);
    assert_non_null(strstr(p.why, "no number"));
    r.effect = -1;
    r.control = "methotrexate";
    gs_plan_make(gs_plan_rules_shipped(), &r, &p);
    assert_non_null(strstr(p.why, "medicine"));
}

TEST(test_plan__rules_are_refused_by_line)
{
    (void)state;
    static const char levers[] =
        "lever,match,but_not,move,move2,move3,dose,per,cap,habit,days,group,why\n"
        "fibre,,,fibre 10,,,,,,,,fibre,\n";
    static const char outcomes[] =
        "condition,result,match,but_not,family,see,how,threshold,base,base_gsd,cv,why\n";
    gs_arena *a = gs_arena_new(0);
    gs_plan_rules *g;
    gs_err err = {0};

    assert_int_equal(gs_plan_rules_read(a, "l.csv", levers, sizeof levers - 1, "o.csv", outcomes,
                                        sizeof outcomes - 1, &g, &err), GS_EPARSE);
    assert_int_equal(err.line, 2);
    assert_string_equal(err.field, "move");
    gs_arena_free(a);
}

static gs_evidence *foreign(gs_arena *a, const char *text)
{
    gs_evidence *ev;
    gs_err err = {0};
    char buf[600];

    assert_true(gs_evidence_is_foreign(text, strlen(text)));
    if (gs_evidence_read_foreign(a, "new.csv", text, strlen(text), &ev, &err) != GS_OK)
        fail_msg("%s", gs_err_text(&err, buf, sizeof buf));
    return ev;
}

#define HEAD "id,condition,lever,intervention,dose,design,duration_weeks,outcome,outcome_unit," \
             "effect_type,effect_treat,effect_control,effect,ci_low,ci_high,p_value,verified\n"

TEST(test_foreign__numbers_that_are_words_are_not_numbers)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    gs_evidence *ev = foreign(a, HEAD
        "a,acne,probiotics,x,1e10 CFU/day,RCT double-blind,12,lesions,lesions,mean_change,"
        "about -12,-5,\"fell, more\",,,<0.001,excerpt\n"
        "b,acne,psychic surgery,x,,RCT,12,lesions,lesions,mean_difference,,,-2,-4,0,0.05,memory\n");

    assert_int_equal(ev->n, 2);
    assert_true(isnan(ev->row[0].effect) && isnan(ev->row[0].arm_treat));
    CHECK_NEAR(ev->row[0].p, 0.001, 0);
    assert_false(ev->row[0].calibrates || ev->row[1].calibrates);
    gs_plan p;
    gs_plan_make(gs_plan_rules_shipped(), &ev->row[1], &p);
    assert_false(p.contrast);
    assert_non_null(strstr(p.why, "no lever of the axis"));
    gs_arena_free(a);
}

TEST(test_foreign__percentages_become_shares_and_effects_follow_from_arms)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    gs_evidence *ev = foreign(a, HEAD
        "a,psoriasis,stress,tapes,,RCT,12,PASI75,percent,proportion,40,25,,,,,excerpt\n"
        "b,eczema,probiotics,x,,RCT double-blind (perinatal prevention),104,eczema by age 2,"
        "proportion,RR,0.23,0.46,,0.32,0.84,,excerpt\n"
        "c,eczema,synbiotics,x,,RCT,8,SCORAD change,points,mean_change,-14.2,-7.8,,,,0.001,excerpt\n");

    CHECK_NEAR(ev->row[0].effect, 0.15, 1e-12);
    assert_string_equal(ev->row[0].effect_type, "RD");
    CHECK_NEAR(ev->row[1].effect, 0.5, 1e-12);
    assert_int_equal(ev->row[1].result, GS_RESULT_INCIDENCE);
    CHECK_NEAR(ev->row[2].effect, -6.4, 1e-12);
    assert_string_equal(ev->row[2].arms, "change");
    for (size_t i = 0; i < 3; i++) {
        gs_plan p;
        gs_plan_make(gs_plan_rules_shipped(), &ev->row[i], &p);
        if (!p.contrast)
            fail_msg("%s: %s", ev->row[i].id, p.why);
    }
    gs_arena_free(a);
}

/* The collections the table was made from: every row is read, none calibrates, and those
 * the table took over with the same numbers are planned alike. */
TEST(test_foreign__reads_the_collections)
{
    (void)state;
    static const char *const file[] = {"acne-rosacea.csv", "eczema-psoriasis.csv"};
    gs_arena *a = gs_arena_new(0);
    size_t n = 0, contrasts = 0;

    for (int f = 0; f < 2; f++) {
        char path[500], *text;
        size_t len;
        gs_evidence *ev;
        gs_err err = {0};
        snprintf(path, sizeof path, GS_SOURCE_DIR "/../shared/evidence/%s", file[f]);
        if (gs_text_read_file(path, (size_t)1 << 24, &text, &len, NULL) != GS_OK) {
            fprintf(stderr, "skipped: %s is not at hand\n", path);
            gs_arena_free(a);
            skip();
        }
        assert_true(gs_evidence_is_foreign(text, len));
        assert_int_equal(gs_evidence_read_foreign(a, path, text, len, &ev, &err), GS_OK);
        free(text);
        n += ev->n;
        for (size_t i = 0; i < ev->n; i++) {
            gs_plan p;
            gs_plan_make(gs_plan_rules_shipped(), &ev->row[i], &p);
            assert_true(p.contrast != (*p.why != '\0'));
            assert_false(ev->row[i].calibrates);
            contrasts += p.contrast;
        }
    }
    assert_int_equal(n, 369);
    assert_true(contrasts > 50);
    gs_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan__every_row_is_planned_or_says_why),
        cmocka_unit_test(test_plan__rules_name_only_what_the_model_has),
        cmocka_unit_test(test_plan__doses_are_read_from_the_rows_words),
        cmocka_unit_test(test_plan__what_is_not_in_the_axis_is_said_in_a_sentence),
        cmocka_unit_test(test_plan__rules_are_refused_by_line),
        cmocka_unit_test(test_foreign__numbers_that_are_words_are_not_numbers),
        cmocka_unit_test(test_foreign__percentages_become_shares_and_effects_follow_from_arms),
        cmocka_unit_test(test_foreign__reads_the_collections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
