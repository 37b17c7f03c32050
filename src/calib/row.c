/* A row as quantities with errors, and what a set of numbers foretells for it.
 *
 * On the ln scale a control arm stands at the course R_c = exp(D (1 - exp(-t/tau)) + eta),
 * the treated arm at R_t = R_c exp(m + beta h(t) + eps): m the axis, beta what lies beyond
 * it, eta and eps how trials differ. Then, with the start B:
 *   ratio   change B (R - 1), percent change 100 (R - 1), contrast B (R_t - R_c)
 *   share   P(ln ratio of a person < ln threshold), people about the mean ratio R by the law
 *           of drift (gutskin/trial.h) with the sd s
 *   odds    logit p_t = logit p_c + slope m + beta + eps, p_c as published
 * A contrast of one trial is printed with its number surely when it is significant in the
 * hoped-for direction, else with the chance rho (selection model of meta-analysis): without
 * it, levers would be credited with what the press left out. A pool is printed anyway, but
 * of trials that were chosen so: with its own chance, and averaged over its members.
 * Errors: from the published interval; else from p; else from the arms' sizes. */
#include "calib/calib.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double BEYOND_DAYS = 28;  /* what lies beyond comes at this pace */
static const double WEEKS_FULL = 12;   /* and is counted at this week         */
enum { N_ARM_USUAL = 25, N_POOL_USUAL = 150, TRIALS_IN_POOL = 5, TRIALS_OF_STRAIN = 3,
       TRIALS_MOST = 50 };

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static const char *plain(const gs_evidence_row *r)
{
    return r->effect_type + (r->effect_type[0] == 'a');
}

static bool is_pool(const gs_evidence_row *r)
{
    return r->kind == GS_DESIGN_POOLED || r->kind == GS_DESIGN_POOLED_OBSERVED;
}

static double clip(double x, double lo, double hi)
{
    return fmin(fmax(x, lo), hi);
}

static double logit(double p)
{
    p = clip(p, 1e-6, 1 - 1e-6);
    return log(p / (1 - p));
}

static double cloglog(double p)
{
    return log(-log1p(-clip(p, 1e-6, 1 - 1e-6)));
}

/* How many trials a pool holds: "13 trials pooled", "placebo groups of 24 trials"; an age
 * group or another part of the pool holds fewer, which is not said. */
static double trials_in(const gs_evidence_row *r)
{
    for (const char *t = r->design; *t; t++) {
        double n = 0;
        size_t len = strspn(t, "0123456789");
        if (len == 0 || len > 3)
            continue;
        for (size_t i = 0; i < len; i++)
            n = 10 * n + (t[i] - '0');
        const char *word = t + len + strspn(t + len, " ");
        if (strncmp(word, "randomi", 7) == 0)
            word += strcspn(word, " ") + (word[strcspn(word, " ")] == ' ');
        if ((strncmp(word, "trial", 5) == 0 || strncmp(word, "RCT", 3) == 0 ||
             strncmp(word, "stud", 4) == 0) && n >= 2)
            return fmin(n, TRIALS_MOST);
        t += len - 1;
    }
    return TRIALS_IN_POOL;
}

/* Trials of one strain differ from those of others as much as one trial does. */
static bool one_strain(const gs_evidence_row *r)
{
    static const char *const genus[] = {"L. ", "B. ", "Lactobacillus ", "Bifidobacterium ",
                                        "E. coli"};

    for (size_t i = 0; i < sizeof genus / sizeof *genus; i++) {
        if (strncmp(r->what, genus[i], strlen(genus[i])) == 0)
            return true;
    }
    return false;
}

/* ---- published numbers on the scale where errors are normal ----------------------- */

typedef enum y_scale { PLAIN, LOG, FISHER_D } y_scale;

static y_scale scale_of(const gs_evidence_row *r)
{
    const char *t = plain(r);

    if (is(t, "RR") || is(t, "OR") || is(t, "HR") || is(t, "PR") || is(t, "ratio"))
        return LOG;
    return is(t, "r") ? FISHER_D : PLAIN;
}

