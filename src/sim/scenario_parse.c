/* Reading a scenario. docs/scenario.md is the grammar.
 *
 * A statement is a line; one that starts in the first column speaks of everybody, the
 * indented lines under `person` and `diary` of these. A line is a list of words, each
 * with its column, so that every complaint can point at one. Statements are small and
 * regular enough for a reader that looks at one word at a time and never goes back. */
#include "gutskin/date.h"
#include "gutskin/scenario.h"
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    MOST_TEXT = 1 << 20,
    MOST_WORDS = 64,
    MOST_WORD = 120,
    MOST_PEOPLE = 100,
    MOST_DAYS = 36600
};

typedef struct word {
    const char *text;
    long col;
} word;

/* a statement about a lever, in the order of the file */
typedef struct said {
    struct said *next;
    bool varies;
    gs_scenario_change change;
    gs_scenario_vary vary;
} said;

typedef struct who {
    gs_scenario_person p;
    gs_scenario_put *near, *at;
    said *first, **last;
} who;

typedef struct reader {
    gs_arena *a;
    const gs_kernel *k;
    const char *name;
    gs_err *err;
    long line;
    bool indented;
    word w[MOST_WORDS + 1]; /* the last is the empty word that ends a line */
    size_t n_word, at;
    enum { IN_NOTHING, IN_PERSON, IN_DIARY } inside;

    gs_scenario *sc;
    who *people;
    size_t n_people;
    who all; /* what is said of everybody */
    const char **watch;
    size_t n_watch;
    gs_scenario_score *score;
    gs_scenario_note *note;
    const char *diary_person;
    long diary_line;
} reader;

/* ---- words ---- */

static const word *now(const reader *r)
{
    return &r->w[r->at];
}

static bool more(const reader *r)
{
    return r->at < r->n_word;
}

static bool is(const reader *r, const char *text)
{
    return more(r) && strcmp(now(r)->text, text) == 0;
}

/* take the word if it is this one */
static bool take(reader *r, const char *text)
{
    if (!is(r, text))
        return false;
    r->at++;
    return true;
}

static gs_status complain(const reader *r, const char *what)
{
    return gs_fail_at(r->err, GS_EPARSE, r->name, r->line, now(r)->col, NULL, "%s", what);
}

static gs_status out_of_memory(const reader *r)
{
    return gs_fail_at(r->err, GS_ENOMEM, r->name, r->line, 0, NULL, "out of memory");
}

/* `what` is a noun phrase: "expected a number of days here, found "x"" */
static gs_status expected(const reader *r, const char *what)
{
    return gs_fail_at(r->err, GS_EPARSE, r->name, r->line, now(r)->col, NULL,
                      more(r) ? "expected %s here, found \"%s\"" :
                                "expected %s here%s", what, now(r)->text);
}

static gs_status end_of_line(reader *r)
{
    if (!more(r))
        return GS_OK;
    return gs_fail_at(r->err, GS_EPARSE, r->name, r->line, now(r)->col, NULL,
                      "\"%s\" is one word too many; start a new line for a new statement",
                      now(r)->text);
}

/* an unknown name, with the nearest of n known ones */
static gs_status unknown(const reader *r, const char *kind, size_t n,
                         const char *const *names)
{
    long i = gs_text_nearest(now(r)->text, n, names);
    if (i >= 0)
        return gs_fail_at(r->err, GS_EPARSE, r->name, r->line, now(r)->col, NULL,
                          "\"%s\" is no %s; did you mean \"%s\"?", now(r)->text, kind,
                          names[i]);
    return gs_fail_at(r->err, GS_EPARSE, r->name, r->line, now(r)->col, NULL,
                      "\"%s\" is no %s", now(r)->text, kind);
}

