/* Expression graph: every distinct expression exists once (hash-consing), so that a
 * quantity used in ten equations is one node. A node's operands stand before it:
 * counting upwards visits operands first, and nothing here needs to recurse.
 *
 * A plain graph keeps expressions as they were written (the interpreter's, the judge);
 * a folding graph also simplifies (the emitter's). */
#ifndef GS_MODELC_GRAPH_H
#define GS_MODELC_GRAPH_H

#include "gutskin/arena.h"
#include "gutskin/status.h"
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

typedef uint32_t gs_ref;
#define GS_REF_NONE UINT32_MAX

/* clang-format off */
/* op, number of operands */
#define GS_GRAPH_OPS(X)                                                          \
    X(CONST, 0) X(STATE, 0) X(INNER, 0) X(PARAM, 0) X(LEVER, 0)                   \
    X(NEG, 1) X(EXP, 1) X(LN, 1) X(SQRT, 1) X(ABS, 1) X(NOT, 1)                   \
    X(ADD, 2) X(SUB, 2) X(MUL, 2) X(DIV, 2) X(POW, 2) X(MIN, 2) X(MAX, 2)         \
    X(LT, 2) X(LE, 2) X(EQ, 2) X(NE, 2) X(AND, 2) X(OR, 2) X(SEL, 3)
/* clang-format on */
typedef enum gs_gop {
#define X(op, n) G_##op,
    GS_GRAPH_OPS(X)
#undef X
        N_GOP
} gs_gop;

/* STATE is a state in natural coordinates, INNER the number the integrator moves. */
typedef struct gs_node {
    uint8_t op;    /* gs_gop */
    gs_ref a, b, c; /* operands; a = index for STATE, INNER, PARAM, LEVER */
    double num;    /* CONST */
} gs_node;

enum { GS_GRAPH_MAX = 500000 }; /* nodes: the bound on what a model may grow to */

typedef struct gs_graph {
    gs_arena *arena;   /* the nodes */
    gs_arena *scratch; /* passes over them: marked and released */
    gs_node *node;
    size_t n, cap;
    gs_ref *slot; /* hash table of n_slot nodes */
    size_t n_slot;
    bool fold;   /* simplify */
    bool failed; /* memory ran out or too large; every later call returns 0 */
} gs_graph;

/* Both arenas are lent, and must not be the same. */
gs_status gs_graph_new(gs_arena *a, gs_arena *scratch, bool fold, gs_graph *out, gs_err *err);
/* GS_ENOMEM when anything failed since _new. */
gs_status gs_graph_check(const gs_graph *g, gs_err *err);

gs_ref gs_g_const(gs_graph *g, double x);
gs_ref gs_g_input(gs_graph *g, gs_gop op, size_t index);
gs_ref gs_g_unary(gs_graph *g, gs_gop op, gs_ref a);
gs_ref gs_g_binary(gs_graph *g, gs_gop op, gs_ref a, gs_ref b);
gs_ref gs_g_select(gs_graph *g, gs_ref cond, gs_ref a, gs_ref b);

static inline const gs_node *gs_g(const gs_graph *g, gs_ref r)
{
    return &g->node[r];
}
unsigned gs_gop_operands(gs_gop op);
bool gs_g_is_const(const gs_graph *g, gs_ref r, double *out);
/* One operation on numbers: what every back end must agree on. Conditions are 1 and
 * 0. MIN, MAX and SEL are written so that a NaN in the first
 * operand survives. */
static inline double gs_gop_eval(gs_gop op, double a, double b, double c)
{
    switch (op) {
    case G_NEG:
        return -a;
    case G_EXP:
        return exp(a);
    case G_LN:
        return log(a);
    case G_SQRT:
        return sqrt(a);
    case G_ABS:
        return fabs(a);
    case G_NOT:
        return a != 0 ? 0 : 1;
    case G_ADD:
        return a + b;
    case G_SUB:
        return a - b;
    case G_MUL:
        return a * b;
    case G_DIV:
        return a / b;
    case G_POW:
        return pow(a, b);
    case G_MIN:
        return b < a ? b : a;
    case G_MAX:
        return a < b ? b : a;
    case G_LT:
        return a < b;
    case G_LE:
        return a <= b;
    case G_EQ:
        return a == b;
    case G_NE:
        return a != b;
    case G_AND:
        return a != 0 && b != 0;
    case G_OR:
        return a != 0 || b != 0;
    case G_SEL:
        return a != 0 ? b : c;
    default:
        return 0;
    }
}

#endif
