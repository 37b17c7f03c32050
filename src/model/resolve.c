/* Names to things, and every check that needs the whole file: duplicates, circles of
 * lets, conditions against numbers, values against ranges and priors. */
#include "gutskin/text.h"
#include "model/parse.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Params, levers, lets and states share one table of names. */
typedef struct symbol {
    const char *name;
    gs_expr_op op; /* GS_X_PARAM .. GS_X_STATE */
    uint32_t ref, line;
} symbol;

typedef struct table {
    symbol *slot;
    size_t n_slot; /* power of two, at least twice the names */
} table;

typedef struct resolver {
    gs_arena *a;
    gs_spec *s;
    table names;
    gs_err *err;
} resolver;

static const char *kind_word(gs_expr_op op)
{
    switch (op) {
    case GS_X_PARAM:
        return "param";
    case GS_X_LEVER:
        return "lever";
    case GS_X_LET:
        return "let";
    case GS_X_STATE:
        return "state";
    default:
        return "";
    }
}

static gs_status fail_at(const resolver *r, gs_status code, uint32_t line, uint32_t col,
                         const char *msg)
{
    return gs_fail_at(r->err, code, r->s->file, (long)line, (long)col, NULL, "%s", msg);
}

static symbol *find(const table *t, const char *name)
{
    size_t i = (size_t)gs_text_hash(GS_HASH_START, name, strlen(name)) & (t->n_slot - 1);
    while (t->slot[i].name && strcmp(t->slot[i].name, name) != 0)
        i = (i + 1) & (t->n_slot - 1);
    return &t->slot[i];
}

static gs_status table_new(resolver *r, table *t, size_t n)
{
    t->n_slot = 16;
    while (t->n_slot < 2 * n)
        t->n_slot *= 2;
    t->slot = GS_NEW(r->a, symbol, t->n_slot);
    return t->slot ? GS_OK
                   : gs_fail(r->err, GS_ENOMEM, "out of memory while reading %s", r->s->file);
}

static gs_status declare(resolver *r, table *t, gs_expr_op op, const char *kind,
                         const gs_spec_head *h, size_t i)
{
    char msg[300];
    symbol *y = find(t, h->name);
    if (y->name) {
        snprintf(msg, sizeof msg, "the name %s is already taken in line %u; choose another",
                 h->name, y->line);
        (void)kind;
        return fail_at(r, GS_EPARSE, h->line, h->col, msg);
    }
    *y = (symbol){h->name, op, (uint32_t)i, h->line};
    return GS_OK;
}

static gs_status declare_all(resolver *r)
{
    const gs_spec *s = r->s;
    table other;
    GS_TRY(table_new(r, &r->names, s->n_param + s->n_lever + s->n_let + s->n_state));
    for (size_t i = 0; i < s->n_param; i++)
        GS_TRY(declare(r, &r->names, GS_X_PARAM, "param", &s->param[i].head, i));
    for (size_t i = 0; i < s->n_lever; i++)
        GS_TRY(declare(r, &r->names, GS_X_LEVER, "lever", &s->lever[i].head, i));
    for (size_t i = 0; i < s->n_let; i++)
        GS_TRY(declare(r, &r->names, GS_X_LET, "let", &s->let[i].head, i));
    for (size_t i = 0; i < s->n_state; i++)
        GS_TRY(declare(r, &r->names, GS_X_STATE, "state", &s->state[i].head, i));
    /* observables and events cannot be used in expressions: names of their own */
    GS_TRY(table_new(r, &other, s->n_see));
    for (size_t i = 0; i < s->n_see; i++)
        GS_TRY(declare(r, &other, GS_X_NAME, "see", &s->see[i].head, i));
    GS_TRY(table_new(r, &other, s->n_event));
    for (size_t i = 0; i < s->n_event; i++)
        GS_TRY(declare(r, &other, GS_X_NAME, "event", &s->event[i].head, i));
    return GS_OK;
}

/* All names of some kinds, for "did you mean". */
static const char *hint(resolver *r, char *buf, size_t n_buf, const char *word, unsigned kinds)
{
    gs_mark m = gs_arena_mark(r->a);
    const char **names = GS_NEW(r->a, const char *, r->names.n_slot);
    size_t n = 0;
    buf[0] = 0;
    for (size_t i = 0; names && i < r->names.n_slot; i++)
        if (r->names.slot[i].name && (kinds & (1u << r->names.slot[i].op)))
            names[n++] = r->names.slot[i].name;
    if (names)
        gs_parse_hint(buf, n_buf, word, n, names);
    gs_arena_release(r->a, m);
    return buf;
}

