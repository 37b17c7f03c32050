/* Generated C of small models: compiled, loaded, and judged by the interpreter; the same
 * bytes every time; nothing in a model's texts can break out of the C. */
#include "modelc/kernels.h"

#include "gutskin/rng.h"
#include "model/ast.h"
#include <dlfcn.h>
#include <jansson.h>
#include <unistd.h>

static gs_spec *spec_of(gs_arena *a, const char *text)
{
    gs_err err = {0};
    gs_spec *s;
    if (gs_spec_parse(a, "m.gs", text, strlen(text), &s, &err) != GS_OK)
        fail_msg("%s", err.msg);
    return s;
}

static void emit(const gs_spec *s, bool slave, gs_buf *b)
{
    gs_err err = {0};
    gs_modelc_opts o = GS_MODELC_OPTS;
    o.slave = slave;
    if (gs_modelc_emit(s, &o, b, &err) != GS_OK)
        fail_msg("%s", err.msg);
}

static const char *compiler(void)
{
    const char *cc = getenv("CC");
    return cc && *cc ? cc : "cc";
}

/* The text as a loaded kernel; the object stays loaded until the program ends. */
static const gs_kernel *load(const char *c_text, size_t n)
{
    static int count;
    char base[64], command[600];
    gs_err err = {0};
    const gs_kernel *(*get)(void);
    snprintf(base, sizeof base, "./emit-%ld-%d", (long)getpid(), count++);
    snprintf(command, sizeof command, "%s.c", base);
    assert_int_equal(gs_text_write_file(command, c_text, n, &err), GS_OK);
    snprintf(command, sizeof command,
             "%s -std=c11 -Wall -Wextra -Werror -Wshadow -Wmissing-prototypes -O1 -fPIC -shared "
             "-I%s/include -o %s.so %s.c -lm", compiler(), GS_SOURCE_DIR, base, base);
    if (system(command) != 0)
        fail_msg("the C compiler refused %s.c", base);
    snprintf(command, sizeof command, "%s.so", base);
    void *so = dlopen(command, RTLD_NOW);
    if (!so)
        fail_msg("%s", dlerror());
    void *symbol = dlsym(so, "gs_model_kernel");
    const unsigned *abi = dlsym(so, "gs_model_kernel_abi");
    assert_true(symbol && abi && *abi == GS_KERNEL_ABI);
    memcpy(&get, &symbol, sizeof get);
    unlink(command);
    snprintf(command, sizeof command, "%s.c", base);
    unlink(command);
    return get();
}

static void near_all(size_t n, const double *a, const double *b, const char *what)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs(a[i] - b[i]) <= 1e-12 * (1 + fabs(b[i]))) && !(isnan(a[i]) && isnan(b[i])) &&
            !(a[i] == b[i]))
            fail_msg("%s[%zu]: generated %.17g, interpreted %.17g", what, i, a[i], b[i]);
}

static void compare_at(gs_arena *a, const gs_kernel *g, const gs_kernel *k, point p)
{
    size_t n = k->n_state, m = k->n_par, big = n * n + n * m + n + m + k->n_see + 1;
    double *v[2] = {GS_NEW(a, double, big), GS_NEW(a, double, big)};
    const gs_kernel *both[2] = {g, k};
    for (int i = 0; i < 2; i++)
        dense_jac(a, both[i], p, v[i], v[i] + n, v[i] + n + n * n);
    near_all(n + n * n + n * m, v[0], v[1], "dz, j, jp");
    for (int i = 0; i < 2; i++)
        both[i]->seen(both[i], p.z, p.par, p.lever, v[i]);
    near_all(k->n_see, v[0], v[1], "y");
    for (size_t s = 0; s < k->n_see; s++) {
        for (int i = 0; i < 2; i++)
            both[i]->seen_grad(both[i], s, p.z, p.par, p.lever, v[i], v[i] + n);
        near_all(n + m, v[0], v[1], "dy/dz, dy/dp");
    }
    for (int i = 0; i < 2 && k->n_fast; i++)
        both[i]->fast_seen(both[i], p.z, p.par, p.lever, v[i]);
    near_all(k->n_fast, v[0], v[1], "fast");
    assert_true((k->events == NULL) == (g->events == NULL));
    if (!k->events)
        return;
    size_t fired[2];
    for (int i = 0; i < 2; i++) {
        memcpy(v[i], p.z, n * sizeof *p.z);
        fired[i] = both[i]->events_grad(both[i], v[i], p.par, p.lever, v[i] + n, v[i] + n + n * n);
    }
    assert_int_equal(fired[0], fired[1]);
    near_all(n + n * n + n * m, v[0], v[1], "z, jz, jp of events");
    memcpy(v[0], p.z, n * sizeof *p.z);
    assert_int_equal(g->events(g, v[0], p.par, p.lever), fired[1]);
    near_all(n, v[0], v[1], "z of events");
}

