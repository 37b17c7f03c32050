/* Every spelling of a name brought to one genus.
 *
 *   text --split--> names by rank, as written --resolve--> clean names, kind, today's genus
 *
 * A lineage is tagged ("g__", "D_5__", "g_"), or its ranks are told by their place and by
 * the endings of families (-aceae) and orders (-ales). Today's genus is found, first that
 * hits, under: the species ("Eubacterium rectale"), the genus as written inside its
 * family ("[Ruminococcus]" in Lachnospiraceae), the genus as written, without brackets,
 * without a GTDB suffix ("Bacteroides_A"); else it is the name itself.
 *
 * A synonym service was the alternative; it needs a network and changes under one's feet.
 * The table is data/gut/genus-names.csv, made into sorted C by tools/gs_gut_tables. */
#include "gut/names.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- small text ------------------------------------------------------------------- */

static void key_of(const char *s, char *out) /* as tools/gs_gut_tables.c does */
{
    char *p = out;
    for (; *s && p < out + NAMES_LEN - 1; s++) {
        char c = *s == '_' ? ' ' : (char)tolower((unsigned char)*s);
        if (c == ' ' && (p == out || p[-1] == ' '))
            continue;
        *p++ = c;
    }
    while (p > out && p[-1] == ' ')
        p--;
    *p = '\0';
}

static bool starts(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

static bool ends(const char *s, const char *with)
{
    size_t n = strlen(s), m = strlen(with);
    return n >= m && strcmp(s + n - m, with) == 0;
}

static bool among(const char *s, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(s, *list) == 0)
            return true;
    return false;
}

/* Length of the first word. */
static size_t word(const char *s)
{
    return strcspn(s, " ");
}

static void unbracket(char *s)
{
    char *to = s;
    for (; *s; s++)
        if (*s != '[' && *s != ']')
            *to++ = *s;
    *to = '\0';
}

/* "Bacteroides A" -> "Bacteroides": GTDB's mark for a part of a genus. */
static bool unsuffix(char *s)
{
    char *blank = strrchr(s, ' ');
    if (!blank || blank == s || !isupper((unsigned char)blank[1]))
        return false;
    if (blank[2] && (!isupper((unsigned char)blank[2]) || blank[3]))
        return false;
    *blank = '\0';
    return true;
}

/* One name as it shall be shown: no quotes, confidences, mOTU numbers, underscores. */
static void clean(const char *s, size_t n, char *out)
{
    char *p = out;
    while (n && (isspace((unsigned char)*s) || *s == '"' || *s == '\'' || *s == '_')) {
        s++;
        n--;
    }
    for (size_t i = 0; i < n && p < out + NAMES_LEN - 1; i++) {
        char c = s[i] == '_' || s[i] == '\t' ? ' ' : s[i];
        if ((unsigned char)c < 0x20 || c == '"' || (c == ' ' && p > out && p[-1] == ' '))
            continue;
        *p++ = c;
    }
    while (p > out && (p[-1] == ' ' || p[-1] == '\''))
        p--;
    *p = '\0';
    char *mark = strrchr(out, '['); /* "Escherichia coli [ref mOTU v31 00095]" */
    if (mark && mark > out && strstr(mark, "mOTU") && ends(mark, "]"))
        *mark = '\0';
    mark = strrchr(out, '('); /* "Bacteroides(100)" */
    if (mark && mark > out && ends(mark, ")") && mark[1 + strspn(mark + 1, "0123456789.")] == ')')
        *mark = '\0';
    for (p = out + strlen(out); p > out && p[-1] == ' ';)
        *--p = '\0';
}

/* No name at all, by its key. */
static bool unnamed(const char *key)
{
    static const char *const words[] = {
        "", "none", "na", "n/a", "nan", "null", "other", "others", "-", "?", "no rank",
        "incertae sedis", "unculturable", "gut metagenome", "human gut metagenome", "root",
        "cellular organisms", "bacterium", "unknown genus", "unknown family", "no hit", NULL};
    static const char *const heads[] = {"uncultured", "unclassified", "unidentified",
                                        "unknown", "unassigned", "ambiguous", "metagenome",
                                        "environmental sample", "no blast hit",
                                        "cannot be assigned", "not assigned", NULL};
    static const char *const tails[] = {" unclassified", " incertae sedis", " noname",
                                        " metagenome", "(unclassified)", " unknown", NULL};
    if (among(key, words))
        return true;
    for (size_t i = 0; heads[i]; i++)
        if (starts(key, heads[i]))
            return true;
    for (size_t i = 0; tails[i]; i++)
        if (ends(key, tails[i]))
            return true;
    return false;
}

