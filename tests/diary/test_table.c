/* The observation table: what inference sees of a diary. */
#include "sandbox.h"

static gs_obs *table(sandbox *s, const char *person)
{
    gs_obs *o = NULL;
    gs_err err = {0};
    char buf[900];
    if (gs_diary_obs(s->d, person, s->a, &o, &err) != GS_OK)
        fail_msg("%s", gs_err_text(&err, buf, sizeof buf));
    assert_int_equal(gs_obs_check(o, &err), GS_OK);
    return o;
}

static const gs_lever_series *lever(const gs_obs *o, const char *name)
{
    for (size_t i = 0; i < o->n_lever; i++)
        if (strcmp(o->lever[i].name, name) == 0)
            return &o->lever[i];
    return NULL;
}

static void assert_days(const gs_lever_series *l, size_t n, const double *want)
{
    assert_non_null(l);
    for (size_t d = 0; d < n; d++)
        if (!(isnan(want[d]) ? isnan(l->value[d]) : fabs(l->value[d] - want[d]) < 1e-6))
            fail_msg("%s on day %zu is %g, not %g", l->name, d, l->value[d], want[d]);
}

static void test_series_count_from_the_first_day_and_keep_gaps(void **state)
{
    sandbox *s = *state;
    took(s, "date,eczema,itch\n2026-03-01,4,\n2026-03-05,,6\n2026-03-09,5,7\n", 4);
    gs_obs *o = table(s, "");
    assert_string_equal(o->person, "me");
    assert_int_equal(o->day0, gs_date_day(2026, 3, 1));
    assert_int_equal(o->n_day, 9);
    assert_int_equal(o->n_series, 2);
    assert_int_equal(o->condition, GS_ECZEMA);
    const gs_series *e = &o->series[0];
    assert_string_equal(e->name, "eczema");
    assert_string_equal(e->scale->name, "0-10");
    assert_int_equal(e->n, 2);
    assert_int_equal(e->day[0], 0);
    assert_int_equal(e->day[1], 8);
    assert_true(e->value[1] == 5);
    assert_string_equal(o->series[1].condition, "eczema"); /* itch: the person's */
}

static void test_a_channel_scored_in_two_ways_makes_two_series(void **state)
{
    sandbox *s = *state;
    took(s, "date,channel,value,scale\n2026-03-01,eczema,4,0-10\n2026-03-02,eczema,2,0-4\n"
            "2026-03-03,eczema,3,0-4\n", 3);
    gs_obs *o = table(s, "");
    assert_int_equal(o->n_series, 2);
    assert_string_equal(o->series[0].name, "eczema/0-10");
    assert_string_equal(o->series[1].name, "eczema/0-4");
    assert_int_equal(o->series[1].n, 2);
}

static void test_levers_are_mapped_and_clamped_and_missing_stays_missing(void **state)
{
    sandbox *s = *state;
    took(s, "day,eczema,stress,fibre,sleep_hours,emollient,water [ml]\n"
            "0,3,7,,7.5,2,1500\n1,3,,30,9.5,6,\n2,3,0,120,,,\n", 12);
    gs_obs *o = table(s, "");
    assert_int_equal(o->day0, GS_DAY_NONE);
    assert_days(lever(o, "stress"), 3, (double[]){.7, NAN, 0});
    assert_days(lever(o, "fibre"), 3, (double[]){NAN, 30, 100}); /* the lever ends at 100 */
    assert_days(lever(o, "sleep"), 3, (double[]){.8, 1, NAN});
    assert_days(lever(o, "emollient"), 3, (double[]){1, 1, NAN});
    assert_days(lever(o, "water"), 3, (double[]){1.5, NAN, NAN});
    assert_int_equal(lever(o, "fibre")->n_said, 2);
    assert_false(lever(o, "fibre")->tags_only);
}

static void test_a_tag_counts_only_where_no_number_was_said(void **state)
{
    sandbox *s = *state;
    took(s, "day,eczema,spicy,alcohol,sleep,poor sleep\n"
            "0,3,x,0,,x\n1,3,x,,,x\n2,3,0,2,6,8\n", 12);
    gs_obs *o = table(s, "");
    /* day 0: alcohol 0 is a number, spicy a tag; day 2: the larger of two numbers */
    assert_days(lever(o, "flush_trigger"), 3, (double[]){0, 1, 1});
    /* tags: 1 - .7; day 2: mean of .6 and 1 - .8 */
    assert_days(lever(o, "sleep"), 3, (double[]){.3, .3, .4});
    assert_false(lever(o, "sleep")->tags_only);
}

