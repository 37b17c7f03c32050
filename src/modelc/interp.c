/* The interpreter: a kernel without a C compiler, and the judge of the generated ones.
 *
 * It shares as little as it can with the emitter: the graph is taken as written (no
 * folding), evaluated one operation after the other, and derivatives are not symbolic:
 *   Jacobian          forward mode, every operation carrying the tangents of just those
 *                     variables it depends on (laid out once, when the kernel is made)
 *   seen_grad, events reverse mode */
#include "gutskin/modelc.h"
#include "modelc/build.h"

#include <stdlib.h>
#include <string.h>

typedef struct instr {
    uint8_t op;
    uint32_t a, b, c; /* values; for inputs a = index */
    double num;
} instr;

typedef struct prog {
    size_t n, n_out;
    const instr *code;
    const uint32_t *out; /* [n_out] which values are the results */
} prog;

/* Tangents of value i are slots start[i] .. start[i+1); slot s belongs to variable
 * var[s] and is pa*tan[from_a[s]] + pb*tan[from_b[s]] (NONE = nothing). Variables are
 * the states, then the personal parameters. */
typedef struct tangents {
    const uint32_t *start;
    const uint32_t *var, *from_a, *from_b;
} tangents;

typedef struct event_prog {
    prog p; /* out[0] = condition, then the values */
    const uint16_t *state;
} event_prog;

typedef struct program {
    prog rhs, see, fast;
    tangents tan;
    const event_prog *event;
    size_t max_value; /* largest number of values of any prog */
    const uint32_t *jac_slot, *jp_slot; /* [n_jac], [n_jp]: tangent slot, NONE = 0 */
} program;

enum { MAX_TANGENT = 4000000, MAX_INSTR = 2000000, STACK = 4096 };

static gs_status no_memory(gs_err *err)
{
    return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
}

static gs_status too_large(gs_err *err)
{
    return gs_fail(err, GS_ENOMEM, "the model is too large to be interpreted; make it smaller "
                   "or compile it");
}

/* ---- making programs --------------------------------------------------------- */

static gs_status make_prog(gs_arena *a, gs_graph *g, const gs_ref *root, size_t n_root,
                           prog *out, gs_err *err)
{
    gs_mark m = gs_arena_mark(g->scratch);
    unsigned char *keep = GS_NEW(g->scratch, unsigned char, g->n);
    uint32_t *to = GS_NEW(g->scratch, uint32_t, g->n);
    uint32_t *o = GS_NEW(a, uint32_t, n_root + 1);
    size_t n = 0;
    if (!keep || !to || !o)
        return no_memory(err);
    gs_graph_mark(g, root, n_root, keep);
    for (size_t i = 0; i < g->n; i++)
        n += keep[i];
    instr *code = GS_NEW(a, instr, n + 1);
    if (!code)
        return no_memory(err);
    n = 0;
    for (gs_ref i = 0; i < g->n; i++) {
        const gs_node *x = gs_g(g, i);
        unsigned k = gs_gop_operands((gs_gop)x->op);
        if (!keep[i])
            continue;
        to[i] = (uint32_t)n;
        code[n++] = (instr){x->op, k > 0 ? to[x->a] : x->a, k > 1 ? to[x->b] : 0,
                            k > 2 ? to[x->c] : 0, x->num};
    }
    for (size_t i = 0; i < n_root; i++)
        o[i] = to[root[i]];
    gs_arena_release(g->scratch, m);
    *out = (prog){.n = n, .n_out = n_root, .code = code, .out = o};
    return GS_OK;
}

/* which variable an instruction is, NONE if it is none */
static uint32_t own_variable(const instr *x, size_t n_state, const uint32_t *personal)
{
    if (x->op == G_INNER)
        return x->a;
    if (x->op == G_PARAM && personal[x->a] != GS_REF_NONE)
        return (uint32_t)n_state + personal[x->a];
    return GS_REF_NONE;
}

