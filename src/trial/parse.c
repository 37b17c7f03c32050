/* Reading a design. docs/trial.md is the grammar.
 *
 * A statement is a line; indented lines under `population` and `arm` belong there. Words
 * and their complaints: base/words.h; days, units and names of the model:
 * sim/statement.h. What needs the whole file (which signal an outcome follows, which
 * flare) is put together at the end. */
#include "trial/pool.h"

#include "base/words.h"
#include "sim/statement.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { MOST_ARM = 12, MOST_LIST = 64, MOST_DAY = 3660 };

typedef struct arm_said {
    gs_trial_arm m;
    gs_trial_change *change;
} arm_said;

typedef struct reader {
    gs_words w;
    const gs_kernel *k;
    enum { IN_NOTHING, IN_POPULATION, IN_ARM } inside;
    gs_trial *t;
    arm_said *arm;
    size_t n_arm;
    long *visit;
    gs_trial_habit *habit;
    gs_trial_par *par;
    gs_trial_put *near, *at;
    gs_trial_trouble *trouble;
    bool has_condition, has_people, flare;
    double usual;       /* score, NaN = not said */
    gs_word outcome[3]; /* as said; resolved at the end */
    size_t n_outcome;
    long outcome_line, flare_line, usual_line, primary_line, primary_day, analysis_line;
} reader;

static gs_status at_line(const reader *r, long line, long col, gs_status code,
                         const char *what)
{
    return gs_fail_at(r->w.err, code, r->w.name, line, col, NULL, "%s", what);
}

/* ---- arms ---- */

static gs_status change_statement(reader *r, arm_said *m)
{
    gs_words *w = &r->w;
    size_t i = (size_t)gs_kernel_lever(r->k, gs_words_now(w)->text);
    const gs_lever_info *l = &r->k->lever[i];
    gs_trial_change c = {.lever = i};
    double span = l->hi - l->lo;
    w->at++;
    if (gs_words_take(w, "times")) {
        c.move = GS_TRIAL_TIMES;
        GS_TRY(gs_words_number(w, "a factor", 0, 100, &c.value));
    } else if (gs_words_is(w, "plus") || gs_words_is(w, "minus")) {
        bool minus = gs_words_take(w, "minus");
        if (!minus)
            gs_words_take(w, "plus");
        c.move = GS_TRIAL_ADD;
        GS_TRY(gs_words_number(w, "a change of this lever", 0, span, &c.value));
        c.value = minus ? -c.value : c.value;
        GS_TRY(gs_statement_unit(w, l->unit));
    } else {
        GS_TRY(gs_words_number(w, l->name, l->lo, l->hi, &c.value));
        GS_TRY(gs_statement_unit(w, l->unit));
    }
    gs_statement_days d = {0};
    GS_TRY(gs_statement_when(w, &d));
    c.from = d.from;
    c.to = d.to;
    c.every = d.every;
    c.hold = d.hold;
    if (m->m.n_change == MOST_LIST)
        return gs_words_complain(w, "more than 64 changes in one arm");
    m->change[m->m.n_change++] = c;
    return GS_OK;
}

static gs_status adherence_statement(reader *r, gs_trial_arm *m)
{
    GS_TRY(gs_words_share(&r->w, 1, &m->adherence));
    if (gs_words_take(&r->w, "sd"))
        GS_TRY(gs_words_share(&r->w, 0.5, &m->adherence_sd));
    return gs_words_end(&r->w);
}

static gs_status unknown_in_arm(reader *r)
{
    static const char *const words[] = {"adherence", "dropout", "placebo", "share",
                                        "unblinded"};
    size_t nw = sizeof words / sizeof *words, nl = r->k->n_lever;
    const char **n = GS_NEW(r->w.a, const char *, nw + nl);
    if (!n)
        return gs_words_no_memory(&r->w);
    for (size_t i = 0; i < nw + nl; i++)
        n[i] = i < nw ? words[i] : r->k->lever[i - nw].name;
    return gs_words_unknown(&r->w, "lever or statement of an arm", nw + nl, n);
}

