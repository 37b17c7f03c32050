/* Symbolic derivatives, forward: every node carries its derivatives by just the leaves it
 * depends on, as nodes of the same graph, so that what columns share is computed once.
 * Not tried: reverse mode, a root at a time (docs/notes/modelc.md). */
#include "modelc/fold.h"

#include <string.h>

typedef struct entry {
    uint32_t var;
    gs_ref d;
} entry;

typedef struct derivation {
    gs_work *w;
    gs_graph *g;
    size_t n_state;
    const bool *with_par;
    size_t *start; /* [n + 1] entries of node i: all[start[i] .. start[i+1]) */
    entry *all;
    size_t n, cap;
    bool failed;
} derivation;

static gs_ref mul(derivation *t, gs_ref a, gs_ref b)
{
    return gs_g_binary(t->g, G_MUL, a, b);
}

static gs_ref constant(derivation *t, double x)
{
    return gs_g_const(t->g, x);
}

static gs_ref zero_if_none(derivation *t, gs_ref a)
{
    return a == GS_REF_NONE ? constant(t, 0) : a;
}

static gs_ref sum(derivation *t, gs_ref a, gs_ref b)
{
    if (a == GS_REF_NONE)
        return b;
    return b == GS_REF_NONE ? a : gs_g_binary(t->g, G_ADD, a, b);
}

static gs_ref scaled(derivation *t, gs_ref k, gs_ref d)
{
    return d == GS_REF_NONE ? d : mul(t, k, d);
}

static bool is_reciprocal(const gs_graph *g, const gs_node *n)
{
    double x;
    return n->op == G_DIV && gs_g_is_const(g, n->a, &x) && x == 1;
}

static gs_ref reciprocal(derivation *t, gs_ref b)
{
    double x;
    if (gs_g_is_const(t->g, b, &x) && x != 0)
        return constant(t, 1 / x);
    return gs_g_binary(t->g, G_DIV, constant(t, 1), b);
}

static gs_ref product_rule(derivation *t, const gs_node *n, gs_ref da, gs_ref db)
{
    return sum(t, scaled(t, n->b, da), scaled(t, n->a, db));
}

/* d(x^n)/dx as n*x^n/x, which needs no second power; at x = 0, where that is 0/0, it is 0,
 * 1 or infinity as n is above, at or below 1 (and 0 for n = 0: x^0 is 1 everywhere). */
static gs_ref slope_by_base(derivation *t, gs_ref i, const gs_node *n)
{
    gs_graph *g = t->g;
    gs_ref zero = constant(t, 0), one = constant(t, 1);
    gs_ref flat = gs_g_binary(g, G_OR, gs_g_binary(g, G_LT, one, n->b),
                              gs_g_binary(g, G_EQ, n->b, zero));
    gs_ref steep = gs_g_select(g, gs_g_binary(g, G_EQ, n->b, one), one,
                               constant(t, (double)__builtin_inf()));
    gs_ref at_zero = gs_g_select(g, flat, zero, steep);
    gs_ref slope = mul(t, mul(t, n->b, i), reciprocal(t, n->a));
    return gs_g_select(g, gs_g_binary(g, G_EQ, n->a, zero), at_zero, slope);
}

/* By base and exponent; where the exponent varies, a base of 0 adds nothing. */
static gs_ref power_rule(derivation *t, gs_ref i, const gs_node *n, gs_ref da, gs_ref db)
{
    gs_graph *g = t->g;
    gs_ref by_base = scaled(t, slope_by_base(t, i, n), da), by_exp = GS_REF_NONE;
    if (db != GS_REF_NONE) {
        gs_ref slope = mul(t, i, gs_g_unary(g, G_LN, n->a));
        gs_ref above = gs_g_binary(g, G_LT, constant(t, 0), n->a);
        by_exp = mul(t, gs_g_select(g, above, slope, constant(t, 0)), db);
    }
    return sum(t, by_base, by_exp);
}

static gs_ref choose(derivation *t, gs_ref cond, gs_ref da, gs_ref db)
{
    return gs_g_select(t->g, cond, zero_if_none(t, da), zero_if_none(t, db));
}

