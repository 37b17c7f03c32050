/* Formats: what each reader takes, and that it refuses what does not add up. The texts are
 * small and made up; shapes are those of the programs' documentation. */
#include "check.h"

#include "gutskin/gut.h"

#include <string.h>

static gs_arena *arena;
static gs_err err;

static int open_arena(void **state)
{
    (void)state;
    arena = gs_arena_new(0);
    err = (gs_err){0};
    return arena == NULL;
}

static int close_arena(void **state)
{
    (void)state;
    gs_arena_free(arena);
    return 0;
}

static const gs_gut *good(const char *text, const char *format)
{
    gs_gut *g = NULL;
    err = (gs_err){0};
    if (gs_gut_parse(arena, "x", text, strlen(text), &GS_GUT_OPTS, &g, &err) != GS_OK)
        fail_msg("%s: line %ld: %s", format, err.line, err.msg);
    assert_string_equal(g->format, format);
    for (size_t s = 0; s < g->n_sample; s++) { /* the header's promises */
        double sum = 0;
        for (size_t k = g->start[s]; k < g->start[s + 1]; k++) {
            assert_true(g->value[k] > 0 && g->i_taxon[k] < g->n_taxon);
            assert_true(k == g->start[s] || g->i_taxon[k] > g->i_taxon[k - 1]);
            assert_true(g->taxon[g->i_taxon[k]].kind != GS_TAXON_HUMAN);
            sum += g->value[k];
        }
        CHECK_NEAR(g->total[s], sum, 1e-12);
    }
    return g;
}

/* Refused, with these words in the sentence, and nothing handed over. */
static void bad(const char *text, const char *words)
{
    gs_gut *g = NULL;
    err = (gs_err){0};
    if (gs_gut_parse(arena, "x", text, strlen(text), &GS_GUT_OPTS, &g, &err) == GS_OK)
        fail_msg("taken, though it should be refused (%s): %s", words, text);
    if (!strstr(err.msg, words))
        fail_msg("\"%s\" does not say \"%s\"", err.msg, words);
    assert_null(g);
}

static double of(const gs_gut *g, size_t s, const char *genus)
{
    double v = 0;
    for (size_t k = g->start[s]; k < g->start[s + 1]; k++)
        if (strcmp(g->taxon[g->i_taxon[k]].genus, genus) == 0)
            v += g->value[k];
    return v;
}

#define KRAKEN                                                                             \
    " 10.00\t10\t10\tU\t0\tunclassified\n"                                                 \
    " 90.00\t90\t5\tR\t1\troot\n"                                                          \
    " 80.00\t80\t0\tD\t2\t  Bacteria\n"                                                    \
    " 80.00\t80\t2\tF\t186803\t    Lachnospiraceae\n"                                      \
    " 78.00\t78\t8\tG\t841\t      Roseburia\n"                                             \
    " 70.00\t70\t70\tS\t301302\t        Roseburia faecis\n"                                \
    "  5.00\t5\t0\tD\t2759\t  Eukaryota\n"                                                 \
    "  5.00\t5\t5\tS\t9606\t    Homo sapiens\n"

static void test_kraken_counts_each_read_once(void **state)
{
    (void)state;
    const gs_gut *g = good(KRAKEN, "kraken2");
    assert_int_equal(g->method, GS_GUT_SHOTGUN);
    assert_int_equal(g->unit, GS_GUT_READS);
    CHECK_NEAR(g->unplaced[0], 15, 0); /* unclassified and root */
    CHECK_NEAR(g->human[0], 5, 0);
    CHECK_NEAR(g->total[0], 80, 0);
    CHECK_NEAR(of(g, 0, "Roseburia"), 78, 0);
    CHECK_NEAR(g->total[0] + g->human[0] + g->unplaced[0], 100, 0);
    /* with minimizers there are two more columns */
    good("100.00\t200\t0\t9\t9\tR\t1\troot\n100.00\t200\t200\t9\t9\tG\t816\t  Bacteroides\n", "kraken2");
}