/* split text[0..n) into words at blanks and commas; "..." keeps blanks; # ends it */
static gs_status split(reader *r, const char *text, size_t n)
{
    size_t i = 0;
    r->n_word = r->at = 0;
    r->indented = n > 0 && (text[0] == ' ' || text[0] == '\t');
    for (;;) {
        while (i < n && (text[i] == ' ' || text[i] == '\t' || text[i] == ',' ||
                         text[i] == '\r'))
            i++;
        r->w[r->n_word] = (word){"", (long)i + 1};
        if (i >= n || text[i] == '#')
            return GS_OK;
        size_t start = i;
        bool quoted = text[i] == '"';
        if (quoted) {
            const char *close = memchr(text + i + 1, '"', n - i - 1);
            r->at = r->n_word;
            if (!close)
                return complain(r, "this quotation mark is never closed");
            start++;
            i = (size_t)(close - text);
        } else {
            while (i < n && !strchr(" \t,#\r", text[i]))
                i++;
        }
        r->at = r->n_word;
        if (i - start > MOST_WORD)
            return complain(r, "this word is longer than 120 letters");
        if (r->n_word == MOST_WORDS)
            return complain(r, "more than 64 words in one line");
        r->w[r->n_word].text = gs_arena_strndup(r->a, text + start, i - start);
        if (!r->w[r->n_word].text)
            return out_of_memory(r);
        r->n_word++;
        r->at = 0;
        i += quoted;
    }
}

static gs_status number(reader *r, const char *what, double lo, double hi, double *out)
{
    const char *t = now(r)->text;
    if (!more(r) || !gs_text_number(t, strlen(t), false, out))
        return expected(r, what);
    if (!(*out >= lo && *out <= hi))
        return gs_fail_at(r->err, GS_ERANGE, r->name, r->line, now(r)->col, NULL,
                          "%s is outside the range of %s, %g to %g", t, what, lo, hi);
    r->at++;
    return GS_OK;
}

static gs_status whole(reader *r, const char *what, long lo, long hi, long *out)
{
    const char *t = now(r)->text;
    if (!more(r) || !gs_text_long(t, strlen(t), LONG_MIN / 2, LONG_MAX / 2, out))
        return expected(r, what);
    if (*out < lo || *out > hi)
        return gs_fail_at(r->err, GS_ERANGE, r->name, r->line, now(r)->col, NULL,
                          "%s is outside the range of %s, %ld to %ld", t, what, lo, hi);
    r->at++;
    return GS_OK;
}

/* "10%" or "0.1" */
static gs_status share(reader *r, double *out)
{
    const char *t = now(r)->text;
    size_t n = strlen(t);
    bool percent = n && t[n - 1] == '%';
    if (!more(r) || !gs_text_number(t, n - percent, false, out))
        return expected(r, "a share such as 10%");
    if (percent)
        *out /= 100;
    if (!(*out >= 0 && *out <= 0.95))
        return gs_fail_at(r->err, GS_ERANGE, r->name, r->line, now(r)->col, NULL,
                          "%s is outside the range of a share, 0%% to 95%%", t);
    r->at++;
    return GS_OK;
}

/* ---- names of the model ---- */

static const char **names_of(const reader *r, size_t n, const void *first, size_t stride)
{
    const char **names = GS_NEW(r->a, const char *, n + 1);
    for (size_t i = 0; names && i < n; i++)
        memcpy(&names[i], (const char *)first + i * stride, sizeof *names);
    return names; /* every *_info begins with its name */
}

static bool lever_here(const reader *r)
{
    return more(r) && gs_kernel_lever(r->k, now(r)->text) >= 0;
}

static gs_status state_name(reader *r, size_t *out)
{
    long i = more(r) ? gs_kernel_state(r->k, now(r)->text) : -1;
    if (i < 0) {
        const char **n = names_of(r, r->k->n_state, r->k->state, sizeof *r->k->state);
        return n ? unknown(r, "state of the model", r->k->n_state, n) : out_of_memory(r);
    }
    *out = (size_t)i;
    r->at++;
    return GS_OK;
}

static gs_status condition_name(reader *r, size_t *out)
{
    static const char *const names[] = {"acne", "eczema", "psoriasis", "rosacea"};
    long i = more(r) ? gs_condition_find(now(r)->text) : -1;
    if (i < 0)
        return unknown(r, "condition", GS_N_CONDITION, names);
    *out = (size_t)i;
    r->at++;
    return GS_OK;
}

/* ---- levers ---- */

