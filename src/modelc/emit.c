/* The kernel as C: straight-line code, one temporary a shared subexpression. The text
 * depends on nothing but the spec and the options.
 *
 * Code is written over a lane type V and the words LD, ST, EXP, LT, SEL ... defined at
 * its top; here V is one double. */
#include "modelc/emit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>


void gs_emit_line(emitter *e, const char *text)
{
    gs_buf_put(e->out, text);
    gs_buf_put(e->out, "\n");
}

/* ---- constants and texts -------------------------------------------------------- */

static void put_double(gs_buf *b, double x)
{
    if (isinf(x)) {
        gs_buf_put(b, x < 0 ? "-INFINITY" : "INFINITY");
    } else if (isnan(x)) {
        gs_buf_put(b, "NAN");
    } else {
        char text[40];
        snprintf(text, sizeof text, "%.17g", x);
        for (char *p = text; *p; p++) /* whatever the locale writes */
            *p = *p == ',' ? '.' : *p;
        gs_buf_put(b, x < 0 ? "(" : "");
        gs_buf_put(b, text);
        gs_buf_put(b, strpbrk(text, ".e") ? "" : ".0");
        gs_buf_put(b, x < 0 ? ")" : "");
    }
}

/* a C string literal in ASCII; never a trigraph, never an escape that runs on */
static void put_string(gs_buf *b, const char *text)
{
    gs_buf_put(b, "\"");
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\' || c == '?' || c < 32 || c >= 127)
            gs_buf_printf(b, "\\%03o", (unsigned)c);
        else
            gs_buf_put_n(b, p, 1);
    }
    gs_buf_put(b, "\"");
}

/* ---- expressions ------------------------------------------------------------------ */

void gs_emit_ref(emitter *e, gs_ref r)
{
    const gs_node *n = gs_g(&e->m.g, r);
    if (e->slot && !e->in_day && e->slot[r]) {
        gs_buf_printf(e->out, gs_emit_is_mask((gs_gop)n->op) ? "NE(LD(c, %u), K(0))"
                                                              : "LD(c, %u)", e->slot[r] - 1);
        return;
    }
    switch ((gs_gop)n->op) {
    case G_CONST:
        gs_buf_put(e->out, e->slot ? "K(" : "");
        put_double(e->out, n->num);
        gs_buf_put(e->out, e->slot ? ")" : "");
        break;
    case G_INNER:
        gs_buf_printf(e->out, "LD(z, %u)", n->a);
        break;
    case G_PARAM:
        gs_buf_printf(e->out, "LD(par, %u)", n->a);
        break;
    case G_LEVER:
        gs_buf_printf(e->out, "LD(lever, %u)", n->a);
        break;
    default:
        gs_buf_printf(e->out, "t%u", e->name[r] - 1);
    }
}

static void put_call(emitter *e, const char *f, gs_ref a, gs_ref b, gs_ref c)
{
    gs_buf_printf(e->out, "%s(", f);
    gs_emit_ref(e, a);
    if (b != GS_REF_NONE) {
        gs_buf_put(e->out, ", ");
        gs_emit_ref(e, b);
    }
    if (c != GS_REF_NONE) {
        gs_buf_put(e->out, ", ");
        gs_emit_ref(e, c);
    }
    gs_buf_put(e->out, ")");
}

static void put_infix(emitter *e, const gs_node *n, const char *op)
{
    gs_emit_ref(e, n->a);
    gs_buf_printf(e->out, " %s ", op);
    gs_emit_ref(e, n->b);
}

bool gs_emit_is_mask(gs_gop op)
{
    return op == G_NOT || (op >= G_LT && op <= G_OR);
}

