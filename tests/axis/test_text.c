/* model/axis.gs as a text: it parses, its units agree, every source it names is in
 * refs.bib, none of them is known from memory only, and it declares what the rest of
 * the house relies on by name. */
#include "axis_world.h"

#include "gutskin/modelc.h"
#include "gutskin/spec.h"
#include "gutskin/unit.h"

static gs_spec *spec;
static gs_arena *arena;

static void units_agree_on_every_line(void **st)
{
    (void)st;
    gs_err err = {0};
    char msg[800];
    gs_units *u;
    assert_int_equal(gs_units_new(&u, &err), GS_OK);
    gs_unit_ops ops = gs_units_ops(u);
    if (gs_spec_check_units(spec, &ops, &err) != GS_OK)
        fail_msg("%s", gs_err_text(&err, msg, sizeof msg));
    gs_units_free(u);
}

/* The entry of a key in refs.bib, NULL-terminated in out; false when there is none. */
static bool bib_entry(const char *bib, const char *key, char *out, size_t n)
{
    char head[80];
    snprintf(head, sizeof head, "{%s,\n", key);
    const char *from = strstr(bib, head);
    const char *to = from ? strstr(from, "\n}") : NULL;
    if (!to || (size_t)(to - from) >= n)
        return false;
    memcpy(out, from, (size_t)(to - from));
    out[to - from] = 0;
    return true;
}

static void check_cites(const char *bib, const char *name, const char *cite)
{
    char list[400], entry[8000];
    assert_true(strlen(cite) < sizeof list);
    snprintf(list, sizeof list, "%s", cite);
    for (char *save = NULL, *k = strtok_r(list, ", ", &save); k;
         k = strtok_r(NULL, ", ", &save)) {
        if (!bib_entry(bib, k, entry, sizeof entry))
            fail_msg("%s cites %s, which refs.bib does not have", name, k);
        if (strcmp(k, "assumed") != 0 && !strstr(entry, "(excerpt)") &&
            !strstr(entry, "(secondary)"))
            fail_msg("%s rests on %s, which is known from memory only", name, k);
    }
    if (cite[0] == 0)
        fail_msg("%s names no source, not even `assumed`", name);
}

static void every_source_is_known_and_none_from_memory_alone(void **st)
{
    (void)st;
    const gs_kernel *k = gs_axis();
    char *bib = aw_table("model/refs.bib");
    for (size_t i = 0; i < k->n_par; i++)
        check_cites(bib, k->par[i].name, k->par[i].cite);
    for (size_t i = 0; i < k->n_state; i++)
        check_cites(bib, k->state[i].name, k->state[i].cite);
    for (size_t i = 0; i < k->n_lever; i++)
        check_cites(bib, k->lever[i].name, k->lever[i].cite);
    for (size_t i = 0; i < k->n_see; i++)
        check_cites(bib, k->see[i].name, k->see[i].cite);
    free(bib);
}

static void everything_has_a_sentence_and_lies_in_its_range(void **st)
{
    (void)st;
    const gs_kernel *k = gs_axis();
    for (size_t i = 0; i < k->n_par; i++) {
        const gs_par_info *p = &k->par[i];
        assert_true(strlen(p->doc) > 4);
        assert_true(p->lo <= p->value && p->value <= p->hi && isfinite(p->lo + p->hi));
        if (p->personal)
            assert_true(p->prior.kind != GS_DIST_NONE);
    }
    for (size_t i = 0; i < k->n_state; i++)
        assert_true(strlen(k->state[i].doc) > 4);
    for (size_t i = 0; i < k->n_lever; i++)
        assert_true(strlen(k->lever[i].doc) > 8 && k->lever[i].sd > 0);
}

static void names_that_the_house_relies_on_are_there(void **st)
{
    (void)st;
    static const char *lever[] = {
        "fibre",        "prebiotic", "sugar",      "fat",       "processed",
        "fermented",    "probiotic", "water",      "sleep",     "stress",
        "glycaemic",    "dairy",     "antibiotic", "rifaximin", "sun",
        "uvb",          "scratch",   "emollient",  "steroid",   "slow_transit",
        "flush_trigger"};
    static const char *par[] = {
        "risk_eczema",    "risk_psoriasis", "risk_acne",      "risk_rosacea",
        "gain_fibre",     "gain_sugar",     "gain_fat",       "gain_processed",
        "gain_fermented", "gain_probiotic", "gain_glycaemic", "gain_dairy",
        "gain_stress",    "gain_sleep",     "gain_water",     "gain_uvb",
        "gain_emollient", "gain_steroid",   "gain_flush",     "gain_prebiotic"};
    static const char *see[] = {
        "signal_eczema",  "signal_psoriasis", "signal_acne",        "signal_comedo",
        "signal_rosacea", "signal_dryness",   "signal_oil",         "crp",
        "igf1",           "vitamin_d",        "lactulose_mannitol", "butyrate_share",
        "bifido_share",   "pathobiont_share", "diversity"};
    const gs_kernel *k = gs_axis();
    size_t personal = 0;
    for (size_t i = 0; i < sizeof lever / sizeof *lever; i++)
        if (gs_kernel_lever(k, lever[i]) < 0)
            fail_msg("no lever %s", lever[i]);
    assert_int_equal(k->n_lever, sizeof lever / sizeof *lever);
    for (size_t i = 0; i < sizeof par / sizeof *par; i++)
        if (gs_kernel_par(k, par[i]) < 0)
            fail_msg("no parameter %s", par[i]);
    for (size_t i = 0; i < k->n_par; i++)
        personal += k->par[i].personal;
    assert_int_equal(personal, sizeof par / sizeof *par);
    for (size_t i = 0; i < sizeof see / sizeof *see; i++)
        if (gs_kernel_see(k, see[i]) < 0)
            fail_msg("no observable %s", see[i]);
}