/* the unit after a number, if there is one: the lever's own, "/d" may be left out */
static gs_status unit(reader *r, const char *own)
{
    static const char *const next[] = {"from", "to", "every", "for"};
    char u[MOST_WORD + 4];
    if (!more(r))
        return GS_OK;
    for (size_t i = 0; i < sizeof next / sizeof *next; i++)
        if (is(r, next[i]))
            return GS_OK;
    snprintf(u, sizeof u, "%s/d", now(r)->text);
    if (!gs_text_same(now(r)->text, own) && !gs_text_same(u, own))
        return gs_fail_at(r->err, GS_EPARSE, r->name, r->line, now(r)->col, NULL,
                          "\"%s\" is not the unit of this lever, which is [%s]",
                          now(r)->text, own);
    r->at++;
    return GS_OK;
}

static gs_status day(reader *r, long *out)
{
    take(r, "day");
    return whole(r, "a day", 1, MOST_DAYS, out);
}

/* from day A, to day B, every N days, for M days: in any order, each once */
static gs_status when(reader *r, gs_scenario_change *c)
{
    long hold = 0;
    while (more(r)) {
        if (take(r, "from")) {
            GS_TRY(day(r, &c->from));
        } else if (take(r, "to")) {
            GS_TRY(day(r, &c->to));
        } else if (take(r, "every")) {
            GS_TRY(whole(r, "a number of days", 1, MOST_DAYS, &c->every));
            take(r, "days");
        } else if (take(r, "for")) {
            GS_TRY(whole(r, "a number of days", 1, MOST_DAYS, &hold));
            if (!take(r, "days"))
                take(r, "day");
        } else {
            return expected(r, "\"from\", \"to\", \"every\" or \"for\"");
        }
    }
    if (c->every > 0) {
        c->hold = hold > 0 ? hold : 1;
        if (c->from == 0)
            c->from = 1;
    } else if (hold > 0) {
        if (c->from == 0 || c->to != 0)
            return complain(r, "\"for M days\" goes with \"from day A\" and not with "
                               "\"to day B\"");
        c->to = c->from + hold - 1;
    }
    if (c->to != 0 && c->from == 0)
        c->from = 1;
    if (c->to != 0 && c->to < c->from)
        return complain(r, "the last day comes before the first");
    return GS_OK;
}

static gs_status keep(reader *r, who *p, said x)
{
    said *s = GS_NEW(r->a, said, 1);
    if (!s)
        return out_of_memory(r);
    *s = x;
    *p->last = s;
    p->last = &s->next;
    return GS_OK;
}

static gs_status vary_statement(reader *r, who *p, size_t lever)
{
    const gs_lever_info *l = &r->k->lever[lever];
    gs_scenario_vary v = {.lever = lever, .memory = 0.5};
    if (!take(r, "sd"))
        return expected(r, "\"sd\"");
    GS_TRY(number(r, "the sd of a lever", 0, l->hi - l->lo, &v.sd));
    if (take(r, "memory"))
        GS_TRY(number(r, "a memory", 0, 0.99, &v.memory));
    GS_TRY(end_of_line(r));
    return keep(r, p, (said){.varies = true, .vary = v});
}

/* LEVER ... of everybody or of one person */
static gs_status lever_statement(reader *r, who *p)
{
    size_t i = (size_t)gs_kernel_lever(r->k, now(r)->text);
    const gs_lever_info *l = &r->k->lever[i];
    gs_scenario_change c = {.lever = i};
    r->at++;
    if (take(r, "varies"))
        return vary_statement(r, p, i);
    bool ramp = take(r, "ramp");
    GS_TRY(number(r, l->name, l->lo, l->hi, &c.value));
    c.value_end = c.value;
    if (ramp) {
        if (!take(r, "to"))
            return expected(r, "\"to\"");
        GS_TRY(number(r, l->name, l->lo, l->hi, &c.value_end));
    }
    GS_TRY(unit(r, l->unit));
    GS_TRY(when(r, &c));
    if (ramp && (c.every || c.from == 0 || c.to == 0))
        return complain(r, "a ramp wants \"from day A to day B\"");
    return keep(r, p, (said){.change = c});
}

/* ---- people ---- */