bool names_lump(const char *text, size_t n)
{
    static const char *const words[] = {
        "unclassified", "unknown", "unassigned", "unmapped", "no hits", "no hit", "-1",
        "not assigned", "unclassified reads", "cannot be assigned", "unidentified", NULL};
    char name[NAMES_LEN], key[NAMES_LEN];
    clean(text, n, name);
    key_of(name, key);
    return among(key, words) || starts(key, "cannot be assigned");
}

bool names_code(const char *text, size_t n)
{
    static const char *const heads[] = {
        "", "otu", "gg otu", "asv", "sv", "zotu", "denovo", "t", "seq", "feature", "strain",
        "taxonid", "taxid", "gcf", "gca", "new.referenceotu", "new.cleanup.referenceotu",
        "cluster", "taxon", "bin", "mag", "sp", NULL};
    char key[NAMES_LEN], name[NAMES_LEN];
    bool hex = n >= 8, dna = n >= 40;
    size_t digits = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        hex = hex && isxdigit(c);
        dna = dna && strchr("ACGTUNacgtun-", c) && c;
        digits += isdigit(c) != 0;
    }
    if (dna || (hex && digits))
        return true;
    if (!digits)
        return n == 0;
    clean(text, n, name);
    key_of(name, key);
    size_t len = strlen(key);
    while (len && (isdigit((unsigned char)key[len - 1]) || strchr("._:- ", key[len - 1])))
        key[--len] = '\0';
    return len <= 1 || among(key, heads); /* "f12" */
}

/* ---- the tables --------------------------------------------------------------------- */

static int by_guild_key(const void *key, const void *row)
{
    return strcmp(key, ((const names_guild_row *)row)->key);
}

static int by_old_key(const void *key, const void *row)
{
    return strcmp(key, ((const names_old_row *)row)->key);
}

const gs_genus *gs_genus_find(const char *genus)
{
    char key[NAMES_LEN];
    key_of(genus, key);
    const names_guild_row *r = bsearch(key, names_guild, names_n_guild, sizeof *names_guild,
                                       by_guild_key);
    return r ? &r->genus : NULL;
}

size_t gs_genus_count(void)
{
    return names_n_guild;
}

const gs_genus *gs_genus_at(size_t i)
{
    return &names_guild[i].genus;
}

static const names_old_row *find(char level, const char *name, const char *within)
{
    char key[2 * NAMES_LEN + 4], a[NAMES_LEN], b[NAMES_LEN];
    key_of(name, a);
    key_of(within, b);
    snprintf(key, sizeof key, "%c%s|%s", level, a, b);
    return bsearch(key, names_old, names_n_old, sizeof *names_old, by_old_key);
}

static int kind_of(const char *name) /* -1 when the table does not say */
{
    const names_old_row *r = *name ? find('k', name, "") : NULL;
    return r ? r->kind : -1;
}

int names_kind(const char *name)
{
    return kind_of(name);
}

void names_hint(names_raw *raw, const char *name)
{
    int kind = kind_of(name);
    if (kind >= 0 && (raw->kind < 0 || raw->kind == GS_TAXON_OTHER))
        raw->kind = kind;
}

void names_clean(const char *s, size_t n, char *out)
{
    clean(s, n, out);
}

static const char *const rank_names[GS_N_RANK + 1] = {
    "domain", "phylum", "class", "order", "family", "genus", "species", "none"};

const char *gs_rank_name(gs_rank r)
{
    return rank_names[r <= GS_RANK_NONE ? r : GS_RANK_NONE];
}

const char *gs_taxon_kind_name(gs_taxon_kind k)
{
    static const char *const names[GS_N_TAXON_KIND] = {
        "unnamed", "bacteria", "archaea", "fungi", "viruses", "other life", "organelles",
        "human"};
    return k < GS_N_TAXON_KIND ? names[k] : "?";
}

