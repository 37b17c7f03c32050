/* The words of the evidence table's enumerations, in their order, and its levers. */
#include "gutskin/evidence.h"

#include <string.h>

static const char *const grade_word[] = {"excerpt", "secondary", "memory"};
static const char *const design_word[] = {
    "rct",    "crossover", "cluster", "pooled",          "nonrandom",
    "single", "cohort",    "cross",   "pooled_observed", "other"};
static const char *const result_word[] = {"severity", "response", "incidence",
                                          "marker",   "course",   "scale"};

/* First the levers of the model, then what people also ask about; "none" is for rows
 * that speak of no lever (placebo, natural course, scales). */
static const char *const lever_word[] = {
    "fibre", "prebiotic", "sugar", "fat", "processed", "fermented", "probiotic", "water",
    "sleep", "stress", "glycaemic", "dairy", "antibiotic", "rifaximin", "sun", "uvb",
    "scratch", "emollient", "steroid", "slow_transit", "flush_trigger",
    "alcohol", "antibiotic_infancy", "breastfeeding", "chocolate", "coffee", "cycle",
    "diet", "exercise", "fasting", "fmt", "gluten", "gut", "heat", "hot_drinks", "hpylori",
    "lactoferrin", "leak", "medicine", "none", "omega3", "salt", "sibo", "spicy", "supplement",
    "synbiotic", "vitamin_d", "weight", "whey", "zinc"};

enum {
    N_GRADE = sizeof grade_word / sizeof *grade_word,
    N_DESIGN = sizeof design_word / sizeof *design_word,
    N_RESULT = sizeof result_word / sizeof *result_word,
    N_LEVER = sizeof lever_word / sizeof *lever_word
};

static const char *word_at(const char *const *list, int n, int i)
{
    return i >= 0 && i < n ? list[i] : "unknown";
}

static long find(const char *const *list, int n, const char *word)
{
    for (int i = 0; i < n; i++) {
        if (strcmp(list[i], word) == 0)
            return i;
    }
    return -1;
}

const char *gs_grade_name(gs_grade g)
{
    return word_at(grade_word, N_GRADE, (int)g);
}

const char *gs_design_name(gs_design d)
{
    return word_at(design_word, N_DESIGN, (int)d);
}

const char *gs_result_name(gs_result r)
{
    return word_at(result_word, N_RESULT, (int)r);
}

long gs_grade_find(const char *word)
{
    return find(grade_word, N_GRADE, word);
}

long gs_design_find(const char *word)
{
    return find(design_word, N_DESIGN, word);
}

long gs_result_find(const char *word)
{
    return find(result_word, N_RESULT, word);
}

const char *gs_evidence_lever(size_t i)
{
    return i < N_LEVER ? lever_word[i] : NULL;
}

bool gs_evidence_lever_known(const char *word)
{
    return find(lever_word, N_LEVER, word) >= 0;
}

bool gs_design_randomised(gs_design d)
{
    return d == GS_DESIGN_RCT || d == GS_DESIGN_CROSSOVER || d == GS_DESIGN_CLUSTER ||
           d == GS_DESIGN_POOLED;
}
