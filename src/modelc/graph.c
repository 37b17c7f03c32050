/* Hash-consing and the smallest simplifications. Larger ones (power products,
 * derivatives) are built from these in fold.c and derive.c. */
#include "modelc/graph.h"

#include <string.h>

unsigned gs_gop_operands(gs_gop op)
{
    static const unsigned char n_operand[N_GOP] = {
#define X(op, n) [G_##op] = n,
        GS_GRAPH_OPS(X)
#undef X
    };
    return n_operand[op];
}

gs_status gs_graph_new(gs_arena *a, gs_arena *scratch, bool fold, gs_graph *out, gs_err *err)
{
    *out = (gs_graph){.arena = a, .scratch = scratch, .cap = 1024, .n_slot = 4096, .fold = fold};
    out->node = GS_NEW(a, gs_node, out->cap);
    out->slot = GS_NEW(a, gs_ref, out->n_slot);
    if (!out->node || !out->slot)
        return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
    memset(out->slot, 0xff, out->n_slot * sizeof *out->slot);
    out->n = 0;
    gs_g_const(out, 0); /* ref 0 is what a failed call hands back */
    return GS_OK;
}

gs_status gs_graph_check(const gs_graph *g, gs_err *err)
{
    if (!g->failed)
        return GS_OK;
    if (g->n >= GS_GRAPH_MAX)
        return gs_fail(err, GS_ENOMEM, "the model grows to more than %d operations; make it "
                       "smaller", GS_GRAPH_MAX);
    return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
}

static size_t hash_node(const gs_node *x)
{
    uint64_t bits, h = x->op * 0x9e3779b97f4a7c15ull;
    memcpy(&bits, &x->num, sizeof bits);
    h = (h ^ x->a) * 0xbf58476d1ce4e5b9ull;
    h = (h ^ (h >> 29) ^ x->b) * 0x94d049bb133111ebull;
    h = (h ^ (h >> 31) ^ x->c) * 0xbf58476d1ce4e5b9ull;
    h = (h ^ (h >> 30) ^ bits) * 0x94d049bb133111ebull;
    return (size_t)(h ^ (h >> 32));
}

static bool same_node(const gs_node *x, const gs_node *y)
{
    return x->op == y->op && x->a == y->a && x->b == y->b && x->c == y->c &&
           memcmp(&x->num, &y->num, sizeof x->num) == 0;
}

static bool grow(gs_graph *g)
{
    if (g->n < g->cap)
        return true;
    size_t cap = 2 * g->cap, n_slot = 2 * g->n_slot;
    gs_node *node = g->n < GS_GRAPH_MAX ? GS_NEW(g->arena, gs_node, cap) : NULL;
    gs_ref *slot = node ? GS_NEW(g->arena, gs_ref, n_slot) : NULL;
    if (!slot) {
        g->failed = true;
        return false;
    }
    memcpy(node, g->node, g->n * sizeof *node);
    memset(slot, 0xff, n_slot * sizeof *slot);
    for (size_t i = 0; i < g->n; i++) {
        size_t h = hash_node(&node[i]) & (n_slot - 1);
        while (slot[h] != GS_REF_NONE)
            h = (h + 1) & (n_slot - 1);
        slot[h] = (gs_ref)i;
    }
    g->node = node;
    g->slot = slot;
    g->cap = cap;
    g->n_slot = n_slot;
    return true;
}

static gs_ref intern(gs_graph *g, gs_node x)
{
    if (g->failed || !grow(g))
        return 0;
    size_t h = hash_node(&x) & (g->n_slot - 1);
    while (g->slot[h] != GS_REF_NONE) {
        if (same_node(&g->node[g->slot[h]], &x))
            return g->slot[h];
        h = (h + 1) & (g->n_slot - 1);
    }
    g->slot[h] = (gs_ref)g->n;
    g->node[g->n] = x;
    return (gs_ref)g->n++;
}

gs_ref gs_g_const(gs_graph *g, double x)
{
    return intern(g, (gs_node){.op = G_CONST, .num = x});
}

gs_ref gs_g_input(gs_graph *g, gs_gop op, size_t index)
{
    return intern(g, (gs_node){.op = (uint8_t)op, .a = (gs_ref)index});
}

bool gs_g_is_const(const gs_graph *g, gs_ref r, double *out)
{
    if (gs_g(g, r)->op != G_CONST)
        return false;
    *out = gs_g(g, r)->num;
    return true;
}

