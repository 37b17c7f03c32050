/* The model as functions of the Stan language, for people who fit there, and for the
 * bench that fits the same model with both.
 *
 * Only vectors are passed, so that one text serves old and new versions of Stan (which
 * spell arrays differently); the wrapper an ODE solver wants is the user's, three lines:
 * docs/language.md shows it. Personal parameters come as `theta`, all others are
 * numbers in the text. */
#include "gutskin/modelc.h"
#include "modelc/fold.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct writer {
    const gs_spec *spec;
    const gs_modelc_opts *o;
    gs_work *w;
    gs_model_graph m; /* folded */
    gs_buf *out;
    uint32_t *name;      /* number of a node's temporary, 0 = none   */
    unsigned char *keep; /* nodes the function at hand needs         */
    uint32_t *theta;     /* 1-based place of a parameter in theta; 0 = a fixed number */
} writer;

static void put_number(gs_buf *b, double x)
{
    char text[40];
    if (isinf(x) || isnan(x)) {
        gs_buf_put(b, isnan(x) ? "not_a_number()"
                      : x > 0  ? "positive_infinity()"
                               : "negative_infinity()");
        return;
    }
    snprintf(text, sizeof text, "%.17g", x);
    for (char *p = text; *p; p++) /* whatever the locale writes */
        *p = *p == ',' ? '.' : *p;
    gs_buf_printf(b, x < 0 ? "(%s%s)" : "%s%s", text, strpbrk(text, ".e") ? "" : ".0");
}

static void put_ref(writer *w, gs_ref r)
{
    const gs_node *n = gs_g(&w->m.g, r);
    switch ((gs_gop)n->op) {
    case G_CONST:
        put_number(w->out, n->num);
        break;
    case G_INNER:
        gs_buf_printf(w->out, "z[%u]", n->a + 1);
        break;
    case G_PARAM:
        if (w->theta[n->a])
            gs_buf_printf(w->out, "theta[%u]", w->theta[n->a]);
        else
            put_number(w->out, w->spec->param[n->a].value);
        break;
    case G_LEVER:
        gs_buf_printf(w->out, "lever[%u]", n->a + 1);
        break;
    default:
        gs_buf_printf(w->out, "t%u", w->name[r]);
    }
}

static bool is_condition(gs_gop op)
{
    return op == G_NOT || (op >= G_LT && op <= G_OR);
}

/* before, operand, between, operand, between, operand, after: what an operation looks
 * like */
static void put_form(writer *w, const gs_node *n, const char *const form[4])
{
    unsigned k = gs_gop_operands((gs_gop)n->op);
    const gs_ref operand[3] = {n->a, n->b, n->c};
    for (unsigned i = 0; i < k; i++) {
        gs_buf_put(w->out, form[i]);
        put_ref(w, operand[i]);
    }
    gs_buf_put(w->out, form[k]);
}

static void put_node(writer *w, gs_ref r, uint32_t number)
{
    static const char *const form[N_GOP][4] = {
        [G_NEG] = {"-", ""},          [G_EXP] = {"exp(", ")"},
        [G_LN] = {"log(", ")"},       [G_SQRT] = {"sqrt(", ")"},
        [G_ABS] = {"fabs(", ")"},     [G_NOT] = {"!", ""},
        [G_ADD] = {"", " + ", ""},    [G_SUB] = {"", " - ", ""},
        [G_MUL] = {"", " * ", ""},    [G_DIV] = {"", " / ", ""},
        [G_POW] = {"pow(", ", ", ")"}, [G_MIN] = {"fmin(", ", ", ")"},
        [G_MAX] = {"fmax(", ", ", ")"}, [G_LT] = {"", " < ", ""},
        [G_LE] = {"", " <= ", ""},    [G_EQ] = {"", " == ", ""},
        [G_NE] = {"", " != ", ""},    [G_AND] = {"", " && ", ""},
        [G_OR] = {"", " || ", ""},    [G_SEL] = {"", " ? ", " : ", ""}};
    const gs_node *n = gs_g(&w->m.g, r);
    w->name[r] = number;
    gs_buf_printf(w->out, "    %s t%u = ", is_condition((gs_gop)n->op) ? "int" : "real",
                  number);
    put_form(w, n, form[n->op]);
    gs_buf_put(w->out, ";\n");
}

