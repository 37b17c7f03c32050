/* For tests that need memory all along: one arena for the group, and calls that must work. */
#ifndef GS_TESTS_ARENA_H
#define GS_TESTS_ARENA_H

#include "check.h"

#include "gutskin/arena.h"
#include "gutskin/status.h"

static gs_arena *arena;

/* group fixtures of cmocka */
static int setup(void **state)
{
    (void)state;
    arena = gs_arena_new(0);
    return arena ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    gs_arena_free(arena);
    return 0;
}

/* A call that has `err` as its last argument; when it fails, so does the test, with why. */
#define MUST(call)                                           \
    do {                                                     \
        gs_err must_err_ = {0}, *err = &must_err_;           \
        if ((call) != GS_OK) {                               \
            fprintf(stderr, "%s: %s\n", #call, err->msg);    \
            fail();                                          \
        }                                                    \
    } while (0)

#endif
