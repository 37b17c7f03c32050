/* Arena: many small allocations with one lifetime.
 *
 *     gs_arena *a = gs_arena_new(0);
 *     double *x = GS_NEW(a, double, n);          // zeroed; NULL when out of memory
 *     gs_mark m = gs_arena_mark(a);  ...  gs_arena_release(a, m);
 *     gs_arena_free(a);                          // everything goes at once */
#ifndef GUTSKIN_ARENA_H
#define GUTSKIN_ARENA_H

#include <stddef.h>

typedef struct gs_arena gs_arena;
typedef struct gs_mark {
    void *block;
    size_t used;
} gs_mark;

/* New arena; limit is the most bytes it may ever hold (0 = no limit).
 * NULL when out of memory. */
gs_arena *gs_arena_new(size_t limit);
void gs_arena_free(gs_arena *a); /* NULL is harmless */

/* size bytes, zeroed, aligned for any type. NULL when the limit or memory is
 * reached; the arena stays usable. Amortised O(size). */
void *gs_arena_alloc(gs_arena *a, size_t size);
/* n elements of size bytes, NULL also when n * size overflows. */
void *gs_arena_calloc(gs_arena *a, size_t n, size_t size);
/* Copy of text, NUL-terminated. n bytes of it in the second form. */
char *gs_arena_strdup(gs_arena *a, const char *text);
char *gs_arena_strndup(gs_arena *a, const char *text, size_t n);

/* Everything allocated after the mark is given back by release. */
gs_mark gs_arena_mark(gs_arena *a);
void gs_arena_release(gs_arena *a, gs_mark m);

/* Bytes handed out so far. */
size_t gs_arena_used(const gs_arena *a);

#define GS_NEW(a, T, n) ((T *)gs_arena_calloc((a), (n), sizeof(T)))

#endif
