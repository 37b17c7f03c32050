/* Statements: what begins in the first column, up to the next such token.
 *
 * Two passes: statements are counted by keyword first, so that every table is
 * allocated once; then each is read into its place. Names are resolved at the end
 * (resolve.c), because a `let` may be used before it is written. */
#include "model/parse.h"

#include "gutskin/text.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef enum stmt {
#define STATEMENT(keyword, shape, sentence) ST_##keyword,
#include "model/language.def"
    N_STMT
} stmt;

typedef enum attr {
#define ATTRIBUTE(keyword, shape, on, sentence) AT_##keyword,
#include "model/language.def"
    N_ATTR
} attr;

/* clang-format off */
static const struct { const char *word, *shape; } statements[] = {
#define STATEMENT(keyword, shape, sentence) {#keyword, shape},
#include "model/language.def"
};
static const struct { const char *word, *shape; unsigned on; } attributes[] = {
#define ATTRIBUTE(keyword, shape, on, sentence) {#keyword, shape, on},
#include "model/language.def"
};
static const struct { const char *word, *shape; gs_spec_dist_kind kind; unsigned on; } dists[] = {
#define DIST(keyword, kind, shape, on, sentence) {#keyword, shape, kind, on},
#include "model/language.def"
};
static const struct { const char *word; double days; } times[] = {
#define TIME(keyword, days) {#keyword, days},
#include "model/language.def"
};
/* clang-format on */
#define COUNT(x) (sizeof(x) / sizeof *(x))

gs_status gs_parse_next(gs_parser *p)
{
    p->tok = p->ahead;
    if (p->tok.kind == GS_T_END)
        return GS_OK;
    return gs_lex_next(&p->lex, &p->ahead, p->err);
}

