/* What the tests of the language share: parsing a text, and the sentence it earns. */
#ifndef TESTS_MODELS_H
#define TESTS_MODELS_H

#include "check.h"

#include "gutskin/spec.h"
#include "gutskin/text.h"
#include "gutskin/unit.h"
#include "model/ast.h"
#include <string.h>

#define TEST(name) static void name(void **unused)

/* Spec in the arena, or NULL with the sentence in say. */
static inline gs_spec *parse(gs_arena *a, const char *text, char say[800])
{
    gs_err err = {0};
    gs_spec *s = NULL;
    gs_status st = gs_spec_parse(a, "m.gs", text, strlen(text), &s, &err);
    if (say) {
        say[0] = 0;
        if (st != GS_OK)
            gs_err_text(&err, say, 800);
    }
    return st == GS_OK ? s : NULL;
}

/* The text fails, with exactly this place and a sentence that contains `part`. */
static inline void check_fails(const char *text, const char *place, const char *part)
{
    gs_arena *a = gs_arena_new(0);
    char say[800];
    if (parse(a, text, say))
        fail_msg("this was read without complaint:\n%s", text);
    if (strncmp(say, place, strlen(place)) != 0 || !strstr(say, part))
        fail_msg("expected \"%s ... %s ...\", got \"%s\" for:\n%s", place, part, say, text);
    gs_arena_free(a);
}

#endif
