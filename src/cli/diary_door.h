/* What the diary's commands share: opening it with units lent, today, one option list. */
#ifndef GS_CLI_DIARY_DOOR_H
#define GS_CLI_DIARY_DOOR_H

#include "cli/cli.h"
#include "gutskin/diary.h"
#include "gutskin/unit.h"

#include <argp.h>

typedef struct gs_cli_diary {
    gs_diary *d;
    gs_units *units; /* NULL when the unit database is missing: everyday units only */
} gs_cli_diary;

/* Open the diary at --diary's value (NULL = where it usually is). With create a missing
 * one is made, and said on stderr. */
gs_status gs_cli_diary_open(const char *option, bool create, gs_cli_diary *out, gs_err *err);
void gs_cli_diary_close(gs_cli_diary *x);

/* Today by the clock on the wall of this machine. */
int32_t gs_cli_today(void);

/* Text as a JSON string, with its quotes. */
void gs_cli_json_text(gs_buf *b, const char *text);

/* The options every diary command has. */
#define GS_DIARY_OPTION \
    {"diary", 'd', "FILE", 0, "the diary (default: $GUTSKIN_DIARY or your data folder)", 0}
#define GS_PERSON_OPTION(says) {"person", 'p', "NAME", 0, says, 0}
#define GS_JSON_OPTION {"json", 'j', NULL, 0, "print the answer as JSON", 0}

#endif