void gs_emit_node(emitter *e, gs_ref r)
{
    static const char *const call[N_GOP] = {
        [G_EXP] = "EXP", [G_LN] = "LOG", [G_SQRT] = "SQRT", [G_ABS] = "ABS", [G_POW] = "POW",
        [G_NOT] = "NOT", [G_LT] = "LT",  [G_LE] = "LE",     [G_EQ] = "EQ",   [G_NE] = "NE",
        [G_AND] = "AND", [G_OR] = "OR",  [G_MIN] = "MIN",   [G_MAX] = "MAX", [G_SEL] = "SEL"};
    static const char *const infix[N_GOP] = {
        [G_ADD] = "+", [G_SUB] = "-", [G_MUL] = "*", [G_DIV] = "/"};
    const gs_node *n = gs_g(&e->m.g, r);
    unsigned k = gs_gop_operands((gs_gop)n->op);
    e->name[r] = ++e->n_name;
    gs_buf_printf(e->out, "    const %s t%u = ", gs_emit_is_mask((gs_gop)n->op) ? "M" : "V",
                  e->n_name - 1);
    if (n->op == G_NEG) {
        gs_buf_put(e->out, "-");
        gs_emit_ref(e, n->a);
    } else if (infix[n->op]) {
        put_infix(e, n, infix[n->op]);
    } else {
        put_call(e, call[n->op], n->a, k > 1 ? n->b : GS_REF_NONE, k > 2 ? n->c : GS_REF_NONE);
    }
    gs_buf_put(e->out, ";\n");
}

/* New function: no node has a temporary yet. */
void gs_emit_fresh(emitter *e)
{
    memset(e->name, 0, e->m.g.n * sizeof *e->name);
    e->n_name = 0;
}

/* Temporaries for all that root[0..n) need and do not have yet. */
static void compute(emitter *e, const gs_ref *root, size_t n)
{
    memset(e->keep, 0, e->m.g.n);
    if (n)
        gs_graph_mark(&e->m.g, root, n, e->keep);
    for (gs_ref r = 0; r < e->m.g.n; r++)
        if (e->keep[r] && !e->name[r] && gs_gop_operands((gs_gop)gs_g(&e->m.g, r)->op))
            gs_emit_node(e, r);
}

void gs_emit_store(emitter *e, const char *array, size_t i, gs_ref r)
{
    gs_buf_printf(e->out, "    ST(%s, %zu, ", array, i);
    gs_emit_ref(e, r);
    gs_emit_line(e, ");");
}

/* ---- functions ---------------------------------------------------------------------- */

static const char arguments[] = "const gs_kernel *k, const double *z, const double *par,\n"
                                "                 const double *lever";
static const char unused[] = "    (void)k, (void)z, (void)par, (void)lever;";

static void emit_rhs(emitter *e)
{
    gs_emit_fresh(e);
    gs_buf_printf(e->out, "\nstatic void rhs(%s, double *dz)\n{\n%s\n    (void)dz;\n",
                  arguments, unused);
    compute(e, e->m.dz, e->m.n_state);
    for (size_t i = 0; i < e->m.n_state; i++)
        gs_emit_store(e, "dz", i, e->m.dz[i]);
    gs_emit_line(e, "}");
}

static void emit_jac(emitter *e)
{
    const gs_grad *d = &e->rate;
    size_t ns = e->m.n_state, n = 0, n_par = 0;
    gs_ref *root = GS_NEW(e->w->scratch, gs_ref, ns + d->n + 1);
    if (!root) {
        e->out->failed = true;
        return;
    }
    gs_emit_fresh(e);
    gs_buf_printf(e->out, "\nstatic void jac(%s, double *dz, double *j,\n"
                  "                 double *jp)\n{\n%s\n    (void)dz, (void)j;\n",
                  arguments, unused);
    memcpy(root, e->m.dz, ns * sizeof *root);
    for (size_t i = 0; i < d->n; i++)
        if (d->var[i] < ns)
            root[ns + n++] = d->value[i];
    compute(e, root, ns + n);
    for (size_t i = 0; i < ns; i++)
        gs_emit_store(e, "dz", i, e->m.dz[i]);
    for (size_t s = 0, i = 0; s < e->k.n_jac; s++) {
        while (i < d->n && (d->root[i] < e->k.jac_row[s] ||
                            (d->root[i] == e->k.jac_row[s] && d->var[i] < e->k.jac_col[s])))
            i++;
        bool here = i < d->n && d->root[i] == e->k.jac_row[s] && d->var[i] == e->k.jac_col[s];
        if (here)
            gs_emit_store(e, "j", s, d->value[i]);
        else
            gs_buf_printf(e->out, "    ST(j, %zu, 0.0);\n", s);
    }
    gs_emit_line(e, "    if (!jp)\n        return;");
    n = 0;
    for (size_t i = 0; i < d->n; i++)
        if (d->var[i] >= ns)
            root[n++] = d->value[i];
    compute(e, root, n);
    for (size_t i = 0; i < d->n; i++)
        if (d->var[i] >= ns)
            gs_emit_store(e, "jp", n_par++, d->value[i]);
    gs_emit_line(e, "}");
}