gs_status gs_parse_fail(gs_parser *p, const gs_tok *at, const char *fmt, ...)
{
    char msg[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    return gs_fail_at(p->err, GS_EPARSE, p->spec->file, (long)at->line, (long)at->col, NULL,
                      "%s", msg);
}

static gs_status fail_range(gs_parser *p, const gs_tok *at, const char *msg)
{
    return gs_fail_at(p->err, GS_ERANGE, p->spec->file, (long)at->line, (long)at->col, NULL,
                      "%s", msg);
}

static gs_status no_memory(gs_parser *p)
{
    return gs_fail(p->err, GS_ENOMEM, "out of memory while reading %s", p->spec->file);
}

const char *gs_parse_hint(char *buf, size_t n_buf, const char *word, size_t n,
                          const char *const *names)
{
    long i = gs_text_nearest(word, n, names);
    buf[0] = 0;
    if (i >= 0)
        snprintf(buf, n_buf, "; did you mean `%s`?", names[i]);
    return buf;
}

static void copy_word(const gs_tok *t, char out[64])
{
    size_t n = t->n < 63 ? t->n : 63;
    memcpy(out, t->text, n);
    out[n] = 0;
}

static gs_status keep(gs_parser *p, const gs_tok *t, const char **out)
{
    *out = gs_arena_strndup(p->a, t->text, t->n);
    return *out ? GS_OK : no_memory(p);
}

static bool here(const gs_parser *p) /* still inside the statement */
{
    return p->tok.kind != GS_T_END && !p->tok.first;
}

static gs_status expect(gs_parser *p, int op, const char *text, const char *shape)
{
    char say[64];
    if (!here(p) || !gs_tok_is(&p->tok, op))
        return gs_parse_fail(p, &p->tok, "expected `%s`, found %s; write: %s", text,
                             gs_tok_say(&p->tok, say, sizeof say), shape);
    return gs_parse_next(p);
}

static gs_status read_number(gs_parser *p, bool open_end, const char *shape, double *out)
{
    char say[64];
    double sign = 1;
    gs_tok at = p->tok;
    if (here(p) && (gs_tok_is(&p->tok, '-') || gs_tok_is(&p->tok, '+'))) {
        sign = p->tok.op == '-' ? -1 : 1;
        GS_TRY(gs_parse_next(p));
    }
    if (here(p) && p->tok.kind == GS_T_NUMBER)
        *out = sign * p->tok.num;
    else if (here(p) && open_end && gs_tok_word(&p->tok, "inf"))
        *out = sign * (double)__builtin_inf();
    else
        return gs_parse_fail(p, &at, "expected a number, found %s; write: %s",
                             gs_tok_say(&p->tok, say, sizeof say), shape);
    return gs_parse_next(p);
}

static gs_status read_name(gs_parser *p, const char *shape, gs_spec_head *h)
{
    char say[64], word[64];
    if (!here(p) || p->tok.kind != GS_T_NAME)
        return gs_parse_fail(p, &p->tok, "expected a name, found %s; write: %s",
                             gs_tok_say(&p->tok, say, sizeof say), shape);
    copy_word(&p->tok, word);
    if (gs_word_reserved(word))
        return gs_parse_fail(p, &p->tok, "`%s` is a word of the language and cannot be a name",
                             word);
    h->line = p->tok.line;
    h->col = p->tok.col;
    GS_TRY(keep(p, &p->tok, &h->name));
    return gs_parse_next(p);
}

/* [unit], if it stands here and none stood before */
static gs_status read_unit(gs_parser *p, gs_spec_head *h)
{
    if (!here(p) || p->tok.kind != GS_T_UNIT)
        return GS_OK;
    if (h->unit_line)
        return gs_parse_fail(p, &p->tok, "%s already has the unit [%s]", h->name, h->unit);
    h->unit_line = p->tok.line;
    h->unit_col = p->tok.col;
    GS_TRY(keep(p, &p->tok, &h->unit));
    return gs_parse_next(p);
}

/* ---- attributes -------------------------------------------------------- */

/* Where the attributes of the statement at hand go; NULL = it has none such. */
typedef struct target {
    unsigned on;   /* GS_ON_* of the statement */
    const char *kind;
    gs_spec_head *head;
    double *lo, *hi, *habit, *sd;
    gs_spec_dist *dist;
    bool *personal, *is_log, *is_fast;
    gs_spec_param *param;
    gs_spec_state *state;
    gs_spec_event *event;
    size_t cap_assign;
    unsigned seen; /* attributes already read */
    bool has_doc;
} target;

static gs_status read_dist(gs_parser *p, target *t, const char *shape)
{
    char word[64] = "", hint[120];
    const char *names[COUNT(dists)];
    size_t n_name = 0, k = COUNT(dists);
    gs_tok at = p->tok;
    if (here(p) && at.kind == GS_T_NAME)
        copy_word(&at, word);
    for (size_t i = 0; i < COUNT(dists); i++) {
        if (!(dists[i].on & t->on))
            continue;
        names[n_name++] = dists[i].word;
        if (strcmp(word, dists[i].word) == 0)
            k = i;
    }
    if (k == COUNT(dists)) {
        char list[160] = "";
        for (size_t i = 0; i < n_name; i++)
            snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "",
                     names[i]);
        return gs_parse_fail(p, &at, "expected a distribution (%s)%s", list,
                             gs_parse_hint(hint, sizeof hint, word, n_name, names));
    }
    shape = dists[k].shape;
    t->dist->kind = dists[k].kind;
    GS_TRY(gs_parse_next(p));
    GS_TRY(expect(p, '(', "(", shape));
    GS_TRY(read_number(p, false, shape, &t->dist->a));
    if (t->dist->kind != GS_SPEC_NEGBINOMIAL) {
        GS_TRY(expect(p, ',', ",", shape));
        GS_TRY(read_number(p, false, shape, &t->dist->b));
    }
    GS_TRY(expect(p, ')', ")", shape));
    gs_spec_dist d = *t->dist;
    switch (d.kind) {
    case GS_SPEC_NORMAL:
        return d.b > 0 ? GS_OK : fail_range(p, &at, "normal(MEAN, SD) needs an sd above 0");
    case GS_SPEC_LOGNORMAL:
        /* the noise of an observable has no median of its own */
        return d.a > 0 && d.b > 1 ? GS_OK
               : fail_range(p, &at, "lognormal(MEDIAN, GSD) needs a median above 0 and a "
                                    "geometric sd above 1");
    case GS_SPEC_UNIFORM:
        return d.a < d.b ? GS_OK : fail_range(p, &at, "uniform(LO, HI) needs LO below HI");
    case GS_SPEC_BETA:
        return d.a > 0 && d.b > 0 ? GS_OK
               : fail_range(p, &at, "beta(A, B) needs both shapes above 0");
    default:
        return d.a > 0 ? GS_OK
               : fail_range(p, &at, "negative_binomial(DISPERSION) needs a dispersion above 0");
    }
}

