/* Reading a scenario. docs/scenario.md is the grammar.
 *
 * A statement is a line; one that starts in the first column speaks of everybody, the
 * indented lines under `person` and `diary` of these. A line is a list of words, each
 * with its column, so that every complaint can point at one. Statements are small and
 * regular enough for a reader that looks at one word at a time and never goes back. */
#include "gutskin/scenario.h"

#include "base/words.h"
#include "gutskin/date.h"
#include "sim/statement.h"
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { MOST_WORDS = GS_WORDS_MOST, MOST_PEOPLE = 100, MOST_DAYS = 36600 };

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
    gs_words w;
    const gs_kernel *k;
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

/* ---- levers ---- */

static gs_status keep(reader *r, who *p, said x)
{
    said *s = GS_NEW(r->w.a, said, 1);
    if (!s)
        return gs_words_no_memory(&r->w);
    *s = x;
    *p->last = s;
    p->last = &s->next;
    return GS_OK;
}

static gs_status vary_statement(reader *r, who *p, size_t lever)
{
    const gs_lever_info *l = &r->k->lever[lever];
    gs_scenario_vary v = {.lever = lever, .memory = 0.5};
    if (!gs_words_take(&r->w, "sd"))
        return gs_words_expected(&r->w, "\"sd\"");
    GS_TRY(gs_words_number(&r->w, "the sd of a lever", 0, l->hi - l->lo, &v.sd));
    if (gs_words_take(&r->w, "memory"))
        GS_TRY(gs_words_number(&r->w, "a memory", 0, 0.99, &v.memory));
    GS_TRY(gs_words_end(&r->w));
    return keep(r, p, (said){.varies = true, .vary = v});
}

/* LEVER ... of everybody or of one person */
static gs_status lever_statement(reader *r, who *p)
{
    size_t i = (size_t)gs_kernel_lever(r->k, gs_words_now(&r->w)->text);
    const gs_lever_info *l = &r->k->lever[i];
    gs_scenario_change c = {.lever = i};
    r->w.at++;
    if (gs_words_take(&r->w, "varies"))
        return vary_statement(r, p, i);
    bool ramp = gs_words_take(&r->w, "ramp");
    GS_TRY(gs_words_number(&r->w, l->name, l->lo, l->hi, &c.value));
    c.value_end = c.value;
    if (ramp) {
        if (!gs_words_take(&r->w, "to"))
            return gs_words_expected(&r->w, "\"to\"");
        GS_TRY(gs_words_number(&r->w, l->name, l->lo, l->hi, &c.value_end));
    }
    GS_TRY(gs_statement_unit(&r->w, l->unit));
    gs_statement_days d = {0};
    GS_TRY(gs_statement_when(&r->w, &d));
    c.from = d.from;
    c.to = d.to;
    c.every = d.every;
    c.hold = d.hold;
    if (ramp && (c.every || c.from == 0 || c.to == 0))
        return gs_words_complain(&r->w, "a ramp wants \"from day A to day B\"");
    return keep(r, p, (said){.change = c});
}

/* ---- people ---- */

static gs_status make_lists(reader *r, who *p)
{
    p->last = &p->first;
    p->near = GS_NEW(r->w.a, gs_scenario_put, r->k->n_state);
    p->at = GS_NEW(r->w.a, gs_scenario_put, r->k->n_state);
    p->p.par = GS_NEW(r->w.a, double, r->k->n_par + 1);
    p->p.said = GS_NEW(r->w.a, bool, r->k->n_par + 1);
    if (!p->near || !p->at || !p->p.par || !p->p.said)
        return gs_words_no_memory(&r->w);
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
        return gs_words_complain(&r->w, "more than 100 people");
    if (!gs_words_more(&r->w))
        return gs_words_expected(&r->w, "a name");
    for (size_t i = 0; i < r->n_people; i++)
        if (gs_words_is(&r->w, r->people[i].p.name))
            return gs_words_complain(&r->w, "there is a person of this name already");
    who *p = &r->people[r->n_people];
    GS_TRY(make_lists(r, p));
    p->p.name = gs_words_now(&r->w)->text;
    r->w.at++;
    while (gs_words_more(&r->w)) {
        gs_condition c;
        GS_TRY(gs_statement_condition(&r->w, &c));
        give_condition(r, p, (size_t)c);
    }
    r->n_people++;
    r->inside = IN_PERSON;
    return GS_OK;
}

static gs_status put(reader *r, gs_scenario_put *list, size_t *n)
{
    gs_scenario_put x;
    GS_TRY(gs_statement_state(&r->w, r->k, &x.state));
    const gs_state_info *s = &r->k->state[x.state];
    GS_TRY(gs_words_number(&r->w, s->name, s->lo, s->hi, &x.value));
    for (size_t i = 0; i < *n; i++)
        if (list[i].state == x.state) {
            list[i] = x;
            return GS_OK;
        }
    list[(*n)++] = x;
    return GS_OK;
}

