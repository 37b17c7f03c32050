/* Stealing hands out everybody once, leaves nobody waiting while a thread is idle, and keeps
 * neighbours together. */
#include "check.h"

#include "sim/share.h"

#include <pthread.h>
#include <string.h>

#define TEST(name) static void name(void **unused)

enum { MANY = 20000, THREADS = 8 };

TEST(ranges_are_equal_and_cover_everybody)
{
    (void)unused;
    for (size_t n_thread = 1; n_thread <= THREADS; n_thread++)
        for (size_t n = 0; n < 40; n++) {
            gs_share share[THREADS];
            size_t n_seen = 0, who;
            bool seen[40] = {false};
            gs_share_split(n, n_thread, share);
            while (gs_share_take(share, n_thread, n_seen % n_thread, &who)) {
                assert_true(who < n && !seen[who]);
                seen[who] = true;
                n_seen++;
            }
            assert_int_equal(n_seen, n);
            for (size_t i = 0; i < n_thread; i++)
                assert_false(gs_share_take(share, n_thread, i, &who));
        }
}

/* 0 works, 1 and 2 never come: 0 takes its own, then rear halves of the largest */
TEST(a_thief_takes_the_rear_half_of_the_largest_range)
{
    (void)unused;
    gs_share share[3];
    size_t who, want[] = {0, 1, 2, 3, /* of 1 */ 6, 7, /* of 2 */ 10, 11,
                          /* ties: the first */ 5, 9, 4, 8};
    gs_share_split(12, 3, share);
    for (size_t i = 0; i < 12; i++) {
        assert_true(gs_share_take(share, 3, 0, &who));
        if (who != want[i])
            fail_msg("taking %zu: person %zu instead of %zu", i, who, want[i]);
    }
    assert_false(gs_share_take(share, 3, 0, &who));
}

typedef struct crew {
    gs_share share[THREADS];
    atomic_uint taken[MANY];
    atomic_size_t n_taken[THREADS];
    atomic_size_t ready;
} crew;

typedef struct hand {
    crew *c;
    size_t i;
} hand;

static void *work(void *arg)
{
    hand *h = arg;
    size_t who;
    atomic_fetch_add(&h->c->ready, 1);
    while (atomic_load(&h->c->ready) < THREADS)
        ;
    while (gs_share_take(h->c->share, THREADS, h->i, &who)) {
        atomic_fetch_add(&h->c->taken[who], 1);
        atomic_fetch_add(&h->c->n_taken[h->i], 1);
    }
    return NULL;
}

TEST(threads_that_steal_from_each_other_take_everybody_once)
{
    (void)unused;
    crew *c = malloc(sizeof *c + 64), *at = c;
    at = (crew *)(void *)((char *)c + (64 - (uintptr_t)c % 64) % 64);
    for (int round = 0; round < 12; round++) {
        pthread_t id[THREADS];
        hand h[THREADS];
        memset(at, 0, sizeof *at);
        gs_share_split(MANY, THREADS, at->share);
        for (size_t i = 0; i < THREADS; i++) {
            h[i] = (hand){at, i};
            assert_int_equal(pthread_create(&id[i], NULL, work, &h[i]), 0);
        }
        for (size_t i = 0; i < THREADS; i++)
            pthread_join(id[i], NULL);
        for (size_t i = 0; i < MANY; i++)
            if (at->taken[i] != 1)
                fail_msg("round %d: person %zu was handed out %u times", round, i,
                         at->taken[i]);
    }
    free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_equal_and_cover_everybody),
        cmocka_unit_test(a_thief_takes_the_rear_half_of_the_largest_range),
        cmocka_unit_test(threads_that_steal_from_each_other_take_everybody_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
