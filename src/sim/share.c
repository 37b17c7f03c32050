/* Ranges of people, and taking from others when one's own is empty (share.h).
 *
 * Only the owner fills a word, and only when it is empty; everybody shortens full ones by
 * compare-and-exchange of the whole word. A word that comes back to an old value means
 * the same people again, so an exchange that mistakes the one for the other is right too.
 * Between emptying a victim and filling its own word, a thief alone knows of the people it
 * took; others may then go home early, but nobody is lost.
 *
 * Dropped: one counter for all. It costs as little, but results of neighbours, which share
 * cache lines, were then written by different threads. */
#include "sim/share.h"

static uint64_t range(uint64_t next, uint64_t end)
{
    return next << 32 | end;
}

static uint32_t next_of(uint64_t r)
{
    return (uint32_t)(r >> 32);
}

static uint32_t end_of(uint64_t r)
{
    return (uint32_t)r;
}

static uint32_t length(uint64_t r)
{
    return end_of(r) - next_of(r);
}

void gs_share_split(size_t n, size_t n_thread, gs_share *share)
{
    for (size_t i = 0; i < n_thread; i++) {
        size_t each = n / n_thread, more = n % n_thread;
        size_t from = i * each + (i < more ? i : more);
        atomic_init(&share[i].left, range(from, from + each + (i < more)));
    }
}

/* the rear half of the largest range left becomes one's own */
static bool steal(gs_share *share, size_t n_thread, size_t mine)
{
    for (;;) {
        size_t victim = 0;
        uint64_t most = 0;
        for (size_t i = 0; i < n_thread; i++) {
            uint64_t r = atomic_load(&share[i].left);
            if (length(r) > length(most)) {
                most = r;
                victim = i;
            }
        }
        if (length(most) == 0)
            return false;
        uint32_t middle = next_of(most) + length(most) / 2;
        if (atomic_compare_exchange_strong(&share[victim].left, &most,
                                           range(next_of(most), middle))) {
            atomic_store(&share[mine].left, range(middle, end_of(most)));
            return true;
        }
    }
}

bool gs_share_take(gs_share *share, size_t n_thread, size_t mine, size_t *who)
{
    for (;;) {
        uint64_t r = atomic_load(&share[mine].left);
        if (length(r) == 0) {
            if (!steal(share, n_thread, mine))
                return false;
        } else if (atomic_compare_exchange_strong(&share[mine].left, &r,
                                                  range(next_of(r) + 1, end_of(r)))) {
            *who = next_of(r);
            return true;
        }
    }
}
