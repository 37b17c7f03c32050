/* Names inside the room: the two tables made from data/gut, and taxa whose names a
 * reader already has by rank. */
#ifndef GS_GUT_NAMES_H
#define GS_GUT_NAMES_H

#include "gutskin/gut.h"

typedef struct names_guild_row {
    const char *key; /* lower case, '_' as blank */
    gs_genus genus;
} names_guild_row;
extern const names_guild_row names_guild[]; /* ascending by key */
extern const size_t names_n_guild;

typedef struct names_old_row {
    const char *key;   /* 'g' genus, 's' species or 'k' kind, then name '|' within */
    const char *today; /* genus, or kind in words                                  */
    int kind;          /* gs_taxon_kind of 'k' rows                                */
} names_old_row;
extern const names_old_row names_old[];
extern const size_t names_n_old;

/* Keeps a text for the life of the table: NULL when out of memory. */
typedef const char *names_keep_fn(void *self, const char *text, size_t n);

enum { NAMES_LEN = 200 }; /* longest name looked at; longer ones are cut */

/* Names of one taxon as written, by rank; "" where not said. */
typedef struct names_raw {
    char name[GS_N_RANK][NAMES_LEN];
    bool human;    /* the reader knows (taxon id 9606)       */
    int kind;      /* gs_taxon_kind the reader knows, -1 not */
} names_raw;

/* Split a lineage text. */
void names_split(const char *lineage, size_t n, names_raw *out);
/* The rank of a Kraken code ("G", "S1"), a word ("genus", "superkingdom"), or
 * GS_RANK_NONE. out_below is set when it stands below that rank ("S1", "no rank"). */
gs_rank names_rank(const char *word, size_t n, bool *out_below);
/* Fill all of out except id from names as written. Fails GS_ENOMEM. */
gs_status names_resolve(const names_raw *raw, names_keep_fn *keep, void *self,
                        gs_taxon *out, gs_err *err);
/* Kind a name of any rank tells, -1 when the table does not know it; and the same folded
 * into raw->kind as one goes down a path ("Eukaryota", then "Fungi"). */
int names_kind(const char *name);
void names_hint(names_raw *raw, const char *name);
/* A name as it shall be shown, into out[NAMES_LEN]. */
void names_clean(const char *s, size_t n, char *out);
/* True for "unclassified", "UNKNOWN", "unassigned" and the like: a lump of reads without
 * a place, not a taxon. */
bool names_lump(const char *text, size_t n);
/* True when the text is no name a person would give a taxon: a hash, a number, OTU_12. */
bool names_code(const char *text, size_t n);

#endif
