/* Slaving: fast states replaced by their momentary equilibrium.
 *
 * A fast state's rate must be linear in itself, x' = a*x + b, so that x = -b/a without
 * solving anything. Equilibria that use each other are substituted in dependency order.
 * Fast states that form a cycle are iterated: every member starts at its declared start
 * value and is swept SWEEPS times in file order (Gauss-Seidel); the sweeps are written
 * out in the graph and so are differentiated exactly as they stand. The error left is
 * about (gain round the cycle)^SWEEPS; docs/notes/modelc.md has it for the axis. */
#include "modelc/build.h"

#include <stdio.h>
#include <string.h>

enum { SWEEPS = 4 };

typedef struct slaving {
    const gs_spec *spec;
    gs_graph *g;
    size_t n_fast;
    uint32_t *fast;   /* [n_fast] state indices           */
    gs_ref *eq;       /* [n_state] -b/a                   */
    gs_ref *value;    /* [n_state] result, NONE = not yet */
    unsigned char *uses; /* [n_fast x n_fast] i uses j, then closed */
    gs_err *err;
} slaving;

static gs_status no_memory(gs_err *err)
{
    return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
}

static bool depends(const gs_graph *g, gs_ref r, gs_ref leaf, bool *failed)
{
    gs_mark m = gs_arena_mark(g->scratch);
    unsigned char *keep = GS_NEW(g->scratch, unsigned char, g->n);
    bool yes = true;
    if (keep)
        gs_graph_mark(g, &r, 1, keep);
    if (keep)
        yes = keep[leaf];
    else
        *failed = true;
    gs_arena_release(g->scratch, m);
    return yes;
}

/* Where a rate is zero does not depend on a factor outside: (... - x)/tau is ... - x. */
static gs_ref without_factor(gs_graph *g, gs_ref rate, gs_ref leaf)
{
    for (;;) {
        const gs_node *n = gs_g(g, rate);
        bool product = n->op == G_MUL || n->op == G_DIV;
        if (product && !depends(g, n->b, leaf, &g->failed))
            rate = n->a;
        else if (n->op == G_MUL && !depends(g, n->a, leaf, &g->failed))
            rate = n->b;
        else
            return rate;
    }
}

static gs_status equilibrium(slaving *s, size_t i, gs_ref rate)
{
    const gs_spec_state *x = &s->spec->state[i];
    gs_ref a, b, leaf = gs_g_input(s->g, G_STATE, i);
    rate = without_factor(s->g, rate, leaf);
    bool ok = gs_split(s->g, rate, leaf, GS_SPLIT_LINEAR, &a, &b);
    GS_TRY(gs_graph_check(s->g, s->err));
    if (!ok || a == GS_REF_NONE)
        return gs_fail_at(s->err, GS_EPARSE, s->spec->file, (long)x->rate->line,
                          (long)x->rate->col, NULL, ok
                          ? "%s is fast but its equation does not depend on %s, so it has "
                            "no equilibrium; remove `fast`"
                          : "%s is fast but its equation is not linear in %s; rewrite it as "
                            "a - b*x or remove `fast`", x->head.name, x->head.name);
    if (b == GS_REF_NONE)
        b = gs_g_const(s->g, 0);
    s->eq[i] = gs_g_unary(s->g, G_NEG, gs_g_binary(s->g, G_DIV, b, a));
    return gs_graph_check(s->g, s->err);
}

/* which fast states does the equilibrium of fast[k] use? */
static gs_status direct_uses(slaving *s, size_t k)
{
    size_t n_node = s->g->n;
    gs_mark m = gs_arena_mark(s->g->scratch);
    unsigned char *keep = GS_NEW(s->g->scratch, unsigned char, n_node);
    if (!keep)
        return no_memory(s->err);
    gs_graph_mark(s->g, &s->eq[s->fast[k]], 1, keep);
    for (size_t j = 0; j < s->n_fast; j++) {
        gs_ref leaf = gs_g_input(s->g, G_STATE, s->fast[j]);
        if (leaf < n_node)
            s->uses[k * s->n_fast + j] = keep[leaf];
    }
    gs_arena_release(s->g->scratch, m);
    return GS_OK;
}

/* uses := uses, directly or through others */
static void close_uses(slaving *s)
{
    size_t n = s->n_fast;
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; s->uses[i * n + k] && j < n; j++)
                s->uses[i * n + j] |= s->uses[k * n + j];
}

/* The group of k: itself, or the cycle it is part of. True when everything the group
 * uses outside itself is already known. */
static bool ready(const slaving *s, size_t k, uint32_t *group, size_t *n_group)
{
    size_t n = s->n_fast;
    *n_group = 0;
    for (size_t j = 0; j < n; j++) {
        bool mine = j == k || (s->uses[k * n + j] && s->uses[j * n + k]);
        if (mine)
            group[(*n_group)++] = s->fast[j];
        else if (s->uses[k * n + j] && s->value[s->fast[j]] == GS_REF_NONE)
            return false;
    }
    return true;
}

static gs_status solve_group(slaving *s, const uint32_t *group, size_t n_group, bool cycle)
{
    gs_ref out;
    if (!cycle) {
        uint32_t i = group[0];
        GS_TRY(gs_substitute(s->g, s->value, 1, &s->eq[i], &out, s->err));
        s->value[i] = out;
        return GS_OK;
    }
    for (size_t j = 0; j < n_group; j++)
        s->value[group[j]] = gs_g_const(s->g, s->spec->state[group[j]].start);
    for (size_t sweep = 0; sweep < SWEEPS; sweep++)
        for (size_t j = 0; j < n_group; j++) {
            uint32_t i = group[j];
            GS_TRY(gs_substitute(s->g, s->value, 1, &s->eq[i], &out, s->err));
            s->value[i] = out;
        }
    return GS_OK;
}

gs_status gs_slave(const gs_spec *spec, gs_graph *g, const gs_ref *rate, gs_ref *value,
                   gs_err *err)
{
    slaving s = {.spec = spec, .g = g, .value = value, .err = err};
    uint32_t *group;
    s.fast = GS_NEW(g->arena, uint32_t, spec->n_state + 1);
    s.eq = GS_NEW(g->arena, gs_ref, spec->n_state + 1);
    group = GS_NEW(g->arena, uint32_t, spec->n_state + 1);
    if (!s.fast || !s.eq || !group)
        return no_memory(err);
    for (size_t i = 0; i < spec->n_state; i++) {
        value[i] = GS_REF_NONE;
        if (!spec->state[i].is_fast)
            continue;
        s.fast[s.n_fast++] = (uint32_t)i;
        GS_TRY(equilibrium(&s, i, rate[i]));
    }
    if (s.n_fast > 512)
        return gs_fail_at(err, GS_EPARSE, spec->file, 0, 0, NULL,
                          "more than 512 fast states cannot be slaved");
    s.uses = GS_NEW(g->arena, unsigned char, s.n_fast * s.n_fast + 1);
    if (!s.uses)
        return no_memory(err);
    for (size_t k = 0; k < s.n_fast; k++)
        GS_TRY(direct_uses(&s, k));
    close_uses(&s);
    for (size_t left = s.n_fast; left > 0;) {
        for (size_t k = 0; k < s.n_fast; k++) {
            size_t n_group;
            if (value[s.fast[k]] != GS_REF_NONE || !ready(&s, k, group, &n_group))
                continue;
            GS_TRY(solve_group(&s, group, n_group, s.uses[k * s.n_fast + k]));
            left -= n_group;
        }
    }
    return GS_OK;
}
