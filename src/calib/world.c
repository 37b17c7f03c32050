/* The numbers that are fitted, each as a function of a standard normal.
 *
 * Gains are those of the levers with published results or cohort data, and those that a plan
 * moves; their prior is the model's own, split: the share CALIB_SHARED of its variance (of
 * the ln, where it is log-normal) is ignorance of the mean over people, the rest is how
 * people differ. Contested links keep half of their belief
 * exactly at zero: value = scale * softshrink(u), softshrink(u) = 0 for |u| < 0.674. */
#include "calib/calib.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const gain_name[] = {
    "gain_fibre", "gain_prebiotic", "gain_sugar", "gain_fat", "gain_processed",
    "gain_fermented", "gain_probiotic", "gain_glycaemic", "gain_dairy", "gain_stress",
    "gain_sleep", "gain_water"};
static const char *const contested_name[] = {"k_J_fructose", "k_G_sleep", "k_Bs_water",
                                             "k_E_w", "k_J_MC", "skin_to_gut"};

/* |u| below this is exactly zero: half of a standard normal; and the sd of what is left,
 * so that the whole has the prior's sd: E[(|u| - c)+^2] = 0.2988 */
static const double SPIKE = 0.6744897501960817;
static const double SPIKE_SD = 0.5466;

static gs_status add(world *w, gs_err *err, w_par p)
{
    if (world_find(w, p.name) >= 0)
        return GS_OK;
    if (w->n == W_MAX)
        return gs_fail(err, GS_ERANGE, "more than %d numbers to fit", W_MAX);
    w->p[w->n++] = p;
    return GS_OK;
}

static gs_status add_gain(world *w, const char *name, w_kind kind, gs_err *err)
{
    long i = gs_kernel_par(w->k, name);
    w_par p = {.kind = kind};

    if (i >= 0 && kind == W_GAIN && w->k->par[i].prior.kind == GS_DIST_LOGNORMAL)
        p.kind = kind = W_GAIN_LOG;
    else if (i < 0 || w->k->par[i].prior.kind != GS_DIST_NORMAL)
        return gs_fail(err, GS_EFOUND, "the model has no parameter %s with a normal prior", name);
    const gs_par_info *info = &w->k->par[i];
    snprintf(p.name, sizeof p.name, "%s", name);
    p.par = (size_t)i;
    p.lo = info->lo;
    p.hi = info->hi;
    p.a = kind == W_CONTESTED ? 0 : info->prior.a;
    p.b = kind == W_GAIN       ? info->prior.b * sqrt(CALIB_SHARED)
          : kind == W_GAIN_LOG ? log(info->prior.b) * sqrt(CALIB_SHARED)
                               : info->prior.b / SPIKE_SD;
    return add(w, err, p);
}

static void gain_name_of(const char *lever, char *name, size_t n)
{
    snprintf(name, n, "gain_%.*s", (int)strcspn(lever, "_"), lever);
}

bool world_gain_of(const world *w, size_t gain, const char *lever)
{
    char name[W_NAME];

    gain_name_of(lever, name, sizeof name);
    return strcmp(w->p[gain].name, name) == 0;
}

/* Gains of moved levers that are not among those above: light, creams, flushes. */
static gs_status add_moved(world *w, const gs_plan *p, gs_err *err)
{
    char name[W_NAME];

    for (size_t m = 0; p->contrast && m < p->n_move; m++) {
        gain_name_of(p->move[m].lever, name, sizeof name);
        long i = gs_kernel_par(w->k, name);
        if (i >= 0 && w->k->par[i].prior.kind != GS_DIST_NONE)
            GS_TRY(add_gain(w, name, W_GAIN, err));
    }
    return GS_OK;
}

static gs_status add_plain(world *w, const char *name, w_kind kind, double a, double b, long *at,
                           gs_err *err)
{
    w_par p = {.kind = kind, .a = a, .b = kind == W_LOG ? log(b) : b};

    snprintf(p.name, sizeof p.name, "%s", name);
    GS_TRY(add(w, err, p));
    if (at)
        *at = world_find(w, name);
    return GS_OK;
}