/* noise normal(SD) and lognormal(GSD) have one number: what is seen is the centre */
static gs_status read_noise(gs_parser *p, target *t)
{
    const char *shape = "noise normal(SD), lognormal(GSD) or negative_binomial(DISPERSION)";
    gs_tok at = p->tok;
    bool normal = here(p) && gs_tok_word(&at, "normal");
    bool lognormal = here(p) && gs_tok_word(&at, "lognormal");
    if (!normal && !lognormal)
        return read_dist(p, t, shape);
    GS_TRY(gs_parse_next(p));
    GS_TRY(expect(p, '(', "(", shape));
    GS_TRY(read_number(p, false, shape, &t->dist->b));
    GS_TRY(expect(p, ')', ")", shape));
    t->dist->kind = normal ? GS_SPEC_NORMAL : GS_SPEC_LOGNORMAL;
    t->dist->a = normal ? 0 : 1;
    if (normal && !(t->dist->b > 0))
        return fail_range(p, &at, "noise normal(SD) needs an sd above 0");
    if (lognormal && !(t->dist->b > 1))
        return fail_range(p, &at, "noise lognormal(GSD) needs a geometric sd above 1");
    return GS_OK;
}

static gs_status read_cite(gs_parser *p, target *t)
{
    char list[400] = "", word[64], say[64];
    for (;;) {
        gs_tok at = p->tok;
        if (!here(p) || at.kind != GS_T_NAME)
            return gs_parse_fail(p, &at, "expected the key of a source, found %s; keys look "
                                 "like smith2019, or `assumed` when there is none",
                                 gs_tok_say(&at, say, sizeof say));
        copy_word(&at, word);
        /* letters, then a year and perhaps one letter; or the one word */
        const char *d = word + strcspn(word, "0123456789");
        size_t n_digit = strspn(d, "0123456789");
        const char *rest = d + n_digit;
        bool ok = d > word && n_digit == 4 && (rest[0] == 0 || rest[1] == 0);
        if (!ok && strcmp(word, "assumed") != 0)
            return gs_parse_fail(p, &at, "`%s` is no key of a source; keys look like smith2019 "
                                 "or smith2019b, or `assumed` when there is none", word);
        if (strlen(list) + strlen(word) + 3 > sizeof list)
            return gs_parse_fail(p, &at, "too many sources on one statement");
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", *list ? ", " : "",
                 word);
        GS_TRY(gs_parse_next(p));
        if (!here(p) || !gs_tok_is(&p->tok, ','))
            break;
        GS_TRY(gs_parse_next(p));
    }
    t->head->cite = gs_arena_strdup(p->a, list);
    return t->head->cite ? GS_OK : no_memory(p);
}

static gs_status read_scales(gs_parser *p, target *t)
{
    char say[64];
    if (!here(p) || p->tok.kind != GS_T_NAME)
        return gs_parse_fail(p, &p->tok, "expected the name of a lever, found %s",
                             gs_tok_say(&p->tok, say, sizeof say));
    t->param->scales_line = p->tok.line;
    t->param->scales_col = p->tok.col;
    GS_TRY(keep(p, &p->tok, &t->param->scales));
    return gs_parse_next(p);
}

static gs_status read_attribute(gs_parser *p, target *t, attr k, const gs_tok *at)
{
    const char *shape = attributes[k].shape;
    switch (k) {
    case AT_range:
        GS_TRY(read_number(p, true, shape, t->lo));
        GS_TRY(expect(p, GS_P_DOTS, "..", shape));
        GS_TRY(read_number(p, true, shape, t->hi));
        return *t->lo < *t->hi ? GS_OK
               : fail_range(p, at, "the range is empty; write the lower end first: range LO..HI");
    case AT_prior:
        return read_dist(p, t, shape);
    case AT_noise:
        return read_noise(p, t);
    case AT_personal:
        *t->personal = true;
        return GS_OK;
    case AT_scales:
        return read_scales(p, t);
    case AT_habit:
        return read_number(p, false, shape, t->habit);
    case AT_sd:
        GS_TRY(read_number(p, false, shape, t->sd));
        return *t->sd >= 0 ? GS_OK : fail_range(p, at, "an sd cannot be negative");
    case AT_log:
        *t->is_log = true;
        return GS_OK;
    case AT_fast:
        *t->is_fast = true;
        return GS_OK;
    case AT_cite:
        return read_cite(p, t);
    case N_ATTR:
        break;
    }
    return GS_OK;
}