/* A correlation with group membership as a standardised difference. */
static double d_of_r(double r)
{
    r = clip(r, -0.99, 0.99);
    return 2 * r / sqrt(1 - r * r);
}

static double to_y(const gs_evidence_row *r, double x)
{
    switch (scale_of(r)) {
    case LOG:
        return x > 0 ? log(x) : NAN;
    case FISHER_D:
        return d_of_r(x);
    default:
        return x;
    }
}

double row_from_y(const row_data *r, double y)
{
    switch (scale_of(r->plan.row)) {
    case LOG:
        return exp(y);
    case FISHER_D:
        return y / sqrt(4 + y * y);
    default:
        return y;
    }
}

static double n_of(double n, const gs_evidence_row *r, bool *assumed)
{
    if (n >= 1)
        return n;
    *assumed = true;
    return is_pool(r) ? N_POOL_USUAL : N_ARM_USUAL;
}

/* Standard error of one arm's number. */
static double arm_se(const row_data *d, double value, double n)
{
    const gs_plan *p = &d->plan;
    const char *arms = p->row->arms;

    if (is(arms, "share") || is(p->row->effect_type, "share")) {
        double q = clip(value, 0.02, 0.98);
        return sqrt(q * (1 - q) / n);
    }
    double spread = p->cv * sqrt(0.6); /* of a change: start and end correlate about 0.7 */
    if (is(arms, "percent change"))
        return 100 * spread / sqrt(n);
    return p->base * spread / sqrt(n);
}

static double contrast_se(row_data *d)
{
    const gs_evidence_row *r = d->plan.row;

    if (!isnan(r->ci_lo) && r->ci_hi > r->ci_lo) {
        double lo = to_y(r, r->ci_lo), hi = to_y(r, r->ci_hi);
        if (isfinite(lo) && isfinite(hi))
            return (hi - lo) / (2 * 1.959964);
    }
    if (r->p > 0 && r->p < 0.5 && d->y != 0 && isfinite(d->y)) {
        double z = num_normal_quantile(1 - r->p / 2, r->p / 2);
        return fabs(d->y) / z;
    }
    // from the sizes of the arms
    double nt = n_of(r->n_treat, r, &d->se_assumed);
    double nc = isnan(r->n_control) ? nt : n_of(r->n_control, r, &d->se_assumed);
    double pc = is(r->arms, "share") && r->arm_control > 0 ? r->arm_control : 0.3;
    double pt = is(r->arms, "share") && r->arm_treat > 0 ? r->arm_treat : pc;
    pc = clip(pc, 0.02, 0.98);
    pt = clip(pt, 0.02, 0.98);
    const char *t = plain(r);
    if (is(t, "OR"))
        return sqrt(1 / (nt * pt * (1 - pt)) + 1 / (nc * pc * (1 - pc)));
    if (scale_of(r) == LOG)
        return sqrt((1 - pt) / (nt * pt) + (1 - pc) / (nc * pc));
    if (is(t, "RD"))
        return sqrt(pt * (1 - pt) / nt + pc * (1 - pc) / nc);
    if (is(t, "SMD") || is(t, "r"))
        return sqrt(1 / nt + 1 / nc);
    double spread = d->plan.cv * sqrt(0.6);
    double unit = is(t, "percent") ? 100 : d->plan.base;
    return unit * spread * sqrt(1 / nt + 1 / nc);
}

