/* A folder that goes away, a diary in it, and short ways to write and read. */
#ifndef GS_TEST_SANDBOX_H
#define GS_TEST_SANDBOX_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gutskin/diary.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct sandbox {
    char dir[64], path[96];
    gs_diary *d;
    gs_arena *a;
    gs_err err;
    gs_import_opts o;
    gs_import_took took;
} sandbox;

static inline int sandbox_open(void **state)
{
    sandbox *s = calloc(1, sizeof *s);
    strcpy(s->dir, "/tmp/gutskin-test-XXXXXX");
    if (!s || !mkdtemp(s->dir))
        return -1;
    snprintf(s->path, sizeof s->path, "%s/diary.db", s->dir);
    s->a = gs_arena_new(0);
    s->o = GS_IMPORT_OPTS;
    s->o.strict = true;
    *state = s;
    return gs_diary_open(s->path, true, &s->d, &s->err);
}

static inline int sandbox_close(void **state)
{
    sandbox *s = *state;
    char cmd[96];
    gs_diary_close(s->d);
    gs_arena_free(s->a);
    snprintf(cmd, sizeof cmd, "rm -rf '%s'", s->dir);
    int code = system(cmd);
    free(s);
    return code;
}

#define in_sandbox(f) cmocka_unit_test_setup_teardown(f, sandbox_open, sandbox_close)

static inline gs_status import_n(sandbox *s, const char *text, size_t n)
{
    s->err = (gs_err){0};
    return gs_diary_import(s->d, s->a, "my.csv", text, n, &s->o, &s->took, &s->err);
}

static inline gs_status import(sandbox *s, const char *text)
{
    return import_n(s, text, strlen(text));
}

static inline void took(sandbox *s, const char *text, size_t n_value)
{
    char buf[900];
    if (import(s, text) != GS_OK)
        fail_msg("%s\n-- from\n%s", gs_err_text(&s->err, buf, sizeof buf), text);
    if (s->took.n_value != n_value)
        fail_msg("took %zu values, not %zu, from\n%s", s->took.n_value, n_value, text);
}

/* The diary as "person day channel=value unit-less scale;" lines, for comparing. */
static inline bool print_row(void *ctx, const gs_diary_row *r)
{
    gs_buf *b = ctx;
    char iso[16];
    gs_buf_printf(b, "%s ", r->person);
    if (r->numbered)
        gs_buf_printf(b, "%d ", (int)r->day);
    else
        gs_buf_printf(b, "%s ", gs_date_iso(r->day, iso, sizeof iso));
    if (isnan(r->value))
        gs_buf_printf(b, "%s", r->channel);
    else
        gs_buf_printf(b, "%s=%.10g", r->channel, r->value);
    gs_buf_printf(b, "%s%s\n", *r->scale ? " " : "", r->scale);
    return true;
}

static inline char *stands(sandbox *s)
{
    gs_buf b = {0};
    gs_buf_put(&b, "");
    gs_buf_put_n(&b, "", 0);
    if (gs_diary_each(s->d, "", print_row, &b, &s->err) != GS_OK || b.failed)
        fail_msg("the diary could not be read");
    return b.data; /* the caller frees */
}

static inline void assert_stands(sandbox *s, const char *want)
{
    char *got = stands(s);
    if (strcmp(got, want) != 0)
        fail_msg("the diary holds\n%s-- not\n%s", got, want);
    free(got);
}

static inline gs_entry entry(const char *channel, int32_t day, double value)
{
    return (gs_entry){.person = "", .day = day, .channel = channel, .scale = "",
                      .value = value, .unit = ""};
}

#endif
