/* Text: a growing buffer, strict numbers, names compared as people type them.
 * Numbers never depend on the locale. */
#ifndef GUTSKIN_TEXT_H
#define GUTSKIN_TEXT_H

#include "gutskin/status.h"
#include <stdbool.h>
#include <stddef.h>

/* Growing text buffer; start from {0}. Once memory runs out `failed` is set and
 * later writes do nothing, so that one check at the end is enough. */
typedef struct gs_buf {
    char *data; /* NUL-terminated once anything was written; NULL before */
    size_t len, cap;
    bool failed;
} gs_buf;

void gs_buf_put(gs_buf *b, const char *text);
void gs_buf_put_n(gs_buf *b, const char *text, size_t n);
void gs_buf_printf(gs_buf *b, const char *fmt, ...) GS_PRINTF(2, 3);
/* Text with & < > " ' written as HTML/XML entities; control bytes dropped. */
void gs_buf_put_xml(gs_buf *b, const char *text);
void gs_buf_free(gs_buf *b);

/* Whole of text[0..n) as a finite number. Accepts surrounding blanks, sign,
 * decimal point, exponent; with comma set also "3,5". No hex, no nan, no inf,
 * no trailing text. */
bool gs_text_number(const char *text, size_t n, bool comma, double *out);
/* Whole of text[0..n) as an integer in [lo, hi]. */
bool gs_text_long(const char *text, size_t n, long lo, long hi, long *out);

/* Equal when case, blanks, '_' and '-' are ignored ("PO-SCORAD" = "po scorad"). */
bool gs_text_same(const char *a, const char *b);
/* Closest of n names to word by edit distance, -1 when none is near: the
 * "did you mean" of every message. names[i] may be read through stride bytes. */
long gs_text_nearest(const char *word, size_t n, const char *const *names);
/* True when text[0..n) is valid UTF-8 without NUL bytes. bad gets the offset. */
bool gs_text_utf8(const char *text, size_t n, size_t *bad);

/* 64-bit FNV-1a of bytes, continued from h (start with GS_HASH_START). */
#define GS_HASH_START 0xcbf29ce484222325ull
unsigned long long gs_text_hash(unsigned long long h, const void *bytes, size_t n);

/* Whole file into a malloc'd NUL-terminated buffer the caller frees; gzip files
 * are unpacked. limit is the most bytes accepted after unpacking. "-" is stdin.
 * Fails GS_EIO (cannot open, too large, damaged gzip), GS_ENOMEM. */
gs_status gs_text_read_file(const char *path, size_t limit, char **out, size_t *out_n,
                            gs_err *err);
/* Write the whole of text to path by way of a temporary file and rename, so that
 * path holds either what it held or all of text. "-" is stdout. Fails GS_EIO. */
gs_status gs_text_write_file(const char *path, const char *text, size_t n, gs_err *err);
/* A new file that its owner alone can read (mode 0600), on disk when this returns. Fails
 * GS_EUSE when there is a file of that name, GS_EIO; then nothing is left behind. */
gs_status gs_text_write_secret(const char *path, const char *text, size_t n, gs_err *err);

#endif