void row_read(const world *w, const gs_plan *p, row_data *d)
{
    const gs_evidence_row *r = p->row;
    char name[3 * W_NAME];

    memset(d, 0, sizeof *d);
    d->plan = *p;
    d->course = d->people = d->beyond = d->sd = -1;
    d->shrink = is_pool(r) && !one_strain(r) ? 1 / trials_in(r) : 1;
    snprintf(name, sizeof name, "course.%s", p->family);
    d->course = world_find(w, name);
    snprintf(name, sizeof name, "people.%s", p->family);
    d->people = world_find(w, name);
    snprintf(name, sizeof name, "beyond.%s.%s", p->group, p->family);
    d->beyond = world_find(w, name);
    d->sd = world_sd_of(w, p);

    // a term beyond the axis is counted in the direction people hope for
    static const char *const less[] = {"sugar", "fat", "processed", "glycaemic", "dairy",
                                       "stress", "scratch", "flush"};
    bool down = p->n_move && (p->move[0].op == '*' ? p->move[0].amount < 1
                                                   : p->move[0].amount < 0);
    bool want_down = false;
    for (size_t i = 0; i < sizeof less / sizeof *less; i++)
        want_down |= is(p->group, less[i]);
    d->sign = down == want_down ? 1 : -1;

    d->hope = d->sign * (p->how == GS_PLAN_SHARE ? 1 : -1); /* responders rise, severity falls */
    d->choosy = !is_pool(r) && !p->blind;

    if (p->control) {
        double n = n_of(isnan(r->n_control) ? r->n_treat : r->n_control, r, &d->se_assumed);
        d->has_control = true;
        d->control = r->arm_control;
        d->control_se = arm_se(d, r->arm_control, n);
        if (is(r->effect_type, "rate") && r->ci_hi > r->ci_lo)
            d->control_se = (r->ci_hi - r->ci_lo) / (2 * 1.959964);
    }
    if (p->contrast && (is(r->effect_type, "change") || is(r->effect_type, "share"))) {
        d->has_treat = true;
        d->y = isnan(r->arm_treat) ? r->effect : r->arm_treat;
        d->y_se = is(r->effect_type, "share") || !(r->p > 0 || r->ci_hi > r->ci_lo)
                      ? arm_se(d, d->y, n_of(r->n_treat, r, &d->se_assumed))
                      : contrast_se(d);
    } else if (p->contrast) {
        d->y = to_y(r, r->effect);
        if (isnan(d->y) && !isnan(r->arm_treat) && !isnan(r->arm_control))
            d->y = r->arm_treat - r->arm_control;
        d->has_contrast = isfinite(d->y);
        if (d->has_contrast || p->blind)
            d->y_se = contrast_se(d);
    }
    if (is_pool(r) && (d->has_contrast || p->blind))
        d->pooled = one_strain(r) ? fmin(trials_in(r), TRIALS_OF_STRAIN) : trials_in(r);
    d->log = scale_of(r) == LOG;
    const char *t = plain(r);
    d->differ = is(t, "MD") || is(t, "RD") || is(t, "percent");
    // both arms: the treated one too
    if (d->has_control && d->has_contrast && !isnan(r->arm_treat)) {
        double n = n_of(r->n_treat, r, &d->se_assumed);
        d->treat = r->arm_treat;
        d->treat_se = arm_se(d, r->arm_treat, n);
    } else {
        d->treat = NAN;
    }
}

/* The fitted chance is that of the table's own trials; of others' press only the prior is
 * known. */
static double rho_of(const world *w, const row_data *r, const double *theta)
{
    return theta[r->plan.row->calibrates ? w->null_printed : w->null_elsewhere];
}

double row_printed(const world *w, const row_data *r, const double *theta, double y)
{
    if (!r->choosy || r->hope * y > 1.959964 * r->y_se)
        return 1;
    return rho_of(w, r, theta);
}

double row_printed_mean(const world *w, const row_data *r, const double *theta, double mean,
                        double sd)
{
    double rho = rho_of(w, r, theta);

    if (!r->choosy)
        return 1;
    return rho + (1 - rho) * num_normal_cdf((r->hope * mean - 1.959964 * r->y_se) / sd);
}

/* ---- prediction -------------------------------------------------------------------- */

