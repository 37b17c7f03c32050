/* Schedules: how many orders a design could have drawn, one of them uniformly, the i-th.
 *
 * All kinds are one walk over periods whose state is small: how many periods of this
 * block had B, the last treatment, how long it has run, which phase this is. ways[pos]
 * [state] counts the orders that lead from there to an allowed end, so that a choice in
 * proportion to ways is uniform over all allowed orders, whatever the restrictions;
 * drawing and rejecting would be slow or, with a limit on runs, not uniform. */
#include "gutskin/nof1.h"
#include "gutskin/rng.h"

#include <math.h>
#include <string.h>

enum { CELLS_MAX = 4000000 };

struct gs_nof1_chooser {
    gs_nof1_design d;
    size_t n_count, n_run, n_phase; /* sizes of the state's parts */
    size_t n_state;
    double *ways;    /* [(n_period + 1) x n_state] */
};

typedef struct state {
    size_t count, run, phase;
    int last; /* -1 before the first period */
} state;

static size_t treated_of(const gs_nof1_design *d)
{
    return d->treated ? d->treated : d->block / 2;
}

static size_t longest(const gs_nof1_design *d)
{
    return d->kind == GS_NOF1_ALTERNATE ? 1 : d->max_run;
}

/* ---- checking -------------------------------------------------------------------- */

static gs_status check_blocks(const gs_nof1_design *d, gs_err *err)
{
    if (d->block < 2 || d->n_period % d->block)
        return gs_fail(err, GS_ERANGE,
                       "%zu periods do not divide into blocks of %zu; choose a block of "
                       "at least 2 that divides the number of periods",
                       d->n_period, d->block);
    if (!d->treated && d->block % 2)
        return gs_fail(err, GS_ERANGE,
                       "a block of %zu periods cannot be halved between two treatments; "
                       "choose an even block, or say how many periods of it are treated",
                       d->block);
    if (treated_of(d) >= d->block)
        return gs_fail(err, GS_ERANGE,
                       "%zu of %zu periods treated leaves none to compare with; treat "
                       "fewer periods of each block",
                       treated_of(d), d->block);
    return GS_OK;
}

static gs_status check_numbers(const gs_nof1_design *d, gs_err *err)
{
    if (d->n_period < 2 || d->n_period > GS_NOF1_PERIODS)
        return gs_fail(err, GS_ERANGE,
                       "a trial has 2 to %d periods; %zu were asked for",
                       GS_NOF1_PERIODS, d->n_period);
    if (d->period_days < 1 || d->run_in < 0 ||
        (double)d->period_days * (double)d->n_period + (double)d->run_in > GS_NOF1_DAYS)
        return gs_fail(err, GS_ERANGE,
                       "periods of %d days and a run-in of %d days make no trial of 1 to "
                       "%d days",
                       (int)d->period_days, (int)d->run_in, GS_NOF1_DAYS);
    if (d->washout < 0 || d->washout >= d->period_days)
        return gs_fail(err, GS_ERANGE,
                       "a washout of %d days leaves nothing of a period of %d days; make "
                       "the periods longer or the washout shorter",
                       (int)d->washout, (int)d->period_days);
    if (d->first < -1 || d->first > 1)
        return gs_fail(err, GS_ERANGE, "the first treatment is 0 (A), 1 (B) or by lot (-1)");
    if (d->kind == GS_NOF1_BLOCKS)
        GS_TRY(check_blocks(d, err));
    if (d->kind == GS_NOF1_SWITCH &&
        (d->n_phase < 2 || d->n_phase * (d->min_run ? d->min_run : 1) > d->n_period))
        return gs_fail(err, GS_ERANGE,
                       "%zu phases of at least %zu days do not fit into %zu days", d->n_phase,
                       d->min_run ? d->min_run : 1, d->n_period);
    return GS_OK;
}

gs_status gs_nof1_check_design(const gs_nof1_design *d, gs_err *err)
{
    gs_nof1_chooser *c;
    gs_arena *a = gs_arena_new(0);
    if (!a)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    gs_status st = gs_nof1_chooser_new(a, d, &c, err);
    gs_arena_free(a);
    return st;
}