const char *gs_guild_name(gs_guild g)
{
    static const char *const names[GS_N_GUILD + 1] = {
        "butyrate", "saccharolytic", "bifido_lacto", "mucin", "pathobiont", "methanogen",
        "other_commensal", "fungi", "virus", "none"};
    return names[g <= GS_GUILD_NONE ? g : GS_GUILD_NONE];
}

const char *gs_guild_title(gs_guild g)
{
    static const char *const names[GS_N_GUILD + 1] = {
        "butyrate makers", "fibre and sugar users", "bifidobacteria and lactobacilli",
        "mucus eaters", "pathobionts", "methane makers", "other named commensals", "fungi",
        "viruses", "not in the table"};
    return names[g <= GS_GUILD_NONE ? g : GS_GUILD_NONE];
}

gs_rank names_rank(const char *w, size_t n, bool *out_below)
{
    static const struct {
        const char *word;
        gs_rank rank;
    } words[] = {
        {"superkingdom", GS_RANK_DOMAIN}, {"domain", GS_RANK_DOMAIN},
        {"kingdom", GS_RANK_DOMAIN},      {"acellular root", GS_RANK_DOMAIN},
        {"phylum", GS_RANK_PHYLUM},       {"class", GS_RANK_CLASS},
        {"order", GS_RANK_ORDER},         {"family", GS_RANK_FAMILY},
        {"genus", GS_RANK_GENUS},         {"species", GS_RANK_SPECIES},
        {"d", GS_RANK_DOMAIN},            {"k", GS_RANK_DOMAIN},
        {"p", GS_RANK_PHYLUM},            {"c", GS_RANK_CLASS},
        {"o", GS_RANK_ORDER},             {"f", GS_RANK_FAMILY},
        {"g", GS_RANK_GENUS},             {"s", GS_RANK_SPECIES},
    };
    char key[32];
    *out_below = false;
    if (n >= sizeof key)
        return GS_RANK_NONE;
    for (size_t i = 0; i < n; i++)
        key[i] = (char)tolower((unsigned char)w[i]);
    key[n] = '\0';
    if (n >= 2 && n <= 3 && isdigit((unsigned char)key[1])) { /* Kraken: "S1", "D2" */
        key[1] = '\0';
        *out_below = true;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(key, words[i].word) == 0)
            return words[i].rank;
    *out_below = true;
    return GS_RANK_NONE;
}

/* ---- splitting a lineage --------------------------------------------------------------- */

enum { MAX_PART = 40 };

typedef struct part {
    const char *s;
    size_t n;
    gs_rank tag; /* GS_N_RANK + 1 = below species; GS_RANK_NONE = untagged */
} part;
enum { BELOW = GS_N_RANK + 1 };

static gs_rank letter_rank(char c)
{
    switch (c) {
    case 'd':
    case 'k':
        return GS_RANK_DOMAIN;
    case 'p':
        return GS_RANK_PHYLUM;
    case 'c':
        return GS_RANK_CLASS;
    case 'o':
        return GS_RANK_ORDER;
    case 'f':
        return GS_RANK_FAMILY;
    case 'g':
        return GS_RANK_GENUS;
    case 's':
        return GS_RANK_SPECIES;
    case 't':
        return (gs_rank)BELOW;
    default:
        return GS_RANK_NONE;
    }
}

static void take(part *p, size_t n, gs_rank tag)
{
    p->s += n;
    p->n -= n;
    p->tag = tag;
}

static void untag(part *p)
{
    while (p->n && (isspace((unsigned char)*p->s) || *p->s == '"' || *p->s == '\''))
        take(p, 1, p->tag);
    const char *s = p->s;
    size_t n = p->n;
    gs_rank r = n ? letter_rank(s[0]) : GS_RANK_NONE;
    if (n >= 3 && r != GS_RANK_NONE && s[1] == '_' && s[2] == '_')
        take(p, 3, r);
    else if (n >= 4 && strncmp(s, "sk__", 4) == 0)
        take(p, 4, GS_RANK_DOMAIN);
    else if (n >= 4 && s[0] == 'D' && s[1] == '_' && isdigit((unsigned char)s[2]) && s[3] == '_')
        take(p, n >= 5 && s[4] == '_' ? 5 : 4,
             s[2] <= '6' ? (gs_rank)(s[2] - '0') : (gs_rank)BELOW);
    else if (n >= 2 && r != GS_RANK_NONE && s[1] == '_'
             && (n == 2 || isupper((unsigned char)s[2]) || s[2] == '['))
        take(p, 2, r);
    /* "Actinobacteria (phylum)" */
    static const char *const notes[] = {"(phylum)", "(class)", "(order)", "(family)", "(genus)"};
    for (size_t i = 0; i < 5 && p->tag == GS_RANK_NONE; i++) {
        size_t m = strlen(notes[i]);
        if (p->n > m && strncmp(p->s + p->n - m, notes[i], m) == 0) {
            p->n -= m;
            p->tag = (gs_rank)(GS_RANK_PHYLUM + i);
        }
    }
}

