/* Many people at once: the same as each alone, whoever sits beside whom. */
#include "toy.h"

#include <pthread.h>

enum { PEOPLE = 37, DAYS = 30 };

typedef struct crowd {
    gs_kernel k;
    double x[PEOPLE][DAYS], y[PEOPLE][DAYS];
    size_t days[PEOPLE], failed_day[PEOPLE], order_broken[PEOPLE];
    size_t spoiled, stopped; /* person with a NaN, person sent home; PEOPLE = none */
    size_t asked;            /* times cancelling was asked about */
} crowd;

static void crowd_par(void *ctx, size_t who, double *out)
{
    crowd *c = ctx;
    out[0] = who == c->spoiled ? NAN : 0.2 + 0.1 * (double)who;
}
static void crowd_start(void *ctx, size_t who, double *out)
{
    (void)ctx;
    out[0] = 0.01 * (double)(1 + who);
}
static void crowd_lever(void *ctx, size_t who, size_t day, double *out)
{
    (void)ctx;
    out[0] = 0.3 + (double)((who + 3 * day) % 7);
}
static bool crowd_see(void *ctx, size_t who, size_t day, const double *x, const double *y)
{
    crowd *c = ctx;
    c->order_broken[who] += day != c->days[who];
    c->x[who][day] = x[0];
    c->y[who][day] = y[0];
    c->days[who]++;
    return !(who == c->stopped && day == 4);
}
static void crowd_failed(void *ctx, size_t who, size_t day, gs_status why)
{
    crowd *c = ctx;
    assert_int_equal(why, GS_ENUM);
    c->failed_day[who] = day + 1;
}

static crowd *new_crowd(size_t n_lane)
{
    crowd *c = calloc(1, sizeof *c);
    c->k = logistic_kernel(n_lane);
    c->k.events = logistic_harvest;
    c->spoiled = c->stopped = PEOPLE;
    return c;
}

static gs_status run(crowd *c, const gs_pool *pool, const gs_progress *progress)
{
    gs_sim_people p = {.n = PEOPLE, .n_day = DAYS, .ctx = c, .par = crowd_par,
                       .start = crowd_start, .lever = crowd_lever, .see = crowd_see,
                       .failed = crowd_failed};
    return gs_sim_batch(&c->k, &GS_SIM_OPTS, &p, pool, progress, NULL);
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

TEST(a_batch_is_each_path_to_the_last_bit_for_any_lanes_and_threads)
{
    (void)unused;
    const size_t lanes[] = {1, 4, 5}, threads[] = {1, 2, 7};
    gs_kernel alone = logistic_kernel(1);
    alone.events = logistic_harvest;
    gs_sim *s;
    assert_int_equal(gs_sim_new(&alone, &GS_SIM_OPTS, &s, NULL), GS_OK);
    for (size_t a = 0; a < N_OF(lanes); a++)
        for (size_t b = 0; b < N_OF(threads); b++) {
            crowd *c = new_crowd(lanes[a]);
            gs_pool pool = {.run = run_threads, .n_thread = threads[b]};
            assert_int_equal(run(c, threads[b] > 1 ? &pool : NULL, NULL), GS_OK);
            for (size_t who = 0; who < PEOPLE; who++) {
                double par, x0, lever[DAYS], x[DAYS + 1], y[DAYS + 1];
                crowd_par(c, who, &par);
                crowd_start(c, who, &x0);
                for (size_t d = 0; d < DAYS; d++)
                    crowd_lever(c, who, d, &lever[d]);
                assert_int_equal(gs_sim_path(s, &par, &x0, DAYS, lever, x, y, NULL), GS_OK);
                assert_int_equal(c->order_broken[who], 0);
                assert_int_equal(c->days[who], DAYS);
                assert_memory_equal(c->x[who], x + 1, sizeof c->x[who]);
                assert_memory_equal(c->y[who], y + 1, sizeof c->y[who]);
            }
            free(c);
        }
    gs_sim_free(s);
}

TEST(a_path_on_a_wide_kernel_is_the_path_on_a_narrow_one)
{
    (void)unused;
    double par = 0.7, x0 = 0.02, lever[DAYS], x[2][DAYS + 1];
    for (size_t d = 0; d < DAYS; d++)
        crowd_lever(NULL, 3, d, &lever[d]);
    for (size_t i = 0; i < 2; i++) {
        gs_kernel k = logistic_kernel(i ? 8 : 1);
        gs_sim *s;
        assert_int_equal(gs_sim_new(&k, &GS_SIM_OPTS, &s, NULL), GS_OK);
        assert_int_equal(gs_sim_path(s, &par, &x0, DAYS, lever, x[i], NULL, NULL), GS_OK);
        gs_sim_free(s);
    }
    assert_memory_equal(x[0], x[1], sizeof x[0]);
}

TEST(a_person_who_fails_is_reported_and_the_others_go_on)
{
    (void)unused;
    for (size_t n_lane = 1; n_lane <= 4; n_lane += 3) {
        crowd *good = new_crowd(n_lane), *c = new_crowd(n_lane);
        c->spoiled = 5;
        assert_int_equal(run(good, NULL, NULL), GS_OK);
        assert_int_equal(run(c, NULL, NULL), GS_OK);
        for (size_t who = 0; who < PEOPLE; who++) {
            assert_int_equal(c->failed_day[who], who == 5 ? 1 : 0);
            assert_int_equal(c->days[who], who == 5 ? 0 : DAYS);
            if (who != 5)
                assert_memory_equal(c->x[who], good->x[who], sizeof c->x[who]);
        }
        free(good);
        free(c);
    }
}

TEST(a_person_no_longer_wanted_leaves_early)
{
    (void)unused;
    crowd *c = new_crowd(4);
    c->stopped = 11;
    assert_int_equal(run(c, NULL, NULL), GS_OK);
    for (size_t who = 0; who < PEOPLE; who++)
        assert_int_equal(c->days[who], who == 11 ? 5 : DAYS);
    free(c);
}

static bool cancel_soon(void *self)
{
    crowd *c = self;
    return ++c->asked > 3;
}

TEST(a_batch_can_be_cancelled)
{
    (void)unused;
    crowd *c = new_crowd(1);
    gs_progress p = {.cancelled = cancel_soon, .self = c};
    size_t days = 0;
    assert_int_equal(run(c, NULL, &p), GS_ECANCEL);
    for (size_t who = 0; who < PEOPLE; who++)
        days += c->days[who];
    assert_true(days < PEOPLE * DAYS);
    free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_batch_is_each_path_to_the_last_bit_for_any_lanes_and_threads),
        cmocka_unit_test(a_path_on_a_wide_kernel_is_the_path_on_a_narrow_one),
        cmocka_unit_test(a_person_who_fails_is_reported_and_the_others_go_on),
        cmocka_unit_test(a_person_no_longer_wanted_leaves_early),
        cmocka_unit_test(a_batch_can_be_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
