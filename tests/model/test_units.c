/* The dimension check of the language. */
#include "model/models.h"

static gs_units *units;

static gs_status check(const char *text, char say[800])
{
    gs_arena *a = gs_arena_new(0);
    gs_err err = {0};
    gs_unit_ops ops = gs_units_ops(units);
    gs_spec *s = parse(a, text, say);
    if (!s)
        fail_msg("%s\n%s", say, text);
    gs_status st = gs_spec_check_units(s, &ops, &err);
    if (st != GS_OK)
        gs_err_text(&err, say, 800);
    gs_arena_free(a);
    return st;
}

#define HEAD                                                                      \
    "model m\n"                                                                   \
    "lever food [g/d] range 0..100 habit 20\n"                                    \
    "param vol [L] = 2\nparam k = 0.5 [1/d]\n"                                    \
    "state c [g/L] = 1\n    c' = food/vol - k*c\n"

static void agrees(const char *more)
{
    char say[800] = "", text[2000];
    snprintf(text, sizeof text, HEAD "%s\n", more);
    if (check(text, say) != GS_OK)
        fail_msg("%s\nfor: %s", say, more);
}

static void disagrees(const char *more, const char *place, const char *part)
{
    char say[800] = "", text[2000];
    snprintf(text, sizeof text, HEAD "%s\n", more);
    if (check(text, say) != GS_EUNIT)
        fail_msg("was accepted: %s", more);
    if (strncmp(say, place, strlen(place)) != 0 || !strstr(say, part))
        fail_msg("expected \"%s ... %s\", got \"%s\" for: %s", place, part, say, more);
}

TEST(what_agrees_is_accepted)
{
    (void)unused;
    agrees("");
    agrees("let a [mg/L] = c*1000 [mg/g]");
    agrees("let a [1] = exp(-k*3 [d]) + ln(c/1 [g/L]) + 2");
    agrees("let a [g2/L2] = c^2");
    agrees("let a [m] = sqrt(4 [m2])");
    agrees("let a [m] = (4 [m2])^0.5");
    agrees("let a [1] = (food/18 [g/d])^(0.5 + c/1 [g/L])");
    agrees("let a [1] = hill(c, 2 [g/L], 3)");
    agrees("let a [g/L] = pos(c - 1 [g/L]) + max(c, 0) + min(abs(-c), 3 [g/L])");
    agrees("let a [g/L] = if(c > 0 and not (k <= 1 [1/d]), c, 0)");
    agrees("event e when c > 2 [g/L]\n    c := c/2");
    agrees("let a [g/week] = food*7 [d/week]");
}

TEST(what_disagrees_is_told_with_both_units_and_the_mend)
{
    (void)unused;
    disagrees("let a [mg/L] = c", "m.gs:7:16:",
              "a is [mg/L], but its expression is [g/L]; multiply the expression by 1000 [mg/g]");
    disagrees("let a [1] = c", "m.gs:7:13:", "a is [1], but its expression is [g/L]");
    disagrees("let a [g/L] = c + 1", "m.gs:7:17:", "cannot add [g/L] and [1]");
    disagrees("let a [g/L] = c - 5 [mg/L]", "m.gs:7:17:",
              "cannot subtract [g/L] and [mg/L]; multiply the second by 0.001 [g/mg]");
    disagrees("let a [1] = exp(c)", "m.gs:7:17:", "exp must have no unit");
    disagrees("let a [1] = ln(food)", "m.gs:7:16:", "[g/d]");
    disagrees("let a [1] = hill(c, 2, 3)", "m.gs:7:13:", "cannot compare [g/L] and [1]");
    disagrees("let a [1] = hill(c, 2 [g/L], c)", "m.gs:7:30:", "third argument");
    disagrees("let a [1] = if(c > k, 1, 2)", "m.gs:7:18:", "cannot compare [g/L] and [1/d]");
    disagrees("let a [1] = if(c > 0, 1, c)", "m.gs:7:13:", "cannot choose between");
    disagrees("let a [1] = c^vol", "m.gs:7:15:", "an exponent must have no unit");
    disagrees("let a [1] = c^(c/c)", "m.gs:7:17:", "must be a plain number");
    disagrees("let a [1] = c^0.3", "m.gs:7:14:", "is no unit");
    disagrees("let a [florp] = 1", "m.gs:7:7:", "not a unit");
    disagrees("let a [1] = 1 [florp]", "m.gs:7:13:", "not a unit");
    disagrees("state d [1] = 1\n    d' = 1", "m.gs:8:10:", "d' is [1/d], but its expression is [1]");
    disagrees("event e when c > 1 [g/L]\n    c := k", "m.gs:8:10:", "c is [g/L]");
    disagrees("see y [1] = c", "m.gs:7:13:", "y is [1]");
    disagrees("see y [florp] = c", "m.gs:7:7:", "not a unit");
}

TEST(the_unit_of_time_is_the_files)
{
    (void)unused;
    char say[800];
    assert_int_equal(check("model m\ntime h\nstate x [1] = 1\n    x' = -x/5 [h]\n", say), GS_OK);
    assert_int_equal(check("model m\ntime h\nstate x [1] = 1\n    x' = -x/5 [d]\n", say), GS_EUNIT);
    assert_non_null(strstr(say, "multiply the expression by 0.04166666667 [d/h]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_agrees_is_accepted),
        cmocka_unit_test(what_disagrees_is_told_with_both_units_and_the_mend),
        cmocka_unit_test(the_unit_of_time_is_the_files),
    };
    gs_err err = {0};
    if (gs_units_new(&units, &err) != GS_OK) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    int bad = cmocka_run_group_tests(tests, NULL, NULL);
    gs_units_free(units);
    return bad;
}
