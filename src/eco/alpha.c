/* Diversity of one sample, what counting alone makes of it, and rarefaction. */
#include "gutskin/eco.h"

#include <math.h>

void gs_eco_alpha_of(size_t n, const double *x, gs_eco_alpha *out)
{
    gs_eco_alpha o = {.shannon = NAN, .inv_simpson = NAN, .chao1 = NAN, .pielou = NAN};
    double h = 0, square = 0;
    bool counts = true;

    for (size_t i = 0; i < n; i++) {
        o.total += x[i];
        o.observed += x[i] > 0;
        o.singles += x[i] == 1;
        o.doubles += x[i] == 2;
        counts = counts && x[i] == floor(x[i]);
    }
    if (o.total > 0) {
        for (size_t i = 0; i < n; i++) {
            double p = x[i] / o.total;
            square += p * p;
            h -= x[i] > 0 ? p * log(p) : 0;
        }
        o.shannon = h > 0 ? h : 0; /* one taxon: -1 ln 1 is a negative zero */
        o.inv_simpson = 1 / square;
        if (counts)
            o.chao1 = o.observed + o.singles * (o.singles - 1) / (2 * (o.doubles + 1));
        if (o.observed > 1)
            o.pielou = o.shannon / log(o.observed);
    }
    *out = o;
}

static const gs_eco_range unknown = {NAN, NAN, NAN};

/* Spread of draws around their own mean, put around the value. */
static gs_eco_range around(double at, size_t n, double *draw)
{
    double mean = 0;
    for (size_t i = 0; i < n; i++)
        mean += draw[i] / (double)n;
    gs_eco_sort(n, draw);
    return (gs_eco_range){at, at + gs_eco_quantile(n, draw, 0.025) - mean,
                          at + gs_eco_quantile(n, draw, 0.975) - mean};
}

/* [chao1987] eq. 13 with the variance of [chao1984]'s bias-corrected form. */
static gs_eco_range chao1_range(const gs_eco_alpha *x)
{
    double s = x->singles, d = x->doubles, t = x->chao1 - x->observed;
    if (!(t > 0)) /* no singletons, or one: nothing hidden that counts could show */
        return (gs_eco_range){x->chao1, x->observed, x->observed};
    double var = s * (s - 1) / (2 * (d + 1)) +
                 s * (2 * s - 1) * (2 * s - 1) / (4 * (d + 1) * (d + 1)) +
                 s * s * d * (s - 1) * (s - 1) / (4 * pow(d + 1, 4));
    double k = exp(1.959963984540054 * sqrt(log1p(var / (t * t))));
    return (gs_eco_range){x->chao1, x->observed + t / k, x->observed + t * k};
}

gs_status gs_eco_noise_of(gs_arena *a, size_t n, const double *x, gs_rng *r, size_t n_draw,
                          gs_eco_noise *out, gs_err *err)
{
    gs_eco_alpha o;
    gs_mark m = gs_arena_mark(a);

    gs_eco_alpha_of(n, x, &o);
    *out = (gs_eco_noise){.observed = unknown, .shannon = unknown, .inv_simpson = unknown,
                          .chao1 = unknown, .pielou = unknown};
    out->observed.at = o.observed, out->shannon.at = o.shannon;
    out->inv_simpson.at = o.inv_simpson, out->chao1.at = o.chao1, out->pielou.at = o.pielou;
    if (isnan(o.chao1) || n_draw == 0)
        return GS_OK;
    double *h = GS_NEW(a, double, 3 * n_draw), *p = GS_NEW(a, double, n);
    if (!h || !p)
        return gs_fail(err, GS_ENOMEM, "out of memory for counting noise");
    double *inv = h + n_draw, *even = inv + n_draw;
    for (size_t i_draw = 0; i_draw < n_draw; i_draw++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += p[i] = x[i] > 0 ? gs_rng_gamma(r, x[i]) : 0;
        double s = 0, square = 0;
        for (size_t i = 0; i < n; i++) {
            double q = p[i] / sum;
            square += q * q;
            s -= q > 0 ? q * log(q) : 0;
        }
        h[i_draw] = s;
        inv[i_draw] = 1 / square;
        even[i_draw] = o.observed > 1 ? s / log(o.observed) : NAN;
    }
    out->shannon = around(o.shannon, n_draw, h);
    out->shannon.lo = fmax(out->shannon.lo, 0);
    out->inv_simpson = around(o.inv_simpson, n_draw, inv);
    out->inv_simpson.lo = fmax(out->inv_simpson.lo, 1);
    if (o.observed > 1) {
        out->pielou = around(o.pielou, n_draw, even);
        out->pielou.lo = fmax(out->pielou.lo, 0), out->pielou.hi = fmin(out->pielou.hi, 1);
    }
    double sd = o.chao1 > 0 ? sqrt(o.observed * (1 - o.observed / o.chao1)) : 0;
    out->observed.lo = fmax(o.observed - 1.959963984540054 * sd, o.observed > 0);
    out->observed.hi = o.observed + 1.959963984540054 * sd;
    out->chao1 = chao1_range(&o);
    gs_arena_release(a, m);
    return GS_OK;
}