/* operands that carry derivatives: b and c of a choice, none of a comparison */
static unsigned active(const instr *x, uint32_t *a, uint32_t *b)
{
    unsigned n = gs_gop_operands((gs_gop)x->op);
    if (x->op == G_SEL) {
        *a = x->b;
        *b = x->c;
        return 2;
    }
    if (x->op == G_NOT || (x->op >= G_LT && x->op <= G_OR))
        return 0;
    *a = x->a;
    *b = x->b;
    return n;
}

typedef struct growing {
    uint32_t *var, *from_a, *from_b;
    size_t n, cap;
} growing;

static bool push(growing *t, uint32_t var, uint32_t a, uint32_t b)
{
    if (t->n == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 1024;
        uint32_t *x = realloc(t->var, 3 * cap * sizeof *x);
        if (!x)
            return false;
        /* three arrays in one block: move the later ones up, last first */
        memmove(x + 2 * cap, x + 2 * t->cap, t->n * sizeof *x);
        memmove(x + cap, x + t->cap, t->n * sizeof *x);
        t->var = x;
        t->from_a = x + cap;
        t->from_b = x + 2 * cap;
        t->cap = cap;
    }
    t->var[t->n] = var;
    t->from_a[t->n] = a;
    t->from_b[t->n] = b;
    t->n++;
    return true;
}

/* merge the variables of the operands of instruction x */
static bool merge(growing *t, const uint32_t *start, const instr *x)
{
    uint32_t a = 0, b = 0;
    unsigned n = active(x, &a, &b);
    uint32_t i = n > 0 ? start[a] : 0, i_end = n > 0 ? start[a + 1] : 0;
    uint32_t j = n > 1 ? start[b] : 0, j_end = n > 1 ? start[b + 1] : 0;
    while (i < i_end || j < j_end) {
        uint32_t vi = i < i_end ? t->var[i] : GS_REF_NONE;
        uint32_t vj = j < j_end ? t->var[j] : GS_REF_NONE;
        uint32_t v = vi < vj ? vi : vj;
        if (!push(t, v, vi == v ? i : GS_REF_NONE, vj == v ? j : GS_REF_NONE))
            return false;
        i += vi == v;
        j += vj == v;
    }
    return true;
}

static gs_status make_tangents(gs_arena *a, const prog *p, size_t n_state,
                               const uint32_t *personal, tangents *out, gs_err *err)
{
    growing t = {0};
    uint32_t *start = GS_NEW(a, uint32_t, p->n + 1), *all;
    bool ok = start != NULL;
    for (size_t i = 0; ok && i < p->n; i++) {
        uint32_t own = own_variable(&p->code[i], n_state, personal);
        start[i] = (uint32_t)t.n;
        ok = own != GS_REF_NONE ? push(&t, own, GS_REF_NONE, GS_REF_NONE)
                                : merge(&t, start, &p->code[i]);
        start[i + 1] = (uint32_t)t.n;
        if (t.n > MAX_TANGENT) {
            free(t.var);
            return too_large(err);
        }
    }
    all = ok ? GS_NEW(a, uint32_t, 3 * t.n + 1) : NULL;
    if (all && t.n) {
        memcpy(all, t.var, t.n * sizeof *all);
        memcpy(all + t.n, t.from_a, t.n * sizeof *all);
        memcpy(all + 2 * t.n, t.from_b, t.n * sizeof *all);
    }
    *out = (tangents){start, all, all + t.n, all + 2 * t.n};
    free(t.var);
    return all ? GS_OK : no_memory(err);
}

/* ---- running ------------------------------------------------------------------ */

static void run(const prog *p, const double *z, const double *par, const double *lever,
                double *v)
{
    for (size_t i = 0; i < p->n; i++) {
        const instr *x = &p->code[i];
        switch ((gs_gop)x->op) {
        case G_CONST:
            v[i] = x->num;
            break;
        case G_INNER:
            v[i] = z[x->a];
            break;
        case G_PARAM:
            v[i] = par[x->a];
            break;
        case G_LEVER:
            v[i] = lever[x->a];
            break;
        default:
            v[i] = gs_gop_eval((gs_gop)x->op, v[x->a], v[x->b], v[x->c]);
        }
    }
}

