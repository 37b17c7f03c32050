/* Stool, skin or mouth, told by the genera that live there.
 *
 * The lists are genera whose home is one site; a genus of two (Streptococcus: mouth, also
 * palms and infants' stool) stands with the one where it is commonest and cannot decide
 * alone. Thresholds and their error rates, on samples whose site is known:
 * docs/notes/gut-reading.md. */
#include "gutskin/gut.h"

#include <string.h>

static const char *const stool_genera[] = {
    "Bacteroides", "Phocaeicola", "Parabacteroides", "Alistipes", "Faecalibacterium",
    "Roseburia", "Blautia", "Ruminococcus", "Coprococcus", "Dorea", "Lachnospira",
    "Agathobacter", "Anaerostipes", "Anaerobutyricum", "Akkermansia", "Odoribacter",
    "Barnesiella", "Bifidobacterium", "Subdoligranulum", "Gemmiger", "Oscillospira",
    "Oscillibacter", "Clostridium", "Collinsella", "Eubacterium", "Escherichia", "Klebsiella",
    "Enterococcus", "Lactobacillus", "Phascolarctobacterium", "Sutterella", "Bilophila",
    "Segatella", "Mediterraneibacter", "Enterocloster", "Erysipelatoclostridium", "Butyricimonas",
    "Fusicatenibacter", "Christensenella", "Clostridium_XlVa", "Clostridium_IV", "Flavonifractor",
    "Desulfovibrio", "Methanobrevibacter", "Paraprevotella", "Megamonas", "Lachnoclostridium",
    "Holdemanella", "Turicibacter", "Intestinibacter", "Romboutsia", "Eggerthella", NULL};
static const char *const stool_families[] = {
    "Lachnospiraceae", "Ruminococcaceae", "Oscillospiraceae", "Bacteroidaceae", "Rikenellaceae",
    "Christensenellaceae", "Muribaculaceae", "S24-7", "Bifidobacteriaceae", "Enterobacteriaceae",
    "Coriobacteriaceae", "Erysipelotrichaceae", "Butyricicoccaceae", "Acutalibacteraceae",
    "Barnesiellaceae", "Odoribacteraceae", "Tannerellaceae", NULL};
static const char *const skin_genera[] = {
    "Cutibacterium", "Propionibacterium", "Staphylococcus", "Corynebacterium", "Micrococcus",
    "Anaerococcus", "Finegoldia", "Peptoniphilus", "Malassezia", "Kocuria", "Enhydrobacter",
    "Paracoccus", "Brevibacterium", "Dermacoccus", "Acinetobacter", NULL};
static const char *const mouth_genera[] = {
    "Streptococcus", "Veillonella", "Neisseria", "Haemophilus", "Rothia", "Actinomyces",
    "Fusobacterium", "Leptotrichia", "Porphyromonas", "Capnocytophaga", "Granulicatella",
    "Gemella", "Aggregatibacter", "Campylobacter", "Atopobium", "Lancefieldella", "Schaalia",
    "Oribacterium", "Kingella", "Lautropia", "Cardiobacterium", "Tannerella", "Treponema",
    "Selenomonas", "Alloprevotella", "Solobacterium", "Moraxella", NULL};

static bool among(const char *s, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(s, *list) == 0)
            return true;
    return false;
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
        if (*t->genus && among(t->genus, skin_genera)) {
            out->skin += v;
            n_skin++;
        } else if (*t->genus && among(t->genus, mouth_genera)) {
            out->mouth += v;
            n_mouth++;
        } else if (among(t->genus, stool_genera) || among(t->name[GS_RANK_FAMILY], stool_families)) {
            out->stool += v;
        }
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
