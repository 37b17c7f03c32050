/* Expressions: recursive descent, one function a level of precedence.
 *
 *     or < and < not < comparison < + - < * / < unary - < ^
 *
 * Depth is bounded twice: GS_SPEC_MAX_NEST for what makes the parser recurse, and
 * GS_SPEC_MAX_DEPTH for the height of the tree (a sum of n terms has height n), so
 * that everything after the parser may recurse too. */
#include "model/parse.h"

#include <string.h>

static gs_status parse_or(gs_parser *p, gs_expr **out);
static gs_status parse_unary(gs_parser *p, gs_expr **out);

/* words that stand where an operator could: the expression is over */
static bool ended(const gs_parser *p)
{
    return p->tok.kind == GS_T_END || p->tok.first;
}

static bool is_op(const gs_parser *p, int op)
{
    return !ended(p) && gs_tok_is(&p->tok, op);
}

static bool is_word(const gs_parser *p, const char *w)
{
    return !ended(p) && gs_tok_word(&p->tok, w);
}

static gs_expr *new_expr(gs_parser *p, gs_expr_op op, const gs_tok *at)
{
    gs_expr *e = GS_NEW(p->a, gs_expr, 1);
    if (e) {
        e->op = op;
        e->line = at->line;
        e->col = at->col;
        e->depth = 1;
    }
    return e;
}

static gs_status no_memory(gs_parser *p)
{
    return gs_fail(p->err, GS_ENOMEM, "out of memory while reading %s",
                   p->spec->file);
}

static gs_status add_arg(gs_parser *p, gs_expr *e, gs_expr *arg)
{
    e->arg[e->n_arg++] = arg;
    if (arg->depth >= e->depth)
        e->depth = (uint16_t)(arg->depth + 1);
    if (e->depth > GS_SPEC_MAX_DEPTH)
        return gs_fail_at(p->err, GS_EPARSE, p->spec->file, (long)e->line, (long)e->col,
                          NULL, "this expression has more than %d terms in a row; split "
                          "it with `let`", GS_SPEC_MAX_DEPTH);
    return GS_OK;
}

static gs_status make(gs_parser *p, gs_expr_op op, const gs_tok *at, gs_expr *a,
                      gs_expr *b, gs_expr **out)
{
    gs_expr *e = new_expr(p, op, at);
    if (!e)
        return no_memory(p);
    GS_TRY(add_arg(p, e, a));
    if (b)
        GS_TRY(add_arg(p, e, b));
    *out = e;
    return GS_OK;
}

static gs_status enter(gs_parser *p)
{
    if (++p->nest > GS_SPEC_MAX_NEST)
        return gs_parse_fail(p, &p->tok, "nested more than %d deep; split it with `let`",
                             GS_SPEC_MAX_NEST);
    return GS_OK;
}

/* Functions, from language.def. */
typedef struct func {
    const char *name, *shape;
    gs_expr_op op;
    unsigned lo, hi;
} func;
/* clang-format off */
static const func functions[] = {
#define FUNCTION(keyword, op, lo, hi, shape, sentence) {#keyword, shape, op, lo, hi},
#include "model/language.def"
};
static const char *const function_names[] = {
#define FUNCTION(keyword, op, lo, hi, shape, sentence) #keyword,
#include "model/language.def"
};
/* clang-format on */
enum { N_FUNCTION = sizeof functions / sizeof *functions };

static const func *find_function(const gs_tok *t)
{
    for (size_t i = 0; i < N_FUNCTION; i++)
        if (gs_tok_word(t, functions[i].name))
            return &functions[i];
    return NULL;
}

