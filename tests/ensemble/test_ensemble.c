/* A person of an ensemble depends on (seed, index) alone: not on how many others there are,
 * on the order of the pieces, or on threads. */
#include "check.h"

#include "gutskin/ensemble.h"

#include <pthread.h>
#include <string.h>

#define TEST(name) static void name(void **unused)

typedef struct world {
    gs_arena *a;
    gs_scenario *sc;
    gs_ensemble_view view[2];
    gs_ensemble e;
} world;

static const char STORY[] =
    "days 40\nseed 11\nglycaemic 0.6 from day 5\nsugar varies sd 20 memory 0.3\n"
    "person Ada acne\n    gain_dairy 0.25\n"
    "watch signal_acne\n";

static void make(world *w, const char *text, size_t n)
{
    gs_err err = {0};
    *w = (world){.a = gs_arena_new(0)};
    if (gs_scenario_parse(w->a, gs_axis(), "s.scn", text, strlen(text), &w->sc, &err) != GS_OK)
        fail_msg("%s", err.msg);
    w->view[0] = (gs_ensemble_view){false, (size_t)gs_kernel_see(gs_axis(), "signal_acne")};
    w->view[1] = (gs_ensemble_view){true, (size_t)gs_kernel_state(gs_axis(), "X")};
    w->e = (gs_ensemble){.k = gs_axis(), .sc = w->sc, .n = n, .every = 7, .seed = w->sc->seed,
                         .sim = GS_SIM_OPTS, .n_view = 2, .view = w->view};
}

/* every piece, last first */
static double *live(const gs_ensemble *e, const gs_pool *pool)
{
    size_t width = gs_ensemble_width(e);
    double *all = calloc(e->n * width + 1, sizeof *all);
    gs_err err = {0};
    assert_non_null(all);
    for (size_t p = gs_ensemble_n_piece(e); p-- > 0;)
        if (gs_ensemble_run(e, p, pool, all + p * GS_ENSEMBLE_PIECE * width, &err) != GS_OK)
            fail_msg("%s", err.msg);
    return all;
}

typedef struct job {
    void (*run)(void *, size_t);
    void *ctx;
    size_t i;
} job;

static void *start(void *p)
{
    job *j = p;
    j->run(j->ctx, j->i);
    return NULL;
}

/* all jobs at once, each on a thread of its own */
static void threads(void *self, size_t n, void (*run)(void *, size_t), void *ctx)
{
    pthread_t id[64];
    job j[64];
    (void)self;
    assert_true(n <= 64);
    for (size_t i = 0; i < n; i++) {
        j[i] = (job){run, ctx, i};
        assert_int_equal(pthread_create(&id[i], NULL, start, &j[i]), 0);
    }
    for (size_t i = 0; i < n; i++)
        pthread_join(id[i], NULL);
}

TEST(a_person_is_the_same_among_few_and_many_alone_and_on_threads)
{
    (void)unused;
    world few, many;
    make(&few, STORY, 5);
    make(&many, STORY, 70);
    gs_pool pool = {.run = threads, .n_thread = 3};
    double *a = live(&few.e, NULL), *b = live(&many.e, NULL), *c = live(&many.e, &pool);
    size_t width = gs_ensemble_width(&few.e);
    assert_int_equal(gs_ensemble_n_row(&few.e), 6); /* 7 14 21 28 35 40 */
    assert_int_equal(gs_ensemble_day(&few.e, 5), 40);
    assert_memory_equal(a, b, 5 * width * sizeof *a);
    assert_memory_equal(b, c, 70 * width * sizeof *b);
    for (size_t i = 0; i < 70 * width; i++)
        assert_true(isfinite(b[i]));
    assert_true(b[0] != b[width]); /* people differ */
    free(a);
    free(b);
    free(c);
    gs_arena_free(few.a);
    gs_arena_free(many.a);
}

