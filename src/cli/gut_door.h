/* What the gut's commands share: a table opened from the command line, one sample chosen. */
#ifndef GS_CLI_GUT_DOOR_H
#define GS_CLI_GUT_DOOR_H

#include "cli/cli.h"
#include "gutskin/diary.h"
#include "gutskin/eco.h"
#include "gutskin/gutfile.h"

#include <argp.h>

typedef struct gs_cli_gut {
    gs_gutfile_opts file;
    const char *sample; /* NULL = the only one */
    bool any_site;      /* skin or mouth will do */
} gs_cli_gut;
#define GS_CLI_GUT ((gs_cli_gut){.file = GS_GUTFILE_OPTS})

/* Their options, to stand in an argp list, and the reading of them: true when taken. */
enum { OPT_GUT_TAXONOMY = 700, OPT_GUT_METHOD, OPT_GUT_FORMAT, OPT_GUT_AMOUNTS, OPT_GUT_REPEATS,
       OPT_GUT_ANY_SITE };
/* clang-format off */
#define GS_GUT_FILE_OPTIONS                                                                      \
    {"sample", 's', "NAME", 0, "one sample of a table that holds many", 0},                      \
    {"taxonomy", OPT_GUT_TAXONOMY, "FILE", 0, "names of the features (TSV or .qza)", 0},         \
    {"method", OPT_GUT_METHOD, "NAME", 0, "16s-closed, 16s-asv, 16s or shotgun, where the file does not tell", 0}, \
    {"format", OPT_GUT_FORMAT, "NAME", 0, "read as this format (recognised otherwise)", 0},      \
    {"any-amount", OPT_GUT_AMOUNTS, NULL, 0, "take amounts that are neither reads nor shares", 0}, \
    {"add-repeats", OPT_GUT_REPEATS, NULL, 0, "add values that are given twice for a taxon and sample", 0}, \
    {"any-site", OPT_GUT_ANY_SITE, NULL, 0, "go on when it looks like skin or mouth, not stool", 0}
/* clang-format on */
bool gs_cli_gut_option(gs_cli_gut *o, int key, char *arg, struct argp_state *state);

/* Read the table at path. A long table whose names stand beside it in taxa.tsv takes them
 * from there and says so on stderr. */
gs_status gs_cli_gut_read(const gs_cli_gut *o, gs_arena *a, const char *path, gs_gut **out,
                          gs_err *err);
/* The sample asked for, or the only one. Fails GS_EFOUND with the names there are. */
gs_status gs_cli_gut_choose(const gs_cli_gut *o, const gs_gut *g, size_t *out, gs_err *err);
/* A person's result must be one: 100 reads at least, and not of skin or mouth (any_site). */
gs_status gs_cli_gut_fit(const gs_cli_gut *o, const gs_gut *g, size_t i_sample, gs_err *err);

/* `, "key": v` of a JSON object; null where v is no finite number. */
void gs_cli_gut_json_number(gs_buf *b, const char *key, double v);

/* For whom and when a result is kept. */
typedef struct gs_cli_keep {
    const char *person; /* NULL = me */
    int32_t day;
    bool numbered, dated, replace, json;
} gs_cli_keep;
/* "today", "yesterday" or a date that is not in the future. */
bool gs_cli_gut_date(const char *text, gs_cli_keep *out, gs_err *err);
/* Read, choose, check, keep, say. Returns the exit code. */
int gs_cli_gut_keep(const gs_cli_gut *o, const gs_cli_keep *k, gs_diary *d, const char *path);
/* gutskin gut import */
int gs_cli_gut_import(int argc, char **argv);
/* gutskin gut shift */
int gs_cli_gut_shift(int argc, char **argv);

/* A Newick tree from a file. */
gs_status gs_cli_gut_tree(gs_arena *a, const char *path, gs_eco_tree **out, gs_err *err);
/* gutskin gut series */
int gs_cli_gut_series(int argc, char **argv);
/* gutskin gut compare, distance, pcoa */
int gs_cli_gut_compare(int argc, char **argv);
int gs_cli_gut_distance(int argc, char **argv);
int gs_cli_gut_pcoa(int argc, char **argv);
/* gutskin gut report */
int gs_cli_gut_report(int argc, char **argv);

#endif
