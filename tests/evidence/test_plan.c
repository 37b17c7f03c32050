/* Plans: rows become lever changes, or say why not. */
#include "check.h"

#include "evidence/typed.h"
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
            assert_true((p.n_move > 0) != p.outside && *p.see && p.weeks > 0 && p.base > 0);
        n += p.contrast && !p.outside && !p.blind;
        cal += p.contrast && !p.outside && ev->row[i].calibrates;
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
    gs_plan p = plan("medicine", "a new pill");
    assert_false(p.contrast);
    assert_non_null(strstr(p.why, "not this medicine"));
    assert_true(*p.mend != '\0');
    gs_evidence_row r = row("probiotic", "a strain", "SCORAD");
    r.kind = GS_DESIGN_COHORT;
    gs_plan_make(gs_plan_rules_shipped(), &r, &p);
    assert_false(p.contrast);
    assert_non_null(strstr(p.why, "watched"));
    r.kind = GS_DESIGN_RCT;
    r.effect = NAN;
    gs_plan_make(gs_plan_rules_shipped(), &r, &p);
    assert_true(p.contrast && p.blind); /* foretold, with nothing to set beside it */
    r.effect = -1;
    r.control = "methotrexate";
    gs_plan_make(gs_plan_rules_shipped(), &r, &p);
    assert_non_null(strstr(p.why, "medicine"));
}

/* A lever people try that the axis has not: nothing is moved, and it says so. */
TEST(test_plan__levers_outside_the_axis_move_nothing)
{
    (void)state;
    gs_plan p = plan("omega3", "fish oil");
    assert_true(p.contrast && p.outside);
    assert_int_equal(p.n_move, 0);
    assert_non_null(strstr(p.dose, "omega-3"));
    assert_false(plan("probiotic", "a strain").outside);
}

/* An effect of many times what there was at the start has another unit. */
TEST(test_plan__an_effect_beyond_its_scale_is_not_foretold)
{
    (void)state;
    gs_evidence_row r = row("probiotic", "a strain", "SCORAD");
    gs_plan p;
    r.effect = -35;
    gs_plan_make(gs_plan_rules_shipped(), &r, &p);
    assert_true(p.contrast);
    r.effect = -500;
    gs_plan_make(gs_plan_rules_shipped(), &r, &p);
    assert_false(p.contrast);
}

TEST(test_plan__rules_are_refused_by_line)
{
    (void)state;
    static const char levers[] =
        "lever,for,match,but_not,move,move2,move3,dose,per,cap,habit,days,group,why\n"
        "fibre,,,,fibre 10,,,,,,,,fibre,\n";
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

TEST(test_typed__takes_what_is_surely_a_number)
{
    (void)state;
    static const struct {
        const char *text;
        double x;
    } yes[] = {{"-3.2", -3.2}, {" 12 ", 12}, {"<0.001", 0.001}, {"p = 0.03", 0.03}, {"45%", 0.45 * 100},
               {"\u22123.2", -3.2}, {"-3,2", -3.2}, {"1,234", 1234}, {"5 points", 5}, {"1e-3", 1e-3}},
      no[] = {{"a little", 0}, {"34.5; 3", 0}, {"2-32", 0}, {">=39", 0}, {"62 others", 0}, {"", 0},
              {"-", 0}, {"men: 18", 0}, {"0.043-0.1", 0}};
    double x, lo, hi;

    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        CHECK_NEAR(typed_number(yes[i].text), yes[i].x, 1e-12);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        if (!isnan(typed_number(no[i].text)))
            fail_msg("\"%s\" was read as a number", no[i].text);
    }
    static const char *const span[] = {"-3.2 (95% CI -6.0 to -0.4)", "-3.2 [-6, -0.4]",
                                       "\u22123.2 (\u22126.0; \u22120.4)", "-3.2 (95%-CI: -6.0 - -0.4)"};
    for (size_t i = 0; i < 4; i++) {
        if (!typed_interval(span[i], &x, &lo, &hi))
            fail_msg("\"%s\" was not read", span[i]);
        CHECK_NEAR(x, -3.2, 1e-12);
        CHECK_NEAR(lo, -6, 1e-12);
        CHECK_NEAR(hi, -0.4, 1e-12);
    }
    assert_false(typed_interval("-3.2 (12 people)", &x, &lo, &hi));
    assert_false(typed_interval("9 (1 to 3)", &x, &lo, &hi)); /* leaves out its estimate */
    CHECK_NEAR(typed_weeks("12 weeks"), 12, 0);
    CHECK_NEAR(typed_weeks("84 days"), 12, 1e-12);
    CHECK_NEAR(typed_weeks("3 months"), 13, 0.1);
    assert_true(isnan(typed_weeks("2-32")) && isnan(typed_weeks("a season")));
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

static char *file_of(const char *path, size_t *n)
{
    char *text;
    gs_err err = {0};

    if (gs_text_read_file(path, (size_t)1 << 24, &text, n, &err) != GS_OK)
        fail_msg("%s", err.msg);
    return text;
}

/* Rows as somebody else might write them (tests/evidence/new_rows.csv): every condition,
 * lever and kind of effect, odd spellings, missing cells, numbers that cannot be. The last
 * column says what is to come of each: the change, "outside", or words of the reason. */
TEST(test_foreign__rows_of_strangers_are_answered)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    size_t n;
    char *text = file_of(GS_SOURCE_DIR "/tests/evidence/new_rows.csv", &n);
    gs_evidence *ev;
    gs_err err = {0};

    assert_int_equal(gs_evidence_read_any(a, "new_rows.csv", text, n, &ev, &err), GS_OK);
    assert_true(ev->n > 100);
    const char *at = strchr(text, '\n');
    for (size_t i = 0; i < ev->n; i++) {
        gs_plan p;
        char want[80], got[80];
        at = strchr(at + 1, '\n');
        const char *from = at;
        while (from[-1] != ',')
            from--;
        snprintf(want, sizeof want, "%.*s", (int)strcspn(from, "\r\n"), from);
        gs_plan_make(gs_plan_rules_shipped(), &ev->row[i], &p);
        assert_true(p.contrast != (*p.why != '\0'));
        if (strncmp(want, "why: ", 5) == 0) {
            if (!strstr(p.why, want + 5))
                fail_msg("%s: \"%s\", wanted %s", ev->row[i].id, p.why, want);
            continue;
        }
        double v = p.move[0].amount;
        bool minus = p.n_move && p.move[0].op == '+' && v < 0;
        snprintf(got, sizeof got, p.n_move ? "%s %c%.4g" : "%s", p.outside ? "outside" : p.move[0].lever,
                 minus ? '-' : p.move[0].op, minus ? -v : v);
        if (!p.contrast || strcmp(got, want) != 0)
            fail_msg("%s: %s (%s), wanted %s", ev->row[i].id, got, p.why, want);
    }
    free(text);
    gs_arena_free(a);
}

