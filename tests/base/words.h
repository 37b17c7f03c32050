/* The words of gutskin/vec.h as functions, one set a level and precision (words.c). */
#ifndef GS_TESTS_WORDS_H
#define GS_TESTS_WORDS_H

#include <stddef.h>

/* out[i] = f(a[i]) or, for the power, f(a[i], b[i]); n a multiple of 16 */
typedef struct words {
    size_t width;
    void (*exp)(size_t n, const double *a, double *out);
    void (*log)(size_t n, const double *a, double *out);
    void (*pow)(size_t n, const double *a, const double *b, double *out);
    void (*daily_pow)(size_t n, const double *a, const double *b, double *out);
    void (*least)(size_t n, const double *a, const double *b, double *out);
    void (*most)(size_t n, const double *a, const double *b, double *out);
} words;

#endif
