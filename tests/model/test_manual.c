/* docs/language.md against the program: its tables are those of language.def, and every
 * example does what its `#?` lines say. */
#include "model/models.h"

#include "gutskin/modelc.h"
#include "gutskin/sim.h"

static char *manual;
static gs_units *units;

static int open_manual(void **state)
{
    (void)state;
    gs_err err = {0};
    size_t n;
    return gs_text_read_file(GS_SOURCE_DIR "/docs/language.md", 1 << 20, &manual, &n, &err) ==
                       GS_OK &&
                   gs_units_new(&units, &err) == GS_OK
               ? 0
               : -1;
}

static int close_manual(void **state)
{
    (void)state;
    gs_units_free(units);
    free(manual);
    return 0;
}

/* ---- tables -------------------------------------------------------------------------- */

static void put_on(gs_buf *b, unsigned on)
{
    static const struct {
        unsigned bit;
        const char *word;
    } word[] = {{GS_ON_PARAM, "param"}, {GS_ON_LEVER, "lever"}, {GS_ON_LET, "let"},
                {GS_ON_STATE, "state"}, {GS_ON_EVENT, "event"}, {GS_ON_SEE, "see"}};
    const char *comma = "";
    if (on == GS_ON_ALL) {
        gs_buf_put(b, "every statement");
        return;
    }
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (on & word[i].bit) {
            gs_buf_printf(b, "%s%s", comma, word[i].word);
            comma = ", ";
        }
}

static void check_holds(gs_buf *b, const char *what)
{
    if (!strstr(manual, b->data))
        fail_msg("docs/language.md has another table of %s than language.def, which wants:\n%s",
                 what, b->data);
    gs_buf_free(b);
}

TEST(the_manuals_tables_are_the_parsers)
{
    (void)unused;
    gs_buf b = {0};
    gs_buf_put(&b, "| statement | meaning |\n| --- | --- |\n");
#define STATEMENT(keyword, shape, sentence)                                       \
    gs_buf_printf(&b, "| `%s` | %s |\n", shape, sentence);
#include "model/language.def"
    gs_buf_put(&b, "\n");
    check_holds(&b, "statements");
    b = (gs_buf){0};
    gs_buf_put(&b, "| attribute | on | meaning |\n| --- | --- | --- |\n");
#define ATTRIBUTE(keyword, shape, on, sentence)                                   \
    gs_buf_printf(&b, "| `%s` | ", shape);                                        \
    put_on(&b, on);                                                               \
    gs_buf_printf(&b, " | %s |\n", sentence);
#include "model/language.def"
    gs_buf_put(&b, "\n");
    check_holds(&b, "attributes");
    b = (gs_buf){0};
    gs_buf_put(&b, "| function | meaning |\n| --- | --- |\n");
#define FUNCTION(keyword, op, lo, hi, shape, sentence)                            \
    gs_buf_printf(&b, "| `%s` | %s |\n", shape, sentence);
#include "model/language.def"
    gs_buf_put(&b, "\n");
    check_holds(&b, "functions");
    b = (gs_buf){0};
    gs_buf_put(&b, "| distribution | on | numbers |\n| --- | --- | --- |\n");
#define DIST(keyword, kind, shape, on, sentence)                                  \
    gs_buf_printf(&b, "| `%s` | ", shape);                                        \
    put_on(&b, on);                                                               \
    gs_buf_printf(&b, " | %s |\n", sentence);
#include "model/language.def"
    gs_buf_put(&b, "\n");
    check_holds(&b, "distributions");
}

/* ---- examples ------------------------------------------------------------------------- */

typedef struct example {
    gs_arena *a;
    const char *text;
    char refusal[800], slaved_refusal[800];
    gs_kernel *k, *slaved;
    double *x, *par, *lever;
} example;

static gs_kernel *make(example *e, const gs_spec *s, bool slave, char *say)
{
    gs_modelc_opts o = GS_MODELC_OPTS;
    gs_err err = {0};
    gs_kernel *k = NULL;
    o.slave = slave;
    if (gs_modelc_interpret(e->a, s, &o, &k, &err) != GS_OK)
        gs_err_text(&err, say, 800);
    return k;
}

static void open_example(example *e, const char *text)
{
    gs_err err = {0};
    gs_unit_ops ops = gs_units_ops(units);
    *e = (example){.a = gs_arena_new(0), .text = text};
    gs_spec *s = parse(e->a, text, e->refusal);
    if (s && gs_spec_check_units(s, &ops, &err) != GS_OK) {
        gs_err_text(&err, e->refusal, sizeof e->refusal);
        s = NULL;
    }
    if (!s)
        return;
    e->k = make(e, s, false, e->refusal);
    e->slaved = make(e, s, true, e->slaved_refusal);
    e->x = GS_NEW(e->a, double, e->k->n_state + 1);
    e->par = GS_NEW(e->a, double, e->k->n_par + 1);
    e->lever = GS_NEW(e->a, double, e->k->n_lever + 1);
    gs_kernel_defaults(e->k, e->par, e->lever, e->x);
}

