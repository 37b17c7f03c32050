/* Small tables of this room, read and checked: facts derived from cohorts' own data, and
 * what was foretold with each trial left out. */
#include "calib/calib.h"
#include "evidence/scan.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { N_COL = 11, MOST = 500 };
static const char *const col[N_COL] = {"id", "source", "lever", "amount", "see",
                                       "days", "effect", "se", "n", "use", "how"};

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
    scan s;
    size_t where;
    gs_fact *facts = GS_NEW(a, gs_fact, MOST);

    *n = 0;
    if (!facts)
        return gs_fail(err, GS_ENOMEM, "no memory for the facts");
    if (!gs_text_utf8(text, n_text, &where) || memchr(text, '\0', n_text))
        return gs_fail_at(err, GS_EPARSE, name, 0, 0, NULL, "is not UTF-8 text");
    GS_TRY(scan_open(&s, a, name, text, n_text, N_COL, err));
    for (;;) {
        GS_TRY(scan_record(&s));
        if (s.n_field == 0)
            break;
        if (s.field[0][0] == '#' || strcmp(s.field[0], "id") == 0)
            continue;
        if (s.n_field != N_COL)
            return scan_bad(&s, s.row_line, NULL, "has not 11 fields");
        if (*n == MOST)
            return scan_bad(&s, s.row_line, NULL, "is one fact more than 500");
        GS_TRY(read_line(a, name, s.row_line, s.field, &facts[*n], err));
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
    scan s;

    out->left = GS_NEW(a, gs_left_out, MOST);
    if (!out->left || scan_open(&s, a, "leftout.csv", gs_leftout_csv, gs_leftout_csv_len, N_LEFT,
                                NULL) != GS_OK)
        return false;
    while (out->n < MOST && scan_record(&s) == GS_OK && s.n_field > 0) {
        gs_left_out *l = &out->left[out->n];
        double *num[] = {&l->published, &l->mean, &l->q05, &l->q25, &l->q75, &l->q95, &l->z};
        if (s.n_field != N_LEFT || strcmp(s.field[0], "row") == 0)
            continue;
        l->id = gs_arena_strdup(a, s.field[0]);
        l->lever = strcmp(s.field[1], "lever") == 0;
        for (size_t i = 0; i < 7; i++) {
            if (!gs_text_number(s.field[2 + i], strlen(s.field[2 + i]), false, num[i]))
                return false;
        }
        l->in50 = strcmp(s.field[9], "yes") == 0;
        l->in90 = strcmp(s.field[10], "yes") == 0;
        if (!l->id)
            return false;
        out->n++;
    }
    return true;
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
