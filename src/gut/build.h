/* A table under construction: what every reader fills. Values may come in any order and
 * before their sample or taxon is named (BIOM JSON does that). Nothing reaches the caller
 * until build_finish has checked it. */
#ifndef GS_GUT_BUILD_H
#define GS_GUT_BUILD_H

#include "gut/names.h"

typedef struct gut_build gut_build;

/* What the values are meant to be. */
typedef enum build_unit {
    BUILD_AUTO,    /* whole numbers: reads; else shares or percents, told by their sums */
    BUILD_READS,   /* whole numbers                                                     */
    BUILD_PERCENT, /* of 100                                                            */
    BUILD_SHARES,  /* of 1                                                              */
    BUILD_PART,    /* of 100, and some may be missing                                   */
    BUILD_NORM     /* of 1, 100 or a million, told by the sums; whole or not            */
} build_unit;

/* file and opts are borrowed. NULL when out of memory. */
gut_build *build_new(gs_arena *a, const char *file, const gs_gut_opts *o);
void build_free(gut_build *b); /* NULL is harmless */

/* All of these fail GS_ENOMEM, and GS_ERANGE or GS_EPARSE with the line given. */

/* A sample; the same name twice is refused. */
gs_status build_sample(gut_build *b, const char *name, size_t n, long line, uint32_t *out,
                       gs_err *err);
/* The sample of that name, made when absent (long tables). */
gs_status build_sample_find(gut_build *b, const char *name, size_t n, uint32_t *out,
                            gs_err *err);
void build_site(gut_build *b, uint32_t i_sample, const char *site, size_t n);

/* A taxon: its id and, where lineage is NULL, the lineage that opts->taxonomy gives for
 * the id, else the id read as one. The same id twice is refused. */
gs_status build_taxon(gut_build *b, const char *id, size_t n_id, const char *lineage,
                      size_t n_lineage, long line, uint32_t *out, gs_err *err);
/* The taxon of that id, made when absent. */
gs_status build_taxon_find(gut_build *b, const char *id, size_t n_id, uint32_t *out,
                           gs_err *err);
/* A taxon whose names the reader has. */
gs_status build_taxon_raw(gut_build *b, const char *id, size_t n_id, const names_raw *raw,
                          long line, uint32_t *out, gs_err *err);

/* Other names for a taxon that was just made. */
gs_status build_rename(gut_build *b, uint32_t i_taxon, const names_raw *raw, gs_err *err);

/* A value; zero is not kept, a negative one is refused. */
gs_status build_add(gut_build *b, uint32_t i_sample, uint32_t i_taxon, double value,
                    long line, gs_err *err);
/* The other way to fill a table, for readers that know all samples and taxa before the first
 * value and give values sample by sample: straight into the table's own arrays, no more than
 * n_value of them. Not mixed with build_add. Fails as build_add, and GS_EPARSE where rows
 * run backwards or hold more than was said. */
gs_status build_rows(gut_build *b, uint64_t n_value, gs_err *err);
gs_status build_row(gut_build *b, uint32_t i_sample, size_t n, const uint32_t *i_taxon,
                    const double *value, gs_err *err);
/* Reads or share without a place. */
gs_status build_unplaced(gut_build *b, uint32_t i_sample, double value, long line,
                         gs_err *err);

/* A sentence for the reader of the table. */
void build_note(gut_build *b, const char *fmt, ...) GS_PRINTF(2, 3);
/* Fill err with the file's name. */
gs_status build_fail(const gut_build *b, gs_status st, long line, gs_err *err,
                     const char *fmt, ...) GS_PRINTF(5, 6);

size_t build_n_taxon(const gut_build *b);
size_t build_n_sample(const gut_build *b);
const gs_taxon *build_taxon_at(const gut_build *b, uint32_t i);
const gs_gut_opts *build_opts(const gut_build *b);

/* Check and hand over. title is what the file is, in words. */
gs_status build_finish(gut_build *b, const char *format, const char *title, build_unit unit,
                       gs_gut_method method, gs_gut **out, gs_err *err);

#endif
