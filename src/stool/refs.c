/* What is known of others: three small tables, and a value's place in them. */
#include "gutskin/stool.h"
#include "gutskin/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const double gs_stool_quantile_at[GS_STOOL_N_QUANTILE] = {
    0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5,
    0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99};

double gs_stool_place(const gs_stool_ref *r, double x)
{
    const double *q = r->q, *at = gs_stool_quantile_at;
    enum { N = GS_STOOL_N_QUANTILE };
    size_t below = 0, above = N;

    if (isnan(x))
        return NAN;
    /* everyone at 0 is one tie, whose middle is half its size */
    if (x <= 0 && r->zero > 0)
        return 100 * fmax(r->zero / 2, 0.005);
    while (below < N && q[below] < x)
        below++;
    while (above > 0 && q[above - 1] > x)
        above--;
    double p;
    if (above > below) /* on a plateau, or on a quantile: its middle */
        p = 0.5 * (at[below] + at[above - 1]);
    else if (below == 0)
        p = 0.005;
    else if (below == N)
        p = 0.995;
    else {
        double lo = q[below - 1], hi = q[below], f = (x - lo) / (hi - lo);
        double from = fmax(at[below - 1], lo <= 0 ? r->zero : 0); /* just above nothing */
        p = from + f * (at[below] - from);
    }
    return 100 * p;
}

/* ---- reading -------------------------------------------------------------------------- */

enum { MAX_CELL = 64 };

typedef struct lines {
    gs_arena *a;
    const char *file, *at;
    char *copy;
    long line;
    size_t n_cell;
    char *cell[MAX_CELL];
    gs_err *err;
} lines;

static gs_status bad(const lines *l, const char *what)
{
    return gs_fail_at(l->err, GS_EPARSE, l->file, l->line, 0, NULL, "%s", what);
}

/* Next line's cells; false at the end. Lines of # and empty ones are passed over. */
static bool next(lines *l)
{
    for (;;) {
        if (!*l->at)
            return false;
        size_t n = strcspn(l->at, "\n");
        char *text = gs_arena_strndup(l->a, l->at, n);
        l->at += n + (l->at[n] == '\n');
        l->line++;
        if (!text)
            return false;
        if (!*text || *text == '#')
            continue;
        l->n_cell = 0;
        for (char *p = text; p && l->n_cell < MAX_CELL;) {
            char *comma = strchr(p, ',');
            if (comma)
                *comma = '\0';
            l->cell[l->n_cell++] = p;
            p = comma ? comma + 1 : NULL;
        }
        return true;
    }
}

static bool number(const lines *l, size_t i, double *out)
{
    *out = NAN;
    if (i >= l->n_cell)
        return false;
    return !*l->cell[i] || gs_text_number(l->cell[i], strlen(l->cell[i]), false, out);
}