static void compare(const char *text, bool slave, bool may_be_nan)
{
    gs_arena *a = gs_arena_new(0);
    gs_spec *s = spec_of(a, text);
    gs_buf b = {0};
    emit(s, slave, &b);
    const gs_kernel *g = load(b.data, b.len), *k = kernel_of(a, text, slave);
    gs_rng r = gs_rng_stream(1, 0, "emit");
    assert_true(g->hash == k->hash);
    for (int i = 0; i < 50; i++) {
        point p = point_new(a, k);
        for (size_t j = 0; i && j < k->n_state; j++)
            p.z[j] += (may_be_nan ? 2 : 0.3) * gs_rng_normal(&r);
        for (size_t j = 0; i && j < k->n_par; j++)
            p.par[j] *= exp(0.3 * gs_rng_normal(&r));
        for (size_t j = 0; i && j < k->n_lever; j++)
            p.lever[j] *= 2 * gs_rng_uniform(&r);
        compare_at(a, g, k, p);
    }
    gs_buf_free(&b);
    gs_arena_free(a);
}

TEST(generated_code_agrees_with_the_interpreter)
{
    (void)unused;
    const char *head = "model m\nlever u range 0.1..9 habit 1.3\n"
                       "param a = 0.7 range 0.01..9 prior lognormal(0.7, 2) personal\n"
                       "param b = 1.4 range -9..9\nparam c = 2.5 range 0..9\n";
    const char *const models[] = {
        /* powers of every kind, products, shared factors */
        "state x = 1.2 range 0..9 log\n x' = x*(a^b*u^0.25/x^1.5 - b*x^a*u^2/(a^-2*c)) + u*a\n"
        "state y = 2 range 0.01..99 log\n y' = (x/y)^a*(u/c)^0.3*y^-0.5 - sqrt(y)*x^3 + y^0.75*x^-0.25\n"
        "see s = x^a*y^b*u^c\n",
        /* conditions, kinks, functions of every kind */
        "state x = 0.3\n x' = if(x > 0.2 and not (u <= 1 or a != a), min(x, u, b), max(x*b, c))\n"
        "  - abs(x - 0.31) + pos(x - u/4) + hill(abs(x) + 1, a, 3) - hill(abs(x) + 1, c, b)\n"
        "state y = 1\n y' = exp(-x^2) - ln(2 + y^2)*sqrt(1 + y^2) + if(x == 0.3, b, -b)\n"
        "see s = if(y >= 1, x, -x)\nsee three = 3\n",
        /* events */
        "state x = 1 log\n x' = -a*x\nstate y = 3\n y' = b - y\n"
        "event e when y > 1 and u > 0.3\n x := x*a + y^2\n y := x\n"
        "event f when x > y\n y := y + b\n",
        /* nothing but constants */
        "state x = 1\n x' = 0\nstate y = 1 log\n y' = 2*y\nsee s = 1/3\nevent e when 1 < 2\n x := 5\n",
        /* slaved, with a cycle */
        "state s = 1\n s' = f - s*g\nstate f = 1 fast\n f' = (a*u + 0.2*g - f)/c\n"
        "state g = 1 fast log\n g' = 3*(sqrt(f)*exp(-s^2) - g)\nsee y = f*g\n",
    };
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        char text[2000];
        snprintf(text, sizeof text, "%s%s", head, models[i]);
        compare(text, false, i == 1);
        if (i == 4)
            compare(text, true, false);
    }
}

TEST(the_same_spec_gives_the_same_bytes)
{
    (void)unused;
    char *text;
    size_t n;
    gs_err err = {0};
    assert_int_equal(gs_text_read_file(GS_SOURCE_DIR "/model/axis.gs", 1 << 22, &text, &n, &err),
                     GS_OK);
    for (int slave = 0; slave < 2; slave++) {
        gs_buf b[2] = {{0}};
        for (int i = 0; i < 2; i++) {
            gs_arena *a = gs_arena_new(0);
            emit(spec_of(a, text), slave, &b[i]);
            gs_arena_free(a);
        }
        assert_int_equal(b[0].len, b[1].len);
        assert_memory_equal(b[0].data, b[1].data, b[0].len);
        gs_buf_free(&b[0]);
        gs_buf_free(&b[1]);
    }
    free(text);
}

TEST(no_text_breaks_out_of_the_c_code)
{
    (void)unused;
    const char *nasty = "\\\" *" "/ ?" "?/ \xc3\xa9\t%s \\n";
    char text[400], plain[100];
    size_t n = 0;
    for (const char *p = nasty; *p; p++) /* a sentence cannot hold a quote */
        if (*p != '"')
            plain[n++] = *p;
    plain[n] = 0;
    snprintf(text, sizeof text, "model m \"%s\"\nstate x = 1 \"%s\"\n x' = -x\n", plain, plain);
    gs_arena *a = gs_arena_new(0);
    gs_buf b = {0};
    emit(spec_of(a, text), false, &b);
    const gs_kernel *k = load(b.data, b.len);
    assert_string_equal(k->doc, plain);
    assert_string_equal(k->state[0].doc, plain);
    gs_buf_free(&b);
    gs_arena_free(a);
}

