/* Gut: tables of samples by taxa, as laboratories and profilers write them, under one
 * set of names. From bytes; files, archives and HDF5 are read by gutskin/gutfile.h.
 *
 *     gs_gut *g;
 *     GS_TRY(gs_gut_parse(a, "kraken2.report", text, n, &GS_GUT_OPTS, &g, err));
 *     for (size_t s = 0; s < g->n_sample; s++)
 *         for (size_t k = g->start[s]; k < g->start[s + 1]; k++)
 *             use(s, &g->taxon[g->i_taxon[k]], g->value[k]);
 *
 * What stands where: rows of the table are taxa (or features: OTUs, ASVs) that are not
 * human. Human reads and reads the profiler could not place are no taxa; they are kept
 * as two totals a sample, shown, and part of no diversity. A feature of its own that
 * nobody could name stays a row (kind GS_TAXON_UNNAMED): it is a taxon without a name. */
#ifndef GUTSKIN_GUT_H
#define GUTSKIN_GUT_H

#include "gutskin/arena.h"
#include "gutskin/status.h"
#include "gutskin/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- names ----------------------------------------------------------------------- */

typedef enum gs_rank {
    GS_RANK_DOMAIN,
    GS_RANK_PHYLUM,
    GS_RANK_CLASS,
    GS_RANK_ORDER,
    GS_RANK_FAMILY,
    GS_RANK_GENUS,
    GS_RANK_SPECIES,
    GS_N_RANK,
    GS_RANK_NONE = GS_N_RANK
} gs_rank;

typedef enum gs_taxon_kind {
    GS_TAXON_UNNAMED, /* a feature nobody could place in a kingdom           */
    GS_TAXON_BACTERIA,
    GS_TAXON_ARCHAEA,
    GS_TAXON_FUNGI,
    GS_TAXON_VIRUS,
    GS_TAXON_OTHER,     /* plants, animals, protists: food, parasites, stray reads */
    GS_TAXON_ORGANELLE, /* mitochondria and chloroplasts in a 16S table           */
    GS_TAXON_HUMAN,     /* never a row of a table that was read; see human[]      */
    GS_N_TAXON_KIND
} gs_taxon_kind;

/* Guilds of data/gut/genus-guilds.csv, in the model's words. */
typedef enum gs_guild {
    GS_GUILD_BUTYRATE,
    GS_GUILD_SACCHAROLYTIC,
    GS_GUILD_BIFIDO_LACTO,
    GS_GUILD_MUCIN,
    GS_GUILD_PATHOBIONT,
    GS_GUILD_METHANOGEN,
    GS_GUILD_OTHER, /* named commensals without one of these trades */
    GS_GUILD_FUNGI,
    GS_GUILD_VIRUS,
    GS_N_GUILD,
    GS_GUILD_NONE = GS_N_GUILD /* the genus is not in the table, or not known */
} gs_guild;

typedef enum gs_lps { GS_LPS_NONE, GS_LPS_WEAK, GS_LPS_PRO } gs_lps;

/* One genus of the project's table. */
typedef struct gs_genus {
    const char *name;
    gs_guild guild;
    bool butyrate; /* makes butyrate, whatever its guild  */
    gs_lps lps;    /* kind of endotoxin                   */
    bool mucin;    /* eats mucus                          */
    const char *notes, *source;
} gs_genus;

/* One taxon or feature. Names are without rank letters, brackets and suffixes; "" where
 * the file does not say. Texts live as long as the table's arena. */
typedef struct gs_taxon {
    const char *id;              /* as the file names it, unique in the table      */
    const char *name[GS_N_RANK]; /* domain .. species                              */
    const char *genus;           /* today's name of the genus, "" when not known   */
    const gs_genus *known;       /* its row in the guild table, NULL when absent   */
    const char *was;             /* NULL, or the genus as written where it differs */
    gs_taxon_kind kind;
    gs_rank rank;                /* deepest rank that is named, GS_RANK_NONE if none */
} gs_taxon;