static gs_status unknown_name(resolver *r, const gs_expr *e)
{
    char msg[300], near[160];
    const unsigned all = 1u << GS_X_PARAM | 1u << GS_X_LEVER | 1u << GS_X_LET | 1u << GS_X_STATE;
    for (size_t i = 0; i < r->s->n_see; i++)
        if (strcmp(r->s->see[i].head.name, e->text) == 0) {
            snprintf(msg, sizeof msg, "%s is an observable and cannot be used in an "
                     "expression; make it a `let` and see that", e->text);
            return fail_at(r, GS_EPARSE, e->line, e->col, msg);
        }
    snprintf(msg, sizeof msg, "there is no `%s`%s", e->text,
             hint(r, near, sizeof near, e->text, all));
    return fail_at(r, GS_EPARSE, e->line, e->col, msg);
}

/* ---- expressions: names, and conditions where conditions belong ---------- */

static bool is_condition(const gs_expr *e)
{
    return e->op >= GS_X_LT && e->op <= GS_X_NOT;
}

static bool wants_condition(const gs_expr *e, size_t i)
{
    return e->op == GS_X_AND || e->op == GS_X_OR || e->op == GS_X_NOT ||
           (e->op == GS_X_IF && i == 0);
}

static gs_status check_kind(resolver *r, const gs_expr *e, bool condition)
{
    if (condition && !is_condition(e))
        return fail_at(r, GS_EPARSE, e->line, e->col,
                       "expected a condition such as `x > 0`, found a number");
    if (!condition && is_condition(e))
        return fail_at(r, GS_EPARSE, e->line, e->col,
                       "expected a number, found a condition; write if(condition, 1, 0)");
    return GS_OK;
}

static gs_status resolve_expr(resolver *r, gs_expr *e)
{
    if (e->op == GS_X_NAME) {
        const symbol *y = find(&r->names, e->text);
        if (!y->name)
            return unknown_name(r, e);
        e->op = y->op;
        e->ref = y->ref;
        return GS_OK;
    }
    for (size_t i = 0; i < e->n_arg; i++) {
        GS_TRY(resolve_expr(r, e->arg[i]));
        GS_TRY(check_kind(r, e->arg[i], wants_condition(e, i)));
    }
    return GS_OK;
}

static gs_status resolve_assignments(resolver *r, gs_spec_event *e)
{
    char msg[300], near[160];
    for (size_t i = 0; i < e->n_assign; i++) {
        gs_spec_assign *x = &e->assign[i];
        const symbol *y = find(&r->names, x->name);
        if (!y->name || y->op != GS_X_STATE) {
            if (y->name)
                snprintf(msg, sizeof msg, "%s is a %s; an event can only change states",
                         x->name, kind_word(y->op));
            else
                snprintf(msg, sizeof msg, "there is no state `%s`%s", x->name,
                         hint(r, near, sizeof near, x->name, 1u << GS_X_STATE));
            return fail_at(r, GS_EPARSE, x->line, x->col, msg);
        }
        x->state = y->ref;
        for (size_t j = 0; j < i; j++)
            if (e->assign[j].state == x->state) {
                snprintf(msg, sizeof msg, "event %s already changes %s in line %u",
                         e->head.name, x->name, e->assign[j].line);
                return fail_at(r, GS_EPARSE, x->line, x->col, msg);
            }
        GS_TRY(resolve_expr(r, x->expr));
        GS_TRY(check_kind(r, x->expr, false));
    }
    return GS_OK;
}

static gs_status resolve_all(resolver *r)
{
    gs_spec *s = r->s;
    for (size_t i = 0; i < s->n_let; i++) {
        GS_TRY(resolve_expr(r, s->let[i].expr));
        GS_TRY(check_kind(r, s->let[i].expr, false));
    }
    for (size_t i = 0; i < s->n_state; i++) {
        GS_TRY(resolve_expr(r, s->state[i].rate));
        GS_TRY(check_kind(r, s->state[i].rate, false));
    }
    for (size_t i = 0; i < s->n_event; i++) {
        GS_TRY(resolve_expr(r, s->event[i].when));
        GS_TRY(check_kind(r, s->event[i].when, true));
        GS_TRY(resolve_assignments(r, &s->event[i]));
    }
    for (size_t i = 0; i < s->n_see; i++) {
        GS_TRY(resolve_expr(r, s->see[i].expr));
        GS_TRY(check_kind(r, s->see[i].expr, false));
    }
    return GS_OK;
}

