/* Names: every spelling to one genus. */
#include "check.h"

#include "gutskin/gut.h"
#include "gutskin/text.h"

#include <string.h>

static gs_arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = gs_arena_new(0);
    return arena == NULL;
}

static int close_arena(void **state)
{
    (void)state;
    gs_arena_free(arena);
    return 0;
}

static gs_taxon taxon(const char *text)
{
    gs_taxon t = {0};
    gs_err err = {0};
    assert_int_equal(gs_taxon_parse(arena, text, strlen(text), &t, &err), GS_OK);
    return t;
}

static void want(const char *text, const char *genus, gs_taxon_kind kind)
{
    gs_taxon t = taxon(text);
    if (strcmp(t.genus, genus) != 0 || t.kind != kind)
        fail_msg("\"%s\" became %s (%s), not %s (%s)", text, t.genus, gs_taxon_kind_name(t.kind),
                 genus, gs_taxon_kind_name(kind));
}

/* five databases and three programs say the same genus */
static void test_spellings_of_one_genus_agree(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "k__Bacteria; p__Firmicutes; c__Clostridia; o__Clostridiales; f__Ruminococcaceae; "
        "g__Faecalibacterium; s__prausnitzii",
        "k__Bacteria;p__Firmicutes;c__Clostridia;o__Clostridiales;f__Ruminococcaceae;"
        "g__Faecalibacterium",
        "D_0__Bacteria;D_1__Firmicutes;D_2__Clostridia;D_3__Clostridiales;D_4__Ruminococcaceae;"
        "D_5__Faecalibacterium;D_6__uncultured bacterium",
        "d__Bacteria;p__Firmicutes_A;c__Clostridia;o__Oscillospirales;f__Ruminococcaceae;"
        "g__Faecalibacterium;s__Faecalibacterium prausnitzii_G",
        "k__Bacteria|p__Firmicutes|c__Clostridia|o__Eubacteriales|f__Oscillospiraceae|"
        "g__Faecalibacterium|s__Faecalibacterium_prausnitzii|t__SGB15316",
        "d_Bacteria|p_Firmicutes|c_Clostridia|o_Clostridiales|f_Ruminococcaceae|"
        "g_Faecalibacterium|s_Faecalibacterium prausnitzii",
        "Bacteria;Firmicutes;Clostridia;Clostridiales;Ruminococcaceae;Faecalibacterium",
        "cellular organisms;Bacteria;Terrabacteria group;Bacillota;Clostridia;Eubacteriales;"
        "Oscillospiraceae;Faecalibacterium;Faecalibacterium prausnitzii",
        "Bacteria(100);Firmicutes(100);Clostridia(99);Clostridiales(99);Ruminococcaceae(98);"
        "Faecalibacterium(97)",
        "k__Bacteria.p__Firmicutes.c__Clostridia.o__Clostridiales.f__Ruminococcaceae."
        "g__Faecalibacterium",
        "Firmicutes;Ruminococcaceae;Faecalibacterium",
        "Faecalibacterium",
        "Faecalibacterium prausnitzii",
        "Faecalibacterium prausnitzii [ref_mOTU_v31_06110]",
        "Faecalibacterium_prausnitzii",
        "Faecalibacterium-prausnitzii",
        "\"Faecalibacterium\"",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        want(texts[i], "Faecalibacterium", GS_TAXON_BACTERIA);
    assert_int_equal(taxon(texts[4]).rank, GS_RANK_SPECIES);
    assert_int_equal(taxon(texts[1]).rank, GS_RANK_GENUS);
    assert_string_equal(taxon(texts[0]).name[GS_RANK_SPECIES], "Faecalibacterium prausnitzii");
}

