/* A small map from text to a number, for the names of one import. */
#ifndef GS_DIARY_NAMES_H
#define GS_DIARY_NAMES_H

#include "gutskin/arena.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct gs_name_slot {
    const char *text; /* NULL = free */
    size_t n;
    uint64_t hash;
    size_t index;
} gs_name_slot;

typedef struct gs_names {
    gs_arena *arena;
    gs_name_slot *slot;
    size_t cap, n;
} gs_names;

/* Number of text[0..n), given in the order of first sight; *out_new tells whether this
 * is the first. SIZE_MAX when out of memory. Amortised O(n). */
size_t gs_names_index(gs_names *m, const char *text, size_t n, bool *out_new);

#endif
