/* Stool, skin or mouth, told by the genera that live there.
 *
 * The lists are genera whose home is one site; a genus of two (Streptococcus: mouth, also
 * palms and infants' stool) stands with the one where it is commonest and cannot decide
 * alone. Thresholds and their error rates, on samples whose site is known:
 * docs/notes/gut-reading.md. */
#include "gutskin/gut.h"

#include <stdlib.h>
#include <string.h>

typedef struct home {
    const char *name;
    gs_site site;
} home;

/* in strcmp's order */
static const home genera[] = {
    {"Actinomyces", GS_SITE_MOUTH}, {"Agathobacter", GS_SITE_STOOL},
    {"Aggregatibacter", GS_SITE_MOUTH}, {"Akkermansia", GS_SITE_STOOL},
    {"Alistipes", GS_SITE_STOOL}, {"Alloprevotella", GS_SITE_MOUTH},
    {"Anaerobutyricum", GS_SITE_STOOL}, {"Anaerococcus", GS_SITE_SKIN},
    {"Anaerostipes", GS_SITE_STOOL}, {"Atopobium", GS_SITE_MOUTH},
    {"Bacteroides", GS_SITE_STOOL}, {"Barnesiella", GS_SITE_STOOL},
    {"Bifidobacterium", GS_SITE_STOOL}, {"Bilophila", GS_SITE_STOOL},
    {"Blautia", GS_SITE_STOOL}, {"Brevibacterium", GS_SITE_SKIN},
    {"Butyricimonas", GS_SITE_STOOL}, {"Campylobacter", GS_SITE_MOUTH},
    {"Capnocytophaga", GS_SITE_MOUTH}, {"Cardiobacterium", GS_SITE_MOUTH},
    {"Christensenella", GS_SITE_STOOL}, {"Clostridium", GS_SITE_STOOL},
    {"Clostridium_IV", GS_SITE_STOOL}, {"Clostridium_XlVa", GS_SITE_STOOL},
    {"Collinsella", GS_SITE_STOOL}, {"Coprococcus", GS_SITE_STOOL},
    {"Corynebacterium", GS_SITE_SKIN}, {"Cutibacterium", GS_SITE_SKIN},
    {"Dermacoccus", GS_SITE_SKIN}, {"Desulfovibrio", GS_SITE_STOOL},
    {"Dorea", GS_SITE_STOOL}, {"Eggerthella", GS_SITE_STOOL},
    {"Enhydrobacter", GS_SITE_SKIN}, {"Enterocloster", GS_SITE_STOOL},
    {"Enterococcus", GS_SITE_STOOL}, {"Erysipelatoclostridium", GS_SITE_STOOL},
    {"Escherichia", GS_SITE_STOOL}, {"Eubacterium", GS_SITE_STOOL},
    {"Faecalibacterium", GS_SITE_STOOL}, {"Finegoldia", GS_SITE_SKIN},
    {"Flavonifractor", GS_SITE_STOOL}, {"Fusicatenibacter", GS_SITE_STOOL},
    {"Fusobacterium", GS_SITE_MOUTH}, {"Gemella", GS_SITE_MOUTH},
    {"Gemmiger", GS_SITE_STOOL}, {"Granulicatella", GS_SITE_MOUTH},
    {"Haemophilus", GS_SITE_MOUTH}, {"Holdemanella", GS_SITE_STOOL},
    {"Intestinibacter", GS_SITE_STOOL}, {"Kingella", GS_SITE_MOUTH},
    {"Klebsiella", GS_SITE_STOOL}, {"Kocuria", GS_SITE_SKIN},
    {"Lachnoclostridium", GS_SITE_STOOL}, {"Lachnospira", GS_SITE_STOOL},
    {"Lactobacillus", GS_SITE_STOOL}, {"Lancefieldella", GS_SITE_MOUTH},
    {"Lautropia", GS_SITE_MOUTH}, {"Leptotrichia", GS_SITE_MOUTH},
    {"Malassezia", GS_SITE_SKIN}, {"Mediterraneibacter", GS_SITE_STOOL},
    {"Megamonas", GS_SITE_STOOL}, {"Methanobrevibacter", GS_SITE_STOOL},
    {"Micrococcus", GS_SITE_SKIN}, {"Moraxella", GS_SITE_MOUTH},
    {"Neisseria", GS_SITE_MOUTH}, {"Odoribacter", GS_SITE_STOOL},
    {"Oribacterium", GS_SITE_MOUTH}, {"Oscillibacter", GS_SITE_STOOL},
    {"Oscillospira", GS_SITE_STOOL}, {"Parabacteroides", GS_SITE_STOOL},
    {"Paracoccus", GS_SITE_SKIN}, {"Paraprevotella", GS_SITE_STOOL},
    {"Peptoniphilus", GS_SITE_SKIN}, {"Phascolarctobacterium", GS_SITE_STOOL},
    {"Phocaeicola", GS_SITE_STOOL}, {"Porphyromonas", GS_SITE_MOUTH},
    {"Propionibacterium", GS_SITE_SKIN}, {"Romboutsia", GS_SITE_STOOL},
    {"Roseburia", GS_SITE_STOOL}, {"Rothia", GS_SITE_MOUTH},
    {"Ruminococcus", GS_SITE_STOOL}, {"Schaalia", GS_SITE_MOUTH},
    {"Segatella", GS_SITE_STOOL}, {"Selenomonas", GS_SITE_MOUTH},
    {"Solobacterium", GS_SITE_MOUTH}, {"Staphylococcus", GS_SITE_SKIN},
    {"Streptococcus", GS_SITE_MOUTH}, {"Subdoligranulum", GS_SITE_STOOL},
    {"Sutterella", GS_SITE_STOOL}, {"Tannerella", GS_SITE_MOUTH},
    {"Treponema", GS_SITE_MOUTH}, {"Turicibacter", GS_SITE_STOOL},
    {"Veillonella", GS_SITE_MOUTH},
};
static const char *const stool_families[] = {
    "Acutalibacteraceae", "Bacteroidaceae", "Barnesiellaceae", "Bifidobacteriaceae",
    "Butyricicoccaceae", "Christensenellaceae", "Coriobacteriaceae",
    "Enterobacteriaceae", "Erysipelotrichaceae", "Lachnospiraceae", "Muribaculaceae",
    "Odoribacteraceae", "Oscillospiraceae", "Rikenellaceae", "Ruminococcaceae", "S24-7",
    "Tannerellaceae",
};

