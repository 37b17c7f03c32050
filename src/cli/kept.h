/* The answer a fit left beside the diary: what report and forecast read. */
#ifndef GS_CLI_KEPT_H
#define GS_CLI_KEPT_H

#include "gutskin/answer.h"

typedef struct gs_kept {
    const char *person;
    const char *json; /* as it was kept, n bytes */
    size_t n;
    gs_answer *answer;
    bool stale; /* the diary has changed since the fit */
} gs_kept;

/* The kept answer of a person (NULL = the only one in the diary), everything in the
 * arena. Fails GS_EFOUND: empty diary, several people and none named (the sentence lists
 * them), nobody of that name, no fit yet; GS_EPARSE: kept by another version. */
gs_status gs_kept_answer(const char *diary, const char *person, gs_arena *a, gs_kept *out,
                         gs_err *err);
/* Say on stderr that the diary has changed since the fit, if it has. */
void gs_kept_warn(const gs_kept *k);

#endif
