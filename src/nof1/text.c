/* A schedule as canonical text: what is hashed before the trial begins. Every fact has
 * one spelling, so that equal schedules have equal bytes. */
#include "gutskin/nof1.h"

#include <inttypes.h>
#include <string.h>

static const char *const kind_name[] = {"blocks", "alternate", "coin", "switch", "fixed"};
enum { N_KIND = sizeof kind_name / sizeof *kind_name };

void gs_nof1_schedule_text(const gs_nof1_schedule *s, gs_buf *out)
{
    const gs_nof1_design *d = &s->design;
    char day[32] = "none";

    if (s->day0 != GS_DAY_NONE)
        gs_date_iso(s->day0, day, sizeof day);
    gs_buf_printf(out,
                  "gutskin schedule 1\nkind %s\nperiods %zu\nperiod_days %d\nwashout %d\n"
                  "run_in %d\nblock %zu\ntreated %zu\nmax_run %zu\nmin_run %zu\n"
                  "phases %zu\nfirst %s\nday0 %s\nseed %" PRIu64 "\norigin %s\n",
                  kind_name[d->kind], d->n_period, (int)d->period_days, (int)d->washout,
                  (int)d->run_in, d->block, d->treated, d->max_run, d->min_run, d->n_phase,
                  d->first < 0 ? "lot" : d->first ? "B" : "A", day, s->seed,
                  s->assumed ? "inferred" : "stated");
    for (size_t i = 0; i < s->n_period; i++)
        gs_buf_printf(out, "period %d %d %d %d %c\n", (int)s->period[i].from,
                      (int)s->period[i].n_day, (int)s->period[i].block,
                      (int)s->period[i].washout, "AB"[s->period[i].code == 1]);
}

/* ---- reading --------------------------------------------------------------------- */

typedef struct reader {
    const char *name, *text;
    size_t n, at;
    long line;
    gs_err *err;
} reader;

static gs_status bad(const reader *r, const char *want)
{
    return gs_fail_at(r->err, GS_EPARSE, r->name, r->line, 0, NULL,
                      "this is no schedule as gutskin writes it: here stands \"%s\"; give "
                      "the file unchanged",
                      want);
}

/* The next line without its end; NULL at the end of the text. */
static const char *next_line(reader *r, size_t *n)
{
    if (r->at >= r->n)
        return NULL;
    const char *from = r->text + r->at;
    const char *end = memchr(from, '\n', r->n - r->at);
    *n = end ? (size_t)(end - from) : r->n - r->at;
    r->at += *n + (end ? 1 : 0);
    r->line++;
    if (*n && from[*n - 1] == '\r')
        --*n;
    return from;
}

/* "key value": the value. */
static gs_status fact(reader *r, const char *key, const char **value, size_t *n)
{
    size_t k = strlen(key);
    const char *line = next_line(r, n);
    if (!line || *n < k + 2 || memcmp(line, key, k) != 0 || line[k] != ' ')
        return bad(r, key);
    *value = line + k + 1;
    *n -= k + 1;
    return GS_OK;
}

static gs_status number(reader *r, const char *key, long hi, long *out)
{
    const char *v;
    size_t n;
    GS_TRY(fact(r, key, &v, &n));
    return gs_text_long(v, n, 0, hi, out) ? GS_OK : bad(r, key);
}

static bool is_word(const char *v, size_t n, const char *word)
{
    return n == strlen(word) && memcmp(v, word, n) == 0;
}

static gs_status read_seed(reader *r, uint64_t *out)
{
    const char *v;
    size_t n;
    GS_TRY(fact(r, "seed", &v, &n));
    *out = 0;
    if (n > 20)
        return bad(r, "seed");
    for (size_t i = 0; i < n; i++) {
        uint64_t digit = (uint64_t)(v[i] - '0');
        if (v[i] < '0' || v[i] > '9' || *out > (UINT64_MAX - digit) / 10)
            return bad(r, "seed");
        *out = *out * 10 + digit;
    }
    return GS_OK;
}

