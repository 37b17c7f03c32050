/* The columns of evidence.csv, once: name, how it is read, where it stands in a row.
 * Reader, JSON and checks walk this list. */
#ifndef GS_EVIDENCE_COLUMN_H
#define GS_EVIDENCE_COLUMN_H

#include "evidence/scan.h"
#include "gutskin/evidence.h"

#include <stddef.h>

typedef enum ev_kind {
    EV_NAME,  /* short text of small letters, digits, - and _; needed */
    EV_WORDS, /* free text, needed                                    */
    EV_TEXT,  /* free text, may be empty                              */
    EV_NUM,   /* number, empty = not reported                         */
    EV_YES,   /* yes or no                                            */
    EV_GRADE, EV_DESIGN, EV_RESULT
} ev_kind;

typedef struct ev_column {
    const char *name;
    ev_kind kind;
    size_t at;
    double lo, hi; /* EV_NUM: what can be */
} ev_column;

extern const ev_column ev_columns[];
extern const size_t ev_n_column;

/* Position of a column by its name, for messages and for values. */
#define EV_AT(T, row, col) (*(T *)((char *)(row) + (col)->at))
#define EV_CAT(T, row, col) (*(const T *)((const char *)(row) + (col)->at))

/* The header (the record that was scanned, else the next one): order [ev_n_column] says
 * which column each field is; then a row from the record that was scanned. */
gs_status ev_read_header(scan *s, size_t *order);
gs_status ev_read_row(scan *s, gs_arena *a, const size_t *order, gs_evidence_row *r);

/* What a single row (ev_check_row) and all rows together (ev_check_table) must obey;
 * name is the file's, for messages. */
gs_status ev_check_row(const char *name, const gs_evidence_row *r, gs_err *err);
gs_status ev_check_table(const char *name, const gs_evidence *ev, gs_err *err);

#endif
