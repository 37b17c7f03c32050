/* Lines and fields of a text table: tab, comma or semicolon, with or without quotes. */
#ifndef GS_GUT_LINES_H
#define GS_GUT_LINES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct slice {
    const char *s;
    size_t n;
} slice;

typedef struct lines {
    const char *p, *end;
    long line; /* number of the line last given */
} lines;

lines lines_of(const char *text, size_t n);
/* The next line without its end, false after the last one. */
bool lines_next(lines *l, slice *out);

/* Fields of a line, grown as needed; free with fields_free. */
typedef struct fields {
    slice *f;
    size_t n, cap;
    bool failed; /* out of memory */
} fields;
/* Quotes around a field are dropped (a doubled one inside is left as it is). */
void fields_split(fields *out, slice line, char sep);
void fields_free(fields *f);
/* Tab when the line has one, else the commoner of comma and semicolon, else 0. */
char fields_sep(slice line);

slice slice_trim(slice s);
bool slice_is(slice s, const char *word);     /* case, blanks, '_' and '-' do not matter */
bool slice_starts(slice s, const char *with); /* exact */
bool slice_in(slice s, const char *words);    /* one of "a|b|c", compared by slice_is */
bool slice_number(slice s, double *out);      /* also "12,5" and "3e-4"; a '%' after it */
bool slice_count(slice s, double *out);       /* digits only */

#endif
