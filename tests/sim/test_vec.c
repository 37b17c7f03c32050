/* The vector steps against their plain twin, on the axis: all levels, both precisions; who
 * sits beside whom, and on which thread, changes no bit. */
#include "axis.h"

#include "gutskin/cpu.h"
#include "sim/lanes.h"

#include <pthread.h>

enum { PEOPLE = 11, DAYS = 25 };

typedef struct crowd {
    const gs_kernel *k;
    double x0[MOST_STATE];
    double x[PEOPLE][DAYS][MOST_STATE];
    size_t days[PEOPLE], failed_day[PEOPLE], spoiled; /* PEOPLE = nobody */
    size_t spoiled_from; /* day of the first lever that is no number */
} crowd;

static void crowd_par(void *ctx, size_t who, double *out)
{
    crowd *c = ctx;
    double lever[MOST_LEVER], x[MOST_STATE];
    gs_kernel_defaults(c->k, out, lever, x);
    for (size_t i = 0; i < c->k->n_par; i++)
        if (c->k->par[i].personal)
            out[i] *= 0.8 + 0.05 * (double)((who * 7 + i) % 9);
}
static void crowd_start(void *ctx, size_t who, double *out)
{
    crowd *c = ctx;
    (void)who;
    memcpy(out, c->x0, c->k->n_state * sizeof *out);
}
static void crowd_lever(void *ctx, size_t who, size_t day, double *out)
{
    crowd *c = ctx;
    for (size_t i = 0; i < c->k->n_lever; i++) {
        const gs_lever_info *l = &c->k->lever[i];
        double u = (double)((who * 31 + day * 17 + i * 5) % 13) / 6.0 - 1.0;
        out[i] = fmin(fmax(l->habit + u * l->sd, l->lo), l->hi);
    }
    if (who == c->spoiled && day >= c->spoiled_from)
        out[day % c->k->n_lever] = NAN;
}
static bool crowd_see(void *ctx, size_t who, size_t day, const double *x, const double *y)
{
    crowd *c = ctx;
    (void)y;
    assert_int_equal(day, c->days[who]);
    memcpy(c->x[who][day], x, c->k->n_state * sizeof *x);
    c->days[who]++;
    return true;
}
static void crowd_failed(void *ctx, size_t who, size_t day, gs_status why)
{
    crowd *c = ctx;
    assert_int_equal(why, GS_ENUM);
    c->failed_day[who] = day + 1;
}

static crowd *new_crowd(const gs_kernel *k)
{
    crowd *c = calloc(1, sizeof *c);
    double par[MOST_PAR], lever[MOST_LEVER];
    c->k = k;
    c->spoiled = PEOPLE;
    gs_kernel_defaults(k, par, lever, c->x0);
    return c;
}

static void run(crowd *c, gs_sim_opts o, const gs_pool *pool)
{
    gs_sim_people p = {.n = PEOPLE, .n_day = DAYS, .ctx = c, .par = crowd_par,
                       .start = crowd_start, .lever = crowd_lever, .see = crowd_see,
                       .failed = crowd_failed};
    assert_int_equal(gs_sim_batch(c->k, &o, &p, pool, NULL, NULL), GS_OK);
}

/* largest |a - b| / (0.01 + |b|) over people, days, states */
static double apart(const crowd *a, const crowd *b)
{
    double w = 0;
    for (size_t p = 0; p < PEOPLE; p++)
        for (size_t d = 0; d < DAYS; d++)
            for (size_t i = 0; i < a->k->n_state; i++)
                w = fmax(w, fabs(a->x[p][d][i] - b->x[p][d][i]) /
                                (0.01 + fabs(b->x[p][d][i])));
    return w;
}

static gs_sim_opts at(int cpu, bool single, gs_sim_method method, double rtol)
{
    gs_sim_opts o = GS_SIM_OPTS;
    o.cpu = cpu;
    o.single = single;
    o.method = method;
    o.rtol = rtol;
    o.atol = 0.01 * rtol;
    return o;
}

static const gs_kernel *form(size_t i)
{
    return i ? gs_axis_slaved() : gs_axis();
}

/* The same control on nearly the same numbers: what differs is rounding, which a refused
 * step may carry up to the tolerance, and does not here. */