TEST(a_symbol_must_be_an_identifier)
{
    (void)unused;
    gs_arena *a = gs_arena_new(0);
    gs_buf b = {0};
    gs_err err = {0};
    gs_modelc_opts o = GS_MODELC_OPTS;
    o.symbol = "x(void){} int y";
    assert_int_equal(gs_modelc_emit(spec_of(a, "model m\n"), &o, &b, &err), GS_EUSE);
    gs_arena_free(a);
}

/* what show prints of an expression reads back as the same expression */
TEST(printed_expressions_read_back)
{
    (void)unused;
    const char *const exprs[] = {
        "1 + 2*x - 3/x/4 - (5 - x) - (x + 1)", "-x^2^-x*(2*x)^3/(x*2)", "(-x)^2 - -x - (x - 1 - 2)",
        "if(x > 1 and (x < 2 or not x == 3), exp(x), hill(x, 2, 3))", "0.1 + 1e-30 + 123456789.5",
        "(x^2)^3 + x/(x/x)*(x/x)", "min(x, 2, 3) - max(1, x) + abs(-(x + 1)) + 2 [1]",
        "if(not (x > 1 and x < 2), -(-x), (-x)*2)"};
    for (size_t i = 0; i < sizeof exprs / sizeof *exprs; i++) {
        gs_arena *a = gs_arena_new(0);
        char text[400];
        gs_buf first = {0}, again = {0};
        snprintf(text, sizeof text, "model m\nstate x = 1\n x' = %s\n", exprs[i]);
        gs_spec *s = spec_of(a, text);
        gs_expr_print(&first, s, s->state[0].rate);
        snprintf(text, sizeof text, "model m\nstate x = 1\n x' = %s\n", first.data);
        gs_spec *t = spec_of(a, text);
        gs_expr_print(&again, t, t->state[0].rate);
        assert_string_equal(first.data, again.data);
        double z = 1.37, dz[2];
        gs_kernel *k = kernel_of(a, text, false);
        k->rhs(k, &z, NULL, NULL, &dz[0]);
        snprintf(text, sizeof text, "model m\nstate x = 1\n x' = %s\n", exprs[i]);
        k = kernel_of(a, text, false);
        k->rhs(k, &z, NULL, NULL, &dz[1]);
        assert_true(dz[0] == dz[1]);
        gs_buf_free(&first);
        gs_buf_free(&again);
        gs_arena_free(a);
    }
}

TEST(show_tells_everything_as_json)
{
    (void)unused;
    const char *text = "model m \"doc\"\nlever u [g/d] range 0..inf habit 2 cite smith2019\n"
                       "param k = 0.5 [1/d] prior beta(2, 2) personal scales u\nlet a [g] = u/k\n"
                       "state x [g] = 1 fast\n x' = u - k*x\nevent e when x > a\n x := a\n"
                       "see y [g] = x noise lognormal(1.5)\n";
    gs_arena *a = gs_arena_new(0);
    gs_err err = {0};
    gs_buf b = {0};
    const char *s;
    double v;
    assert_int_equal(gs_modelc_show(spec_of(a, text), true, &b, &err), GS_OK);
    json_t *j = json_loads(b.data, 0, NULL);
    assert_non_null(j);
    assert_int_equal(json_unpack(j, "{s:[{s:s, s:F}]}", "states", "rate", &s, "start", &v), 0);
    assert_string_equal(s, "u - k*x");
    assert_int_equal(json_unpack(j, "{s:[{s:s}]}", "params", "scales", &s), 0);
    assert_string_equal(s, "u");
    assert_int_equal(json_unpack(j, "{s:[{s:{s:s}}]}", "events", "sets", "x", &s), 0);
    assert_string_equal(s, "a");
    assert_int_equal(json_unpack(j, "{s:[{s:{s:F}}]}", "observables", "noise", "b", &v), 0);
    CHECK_NEAR(v, 1.5, 0);
    assert_true(json_is_null(json_object_get(json_array_get(json_object_get(j, "levers"), 0), "hi")));
    json_decref(j);
    gs_buf_free(&b);
    gs_arena_free(a);
}

int main(void)
{
    char probe[200];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generated_code_agrees_with_the_interpreter),
        cmocka_unit_test(the_same_spec_gives_the_same_bytes),
        cmocka_unit_test(no_text_breaks_out_of_the_c_code),
        cmocka_unit_test(a_symbol_must_be_an_identifier),
        cmocka_unit_test(printed_expressions_read_back),
        cmocka_unit_test(show_tells_everything_as_json),
    };
    snprintf(probe, sizeof probe, "%.100s --version > /dev/null 2>&1", compiler());
    if (system(probe) != 0) {
        fprintf(stderr, "skipped: no C compiler `%s` to try generated code with\n", compiler());
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
