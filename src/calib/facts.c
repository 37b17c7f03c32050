/* Small tables of this room, read and checked: facts derived from cohorts' own data, and
 * what was foretold with each trial left out. */
#include "calib/calib.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { N_COL = 11, MOST = 500 };
static const char *const col[N_COL] = {"id", "source", "lever", "amount", "see",
                                       "days", "effect", "se", "n", "use", "how"};

/* One line without quotes: commas part fields, the last field may hold anything. */
static size_t split(char *line, char **f)
{
    size_t n = 0;

    f[n++] = line;
    for (char *c = line; *c && n < N_COL; c++) {
        if (*c == ',') {
            *c = '\0';
            f[n++] = c + 1;
        }
    }
    return n;
}

static gs_status number(const char *name, long line, char **f, size_t i, double lo, double hi,
                        double *out, gs_err *err)
{
    if (!gs_text_number(f[i], strlen(f[i]), false, out) || !(*out >= lo && *out <= hi))
        return gs_fail_at(err, GS_ERANGE, name, line, 0, col[i],
                          "\"%.40s\" is no number in %g..%g", f[i], lo, hi);
    return GS_OK;
}

static gs_status read_line(gs_arena *a, const char *name, long line, char **f, gs_fact *out,
                           gs_err *err)
{
    out->id = gs_arena_strdup(a, f[0]);
    out->source = gs_arena_strdup(a, f[1]);
    out->lever = gs_arena_strdup(a, f[2]);
    out->see = gs_arena_strdup(a, f[4]);
    out->how = gs_arena_strdup(a, f[10]);
    if (!out->id || !out->source || !out->lever || !out->see || !out->how)
        return gs_fail(err, GS_ENOMEM, "no memory for the facts");
    if (!*f[0] || strlen(f[0]) > 63 || !*f[2] || strlen(f[2]) > 23 || !*f[4] || strlen(f[4]) > 63)
        return gs_fail_at(err, GS_EPARSE, name, line, 0, "id", "a name is empty or too long");
    GS_TRY(number(name, line, f, 3, -1e4, 1e4, &out->amount, err));
    GS_TRY(number(name, line, f, 5, 1, 364, &out->days, err));
    GS_TRY(number(name, line, f, 6, -10, 10, &out->effect, err));
    GS_TRY(number(name, line, f, 7, 1e-6, 10, &out->se, err));
    GS_TRY(number(name, line, f, 8, 1, 1e9, &out->n, err));
    out->use = strcmp(f[9], "fit") == 0     ? GS_FACT_FIT
               : strcmp(f[9], "bound") == 0 ? GS_FACT_BOUND
                                            : GS_FACT_SHOWN;
    if (out->use == GS_FACT_SHOWN && strcmp(f[9], "shown") != 0)
        return gs_fail_at(err, GS_EPARSE, name, line, 0, "use", "is fit, bound or shown");
    return GS_OK;
}

gs_status gs_fact_read(gs_arena *a, const char *name, const char *text, size_t n_text,
                       size_t *n, gs_fact **out, gs_err *err)
{
    char buf[2000], *f[N_COL];
    size_t at = 0;
    long line = 0;
    gs_fact *facts = GS_NEW(a, gs_fact, MOST);

    if (!facts)
        return gs_fail(err, GS_ENOMEM, "no memory for the facts");
    *n = 0;
    while (at < n_text) {
        const char *stop = memchr(text + at, '\n', n_text - at);
        size_t len = stop ? (size_t)(stop - (text + at)) : n_text - at;
        line++;
        if (len >= sizeof buf || memchr(text + at, '\0', len))
            return gs_fail_at(err, GS_EPARSE, name, line, 0, NULL, "is too long or no text");
        memcpy(buf, text + at, len);
        buf[len] = '\0';
        if (len && buf[len - 1] == '\r')
            buf[len - 1] = '\0';
        at += len + 1;
        if (!*buf || *buf == '#')
            continue;
        if (split(buf, f) != N_COL)
            return gs_fail_at(err, GS_EPARSE, name, line, 0, NULL, "has not 11 fields");
        if (strcmp(f[0], "id") == 0)
            continue;
        if (*n == MOST)
            return gs_fail_at(err, GS_EPARSE, name, line, 0, NULL, "has more than 500 facts");
        GS_TRY(read_line(a, name, line, f, &facts[*n], err));
        ++*n;
    }
    *out = facts;
    return GS_OK;
}