static int by_name(const void *key, const void *row)
{
    return strcmp(key, ((const home *)row)->name);
}

static int by_text(const void *key, const void *row)
{
    return strcmp(key, *(const char *const *)row);
}

/* Where a taxon is at home, GS_SITE_UNSURE when that tells nothing. */
static gs_site home_of(const gs_taxon *t)
{
    const home *h = *t->genus ? bsearch(t->genus, genera, sizeof genera / sizeof *genera,
                                        sizeof *genera, by_name)
                              : NULL;
    if (h)
        return h->site;
    const char *family = t->name[GS_RANK_FAMILY];
    bool stool = *family && bsearch(family, stool_families,
                                    sizeof stool_families / sizeof *stool_families,
                                    sizeof *stool_families, by_text);
    return stool ? GS_SITE_STOOL : GS_SITE_UNSURE;
}

const char *gs_site_name(gs_site s)
{
    static const char *const names[GS_N_SITE] = {"stool", "skin", "mouth", "unsure"};
    return names[s < GS_N_SITE ? s : GS_SITE_UNSURE];
}

static bool has_word(const char *text, const char *words)
{
    char low[80];
    size_t n = strlen(text) < sizeof low - 1 ? strlen(text) : sizeof low - 1;
    for (size_t i = 0; i < n; i++)
        low[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
    low[n] = '\0';
    for (const char *w = words; *w;) {
        char word[20];
        size_t m = strcspn(w, "|");
        memcpy(word, w, m);
        word[m] = '\0';
        if (strstr(low, word))
            return true;
        w += m + (w[m] == '|');
    }
    return false;
}

void gs_gut_site_of(const gs_gut *g, size_t s, gs_gut_site *out)
{
    enum { FEWEST = 5 }; /* genera of a site: a community, not a mock of two species */
    size_t n_skin = 0, n_mouth = 0;
    *out = (gs_gut_site){.site = GS_SITE_UNSURE};
    for (size_t k = g->start[s]; k < g->start[s + 1]; k++) {
        const gs_taxon *t = &g->taxon[g->i_taxon[k]];
        double v = g->value[k] / g->total[s];
        gs_site at = home_of(t);
        out->skin += at == GS_SITE_SKIN ? v : 0;
        out->mouth += at == GS_SITE_MOUTH ? v : 0;
        out->stool += at == GS_SITE_STOOL ? v : 0;
        n_skin += at == GS_SITE_SKIN;
        n_mouth += at == GS_SITE_MOUTH;
    }
    const char *said = g->site[s];
    if (*said) {
        out->said = true;
        out->site = has_word(said, "palm|skin|hand|forehead|axilla|forearm|nares|nostril") ? GS_SITE_SKIN
                    : has_word(said, "mouth|oral|tongue|saliva|plaque|throat|gum")    ? GS_SITE_MOUTH
                    : has_word(said, "stool|feces|faeces|gut|fecal|faecal|colon")     ? GS_SITE_STOOL
                                                                                      : GS_SITE_UNSURE;
        if (out->site != GS_SITE_UNSURE)
            return;
        out->said = false;
    }
    if (out->stool >= 0.2 && out->stool >= out->skin && out->stool >= out->mouth)
        out->site = GS_SITE_STOOL;
    else if (out->stool < 0.2 && out->skin + out->mouth > 0.3
             && out->skin + out->mouth > 2 * out->stool && n_skin + n_mouth >= FEWEST)
        out->site = out->skin >= 0.25 * out->mouth ? GS_SITE_SKIN : GS_SITE_MOUTH;
}