gs_eco_range gs_eco_share(double x, double total)
{
    if (!(total > 0) || !(x >= 0) || x > total * (1 + 1e-12))
        return unknown;
    double rest = fmax(total - x, 0);
    return (gs_eco_range){x / total, x == 0 ? 0 : gs_eco_beta_quantile(0.025, x + 0.5, rest + 0.5),
                          rest == 0 ? 1 : gs_eco_beta_quantile(0.975, x + 0.5, rest + 0.5)};
}

/* With gammas of shape a, b: ln(A / B) is the logit of a Beta(a, b). */
gs_eco_range gs_eco_log_ratio(double x, double y)
{
    if (!(x >= 0) || !(y >= 0))
        return unknown;
    double a = x + 0.5, b = y + 0.5;
    double lo = gs_eco_beta_quantile(0.025, a, b), hi = gs_eco_beta_quantile(0.025, b, a);
    return (gs_eco_range){log(a / b), log(lo) - log1p(-lo), log1p(-hi) - log(hi)};
}

/* ---- rarefaction ------------------------------------------------------------------- */

static bool are_counts(size_t n, const double *x, double *total)
{
    *total = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(x[i] >= 0) || x[i] != floor(x[i]))
            return false;
        *total += x[i];
    }
    return true;
}

double gs_eco_rarefy(size_t n, const double *x, double m)
{
    double total, seen = 0;
    if (!are_counts(n, x, &total) || !(m >= 0) || m > total || m != floor(m))
        return NAN;
    double all = lgamma(total - m + 1) - lgamma(total + 1);
    for (size_t i = 0; i < n; i++) {
        if (x[i] == 0)
            continue;
        double rest = total - x[i];
        /* C(N - x, m) / C(N, m) = (N-x)! (N-m)! / ((N-x-m)! N!), 0 when m > N - x */
        seen += m > rest ? 1 : -expm1(lgamma(rest + 1) - lgamma(rest - m + 1) + all);
    }
    return seen;
}

static double log_choose(double n, double k)
{
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

double gs_eco_rarefy_shannon(size_t n, const double *x, double m)
{
    double total, h = 0;
    if (!are_counts(n, x, &total) || !(m >= 1) || m > total || m != floor(m))
        return NAN;
    double all = log_choose(total, m);
    for (size_t i = 0; i < n; i++) {
        double rest = total - x[i];
        double from = fmax(1, m - rest), to = fmin(x[i], m), mean = m * x[i] / total;
        double sd = sqrt(mean * fmax(rest / total, 0)) + 1;
        /* terms beyond 12 sd of the hypergeometric are below 1e-30 */
        from = fmax(from, floor(mean - 12 * sd - 20));
        to = fmin(to, ceil(mean + 12 * sd + 20));
        for (double k = from; k <= to; k++) {
            double p = exp(log_choose(x[i], k) + log_choose(rest, m - k) - all);
            h -= p * (k / m) * log(k / m);
        }
    }
    return h > 0 ? h : 0;
}
