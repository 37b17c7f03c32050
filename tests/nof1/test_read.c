/* Tables as people keep them: columns by many names, and one sentence for each way a table
 * cannot be analysed. */
#include "check.h"
#include "gutskin/nof1.h"

#include <string.h>

static gs_status read_as(gs_arena *a, const char *text, const gs_nof1_read_opts *o,
                         gs_nof1_table **t, gs_err *err)
{
    *err = (gs_err){0};
    return gs_nof1_read(a, "t.csv", text, strlen(text), o, t, err);
}

static const gs_nof1_series *reads(gs_arena *a, const char *text)
{
    gs_nof1_read_opts o = GS_NOF1_READ_OPTS;
    gs_nof1_table *t;
    gs_err err;
    char say[800];
    if (read_as(a, text, &o, &t, &err) != GS_OK) {
        fprintf(stderr, "%s\n%s\n", text, gs_err_text(&err, say, sizeof say));
        fail();
    }
    return t->series;
}

static void refuses(const char *text, const char *because)
{
    gs_arena *a = gs_arena_new(0);
    gs_nof1_read_opts o = GS_NOF1_READ_OPTS;
    gs_nof1_table *t;
    gs_err err;
    if (read_as(a, text, &o, &t, &err) == GS_OK || !strstr(err.msg, because)) {
        fprintf(stderr, "%s\nsays \"%s\", not \"%s\"\n", text, err.msg, because);
        fail();
    }
    assert_null(strchr(err.msg, '\n'));
    gs_arena_free(a);
}

static void test_one_trial_in_many_spellings(void **state)
{
    (void)state;
    static const char *const table[] = {
        "date,treatment,score\n2026-03-01,A,3\n2026-03-02,B,2\n2026-03-03,A,4\n",
        "Datum;Behandlung;Juckreiz\n1.3.2026;A;3\n2.3.2026;B;2\n13.3.2026;A;4\n",
        "Day\tArm\tRedness\n1\tplacebo\t3\n2\tactive\t2\n3\tplacebo\t4\n",
        "timestamp,cream,itch\n2026-03-01 08:00,0,3\n2026-03-02T08:00:00,1,2\n"
        "2026-03-03 09:30,0,4\n",
        "study_day,condition,severity [0-10]\n0,no,3\n1,yes,2\n2,no,4\n",
        "t,phase,value\n1,A1,3\n2,B1,2\n3,A2,4\n",
        "when,allocated,pain\n1772323200,control,3\n1772409600,treatment,2\n"
        "1772496000,control,4\n",
        "week,tx,PASI\n1,sham,3\n2,real,2\n3,sham,4\n",
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        gs_arena *a = gs_arena_new(0);
        const gs_nof1_series *s = reads(a, table[i]);
        assert_int_equal(s->n_obs, 3);
        CHECK_NEAR(s->obs[0].value, 3, 0);
        CHECK_NEAR(s->obs[2].value, 4, 0);
        CHECK_NEAR(s->planned[0], 0, 0);
        CHECK_NEAR(s->planned[(size_t)s->obs[1].time], 1, 0);
        CHECK_NEAR(s->planned[s->n_day - 1], 0, 0);
        if (i == 7)
            assert_int_equal(s->n_day, 15);
        gs_arena_free(a);
    }
}

static void test_scale_rater_person_dose_and_direction_are_read(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    gs_nof1_read_opts o = GS_NOF1_READ_OPTS;
    gs_nof1_table *t;
    gs_err err;
    const char *text = "patient,day,planned,taken,assessor,itch (0-10),sleep quality\n"
                       "x,1,A,0,k,3,5\nx,1,A,0,m,4,\nx,2,B,50%,k,2,6.5\ny,1,B,yes,k,1,7\n"
                       "y,2,A,no,k,0,7\n";
    assert_int_equal(read_as(a, text, &o, &t, &err), GS_OK);
    assert_int_equal(t->n_person, 2);
    assert_int_equal(t->n_outcome, 2);
    const gs_nof1_series *s = t->series;
    assert_string_equal(s[0].outcome, "itch");
    assert_int_equal(s[0].scale, GS_NOF1_SCORE);
    CHECK_NEAR(s[0].hi, 10, 0);
    assert_int_equal(s[0].better, -1);
    assert_int_equal(s[1].better, 1);
    assert_int_equal(s[1].scale, GS_NOF1_CONTINUOUS);
    assert_int_equal(s[0].n_rater, 2);
    CHECK_NEAR(s[0].received[1], 0.5, 0);
    CHECK_NEAR(s[2].received[0], 1, 0);
    assert_string_equal(s[2].person, "y");
    /* raters side by side */
    s = reads(a, "day,group,rater 1,rater 2\n1,A,3,4\n2,B,2,3\n3,A,3,\n");
    assert_int_equal(s->n_rater, 2);
    assert_int_equal(s->n_obs, 6);
    /* run-in and washout are set aside */
    s = reads(a, "day,arm,itch\n1,run-in,9\n2,A,3\n3,B,2\n4,washout,8\n5,A,3\n");
    assert_int_equal(s->n_obs, 3);
    assert_true(isnan(s->planned[0]) && isnan(s->planned[3]));
    gs_arena_free(a);
}