static gs_status read_equation(gs_parser *p, target *t)
{
    char word[64];
    gs_tok at = p->tok;
    copy_word(&at, word);
    if (!t->state)
        return gs_parse_fail(p, &at, "only a state has an equation; this is a %s", t->kind);
    if (strcmp(word, t->head->name) != 0)
        return gs_parse_fail(p, &at, "this is the statement of state %s; its equation is "
                             "written %s' = ...", t->head->name, t->head->name);
    if (t->state->rate)
        return gs_parse_fail(p, &at, "state %s already has an equation (line %u)", word,
                             t->state->rate->line);
    GS_TRY(gs_parse_next(p));
    GS_TRY(gs_parse_next(p));
    GS_TRY(expect(p, '=', "=", "NAME' = EXPR"));
    return gs_parse_expr(p, &t->state->rate);
}

static gs_status read_assignment(gs_parser *p, target *t)
{
    if (!t->event)
        return gs_parse_fail(p, &p->tok, "only an event assigns with `:=`; this is a %s",
                             t->kind);
    gs_spec_event *e = t->event;
    if (e->n_assign == t->cap_assign) {
        size_t cap = t->cap_assign ? 2 * t->cap_assign : 4;
        gs_spec_assign *more = GS_NEW(p->a, gs_spec_assign, cap);
        if (!more)
            return no_memory(p);
        if (e->n_assign)
            memcpy(more, e->assign, e->n_assign * sizeof *more);
        e->assign = more;
        t->cap_assign = cap;
    }
    gs_spec_assign *s = &e->assign[e->n_assign];
    s->line = p->tok.line;
    s->col = p->tok.col;
    GS_TRY(keep(p, &p->tok, &s->name));
    GS_TRY(gs_parse_next(p));
    GS_TRY(gs_parse_next(p));
    e->n_assign++;
    return gs_parse_expr(p, &s->expr);
}

static gs_status unknown_attribute(gs_parser *p, const target *t)
{
    char say[64], word[64] = "", hint[120] = "";
    const char *names[N_ATTR];
    size_t n = 0;
    for (size_t i = 0; i < N_ATTR; i++)
        if (attributes[i].on & t->on)
            names[n++] = attributes[i].word;
    if (p->tok.kind == GS_T_NAME) {
        copy_word(&p->tok, word);
        for (size_t i = 0; i < COUNT(statements); i++)
            if (strcmp(word, statements[i].word) == 0)
                return gs_parse_fail(p, &p->tok, "a statement starts in the first column; "
                                     "move `%s` there", word);
        for (size_t i = 0; i < N_ATTR; i++)
            if (strcmp(word, attributes[i].word) == 0)
                return gs_parse_fail(p, &p->tok, "`%s` does not go with a %s", word, t->kind);
        gs_parse_hint(hint, sizeof hint, word, n, names);
    }
    return gs_parse_fail(p, &p->tok, "expected an operator or an attribute of the %s %s, "
                         "found %s%s", t->kind, t->head->name,
                         gs_tok_say(&p->tok, say, sizeof say), hint);
}

static gs_status read_attributes(gs_parser *p, target *t)
{
    while (here(p)) {
        gs_tok at = p->tok;
        if (at.kind == GS_T_STRING) {
            if (t->has_doc)
                return gs_parse_fail(p, &at, "%s already has a sentence", t->head->name);
            t->has_doc = true;
            GS_TRY(keep(p, &at, &t->head->doc));
            GS_TRY(gs_parse_next(p));
            continue;
        }
        if (at.kind == GS_T_NAME && !p->ahead.first) {
            if (gs_tok_is(&p->ahead, '\'')) {
                GS_TRY(read_equation(p, t));
                continue;
            }
            if (gs_tok_is(&p->ahead, GS_P_ASSIGN)) {
                GS_TRY(read_assignment(p, t));
                continue;
            }
        }
        size_t k = 0;
        while (k < N_ATTR && !(gs_tok_word(&at, attributes[k].word) && (attributes[k].on & t->on)))
            k++;
        if (k == N_ATTR)
            return unknown_attribute(p, t);
        if (t->seen & (1u << k))
            return gs_parse_fail(p, &at, "%s already has `%s`", t->head->name,
                                 attributes[k].word);
        t->seen |= 1u << k;
        GS_TRY(gs_parse_next(p));
        GS_TRY(read_attribute(p, t, (attr)k, &at));
    }
    return GS_OK;
}

