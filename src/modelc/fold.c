/* Simplification. One pass upwards over the plain graph rebuilds every needed node in a
 * graph that folds; the passes below know three things the constructors do not:
 *
 *   signs     an expression known to be positive may go through its logarithm
 *   products  a chain of * / ^ is gathered, so that all its powers share one exp:
 *             Bu^a * Ind^b / Rg^c = exp(a*ln Bu + b*ln Ind - c*ln Rg); the logarithm
 *             of a log state is the state's own coordinate and costs nothing
 *   divisors  a/b is a*(1/b), so that a divisor used twice is divided by once
 *
 * A power whose base may be zero or negative stays a pow: exp(n*ln 0) has the right
 * value but not the right derivative. */
#include "modelc/fold.h"

#include <math.h>
#include <string.h>

enum { MAX_CHAIN = 64 };

typedef struct folder {
    const gs_spec *spec;
    const gs_model_graph *from;
    gs_graph *g;
    gs_ref *to;             /* plain node -> folded node */
    const uint32_t *n_use;  /* of plain nodes */
    unsigned char *sign;    /* of folded nodes, filled on demand */
    size_t n_sign, cap_sign;
} folder;

/* ---- signs -------------------------------------------------------------------- */

enum { UNKNOWN = 1, NONNEGATIVE, POSITIVE };

static unsigned char range_sign(double lo)
{
    return lo > 0 ? POSITIVE : lo == 0 ? NONNEGATIVE : UNKNOWN;
}

static unsigned char leaf_sign(const folder *f, const gs_node *x)
{
    switch ((gs_gop)x->op) {
    case G_CONST:
        return range_sign(x->num);
    case G_PARAM:
        return range_sign(f->spec->param[x->a].lo);
    case G_LEVER:
        return range_sign(f->spec->lever[x->a].lo);
    case G_INNER: {
        const gs_spec_state *s = &f->spec->state[f->from->kept[x->a]];
        return s->is_log ? UNKNOWN : range_sign(s->lo);
    }
    default:
        return UNKNOWN;
    }
}

static unsigned char node_sign(const folder *f, const gs_node *x)
{
    unsigned n = gs_gop_operands((gs_gop)x->op);
    unsigned char a = n > 0 ? f->sign[x->a] : 0, b = n > 1 ? f->sign[x->b] : 0;
    unsigned char c = n > 2 ? f->sign[x->c] : 0, low = a < b ? a : b, high = a < b ? b : a;
    switch ((gs_gop)x->op) {
    case G_EXP:
        return POSITIVE;
    case G_SQRT:
    case G_POW:
        return a == POSITIVE ? POSITIVE : a;
    case G_ABS:
        return a == POSITIVE ? POSITIVE : NONNEGATIVE;
    case G_ADD:
        return low >= NONNEGATIVE ? high : UNKNOWN;
    case G_MUL:
        return x->a == x->b && low == UNKNOWN ? NONNEGATIVE : low;
    case G_DIV: /* 0/0 is no sign, but then nothing is */
        return b == POSITIVE ? a : low >= NONNEGATIVE ? NONNEGATIVE : UNKNOWN;
    case G_MIN:
        return low;
    case G_MAX:
        return high;
    case G_SEL:
        return b < c ? b : c;
    default:
        return n == 0 ? leaf_sign(f, x) : UNKNOWN;
    }
}

/* Signs of all nodes up to r; the graph only grows, so each is found once. */
static unsigned char sign_of(folder *f, gs_ref r)
{
    if (r >= f->cap_sign) {
        size_t cap = f->g->cap;
        unsigned char *more = GS_NEW(f->g->arena, unsigned char, cap);
        if (!more) {
            f->g->failed = true;
            return UNKNOWN;
        }
        if (f->n_sign)
            memcpy(more, f->sign, f->n_sign);
        f->sign = more;
        f->cap_sign = cap;
    }
    for (; f->n_sign <= r; f->n_sign++)
        f->sign[f->n_sign] = node_sign(f, gs_g(f->g, (gs_ref)f->n_sign));
    return f->sign[r];
}

