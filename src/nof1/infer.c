/* What order could have been drawn, when nobody says? Runs of one treatment are read off
 * the series; where they are (nearly) multiples of one length, that length is the period,
 * else every run is one. Then the smallest balanced blocks that fit. Where in doubt the
 * coarser reading is taken: fewer orders, a larger p. */
#include "nof1/inner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct run {
    int32_t from, n_day;
    int8_t code;
} run;

static size_t find_runs(const gs_nof1_series *s, run *out)
{
    size_t n = 0;
    int32_t last = 0;
    for (size_t d = 0; d < s->n_day; d++) {
        double v = s->planned[d];
        if (isnan(v))
            continue;
        int8_t code = v >= 0.5;
        if (n == 0 || out[n - 1].code != code) {
            if (n)
                out[n - 1].n_day = (int32_t)d - out[n - 1].from;
            out[n++] = (run){(int32_t)d, 0, code};
        }
        last = (int32_t)d;
    }
    if (n)
        out[n - 1].n_day = last + 1 - out[n - 1].from;
    return n;
}

/* A period that all runs are multiples of, but for a fifth of it; 0 = there is none. The
 * last run may be cut short. */
static int32_t common_period(size_t n, const run *r)
{
    int32_t len = INT32_MAX, longest = 1;
    for (size_t i = 0; i + (n > 2) < n; i++)
        if (r[i].n_day < len)
            len = r[i].n_day;
    for (size_t i = 0; i < n; i++) {
        double times = (double)r[i].n_day / len;
        int32_t whole = (int32_t)lround(times);
        if (whole < 1)
            whole = 1;
        if (i + 1 < n && fabs(times - whole) > 0.2)
            return 0;
        if (whole > longest)
            longest = whole;
    }
    /* long runs of short periods: nobody tosses six alike and leaves it so */
    return longest > 5 ? 0 : len;
}

static size_t parts(const run *r, int32_t period)
{
    long k = period ? lround((double)r->n_day / period) : 1;
    return k < 1 ? 1 : (size_t)k;
}

/* The smallest block that is balanced throughout; n when none is. */
static size_t find_block(size_t n, const gs_nof1_period *p)
{
    for (size_t b = 2; b < n; b += 2) {
        bool all = n % b == 0;
        for (size_t i = 0; all && i < n; i += b) {
            size_t treated = 0;
            for (size_t k = 0; k < b; k++)
                treated += p[i + k].code == 1;
            all = 2 * treated == b;
        }
        if (all)
            return b;
    }
    return n;
}

static gs_status read_periods(gs_arena *a, const gs_nof1_series *s, int32_t period,
                              gs_nof1_schedule **out, gs_err *err)
{
    run *r = GS_NEW(a, run, s->n_day + 1);
    gs_nof1_schedule *x = GS_NEW(a, gs_nof1_schedule, 1);
    if (!r || !x)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    size_t n_run = find_runs(s, r), n = 0;
    if (n_run < 2)
        return gs_fail(err, GS_ERANGE,
                       n_run ? "the treatment never varies; a trial compares days with it "
                               "and days without"
                             : "no day has a treatment; give a column that says A or B, or "
                               "0 or 1, for every day");
    if (!period)
        period = common_period(n_run, r);
    for (size_t i = 0; i < n_run; i++)
        n += parts(&r[i], period);
    if (n > GS_NOF1_PERIODS)
        return gs_fail(err, GS_ERANGE, "%zu periods are more than %d; split the trial", n,
                       GS_NOF1_PERIODS);
    x->period = GS_NEW(a, gs_nof1_period, n);
    if (!x->period)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    int32_t shortest = INT32_MAX;
    for (size_t i = 0; i < n_run; i++) {
        size_t k = parts(&r[i], period);
        if (k > (size_t)r[i].n_day)
            k = (size_t)r[i].n_day;
        for (size_t m = 0; m < k; m++) {
            int32_t from = r[i].from + (int32_t)((size_t)r[i].n_day * m / k);
            int32_t to = r[i].from + (int32_t)((size_t)r[i].n_day * (m + 1) / k);
            x->period[x->n_period++] = (gs_nof1_period){from, to - from, 0, 0, r[i].code};
            if (to - from < shortest)
                shortest = to - from;
        }
    }
    x->design = (gs_nof1_design){.kind = GS_NOF1_BLOCKS,
                                 .n_period = x->n_period,
                                 .period_days = period ? period : shortest,
                                 .first = -1};
    x->day0 = s->day0;
    *out = x;
    return GS_OK;
}

