/* Any bytes as a table of a trial, or as a schedule (first byte odd): read or refused with
 * one sentence; what was read is analysed both ways, short, and drawn as a page. A schedule
 * that was read writes itself back the same. */
#include "gutskin/nof1.h"
#include "gutskin/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void sentence(gs_status st, const gs_err *err)
{
    if (st != GS_OK && (!*err->msg || strchr(err->msg, '\n'))) {
        fprintf(stderr, "fuzz_nof1: a refusal without one sentence: %s\n", err->msg);
        abort();
    }
}

static void schedule(gs_arena *a, const char *text, size_t n)
{
    gs_nof1_schedule *s, *t;
    gs_err err = {0};
    gs_buf one = {0}, two = {0};
    gs_status st = gs_nof1_schedule_read(a, "fuzz", text, n, &s, &err);
    sentence(st, &err);
    if (st == GS_OK) {
        gs_nof1_schedule_text(s, &one);
        if (gs_nof1_schedule_read(a, "fuzz", one.data, one.len, &t, &err) != GS_OK)
            abort();
        gs_nof1_schedule_text(t, &two);
        if (strcmp(one.data, two.data) != 0)
            abort();
    }
    gs_buf_free(&one);
    gs_buf_free(&two);
}

/* An effect that is known has ends in order and chances between 0 and 1. */
static void check(const gs_nof1_effect *e)
{
    if (!e->known)
        return;
    if (!(e->lo <= e->hi) || !(e->p_better >= 0 && e->p_better <= 1) || e->est != e->est) {
        fprintf(stderr, "fuzz_nof1: %g (%g to %g), p %g\n", e->est, e->lo, e->hi, e->p_better);
        abort();
    }
}

static void table(gs_arena *a, const char *text, size_t n, unsigned flags)
{
    gs_nof1_read_opts o = GS_NOF1_READ_OPTS;
    gs_nof1_opts ao = GS_NOF1_OPTS;
    gs_nof1_table *t;
    gs_err err = {0};
    const gs_nof1_result *r;
    ao.n_random = 39, ao.n_exact = 64, ao.n_draw = flags & 64 ? 400 : 0;
    o.count = flags & 2;
    if (flags & 4)
        o.lo = 0, o.hi = 10;
    gs_status st = gs_nof1_read(a, "fuzz.csv", text, n, &o, &t, &err);
    sentence(st, &err);
    if (st != GS_OK || t->series[0].n_day > 150)
        return;
    st = gs_nof1_analyse(a, &t->series[0], NULL, &ao, NULL, &r, &err);
    sentence(st, &err);
    if (st != GS_OK)
        return;
    check(&r->free_itt);
    check(&r->free_taken);
    check(&r->model_itt);
    check(&r->model_taken);
    gs_buf b = {0};
    if (gs_report_nof1_html(1, &r, NULL, t->n_note, t->note, NULL, &b, &err) != GS_OK ||
        gs_report_nof1_text(1, &r, NULL, t->n_note, t->note, 60, &b, &err) != GS_OK ||
        gs_nof1_json(1, &r, NULL, t->n_note, t->note, &b, &err) != GS_OK)
        abort();
    gs_buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 20000)
        return 0;
    gs_arena *a = gs_arena_new(256u << 20);
    if (!a)
        return 0;
    if (data[0] & 1)
        schedule(a, (const char *)data + 1, size - 1);
    else
        table(a, (const char *)data + 1, size - 1, data[0]);
    gs_arena_free(a);
    return 0;
}
