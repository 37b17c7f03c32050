/* Reader, writer and summary of the population file.
 *
 *     # gutskin population 1
 *     # seed 1 model 0123456789abcdef evidence 0123456789abcdef
 *     gain_fibre,gain_prebiotic,...
 *     0.12,-0.4,...
 *
 * A line a draw. Plain numbers, no quotes: the file is made and read by machines. */
#include "gutskin/population.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_COL = 256, MAX_DRAW = 10000, MAX_TEXT = 16 << 20, MAX_NAME = 64 };

typedef struct reader {
    const char *name, *at, *end;
    long line;
    gs_err *err;
} reader;

static gs_status bad(const reader *r, const char *what)
{
    return gs_fail_at(r->err, GS_EPARSE, r->name, r->line, 0, NULL, "%s", what);
}

/* Next line without its end; false at the end of the text. */
static bool next_line(reader *r, const char **line, size_t *n)
{
    if (r->at >= r->end)
        return false;
    const char *stop = memchr(r->at, '\n', (size_t)(r->end - r->at));
    const char *e = stop ? stop : r->end;
    *line = r->at;
    *n = (size_t)(e - r->at);
    if (*n && (*line)[*n - 1] == '\r')
        --*n;
    r->at = stop ? stop + 1 : r->end;
    r->line++;
    return true;
}

static gs_status read_head(reader *r, gs_population *p)
{
    const char *line;
    size_t n;
    char buf[200];
    unsigned long long seed, model, evidence;

    if (!next_line(r, &line, &n) || n >= sizeof buf)
        return bad(r, "is no population file");
    memcpy(buf, line, n);
    buf[n] = '\0';
    if (sscanf(buf, "# gutskin population %ld", &p->version) != 1 || p->version != 1)
        return bad(r, "should begin with \"# gutskin population 1\"; make it anew with "
                      "gutskin calibrate");
    if (!next_line(r, &line, &n) || n >= sizeof buf)
        return bad(r, "ends early");
    memcpy(buf, line, n);
    buf[n] = '\0';
    if (sscanf(buf, "# seed %llu model %16llx evidence %16llx", &seed, &model, &evidence) != 3)
        return bad(r, "should read \"# seed N model HEX evidence HEX\"");
    p->seed = seed;
    p->model = model;
    p->evidence = evidence;
    return GS_OK;
}

static gs_status read_names(reader *r, gs_arena *a, gs_population *p)
{
    const char *line;
    size_t n;
    const char **name = GS_NEW(a, const char *, MAX_COL);

    if (!name)
        return gs_fail(r->err, GS_ENOMEM, "no memory for the population");
    if (!next_line(r, &line, &n) || n == 0)
        return bad(r, "has no names of columns");
    for (size_t from = 0; from <= n; p->n_par++) {
        size_t to = from;
        while (to < n && line[to] != ',')
            to++;
        if (to == from || to - from >= MAX_NAME)
            return bad(r, "a column's name is empty or longer than 63 letters");
        if (p->n_par == MAX_COL)
            return bad(r, "has more than 256 columns");
        for (size_t i = from; i < to; i++) {
            if (line[i] < 0x21 || line[i] > 0x7e)
                return bad(r, "a column's name holds a blank or an odd byte");
        }
        name[p->n_par] = gs_arena_strndup(a, line + from, to - from);
        if (!name[p->n_par])
            return gs_fail(r->err, GS_ENOMEM, "no memory for the population");
        for (size_t i = 0; i < p->n_par; i++) {
            if (strcmp(name[i], name[p->n_par]) == 0)
                return bad(r, "a column's name stands twice");
        }
        from = to + 1;
    }
    p->name = name;
    return GS_OK;
}

static gs_status read_draw(reader *r, const char *line, size_t n, size_t n_par, double *out)
{
    size_t from = 0;

    for (size_t c = 0; c < n_par; c++) {
        size_t to = from;
        while (to < n && line[to] != ',')
            to++;
        if (from > n || !gs_text_number(line + from, to - from, false, &out[c]) ||
            fabs(out[c]) > 1e9)
            return bad(r, "holds something that is no number, or too few of them");
        from = to + 1;
    }
    return from == n + 1 ? GS_OK : bad(r, "holds more numbers than there are columns");
}