/* ---- order of lets -------------------------------------------------------- */

/* Depth-first over lets with a stack of our own: a chain of lets may be as long as
 * the file. Each let's uses are collected once. */
typedef struct order {
    uint32_t *use_start, *use; /* uses of let i: use[use_start[i] .. use_start[i+1]) */
    size_t n_use, cap_use;
    bool failed;
    gs_arena *a;
} order;

static void collect_uses(order *o, const gs_expr *e)
{
    if (e->op == GS_X_LET) {
        if (o->n_use == o->cap_use) {
            size_t cap = o->cap_use ? 2 * o->cap_use : 256;
            uint32_t *more = GS_NEW(o->a, uint32_t, cap);
            if (!more) {
                o->failed = true;
                return;
            }
            if (o->n_use)
                memcpy(more, o->use, o->n_use * sizeof *more);
            o->use = more;
            o->cap_use = cap;
        }
        o->use[o->n_use++] = e->ref;
    }
    for (size_t i = 0; i < e->n_arg; i++)
        collect_uses(o, e->arg[i]);
}

static gs_status fail_circle(resolver *r, const uint32_t *stack, size_t n, uint32_t again)
{
    char msg[300] = "";
    size_t i = 0;
    const gs_spec_head *h = &r->s->let[again].head;
    while (stack[i] != again)
        i++;
    snprintf(msg, sizeof msg, "%s depends on itself: ", h->name);
    for (; i < n && strlen(msg) < 220; i++)
        snprintf(msg + strlen(msg), sizeof msg - strlen(msg), "%s -> ",
                 r->s->let[stack[i]].head.name);
    snprintf(msg + strlen(msg), sizeof msg - strlen(msg), "%s%s", i < n ? "... -> " : "",
             h->name);
    return fail_at(r, GS_EPARSE, h->line, h->col, msg);
}

static gs_status order_lets(resolver *r)
{
    gs_spec *s = r->s;
    size_t n = s->n_let, n_done = 0;
    order o = {.a = r->a};
    uint32_t *stack = GS_NEW(r->a, uint32_t, n + 1), *next = GS_NEW(r->a, uint32_t, n + 1);
    unsigned char *mark = GS_NEW(r->a, unsigned char, n + 1); /* 0 new, 1 open, 2 done */
    o.use_start = GS_NEW(r->a, uint32_t, n + 1);
    s->let_order = GS_NEW(r->a, uint32_t, n + 1);
    if (!stack || !next || !mark || !o.use_start || !s->let_order)
        return gs_fail(r->err, GS_ENOMEM, "out of memory while reading %s", s->file);
    for (size_t i = 0; i < n; i++) {
        o.use_start[i] = (uint32_t)o.n_use;
        collect_uses(&o, s->let[i].expr);
    }
    o.use_start[n] = (uint32_t)o.n_use;
    if (o.failed)
        return gs_fail(r->err, GS_ENOMEM, "out of memory while reading %s", s->file);
    for (size_t root = 0; root < n; root++) {
        size_t depth = 0;
        if (mark[root])
            continue;
        stack[depth++] = (uint32_t)root;
        mark[root] = 1;
        next[root] = o.use_start[root];
        while (depth) {
            uint32_t i = stack[depth - 1];
            if (next[i] == o.use_start[i + 1]) {
                mark[i] = 2;
                s->let_order[n_done++] = i;
                depth--;
                continue;
            }
            uint32_t j = o.use[next[i]++];
            if (mark[j] == 1)
                return fail_circle(r, stack, depth, j);
            if (mark[j] == 0) {
                mark[j] = 1;
                next[j] = o.use_start[j];
                stack[depth++] = j;
            }
        }
    }
    return GS_OK;
}

/* ---- values --------------------------------------------------------------- */

static gs_status check_inside(resolver *r, const gs_spec_head *h, const char *what, double x,
                              double lo, double hi)
{
    char msg[300];
    if (x >= lo && x <= hi)
        return GS_OK;
    snprintf(msg, sizeof msg, "the %s of %s is %g, outside its range %g..%g", what, h->name, x,
             lo, hi);
    return fail_at(r, GS_ERANGE, h->line, h->col, msg);
}

