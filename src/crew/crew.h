/* Who works on the pieces of an ensemble. Two programs, one contract: `gutskin` is linked
 * with alone.c, `gutskin-mpi` with mpi.c. */
#ifndef GS_CREW_H
#define GS_CREW_H

#include "crew/journal.h"
#include "gutskin/ensemble.h"

/* Called first by main, with main's arguments; the end is taken care of at exit. */
void gs_crew_begin(int *argc, char ***argv);
/* Processes of this run, and is this the one that writes and talks? */
size_t gs_crew_size(void);
bool gs_crew_leads(void);

/* Do all pieces that the journal does not have. Called by every process with the same
 * ensemble; journal is NULL but for the one that leads. Fails on the leading process with
 * the first failure of anybody (GS_EIO, GS_ENOMEM, GS_ECANCEL, GS_EUSE when the processes
 * were given different work); pieces done stay in the journal. The others return GS_OK,
 * or their own failure. */
gs_status gs_crew_run(const gs_ensemble *e, uint64_t fingerprint, journal *j,
                      const gs_pool *pool, const gs_progress *progress, gs_err *err);

#endif
