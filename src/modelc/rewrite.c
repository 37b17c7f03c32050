/* Rewriting of graphs: substitution, and taking an expression apart by one leaf.
 * Operands stand before their node, so each pass is one loop upwards. */
#include "modelc/build.h"

#include <string.h>

void gs_graph_mark(const gs_graph *g, const gs_ref *root, size_t n, unsigned char *keep)
{
    gs_ref top = 0;
    for (size_t i = 0; i < n; i++) {
        keep[root[i]] = 1;
        if (root[i] > top)
            top = root[i];
    }
    for (gs_ref i = top + 1; i-- > 0;) {
        const gs_node *x = gs_g(g, i);
        unsigned k = gs_gop_operands((gs_gop)x->op);
        if (!keep[i])
            continue;
        if (k > 0)
            keep[x->a] = 1;
        if (k > 1)
            keep[x->b] = 1;
        if (k > 2)
            keep[x->c] = 1;
    }
}

static gs_ref rebuild(gs_graph *g, const gs_node *x, const gs_ref *to)
{
    switch (gs_gop_operands((gs_gop)x->op)) {
    case 1:
        return gs_g_unary(g, (gs_gop)x->op, to[x->a]);
    case 2:
        return gs_g_binary(g, (gs_gop)x->op, to[x->a], to[x->b]);
    default:
        return gs_g_select(g, to[x->a], to[x->b], to[x->c]);
    }
}

gs_status gs_substitute(gs_graph *g, const gs_ref *value, size_t n,
                        const gs_ref *root, gs_ref *out, gs_err *err)
{
    size_t n_node = g->n;
    gs_mark mark = gs_arena_mark(g->scratch);
    unsigned char *keep = GS_NEW(g->scratch, unsigned char, n_node);
    gs_ref *to = GS_NEW(g->scratch, gs_ref, n_node);
    if (!keep || !to)
        return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
    gs_graph_mark(g, root, n, keep);
    for (gs_ref i = 0; i < n_node; i++) {
        gs_node x = *gs_g(g, i);
        if (!keep[i])
            continue;
        to[i] = i;
        if (x.op == G_STATE && value[x.a] != GS_REF_NONE)
            to[i] = value[x.a];
        else if (gs_gop_operands((gs_gop)x.op))
            to[i] = rebuild(g, &x, to);
    }
    for (size_t i = 0; i < n; i++)
        out[i] = to[root[i]];
    gs_arena_release(g->scratch, mark);
    return gs_graph_check(g, err);
}

/* ---- splitting --------------------------------------------------------------- */

typedef struct part {
    gs_ref quot, rest; /* NONE = zero */
} part;

static gs_ref plus(gs_graph *g, gs_gop op, gs_ref a, gs_ref b)
{
    if (b == GS_REF_NONE)
        return a;
    if (a == GS_REF_NONE)
        return op == G_SUB ? gs_g_unary(g, G_NEG, b) : b;
    return gs_g_binary(g, op, a, b);
}

static gs_ref times(gs_graph *g, gs_gop op, gs_ref a, gs_ref b)
{
    return a == GS_REF_NONE ? a : gs_g_binary(g, op, a, b);
}

static gs_ref or_zero(gs_graph *g, gs_ref a)
{
    return a == GS_REF_NONE ? gs_g_const(g, 0) : a;
}

/* one node that depends on x, its operands already split */
static bool split_node(gs_graph *g, const gs_node *n, gs_ref i, const part *p,
                       const unsigned char *dep, bool linear, part *out)
{
    part a = p[n->a], b = p[n->b], c = p[n->c];
    *out = (part){GS_REF_NONE, i};
    switch ((gs_gop)n->op) {
    case G_NEG:
        out->quot = a.quot == GS_REF_NONE ? a.quot : gs_g_unary(g, G_NEG, a.quot);
        out->rest = a.rest == GS_REF_NONE ? a.rest : gs_g_unary(g, G_NEG, a.rest);
        return true;
    case G_ADD:
    case G_SUB:
        out->quot = plus(g, (gs_gop)n->op, a.quot, b.quot);
        out->rest = plus(g, (gs_gop)n->op, a.rest, b.rest);
        return true;
    case G_MUL:
        if (linear && dep[n->a] && dep[n->b])
            return false;
        if (dep[n->a] && (linear || a.rest == GS_REF_NONE)) {
            *out = (part){times(g, G_MUL, a.quot, n->b), times(g, G_MUL, a.rest, n->b)};
        } else if (dep[n->b] && (linear || b.rest == GS_REF_NONE)) {
            *out = (part){times(g, G_MUL, b.quot, n->a), times(g, G_MUL, b.rest, n->a)};
        }
        return true;
    case G_DIV:
        if (linear && dep[n->b])
            return false;
        if (dep[n->a] && (linear || a.rest == GS_REF_NONE))
            *out = (part){times(g, G_DIV, a.quot, n->b), times(g, G_DIV, a.rest, n->b)};
        return true;
    case G_SEL:
        if (!linear)
            return true;
        if (dep[n->a])
            return false;
        out->quot = gs_g_select(g, n->a, or_zero(g, b.quot), or_zero(g, c.quot));
        out->rest = gs_g_select(g, n->a, or_zero(g, b.rest), or_zero(g, c.rest));
        return true;
    default:
        return !linear;
    }
}

bool gs_split(gs_graph *g, gs_ref r, gs_ref x, gs_split_how how,
              gs_ref *out_quot, gs_ref *out_rest)
{
    gs_mark mark = gs_arena_mark(g->scratch);
    unsigned char *keep = GS_NEW(g->scratch, unsigned char, (size_t)r + 1);
    unsigned char *dep = GS_NEW(g->scratch, unsigned char, (size_t)r + 1);
    part *p = GS_NEW(g->scratch, part, (size_t)r + 1);
    bool ok = keep && dep && p;

    if (!ok)
        g->failed = true;
    else
        gs_graph_mark(g, &r, 1, keep);
    for (gs_ref i = 0; ok && i <= r; i++) {
        gs_node n = *gs_g(g, i);
        unsigned k = gs_gop_operands((gs_gop)n.op);
        if (!keep[i])
            continue;
        dep[i] = i == x || (k > 0 && dep[n.a]) || (k > 1 && dep[n.b]) || (k > 2 && dep[n.c]);
        p[i] = (part){GS_REF_NONE, i};
        if (i == x)
            p[i] = (part){gs_g_const(g, 1), GS_REF_NONE};
        else if (dep[i])
            ok = split_node(g, &n, i, p, dep, how == GS_SPLIT_LINEAR, &p[i]);
    }
    if (ok) {
        *out_quot = p[r].quot;
        *out_rest = p[r].rest;
    }
    gs_arena_release(g->scratch, mark);
    return ok;
}
