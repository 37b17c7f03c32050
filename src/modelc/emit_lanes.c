/* The kernel for a vector of people, over the words of gutskin/vec.h.
 *
 * Levers and parameters stand still for a day, so every expression made of them alone is
 * worked out by one function a day and handed on in c: on the axis two thirds of the
 * divisions and a third of the exponentials and logarithms of a right-hand side. The
 * others see only z and c. The LU of d I - J is written out, an operation a line: no
 * index is read at run time. */
#include "base/lu.h"
#include "modelc/emit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct roots {
    gs_ref *dz, *j, *see; /* j: GS_REF_NONE = zero */
    size_t n_dz, n_j, n_see;
    gs_ref *jp;           /* derivatives of rates by personal params */
    size_t n_jp;
    uint32_t n_c;         /* values of the day that rates, Jacobian and observables need;
                             derivatives by params need some more */
} roots;

/* ---- what is worked out when ---- */

static bool list_roots(emitter *e, roots *r)
{
    const gs_grad *d = &e->rate;
    size_t i = 0;
    *r = (roots){.n_dz = e->m.n_state, .n_j = e->k.n_jac, .n_see = e->spec->n_see,
                 .n_jp = e->k.n_jp};
    r->j = GS_NEW(e->w->arena, gs_ref, r->n_j + 1);
    r->dz = GS_NEW(e->w->arena, gs_ref, r->n_dz + 1);
    r->see = GS_NEW(e->w->arena, gs_ref, r->n_see + 1);
    r->jp = GS_NEW(e->w->arena, gs_ref, r->n_jp + 1);
    if (!r->j || !r->dz || !r->see || !r->jp)
        return false;
    for (size_t q = 0, n = 0; q < d->n; q++)
        if (d->var[q] >= e->m.n_state)
            r->jp[n++] = d->value[q];
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

/* Places in c for all that does not move with the state but is met by what does, on the way
 * to `root` [n]; places given before stay. */
static bool give_slots(emitter *e, const gs_ref *root, size_t n)
{
    const gs_graph *g = &e->m.g;
    unsigned char *moves = GS_NEW(e->w->arena, unsigned char, g->n);
    unsigned char *keep = GS_NEW(e->w->arena, unsigned char, g->n);
    if (!moves || !keep)
        return false;
    gs_graph_mark(g, root, n, keep);
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
        give_slot(e, moves, root[i]);
    for (gs_ref i = 0; i < g->n; i++) {
        const gs_node *x = gs_g(g, i);
        if (keep[i] && moves[i] && x->op == G_POW && !moves[x->b] && !e->pow_slot[i])
            e->pow_slot[i] = ++e->n_slot;
    }
    return true;
}

static bool plan_day(emitter *e, roots *r)
{
    const gs_graph *g = &e->m.g;
    gs_ref *all = GS_NEW(e->w->arena, gs_ref,
                         r->n_dz + r->n_j + r->n_see + r->n_jp + e->see.n + 1);
    size_t n = 0;
    e->slot = GS_NEW(e->w->arena, uint32_t, g->n);
    e->pow_slot = GS_NEW(e->w->arena, uint32_t, g->n);
    if (!all || !e->slot || !e->pow_slot)
        return false;
    for (size_t i = 0; i < r->n_dz; i++)
        all[n++] = r->dz[i];
    for (size_t i = 0; i < r->n_j; i++)
        if (r->j[i] != GS_REF_NONE)
            all[n++] = r->j[i];
    for (size_t i = 0; i < r->n_see; i++)
        all[n++] = r->see[i];
    if (!give_slots(e, all, n))
        return false;
    r->n_c = e->n_slot;
    for (size_t i = 0; i < r->n_jp; i++)
        all[n++] = r->jp[i];
    for (size_t i = 0; i < e->see.n; i++)
        all[n++] = e->see.value[i];
    return give_slots(e, all, n);
}

/* Powers whose exponent stands still for the day: their logarithms are shared between
 * powers of one base, and what a negative base makes of the sign is found in the morning. */
static bool is_daily_power(const emitter *e, gs_ref r)
{
    return e->pow_slot && !e->in_day && e->pow_slot[r];
}

/* ---- expressions in the order they are needed, then a little apart ----
 *
 * A function's stores ask for their expressions depth first. An exponential is 45 cycles of
 * one chain; so that the next one may start meanwhile, a list scheduler with a window of ten
 * operations picks what is ready soonest. A wider window keeps too much alive. On the axis,
 * AVX2: right-hand side 1033 -> 865 cycles, with Jacobian 1363 -> 1226. */

enum { WINDOW = 10 };

typedef struct stored {
    const char *array;
    size_t i;
    enum { AS_IT_IS, AS_CONDITION, AS_SIGN } how;
    uint32_t next; /* of the same node, + 1 */
} stored;

struct gs_plan {
    gs_ref *item;            /* nodes, operands first; n_node + base: its logarithm */
    size_t n, cap;
    unsigned char *planned, *has_log; /* [n_node] */
    uint32_t *first_store;   /* [n_node] into store, + 1 */
    stored *store;
    size_t n_store, cap_store;
    double *ready, *log_ready; /* [n_node] when its result is there, cycles */
    unsigned char *log_done;
    gs_ref *stack;
};

static bool new_plan(emitter *e)
{
    gs_plan *p = GS_NEW(e->w->arena, gs_plan, 1);
    size_t n = e->m.g.n;
    if (!p)
        return false;
    p->cap = 2 * n;
    p->cap_store = e->n_slot + e->k.n_jac + e->k.n_jp + 2 * e->m.n_state + e->spec->n_see +
                   e->see.n + 16;
    p->item = GS_NEW(e->w->arena, gs_ref, p->cap + 1);
    p->planned = GS_NEW(e->w->arena, unsigned char, n);
    p->has_log = GS_NEW(e->w->arena, unsigned char, n);
    p->log_done = GS_NEW(e->w->arena, unsigned char, n);
    p->first_store = GS_NEW(e->w->arena, uint32_t, n);
    p->store = GS_NEW(e->w->arena, stored, p->cap_store);
    p->ready = GS_NEW(e->w->arena, double, n);
    p->log_ready = GS_NEW(e->w->arena, double, n);
    p->stack = GS_NEW(e->w->arena, gs_ref, n + 4);
    e->plan = p;
    return p->item && p->planned && p->has_log && p->log_done && p->first_store &&
           p->store && p->ready && p->log_ready && p->stack;
}

/* an operand that costs nothing: constant, state, value of the day */
static bool is_free(const emitter *e, gs_ref r)
{
    return gs_gop_operands((gs_gop)gs_g(&e->m.g, r)->op) == 0 || (!e->in_day && e->slot[r]);
}

static void plan_node(emitter *e, gs_ref r)
{
    gs_plan *p = e->plan;
    gs_ref base = gs_g(&e->m.g, r)->a;
    if (is_daily_power(e, r) && !p->has_log[base]) {
        p->has_log[base] = 1;
        p->item[p->n++] = (gs_ref)e->m.g.n + base;
    }
    p->planned[r] = 1;
    p->item[p->n++] = r;
}

static void need(emitter *e, gs_ref root)
{
    gs_plan *p = e->plan;
    size_t n = 0;
    p->stack[n++] = root;
    while (n > 0) {
        gs_ref r = p->stack[n - 1], next = GS_REF_NONE;
        const gs_node *x = gs_g(&e->m.g, r);
        gs_ref operand[3] = {x->a, x->b, x->c};
        unsigned k = is_free(e, r) || p->planned[r] ? 0 : gs_gop_operands((gs_gop)x->op);
        for (unsigned i = 0; i < k && next == GS_REF_NONE; i++)
            if (!is_free(e, operand[i]) && !p->planned[operand[i]])
                next = operand[i];
        if (next != GS_REF_NONE) {
            p->stack[n++] = next; /* a path down the graph: never longer than it */
            continue;
        }
        if (k > 0)
            plan_node(e, r);
        n--;
    }
}

static void write_store(emitter *e, const stored *s, gs_ref r)
{
    gs_buf_printf(e->out, "    ST(%s, %zu, ", s->array, s->i);
    gs_buf_put(e->out, s->how == AS_CONDITION ? "SEL(" : s->how == AS_SIGN ? "POW_SIGN(" : "");
    gs_emit_ref(e, r);
    gs_buf_put(e->out, s->how == AS_CONDITION ? ", K(1), K(0))" : s->how == AS_SIGN ? ")" : "");
    gs_emit_line(e, ");");
}

static void put_as(emitter *e, const char *array, size_t i, gs_ref r, int how)
{
    gs_plan *p = e->plan;
    stored s = {array, i, how, 0};
    if (r == GS_REF_NONE) {
        gs_buf_printf(e->out, "    ST(%s, %zu, K(0));\n", array, i);
        return;
    }
    if (is_free(e, r)) {
        write_store(e, &s, r);
        return;
    }
    if (p->n_store == p->cap_store) {
        e->out->failed = true;
        return;
    }
    need(e, r);
    s.next = p->first_store[r];
    p->store[p->n_store] = s;
    p->first_store[r] = (uint32_t)++p->n_store;
}

static void put(emitter *e, const char *array, size_t i, gs_ref r)
{
    put_as(e, array, i, r, AS_IT_IS);
}

/* cycles until the result is there, and during which nothing else starts: rough */
static void cost_of(const emitter *e, gs_ref r, double *latency, double *busy)
{
    switch (is_daily_power(e, r) ? G_POW : (gs_gop)gs_g(&e->m.g, r)->op) {
    case G_EXP:
        *latency = 45, *busy = 11;
        break;
    case G_LN:
        *latency = 55, *busy = 15;
        break;
    case G_POW:
        *latency = 50, *busy = 13;
        break;
    case G_DIV:
    case G_SQRT:
        *latency = 13, *busy = 5;
        break;
    default:
        *latency = 4, *busy = 1;
    }
}

/* when item could start; < 0: an operand is not written yet */
static double start_of(const emitter *e, gs_ref item)
{
    const gs_plan *p = e->plan;
    size_t n = e->m.g.n;
    if (item >= n) {
        gs_ref base = item - (gs_ref)n;
        return is_free(e, base) ? 0 : e->name[base] ? p->ready[base] : -1;
    }
    const gs_node *x = gs_g(&e->m.g, item);
    gs_ref operand[3] = {x->a, x->b, x->c};
    unsigned k = gs_gop_operands((gs_gop)x->op);
    double t = 0;
    for (unsigned i = 0; i < k; i++) {
        if (is_free(e, operand[i]))
            continue;
        if (!e->name[operand[i]])
            return -1;
        t = fmax(t, p->ready[operand[i]]);
    }
    if (is_daily_power(e, item)) {
        if (!p->log_done[x->a])
            return -1;
        t = fmax(t, p->log_ready[x->a]);
    }
    return t;
}

static void write_item(emitter *e, gs_ref item, double at)
{
    gs_plan *p = e->plan;
    double latency, busy;
    if (item >= e->m.g.n) {
        gs_ref base = item - (gs_ref)e->m.g.n;
        gs_buf_printf(e->out, "    const V l%u = POW_LOG(", base);
        gs_emit_ref(e, base);
        gs_emit_line(e, ");");
        p->log_done[base] = 1;
        p->log_ready[base] = at + 60;
        return;
    }
    cost_of(e, item, &latency, &busy);
    if (is_daily_power(e, item)) {
        const gs_node *x = gs_g(&e->m.g, item);
        e->name[item] = ++e->n_name;
        gs_buf_printf(e->out, "    const V t%u = POW_OF(", e->n_name - 1);
        gs_emit_ref(e, x->a);
        gs_buf_printf(e->out, ", l%u, ", x->a);
        gs_emit_ref(e, x->b);
        gs_buf_printf(e->out, ", LD(c, %u));\n", e->pow_slot[item] - 1);
    } else {
        gs_emit_node(e, item);
    }
    p->ready[item] = at + latency;
    for (uint32_t s = p->first_store[item]; s; s = p->store[s - 1].next)
        write_store(e, &p->store[s - 1], item);
}

/* All that was asked for, in its final order. */
static void write_plan(emitter *e)
{
    gs_plan *p = e->plan;
    double now = 0;
    for (size_t left = p->n, at = 0; left > 0; left--, at++) {
        size_t best = 0;
        double when = HUGE_VAL, latency, busy;
        for (size_t i = 0; i < WINDOW && i < left; i++) {
            double t = start_of(e, p->item[at + i]);
            if (t >= 0 && t < when) {
                when = t;
                best = i;
            }
        }
        gs_ref item = p->item[at + best]; /* the first is always ready */
        memmove(p->item + at + 1, p->item + at, best * sizeof *p->item);
        now = fmax(now, when);
        write_item(e, item, now);
        if (item < e->m.g.n)
            cost_of(e, item, &latency, &busy);
        now += item < e->m.g.n ? busy : 15;
    }
}

/* ---- functions ---- */

static void open_function(emitter *e, const char *name, const char *args, const char *quiet)
{
    gs_plan *p = e->plan;
    size_t n = e->m.g.n;
    gs_emit_fresh(e);
    p->n = p->n_store = 0;
    memset(p->planned, 0, n);
    memset(p->has_log, 0, n);
    memset(p->log_done, 0, n);
    memset(p->first_store, 0, n * sizeof *p->first_store);
    gs_buf_printf(e->out, "\nstatic void lanes_%s(%s)\n{\n%s", name, args, quiet);
}

static void close_function(emitter *e)
{
    write_plan(e);
    gs_emit_line(e, "}");
}

/* values of the day in places up to n_c */
static void emit_day(emitter *e, const char *name, uint32_t n_c)
{
    e->in_day = true;
    open_function(e, name, "const void *par, const void *lever, void *c",
                  "    (void)par, (void)lever, (void)c;\n");
    for (gs_ref r = 0; r < e->m.g.n; r++)
        if (e->slot[r] && e->slot[r] <= n_c)
            put_as(e, "c", e->slot[r] - 1, r,
                   gs_emit_is_mask((gs_gop)gs_g(&e->m.g, r)->op) ? AS_CONDITION : AS_IT_IS);
    for (gs_ref r = 0; r < e->m.g.n; r++)
        if (e->pow_slot[r] && e->pow_slot[r] <= n_c)
            put_as(e, "c", e->pow_slot[r] - 1, gs_g(&e->m.g, r)->b, AS_SIGN);
    close_function(e);
    e->in_day = false;
}

enum { RATES, JACOBIAN, SLOPES };

static void emit_rates(emitter *e, const roots *r, int what)
{
    if (what == SLOPES)
        open_function(e, "slopes",
                      "const void *z, const void *c, void *dz, void *j, void *jp",
                      "    (void)z, (void)c, (void)dz, (void)j, (void)jp;\n");
    else if (what == JACOBIAN)
        open_function(e, "jac", "const void *z, const void *c, void *dz, void *j",
                      "    (void)z, (void)c, (void)dz, (void)j;\n");
    else
        open_function(e, "rhs", "const void *z, const void *c, void *dz",
                      "    (void)z, (void)c, (void)dz;\n");
    for (size_t i = 0, s = 0, p = 0; i < r->n_dz; i++) {
        put(e, "dz", i, r->dz[i]);
        for (; what >= JACOBIAN && s < r->n_j && e->k.jac_row[s] == i; s++)
            put(e, "j", s, r->j[s]);
        for (; what == SLOPES && p < r->n_jp && e->k.jp_row[p] == i; p++)
            put(e, "jp", p, r->jp[p]);
    }
    close_function(e);
}

/* One observable at a time, without and with its derivatives. */
static void emit_look(emitter *e, const roots *r)
{
    const gs_grad *d = &e->see;
    const char *args[] = {"const void *z, const void *c, void *y",
                          "const void *z, const void *c, void *y, void *g"};
    char name[40];
    for (size_t s = 0, at = 0; s < r->n_see; s++) {
        size_t first = at;
        while (at < d->n && d->root[at] == s)
            at++;
        for (int slopes = 0; slopes < 2; slopes++) {
            snprintf(name, sizeof name, slopes ? "look_slopes_%zu" : "look_%zu", s);
            open_function(e, name, args[slopes],
                          slopes ? "    (void)z, (void)c, (void)g;\n" : "    (void)z, (void)c;\n");
            put(e, "y", 0, r->see[s]);
            for (size_t i = first; slopes && i < at; i++)
                put(e, "g", i - first, d->value[i]);
            close_function(e);
        }
    }
    for (int slopes = 0; slopes < 2; slopes++) {
        const char *how = slopes ? "look_slopes" : "look", *more = slopes ? ", g" : "";
        gs_buf_printf(e->out, "\nstatic void lanes_%s(size_t i_see, %s)\n{\n"
                      "    switch (i_see) {\n", how, args[slopes]);
        for (size_t s = 0; s < r->n_see; s++)
            gs_buf_printf(e->out, "    case %zu:\n        lanes_%s_%zu(z, c, y%s);\n"
                          "        return;\n", s, how, s, more);
        gs_buf_printf(e->out, "    default:\n        (void)z, (void)c, (void)y%s%s;\n    }\n}\n",
                      slopes ? ", (void)" : "", slopes ? "g" : "");
    }
    gs_buf_put(e->out, "\nstatic const uint16_t lanes_look_first[] = {");
    for (size_t s = 0, at = 0; s <= r->n_see; s++) {
        gs_buf_printf(e->out, "%zu, ", at);
        while (at < d->n && d->root[at] == s)
            at++;
    }
    gs_buf_put(e->out, "};\nstatic const uint16_t lanes_look_var[] = {");
    for (size_t i = 0; i < d->n; i++)
        gs_buf_printf(e->out, "%u, ", d->var[i]);
    gs_emit_line(e, "0};");
}

static void emit_seen(emitter *e, const roots *r)
{
    open_function(e, "seen", "const void *z, const void *c, void *y",
                  "    (void)z, (void)c, (void)y;\n");
    for (size_t i = 0; i < r->n_see; i++)
        put(e, "y", i, r->see[i]);
    close_function(e);
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

static void emit_table(emitter *e, const gs_lu *lu, uint32_t n_c)
{
    gs_buf_printf(e->out,
                  "\n#define GS_LANES_BASIC GS_VEC_LEVEL, sizeof(T) == 4, W, %u, %zu, lanes_day, \\\n"
                  "    lanes_rhs, lanes_jac, lanes_factor, lanes_solve, lanes_seen, lanes_natural\n"
                  "#ifdef GS_VEC_SINGLE\n#define GS_LANES_INIT {GS_LANES_BASIC, 0, 0, 0, 0, 0, 0, 0}\n#else\n"
                  "#define GS_LANES_INIT {GS_LANES_BASIC, %u, lanes_day_slopes, lanes_slopes, \\\n"
                  "    lanes_look, lanes_look_slopes, lanes_look_first, lanes_look_var}\n#endif\n",
                  n_c, lu->n_val, e->n_slot);
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
    if (!lu || !list_roots(e, &r) || !plan_day(e, &r) || !new_plan(e))
        return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
    gs_emit_line(e, "#include \"gutskin/vec.h\"");
    emit_day(e, "day", r.n_c);
    emit_rates(e, &r, RATES);
    emit_rates(e, &r, JACOBIAN);
    emit_seen(e, &r);
    if (!emit_factor(e, lu))
        return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
    emit_solve(e, lu);
    gs_emit_line(e, "\n#ifndef GS_VEC_SINGLE");
    emit_day(e, "day_slopes", e->n_slot);
    emit_rates(e, &r, SLOPES);
    emit_look(e, &r);
    gs_emit_line(e, "#endif");
    emit_table(e, lu, r.n_c);
    e->slot = e->pow_slot = NULL;
    return GS_OK;
}