static gs_status make_lists(reader *r, who *p)
{
    p->last = &p->first;
    p->near = GS_NEW(r->a, gs_scenario_put, r->k->n_state);
    p->at = GS_NEW(r->a, gs_scenario_put, r->k->n_state);
    p->p.par = GS_NEW(r->a, double, r->k->n_par + 1);
    if (!p->near || !p->at || !p->p.par)
        return out_of_memory(r);
    for (size_t i = 0; i < r->k->n_par; i++)
        p->p.par[i] = r->k->par[i].value;
    p->p.settle = true;
    return GS_OK;
}

/* somebody who has the condition is in the middle of its prior */
static void give_condition(reader *r, who *p, size_t c)
{
    char name[64];
    snprintf(name, sizeof name, "risk_%s", gs_condition_name((gs_condition)c));
    long i = gs_kernel_par(r->k, name);
    p->p.has[c] = true;
    if (i < 0)
        return;
    const gs_dist *d = &r->k->par[i].prior;
    if (d->kind == GS_DIST_NORMAL || d->kind == GS_DIST_LOGNORMAL)
        p->p.par[i] = d->a;
}

static gs_status person_statement(reader *r)
{
    if (r->n_people == MOST_PEOPLE)
        return complain(r, "more than 100 people");
    if (!more(r))
        return expected(r, "a name");
    for (size_t i = 0; i < r->n_people; i++)
        if (is(r, r->people[i].p.name))
            return complain(r, "there is a person of this name already");
    who *p = &r->people[r->n_people];
    GS_TRY(make_lists(r, p));
    p->p.name = now(r)->text;
    r->at++;
    while (more(r)) {
        size_t c = 0;
        GS_TRY(condition_name(r, &c));
        give_condition(r, p, c);
    }
    r->n_people++;
    r->inside = IN_PERSON;
    return GS_OK;
}

static gs_status put(reader *r, gs_scenario_put *list, size_t *n)
{
    gs_scenario_put x;
    GS_TRY(state_name(r, &x.state));
    const gs_state_info *s = &r->k->state[x.state];
    GS_TRY(number(r, s->name, s->lo, s->hi, &x.value));
    for (size_t i = 0; i < *n; i++)
        if (list[i].state == x.state) {
            list[i] = x;
            return GS_OK;
        }
    list[(*n)++] = x;
    return GS_OK;
}

/* where each condition's flare is looked for; found only if the person has that branch */
static gs_status start_flare(reader *r, who *p)
{
    static const struct {
        gs_condition c;
        const char *state;
        double value;
    } flare[] = {{GS_ECZEMA, "Y", 0.9}, {GS_ECZEMA, "Bs", 0.45}, {GS_PSORIASIS, "K", 0.9},
                 {GS_ROSACEA, "U", 0.9}};
    bool any = false;
    for (size_t i = 0; i < sizeof flare / sizeof *flare; i++) {
        long s = gs_kernel_state(r->k, flare[i].state);
        if (!p->p.has[flare[i].c] || s < 0)
            continue;
        p->near[p->p.n_near++] = (gs_scenario_put){(size_t)s, flare[i].value};
        any = true;
    }
    return any ? GS_OK : complain(r, "only eczema, psoriasis and rosacea (through "
                                     "overgrowth) have a flare to start in; name one of "
                                     "them after the person, or say \"start near\"");
}

static gs_status start_statement(reader *r, who *p)
{
    if (take(r, "settled"))
        return end_of_line(r);
    if (take(r, "model")) {
        p->p.settle = false;
        return end_of_line(r);
    }
    if (take(r, "flare")) {
        GS_TRY(end_of_line(r));
        return start_flare(r, p);
    }
    bool near = take(r, "near");
    if (!near && !take(r, "at"))
        return expected(r, "\"settled\", \"flare\", \"model\", \"near\" or \"at\"");
    do
        GS_TRY(put(r, near ? p->near : p->at, near ? &p->p.n_near : &p->p.n_at));
    while (more(r));
    return GS_OK;
}

