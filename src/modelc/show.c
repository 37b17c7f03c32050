/* A model for people and for tools: readable tables, or the same as one JSON object. */
#include "gutskin/modelc.h"
#include "model/ast.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- text ------------------------------------------------------------------------ */

static void put_number(gs_buf *b, double x)
{
    if (isinf(x))
        gs_buf_put(b, x < 0 ? "-inf" : "inf");
    else
        gs_number_print(b, x);
}

static void put_dist(gs_buf *b, const char *word, gs_spec_dist d, bool noise)
{
    static const char *const name[] = {[GS_SPEC_NONE] = "",
                                       [GS_SPEC_NORMAL] = "normal",
                                       [GS_SPEC_LOGNORMAL] = "lognormal",
                                       [GS_SPEC_UNIFORM] = "uniform",
                                       [GS_SPEC_BETA] = "beta",
                                       [GS_SPEC_NEGBINOMIAL] = "negative_binomial"};
    bool first = !(noise && d.kind != GS_SPEC_NEGBINOMIAL);
    bool second = d.kind != GS_SPEC_NEGBINOMIAL;
    if (d.kind == GS_SPEC_NONE)
        return;
    gs_buf_printf(b, "  %s %s(", word, name[d.kind]);
    if (first)
        put_number(b, d.a);
    if (first && second)
        gs_buf_put(b, ", ");
    if (second)
        put_number(b, d.b);
    gs_buf_put(b, ")");
}

static void put_range(gs_buf *b, double lo, double hi)
{
    if (isinf(lo) && isinf(hi))
        return;
    gs_buf_put(b, "  range ");
    put_number(b, lo);
    gs_buf_put(b, "..");
    put_number(b, hi);
}

static void put_head(gs_buf *b, const gs_spec_head *h)
{
    gs_buf_printf(b, "  %-22s [%s]", h->name, h->unit);
}

static void put_tail(gs_buf *b, const gs_spec_head *h)
{
    gs_buf_put(b, "\n");
    if (*h->doc || *h->cite)
        gs_buf_printf(b, "      %s%s%s%s\n", h->doc, *h->doc && *h->cite ? "  " : "",
                      *h->cite ? "cite " : "", h->cite);
}

static void put_equation(gs_buf *b, const gs_spec *s, const char *left, const char *sign,
                         const gs_expr *e)
{
    gs_buf_printf(b, "      %s %s ", left, sign);
    gs_expr_print(b, s, e);
    gs_buf_put(b, "\n");
}

static void show_states(gs_buf *b, const gs_spec *s)
{
    char left[80];
    gs_buf_put(b, "\nstates\n");
    for (size_t i = 0; i < s->n_state; i++) {
        const gs_spec_state *x = &s->state[i];
        put_head(b, &x->head);
        gs_buf_put(b, " = ");
        put_number(b, x->start);
        put_range(b, x->lo, x->hi);
        gs_buf_printf(b, "%s%s", x->is_log ? "  log" : "", x->is_fast ? "  fast" : "");
        put_tail(b, &x->head);
        snprintf(left, sizeof left, "%s'", x->head.name);
        put_equation(b, s, left, "=", x->rate);
    }
}

static void show_params(gs_buf *b, const gs_spec *s)
{
    gs_buf_put(b, "\nparameters\n");
    for (size_t i = 0; i < s->n_param; i++) {
        const gs_spec_param *x = &s->param[i];
        put_head(b, &x->head);
        gs_buf_put(b, " = ");
        put_number(b, x->value);
        put_range(b, x->lo, x->hi);
        put_dist(b, "prior", x->prior, false);
        gs_buf_put(b, x->personal ? "  personal" : "");
        if (*x->scales)
            gs_buf_printf(b, "  scales %s", x->scales);
        put_tail(b, &x->head);
    }
}

static void show_levers(gs_buf *b, const gs_spec *s)
{
    gs_buf_put(b, "\nlevers\n");
    for (size_t i = 0; i < s->n_lever; i++) {
        const gs_spec_lever *x = &s->lever[i];
        put_head(b, &x->head);
        put_range(b, x->lo, x->hi);
        gs_buf_put(b, "  habit ");
        put_number(b, x->habit);
        gs_buf_put(b, " sd ");
        put_number(b, x->sd);
        put_tail(b, &x->head);
    }
}

static void show_lets(gs_buf *b, const gs_spec *s)
{
    gs_buf_put(b, s->n_let ? "\nderived quantities\n" : "");
    for (size_t i = 0; i < s->n_let; i++) {
        put_head(b, &s->let[i].head);
        put_tail(b, &s->let[i].head);
        put_equation(b, s, s->let[i].head.name, "=", s->let[i].expr);
    }
}

static void show_events(gs_buf *b, const gs_spec *s)
{
    gs_buf_put(b, s->n_event ? "\nevents\n" : "");
    for (size_t i = 0; i < s->n_event; i++) {
        const gs_spec_event *x = &s->event[i];
        gs_buf_printf(b, "  %-22s when ", x->head.name);
        gs_expr_print(b, s, x->when);
        put_tail(b, &x->head);
        for (size_t j = 0; j < x->n_assign; j++)
            put_equation(b, s, x->assign[j].name, ":=", x->assign[j].expr);
    }
}

static void show_sees(gs_buf *b, const gs_spec *s)
{
    gs_buf_put(b, "\nobservables\n");
    for (size_t i = 0; i < s->n_see; i++) {
        const gs_spec_see *x = &s->see[i];
        put_head(b, &x->head);
        put_dist(b, "noise", x->noise, true);
        put_tail(b, &x->head);
        put_equation(b, s, x->head.name, "=", x->expr);
    }
}

