/* Stool: what one sample of a gut table shows. Its numbers with the noise of counting and
 * of the day, and its place among people measured the same way.
 *
 *     gs_stool *x;
 *     GS_TRY(gs_stool_read(a, g, 0, &GS_STOOL_OPTS, &x, err));
 *     const gs_stool_value *v = &x->value[GS_STOOL_SHANNON];
 *     if (v->ref) printf("%.0f%% of %zu people are lower\n", v->place.at, v->ref->n);
 *
 * All indices are of the table summed to genera (today's names), so that tables of OTUs,
 * ASVs, species and genera can be read alike; what has no genus stays in as its family's
 * rest. Nothing here says anything about skin: on the data at hand eczema, psoriasis and
 * rosacea differ from none by a hair (docs/gut.md), and no score is made of it. */
#ifndef GUTSKIN_STOOL_H
#define GUTSKIN_STOOL_H

#include "gutskin/eco.h"
#include "gutskin/gut.h"

#include <math.h>

/* How a value varies and is compared: as it is; by its logarithm; a share by its logit. */
typedef enum gs_stool_scale { GS_STOOL_LINEAR, GS_STOOL_LOG, GS_STOOL_SHARE } gs_stool_scale;

/* clang-format off */
/* enum, key, title, scale, what it is */
#define GS_STOOL_INDEX_LIST(X)                                                                       \
    X(SHANNON,     "shannon",          "Shannon diversity",      GS_STOOL_LINEAR, "many kinds, evenly spread, give a high number [nats]") \
    X(INV_SIMPSON, "inv_simpson",      "inverse Simpson",        GS_STOOL_LOG,    "how many equally common genera would be as mixed")     \
    X(OBSERVED,    "observed",         "genera seen",            GS_STOOL_LOG,    "different genera among the reads; more reads show more") \
    X(CHAO1,       "chao1",            "genera expected",        GS_STOOL_LOG,    "seen and guessed from those seen once or twice (Chao1)") \
    X(PIELOU,      "pielou",           "evenness",               GS_STOOL_LINEAR, "Shannon as a share of its largest possible value")     \
    X(BUTYRATE,    "butyrate",         "butyrate makers",        GS_STOOL_SHARE,  "guild: live on fibre or acetate and make butyrate")    \
    X(SACCHAROLYTIC, "saccharolytic",  "fibre and sugar users",  GS_STOOL_SHARE,  "guild: Bacteroides, Prevotella and kin")               \
    X(BIFIDO_LACTO, "bifido_lacto",    "bifidobacteria and lactobacilli", GS_STOOL_SHARE, "guild")                                      \
    X(MUCIN,       "mucin",            "mucus eaters",           GS_STOOL_SHARE,  "Akkermansia and Mediterraneibacter")                   \
    X(PATHOBIONT,  "pathobiont",       "pathobionts",            GS_STOOL_SHARE,  "guild: harmless when few; Escherichia, Streptococcus ...") \
    X(METHANOGEN,  "methanogen",       "methane makers",         GS_STOOL_SHARE,  "guild: absent in most people")                         \
    X(OTHER,       "other_commensal",  "other named commensals", GS_STOOL_SHARE,  "genera of the guild table with no trade of these")     \
    X(FUNGI,       "fungi",            "fungi",                  GS_STOOL_SHARE,  "metagenomes only; 16S cannot see them")                \
    X(PHAGE,       "phage",            "viruses and phages",     GS_STOOL_SHARE,  "metagenomes only")                                     \
    X(BUTYRATE_CAPACITY, "butyrate_capacity", "butyrate capacity", GS_STOOL_SHARE, "all genera that make butyrate, whatever their guild") \
    X(PRO_LPS,     "pro_lps",          "strong-endotoxin bacteria", GS_STOOL_SHARE, "genera whose endotoxin provokes inflammation")       \
    X(BUTYRATE_LPS, "log_butyrate_lps", "butyrate against endotoxin", GS_STOOL_LINEAR, "ln of butyrate capacity over strong endotoxin")  \
    X(SPECIES_SHANNON, "species_shannon", "Shannon of species", GS_STOOL_LINEAR, "metagenomes only: as Shannon diversity, of species [nats]") \
    X(GMHI,        "gmhi",             "GMHI",                   GS_STOOL_LINEAR, "species prevalent in health over species scarce in it, metagenomes only [gupta2020]")
/* clang-format on */

typedef enum gs_stool_index {
#define X(name, key, title, scale, what) GS_STOOL_##name,
    GS_STOOL_INDEX_LIST(X)
#undef X
        GS_N_STOOL
} gs_stool_index;

const char *gs_stool_key(gs_stool_index i);
const char *gs_stool_title(gs_stool_index i);
const char *gs_stool_what(gs_stool_index i);
gs_stool_scale gs_stool_scale_of(gs_stool_index i);
long gs_stool_find(const char *key); /* -1 when unknown */
/* A value on the scale where its noise is alike everywhere, and back. Shares: logit of
 * (x + 1e-4), so that none at all is still a number. */
double gs_stool_to_scale(gs_stool_index i, double x);
double gs_stool_from_scale(gs_stool_index i, double z);

/* ---- what is known of others -------------------------------------------------------- */

enum { GS_STOOL_N_QUANTILE = 23 };
extern const double gs_stool_quantile_at[GS_STOOL_N_QUANTILE]; /* 0.01 .. 0.99 */

