/* RFC 4180 text into fields, for the tables of this room. Internal to evidence. */
#ifndef GS_EVIDENCE_SCAN_H
#define GS_EVIDENCE_SCAN_H

#include "gutskin/arena.h"
#include "gutskin/status.h"

#include <stddef.h>

enum { SCAN_FIELDS = 64, SCAN_FIELD_BYTES = 2000 };

typedef struct scan {
    const char *name, *text;
    size_t n, at, max; /* max: fields a record may have; one more is noticed */
    char comma;        /* what parts fields: a comma unless set otherwise      */
    long line;         /* of the byte at `at`     */
    char *buf;         /* one record, unquoted    */
    char *field[SCAN_FIELDS + 1];
    size_t n_field;
    long row_line; /* where the record began  */
    gs_err *err;
} scan;

/* Begin at text[0..n) of the file called name; no record may have more than max fields
 * (max <= SCAN_FIELDS). Fails GS_ENOMEM. */
gs_status scan_open(scan *s, gs_arena *a, const char *name, const char *text, size_t n,
                    size_t max, gs_err *err);
/* Next record into field[], valid until the next call; n_field = 0 at the end. Blank
 * lines are passed over. Fails GS_EPARSE. */
gs_status scan_record(scan *s);
gs_status scan_bad(scan *s, long line, const char *field, const char *what);

#endif
