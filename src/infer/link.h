/* Links: how a latent severity becomes a score, scale by scale.
 *
 *   NORMAL   y = ln(value + o)  (POSITIVE)  or  logit((value - lo + o)/(hi - lo + 2o))
 *            (BOUNDED), y ~ N(latent, noise^2 + what rounding adds)
 *   ORDERED  P(category > k) = logistic(latent - cut_k), k = 0 .. n_cat - 2
 *   COUNT    value ~ negative binomial, mean exp(latent), variance mean + mean^2 / phi
 *
 * docs/notes/links.md says why these; their priors are defaults set by hand. */
#ifndef GS_INFER_LINK_H
#define GS_INFER_LINK_H

#include "gutskin/infer.h"
#include "infer/prior.h"

enum {
    LINK_MAX_CAT = 16,                    /* categories of an ordered scale         */
    LINK_MAX_CUT = LINK_MAX_CAT - 1,
    LINK_FEW = 5,                         /* up to here every cut is free           */
    LINK_MAX_DIM = 3 + LINK_FEW           /* level, sd, tau and the shape numbers   */
};

typedef enum link_kind { LINK_NORMAL, LINK_ORDERED, LINK_COUNT } link_kind;

typedef struct link {
    link_kind kind;
    const gs_scale *scale;
    double slope;  /* score units (ln or logit of the score's place on its scale) per unit
                      of signal, negative where lower is worse */
    double offset;
    size_t n_cat;  /* ORDERED */
    size_t n_dim;  /* nuisance numbers: level, residual sd, tau, then the shape       */
} link;

/* One nuisance number, for the list of dimensions. */
typedef struct link_dim {
    const char *name; /* "level", "residual sd" ... */
    gs_dim_role role;
    prior prior;
} link_dim;

/* Nuisance of one series as the filters want it, or derivatives by it. */
typedef struct nuisance {
    double level, sd, tau;
    double noise; /* NORMAL: sd; COUNT: phi */
    double cut[LINK_MAX_CUT];
    double unit; /* latent units per score unit: an ordered scale's cuts are this many
                    times logit(k / n_cat) apart, as its logistic noise is 1; else 1.
                    A signal moves the latent by slope * unit: its effect on the score
                    does not depend on how noisy the score is */
} nuisance;

link link_make(const gs_scale *s);
/* Nuisance number i < l->n_dim. */
link_dim link_dim_at(const link *l, size_t i);
/* x [n_dim] natural -> nuisance. */
nuisance link_decode(const link *l, const double *x);
/* Derivatives by the nuisance -> derivatives by x, written to out [n_dim]. */
void link_pull(const link *l, const double *x, const nuisance *d, double *out);
/* Where the mode search begins: the level that a mean score suggests. */
double link_level_guess(const link *l, double mean_value);

/* value -> what NORMAL measures, and the variance its rounding adds. */
double link_forward(const link *l, double value);
double link_round_var(const link *l, double value);
/* NORMAL's y -> value, kept inside the scale. */
double link_back(const link *l, double y);
int link_category(const link *l, double value);

/* Chances of the categories at latent x: out [n_cat]. */
void link_chances(const link *l, const nuisance *v, double x, double *out);
/* Expected value at latent x, measurement noise averaged. */
double link_mean(const link *l, const nuisance *v, double x);
/* A value drawn at latent x, rounded to the scale's step. */
double link_draw(const link *l, const nuisance *v, double x, gs_rng *r);
/* Log chance (density for NORMAL, on the link's scale) of a value at latent x. */
double link_logp(const link *l, const nuisance *v, double value, double x);

#endif