/* ---- pieces --------------------------------------------------------------------- */

static gs_ref mul(folder *f, gs_ref a, gs_ref b)
{
    return gs_g_binary(f->g, G_MUL, a, b);
}

static gs_ref reciprocal(folder *f, gs_ref b)
{
    double x;
    const gs_node *n = gs_g(f->g, b);
    if (gs_g_is_const(f->g, b, &x) && x != 0)
        return gs_g_const(f->g, 1 / x);
    /* a log state is needed as it is anyway; other exponentials turn round for nothing */
    if (n->op == G_EXP && gs_g(f->g, n->a)->op != G_INNER)
        return gs_g_unary(f->g, G_EXP, gs_g_unary(f->g, G_NEG, n->a));
    if (n->op == G_DIV && gs_g_is_const(f->g, n->a, &x) && x == 1)
        return n->b;
    return gs_g_binary(f->g, G_DIV, gs_g_const(f->g, 1), b);
}

/* Does a product hold an exponential (or a constant) that its logarithm would undo? */
static bool eases(const folder *f, gs_ref a, int depth)
{
    const gs_node *n = gs_g(f->g, a);
    if (n->op == G_EXP || n->op == G_CONST)
        return true;
    return depth < 6 && (n->op == G_MUL || n->op == G_DIV) &&
           (eases(f, n->a, depth + 1) || eases(f, n->b, depth + 1));
}

/* ln of a positive expression: through products, quotients and exponentials. Besides the
 * cost, a product too small for a double still has its logarithm that way. */
static gs_ref logarithm(folder *f, gs_ref a, int depth)
{
    gs_node n = *gs_g(f->g, a);
    double x;
    if (n.op == G_EXP)
        return n.a;
    if (gs_g_is_const(f->g, a, &x))
        return gs_g_const(f->g, log(x));
    if (depth < 8 && (n.op == G_MUL || n.op == G_DIV) && sign_of(f, n.a) == POSITIVE &&
        sign_of(f, n.b) == POSITIVE && (eases(f, n.a, 0) || eases(f, n.b, 0)))
        return gs_g_binary(f->g, n.op == G_MUL ? G_ADD : G_SUB, logarithm(f, n.a, depth + 1),
                           logarithm(f, n.b, depth + 1));
    return gs_g_unary(f->g, G_LN, a);
}

static gs_ref whole_power(folder *f, gs_ref a, unsigned n)
{
    gs_ref r = gs_g_const(f->g, 1);
    for (; n; n >>= 1) {
        if (n & 1)
            r = mul(f, r, a);
        if (n > 1)
            a = mul(f, a, a);
    }
    return r;
}

/* quarter powers by roots; NONE when c is none */
static gs_ref root_power(folder *f, gs_ref a, double c)
{
    double q = 4 * fabs(c);
    if (q != rint(q) || q > 16)
        return GS_REF_NONE;
    unsigned n = (unsigned)q;
    gs_ref r = whole_power(f, a, n / 4);
    if (n % 4) {
        gs_ref half = gs_g_unary(f->g, G_SQRT, a);
        if (n % 4 >= 2)
            r = mul(f, r, half);
        if (n % 2)
            r = mul(f, r, gs_g_unary(f->g, G_SQRT, half));
    }
    return c < 0 ? reciprocal(f, r) : r;
}

/* Does a^e go through the logarithm? Not when products do it exactly, and cheaply. */
static bool through_log(folder *f, gs_ref a, gs_ref e)
{
    double c;
    if (sign_of(f, a) != POSITIVE)
        return false;
    if (!gs_g_is_const(f->g, e, &c))
        return true;
    return !(c == rint(c) && fabs(c) <= 16);
}