/* What stands between ranks; 0 when this is one name. */
static char separator(const char *s, size_t n)
{
    if (memchr(s, ';', n))
        return ';';
    if (memchr(s, '|', n))
        return '|';
    for (size_t i = 1; i + 4 < n; i++) { /* "k__Bacteria.p__Firmicutes" */
        size_t k = i + 1 + (s[i] == ',' && s[i + 1] == ' ');
        if ((s[i] == '.' || s[i] == ',') && k + 2 < n && strchr("pcofgs", s[k])
            && s[k + 1] == '_' && s[k + 2] == '_')
            return s[i];
    }
    return 0;
}

static size_t split(const char *s, size_t n, part *out)
{
    char sep = separator(s, n);
    size_t n_part = 0;
    while (n_part < MAX_PART) {
        const char *end = sep ? memchr(s, sep, n) : NULL;
        size_t len = end ? (size_t)(end - s) : n;
        out[n_part] = (part){s, len, GS_RANK_NONE};
        untag(&out[n_part++]);
        if (!end)
            break;
        s += len + 1;
        n -= len + 1;
    }
    return n_part;
}

/* A name without any mark of its rank. */
static gs_rank bare_rank(const char *name)
{
    char key[NAMES_LEN], first[NAMES_LEN];
    key_of(name, key);
    size_t n = word(key);
    snprintf(first, sizeof first, "%.*s", (int)n, key);
    bool one = key[n] == '\0';
    if (one && ends(key, "aceae"))
        return GS_RANK_FAMILY;
    if (one && ends(key, "ales"))
        return GS_RANK_ORDER;
    if (find('g', name, ""))
        return GS_RANK_GENUS;
    static const char *const domains[] = {"bacteria", "archaea", "eukaryota", "viruses",
                                          "fungi", "eukarya", NULL};
    if (among(key, domains))
        return GS_RANK_DOMAIN;
    int kind = kind_of(name);
    if (one && kind >= 0 && (ends(key, "ota") || ends(key, "etes") || ends(key, "cutes")
                             || ends(key, "bacteria") || ends(key, "microbia")
                             || ends(key, "mycota")))
        return GS_RANK_PHYLUM;
    bool family = ends(first, "aceae") && !islower((unsigned char)name[n + (one ? 0 : 1)]);
    if (one || family || ends(key, " group") || gs_genus_find(name))
        return GS_RANK_GENUS;
    if (unsuffix(first) || (isupper((unsigned char)name[n + 1]) && strlen(name + n + 1) <= 2))
        return GS_RANK_GENUS;
    return GS_RANK_SPECIES;
}

/* "Clostridium-hiranonis", "Bacteroides.uniformis": a binomial held together. */
static void open_binomial(char *s)
{
    size_t n = strcspn(s, "-.");
    if (!s[n] || n < 4 || !isupper((unsigned char)s[0]) || strpbrk(s, " /"))
        return;
    for (const char *p = s + 1; p < s + n; p++)
        if (!islower((unsigned char)*p))
            return;
    const char *tail = s + n + 1;
    size_t m = strspn(tail, "abcdefghijklmnopqrstuvwxyz");
    if (m >= 4 && !tail[m] && strcmp(tail, "like") != 0)
        s[n] = ' ';
}

static void set(names_raw *out, gs_rank r, const part *p)
{
    if (r < GS_N_RANK && !out->name[r][0])
        clean(p->s, p->n, out->name[r]);
}

static bool part_ends(const part *p, const char *tail)
{
    size_t m = strlen(tail), n = p->n;
    while (n && isspace((unsigned char)p->s[n - 1]))
        n--;
    return n >= m && strncmp(p->s + n - m, tail, m) == 0;
}