gs_status gs_population_read(gs_arena *a, const char *name, const char *text, size_t n,
                             gs_population **out, gs_err *err)
{
    reader r = {.name = name, .at = text, .end = text + n, .err = err};
    const char *line;
    size_t len, room = 0;
    double *draw = NULL;

    if (n > MAX_TEXT)
        return gs_fail_at(err, GS_EPARSE, name, 0, 0, NULL, "is larger than 16 MiB");
    gs_population *p = GS_NEW(a, gs_population, 1);
    if (!p)
        return gs_fail(err, GS_ENOMEM, "no memory for the population");
    GS_TRY(read_head(&r, p));
    GS_TRY(read_names(&r, a, p));
    while (next_line(&r, &line, &len)) {
        if (len == 0)
            continue;
        if (p->n_draw == MAX_DRAW)
            return bad(&r, "has more than 10,000 draws");
        if (p->n_draw == room) {
            room = room ? 2 * room : 256;
            double *more = GS_NEW(a, double, room * p->n_par);
            if (!more)
                return gs_fail(err, GS_ENOMEM, "no memory for the population");
            if (p->n_draw)
                memcpy(more, draw, p->n_draw * p->n_par * sizeof *more);
            draw = more;
        }
        GS_TRY(read_draw(&r, line, len, p->n_par, draw + p->n_draw * p->n_par));
        p->n_draw++;
    }
    if (p->n_draw < 2)
        return bad(&r, "has fewer than two draws");
    p->draw = draw;
    *out = p;
    return GS_OK;
}

void gs_population_write(const gs_population *p, gs_buf *out)
{
    gs_buf_printf(out, "# gutskin population %ld\n# seed %llu model %016llx evidence %016llx\n",
                  p->version, (unsigned long long)p->seed, (unsigned long long)p->model,
                  (unsigned long long)p->evidence);
    for (size_t c = 0; c < p->n_par; c++)
        gs_buf_printf(out, "%s%s", c ? "," : "", p->name[c]);
    gs_buf_put(out, "\n");
    for (size_t d = 0; d < p->n_draw; d++) {
        for (size_t c = 0; c < p->n_par; c++)
            gs_buf_printf(out, "%s%.4g", c ? "," : "", p->draw[d * p->n_par + c]);
        gs_buf_put(out, "\n");
    }
}

long gs_population_find(const gs_population *p, const char *name)
{
    for (size_t c = 0; c < p->n_par; c++) {
        if (strcmp(p->name[c], name) == 0)
            return (long)c;
    }
    return -1;
}

double gs_population_at(const gs_population *p, size_t draw, long column)
{
    return column < 0 ? NAN : p->draw[draw * p->n_par + (size_t)column];
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(size_t n, const double *x, double p)
{
    double at = p * (double)(n - 1);
    size_t i = (size_t)at;
    return i + 1 < n ? x[i] + (at - (double)i) * (x[i + 1] - x[i]) : x[n - 1];
}

bool gs_population_summary(const gs_population *p, long column, gs_population_sum *out)
{
    size_t n = p->n_draw, zero = 0;
    double sum = 0, square = 0;
    double *x = column < 0 || n < 2 ? NULL : malloc(n * sizeof *x);

    if (!x)
        return false;
    for (size_t d = 0; d < n; d++) {
        x[d] = gs_population_at(p, d, column);
        sum += x[d];
        zero += x[d] == 0;
    }
    out->mean = sum / (double)n;
    for (size_t d = 0; d < n; d++)
        square += (x[d] - out->mean) * (x[d] - out->mean);
    out->sd = sqrt(square / (double)(n - 1));
    qsort(x, n, sizeof *x, by_size);
    out->q05 = quantile(n, x, 0.05);
    out->q50 = quantile(n, x, 0.5);
    out->q95 = quantile(n, x, 0.95);
    out->zero = (double)zero / (double)n;
    free(x);
    return true;
}

/* ---- the shipped one, embedded at build time ------------------------------------ */

extern const char gs_population_csv[];
extern const size_t gs_population_csv_len;

struct shipped {
    gs_arena *arena;
    gs_population *p;
};

const gs_population *gs_population_shipped(void)
{
    static _Atomic(struct shipped *) once;
    static const gs_population nothing;
    struct shipped *have = atomic_load(&once), *none = NULL;

    if (have)
        return have->p;
    // read it; if another thread was first, ours is thrown away
    gs_arena *a = gs_arena_new(0);
    have = a ? GS_NEW(a, struct shipped, 1) : NULL;
    if (!have || gs_population_read(a, "population.csv", gs_population_csv,
                                    gs_population_csv_len, &have->p, NULL) != GS_OK) {
        gs_arena_free(a);
        return &nothing;
    }
    have->arena = a;
    if (!atomic_compare_exchange_strong(&once, &none, have)) {
        gs_arena_free(a);
        have = none;
    }
    return have->p;
}