/* Percentiles of one index in one group of people, one sample a person. */
typedef struct gs_stool_ref {
    gs_gut_method method;
    const char *profiler;      /* "" = any, else how the format's name begins           */
    double depth;              /* reads every sample was brought to, 0 = as they came   */
    double age_lo, age_hi;     /* [years], age_lo <= age < age_hi                       */
    gs_stool_index index;
    size_t n;                  /* people */
    double zero;               /* share of people with a value of 0                     */
    double q[GS_STOOL_N_QUANTILE];
    const char *source;        /* key of docs/gut.md                                    */
} gs_stool_ref;

/* How much one person's value moves between samples 5 to 30 days apart, on its scale. */
typedef struct gs_stool_day {
    bool shotgun;
    gs_stool_index index;
    double sd, sd_lo, sd_hi; /* median over people, and the range of the middle half    */
    size_t n_person, n_sample;
    const char *source;
} gs_stool_day;

/* Where samples lie: two principal axes of centred log-ratios of common genera. */
typedef struct gs_stool_map {
    gs_gut_method method;
    size_t n, n_genus, n_cell;
    const char *const *genus;
    const double *mean, *load1, *load2;    /* [n_genus] */
    double share1, share2;                 /* of the variance */
    double x_lo, x_hi, y_lo, y_hi;
    const double *cell;                    /* [n_cell x n_cell] people in each, x fastest */
    const char *source;
} gs_stool_map;

typedef struct gs_stool_refs {
    size_t n_ref, n_day, n_map;
    const gs_stool_ref *ref;
    const gs_stool_day *day;
    const gs_stool_map *map;
} gs_stool_refs;

/* Read the three tables (CSV texts as in data/gut). Fails GS_EPARSE with line; GS_ENOMEM. */
gs_status gs_stool_refs_parse(gs_arena *a, const char *ref, const char *day, const char *map,
                              gs_stool_refs **out, gs_err *err);
/* The shipped ones. */
gs_status gs_stool_refs_shipped(gs_arena *a, gs_stool_refs **out, gs_err *err);

/* Percentile of x in r, 0..100: linear between its quantiles, the middle of the tie where
 * many people share the value (nothing seen), cut to 0.5 and 99.5 beyond the table. */
double gs_stool_place(const gs_stool_ref *r, double x);

/* ---- one sample ----------------------------------------------------------------------- */

typedef struct gs_stool_value {
    gs_eco_range count;  /* the value and its 95 % from counting reads; NaN ends for shares */
    gs_eco_range day;    /* where another sample of the same weeks would fall, 95 %         */
    double compared;     /* the value as it is compared: brought to the reference's depth   */
    const gs_stool_ref *ref; /* NULL: no reference                                          */
    const char *why;     /* when there is none, why; else ""                                */
    gs_eco_range place;  /* percentile of compared, and of the ends of day                  */
} gs_stool_value;

typedef struct gs_stool_genus {
    const char *name;  /* today's genus, or "Lachnospiraceae, genus not known" */
    const gs_genus *known;
    gs_taxon_kind kind;
    double value, share;
} gs_stool_genus;

typedef struct gs_stool {
    const gs_gut *gut;
    const char *sample;
    bool counts;               /* reads, so that counting noise is known   */
    double total, human, unplaced;
    double age;                /* [years], NaN = not said                  */
    gs_gut_method method;
    const char *profiler;      /* who made the table, as far as names matter */
    gs_gut_reach reach;
    gs_gut_site site;
    size_t n_genus;
    const gs_stool_genus *genus; /* largest first */
    double guild[GS_N_GUILD + 1]; /* shares; the last: not in the table */
    gs_stool_value value[GS_N_STOOL];
    /* of the table's own rows (OTUs, ASVs, species), as they came */
    gs_eco_alpha feature;
    gs_eco_noise feature_noise;
    double faith;              /* NaN without a tree */
    size_t n_curve;            /* rarefaction: taxa expected among m reads; 0 for shares */
    const double *curve_m, *curve_genus, *curve_feature;
    const gs_stool_map *map;   /* NULL: none for this method */
    double map_x, map_y;
    size_t n_cloud;            /* the same with reads drawn again */
    const double *cloud_x, *cloud_y;
    const gs_stool_refs *refs;
} gs_stool;

typedef struct gs_stool_opts {
    double age;                /* [years], NaN = not said: adults                 */
    gs_gut_method method;      /* UNKNOWN = what the table says                   */
    const gs_eco_tree *tree;   /* tips named as the table's rows, or NULL         */
    const gs_stool_refs *refs; /* NULL = shipped                                  */
    uint64_t seed;
} gs_stool_opts;
#define GS_STOOL_OPTS ((gs_stool_opts){.age = NAN, .seed = 1})

/* Everything about sample i of g. Fails GS_ERANGE when the sample is empty or holds fewer
 * than 100 reads (too few to say anything), or when more than half of the rows with reads
 * are not in the tree; GS_ENOMEM. Cost: 10-20 ms. */
gs_status gs_stool_read(gs_arena *a, const gs_gut *g, size_t i_sample, const gs_stool_opts *o,
                        gs_stool **out, gs_err *err);

/* The indices alone, of every sample of a table, without noise or places: out [n_sample x
 * GS_N_STOOL]; depth > 0 brings Shannon, inverse Simpson, observed and Pielou to that many
 * reads (NaN where a sample has fewer). The table must be summed to genera already
 * (gs_gut_collapse); species (for GMHI) is the table before that, or NULL. */
gs_status gs_stool_indices(gs_arena *a, const gs_gut *genus, const gs_gut *species, double depth,
                           double *out, gs_err *err);

#endif