static void emit_seen(emitter *e)
{
    size_t n_see = e->spec->n_see;
    gs_emit_fresh(e);
    gs_buf_printf(e->out, "\nstatic void seen(%s, double *y)\n{\n%s\n    (void)y;\n", arguments,
                  unused);
    compute(e, e->m.see, n_see);
    for (size_t i = 0; i < n_see; i++)
        gs_emit_store(e, "y", i, e->m.see[i]);
    gs_emit_line(e, "}");
}

static void emit_fast(emitter *e)
{
    if (!e->m.n_fast)
        return;
    gs_emit_fresh(e);
    gs_buf_printf(e->out, "\nstatic void fast_seen(%s, double *x)\n{\n%s\n", arguments,
                  unused);
    compute(e, e->m.fast, e->m.n_fast);
    for (size_t i = 0; i < e->m.n_fast; i++)
        gs_emit_store(e, "x", i, e->m.fast[i]);
    gs_emit_line(e, "}");
}

static void emit_seen_grad(emitter *e)
{
    const gs_grad *d = &e->see;
    for (size_t s = 0, i = 0; s < e->spec->n_see; s++) {
        size_t first = i;
        while (i < d->n && d->root[i] == s)
            i++;
        gs_emit_fresh(e);
        gs_buf_printf(e->out, "\nstatic void seen_grad_%zu(%s, double *dy_dz,\n"
                      "                 double *dy_dp)\n{\n%s\n    (void)dy_dz, (void)dy_dp;\n",
                      s, arguments, unused);
        compute(e, d->value + first, i - first);
        for (size_t j = first; j < i; j++)
            gs_emit_store(e, d->var[j] < e->m.n_state ? "dy_dz" : "dy_dp",
                  d->var[j] < e->m.n_state ? d->var[j] : d->var[j] - e->m.n_state,
                  d->value[j]);
        gs_emit_line(e, "}");
    }
    gs_buf_printf(e->out,
                  "\nstatic void seen_grad(const gs_kernel *k, size_t i_see, const double *z,\n"
                  "                      const double *par, const double *lever,\n"
                  "                      double *dy_dz, double *dy_dp)\n{\n%s\n"
                  "    for (size_t i = 0; i < k->n_state; i++)\n        ST(dy_dz, i, 0.0);\n"
                  "    for (size_t i = 0; i < k->n_par; i++)\n        ST(dy_dp, i, 0.0);\n"
                  "    switch (i_see) {\n",
                  unused);
    for (size_t s = 0; s < e->spec->n_see; s++)
        gs_buf_printf(e->out, "    case %zu:\n        seen_grad_%zu(k, z, par, lever, dy_dz, "
                      "dy_dp);\n        break;\n", s, s);
    gs_emit_line(e, "    default:\n        break;\n    }\n}");
}

/* An event as a function: 1 if it fires. z_in is what it looks at, z what it changes. */
static void emit_event(emitter *e, size_t i)
{
    const gs_model_event *x = &e->m.event[i];
    gs_emit_fresh(e);
    gs_buf_printf(e->out, "\nstatic size_t event_%zu(const gs_kernel *k, double *z_out,\n"
                  "                 const double *z, const double *par, const double *lever)\n"
                  "{\n%s\n", i, unused);
    compute(e, &x->when, 1);
    gs_buf_put(e->out, "    if (!(");
    gs_emit_ref(e, x->when);
    gs_emit_line(e, "))\n        return 0;");
    compute(e, x->value, x->n_assign);
    for (size_t j = 0; j < x->n_assign; j++)
        gs_emit_store(e, "z_out", x->state[j], x->value[j]);
    gs_emit_line(e, "    return 1;\n}");
}