static gs_status person_line(reader *r, who *p)
{
    if (take(r, "start"))
        return start_statement(r, p);
    if (lever_here(r))
        return lever_statement(r, p);
    long i = gs_kernel_par(r->k, now(r)->text);
    if (i < 0) {
        size_t np = r->k->n_par, nl = r->k->n_lever;
        const char **n = GS_NEW(r->a, const char *, np + nl + 1);
        if (!n)
            return out_of_memory(r);
        for (size_t j = 0; j < np + nl; j++)
            n[j] = j < np ? r->k->par[j].name : r->k->lever[j - np].name;
        n[np + nl] = "start";
        return unknown(r, "lever or parameter of the model", np + nl + 1, n);
    }
    r->at++;
    const gs_par_info *q = &r->k->par[i];
    GS_TRY(number(r, q->name, q->lo, q->hi, &p->p.par[i]));
    return end_of_line(r);
}

/* ---- the diary ---- */

static gs_status channel_name(reader *r, gs_channel_kind kind, const gs_channel **out)
{
    *out = more(r) ? gs_channel_find(now(r)->text) : NULL;
    if (!*out || (*out)->kind != kind) {
        const char *near = more(r) ? gs_channel_nearest(now(r)->text) : NULL;
        return gs_fail_at(r->err, GS_EPARSE, r->name, r->line, now(r)->col, NULL,
                          "\"%s\" is no %s that a diary can hold%s%s%s", now(r)->text,
                          kind == GS_CHANNEL_OUTCOME ? "score" : "lever",
                          near && !*out ? "; did you mean \"" : "",
                          near && !*out ? near : "", near && !*out ? "\"?" : "");
    }
    r->at++;
    return GS_OK;
}

static gs_status note_statement(reader *r)
{
    gs_scenario_diary *d = &r->sc->diary;
    while (more(r)) {
        gs_scenario_note n = {0};
        GS_TRY(channel_name(r, GS_CHANNEL_LEVER, &n.channel));
        long l = gs_kernel_lever(r->k, n.channel->lever);
        if (l < 0 || n.channel->to_lever_a == 0)
            return complain(r, "this model has no such lever");
        n.lever = (size_t)l;
        if (take(r, "to"))
            GS_TRY(number(r, "a rounding", 0, 1000, &n.step));
        if (take(r, "missing"))
            GS_TRY(share(r, &n.missing));
        if (d->n_note == MOST_WORDS)
            return complain(r, "too many levers to note");
        r->note[d->n_note++] = n;
    }
    return GS_OK;
}

static gs_status score_options(reader *r, gs_scenario_score *s)
{
    while (more(r)) {
        if (take(r, "usual")) {
            GS_TRY(number(r, "the usual score", s->scale->lo, s->scale->hi, &s->usual));
        } else if (take(r, "slope")) {
            GS_TRY(number(r, "a slope", -100, 100, &s->slope));
        } else if (take(r, "noise")) {
            GS_TRY(number(r, "a noise", 0, 100, &s->noise));
        } else if (take(r, "missing")) {
            GS_TRY(share(r, &s->missing));
        } else if (take(r, "wander")) {
            GS_TRY(number(r, "a wandering", 0, 100, &s->wander));
            if (take(r, "over")) {
                GS_TRY(number(r, "a number of days", 0.1, 1000, &s->days));
                take(r, "days");
            }
        } else if (take(r, "on")) {
            long i = more(r) ? gs_kernel_see(r->k, now(r)->text) : -1;
            if (i < 0) {
                const char **n = names_of(r, r->k->n_see, r->k->see, sizeof *r->k->see);
                return n ? unknown(r, "observable", r->k->n_see, n) : out_of_memory(r);
            }
            s->see = (size_t)i;
            r->at++;
        } else {
            return expected(r, "\"usual\", \"slope\", \"wander\", \"noise\", \"missing\" or "
                               "\"on\"");
        }
    }
    return GS_OK;
}