/* ---- the walk -------------------------------------------------------------------- */

/* Go on with `code`; false where the design forbids it. */
static bool step(const gs_nof1_chooser *c, size_t pos, state s, int code, state *out)
{
    const gs_nof1_design *d = &c->d;
    size_t max_run = longest(d), min_run = d->min_run > 1 ? d->min_run : 0;
    bool same = code == s.last;

    if (pos == 0 && d->first >= 0 && code != d->first)
        return false;
    if (!same && s.last >= 0 && s.run < min_run)
        return false;
    size_t run = same ? s.run + 1 : 1;
    if (max_run && run > max_run)
        return false;
    out->run = run < c->n_run ? run : c->n_run - 1;
    out->last = code;
    out->phase = 0;
    out->count = 0;
    if (d->kind == GS_NOF1_SWITCH) {
        out->phase = same ? s.phase : s.phase + 1;
        if (out->phase > d->n_phase)
            return false;
    }
    if (d->kind == GS_NOF1_BLOCKS) {
        size_t want = treated_of(d), at = pos % d->block;
        out->count = s.count + (size_t)code;
        if (out->count > want || want - out->count > d->block - 1 - at)
            return false;
        if (at + 1 == d->block)
            out->count = 0;
    }
    if (pos + 1 == d->n_period &&
        (run < min_run || (d->kind == GS_NOF1_SWITCH && out->phase != d->n_phase)))
        return false;
    return true;
}

static size_t cell(const gs_nof1_chooser *c, state s)
{
    size_t last = (size_t)(s.last + 1);
    return ((s.phase * c->n_run + s.run) * 3 + last) * c->n_count + s.count;
}

static double ways_on(const gs_nof1_chooser *c, size_t pos, state s, int code, state *next)
{
    if (!step(c, pos, s, code, next))
        return 0;
    return c->ways[(pos + 1) * c->n_state + cell(c, *next)];
}

static const state START = {.last = -1};

static double total(const gs_nof1_chooser *c)
{
    return c->ways[cell(c, START)];
}

static void count_back(gs_nof1_chooser *c)
{
    size_t n = c->d.n_period;
    for (size_t i = 0; i < c->n_state; i++)
        c->ways[n * c->n_state + i] = 1;
    for (size_t pos = n; pos-- > 0;)
        for (size_t phase = 0; phase < c->n_phase; phase++)
            for (size_t run = 0; run < c->n_run; run++)
                for (int last = -1; last < 2; last++)
                    for (size_t count = 0; count < c->n_count; count++) {
                        state s = {count, run, phase, last}, next;
                        c->ways[pos * c->n_state + cell(c, s)] =
                            ways_on(c, pos, s, 0, &next) + ways_on(c, pos, s, 1, &next);
                    }
}

gs_status gs_nof1_chooser_new(gs_arena *a, const gs_nof1_design *d, gs_nof1_chooser **out,
                              gs_err *err)
{
    GS_TRY(check_numbers(d, err));
    gs_nof1_chooser *c = GS_NEW(a, gs_nof1_chooser, 1);
    if (!c)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    c->d = *d;
    size_t max_run = longest(d), min_run = d->min_run > 1 ? d->min_run : 0;
    if (max_run > d->n_period)
        max_run = d->n_period;
    c->n_run = (max_run > min_run ? max_run : min_run) + 1;
    c->n_phase = d->kind == GS_NOF1_SWITCH ? d->n_phase + 1 : 1;
    c->n_count = d->kind == GS_NOF1_BLOCKS ? treated_of(d) + 1 : 1;
    c->n_state = c->n_phase * c->n_run * 3 * c->n_count;
    if ((double)c->n_state * (double)(d->n_period + 1) > CELLS_MAX)
        return gs_fail(err, GS_ERANGE,
                       "this design is too large to count its orders; use fewer periods, "
                       "smaller blocks or a shorter limit on runs");
    if (d->kind == GS_NOF1_FIXED) {
        *out = c;
        return GS_OK;
    }
    c->ways = GS_NEW(a, double, c->n_state * (d->n_period + 1));
    if (!c->ways)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    count_back(c);
    if (!(total(c) > 0))
        return gs_fail(err, GS_ERANGE,
                       "no order of %zu periods satisfies these restrictions; relax the "
                       "limits on runs or change the block",
                       d->n_period);
    *out = c;
    return GS_OK;
}

