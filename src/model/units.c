/* Dimensions: the unit of every expression is derived and compared with what is
 * declared. A bare number has unit 1, a bare 0 agrees with every unit. Units are equal
 * only when their scale is too: g/d and mg/d disagree, and the message has the mend. */
#include "model/ast.h"

#include <stdio.h>
#include <string.h>

typedef struct checker {
    const gs_spec *s;
    const gs_unit_ops *u;
    void *one, *time;
    void **param, **lever, **let, **state;
    gs_err *err;
} checker;

/* Result of an expression; unit NULL = any (a bare zero). */
typedef struct dim {
    void *unit;
} dim;

static const char *say(const checker *c, void *unit, char buf[80])
{
    if (!unit)
        return "any unit";
    char text[72];
    c->u->format(c->u->self, unit, text, sizeof text);
    snprintf(buf, 80, "[%.70s]", text);
    return buf;
}

static bool same(const checker *c, void *a, void *b)
{
    return !a || !b || c->u->same(c->u->self, a, b);
}

/* ": multiply by 1000 [mg/g]" when two units differ in scale only */
static const char *mend(const checker *c, void *have, void *want, const char *what, char *buf,
                        size_t n)
{
    double f = 0;
    buf[0] = 0;
    if (have && want && c->u->factor && c->u->factor(c->u->self, have, want, &f)) {
        void *inv = c->u->pow(c->u->self, have, -1);
        void *quot = inv ? c->u->mul(c->u->self, want, inv) : NULL;
        char text[80];
        if (quot)
            snprintf(buf, n, "; multiply %s by %.10g %s", what, f, say(c, quot, text));
        else
            snprintf(buf, n, "; they differ by a factor of %.10g", f);
    }
    return buf;
}

static gs_status fail(const checker *c, const gs_expr *e, const char *fmt, const char *a,
                      const char *b, const char *rest)
{
    char msg[400];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(msg, sizeof msg, fmt, a, b, rest);
#pragma GCC diagnostic pop
    return gs_fail_at(c->err, GS_EUNIT, c->s->file, (long)e->line, (long)e->col, NULL, "%s",
                      msg);
}

static gs_status unit_of(const checker *c, const gs_expr *e, dim *out);

static gs_status dimensionless(const checker *c, const gs_expr *e, const char *where)
{
    dim d;
    char a[80];
    GS_TRY(unit_of(c, e, &d));
    if (same(c, d.unit, c->one))
        return GS_OK;
    return fail(c, e, "%s must have no unit, but this is %s; divide it by a reference value%s",
                where, say(c, d.unit, a), "");
}

/* both operands of + - < min ... have one unit, which is the result's */
static gs_status alike(const checker *c, const gs_expr *at, const gs_expr *x, const gs_expr *y,
                       const char *verb, dim *out)
{
    dim a, b;
    char ta[80], tb[80], m[160], both[200];
    GS_TRY(unit_of(c, x, &a));
    GS_TRY(unit_of(c, y, &b));
    if (!same(c, a.unit, b.unit)) {
        snprintf(both, sizeof both, "%s and %s", say(c, a.unit, ta), say(c, b.unit, tb));
        return fail(c, at, "cannot %s %s%s", verb, both,
                    mend(c, b.unit, a.unit, "the second", m, sizeof m));
    }
    out->unit = a.unit ? a.unit : b.unit;
    return GS_OK;
}

static gs_status product(const checker *c, const gs_expr *e, dim *out)
{
    dim a, b;
    char ta[80], tb[80];
    GS_TRY(unit_of(c, e->arg[0], &a));
    GS_TRY(unit_of(c, e->arg[1], &b));
    out->unit = NULL; /* zero times anything agrees with anything */
    if (!a.unit || !b.unit) {
        out->unit = NULL;
        return GS_OK;
    }
    void *right = e->op == GS_X_DIV ? c->u->pow(c->u->self, b.unit, -1) : b.unit;
    out->unit = right ? c->u->mul(c->u->self, a.unit, right) : NULL;
    if (out->unit)
        return GS_OK;
    return fail(c, e, "cannot combine %s with %s here%s", say(c, a.unit, ta),
                say(c, b.unit, tb), "");
}