static gs_status parse_call(gs_parser *p, gs_expr **out)
{
    gs_tok at = p->tok;
    const func *f = find_function(&at);
    if (!f) {
        char word[64], hint[120];
        memcpy(word, at.text, at.n);
        word[at.n] = 0;
        return gs_parse_fail(p, &at, "there is no function `%s`%s", word,
                             gs_parse_hint(hint, sizeof hint, word, N_FUNCTION,
                                           function_names));
    }
    GS_TRY(enter(p));
    GS_TRY(gs_parse_next(p)); /* name */
    GS_TRY(gs_parse_next(p)); /* (    */
    gs_expr *e = NULL;
    unsigned n = 0;
    for (;;) {
        gs_expr *arg;
        GS_TRY(parse_or(p, &arg));
        n++;
        if (n > f->hi)
            return gs_parse_fail(p, &at, "too many arguments; write %s", f->shape);
        if (f->hi > 3 && n > 1) { /* min, max: a chain of pairs */
            GS_TRY(make(p, f->op, &at, e, arg, &e));
        } else if (f->hi > 3) {
            e = arg;
        } else {
            if (!e && !(e = new_expr(p, f->op, &at)))
                return no_memory(p);
            GS_TRY(add_arg(p, e, arg));
        }
        if (!is_op(p, ','))
            break;
        GS_TRY(gs_parse_next(p));
    }
    if (n < f->lo)
        return gs_parse_fail(p, &at, "too few arguments; write %s", f->shape);
    char say[64];
    if (!is_op(p, ')'))
        return gs_parse_fail(p, &p->tok, "expected `,` or `)` to close %s, found %s%s",
                             f->shape, gs_tok_say(&p->tok, say, sizeof say),
                             p->tok.first ? " (a line that continues starts with a blank)"
                                          : "");
    p->nest--;
    *out = e;
    return gs_parse_next(p);
}

static gs_status parse_group(gs_parser *p, gs_expr **out)
{
    gs_tok open = p->tok;
    char say[64];
    GS_TRY(enter(p));
    GS_TRY(gs_parse_next(p));
    GS_TRY(parse_or(p, out));
    if (!is_op(p, ')'))
        return gs_parse_fail(p, &p->tok,
                             "expected `)` to close the `(` of column %u in line %u, found "
                             "%s%s", open.col, open.line,
                             gs_tok_say(&p->tok, say, sizeof say),
                             p->tok.first ? " (a line that continues starts with a blank)"
                                          : "");
    p->nest--;
    return gs_parse_next(p);
}

static gs_status parse_number(gs_parser *p, gs_expr **out)
{
    gs_expr *e = new_expr(p, GS_X_NUM, &p->tok);
    if (!e)
        return no_memory(p);
    e->num = p->tok.num;
    GS_TRY(gs_parse_next(p));
    if (!ended(p) && p->tok.kind == GS_T_UNIT) {
        e->text = gs_arena_strndup(p->a, p->tok.text, p->tok.n);
        if (!e->text)
            return no_memory(p);
        GS_TRY(gs_parse_next(p));
    }
    *out = e;
    return GS_OK;
}

static gs_status parse_atom(gs_parser *p, gs_expr **out)
{
    char say[64];
    if (!ended(p) && p->tok.kind == GS_T_NUMBER)
        return parse_number(p, out);
    if (is_op(p, '('))
        return parse_group(p, out);
    if (!ended(p) && p->tok.kind == GS_T_NAME) {
        if (gs_tok_is(&p->ahead, '(') && !p->ahead.first)
            return parse_call(p, out);
        char word[64];
        memcpy(word, p->tok.text, p->tok.n);
        word[p->tok.n] = 0;
        if (strcmp(word, "t") == 0)
            return gs_parse_fail(p, &p->tok, "a model does not know the date; make what "
                                 "changes with time a lever or a state");
        if (gs_word_reserved(word))
            return gs_parse_fail(p, &p->tok, "expected a number, a name or `(`, found the "
                                 "keyword `%s`", word);
        gs_expr *e = new_expr(p, GS_X_NAME, &p->tok);
        if (!e || !(e->text = gs_arena_strndup(p->a, p->tok.text, p->tok.n)))
            return no_memory(p);
        *out = e;
        return gs_parse_next(p);
    }
    if (p->tok.first && p->tok.kind != GS_T_END)
        return gs_parse_fail(p, &p->tok,
                             "the expression before this statement is not finished; a line "
                             "that continues starts with a blank");
    return gs_parse_fail(p, &p->tok, "expected a number, a name or `(`, found %s",
                         gs_tok_say(&p->tok, say, sizeof say));
}

/* ^ binds tighter than the minus on its left and associates to the right */
static gs_status parse_power(gs_parser *p, gs_expr **out)
{
    GS_TRY(parse_atom(p, out));
    if (!is_op(p, '^'))
        return GS_OK;
    gs_tok at = p->tok;
    gs_expr *e;
    GS_TRY(enter(p));
    GS_TRY(gs_parse_next(p));
    GS_TRY(parse_unary(p, &e));
    p->nest--;
    return make(p, GS_X_POW, &at, *out, e, out);
}