/* The shipped table with a stranger's row at its end: that row is answered, the others are
 * what they were; and a row with a fault of form is read, and the fault is said. */
TEST(test_foreign__our_own_table_takes_a_careless_row)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    size_t n;
    char *text = file_of(GS_SOURCE_DIR "/data/evidence/evidence.csv", &n);
    gs_buf b = {0};
    gs_evidence *ev;
    gs_err err = {0};
    gs_plan p;

    gs_buf_put_n(&b, text, n);
    gs_buf_put(&b, "My New Trial,,Eczema,Probiotics,,LGG,placebo,,,20,20,,RCT,12 weeks,SCORAD,points,,,,,,"
                   "mean difference,-4,-1,-7,,,Doe 2027,,,no,,\n");
    assert_int_equal(gs_evidence_read_any(a, "t.csv", b.data, b.len, &ev, &err), GS_OK);
    assert_int_equal(ev->n, gs_evidence_shipped()->n + 1);
    const gs_evidence_row *r = &ev->row[ev->n - 1];
    for (size_t i = 0; i + 1 < ev->n; i++) {
        assert_string_equal(ev->row[i].id, gs_evidence_shipped()->row[i].id);
        assert_string_equal(ev->row[i].reading, "");
    }
    assert_non_null(strstr(r->reading, "not as our own table wants it"));
    CHECK_NEAR(r->ci_lo, -7, 0);
    gs_plan_make(gs_plan_rules_shipped(), r, &p);
    assert_true(p.contrast);
    CHECK_NEAR(p.weeks, 12, 0);
    gs_buf_free(&b);
    free(text);
    gs_arena_free(a);
}

/* Fields parted by semicolons, as a spreadsheet of another country saves them. */
TEST(test_foreign__semicolons_and_decimal_commas)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    static const char text[] = "id;condition;lever;outcome;effect_type;effect;ci_low;ci_high\n"
                               "x;Neurodermitis;Probiotika probiotic;SCORAD;MD;-3,2;-6,0;-0,4\n";
    gs_evidence *ev;
    gs_err err = {0};

    assert_int_equal(gs_evidence_read_any(a, "t.csv", text, sizeof text - 1, &ev, &err), GS_OK);
    assert_int_equal(ev->n, 1);
    CHECK_NEAR(ev->row[0].effect, -3.2, 1e-12);
    CHECK_NEAR(ev->row[0].ci_hi, -0.4, 1e-12);
    assert_string_equal(ev->row[0].condition, "eczema");
    gs_arena_free(a);
}

/* What was gained, and what is left: the same trial told both ways. */
TEST(test_foreign__a_reduction_is_less)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    gs_evidence *ev = foreign(a, HEAD
        "a,psoriasis,weight loss,x,,RCT,20,PASI reduction,percent,percent_change,48,25.5,22.5,5,40,,excerpt\n"
        "b,psoriasis,weight loss,x,,RCT,20,PASI,percent,percent_change,-48,-25.5,-22.5,-40,-5,,excerpt\n");

    CHECK_NEAR(ev->row[0].effect, ev->row[1].effect, 0);
    CHECK_NEAR(ev->row[0].ci_lo, ev->row[1].ci_lo, 0);
    CHECK_NEAR(ev->row[0].arm_control, ev->row[1].arm_control, 0);
    assert_non_null(strstr(ev->row[0].reading, "turned"));
    assert_string_equal(ev->row[1].reading, "");
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
        cmocka_unit_test(test_plan__levers_outside_the_axis_move_nothing),
        cmocka_unit_test(test_plan__an_effect_beyond_its_scale_is_not_foretold),
        cmocka_unit_test(test_plan__rules_are_refused_by_line),
        cmocka_unit_test(test_typed__takes_what_is_surely_a_number),
        cmocka_unit_test(test_foreign__numbers_that_are_words_are_not_numbers),
        cmocka_unit_test(test_foreign__percentages_become_shares_and_effects_follow_from_arms),
        cmocka_unit_test(test_foreign__rows_of_strangers_are_answered),
        cmocka_unit_test(test_foreign__our_own_table_takes_a_careless_row),
        cmocka_unit_test(test_foreign__semicolons_and_decimal_commas),
        cmocka_unit_test(test_foreign__a_reduction_is_less),
        cmocka_unit_test(test_foreign__reads_the_collections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