static void test_every_broken_table_gets_one_sentence(void **state)
{
    (void)state;
    refuses("", "empty");
    refuses("day,arm,itch\n", "no rows");
    refuses("arm,itch\nA,3\nB,2\n", "no column of days");
    refuses("day,itch\n1,3\n2,2\n", "no column of treatments");
    refuses("day,arm,comment\n1,A,x\n2,B,y\n", "could be the outcome");
    refuses("day,arm,itch\n1,A,3\n2,A,2\n", "one treatment only");
    refuses("day,arm,itch\n1,,3\n2,,2\n", "no treatment in any row");
    refuses("day,arm,itch\n1,red,3\n2,green,2\n3,blue,1\n", "--compare");
    refuses("day,arm,itch\n1,A,3\n,B,2\n", "no time");
    refuses("day,arm,itch\n1,A,3\nsoon,B,2\n", "neither a date nor a number");
    refuses("date,arm,itch\n03/04/2026,A,3\n04/04/2026,B,2\n", "day first or month first");
    refuses("date,arm,itch\n2026-03-01,A,3\n2,B,2\n", "mixes dates and numbers");
    refuses("day,arm,itch\n1,A,3\n2,B,2\n3,A,x\n4,B,4\n5,A,4\n", "no number");
    refuses("day,arm,itch (0-10)\n1,A,3\n2,B,12\n", "outside the scale");
    refuses("day,arm,itch,taken\n1,A,3,0\n2,B,2,perhaps\n", "what was taken");
    refuses("day,arm,itch,taken\n1,A,3,0\n2,B,2,-1\n", "dose");
    /* both treatments on a day, again and again */
    refuses("day,arm,itch\n1,A,3\n1,B,2\n2,A,3\n2,B,2\n3,A,3\n3,B,1\n", "phases overlap");
    /* two rows for one moment */
    refuses("time,arm,itch\n2026-03-01 08:00,A,3\n2026-03-02 08:00,B,2\n"
            "2026-03-02 08:00,B,3\n2026-03-03 08:00,A,2\n",
            "one moment");
    refuses("day,arm,itch\n1,A,3\n2,B,2\n3,A,1\n4,B,3\n5,A,3\n6,B,3\n7,A,1\n8,B,2\n9,A,3\n"
            "10,B,2\n11,A,2\n11,A,3\n12,B,3\n",
            "second row");
    /* clocks set back in a file kept in order */
    refuses("time,arm,itch\n2026-10-24 01:00,A,3\n2026-10-24 09:00,A,3\n2026-10-24 21:00,A,3\n"
            "2026-10-25 00:30,B,2\n2026-10-25 02:40,B,2\n2026-10-25 02:10,B,1\n"
            "2026-10-25 20:00,B,1\n2026-10-26 09:00,A,3\n2026-10-26 21:00,A,3\n",
            "clocks were set back");
    /* nothing said for weeks */
    refuses("date,arm,itch\n2026-03-01,A,3\n2026-03-02,A,3\n2026-03-03,A,2\n2026-05-04,B,2\n"
            "2026-05-05,B,2\n2026-05-06,B,1\n",
            "gap");
    refuses("date,arm,itch\n1926-03-01,A,3\n2026-03-02,B,3\n", "lasts");
    refuses("PK\x03\x04zip", "spreadsheet");
}

static void test_a_day_of_change_counts_once(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    const gs_nof1_series *s =
        reads(a, "time,arm,itch\n2026-03-01 08:00,A,3\n2026-03-01 20:00,A,3\n"
                 "2026-03-02 08:00,A,3\n2026-03-02 20:00,B,2\n2026-03-03 08:00,B,1\n"
                 "2026-03-03 20:00,B,1\n");
    CHECK_NEAR(s->planned[1], 1, 0);
    assert_int_equal(s->n_obs, 5); /* the morning of that day is left out */
    gs_arena_free(a);
}

/* Cream left, then right: half of left minus right moves by the whole effect of -2, and what
 * both sides share (day: 1, 3, 5, 7) is gone. */
static void test_two_sides_at_once_become_half_their_difference(void **state)
{
    (void)state;
    gs_arena *a = gs_arena_new(0);
    const gs_nof1_series *s =
        reads(a, "date,side,treatment,itch (0-10)\n"
                 "2026-03-01,left,cream,1\n2026-03-01,right,none,3\n"
                 "2026-03-02,right,none,5\n2026-03-02,left,cream,3\n"
                 "2026-03-03,left,none,7\n2026-03-03,right,cream,5\n"
                 "2026-03-04,left,none,9\n2026-03-04,right,cream,7\n2026-03-05,left,none,4\n");
    assert_int_equal(s->n_obs, 4); /* the last has no other side */
    assert_int_equal(s->scale, GS_NOF1_CONTINUOUS);
    assert_string_equal(s->name_b, "cream");
    assert_string_equal(s->outcome, "itch (half of left minus right)");
    for (size_t i = 0; i < 4; i++) {
        CHECK_NEAR(s->planned[i], i < 2, 0);
        CHECK_NEAR(s->obs[i].value, i < 2 ? -1 : 1, 1e-12);
    }
    gs_arena_free(a);
    /* where both sides had the same they are two places of one day, as ever */
    a = gs_arena_new(0);
    s = reads(a, "date,time of day,side,treatment,itch\n2026-03-01,8:00,left,A,1\n"
                 "2026-03-01,9:00,right,A,3\n2026-03-02,8:00,left,B,1\n2026-03-02,9:00,right,B,2\n");
    assert_int_equal(s->n_obs, 4);
    gs_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_trial_in_many_spellings),
        cmocka_unit_test(test_scale_rater_person_dose_and_direction_are_read),
        cmocka_unit_test(test_every_broken_table_gets_one_sentence),
        cmocka_unit_test(test_a_day_of_change_counts_once),
        cmocka_unit_test(test_two_sides_at_once_become_half_their_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
