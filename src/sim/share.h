/* Inside the room: who works on whom, by stealing.
 *
 * The people 0 .. n-1 begin as one range a thread. A thread takes from the front of its own;
 * when that is empty it takes the rear half of the largest range left, so that neighbours
 * mostly stay together and nobody idles while somebody waits. A range is one atomic word
 * (next, end): every taking is one exchange of it, and no thread ever waits for another.
 *
 *     gs_share_split(n, n_thread, share);
 *     while (gs_share_take(share, n_thread, mine, &who)) ...      // on thread `mine`
 *
 * Every person is handed out once; which thread gets whom depends on time, so nothing that
 * is computed may. */
#ifndef GS_SIM_SHARE_H
#define GS_SIM_SHARE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct gs_share {
    _Alignas(64) atomic_uint_least64_t left; /* next << 32 | end */
} gs_share;

/* n <= UINT32_MAX people in equal ranges: share [n_thread] */
void gs_share_split(size_t n, size_t n_thread, gs_share *share);
/* The next person of thread `mine`; false when nobody is left to take. */
bool gs_share_take(gs_share *share, size_t n_thread, size_t mine, size_t *who);

#endif