/* Ranks by place and ending. */
static void place_parts(const part *p, size_t n, names_raw *out)
{
    char name[NAMES_LEN];
    long family = -1;
    for (size_t i = 0; i < n && family < 0; i++)
        if (part_ends(&p[i], "aceae"))
            family = (long)i;
    clean(p[0].s, p[0].n, name);
    bool domain = bare_rank(name) == GS_RANK_DOMAIN;

    if (domain && n <= GS_N_RANK && (family < 0 || family == GS_RANK_FAMILY)) {
        for (size_t i = 0; i < n; i++)
            set(out, (gs_rank)i, &p[i]);
    } else if (!domain && (n == 5 || n == 6) && (family < 0 || family == 3)) {
        for (size_t i = 0; i < n; i++)
            set(out, (gs_rank)(GS_RANK_PHYLUM + i), &p[i]);
    } else if (n == 3 && (family < 0 || family == 1)) {
        set(out, GS_RANK_PHYLUM, &p[0]);
        set(out, GS_RANK_FAMILY, &p[1]);
        set(out, GS_RANK_GENUS, &p[2]);
    } else if (family >= 0) { /* NCBI's full path, with clades between the ranks */
        for (long i = 0; i < family; i++) {
            clean(p[i].s, p[i].n, name);
            gs_rank r = bare_rank(name);
            if (r <= GS_RANK_ORDER)
                set(out, r, &p[i]);
        }
        set(out, GS_RANK_FAMILY, &p[family]);
        if ((size_t)family + 1 < n)
            set(out, GS_RANK_GENUS, &p[family + 1]);
        if ((size_t)family + 2 < n)
            set(out, GS_RANK_SPECIES, &p[family + 2]);
    } else {
        for (size_t i = 0; i < n; i++) {
            clean(p[i].s, p[i].n, name);
            if (*name)
                set(out, bare_rank(name), &p[i]);
        }
    }
}

void names_split(const char *lineage, size_t n, names_raw *out)
{
    part p[MAX_PART];
    memset(out, 0, sizeof *out);
    out->kind = -1;
    size_t n_part = split(lineage, n, p), n_tag = 0;
    for (size_t i = 0; i < n_part; i++)
        n_tag += p[i].tag != GS_RANK_NONE;
    if (n_part == 1 && !n_tag) {
        char name[NAMES_LEN];
        if (names_code(p[0].s, p[0].n))
            return;
        clean(p[0].s, p[0].n, name);
        open_binomial(name);
        gs_rank r = *name ? bare_rank(name) : GS_RANK_NONE;
        if (r < GS_N_RANK)
            memcpy(out->name[r], name, sizeof name);
        return;
    }
    for (size_t i = 0; i < n_part; i++) { /* kingdoms below a domain: fungi, animals */
        char name[NAMES_LEN];
        clean(p[i].s, p[i].n, name);
        int kind = p[i].tag <= GS_RANK_PHYLUM || p[i].tag == GS_RANK_NONE ? kind_of(name) : -1;
        if (kind >= 0 && (out->kind < 0 || out->kind == GS_TAXON_OTHER))
            out->kind = kind;
    }
    if (n_tag * 2 < n_part) {
        for (size_t i = 0; i < n_part; i++)
            if (p[i].tag != GS_RANK_NONE)
                set(out, p[i].tag, &p[i]);
        place_parts(p, n_part, out);
        return;
    }
    for (size_t i = 0; i < n_part; i++)
        set(out, p[i].tag, &p[i]);
}

/* ---- from names as written to a taxon ------------------------------------------------------ */

static bool viral(const char *key)
{
    static const char *const marks[] = {"virus", "phage", "viridae", "virales", "viricetes",
                                        "viroid", "viricota", "virinae", NULL};
    for (size_t i = 0; marks[i]; i++)
        if (strstr(key, marks[i]))
            return true;
    return false;
}