/* derivatives of v = op(a, b) by its active operands (see active()) */
static void partials(const instr *x, const double *v, double out, double *pa, double *pb)
{
    double a = v[x->a], b = v[x->b];
    *pa = 1;
    *pb = 0;
    switch ((gs_gop)x->op) {
    case G_NEG:
        *pa = -1;
        break;
    case G_EXP:
        *pa = out;
        break;
    case G_LN:
        *pa = 1 / a;
        break;
    case G_SQRT:
        *pa = 0.5 / out;
        break;
    case G_ABS:
        *pa = a < 0 ? -1 : 1;
        break;
    case G_ADD:
        *pb = 1;
        break;
    case G_SUB:
        *pb = -1;
        break;
    case G_MUL:
        *pa = b;
        *pb = a;
        break;
    case G_DIV:
        *pa = 1 / b;
        *pb = -out / b;
        break;
    case G_POW:
        *pa = b == 0 ? 0 : b * pow(a, b - 1);
        *pb = a > 0 ? out * log(a) : 0;
        break;
    case G_MIN:
        *pa = b < a ? 0 : 1;
        *pb = b < a ? 1 : 0;
        break;
    case G_MAX:
        *pa = a < b ? 0 : 1;
        *pb = a < b ? 1 : 0;
        break;
    case G_SEL:
        *pa = a != 0 ? 1 : 0;
        *pb = a != 0 ? 0 : 1;
        break;
    default:
        *pa = 0;
    }
}

static void run_tangents(const prog *p, const tangents *t, const double *v, double *tan)
{
    for (size_t i = 0; i < p->n; i++) {
        const instr *x = &p->code[i];
        double pa, pb;
        if (t->start[i] == t->start[i + 1])
            continue;
        if (gs_gop_operands((gs_gop)x->op) == 0) {
            tan[t->start[i]] = 1;
            continue;
        }
        partials(x, v, v[i], &pa, &pb);
        for (uint32_t s = t->start[i]; s < t->start[i + 1]; s++) {
            /* a branch not taken adds nothing, whatever its tangent */
            double d = 0;
            if (t->from_a[s] != GS_REF_NONE && pa != 0)
                d += pa * tan[t->from_a[s]];
            if (t->from_b[s] != GS_REF_NONE && pb != 0)
                d += pb * tan[t->from_b[s]];
            tan[s] = d;
        }
    }
}

/* gradient of value `top`: adjoints downwards */
static void run_reverse(const prog *p, uint32_t top, const double *v, double *adj, double *dz,
                        double *dp)
{
    memset(adj, 0, ((size_t)top + 1) * sizeof *adj);
    adj[top] = 1;
    for (size_t i = (size_t)top + 1; i-- > 0;) {
        const instr *x = &p->code[i];
        uint32_t a = 0, b = 0;
        double pa, pb;
        if (adj[i] == 0)
            continue;
        if (x->op == G_INNER)
            dz[x->a] += adj[i];
        if (x->op == G_PARAM)
            dp[x->a] += adj[i];
        unsigned n = active(x, &a, &b);
        if (n == 0)
            continue;
        partials(x, v, v[i], &pa, &pb);
        if (pa != 0)
            adj[a] += adj[i] * pa;
        if (n > 1 && pb != 0)
            adj[b] += adj[i] * pb;
    }
}

/* working numbers of one call: on the stack where they fit */
typedef struct room {
    double here[STACK], *at;
} room;

static double *room_open(room *r, size_t n)
{
    r->at = n <= STACK ? r->here : malloc(n * sizeof *r->at);
    return r->at;
}

static void room_close(room *r)
{
    if (r->at != r->here)
        free(r->at);
}

