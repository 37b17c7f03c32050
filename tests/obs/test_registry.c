/* The registries: every name means one thing, every range is the one its paper
 * defines, every default agrees with the list it points into. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gutskin/obs.h"
#include "gutskin/text.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static void near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("%.17g is not %.17g", got, want);
}

/* The next of the names in "a|b|c"; NULL at the end. */
static const char *next_name(const char *list, char *one, size_t n)
{
    if (!*list)
        return NULL;
    size_t k = strcspn(list, "|");
    assert_true(k > 0 && k < n);
    memcpy(one, list, k);
    one[k] = '\0';
    return list[k] ? list + k + 1 : list + k;
}

static void test_every_spelling_finds_its_own_channel_and_no_other(void **state)
{
    (void)state;
    char one[128];
    for (size_t i = 0; i < gs_channel_count(); i++) {
        const gs_channel *c = gs_channel_at(i);
        assert_ptr_equal(gs_channel_find(c->name), c);
        if (gs_channel_find(c->title) != c)
            fail_msg("title \"%s\" of %s finds %s", c->title, c->name,
                     gs_channel_find(c->title)->name);
        for (const char *l = next_name(c->also, one, sizeof one); l;
             l = next_name(l, one, sizeof one))
            if (gs_channel_find(one) != c)
                fail_msg("\"%s\" of %s finds %s", one, c->name,
                         gs_channel_find(one) ? gs_channel_find(one)->name : "nothing");
    }
}

static void test_every_spelling_finds_its_own_scale_and_no_other(void **state)
{
    (void)state;
    char one[128];
    for (size_t i = 0; i < gs_scale_count(); i++) {
        const gs_scale *s = gs_scale_at(i);
        assert_ptr_equal(gs_scale_find(s->name), s);
        for (const char *l = next_name(s->also, one, sizeof one); l;
             l = next_name(l, one, sizeof one))
            if (gs_scale_find(one) != s)
                fail_msg("\"%s\" of %s finds another scale", one, s->name);
    }
}

static void test_names_are_read_as_people_type_them(void **state)
{
    (void)state;
    assert_string_equal(gs_scale_find("PO-SCORAD")->name, "poscorad");
    assert_string_equal(gs_scale_find("out of 10")->name, "0-10");
    assert_string_equal(gs_channel_find("Fiber")->name, "fibre");
    assert_string_equal(gs_channel_find("PO SCORAD")->name, "poscorad");
    assert_string_equal(gs_channel_find("topical_steroid")->name, "steroid");
    assert_string_equal(gs_channel_find("Juckreiz")->name, "itch");
    assert_null(gs_channel_find("horoscope"));
    assert_null(gs_channel_find(""));
    assert_null(gs_scale_find("0-12"));
    assert_string_equal(gs_channel_nearest("ezcema"), "eczema");
    assert_string_equal(gs_scale_nearest("passi"), "pasi");
}

/* Ranges recomputed from how each index is put together. */
static void test_ranges_are_what_the_indices_add_up_to(void **state)
{
    (void)state;
    near(gs_scale_find("scorad")->hi, 100 / 5. + 7 * (6 * 3) / 2. + 20, 0);
    near(gs_scale_find("poscorad")->hi, gs_scale_find("scorad")->hi, 0);
    near(gs_scale_find("poem")->hi, 7 * 4, 0);
    near(gs_scale_find("dlqi")->hi, 10 * 3, 0);
    /* four regions weighted .1 .2 .3 .4, area 0-6; EASI 4 signs of 3, PASI 3 of 4 */
    near(gs_scale_find("easi")->hi, (.1 + .2 + .3 + .4) * 6 * 4 * 3, 1e-12);
    near(gs_scale_find("pasi")->hi, (.1 + .2 + .3 + .4) * 6 * 3 * 4, 1e-12);
    near(gs_scale_find("gags")->hi, (2 + 2 + 2 + 1 + 1 + 3) * 4, 0);
    near(gs_scale_find("bristol")->hi - gs_scale_find("bristol")->lo, 6, 0);
    assert_int_equal(gs_scale_find("bristol")->worse, 0);
    near(gs_scale_find("iga")->hi, 4, 0);
    near(gs_scale_find("cea")->hi, 4, 0);
}

static void test_every_scale_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < gs_scale_count(); i++) {
        const gs_scale *s = gs_scale_at(i);
        assert_true(s->lo < s->hi);
        assert_true(s->slope > 0 && s->offset > 0);
        assert_true(*s->cite && *s->title);
        if (*s->condition)
            assert_true(gs_condition_find(s->condition) >= 0);
        if (s->kind == GS_SCALE_ORDERED) {
            near(s->step, 1, 0);
            assert_true(s->hi - s->lo + 1 <= 16);
        }
    }
}

