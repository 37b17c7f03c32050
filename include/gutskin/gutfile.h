/* Gut tables from files: plain, gzip, HDF5 (BIOM 2.1) and QIIME 2 archives. The rim of
 * gutskin/gut.h: the only place that opens files of stool results.
 *
 *     gs_gutfile_opts o = GS_GUTFILE_OPTS;
 *     GS_TRY(gs_gutfile_read(a, "table.qza", &o, &g, err));
 *
 * HDF5 files are read by libhdf5 in a process of its own with limits on time and memory:
 * a damaged file can end that process, never this one. Archives are read member by
 * member into memory; nothing of them is written to disk. */
#ifndef GUTSKIN_GUTFILE_H
#define GUTSKIN_GUTFILE_H

#include "gutskin/gut.h"

typedef struct gs_gutfile_opts {
    gs_gut_opts gut;
    const char *taxonomy; /* path of names for the features (TSV or .qza), NULL = none */
} gs_gutfile_opts;
#define GS_GUTFILE_OPTS ((gs_gutfile_opts){.gut = GS_GUT_OPTS})

/* Read the table in the file at path ("-" is standard input: no HDF5, no archive).
 * All or nothing. Fails as gs_gut_parse, and GS_EIO when the file cannot be opened. */
gs_status gs_gutfile_read(gs_arena *a, const char *path, const gs_gutfile_opts *o,
                          gs_gut **out, gs_err *err);

/* True when the first bytes of the file are those of a stool table rather than of a
 * diary: what `gutskin import` asks before it reads a CSV. False when in doubt or when
 * the file cannot be opened. */
bool gs_gutfile_looks(const char *path);

#endif