/* The rows of jz and jp that event i replaces, from the rows as they were. */
static gs_status emit_event_grad(emitter *e, size_t i, const bool *all, gs_err *err)
{
    const gs_model_event *x = &e->m.event[i];
    size_t ns = e->m.n_state, np = e->spec->n_param, s = 0;
    gs_grad d;
    GS_TRY(gs_derive(e->w, &e->m.g, ns, all, x->value, x->n_assign, &d, err));
    e->name = GS_NEW(e->w->arena, uint32_t, e->m.g.n);
    e->keep = GS_NEW(e->w->arena, unsigned char, e->m.g.n);
    if (!e->name || !e->keep)
        return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
    gs_emit_fresh(e);
    gs_buf_printf(e->out, "\nstatic void event_grad_%zu(const gs_kernel *k, const double *z,\n"
                  "                 const double *par, const double *lever, double *jz, "
                  "double *jp)\n{\n%s\n    double row[%zu][%zu] = {{0}};\n", i, unused,
                  x->n_assign, ns + np);
    compute(e, d.value, d.n);
    for (size_t j = 0; j < d.n; j++) {
        gs_buf_printf(e->out, "    add_row(k, row[%u], ", d.root[j]);
        gs_emit_ref(e, d.value[j]);
        gs_buf_printf(e->out, ", %u, jz, jp);\n", d.var[j]);
    }
    for (s = 0; s < x->n_assign; s++)
        gs_buf_printf(e->out, "    put_row(k, row[%zu], %u, jz, jp);\n", s, (unsigned)x->state[s]);
    gs_emit_line(e, "}");
    return GS_OK;
}

static void emit_row_helpers(emitter *e)
{
    gs_buf_put(e->out,
               "\n/* row += g * (row `var` of [jz jp]), or g itself for a parameter */\n"
               "static inline void add_row(const gs_kernel *k, double *row, double g, size_t var,\n"
               "                           const double *jz, const double *jp)\n{\n"
               "    size_t ns = k->n_state, np = k->n_par;\n"
               "    if (var >= ns) {\n        row[var] += g;\n        return;\n    }\n"
               "    for (size_t i = 0; i < ns; i++)\n"
               "        row[i] += g * jz[var * ns + i];\n"
               "    for (size_t i = 0; i < np; i++)\n"
               "        row[ns + i] += g * jp[var * np + i];\n}\n"
               "\nstatic void put_row(const gs_kernel *k, const double *row, size_t state,\n"
               "                    double *jz, double *jp)\n{\n"
               "    size_t ns = k->n_state, np = k->n_par;\n"
               "    for (size_t i = 0; i < ns; i++)\n"
               "        jz[state * ns + i] = row[i];\n"
               "    for (size_t i = 0; i < np; i++)\n"
               "        jp[state * np + i] = row[ns + i];\n}\n");
}

static gs_status emit_events(emitter *e, const bool *all, gs_err *err)
{
    size_t ns = e->m.n_state, np = e->spec->n_param, n = e->spec->n_event;
    if (!n)
        return GS_OK;
    for (size_t i = 0; i < n; i++)
        if (e->m.event[i].n_assign * (ns + np) > 65536)
            return gs_fail(err, GS_ENOMEM, "event %s changes too many states to be compiled; "
                           "split it", e->spec->event[i].head.name);
    emit_row_helpers(e);
    for (size_t i = 0; i < n; i++) {
        emit_event(e, i);
        GS_TRY(emit_event_grad(e, i, all, err));
    }
    gs_buf_printf(e->out,
                  "\nstatic size_t events_grad(const gs_kernel *k, double *z, const double *par,\n"
                  "                          const double *lever, double *jz, double *jp)\n{\n"
                  "    size_t ns = k->n_state, np = k->n_par, n = 0;\n    double old[%zu] = {0};\n"
                  "    for (size_t i = 0; jz && i < ns; i++) {\n"
                  "        for (size_t c = 0; c < ns; c++)\n"
                  "            jz[i * ns + c] = i == c;\n"
                  "        for (size_t c = 0; c < np; c++)\n"
                  "            jp[i * np + c] = 0;\n    }\n",
                  ns + 1);
    for (size_t i = 0; i < n; i++)
        gs_buf_printf(e->out,
                      "    for (size_t i = 0; i < ns; i++)\n        old[i] = z[i];\n"
                      "    if (event_%zu(k, z, old, par, lever)) {\n        n++;\n"
                      "        if (jz)\n            event_grad_%zu(k, old, par, lever, jz, jp);\n"
                      "    }\n", i, i);
    gs_emit_line(e, "    return n;\n}");
    gs_emit_line(e, "\nstatic size_t events(const gs_kernel *k, double *z, const double *par,\n"
            "                     const double *lever)\n{\n"
            "    return events_grad(k, z, par, lever, NULL, NULL);\n}");
    return GS_OK;
}