/* ---- statements -------------------------------------------------------- */

static void head_start(gs_spec_head *h)
{
    h->name = h->doc = h->cite = "";
    h->unit = "1";
}

static gs_status read_model(gs_parser *p)
{
    gs_spec_head h = {0};
    head_start(&h);
    if (*p->spec->name)
        return gs_parse_fail(p, &p->tok, "the file already is model %s", p->spec->name);
    GS_TRY(gs_parse_next(p));
    GS_TRY(read_name(p, statements[ST_model].shape, &h));
    p->spec->name = h.name;
    if (here(p) && p->tok.kind == GS_T_STRING) {
        GS_TRY(keep(p, &p->tok, &p->spec->doc));
        GS_TRY(gs_parse_next(p));
    }
    char say[64];
    if (here(p))
        return gs_parse_fail(p, &p->tok, "found %s after `model`; the next statement starts in "
                             "the first column", gs_tok_say(&p->tok, say, sizeof say));
    return GS_OK;
}

static gs_status read_time(gs_parser *p)
{
    char say[64];
    if (*p->spec->time_unit)
        return gs_parse_fail(p, &p->tok, "the unit of time is already said");
    GS_TRY(gs_parse_next(p));
    for (size_t i = 0; here(p) && i < COUNT(times); i++)
        if (gs_tok_word(&p->tok, times[i].word)) {
            p->spec->time_unit = times[i].word;
            p->spec->time_days = times[i].days;
            return gs_parse_next(p);
        }
    return gs_parse_fail(p, &p->tok, "expected a unit of time (s, min, h, d or week), found %s",
                         gs_tok_say(&p->tok, say, sizeof say));
}

static gs_status read_param(gs_parser *p)
{
    gs_spec_param *x = &p->spec->param[p->spec->n_param];
    const char *shape = statements[ST_param].shape;
    head_start(&x->head);
    x->scales = "";
    x->lo = -(double)__builtin_inf();
    x->hi = (double)__builtin_inf();
    GS_TRY(gs_parse_next(p));
    GS_TRY(read_name(p, shape, &x->head));
    GS_TRY(read_unit(p, &x->head));
    GS_TRY(expect(p, '=', "=", shape));
    GS_TRY(read_number(p, false, shape, &x->value));
    GS_TRY(read_unit(p, &x->head));
    target t = {.on = GS_ON_PARAM, .kind = "param", .head = &x->head, .lo = &x->lo,
                .hi = &x->hi, .dist = &x->prior, .personal = &x->personal, .param = x};
    GS_TRY(read_attributes(p, &t));
    p->spec->n_param++;
    return GS_OK;
}

static gs_status read_lever(gs_parser *p)
{
    gs_spec_lever *x = &p->spec->lever[p->spec->n_lever];
    head_start(&x->head);
    x->lo = -(double)__builtin_inf();
    x->hi = (double)__builtin_inf();
    GS_TRY(gs_parse_next(p));
    GS_TRY(read_name(p, statements[ST_lever].shape, &x->head));
    GS_TRY(read_unit(p, &x->head));
    target t = {.on = GS_ON_LEVER, .kind = "lever", .head = &x->head, .lo = &x->lo,
                .hi = &x->hi, .habit = &x->habit, .sd = &x->sd};
    GS_TRY(read_attributes(p, &t));
    p->spec->n_lever++;
    return GS_OK;
}