static gs_status arm_line(reader *r, arm_said *m)
{
    gs_words *w = &r->w;
    if (gs_statement_lever_here(w, r->k))
        return change_statement(r, m);
    if (gs_words_take(w, "adherence"))
        return adherence_statement(r, &m->m);
    if (gs_words_take(w, "dropout")) {
        GS_TRY(gs_words_share(w, 0.95, &m->m.dropout));
    } else if (gs_words_take(w, "placebo")) {
        GS_TRY(gs_words_share(w, 3, &m->m.placebo));
    } else if (gs_words_take(w, "unblinded")) {
        m->m.placebo = 0;
    } else if (gs_words_take(w, "share")) {
        GS_TRY(gs_words_number(w, "an arm's share", 0.01, 100, &m->m.share));
    } else {
        return unknown_in_arm(r);
    }
    return gs_words_end(w);
}

static gs_status arm_statement(reader *r)
{
    gs_words *w = &r->w;
    if (r->n_arm == MOST_ARM)
        return gs_words_complain(w, "more than 12 arms");
    if (!gs_words_more(w))
        return gs_words_expected(w, "a name for the arm");
    for (size_t i = 0; i < r->n_arm; i++)
        if (gs_words_is(w, r->arm[i].m.name))
            return gs_words_complain(w, "there is an arm of this name already");
    arm_said *m = &r->arm[r->n_arm];
    m->change = GS_NEW(w->a, gs_trial_change, MOST_LIST);
    if (!m->change)
        return gs_words_no_memory(w);
    m->m = GS_TRIAL_ARM;
    m->m.name = gs_words_next(w);
    m->m.change = m->change;
    GS_TRY(gs_words_end(w));
    r->n_arm++;
    r->inside = IN_ARM;
    return GS_OK;
}

/* ---- population ---- */

/* LEVER V [unit] [sd S] */
static gs_status habit_statement(reader *r)
{
    gs_words *w = &r->w;
    gs_trial_habit h = {.lever = (size_t)gs_kernel_lever(r->k, gs_words_now(w)->text)};
    const gs_lever_info *l = &r->k->lever[h.lever];
    w->at++;
    GS_TRY(gs_words_number(w, l->name, l->lo, l->hi, &h.value));
    GS_TRY(gs_statement_unit(w, l->unit));
    if (gs_words_take(w, "sd"))
        GS_TRY(gs_words_number(w, "the sd of a habit", 0, l->hi - l->lo, &h.sd));
    GS_TRY(gs_words_end(w));
    if (r->t->n_habit == MOST_LIST)
        return gs_words_complain(w, "more than 64 habits");
    r->habit[r->t->n_habit++] = h;
    return GS_OK;
}

/* PARAM V [sd S | spread G] */
static gs_status par_statement(reader *r, size_t par)
{
    gs_words *w = &r->w;
    const gs_par_info *q = &r->k->par[par];
    gs_trial_par x = {.par = par, .dist = {.kind = GS_DIST_NONE}};
    w->at++;
    GS_TRY(gs_words_number(w, q->name, q->lo, q->hi, &x.dist.a));
    if (gs_words_take(w, "sd")) {
        x.dist.kind = GS_DIST_NORMAL;
        GS_TRY(gs_words_number(w, "an sd", 1e-9, q->hi - q->lo, &x.dist.b));
    } else if (gs_words_take(w, "spread")) {
        if (x.dist.a <= 0)
            return gs_words_complain(w,
                                     "a spread is a factor, and wants a middle above "
                                     "nought; say \"sd\"");
        x.dist.kind = GS_DIST_LOGNORMAL;
        GS_TRY(gs_words_number(w, "a spread (geometric sd)", 1.0001, 20, &x.dist.b));
    }
    GS_TRY(gs_words_end(w));
    if (r->t->n_par == MOST_LIST)
        return gs_words_complain(w, "more than 64 parameters");
    r->par[r->t->n_par++] = x;
    return GS_OK;
}

