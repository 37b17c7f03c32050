/* What the columns of a table are: who, when, what, how much. */
#ifndef GS_DIARY_COLUMNS_H
#define GS_DIARY_COLUMNS_H

#include "diary/csv.h"
#include "diary/meaning.h"

typedef enum gs_col_role {
    GS_COL_LEFT_OUT,
    GS_COL_PERSON,
    GS_COL_DATE,
    GS_COL_TIME,    /* a date unless there is one; else left out */
    GS_COL_DAY,     /* dates or day numbers: the cells decide */
    GS_COL_WEEK,
    GS_COL_SESSION,
    GS_COL_CHANNEL, /* long tables: the name, or names joined by ';' */
    GS_COL_LABEL,   /* long tables: used where the channel is empty  */
    GS_COL_TYPE,
    GS_COL_VALUE,
    GS_COL_UNIT,
    GS_COL_SCALE,
    GS_COL_WHAT     /* wide tables: the name is in the header        */
} gs_col_role;

typedef struct gs_col {
    gs_col_role role;
    const char *head;  /* as in the file                               */
    const char *what;  /* WHAT: the name without unit and scale        */
    const char *unit;  /* WHAT, VALUE: said in the header, "" if not   */
    const gs_channel *known; /* WHAT: its channel, NULL if it has none */
} gs_col;

/* Columns by role; -1 where there is none. */
typedef struct gs_layout {
    size_t n_col;
    gs_col *col;
    bool is_long;
    long person, date, day, week, session;
    long channel, label, type, value, unit, scale;
    gs_date_form form;  /* of the date column, or of day if it holds dates */
    bool day_is_date;
    bool comma;         /* numbers may have a decimal comma */
} gs_layout;

/* Read the header and look through the date column. Fails GS_EPARSE with the mend:
 * no date column, nothing to take, two columns of one name, dates that allow two
 * readings (asked: GS_DATE_UNKNOWN), dates of two forms in one column. */
gs_status gs_columns_find(gs_arena *a, const char *name, const gs_csv *csv,
                          gs_date_form asked, gs_layout *out, gs_err *err);

#endif