static void set_block(gs_nof1_schedule *x, size_t block)
{
    size_t treated = 0;
    for (size_t i = 0; i < x->n_period; i++) {
        x->period[i].block = (int32_t)(i / block);
        treated += x->period[i].code == 1;
    }
    x->design.block = block;
    x->design.treated = block == x->n_period ? treated : block / 2;
}

gs_status gs_nof1_infer(gs_arena *a, const gs_nof1_series *s, gs_nof1_schedule **out,
                        gs_err *err)
{
    GS_TRY(read_periods(a, s, 0, out, err));
    set_block(*out, find_block((*out)->n_period, (*out)->period));
    (*out)->assumed = true;
    return GS_OK;
}

/* ---- what the user says ------------------------------------------------------------ */

static gs_status design_word(gs_nof1_schedule *x, const char *word, gs_err *err)
{
    gs_nof1_design *d = &x->design;
    long block = 0;

    if (gs_text_same(word, "pairs")) {
        set_block(x, 2);
    } else if (strncasecmp(word, "blocks", 6) == 0 &&
               gs_text_long(word + 6 + strspn(word + 6, " :="),
                            strlen(word + 6 + strspn(word + 6, " :=")), 2, GS_NOF1_PERIODS,
                            &block)) {
        set_block(x, (size_t)block);
    } else if (gs_text_same(word, "balanced")) {
        set_block(x, x->n_period);
    } else if (gs_text_same(word, "coin")) {
        d->kind = GS_NOF1_COIN;
    } else if (gs_text_same(word, "alternate")) {
        d->kind = GS_NOF1_ALTERNATE;
    } else if (gs_text_same(word, "fixed")) {
        d->kind = GS_NOF1_FIXED;
    } else {
        return gs_fail(err, GS_EPARSE,
                       "\"%s\" is no design; say pairs, \"blocks 4\", balanced, coin, "
                       "alternate or fixed",
                       word);
    }
    return GS_OK;
}

gs_status gs_nof1_stated(gs_arena *a, const gs_nof1_series *s, const char *design,
                         int32_t period_days, int32_t washout, gs_nof1_schedule **out,
                         gs_err *err)
{
    gs_nof1_schedule *x, *checked;
    int32_t shortest = INT32_MAX;

    if (period_days < 0 || washout < 0)
        return gs_fail(err, GS_ERANGE, "lengths in days cannot be negative");
    GS_TRY(read_periods(a, s, period_days, &x, err));
    if (design)
        GS_TRY(design_word(x, design, err));
    else
        set_block(x, find_block(x->n_period, x->period));
    x->assumed = !design;
    for (size_t i = 0; i < x->n_period; i++)
        if (x->period[i].n_day < shortest)
            shortest = x->period[i].n_day;
    if (washout >= shortest)
        return gs_fail(err, GS_ERANGE,
                       "a washout of %d days leaves nothing of a period of %d days; say a "
                       "shorter one",
                       (int)washout, (int)shortest);
    for (size_t i = 0; i < x->n_period; i++)
        x->period[i].washout = washout;
    x->design.washout = washout;
    if (x->design.period_days <= washout)
        x->design.period_days = shortest;
    int8_t *code = GS_NEW(a, int8_t, x->n_period);
    if (!code)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < x->n_period; i++)
        code[i] = x->period[i].code;
    GS_TRY(gs_nof1_schedule_of(a, &x->design, code, x->day0, &checked, err));
    *out = x;
    return GS_OK;
}