static gs_status some_puts(reader *r, gs_trial_put *list, size_t *n)
{
    do {
        gs_trial_put x;
        GS_TRY(gs_statement_state(&r->w, r->k, &x.state));
        const gs_state_info *s = &r->k->state[x.state];
        GS_TRY(gs_words_number(&r->w, s->name, s->lo, s->hi, &x.value));
        if (*n == MOST_LIST)
            return gs_words_complain(&r->w, "more than 64 states");
        list[(*n)++] = x;
    } while (gs_words_more(&r->w));
    return GS_OK;
}

static gs_status start_statement(reader *r)
{
    gs_words *w = &r->w;
    if (gs_words_take(w, "settled"))
        return gs_words_end(w);
    if (gs_words_take(w, "flare")) {
        r->flare = true;
        r->flare_line = w->line;
        if (gs_words_more(w))
            GS_TRY(gs_words_share(w, 1, &r->t->near_share));
        return gs_words_end(w);
    }
    if (gs_words_take(w, "near"))
        return some_puts(r, r->near, &r->t->n_near);
    if (gs_words_take(w, "at"))
        return some_puts(r, r->at, &r->t->n_at);
    return gs_words_expected(w, "\"settled\", \"flare\", \"near\" or \"at\"");
}

/* trouble LEVER V for N days K times a year [spread G] [from day A] [to day B] */
static gs_status trouble_statement(reader *r)
{
    gs_words *w = &r->w;
    gs_trial_trouble q = {.spread = 1};
    if (!gs_statement_lever_here(w, r->k))
        return unknown_in_arm(r);
    q.lever = (size_t)gs_kernel_lever(r->k, gs_words_next(w));
    const gs_lever_info *l = &r->k->lever[q.lever];
    GS_TRY(gs_words_number(w, l->name, l->lo, l->hi, &q.value));
    GS_TRY(gs_statement_unit(w, l->unit));
    if (!gs_words_take(w, "for"))
        return gs_words_expected(w, "\"for\" and how many days it lasts");
    GS_TRY(gs_statement_span(w, "a number of days", 1, 365, &q.days));
    GS_TRY(gs_words_number(w, "how often it comes", 0, 365, &q.per_year));
    if (!gs_words_take(w, "times"))
        return gs_words_expected(w, "\"times a year\"");
    gs_words_take(w, "a");
    gs_words_take(w, "year");
    if (gs_words_take(w, "spread"))
        GS_TRY(gs_words_number(w, "a spread (geometric sd)", 1, 20, &q.spread));
    gs_statement_days d = {0};
    GS_TRY(gs_statement_when(w, &d));
    if (d.every || d.hold)
        return gs_words_complain(w, "a trouble comes by chance; leave out \"every\"");
    q.from = d.from;
    q.to = d.to;
    if (r->t->n_trouble == MOST_LIST)
        return gs_words_complain(w, "more than 64 troubles");
    r->trouble[r->t->n_trouble++] = q;
    return GS_OK;
}

/* drift|placebo V [sd S] [over N days] */
static gs_status course(reader *r, double *mean, double *sd, double *days)
{
    gs_words *w = &r->w;
    long n;
    GS_TRY(gs_words_number(w, "a change on the latent axis", -5, 5, mean));
    if (gs_words_take(w, "sd"))
        GS_TRY(gs_words_number(w, "an sd", 0, 5, sd));
    if (gs_words_take(w, "over")) {
        GS_TRY(gs_statement_span(w, "a time", 1, MOST_DAY, &n));
        *days = (double)n;
    }
    return gs_words_end(w);
}

static gs_status wander_statement(reader *r)
{
    gs_words *w = &r->w;
    long n;
    GS_TRY(gs_words_number(w, "a wandering", 0, 5, &r->t->terms.wander));
    if (gs_words_take(w, "over")) {
        GS_TRY(gs_statement_span(w, "a time", 1, MOST_DAY, &n));
        r->t->terms.wander_days = (double)n;
    }
    return gs_words_end(w);
}