static void test_kraken_must_add_up(void **state)
{
    (void)state;
    bad(" 99.98\t787758\t787758\tU\t0\tunclassified\n  1.28\t119\t0\tR\t1\troot\n", "1.28%");
    bad("100.00\t100\t0\tR\t1\troot\n 60.00\t60\t60\tG\t816\t  Bacteroides\n"
        " 60.00\t60\t60\tG\t841\t  Roseburia\n", "they are 120");
    bad("100.00\t100\t0\tR\t1\troot\n 50.00\t50\t50\tG\t816\t  Bacteroides\n", "cut off");
    bad("100.00\t100\t0\tR\t1\troot\n100.00\t-5\t0\tG\t816\t  Bacteroides\n", "columns");
    bad("100.00\t99\t0\tR\t1\n", "columns");
    bad("100.00\t100\t100\tU\t0\tunclassified\n", "nothing is known");
    bad("100.00\t100\t0\tR\t1\troot\n 50.00\t50\t50\tG\t816\t  Bacteroides\n"
        " 50.00\t50\t50\tG\t816\t  Bacteroides\n", "twice");
}

static void test_krakenuniq_centrifuge_bracken(void **state)
{
    (void)state;
    const gs_gut *g = good("# KrakenUniq v1.0.0\n\n%\treads\ttaxReads\tkmers\tdup\tcov\ttaxID\trank\ttaxName\n"
                           "100\t200\t0\t7\t1.3\t0.1\t1\tno rank\troot\n"
                           "100\t200\t0\t7\t1.3\t0.1\t2\tsuperkingdom\t  Bacteria\n"
                           "100\t200\t200\t7\t1.3\t0.1\t816\tgenus\t    Bacteroides\n", "krakenuniq");
    CHECK_NEAR(of(g, 0, "Bacteroides"), 200, 0);
    bad("# KrakenUniq v1.0.0\n\n%\treads\ttaxReads\tkmers\tdup\tcov\ttaxID\trank\ttaxName\n"
        "100\t100\t0\t7556\t1.3\t0.1268\n", "9 columns");
    g = good("name\ttaxID\ttaxRank\tgenomeSize\tnumReads\tnumUniqueReads\tabundance\n"
             "Bacteroides\t816\tgenus\t5\t40\t30\t0.0\nEscherichia coli\t562\tspecies\t5\t60\t30\t0.0\n",
             "centrifuge");
    CHECK_NEAR(of(g, 0, "Escherichia"), 60, 0);
#define BRACKEN "name\ttaxonomy_id\ttaxonomy_lvl\tkraken_assigned_reads\tadded_reads\tnew_est_reads\tfraction_total_reads\n"
    g = good(BRACKEN "Roseburia faecis\t301302\tS\t60\t20\t80\t0.80000\n"
             "Homo sapiens\t9606\tS\t20\t0\t20\t0.20000\n", "bracken");
    CHECK_NEAR(g->human[0], 20, 0);
    bad(BRACKEN "Roseburia faecis\t301302\tS\t60\t20\t80\t0.80000\n"
        "Homo sapiens\t9606\tS\t20\t0\t20\t0.24000\n", "sums to 1.04");
    bad(BRACKEN "Roseburia faecis\t301302\tS\t60\t20\t80.5\t1.00000\n", "whole number");
    g = good("name\ttaxonomy_id\ttaxonomy_lvl\tA_num\tA_frac\tB_num\tB_frac\n"
             "Blautia obeum\t40520\tS\t5\t1.0\t7\t1.0\n", "bracken-combined");
    assert_int_equal(g->n_sample, 2);
    assert_string_equal(g->sample[1], "B");
}

#define MPA "#mpa_v30_CHOCOPhlAn_201901\n#clade_name\tNCBI_tax_id\trelative_abundance\tadditional_species\n"