TEST(every_level_follows_the_twin)
{
    (void)unused;
    for (size_t f = 0; f < 2; f++) {
        crowd *twin = new_crowd(form(f));
        run(twin, at(GS_SIM_CPU_SCALAR, false, GS_SIM_RODAS4, 1e-5), NULL);
        for (int level = 0; level <= (int)gs_cpu_widest(); level++) {
            crowd *c = new_crowd(form(f));
            run(c, at(level, false, GS_SIM_RODAS4, 1e-5), NULL);
            double w = apart(c, twin);
            print_message("%s %s: %.1e from the twin\n", f ? "slaved" : "full",
                          gs_cpu_name((gs_cpu)level), w);
            assert_true(w < 1e-10);
            free(c);
        }
        free(twin);
    }
}

TEST(all_methods_come_to_the_same_end)
{
    (void)unused;
    for (size_t f = 0; f < 2; f++) {
        crowd *a = new_crowd(form(f));
        run(a, at(GS_SIM_CPU_WIDEST, false, GS_SIM_RODAS4, 1e-8), NULL);
        for (gs_sim_method m = GS_SIM_ROS4; m <= GS_SIM_EXP; m++) {
            crowd *b = new_crowd(form(f));
            run(b, at(GS_SIM_CPU_WIDEST, false, m, 1e-8), NULL);
            double w = apart(a, b);
            print_message("%s method %d: %.1e\n", f ? "slaved" : "full", (int)m, w);
            assert_true(w < 1e-6);
            free(b);
        }
        free(a);
    }
}

/* the twin knows no exponential steps: plain lanes are the measure. And the error follows the
 * tolerance. */
TEST(exponential_steps_agree_between_levels_and_keep_their_tolerance)
{
    (void)unused;
    static const double rtol[] = {3e-3, 3e-4, 3e-5, 3e-6};
    for (size_t f = 0; f < 2; f++) {
        crowd *exact = new_crowd(form(f)), *plain = new_crowd(form(f));
        run(exact, at(GS_SIM_CPU_SCALAR, false, GS_SIM_RODAS4, 1e-10), NULL);
        run(plain, at(GS_CPU_PLAIN, false, GS_SIM_EXP, 1e-5), NULL);
        for (int level = 1; level <= (int)gs_cpu_widest(); level++) {
            crowd *c = new_crowd(form(f));
            run(c, at(level, false, GS_SIM_EXP, 1e-5), NULL);
            double w = apart(c, plain);
            print_message("%s %s: %.1e from plain\n", f ? "slaved" : "full",
                          gs_cpu_name((gs_cpu)level), w);
            assert_true(w < 1e-10);
            free(c);
        }
        for (size_t i = 0; i < N_OF(rtol); i++) {
            crowd *c = new_crowd(form(f));
            run(c, at(GS_SIM_CPU_WIDEST, false, GS_SIM_EXP, rtol[i]), NULL);
            double w = apart(c, exact);
            print_message("%s exponential, rtol %.0e: %.1e\n", f ? "slaved" : "full", rtol[i],
                          w);
            assert_true(w < 3 * rtol[i]);
            free(c);
        }
        free(exact);
        free(plain);
    }
}

/* stated in docs/notes/engine.md: at rtol 1e-4 single precision is no worse than double */
TEST(single_precision_keeps_its_word)
{
    (void)unused;
    crowd *exact = new_crowd(gs_axis());
    run(exact, at(GS_SIM_CPU_SCALAR, false, GS_SIM_RODAS4, 1e-9), NULL);
    for (int level = 0; level <= (int)gs_cpu_widest(); level++)
        for (gs_sim_method m = GS_SIM_RODAS4; m <= GS_SIM_EXP; m++) {
            crowd *c = new_crowd(gs_axis());
            run(c, at(level, true, m, 1e-4), NULL);
            double w = apart(c, exact);
            print_message("single %s, method %d: %.1e\n", gs_cpu_name((gs_cpu)level), (int)m,
                          w);
            assert_true(w < 3e-4);
            free(c);
        }
    free(exact);
}

