/* Files: archives and HDF5 made here, good and hostile, and (where they are at hand) files
 * that other tools wrote. */
#include "check.h"

#include "gutskin/gutfile.h"

#include <hdf5.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>
#include <zlib.h>

#define LIT(s) (s), sizeof(s) - 1

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

static const gs_gut *good(const char *path, const char *taxonomy)
{
    gs_gutfile_opts o = GS_GUTFILE_OPTS;
    gs_gut *g = NULL;
    o.taxonomy = taxonomy;
    if (gs_gutfile_read(arena, path, &o, &g, &err) != GS_OK)
        fail_msg("%s: %s", path, err.msg);
    return g;
}

static void bad_with(const char *path, const gs_gutfile_opts *o, const char *words)
{
    gs_gut *g = NULL;
    err = (gs_err){0};
    if (gs_gutfile_read(arena, path, o, &g, &err) == GS_OK)
        fail_msg("%s was taken", path);
    assert_null(g);
    if (!strstr(err.msg, words))
        fail_msg("%s: \"%s\" does not say \"%s\"", path, err.msg, words);
}

static void bad(const char *path, const char *words)
{
    gs_gutfile_opts o = GS_GUTFILE_OPTS;
    bad_with(path, &o, words);
}

static void write_bytes(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

/* ---- HDF5 ------------------------------------------------------------------------- */

typedef struct biom {
    const char *ids[3];
    hsize_t n_sample, n_taxon;
    double data[4];
    int indices[4], indptr[4];
    hsize_t n_value, n_ptr;
    hid_t data_type, place_type; /* of the file */
    bool no_matrix, text_data;
} biom;

/* How lists lie in the file. */
static enum { WHOLE, CHUNKS, PACKED, SHUFFLED, SUMMED, N_LAYOUT } layout;

static hid_t list_plist(int rank, hid_t type)
{
    bool text = H5Tis_variable_str(type) > 0; /* takes no filter that reads its bytes */
    hid_t p = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t chunk[2] = {2, 1};
    if (layout == WHOLE)
        return p;
    H5Pset_chunk(p, rank, chunk);
    if (layout == SHUFFLED && !text)
        H5Pset_shuffle(p);
    if (layout == SUMMED && !text)
        H5Pset_fletcher32(p);
    if (layout != CHUNKS)
        H5Pset_deflate(p, 4);
    return p;
}

static void put_list(hid_t at, const char *name, hid_t file_type, hid_t type, hsize_t n,
                     const void *x)
{
    hid_t space = H5Screate_simple(1, &n, NULL), p = list_plist(1, file_type);
    hid_t d = H5Dcreate2(at, name, file_type, space, H5P_DEFAULT, p, H5P_DEFAULT);
    assert_true(d >= 0);
    H5Pclose(p);
    if (n)
        assert_true(H5Dwrite(d, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, x) >= 0);
    H5Dclose(d);
    H5Sclose(space);
}

static void write_biom(const char *path, const biom *b)
{
    static const char *const samples[] = {"s1", "s2", "s3"};
    static const char *const taxa[] = {"o1", "o2", "o3"};
    static const char *const lineages[] = {"k__Bacteria", "g__Blautia", "k__Bacteria", "g__Dorea",
                                           "k__Bacteria", "g__Roseburia"};
    hid_t f = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    hid_t s = H5Gcreate2(f, "sample", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    hid_t o = H5Gcreate2(f, "observation", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    hid_t m = H5Gcreate2(o, "metadata", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, H5T_VARIABLE);
    put_list(s, "ids", text, text, b->n_sample, samples);
    put_list(o, "ids", text, text, b->n_taxon, taxa);
    hsize_t dims[2] = {b->n_taxon, 2};
    hid_t space = H5Screate_simple(2, dims, NULL);
    hid_t p = list_plist(2, text);
    hid_t d = H5Dcreate2(m, "taxonomy", text, space, H5P_DEFAULT, p, H5P_DEFAULT);
    H5Pclose(p);
    if (b->n_taxon)
        H5Dwrite(d, text, H5S_ALL, H5S_ALL, H5P_DEFAULT, lineages);
    H5Dclose(d);
    H5Sclose(space);
    if (!b->no_matrix) {
        hid_t x = H5Gcreate2(s, "matrix", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        if (b->text_data)
            put_list(x, "data", text, text, 3, samples);
        else
            put_list(x, "data", b->data_type ? b->data_type : H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE,
                     b->n_value, b->data);
        put_list(x, "indices", b->place_type ? b->place_type : H5T_STD_I32LE, H5T_NATIVE_INT, b->n_value,
                 b->indices);
        put_list(x, "indptr", H5T_STD_I32LE, H5T_NATIVE_INT, b->n_ptr, b->indptr);
        H5Gclose(x);
    }
    H5Tclose(text);
    H5Gclose(m);
    H5Gclose(o);
    H5Gclose(s);
    H5Fclose(f);
}

static biom plain(void)
{
    return (biom){.n_sample = 2, .n_taxon = 3, .data = {5, 7, 11}, .indices = {0, 2, 1},
                  .indptr = {0, 2, 3}, .n_value = 3, .n_ptr = 3};
}

static void test_hdf5_is_read_as_it_was_written(void **state)
{
    (void)state;
    biom b = plain();
    write_biom("a.biom", &b);
    const gs_gut *g = good("a.biom", NULL);
    assert_string_equal(g->format, "biom-hdf5");
    assert_int_equal(g->n_sample, 2);
    assert_string_equal(g->sample[1], "s2");
    CHECK_NEAR(g->total[0], 12, 0);
    CHECK_NEAR(g->value[2], 11, 0);
    assert_string_equal(g->taxon[g->i_taxon[1]].genus, "Roseburia");
    b.data_type = H5T_STD_I64LE; /* whole numbers in the file do as well */
    write_biom("b.biom", &b);
    CHECK_NEAR(good("b.biom", NULL)->total[0], 12, 0);
}

/* whichever way the lists lie, chunk by chunk unpacked here or the library's way */
static void test_hdf5_is_the_same_in_every_layout(void **state)
{
    (void)state;
    const hid_t data[] = {H5T_IEEE_F64LE, H5T_IEEE_F32LE, H5T_IEEE_F64BE, H5T_STD_I32LE, H5T_STD_U32LE,
                          H5T_STD_I64LE, H5T_STD_U64LE, H5T_STD_I16BE, H5T_STD_U8LE};
    const hid_t place[] = {H5T_STD_I32LE, H5T_STD_I64LE, H5T_STD_U32LE, H5T_STD_U64LE, H5T_STD_I32BE,
                           H5T_STD_U16LE};
    biom b = {.n_sample = 3, .n_taxon = 3, .data = {50, 70, 110, 30}, .indices = {0, 2, 1, 2},
              .indptr = {0, 2, 3, 4}, .n_value = 4, .n_ptr = 4};
    for (layout = WHOLE; layout < N_LAYOUT; layout++)
        for (size_t k = 0; k < 9; k += layout == SHUFFLED ? 1 : 2) { /* each reading is a process */
            b.data_type = data[k];
            b.place_type = place[k % 6];
            write_biom("v.biom", &b);
            const gs_gut *g = good("v.biom", NULL);
            assert_int_equal(g->n_sample, 3);
            assert_int_equal(g->n_taxon, 3);
            assert_int_equal(g->n_value, 4);
            for (size_t i = 0; i < 4; i++) {
                CHECK_NEAR(g->value[i], b.data[i], 0);
                assert_int_equal(g->i_taxon[i], b.indices[i]);
            }
            assert_string_equal(g->sample[2], "s3");
            assert_string_equal(g->taxon[2].id, "o3");
            assert_string_equal(g->taxon[2].genus, "Roseburia");
            assert_int_equal(g->start[2], 3);
        }
    /* parts and places past 16 bits go over the pipe in their wide form */
    layout = PACKED;
    b.data_type = b.place_type = 0;
    b.data[0] = 70000;
    write_biom("v.biom", &b);
    CHECK_NEAR(good("v.biom", NULL)->value[0], 70000, 0);
    b.data[0] = 0.25;
    b.data[1] = 0.75;
    b.data[2] = b.data[3] = 1;
    write_biom("v.biom", &b);
    CHECK_NEAR(good("v.biom", NULL)->value[1], 0.75, 0);
    layout = WHOLE;
}

static void test_hdf5_with_wrong_parts_is_refused(void **state)
{
    (void)state;
    biom b = plain();
    b.text_data = true;
    write_biom("c.biom", &b);
    bad("c.biom", "holds no numbers");
    b = plain();
    b.no_matrix = true;
    write_biom("c.biom", &b);
    bad("c.biom", "is missing");
    b = plain();
    b.n_sample = b.n_taxon = b.n_value = 0;
    b.n_ptr = 1;
    write_biom("c.biom", &b);
    bad("c.biom", "without samples");
    b = plain();
    b.indices[0] = 9;
    write_biom("c.biom", &b);
    bad("c.biom", "taxon 9 of 3");
    b = plain();
    b.indices[0] = -1;
    write_biom("c.biom", &b);
    bad("c.biom", "taxon -1");
    b = plain();
    b.indptr[1] = 30;
    write_biom("c.biom", &b);
    bad("c.biom", "indptr");
    b = plain();
    b.indptr[2] = 2;
    write_biom("c.biom", &b);
    bad("c.biom", "indptr");
    b = plain();
    b.data[1] = -4;
    write_biom("c.biom", &b);
    bad("c.biom", "from 0 up");
    b = plain();
    b.data[1] = 4.5;
    write_biom("c.biom", &b);
    bad("c.biom", "whole number");
    b = plain();
    b.indices[1] = 0;
    write_biom("c.biom", &b);
    bad("c.biom", "two values");
}

/* every cut and many flips of a good file: a sentence or the table, never a crash */
static void damage(int taken_layout)
{
    biom b = plain();
    char *bytes;
    layout = (int)taken_layout;
    size_t n, taken = 0, refused = 0;
    unsigned long long r = 88172645463325252ull;
    write_biom("a.biom", &b);
    assert_int_equal(gs_text_read_file("a.biom", 1 << 20, &bytes, &n, &err), GS_OK);
    for (int i = 0; i < 28; i++) {
        char *copy = malloc(n);
        size_t m = n;
        memcpy(copy, bytes, n);
        for (int k = 0; k < 1 + i % 5; k++) {
            r ^= r << 13, r ^= r >> 7, r ^= r << 17;
            size_t at = 8 + r % (n - 8);
            if (i % 4 == 0 && k == 0)
                m = at;
            else
                copy[at] = (char)(copy[at] ^ (1 << (r >> 40) % 8));
        }
        write_bytes("d.biom", copy, m);
        free(copy);
        gs_gutfile_opts o = GS_GUTFILE_OPTS;
        gs_gut *g = NULL;
        err = (gs_err){0};
        if (gs_gutfile_read(arena, "d.biom", &o, &g, &err) == GS_OK)
            taken++;
        else
            refused++;
        assert_true(g != NULL || err.msg[0]);
    }
    free(bytes);
    layout = WHOLE;
    assert_true(refused > 0);
    print_message("damaged in 28 ways: %zu still read, %zu refused\n", taken, refused);
}

static void test_hdf5_with_any_damage_ends_in_a_sentence(void **state)
{
    (void)state;
    damage(WHOLE);
    damage(SHUFFLED);
}

/* ---- archives ----------------------------------------------------------------------- */

static void add(zip_t *z, const char *name, const void *bytes, size_t n)
{
    zip_source_t *s = zip_source_buffer(z, bytes, n, 0);
    assert_non_null(s);
    assert_true(zip_file_add(z, name, s, ZIP_FL_ENC_UTF_8) >= 0);
}

#define UUID "11111111-2222-3333-4444-555555555555/"

static void write_qza(const char *path, const char *type, const char *member, const void *bytes,
                      size_t n)
{
    char meta[300], name[200];
    int code;
    unlink(path);
    zip_t *z = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
    assert_non_null(z);
    snprintf(meta, sizeof meta, "uuid: 1111\ntype: %s\nformat: BIOMV210DirFmt\n", type);
    add(z, UUID "metadata.yaml", meta, strlen(meta));
    add(z, UUID "VERSION", "QIIME 2\n", 8);
    snprintf(name, sizeof name, UUID "data/%s", member);
    add(z, name, bytes, n);
    assert_int_equal(zip_close(z), 0);
}

static void test_qza_table_takes_names_from_qza(void **state)
{
    (void)state;
    biom b = plain();
    char *bytes;
    size_t n;
    static const char names[] = "Feature ID\tTaxon\tConfidence\no1\tk__Bacteria; g__Faecalibacterium\t1\n";
    write_biom("a.biom", &b);
    assert_int_equal(gs_text_read_file("a.biom", 1 << 20, &bytes, &n, &err), GS_OK);
    write_qza("t.qza", "FeatureTable[Frequency]", "feature-table.biom", bytes, n);
    free(bytes);
    const gs_gut *g = good("t.qza", NULL);
    assert_string_equal(g->format, "qiime2");
    CHECK_NEAR(g->total[0], 12, 0);
    write_qza("n.qza", "FeatureData[Taxonomy]", "taxonomy.tsv", names, strlen(names));
    bad("n.qza", "names of features and no counts");
    write_qza("x.qza", "FeatureTable[Frequency]", "feature-table.biom",
              LIT("#OTU ID\ts1\no1\t7\no2\t3\n"));
    g = good("x.qza", "n.qza");
    assert_string_equal(g->taxon[0].genus, "Faecalibacterium");
    write_qza("p.qza", "Phylogeny[Rooted]", "tree.nwk", LIT("(a,b);"));
    bad("p.qza", "Phylogeny[Rooted]");
    static const char csv[] = "index,k__Bacteria;g__Blautia,k__Bacteria;g__Dorea,age\ns1,12,3,41\n";
    write_qza("v.qzv", "Visualization", "level-6.csv", csv, strlen(csv));
    CHECK_NEAR(good("v.qzv", NULL)->total[0], 15, 0);
}

static void test_hostile_archives_are_refused(void **state)
{
    (void)state;
    int code;
    /* paths that reach out */
    static const char *const names[] = {"../../etc/passwd", "/etc/passwd", UUID "../../x",
                                        "C:\\windows\\x"};
    for (size_t i = 0; i < 4; i++) {
        unlink("e.qza");
        zip_t *z = zip_open("e.qza", ZIP_CREATE | ZIP_TRUNCATE, &code);
        add(z, UUID "metadata.yaml", "type: X\n", 8);
        add(z, names[i], "x", 1);
        assert_int_equal(zip_close(z), 0);
        bad("e.qza", "reaches out");
    }
    /* a bomb: 64 MB of nothing in some 60 KB, against a limit of 16 MB */
    size_t big = (size_t)64 << 20;
    char *zero = calloc(1, big);
    assert_non_null(zero);
    write_qza("b.qza", "FeatureTable[Frequency]", "feature-table.biom", zero, big);
    gs_gutfile_opts o = GS_GUTFILE_OPTS;
    o.gut.limit = (size_t)16 << 20;
    bad_with("b.qza", &o, "more than the 16 MB");
    gzFile f = gzopen("b.tsv.gz", "wb");
    gzputs(f, "taxon\ts1\nBlautia\t1\nDorea\t");
    gzwrite(f, memset(zero, '1', big), (unsigned)big);
    gzclose(f);
    free(zero);
    bad_with("b.tsv.gz", &o, "larger than 16 MB");
    /* no archive, half an archive, another archive */
    write_bytes("h.qza", LIT("PK\3\4 and then nothing"));
    bad("h.qza", "damaged zip");
    unlink("o.zip");
    zip_t *z = zip_open("o.zip", ZIP_CREATE | ZIP_TRUNCATE, &code);
    add(z, "readme.txt", "x", 1);
    assert_int_equal(zip_close(z), 0);
    bad("o.zip", "not one of QIIME 2");
    /* damage inside a member */
    write_qza("g.qza", "FeatureTable[Frequency]", "feature-table.biom", LIT("\x89HDF\r\n\x1a\nnothing"));
    bad("g.qza", "damaged");
}

static void test_gzip_and_paths(void **state)
{
    (void)state;
    gzFile f = gzopen("t.tsv.gz", "wb");
    gzputs(f, "taxon\ts1\nBlautia\t60\nDorea\t40\n");
    gzclose(f);
    CHECK_NEAR(good("t.tsv.gz", NULL)->total[0], 100, 0);
    assert_true(gs_gutfile_looks("t.tsv.gz"));
    char *bytes = malloc(1000);
    FILE *in = fopen("t.tsv.gz", "rb");
    size_t n = fread(bytes, 1, 1000, in);
    fclose(in);
    write_bytes("cut.tsv.gz", bytes, n - 6);
    bad("cut.tsv.gz", "cut off");
    bytes[n / 2] ^= 0x55;
    write_bytes("bent.tsv.gz", bytes, n);
    bad("bent.tsv.gz", "");
    free(bytes);
    bad("nowhere.tsv", "cannot be opened");
    bad(".", "folder");
    assert_false(gs_gutfile_looks("nowhere.tsv"));
    write_bytes("one.kraken2.report.txt", LIT("100.00\t200\t0\tR\t1\troot\n100.00\t200\t200\tG\t816\t  Bacteroides\n"));
    assert_string_equal(good("one.kraken2.report.txt", NULL)->sample[0], "one");
}

/* ---- files that other tools wrote ---------------------------------------------------------- */

#define SHARED GS_SOURCE_DIR "/../shared/data/"

static void test_files_of_other_tools(void **state)
{
    (void)state;
    if (access(SHARED "profiles/README.md", R_OK) != 0) {
        print_message("skipped: ../shared/data is not here\n");
        return;
    }
    static const char *const valid[] = {
        "biom/min_sparse_otu_table.biom", "biom/min_sparse_otu_table_hdf5.biom",
        "biom/rich_sparse_otu_table.biom", "biom/rich_sparse_otu_table_hdf5.biom", "biom/test.json",
        "bracken/2611_se-ERR5766174-db1_S.tsv", "bracken/2612_pe-ERR5766176-db1_S.tsv",
        "bracken/sample_output_bracken.mpa", "bracken/sample_output_bracken.report",
        "bracken/sample_output_species_abundance.txt", "kmcp/MOCK_001_Illumina_Hiseq_3000.k.profile",
        "kraken2/2611_se-ERR5766174-db1.kraken2.report.txt",
        "kraken2/2611_se-ERR5766174-db2.kraken2.report.txt.gz", "krakenuniq/test1.krakenuniq.report.txt",
        "metaphlan/ERR7569997.txt",
        "metaphlan/MOCK_001_Illumina_Hiseq_3000_se_metaphlan3-db.metaphlan3_profile.txt",
        "metaphlan/mpa_valid_complex.tsv", "metaphlan/mpa_valid_simple.tsv"};
    static const char *const broken[] = {
        "biom/empty.biom", "bracken/2611_se-ERR5766174-db1_S_invalid.tsv", "kmcp/invalid_empty.kmcp.profile",
        "kraken2/2611_se-ERR5766174-db1-invalid.kraken2.report.txt",
        "krakenuniq/test1-invalid.krakenuniq.report.txt", "metaphlan/mpa_invalid_abundance_sum.tsv",
        "qiime2/moving-pics-taxonomy-gg-13-8.qza"};
    char path[600];
    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++) {
        snprintf(path, sizeof path, SHARED "profiles/%s", valid[i]);
        good(path, NULL);
    }
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        snprintf(path, sizeof path, SHARED "profiles/%s", broken[i]);
        bad(path, "");
    }
    /* the two containers of one table hold the same */
    const gs_gut *a = good(SHARED "profiles/biom/rich_sparse_otu_table.biom", NULL);
    const gs_gut *b = good(SHARED "profiles/biom/rich_sparse_otu_table_hdf5.biom", NULL);
    assert_int_equal(a->n_value, b->n_value);
    assert_memory_equal(a->value, b->value, a->n_value * sizeof *a->value);
    for (size_t t = 0; t < a->n_taxon; t++)
        assert_string_equal(a->taxon[t].genus, b->taxon[t].genus);
}

/* 740 genera x 1,907 people, as text and as HDF5; and the OTUs they were summed from */
static void test_three_files_of_one_study_agree(void **state)
{
    (void)state;
    if (access(SHARED "american_gut/README.md", R_OK) != 0) {
        print_message("skipped: ../shared/data is not here\n");
        return;
    }
    const gs_gut *t = good(SHARED "american_gut/genus_counts_even10k.tsv.gz", NULL);
    const gs_gut *h = good(SHARED "american_gut/genus_even10k.hdf5.biom", NULL);
    const gs_gut *o = good(SHARED "american_gut/otu_even10k.biom.json.gz", NULL);
    assert_int_equal(t->n_sample, 1907);
    assert_int_equal(t->n_taxon, 740);
    assert_int_equal(o->n_taxon, 13374);
    assert_int_equal(o->method, GS_GUT_16S_CLOSED);
    assert_int_equal(t->n_value, h->n_value);
    for (size_t s = 0; s < t->n_sample; s++) {
        long at = gs_gut_sample(h, t->sample[s]), of = gs_gut_sample(o, t->sample[s]);
        assert_true(at >= 0 && of >= 0);
        CHECK_NEAR(t->total[s], 10000, 0);
        CHECK_NEAR(h->total[at], 10000, 0);
        CHECK_NEAR(o->total[of], 10000, 0);
        gs_gut_reach x, y, z;
        gs_gut_reach_of(t, s, &x);
        gs_gut_reach_of(h, (size_t)at, &y);
        gs_gut_reach_of(o, (size_t)of, &z);
        CHECK_NEAR(x.guild, y.guild, 1e-12);
        CHECK_NEAR(x.guild, z.guild, 0.05); /* OTUs say the species too, and that moves some */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)
        T(test_hdf5_is_read_as_it_was_written),
        T(test_hdf5_is_the_same_in_every_layout), T(test_hdf5_with_wrong_parts_is_refused),
        T(test_hdf5_with_any_damage_ends_in_a_sentence),
        T(test_qza_table_takes_names_from_qza),
        T(test_hostile_archives_are_refused),
        T(test_gzip_and_paths),
        T(test_files_of_other_tools),
        T(test_three_files_of_one_study_agree),
    };
    char dir[] = "/tmp/gs_gutfile_XXXXXX";
    if (!mkdtemp(dir) || chdir(dir) != 0)
        return 1;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", dir);
    return system(command) != 0 || failed;
}