/* defaults: the middle of what inference expects, docs/notes/links.md */
static gs_scenario_score usual_score(const gs_scale *s)
{
    bool log_link = s->kind == GS_SCALE_POSITIVE || s->kind == GS_SCALE_COUNT;
    gs_scenario_score x = {.scale = s, .days = 8, .see = SIZE_MAX};
    x.slope = s->worse < 0 ? -s->slope : s->slope;
    x.wander = s->kind == GS_SCALE_ORDERED ? 1.5 : log_link ? 0.4 : 0.6;
    x.noise = s->kind == GS_SCALE_ORDERED ? 0.5 : log_link ? 0.2 : 0.25;
    x.usual = log_link ? 0.1 * s->hi : s->lo + 0.3 * (s->hi - s->lo);
    return x;
}

static gs_status score_statement(reader *r)
{
    gs_scenario_diary *d = &r->sc->diary;
    const gs_channel *c;
    GS_TRY(channel_name(r, GS_CHANNEL_OUTCOME, &c));
    const gs_scale *s = more(r) ? gs_scale_find(now(r)->text) : NULL;
    if (s)
        r->at++;
    else
        s = gs_scale_find(c->scale);
    if (!s)
        return expected(r, "a scale such as 0-10");
    if (d->n_score == MOST_WORDS)
        return complain(r, "too many scores");
    gs_scenario_score *x = &r->score[d->n_score];
    *x = usual_score(s);
    x->channel = c;
    if (*c->see && gs_kernel_see(r->k, c->see) >= 0)
        x->see = (size_t)gs_kernel_see(r->k, c->see);
    GS_TRY(score_options(r, x));
    d->n_score++;
    return GS_OK;
}

static gs_status diary_line(reader *r)
{
    static const char *const words[] = {"starts", "score", "note", "missing", "gap"};
    gs_scenario_diary *d = &r->sc->diary;
    if (take(r, "note"))
        return note_statement(r);
    if (take(r, "score"))
        return score_statement(r);
    if (take(r, "missing")) {
        GS_TRY(share(r, &d->missing));
        return end_of_line(r);
    }
    if (take(r, "gap")) {
        GS_TRY(whole(r, "a number of days", 1, 365, &d->gap_days));
        take(r, "days");
        d->n_gap = 1;
        if (more(r)) {
            GS_TRY(whole(r, "a number of gaps", 1, 100, &d->n_gap));
            take(r, "times");
        }
        return end_of_line(r);
    }
    if (take(r, "starts")) {
        if (!more(r) || !gs_date_parse(now(r)->text, strlen(now(r)->text), GS_DATE_ISO,
                                       &d->day0))
            return expected(r, "a date such as 2025-01-06");
        r->at++;
        return end_of_line(r);
    }
    return unknown(r, "statement of a diary", sizeof words / sizeof *words, words);
}

static gs_status diary_statement(reader *r)
{
    if (r->sc->diary.wanted)
        return complain(r, "a scenario makes one diary");
    r->sc->diary.wanted = true;
    r->sc->diary.day0 = gs_date_day(2025, 1, 6);
    r->diary_line = r->line;
    if (more(r)) {
        r->diary_person = now(r)->text;
        r->at++;
    }
    r->inside = IN_DIARY;
    return end_of_line(r);
}

/* ---- lines ---- */

static gs_status watch_statement(reader *r)
{
    if (!more(r))
        return expected(r, "what to watch");
    for (; more(r); r->at++) {
        if (gs_kernel_see(r->k, now(r)->text) < 0 &&
            gs_kernel_state(r->k, now(r)->text) < 0) {
            const char **n = names_of(r, r->k->n_see, r->k->see, sizeof *r->k->see);
            return n ? unknown(r, "observable or state", r->k->n_see, n) : out_of_memory(r);
        }
        if (r->n_watch == MOST_WORDS)
            return complain(r, "more than 64 things to watch");
        r->watch[r->n_watch++] = now(r)->text;
    }
    return GS_OK;
}

static gs_status unknown_statement(reader *r)
{
    static const char *const words[] = {"scenario", "days", "seed", "person", "watch",
                                        "diary"};
    size_t n_word = sizeof words / sizeof *words, nl = r->k->n_lever;
    const char **n = GS_NEW(r->a, const char *, n_word + nl);
    if (!n)
        return out_of_memory(r);
    for (size_t i = 0; i < n_word + nl; i++)
        n[i] = i < n_word ? words[i] : r->k->lever[i - n_word].name;
    if (gs_kernel_par(r->k, now(r)->text) >= 0)
        return complain(r, "a parameter belongs to a person; indent this line under "
                           "\"person NAME\"");
    return unknown(r, "statement or lever", n_word + nl, n);
}