/* a state in natural coordinates, or an observable, `days` on (-1 = at rest) */
static double value_at(const example *e, const gs_kernel *k, const char *name, long days)
{
    gs_sim *sim;
    gs_err err = {0};
    gs_sim_opts o = GS_SIM_OPTS;
    long state = gs_kernel_state(k, name), see = gs_kernel_see(k, name);
    size_t n_day = days > 0 ? (size_t)days : 0;
    double *x = GS_NEW(e->a, double, (n_day + 1) * k->n_state + 1), par[64], lever[64], x0[64];
    double *y = GS_NEW(e->a, double, k->n_see + 1), *z = GS_NEW(e->a, double, k->n_state + 1);
    double *path = GS_NEW(e->a, double, n_day * k->n_lever + 1);
    if (state < 0 && see < 0)
        fail_msg("the example has no %s", name);
    o.rtol = 1e-9;
    o.atol = 1e-12;
    assert_true(k->n_par < 64 && k->n_lever < 64 && k->n_state < 64);
    gs_kernel_defaults(k, par, lever, x0);
    for (size_t i = 0; i < n_day * k->n_lever; i++)
        path[i] = lever[i % k->n_lever];
    gs_status st = gs_sim_new(k, &o, &sim, &err);
    if (st == GS_OK && days < 0)
        st = gs_sim_settle(sim, par, lever, x0, &err);
    if (st == GS_OK && days > 0)
        st = gs_sim_path(sim, par, x0, n_day, path, x, NULL, &err);
    if (st != GS_OK)
        fail_msg("%s", err.msg);
    if (days <= 0)
        memcpy(x, x0, k->n_state * sizeof *x);
    gs_sim_free(sim);
    gs_kernel_to_internal(k, x + n_day * k->n_state, z);
    k->seen(k, z, par, lever, y);
    return state >= 0 && days ? x[n_day * k->n_state + (size_t)state]
           : see >= 0         ? y[see]
                              : x[n_day * k->n_state + (size_t)state];
}

static double rate_of(const example *e, const char *name)
{
    const gs_kernel *k = e->k;
    long i = gs_kernel_state(k, name);
    double *z = GS_NEW(e->a, double, k->n_state), *dz = GS_NEW(e->a, double, k->n_state);
    if (i < 0)
        fail_msg("the example has no state %s", name);
    gs_kernel_to_internal(k, e->x, z);
    k->rhs(k, z, e->par, e->lever, dz);
    return k->state[i].is_log ? dz[i] * e->x[i] : dz[i];
}

static void check_claim(const example *e, const char *claim)
{
    char name[64];
    double want, got = 0;
    long days;
    if (strncmp(claim, "error ", 6) == 0) {
        if (!strstr(e->refusal, claim + 6))
            fail_msg("expected \"%s\", got \"%s\"\n%s", claim + 6, e->refusal, e->text);
        return;
    }
    if (!e->k)
        fail_msg("refused: %s\n%s", e->refusal, e->text);
    if (strncmp(claim, "error-slaved ", 13) == 0) {
        if (!strstr(e->slaved_refusal, claim + 13))
            fail_msg("expected \"%s\", got \"%s\"", claim + 13, e->slaved_refusal);
        return;
    }
    if (sscanf(claim, "rest %63[A-Za-z0-9_] = %lf", name, &want) == 2)
        got = value_at(e, e->k, name, -1);
    else if (sscanf(claim, "after %ld %63[A-Za-z0-9_] = %lf", &days, name, &want) == 3)
        got = value_at(e, e->k, name, days);
    else if (sscanf(claim, "slaved states = %lf", &want) == 1)
        got = (double)e->slaved->n_state;
    else if (sscanf(claim, "slaved %63[A-Za-z0-9_] = %lf", name, &want) == 2)
        got = value_at(e, e->slaved, name, 0);
    else if (sscanf(claim, "%63[A-Za-z0-9_]' = %lf", name, &want) == 2)
        got = rate_of(e, name);
    else if (sscanf(claim, "%63[A-Za-z0-9_] = %lf", name, &want) == 2)
        got = value_at(e, e->k, name, 0);
    else
        fail_msg("cannot read the claim \"%s\"", claim);
    /* the manual's numbers have 6 or more digits */
    if (!(fabs(got - want) <= 2e-6 * fabs(want) + 1e-12))
        fail_msg("%s: it is %.9g\n%s", claim, got, e->text);
}

TEST(the_manuals_examples_do_what_they_say)
{
    (void)unused;
    size_t n_example = 0, n_claim = 0;
    for (char *p = manual; (p = strstr(p, "\n```gs\n")); n_example++) {
        char *text = p + 7, *end = strstr(text, "\n```\n");
        assert_non_null(end);
        end[1] = 0;
        example e;
        open_example(&e, text);
        size_t before = n_claim;
        for (const char *c = text; (c = strstr(c, "#? ")); n_claim++) {
            char claim[300];
            c += 3;
            snprintf(claim, sizeof claim, "%.*s", (int)strcspn(c, "\n"), c);
            check_claim(&e, claim);
        }
        if (n_claim == before)
            fail_msg("an example claims nothing:\n%s", text);
        gs_arena_free(e.a);
        end[1] = '`';
        p = end;
    }
    print_message("%zu examples, %zu claims\n", n_example, n_claim);
    assert_true(n_example >= 9 && n_claim >= 20);
}

/* the formal grammar names every word the parser knows */
TEST(the_grammar_has_every_word)
{
    (void)unused;
    const char *g = strstr(manual, "```ebnf\n");
    assert_non_null(g);
#define STATEMENT(keyword, shape, sentence) assert_non_null(strstr(g, "\"" #keyword "\""));
#define ATTRIBUTE(keyword, shape, on, sentence) assert_non_null(strstr(g, "\"" #keyword "\""));
#define TIME(keyword, days) assert_non_null(strstr(g, "\"" #keyword "\""));
#include "model/language.def"
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_manuals_tables_are_the_parsers),
        cmocka_unit_test(the_manuals_examples_do_what_they_say),
        cmocka_unit_test(the_grammar_has_every_word),
    };
    return cmocka_run_group_tests(tests, open_manual, close_manual);
}
