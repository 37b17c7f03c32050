/* The starting value of a design, its check, and the defaults of the outcome's terms. */
#include "gutskin/trial.h"

#include "trial/pool.h"

const gs_trial GS_TRIAL = {
    .title = "",
    .outcome = "",
    .how = GS_TRIAL_PARALLEL,
    .icc = 0,
    .kind = GS_TRIAL_SCORE,
    .above = NAN,
    .fall = NAN,
    .at_most = NAN,
    .age_lo = NAN,
    .age_hi = NAN,
    .near_share = 1,
    .entry_lo = NAN,
    .entry_hi = NAN,
    .terms = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN},
    .n_random = 100,
    .test = GS_TRIAL_ANCOVA,
    .alpha = 0.05,
    .n_draw = 32,
    .n_person = 32,
    .shared = 0.5,
    .seed = 1,
};

enum { MOST_DAYS = 3660 };

static gs_status check_change(const gs_trial_change *c, const gs_kernel *k,
                              const char *arm, gs_err *err)
{
    if (c->lever >= k->n_lever)
        return gs_fail(err, GS_EUSE, "arm \"%s\" changes a lever this model has not", arm);
    const gs_lever_info *l = &k->lever[c->lever];
    bool fits = isfinite(c->value) &&
                (c->move != GS_TRIAL_SET || (c->value >= l->lo && c->value <= l->hi)) &&
                (c->move != GS_TRIAL_TIMES || c->value >= 0);
    if (!fits)
        return gs_fail(err, GS_ERANGE,
                       "arm \"%s\": %g is no change of %s, whose range is %g to %g %s", arm,
                       c->value, l->name, l->lo, l->hi, l->unit);
    return GS_OK;
}

static gs_status check_arms(const gs_trial *t, const gs_kernel *k, gs_err *err)
{
    if (t->n_arm < 1 || !t->arm)
        return gs_fail(err, GS_EUSE, "a trial needs an arm");
    if (t->how == GS_TRIAL_CROSSOVER && t->n_arm != 2)
        return gs_fail(err, GS_EUSE, "a crossover has two arms, this design has %zu",
                       t->n_arm);
    for (size_t a = 0; a < t->n_arm; a++) {
        const gs_trial_arm *m = &t->arm[a];
        if (!(m->adherence >= 0 && m->adherence <= 1 && m->adherence_sd >= 0 &&
              m->dropout >= 0 && m->dropout < 1 && isfinite(m->placebo) && m->share > 0 &&
              isfinite(m->share)))
            return gs_fail(err, GS_ERANGE,
                           "arm \"%s\": adherence and dropout are shares (0 to 1), and an "
                           "arm's share of people is above 0", m->name);
        for (size_t i = 0; i < m->n_change; i++)
            GS_TRY(check_change(&m->change[i], k, m->name, err));
    }
    return GS_OK;
}

static gs_status check_visits(const gs_trial *t, gs_err *err)
{
    if (t->n_visit < 2 || !t->visit || t->visit[0] != 0)
        return gs_fail(err, GS_EUSE, "a trial needs a visit on day 0 and one later");
    if (t->n_visit > MOST_VISIT)
        return gs_fail(err, GS_ERANGE, "more than %d visits", MOST_VISIT);
    for (size_t v = 1; v < t->n_visit; v++)
        if (t->visit[v] <= t->visit[v - 1])
            return gs_fail(err, GS_EUSE, "visits come in the order of their days");
    if (t->visit[t->n_visit - 1] > MOST_DAYS || t->washout < 0 || t->washout > MOST_DAYS)
        return gs_fail(err, GS_ERANGE, "a trial is at most %d days long", MOST_DAYS);
    if (t->primary < 1 || t->primary >= t->n_visit)
        return gs_fail(err, GS_EUSE, "the visit that counts is none of the later visits");
    return GS_OK;
}

static gs_status check_people(const gs_trial *t, const gs_kernel *k, gs_err *err)
{
    for (size_t i = 0; i < t->n_habit; i++)
        if (t->habit[i].lever >= k->n_lever || !isfinite(t->habit[i].value) ||
            !(t->habit[i].sd >= 0))
            return gs_fail(err, GS_EUSE, "a habit of no lever, or without a number");
    for (size_t i = 0; i < t->n_par; i++)
        if (t->par[i].par >= k->n_par || !isfinite(t->par[i].dist.a))
            return gs_fail(err, GS_EUSE, "a parameter this model has not");
    for (size_t i = 0; i < t->n_near + t->n_at; i++) {
        const gs_trial_put *q = i < t->n_near ? &t->near[i] : &t->at[i - t->n_near];
        if (q->state >= k->n_state || !isfinite(q->value))
            return gs_fail(err, GS_EUSE, "a start in a state this model has not");
    }
    for (size_t i = 0; i < t->n_trouble; i++)
        if (t->trouble[i].lever >= k->n_lever || !(t->trouble[i].per_year >= 0) ||
            t->trouble[i].per_year > 365 || t->trouble[i].days < 1)
            return gs_fail(err, GS_ERANGE, "a trouble lasts a day or more and comes at most "
                                           "365 times a year");
    if (!(t->near_share >= 0 && t->near_share <= 1 && t->shared >= 0 && t->shared <= 1))
        return gs_fail(err, GS_ERANGE, "a share is between 0 and 1");
    if (t->n_draw < 1 || t->n_person < 2 || t->n_draw > 100000 || t->n_person > 1000000 ||
        t->n_draw * t->n_person > 4000000)
        return gs_fail(err, GS_ERANGE, "a pool has 2 to 4,000,000 people");
    return GS_OK;
}

static gs_status check_outcome(const gs_trial *t, const gs_kernel *k, gs_err *err)
{
    if (t->kind == GS_TRIAL_SCORE && !t->scale)
        return gs_fail(err, GS_EUSE, "the outcome has no scale");
    if (t->kind == GS_TRIAL_ONSET ? t->state >= k->n_state || !isfinite(t->above) :
                                    t->see >= k->n_see)
        return gs_fail(err, GS_EUSE, "the outcome is nothing this model shows");
    if (t->kind == GS_TRIAL_ONSET && t->how == GS_TRIAL_CROSSOVER)
        return gs_fail(err, GS_EUSE, "a first onset cannot be crossed over; use parallel arms");
    if (t->entry_lo > t->entry_hi)
        return gs_fail(err, GS_ERANGE, "the severity window %g to %g is upside down",
                       t->entry_lo, t->entry_hi);
    if (t->how == GS_TRIAL_CLUSTER &&
        (t->n_cluster < 2 * t->n_arm || !(t->icc >= 0 && t->icc < 1)))
        return gs_fail(err, GS_ERANGE, "a cluster trial needs two clusters an arm or more, "
                                       "and an icc from 0 to below 1");
    if (!(t->alpha > 0 && t->alpha < 1) || t->n_random < 2 || t->n_random > 1000000)
        return gs_fail(err, GS_ERANGE, "2 to 1,000,000 people are randomised, and alpha lies "
                                       "between 0 and 1");
    return GS_OK;
}

gs_status gs_trial_check(const gs_trial *t, const gs_kernel *k, gs_err *err)
{
    if (k->n_lane != 1)
        return gs_fail(err, GS_EUSE, "a trial wants a kernel of one lane");
    GS_TRY(check_arms(t, k, err));
    GS_TRY(check_visits(t, err));
    GS_TRY(check_outcome(t, k, err));
    return check_people(t, k, err);
}