/* Jacobian and derivatives by personal parameters, dense: [n_state x (n_state + n_par)] */
static void derivatives(const gs_kernel *k, const double *z, const double *par,
                        const double *lever, double *out)
{
    size_t w = k->n_state + k->n_par;
    double *j = calloc(k->n_jac + k->n_jp, sizeof *j), dz[AW_MAX];
    assert_non_null(j);
    k->jac(k, z, par, lever, dz, j, j + k->n_jac);
    memset(out, 0, k->n_state * w * sizeof *out);
    for (size_t e = 0; e < k->n_jac; e++)
        out[k->jac_row[e] * w + k->jac_col[e]] = j[e];
    for (size_t e = 0; e < k->n_jp; e++)
        out[k->jp_row[e] * w + k->n_state + k->jp_par[e]] = j[k->n_jac + e];
    free(j);
}

static void interpreter_and_compiled_kernel_agree_to_rounding(void **st)
{
    (void)st;
    gs_err err = {0};
    gs_kernel *plain;
    unsigned long long seed = 9;
    const gs_modelc_opts o = GS_MODELC_OPTS;
    const gs_kernel *k = gs_axis();
    double par[AW_MAX], lever[AW_MAX], x[AW_MAX], z[AW_MAX], a[AW_MAX], b[AW_MAX];
    static double da[64 * AW_MAX], db[64 * AW_MAX];
    assert_int_equal(gs_modelc_interpret(arena, spec, &o, &plain, &err), GS_OK);
    assert_int_equal(plain->n_state, k->n_state);
    for (int rep = 0; rep < 20; rep++) {
        gs_kernel_defaults(k, par, lever, x);
        gs_kernel_to_internal(k, x, z);
        for (size_t i = 0; i < k->n_state; i++) {
            seed = seed * 6364136223846793005ull + 1442695040888963407ull;
            z[i] *= .7 + .6 * (double)(seed >> 11) / 9007199254740992.0;
        }
        z[gs_kernel_state(k, "J")] *= .8; /* stays below 1 */
        z[gs_kernel_state(k, "Bs")] *= .8;
        k->rhs(k, z, par, lever, a);
        plain->rhs(plain, z, par, lever, b);
        for (size_t i = 0; i < k->n_state; i++)
            assert_true(fabs(a[i] - b[i]) <= 1e-11 * (1 + fabs(b[i])));
        derivatives(k, z, par, lever, da);
        derivatives(plain, z, par, lever, db);
        for (size_t i = 0; i < k->n_state * (k->n_state + k->n_par); i++)
            assert_true(fabs(da[i] - db[i]) <= 1e-10 * (1 + fabs(db[i])));
        k->seen(k, z, par, lever, a);
        plain->seen(plain, z, par, lever, b);
        for (size_t i = 0; i < k->n_see; i++)
            assert_true(fabs(a[i] - b[i]) <= 1e-11 * (1 + fabs(b[i])));
    }
}

static int setup(void **st)
{
    (void)st;
    gs_err err = {0};
    char msg[800], *text = aw_table("model/axis.gs");
    arena = gs_arena_new(0);
    assert_non_null(arena);
    if (gs_spec_parse(arena, "axis.gs", text, strlen(text), &spec, &err) != GS_OK)
        fail_msg("%s", gs_err_text(&err, msg, sizeof msg));
    free(text);
    return 0;
}
static int teardown(void **st)
{
    (void)st;
    gs_arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_agree_on_every_line),
        cmocka_unit_test(every_source_is_known_and_none_from_memory_alone),
        cmocka_unit_test(everything_has_a_sentence_and_lies_in_its_range),
        cmocka_unit_test(names_that_the_house_relies_on_are_there),
        cmocka_unit_test(interpreter_and_compiled_kernel_agree_to_rounding),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