static void test_metaphlan_leaves_make_the_whole(void **state)
{
    (void)state;
    const gs_gut *g = good(MPA "UNKNOWN\t-1\t20.0\t\nk__Bacteria\t2\t80.0\t\n"
                           "k__Bacteria|p__Firmicutes\t2|1239\t80.0\t\n"
                           "k__Bacteria|p__Firmicutes|c__Clostridia|o__Clostridiales|f__Lachnospiraceae\t\t80.0\t\n"
                           "k__Bacteria|p__Firmicutes|c__Clostridia|o__Clostridiales|f__Lachnospiraceae|g__Roseburia\t\t50.0\t\n"
                           "k__Bacteria|p__Firmicutes|c__Clostridia|o__Clostridiales|f__Lachnospiraceae|g__Roseburia|s__Roseburia_faecis\t\t50.0\t\n",
                           "metaphlan");
    assert_int_equal(g->unit, GS_GUT_SHARES);
    CHECK_NEAR(g->total[0], 0.8, 1e-12);
    CHECK_NEAR(g->unplaced[0], 0.2, 1e-12);
    CHECK_NEAR(of(g, 0, "Roseburia"), 0.5, 1e-12);
    CHECK_NEAR(of(g, 0, ""), 0.3, 1e-12); /* the rest of the family */
    bad(MPA "k__Bacteria\t2\t100.0\t\nk__Bacteria|p__Firmicutes\t2\t12.0\t\n"
        "k__Bacteria|p__Firmicutes|c__Clostridia\t2\t34.7\t\n", "sums to 34.7");
    bad(MPA "k__Bacteria\t2\t60.0\t\n", "sum to 60");
    bad(MPA "k__Bacteria\t2\t100.0\t\nk__Bacteria\t2\t100.0\t\n", "twice");
    bad(MPA "k__Bacteria\t2\t-3\t\n", "from 0 up");
    g = good("clade_name\tS1_profile\tS2\nk__Bacteria\t100.0\t100.0\n"
             "k__Bacteria|g__Blautia\t40\t100.0\nk__Bacteria|g__Dorea\t60\t0.0\n", "metaphlan");
    assert_int_equal(g->n_sample, 2);
    assert_string_equal(g->sample[0], "S1");
    g = good("d__Bacteria\t120\nd__Bacteria|g__Blautia\t100\n", "kraken-mpa");
    CHECK_NEAR(g->total[0], 120, 0);
}

static void test_flat_profilers(void **state)
{
    (void)state;
    const gs_gut *g = good("# git tag version 3.1.0 |  motus version 3.1.0 | calc_motu 3.1.0 -c -p\n"
                           "#consensus_taxonomy\tNCBI_tax_id\tS1\n"
                           "Roseburia faecis [ref_mOTU_v31_1]\t301302\t30\nBlautia obeum [ref_mOTU_v31_2]\tNA\t0\n"
                           "unassigned\tNA\t70\n", "motus");
    CHECK_NEAR(g->unplaced[0], 70, 0);
    CHECK_NEAR(g->total[0], 30, 0);
    bad("# motus version 3.1.0\n#consensus_taxonomy\tNCBI_tax_id\tS1\nRoseburia faecis [ref_mOTU_v31_1]\n",
        "cut off");
    g = good("file\tpercent\treads\ttaxon_id\ttaxon_name\na.out\t60\t60\t841\tBacteria;Firmicutes;Clostridia;"
             "Clostridiales;Lachnospiraceae;Roseburia;\na.out\t30\t30\tNA\tcannot be assigned to a "
             "(non-viral) genus\na.out\t10\t10\tNA\tunclassified\n", "kaiju");
    CHECK_NEAR(of(g, 0, "Roseburia"), 60, 0);
    CHECK_NEAR(g->unplaced[0], 40, 0);
    bad("a.out\t60\t60\tNA\tunclassified\n", "header");
#define KMCP "ref\tpercentage\tcoverage\tscore\tchunksFrac\tchunksRelDepth\tchunksRelDepthStd\treads\tureads\thicureads\trefsize\trefname\ttaxid\trank\ttaxname\ttaxpath\ttaxpathsn\n"
    g = good(KMCP "GCF_1\t100.0\t1\t1\t1\t1\t0\t500\t5\t5\t9\t\t816\tgenus\tBacteroides\t"
             "Bacteria;Bacteroidetes;Bacteroidia;Bacteroidales;Bacteroidaceae;Bacteroides\t2;3\n", "kmcp");
    CHECK_NEAR(of(g, 0, "Bacteroides"), 500, 0);
    bad(KMCP, "nothing to read");
    g = good("@SampleID:x\n@Version:0.9.3\n@@TAXID\tRANK\tTAXPATH\tTAXPATHSN\tPERCENTAGE\n"
             "2\tsuperkingdom\t2\tBacteria\t100.0\n1239\tphylum\t2|1239\tBacteria|Firmicutes\t100.0\n", "cami");
    CHECK_NEAR(g->total[0], 1, 1e-12);
}

