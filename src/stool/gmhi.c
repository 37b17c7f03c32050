/* The gut microbiome health index of [gupta2020]: 7 species that were commoner in healthy
 * people and 43 that were commoner in people with one of a dozen diseases (none of the
 * skin), found in 4,347 metagenomes read with MetaPhlAn 2. Two sums of the form
 * (species seen / 7 or 31) * (-sum p ln p), and log10 of their ratio.
 *
 * Newer profilers write many of these names anew, and split some; the names after the
 * first are those. A species newer tables do not have under any name counts as not seen,
 * which moves the index: it is placed only among samples read alike. */
#include "gutskin/text.h"
#include "stool/index.h"

#include <math.h>
#include <string.h>

enum { MAX_NAMES = 4 };

/* clang-format off */
static const char *const prevalent[][MAX_NAMES] = {
    {"Alistipes senegalensis"}, {"Bacteroidales bacterium ph8"},
    {"Bifidobacterium adolescentis"}, {"Bifidobacterium angulatum"}, {"Bifidobacterium catenulatum"},
    {"Lachnospiraceae bacterium 8_1_57FAA"},
    {"Sutterella wadsworthensis"},
};
static const char *const scarce[][MAX_NAMES] = {
    {"Anaerotruncus colihominis"}, {"Atopobium parvulum", "Lancefieldella parvula"},
    {"Bifidobacterium dentium"}, {"Blautia producta"},
    {"candidate division TM7 single cell isolate TM7c"}, {"Clostridiales bacterium 1_7_47FAA"},
    {"Clostridium asparagiforme", "Enterocloster asparagiformis", "Enterocloster asparagiforme"},
    {"Clostridium bolteae", "Enterocloster bolteae"},
    {"Clostridium citroniae", "Enterocloster citroniae"},
    {"Clostridium clostridioforme", "Enterocloster clostridioformis", "Enterocloster clostridioforme"},
    {"Clostridium hathewayi", "Hungatella hathewayi"},
    {"Clostridium nexile", "Tyzzerella nexilis", "Tyzzerella nexile"},
    {"Clostridium ramosum", "Erysipelatoclostridium ramosum", "Thomasclavelia ramosa"},
    {"Clostridium symbiosum", "Otoolea symbiosa"}, {"Eggerthella lenta"},
    {"Erysipelotrichaceae bacterium 2_2_44A"}, {"Flavonifractor plautii"}, {"Fusobacterium nucleatum"},
    {"Gemella morbillorum"}, {"Gemella sanguinis"}, {"Granulicatella adiacens"},
    {"Holdemania filiformis"}, {"Klebsiella pneumoniae"}, {"Lachnospiraceae bacterium 1_4_56FAA"},
    {"Lachnospiraceae bacterium 2_1_58FAA"}, {"Lachnospiraceae bacterium 3_1_57FAA_CT1"},
    {"Lachnospiraceae bacterium 5_1_57FAA"}, {"Lachnospiraceae bacterium 9_1_43BFAA"},
    {"Lactobacillus salivarius", "Ligilactobacillus salivarius"}, {"Peptostreptococcus stomatis"},
    {"Ruminococcaceae bacterium D16"}, {"Ruminococcus gnavus", "Mediterraneibacter gnavus"},
    {"Solobacterium moorei"}, {"Streptococcus anginosus"}, {"Streptococcus australis"},
    {"Streptococcus gordonii"}, {"Streptococcus infantis"},
    {"Streptococcus mitis oralis pneumoniae", "Streptococcus mitis", "Streptococcus oralis",
     "Streptococcus pneumoniae"},
    {"Streptococcus sanguinis"}, {"Streptococcus vestibularis"}, {"Subdoligranulum sp 4_3_54A2FAA"},
    {"Subdoligranulum variabile"}, {"Veillonella atypica"},
};
/* clang-format on */
enum { N_PREVALENT = sizeof prevalent / sizeof *prevalent, N_SCARCE = sizeof scarce / sizeof *scarce };

static long which(const char *const (*list)[MAX_NAMES], size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < MAX_NAMES && list[i][k]; k++)
            if (gs_text_same(list[i][k], name))
                return (long)i;
    return -1;
}

static double half(size_t n, const double *sum, double total, double most, double *any)
{
    double h = 0, seen = 0;
    for (size_t i = 0; i < n; i++) {
        double p = sum[i] / total;
        if (p < 1e-5) /* as the paper does */
            continue;
        seen++;
        h -= p * log(p);
    }
    *any += seen;
    return seen / most * h + 1e-5;
}

double stool_gmhi(const gs_gut *g, size_t s)
{
    double good[N_PREVALENT] = {0}, bad[N_SCARCE] = {0}, total = 0;

    for (size_t k = g->start[s]; k < g->start[s + 1]; k++) {
        const gs_taxon *t = &g->taxon[g->i_taxon[k]];
        const char *name = t->name[GS_RANK_SPECIES];
        if (!*name || t->kind == GS_TAXON_VIRUS)
            continue;
        total += g->value[k];
        long i = which(prevalent, N_PREVALENT, name);
        if (i >= 0)
            good[i] += g->value[k];
        else if ((i = which(scarce, N_SCARCE, name)) >= 0)
            bad[i] += g->value[k];
    }
    if (!(total > 0))
        return NAN;
    double any = 0, up = half(N_PREVALENT, good, total, 7, &any), down = half(N_SCARCE, bad, total, 31, &any);
    return any > 0 ? log10(up / down) : NAN; /* of neither list anything: no answer, not 0 */
}
