/* Status codes and the error record every fallible call fills in.
 *
 *     gs_err err = {0};
 *     if (gs_spec_parse(a, "axis.gs", text, n, &spec, &err) != GS_OK)
 *         fprintf(stderr, "%s\n", gs_err_text(&err, buf, sizeof buf));
 *
 * Wrong input is a status; a wrong program is an assert. There is no last-error
 * global: details travel in a gs_err the caller owns, so each thread has its own. */
#ifndef GUTSKIN_STATUS_H
#define GUTSKIN_STATUS_H

#include <stddef.h>

/* clang-format off */
#define GS_STATUS_LIST(X)                                        \
    X(GS_OK,       0, "ok")                                      \
    X(GS_ENOMEM,  -1, "out of memory")                           \
    X(GS_EPARSE,  -2, "input could not be read")                 \
    X(GS_EUNIT,   -3, "units do not agree")                      \
    X(GS_ERANGE,  -4, "value outside its stated range")          \
    X(GS_EIO,     -5, "the system refused a file operation")     \
    X(GS_ESTORE,  -6, "the diary store refused")                 \
    X(GS_ENUM,    -7, "the numbers did not converge")            \
    X(GS_EFOUND,  -8, "no such thing")                           \
    X(GS_ECANCEL, -9, "cancelled")                               \
    X(GS_EUSE,   -10, "the call does not fit the object")
/* clang-format on */

typedef enum gs_status {
#define X(name, code, text) name = code,
    GS_STATUS_LIST(X)
#undef X
} gs_status;

/* What went wrong, where, and how to mend it. All zero means "nothing". */
typedef struct gs_err {
    gs_status code;
    char msg[400];   /* one sentence: what is wrong and the mend          */
    char file[200];  /* input it concerns, "" where none                  */
    char field[64];  /* column or key name, "" where none                 */
    long line;       /* 1-based, 0 where none                             */
    long col;        /* 1-based, 0 where none                             */
    long lane;       /* person of a batch (0-based), -1 or 0 where none   */
} gs_err;

#if defined(__GNUC__)
#define GS_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#else
#define GS_PRINTF(fmt, first)
#endif

/* Short constant sentence for a code. Never NULL. */
const char *gs_status_text(gs_status s);

/* Fill err (which may be NULL) with code and a sentence; place fields are kept.
 * Returns code, so that `return gs_fail(err, GS_ERANGE, "...")` reads well. */
gs_status gs_fail(gs_err *err, gs_status code, const char *fmt, ...) GS_PRINTF(3, 4);

/* As gs_fail, with the place: file may be NULL, line/col 0 where unknown,
 * field NULL where there is none. Long names are cut, never overrun. */
gs_status gs_fail_at(gs_err *err, gs_status code, const char *file, long line, long col,
                     const char *field, const char *fmt, ...) GS_PRINTF(7, 8);

/* "file:line:col: field: message" with absent parts left out, into buf[n].
 * Returns buf. */
const char *gs_err_text(const gs_err *err, char *buf, size_t n);

/* Hand a failure straight up. */
#define GS_TRY(call)                              \
    do {                                          \
        gs_status gs_try_status_ = (call);        \
        if (gs_try_status_ != GS_OK)              \
            return gs_try_status_;                \
    } while (0)

#endif