static void test_biom_json(void **state)
{
    (void)state;
#define BIOM(type, shape, data)                                                            \
    "{\"format\": \"Biological Observation Matrix 1.0.0\", \"matrix_type\": \"" type "\", "  \
    "\"shape\": " shape ", \"data\": " data ", \"rows\": [{\"id\": \"r1\", \"metadata\": {\"taxonomy\": " \
    "[\"k__Bacteria\", \"g__Blautia\"]}}, {\"id\": \"r2\", \"metadata\": null}], \"columns\": [{\"id\": " \
    "\"a\", \"metadata\": null}, {\"id\": \"b\", \"metadata\": {\"body_site\": \"palm\"}}]}"
    const gs_gut *g = good(BIOM("sparse", "[2, 2]", "[[0,0,3.0],[1,0,4],[1,1,5e0]]"), "biom-json");
    CHECK_NEAR(of(g, 0, "Blautia"), 3, 0);
    CHECK_NEAR(g->total[1], 5, 0);
    assert_string_equal(g->site[1], "palm");
    const gs_gut *d = good(BIOM("dense", "[2, 2]", "[[3,0],[4,5]]"), "biom-json");
    assert_memory_equal(d->value, g->value, 3 * sizeof *g->value);
    bad(BIOM("sparse", "[2, 2]", "[[0,0,3],[0,0,4]]"), "two values");
    bad(BIOM("sparse", "[2, 2]", "[[0,2,3]]"), "row 0, column 2");
    bad(BIOM("sparse", "[2, 2]", "[[0,1,-3]]"), "from 0 up");
    bad(BIOM("sparse", "[2, 2]", "[[0,1,3.5]]"), "whole number");
    bad(BIOM("sparse", "[3, 2]", "[[0,1,3]]"), "shape");
    bad(BIOM("sparse", "[2, 2]", "[[0,1,3"), "was expected");
    bad("{\"matrix_type\": \"sparse\", \"data\": [[0,0,3", "cut off");
    bad("{\"matrix_type\": \"sparse\", \"data\": [[0,0,3]]}", "without \"rows\"");
    bad("{\"matrix_type\": \"sparse\", \"shape\": [-1, 2]}", "size");
}

static void test_tables_either_way_round(void **state)
{
    (void)state;
    const gs_gut *g = good("# Constructed from biom file\n#OTU ID\ts1\ts2\ttaxonomy\n"
                           "otu1\t12\t0\tk__Bacteria; g__Blautia\notu2\t3\t7\tk__Bacteria; g__Dorea\n", "table");
    CHECK_NEAR(of(g, 0, "Blautia"), 12, 0);
    CHECK_NEAR(of(g, 1, "Dorea"), 7, 0);
    const gs_gut *t = good("index,k__Bacteria;g__Blautia,k__Bacteria;g__Dorea,age\ns1,12,3,41\ns2,0,7,50\n",
                           "table");
    assert_int_equal(t->n_sample, 2);
    CHECK_NEAR(of(t, 0, "Blautia"), of(g, 0, "Blautia"), 0);
    CHECK_NEAR(of(t, 1, "Dorea"), of(g, 1, "Dorea"), 0);
    const gs_gut *l = good("sample\ttaxon\tcount\ns1\tBlautia\t12\ns1\tDorea\t3\ns2\tDorea\t7\n", "long");
    CHECK_NEAR(of(l, 1, "Dorea"), 7, 0);
    g = good("Kingdom;Phylum;Family;Genus;s1\nBacteria;Firmicutes;Lachnospiraceae;Blautia;5\n", "table");
    CHECK_NEAR(of(g, 0, "Blautia"), 5, 0);
    g = good("#taxon\trelative_abundance\nk__Bacteria;g__Blautia\t0.6\nk__Bacteria;g__Dorea\t0.4\n", "table");
    assert_int_equal(g->unit, GS_GUT_SHARES);
    g = good("taxon\ts1\nBlautia\t60.5\nDorea\t39.5\n", "table");
    CHECK_NEAR(of(g, 0, "Blautia"), 0.605, 1e-12);
    bad("taxon\ts1\nBlautia\t-5\nDorea\t39\n", "from 0 up");
    bad("taxon\ts1\nBlautia\t5.5\nDorea\t39\n", "sum to 44.5");
    bad("taxon\ts1\nBlautia\t0.2\nDorea\t0.1\n", "sum to 0.3");
    bad("taxon\ts1\nBlautia\t500.5\nDorea\t39\n", "whole number");
    bad("taxon\ts1\nBlautia\t5\nBlautia\t39\n", "twice");
    bad("taxon\ts1\ts1\nBlautia\t5\t6\n", "twice");
    bad("taxon\ts1\nBlautia\tmany\nDorea\t1\nRoseburia\t1\n", "no stool table");
    bad("taxon\ts1\nBlautia\t5\nDorea\tmany\n", "no number");
    bad("taxon\ts1\ts2\nBlautia\t5\t1\nDorea\t1\n", "columns");
    bad("taxon\ts1\ts2\nBlautia\t5\t\nDorea\t1\t1\n", "empty");
    bad("sample\ttaxon\tcount\ns1\tBlautia\t12\ns1\tBlautia\t3\n", "two values");
    /* no id, and two features with the same ranks: both stay */
    g = good("Phylum,Genus,Species,s1,s2\nFirmicutes,Blautia,wexlerae,50,1\nFirmicutes,Blautia,wexlerae,7,0\n"
             "Firmicutes,,,1,9\n", "table");
    assert_int_equal(g->n_taxon, 3);
    assert_int_equal(g->n_sample, 2);
    assert_string_equal(g->taxon[1].genus, "Blautia");
    assert_string_equal(g->taxon[1].id, "Firmicutes;Blautia;wexlerae (line 3)");
    assert_string_equal(g->taxon[2].id, "Firmicutes (line 4)");
}

