/* What the parts of the parser share: statements (parse.c), expressions (expr.c),
 * names and checks (resolve.c). */
#ifndef GS_MODEL_PARSE_H
#define GS_MODEL_PARSE_H

#include "model/ast.h"
#include "model/lex.h"

typedef struct gs_parser {
    gs_arena *a;
    gs_lex lex;
    gs_tok tok, ahead; /* current token and the one after it */
    gs_spec *spec;
    unsigned nest;
    gs_err *err;
} gs_parser;

gs_status gs_parse_next(gs_parser *p); /* step to the next token */
gs_status gs_parse_fail(gs_parser *p, const gs_tok *at, const char *fmt, ...)
    GS_PRINTF(3, 4);
/* Expression that ends where no operator follows, or at the next statement. */
gs_status gs_parse_expr(gs_parser *p, gs_expr **out);
/* ", did you mean `x`?" for a word that is not among the n names, or "". */
const char *gs_parse_hint(char *buf, size_t n_buf, const char *word, size_t n,
                          const char *const *names);

/* Keyword, operator or function: not free as a name. */
bool gs_word_reserved(const char *word);

/* Names to things, circles, values against ranges and priors. */
gs_status gs_spec_resolve(gs_arena *a, gs_spec *s, gs_err *err);

#endif
