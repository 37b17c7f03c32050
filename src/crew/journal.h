/* The journal of a run in pieces: a file that grows by one checked record a piece.
 *
 * A run that ends at any moment leaves a file whose whole records are good; opening it
 * again drops a torn tail. Two runs cannot write the same journal. Files are for the
 * machine that wrote them: numbers are kept as they stand in memory. */
#ifndef GS_CREW_JOURNAL_H
#define GS_CREW_JOURNAL_H

#include "gutskin/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct journal journal;

/* Open, or make, the journal of the run `fingerprint` with n_piece pieces. Fails GS_EIO
 * (cannot be opened, written, or is no journal), GS_EUSE (another run's, or being written
 * by another run), GS_ENOMEM. */
gs_status journal_open(const char *path, uint64_t fingerprint, size_t n_piece, journal **out,
                       gs_err *err);
void journal_close(journal *j);
bool journal_has(const journal *j, size_t piece);
size_t journal_n_done(const journal *j);
/* Append piece. Fails GS_EIO; the record then does not count. */
gs_status journal_put(journal *j, size_t piece, size_t n, const double *x, gs_err *err);
/* Numbers from..from+n of a piece that is there. Fails GS_EIO. */
gs_status journal_read(const journal *j, size_t piece, size_t from, size_t n, double *x,
                       gs_err *err);

#endif