static size_t count_lines(const char *text)
{
    size_t n = 1;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static gs_status read_ref(lines *l, gs_stool_ref *r, size_t *n)
{
    enum { FIRST = 7, SOURCE = FIRST + GS_STOOL_N_QUANTILE };
    if (!next(l) || strcmp(l->cell[0], "method") != 0)
        return bad(l, "the first line must name the columns, method first");
    while (next(l)) {
        gs_stool_ref *x = &r[*n];
        double size;
        if (l->n_cell != SOURCE + 1)
            return bad(l, "a line of percentiles has too few or too many cells");
        char *slash = strchr(l->cell[0], '/');
        x->profiler = slash ? slash + 1 : "";
        if (slash)
            *slash = '\0';
        long method = gs_gut_method_find(l->cell[0]), index = gs_stool_find(l->cell[4]);
        if (method < 0 || index < 0)
            return bad(l, "no such method or index");
        x->method = (gs_gut_method)method;
        x->index = (gs_stool_index)index;
        bool good = number(l, 1, &x->depth) && number(l, 2, &x->age_lo) && number(l, 3, &x->age_hi) &&
                    number(l, 5, &size) && size >= 1 && size < 1e9 && number(l, 6, &x->zero);
        for (size_t k = 0; k < GS_STOOL_N_QUANTILE && good; k++) {
            good = number(l, FIRST + k, &x->q[k]) && isfinite(x->q[k]);
            good = good && (k == 0 || x->q[k] >= x->q[k - 1]);
        }
        if (!good)
            return bad(l, "a percentile is no number, or they do not ascend");
        x->n = (size_t)size;
        x->source = l->cell[SOURCE];
        (*n)++;
    }
    return GS_OK;
}

static gs_status read_day(lines *l, gs_stool_day *d, size_t *n)
{
    if (!next(l) || strcmp(l->cell[0], "kind") != 0)
        return bad(l, "the first line must name the columns, kind first");
    while (next(l)) {
        gs_stool_day *x = &d[*n];
        double people, samples;
        long index = l->n_cell == 8 ? gs_stool_find(l->cell[1]) : -1;
        if (index < 0 || !number(l, 2, &x->sd) || !number(l, 3, &x->sd_lo) ||
            !number(l, 4, &x->sd_hi) || !number(l, 5, &people) || !number(l, 6, &samples) ||
            !(x->sd >= 0) || !(people >= 1) || !(samples >= 1) || samples > 1e9 || people > 1e9)
            return bad(l, "a line of day noise is kind,index,sd,sd_lo,sd_hi,people,samples,source");
        x->shotgun = strcmp(l->cell[0], "shotgun") == 0;
        x->index = (gs_stool_index)index;
        x->n_person = (size_t)people, x->n_sample = (size_t)samples;
        x->source = l->cell[7];
        (*n)++;
    }
    return GS_OK;
}

static gs_status read_map(lines *l, gs_stool_map *map, size_t *n)
{
    size_t room = count_lines(l->at);
    while (next(l)) {
        gs_stool_map *m = &map[*n];
        double size, cells;
        long method = l->n_cell == 11 && !strcmp(l->cell[0], "map") ? gs_gut_method_find(l->cell[1]) : -1;
        if (method < 0 || !number(l, 2, &size) || !number(l, 3, &m->share1) ||
            !number(l, 4, &m->share2) || !number(l, 5, &m->x_lo) || !number(l, 6, &m->x_hi) ||
            !number(l, 7, &m->y_lo) || !number(l, 8, &m->y_hi) || !number(l, 9, &cells) ||
            !(cells >= 2 && cells <= MAX_CELL - 1) || !(size >= 1 && size < 1e9))
            return bad(l, "a map begins map,method,n,share1,share2,x_lo,x_hi,y_lo,y_hi,cells,source");
        m->method = (gs_gut_method)method;
        m->n = (size_t)size;
        m->n_cell = (size_t)cells;
        m->source = l->cell[10];
        const char **genus = GS_NEW(l->a, const char *, room);
        double *mean = GS_NEW(l->a, double, 3 * room), *cell = GS_NEW(l->a, double, m->n_cell * m->n_cell);
        if (!genus || !mean || !cell)
            return gs_fail(l->err, GS_ENOMEM, "out of memory for the reference tables");
        double *l1 = mean + room, *l2 = l1 + room;
        size_t row = 0;
        while (row < m->n_cell && next(l)) {
            bool good;
            if (!strcmp(l->cell[0], "genus") && l->n_cell == 5) {
                size_t k = m->n_genus++;
                for (char *c = l->cell[1]; *c; c++)
                    *c = *c == ';' ? ',' : *c; /* as the file writes a comma in a name */
                genus[k] = l->cell[1];
                good = number(l, 2, &mean[k]) && number(l, 3, &l1[k]) && number(l, 4, &l2[k]);
            } else {
                good = !strcmp(l->cell[0], "row") && l->n_cell == m->n_cell + 1;
                for (size_t k = 0; k < m->n_cell && good; k++)
                    good = number(l, k + 1, &cell[row * m->n_cell + k]);
                row++;
            }
            if (!good)
                return bad(l, "a map's lines are genus,name,mean,load1,load2 and then row,counts");
        }
        if (row < m->n_cell)
            return bad(l, "a map ends before its last row");
        m->genus = genus, m->mean = mean, m->load1 = l1, m->load2 = l2, m->cell = cell;
        (*n)++;
    }
    return GS_OK;
}

gs_status gs_stool_refs_parse(gs_arena *a, const char *ref, const char *day, const char *map,
                              gs_stool_refs **out, gs_err *err)
{
    gs_stool_refs *x = GS_NEW(a, gs_stool_refs, 1);
    gs_stool_ref *r = GS_NEW(a, gs_stool_ref, count_lines(ref));
    gs_stool_day *d = GS_NEW(a, gs_stool_day, count_lines(day));
    gs_stool_map *m = GS_NEW(a, gs_stool_map, count_lines(map));

    if (!x || !r || !d || !m)
        return gs_fail(err, GS_ENOMEM, "out of memory for the reference tables");
    lines l = {.a = a, .file = "reference.csv", .at = ref, .err = err};
    GS_TRY(read_ref(&l, r, &x->n_ref));
    l = (lines){.a = a, .file = "day-noise.csv", .at = day, .err = err};
    GS_TRY(read_day(&l, d, &x->n_day));
    l = (lines){.a = a, .file = "map.csv", .at = map, .err = err};
    GS_TRY(read_map(&l, m, &x->n_map));
    x->ref = r, x->day = d, x->map = m;
    *out = x;
    return GS_OK;
}

/* data/gut, embedded by tools/gs_embed.c */
extern const char gs_gut_reference_csv[], gs_gut_day_noise_csv[], gs_gut_map_csv[];

gs_status gs_stool_refs_shipped(gs_arena *a, gs_stool_refs **out, gs_err *err)
{
    return gs_stool_refs_parse(a, gs_gut_reference_csv, gs_gut_day_noise_csv, gs_gut_map_csv, out, err);
}