static gs_status read_let(gs_parser *p)
{
    gs_spec_let *x = &p->spec->let[p->spec->n_let];
    const char *shape = statements[ST_let].shape;
    head_start(&x->head);
    GS_TRY(gs_parse_next(p));
    GS_TRY(read_name(p, shape, &x->head));
    GS_TRY(read_unit(p, &x->head));
    GS_TRY(expect(p, '=', "=", shape));
    GS_TRY(gs_parse_expr(p, &x->expr));
    target t = {.on = GS_ON_LET, .kind = "let", .head = &x->head};
    GS_TRY(read_attributes(p, &t));
    p->spec->n_let++;
    return GS_OK;
}

static gs_status read_state(gs_parser *p)
{
    gs_spec_state *x = &p->spec->state[p->spec->n_state];
    const char *shape = statements[ST_state].shape;
    gs_tok at;
    head_start(&x->head);
    x->lo = -(double)__builtin_inf();
    x->hi = (double)__builtin_inf();
    GS_TRY(gs_parse_next(p));
    at = p->tok;
    GS_TRY(read_name(p, shape, &x->head));
    GS_TRY(read_unit(p, &x->head));
    GS_TRY(expect(p, '=', "=", shape));
    GS_TRY(read_number(p, false, shape, &x->start));
    GS_TRY(read_unit(p, &x->head));
    target t = {.on = GS_ON_STATE, .kind = "state", .head = &x->head, .lo = &x->lo,
                .hi = &x->hi, .is_log = &x->is_log, .is_fast = &x->is_fast, .state = x};
    GS_TRY(read_attributes(p, &t));
    if (!x->rate)
        return gs_parse_fail(p, &at, "state %s has no equation; add a line `    %s' = ...`",
                             x->head.name, x->head.name);
    if (x->is_log && !(t.seen & (1u << AT_range)))
        x->lo = 0;
    p->spec->n_state++;
    return GS_OK;
}

static gs_status read_event(gs_parser *p)
{
    gs_spec_event *x = &p->spec->event[p->spec->n_event];
    const char *shape = statements[ST_event].shape;
    char say[64];
    gs_tok at;
    head_start(&x->head);
    GS_TRY(gs_parse_next(p));
    at = p->tok;
    GS_TRY(read_name(p, shape, &x->head));
    if (!here(p) || !gs_tok_word(&p->tok, "when"))
        return gs_parse_fail(p, &p->tok, "expected `when`, found %s; write: %s",
                             gs_tok_say(&p->tok, say, sizeof say), shape);
    GS_TRY(gs_parse_next(p));
    GS_TRY(gs_parse_expr(p, &x->when));
    target t = {.on = GS_ON_EVENT, .kind = "event", .head = &x->head, .event = x};
    GS_TRY(read_attributes(p, &t));
    if (!x->n_assign)
        return gs_parse_fail(p, &at, "event %s changes nothing; add a line `    STATE := ...`",
                             x->head.name);
    p->spec->n_event++;
    return GS_OK;
}

static gs_status read_see(gs_parser *p)
{
    gs_spec_see *x = &p->spec->see[p->spec->n_see];
    const char *shape = statements[ST_see].shape;
    head_start(&x->head);
    GS_TRY(gs_parse_next(p));
    GS_TRY(read_name(p, shape, &x->head));
    GS_TRY(read_unit(p, &x->head));
    GS_TRY(expect(p, '=', "=", shape));
    GS_TRY(gs_parse_expr(p, &x->expr));
    target t = {.on = GS_ON_SEE, .kind = "see", .head = &x->head, .dist = &x->noise};
    GS_TRY(read_attributes(p, &t));
    p->spec->n_see++;
    return GS_OK;
}

static gs_status read_statement(gs_parser *p)
{
    static gs_status (*const readers[N_STMT])(gs_parser *) = {
        [ST_model] = read_model, [ST_time] = read_time, [ST_param] = read_param,
        [ST_lever] = read_lever, [ST_let] = read_let,   [ST_state] = read_state,
        [ST_event] = read_event, [ST_see] = read_see};
    const char *names[N_STMT];
    char say[64], word[64] = "", hint[120];
    if (!p->tok.first)
        return gs_parse_fail(p, &p->tok, "a statement starts in the first column; found %s "
                             "before any", gs_tok_say(&p->tok, say, sizeof say));
    for (size_t i = 0; i < N_STMT; i++) {
        names[i] = statements[i].word;
        if (gs_tok_word(&p->tok, names[i])) {
            if (i != ST_model && !*p->spec->name)
                return gs_parse_fail(p, &p->tok, "the file must begin with its name; put "
                                     "`model NAME` first");
            return readers[i](p);
        }
    }
    if (p->tok.kind == GS_T_NAME)
        copy_word(&p->tok, word);
    return gs_parse_fail(p, &p->tok, "expected a statement (model, time, param, lever, let, "
                         "state, event, see), found %s%s; a line that continues one starts "
                         "with a blank",
                         gs_tok_say(&p->tok, say, sizeof say),
                         gs_parse_hint(hint, sizeof hint, word, N_STMT, names));
}