static gs_status start_flare(reader *r, who *p)
{
    bool any = false;
    for (size_t c = 0; c < GS_N_CONDITION; c++) {
        gs_scenario_put x;
        for (size_t i = 0; p->p.has[c] && gs_statement_flare(r->k, (gs_condition)c, i,
                                                             &x.state, &x.value);
             i++) {
            p->near[p->p.n_near++] = x;
            any = true;
        }
    }
    return any ? GS_OK
               : gs_words_complain(&r->w,
                                   "only eczema, psoriasis and rosacea (through "
                                   "overgrowth) have a flare to start in; name one of "
                                   "them after the person, or say \"start near\"");
}

static gs_status start_statement(reader *r, who *p)
{
    if (gs_words_take(&r->w, "settled"))
        return gs_words_end(&r->w);
    if (gs_words_take(&r->w, "model")) {
        p->p.settle = false;
        return gs_words_end(&r->w);
    }
    if (gs_words_take(&r->w, "flare")) {
        GS_TRY(gs_words_end(&r->w));
        return start_flare(r, p);
    }
    bool near = gs_words_take(&r->w, "near");
    if (!near && !gs_words_take(&r->w, "at"))
        return gs_words_expected(
            &r->w, "\"settled\", \"flare\", \"model\", \"near\" or \"at\"");
    do
        GS_TRY(put(r, near ? p->near : p->at, near ? &p->p.n_near : &p->p.n_at));
    while (gs_words_more(&r->w));
    return GS_OK;
}

static gs_status person_line(reader *r, who *p)
{
    if (gs_words_take(&r->w, "start"))
        return start_statement(r, p);
    if (gs_statement_lever_here(&r->w, r->k))
        return lever_statement(r, p);
    long i = gs_kernel_par(r->k, gs_words_now(&r->w)->text);
    if (i < 0) {
        size_t np = r->k->n_par, nl = r->k->n_lever;
        const char **n = GS_NEW(r->w.a, const char *, np + nl + 1);
        if (!n)
            return gs_words_no_memory(&r->w);
        for (size_t j = 0; j < np + nl; j++)
            n[j] = j < np ? r->k->par[j].name : r->k->lever[j - np].name;
        n[np + nl] = "start";
        return gs_words_unknown(&r->w, "lever or parameter of the model", np + nl + 1,
                                n);
    }
    r->w.at++;
    const gs_par_info *q = &r->k->par[i];
    GS_TRY(gs_words_number(&r->w, q->name, q->lo, q->hi, &p->p.par[i]));
    p->p.said[i] = true;
    return gs_words_end(&r->w);
}

/* ---- the diary ---- */

static gs_status channel_name(reader *r, gs_channel_kind kind, const gs_channel **out)
{
    *out = gs_words_more(&r->w) ? gs_channel_find(gs_words_now(&r->w)->text) : NULL;
    if (!*out || (*out)->kind != kind) {
        const char *near =
            gs_words_more(&r->w) ? gs_channel_nearest(gs_words_now(&r->w)->text) : NULL;
        return gs_fail_at(
            r->w.err, GS_EPARSE, r->w.name, r->w.line, gs_words_now(&r->w)->col, NULL,
            "\"%s\" is no %s that a diary can hold%s%s%s", gs_words_now(&r->w)->text,
            kind == GS_CHANNEL_OUTCOME ? "score" : "lever",
            near && !*out ? "; did you mean \"" : "", near && !*out ? near : "",
            near && !*out ? "\"?" : "");
    }
    r->w.at++;
    return GS_OK;
}

static gs_status note_statement(reader *r)
{
    gs_scenario_diary *d = &r->sc->diary;
    while (gs_words_more(&r->w)) {
        gs_scenario_note n = {0};
        GS_TRY(channel_name(r, GS_CHANNEL_LEVER, &n.channel));
        long l = gs_kernel_lever(r->k, n.channel->lever);
        if (l < 0 || n.channel->to_lever_a == 0)
            return gs_words_complain(&r->w, "this model has no such lever");
        n.lever = (size_t)l;
        if (gs_words_take(&r->w, "to"))
            GS_TRY(gs_words_number(&r->w, "a rounding", 0, 1000, &n.step));
        if (gs_words_take(&r->w, "missing"))
            GS_TRY(gs_words_share(&r->w, 0.95, &n.missing));
        if (d->n_note == MOST_WORDS)
            return gs_words_complain(&r->w, "too many levers to note");
        r->note[d->n_note++] = n;
    }
    return GS_OK;
}