row_fit row_fit_of(const world *w, const row_data *r, const double *theta, double effect)
{
    double t = 7 * r->plan.weeks;
    double pace = (1 - exp(-t / BEYOND_DAYS)) / (1 - exp(-7 * WEEKS_FULL / BEYOND_DAYS));
    row_fit f = {.effect = effect, .spread = 0.5, .slope = theta[w->slope]};

    if (r->course >= 0)
        f.course = theta[r->course] * (1 - exp(-t / theta[w->course_days]));
    if (r->people >= 0)
        f.spread = theta[r->people];
    if (r->beyond >= 0)
        f.beyond = r->sign * theta[r->beyond] * (r->plan.how == GS_PLAN_ODDS ? 1 : pace);
    return f;
}

static double share_below(const row_data *r, double ratio_ln, double spread)
{
    return gs_trial_law_below((log(r->plan.threshold) - ratio_ln + gs_trial_law_lift(spread)) /
                              spread);
}

/* Contrast on its normal scale from shares. */
static double contrast_of_shares(const char *t, double pt, double pc)
{
    if (is(t, "OR"))
        return logit(pt) - logit(pc);
    if (is(t, "HR"))
        return cloglog(pt) - cloglog(pc);
    if (is(t, "RR") || is(t, "PR") || is(t, "ratio"))
        return log(clip(pt, 1e-6, 1)) - log(clip(pc, 1e-6, 1));
    return pt - pc;
}

row_pred row_predict(const row_data *r, const row_fit *f, const row_dev *d)
{
    const gs_plan *p = &r->plan;
    const gs_evidence_row *e = p->row;
    const char *t = plain(e);
    double all = f->effect + f->beyond + d->effect;
    double rc = f->course + d->course, rt = rc + all;
    row_pred out;

    if (p->how == GS_PLAN_ODDS) {
        double pc = clip(p->base * exp(d->base), 1e-4, 0.98);
        double pt = num_logistic(logit(pc) + f->slope * f->effect + f->beyond + d->effect);
        out = (row_pred){.control = pc, .treat = pt, .y = contrast_of_shares(t, pt, pc)};
    } else if (p->how == GS_PLAN_SHARE) {
        double pc = share_below(r, rc, f->spread), pt = share_below(r, rt, f->spread);
        out = (row_pred){.control = pc, .treat = pt, .y = contrast_of_shares(t, pt, pc)};
    } else {
        double base = p->base * exp(d->base);
        double unit = is(t, "percent") || is(e->arms, "percent change") ? 100 : base;
        out = (row_pred){.control = unit * (exp(rc) - 1), .treat = unit * (exp(rt) - 1)};
        out.y = unit * (exp(rt) - exp(rc));
        if (is(t, "SMD") || is(t, "r"))
            out.y = (exp(rt) - exp(rc)) / p->cv;
        else if (scale_of(e) == LOG)
            out.y = rt - rc;
    }
    if (r->has_treat)
        out.y = out.treat;
    out.contrast = row_from_y(r, out.y);
    return out;
}

/* One member of the pool is normal about the same mean; it is in the pool surely when it is
 * significant in the hoped-for direction, else with the chance rho: a mixture of a normal
 * and its upper tail, whose first two moments are closed. */
row_press row_press_of(const world *w, const row_data *r, const double *theta, const row_fit *f)
{
    row_dev none = {0}, de = {0, 1e-4, 0};
    row_press out = {0, 1};

    if (r->pooled < 2 || !(r->y_se > 0))
        return out;
    double mean = row_predict(r, f, &none).y;
    double slope = (row_predict(r, f, &de).y - mean) / de.effect;
    double se = r->y_se * sqrt(r->pooled);
    double s = hypot(se, slope * theta[world_between_of(w, &r->plan)]);
    double rho = theta[w->null_pooled];
    double a = (r->hope * mean - 1.959964 * se) / s;
    double cdf = num_normal_cdf(a), pdf = exp(-0.5 * a * a) / sqrt(2 * 3.14159265358979323846);
    double all = rho + (1 - rho) * cdf, up = (1 - rho) * pdf / all;
    double var = (rho + (1 - rho) * (cdf - a * pdf)) / all - up * up;

    out.shift = r->hope * s * up;
    out.scale = sqrt(fmax(var, 0.01));
    return out;
}