static gs_status parse_unary(gs_parser *p, gs_expr **out)
{
    if (!is_op(p, '-') && !is_op(p, '+'))
        return parse_power(p, out);
    gs_tok at = p->tok;
    GS_TRY(enter(p));
    GS_TRY(gs_parse_next(p));
    GS_TRY(parse_unary(p, out));
    p->nest--;
    return at.op == '-' ? make(p, GS_X_NEG, &at, *out, NULL, out) : GS_OK;
}

static gs_status parse_product(gs_parser *p, gs_expr **out)
{
    GS_TRY(parse_unary(p, out));
    while (is_op(p, '*') || is_op(p, '/')) {
        gs_tok at = p->tok;
        gs_expr *b;
        GS_TRY(gs_parse_next(p));
        GS_TRY(parse_unary(p, &b));
        GS_TRY(make(p, at.op == '*' ? GS_X_MUL : GS_X_DIV, &at, *out, b, out));
    }
    return GS_OK;
}

static gs_status parse_sum(gs_parser *p, gs_expr **out)
{
    GS_TRY(parse_product(p, out));
    while (is_op(p, '+') || is_op(p, '-')) {
        gs_tok at = p->tok;
        gs_expr *b;
        GS_TRY(gs_parse_next(p));
        GS_TRY(parse_product(p, &b));
        GS_TRY(make(p, at.op == '+' ? GS_X_ADD : GS_X_SUB, &at, *out, b, out));
    }
    return GS_OK;
}

static long comparison(const gs_parser *p)
{
    static const struct {
        int tok;
        gs_expr_op op;
    } t[] = {{'<', GS_X_LT},     {'>', GS_X_GT},     {GS_P_LE, GS_X_LE},
             {GS_P_GE, GS_X_GE}, {GS_P_EQ, GS_X_EQ}, {GS_P_NE, GS_X_NE}};
    for (size_t i = 0; i < sizeof t / sizeof *t; i++)
        if (is_op(p, t[i].tok))
            return (long)t[i].op;
    return -1;
}

static gs_status parse_comparison(gs_parser *p, gs_expr **out)
{
    GS_TRY(parse_sum(p, out));
    long op = comparison(p);
    if (op < 0) {
        if (is_op(p, '='))
            return gs_parse_fail(p, &p->tok, "`=` has no meaning inside an expression; "
                                 "compare with `==`");
        return GS_OK;
    }
    gs_tok at = p->tok;
    gs_expr *b;
    GS_TRY(gs_parse_next(p));
    GS_TRY(parse_sum(p, &b));
    GS_TRY(make(p, (gs_expr_op)op, &at, *out, b, out));
    if (comparison(p) >= 0)
        return gs_parse_fail(p, &p->tok, "comparisons do not chain; write `a < b and b < c`");
    return GS_OK;
}

static gs_status parse_not(gs_parser *p, gs_expr **out)
{
    if (!is_word(p, "not"))
        return parse_comparison(p, out);
    gs_tok at = p->tok;
    GS_TRY(enter(p));
    GS_TRY(gs_parse_next(p));
    GS_TRY(parse_not(p, out));
    p->nest--;
    return make(p, GS_X_NOT, &at, *out, NULL, out);
}

static gs_status parse_and(gs_parser *p, gs_expr **out)
{
    GS_TRY(parse_not(p, out));
    while (is_word(p, "and")) {
        gs_tok at = p->tok;
        gs_expr *b;
        GS_TRY(gs_parse_next(p));
        GS_TRY(parse_not(p, &b));
        GS_TRY(make(p, GS_X_AND, &at, *out, b, out));
    }
    return GS_OK;
}

static gs_status parse_or(gs_parser *p, gs_expr **out)
{
    GS_TRY(parse_and(p, out));
    while (is_word(p, "or")) {
        gs_tok at = p->tok;
        gs_expr *b;
        GS_TRY(gs_parse_next(p));
        GS_TRY(parse_and(p, &b));
        GS_TRY(make(p, GS_X_OR, &at, *out, b, out));
    }
    return GS_OK;
}

gs_status gs_parse_expr(gs_parser *p, gs_expr **out)
{
    p->nest = 0;
    return parse_or(p, out);
}

bool gs_word_reserved(const char *word)
{
    /* clang-format off */
    static const char *const words[] = {
#define STATEMENT(keyword, shape, sentence) #keyword,
#define ATTRIBUTE(keyword, shape, on, sentence) #keyword,
#define FUNCTION(keyword, op, lo, hi, shape, sentence) #keyword,
#include "model/language.def"
        "and", "or", "not", "when", "inf", "t",
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}