static gs_status power(const checker *c, const gs_expr *e, dim *out)
{
    dim a;
    double n;
    char ta[80], tn[40];
    GS_TRY(unit_of(c, e->arg[0], &a));
    GS_TRY(dimensionless(c, e->arg[1], "an exponent"));
    *out = a;
    if (same(c, a.unit, c->one))
        return GS_OK;
    if (!gs_expr_constant(e->arg[1], &n))
        return fail(c, e->arg[1], "the exponent of a quantity in %s must be a plain number; "
                    "divide the base by a reference value%s%s", say(c, a.unit, ta), "", "");
    out->unit = c->u->pow(c->u->self, a.unit, n);
    if (out->unit)
        return GS_OK;
    snprintf(tn, sizeof tn, "%g", n);
    return fail(c, e, "%s to the power %s is no unit; divide the base by a reference value%s",
                say(c, a.unit, ta), tn, "");
}

static gs_status root(const checker *c, const gs_expr *e, dim *out)
{
    char ta[80];
    GS_TRY(unit_of(c, e->arg[0], out));
    if (same(c, out->unit, c->one))
        return GS_OK;
    void *r = c->u->pow(c->u->self, out->unit, 0.5);
    if (!r)
        return fail(c, e, "the square root of %s is no unit%s%s", say(c, out->unit, ta), "", "");
    out->unit = r;
    return GS_OK;
}

static gs_status number(const checker *c, const gs_expr *e, dim *out)
{
    out->unit = e->num == 0 ? NULL : c->one;
    if (!e->text)
        return GS_OK;
    out->unit = c->u->parse(c->u->self, e->text);
    return out->unit ? GS_OK : fail(c, e, "[%s] is not a unit%s%s", e->text, "", "");
}

static gs_status hill(const checker *c, const gs_expr *e, dim *out)
{
    GS_TRY(alike(c, e, e->arg[0], e->arg[1], "compare", out));
    out->unit = c->one;
    return dimensionless(c, e->arg[2], "the third argument of hill");
}

static gs_status choice(const checker *c, const gs_expr *e, dim *out)
{
    GS_TRY(unit_of(c, e->arg[0], out));
    return alike(c, e, e->arg[1], e->arg[2], "choose between", out);
}

static gs_status unit_of(const checker *c, const gs_expr *e, dim *out)
{
    out->unit = c->one;
    switch (e->op) {
    case GS_X_NUM:
        return number(c, e, out);
    case GS_X_PARAM:
        out->unit = c->param[e->ref];
        return GS_OK;
    case GS_X_LEVER:
        out->unit = c->lever[e->ref];
        return GS_OK;
    case GS_X_LET:
        out->unit = c->let[e->ref];
        return GS_OK;
    case GS_X_STATE:
        out->unit = c->state[e->ref];
        return GS_OK;
    case GS_X_ADD:
        return alike(c, e, e->arg[0], e->arg[1], "add", out);
    case GS_X_SUB:
        return alike(c, e, e->arg[0], e->arg[1], "subtract", out);
    case GS_X_MIN:
    case GS_X_MAX:
        return alike(c, e, e->arg[0], e->arg[1], "compare", out);
    case GS_X_LT:
    case GS_X_LE:
    case GS_X_GT:
    case GS_X_GE:
    case GS_X_EQ:
    case GS_X_NE:
        GS_TRY(alike(c, e, e->arg[0], e->arg[1], "compare", out));
        out->unit = c->one;
        return GS_OK;
    case GS_X_AND:
    case GS_X_OR:
        GS_TRY(unit_of(c, e->arg[0], out));
        return unit_of(c, e->arg[1], out);
    case GS_X_NOT:
    case GS_X_NEG:
    case GS_X_ABS:
    case GS_X_POS:
        return unit_of(c, e->arg[0], out);
    case GS_X_MUL:
    case GS_X_DIV:
        return product(c, e, out);
    case GS_X_POW:
        return power(c, e, out);
    case GS_X_SQRT:
        return root(c, e, out);
    case GS_X_EXP:
        return dimensionless(c, e->arg[0], "the argument of exp");
    case GS_X_LN:
        return dimensionless(c, e->arg[0], "the argument of ln");
    case GS_X_HILL:
        return hill(c, e, out);
    case GS_X_IF:
        return choice(c, e, out);
    case GS_X_NAME:
        break;
    }
    return GS_OK;
}