static double prior_centre(gs_spec_dist d)
{
    switch (d.kind) {
    case GS_SPEC_UNIFORM:
        return 0.5 * (d.a + d.b);
    case GS_SPEC_BETA:
        return d.a / (d.a + d.b);
    default:
        return d.a;
    }
}

static gs_status check_param(resolver *r, gs_spec_param *x)
{
    char msg[300], near[160];
    const gs_spec_head *h = &x->head;
    GS_TRY(check_inside(r, h, "value", x->value, x->lo, x->hi));
    if (x->prior.kind != GS_SPEC_NONE)
        GS_TRY(check_inside(r, h, "centre of the prior", prior_centre(x->prior), x->lo, x->hi));
    if (x->personal && x->prior.kind == GS_SPEC_NONE) {
        snprintf(msg, sizeof msg, "%s is personal and needs a prior; add `prior normal(MEAN, "
                 "SD)`, lognormal, uniform or beta", h->name);
        return fail_at(r, GS_EPARSE, h->line, h->col, msg);
    }
    if (*x->scales) {
        const symbol *y = find(&r->names, x->scales);
        if (!y->name || y->op != GS_X_LEVER) {
            snprintf(msg, sizeof msg, "there is no lever `%s`%s", x->scales,
                     hint(r, near, sizeof near, x->scales, 1u << GS_X_LEVER));
            return fail_at(r, GS_EPARSE, x->scales_line, x->scales_col, msg);
        }
    }
    return GS_OK;
}

static gs_status check_state(resolver *r, const gs_spec_state *x)
{
    char msg[300];
    const gs_spec_head *h = &x->head;
    GS_TRY(check_inside(r, h, "start", x->start, x->lo, x->hi));
    if (x->is_log && !(x->start > 0 && x->lo >= 0)) {
        snprintf(msg, sizeof msg, "%s is integrated as its logarithm; its start must be above "
                 "0 and its range must not reach below 0", h->name);
        return fail_at(r, GS_ERANGE, h->line, h->col, msg);
    }
    return GS_OK;
}

gs_status gs_spec_resolve(gs_arena *a, gs_spec *s, gs_err *err)
{
    resolver r = {.a = a, .s = s, .err = err};
    GS_TRY(declare_all(&r));
    GS_TRY(resolve_all(&r));
    GS_TRY(order_lets(&r));
    for (size_t i = 0; i < s->n_param; i++)
        GS_TRY(check_param(&r, &s->param[i]));
    for (size_t i = 0; i < s->n_lever; i++)
        GS_TRY(check_inside(&r, &s->lever[i].head, "habit", s->lever[i].habit, s->lever[i].lo,
                            s->lever[i].hi));
    for (size_t i = 0; i < s->n_state; i++)
        GS_TRY(check_state(&r, &s->state[i]));
    return GS_OK;
}

/* ---- small questions about expressions ------------------------------------- */

const char *gs_expr_head_name(const gs_spec *s, const gs_expr *e)
{
    switch (e->op) {
    case GS_X_PARAM:
        return s->param[e->ref].head.name;
    case GS_X_LEVER:
        return s->lever[e->ref].head.name;
    case GS_X_LET:
        return s->let[e->ref].head.name;
    case GS_X_STATE:
        return s->state[e->ref].head.name;
    default:
        return NULL;
    }
}

bool gs_expr_constant(const gs_expr *e, double *out)
{
    double a = 0, b = 0;
    if (e->op == GS_X_NUM) {
        *out = e->num;
        return e->text == NULL || strcmp(e->text, "1") == 0;
    }
    if (e->op < GS_X_NEG || e->op > GS_X_POW || !gs_expr_constant(e->arg[0], &a))
        return false;
    if (e->n_arg == 2 && !gs_expr_constant(e->arg[1], &b))
        return false;
    switch (e->op) {
    case GS_X_NEG:
        *out = -a;
        break;
    case GS_X_ADD:
        *out = a + b;
        break;
    case GS_X_SUB:
        *out = a - b;
        break;
    case GS_X_MUL:
        *out = a * b;
        break;
    case GS_X_DIV:
        *out = a / b;
        break;
    default:
        *out = pow(a, b);
    }
    return isfinite(*out);
}