/* person 4 meets a lever that is no number on day 9: fails then, and nobody else knows */
TEST(a_failing_person_leaves_the_others_their_bits)
{
    (void)unused;
    for (int level = 0; level <= (int)gs_cpu_widest(); level++)
        for (int how = 0; how < 4; how++) {
            gs_sim_opts o = at(level, how % 2, how / 2 ? GS_SIM_EXP : GS_SIM_RODAS4, 1e-4);
            crowd *good = new_crowd(gs_axis()), *c = new_crowd(gs_axis());
            c->spoiled = 4;
            c->spoiled_from = 8;
            run(good, o, NULL);
            run(c, o, NULL);
            for (size_t who = 0; who < PEOPLE; who++) {
                assert_int_equal(c->failed_day[who], who == 4 ? 9 : 0);
                assert_int_equal(c->days[who], who == 4 ? 8 : DAYS);
                for (size_t d = 0; d < c->days[who]; d++)
                    assert_memory_equal(c->x[who][d], good->x[who][d], sizeof good->x[who][d]);
            }
            free(good);
            free(c);
        }
}

/* 200 people, levers off by their sd: at rest where the scalar routine comes to rest; a
 * person who is no number is reported, and the others keep their bits */
TEST(many_settle_where_each_settles_alone)
{
    (void)unused;
    enum { N = 200 };
    for (size_t f = 0; f < 2; f++) {
        const gs_kernel *k = form(f);
        size_t n = k->n_state, np = k->n_par, nl = k->n_lever;
        double *par = calloc(N * np, sizeof *par), *lever = calloc(N * nl, sizeof *lever);
        double *begin = calloc(N * n, sizeof *begin), *x = calloc(N * n, sizeof *x);
        double *first = calloc(N * n, sizeof *first), worst = 0;
        gs_status status[N];
        gs_sim *alone;
        assert_int_equal(gs_sim_new(k, &GS_SIM_OPTS, &alone, NULL), GS_OK);
        for (size_t i = 0; i < N; i++) {
            double typical[MOST_PAR];
            gs_rng r = gs_rng_stream(i, 0, "settlers");
            draw_person(k, i, par + i * np);
            gs_kernel_defaults(k, typical, lever + i * nl, begin + i * n);
            for (size_t j = 0; j < nl; j++)
                lever[i * nl + j] = clamp(lever[i * nl + j] + k->lever[j].sd * gs_rng_normal(&r),
                                          k->lever[j].lo, k->lever[j].hi);
        }
        for (int level = 0; level <= (int)gs_cpu_widest(); level++) {
            gs_sim *s;
            assert_int_equal(gs_sim_new(k, &(gs_sim_opts){.rtol = 1e-4, .atol = 1e-6,
                             .h_min = 1e-10, .cpu = level, .single = level % 2}, &s, NULL),
                             GS_OK);
            memcpy(x, begin, N * n * sizeof *x);
            assert_int_equal(gs_sim_settle_many(s, N, par, lever, x, status), 0);
            memcpy(first, x, N * n * sizeof *x);
            for (size_t i = 0; i < N; i += 4) {
                double own[MOST_STATE];
                memcpy(own, begin + i * n, n * sizeof *own);
                assert_int_equal(gs_sim_settle(alone, par + i * np, lever + i * nl, own, NULL),
                                 GS_OK);
                for (size_t j = 0; j < n; j++)
                    worst = fmax(worst, fabs(x[i * n + j] - own[j]) / (1e-3 + fabs(own[j])));
            }
            memcpy(x, begin, N * n * sizeof *x);
            double was = par[5 * np];
            par[5 * np] = NAN;
            assert_int_equal(gs_sim_settle_many(s, N, par, lever, x, status), 1);
            par[5 * np] = was;
            assert_int_equal(status[5], GS_ENUM);
            assert_memory_equal(x + 5 * n, begin + 5 * n, n * sizeof *x);
            assert_memory_equal(x, first, 5 * n * sizeof *x);
            assert_memory_equal(x + 6 * n, first + 6 * n, (N - 6) * n * sizeof *x);
            print_message("%s %s: %.1e from settling alone, long proofs %zu of %d\n",
                          f ? "slaved" : "full", gs_cpu_name((gs_cpu)level), worst,
                          (s->n_long - 1) / 2, N);
            gs_sim_free(s);
        }
        assert_true(worst < 1e-9);
        gs_sim_free(alone);
        free(par);
        free(lever);
        free(begin);
        free(x);
        free(first);
    }
}