static gs_status top_line(reader *r)
{
    long v;
    r->inside = IN_NOTHING;
    if (take(r, "scenario")) {
        if (!more(r))
            return expected(r, "a title in quotation marks");
        r->sc->title = now(r)->text;
        r->at++;
        return end_of_line(r);
    }
    if (take(r, "days")) {
        GS_TRY(whole(r, "a number of days", 1, MOST_DAYS, &v));
        r->sc->n_day = (size_t)v;
        return end_of_line(r);
    }
    if (take(r, "seed")) {
        GS_TRY(whole(r, "a seed", 0, LONG_MAX / 4, &v));
        r->sc->seed = (uint64_t)v;
        return end_of_line(r);
    }
    if (take(r, "watch"))
        return watch_statement(r);
    if (take(r, "person"))
        return person_statement(r);
    if (take(r, "diary"))
        return diary_statement(r);
    if (lever_here(r))
        return lever_statement(r, &r->all);
    return unknown_statement(r);
}

static gs_status a_line(reader *r, const char *text, size_t n)
{
    GS_TRY(split(r, text, n));
    if (r->n_word == 0)
        return GS_OK;
    if (!r->indented)
        return top_line(r);
    if (r->inside == IN_PERSON)
        return person_line(r, &r->people[r->n_people - 1]);
    if (r->inside == IN_DIARY)
        return diary_line(r);
    return complain(r, "an indented line belongs under \"person\" or \"diary\"; start in "
                       "the first column otherwise");
}

/* ---- putting it together ---- */

/* append the statements of a list to a person's */
static void gather(const said *s, gs_scenario_person *p, gs_scenario_change *c,
                   gs_scenario_vary *v)
{
    for (; s; s = s->next)
        if (s->varies)
            v[p->n_vary++] = s->vary;
        else
            c[p->n_change++] = s->change;
}

/* what is said of everybody, then what is said of this one */
static gs_status finish_person(reader *r, who *p)
{
    size_t n = 0;
    for (const said *s = r->all.first; s; s = s->next)
        n++;
    for (const said *s = p->first; s; s = s->next)
        n++;
    gs_scenario_change *c = GS_NEW(r->a, gs_scenario_change, n + 1);
    gs_scenario_vary *v = GS_NEW(r->a, gs_scenario_vary, n + 1);
    if (!c || !v)
        return out_of_memory(r);
    gather(r->all.first, &p->p, c, v);
    gather(p->first, &p->p, c, v);
    p->p.change = c;
    p->p.vary = v;
    p->p.near = p->near;
    p->p.at = p->at;
    return GS_OK;
}

/* what is watched when the file does not say: the signals of the conditions named */
static void watch_signals(reader *r)
{
    char name[64];
    bool any = false, has[GS_N_CONDITION] = {false};
    for (size_t i = 0; i < r->n_people; i++)
        for (size_t c = 0; c < GS_N_CONDITION; c++)
            any |= has[c] |= r->people[i].p.has[c];
    for (size_t c = 0; c < GS_N_CONDITION; c++) {
        snprintf(name, sizeof name, "signal_%s", gs_condition_name((gs_condition)c));
        long i = gs_kernel_see(r->k, name);
        if (i >= 0 && (has[c] || !any))
            r->watch[r->n_watch++] = r->k->see[i].name;
    }
    for (size_t i = 0; r->n_watch == 0 && i < r->k->n_see && i < MOST_WORDS; i++)
        r->watch[r->n_watch++] = r->k->see[i].name;
}