/* First pass: how many statements of each kind. */
static gs_status count_statements(gs_parser *p, const char *text, size_t n,
                                  size_t count[N_STMT])
{
    gs_lex x;
    gs_tok t;
    gs_lex_start(&x, p->spec->file, text, n);
    do {
        GS_TRY(gs_lex_next(&x, &t, p->err));
        for (size_t i = 0; t.first && i < N_STMT; i++)
            if (gs_tok_word(&t, statements[i].word) && ++count[i] > GS_SPEC_MAX_ITEM)
                return gs_fail_at(p->err, GS_EPARSE, p->spec->file, (long)t.line, 1, NULL,
                                  "more than %d statements `%s`", GS_SPEC_MAX_ITEM,
                                  statements[i].word);
    } while (t.kind != GS_T_END);
    return GS_OK;
}

static gs_status check_text(const char *name, const char *text, size_t n, gs_err *err)
{
    size_t bad = 0;
    if (n > GS_SPEC_MAX_TEXT)
        return gs_fail_at(err, GS_EPARSE, name, 0, 0, NULL,
                          "a model file may have 4 MiB; this one has %zu bytes", n);
    if (gs_text_utf8(text, n, &bad))
        return GS_OK;
    long line = 1, col = 1;
    for (size_t i = 0; i < bad; i++) {
        col = text[i] == '\n' ? 1 : col + (((unsigned char)text[i] & 0xc0) != 0x80);
        line += text[i] == '\n';
    }
    return gs_fail_at(err, GS_EPARSE, name, line, col, NULL,
                      "byte 0x%02x is not UTF-8 text; save the file as UTF-8",
                      (unsigned)(unsigned char)text[bad]);
}

gs_status gs_spec_parse(gs_arena *a, const char *name, const char *text, size_t n,
                        gs_spec **out, gs_err *err)
{
    size_t count[N_STMT] = {0};
    gs_spec *s = GS_NEW(a, gs_spec, 1);
    gs_parser p = {.a = a, .spec = s, .err = err};

    GS_TRY(check_text(name, text, n, err));
    if (!s || !(s->file = gs_arena_strdup(a, name)))
        return gs_fail(err, GS_ENOMEM, "out of memory while reading %s", name);
    s->name = s->doc = s->time_unit = "";
    s->text_hash = gs_text_hash(GS_HASH_START, text, n);
    GS_TRY(count_statements(&p, text, n, count));
    s->param = GS_NEW(a, gs_spec_param, count[ST_param] + 1);
    s->lever = GS_NEW(a, gs_spec_lever, count[ST_lever] + 1);
    s->let = GS_NEW(a, gs_spec_let, count[ST_let] + 1);
    s->state = GS_NEW(a, gs_spec_state, count[ST_state] + 1);
    s->event = GS_NEW(a, gs_spec_event, count[ST_event] + 1);
    s->see = GS_NEW(a, gs_spec_see, count[ST_see] + 1);
    if (!s->param || !s->lever || !s->let || !s->state || !s->event || !s->see)
        return no_memory(&p);

    gs_lex_start(&p.lex, s->file, text, n);
    GS_TRY(gs_lex_next(&p.lex, &p.ahead, err));
    GS_TRY(gs_parse_next(&p));
    while (p.tok.kind != GS_T_END)
        GS_TRY(read_statement(&p));
    if (!*s->name)
        return gs_parse_fail(&p, &p.tok, "the file is empty; begin it with `model NAME`");
    if (!*s->time_unit) {
        s->time_unit = "d";
        s->time_days = 1;
    }
    GS_TRY(gs_spec_resolve(a, s, err));
    *out = s;
    return GS_OK;
}
