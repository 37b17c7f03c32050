/* Lexer of the model language: slices of the source with line and column. Blanks,
 * line ends and comments only matter through the column of what follows them. */
#include "model/lex.h"

#include "gutskin/text.h"
#include "model/ast.h"
#include <stdio.h>
#include <string.h>

void gs_lex_start(gs_lex *x, const char *file, const char *text, size_t n)
{
    *x = (gs_lex){.file = file, .at = text, .end = text + n, .line = 1};
    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) /* byte order mark */
        x->at += 3;
    x->line_start = x->counted = x->at;
    x->col = 1;
}

static bool is_letter(int c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static int peek(const gs_lex *x, size_t ahead)
{
    return (size_t)(x->end - x->at) > ahead ? (unsigned char)x->at[ahead] : -1;
}

static void skip_blank(gs_lex *x)
{
    while (x->at < x->end) {
        char c = *x->at;
        if (c == '#') {
            while (x->at < x->end && *x->at != '\n')
                x->at++;
        } else if (c == '\n') {
            x->at++;
            x->line++;
            x->line_start = x->counted = x->at;
            x->col = 1;
        } else if (c == ' ' || c == '\t' || c == '\r') {
            x->at++;
        } else {
            return;
        }
    }
}

/* characters, not bytes: a person counts what the editor shows */
static uint32_t column(gs_lex *x)
{
    for (; x->counted < x->at; x->counted++)
        if (((unsigned char)*x->counted & 0xc0) != 0x80)
            x->col++;
    return x->col;
}

static gs_status fail(const gs_lex *x, const gs_tok *t, gs_err *err, const char *msg)
{
    return gs_fail_at(err, GS_EPARSE, x->file, (long)t->line, (long)t->col, NULL, "%s",
                      msg);
}

static gs_status lex_number(gs_lex *x, gs_tok *t, gs_err *err)
{
    const char *p = x->at;
    while (is_digit(peek(x, 0)))
        x->at++;
    /* one dot is a decimal point, two are a range */
    if (peek(x, 0) == '.' && peek(x, 1) != '.') {
        x->at++;
        while (is_digit(peek(x, 0)))
            x->at++;
    }
    int c = peek(x, 0);
    if (c == 'e' || c == 'E') {
        size_t k = peek(x, 1) == '+' || peek(x, 1) == '-' ? 2 : 1;
        if (is_digit(peek(x, k))) {
            x->at += k;
            while (is_digit(peek(x, 0)))
                x->at++;
        }
    }
    t->kind = GS_T_NUMBER;
    t->n = (size_t)(x->at - p);
    if (is_letter(peek(x, 0)) || peek(x, 0) == '_')
        return fail(x, t, err,
                    "a number runs into a letter; put a blank or an operator between "
                    "them, and units in brackets: 5 [g/d]");
    if (!gs_text_number(p, t->n, false, &t->num))
        return fail(x, t, err, "this number is too large or not a number");
    return GS_OK;
}

static gs_status lex_quoted(gs_lex *x, gs_tok *t, char close, gs_err *err)
{
    const char *p = ++x->at;
    while (x->at < x->end && *x->at != close && *x->at != '\n')
        x->at++;
    if (x->at >= x->end || *x->at != close)
        return fail(x, t, err,
                    close == '"' ? "this sentence is not closed; end it with \" on the "
                                   "same line"
                                 : "this unit is not closed; end it with ] on the same "
                                   "line");
    t->text = p;
    t->n = (size_t)(x->at - p);
    x->at++;
    if (close == ']') {
        t->kind = GS_T_UNIT;
        if (t->n > GS_SPEC_MAX_UNIT)
            return fail(x, t, err, "this unit is longer than 63 characters");
        return GS_OK;
    }
    t->kind = GS_T_STRING;
    return GS_OK;
}

static gs_status lex_punct(gs_lex *x, gs_tok *t, gs_err *err)
{
    static const struct {
        char text[3];
        int op;
    } two[] = {{":=", GS_P_ASSIGN}, {"..", GS_P_DOTS}, {"<=", GS_P_LE},
               {">=", GS_P_GE},     {"==", GS_P_EQ},   {"!=", GS_P_NE}};
    t->kind = GS_T_PUNCT;
    for (size_t i = 0; i < sizeof two / sizeof *two; i++)
        if (peek(x, 0) == two[i].text[0] && peek(x, 1) == two[i].text[1]) {
            t->op = two[i].op;
            t->n = 2;
            x->at += 2;
            return GS_OK;
        }
    int c = peek(x, 0);
    if (c <= 0 || !strchr("+-*/^()<>=,'", c)) {
        char msg[120];
        if (c >= 0x80)
            snprintf(msg, sizeof msg,
                     "this character has no meaning here; names are plain letters, "
                     "digits and _");
        else if (c < 32 || c == 127)
            snprintf(msg, sizeof msg, "byte 0x%02x has no meaning here; is this a text file?",
                     (unsigned)c);
        else
            snprintf(msg, sizeof msg, "`%c` has no meaning here", c);
        return fail(x, t, err, msg);
    }
    t->op = c;
    t->n = 1;
    x->at++;
    return GS_OK;
}

gs_status gs_lex_next(gs_lex *x, gs_tok *t, gs_err *err)
{
    skip_blank(x);
    *t = (gs_tok){.kind = GS_T_END, .text = x->at, .line = x->line};
    t->col = column(x);
    t->first = x->at == x->line_start;
    if (x->at >= x->end)
        return GS_OK;
    int c = peek(x, 0);
    if (is_letter(c)) {
        while (is_letter(peek(x, 0)) || is_digit(peek(x, 0)) || peek(x, 0) == '_')
            x->at++;
        t->kind = GS_T_NAME;
        t->n = (size_t)(x->at - t->text);
        if (t->n > GS_SPEC_MAX_NAME)
            return fail(x, t, err, "this name is longer than 63 characters");
        return GS_OK;
    }
    if (is_digit(c) || (c == '.' && is_digit(peek(x, 1))))
        return lex_number(x, t, err);
    if (c == '"')
        return lex_quoted(x, t, '"', err);
    if (c == '[')
        return lex_quoted(x, t, ']', err);
    return lex_punct(x, t, err);
}

bool gs_tok_is(const gs_tok *t, int op)
{
    return t->kind == GS_T_PUNCT && t->op == op;
}

bool gs_tok_word(const gs_tok *t, const char *word)
{
    return t->kind == GS_T_NAME && strlen(word) == t->n && memcmp(t->text, word, t->n) == 0;
}

const char *gs_tok_say(const gs_tok *t, char *buf, size_t n)
{
    int k = t->n > 40 ? 40 : (int)t->n;
    switch (t->kind) {
    case GS_T_END:
        snprintf(buf, n, "the end of the file");
        break;
    case GS_T_STRING:
        snprintf(buf, n, "a sentence");
        break;
    case GS_T_UNIT:
        snprintf(buf, n, "[%.*s]", k, t->text);
        break;
    default:
        snprintf(buf, n, "`%.*s`", k, t->text);
    }
    return buf;
}