gs_ref gs_g_unary(gs_graph *g, gs_gop op, gs_ref a)
{
    double x;
    if (g->fold && gs_g_is_const(g, a, &x))
        return gs_g_const(g, gs_gop_eval(op, x, 0, 0));
    if (g->fold) {
        gs_gop inner = (gs_gop)gs_g(g, a)->op;
        if (op == G_NEG && inner == G_NEG)
            return gs_g(g, a)->a;
        if (op == G_NEG && inner == G_SUB)
            return gs_g_binary(g, G_SUB, gs_g(g, a)->b, gs_g(g, a)->a);
        if (op == G_LN && inner == G_EXP)
            return gs_g(g, a)->a;
    }
    return intern(g, (gs_node){.op = (uint8_t)op, .a = a});
}

/* x op constant or constant op x, with the exact identities; NONE = nothing known.
 * x*0 = 0 drops a NaN or infinity of x: the judge compares finite values only. */
static gs_ref fold_constant(gs_graph *g, gs_gop op, gs_ref a, gs_ref b)
{
    double x = 0, y = 0;
    bool ca = gs_g_is_const(g, a, &x), cb = gs_g_is_const(g, b, &y);
    if (ca && cb)
        return gs_g_const(g, gs_gop_eval(op, x, y, 0));
    switch (op) {
    case G_ADD:
        if (ca && x == 0)
            return b;
        if (cb && y == 0)
            return a;
        break;
    case G_SUB:
        if (ca && x == 0)
            return gs_g_unary(g, G_NEG, b);
        if (cb && y == 0)
            return a;
        if (a == b)
            return gs_g_const(g, 0);
        break;
    case G_MUL:
        if ((ca && x == 0) || (cb && y == 0))
            return gs_g_const(g, 0);
        if (ca && x == 1)
            return b;
        if (cb && y == 1)
            return a;
        if (ca && x == -1)
            return gs_g_unary(g, G_NEG, b);
        if (cb && y == -1)
            return gs_g_unary(g, G_NEG, a);
        break;
    case G_DIV:
        if (ca && x == 0)
            return gs_g_const(g, 0);
        if (cb && y == 1)
            return a;
        if (a == b)
            return gs_g_const(g, 1);
        break;
    case G_POW:
        if (cb && y == 0)
            return gs_g_const(g, 1);
        if (cb && y == 1)
            return a;
        break;
    case G_AND:
    case G_OR: /* a constant is the neutral element or decides alone */
        if (ca)
            return (x != 0) == (op == G_AND) ? b : a;
        if (cb)
            return (y != 0) == (op == G_AND) ? a : b;
        break;
    case G_MIN:
    case G_MAX:
        if (a == b)
            return a;
        break;
    default:
        break;
    }
    return GS_REF_NONE;
}

/* Signs move outwards so that equal products meet; constants move left. */
static gs_ref fold_signs(gs_graph *g, gs_gop op, gs_ref a, gs_ref b)
{
    gs_node na = *gs_g(g, a), nb = *gs_g(g, b);
    bool neg_a = na.op == G_NEG, neg_b = nb.op == G_NEG;
    if (op == G_ADD && neg_b)
        return gs_g_binary(g, G_SUB, a, nb.a);
    if (op == G_ADD && neg_a)
        return gs_g_binary(g, G_SUB, b, na.a);
    if (op == G_SUB && neg_b)
        return gs_g_binary(g, G_ADD, a, nb.a);
    if ((op == G_MUL || op == G_DIV) && (neg_a || neg_b)) {
        gs_ref r = gs_g_binary(g, op, neg_a ? na.a : a, neg_b ? nb.a : b);
        return neg_a != neg_b ? gs_g_unary(g, G_NEG, r) : r;
    }
    if (op == G_MUL && nb.op == G_CONST)
        return gs_g_binary(g, G_MUL, b, a);
    if (op == G_MUL && na.op == G_CONST && nb.op == G_MUL && gs_g(g, nb.a)->op == G_CONST)
        return gs_g_binary(g, G_MUL, gs_g_const(g, na.num * gs_g(g, nb.a)->num), nb.b);
    return GS_REF_NONE;
}

gs_ref gs_g_binary(gs_graph *g, gs_gop op, gs_ref a, gs_ref b)
{
    if (g->fold && !g->failed) {
        gs_ref r = fold_constant(g, op, a, b);
        if (r == GS_REF_NONE)
            r = fold_signs(g, op, a, b);
        if (r != GS_REF_NONE)
            return r;
        bool commutes = op == G_ADD || op == G_MUL;
        if (commutes && a > b && gs_g(g, a)->op != G_CONST) {
            gs_ref t = a;
            a = b;
            b = t;
        }
    }
    return intern(g, (gs_node){.op = (uint8_t)op, .a = a, .b = b});
}

gs_ref gs_g_select(gs_graph *g, gs_ref cond, gs_ref a, gs_ref b)
{
    double x;
    if (g->fold && gs_g_is_const(g, cond, &x))
        return x != 0 ? a : b;
    if (g->fold && a == b)
        return a;
    return intern(g, (gs_node){.op = G_SEL, .a = cond, .b = a, .c = b});
}
