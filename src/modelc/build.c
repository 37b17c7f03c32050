/* The middle of the compiler: a spec's expressions as one graph, fast states slaved,
 * log states in their internal coordinate. */
#include "modelc/build.h"

#include <string.h>

typedef struct builder {
    const gs_spec *spec;
    gs_graph *g;
    gs_ref *let; /* [n_let] */
} builder;

gs_status gs_work_new(gs_work *w, gs_err *err)
{
    w->arena = gs_arena_new(0);
    w->scratch = gs_arena_new(0);
    if (w->arena && w->scratch)
        return GS_OK;
    gs_work_free(w);
    return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
}

void gs_work_free(gs_work *w)
{
    gs_arena_free(w->arena);
    gs_arena_free(w->scratch);
    w->arena = w->scratch = NULL;
}

/* Height of e is bounded by the parser (GS_SPEC_MAX_DEPTH). */
static gs_ref from_expr(builder *b, const gs_expr *e)
{
    static const gs_gop op_of[GS_X_IF + 1] = {
        [GS_X_NEG] = G_NEG, [GS_X_ADD] = G_ADD, [GS_X_SUB] = G_SUB,   [GS_X_MUL] = G_MUL,
        [GS_X_DIV] = G_DIV, [GS_X_POW] = G_POW, [GS_X_LT] = G_LT,     [GS_X_LE] = G_LE,
        [GS_X_GT] = G_LT,   [GS_X_GE] = G_LE,   [GS_X_EQ] = G_EQ,     [GS_X_NE] = G_NE,
        [GS_X_AND] = G_AND, [GS_X_OR] = G_OR,   [GS_X_NOT] = G_NOT,   [GS_X_EXP] = G_EXP,
        [GS_X_LN] = G_LN,   [GS_X_SQRT] = G_SQRT, [GS_X_ABS] = G_ABS, [GS_X_MIN] = G_MIN,
        [GS_X_MAX] = G_MAX};
    gs_ref x[3] = {0, 0, 0}, xn, kn;
    for (size_t i = 0; i < e->n_arg; i++)
        x[i] = from_expr(b, e->arg[i]);
    switch (e->op) {
    case GS_X_NUM:
        return gs_g_const(b->g, e->num);
    case GS_X_PARAM:
        return gs_g_input(b->g, G_PARAM, e->ref);
    case GS_X_LEVER:
        return gs_g_input(b->g, G_LEVER, e->ref);
    case GS_X_STATE:
        return gs_g_input(b->g, G_STATE, e->ref);
    case GS_X_LET:
        return b->let[e->ref];
    case GS_X_GT:
    case GS_X_GE:
        return gs_g_binary(b->g, op_of[e->op], x[1], x[0]);
    case GS_X_POS:
        return gs_g_binary(b->g, G_MAX, x[0], gs_g_const(b->g, 0));
    case GS_X_HILL:
        xn = gs_g_binary(b->g, G_POW, x[0], x[2]);
        kn = gs_g_binary(b->g, G_POW, x[1], x[2]);
        return gs_g_binary(b->g, G_DIV, xn, gs_g_binary(b->g, G_ADD, kn, xn));
    case GS_X_IF:
        return gs_g_select(b->g, x[0], x[1], x[2]);
    default:
        return e->n_arg == 1 ? gs_g_unary(b->g, op_of[e->op], x[0])
                             : gs_g_binary(b->g, op_of[e->op], x[0], x[1]);
    }
}

/* Everything in natural coordinates: root = rates, sees, then per event its condition
 * and its values. */
static void build_natural(builder *b, gs_ref *root)
{
    const gs_spec *s = b->spec;
    size_t k = 0;
    for (size_t i = 0; i < s->n_let; i++)
        b->let[s->let_order[i]] = from_expr(b, s->let[s->let_order[i]].expr);
    for (size_t i = 0; i < s->n_state; i++)
        root[k++] = from_expr(b, s->state[i].rate);
    for (size_t i = 0; i < s->n_see; i++)
        root[k++] = from_expr(b, s->see[i].expr);
    for (size_t i = 0; i < s->n_event; i++) {
        root[k++] = from_expr(b, s->event[i].when);
        for (size_t j = 0; j < s->event[i].n_assign; j++)
            root[k++] = from_expr(b, s->event[i].assign[j].expr);
    }
}

static size_t count_roots(const gs_spec *s)
{
    size_t n = s->n_state + s->n_see + s->n_event;
    for (size_t i = 0; i < s->n_event; i++)
        n += s->event[i].n_assign;
    return n;
}

static gs_status check_events(const gs_spec *s, gs_err *err)
{
    for (size_t i = 0; i < s->n_event; i++)
        for (size_t j = 0; j < s->event[i].n_assign; j++) {
            const gs_spec_assign *x = &s->event[i].assign[j];
            if (s->state[x->state].is_fast)
                return gs_fail_at(err, GS_EPARSE, s->file, (long)x->line, (long)x->col, NULL,
                                  "event %s changes %s, which is fast and would forget it; "
                                  "a model with this event cannot be slaved",
                                  s->event[i].head.name, x->name);
        }
    return GS_OK;
}