static void test_old_names_become_todays(void **state)
{
    (void)state;
    want("D_5__[Ruminococcus] torques group", "Mediterraneibacter", GS_TAXON_BACTERIA);
    want("d__Bacteria;p__Firmicutes;c__Clostridia;o__Lachnospirales;f__Lachnospiraceae;"
         "g__[Ruminococcus]_gnavus_group;s__", "Mediterraneibacter", GS_TAXON_BACTERIA);
    want("[Ruminococcus] gnavus", "Mediterraneibacter", GS_TAXON_BACTERIA);
    want("Ruminococcus_B gnavus", "Mediterraneibacter", GS_TAXON_BACTERIA);
    want("k__Bacteria;p__Firmicutes;c__Clostridia;o__Clostridiales;f__Lachnospiraceae;"
         "g__[Ruminococcus];s__", "Mediterraneibacter", GS_TAXON_BACTERIA);
    want("k__Bacteria;p__Firmicutes;c__Clostridia;o__Clostridiales;f__Ruminococcaceae;"
         "g__Ruminococcus;s__", "Ruminococcus", GS_TAXON_BACTERIA);
    want("s__Ruminococcus_bromii", "Ruminococcus", GS_TAXON_BACTERIA);
    want("Eubacterium rectale", "Agathobacter", GS_TAXON_BACTERIA);
    want("[Eubacterium] rectale ATCC 33656", "Agathobacter", GS_TAXON_BACTERIA);
    want("k__Bacteria|g__Lachnospiraceae_unclassified|s__Eubacterium_rectale", "Agathobacter",
         GS_TAXON_BACTERIA);
    want("g__[Eubacterium]_hallii_group", "Anaerobutyricum", GS_TAXON_BACTERIA);
    want("[Eubacterium] eligens group", "Lachnospira", GS_TAXON_BACTERIA);
    want("Lactobacillus rhamnosus", "Lacticaseibacillus", GS_TAXON_BACTERIA);
    want("g__Lactobacillus;s__reuteri", "Limosilactobacillus", GS_TAXON_BACTERIA);
    want("Lactobacillus acidophilus", "Lactobacillus", GS_TAXON_BACTERIA);
    want("Bacteroides vulgatus", "Phocaeicola", GS_TAXON_BACTERIA);
    want("g__Bacteroides_A", "Phocaeicola", GS_TAXON_BACTERIA);
    want("Bacteroides uniformis", "Bacteroides", GS_TAXON_BACTERIA);
    want("Prevotella copri", "Segatella", GS_TAXON_BACTERIA);
    want("Prevotella_9", "Segatella", GS_TAXON_BACTERIA);
    want("Clostridium difficile", "Clostridioides", GS_TAXON_BACTERIA);
    want("Clostridium_XlVa", "Clostridium_XlVa", GS_TAXON_BACTERIA);
    want("Clostridium cluster XIVa", "Clostridium_XlVa", GS_TAXON_BACTERIA);
    want("Clostridium sensu stricto 1", "Clostridium", GS_TAXON_BACTERIA);
    want("Clostridium bolteae", "Enterocloster", GS_TAXON_BACTERIA);
    want("Escherichia-Shigella", "Escherichia", GS_TAXON_BACTERIA);
    want("Shigella flexneri", "Escherichia", GS_TAXON_BACTERIA);
    want("g__Blautia_A;s__Blautia_A wexlerae", "Blautia", GS_TAXON_BACTERIA);
    want("Propionibacterium acnes", "Cutibacterium", GS_TAXON_BACTERIA);
    assert_string_equal(taxon("Eubacterium rectale").was, "Eubacterium");
    assert_null(taxon("Faecalibacterium").was);
}

static void test_what_is_no_genus_stays_none(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "k__Bacteria;p__Firmicutes;c__Clostridia;o__Clostridiales;f__Lachnospiraceae;g__;s__",
        "k__Bacteria|p__Firmicutes|c__Clostridia|o__Eubacteriales|f__Lachnospiraceae|"
        "g__Lachnospiraceae_unclassified",
        "D_0__Bacteria;D_1__Firmicutes;D_2__Clostridia;D_3__Clostridiales;D_4__Lachnospiraceae;"
        "D_5__uncultured;D_6__gut metagenome",
        "d__Bacteria;p__Firmicutes;c__Clostridia;o__Lachnospirales;f__Lachnospiraceae;"
        "g__Incertae_Sedis",
        "k__Bacteria;__;__;__;__;__", "Lachnospiraceae bacterium 5_1_63FAA", "Clostridiales sp.",
        "Firmicutes bacterium CAG:124", "Lachnospiraceae", "Bacteroidales", "Bacteria",
        "uncultured bacterium"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (*taxon(texts[i]).genus)
            fail_msg("\"%s\" became the genus %s", texts[i], taxon(texts[i]).genus);
    assert_string_equal(taxon(texts[0]).name[GS_RANK_FAMILY], "Lachnospiraceae");
    assert_int_equal(taxon(texts[0]).rank, GS_RANK_FAMILY);
}