/* ---- tables -------------------------------------------------------------------------- */

static void put_four(emitter *e, const char *a, const char *b, const char *c, const char *d)
{
    const char *t[4] = {a, b, c, d};
    gs_buf_put(e->out, "    {");
    for (size_t i = 0; i < 4; i++) {
        put_string(e->out, t[i]);
        gs_buf_put(e->out, ", ");
    }
}

static void put_numbers(emitter *e, size_t n, const double *x)
{
    for (size_t i = 0; i < n; i++) {
        gs_buf_put(e->out, i ? ", " : "");
        put_double(e->out, x[i]);
    }
}

static void put_dist(emitter *e, gs_dist d)
{
    static const char *const name[] = {
        [GS_DIST_NONE] = "GS_DIST_NONE",           [GS_DIST_NORMAL] = "GS_DIST_NORMAL",
        [GS_DIST_LOGNORMAL] = "GS_DIST_LOGNORMAL", [GS_DIST_UNIFORM] = "GS_DIST_UNIFORM",
        [GS_DIST_BETA] = "GS_DIST_BETA",           [GS_DIST_NEGBINOMIAL] = "GS_DIST_NEGBINOMIAL"};
    gs_buf_printf(e->out, "{%s, ", name[d.kind]);
    put_numbers(e, 2, (double[]){d.a, d.b});
    gs_buf_put(e->out, "}");
}

static void emit_states(emitter *e, const char *name, const gs_state_info *x, size_t n)
{
    gs_buf_printf(e->out, "\nstatic const gs_state_info %s[] = {\n", name);
    for (size_t i = 0; i < n; i++) {
        put_four(e, x[i].name, x[i].unit, x[i].doc, x[i].cite);
        put_numbers(e, 3, (double[]){x[i].start, x[i].lo, x[i].hi});
        gs_buf_printf(e->out, ", %d, %d},\n", x[i].is_log, x[i].is_fast);
    }
    gs_emit_line(e, "    {\"\", \"\", \"\", \"\", 0, 0, 0, 0, 0}};");
}