static void fill_nan(double *x, size_t n)
{
    for (size_t i = 0; x && i < n; i++)
        x[i] = (double)__builtin_nanf("");
}

static void interp_rhs(const gs_kernel *k, const double *z, const double *par,
                       const double *lever, double *dz)
{
    const program *s = k->self;
    room r;
    double *v = room_open(&r, s->rhs.n);
    if (!v) {
        fill_nan(dz, k->n_state);
        return;
    }
    run(&s->rhs, z, par, lever, v);
    for (size_t i = 0; i < k->n_state; i++)
        dz[i] = v[s->rhs.out[i]];
    room_close(&r);
}

static void interp_jac(const gs_kernel *k, const double *z, const double *par,
                       const double *lever, double *dz, double *j, double *jp)
{
    const program *s = k->self;
    room r;
    double *v = room_open(&r, s->rhs.n + s->tan.start[s->rhs.n]);
    if (!v) {
        fill_nan(dz, k->n_state);
        fill_nan(j, k->n_jac);
        fill_nan(jp, k->n_jp);
        return;
    }
    double *tan = v + s->rhs.n;
    run(&s->rhs, z, par, lever, v);
    run_tangents(&s->rhs, &s->tan, v, tan);
    for (size_t i = 0; i < k->n_state; i++)
        dz[i] = v[s->rhs.out[i]];
    for (size_t e = 0; e < k->n_jac; e++)
        j[e] = s->jac_slot[e] == GS_REF_NONE ? 0 : tan[s->jac_slot[e]];
    for (size_t e = 0; jp && e < k->n_jp; e++)
        jp[e] = tan[s->jp_slot[e]];
    room_close(&r);
}

static void interp_seen(const gs_kernel *k, const double *z, const double *par,
                        const double *lever, double *y)
{
    const program *s = k->self;
    room r;
    double *v = room_open(&r, s->see.n);
    if (!v) {
        fill_nan(y, k->n_see);
        return;
    }
    run(&s->see, z, par, lever, v);
    for (size_t i = 0; i < k->n_see; i++)
        y[i] = v[s->see.out[i]];
    room_close(&r);
}

static void interp_fast(const gs_kernel *k, const double *z, const double *par,
                        const double *lever, double *x)
{
    const program *s = k->self;
    room r;
    double *v = room_open(&r, s->fast.n);
    if (!v) {
        fill_nan(x, k->n_fast);
        return;
    }
    run(&s->fast, z, par, lever, v);
    for (size_t i = 0; i < k->n_fast; i++)
        x[i] = v[s->fast.out[i]];
    room_close(&r);
}

static void interp_seen_grad(const gs_kernel *k, size_t i_see, const double *z,
                             const double *par, const double *lever, double *dy_dz,
                             double *dy_dp)
{
    const program *s = k->self;
    room r;
    double *v = room_open(&r, 2 * s->see.n);
    memset(dy_dz, 0, k->n_state * sizeof *dy_dz);
    memset(dy_dp, 0, k->n_par * sizeof *dy_dp);
    if (!v) {
        fill_nan(dy_dz, k->n_state);
        fill_nan(dy_dp, k->n_par);
        return;
    }
    run(&s->see, z, par, lever, v);
    run_reverse(&s->see, s->see.out[i_see], v, v + s->see.n, dy_dz, dy_dp);
    room_close(&r);
}

/* One event that fires. work has room for n_assign * (1 + 2 * (n_state + n_par)). jz, jp
 * may be NULL. New rows are made from the old before any is written. */
