/* The table of effects, embedded: condition, lever, numbers, yes or no. A line that is none
 * is passed over; tests look that all are there. */
#include "gutskin/population.h"

#include <stdatomic.h>
#include <string.h>

enum { N_COL = 8, MOST = 200 };

struct shipped {
    gs_arena *arena;
    size_t n;
    gs_population_effect e[MOST];
};

extern const char gs_effects_csv[];
extern const size_t gs_effects_csv_len;

static bool read_line(gs_arena *a, char *line, gs_population_effect *e)
{
    char *f[N_COL];
    size_t n = 0;
    double *num[] = {&e->effect, &e->lo, &e->hi, &e->axis, &e->helps};

    for (char *c = line; c && n < N_COL; n++) {
        f[n] = c;
        c = strchr(c, ',');
        if (c)
            *c++ = '\0';
    }
    if (n < N_COL)
        return false;
    for (size_t i = 0; i < 5; i++) {
        if (!gs_text_number(f[2 + i], strlen(f[2 + i]), false, num[i]))
            return false;
    }
    e->tried = strcmp(f[7], "yes") == 0;
    e->condition = gs_arena_strdup(a, f[0]);
    e->lever = gs_arena_strdup(a, f[1]);
    return e->condition && e->lever;
}

static struct shipped *read_all(void)
{
    gs_arena *a = gs_arena_new(0);
    struct shipped *s = a ? GS_NEW(a, struct shipped, 1) : NULL;
    const char *at = gs_effects_csv, *end = at + gs_effects_csv_len;
    char line[300];

    if (!s) {
        gs_arena_free(a);
        return NULL;
    }
    s->arena = a;
    while (at < end && s->n < MOST) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((stop ? stop : end) - at);
        if (n < sizeof line) {
            memcpy(line, at, n);
            line[n] = '\0';
            s->n += read_line(a, line, &s->e[s->n]);
        }
        at += n + 1;
    }
    return s;
}

const gs_population_effect *gs_population_effect_of(const char *condition, const char *lever)
{
    static _Atomic(struct shipped *) once;
    struct shipped *have = atomic_load(&once), *none = NULL;

    if (!have) {
        have = read_all();
        if (!have)
            return NULL;
        // if another thread was first, ours is thrown away
        if (!atomic_compare_exchange_strong(&once, &none, have)) {
            gs_arena_free(have->arena);
            have = none;
        }
    }
    for (size_t i = 0; i < have->n; i++) {
        if (strcmp(have->e[i].condition, condition) == 0 && strcmp(have->e[i].lever, lever) == 0)
            return &have->e[i];
    }
    return NULL;
}