static void test_kingdoms_are_told_apart(void **state)
{
    (void)state;
    want("Homo sapiens", "Homo", GS_TAXON_HUMAN);
    want("d__Eukaryota|k__Metazoa|p__Chordata|c__Mammalia|o__Primates|f__Hominidae|g__Homo|"
         "s__Homo sapiens", "Homo", GS_TAXON_HUMAN);
    want("Saccharomyces cerevisiae", "Saccharomyces", GS_TAXON_FUNGI);
    want("k__Eukaryota|p__Ascomycota|c__Saccharomycetes|g__Candida|s__Candida_albicans", "Candida",
         GS_TAXON_FUNGI);
    want("Methanobrevibacter smithii", "Methanobrevibacter", GS_TAXON_ARCHAEA);
    want("Escherichia phage T4", "", GS_TAXON_VIRUS);
    want("Bacteroides phage crAss001", "crAss-like_phage", GS_TAXON_VIRUS);
    want("k__Viruses|p__Uroviricota|c__Caudoviricetes|g__Tequatrovirus", "Tequatrovirus",
         GS_TAXON_VIRUS);
    want("Plasmodium vivax", "Plasmodium", GS_TAXON_OTHER);
    want("D_0__Bacteria;D_1__Proteobacteria;D_2__Alphaproteobacteria;D_3__Rickettsiales;"
         "D_4__Mitochondria", "", GS_TAXON_ORGANELLE);
    want("k__Bacteria;p__Cyanobacteria;c__Chloroplast;o__Streptophyta", "", GS_TAXON_ORGANELLE);
    want("4b5eeb300368260019c1fbc7a3c718fc", "", GS_TAXON_UNNAMED);
    want("Otu00012", "", GS_TAXON_UNNAMED);
    want("Unassigned", "", GS_TAXON_UNNAMED);
}

/* every genus of the guild table is found by its own name, and old names lead into it */
static void test_the_guild_table_is_found_by_its_own_names(void **state)
{
    (void)state;
    size_t n[GS_N_GUILD] = {0};
    assert_true(gs_genus_count() >= 106);
    for (size_t i = 0; i < gs_genus_count(); i++) {
        const gs_genus *g = gs_genus_at(i);
        assert_ptr_equal(gs_genus_find(g->name), g);
        assert_true(*g->source != '\0');
        n[g->guild]++;
    }
    for (int k = 0; k < GS_N_GUILD; k++)
        assert_true(n[k] > 0);
    assert_int_equal(taxon("Eubacterium rectale").known->guild, GS_GUILD_BUTYRATE);
    assert_int_equal(taxon("Akkermansia muciniphila").known->mucin, true);
    assert_int_equal(taxon("Escherichia coli").known->lps, GS_LPS_PRO);
    assert_null(taxon("Lachnospiraceae").known);
    assert_null(gs_genus_find("Nosuchgenus"));
}

static void test_any_text_is_taken(void **state)
{
    (void)state;
    char text[3000];
    memset(text, ';', sizeof text);
    gs_taxon t = {0};
    assert_int_equal(gs_taxon_parse(arena, text, sizeof text, &t, NULL), GS_OK);
    memset(text, 'A', sizeof text);
    assert_int_equal(gs_taxon_parse(arena, text, sizeof text, &t, NULL), GS_OK);
    assert_int_equal(gs_taxon_parse(arena, "", 0, &t, NULL), GS_OK);
    assert_int_equal(t.kind, GS_TAXON_UNNAMED);
    assert_int_equal(gs_taxon_parse(arena, "g__", 3, &t, NULL), GS_OK);
    assert_int_equal(gs_taxon_parse(arena, "[", 1, &t, NULL), GS_OK);
}

/* every move of a name has a source, and data/gut/README.md says what the key stands for */
static void test_every_name_has_a_source_that_is_listed(void **state)
{
    (void)state;
    char *csv, *readme;
    size_t n, m, rows = 0;
    gs_err err = {0};
    assert_int_equal(gs_text_read_file(GS_SOURCE_DIR "/data/gut/genus-names.csv", 1 << 24, &csv, &n, &err), GS_OK);
    assert_int_equal(gs_text_read_file(GS_SOURCE_DIR "/data/gut/README.md", 1 << 24, &readme, &m, &err), GS_OK);
    char *save, *line = strtok_r(csv, "\r\n", &save);
    while ((line = strtok_r(NULL, "\r\n", &save))) {
        char *keys = strrchr(line, ','), *rest;
        assert_non_null(keys);
        rows++;
        size_t n_key = 0;
        for (char *k = strtok_r(keys + 1, "; ", &rest); k; k = strtok_r(NULL, "; ", &rest), n_key++)
            if (!strstr(readme, k))
                fail_msg("the source \"%s\" is not in data/gut/README.md", k);
        if (n_key == 0)
            fail_msg("no source: %s", line);
    }
    assert_true(rows > 400);
    free(csv);
    free(readme);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spellings_of_one_genus_agree),
        cmocka_unit_test(test_old_names_become_todays),
        cmocka_unit_test(test_what_is_no_genus_stays_none),
        cmocka_unit_test(test_kingdoms_are_told_apart),
        cmocka_unit_test(test_every_name_has_a_source_that_is_listed),
        cmocka_unit_test(test_the_guild_table_is_found_by_its_own_names),
        cmocka_unit_test(test_any_text_is_taken),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