static void test_kits(void **state)
{
    (void)state;
    const gs_gut *g = good("tax_name,tax_rank,count,count_norm,taxon,parent\n"
                           "root,root,100,1000000,1,0\nBacteria,superkingdom,90,900000,2,1\n"
                           "Firmicutes,phylum,90,900000,1239,2\nRoseburia,genus,60,600000,841,1239\n", "kit-csv");
    CHECK_NEAR(of(g, 0, "Roseburia"), 60, 0);
    CHECK_NEAR(g->unplaced[0], 10, 0);
    CHECK_NEAR(g->total[0], 90, 0);
    const gs_gut *j = good("{\"site\": \"gut\", \"ubiome_bacteriacounts\": ["
                           "{\"taxon\": 1, \"parent\": 0, \"count\": 100, \"tax_name\": \"root\", \"tax_rank\": \"root\"},"
                           "{\"taxon\": 2, \"parent\": 1, \"count\": \"90\", \"tax_name\": \"Bacteria\", \"tax_rank\": \"superkingdom\"},"
                           "{\"taxon\": 841, \"parent\": 2, \"count\": 60, \"tax_name\": \"Roseburia\", \"tax_rank\": \"genus\"}]}",
                           "kit-json");
    CHECK_NEAR(of(j, 0, "Roseburia"), 60, 0);
    CHECK_NEAR(j->total[0], 90, 0);
    assert_string_equal(j->site[0], "gut");
    g = good("taxon_id,rank,name,parent,count\n841,genus,Roseburia,Lachnospiraceae,60\n"
             "186803,family,Lachnospiraceae,Clostridiales,80\n186802,order,Clostridiales,Clostridia,80\n",
             "kit-csv");
    CHECK_NEAR(g->total[0], 80, 0);
    g = good("Rank,Name,Percentage\ngenus,Roseburia,60\ngenus,Blautia,40\nphylum,Firmicutes,100\n", "kit-csv");
    CHECK_NEAR(of(g, 0, "Roseburia"), 0.6, 1e-12);
    /* the same five taxa under the field names of several kits and programs, as list, inside
     * other objects, and one inside the other */
    static const char *const words[][5] = {{"taxon", "parent", "tax_name", "tax_rank", "count"},
                                           {"taxonId", "parentId", "scientificName", "rank", "count"},
                                           {"ncbi_id", "parent_ncbi_id", "name", "level", "reads"},
                                           {"tax_id", "parent_tax_id", "taxName", "taxRank", "readCount"},
                                           {"id", "parentId", "name", "rank", "abundance"}};
    static const struct {
        int id, up;
        const char *name, *rank;
        int n;
    } row[] = {{2, 1, "Bacteria", "superkingdom", 1000}, {1239, 2, "Firmicutes", "phylum", 600},
               {841, 1239, "Roseburia", "genus", 400}, {166486, 841, "Roseburia intestinalis", "species", 100},
               {816, 2, "Bacteroides", "genus", 390}};
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        for (int form = 0; form < 3; form++) {
            const char *const *w = words[k];
            gs_buf t = {0};
            if (form == 0)
                gs_buf_printf(&t, "%s,%s,%s,%s,%s\n", w[0], w[1], w[2], w[3], w[4]);
            else
                gs_buf_put(&t, form == 1 ? "[" : "{\"sample\": {\"bacteria\": [");
            for (size_t i = 0; i < 5; i++) {
                if (form == 0)
                    gs_buf_printf(&t, "%d,%d,%s,%s,%d\n", row[i].id, row[i].up, row[i].name, row[i].rank, row[i].n);
                else
                    gs_buf_printf(&t, "%s{\"%s\": %d, \"%s\": %d, \"%s\": \"%s\", \"%s\": \"%s\", \"%s\": %d}",
                                  i ? "," : "", w[0], row[i].id, w[1], row[i].up, w[2], row[i].name, w[3],
                                  row[i].rank, w[4], row[i].n);
            }
            gs_buf_put(&t, form == 0 ? "" : form == 1 ? "]" : "]}}");
            g = good(t.data, form ? "kit-json" : "kit-csv");
            CHECK_NEAR(of(g, 0, "Roseburia"), 400, 0);
            CHECK_NEAR(of(g, 0, "Bacteroides"), 390, 0);
            CHECK_NEAR(g->total[0] + g->unplaced[0], 1000, 0);
            gs_buf_free(&t);
        }
    g = good("{\"name\": \"Bacteria\", \"rank\": \"superkingdom\", \"count\": 1000, \"children\": [{\"name\": "
             "\"Firmicutes\", \"rank\": \"phylum\", \"count\": 700, \"children\": [{\"name\": \"Blautia\", \"rank\": "
             "\"genus\", \"count\": 600, \"children\": []}]}]}", "kit-json");
    CHECK_NEAR(of(g, 0, "Blautia"), 600, 0);
    CHECK_NEAR(g->total[0] + g->unplaced[0], 1000, 0);
    bad("356, 0.004\n816, 35.8\n853, 11.9\n", "without their names");
    bad("tax_name,tax_rank,count\nRoseburia,genus,many\n", "no count");
    bad("{\"a\": 1}", "no list of taxa");
    bad("{\"a\": ", "no JSON");
}

