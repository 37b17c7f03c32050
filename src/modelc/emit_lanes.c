/* The kernel for a vector of people, over the words of gutskin/vec.h.
 *
 * Levers and parameters stand still for a day, so every expression made of them alone is
 * worked out by one function a day and handed on in c: on the axis two thirds of the
 * divisions and a third of the exponentials and logarithms of a right-hand side. The
 * others see only z and c. The LU of d I - J is written out, an operation a line: no
 * index is read at run time. Expressions follow the order in which they are needed,
 * depth first, which keeps few of them alive at once (16 registers). */
#include "base/lu.h"
#include "modelc/emit.h"

#include <string.h>

typedef struct roots {
    gs_ref *dz, *j, *see; /* j: GS_REF_NONE = zero */
    size_t n_dz, n_j, n_see;
} roots;

/* ---- what is worked out when ---- */

static bool list_roots(emitter *e, roots *r)
{
    const gs_grad *d = &e->rate;
    size_t i = 0;
    *r = (roots){.n_dz = e->m.n_state, .n_j = e->k.n_jac, .n_see = e->spec->n_see};
    r->j = GS_NEW(e->w->arena, gs_ref, r->n_j + 1);
    r->dz = GS_NEW(e->w->arena, gs_ref, r->n_dz + 1);
    r->see = GS_NEW(e->w->arena, gs_ref, r->n_see + 1);
    if (!r->j || !r->dz || !r->see)
        return false;
    memcpy(r->dz, e->m.dz, r->n_dz * sizeof *r->dz);
    memcpy(r->see, e->m.see, r->n_see * sizeof *r->see);
    for (size_t s = 0; s < r->n_j; s++) {
        uint32_t row = e->k.jac_row[s], col = e->k.jac_col[s];
        while (i < d->n && (d->root[i] < row || (d->root[i] == row && d->var[i] < col)))
            i++;
        r->j[s] = i < d->n && d->root[i] == row && d->var[i] == col ? d->value[i]
                                                                     : GS_REF_NONE;
    }
    return true;
}

static void give_slot(emitter *e, const unsigned char *moves, gs_ref r)
{
    if (r != GS_REF_NONE && !moves[r] && gs_g(&e->m.g, r)->op != G_CONST && !e->slot[r])
        e->slot[r] = ++e->n_slot;
}

/* Places in c for all that does not move with the state but is met by what does. */
static bool plan_day(emitter *e, const roots *r)
{
    const gs_graph *g = &e->m.g;
    unsigned char *moves = GS_NEW(e->w->arena, unsigned char, g->n);
    unsigned char *keep = GS_NEW(e->w->arena, unsigned char, g->n);
    gs_ref *all = GS_NEW(e->w->arena, gs_ref, r->n_dz + r->n_j + r->n_see + 1);
    size_t n = 0;
    e->slot = GS_NEW(e->w->arena, uint32_t, g->n);
    e->pow_slot = GS_NEW(e->w->arena, uint32_t, g->n);
    e->has_log = GS_NEW(e->w->arena, unsigned char, g->n);
    if (!moves || !keep || !all || !e->slot || !e->pow_slot || !e->has_log)
        return false;
    for (size_t i = 0; i < r->n_dz; i++)
        all[n++] = r->dz[i];
    for (size_t i = 0; i < r->n_j; i++)
        if (r->j[i] != GS_REF_NONE)
            all[n++] = r->j[i];
    for (size_t i = 0; i < r->n_see; i++)
        all[n++] = r->see[i];
    gs_graph_mark(g, all, n, keep);
    for (gs_ref i = 0; i < g->n; i++) {
        const gs_node *x = gs_g(g, i);
        unsigned k = gs_gop_operands((gs_gop)x->op);
        moves[i] = x->op == G_INNER || (k > 0 && moves[x->a]) || (k > 1 && moves[x->b]) ||
                   (k > 2 && moves[x->c]);
        if (!keep[i] || !moves[i] || k == 0)
            continue;
        give_slot(e, moves, x->a);
        if (k > 1)
            give_slot(e, moves, x->b);
        if (k > 2)
            give_slot(e, moves, x->c);
    }
    for (size_t i = 0; i < n; i++)
        give_slot(e, moves, all[i]);
    for (gs_ref i = 0; i < g->n; i++) {
        const gs_node *x = gs_g(g, i);
        if (keep[i] && moves[i] && x->op == G_POW && !moves[x->b])
            e->pow_slot[i] = ++e->n_slot;
    }
    return true;
}