static void emit_info(emitter *e)
{
    const gs_kernel *k = &e->k;
    emit_states(e, "state_info", k->state, k->n_state);
    emit_states(e, "fast_info", k->fast, k->n_fast);
    gs_emit_line(e, "static const gs_par_info par_info[] = {");
    for (size_t i = 0; i < k->n_par; i++) {
        const gs_par_info *x = &k->par[i];
        put_four(e, x->name, x->unit, x->doc, x->cite);
        put_numbers(e, 3, (double[]){x->value, x->lo, x->hi});
        gs_buf_put(e->out, ", ");
        put_dist(e, x->prior);
        gs_buf_printf(e->out, ", %d, ", x->personal);
        put_string(e->out, x->lever);
        gs_emit_line(e, "},");
    }
    gs_emit_line(e, "    {\"\", \"\", \"\", \"\", 0, 0, 0, {GS_DIST_NONE, 0, 0}, 0, \"\"}};\n"
            "static const gs_lever_info lever_info[] = {");
    for (size_t i = 0; i < k->n_lever; i++) {
        const gs_lever_info *x = &k->lever[i];
        put_four(e, x->name, x->unit, x->doc, x->cite);
        put_numbers(e, 4, (double[]){x->lo, x->hi, x->habit, x->sd});
        gs_emit_line(e, "},");
    }
    gs_emit_line(e, "    {\"\", \"\", \"\", \"\", 0, 0, 0, 0}};\nstatic const gs_see_info see_info[] = {");
    for (size_t i = 0; i < k->n_see; i++) {
        const gs_see_info *x = &k->see[i];
        put_four(e, x->name, x->unit, x->doc, x->cite);
        put_dist(e, x->noise);
        gs_emit_line(e, "},");
    }
    gs_emit_line(e, "    {\"\", \"\", \"\", \"\", {GS_DIST_NONE, 0, 0}}};\n"
            "static const gs_event_info event_info[] = {");
    for (size_t i = 0; i < k->n_event; i++) {
        gs_buf_put(e->out, "    {");
        put_string(e->out, k->event[i].name);
        gs_buf_put(e->out, ", ");
        put_string(e->out, k->event[i].doc);
        gs_emit_line(e, "},");
    }
    gs_emit_line(e, "    {\"\", \"\"}};");
}

static void emit_indices(emitter *e, const char *name, const uint16_t *x, size_t n)
{
    gs_buf_printf(e->out, "static const uint16_t %s[] = {", name);
    for (size_t i = 0; i < n; i++)
        gs_buf_printf(e->out, "%s%u,", i % 16 ? " " : "\n    ", (unsigned)x[i]);
    gs_emit_line(e, "\n    0};");
}

/* every level that the build compiles, or the one this very file is compiled for */
static void emit_lane_table(emitter *e)
{
    static const char *const level[] = {"plain", "two", "avx2", "avx512"};
    const char *s = e->o->symbol;
    if (e->o->part == GS_MODELC_WHOLE) {
        gs_buf_printf(e->out, "static const gs_lanes *const lanes[] = {&lanes_here, 0};\n"
                      "extern const int %s_cpu; /* level this file was compiled for */\n"
                      "const int %s_cpu = GS_VEC_LEVEL;\n", s, s);
        return;
    }
    for (size_t i = 0; i < 4; i++)
        for (size_t f = 0; f < 2; f++)
            gs_buf_printf(e->out, "%sextern const gs_lanes %s_%s_%s;\n%s",
                          i == 1 && f == 0 ? "#ifndef GS_LANES_PLAIN_ONLY\n" :
                          i == 2 && f == 0 ? "#if defined(__x86_64__)\n" : "",
                          s, level[i], f ? "f" : "d", i == 3 && f ? "#endif\n#endif\n" : "");
    gs_emit_line(e, "static const gs_lanes *const lanes[] = {");
    for (size_t i = 0; i < 4; i++)
        for (size_t f = 0; f < 2; f++)
            gs_buf_printf(e->out, "%s    &%s_%s_%s,\n%s",
                          i == 1 && f == 0 ? "#ifndef GS_LANES_PLAIN_ONLY\n" :
                          i == 2 && f == 0 ? "#if defined(__x86_64__)\n" : "",
                          s, level[i], f ? "f" : "d", i == 3 && f ? "#endif\n#endif\n" : "");
    gs_emit_line(e, "    0};");
}