static void test_features_take_names_from_a_table(void **state)
{
    (void)state;
    const char *text = "#OTU ID\ts1\nf1\t7\nf2\t5\n";
    const char *names = "Feature ID\tTaxon\tConfidence\nf1\tk__Bacteria; g__Roseburia\t0.9\n";
    gs_gut_opts o = GS_GUT_OPTS;
    gs_gut *g = NULL;
    o.taxonomy = names;
    o.n_taxonomy = strlen(names);
    assert_int_equal(gs_gut_parse(arena, "x", text, strlen(text), &o, &g, &err), GS_OK);
    CHECK_NEAR(of(g, 0, "Roseburia"), 7, 0);
    assert_string_equal(g->taxon[1].genus, "");
    o.taxonomy = "nothing\n";
    o.n_taxonomy = 8;
    assert_int_not_equal(gs_gut_parse(arena, "x", text, strlen(text), &o, &g, &err), GS_OK);
}

static void test_other_files_are_refused(void **state)
{
    (void)state;
    bad("", "empty");
    bad("date,eczema,stress\n2026-01-02,4,3\n", "no stool table");
    bad(">seq1\nACGT\n", "FASTA");
    bad("@read1\nACGT\n+\nIIII\n", "FASTQ");
    bad("%PDF-1.4", "PDF");
    bad("<html></html>", "no stool table");
    gs_gut *g = NULL;
    assert_int_not_equal(gs_gut_parse(arena, "x", "a\0b\tc", 5, &GS_GUT_OPTS, &g, &err), GS_OK);
    assert_int_not_equal(gs_gut_parse(arena, "x", "PK\3\4....", 8, &GS_GUT_OPTS, &g, &err), GS_OK);
    assert_true(gs_gut_looks(KRAKEN, strlen(KRAKEN)));
    assert_false(gs_gut_looks("date,eczema\n2026-01-01,4\n", 27));
}