/* The genus inside a species name, "" when its first word is none. */
static void genus_in(const char *species, char *out)
{
    static const char *const no[] = {"bacterium", "archaeon", "phage", "virus", "family",
                                     "oral", "endosymbiont", "symbiont", "str.", NULL};
    static const char *const classes[] = {"clostridia", "bacilli", "negativicutes",
                                          "erysipelotrichia", "bacteroidia", NULL};
    char key[NAMES_LEN], first[NAMES_LEN];
    *out = '\0';
    size_t n = word(species);
    if (!species[n] || !isupper((unsigned char)(species[0] == '[' ? species[1] : species[0])))
        return;
    key_of(species, key);
    const char *second = key + word(key) + 1;
    snprintf(first, sizeof first, "%.*s", (int)word(second), second);
    if (among(first, no))
        return;
    snprintf(first, sizeof first, "%.*s", (int)word(key), key);
    if (strcmp(first, "candidatus") == 0) {
        n += 1 + word(species + n + 1);
    } else if (ends(first, "aceae") || ends(first, "ales") || ends(first, "bacteria")
               || ends(first, "bacterium") || among(first, classes)
               || (kind_of(first) >= 0 && starts(second, "sp.") && !gs_genus_find(first))) {
        if (!ends(first, "bacterium"))
            return;
    }
    snprintf(out, NAMES_LEN, "%.*s", (int)n, species);
}

/* "Ruminococcus B gnavus A strain" or epithet "gnavus" -> "Ruminococcus gnavus". */
static void binomial(const char *genus, const char *species, char *out)
{
    char g[NAMES_LEN], s[NAMES_LEN];
    snprintf(s, sizeof s, "%s", species);
    unbracket(s);
    *out = '\0';
    if (!*s)
        return;
    if (islower((unsigned char)s[0])) { /* an epithet alone */
        snprintf(g, sizeof g, "%s", genus);
        unbracket(g);
        unsuffix(g);
        if (*g)
            snprintf(out, NAMES_LEN, "%.100s %.*s", g, (int)(word(s) < 90 ? word(s) : 90), s);
        return;
    }
    size_t n = word(s);
    const char *rest = s[n] ? s + n + 1 : "";
    size_t m = word(rest);
    if (m && m <= 2 && isupper((unsigned char)rest[0]) && rest[m]) {
        rest += m + 1;
        m = word(rest);
    }
    if (m)
        snprintf(out, NAMES_LEN, "%.*s %.*s", (int)(n < 100 ? n : 99), s,
                 (int)(m < 90 ? m : 90), rest);
}

static const char *genus_today(const char *genus, const char *family, char *work)
{
    const names_old_row *r;
    snprintf(work, NAMES_LEN, "%s", genus);
    if ((r = find('g', work, family)) || (r = find('g', work, "")))
        return r->today;
    unbracket(work);
    if ((r = find('g', work, family)) || (r = find('g', work, "")))
        return r->today;
    char *sensu = strstr(work, " sensu stricto");
    if (sensu)
        *sensu = '\0';
    if (unsuffix(work)) {
        if ((r = find('g', work, family)) || (r = find('g', work, "")))
            return r->today;
    }
    return work;
}

static int kind_by_name(const gs_taxon *t, const char *genus)
{
    char key[NAMES_LEN];
    int kind;
    for (int r = GS_RANK_SPECIES; r >= GS_RANK_DOMAIN; r--) {
        key_of(t->name[r], key);
        if (viral(key))
            return GS_TAXON_VIRUS;
    }
    if (t->known)
        return t->known->guild == GS_GUILD_FUNGI        ? GS_TAXON_FUNGI
               : t->known->guild == GS_GUILD_VIRUS      ? GS_TAXON_VIRUS
               : t->known->guild == GS_GUILD_METHANOGEN ? GS_TAXON_ARCHAEA
                                                        : GS_TAXON_BACTERIA;
    if ((kind = kind_of(genus)) >= 0)
        return kind;
    for (int r = GS_RANK_DOMAIN; r < GS_N_RANK; r++)
        if ((kind = kind_of(t->name[r])) >= 0)
            return kind;
    key_of(genus, key);
    if (starts(key, "methano"))
        return GS_TAXON_ARCHAEA;
    return t->rank < GS_RANK_NONE ? GS_TAXON_BACTERIA : GS_TAXON_UNNAMED;
}