const char *gs_rank_name(gs_rank r);             /* "genus"      */
const char *gs_taxon_kind_name(gs_taxon_kind k); /* "bacteria"   */
const char *gs_guild_name(gs_guild g);           /* "butyrate"   */
const char *gs_guild_title(gs_guild g);          /* "butyrate makers" */

/* Row of the guild table by today's name of a genus; NULL when it is not in it. */
const gs_genus *gs_genus_find(const char *genus);
size_t gs_genus_count(void);
const gs_genus *gs_genus_at(size_t i);

/* Read one lineage as Greengenes, Silva, GTDB, NCBI, RDP, MetaPhlAn or Kraken write it:
 * ranks split by ';' or '|' (or one bare name), with or without "g__", "d_", "D_5__",
 * brackets, GTDB suffixes, "_unclassified", "uncultured" and the like. Old names become
 * today's by data/gut/genus-names.csv ("[Ruminococcus] torques group" is
 * Mediterraneibacter, Eubacterium rectale is Agathobacter). out->id is left alone.
 * Never fails on text it does not know: that is a taxon without a name.
 * Fails GS_ENOMEM. Cost: a few hundred ns. */
gs_status gs_taxon_parse(gs_arena *a, const char *lineage, size_t n, gs_taxon *out,
                         gs_err *err);

/* ---- the table ------------------------------------------------------------------- */

typedef enum gs_gut_unit {
    GS_GUT_READS,  /* whole numbers: reads, or reads as a profiler estimates them      */
    GS_GUT_SHARES, /* fractions of what the profiler saw; a sample sums to <= 1        */
    GS_GUT_AMOUNTS /* anything else >= 0 (cells per gram), only with opts.any_amount   */
} gs_gut_unit;

typedef enum gs_gut_method {
    GS_GUT_METHOD_UNKNOWN,
    GS_GUT_16S_CLOSED, /* 16S, closed-reference OTUs            */
    GS_GUT_16S_ASV,    /* 16S, exact variants (DADA2, Deblur)    */
    GS_GUT_16S,        /* 16S, not known which                   */
    GS_GUT_SHOTGUN,    /* metagenome                             */
    GS_N_GUT_METHOD
} gs_gut_method;

const char *gs_gut_method_name(gs_gut_method m);  /* "16s-closed", "shotgun" ...  */
const char *gs_gut_method_title(gs_gut_method m); /* "16S, closed-reference OTUs" */
long gs_gut_method_find(const char *name);        /* -1 when unknown              */

/* Samples by taxa, compressed rows: sample s holds k = start[s] .. start[s+1]-1, taxa
 * ascending, values > 0. Constant after reading; all memory in the caller's arena. */
typedef struct gs_gut {
    const char *file;   /* name of the file                        */
    const char *format; /* "kraken2", "biom-json", ...             */
    const char *read_as; /* one line for people: "BIOM 1.0 (JSON), 13374 taxa x ..." */
    gs_gut_unit unit;
    gs_gut_method method;
    size_t n_sample, n_taxon, n_value;
    const char *const *sample; /* [n_sample] names, unique; "" in files that give none  */
    const gs_taxon *taxon;     /* [n_taxon]                                             */
    const size_t *start;       /* [n_sample + 1]                                        */
    const uint32_t *i_taxon;   /* [n_value]                                             */
    const double *value;       /* [n_value] in unit                                     */
    const double *total;       /* [n_sample] sum of the sample's values                 */
    const double *human;       /* [n_sample] human reads or share, beside total         */
    const double *unplaced;    /* [n_sample] reads or share the profiler could not place */
    const char *const *site;   /* [n_sample] body site as the file says it, "" mostly    */
    size_t n_note;
    const char *const *note;   /* what a reader should know: sentences                  */
} gs_gut;

typedef struct gs_gut_opts {
    const char *format;    /* "" = recognise                                         */
    gs_gut_method method;  /* UNKNOWN = what the format tells                        */
    bool any_amount;       /* take amounts that are neither reads nor shares         */
    bool add_repeats;      /* a taxon given twice for a sample: add up, do not refuse     */
    size_t limit;          /* most bytes read after unpacking                        */
    const char *sample;    /* name of the sample in files that give none, "" = file's */
    const char *taxonomy;  /* text of a table "feature <tab> lineage", NULL = none   */
    size_t n_taxonomy;
} gs_gut_opts;
#define GS_GUT_OPTS ((gs_gut_opts){.format = "", .limit = (size_t)1 << 30, .sample = ""})