double gs_nof1_count(const gs_nof1_design *d)
{
    gs_nof1_chooser *c;
    gs_arena *a = gs_arena_new(0);
    double n = 0;
    if (a && gs_nof1_chooser_new(a, d, &c, NULL) == GS_OK)
        n = c->ways ? total(c) : 1;
    gs_arena_free(a);
    return n;
}

/* Nothing is drawn: A B A B ..., or B A B A ... where the design says B first. */
static void fixed_order(const gs_nof1_chooser *c, int8_t *code)
{
    for (size_t i = 0; i < c->d.n_period; i++)
        code[i] = (int8_t)((i & 1) ^ (c->d.first == 1));
}

void gs_nof1_choose(const gs_nof1_chooser *c, uint64_t seed, uint64_t i_draw, int8_t *code)
{
    gs_rng r = gs_rng_stream(seed, i_draw, "schedule");
    state s = START;

    if (!c->ways) {
        fixed_order(c, code);
        return;
    }
    for (size_t pos = 0; pos < c->d.n_period; pos++) {
        state on[2];
        double w0 = ways_on(c, pos, s, 0, &on[0]), w1 = ways_on(c, pos, s, 1, &on[1]);
        int k = w1 > 0 && (w0 <= 0 || gs_rng_uniform(&r) * (w0 + w1) >= w0);
        code[pos] = (int8_t)k;
        s = on[k];
    }
}

void gs_nof1_choose_nth(const gs_nof1_chooser *c, uint64_t i, int8_t *code)
{
    state s = START;
    double left = (double)i;

    if (!c->ways) {
        fixed_order(c, code);
        return;
    }
    for (size_t pos = 0; pos < c->d.n_period; pos++) {
        state on[2];
        double w0 = ways_on(c, pos, s, 0, &on[0]);
        double w1 = ways_on(c, pos, s, 1, &on[1]);
        int k = w1 > 0 && left >= w0;
        if (k)
            left -= w0;
        code[pos] = (int8_t)k;
        s = on[k];
    }
}

/* ---- schedules ------------------------------------------------------------------- */

static gs_status could_draw(const gs_nof1_chooser *c, const int8_t *code, gs_err *err)
{
    state s = START, next;
    for (size_t pos = 0; pos < c->d.n_period; pos++) {
        if (code[pos] != 0 && code[pos] != 1)
            return gs_fail(err, GS_ERANGE, "period %zu has no treatment A or B", pos + 1);
        if (c->ways && !(ways_on(c, pos, s, code[pos], &next) > 0))
            return gs_fail(err, GS_ERANGE,
                           "this order could not have been drawn by the design: period "
                           "%zu breaks its rule; state the design that was used",
                           pos + 1);
        if (c->ways)
            s = next;
    }
    return GS_OK;
}

static gs_nof1_schedule *lay_out(gs_arena *a, const gs_nof1_design *d, const int8_t *code,
                                 int32_t day0, uint64_t seed)
{
    gs_nof1_schedule *s = GS_NEW(a, gs_nof1_schedule, 1);
    gs_nof1_period *p = GS_NEW(a, gs_nof1_period, d->n_period);
    if (!s || !p)
        return NULL;
    *s = (gs_nof1_schedule){.design = *d, .day0 = day0, .seed = seed,
                            .n_period = d->n_period, .period = p};
    for (size_t i = 0; i < d->n_period; i++)
        p[i] = (gs_nof1_period){
            .from = d->run_in + (int32_t)i * d->period_days,
            .n_day = d->period_days,
            .block = d->kind == GS_NOF1_BLOCKS ? (int32_t)(i / d->block) : 0,
            .washout = d->washout,
            .code = code[i]};
    return s;
}