/* Terms that hold for every outcome. Priors: docs/notes/calibration.md. */
static gs_status add_common(world *w, gs_err *err)
{
    GS_TRY(add_plain(w, "beyond_sd.skin", W_LOG, 0.12, 1.8, &w->sd_skin, err));
    GS_TRY(add_plain(w, "beyond_sd.marker", W_LOG, 0.12, 1.8, &w->sd_marker, err));
    GS_TRY(add_plain(w, "beyond_sd.onset", W_LOG, 0.4, 1.8, &w->sd_onset, err));
    GS_TRY(add_plain(w, "null_printed", W_LOGIT, -0.5, 1.2, &w->null_printed, err));
    GS_TRY(add_plain(w, "null_pooled", W_LOGIT, -0.5, 1.2, &w->null_pooled, err));
    GS_TRY(add_plain(w, "null_elsewhere", W_LOGIT, -0.5, 1.2, &w->null_elsewhere, err));
    GS_TRY(add_plain(w, "course_days", W_LOG, 30, 1.4, &w->course_days, err));
    GS_TRY(add_plain(w, "between.course", W_LOG, 0.15, 1.6, &w->between_course, err));
    GS_TRY(add_plain(w, "between.effect", W_LOG, 0.08, 1.8, &w->between_effect, err));
    GS_TRY(add_plain(w, "between.marker", W_LOG, 0.05, 1.8, &w->between_marker, err));
    GS_TRY(add_plain(w, "between.onset", W_LOG, 0.2, 1.8, &w->between_onset, err));
    return add_plain(w, "onset_slope", W_LOG, 6.5, 1.5, &w->slope, err);
}

static bool is_skin(const char *family)
{
    return strchr(family, '.') && !strstr(family, "onset");
}

static gs_status add_plan(world *w, const gs_plan *p, gs_err *err)
{
    char name[3 * W_NAME];

    if (!*p->family)
        return GS_OK;
    if (is_skin(p->family) && (p->control || p->contrast)) {
        snprintf(name, sizeof name, "course.%s", p->family);
        GS_TRY(add_plain(w, name, W_NORMAL, -0.25, 0.3, NULL, err));
        snprintf(name, sizeof name, "people.%s", p->family);
        GS_TRY(add_plain(w, name, W_LOG, 0.6, 1.5, NULL, err));
    }
    if (p->contrast) {
        w_par b = {.kind = W_BEYOND, .spread = (size_t)world_sd_of(w, p)};
        snprintf(b.name, sizeof b.name, "beyond.%.23s.%.23s", p->group, p->family);
        GS_TRY(add(w, err, b));
    }
    return GS_OK;
}

gs_status world_make(world *w, const gs_kernel *k, size_t n_plan, const gs_plan *plan,
                     gs_err *err)
{
    memset(w, 0, sizeof *w);
    w->k = k;
    for (size_t i = 0; i < sizeof gain_name / sizeof *gain_name; i++)
        GS_TRY(add_gain(w, gain_name[i], W_GAIN, err));
    for (size_t i = 0; i < sizeof contested_name / sizeof *contested_name; i++)
        GS_TRY(add_gain(w, contested_name[i], W_CONTESTED, err));
    for (size_t i = 0; i < n_plan; i++)
        GS_TRY(add_moved(w, &plan[i], err));
    w->n_gain = w->n;
    GS_TRY(add_common(w, err));
    for (size_t i = 0; i < n_plan; i++)
        GS_TRY(add_plan(w, &plan[i], err));
    return GS_OK;
}

long world_find(const world *w, const char *name)
{
    for (size_t i = 0; i < w->n; i++) {
        if (strcmp(w->p[i].name, name) == 0)
            return (long)i;
    }
    return -1;
}

long world_sd_of(const world *w, const gs_plan *p)
{
    return p->how == GS_PLAN_ODDS ? w->sd_onset : is_skin(p->family) ? w->sd_skin : w->sd_marker;
}

long world_between_of(const world *w, const gs_plan *p)
{
    return p->how == GS_PLAN_ODDS   ? w->between_onset
           : is_skin(p->family)     ? w->between_effect
                                    : w->between_marker;
}

double world_value(const world *w, size_t i, double u, const double *theta)
{
    const w_par *p = &w->p[i];

    switch (p->kind) {
    case W_CONTESTED:
        return fabs(u) < SPIKE ? 0
                               : fmin(fmax(p->b * copysign(fabs(u) - SPIKE, u), p->lo), p->hi);
    case W_GAIN:
        return fmin(fmax(p->a + p->b * u, p->lo), p->hi);
    case W_GAIN_LOG:
        return fmin(fmax(p->a * exp(p->b * u), p->lo), p->hi);
    case W_BEYOND: /* spreads stand before the terms they spread */
        return u * theta[p->spread];
    case W_NORMAL:
        return p->a + p->b * u;
    case W_LOGIT:
        return num_logistic(p->a + p->b * u);
    case W_LOG:
        return p->a * exp(p->b * u);
    }
    return NAN;
}

void world_theta(const world *w, const double *u, double *theta)
{
    for (size_t i = 0; i < w->n; i++)
        theta[i] = world_value(w, i, u[i], theta);
}