static void fire(const gs_kernel *k, const event_prog *e, const double *v, double *adj,
                 double *z, double *jz, double *jp, double *work)
{
    size_t n = k->n_state, m = k->n_par, n_assign = e->p.n_out - 1;
    double *grad = work, *rows = work + n + m;
    for (size_t i = 0; jz && i < n_assign; i++) {
        double *row = rows + i * (n + m);
        memset(grad, 0, (n + m) * sizeof *grad);
        run_reverse(&e->p, e->p.out[1 + i], v, adj, grad, grad + n);
        memset(row, 0, n * sizeof *row);
        memcpy(row + n, grad + n, m * sizeof *row);
        for (size_t q = 0; q < n; q++) {
            for (size_t c = 0; grad[q] != 0 && c < n; c++)
                row[c] += grad[q] * jz[q * n + c];
            for (size_t c = 0; grad[q] != 0 && c < m; c++)
                row[n + c] += grad[q] * jp[q * m + c];
        }
    }
    for (size_t i = 0; i < n_assign; i++) {
        size_t q = e->state[i];
        z[q] = v[e->p.out[1 + i]];
        if (jz) {
            memcpy(jz + q * n, rows + i * (n + m), n * sizeof *jz);
            memcpy(jp + q * m, rows + i * (n + m) + n, m * sizeof *jp);
        }
    }
}

static size_t interp_events_grad(const gs_kernel *k, double *z, const double *par,
                                 const double *lever, double *jz, double *jp)
{
    const program *s = k->self;
    size_t n = k->n_state, m = k->n_par, fired = 0;
    size_t n_work = jz ? (n + m) * (n + 1) : 0;
    room r;
    double *v = room_open(&r, 2 * s->max_value + n_work);
    if (!v) {
        fill_nan(z, n);
        return 0;
    }
    for (size_t i = 0; jz && i < n; i++) {
        memset(jz + i * n, 0, n * sizeof *jz);
        memset(jp + i * m, 0, m * sizeof *jp);
        jz[i * n + i] = 1;
    }
    for (size_t i = 0; i < k->n_event; i++) {
        const event_prog *e = &s->event[i];
        run(&e->p, z, par, lever, v);
        if (v[e->p.out[0]] == 0)
            continue;
        fired++;
        fire(k, e, v, v + s->max_value, z, jz, jp, v + 2 * s->max_value);
    }
    room_close(&r);
    return fired;
}

static size_t interp_events(const gs_kernel *k, double *z, const double *par,
                            const double *lever)
{
    return interp_events_grad(k, z, par, lever, NULL, NULL);
}

/* ---- making the kernel ---------------------------------------------------------- */

/* Sparsity from the tangents of the rates; the diagonal is always there. */
static gs_status make_pattern(gs_arena *a, gs_kernel *k, program *s, const uint32_t *par_of,
                              gs_err *err)
{
    const tangents *t = &s->tan;
    size_t max = k->n_state;
    for (size_t i = 0; i < k->n_state; i++)
        max += t->start[s->rhs.out[i] + 1] - t->start[s->rhs.out[i]];
    uint16_t *row = GS_NEW(a, uint16_t, max + 1), *col = GS_NEW(a, uint16_t, max + 1);
    uint16_t *prow = GS_NEW(a, uint16_t, max + 1), *ppar = GS_NEW(a, uint16_t, max + 1);
    uint32_t *slot = GS_NEW(a, uint32_t, max + 1), *pslot = GS_NEW(a, uint32_t, max + 1);
    size_t nj = 0, np = 0;
    if (!row || !col || !prow || !ppar || !slot || !pslot)
        return no_memory(err);
    for (size_t i = 0; i < k->n_state; i++) {
        bool diagonal = false;
        uint32_t o = s->rhs.out[i];
        for (uint32_t x = t->start[o]; x <= t->start[o + 1]; x++) {
            uint32_t v = x < t->start[o + 1] ? t->var[x] : GS_REF_NONE;
            if (!diagonal && v >= i) {
                diagonal = true;
                row[nj] = col[nj] = (uint16_t)i;
                slot[nj++] = v == i ? x : GS_REF_NONE;
                if (v == i)
                    continue;
            }
            if (v < k->n_state) {
                row[nj] = (uint16_t)i;
                col[nj] = (uint16_t)v;
                slot[nj++] = x;
            } else if (v != GS_REF_NONE) {
                prow[np] = (uint16_t)i;
                ppar[np] = (uint16_t)par_of[v - k->n_state];
                pslot[np++] = x;
            }
        }
    }
    k->n_jac = nj;
    k->jac_row = row;
    k->jac_col = col;
    k->n_jp = np;
    k->jp_row = prow;
    k->jp_par = ppar;
    s->jac_slot = slot;
    s->jp_slot = pslot;
    return GS_OK;
}

