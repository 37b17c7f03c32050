/* Units: what people type, and what the dimension check is told. */
#include "check.h"

#include "gutskin/unit.h"
#include <string.h>

#define TEST(name) static void name(void **state)

static int open_units(void **state)
{
    gs_units *u = NULL;
    gs_err err = {0};
    if (gs_units_new(&u, &err) != GS_OK)
        return -1;
    *state = u;
    return 0;
}

static int close_units(void **state)
{
    gs_units_free(*state);
    return 0;
}

static void converts(gs_units *u, double x, const char *from, const char *to, double want)
{
    double got = x;
    if (!gs_units_convert(u, from, to, &got))
        fail_msg("\"%s\" to \"%s\" was refused", from, to);
    if (!(fabs(got - want) <= 1e-9 * fabs(want)))
        fail_msg("%g \"%s\" is %.15g \"%s\", expected %.15g", x, from, got, to, want);
}

static void refuses(gs_units *u, const char *from, const char *to)
{
    double x = 7;
    if (gs_units_convert(u, from, to, &x))
        fail_msg("\"%s\" was converted to \"%s\"", from, to);
    assert_true(x == 7);
}

/* factors: SI, and NIST SP 811 appendix B for cups, ounces and calories */
TEST(what_people_type_is_understood)
{
    gs_units *u = *state;
    converts(u, 10, "g/wk", "g/d", 10.0 / 7);
    converts(u, 10, "grams per week", "g/d", 10.0 / 7);
    converts(u, 10, "g a day", "g/d", 10);
    converts(u, 500, "mg", "g", 0.5);
    converts(u, 500, "MG", "g", 0.5);
    converts(u, 25, "mcg", "ug", 25);
    converts(u, 25, "\xc2\xb5g", "mg", 0.025);
    converts(u, 25, "\xce\xbcg", "mg", 0.025);
    converts(u, 3, "gr", "g", 3);
    converts(u, 1500, "ml", "L", 1.5);
    converts(u, 1500, "ML", "L", 1.5);
    converts(u, 1.5, "l/d", "mL/d", 1500);
    converts(u, 8, "fl oz", "mL", 8 * 29.5735295625);
    converts(u, 8, "fl. oz.", "mL", 8 * 29.5735295625);
    converts(u, 8, "fluid ounces", "mL", 8 * 29.5735295625);
    converts(u, 2, "cups", "mL", 2 * 236.5882365);
    converts(u, 1, "tbsp", "mL", 14.78676478125);
    converts(u, 1, "tsp", "mL", 4.92892159375);
    converts(u, 4, "glasses", "L", 1);
    converts(u, 2, "oz", "g", 2 * 28.349523125);
    converts(u, 1, "lb", "g", 453.59237);
    converts(u, 300, "mJ/cm2", "J/cm2", 0.3);
    converts(u, 0.3, "J/cm\xc2\xb2", "mJ/cm^2", 300);
    converts(u, 2000, "kcal", "kJ", 8368);
    converts(u, 90, "minutes", "h", 1.5);
    converts(u, 50, "nmol/l", "nmol/L", 50);
    converts(u, 5, "mg/dL", "mg/L", 50);
    converts(u, 2, "servings", "1", 2);
    converts(u, 7, "doses per week", "1/d", 1);
    converts(u, 40, "%", "1", 0.4);
    converts(u, 3, "", "", 3);
}

TEST(what_does_not_agree_is_refused)
{
    gs_units *u = *state;
    refuses(u, "g", "L");
    refuses(u, "g/wk", "g");
    refuses(u, "mJ/cm2", "J");
    refuses(u, "glas", "L");
    refuses(u, "g/", "g");
    refuses(u, "degC", "K"); /* an offset, not a factor */
    refuses(u, "days since 2020-01-01", "d");
    refuses(u, "fl", "mL");
    refuses(u, "2.g", "g");
    refuses(u, "(g", "g");
    refuses(u, "g^-", "g");
    refuses(u, "g since d", "g");
    refuses(u, "lg(re 1 mW)", "W");
    refuses(u, "g\n", "g");
    refuses(u, "((((((((((g", "g");
    refuses(u, "gggggggggggggggggggggggggggggggggggggggggggggggggggggggggg", "g");
    assert_true(gs_units_known(u, "mg/d"));
    assert_false(gs_units_known(u, "furlets"));
}

static const char *shown(gs_unit_ops *o, void *unit)
{
    static char buf[80];
    o->format(o->self, unit, buf, sizeof buf);
    return buf;
}

TEST(units_multiply_and_compare_with_their_scale)
{
    gs_unit_ops o = gs_units_ops(*state);
    double f = 0;
    void *g_d = o.parse(o.self, "g/d"), *mg_d = o.parse(o.self, "mg/d");
    void *per_d = o.pow(o.self, o.parse(o.self, "d"), -1);
    assert_false(o.same(o.self, g_d, mg_d));
    assert_true(o.factor(o.self, g_d, mg_d, &f));
    CHECK_NEAR(f, 1000, 1e-9);
    assert_true(o.same(o.self, g_d, o.mul(o.self, o.parse(o.self, "g"), per_d)));
    assert_true(o.same(o.self, o.parse(o.self, "1"), o.mul(o.self, g_d, o.pow(o.self, g_d, -1))));
    assert_true(o.same(o.self, o.parse(o.self, "kg.m2/s2"), o.parse(o.self, "J")));
    assert_true(o.same(o.self, o.pow(o.self, o.parse(o.self, "m2"), 0.5), o.parse(o.self, "m")));
    assert_null(o.pow(o.self, o.parse(o.self, "m"), 0.5));
    assert_null(o.parse(o.self, "florp"));
    assert_null(o.parse(o.self, ""));
}

TEST(units_are_shown_as_they_are_written)
{
    gs_unit_ops o = gs_units_ops(*state);
    void *g_d = o.parse(o.self, "g/d"), *l = o.parse(o.self, "L");
    assert_string_equal(shown(&o, g_d), "g/d");
    assert_string_equal(shown(&o, o.mul(o.self, g_d, o.pow(o.self, l, -1))), "g/(d L)");
    assert_string_equal(shown(&o, o.mul(o.self, g_d, o.pow(o.self, g_d, -1))), "1");
    assert_string_equal(shown(&o, o.parse(o.self, "J/cm2/d")), "J/(cm2 d)");
    assert_string_equal(shown(&o, o.pow(o.self, o.parse(o.self, "d"), -1)), "1/d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_people_type_is_understood),
        cmocka_unit_test(what_does_not_agree_is_refused),
        cmocka_unit_test(units_multiply_and_compare_with_their_scale),
        cmocka_unit_test(units_are_shown_as_they_are_written),
    };
    return cmocka_run_group_tests(tests, open_units, close_units);
}
