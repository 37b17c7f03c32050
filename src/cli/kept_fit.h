/* The draws of a fit, kept beside the diary: what experiments are planned with. */
#ifndef GS_CLI_KEPT_FIT_H
#define GS_CLI_KEPT_FIT_H

#include "gutskin/diary.h"
#include "gutskin/infer.h"

/* Keep at most 400 draws, evenly spread, as JSON under "fit"; key as the answer's. */
gs_status gs_kept_fit_save(gs_diary *d, const char *person, const char *key,
                           const gs_fit *f, gs_err *err);
/* The kept draws as a fit of one chain. GS_EFOUND: none kept; GS_EPARSE: by another
 * version. Whether the fit still suits diary and model is gs_infer_par's to say. */
gs_status gs_kept_fit(gs_diary *d, const char *person, gs_arena *a, gs_fit **out, gs_err *err);

#endif