static void test_absent_is_zero_for_doses_and_never_for_tags(void **state)
{
    sandbox *s = *state;
    took(s, "day,psoriasis,uvb,steroid,fibre\n0,3,,,\n1,3,0.5,x,20\n2,3,,,\n3,2,.7,,\n", 8);
    gs_obs *o = table(s, "");
    assert_days(lever(o, "uvb"), 4, (double[]){0, .5, 0, .7});
    assert_int_equal(lever(o, "uvb")->n_said, 4);
    assert_days(lever(o, "steroid"), 4, (double[]){NAN, 1, NAN, NAN});
    assert_true(lever(o, "steroid")->tags_only);
    assert_days(lever(o, "fibre"), 4, (double[]){NAN, 20, NAN, NAN});
}

static void test_labs_and_flags_are_handed_over(void **state)
{
    sandbox *s = *state;
    took(s, "date,eczema,crp [mg/dL],blood in stool,weight loss\n"
            "2026-03-01,3,0.5,,no\n2026-03-04,3,,x,\n", 5);
    gs_obs *o = table(s, "");
    assert_int_equal(o->n_lab, 1);
    assert_string_equal(o->lab[0].channel->name, "crp");
    assert_true(fabs(o->lab[0].value - 5) < 1e-12);
    assert_true(isnan(o->lab[0].sd));
    assert_int_equal(o->n_flag, 1);
    assert_string_equal(o->flag[0].channel->name, "blood_in_stool");
    assert_int_equal(o->flag[0].day, 3);
}

static void test_the_condition_is_the_one_most_scores_speak_of(void **state)
{
    sandbox *s = *state;
    took(s, "day,acne,rosacea\n0,3,\n1,,2\n2,,3\n", 3);
    assert_int_equal(table(s, "")->condition, GS_ROSACEA);
    took(s, "person,day,itch\nB,0,3\n", 1);
    assert_int_equal(table(s, "B")->condition, GS_ECZEMA);
    took(s, "person,day,pasi,skin\nC,0,3,1\n", 2);
    gs_obs *o = table(s, "C");
    assert_int_equal(o->condition, GS_PSORIASIS);
    assert_string_equal(o->series[1].condition, "psoriasis");
}

static void test_people_are_kept_apart(void **state)
{
    sandbox *s = *state;
    const char *const *who;
    gs_obs *o;
    took(s, "person,day,eczema\nA,0,3\nB,0,4\nB,5,4\n", 3);
    assert_int_equal(gs_diary_people(s->d, s->a, &who, &s->err), GS_OK);
    assert_string_equal(who[0], "A");
    assert_string_equal(who[1], "B");
    assert_null(who[2]);
    assert_int_equal(table(s, "A")->n_day, 1);
    assert_int_equal(table(s, "B")->n_day, 6);
    assert_int_equal(gs_diary_obs(s->d, "", s->a, &o, &s->err), GS_EFOUND);
    assert_non_null(strstr(s->err.msg, "--person"));
    assert_int_equal(gs_diary_obs(s->d, "Q", s->a, &o, &s->err), GS_EFOUND);
    assert_non_null(strstr(s->err.msg, "A, B"));
}

static void test_an_empty_diary_says_how_to_fill_it(void **state)
{
    sandbox *s = *state;
    gs_obs *o;
    assert_int_equal(gs_diary_obs(s->d, "", s->a, &o, &s->err), GS_EFOUND);
    assert_non_null(strstr(s->err.msg, "gutskin import"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_sandbox(test_series_count_from_the_first_day_and_keep_gaps),
        in_sandbox(test_a_channel_scored_in_two_ways_makes_two_series),
        in_sandbox(test_levers_are_mapped_and_clamped_and_missing_stays_missing),
        in_sandbox(test_a_tag_counts_only_where_no_number_was_said),
        in_sandbox(test_absent_is_zero_for_doses_and_never_for_tags),
        in_sandbox(test_labs_and_flags_are_handed_over),
        in_sandbox(test_the_condition_is_the_one_most_scores_speak_of),
        in_sandbox(test_people_are_kept_apart),
        in_sandbox(test_an_empty_diary_says_how_to_fill_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