static void test_limit_and_amounts_are_kept(void **state)
{
    (void)state;
    gs_gut_opts o = GS_GUT_OPTS;
    gs_gut *g = NULL;
    o.limit = 40;
    assert_int_equal(gs_gut_parse(arena, "x", KRAKEN, strlen(KRAKEN), &o, &g, &err), GS_OK);
    const char *text = "sample\ttaxon\tcount\ns1\tBlautia\t12.5\ns1\tDorea\t300.25\ns1\tDorea\t1\n";
    o = GS_GUT_OPTS;
    o.any_amount = o.add_repeats = true;
    assert_int_equal(gs_gut_parse(arena, "x", text, strlen(text), &o, &g, &err), GS_OK);
    assert_int_equal(g->unit, GS_GUT_AMOUNTS);
    CHECK_NEAR(of(g, 0, "Dorea"), 301.25, 1e-12);
}

/* cuts: nothing is lost when rows are summed or samples taken */
static void test_cuts_keep_every_read(void **state)
{
    (void)state;
    const gs_gut *g = good("#OTU ID\ts1\ts2\ttaxonomy\no1\t12\t0\tk__Bacteria; f__Lachnospiraceae; g__Blautia\n"
                           "o2\t3\t7\tk__Bacteria; f__Lachnospiraceae; g__Blautia\n"
                           "o3\t1\t2\tk__Bacteria; f__Lachnospiraceae; g__\no4\t0\t4\tk__Archaea\n", "table");
    gs_gut *c = NULL, *one = NULL;
    assert_int_equal(gs_gut_collapse(arena, g, GS_RANK_GENUS, &c, &err), GS_OK);
    assert_int_equal(c->n_taxon, 3);
    CHECK_NEAR(c->total[0], 16, 0);
    CHECK_NEAR(of(c, 0, "Blautia"), 15, 0);
    CHECK_NEAR(of(c, 1, "Blautia"), 7, 0);
    assert_string_equal(c->taxon[1].id, "Lachnospiraceae, genus not known");
    double sum = 0;
    for (size_t k = 0; k < c->n_value; k++)
        sum += c->value[k];
    CHECK_NEAR(sum, 16 + 13, 0);
    size_t s = 1;
    assert_int_equal(gs_gut_take(arena, g, 1, &s, &one, &err), GS_OK);
    assert_int_equal(one->n_taxon, 3);
    CHECK_NEAR(one->total[0], 13, 0);
    gs_gut_reach r;
    gs_gut_reach_of(one, 0, &r);
    CHECK_NEAR(r.genus, 7.0 / 13, 1e-12);
    CHECK_NEAR(r.kind[GS_TAXON_ARCHAEA], 4.0 / 13, 1e-12);
    assert_int_equal(gs_gut_sample(g, "s2"), 1);
    assert_int_equal(gs_gut_sample(g, "nobody"), -1);
}

static void test_skin_and_mouth_are_told_from_stool(void **state)
{
    (void)state;
    gs_gut_site x;
    gs_gut_site_of(good("taxon\tp\nCutibacterium\t600\nStaphylococcus\t200\nCorynebacterium\t100\n"
                        "Micrococcus\t20\nAnaerococcus\t30\nBacteroides\t10\n", "table"), 0, &x);
    assert_int_equal(x.site, GS_SITE_SKIN);
    gs_gut_site_of(good("taxon\tp\nStreptococcus\t600\nVeillonella\t200\nNeisseria\t100\nRothia\t90\n"
                        "Haemophilus\t50\n", "table"), 0, &x);
    assert_int_equal(x.site, GS_SITE_MOUTH);
    gs_gut_site_of(good("taxon\tp\nBacteroides\t600\nFaecalibacterium\t200\nStreptococcus\t100\n", "table"),
                   0, &x);
    assert_int_equal(x.site, GS_SITE_STOOL);
    /* two species are a mock, not a mouth */
    gs_gut_site_of(good("taxon\tp\nCorynebacterium\t650\nRothia\t350\n", "table"), 0, &x);
    assert_int_equal(x.site, GS_SITE_UNSURE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)
        T(test_kraken_counts_each_read_once),
        T(test_kraken_must_add_up),
        T(test_krakenuniq_centrifuge_bracken),
        T(test_metaphlan_leaves_make_the_whole),
        T(test_flat_profilers),
        T(test_biom_json),
        T(test_tables_either_way_round),
        T(test_kits),
        T(test_features_take_names_from_a_table),
        T(test_other_files_are_refused),
        T(test_limit_and_amounts_are_kept),
        T(test_cuts_keep_every_read),
        T(test_skin_and_mouth_are_told_from_stool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
