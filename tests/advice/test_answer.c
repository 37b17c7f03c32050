/* The answer's rules: what is proposed and what never is, what comes first, and what is
 * said about what is not known. */
#include "advice/toy.h"

#include "advice/lever.h"

static gs_arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = gs_arena_new(0);
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    gs_arena_free(arena);
    return 0;
}

static gs_answer *answer_of(const toy_diary *t)
{
    return toy_answer(arena, t, toy_fit(arena, t, true), NULL);
}

/* Say lever l daily with value v, wandering by sd. */
static void say_lever(toy_diary *t, int l, double v, double sd, bool tags)
{
    gs_rng r = gs_rng_stream(9, (uint64_t)l, "said");

    t->lever[l].n_said = 0;
    t->lever[l].tags_only = tags;
    for (size_t d = 0; d < t->obs.n_day; d++) {
        double x = v + sd * gs_rng_normal(&r);
        bool said = !tags || d % 9 == 4;
        t->lever[l].value[d] = said ? fmin(fmax(x, toy_lever[l].lo), toy_lever[l].hi) : NAN;
        t->lever[l].n_said += said;
    }
}

static void a_lever_that_works_is_found_and_put_first(void **state)
{
    (void)state;
    gs_answer *x = answer_of(toy_new(arena, 80, 1));
    const gs_answer_lever *l = &x->lever[0];

    assert_string_equal(l->name, "stress");
    assert_true(l->proposed && !l->medicine);
    assert_true(l->verdict == GS_VERDICT_SOME || l->verdict == GS_VERDICT_MUCH);
    assert_true(l->after.q50 < 0 && l->better_after > 0.95);
    assert_true(l->change < 0 && strstr(l->change_text, "less stress"));
    assert_true(strstr(l->block, "with") && strstr(l->block, "lot"));
    assert_non_null(strstr(l->caution, "other way"));
    assert_true(toy_noted(x, "run the other way"));
    assert_non_null(strstr(x->headline, "stress"));
    assert_true(x->n_series == 1 && x->main_series == 0);
}

static void what_was_never_said_cannot_be_learned(void **state)
{
    (void)state;
    gs_answer *x = answer_of(toy_new(arena, 80, 2));
    const gs_answer_lever *l = toy_find(x, "fibre");

    assert_int_equal(l->verdict, GS_VERDICT_CANNOT);
    assert_true(l->taught == 0);
    assert_memory_equal(&l->before, &l->after, sizeof l->after);
    assert_true(l->better_before == l->better_after);
    assert_non_null(strstr(l->why, "Cannot be learned from this diary: it was never"));
    assert_true(strlen(l->block) > 20);
}

static void what_was_the_same_every_day_cannot_be_learned(void **state)
{
    (void)state;
    toy_diary *t = toy_new(arena, 80, 3);

    say_lever(t, TOY_FIBRE, 20, 0, false);
    const gs_answer_lever *l = toy_find(answer_of(t), "fibre");
    assert_int_equal(l->verdict, GS_VERDICT_CANNOT);
    assert_non_null(strstr(l->why, "the same on every day"));
    assert_int_equal(l->n_said, 80);
    assert_true(l->habit == 20 && l->sd == 0);
}

static void few_days_are_named(void **state)
{
    (void)state;
    toy_diary *t = toy_new(arena, 80, 4);

    t->lever[TOY_FIBRE].value[5] = 30;
    t->lever[TOY_FIBRE].value[8] = 10;
    t->lever[TOY_FIBRE].n_said = 2;
    const gs_answer_lever *l = toy_find(answer_of(t), "fibre");
    assert_int_equal(l->verdict, GS_VERDICT_CANNOT);
    assert_non_null(strstr(l->why, "only 2 days"));
}

static void medicines_are_shown_when_used_and_never_proposed(void **state)
{
    (void)state;
    toy_diary *t = toy_new(arena, 80, 5);

    assert_null(toy_find(answer_of(t), "steroid"));
    say_lever(t, TOY_STEROID, 0, 0, false); /* said, and never used */
    assert_null(toy_find(answer_of(t), "steroid"));
    say_lever(t, TOY_STEROID, 0.5, 0.4, false);
    gs_answer *x = answer_of(t);
    const gs_answer_lever *l = toy_find(x, "steroid");
    assert_true(l->medicine && !l->proposed);
    assert_true(l == &x->lever[x->n_lever - 1]); /* after everything else */
    assert_true(l->change == 0 && !*l->change_text && !*l->block && isnan(l->after.q50));
    assert_non_null(strstr(l->caution, "with your doctor"));
    assert_true(toy_noted(x, "Creams are used"));
}

