/* The channels speak of the shipped model by name only; here the names are held
 * against the model itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gutskin/kernel.h"
#include "gutskin/obs.h"
#include <math.h>
#include <string.h>

static void test_every_lever_is_one_of_the_axis_and_stays_in_its_range(void **state)
{
    (void)state;
    const gs_kernel *k = gs_axis();
    for (size_t i = 0; i < gs_channel_count(); i++) {
        const gs_channel *c = gs_channel_at(i);
        if (c->kind != GS_CHANNEL_LEVER)
            continue;
        long l = gs_kernel_lever(k, c->lever);
        if (l < 0)
            fail_msg("%s feeds %s, which the axis does not have", c->name, c->lever);
        if (c->lever_lo < k->lever[l].lo || c->lever_hi > k->lever[l].hi)
            fail_msg("%s may be %g to %g, the axis takes %g to %g", c->name, c->lever_lo,
                     c->lever_hi, k->lever[l].lo, k->lever[l].hi);
    }
}

/* A day with a tag must differ from the typical day, else it could teach nothing. */
static void test_every_tag_is_at_least_a_usual_days_spread_from_the_habit(void **state)
{
    (void)state;
    const gs_kernel *k = gs_axis();
    for (size_t i = 0; i < gs_channel_count(); i++) {
        const gs_channel *c = gs_channel_at(i);
        if (c->kind != GS_CHANNEL_LEVER || isnan(c->tag_value))
            continue;
        const gs_lever_info *l = &k->lever[gs_kernel_lever(k, c->lever)];
        double v = c->to_lever_a * c->tag_value + c->to_lever_b;
        if (!(fabs(v - l->habit) >= l->sd * (1 - 1e-6)))
            fail_msg("the tag of %s means %g, the habit is %g (sd %g)", c->name, v, l->habit,
                     l->sd);
    }
}

static void test_the_typical_day_can_be_written_down(void **state)
{
    (void)state;
    const gs_kernel *k = gs_axis();
    for (size_t i = 0; i < gs_channel_count(); i++) {
        const gs_channel *c = gs_channel_at(i);
        if (c->kind != GS_CHANNEL_LEVER)
            continue;
        double habit = k->lever[gs_kernel_lever(k, c->lever)].habit;
        double said = (habit - c->to_lever_b) / c->to_lever_a;
        if (!(said >= c->lo - 1e-6 && said <= c->hi + 1e-6))
            fail_msg("the typical day of %s is %g %s, outside %g to %g", c->name, said, c->unit,
                     c->lo, c->hi);
    }
}

static void test_every_observable_is_one_of_the_axis(void **state)
{
    (void)state;
    for (size_t i = 0; i < gs_channel_count(); i++) {
        const gs_channel *c = gs_channel_at(i);
        if (*c->see && gs_kernel_see(gs_axis(), c->see) < 0)
            fail_msg("%s sees %s, which the axis does not have", c->name, c->see);
    }
    for (int c = 0; c < GS_N_CONDITION; c++) {
        char name[40] = "signal_";
        strcat(name, gs_condition_name((gs_condition)c));
        assert_true(gs_kernel_see(gs_axis(), name) >= 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_lever_is_one_of_the_axis_and_stays_in_its_range),
        cmocka_unit_test(test_every_tag_is_at_least_a_usual_days_spread_from_the_habit),
        cmocka_unit_test(test_the_typical_day_can_be_written_down),
        cmocka_unit_test(test_every_observable_is_one_of_the_axis),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