/* rate of the internal coordinate: x' for plain states, x'/x for log states */
static gs_ref internal_rate(gs_graph *g, const gs_spec *s, size_t i, gs_ref rate, bool factor)
{
    gs_ref leaf = gs_g_input(g, G_STATE, i), quot, rest;
    if (s->state[i].is_log && !factor) {
        rate = gs_g_binary(g, G_DIV, rate, leaf);
    } else if (s->state[i].is_log &&
               gs_split(g, rate, leaf, GS_SPLIT_FACTOR, &quot, &rest)) {
        if (rest != GS_REF_NONE)
            rest = gs_g_binary(g, G_DIV, rest, leaf);
        if (quot == GS_REF_NONE)
            rate = rest == GS_REF_NONE ? gs_g_const(g, 0) : rest;
        else
            rate = rest == GS_REF_NONE ? quot : gs_g_binary(g, G_ADD, quot, rest);
    }
    if (s->time_days != 1)
        rate = gs_g_binary(g, G_DIV, rate, gs_g_const(g, s->time_days));
    return rate;
}

/* natural states as functions of what the integrator moves */
static gs_status inner_states(gs_model_graph *m, const gs_spec *s, gs_ref *value, gs_err *err)
{
    gs_graph *g = &m->g;
    gs_ref *leaf = GS_NEW(g->arena, gs_ref, s->n_state + 1);
    if (!leaf)
        return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
    for (size_t i = 0; i < s->n_state; i++)
        leaf[i] = GS_REF_NONE;
    for (size_t k = 0; k < m->n_state; k++) {
        gs_ref z = gs_g_input(g, G_INNER, k);
        leaf[m->kept[k]] = s->state[m->kept[k]].is_log ? gs_g_unary(g, G_EXP, z) : z;
    }
    for (size_t i = 0; i < s->n_state; i++)
        if (value[i] == GS_REF_NONE)
            value[i] = gs_g_input(g, G_STATE, i);
    return gs_substitute(g, leaf, s->n_state, value, value, err);
}

static gs_status keep_events(gs_model_graph *m, const gs_spec *s, const uint32_t *index,
                             const gs_ref *root, gs_err *err)
{
    gs_graph *g = &m->g;
    gs_model_event *e = GS_NEW(g->arena, gs_model_event, s->n_event + 1);
    if (!e)
        return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
    m->event = e;
    for (size_t i = 0; i < s->n_event; i++) {
        size_t n = s->event[i].n_assign;
        uint16_t *state = GS_NEW(g->arena, uint16_t, n);
        gs_ref *value = GS_NEW(g->arena, gs_ref, n);
        if (!state || !value)
            return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
        e[i] = (gs_model_event){.when = *root++, .n_assign = n, .state = state, .value = value};
        for (size_t j = 0; j < n; j++) {
            uint32_t x = s->event[i].assign[j].state;
            state[j] = (uint16_t)index[x];
            value[j] = s->state[x].is_log ? gs_g_unary(g, G_LN, *root) : *root;
            root++;
        }
    }
    return gs_graph_check(g, err);
}

gs_status gs_model_graph_build(gs_work *w, const gs_spec *s, bool factor, bool slave,
                               gs_model_graph *m, gs_err *err)
{
    builder b = {.spec = s, .g = &m->g};
    size_t n_root = count_roots(s);
    uint32_t *kept = GS_NEW(w->arena, uint32_t, s->n_state + 1);
    uint32_t *index = GS_NEW(w->arena, uint32_t, s->n_state + 1);
    gs_ref *root = GS_NEW(w->arena, gs_ref, n_root + 1);
    gs_ref *value = GS_NEW(w->arena, gs_ref, s->n_state + 1);
    gs_ref *dz = GS_NEW(w->arena, gs_ref, s->n_state + 1);
    uint32_t *slaved = GS_NEW(w->arena, uint32_t, s->n_state + 1);
    gs_ref *fast = GS_NEW(w->arena, gs_ref, s->n_state + 1);

    memset(m, 0, sizeof *m);
    b.let = GS_NEW(w->arena, gs_ref, s->n_let + 1);
    if (!kept || !index || !root || !value || !dz || !b.let || !slaved || !fast)
        return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
    GS_TRY(gs_graph_new(w->arena, w->scratch, false, &m->g, err));
    build_natural(&b, root);
    GS_TRY(gs_graph_check(&m->g, err));

    for (size_t i = 0; i < s->n_state; i++) {
        value[i] = GS_REF_NONE;
        if (slave && s->state[i].is_fast) {
            slaved[m->n_fast++] = (uint32_t)i;
            continue;
        }
        index[i] = (uint32_t)m->n_state;
        kept[m->n_state++] = (uint32_t)i;
    }
    m->kept = kept;
    if (slave) {
        GS_TRY(check_events(s, err));
        GS_TRY(gs_slave(s, &m->g, root, value, err));
        GS_TRY(gs_substitute(&m->g, value, n_root, root, root, err));
    }
    for (size_t k = 0; k < m->n_state; k++)
        root[kept[k]] = internal_rate(&m->g, s, kept[k], root[kept[k]], factor);
    GS_TRY(inner_states(m, s, value, err));
    GS_TRY(gs_substitute(&m->g, value, n_root, root, root, err));

    for (size_t k = 0; k < m->n_state; k++)
        dz[k] = root[kept[k]];
    for (size_t k = 0; k < m->n_fast; k++)
        fast[k] = value[slaved[k]];
    m->dz = dz;
    m->slaved = slaved;
    m->fast = fast;
    m->see = root + s->n_state;
    return keep_events(m, s, index, root + s->n_state + s->n_see, err);
}