static gs_ref power(folder *f, gs_ref a, gs_ref e)
{
    double c, x;
    gs_ref r;
    if (gs_g_is_const(f->g, e, &c)) {
        if (gs_g_is_const(f->g, a, &x))
            return gs_g_const(f->g, pow(x, c));
        if (c == rint(c) && fabs(c) <= 16) {
            r = whole_power(f, a, (unsigned)fabs(c));
            return c < 0 ? reciprocal(f, r) : r;
        }
        if (gs_g(f->g, a)->op != G_EXP && (r = root_power(f, a, c)) != GS_REF_NONE)
            return r;
    }
    if (through_log(f, a, e))
        return gs_g_unary(f->g, G_EXP, mul(f, e, logarithm(f, a, 0)));
    return gs_g_binary(f->g, G_POW, a, e);
}

/* ---- chains of * / ^ --------------------------------------------------------------- */

typedef struct chain {
    gs_ref log;  /* sum of e*ln(base) of the powers met, NONE = none met */
    size_t n_log;
    gs_ref last_base, last_exp; /* the power, when there is only one */
    gs_ref up[MAX_CHAIN], down[MAX_CHAIN];
    size_t n_up, n_down;
} chain;

static void take_power(folder *f, chain *c, gs_ref a, gs_ref e, bool below)
{
    gs_ref term;
    if (below)
        e = gs_g_unary(f->g, G_NEG, e);
    term = mul(f, e, logarithm(f, a, 0));
    c->log = c->log == GS_REF_NONE ? term : gs_g_binary(f->g, G_ADD, c->log, term);
    c->last_base = a;
    c->last_exp = e;
    c->n_log++;
}

/* Factors of plain node r into the chain. Shared nodes stay whole: they are computed
 * anyway. False when the chain is full. */
static bool gather(folder *f, chain *c, gs_ref r, bool below, bool top, int depth)
{
    const gs_node *n = gs_g(&f->from->g, r);
    bool whole = (!top && f->n_use[r] > 1) || depth > 200;
    if (!whole && (n->op == G_MUL || n->op == G_DIV))
        return gather(f, c, n->a, below, false, depth + 1) &&
               gather(f, c, n->b, n->op == G_DIV ? !below : below, false, depth + 1);
    if (!whole && n->op == G_POW && through_log(f, f->to[n->a], f->to[n->b])) {
        take_power(f, c, f->to[n->a], f->to[n->b], below);
        return true;
    }
    if (c->n_up == MAX_CHAIN || c->n_down == MAX_CHAIN)
        return false;
    if (below)
        c->down[c->n_down++] = f->to[r];
    else
        c->up[c->n_up++] = f->to[r];
    return true;
}

static gs_ref fold_product(folder *f, gs_ref r)
{
    chain c = {.log = GS_REF_NONE};
    const gs_node *n = gs_g(&f->from->g, r);
    if (!gather(f, &c, r, false, true, 0)) { /* too long: just this one */
        gs_ref b = f->to[n->b];
        return mul(f, f->to[n->a], n->op == G_DIV ? reciprocal(f, b) : b);
    }
    gs_ref out = gs_g_const(f->g, 1), below = out;
    for (size_t i = 0; i < c.n_up; i++)
        out = mul(f, out, c.up[i]);
    for (size_t i = 0; i < c.n_down; i++)
        below = mul(f, below, c.down[i]);
    if (c.n_log == 1)
        out = mul(f, out, power(f, c.last_base, c.last_exp));
    else if (c.n_log > 1)
        out = mul(f, out, gs_g_unary(f->g, G_EXP, c.log));
    return c.n_down ? mul(f, out, reciprocal(f, below)) : out;
}

/* ---- the pass ------------------------------------------------------------------------ */