static gs_status read_head(reader *r, gs_nof1_schedule *s)
{
    gs_nof1_design *d = &s->design;
    const char *v;
    size_t n, kind;
    long x[9];
    static const char *const key[] = {"periods", "period_days", "washout", "run_in", "block",
                                      "treated", "max_run", "min_run", "phases"};

    v = next_line(r, &n);
    if (!v || !is_word(v, n, "gutskin schedule 1"))
        return bad(r, "gutskin schedule 1");
    GS_TRY(fact(r, "kind", &v, &n));
    for (kind = 0; kind < N_KIND && !is_word(v, n, kind_name[kind]); kind++)
        ;
    if (kind == N_KIND)
        return bad(r, "kind");
    for (size_t i = 0; i < 9; i++)
        GS_TRY(number(r, key[i], 1000000, &x[i]));
    *d = (gs_nof1_design){(gs_nof1_kind)kind, (size_t)x[0], (int32_t)x[1], (int32_t)x[2],
                          (int32_t)x[3], (size_t)x[4], (size_t)x[5], (size_t)x[6],
                          (size_t)x[7], (size_t)x[8], -1};
    GS_TRY(fact(r, "first", &v, &n));
    if (!is_word(v, n, "lot") && !is_word(v, n, "A") && !is_word(v, n, "B"))
        return bad(r, "first");
    d->first = *v == 'l' ? -1 : *v == 'B';
    GS_TRY(fact(r, "day0", &v, &n));
    s->day0 = GS_DAY_NONE;
    if (!is_word(v, n, "none") && !gs_date_parse(v, n, GS_DATE_ISO, &s->day0))
        return bad(r, "day0");
    GS_TRY(read_seed(r, &s->seed));
    GS_TRY(fact(r, "origin", &v, &n));
    if (!is_word(v, n, "stated") && !is_word(v, n, "inferred"))
        return bad(r, "origin");
    s->assumed = *v == 'i';
    return GS_OK;
}

/* "from days block washout B" */
static gs_status read_period(reader *r, const gs_nof1_schedule *s, size_t i)
{
    gs_nof1_period *p = &s->period[i];
    const char *v;
    size_t n;
    long x[4];

    GS_TRY(fact(r, "period", &v, &n));
    for (size_t k = 0; k < 4; k++) {
        const char *end = memchr(v, ' ', n);
        if (!end || !gs_text_long(v, (size_t)(end - v), 0, GS_NOF1_DAYS, &x[k]))
            return bad(r, "period");
        n -= (size_t)(end - v) + 1;
        v = end + 1;
    }
    if (n != 1 || (*v != 'A' && *v != 'B'))
        return bad(r, "period");
    *p = (gs_nof1_period){(int32_t)x[0], (int32_t)x[1], (int32_t)x[2], (int32_t)x[3],
                          (int8_t)(*v == 'B')};
    int32_t before = i ? p[-1].from + p[-1].n_day : 0;
    if (p->n_day < 1 || p->washout >= p->n_day || p->from < before)
        return bad(r, "period");
    return GS_OK;
}

gs_status gs_nof1_schedule_read(gs_arena *a, const char *name, const char *text, size_t n,
                                gs_nof1_schedule **out, gs_err *err)
{
    reader r = {.name = name, .text = text, .n = n, .err = err};
    gs_nof1_schedule head = {0};
    gs_nof1_chooser *c;
    gs_mark mark = gs_arena_mark(a);

    GS_TRY(read_head(&r, &head));
    GS_TRY(gs_nof1_chooser_new(a, &head.design, &c, err)); /* also bounds n_period */
    gs_arena_release(a, mark);
    head.n_period = head.design.n_period;
    head.period = GS_NEW(a, gs_nof1_period, head.n_period);
    gs_nof1_schedule *s = GS_NEW(a, gs_nof1_schedule, 1);
    int8_t *code = GS_NEW(a, int8_t, head.n_period);
    if (!head.period || !s || !code)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < head.n_period; i++) {
        GS_TRY(read_period(&r, &head, i));
        code[i] = head.period[i].code;
    }
    if (r.at < r.n)
        return r.line++, bad(&r, "the end");
    gs_nof1_schedule *drawn;
    GS_TRY(gs_nof1_schedule_of(a, &head.design, code, head.day0, &drawn, err));
    *s = head;
    *out = s;
    return GS_OK;
}
