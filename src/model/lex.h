/* Tokens of the model language. */
#ifndef GS_MODEL_LEX_H
#define GS_MODEL_LEX_H

#include "gutskin/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum gs_tok_kind {
    GS_T_END,
    GS_T_NAME,
    GS_T_NUMBER,
    GS_T_STRING, /* text between the quotes   */
    GS_T_UNIT,   /* text between the brackets */
    GS_T_PUNCT   /* op: the character, or one of the codes below */
} gs_tok_kind;

enum { GS_P_ASSIGN = 256, GS_P_DOTS, GS_P_LE, GS_P_GE, GS_P_EQ, GS_P_NE };

typedef struct gs_tok {
    gs_tok_kind kind;
    int op;
    const char *text; /* slice of the source */
    size_t n;
    double num;
    uint32_t line, col; /* 1-based; columns count characters */
    bool first;         /* stands in the first column: begins a statement */
} gs_tok;

typedef struct gs_lex {
    const char *file, *at, *end;
    const char *line_start;
    const char *counted; /* columns are counted up to here, in one pass */
    uint32_t line, col;
} gs_lex;

/* text must be valid UTF-8 and outlive the tokens. */
void gs_lex_start(gs_lex *x, const char *file, const char *text, size_t n);
/* Next token; GS_T_END again and again at the end. Fails GS_EPARSE. */
gs_status gs_lex_next(gs_lex *x, gs_tok *out, gs_err *err);

bool gs_tok_is(const gs_tok *t, int op);
bool gs_tok_word(const gs_tok *t, const char *word);
/* How a message names the token, in buf. */
const char *gs_tok_say(const gs_tok *t, char *buf, size_t n);

#endif