static void emit_kernel(emitter *e)
{
    const gs_kernel *k = &e->k;
    emit_indices(e, "jac_row", k->jac_row, k->n_jac);
    emit_indices(e, "jac_col", k->jac_col, k->n_jac);
    emit_indices(e, "jp_row", k->jp_row, k->n_jp);
    emit_indices(e, "jp_par", k->jp_par, k->n_jp);
    emit_lane_table(e);
    gs_buf_put(e->out, "\nstatic const gs_kernel kernel = {\n    .name = ");
    put_string(e->out, k->name);
    gs_buf_put(e->out, ",\n    .doc = ");
    put_string(e->out, k->doc);
    gs_buf_printf(e->out,
                  ",\n    .hash = 0x%016llxull,\n    .slaved = %d,\n    .n_lane = 1,\n"
                  "    .n_state = %zu,\n    .n_par = %zu,\n    .n_lever = %zu,\n"
                  "    .n_see = %zu,\n    .n_event = %zu,\n"
                  "    .state = state_info,\n    .par = par_info,\n    .lever = lever_info,\n"
                  "    .see = see_info,\n    .event = event_info,\n"
                  "    .n_fast = %zu,\n    .fast = fast_info,\n"
                  "    .n_jac = %zu,\n    .jac_row = jac_row,\n    .jac_col = jac_col,\n"
                  "    .n_jp = %zu,\n    .jp_row = jp_row,\n    .jp_par = jp_par,\n"
                  "    .rhs = rhs,\n    .jac = jac,\n    .seen = seen,\n"
                  "    .seen_grad = seen_grad,\n"
                  "    .n_lanes = sizeof lanes / sizeof *lanes - 1,\n    .lanes = lanes,\n"
                  "%s%s};\n",
                  (unsigned long long)k->hash, k->slaved, k->n_state, k->n_par, k->n_lever,
                  k->n_see, k->n_event, k->n_fast, k->n_jac, k->n_jp,
                  k->n_fast ? "    .fast_seen = fast_seen,\n" : "",
                  k->n_event ? "    .events = events,\n    .events_grad = events_grad,\n" : "");
    gs_buf_printf(e->out, "\nextern const unsigned %s_abi;\n"
                  "const unsigned %s_abi = GS_KERNEL_ABI;\n"
                  "const gs_kernel *%s(void);\nconst gs_kernel *%s(void)\n{\n"
                  "    return &kernel;\n}\n",
                  e->o->symbol, e->o->symbol, e->o->symbol, e->o->symbol);
}

static void emit_head(emitter *e)
{
    gs_buf_put(e->out, "/* made by the model compiler from ");
    for (const char *p = e->spec->name; *p; p++) /* a name is plain letters */
        gs_buf_put_n(e->out, p, 1);
    gs_buf_printf(e->out, "%s; do not edit */\n", e->o->slave ? ", fast states slaved" : "");
    gs_emit_line(e, "#include \"gutskin/kernel.h\"\n#include <math.h>");
}

/* macros, because the lanes' words may stand above in the same file */
static void emit_words(emitter *e)
{
    gs_emit_line(e,
         "\n/* one person: V a number, M a condition */\n"
         "#undef LD\n#undef ST\n#define V double\n#define M int\n"
         "#define LD(p, i) ((p)[i])\n#define ST(p, i, v) ((p)[i] = (v))\n"
         "#define EXP(a) exp(a)\n#define LOG(a) log(a)\n#define SQRT(a) sqrt(a)\n"
         "#define ABS(a) fabs(a)\n#define POW(a, b) pow(a, b)\n"
         "#undef LT\n#undef LE\n#undef EQ\n#undef NE\n#undef AND\n#undef OR\n#undef NOT\n"
         "#define LT(a, b) ((a) < (b))\n#define LE(a, b) ((a) <= (b))\n"
         "#define EQ(a, b) ((a) == (b))\n#define NE(a, b) ((a) != (b))\n"
         "#define AND(a, b) ((a) & (b))\n#define OR(a, b) ((a) | (b))\n#define NOT(a) (!(a))\n"
         "#define SEL(c, a, b) ((c) ? (a) : (b))\n"
         "/* written so that a NaN in a survives */\n"
         "#define MIN(a, b) ((b) < (a) ? (b) : (a))\n"
         "#define MAX(a, b) ((a) < (b) ? (b) : (a))");
}

/* ---- all of it ------------------------------------------------------------------------- */