/* Powers whose exponent stands still for the day: their logarithms are shared between
 * powers of one base, and what a negative base makes of the sign is found in the morning. */
static bool is_daily_power(const emitter *e, gs_ref r)
{
    return e->pow_slot && !e->in_day && e->pow_slot[r];
}

/* ---- expressions in the order they are needed ---- */

static bool is_there(const emitter *e, gs_ref r)
{
    return e->name[r] || gs_gop_operands((gs_gop)gs_g(&e->m.g, r)->op) == 0 ||
           (!e->in_day && e->slot[r]);
}

static void emit(emitter *e, gs_ref r)
{
    const gs_node *x = gs_g(&e->m.g, r);
    if (!is_daily_power(e, r)) {
        gs_emit_node(e, r);
        return;
    }
    if (!e->has_log[x->a]) {
        e->has_log[x->a] = 1;
        gs_buf_printf(e->out, "    const V l%u = POW_LOG(", x->a);
        gs_emit_ref(e, x->a);
        gs_emit_line(e, ");");
    }
    e->name[r] = ++e->n_name;
    gs_buf_printf(e->out, "    const V t%u = POW_OF(", e->n_name - 1);
    gs_emit_ref(e, x->a);
    gs_buf_printf(e->out, ", l%u, ", x->a);
    gs_emit_ref(e, x->b);
    gs_buf_printf(e->out, ", LD(c, %u));\n", e->pow_slot[r] - 1);
}

static void need(emitter *e, gs_ref root)
{
    gs_ref *stack = e->w->scratch ? GS_NEW(e->w->scratch, gs_ref, e->m.g.n + 4) : NULL;
    size_t n = 0;
    if (!stack) {
        e->out->failed = true;
        return;
    }
    stack[n++] = root;
    while (n > 0) {
        gs_ref r = stack[n - 1], next = GS_REF_NONE;
        const gs_node *x = gs_g(&e->m.g, r);
        gs_ref operand[3] = {x->a, x->b, x->c};
        unsigned k = gs_gop_operands((gs_gop)x->op);
        for (unsigned i = 0; i < k && next == GS_REF_NONE && !is_there(e, r); i++)
            if (!is_there(e, operand[i]))
                next = operand[i];
        if (next != GS_REF_NONE) {
            stack[n++] = next; /* a path down the graph: never longer than it */
            continue;
        }
        if (!is_there(e, r))
            emit(e, r);
        n--;
    }
}

static void put(emitter *e, const char *array, size_t i, gs_ref r)
{
    if (r == GS_REF_NONE) {
        gs_buf_printf(e->out, "    ST(%s, %zu, K(0));\n", array, i);
        return;
    }
    gs_mark m = gs_arena_mark(e->w->scratch);
    need(e, r);
    gs_arena_release(e->w->scratch, m);
    gs_emit_store(e, array, i, r);
}

/* ---- functions ---- */

static void open_function(emitter *e, const char *name, const char *args, const char *quiet)
{
    gs_emit_fresh(e);
    memset(e->has_log, 0, e->m.g.n);
    gs_buf_printf(e->out, "\nstatic void lanes_%s(%s)\n{\n%s", name, args, quiet);
}