static gs_status declared(const checker *c, const gs_spec_head *h, void **out)
{
    *out = c->u->parse(c->u->self, h->unit);
    if (*out)
        return GS_OK;
    return gs_fail_at(c->err, GS_EUNIT, c->s->file, (long)h->unit_line, (long)h->unit_col, NULL,
                      "[%s] of %s is not a unit; write it as in [g/d], [1/d], [mg/L] or [1]",
                      h->unit, h->name);
}

static gs_status agrees(const checker *c, const gs_expr *e, const char *name, void *want)
{
    dim d;
    char ta[80], tb[80], m[160];
    GS_TRY(unit_of(c, e, &d));
    if (same(c, d.unit, want))
        return GS_OK;
    char what[160];
    snprintf(what, sizeof what, "%s is %s", name, say(c, want, ta));
    return fail(c, e, "%s, but its expression is %s%s", what, say(c, d.unit, tb),
                mend(c, d.unit, want, "the expression", m, sizeof m));
}

static gs_status check_declared(checker *c)
{
    const gs_spec *s = c->s;
    void *see;
    for (size_t i = 0; i < s->n_param; i++)
        GS_TRY(declared(c, &s->param[i].head, &c->param[i]));
    for (size_t i = 0; i < s->n_lever; i++)
        GS_TRY(declared(c, &s->lever[i].head, &c->lever[i]));
    for (size_t i = 0; i < s->n_state; i++)
        GS_TRY(declared(c, &s->state[i].head, &c->state[i]));
    for (size_t i = 0; i < s->n_let; i++)
        GS_TRY(declared(c, &s->let[i].head, &c->let[i]));
    for (size_t i = 0; i < s->n_see; i++)
        GS_TRY(declared(c, &s->see[i].head, &see));
    return GS_OK;
}

static gs_status check_expressions(checker *c)
{
    const gs_spec *s = c->s;
    char name[80];
    dim d;
    for (size_t i = 0; i < s->n_let; i++)
        GS_TRY(agrees(c, s->let[i].expr, s->let[i].head.name, c->let[i]));
    void *per_time = c->u->pow(c->u->self, c->time, -1);
    for (size_t i = 0; i < s->n_state; i++) {
        void *want = c->u->mul(c->u->self, c->state[i], per_time);
        snprintf(name, sizeof name, "%s'", s->state[i].head.name);
        GS_TRY(agrees(c, s->state[i].rate, name, want));
    }
    for (size_t i = 0; i < s->n_event; i++) {
        GS_TRY(unit_of(c, s->event[i].when, &d));
        for (size_t j = 0; j < s->event[i].n_assign; j++) {
            const gs_spec_assign *x = &s->event[i].assign[j];
            GS_TRY(agrees(c, x->expr, x->name, c->state[x->state]));
        }
    }
    for (size_t i = 0; i < s->n_see; i++)
        GS_TRY(agrees(c, s->see[i].expr, s->see[i].head.name,
                      c->u->parse(c->u->self, s->see[i].head.unit)));
    return GS_OK;
}

gs_status gs_spec_check_units(const gs_spec *s, const gs_unit_ops *units, gs_err *err)
{
    checker c = {.s = s, .u = units, .err = err};
    gs_arena *a = gs_arena_new(0);
    gs_status st = GS_OK;
    if (a) {
        c.param = GS_NEW(a, void *, s->n_param + 1);
        c.lever = GS_NEW(a, void *, s->n_lever + 1);
        c.let = GS_NEW(a, void *, s->n_let + 1);
        c.state = GS_NEW(a, void *, s->n_state + 1);
    }
    c.one = units->parse(units->self, "1");
    c.time = units->parse(units->self, s->time_unit);
    if (!a || !c.param || !c.lever || !c.let || !c.state || !c.one || !c.time)
        st = gs_fail(err, GS_ENOMEM, "out of memory while checking the units of %s", s->file);
    if (st == GS_OK)
        st = check_declared(&c);
    if (st == GS_OK)
        st = check_expressions(&c);
    gs_arena_free(a);
    return st;
}
