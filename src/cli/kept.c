/* The kept answer: found, compared with the diary as it is now, read. */
#include "cli/kept.h"
#include "cli/cli.h"

#include "gutskin/diary.h"

#include <stdio.h>
#include <string.h>

/* The person meant: the one named, or the only one there is. */
static gs_status whose(gs_diary *d, const char *said, gs_arena *a, const char **out,
                       gs_err *err)
{
    const char *const *people;
    size_t n = 0, at = 0;

    GS_TRY(gs_diary_people(d, a, &people, err));
    while (people[n])
        n++;
    if (n == 0)
        return gs_fail(err, GS_EFOUND,
                       "the diary is empty; write with \"gutskin log\" or read a file with "
                       "\"gutskin import FILE.csv\", then run \"gutskin fit\"");
    if (!said && n == 1)
        return *out = people[0], GS_OK;
    for (size_t i = 0; said && i < n; i++) {
        if (strcmp(people[i], said) == 0)
            return *out = people[i], GS_OK;
    }
    char list[200] = "";
    for (size_t i = 0; i < n && at + 40 < sizeof list; i++)
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%.30s", i ? ", " : "",
                               people[i]);
    if (said)
        return gs_fail(err, GS_EFOUND, "there is no \"%s\" in this diary; it knows %s", said,
                       list);
    return gs_fail(err, GS_EFOUND, "this diary holds %zu people; choose one with --person: %s",
                   n, list);
}

static gs_status read_kept(gs_diary *d, const char *person, gs_arena *a, gs_kept *out,
                           gs_err *err)
{
    const char *key;
    uint64_t print;
    char now[32];

    GS_TRY(whose(d, person, a, &out->person, err));
    gs_status st = gs_diary_kept(d, out->person, "answer", a, &key, &out->json, &out->n, err);
    if (st == GS_EFOUND)
        return gs_fail(err, GS_EFOUND, "%s has no fit yet; run \"gutskin fit\" first",
                       out->person);
    GS_TRY(st);
    GS_TRY(gs_diary_fingerprint(d, out->person, &print, err));
    snprintf(now, sizeof now, "%016llx", (unsigned long long)print);
    /* the key may say more than the fingerprint (model, seed): only the diary matters */
    out->stale = strncmp(key, now, strlen(now)) != 0;
    if (gs_answer_from_json(a, out->json, out->n, &out->answer, err) != GS_OK)
        return gs_fail(err, GS_EPARSE, "the kept answer of %s cannot be read by this version; "
                                       "run \"gutskin fit\" again", out->person);
    return GS_OK;
}

gs_status gs_kept_answer(const char *diary, const char *person, gs_arena *a, gs_kept *out,
                         gs_err *err)
{
    gs_diary *d;

    *out = (gs_kept){0};
    GS_TRY(gs_diary_open(gs_cli_diary_path(diary), false, &d, err));
    gs_status st = read_kept(d, person, a, out, err);
    gs_diary_close(d);
    return st;
}

void gs_kept_warn(const gs_kept *k)
{
    if (k->stale)
        fprintf(stderr, "gutskin: the diary has changed since this fit; run \"gutskin fit\" "
                        "to learn from the new entries\n");
}
