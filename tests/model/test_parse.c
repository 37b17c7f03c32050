/* The language: what is read, and what each mistake is told. */
#include "model/models.h"

static const char whole[] =
    "model tank \"one tank\"  # a comment\n"
    "time h\n"
    "lever inflow [L/h] range 0..10 habit 2 sd 0.5 \"tap\" cite assumed\n"
    "param k = 0.5 [1/h] range 0.1..2 prior lognormal(0.5, 1.5) personal scales inflow\n"
    "      cite smith2019, jones2020b \"how fast it drains\"\n"
    "let half [L] = 0.5*volume\n"
    "state volume [L] = 4 range 0..inf log \"water in it\"\n"
    "      volume' = inflow\n"
    "              - k*volume\n"
    "state level [1] = 1\n"
    "      level' = (1 - level)/2 [h]\n"
    "      fast\n"
    "event full when volume > 9 [L] and not (level == 1) \"spills\"\n"
    "      volume := half\n"
    "see v [L] = volume noise lognormal(1.1)\n"
    "see n [1] = level noise negative_binomial(2)\n";

TEST(every_statement_and_attribute_is_read)
{
    (void)unused;
    gs_arena *a = gs_arena_new(0);
    char say[800];
    gs_spec *s = parse(a, whole, say);
    assert_string_equal(say, "");
    assert_string_equal(s->name, "tank");
    assert_string_equal(s->doc, "one tank");
    assert_string_equal(s->time_unit, "h");
    CHECK_NEAR(s->time_days, 1.0 / 24, 0);
    assert_int_equal(s->n_param, 1);
    assert_string_equal(s->param[0].head.cite, "smith2019, jones2020b");
    assert_string_equal(s->param[0].head.doc, "how fast it drains");
    assert_string_equal(s->param[0].scales, "inflow");
    assert_true(s->param[0].personal);
    assert_int_equal(s->param[0].prior.kind, GS_SPEC_LOGNORMAL);
    CHECK_NEAR(s->param[0].prior.b, 1.5, 0);
    CHECK_NEAR(s->lever[0].habit, 2, 0);
    CHECK_NEAR(s->lever[0].sd, 0.5, 0);
    assert_true(s->state[0].is_log && !s->state[0].is_fast);
    assert_true(s->state[1].is_fast && !s->state[1].is_log);
    assert_true(isinf(s->state[0].hi));
    assert_int_equal(s->event[0].n_assign, 1);
    assert_int_equal(s->event[0].assign[0].state, 0);
    assert_int_equal(s->see[0].noise.kind, GS_SPEC_LOGNORMAL);
    CHECK_NEAR(s->see[0].noise.b, 1.1, 0);
    CHECK_NEAR(s->see[1].noise.a, 2, 0);
    gs_arena_free(a);
}

TEST(line_ends_and_byte_order_marks_do_not_matter)
{
    (void)unused;
    gs_arena *a = gs_arena_new(0);
    char say[800];
    assert_non_null(parse(a, "\xef\xbb\xbfmodel m\r\nstate x [1] = 1\r\n\tx' = -x/1 [d]\r\n", say));
    assert_non_null(parse(a, "model m", say));
    gs_arena_free(a);
}

/* value of the first param's prior centre is not enough: fold constants to see the tree */
static double value_of(const char *expr)
{
    char text[400], say[800];
    double x = 0;
    gs_arena *a = gs_arena_new(0);
    snprintf(text, sizeof text, "model m\nlet y = %s\n", expr);
    gs_spec *s = parse(a, text, say);
    if (!s)
        fail_msg("%s: %s", expr, say);
    assert_true(gs_expr_constant(s->let[0].expr, &x));
    gs_arena_free(a);
    return x;
}

TEST(operators_bind_as_in_a_paper)
{
    (void)unused;
    CHECK_NEAR(value_of("1 + 2*3"), 7, 0);
    CHECK_NEAR(value_of("8 - 3 - 2"), 3, 0);
    CHECK_NEAR(value_of("8/4/2"), 1, 0);
    CHECK_NEAR(value_of("-2^2"), -4, 0);
    CHECK_NEAR(value_of("2^-2"), 0.25, 0);
    CHECK_NEAR(value_of("2^3^2"), 512, 0);
    CHECK_NEAR(value_of("(1 + 2)*-3"), -9, 0);
    CHECK_NEAR(value_of("1.5e2 + .5 - 1E-1"), 150.4, 0);
    CHECK_NEAR(value_of("2*3^2"), 18, 0);
}

