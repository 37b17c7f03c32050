/* The Stan form of a model, judged by the interpreter: a function of the Stan language
 * that only declares numbers and fills a vector is nearly C, so it is compiled as C, with
 * arrays that count from one. (`./test --full` also has Stan itself read it.) */
#include "modelc/kernels.h"

#include "gutskin/rng.h"
#include "model/ast.h"
#include <dlfcn.h>
#include <unistd.h>

typedef const double *(*stan_function)(const double *z, const double *theta,
                                       const double *lever);

static gs_spec *read_spec(gs_arena *a, const char *name, const char *text)
{
    gs_err err = {0};
    gs_spec *s;
    if (gs_spec_parse(a, name, text, strlen(text), &s, &err) != GS_OK)
        fail_msg("%s", err.msg);
    return s;
}

/* Stan -> C, line by line */
static void as_c(const char *stan, gs_buf *c)
{
    gs_buf_put(c, "#include <math.h>\ntypedef double real;\ntypedef const double *vector;\n");
    while (*stan) {
        const char *end = strchr(stan, '\n');
        int n = (int)(end - stan);
        size_t size;
        if (sscanf(stan, "    vector[%zu] out;", &size) == 1)
            gs_buf_printf(c, "static double room[%zu], *out = room - 1;\n", size + 1);
        else if (strncmp(stan, "    return out", 14) == 0)
            gs_buf_put(c, "return room;\n");
        else if (strncmp(stan, "functions {", 11) != 0 && strncmp(stan, "}", 1) != 0)
            gs_buf_printf(c, "%.*s\n", n, stan);
        stan = end + 1;
    }
}

static void *load(const gs_buf *c)
{
    char base[64], command[400];
    gs_err err = {0};
    const char *cc = getenv("CC");
    snprintf(base, sizeof base, "./stan-%ld", (long)getpid());
    snprintf(command, sizeof command, "%s.c", base);
    assert_int_equal(gs_text_write_file(command, c->data, c->len, &err), GS_OK);
    snprintf(command, sizeof command, "%s -w -O0 -fPIC -shared -o %s.so %s.c -lm",
             cc && *cc ? cc : "cc", base, base);
    if (system(command) != 0)
        fail_msg("the C compiler refused %s.c", base);
    snprintf(command, sizeof command, "%s.so", base);
    void *so = dlopen(command, RTLD_NOW);
    if (!so)
        fail_msg("%s", dlerror());
    unlink(command);
    snprintf(command, sizeof command, "%s.c", base);
    unlink(command);
    return so;
}

static stan_function function_of(void *so, const char *name)
{
    stan_function f;
    void *p = dlsym(so, name);
    assert_non_null(p);
    memcpy(&f, &p, sizeof f);
    return f;
}

static void near_all(size_t n, const double *stan, const double *kernel, const char *what)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs(stan[i] - kernel[i]) <= 1e-11 * (1 + fabs(kernel[i]))) &&
            !(isnan(stan[i]) && isnan(kernel[i])))
            fail_msg("%s[%zu]: in Stan's form %.17g, interpreted %.17g", what, i, stan[i],
                     kernel[i]);
}

/* Levers and personal parameters at random inside their ranges, states near their start. */
static void shake(const gs_kernel *k, gs_rng *r, point p)
{
    for (size_t i = 0; i < k->n_state; i++)
        p.z[i] += 0.05 * gs_rng_normal(r);
    for (size_t i = 0; i < k->n_par; i++)
        if (k->par[i].personal)
            p.par[i] *= exp(0.2 * gs_rng_normal(r));
    for (size_t i = 0; i < k->n_lever; i++)
        p.lever[i] = k->lever[i].lo + (k->lever[i].hi - k->lever[i].lo) * gs_rng_uniform(r);
}

static void compare(const char *name, const char *text, bool slave)
{
    gs_arena *a = gs_arena_new(0);
    gs_buf stan = {0}, c = {0};
    gs_err err = {0};
    gs_modelc_opts o = GS_MODELC_OPTS;
    gs_kernel *k;
    o.slave = slave;
    o.symbol = "m";
    gs_spec *s = read_spec(a, name, text);
    if (gs_modelc_stan(s, &o, &stan, &err) != GS_OK)
        fail_msg("%s", err.msg);
    assert_int_equal(gs_modelc_interpret(a, s, &o, &k, &err), GS_OK);
    as_c(stan.data, &c);
    void *so = load(&c);
    stan_function rate = function_of(so, "m_rate"), seen = function_of(so, "m_seen");
    gs_rng r = gs_rng_stream(7, 0, "stan form");
    double *theta = GS_NEW(a, double, k->n_par + 1), *out = GS_NEW(a, double, k->n_state + k->n_see);
    for (int round = 0; round < 20; round++) {
        point p = point_new(a, k);
        size_t n = 0;
        if (round)
            shake(k, &r, p);
        for (size_t i = 0; i < k->n_par; i++)
            if (k->par[i].personal)
                theta[n++] = p.par[i];
        k->rhs(k, p.z, p.par, p.lever, out);
        near_all(k->n_state, rate(p.z - 1, theta - 1, p.lever - 1), out, "rate");
        k->seen(k, p.z, p.par, p.lever, out);
        near_all(k->n_see, seen(p.z - 1, theta - 1, p.lever - 1), out, "seen");
    }
    dlclose(so);
    gs_buf_free(&stan);
    gs_buf_free(&c);
    gs_arena_free(a);
}

TEST(the_axis_in_stan_is_the_axis)
{
    (void)unused;
    char *text;
    size_t n;
    gs_err err = {0};
    assert_int_equal(gs_text_read_file(GS_SOURCE_DIR "/model/axis.gs", 8u << 20, &text, &n,
                                       &err), GS_OK);
    compare("axis.gs", text, false);
    compare("axis.gs", text, true);
    free(text);
}

TEST(every_operation_has_its_stan_spelling)
{
    (void)unused;
    compare("all.gs",
            "model all\nlever u [1] range 0..4 habit 1\n"
            "param p = 0.7 [1] range 0.1..3 prior lognormal(1, 1.5) personal\n"
            "param q = -3 [1/d]\n"
            "state x = 1 range -9..9\n"
            "    x' = 1 [1/d]*(if(u > 1 and not (x < 0.99 or u == 2), exp(-x*p), abs(x)))\n"
            "         + q*x^2 + 1 [1/d]*min(u, p, 2) - 1 [1/d]*max(x, p)*sqrt(p)\n"
            "state y = 2 range 1e-3..9 log\n"
            "    y' = 1 [1/d]*(ln(p + u) - y*hill(p, 2, 3)*(1.5 + x^2)^p)\n"
            "see s [1] = if(x <= 1, x, 2) + if(x != 1, u, y)\n",
            false);
}

TEST(a_model_with_events_is_refused_with_a_sentence)
{
    (void)unused;
    gs_arena *a = gs_arena_new(0);
    gs_err err = {0};
    gs_buf b = {0};
    gs_modelc_opts o = GS_MODELC_OPTS;
    gs_spec *s = read_spec(a, "e.gs", "model e\nstate x = 1\n x' = -x*1 [1/d]\n"
                                      "event wash when x < 0.5\n x := 1\n");
    assert_int_equal(gs_modelc_stan(s, &o, &b, &err), GS_EUSE);
    assert_non_null(strstr(err.msg, "wash"));
    gs_buf_free(&b);
    gs_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_axis_in_stan_is_the_axis),
        cmocka_unit_test(every_operation_has_its_stan_spelling),
        cmocka_unit_test(a_model_with_events_is_refused_with_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
