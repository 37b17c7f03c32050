/* Pieces of statements, statement.h. */
#include "sim/statement.h"

#include <stdio.h>
#include <string.h>

gs_status gs_statement_unit(gs_words *w, const char *own)
{
    static const char *const next[] = {"from", "to", "every", "for", "sd"};
    char u[GS_WORDS_LETTERS + 4];
    if (!gs_words_more(w))
        return GS_OK;
    for (size_t i = 0; i < sizeof next / sizeof *next; i++)
        if (gs_words_is(w, next[i]))
            return GS_OK;
    const gs_word *now = gs_words_now(w);
    snprintf(u, sizeof u, "%s/d", now->text);
    if (!gs_text_same(now->text, own) && !gs_text_same(u, own))
        return gs_fail_at(w->err, GS_EPARSE, w->name, w->line, now->col, NULL,
                          "\"%s\" is not the unit of this lever, which is [%s]",
                          now->text, own);
    w->at++;
    return GS_OK;
}

/* A day, or the first or last one of a week. Without either word, what the word before
 * was: "from week 3 to 4" counts in weeks. */
static gs_status day(gs_words *w, bool last, bool *week, long *out)
{
    if (gs_words_take(w, "week"))
        *week = true;
    else if (gs_words_take(w, "day"))
        *week = false;
    GS_TRY(gs_words_whole(w, *week ? "a week" : "a day", 1,
                          *week ? GS_STATEMENT_DAYS / 7 : GS_STATEMENT_DAYS, out));
    if (*week)
        *out = last ? 7 * *out : 7 * *out - 6;
    return GS_OK;
}

gs_status gs_statement_span(gs_words *w, const char *what, long lo, long hi, long *out)
{
    size_t at = w->at;
    GS_TRY(gs_words_whole(w, what, 0, GS_STATEMENT_DAYS, out));
    if (gs_words_take(w, "weeks") || gs_words_take(w, "week"))
        *out *= 7;
    else if (!gs_words_take(w, "days"))
        gs_words_take(w, "day");
    if (*out >= lo && *out <= hi)
        return GS_OK;
    w->at = at;
    return gs_fail_at(w->err, GS_ERANGE, w->name, w->line, gs_words_now(w)->col, NULL,
                      "%ld days is outside the range of %s, %ld to %ld days", *out,
                      what, lo, hi);
}

gs_status gs_statement_when(gs_words *w, gs_statement_days *c)
{
    long hold = 0;
    bool week = false;
    while (gs_words_more(w)) {
        if (gs_words_take(w, "from"))
            GS_TRY(day(w, false, &week, &c->from));
        else if (gs_words_take(w, "to"))
            GS_TRY(day(w, true, &week, &c->to));
        else if (gs_words_take(w, "every"))
            GS_TRY(gs_statement_span(w, "a number of days", 1, GS_STATEMENT_DAYS,
                                     &c->every));
        else if (gs_words_take(w, "for"))
            GS_TRY(
                gs_statement_span(w, "a number of days", 1, GS_STATEMENT_DAYS, &hold));
        else
            return gs_words_expected(w, "\"from\", \"to\", \"every\" or \"for\"");
    }
    if (c->every > 0) {
        c->hold = hold > 0 ? hold : 1;
        if (c->from == 0)
            c->from = 1;
    } else if (hold > 0) {
        if (c->from == 0 || c->to != 0)
            return gs_words_complain(w,
                                     "\"for M days\" goes with \"from day A\" and not "
                                     "with \"to day B\"");
        c->to = c->from + hold - 1;
    }
    if (c->to != 0 && c->from == 0)
        c->from = 1;
    if (c->to != 0 && c->to < c->from)
        return gs_words_complain(w, "the last day comes before the first");
    return GS_OK;
}

const char **gs_statement_names(gs_arena *a, size_t n, const void *first, size_t stride)
{
    const char **names = GS_NEW(a, const char *, n + 1);
    for (size_t i = 0; names && i < n; i++)
        memcpy(&names[i], (const char *)first + i * stride, sizeof *names);
    return names;
}

/* take the index found, or complain about the name that is none */
static gs_status index_of(gs_words *w, long i, const char *kind, size_t n,
                          const void *first, size_t stride, size_t *out)
{
    if (i < 0) {
        const char **names = gs_statement_names(w->a, n, first, stride);
        return names ? gs_words_unknown(w, kind, n, names) : gs_words_no_memory(w);
    }
    *out = (size_t)i;
    w->at++;
    return GS_OK;
}

bool gs_statement_lever_here(const gs_words *w, const gs_kernel *k)
{
    return gs_words_more(w) && gs_kernel_lever(k, gs_words_now(w)->text) >= 0;
}

gs_status gs_statement_state(gs_words *w, const gs_kernel *k, size_t *out)
{
    long i = gs_words_more(w) ? gs_kernel_state(k, gs_words_now(w)->text) : -1;
    return index_of(w, i, "state of the model", k->n_state, k->state, sizeof *k->state,
                    out);
}

gs_status gs_statement_see(gs_words *w, const gs_kernel *k, size_t *out)
{
    long i = gs_words_more(w) ? gs_kernel_see(k, gs_words_now(w)->text) : -1;
    return index_of(w, i, "observable", k->n_see, k->see, sizeof *k->see, out);
}

gs_status gs_statement_condition(gs_words *w, gs_condition *out)
{
    static const char *const names[] = {"acne", "eczema", "psoriasis", "rosacea"};
    long i = gs_words_more(w) ? gs_condition_find(gs_words_now(w)->text) : -1;
    if (i < 0)
        return gs_words_unknown(w, "condition", GS_N_CONDITION, names);
    *out = (gs_condition)i;
    w->at++;
    return GS_OK;
}

bool gs_statement_flare(const gs_kernel *k, gs_condition c, size_t i, size_t *out_state,
                        double *out_value)
{
    static const struct {
        gs_condition c;
        const char *state;
        double value;
    } flare[] = {{GS_ECZEMA, "Y", 0.9},
                 {GS_ECZEMA, "Bs", 0.45},
                 {GS_PSORIASIS, "K", 0.9},
                 {GS_ROSACEA, "U", 0.9}};
    for (size_t j = 0; j < sizeof flare / sizeof *flare; j++) {
        long s = gs_kernel_state(k, flare[j].state);
        if (flare[j].c != c || s < 0 || i-- > 0)
            continue;
        *out_state = (size_t)s;
        *out_value = flare[j].value;
        return true;
    }
    return false;
}
