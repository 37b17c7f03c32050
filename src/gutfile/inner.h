/* Inside the room: the readers by container. */
#ifndef GS_GUTFILE_INNER_H
#define GS_GUTFILE_INNER_H

#include "gutskin/gutfile.h"

/* BIOM 2.1 in HDF5, from a file, or from bytes when bytes is not NULL. name is for messages. */
gs_status gutfile_hdf5(gs_arena *a, const char *name, const char *path, const void *bytes,
                       size_t n, const gs_gut_opts *o, gs_gut **out, gs_err *err);
/* A QIIME 2 archive. */
gs_status gutfile_zip(gs_arena *a, const char *name, const char *path, const gs_gut_opts *o,
                      gs_gut **out, gs_err *err);
/* The table of names in an archive of type FeatureData[Taxonomy], malloc'd. */
gs_status gutfile_zip_taxonomy(const char *name, const char *path, size_t limit, char **out,
                               size_t *out_n, gs_err *err);

#endif