/* derivative of node i, given those of its operands (NONE = zero) */
static gs_ref rule(derivation *t, gs_ref i, const gs_node *n, gs_ref da, gs_ref db)
{
    gs_graph *g = t->g;
    switch ((gs_gop)n->op) {
    case G_NEG:
        return gs_g_unary(g, G_NEG, da);
    case G_EXP:
        return mul(t, i, da);
    case G_LN:
        return mul(t, reciprocal(t, n->a), da);
    case G_SQRT:
        return mul(t, mul(t, constant(t, 0.5), reciprocal(t, i)), da);
    case G_ABS:
        return choose(t, gs_g_binary(g, G_LT, n->a, constant(t, 0)),
                      gs_g_unary(g, G_NEG, da), da);
    case G_ADD:
        return sum(t, da, db);
    case G_SUB:
        if (db == GS_REF_NONE)
            return da;
        return da == GS_REF_NONE ? gs_g_unary(g, G_NEG, db) : gs_g_binary(g, G_SUB, da, db);
    case G_MUL:
        return product_rule(t, n, da, db);
    case G_DIV: /* (da - q*db)/b; of a reciprocal: -q*q*db */
        if (is_reciprocal(g, n))
            return gs_g_unary(g, G_NEG, mul(t, mul(t, i, i), db));
        if (db != GS_REF_NONE)
            db = gs_g_unary(g, G_NEG, mul(t, i, db));
        return mul(t, reciprocal(t, n->b), sum(t, da, db));
    case G_POW:
        return power_rule(t, i, n, da, db);
    case G_MIN:
        return choose(t, gs_g_binary(g, G_LT, n->b, n->a), db, da);
    case G_MAX:
        return choose(t, gs_g_binary(g, G_LT, n->a, n->b), db, da);
    default:
        return GS_REF_NONE;
    }
}

static void push(derivation *t, uint32_t var, gs_ref d)
{
    double x;
    if (d == GS_REF_NONE || t->failed || (gs_g_is_const(t->g, d, &x) && x == 0))
        return;
    if (t->n == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 4096;
        entry *more = GS_NEW(t->w->arena, entry, cap);
        if (!more || t->n > 20000000) {
            t->failed = true;
            return;
        }
        if (t->n)
            memcpy(more, t->all, t->n * sizeof *more);
        t->all = more;
        t->cap = cap;
    }
    t->all[t->n++] = (entry){var, d};
}

static bool compares(gs_gop op)
{
    return op == G_NOT || (op >= G_LT && op <= G_OR);
}

/* merge the entries of the two operands that carry derivatives */
static void derive_node(derivation *t, gs_ref i)
{
    gs_node n = *gs_g(t->g, i);
    unsigned k = gs_gop_operands((gs_gop)n.op);
    gs_ref a = n.op == G_SEL ? n.b : n.a, b = n.op == G_SEL ? n.c : n.b;
    if (n.op == G_INNER)
        push(t, n.a, constant(t, 1));
    if (n.op == G_PARAM && t->with_par[n.a])
        push(t, (uint32_t)(t->n_state + n.a), constant(t, 1));
    if (k == 0 || compares((gs_gop)n.op))
        return;
    size_t p = t->start[a], p_end = t->start[a + 1];
    size_t q = k > 1 ? t->start[b] : 0, q_end = k > 1 ? t->start[b + 1] : 0;
    while ((p < p_end || q < q_end) && !t->failed) {
        uint32_t vp = p < p_end ? t->all[p].var : UINT32_MAX;
        uint32_t vq = q < q_end ? t->all[q].var : UINT32_MAX;
        uint32_t v = vp < vq ? vp : vq;
        gs_ref da = vp == v ? t->all[p++].d : GS_REF_NONE;
        gs_ref db = vq == v ? t->all[q++].d : GS_REF_NONE;
        push(t, v, n.op == G_SEL ? choose(t, n.a, da, db) : rule(t, i, &n, da, db));
    }
}

gs_status gs_derive(gs_work *w, gs_graph *g, size_t n_state, const bool *with_par,
                    const gs_ref *root, size_t n_root, gs_grad *out, gs_err *err)
{
    size_t n = g->n, n_out = 0;
    derivation t = {.w = w, .g = g, .n_state = n_state, .with_par = with_par};
    unsigned char *keep = GS_NEW(w->arena, unsigned char, n);
    t.start = GS_NEW(w->arena, size_t, n + 1);
    if (!keep || !t.start)
        return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
    gs_graph_mark(g, root, n_root, keep);
    for (gs_ref i = 0; i < n; i++) {
        t.start[i] = t.n;
        if (keep[i] && !t.failed && !g->failed)
            derive_node(&t, i);
        t.start[i + 1] = t.n;
    }
    GS_TRY(gs_graph_check(g, err));
    for (size_t i = 0; i < n_root; i++)
        n_out += t.start[root[i] + 1] - t.start[root[i]];
    out->root = GS_NEW(w->arena, uint32_t, n_out + 1);
    out->var = GS_NEW(w->arena, uint32_t, n_out + 1);
    out->value = GS_NEW(w->arena, gs_ref, n_out + 1);
    if (t.failed || !out->root || !out->var || !out->value)
        return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
    out->n = 0;
    for (size_t i = 0; i < n_root; i++)
        for (size_t e = t.start[root[i]]; e < t.start[root[i] + 1]; e++, out->n++) {
            out->root[out->n] = (uint32_t)i;
            out->var[out->n] = t.all[e].var;
            out->value[out->n] = t.all[e].d;
        }
    return GS_OK;
}