static void emit_day(emitter *e)
{
    open_function(e, "day", "const void *par, const void *lever, void *c",
                  "    (void)par, (void)lever, (void)c;\n");
    e->in_day = true;
    for (gs_ref r = 0; r < e->m.g.n; r++) {
        if (!e->slot[r])
            continue;
        if (!gs_emit_is_mask((gs_gop)gs_g(&e->m.g, r)->op)) {
            put(e, "c", e->slot[r] - 1, r);
            continue;
        }
        gs_mark m = gs_arena_mark(e->w->scratch);
        need(e, r);
        gs_arena_release(e->w->scratch, m);
        gs_buf_printf(e->out, "    ST(c, %u, SEL(t%u, K(1), K(0)));\n", e->slot[r] - 1,
                      e->name[r] - 1);
    }
    for (gs_ref r = 0; r < e->m.g.n; r++) {
        if (!e->pow_slot[r])
            continue;
        gs_ref b = gs_g(&e->m.g, r)->b;
        gs_mark m = gs_arena_mark(e->w->scratch);
        need(e, b);
        gs_arena_release(e->w->scratch, m);
        gs_buf_printf(e->out, "    ST(c, %u, POW_SIGN(", e->pow_slot[r] - 1);
        gs_emit_ref(e, b);
        gs_emit_line(e, "));");
    }
    e->in_day = false;
    gs_emit_line(e, "}");
}

static void emit_rates(emitter *e, const roots *r, bool with_jac)
{
    if (with_jac)
        open_function(e, "jac", "const void *z, const void *c, void *dz, void *j",
                      "    (void)z, (void)c, (void)dz, (void)j;\n");
    else
        open_function(e, "rhs", "const void *z, const void *c, void *dz",
                      "    (void)z, (void)c, (void)dz;\n");
    for (size_t i = 0, s = 0; i < r->n_dz; i++) {
        put(e, "dz", i, r->dz[i]);
        for (; with_jac && s < r->n_j && e->k.jac_row[s] == i; s++)
            put(e, "j", s, r->j[s]);
    }
    gs_emit_line(e, "}");
}

static void emit_seen(emitter *e, const roots *r)
{
    open_function(e, "seen", "const void *z, const void *c, void *y",
                  "    (void)z, (void)c, (void)y;\n");
    for (size_t i = 0; i < r->n_see; i++)
        put(e, "y", i, r->see[i]);
    gs_emit_line(e, "}");
    open_function(e, "natural", "const void *z, void *x", "    (void)z, (void)x;\n");
    for (size_t i = 0; i < e->m.n_state; i++)
        gs_buf_printf(e->out, e->k.state[i].is_log ? "    ST(x, %zu, EXP(LD(z, %zu)));\n"
                                                   : "    ST(x, %zu, LD(z, %zu));\n", i, i);
    gs_emit_line(e, "}");
}

/* ---- factors of d I - J ---- */

static bool emit_factor(emitter *e, const gs_lu *lu)
{
    size_t n_j = e->k.n_jac;
    uint32_t *entry = GS_NEW(e->w->arena, uint32_t, lu->n_val + 1); /* + 1, 0 = fill */
    unsigned char *set = GS_NEW(e->w->arena, unsigned char, lu->n_val + 1);
    const uint32_t *target = lu->target;
    if (!entry || !set)
        return false;
    for (size_t i = 0; i < n_j; i++)
        entry[lu->of_jac[i]] = (uint32_t)i + 1;
    open_function(e, "factor", "const void *j, const void *d, void *w",
                  "    const V d0 = LD(d, 0);\n    (void)j, (void)w;\n");
    for (size_t k = 0; k < lu->n; k++) {
        gs_buf_printf(e->out, "    V w%u = d0 - LD(j, %u);\n", lu->pivot[k],
                      entry[lu->pivot[k]] - 1);
        set[lu->pivot[k]] = 1;
    }
    for (size_t i = 0; i < lu->n_val; i++)
        if (entry[i] && !set[i]) {
            gs_buf_printf(e->out, "    V w%zu = -LD(j, %u);\n", i, entry[i] - 1);
            set[i] = 1;
        }
    for (size_t k = 0; k < lu->n; k++) {
        uint32_t p = lu->pivot[k], low = p + 1, up = low + lu->n_low[k], end = lu->pivot[k + 1];
        gs_buf_printf(e->out, "    w%u = K(1) / w%u;\n    ST(w, %u, w%u);\n", p, p, p, p);
        for (uint32_t b = up; b < end; b++)
            gs_buf_printf(e->out, "    ST(w, %u, w%u);\n", b, b);
        for (uint32_t a = low; a < up; a++) {
            gs_buf_printf(e->out, "    w%u = w%u * w%u;\n    ST(w, %u, w%u);\n", a, a, p, a, a);
            for (uint32_t b = up; b < end; b++, target++) {
                gs_buf_printf(e->out, set[*target] ? "    w%u = w%u - w%u * w%u;\n"
                                                   : "    V w%u = -(w%u * w%u);\n",
                              *target, set[*target] ? *target : a, set[*target] ? a : b, b);
                set[*target] = 1;
            }
        }
    }
    gs_emit_line(e, "}");
    return true;
}