static gs_status make_events(gs_arena *a, const gs_spec *spec, gs_model_graph *m, gs_kernel *k,
                             program *s, gs_err *err)
{
    event_prog *e = GS_NEW(a, event_prog, spec->n_event + 1);
    size_t total = 0;
    if (!e)
        return no_memory(err);
    for (size_t i = 0; i < spec->n_event; i++) {
        const gs_model_event *x = &m->event[i];
        gs_ref *root = GS_NEW(a, gs_ref, x->n_assign + 1);
        uint16_t *state = GS_NEW(a, uint16_t, x->n_assign);
        if (!root || !state)
            return no_memory(err);
        root[0] = x->when;
        memcpy(root + 1, x->value, x->n_assign * sizeof *root);
        memcpy(state, x->state, x->n_assign * sizeof *state);
        GS_TRY(make_prog(a, &m->g, root, x->n_assign + 1, &e[i].p, err));
        e[i].state = state;
        total += e[i].p.n;
        if (e[i].p.n > s->max_value)
            s->max_value = e[i].p.n;
        if (total > MAX_INSTR)
            return too_large(err);
    }
    s->event = e;
    if (spec->n_event) {
        k->events = interp_events;
        k->events_grad = interp_events_grad;
    }
    return GS_OK;
}

static gs_status make_kernel(gs_arena *a, gs_work *w, const gs_spec *spec, bool slave,
                             gs_kernel **out, gs_err *err)
{
    gs_model_graph m;
    gs_kernel *k = GS_NEW(a, gs_kernel, 1);
    program *s = GS_NEW(a, program, 1);
    uint32_t *personal = GS_NEW(w->arena, uint32_t, spec->n_param + 1);
    uint32_t *par_of = GS_NEW(w->arena, uint32_t, spec->n_param + 1), n = 0;
    if (!k || !s || !personal || !par_of)
        return no_memory(err);
    for (size_t i = 0; i < spec->n_param; i++) {
        personal[i] = spec->param[i].personal ? n : GS_REF_NONE;
        if (spec->param[i].personal)
            par_of[n++] = (uint32_t)i;
    }
    GS_TRY(gs_model_graph_build(w, spec, false, slave, &m, err));
    GS_TRY(gs_kernel_describe(a, spec, &m, slave, k, err));
    GS_TRY(make_prog(a, &m.g, m.dz, m.n_state, &s->rhs, err));
    GS_TRY(make_prog(a, &m.g, m.see, spec->n_see, &s->see, err));
    GS_TRY(make_prog(a, &m.g, m.fast, m.n_fast, &s->fast, err));
    GS_TRY(make_tangents(a, &s->rhs, m.n_state, personal, &s->tan, err));
    GS_TRY(make_pattern(a, k, s, par_of, err));
    GS_TRY(make_events(a, spec, &m, k, s, err));
    k->rhs = interp_rhs;
    k->jac = interp_jac;
    k->seen = interp_seen;
    k->seen_grad = interp_seen_grad;
    k->fast_seen = m.n_fast ? interp_fast : NULL;
    k->self = s;
    *out = k;
    return GS_OK;
}

gs_status gs_modelc_interpret(gs_arena *a, const gs_spec *spec, const gs_modelc_opts *o,
                              gs_kernel **out, gs_err *err)
{
    gs_work w;
    GS_TRY(gs_work_new(&w, err));
    gs_status st = make_kernel(a, &w, spec, o->slave, out, err);
    gs_work_free(&w);
    return st;
}