extern const char gs_cohorts_csv[];
extern const size_t gs_cohorts_csv_len;

struct shipped {
    gs_arena *arena;
    gs_fact *fact;
    size_t n;
};

const gs_fact *gs_fact_shipped(size_t *n)
{
    static _Atomic(struct shipped *) once;
    struct shipped *have = atomic_load(&once), *none = NULL;

    *n = 0;
    if (!have) {
        gs_arena *a = gs_arena_new(0);
        have = a ? GS_NEW(a, struct shipped, 1) : NULL;
        if (!have || gs_fact_read(a, "cohorts.csv", gs_cohorts_csv, gs_cohorts_csv_len, &have->n,
                                  &have->fact, NULL) != GS_OK) {
            gs_arena_free(a);
            return NULL;
        }
        have->arena = a;
        if (!atomic_compare_exchange_strong(&once, &none, have)) {
            gs_arena_free(a);
            have = none;
        }
    }
    *n = have->n;
    return have->fact;
}

/* ---- what was foretold, left out --------------------------------------------------- */

extern const char gs_leftout_csv[];
extern const size_t gs_leftout_csv_len;
enum { N_LEFT = 11 };

struct shipped_left {
    gs_arena *arena;
    gs_left_out *left;
    size_t n;
};

/* Written by `gutskin calibrate --left-out`: row, left_out, numbers, yes or no. */
static bool read_left(gs_arena *a, struct shipped_left *out)
{
    const char *at = gs_leftout_csv, *end = at + gs_leftout_csv_len;

    out->left = GS_NEW(a, gs_left_out, MOST);
    while (out->left && at < end && out->n < MOST) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((stop ? stop : end) - at), n = 0;
        char buf[400], *f[N_LEFT];
        gs_left_out *l = &out->left[out->n];
        double *num[] = {&l->published, &l->mean, &l->q05, &l->q25, &l->q75, &l->q95, &l->z};
        if (len >= sizeof buf)
            return false;
        memcpy(buf, at, len);
        buf[len] = '\0';
        at += len + 1;
        for (char *c = buf; c && n < N_LEFT; n++) {
            f[n] = c;
            c = strchr(c, ',');
            if (c)
                *c++ = '\0';
        }
        if (n < N_LEFT || strcmp(f[0], "row") == 0)
            continue;
        l->id = gs_arena_strdup(a, f[0]);
        l->lever = strcmp(f[1], "lever") == 0;
        for (size_t i = 0; i < 7; i++) {
            if (!gs_text_number(f[2 + i], strlen(f[2 + i]), false, num[i]))
                return false;
        }
        l->in50 = strcmp(f[9], "yes") == 0;
        l->in90 = strcmp(f[10], "yes") == 0;
        if (!l->id)
            return false;
        out->n++;
    }
    return out->left != NULL;
}

const gs_left_out *gs_left_out_shipped(size_t *n)
{
    static _Atomic(struct shipped_left *) once;
    struct shipped_left *have = atomic_load(&once), *none = NULL;

    *n = 0;
    if (!have) {
        gs_arena *a = gs_arena_new(0);
        have = a ? GS_NEW(a, struct shipped_left, 1) : NULL;
        if (!have || !read_left(a, have)) {
            gs_arena_free(a);
            return NULL;
        }
        have->arena = a;
        if (!atomic_compare_exchange_strong(&once, &none, have)) {
            gs_arena_free(a);
            have = none;
        }
    }
    *n = have->n;
    return have->left;
}
