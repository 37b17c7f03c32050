/* An expression as text again, with no more parentheses than it needs: what is printed
 * parses to the same tree. */
#include "model/ast.h"

#include <stdio.h>
#include <string.h>

/* levels of expr.c, loosest first */
enum { P_OR = 1, P_AND, P_NOT, P_COMPARE, P_SUM, P_PRODUCT, P_UNARY, P_POWER, P_ATOM };

static int level(const gs_expr *e)
{
    switch (e->op) {
    case GS_X_OR:
        return P_OR;
    case GS_X_AND:
        return P_AND;
    case GS_X_NOT:
        return P_NOT;
    case GS_X_LT:
    case GS_X_LE:
    case GS_X_GT:
    case GS_X_GE:
    case GS_X_EQ:
    case GS_X_NE:
        return P_COMPARE;
    case GS_X_ADD:
    case GS_X_SUB:
        return P_SUM;
    case GS_X_MUL:
    case GS_X_DIV:
        return P_PRODUCT;
    case GS_X_NEG:
        return P_UNARY;
    case GS_X_POW:
        return P_POWER;
    default:
        return P_ATOM;
    }
}

static const char *word(gs_expr_op op)
{
    switch (op) {
    case GS_X_OR:
        return " or ";
    case GS_X_AND:
        return " and ";
    case GS_X_LT:
        return " < ";
    case GS_X_LE:
        return " <= ";
    case GS_X_GT:
        return " > ";
    case GS_X_GE:
        return " >= ";
    case GS_X_EQ:
        return " == ";
    case GS_X_NE:
        return " != ";
    case GS_X_ADD:
        return " + ";
    case GS_X_SUB:
        return " - ";
    case GS_X_MUL:
        return "*";
    case GS_X_DIV:
        return "/";
    case GS_X_POW:
        return "^";
#define FUNCTION(keyword, op, lo, hi, shape, sentence)                            \
    case op:                                                                      \
        return #keyword;
#include "model/language.def"
    default:
        return "";
    }
}

void gs_number_print(gs_buf *out, double x)
{
    char text[40];
    double back;
    for (int digits = 6; digits <= 17; digits++) { /* the shortest that reads back */
        snprintf(text, sizeof text, "%.*g", digits, x);
        for (char *p = text; *p; p++) /* whatever the locale writes */
            *p = *p == ',' ? '.' : *p;
        if (gs_text_number(text, strlen(text), false, &back) && back == x)
            break;
    }
    gs_buf_put(out, text);
}

static void put(gs_buf *out, const gs_spec *s, const gs_expr *e, int at_least);

static void put_infix(gs_buf *out, const gs_spec *s, const gs_expr *e)
{
    int l = level(e);
    /* ^ leans right, comparisons lean nowhere, the rest leans left */
    int left = e->op == GS_X_POW ? P_ATOM : l == P_COMPARE ? P_SUM : l;
    int right = e->op == GS_X_POW ? P_UNARY : l == P_COMPARE ? P_SUM : l + 1;
    put(out, s, e->arg[0], left);
    gs_buf_put(out, word(e->op));
    put(out, s, e->arg[1], right);
}

static void put(gs_buf *out, const gs_spec *s, const gs_expr *e, int at_least)
{
    bool open = level(e) < at_least;
    const char *name = gs_expr_head_name(s, e);
    if (open)
        gs_buf_put(out, "(");
    if (name) {
        gs_buf_put(out, name);
    } else if (e->op == GS_X_NUM) {
        gs_number_print(out, e->num);
        if (e->text)
            gs_buf_printf(out, " [%s]", e->text);
    } else if (e->op == GS_X_NEG || e->op == GS_X_NOT) {
        gs_buf_put(out, e->op == GS_X_NEG ? "-" : "not ");
        put(out, s, e->arg[0], level(e));
    } else if (level(e) < P_ATOM) {
        put_infix(out, s, e);
    } else {
        gs_buf_printf(out, "%s(", word(e->op));
        for (size_t i = 0; i < e->n_arg; i++) {
            gs_buf_put(out, i ? ", " : "");
            put(out, s, e->arg[i], P_OR);
        }
        gs_buf_put(out, ")");
    }
    if (open)
        gs_buf_put(out, ")");
}

void gs_expr_print(gs_buf *out, const gs_spec *s, const gs_expr *e)
{
    put(out, s, e, P_OR);
}
