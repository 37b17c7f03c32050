/* Arrays of vectors for the loops of this folder. Included after gutskin/vec.h. */
#ifndef GS_SIM_VEC_LAY_H
#define GS_SIM_VEC_LAY_H

#include "gutskin/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* number i of one lane */
#define COLUMN(array, i, lane) (((T *)(void *)(array))[(size_t)(i) * W + (lane)])

typedef struct wanted {
    V **to;
    size_t len;
} wanted;

/* Arrays of zeros, one behind the other and aligned as vectors are; false: no memory. */
VEC bool lay(gs_arena *a, size_t n, const wanted *want)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += want[i].len + 1;
    char *room = gs_arena_calloc(a, total + 1, sizeof(V));
    if (!room)
        return false;
    room += (sizeof(V) - (uintptr_t)room % sizeof(V)) % sizeof(V);
    for (size_t i = 0; i < n; i++) {
        *want[i].to = (V *)(void *)room;
        room += (want[i].len + 1) * sizeof(V);
    }
    return true;
}
#define LAY(a, want) lay(a, sizeof(want) / sizeof *(want), want)

#endif
