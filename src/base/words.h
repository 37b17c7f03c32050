/* Words of a line, with their columns: what the readers of scenarios and of trial designs
 * are made of. A file is read line by line; a line is a list of words; a statement looks at
 * one word at a time and never goes back, so every complaint can point at one.
 *
 *     gs_words w = {.a = arena, .name = "flare.scn", .err = err};
 *     GS_TRY(gs_words_lines(&w, text, n, "scenario", a_line, ctx));
 *
 * Text is UTF-8. Blanks, tabs and commas part words; "..." keeps blanks; # ends a line. */
#ifndef GS_BASE_WORDS_H
#define GS_BASE_WORDS_H

#include "gutskin/arena.h"
#include "gutskin/text.h"

enum { GS_WORDS_MOST = 64, GS_WORDS_LETTERS = 120, GS_WORDS_BYTES = 1 << 20 };

typedef struct gs_word {
    const char *text; /* in the arena */
    long col;         /* from 1 */
} gs_word;

typedef struct gs_words {
    gs_arena *a;
    const char *name; /* of the file */
    gs_err *err;
    long line; /* from 1 */
    bool indented;
    gs_word w[GS_WORDS_MOST + 1]; /* the last is the empty word that ends a line */
    size_t n_word, at;
} gs_words;

/* Every line that has a word, in order. `kind` is what the text should be ("scenario").
 * Fails as the line does, or GS_EPARSE: too long, no UTF-8. */
gs_status gs_words_lines(gs_words *w, const char *text, size_t n, const char *kind,
                         gs_status (*line)(void *ctx), void *ctx);

const gs_word *gs_words_now(const gs_words *w);
bool gs_words_more(const gs_words *w);
bool gs_words_is(const gs_words *w, const char *text);
/* Take the word if it is this one. */
bool gs_words_take(gs_words *w, const char *text);
/* The word as it stands; NULL and nothing taken at the end of the line. */
const char *gs_words_next(gs_words *w);

/* Complaints at the word of now. `what` is a noun phrase: expected "a number of days". */
gs_status gs_words_complain(const gs_words *w, const char *what);
gs_status gs_words_expected(const gs_words *w, const char *what);
gs_status gs_words_unknown(const gs_words *w, const char *kind, size_t n,
                           const char *const *names);
gs_status gs_words_no_memory(const gs_words *w);
gs_status gs_words_end(const gs_words *w);

/* Numbers, taken when they are good. A share is "10%" or "0.1", at most `hi`. */
gs_status gs_words_number(gs_words *w, const char *what, double lo, double hi,
                          double *out);
gs_status gs_words_whole(gs_words *w, const char *what, long lo, long hi, long *out);
gs_status gs_words_share(gs_words *w, double hi, double *out);

#endif
