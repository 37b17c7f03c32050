/* The answer's JSON: complete, exact, and safe on bytes that are none of ours. */
#include "advice/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include <jansson.h>

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

static char *json_of(const gs_answer *x)
{
    gs_buf b = {0};
    gs_err err = {0};

    assert_int_equal(gs_answer_to_json(x, &b, &err), GS_OK);
    return b.data;
}

static gs_answer *back(const char *text)
{
    gs_answer *x = NULL;
    gs_err err = {0};

    if (gs_answer_from_json(arena, text, strlen(text), &x, &err) != GS_OK)
        fail_msg("%s: %s", err.field, err.msg);
    return x;
}

static void what_is_written_is_what_is_read(void **state)
{
    (void)state;
    char *one = json_of(sample_answer(arena));
    char *two = json_of(back(one));

    assert_string_equal(one, two);
    free(one);
    free(two);
}

/* The writer could drop a field on both ways; so look at the numbers themselves. */
static void every_part_survives_the_way(void **state)
{
    (void)state;
    gs_answer *x = sample_answer(arena);
    char *text = json_of(x);
    gs_answer *y = back(text);

    free(text);
    assert_string_equal(x->headline, y->headline);
    assert_int_equal(x->day0, y->day0);
    assert_int_equal(x->n_lever, y->n_lever);
    assert_int_equal(x->n_flag, y->n_flag);
    assert_string_equal(x->flag[0].advice, y->flag[0].advice);
    assert_string_equal(x->note[3], y->note[3]);
    for (size_t i = 0; i < x->n_series; i++) {
        const gs_answer_series *s = &x->series[i], *t = &y->series[i];
        assert_int_equal(s->n, t->n);
        assert_memory_equal(s->day, t->day, s->n * sizeof *s->day);
        assert_memory_equal(s->value, t->value, s->n * sizeof *s->value);
        assert_memory_equal(s->fit, t->fit, x->n_day * sizeof *s->fit);
        assert_memory_equal(s->ahead, t->ahead, x->n_ahead * sizeof *s->ahead);
    }
    for (size_t i = 0; i < x->n_lever; i++) {
        const gs_answer_lever *l = &x->lever[i], *m = &y->lever[i];
        assert_string_equal(l->why, m->why);
        assert_int_equal(l->verdict, m->verdict);
        assert_int_equal(l->n_evidence, m->n_evidence);
        if (l->n_evidence)
            assert_true(l->evidence[0]->effect == m->evidence[0]->effect);
        assert_true(isnan(l->sd) ? isnan(m->sd) : l->sd == m->sd);
    }
    assert_true(x->fit->kernel_hash == y->fit->kernel_hash);
    assert_true(x->fit->obs_hash == y->fit->obs_hash);
    assert_int_equal(x->fit->n_dim, y->fit->n_dim);
    for (size_t i = 0; i < x->fit->n_dim; i++)
        assert_memory_equal(&x->fit->dim[i].post, &y->fit->dim[i].post, sizeof(gs_band));
}

static void numbers_come_back_to_the_last_bit(void **state)
{
    (void)state;
    gs_answer *x = sample_answer(arena);
    gs_answer_lever l = x->lever[0];

    l.taught = 0.1 + 0.2;
    l.habit = 4.9406564584124654e-324;
    l.sd = 1.7976931348623157e308;
    x->lever = &l;
    x->n_lever = 1;
    char *text = json_of(x);
    const gs_answer_lever *m = back(text)->lever;
    free(text);
    assert_true(m->taught == l.taught && m->habit == l.habit && m->sd == l.sd);
}

static void an_answer_without_anything_is_an_answer(void **state)
{
    (void)state;
    gs_answer x = {.person = "", .condition = "acne", .headline = "", .made = "", .value_note = "",
                   .day0 = GS_DAY_NONE};
    char *text = json_of(&x);
    gs_answer *y = back(text);

    free(text);
    assert_null(y->fit);
    assert_int_equal(y->day0, GS_DAY_NONE);
    assert_int_equal(y->n_series + y->n_lever + y->n_flag + y->n_note, 0);
}

/* Take away every key in turn, at every depth: always a sentence naming the field. */
static void refuse_without(json_t *root, json_t *at)
{
    if (json_is_array(at) && json_array_size(at))
        refuse_without(root, json_array_get(at, 0));
    size_t n = json_object_size(at), k = 0; /* of what is no object: 0 */
    char *name[64];
    const char *key;
    json_t *v;
    json_object_foreach(at, key, v)
        name[k++] = strdup(key);
    for (k = 0; k < n; k++) {
        gs_answer *x = NULL;
        gs_err err = {0};
        v = json_incref(json_object_get(at, name[k]));
        json_object_del(at, name[k]);
        char *text = json_dumps(root, JSON_COMPACT);
        assert_int_equal(gs_answer_from_json(arena, text, strlen(text), &x, &err),
                         GS_EPARSE);
        assert_null(x);
        assert_non_null(strstr(err.field, name[k]));
        free(text);
        json_object_set_new(at, name[k], v);
        refuse_without(root, v);
        free(name[k]);
    }
}