static gs_status score_options(reader *r, gs_scenario_score *s)
{
    while (gs_words_more(&r->w)) {
        if (gs_words_take(&r->w, "usual")) {
            GS_TRY(gs_words_number(&r->w, "the usual score", s->scale->lo, s->scale->hi,
                                   &s->usual));
        } else if (gs_words_take(&r->w, "slope")) {
            GS_TRY(gs_words_number(&r->w, "a slope", -100, 100, &s->slope));
        } else if (gs_words_take(&r->w, "noise")) {
            GS_TRY(gs_words_number(&r->w, "a noise", 0, 100, &s->noise));
        } else if (gs_words_take(&r->w, "missing")) {
            GS_TRY(gs_words_share(&r->w, 0.95, &s->missing));
        } else if (gs_words_take(&r->w, "wander")) {
            GS_TRY(gs_words_number(&r->w, "a wandering", 0, 100, &s->wander));
            if (gs_words_take(&r->w, "over")) {
                GS_TRY(gs_words_number(&r->w, "a number of days", 0.1, 1000, &s->days));
                gs_words_take(&r->w, "days");
            }
        } else if (gs_words_take(&r->w, "on")) {
            GS_TRY(gs_statement_see(&r->w, r->k, &s->see));
        } else {
            return gs_words_expected(
                &r->w, "\"usual\", \"slope\", \"wander\", \"noise\", \"missing\" or "
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
    const gs_scale *s =
        gs_words_more(&r->w) ? gs_scale_find(gs_words_now(&r->w)->text) : NULL;
    if (s)
        r->w.at++;
    else
        s = gs_scale_find(c->scale);
    if (!s)
        return gs_words_expected(&r->w, "a scale such as 0-10");
    if (d->n_score == MOST_WORDS)
        return gs_words_complain(&r->w, "too many scores");
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
    if (gs_words_take(&r->w, "note"))
        return note_statement(r);
    if (gs_words_take(&r->w, "score"))
        return score_statement(r);
    if (gs_words_take(&r->w, "missing")) {
        GS_TRY(gs_words_share(&r->w, 0.95, &d->missing));
        return gs_words_end(&r->w);
    }
    if (gs_words_take(&r->w, "gap")) {
        GS_TRY(gs_words_whole(&r->w, "a number of days", 1, 365, &d->gap_days));
        gs_words_take(&r->w, "days");
        d->n_gap = 1;
        if (gs_words_more(&r->w)) {
            GS_TRY(gs_words_whole(&r->w, "a number of gaps", 1, 100, &d->n_gap));
            gs_words_take(&r->w, "times");
        }
        return gs_words_end(&r->w);
    }
    if (gs_words_take(&r->w, "starts")) {
        if (!gs_words_more(&r->w) ||
            !gs_date_parse(gs_words_now(&r->w)->text, strlen(gs_words_now(&r->w)->text),
                           GS_DATE_ISO, &d->day0))
            return gs_words_expected(&r->w, "a date such as 2025-01-06");
        r->w.at++;
        return gs_words_end(&r->w);
    }
    return gs_words_unknown(&r->w, "statement of a diary", sizeof words / sizeof *words,
                            words);
}

static gs_status diary_statement(reader *r)
{
    if (r->sc->diary.wanted)
        return gs_words_complain(&r->w, "a scenario makes one diary");
    r->sc->diary.wanted = true;
    r->sc->diary.day0 = gs_date_day(2025, 1, 6);
    r->diary_line = r->w.line;
    if (gs_words_more(&r->w)) {
        r->diary_person = gs_words_now(&r->w)->text;
        r->w.at++;
    }
    r->inside = IN_DIARY;
    return gs_words_end(&r->w);
}

/* ---- lines ---- */

static gs_status watch_statement(reader *r)
{
    if (!gs_words_more(&r->w))
        return gs_words_expected(&r->w, "what to watch");
    for (; gs_words_more(&r->w); r->w.at++) {
        if (gs_kernel_see(r->k, gs_words_now(&r->w)->text) < 0 &&
            gs_kernel_state(r->k, gs_words_now(&r->w)->text) < 0) {
            const char **n =
                gs_statement_names(r->w.a, r->k->n_see, r->k->see, sizeof *r->k->see);
            return n ? gs_words_unknown(&r->w, "observable or state", r->k->n_see, n)
                     : gs_words_no_memory(&r->w);
        }
        if (r->n_watch == MOST_WORDS)
            return gs_words_complain(&r->w, "more than 64 things to watch");
        r->watch[r->n_watch++] = gs_words_now(&r->w)->text;
    }
    return GS_OK;
}

static gs_status unknown_statement(reader *r)
{
    static const char *const words[] = {"scenario", "days", "seed", "person", "watch",
                                        "diary"};
    size_t n_word = sizeof words / sizeof *words, nl = r->k->n_lever;
    const char **n = GS_NEW(r->w.a, const char *, n_word + nl);
    if (!n)
        return gs_words_no_memory(&r->w);
    for (size_t i = 0; i < n_word + nl; i++)
        n[i] = i < n_word ? words[i] : r->k->lever[i - n_word].name;
    if (gs_kernel_par(r->k, gs_words_now(&r->w)->text) >= 0)
        return gs_words_complain(
            &r->w, "a parameter belongs to a person; indent this line under "
                   "\"person NAME\"");
    return gs_words_unknown(&r->w, "statement or lever", n_word + nl, n);
}

static gs_status top_line(reader *r)
{
    long v;
    r->inside = IN_NOTHING;
    if (gs_words_take(&r->w, "scenario")) {
        if (!gs_words_more(&r->w))
            return gs_words_expected(&r->w, "a title in quotation marks");
        r->sc->title = gs_words_now(&r->w)->text;
        r->w.at++;
        return gs_words_end(&r->w);
    }
    if (gs_words_take(&r->w, "days")) {
        GS_TRY(gs_words_whole(&r->w, "a number of days", 1, MOST_DAYS, &v));
        r->sc->n_day = (size_t)v;
        return gs_words_end(&r->w);
    }
    if (gs_words_take(&r->w, "seed")) {
        GS_TRY(gs_words_whole(&r->w, "a seed", 0, LONG_MAX / 4, &v));
        r->sc->seed = (uint64_t)v;
        return gs_words_end(&r->w);
    }
    if (gs_words_take(&r->w, "watch"))
        return watch_statement(r);
    if (gs_words_take(&r->w, "person"))
        return person_statement(r);
    if (gs_words_take(&r->w, "diary"))
        return diary_statement(r);
    if (gs_statement_lever_here(&r->w, r->k))
        return lever_statement(r, &r->all);
    return unknown_statement(r);
}

static gs_status a_line(void *ctx)
{
    reader *r = ctx;
    if (!r->w.indented)
        return top_line(r);
    if (r->inside == IN_PERSON)
        return person_line(r, &r->people[r->n_people - 1]);
    if (r->inside == IN_DIARY)
        return diary_line(r);
    return gs_words_complain(
        &r->w, "an indented line belongs under \"person\" or \"diary\"; start in "
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
    gs_scenario_change *c = GS_NEW(r->w.a, gs_scenario_change, n + 1);
    gs_scenario_vary *v = GS_NEW(r->w.a, gs_scenario_vary, n + 1);
    if (!c || !v)
        return gs_words_no_memory(&r->w);
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
            return gs_fail_at(
                r->w.err, GS_EPARSE, r->w.name, r->diary_line, 1, NULL,
                "the score \"%s\" follows no condition; name the person's, "
                "or say \"on OBSERVABLE\"",
                r->score[i].channel->name);
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
            return gs_fail_at(r->w.err, GS_EPARSE, r->w.name, r->diary_line, 7, NULL,
                              "the diary is of \"%s\", and there is no such person",
                              r->diary_person);
        if (strcmp(r->people[i].p.name, r->diary_person) == 0) {
            d->person = i;
            break;
        }
    }
    if (d->n_score + d->n_note == 0)
        return gs_fail_at(
            r->w.err, GS_EPARSE, r->w.name, r->diary_line, 1, NULL,
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
    gs_scenario_person *people = GS_NEW(r->w.a, gs_scenario_person, r->n_people);
    if (!people)
        return gs_words_no_memory(&r->w);
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
    r->sc = GS_NEW(r->w.a, gs_scenario, 1);
    r->people = GS_NEW(r->w.a, who, MOST_PEOPLE);
    r->watch = GS_NEW(r->w.a, const char *, MOST_WORDS + 1);
    r->score = GS_NEW(r->w.a, gs_scenario_score, MOST_WORDS);
    r->note = GS_NEW(r->w.a, gs_scenario_note, MOST_WORDS);
    if (!r->sc || !r->people || !r->watch || !r->score || !r->note)
        return gs_words_no_memory(&r->w);
    r->sc->title = "";
    r->sc->n_day = 100;
    r->sc->seed = 1;
    return make_lists(r, &r->all);
}

gs_status gs_scenario_parse(gs_arena *a, const gs_kernel *k, const char *name,
                            const char *text, size_t n, gs_scenario **out, gs_err *err)
{
    reader *r = GS_NEW(a, reader, 1);
    if (!r)
        return gs_fail_at(err, GS_ENOMEM, name, 0, 0, NULL, "out of memory");
    *r = (reader){.w = {.a = a, .name = name, .err = err}, .k = k};
    GS_TRY(begin(r));
    GS_TRY(gs_words_lines(&r->w, text, n, "scenario", a_line, r));
    GS_TRY(finish(r));
    *out = r->sc;
    return GS_OK;
}
