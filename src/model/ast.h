/* The resolved form of a model file, shared by the parser and the model compiler.
 * Everything lives in the arena of gs_spec_parse and is constant once it returned. */
#ifndef GS_MODEL_AST_H
#define GS_MODEL_AST_H

#include "gutskin/arena.h"
#include "gutskin/spec.h"
#include "gutskin/text.h"
#include <stdint.h>

/* Statements as bits, for "this attribute may stand on ...". */
enum {
    GS_ON_PARAM = 1,
    GS_ON_LEVER = 2,
    GS_ON_LET = 4,
    GS_ON_STATE = 8,
    GS_ON_EVENT = 16,
    GS_ON_SEE = 32,
    GS_ON_ALL = 63
};

enum {
    GS_SPEC_MAX_TEXT = 4 * 1024 * 1024,
    GS_SPEC_MAX_NEST = 200,   /* parentheses, calls, signs, powers */
    GS_SPEC_MAX_DEPTH = 2000, /* height of an expression, a long sum included */
    GS_SPEC_MAX_NAME = 63,
    GS_SPEC_MAX_UNIT = 63,
    GS_SPEC_MAX_ITEM = 4096 /* states, params, ...: of each kind */
};

typedef enum gs_expr_op {
    GS_X_NUM,
    GS_X_NAME, /* not yet resolved; never in a finished spec */
    GS_X_PARAM,
    GS_X_LEVER,
    GS_X_LET,
    GS_X_STATE,
    GS_X_NEG,
    GS_X_ADD,
    GS_X_SUB,
    GS_X_MUL,
    GS_X_DIV,
    GS_X_POW,
    GS_X_LT,
    GS_X_LE,
    GS_X_GT,
    GS_X_GE,
    GS_X_EQ,
    GS_X_NE,
    GS_X_AND,
    GS_X_OR,
    GS_X_NOT,
    GS_X_EXP,
    GS_X_LN,
    GS_X_SQRT,
    GS_X_ABS,
    GS_X_MIN,
    GS_X_MAX,
    GS_X_POS,
    GS_X_HILL,
    GS_X_IF
} gs_expr_op;

typedef struct gs_expr gs_expr;
struct gs_expr {
    gs_expr_op op;
    uint16_t n_arg, depth;
    uint32_t ref; /* index of the param, lever, let or state */
    uint32_t line, col;
    double num;
    const char *text; /* NUM: its unit or NULL; NAME: the name */
    gs_expr *arg[3];
};

typedef enum gs_spec_dist_kind {
    GS_SPEC_NONE = 0,
    GS_SPEC_NORMAL,
    GS_SPEC_LOGNORMAL,
    GS_SPEC_UNIFORM,
    GS_SPEC_BETA,
    GS_SPEC_NEGBINOMIAL
} gs_spec_dist_kind;

typedef struct gs_spec_dist {
    gs_spec_dist_kind kind;
    double a, b;
} gs_spec_dist;

/* What every statement with a name has. Texts are never NULL. */
typedef struct gs_spec_head {
    const char *name, *unit, *doc, *cite; /* cite: "key, key" */
    uint32_t line, col, unit_line, unit_col;
} gs_spec_head;

typedef struct gs_spec_param {
    gs_spec_head head;
    double value, lo, hi;
    gs_spec_dist prior;
    bool personal;
    const char *scales; /* lever name or "" */
    uint32_t scales_line, scales_col;
} gs_spec_param;

typedef struct gs_spec_lever {
    gs_spec_head head;
    double lo, hi, habit, sd;
} gs_spec_lever;

typedef struct gs_spec_let {
    gs_spec_head head;
    gs_expr *expr;
} gs_spec_let;

typedef struct gs_spec_state {
    gs_spec_head head;
    double start, lo, hi;
    bool is_log, is_fast;
    gs_expr *rate; /* natural units per spec->time_unit */
} gs_spec_state;

typedef struct gs_spec_assign {
    uint32_t state, line, col;
    const char *name;
    gs_expr *expr;
} gs_spec_assign;

typedef struct gs_spec_event {
    gs_spec_head head;
    gs_expr *when;
    size_t n_assign;
    gs_spec_assign *assign;
} gs_spec_event;

typedef struct gs_spec_see {
    gs_spec_head head;
    gs_expr *expr;
    gs_spec_dist noise;
} gs_spec_see;

struct gs_spec {
    const char *file, *name, *doc;
    uint64_t text_hash;
    const char *time_unit;
    double time_days; /* one time unit in days */
    size_t n_param, n_lever, n_let, n_state, n_event, n_see;
    gs_spec_param *param;
    gs_spec_lever *lever;
    gs_spec_let *let;
    gs_spec_state *state;
    gs_spec_event *event;
    gs_spec_see *see;
    uint32_t *let_order; /* [n_let] every let after those it uses */
};

/* Name of the param, lever, let or state that e is; NULL when it is none. */
const char *gs_expr_head_name(const gs_spec *s, const gs_expr *e);
/* Value of an expression made of bare numbers only; false otherwise. */
bool gs_expr_constant(const gs_expr *e, double *out);
/* The expression as text (print.c); a number in the fewest digits that read back. */
void gs_expr_print(gs_buf *out, const gs_spec *s, const gs_expr *e);
void gs_number_print(gs_buf *out, double x);

#endif