#define HEAD "model m\n"
#define STATE HEAD "lever u [1]\nstate x [1] = 1\n    x' = "

TEST(mistakes_are_told_with_place_and_mend)
{
    (void)unused;
    check_fails("", "m.gs:1:1:", "model NAME");
    check_fails("param k = 1", "m.gs:1:1:", "model NAME");
    check_fails(HEAD "sate x [1] = 1", "m.gs:2:1:", "did you mean `state`");
    check_fails(HEAD "  param k = 1", "m.gs:2:3:", "first column");
    check_fails(HEAD "param k = 1\n  lever u [1]", "m.gs:3:3:", "first column");
    check_fails(HEAD "param k = 1 [1/d", "m.gs:2:13:", "end it with ]");
    check_fails(HEAD "param k = 1 \"open\n", "m.gs:2:13:", "end it with \"");
    check_fails(HEAD "param k = 5g", "m.gs:2:11:", "units in brackets");
    check_fails(HEAD "param k = 1e999", "m.gs:2:11:", "too large");
    check_fails(HEAD "param k = x", "m.gs:2:11:", "expected a number");
    check_fails(HEAD "param k 1", "m.gs:2:9:", "expected `=`");
    check_fails(HEAD "param log = 1", "m.gs:2:7:", "word of the language");
    check_fails(HEAD "param k = 1 rnage 0..1", "m.gs:2:13:", "did you mean `range`");
    check_fails(HEAD "param k = 1 log", "m.gs:2:13:", "does not go with a param");
    check_fails(HEAD "param k = 1 personal personal", "m.gs:2:22:", "already has");
    check_fails(HEAD "param k = 1 \"a\" \"b\"", "m.gs:2:17:", "already has a sentence");
    check_fails(HEAD "param k = 1\nstate k [1] = 1\n k' = 0", "m.gs:3:7:", "already taken in line 2");
    check_fails(HEAD "see y = 1\nsee y = 2", "m.gs:3:5:", "already taken");
    check_fails(HEAD "model n", "m.gs:2:1:", "already is model m");
    check_fails(HEAD "time fortnight", "m.gs:2:6:", "unit of time");
    check_fails(HEAD "state x [1] = 1", "m.gs:2:7:", "x' = ...");
    check_fails(HEAD "state x [1] = 1\n  y' = 0", "m.gs:3:3:", "written x' =");
    check_fails(HEAD "state x [1] = 1\n  x' = 0\n  x' = 1", "m.gs:4:3:", "already has an equation");
    check_fails(HEAD "param k = 1\n  k' = 0", "m.gs:3:3:", "only a state");
    check_fails(HEAD "event e when 1 > 0", "m.gs:2:7:", "changes nothing");
    check_fails(HEAD "event e when 1\n x := 1", "m.gs:2:14:", "expected a condition");
    check_fails(HEAD "param k = 1\nevent e when k > 0\n k := 1", "m.gs:4:2:", "only change states");
    check_fails(STATE "0\nevent e when u > 0\n x := 1\n x := 2", "m.gs:7:2:", "already changes x");
    check_fails(HEAD "\xff", "m.gs:2:1:", "UTF-8");
    check_fails(HEAD "param k = 1 \x01", "m.gs:2:13:", "byte 0x01");
    check_fails(HEAD "let \xc3\xa9 = 1", "m.gs:2:5:", "plain letters");
}