static void a_missing_field_is_named(void **state)
{
    (void)state;
    gs_answer *x = sample_answer(arena);
    x->n_day = 0; /* keep the text short: no bands, no values */
    gs_answer_series s = x->series[0];
    s.n = 0;
    x->series = &s;
    x->n_series = 1;
    char *text = json_of(x);
    json_t *root = json_loads(text, 0, NULL);

    refuse_without(root, root);
    json_decref(root);
    free(text);
}

static void lengths_and_days_that_do_not_agree_are_refused(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"\"n_day\":112", "\"n_day\":111"},
        {"\"n_ahead\":14", "\"n_ahead\":15"},
        {"\"main_series\":0", "\"main_series\":2"},
        {"\"day\":[0,2,", "\"day\":[2,0,"},
        {"\"verdict\":\"much\"", "\"verdict\":\"enormous\""},
        {"\"n_said\":95", "\"n_said\":-1"},
        {"\"kernel_hash\":\"0", "\"kernel_hash\":\"x"},
        {"\"example\":true", "\"example\":1"},
        {"\"made\":\"0.1.0\"", "\"made\":\"0.1\\u0000.0\""},
    };
    char *text = json_of(sample_answer(arena));

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *p = strstr(text, bad[i][0]);
        gs_buf b = {0};
        gs_answer *x = NULL;
        gs_err err = {0};
        assert_non_null(p);
        gs_buf_put_n(&b, text, (size_t)(p - text));
        gs_buf_put(&b, bad[i][1]);
        gs_buf_put(&b, p + strlen(bad[i][0]));
        if (gs_answer_from_json(arena, b.data, b.len, &x, &err) == GS_OK)
            fail_msg("%s was taken", bad[i][1]);
        gs_buf_free(&b);
    }
    free(text);
}

static void a_text_cut_anywhere_is_refused(void **state)
{
    (void)state;
    char *text = json_of(sample_answer(arena));
    size_t n = strlen(text) - 2; /* the closing brace and the line's end */

    for (size_t k = 0; k < n; k += 1 + n / 400) {
        gs_answer *x = NULL;
        assert_int_not_equal(gs_answer_from_json(arena, text, k, &x, NULL), GS_OK);
    }
    free(text);
}

static void text_that_is_not_utf8_is_not_written(void **state)
{
    (void)state;
    gs_answer *x = sample_answer(arena);
    gs_buf b = {0};
    gs_err err = {0};

    x->person = "\xff\xfe";
    assert_int_equal(gs_answer_to_json(x, &b, &err), GS_EUSE);
    gs_buf_free(&b);
}

static void running_out_of_memory_is_a_status(void **state)
{
    (void)state;
    char *text = json_of(sample_answer(arena));
    size_t n_ok = 0, n_not = 0;

    for (size_t limit = 64; limit < 1 << 20; limit += 1 + limit / 11) {
        gs_arena *a = gs_arena_new(limit);
        gs_answer *x = NULL;
        gs_status st = gs_answer_from_json(a, text, strlen(text), &x, NULL);
        assert_true(st == GS_OK ? x != NULL : st == GS_ENOMEM && !x);
        n_ok += st == GS_OK;
        n_not += st != GS_OK;
        gs_arena_free(a);
    }
    assert_true(n_ok > 0 && n_not > 10);
    free(text);
}

/* tests/report/sample-answer.json is made from sample.h: GS_WRITE=1 writes it anew. */
static void the_sample_file_is_the_sample(void **state)
{
    (void)state;
    const char *path = GS_SOURCE_DIR "/tests/report/sample-answer.json";
    char *text = json_of(sample_answer(arena)), *file;
    size_t n;
    gs_err err = {0};

    if (getenv("GS_WRITE"))
        assert_int_equal(gs_text_write_file(path, text, strlen(text), &err), GS_OK);
    assert_int_equal(gs_text_read_file(path, 1 << 24, &file, &n, &err), GS_OK);
    assert_string_equal(text, file);
    free(file);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_written_is_what_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_part_survives_the_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(numbers_come_back_to_the_last_bit, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_answer_without_anything_is_an_answer, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_missing_field_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lengths_and_days_that_do_not_agree_are_refused,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_text_cut_anywhere_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_that_is_not_utf8_is_not_written, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(running_out_of_memory_is_a_status, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_sample_file_is_the_sample, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