static gs_status entry_statement(reader *r)
{
    gs_words *w = &r->w;
    gs_trial *t = r->t;
    long n;
    if (gs_words_take(w, "from"))
        GS_TRY(gs_words_number(w, "a score", -1e6, 1e6, &t->entry_lo));
    if (gs_words_take(w, "to"))
        GS_TRY(gs_words_number(w, "a score", -1e6, 1e6, &t->entry_hi));
    if (!isfinite(t->entry_lo) && !isfinite(t->entry_hi))
        return gs_words_expected(w, "\"from\" or \"to\" and a score");
    if (gs_words_more(w) && !gs_words_is(w, "screened"))
        return gs_words_expected(w, "\"screened N days before\"");
    if (gs_words_take(w, "screened")) {
        GS_TRY(gs_statement_span(w, "a time", 0, 365, &n));
        t->screen = (double)n;
        gs_words_take(w, "before");
    }
    if (t->entry_lo > t->entry_hi)
        return gs_words_complain(w, "this severity window is upside down");
    return gs_words_end(w);
}

static gs_status age_statement(reader *r)
{
    gs_words *w = &r->w;
    gs_words_take(w, "from");
    GS_TRY(gs_words_number(w, "an age", 0, 120, &r->t->age_lo));
    gs_words_take(w, "to");
    GS_TRY(gs_words_number(w, "an age", 0, 120, &r->t->age_hi));
    if (!gs_words_take(w, "years"))
        gs_words_take(w, "year");
    if (r->t->age_hi < r->t->age_lo)
        return gs_words_complain(w, "these ages are upside down");
    return gs_words_end(w);
}

static gs_status usual_statement(reader *r)
{
    gs_words *w = &r->w;
    r->usual_line = w->line;
    GS_TRY(gs_words_number(w, "a score", -1e6, 1e6, &r->usual));
    if (gs_words_take(w, "sd"))
        GS_TRY(gs_words_number(w, "an sd on the latent axis", 0, 5,
                               &r->t->terms.level_sd));
    return gs_words_end(w);
}

static gs_status unknown_in_population(reader *r)
{
    static const char *const words[] = {"age",     "entry", "usual",   "start",
                                        "trouble", "drift", "placebo", "wander",
                                        "rater",   "slope"};
    size_t nw = sizeof words / sizeof *words, np = r->k->n_par, nl = r->k->n_lever;
    const char **n = GS_NEW(r->w.a, const char *, nw + nl + np);
    if (!n)
        return gs_words_no_memory(&r->w);
    for (size_t i = 0; i < nw + nl + np; i++)
        n[i] = i < nw        ? words[i]
               : i < nw + nl ? r->k->lever[i - nw].name
                             : r->k->par[i - nw - nl].name;
    return gs_words_unknown(&r->w, "lever, parameter or statement of a population",
                            nw + nl + np, n);
}

static gs_status population_line(reader *r)
{
    gs_words *w = &r->w;
    gs_trial_terms *q = &r->t->terms;
    if (gs_words_take(w, "age"))
        return age_statement(r);
    if (gs_words_take(w, "entry"))
        return entry_statement(r);
    if (gs_words_take(w, "usual"))
        return usual_statement(r);
    if (gs_words_take(w, "start"))
        return start_statement(r);
    if (gs_words_take(w, "trouble"))
        return trouble_statement(r);
    if (gs_words_take(w, "drift"))
        return course(r, &q->drift, &q->drift_sd, &q->drift_days);
    if (gs_words_take(w, "placebo"))
        return course(r, &q->placebo, &q->placebo_sd, &q->placebo_days);
    if (gs_words_take(w, "wander"))
        return wander_statement(r);
    if (gs_words_take(w, "rater")) {
        GS_TRY(gs_words_number(w, "a rater's noise", 0, 5, &q->rater));
        return gs_words_end(w);
    }
    if (gs_words_take(w, "slope")) {
        GS_TRY(gs_words_number(w, "a slope", -20, 20, &q->slope));
        return gs_words_end(w);
    }
    if (gs_statement_lever_here(w, r->k))
        return habit_statement(r);
    long par = gs_kernel_par(r->k, gs_words_now(w)->text);
    return par >= 0 ? par_statement(r, (size_t)par) : unknown_in_population(r);
}

/* ---- the trial ---- */