TEST(mistakes_in_expressions_are_told_with_place_and_mend)
{
    (void)unused;
    check_fails(STATE "-x*uu", "m.gs:4:13:", "did you mean `u`");
    check_fails(STATE "exq(x)", "m.gs:4:10:", "did you mean `exp`");
    check_fails(STATE "hill(x, 1)", "m.gs:4:10:", "too few arguments");
    check_fails(STATE "ln(x, 1)", "m.gs:4:10:", "too many arguments");
    check_fails(STATE "max(x)", "m.gs:4:10:", "too few");
    check_fails(STATE "(x + 1", "m.gs:4:16:", "expected `)`");
    check_fails(STATE "(x +\n1)", "m.gs:5:1:", "starts with a blank");
    check_fails(STATE "x +", "m.gs:4:13:", "expected a number, a name or `(`");
    check_fails(STATE "x 2", "m.gs:4:12:", "expected an operator");
    check_fails(STATE "x < 1", "m.gs:4:12:", "found a condition");
    check_fails(STATE "if(x, 1, 2)", "m.gs:4:13:", "expected a condition");
    check_fails(STATE "if(0 < x < 1, 1, 2)", "m.gs:4:19:", "do not chain");
    check_fails(STATE "if(x = 1, 1, 2)", "m.gs:4:15:", "`==`");
    check_fails(STATE "t*x", "m.gs:4:10:", "does not know the date");
    check_fails(STATE "x*range", "m.gs:4:12:", "keyword `range`");
    check_fails(STATE "0\nsee y = x\nlet z = y", "m.gs:6:9:", "is an observable");
    check_fails(HEAD "let a = b\nlet b = c + 1\nlet c = a*2", "m.gs:2:5:", "a -> b -> c -> a");
    check_fails(HEAD "let a = a", "m.gs:2:5:", "a -> a");
}

TEST(values_are_held_against_ranges_and_priors)
{
    (void)unused;
    check_fails(HEAD "param k = 3 range 0..1", "m.gs:2:7:", "outside its range 0..1");
    check_fails(HEAD "param k = 1 range 2..1", "m.gs:2:13:", "lower end first");
    check_fails(HEAD "param k = 1 personal", "m.gs:2:7:", "needs a prior");
    check_fails(HEAD "param k = 1 prior norml(1, 1)", "m.gs:2:19:", "did you mean `normal`");
    check_fails(HEAD "param k = 1 prior normal(1, 0)", "m.gs:2:19:", "sd above 0");
    check_fails(HEAD "param k = 1 prior lognormal(1, 0.9)", "m.gs:2:19:", "geometric sd above 1");
    check_fails(HEAD "param k = 1 prior uniform(1, 1)", "m.gs:2:19:", "LO below HI");
    check_fails(HEAD "param k = 1 prior beta(0, 1)", "m.gs:2:19:", "both shapes");
    check_fails(HEAD "param k = 1 prior negative_binomial(1)", "m.gs:2:19:", "expected a distribution");
    check_fails(HEAD "param k = 1 range 0..2 prior normal(5, 1)", "m.gs:2:7:", "centre of the prior");
    check_fails(HEAD "see y = 1 noise normal(0)", "m.gs:2:17:", "sd above 0");
    check_fails(HEAD "see y = 1 noise lognormal(1)", "m.gs:2:17:", "geometric sd above 1");
    check_fails(HEAD "lever u range 1..2", "m.gs:2:7:", "habit of u is 0");
    check_fails(HEAD "lever u habit 1 sd -1", "m.gs:2:17:", "cannot be negative");
    check_fails(HEAD "state x = 0 log\n x' = 1", "m.gs:2:7:", "logarithm");
    check_fails(HEAD "state x = 9 range 0..1\n x' = 1", "m.gs:2:7:", "start of x is 9");
    check_fails(HEAD "param k = 1 scales w\nlever ww", "m.gs:2:20:", "no lever `w`; did you mean `ww`");
    check_fails(HEAD "param k = 1 cite Smith", "m.gs:2:18:", "no key of a source");
    check_fails(HEAD "param k = 1 cite smith2019,", "m.gs:2:28:", "expected the key");
}

/* a text of n copies of a piece between two others */
static char *repeat(const char *before, const char *piece, size_t n, const char *after)
{
    size_t k = strlen(piece), at = strlen(before);
    char *text = malloc(at + n * k + strlen(after) + 1);
    memcpy(text, before, at);
    for (size_t i = 0; i < n; i++, at += k)
        memcpy(text + at, piece, k);
    strcpy(text + at, after);
    return text;
}

static void check_repeated(const char *before, const char *piece, size_t n, const char *after,
                           const char *part)
{
    char say[800], *text = repeat(before, piece, n, after);
    gs_arena *a = gs_arena_new(0);
    assert_null(parse(a, text, say));
    if (!strstr(say, part))
        fail_msg("expected \"%s\", got \"%s\"", part, say);
    gs_arena_free(a);
    free(text);
}

