/* Arena: a chain of blocks, each at least twice the last, handed out from the front.
 *
 * A mark remembers the newest block and how full it was; release frees the blocks
 * that came later. Requests larger than a block get a block of their own. */
#include "gutskin/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 16 * 1024, LAST_BLOCK = 4 * 1024 * 1024 };

typedef struct block {
    struct block *prev;
    size_t size, used;
    max_align_t data[];
} block;

struct gs_arena {
    block *top;
    size_t limit, total, next_size;
};

gs_arena *gs_arena_new(size_t limit)
{
    gs_arena *a = calloc(1, sizeof *a);

    if (!a)
        return NULL;
    a->limit = limit;
    a->next_size = FIRST_BLOCK;
    return a;
}

void gs_arena_free(gs_arena *a)
{
    if (!a)
        return;
    for (block *b = a->top, *prev; b; b = prev) {
        prev = b->prev;
        free(b);
    }
    free(a);
}

static block *grow(gs_arena *a, size_t need)
{
    size_t size = need > a->next_size ? need : a->next_size;
    block *b;

    if (size > SIZE_MAX - sizeof *b)
        return NULL;
    b = malloc(sizeof *b + size);
    if (!b)
        return NULL;
    b->prev = a->top;
    b->size = size;
    b->used = 0;
    a->top = b;
    if (a->next_size < LAST_BLOCK)
        a->next_size *= 2;
    return b;
}

void *gs_arena_alloc(gs_arena *a, size_t size)
{
    const size_t unit = alignof(max_align_t);
    block *b = a->top;

    if (size > SIZE_MAX - unit)
        return NULL;
    size = size ? (size + unit - 1) / unit * unit : unit;
    if (a->limit && (size > a->limit || a->total > a->limit - size))
        return NULL;
    if (!b || b->size - b->used < size)
        b = grow(a, size);
    if (!b)
        return NULL;

    void *p = (char *)b->data + b->used;
    b->used += size;
    a->total += size;
    return memset(p, 0, size);
}

void *gs_arena_calloc(gs_arena *a, size_t n, size_t size)
{
    if (size && n > SIZE_MAX / size)
        return NULL;
    return gs_arena_alloc(a, n * size);
}

char *gs_arena_strndup(gs_arena *a, const char *text, size_t n)
{
    char *p = n < SIZE_MAX ? gs_arena_alloc(a, n + 1) : NULL;

    if (p && n)
        memcpy(p, text, n);
    return p;
}

char *gs_arena_strdup(gs_arena *a, const char *text)
{
    return gs_arena_strndup(a, text, strlen(text));
}

gs_mark gs_arena_mark(gs_arena *a)
{
    return (gs_mark){.block = a->top, .used = a->top ? a->top->used : 0};
}

void gs_arena_release(gs_arena *a, gs_mark m)
{
    while (a->top && a->top != m.block) {
        block *b = a->top;
        a->total -= b->used;
        a->top = b->prev;
        free(b);
    }
    if (a->top) {
        a->total -= a->top->used - m.used;
        a->top->used = m.used;
    }
}

size_t gs_arena_used(const gs_arena *a)
{
    return a->total;
}
