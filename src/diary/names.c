/* Open addressing, linear probing, half full at most; memory from the arena, so a
 * grown table leaves its predecessor behind (at most as much again). */
#include "diary/names.h"

#include "gutskin/text.h"
#include <string.h>

static gs_name_slot *probe(gs_name_slot *slot, size_t cap, const char *text, size_t n,
                           uint64_t hash)
{
    size_t i = (size_t)hash & (cap - 1);
    while (slot[i].text
           && !(slot[i].hash == hash && slot[i].n == n && memcmp(slot[i].text, text, n) == 0))
        i = (i + 1) & (cap - 1);
    return &slot[i];
}

static bool grow(gs_names *m)
{
    size_t cap = m->cap ? 2 * m->cap : 64;
    gs_name_slot *slot = GS_NEW(m->arena, gs_name_slot, cap);
    if (!slot)
        return false;
    for (size_t i = 0; i < m->cap; i++)
        if (m->slot[i].text)
            *probe(slot, cap, m->slot[i].text, m->slot[i].n, m->slot[i].hash) = m->slot[i];
    m->slot = slot;
    m->cap = cap;
    return true;
}

size_t gs_names_index(gs_names *m, const char *text, size_t n, bool *out_new)
{
    uint64_t hash = gs_text_hash(GS_HASH_START, text, n);

    if (2 * (m->n + 1) > m->cap && !grow(m))
        return SIZE_MAX;
    gs_name_slot *s = probe(m->slot, m->cap, text, n, hash);
    *out_new = s->text == NULL;
    if (*out_new) {
        const char *copy = gs_arena_strndup(m->arena, text, n);
        if (!copy)
            return SIZE_MAX;
        *s = (gs_name_slot){copy, n, hash, m->n++};
    }
    return s->index;
}