static gs_status design_statement(reader *r)
{
    gs_words *w = &r->w;
    long n;
    if (gs_words_take(w, "parallel")) {
        r->t->how = GS_TRIAL_PARALLEL;
    } else if (gs_words_take(w, "crossover")) {
        r->t->how = GS_TRIAL_CROSSOVER;
        if (gs_words_take(w, "washout"))
            GS_TRY(gs_statement_span(w, "a washout", 0, MOST_DAY, &r->t->washout));
    } else if (gs_words_take(w, "cluster")) {
        r->t->how = GS_TRIAL_CLUSTER;
        r->t->icc = 0.05;
        GS_TRY(gs_words_whole(w, "a number of clusters", 2, 100000, &n));
        r->t->n_cluster = (size_t)n;
        if (gs_words_take(w, "icc"))
            GS_TRY(gs_words_number(w, "an icc", 0, 0.95, &r->t->icc));
    } else {
        return gs_words_expected(w, "\"parallel\", \"crossover\" or \"cluster\"");
    }
    return gs_words_end(w);
}

/* "week" or "day" before, or "weeks" or "days" after the numbers; 1 or 7 */
static gs_status visits_statement(reader *r)
{
    gs_words *w = &r->w;
    long unit = gs_words_take(w, "week") || gs_words_take(w, "weeks") ? 7 : 1, v;
    if (unit == 1 && !gs_words_take(w, "day") && !gs_words_take(w, "days"))
        return gs_words_expected(w, "\"week\" or \"day\", then numbers");
    r->visit[0] = 0;
    r->t->n_visit = 1;
    while (gs_words_more(w)) {
        GS_TRY(gs_words_whole(w, "a visit", 0, MOST_DAY / unit, &v));
        v *= unit;
        if (v == 0 && r->t->n_visit == 1)
            continue;
        if (v <= r->visit[r->t->n_visit - 1])
            return gs_words_complain(w, "visits come in the order of their days");
        if (r->t->n_visit == MOST_VISIT)
            return gs_words_complain(w, "more than 60 visits");
        r->visit[r->t->n_visit++] = v;
    }
    return r->t->n_visit > 1 ? GS_OK : gs_words_expected(w, "a visit after day 0");
}

static gs_status outcome_statement(reader *r)
{
    gs_words *w = &r->w;
    r->outcome_line = w->line;
    r->n_outcome = 0;
    if (!gs_words_more(w))
        return gs_words_expected(w, "what is measured");
    if (gs_words_take(w, "onset")) {
        r->t->kind = GS_TRIAL_ONSET;
        GS_TRY(gs_statement_state(w, r->k, &r->t->state));
        if (!gs_words_take(w, "above"))
            return gs_words_expected(w, "\"above\" and a value");
        GS_TRY(gs_words_number(w, "a value of that state", -1e6, 1e6, &r->t->above));
        return gs_words_end(w);
    }
    while (gs_words_more(w) && r->n_outcome < 2) {
        r->outcome[r->n_outcome++] = *gs_words_now(w);
        w->at++;
    }
    return gs_words_end(w);
}

static gs_status responder_statement(reader *r)
{
    gs_words *w = &r->w;
    while (gs_words_more(w)) {
        if (gs_words_take(w, "falls")) {
            gs_words_take(w, "by");
            GS_TRY(gs_words_share(w, 1, &r->t->fall));
        } else if (gs_words_take(w, "at")) {
            if (!gs_words_take(w, "most"))
                return gs_words_expected(w, "\"most\"");
            GS_TRY(gs_words_number(w, "a score", -1e6, 1e6, &r->t->at_most));
        } else if (!gs_words_take(w, "and")) {
            return gs_words_expected(w, "\"falls 50%\" or \"at most 1\"");
        }
    }
    return GS_OK;
}

static gs_status analysis_statement(reader *r)
{
    gs_words *w = &r->w;
    r->analysis_line = w->line;
    if (gs_words_take(w, "ancova"))
        r->t->test = GS_TRIAL_ANCOVA;
    else if (gs_words_take(w, "change"))
        r->t->test = GS_TRIAL_CHANGE;
    else if (gs_words_take(w, "responders"))
        r->t->test = GS_TRIAL_RESPONDERS;
    else
        return gs_words_expected(w, "\"ancova\", \"change\" or \"responders\"");
    return gs_words_end(w);
}