static gs_status make_pattern(emitter *e, gs_err *err)
{
    const gs_grad *d = &e->rate;
    gs_arena *a = e->w->arena;
    size_t ns = e->m.n_state, nj = 0, np = 0;
    uint16_t *row = GS_NEW(a, uint16_t, d->n + ns + 1), *col = GS_NEW(a, uint16_t, d->n + ns + 1);
    uint16_t *prow = GS_NEW(a, uint16_t, d->n + 1), *ppar = GS_NEW(a, uint16_t, d->n + 1);
    if (!row || !col || !prow || !ppar)
        return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
    for (size_t r = 0, i = 0; r < ns; r++) {
        bool diagonal = false;
        for (; i < d->n && d->root[i] == r; i++) {
            uint32_t v = d->var[i];
            if (!diagonal && v >= r) {
                diagonal = true;
                row[nj] = col[nj] = (uint16_t)r;
                nj++;
                if (v == r)
                    continue;
            }
            if (v < ns) {
                row[nj] = (uint16_t)r;
                col[nj++] = (uint16_t)v;
            } else {
                prow[np] = (uint16_t)r;
                ppar[np++] = (uint16_t)(v - ns);
            }
        }
        if (!diagonal) {
            row[nj] = col[nj] = (uint16_t)r;
            nj++;
        }
    }
    e->k.n_jac = nj;
    e->k.jac_row = row;
    e->k.jac_col = col;
    e->k.n_jp = np;
    e->k.jp_row = prow;
    e->k.jp_par = ppar;
    return GS_OK;
}

static gs_status prepare(emitter *e, bool *all, gs_err *err)
{
    const gs_spec *s = e->spec;
    gs_model_graph plain;
    bool *personal = GS_NEW(e->w->arena, bool, s->n_param + 1);
    if (!personal)
        return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
    for (size_t i = 0; i < s->n_param; i++) {
        personal[i] = s->param[i].personal;
        all[i] = true;
    }
    GS_TRY(gs_model_graph_build(e->w, s, true, e->o->slave, &plain, err));
    GS_TRY(gs_fold(e->w, s, &plain, &e->m, err));
    GS_TRY(gs_kernel_describe(e->w->arena, s, &e->m, e->o->slave, &e->k, err));
    GS_TRY(gs_derive(e->w, &e->m.g, e->m.n_state, personal, e->m.dz, e->m.n_state, &e->rate,
                     err));
    GS_TRY(gs_derive(e->w, &e->m.g, e->m.n_state, all, e->m.see, s->n_see, &e->see, err));
    GS_TRY(make_pattern(e, err));
    e->name = GS_NEW(e->w->arena, uint32_t, e->m.g.n);
    e->keep = GS_NEW(e->w->arena, unsigned char, e->m.g.n);
    return e->name && e->keep ? GS_OK
                              : gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
}

static gs_status out_of_memory(gs_err *err)
{
    return gs_fail(err, GS_ENOMEM, "out of memory while writing the model");
}

static gs_status emit(emitter *e, gs_err *err)
{
    bool *all = GS_NEW(e->w->arena, bool, e->spec->n_param + 1);
    if (!all)
        return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
    GS_TRY(prepare(e, all, err));
    emit_head(e);
    if (e->o->part != GS_MODELC_KERNEL)
        GS_TRY(gs_emit_lanes(e, err));
    if (e->o->part == GS_MODELC_LANES)
        return e->out->failed ? out_of_memory(err) : GS_OK;
    emit_words(e);
    emit_info(e);
    emit_rhs(e);
    emit_jac(e);
    emit_seen(e);
    emit_fast(e);
    emit_seen_grad(e);
    GS_TRY(emit_events(e, all, err));
    gs_buf_put(e->out, "\n");
    emit_kernel(e);
    return e->out->failed ? out_of_memory(err) : GS_OK;
}

static bool is_identifier(const char *s)
{
    size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");
    return n > 0 && s[n] == 0 && !(s[0] >= '0' && s[0] <= '9');
}

gs_status gs_modelc_emit(const gs_spec *spec, const gs_modelc_opts *o, gs_buf *out, gs_err *err)
{
    gs_work w;
    if (!is_identifier(o->symbol))
        return gs_fail(err, GS_EUSE, "\"%s\" is no C identifier", o->symbol);
    GS_TRY(gs_work_new(&w, err));
    emitter e = {.spec = spec, .o = o, .w = &w, .out = out};
    gs_status st = emit(&e, err);
    gs_work_free(&w);
    return st;
}