/* Where bytes come from. read fills buf with up to n bytes and returns how many, 0 at
 * the end, < 0 (with err filled) when that failed. */
typedef struct gs_gut_src {
    long (*read)(void *self, void *buf, size_t n, gs_err *err);
    void *self;
} gs_gut_src;

/* Read a table whose bytes are in memory, or come from src. HDF5 and zip are refused
 * here with a sentence (gutskin/gutfile.h reads them). All or nothing: *out is set on
 * GS_OK only.
 * Fails GS_EPARSE (not a known format, damaged: line and field in err), GS_ERANGE
 * (negative or fractional counts, shares that do not sum, a taxon or sample
 * that stands in the table twice), GS_ENOMEM (also: larger than opts->limit).
 * Cost: about 100 MB/s of text; BIOM JSON is streamed, the others are held once. */
gs_status gs_gut_parse(gs_arena *a, const char *file, const char *bytes, size_t n,
                       const gs_gut_opts *o, gs_gut **out, gs_err *err);
gs_status gs_gut_read(gs_arena *a, const char *file, const gs_gut_src *src,
                      const gs_gut_opts *o, gs_gut **out, gs_err *err);

/* True when bytes, the start of a file (64 KB will do), are those of a stool table. */
bool gs_gut_looks(const char *bytes, size_t n);

/* The formats: name, what it is, who writes it. In the order they are tried. */
typedef struct gs_gut_format {
    const char *name, *title;
} gs_gut_format;
size_t gs_gut_format_count(void);
const gs_gut_format *gs_gut_format_at(size_t i);

/* ---- cuts of a table --------------------------------------------------------------- */

/* Index of a sample by its name, -1 when absent. */
long gs_gut_sample(const gs_gut *g, const char *name);
/* The same table with the named samples only (i_sample[n], in that order); taxa that
 * none of them holds are dropped. Shares the texts of g. Fails GS_ENOMEM. */
gs_status gs_gut_take(gs_arena *a, const gs_gut *g, size_t n, const size_t *i_sample,
                      gs_gut **out, gs_err *err);
/* The table summed to a rank: rows are today's genera (rank GENUS) or the names of that
 * rank; what is not named at it becomes one row per deepest name that is
 * ("Lachnospiraceae, genus not known", genus ""), so that nothing is lost. */
gs_status gs_gut_collapse(gs_arena *a, const gs_gut *g, gs_rank rank, gs_gut **out,
                          gs_err *err);

/* How much of a sample the names reach. All are shares of total (not of human and
 * unplaced), NaN when total is 0. */
typedef struct gs_gut_reach {
    double genus;  /* named at genus                         */
    double guild;  /* in the guild table                     */
    double kind[GS_N_TAXON_KIND];
    size_t n_taxon, n_genus; /* taxa seen; different genera seen */
} gs_gut_reach;
void gs_gut_reach_of(const gs_gut *g, size_t i_sample, gs_gut_reach *out);

/* Where on a body such a community is found. Says GS_SITE_SKIN or GS_SITE_MOUTH only
 * when genera of that site make up most of the sample and those of stool nearly nothing
 * (docs/notes/gut-reading.md has the error rates). */
typedef enum gs_site {
    GS_SITE_STOOL,
    GS_SITE_SKIN,
    GS_SITE_MOUTH,
    GS_SITE_UNSURE, /* few reads, or genera of none of these: soil, a mock, yeast */
    GS_N_SITE
} gs_site;
typedef struct gs_gut_site {
    gs_site site;
    double stool, skin, mouth; /* shares of total held by marker genera of each site */
    bool said;                 /* the file says the site in words                    */
} gs_gut_site;
const char *gs_site_name(gs_site s);
void gs_gut_site_of(const gs_gut *g, size_t i_sample, gs_gut_site *out);

#endif
