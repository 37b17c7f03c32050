/* The registry inside the room: a reader a format, tried in order. */
#ifndef GS_GUT_READ_H
#define GS_GUT_READ_H

#include "gut/build.h"
#include "gut/lines.h"

/* The start of a file, cut at the end of a line where it is longer than looked at. */
typedef struct gut_head {
    const char *s;
    size_t n;
    slice line[8]; /* the first lines that are not empty */
    size_t n_line;
    slice first_data;   /* first line that starts with no '#', s = NULL when there is none */
    slice last_comment; /* the '#' line before it                                         */
} gut_head;

typedef struct gut_reader {
    gs_gut_format format;
    bool (*detect)(const gut_head *h);
    /* whole text, NUL after the last byte */
    gs_status (*read)(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err);
} gut_reader;

bool kraken_detect(const gut_head *h);
bool krakenuniq_detect(const gut_head *h);
bool bracken_detect(const gut_head *h);
bool brackens_detect(const gut_head *h);
bool metaphlan_detect(const gut_head *h);
bool mpa_detect(const gut_head *h);
bool kmcp_detect(const gut_head *h);
bool motus_detect(const gut_head *h);
bool centrifuge_detect(const gut_head *h);
bool kaiju_detect(const gut_head *h);
bool cami_detect(const gut_head *h);
bool kit_json_detect(const gut_head *h);
bool kit_csv_detect(const gut_head *h);
bool long_detect(const gut_head *h);
bool table_detect(const gut_head *h);

gs_status kraken_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err);
gs_status krakenuniq_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err);
gs_status bracken_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err);
gs_status brackens_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err);
gs_status metaphlan_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err);
gs_status mpa_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err);
gs_status kmcp_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err);
gs_status motus_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err);
gs_status centrifuge_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err);
gs_status kaiju_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err);
gs_status cami_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err);
gs_status kit_json_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err);
gs_status kit_csv_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err);
gs_status long_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err);
gs_status table_read(gut_build *b, const char *text, size_t n, gs_gut **out, gs_err *err);

/* BIOM 1.0, read from a stream whose first bytes are head[0..n). */
bool biom_json_detect(const gut_head *h);
gs_status biom_json_read(gut_build *b, const gs_gut_src *src, const char *head, size_t n,
                         gs_gut **out, gs_err *err);

/* The one sample of files that hold one: opts->sample. */
gs_status read_one_sample(gut_build *b, uint32_t *out, gs_err *err);
/* True when the text reads as a lineage or a name the tables know. */
bool read_is_name(slice s);

/* Names of a clade given by its path: what is counted at a clade and not below it. */
typedef struct clade {
    slice path; /* as written                      */
    size_t n_parent; /* bytes of path that are its parent's path, 0 = none */
    long line;
} clade;
/* From cumulated values[n * n_sample] to rows: what a clade has beyond its children becomes a row.
 * slack is how much the children may exceed their parent through rounding (in the file's
 * unit, for each child). */
gs_status read_clades(gut_build *b, const clade *c, size_t n, const double *value,
                      size_t n_sample, double slack, gs_err *err);

#endif