gs_status gs_nof1_schedule_of(gs_arena *a, const gs_nof1_design *d, const int8_t *code,
                              int32_t day0, gs_nof1_schedule **out, gs_err *err)
{
    gs_nof1_chooser *c;
    GS_TRY(gs_nof1_chooser_new(a, d, &c, err));
    GS_TRY(could_draw(c, code, err));
    *out = lay_out(a, d, code, day0, 0);
    return *out ? GS_OK : gs_fail(err, GS_ENOMEM, "out of memory");
}

gs_status gs_nof1_draw(gs_arena *a, const gs_nof1_design *d, uint64_t seed, int32_t day0,
                       gs_nof1_schedule **out, gs_err *err)
{
    gs_nof1_chooser *c;
    GS_TRY(gs_nof1_chooser_new(a, d, &c, err));
    int8_t *code = GS_NEW(a, int8_t, d->n_period);
    if (!code)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    gs_nof1_choose(c, seed, 0, code);
    *out = lay_out(a, d, code, day0, seed);
    return *out ? GS_OK : gs_fail(err, GS_ENOMEM, "out of memory");
}

int32_t gs_nof1_days(const gs_nof1_schedule *s)
{
    const gs_nof1_period *p = s->n_period ? &s->period[s->n_period - 1] : NULL;
    return p ? p->from + p->n_day : 0;
}

int gs_nof1_day(const gs_nof1_schedule *s, int32_t day, bool *washout)
{
    size_t lo = 0, hi = s->n_period;

    if (washout)
        *washout = false;
    while (lo < hi) { /* the first period that begins after day */
        size_t mid = (lo + hi) / 2;
        if (s->period[mid].from <= day)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == 0 || day >= s->period[lo - 1].from + s->period[lo - 1].n_day)
        return -1;
    const gs_nof1_period *p = &s->period[lo - 1];
    if (washout)
        *washout = day < p->from + p->washout;
    return p->code;
}

static void say_length(const gs_nof1_design *d, gs_buf *out)
{
    if (d->period_days == 1)
        gs_buf_put(out, "one-day periods");
    else
        gs_buf_printf(out, "%d-day periods", (int)d->period_days);
}

void gs_nof1_say_design(const gs_nof1_design *d, gs_buf *out)
{
    size_t n_block = d->block ? d->n_period / d->block : 0;

    switch (d->kind) {
    case GS_NOF1_BLOCKS:
        if (d->block == 2)
            gs_buf_printf(out, "%zu pair%s of ", n_block, n_block == 1 ? "" : "s");
        else
            gs_buf_printf(out, "%zu block%s of %zu ", n_block, n_block == 1 ? "" : "s",
                          d->block);
        say_length(d, out);
        gs_buf_put(out, d->block == 2 ? ", the order in each pair by lot"
                                      : ", the order in each block by lot");
        break;
    case GS_NOF1_ALTERNATE:
        gs_buf_printf(out, "%zu ", d->n_period);
        say_length(d, out);
        gs_buf_put(out, " in turns, the first by lot");
        break;
    case GS_NOF1_COIN:
        gs_buf_printf(out, "%zu ", d->n_period);
        say_length(d, out);
        gs_buf_put(out, ", each by its own toss");
        break;
    case GS_NOF1_SWITCH:
        gs_buf_printf(out, "%zu phases in %zu days, the days of the switches by lot",
                      d->n_phase, d->n_period);
        break;
    case GS_NOF1_FIXED:
        gs_buf_printf(out, "%zu ", d->n_period);
        say_length(d, out);
        gs_buf_put(out, " in a fixed order, nothing by lot");
        break;
    }
    if (d->max_run)
        gs_buf_printf(out, ", never more than %zu alike in a row", d->max_run);
    if (d->washout)
        gs_buf_printf(out, ", the first %d day%s of each left out", (int)d->washout,
                      d->washout == 1 ? "" : "s");
    if (d->run_in)
        gs_buf_printf(out, ", after a run-in of %d day%s", (int)d->run_in,
                      d->run_in == 1 ? "" : "s");
}
