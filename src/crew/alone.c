/* One process: the pieces one after the other, each on all threads. */
#include "crew/crew.h"

#include <stdlib.h>

void gs_crew_begin(int *argc, char ***argv)
{
    (void)argc, (void)argv;
}

size_t gs_crew_size(void)
{
    return 1;
}

bool gs_crew_leads(void)
{
    return true;
}

gs_status gs_crew_run(const gs_ensemble *e, uint64_t fingerprint, journal *j,
                      const gs_pool *pool, const gs_progress *progress, gs_err *err)
{
    size_t n = gs_ensemble_n_piece(e), width = gs_ensemble_width(e);
    double *out = malloc(GS_ENSEMBLE_PIECE * width * sizeof *out + 1);
    gs_status st = GS_OK;
    gs_ensemble asked = *e;
    asked.progress = progress;
    (void)fingerprint;
    if (!out)
        return gs_fail(err, GS_ENOMEM, "not enough memory for a piece of the ensemble");
    for (size_t i = 0; i < n && st == GS_OK; i++) {
        if (journal_has(j, i))
            continue;
        st = gs_ensemble_run(&asked, i, pool, out, err);
        if (st == GS_OK)
            st = journal_put(j, i, gs_ensemble_n_in(e, i) * width, out, err);
        gs_progress_tick(progress, "living", (double)journal_n_done(j) / (double)n);
    }
    free(out);
    return st == GS_ECANCEL ? gs_fail(err, st, "stopped; what is done is kept") : st;
}