static gs_status people_statement(reader *r)
{
    gs_words *w = &r->w;
    long n, m = 32;
    GS_TRY(gs_words_whole(w, "a number of people", 2, 1000000, &n));
    if (gs_words_take(w, "in")) {
        GS_TRY(gs_words_whole(w, "a number of draws", 1, 10000, &m));
        if (!gs_words_take(w, "draws"))
            gs_words_take(w, "draw");
    } else if (n < 64) {
        m = 1;
    }
    if (n / m < 2)
        return gs_words_complain(w, "a draw wants two people or more");
    r->t->n_draw = (size_t)m;
    r->t->n_person = (size_t)(n / m);
    return gs_words_end(w);
}

static gs_status primary_statement(reader *r)
{
    gs_words *w = &r->w;
    long unit = gs_words_take(w, "week") ? 7 : 1;
    r->primary_line = w->line;
    if (unit == 1 && !gs_words_take(w, "day"))
        return gs_words_expected(w, "\"week\" or \"day\", then a number");
    GS_TRY(gs_words_whole(w, "a visit", 1, MOST_DAY / unit, &r->primary_day));
    r->primary_day *= unit;
    return gs_words_end(w);
}

static gs_status unknown_statement(reader *r)
{
    static const char *const words[] = {
        "trial",     "condition", "design",  "arm",       "population",
        "visits",    "outcome",   "primary", "responder", "analysis",
        "randomise", "alpha",     "seed",    "people",    "shared"};
    if (gs_statement_lever_here(&r->w, r->k))
        return gs_words_complain(&r->w,
                                 "a lever belongs to an arm (what is changed) or to "
                                 "the population (how everybody lives); indent "
                                 "this line under one of them");
    return gs_words_unknown(&r->w, "statement of a trial", sizeof words / sizeof *words,
                            words);
}

static gs_status short_statement(reader *r)
{
    gs_words *w = &r->w;
    gs_trial *t = r->t;
    long v;
    if (gs_words_take(w, "trial")) {
        if (!gs_words_more(w))
            return gs_words_expected(w, "a title in quotation marks");
        t->title = gs_words_next(w);
    } else if (gs_words_take(w, "condition")) {
        GS_TRY(gs_statement_condition(w, &t->condition));
        r->has_condition = true;
    } else if (gs_words_take(w, "randomise") || gs_words_take(w, "randomize")) {
        GS_TRY(gs_words_whole(w, "a number of people", 2, 1000000, &v));
        gs_words_take(w, "people");
        t->n_random = (size_t)v;
    } else if (gs_words_take(w, "alpha")) {
        GS_TRY(gs_words_share(w, 0.5, &t->alpha));
    } else if (gs_words_take(w, "seed")) {
        GS_TRY(gs_words_whole(w, "a seed", 0, LONG_MAX / 4, &v));
        t->seed = (uint64_t)v;
    } else if (gs_words_take(w, "shared")) {
        GS_TRY(gs_words_share(w, 1, &t->shared));
    } else {
        return unknown_statement(r);
    }
    return gs_words_end(w);
}

static gs_status top_line(reader *r)
{
    static const struct {
        const char *word;
        gs_status (*read)(reader *r);
    } long_ones[] = {
        {"design", design_statement},     {"visits", visits_statement},
        {"outcome", outcome_statement},   {"responder", responder_statement},
        {"analysis", analysis_statement}, {"people", people_statement},
        {"primary", primary_statement},   {"arm", arm_statement},
    };
    r->inside = IN_NOTHING;
    for (size_t i = 0; i < sizeof long_ones / sizeof *long_ones; i++)
        if (gs_words_take(&r->w, long_ones[i].word))
            return long_ones[i].read(r);
    if (gs_words_take(&r->w, "population")) {
        r->inside = IN_POPULATION;
        r->has_people = true;
        return gs_words_end(&r->w);
    }
    return short_statement(r);
}