static void emit_solve(emitter *e, const gs_lu *lu)
{
    open_function(e, "solve", "const void *w, void *b", "    (void)w, (void)b;\n");
    for (size_t i = 0; i < lu->n; i++)
        gs_buf_printf(e->out, "    V b%zu = LD(b, %zu);\n", i, i);
    for (size_t k = 0; k < lu->n; k++)
        for (uint32_t i = 1; i <= lu->n_low[k]; i++)
            gs_buf_printf(e->out, "    b%u = b%u - LD(w, %u) * b%u;\n",
                          lu->var[lu->pivot[k] + i], lu->var[lu->pivot[k] + i],
                          lu->pivot[k] + i, lu->order[k]);
    for (size_t k = lu->n; k-- > 0;) {
        unsigned o = lu->order[k];
        for (uint32_t i = lu->pivot[k] + 1u + lu->n_low[k]; i < lu->pivot[k + 1]; i++)
            gs_buf_printf(e->out, "    b%u = b%u - LD(w, %u) * b%u;\n", o, o, i, lu->var[i]);
        gs_buf_printf(e->out, "    b%u = b%u * LD(w, %u);\n    ST(b, %u, b%u);\n", o, o,
                      lu->pivot[k], o, o);
    }
    gs_emit_line(e, "}");
}

/* ---- the section ---- */

static void emit_table(emitter *e, const gs_lu *lu)
{
    gs_buf_printf(e->out,
                  "\n#define GS_LANES_INIT {GS_VEC_LEVEL, sizeof(T) == 4, W, %u, %zu, lanes_day, \\\n"
                  "    lanes_rhs, lanes_jac, lanes_factor, lanes_solve, lanes_seen, lanes_natural}\n",
                  e->n_slot, lu->n_val);
    if (e->o->part == GS_MODELC_WHOLE) {
        gs_emit_line(e, "static const gs_lanes lanes_here = GS_LANES_INIT;");
        return;
    }
    static const char *const level[] = {"plain", "two", "avx2", "avx512"};
    for (int i = 0; i < 4; i++)
        gs_buf_printf(e->out, "%s GS_VEC_AT_%s\n#ifdef GS_VEC_SINGLE\n"
                      "extern const gs_lanes %s_%s_f;\nconst gs_lanes %s_%s_f = GS_LANES_INIT;\n"
                      "#else\nextern const gs_lanes %s_%s_d;\n"
                      "const gs_lanes %s_%s_d = GS_LANES_INIT;\n#endif\n",
                      i ? "#elif defined" : "#if defined", level[i], e->o->symbol, level[i],
                      e->o->symbol, level[i], e->o->symbol, level[i], e->o->symbol, level[i]);
    gs_emit_line(e, "#endif");
}

gs_status gs_emit_lanes(emitter *e, gs_err *err)
{
    roots r;
    gs_lu *lu = gs_lu_new(e->w->arena, e->m.n_state, e->k.n_jac, e->k.jac_row, e->k.jac_col);
    if (!lu || !list_roots(e, &r) || !plan_day(e, &r))
        return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
    gs_emit_line(e, "#include \"gutskin/vec.h\"");
    emit_day(e);
    emit_rates(e, &r, false);
    emit_rates(e, &r, true);
    emit_seen(e, &r);
    if (!emit_factor(e, lu))
        return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
    emit_solve(e, lu);
    emit_table(e, lu);
    e->slot = e->pow_slot = NULL;
    return GS_OK;
}