static void a_recent_red_flag_comes_before_everything(void **state)
{
    (void)state;
    toy_diary *t = toy_new(arena, 80, 6);
    const gs_fit *f = toy_fit(arena, t, true);

    t->flag[0] = (gs_flag){gs_channel_find("weight_loss"), 3};
    t->flag[1] = (gs_flag){gs_channel_find("fever_with_rash"), 70};
    t->flag[2] = (gs_flag){gs_channel_find("fever_with_rash"), 66};
    t->obs.n_flag = 3;
    gs_answer *x = toy_answer(arena, t, f, NULL);
    assert_int_equal(x->n_flag, 2); /* each once, newest first */
    assert_non_null(strstr(x->flag[0].advice, "2026-05-10"));
    assert_non_null(strstr(x->flag[0].advice, "doctor"));
    assert_non_null(strstr(x->headline, "doctor"));
    for (size_t i = 0; i < x->n_lever; i++)
        assert_false(x->lever[i].proposed);
    // an old one is told, and does not stop experiments
    t->obs.n_flag = 1;
    x = toy_answer(arena, t, f, NULL);
    assert_int_equal(x->n_flag, 1);
    assert_true(x->lever[0].proposed);
}

static void every_red_flag_has_its_own_advice(void **state)
{
    (void)state;
    toy_diary *t = toy_new(arena, 60, 7);
    const gs_fit *f = toy_fit(arena, t, true);

    for (size_t i = 0; i < gs_channel_count(); i++) {
        if (gs_channel_at(i)->kind != GS_CHANNEL_FLAG)
            continue;
        t->flag[0] = (gs_flag){gs_channel_at(i), 50};
        t->obs.n_flag = 1;
        gs_answer *x = toy_answer(arena, t, f, NULL);
        const char *advice = x->flag[0].advice;
        if (!strstr(advice, "doctor") || strstr(advice, "See a doctor now."))
            fail_msg("%s: %s", gs_channel_at(i)->name, advice);
    }
}

static void a_fit_that_failed_is_no_answer(void **state)
{
    (void)state;
    toy_diary *t = toy_new(arena, 80, 8);
    gs_answer *x = toy_answer(arena, t, toy_fit(arena, t, false), NULL);

    for (size_t i = 0; i < x->n_lever; i++)
        assert_false(x->lever[i].proposed);
    assert_non_null(strstr(x->headline, "did not settle"));
    assert_true(toy_noted(x, "failed its own checks"));
}

static void nobody_is_asked_for_more_than_there_is_room(void **state)
{
    (void)state;
    toy_diary *t = toy_new(arena, 80, 9);

    say_lever(t, TOY_FIBRE, 44, 1, false);
    const gs_answer_lever *l = toy_find(answer_of(t), "fibre");
    assert_true(l->change == 0 && !l->proposed && !*l->block);
    assert_non_null(strstr(l->why, "little room"));
    say_lever(t, TOY_FIBRE, 40, 0.1, false);
    l = toy_find(answer_of(t), "fibre");
    assert_true(l->change > 4.5 && l->change < 5.5); /* to 45, not by 10 */
}

static void tags_are_positive_only(void **state)
{
    (void)state;
    toy_diary *t = toy_new(arena, 80, 10);

    say_lever(t, TOY_FIBRE, 30, 0, true);
    gs_answer *x = answer_of(t);
    assert_true(toy_find(x, "fibre")->tags_only);
    assert_true(toy_noted(x, "counted as unknown, not as a day without"));
}

static void a_bad_start_is_called_a_return_to_the_mean(void **state)
{
    (void)state;
    toy_diary *t = toy_new(arena, 80, 11);

    assert_false(toy_noted(answer_of(t), "bad stretch"));
    for (size_t d = 0; d < 14; d++)
        t->value[d] = 60;
    assert_true(toy_noted(answer_of(t), "starts in a bad stretch"));
}

static void drift_missing_days_and_twins_are_told(void **state)
{
    (void)state;
    toy_diary *t = toy_new(arena, 80, 12);

    for (size_t d = 0; d < 80; d++) {
        t->value[d] = 5 + 0.5 * (double)d;
        t->lever[TOY_FIBRE].value[d] = 10 + 20 * t->lever[TOY_STRESS].value[d];
    }
    t->lever[TOY_FIBRE].n_said = 80;
    t->series.n = 60;
    gs_answer *x = answer_of(t);
    assert_true(toy_noted(x, "20 of 80 days (25%)"));
    assert_true(toy_noted(x, "moved together"));
    for (size_t i = 0; i < 60; i++)
        t->day[i] = (int32_t)(i * 79 / 59);
    assert_true(toy_noted(answer_of(t), "got worse"));
}