static void settle_kind(const names_raw *raw, gs_taxon *t, const char *genus)
{
    char key[NAMES_LEN];
    int kind = raw->kind;
    if (raw->human) {
        t->kind = GS_TAXON_HUMAN;
        return;
    }
    if (kind < 0)
        kind = kind_by_name(t, genus);
    if (kind == GS_TAXON_OTHER) { /* a finer word below "Eukaryota" */
        for (int r = GS_RANK_DOMAIN; r < GS_N_RANK && kind == GS_TAXON_OTHER; r++) {
            int k = kind_of(t->name[r]);
            kind = k >= 0 ? k : kind;
        }
        int k = kind_of(genus);
        kind = k >= 0 ? k : kind;
    }
    for (int r = GS_RANK_CLASS; r <= GS_RANK_FAMILY && kind == GS_TAXON_BACTERIA; r++) {
        key_of(t->name[r], key);
        if (kind_of(key) == GS_TAXON_ORGANELLE)
            kind = GS_TAXON_ORGANELLE;
    }
    key_of(genus, key);
    if (strcmp(key, "mitochondria") == 0 || strcmp(key, "chloroplast") == 0)
        kind = GS_TAXON_ORGANELLE;
    t->kind = (gs_taxon_kind)kind;
}

gs_status names_resolve(const names_raw *raw, names_keep_fn *keep, void *self,
                        gs_taxon *out, gs_err *err)
{
    char name[GS_N_RANK][NAMES_LEN], key[NAMES_LEN], genus[NAMES_LEN], work[NAMES_LEN];
    const char *today, *id = out->id;
    bool crass = false;

    memset(out, 0, sizeof *out);
    out->id = id;
    out->rank = GS_RANK_NONE;
    for (int r = 0; r < GS_N_RANK; r++) {
        snprintf(name[r], NAMES_LEN, "%s", raw->name[r]);
        key_of(name[r], key);
        crass = crass || strstr(key, "crass") != NULL;
        if (unnamed(key))
            name[r][0] = '\0';
        if (name[r][0])
            out->rank = (gs_rank)r;
    }
    // today's genus
    snprintf(genus, sizeof genus, "%s", name[GS_RANK_GENUS]);
    key_of(name[GS_RANK_SPECIES], key);
    bool virus = raw->kind == GS_TAXON_VIRUS || (raw->kind < 0 && viral(key));
    if (!*genus && !virus)
        genus_in(name[GS_RANK_SPECIES], genus);
    binomial(name[GS_RANK_GENUS], name[GS_RANK_SPECIES], work);
    char family[NAMES_LEN];
    snprintf(family, sizeof family, "%s", name[GS_RANK_FAMILY]);
    unbracket(family);
    const names_old_row *r = *work && !virus ? find('s', work, "") : NULL;
    today = r ? r->today : *genus ? genus_today(genus, family, work) : "";
    if (crass && (virus || viral(key) || raw->kind < 0))
        today = "crAss-like_phage";
    // an epithet alone becomes a binomial
    if (islower((unsigned char)name[GS_RANK_SPECIES][0]) && *name[GS_RANK_GENUS] && !virus) {
        char two[NAMES_LEN];
        snprintf(two, sizeof two, "%.90s %.100s", name[GS_RANK_GENUS], name[GS_RANK_SPECIES]);
        memcpy(name[GS_RANK_SPECIES], two, sizeof two);
    }
    for (int k = 0; k < GS_N_RANK; k++) {
        unbracket(name[k]);
        out->name[k] = keep(self, name[k], strlen(name[k]));
        if (!out->name[k])
            return gs_fail(err, GS_ENOMEM, "out of memory");
    }
    out->known = *today ? gs_genus_find(today) : NULL;
    out->genus = out->known ? out->known->name : keep(self, today, strlen(today));
    if (!out->known && !*today && *family)
        out->known = gs_genus_find(family);
    if (!out->genus)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    char then[NAMES_LEN], now[NAMES_LEN];
    unbracket(genus);
    key_of(genus, then);
    key_of(out->genus, now);
    if (*genus && strcmp(then, now) != 0 && !(out->was = keep(self, genus, strlen(genus))))
        return gs_fail(err, GS_ENOMEM, "out of memory");
    settle_kind(raw, out, *genus ? genus : today);
    if (out->kind == GS_TAXON_VIRUS && crass)
        out->known = gs_genus_find("crAss-like_phage");
    return GS_OK;
}

static const char *keep_in_arena(void *self, const char *text, size_t n)
{
    return gs_arena_strndup(self, text, n);
}

gs_status gs_taxon_parse(gs_arena *a, const char *lineage, size_t n, gs_taxon *out,
                         gs_err *err)
{
    names_raw raw;
    names_split(lineage, n, &raw);
    return names_resolve(&raw, keep_in_arena, a, out, err);
}