/* ---- a pool of real threads, lent by the test ---- */

typedef struct job {
    void (*fn)(void *, size_t);
    void *ctx;
    size_t i;
} job;

static void *work(void *arg)
{
    job *j = arg;
    j->fn(j->ctx, j->i);
    return NULL;
}

static void run_threads(void *self, size_t n, void (*fn)(void *, size_t), void *ctx)
{
    pthread_t thread[16];
    job j[16];
    (void)self;
    assert_true(n <= 16);
    for (size_t i = 0; i < n; i++) {
        j[i] = (job){fn, ctx, i};
        assert_int_equal(pthread_create(&thread[i], NULL, work, &j[i]), 0);
    }
    for (size_t i = 0; i < n; i++)
        pthread_join(thread[i], NULL);
}

static void check_company(gs_sim_opts o)
{
    crowd *one = new_crowd(gs_axis()), *three = new_crowd(gs_axis());
    gs_pool pool = {.run = run_threads, .n_thread = 3};
    gs_sim *s;
    run(one, o, NULL);
    run(three, o, &pool);
    assert_memory_equal(one->x, three->x, sizeof one->x);
    assert_int_equal(gs_sim_new(gs_axis(), &o, &s, NULL), GS_OK);
    size_t n = gs_axis()->n_state, m = gs_axis()->n_lever;
    double *x = calloc((DAYS + 1) * n, sizeof *x), *lever = calloc(DAYS * m, sizeof *lever);
    for (size_t who = 0; who < PEOPLE; who += 5) {
        double par[MOST_PAR];
        crowd_par(one, who, par);
        for (size_t d = 0; d < DAYS; d++)
            crowd_lever(one, who, d, lever + d * m);
        assert_int_equal(gs_sim_path(s, par, one->x0, DAYS, lever, x, NULL, NULL), GS_OK);
        for (size_t d = 0; d < DAYS; d++)
            assert_memory_equal(x + (d + 1) * n, one->x[who][d], n * sizeof *x);
    }
    free(x);
    free(lever);
    gs_sim_free(s);
    free(one);
    free(three);
}

TEST(threads_and_neighbours_change_no_bit_and_a_path_is_its_row_of_the_batch)
{
    (void)unused;
    gs_sim_opts o = GS_SIM_OPTS;
    check_company(o);
    o.method = GS_SIM_EXP;
    check_company(o);
}

TEST(a_level_this_cpu_lacks_is_refused)
{
    (void)unused;
    gs_sim *s = NULL;
    gs_err err = {0};
    gs_sim_opts o = GS_SIM_OPTS;
    if (gs_cpu_widest() < GS_CPU_AVX512) {
        o.cpu = GS_CPU_AVX512;
        assert_int_equal(gs_sim_new(gs_axis(), &o, &s, &err), GS_EUSE);
    }
    o.cpu = GS_SIM_CPU_WIDEST;
    setenv("GS_CPU", "mmx", 1);
    assert_int_equal(gs_sim_new(gs_axis(), &o, &s, &err), GS_EUSE);
    assert_non_null(strstr(err.msg, "GS_CPU=mmx"));
    setenv("GS_CPU", "plain", 1);
    assert_int_equal(gs_sim_new(gs_axis(), &o, &s, &err), GS_OK);
    gs_sim_free(s);
    unsetenv("GS_CPU");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_level_follows_the_twin),
        cmocka_unit_test(all_methods_come_to_the_same_end),
        cmocka_unit_test(exponential_steps_agree_between_levels_and_keep_their_tolerance),
        cmocka_unit_test(single_precision_keeps_its_word),
        cmocka_unit_test(a_failing_person_leaves_the_others_their_bits),
        cmocka_unit_test(
            threads_and_neighbours_change_no_bit_and_a_path_is_its_row_of_the_batch),
        cmocka_unit_test(many_settle_where_each_settles_alone),
        cmocka_unit_test(a_level_this_cpu_lacks_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