static gs_status a_line(void *ctx)
{
    reader *r = ctx;
    if (!r->w.indented)
        return top_line(r);
    if (r->inside == IN_POPULATION)
        return population_line(r);
    if (r->inside == IN_ARM)
        return arm_line(r, &r->arm[r->n_arm - 1]);
    return gs_words_complain(&r->w, "an indented line belongs under \"population\" or "
                                    "\"arm\"; start in the first column otherwise");
}

/* ---- putting it together ---- */

static gs_status no_outcome(const reader *r)
{
    const gs_word *q = &r->outcome[0];
    const char *near = gs_channel_nearest(q->text);
    return gs_fail_at(r->w.err, GS_EPARSE, r->w.name, r->outcome_line, q->col, NULL,
                      "\"%s\" is neither a score (such as easi, pasi, iga, "
                      "lesions_inflamed) nor an observable of the model%s%s%s",
                      q->text, near ? "; did you mean \"" : "", near ? near : "",
                      near ? "\"?" : "");
}

/* the signal of a score: its own, or the condition's */
static gs_status finish_signal(reader *r, const gs_channel *c)
{
    char name[64];
    snprintf(name, sizeof name, "signal_%s", gs_condition_name(r->t->condition));
    long see = *c->see ? gs_kernel_see(r->k, c->see) : -1;
    if (see < 0)
        see = gs_kernel_see(r->k, name);
    if (see < 0)
        return gs_fail_at(r->w.err, GS_EPARSE, r->w.name, r->outcome_line, 1, NULL,
                          "this model shows nothing that \"%s\" could follow", c->name);
    r->t->see = (size_t)see;
    return GS_OK;
}

static gs_status finish_outcome(reader *r)
{
    gs_trial *t = r->t;
    if (t->kind == GS_TRIAL_ONSET) {
        char name[160];
        snprintf(name, sizeof name, "onset of %.60s above %g",
                 r->k->state[t->state].name, t->above);
        t->outcome = gs_arena_strdup(r->w.a, name);
        return t->outcome ? GS_OK : gs_words_no_memory(&r->w);
    }
    if (r->n_outcome == 0)
        return at_line(r, 0, 0, GS_EPARSE,
                       "what is measured? Say, for example, \"outcome "
                       "easi\"");
    const char *name = r->outcome[0].text;
    const gs_channel *c = gs_channel_find(name);
    long see = gs_kernel_see(r->k, name);
    t->outcome = name;
    if (see >= 0 && (!c || c->kind != GS_CHANNEL_OUTCOME)) {
        t->kind = GS_TRIAL_VALUE;
        t->see = (size_t)see;
        if (r->n_outcome > 1)
            return at_line(r, r->outcome_line, r->outcome[1].col, GS_EPARSE,
                           "an observable has its own unit, and no scale");
        return GS_OK;
    }
    if (!c || c->kind != GS_CHANNEL_OUTCOME)
        return no_outcome(r);
    t->outcome = c->title;
    t->scale = gs_scale_find(r->n_outcome > 1 ? r->outcome[1].text : c->scale);
    if (!t->scale)
        return at_line(r, r->outcome_line, r->outcome[r->n_outcome - 1].col, GS_EPARSE,
                       "this is no scale; 0-10, iga, easi, pasi and scorad are");
    return finish_signal(r, c);
}

static gs_status finish_flare(reader *r)
{
    gs_trial *t = r->t;
    if (!r->flare)
        return GS_OK;
    gs_trial_put x;
    for (size_t i = 0; gs_statement_flare(r->k, t->condition, i, &x.state, &x.value);
         i++)
        r->near[t->n_near++] = x;
    return t->n_near ? GS_OK
                     : at_line(r, r->flare_line, 1, GS_EPARSE,
                               "only eczema, psoriasis and rosacea (through "
                               "overgrowth) have a flare to "
                               "start in; say \"start near STATE VALUE\" otherwise");
}