static void a_lever_of_another_model_is_described_by_its_name(void **state)
{
    (void)state;
    toy_diary *t = toy_new(arena, 80, 13);

    assert_null(toy_find(answer_of(t), "moonlight")); /* not said, not known: not there */
    say_lever(t, TOY_MOONLIGHT, 2, 1, false);
    const gs_answer_lever *l = toy_find(answer_of(t), "moonlight");
    assert_string_equal(l->title, "moonlight");
    assert_int_equal(l->verdict, GS_VERDICT_CANNOT);
    assert_false(l->proposed);
}

/* Jobs in the reverse order, as threads might. */
static void backwards(void *self, size_t n, void (*job)(void *, size_t), void *ctx)
{
    (void)self;
    while (n-- > 0)
        job(ctx, n);
}

static void the_order_of_threads_changes_nothing_and_json_keeps_all(void **state)
{
    (void)state;
    toy_diary *t = toy_new(arena, 80, 14);
    gs_pool pool = {.run = backwards, .n_thread = 3};
    const gs_fit *f = toy_fit(arena, t, true);
    gs_buf one = {0}, two = {0}, three = {0};
    gs_answer *back;

    assert_int_equal(gs_answer_to_json(toy_answer(arena, t, f, NULL), &one, NULL), GS_OK);
    assert_int_equal(gs_answer_to_json(toy_answer(arena, t, f, &pool), &two, NULL), GS_OK);
    assert_string_equal(one.data, two.data);
    assert_int_equal(gs_answer_from_json(arena, one.data, one.len, &back, NULL), GS_OK);
    assert_int_equal(gs_answer_to_json(back, &three, NULL), GS_OK);
    assert_string_equal(one.data, three.data);
    gs_buf_free(&one);
    gs_buf_free(&two);
    gs_buf_free(&three);
}

static bool stop(void *self)
{
    (void)self;
    return true;
}

static void cancelling_is_a_status(void **state)
{
    (void)state;
    toy_diary *t = toy_new(arena, 80, 15);
    gs_progress p = {.cancelled = stop};
    gs_answer_opts o = GS_ANSWER_OPTS;
    gs_answer *x = NULL;

    o.n_effect = 20;
    assert_int_equal(gs_advice_answer(arena, &toy_kernel, &t->obs, toy_fit(arena, t, true),
                                      gs_evidence_shipped(), &o, NULL, &p, &x, NULL),
                     GS_ECANCEL);
    assert_null(x);
}

static void running_out_of_memory_is_a_status(void **state)
{
    (void)state;
    toy_diary *t = toy_new(arena, 60, 16);
    const gs_fit *f = toy_fit(arena, t, true);
    gs_answer_opts o = GS_ANSWER_OPTS;
    size_t n_ok = 0, n_not = 0;

    o.n_effect = 5;
    for (size_t limit = 256; limit < (size_t)8 << 20; limit += 1 + limit / 3) {
        gs_arena *a = gs_arena_new(limit);
        gs_answer *x = NULL;
        gs_err err = {0};
        gs_status st = gs_advice_answer(a, &toy_kernel, &t->obs, f, gs_evidence_shipped(), &o,
                                        NULL, NULL, &x, &err);
        if (!(st == GS_OK ? x != NULL : st == GS_ENOMEM && !x && err.msg[0]))
            fail_msg("limit %zu: status %d, %s", limit, (int)st, err.msg);
        n_ok += st == GS_OK;
        n_not += st != GS_OK;
        gs_arena_free(a);
    }
    assert_true(n_ok > 0 && n_not > 5);
}

/* ---- levers, lags, evidence ------------------------------------------------------- */

static void lags_come_from_the_table(void **state)
{
    (void)state;
    double weeks, block;
    char *text;
    size_t n;

    assert_true(lever_lag("glycaemic", "acne", &weeks, &block));
    assert_true(weeks >= 8 && weeks <= 16 && block >= 8 && block <= 16);
    assert_true(lever_lag("stress", "eczema", &weeks, &block));
    assert_true(weeks >= 1 && weeks <= 4 && block >= 1 && block <= 4);
    assert_true(lever_lag("uvb", "psoriasis", &weeks, &block));
    assert_true(block >= 6 && block <= 8);
    assert_false(lever_lag("moonlight", "acne", &weeks, &block));
    assert_true(weeks == 4 && block == 4);
    // the columns stand where they are read
    assert_int_equal(gs_text_read_file(GS_SOURCE_DIR "/data/lever_lags.csv", 1 << 20, &text,
                                       &n, NULL), GS_OK);
    assert_non_null(strstr(text, "\nlever,condition,change,unit,weeks,block_weeks,"));
    free(text);
}