/* the signal a score without one of its own follows: that of the person's condition */
static gs_status finish_scores(reader *r)
{
    gs_scenario_diary *d = &r->sc->diary;
    for (size_t i = 0; i < d->n_score; i++) {
        const gs_scenario_person *p = &r->people[d->person].p;
        for (size_t c = 0; c < GS_N_CONDITION && r->score[i].see == SIZE_MAX; c++) {
            char name[64];
            snprintf(name, sizeof name, "signal_%s", gs_condition_name((gs_condition)c));
            long see = gs_kernel_see(r->k, name);
            if (p->has[c] && see >= 0)
                r->score[i].see = (size_t)see;
        }
        if (r->score[i].see == SIZE_MAX)
            return gs_fail_at(r->err, GS_EPARSE, r->name, r->diary_line, 1, NULL,
                              "the score \"%s\" follows no condition; name the person's, "
                              "or say \"on OBSERVABLE\"", r->score[i].channel->name);
    }
    d->score = r->score;
    d->note = r->note;
    return GS_OK;
}

static gs_status finish_diary(reader *r)
{
    gs_scenario_diary *d = &r->sc->diary;
    if (!d->wanted)
        return GS_OK;
    for (size_t i = 0; r->diary_person; i++) {
        if (i == r->n_people)
            return gs_fail_at(r->err, GS_EPARSE, r->name, r->diary_line, 7, NULL,
                              "the diary is of \"%s\", and there is no such person",
                              r->diary_person);
        if (strcmp(r->people[i].p.name, r->diary_person) == 0) {
            d->person = i;
            break;
        }
    }
    if (d->n_score + d->n_note == 0)
        return gs_fail_at(r->err, GS_EPARSE, r->name, r->diary_line, 1, NULL,
                          "this diary would be empty; say \"score\" and \"note\" under it");
    return finish_scores(r);
}

static gs_status finish(reader *r)
{
    if (r->n_people == 0) {
        who *p = &r->people[r->n_people++];
        GS_TRY(make_lists(r, p));
        p->p.name = "typical adult";
    }
    gs_scenario_person *people = GS_NEW(r->a, gs_scenario_person, r->n_people);
    if (!people)
        return out_of_memory(r);
    if (r->n_watch == 0)
        watch_signals(r);
    GS_TRY(finish_diary(r));
    for (size_t i = 0; i < r->n_people; i++) {
        GS_TRY(finish_person(r, &r->people[i]));
        people[i] = r->people[i].p;
    }
    r->sc->person = people;
    r->sc->n_person = r->n_people;
    r->sc->watch = r->watch;
    r->sc->n_watch = r->n_watch;
    return GS_OK;
}

static gs_status begin(reader *r)
{
    r->sc = GS_NEW(r->a, gs_scenario, 1);
    r->people = GS_NEW(r->a, who, MOST_PEOPLE);
    r->watch = GS_NEW(r->a, const char *, MOST_WORDS + 1);
    r->score = GS_NEW(r->a, gs_scenario_score, MOST_WORDS);
    r->note = GS_NEW(r->a, gs_scenario_note, MOST_WORDS);
    if (!r->sc || !r->people || !r->watch || !r->score || !r->note)
        return out_of_memory(r);
    r->sc->title = "";
    r->sc->n_day = 100;
    r->sc->seed = 1;
    return make_lists(r, &r->all);
}

gs_status gs_scenario_parse(gs_arena *a, const gs_kernel *k, const char *name,
                            const char *text, size_t n, gs_scenario **out, gs_err *err)
{
    reader *r = GS_NEW(a, reader, 1);
    size_t bad;
    if (!r)
        return gs_fail_at(err, GS_ENOMEM, name, 0, 0, NULL, "out of memory");
    *r = (reader){.a = a, .k = k, .name = name, .err = err};
    if (n > MOST_TEXT)
        return gs_fail_at(err, GS_EPARSE, name, 0, 0, NULL,
                          "a scenario may have 1 MiB; this has %zu bytes", n);
    if (!gs_text_utf8(text, n, &bad))
        return gs_fail_at(err, GS_EPARSE, name, 0, 0, NULL,
                          "byte %zu is not UTF-8 text; is this a scenario?", bad + 1);
    GS_TRY(begin(r));
    for (size_t at = 0; at < n;) {
        const char *end = memchr(text + at, '\n', n - at);
        size_t len = end ? (size_t)(end - (text + at)) : n - at;
        r->line++;
        GS_TRY(a_line(r, text + at, len));
        at += len + 1;
    }
    GS_TRY(finish(r));
    *out = r->sc;
    return GS_OK;
}
