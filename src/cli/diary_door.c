/* The door of the diary's commands: open, lend units, ask the clock. */
#include "cli/diary_door.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

gs_status gs_cli_diary_open(const char *option, bool create, gs_cli_diary *out, gs_err *err)
{
    const char *path = gs_cli_diary_path(option);
    bool made = create && access(path, F_OK) != 0;
    gs_err no_units = {0};

    *out = (gs_cli_diary){0};
    GS_TRY(gs_diary_open(path, create, &out->d, err));
    if (made)
        fprintf(stderr, "gutskin: made a new diary, %s\n", path);
    /* a diary without the unit library still knows everyday units */
    if (gs_units_new(&out->units, &no_units) == GS_OK)
        gs_diary_units(out->d, gs_units_convert, out->units);
    return GS_OK;
}

void gs_cli_diary_close(gs_cli_diary *x)
{
    gs_diary_close(x->d);
    gs_units_free(x->units);
    *x = (gs_cli_diary){0};
}

int32_t gs_cli_today(void)
{
    time_t now = time(NULL);
    struct tm t;

    localtime_r(&now, &t);
    return gs_date_day(t.tm_year + 1900, t.tm_mon + 1, t.tm_mday);
}

void gs_cli_json_text(gs_buf *b, const char *text)
{
    gs_buf_put(b, "\"");
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\')
            gs_buf_printf(b, "\\%c", *p);
        else if ((unsigned char)*p < 0x20)
            gs_buf_printf(b, "\\u%04x", (unsigned)(unsigned char)*p);
        else
            gs_buf_put_n(b, p, 1);
    }
    gs_buf_put(b, "\"");
}