TEST(depth_and_size_are_bounded)
{
    (void)unused;
    check_repeated(HEAD "let y = ", "(", 100000, "1", "nested more than 200");
    check_repeated(HEAD "let y = ", "-", 100000, "1", "nested more than 200");
    check_repeated(HEAD "let y = ", "2^", 100000, "1", "nested more than 200");
    check_repeated(HEAD "let y = ", "abs(", 100000, "1", "nested more than 200");
    check_repeated(HEAD "let y = if(", "not ", 100000, "1<2,1,2)", "nested more than 200");
    check_repeated(HEAD "let y = 1", "+1", 100000, "", "more than 2000 terms");
    check_repeated(HEAD "#", "x", 4 << 20, "", "4 MiB");
    check_repeated(HEAD, "see x = 1\n", 5000, "", "more than 4096");
    char say[800], *text = repeat(HEAD "let y = ", "(", 199, "1");
    char *closed = repeat(text, ")", 199, "\n");
    gs_arena *a = gs_arena_new(0);
    assert_non_null(parse(a, closed, say));
    gs_arena_free(a);
    free(text);
    free(closed);
}

/* lets in any order, also a long chain written backwards */
TEST(lets_come_in_an_order_that_works)
{
    (void)unused;
    enum { N = 4000 };
    gs_buf b = {0};
    gs_buf_put(&b, HEAD);
    for (int i = 0; i < N; i++)
        gs_buf_printf(&b, "let a%d = a%d + 1\n", i, i + 1);
    gs_buf_printf(&b, "let a%d = 1\n", N);
    gs_arena *a = gs_arena_new(0);
    char say[800];
    gs_spec *s = parse(a, b.data, say);
    assert_non_null(s);
    for (uint32_t i = 0; i <= N; i++)
        assert_int_equal(s->let_order[i], N - i);
    gs_arena_free(a);
    gs_buf_free(&b);
}

/* every allocation fails once: a clean GS_ENOMEM, nothing else */
TEST(running_out_of_memory_is_told)
{
    (void)unused;
    size_t failed = 0;
    for (size_t limit = 100; limit < 60000; limit += 500) {
        gs_arena *a = gs_arena_new(limit);
        gs_err err = {0};
        gs_spec *s;
        gs_status st = gs_spec_parse(a, "m.gs", whole, strlen(whole), &s, &err);
        assert_true(st == GS_OK || st == GS_ENOMEM);
        failed += st == GS_ENOMEM;
        gs_arena_free(a);
    }
    assert_true(failed > 0 && failed < 120);
}

/* every prefix of a good file, and every byte of it broken, gets an answer */
TEST(broken_files_get_one_sentence)
{
    (void)unused;
    char text[sizeof whole], say[800];
    for (size_t n = 0; n < sizeof whole; n++) {
        gs_arena *a = gs_arena_new(0);
        memcpy(text, whole, n);
        text[n] = 0;
        gs_spec *s = parse(a, text, say);
        assert_true(s || strncmp(say, "m.gs:", 5) == 0);
        gs_arena_free(a);
        a = gs_arena_new(0);
        memcpy(text, whole, sizeof whole);
        text[n < sizeof whole - 1 ? n : 0] = "('\"[.\xe2=9"[n % 8];
        s = parse(a, text, say);
        assert_true(s || strncmp(say, "m.gs:", 5) == 0);
        gs_arena_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_and_attribute_is_read),
        cmocka_unit_test(line_ends_and_byte_order_marks_do_not_matter),
        cmocka_unit_test(operators_bind_as_in_a_paper),
        cmocka_unit_test(mistakes_are_told_with_place_and_mend),
        cmocka_unit_test(mistakes_in_expressions_are_told_with_place_and_mend),
        cmocka_unit_test(values_are_held_against_ranges_and_priors),
        cmocka_unit_test(depth_and_size_are_bounded),
        cmocka_unit_test(lets_come_in_an_order_that_works),
        cmocka_unit_test(running_out_of_memory_is_told),
        cmocka_unit_test(broken_files_get_one_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