/* The rows are what gs_sim_path says of the same body, settled in the same place. */
TEST(rows_are_the_path_of_the_person_drawn)
{
    (void)unused;
    world w;
    gs_err err = {0};
    const gs_kernel *k = gs_axis();
    make(&w, "days 30\nglycaemic 0.6 from day 5\nperson Ada acne\nwatch signal_acne\n", 3);
    w.e.sim.rtol = 1e-8;
    w.e.sim.atol = 1e-10;
    double *rows = live(&w.e, NULL);
    gs_sim *s;
    assert_int_equal(gs_sim_new(k, &w.e.sim, &s, &err), GS_OK);
    double *par = GS_NEW(w.a, double, k->n_par), *x = GS_NEW(w.a, double, k->n_state);
    double *lever = GS_NEW(w.a, double, 30 * k->n_lever);
    double *habit = GS_NEW(w.a, double, k->n_lever), *y = GS_NEW(w.a, double, 31 * k->n_see);
    gs_scenario_levers(w.sc, k, 0, 1, lever, habit);
    for (size_t i = 0; i < 3; i++) {
        gs_ensemble_par(&w.e, i, par);
        for (size_t j = 0; j < k->n_state; j++)
            x[j] = k->state[j].start;
        assert_int_equal(gs_sim_settle(s, par, habit, x, &err), GS_OK);
        assert_int_equal(gs_sim_path(s, par, x, 30, lever, NULL, y, &err), GS_OK);
        double want = y[30 * k->n_see + w.view[0].at];
        double got = rows[(i + 1) * gs_ensemble_width(&w.e) - 2];
        if (!(fabs(got - want) <= 1e-6)) /* two paths of tolerance 1e-8, other step sizes */
            fail_msg("person %zu: %.12g, by its own path %.12g", i, got, want);
    }
    gs_sim_free(s);
    free(rows);
    gs_arena_free(w.a);
}

static bool after_some(void *self)
{
    int *left = self;
    return --*left < 0;
}

/* Whenever the question comes, a piece ends early or is whole; nothing in between. */
TEST(a_piece_can_be_cancelled_while_it_is_lived)
{
    (void)unused;
    world w;
    gs_err err = {0};
    make(&w, STORY, 20);
    size_t n = 20 * gs_ensemble_width(&w.e), n_early = 0;
    double *want = live(&w.e, NULL), *got = calloc(n, sizeof *got);
    for (int patience = 0; patience < 40; patience += 3) {
        int left = patience;
        gs_progress p = {.cancelled = after_some, .self = &left};
        w.e.progress = &p;
        gs_status st = gs_ensemble_run(&w.e, 0, NULL, got, &err);
        n_early += st == GS_ECANCEL;
        if (st != GS_ECANCEL) {
            assert_int_equal(st, GS_OK);
            assert_memory_equal(want, got, n * sizeof *got);
        }
    }
    assert_true(n_early > 2);
    free(want);
    free(got);
    gs_arena_free(w.a);
}

TEST(what_the_scenario_says_is_not_drawn)
{
    (void)unused;
    world w;
    make(&w, STORY, 50);
    const gs_kernel *k = gs_axis();
    double par[2][512];
    assert_true(k->n_par <= 512);
    size_t dairy = (size_t)gs_kernel_par(k, "gain_dairy");
    size_t acne = (size_t)gs_kernel_par(k, "risk_acne");
    size_t eczema = (size_t)gs_kernel_par(k, "risk_eczema");
    gs_ensemble_par(&w.e, 3, par[0]);
    gs_ensemble_par(&w.e, 4, par[1]);
    assert_true(par[0][dairy] == 0.25 && par[1][dairy] == 0.25);
    assert_true(par[0][acne] != par[1][acne]); /* the condition Ada has is drawn */
    assert_true(par[0][eczema] == k->par[eczema].value); /* what she has not, is not */
    for (size_t j = 0; j < k->n_par; j++) {
        if (!k->par[j].personal)
            assert_true(par[0][j] == k->par[j].value);
        assert_true(par[0][j] >= k->par[j].lo && par[0][j] <= k->par[j].hi);
    }
    gs_arena_free(w.a);
}

TEST(a_fingerprint_changes_with_whatever_changes_the_numbers)
{
    (void)unused;
    world w;
    make(&w, STORY, 50);
    size_t n = strlen(STORY);
    uint64_t h = gs_ensemble_fingerprint(&w.e, STORY, n);
    assert_true(gs_ensemble_fingerprint(&w.e, STORY, n) == h);
    assert_true(gs_ensemble_fingerprint(&w.e, STORY, n - 1) != h);
    w.e.seed++;
    assert_true(gs_ensemble_fingerprint(&w.e, STORY, n) != h);
    w.e.seed--;
    w.e.every++;
    assert_true(gs_ensemble_fingerprint(&w.e, STORY, n) != h);
    w.e.every--;
    w.e.sim.rtol *= 2;
    assert_true(gs_ensemble_fingerprint(&w.e, STORY, n) != h);
    gs_arena_free(w.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_person_is_the_same_among_few_and_many_alone_and_on_threads),
        cmocka_unit_test(rows_are_the_path_of_the_person_drawn),
        cmocka_unit_test(a_piece_can_be_cancelled_while_it_is_lived),
        cmocka_unit_test(what_the_scenario_says_is_not_drawn),
        cmocka_unit_test(a_fingerprint_changes_with_whatever_changes_the_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