static void the_best_evidence_comes_first(void **state)
{
    (void)state;
    const gs_evidence *ev = gs_evidence_shipped();
    const gs_evidence_row *r[LEVER_MAX_ROWS];

    assert_true(lever_rows(ev, "glycaemic", "acne", r) > 3);
    assert_true(gs_design_randomised(r[0]->kind) && r[0]->result == GS_RESULT_SEVERITY &&
                r[0]->calibrates && r[0]->grade == GS_GRADE_EXCERPT);
    size_t n = lever_rows(ev, "dairy", "acne", r);
    assert_int_equal(n, LEVER_MAX_ROWS);
    for (size_t i = 0; i < n; i++)
        assert_true(!strcmp(r[i]->condition, "acne") || !strcmp(r[i]->condition, "any"));
    n = lever_rows(ev, "flush_trigger", "rosacea", r); /* under alcohol, heat, ... */
    assert_true(n > 0);
    assert_int_equal(lever_rows(ev, "steroid", "acne", r), 0);
    n = lever_rows(ev, "fibre", "eczema", r);
    for (size_t i = 0; i < n; i++) /* one of the table's is on asthma */
        assert_string_not_equal(r[i]->why_not, "not_skin");
    assert_int_equal(lever_rows(ev, "stress", "psoriasis", r) > 0, 1);
    assert_string_not_equal(gs_grade_name(r[0]->grade), "memory");
}

static void trials_speak_for_few_levers(void **state)
{
    (void)state;
    const gs_evidence *ev = gs_evidence_shipped();

    assert_true(lever_support(ev, "glycaemic", "acne") > 0);
    assert_true(lever_support(ev, "stress", "eczema") > 0);
    assert_true(lever_support(ev, "water", "eczema") == 0);
    assert_true(lever_support(ev, "fibre", "eczema") == 0);
    assert_true(lever_support(ev, "dairy", "acne") == 0);       /* only watched       */
    assert_true(lever_support(ev, "whey", "acne") == -1);       /* one trial, two rows */
    assert_true(lever_support(ev, "emollient", "eczema") == 1); /* one pool, two rows  */
    assert_true(lever_support(ev, "rifaximin", "rosacea") == 0); /* the trial is faulty */
    assert_true(lever_support(ev, "fermented", "acne") == 0);   /* lactoferrin's      */
}

/* Never an elimination, never a medicine, and care
 * for children and pregnancy where a food group shrinks. */
static void the_list_of_levers_keeps_its_promises(void **state)
{
    (void)state;
    for (size_t i = 0; lever_at(i); i++) {
        const lever_ask *l = lever_at(i);
        assert_true(gs_evidence_lever_known(l->name));
        assert_true(*l->title && l->lo <= l->hi && l->factor > 0);
        if (l->kind == MEDICINE) {
            assert_true(l->step == 0 && !*l->text);
            assert_non_null(strstr(l->caution, "doctor"));
        }
    }
    assert_true(lever_find("dairy")->step == -0.5);
    assert_non_null(strstr(lever_find("dairy")->caution, "children"));
    assert_int_equal(lever_find("antibiotic")->kind, MEDICINE);
    assert_int_equal(lever_find("rifaximin")->kind, MEDICINE);
    assert_int_equal(lever_find("steroid")->kind, MEDICINE);
    assert_int_equal(lever_find("uvb")->kind, MEDICINE);
}

/* The axis and the list know the same levers. */
static void every_lever_of_the_axis_has_words(void **state)
{
    (void)state;
    const gs_kernel *k = gs_axis_slaved();

    for (size_t i = 0; i < k->n_lever; i++) {
        if (!lever_find(k->lever[i].name))
            fail_msg("no words for %s", k->lever[i].name);
    }
    for (size_t i = 0; lever_at(i); i++)
        assert_true(gs_kernel_lever(k, lever_at(i)->name) >= 0);
    assert_true(lever_gain(k, "stress") >= 0 && lever_gain(k, "sun") < 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_lever_that_works_is_found_and_put_first), T(what_was_never_said_cannot_be_learned),
        T(what_was_the_same_every_day_cannot_be_learned), T(few_days_are_named),
        T(medicines_are_shown_when_used_and_never_proposed),
        T(a_recent_red_flag_comes_before_everything), T(every_red_flag_has_its_own_advice),
        T(a_fit_that_failed_is_no_answer), T(nobody_is_asked_for_more_than_there_is_room),
        T(tags_are_positive_only), T(a_bad_start_is_called_a_return_to_the_mean),
        T(drift_missing_days_and_twins_are_told),
        T(a_lever_of_another_model_is_described_by_its_name),
        T(the_order_of_threads_changes_nothing_and_json_keeps_all),
        T(cancelling_is_a_status), T(running_out_of_memory_is_a_status), T(lags_come_from_the_table),
        T(the_best_evidence_comes_first), T(trials_speak_for_few_levers), T(the_list_of_levers_keeps_its_promises),
        T(every_lever_of_the_axis_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