static void test_every_channel_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < gs_channel_count(); i++) {
        const gs_channel *c = gs_channel_at(i);
        assert_true(c->lo < c->hi);
        assert_true(*c->unit && *c->title);
        if (c->kind == GS_CHANNEL_OUTCOME) {
            const gs_scale *s = gs_scale_find(c->scale);
            assert_non_null(s);
            near(s->lo, c->lo, 0);
            near(s->hi, c->hi, 0);
        }
        if (*c->condition)
            assert_true(gs_condition_find(c->condition) >= 0);
        if (c->kind != GS_CHANNEL_LEVER)
            continue;
        assert_true(*c->lever);
        assert_true(c->lever_lo < c->lever_hi);
        assert_true(c->to_lever_a != 0);
        if (!isnan(c->tag_value)) { /* a tag must say something the lever can hear */
            assert_true(c->tag_value >= c->lo && c->tag_value <= c->hi);
            double v = c->to_lever_a * c->tag_value + c->to_lever_b;
            if (!(v >= c->lever_lo - 1e-6 && v <= c->lever_hi + 1e-6))
                fail_msg("the tag of %s means %g, outside its lever", c->name, v);
        }
    }
}

static void test_conditions_have_names_both_ways(void **state)
{
    (void)state;
    for (int c = 0; c < GS_N_CONDITION; c++)
        assert_int_equal(gs_condition_find(gs_condition_name((gs_condition)c)), c);
    assert_int_equal(gs_condition_find("Neurodermitis"), GS_ECZEMA);
    assert_int_equal(gs_condition_find("fibre"), -1);
    assert_string_equal(gs_condition_name((gs_condition)9), "");
}

/* a table that is right, for the tests that make it wrong */
typedef struct fixture {
    int32_t day[3];
    double value[3], lever[4];
    gs_series series[2];
    gs_lever_series levers[1];
    gs_lab lab[1];
    gs_flag flag[1];
    gs_obs obs;
} fixture;

static fixture *right_table(fixture *f)
{
    *f = (fixture){.day = {0, 2, 3}, .value = {1, 4, 0}, .lever = {NAN, 10, NAN, 12}};
    f->series[0] = (gs_series){.name = "eczema",
                               .channel = gs_channel_find("eczema"),
                               .scale = gs_scale_find("0-4"),
                               .condition = "eczema",
                               .n = 3,
                               .day = f->day,
                               .value = f->value};
    f->series[1] = f->series[0];
    f->series[1].name = "itch";
    f->levers[0] = (gs_lever_series){.name = "fibre", .value = f->lever, .n_said = 2};
    f->lab[0] = (gs_lab){.channel = gs_channel_find("crp"), .value = 2, .sd = NAN};
    f->flag[0] = (gs_flag){.channel = gs_channel_find("blood_in_stool")};
    f->obs = (gs_obs){.n_day = 4, .n_series = 2, .series = f->series, .n_lever = 1,
                      .lever = f->levers, .n_lab = 1, .lab = f->lab, .n_flag = 1,
                      .flag = f->flag, .condition = GS_ECZEMA};
    return f;
}

static void refused(const fixture *f, const char *field)
{
    gs_err err = {0};
    assert_int_equal(gs_obs_check(&f->obs, &err), GS_ERANGE);
    assert_string_equal(err.field, field);
    assert_true(strlen(err.msg) > 10);
}

static void test_gs_obs_check_takes_a_right_table(void **state)
{
    (void)state;
    fixture f;
    gs_err err = {0};
    assert_int_equal(gs_obs_check(&right_table(&f)->obs, &err), GS_OK);
}

static void test_gs_obs_check_names_what_is_wrong(void **state)
{
    (void)state;
    fixture f;
    right_table(&f)->value[1] = 5;
    refused(&f, "eczema");
    right_table(&f)->value[1] = 1.5; /* ordered scores are whole */
    refused(&f, "eczema");
    right_table(&f)->value[1] = NAN;
    refused(&f, "eczema");
    right_table(&f)->day[2] = 2; /* not ascending */
    refused(&f, "eczema");
    right_table(&f)->day[2] = 4; /* outside */
    refused(&f, "eczema");
    right_table(&f)->series[1].name = "eczema";
    refused(&f, "eczema");
    right_table(&f)->series[1].condition = "gout";
    refused(&f, "itch");
    right_table(&f)->lever[1] = INFINITY;
    refused(&f, "fibre");
    right_table(&f)->levers[0].n_said = 3;
    refused(&f, "fibre");
    right_table(&f)->lab[0].value = -1;
    refused(&f, "crp");
    right_table(&f)->flag[0].channel = gs_channel_find("crp");
    refused(&f, "flag");
    right_table(&f)->obs.condition = GS_N_CONDITION;
    refused(&f, "condition");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_spelling_finds_its_own_channel_and_no_other),
        cmocka_unit_test(test_every_spelling_finds_its_own_scale_and_no_other),
        cmocka_unit_test(test_names_are_read_as_people_type_them),
        cmocka_unit_test(test_ranges_are_what_the_indices_add_up_to),
        cmocka_unit_test(test_every_scale_is_complete),
        cmocka_unit_test(test_every_channel_is_complete),
        cmocka_unit_test(test_conditions_have_names_both_ways),
        cmocka_unit_test(test_gs_obs_check_takes_a_right_table),
        cmocka_unit_test(test_gs_obs_check_names_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