static size_t count_fast(const gs_spec *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_state; i++)
        n += s->state[i].is_fast;
    return n;
}

static size_t count_personal(const gs_spec *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_param; i++)
        n += s->param[i].personal;
    return n;
}

static void show_text(gs_buf *b, const gs_spec *s)
{
    gs_buf_printf(b, "%s%s%s\n", s->name, *s->doc ? ": " : "", s->doc);
    gs_buf_printf(b,
                  "%zu states (%zu fast), %zu parameters (%zu personal), %zu levers, %zu "
                  "derived quantities, %zu events, %zu observables; time in %s\n",
                  s->n_state, count_fast(s), s->n_param, count_personal(s), s->n_lever,
                  s->n_let, s->n_event, s->n_see, s->time_unit);
    show_levers(b, s);
    show_params(b, s);
    show_lets(b, s);
    show_states(b, s);
    show_events(b, s);
    show_sees(b, s);
}

/* ---- JSON ------------------------------------------------------------------------- */

static json_t *number(double x) /* JSON has no infinity: an open side is null */
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *head(const gs_spec_head *h)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:I}", "name", h->name, "unit", h->unit, "doc",
                     h->doc, "cite", h->cite, "line", (json_int_t)h->line);
}

static json_t *dist(gs_spec_dist d)
{
    static const char *const name[] = {[GS_SPEC_NORMAL] = "normal",
                                       [GS_SPEC_LOGNORMAL] = "lognormal",
                                       [GS_SPEC_UNIFORM] = "uniform",
                                       [GS_SPEC_BETA] = "beta",
                                       [GS_SPEC_NEGBINOMIAL] = "negative_binomial"};
    if (d.kind == GS_SPEC_NONE)
        return json_null();
    return json_pack("{s:s, s:f, s:f}", "kind", name[d.kind], "a", d.a, "b", d.b);
}

static json_t *expression(const gs_spec *s, const gs_expr *e)
{
    gs_buf b = {0};
    gs_expr_print(&b, s, e);
    json_t *j = b.failed ? NULL : json_string(b.data);
    gs_buf_free(&b);
    return j;
}

static json_t *json_params(const gs_spec *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->n_param; i++) {
        const gs_spec_param *x = &s->param[i];
        json_t *o = head(&x->head);
        json_object_set_new(o, "value", number(x->value));
        json_object_set_new(o, "lo", number(x->lo));
        json_object_set_new(o, "hi", number(x->hi));
        json_object_set_new(o, "prior", dist(x->prior));
        json_object_set_new(o, "personal", json_boolean(x->personal));
        json_object_set_new(o, "scales", json_string(x->scales));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *json_levers(const gs_spec *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->n_lever; i++) {
        const gs_spec_lever *x = &s->lever[i];
        json_t *o = head(&x->head);
        json_object_set_new(o, "lo", number(x->lo));
        json_object_set_new(o, "hi", number(x->hi));
        json_object_set_new(o, "habit", number(x->habit));
        json_object_set_new(o, "sd", number(x->sd));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *json_states(const gs_spec *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->n_state; i++) {
        const gs_spec_state *x = &s->state[i];
        json_t *o = head(&x->head);
        json_object_set_new(o, "start", number(x->start));
        json_object_set_new(o, "lo", number(x->lo));
        json_object_set_new(o, "hi", number(x->hi));
        json_object_set_new(o, "log", json_boolean(x->is_log));
        json_object_set_new(o, "fast", json_boolean(x->is_fast));
        json_object_set_new(o, "rate", expression(s, x->rate));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *json_lets(const gs_spec *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->n_let; i++) {
        json_t *o = head(&s->let[i].head);
        json_object_set_new(o, "value", expression(s, s->let[i].expr));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *json_events(const gs_spec *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->n_event; i++) {
        const gs_spec_event *x = &s->event[i];
        json_t *o = head(&x->head), *sets = json_object();
        for (size_t j = 0; j < x->n_assign; j++)
            json_object_set_new(sets, x->assign[j].name, expression(s, x->assign[j].expr));
        json_object_set_new(o, "when", expression(s, x->when));
        json_object_set_new(o, "sets", sets);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *json_sees(const gs_spec *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->n_see; i++) {
        json_t *o = head(&s->see[i].head);
        json_object_set_new(o, "noise", dist(s->see[i].noise));
        json_object_set_new(o, "value", expression(s, s->see[i].expr));
        json_array_append_new(list, o);
    }
    return list;
}

static void show_json(gs_buf *b, const gs_spec *s)
{
    json_t *o = json_object();
    json_object_set_new(o, "model", json_string(s->name));
    json_object_set_new(o, "doc", json_string(s->doc));
    json_object_set_new(o, "time", json_string(s->time_unit));
    json_object_set_new(o, "levers", json_levers(s));
    json_object_set_new(o, "params", json_params(s));
    json_object_set_new(o, "lets", json_lets(s));
    json_object_set_new(o, "states", json_states(s));
    json_object_set_new(o, "events", json_events(s));
    json_object_set_new(o, "observables", json_sees(s));
    char *text = json_dumps(o, JSON_INDENT(1));
    if (text)
        gs_buf_printf(b, "%s\n", text);
    else
        b->failed = true;
    free(text);
    json_decref(o);
}

gs_status gs_modelc_show(const gs_spec *spec, bool json, gs_buf *out, gs_err *err)
{
    if (json)
        show_json(out, spec);
    else
        show_text(out, spec);
    return out->failed ? gs_fail(err, GS_ENOMEM, "out of memory while showing the model") : GS_OK;
}