static gs_status finish_scores(reader *r)
{
    gs_trial *t = r->t;
    if (!isnan(r->usual)) {
        if (t->kind != GS_TRIAL_SCORE || r->usual < t->scale->lo ||
            r->usual > t->scale->hi)
            return at_line(r, r->usual_line, 1, GS_ERANGE,
                           "this is no score on the scale of the outcome");
        t->terms.level = gs_trial_latent(t, r->usual);
    }
    if (t->test == GS_TRIAL_RESPONDERS && isnan(t->fall) && isnan(t->at_most))
        return at_line(r, r->analysis_line, 1, GS_EPARSE,
                       "who counts as a responder? Say \"responder falls 50%\"");
    if (t->kind == GS_TRIAL_SCORE && isnan(t->fall) && isnan(t->at_most))
        t->fall = 0.5;
    return GS_OK;
}

static gs_status finish_visits(reader *r)
{
    gs_trial *t = r->t;
    if (t->n_visit < 2)
        return at_line(r, 0, 0, GS_EPARSE,
                       "when do people come? Say, for example, "
                       "\"visits week 0 4 8 12\"");
    t->visit = r->visit;
    t->primary = t->n_visit - 1;
    for (size_t v = 1; r->primary_day; v++) {
        if (v == t->n_visit)
            return at_line(r, r->primary_line, 1, GS_EPARSE,
                           "there is no visit on that day; add it to \"visits\"");
        if (t->visit[v] == r->primary_day) {
            t->primary = v;
            break;
        }
    }
    return GS_OK;
}

static gs_status finish(reader *r)
{
    gs_trial *t = r->t;
    if (!r->has_condition)
        return at_line(r, 0, 0, GS_EPARSE,
                       "who is asked? Say, for example, \"condition "
                       "acne\"");
    if (r->n_arm < 2)
        return at_line(r, 0, 0, GS_EPARSE,
                       "a trial compares; it wants two arms or more "
                       "(\"arm NAME\"), the first being what the "
                       "others are compared with");
    GS_TRY(finish_visits(r));
    GS_TRY(finish_outcome(r));
    GS_TRY(finish_flare(r));
    GS_TRY(finish_scores(r));
    gs_trial_arm *arm = GS_NEW(r->w.a, gs_trial_arm, r->n_arm);
    if (!arm)
        return gs_words_no_memory(&r->w);
    for (size_t i = 0; i < r->n_arm; i++)
        arm[i] = r->arm[i].m;
    t->arm = arm;
    t->n_arm = r->n_arm;
    t->habit = r->habit;
    t->par = r->par;
    t->near = r->near;
    t->at = r->at;
    t->trouble = r->trouble;
    gs_status st = gs_trial_check(t, r->k, r->w.err);
    if (st != GS_OK && r->w.err)
        snprintf(r->w.err->file, sizeof r->w.err->file, "%s", r->w.name);
    return st;
}

static gs_status begin(reader *r)
{
    gs_arena *a = r->w.a;
    r->t = GS_NEW(a, gs_trial, 1);
    r->arm = GS_NEW(a, arm_said, MOST_ARM);
    r->visit = GS_NEW(a, long, MOST_VISIT);
    r->habit = GS_NEW(a, gs_trial_habit, MOST_LIST);
    r->par = GS_NEW(a, gs_trial_par, MOST_LIST);
    r->near = GS_NEW(a, gs_trial_put, MOST_LIST + 8);
    r->at = GS_NEW(a, gs_trial_put, MOST_LIST);
    r->trouble = GS_NEW(a, gs_trial_trouble, MOST_LIST);
    if (!r->t || !r->arm || !r->visit || !r->habit || !r->par || !r->near || !r->at ||
        !r->trouble)
        return gs_words_no_memory(&r->w);
    *r->t = GS_TRIAL;
    r->usual = NAN;
    return GS_OK;
}

gs_status gs_trial_parse(gs_arena *a, const gs_kernel *k, const char *name,
                         const char *text, size_t n, gs_trial **out, gs_err *err)
{
    reader *r = GS_NEW(a, reader, 1);
    if (!r)
        return gs_fail_at(err, GS_ENOMEM, name, 0, 0, NULL, "out of memory");
    *r = (reader){.w = {.a = a, .name = name, .err = err}, .k = k};
    GS_TRY(begin(r));
    GS_TRY(gs_words_lines(&r->w, text, n, "trial design", a_line, r));
    GS_TRY(finish(r));
    *out = r->t;
    return GS_OK;
}