/* ---- a trial's rows together --------------------------------------------------------- */

static const double SAME_PEOPLE = 0.6; /* errors of two outcomes of the same people */

/* Where row i's quantities stand: control first, then the contrast. */
static size_t n_q_of(const row_data *r)
{
    return (size_t)r->has_control + (size_t)(r->has_contrast || r->has_treat);
}

void group_predict(const world *w, const group *g, const row_data *row, const double *effect,
                   const double *theta, group_q *q)
{
    double J[3][2 * GROUP_MAX], se[2 * GROUP_MAX], scale[2 * GROUP_MAX], between;
    bool contrast[2 * GROUP_MAX];
    size_t n = 0, of[2 * GROUP_MAX];
    const double h = 1e-4;

    for (size_t i = 0; i < g->n; i++) {
        const row_data *r = &row[g->row[i]];
        row_fit f = row_fit_of(w, r, theta, effect[g->row[i]]);
        row_dev zero = {0, 0, 0}, dc = {h, 0, 0}, de = {0, h, 0}, db = {0, 0, h};
        row_pred at = row_predict(r, &f, &zero), c = row_predict(r, &f, &dc),
                 e = row_predict(r, &f, &de), b = row_predict(r, &f, &db);
        double vc = theta[w->between_course] * sqrt(r->shrink);
        double ve = theta[world_between_of(w, &r->plan)] * sqrt(r->shrink);
        double vb = log(r->plan.base_gsd);
        if (r->course < 0)
            vc = 0;
        if (r->has_control) {
            q->y[n] = r->control;
            q->mean[n] = at.control;
            J[0][n] = vc * (c.control - at.control) / h;
            J[1][n] = 0;
            J[2][n] = vb * (b.control - at.control) / h;
            scale[n] = 1;
            se[n] = r->control_se;
            contrast[n] = false;
            of[n++] = i;
        }
        if (r->has_contrast || r->has_treat) {
            row_press press = row_press_of(w, r, theta, &f);
            q->y[n] = r->y;
            q->mean[n] = at.y + press.shift;
            scale[n] = press.scale;
            J[0][n] = vc * (c.y - at.y) / h;
            J[1][n] = ve * (e.y - at.y) / h;
            J[2][n] = vb * (b.y - at.y) / h;
            se[n] = r->y_se;
            contrast[n] = true;
            of[n++] = i;
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            between = J[0][i] * J[0][j] + J[1][i] * J[1][j] + J[2][i] * J[2][j];
            double rho = i == j ? 1 : of[i] == of[j] ? 0 : contrast[i] == contrast[j] ? SAME_PEOPLE : 0;
            double meas = rho * se[i] * se[j];
            const row_data *r = &row[g->row[of[i]]];
            if (i != j && of[i] == of[j] && r->differ) {
                // the control arm stands in both, with the other sign
                double both = fmin(se[i], se[j]);
                meas = -0.7 * both * both;
            }
            q->cov[i * n + j] = scale[i] * scale[j] * (between + meas);
        }
        q->cov[i * n + i] *= 1 + 1e-9;
    }
}

gs_status groups_make(gs_arena *a, size_t n_row, const row_data *row, size_t *n_group,
                      group **out, gs_err *err)
{
    group *g = GS_NEW(a, group, n_row ? n_row : 1);
    size_t n = 0;

    if (!g)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    for (size_t i = 0; i < n_row; i++) {
        size_t q = n_q_of(&row[i]), k = 0;
        if (q == 0)
            continue;
        while (k < n && (g[k].n == GROUP_MAX ||
                         strcmp(row[g[k].row[0]].plan.row->trial, row[i].plan.row->trial) != 0))
            k++;
        n += k == n;
        g[k].row[g[k].n++] = i;
        g[k].n_q += q;
    }
    *n_group = n;
    *out = g;
    return GS_OK;
}