/* One function: temporaries for all that the roots need, then the vector of them. */
static void put_function(writer *w, const char *what, const char *doc, const gs_ref *root,
                         size_t n)
{
    uint32_t number = 0;
    memset(w->name, 0, w->m.g.n * sizeof *w->name);
    memset(w->keep, 0, w->m.g.n);
    if (n)
        gs_graph_mark(&w->m.g, root, n, w->keep);
    gs_buf_printf(w->out, "  // %s\n  vector %s_%s(vector z, vector theta, vector lever) {\n",
                  doc, w->o->symbol, what);
    for (gs_ref r = 0; r < w->m.g.n; r++)
        if (w->keep[r] && gs_gop_operands((gs_gop)gs_g(&w->m.g, r)->op))
            put_node(w, r, ++number);
    gs_buf_printf(w->out, "    vector[%zu] out;\n", n);
    for (size_t i = 0; i < n; i++) {
        gs_buf_printf(w->out, "    out[%zu] = ", i + 1);
        put_ref(w, root[i]);
        gs_buf_put(w->out, ";\n");
    }
    gs_buf_put(w->out, "    return out;\n  }\n");
}

/* names carry no newline and no unit more than letters: plain comments */
static void put_legend(writer *w)
{
    const gs_spec *s = w->spec;
    gs_buf_printf(w->out, "// made by the model compiler from %s%s; do not edit\n"
                  "// z, internal coordinates (ln of the state where it says so):\n",
                  s->name, w->o->slave ? ", fast states slaved" : "");
    for (size_t i = 0; i < w->m.n_state; i++) {
        const gs_spec_state *x = &s->state[w->m.kept[i]];
        gs_buf_printf(w->out, "//   %zu %s%s\n", i + 1, x->is_log ? "ln " : "",
                      x->head.name);
    }
    gs_buf_put(w->out, "// theta, personal parameters:\n");
    for (size_t i = 0; i < s->n_param; i++)
        if (w->theta[i])
            gs_buf_printf(w->out, "//   %u %s\n", w->theta[i], s->param[i].head.name);
    gs_buf_put(w->out, "// lever:\n");
    for (size_t i = 0; i < s->n_lever; i++)
        gs_buf_printf(w->out, "//   %zu %s\n", i + 1, s->lever[i].head.name);
    gs_buf_put(w->out, "// seen:\n");
    for (size_t i = 0; i < s->n_see; i++)
        gs_buf_printf(w->out, "//   %zu %s\n", i + 1, s->see[i].head.name);
}

static gs_status write_stan(writer *w, gs_err *err)
{
    const gs_spec *s = w->spec;
    gs_model_graph plain;
    uint32_t n = 0;
    GS_TRY(gs_model_graph_build(w->w, s, true, w->o->slave, &plain, err));
    GS_TRY(gs_fold(w->w, s, &plain, &w->m, err));
    w->name = GS_NEW(w->w->arena, uint32_t, w->m.g.n + 1);
    w->keep = GS_NEW(w->w->arena, unsigned char, w->m.g.n + 1);
    w->theta = GS_NEW(w->w->arena, uint32_t, s->n_param + 1);
    if (!w->name || !w->keep || !w->theta)
        return gs_fail(err, GS_ENOMEM, "out of memory while compiling the model");
    for (size_t i = 0; i < s->n_param; i++)
        w->theta[i] = s->param[i].personal ? ++n : 0;
    put_legend(w);
    gs_buf_put(w->out, "functions {\n");
    put_function(w, "rate", "rates of the internal coordinates [1/d]", w->m.dz,
                 w->m.n_state);
    put_function(w, "seen", "observables", w->m.see, s->n_see);
    gs_buf_put(w->out, "}\n");
    return w->out->failed ? gs_fail(err, GS_ENOMEM, "out of memory while writing the model")
                          : GS_OK;
}

gs_status gs_modelc_stan(const gs_spec *spec, const gs_modelc_opts *o, gs_buf *out,
                         gs_err *err)
{
    gs_work work;
    if (spec->n_event)
        return gs_fail(err, GS_EUSE, "event %s: Stan's solvers know no events; take it out "
                       "to export the model", spec->event[0].head.name);
    GS_TRY(gs_work_new(&work, err));
    writer w = {.spec = spec, .o = o, .w = &work, .out = out};
    gs_status st = write_stan(&w, err);
    gs_work_free(&work);
    return st;
}