static gs_ref fold_node(folder *f, gs_ref r)
{
    const gs_node *n = gs_g(&f->from->g, r);
    switch ((gs_gop)n->op) {
    case G_CONST:
        return gs_g_const(f->g, n->num);
    case G_STATE:
    case G_INNER:
    case G_PARAM:
    case G_LEVER:
        return gs_g_input(f->g, (gs_gop)n->op, n->a);
    case G_POW:
        return power(f, f->to[n->a], f->to[n->b]);
    case G_MUL:
    case G_DIV:
        return fold_product(f, r);
    case G_LN:
        return sign_of(f, f->to[n->a]) == POSITIVE ? logarithm(f, f->to[n->a], 0)
                                                    : gs_g_unary(f->g, G_LN, f->to[n->a]);
    case G_SEL:
        return gs_g_select(f->g, f->to[n->a], f->to[n->b], f->to[n->c]);
    default:
        return gs_gop_operands((gs_gop)n->op) == 1
                   ? gs_g_unary(f->g, (gs_gop)n->op, f->to[n->a])
                   : gs_g_binary(f->g, (gs_gop)n->op, f->to[n->a], f->to[n->b]);
    }
}

/* every root of the model in one list, in the order fold_roots takes them back */
static size_t list_roots(const gs_spec *s, const gs_model_graph *m, gs_ref *root)
{
    size_t n = 0;
    for (size_t i = 0; i < m->n_state; i++)
        root[n++] = m->dz[i];
    for (size_t i = 0; i < s->n_see; i++)
        root[n++] = m->see[i];
    for (size_t i = 0; i < m->n_fast; i++)
        root[n++] = m->fast[i];
    for (size_t i = 0; i < s->n_event; i++) {
        root[n++] = m->event[i].when;
        for (size_t j = 0; j < m->event[i].n_assign; j++)
            root[n++] = m->event[i].value[j];
    }
    return n;
}

static gs_status take_roots(gs_work *w, const gs_spec *s, const gs_model_graph *m,
                            const gs_ref *to, gs_ref *root, size_t n, gs_model_graph *out,
                            gs_err *err)
{
    gs_model_event *e = GS_NEW(w->arena, gs_model_event, s->n_event + 1);
    if (!e)
        return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
    for (size_t i = 0; i < n; i++)
        root[i] = to[root[i]];
    out->dz = root;
    out->see = root + m->n_state;
    out->fast = out->see + s->n_see;
    root += m->n_state + s->n_see + m->n_fast;
    for (size_t i = 0; i < s->n_event; i++) {
        e[i] = m->event[i];
        e[i].when = *root++;
        e[i].value = root;
        root += e[i].n_assign;
    }
    out->event = e;
    return GS_OK;
}

gs_status gs_fold(gs_work *w, const gs_spec *s, const gs_model_graph *m, gs_model_graph *out,
                  gs_err *err)
{
    size_t n = m->g.n, n_root = m->n_state + s->n_see + m->n_fast + s->n_event;
    for (size_t i = 0; i < s->n_event; i++)
        n_root += m->event[i].n_assign;
    folder f = {.spec = s, .from = m};
    gs_ref *root = GS_NEW(w->arena, gs_ref, n_root + 1);
    unsigned char *keep = GS_NEW(w->arena, unsigned char, n);
    uint32_t *use = GS_NEW(w->arena, uint32_t, n);
    f.to = GS_NEW(w->arena, gs_ref, n);
    if (!root || !keep || !use || !f.to)
        return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
    *out = *m;
    GS_TRY(gs_graph_new(w->arena, w->scratch, true, &out->g, err));
    f.g = &out->g;
    f.n_use = use;
    list_roots(s, m, root);
    gs_graph_mark(&m->g, root, n_root, keep);
    for (size_t i = 0; i < n_root; i++)
        use[root[i]]++;
    for (gs_ref i = 0; i < n; i++) {
        const gs_node *x = gs_g(&m->g, i);
        unsigned k = gs_gop_operands((gs_gop)x->op);
        if (!keep[i])
            continue;
        use[x->a] += k > 0;
        use[x->b] += k > 1;
        use[x->c] += k > 2;
    }
    for (gs_ref i = 0; i < n && !f.g->failed; i++)
        if (keep[i])
            f.to[i] = fold_node(&f, i);
    GS_TRY(gs_graph_check(f.g, err));
    return take_roots(w, s, m, f.to, root, n_root, out, err);
}
