/* A fit's draws as JSON: thinned, every number exact. */
#include "cli/kept_fit.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 400 };

static json_t *draws_json(const gs_fit *f, const double *draw, size_t n)
{
    size_t all = f->n_chain * f->n_draw;
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        for (size_t d = 0; d < f->n_dim; d++)
            json_array_append_new(list, json_real(draw[i * all / n * f->n_dim + d]));
    return list;
}

static json_t *dims_json(const gs_fit *f)
{
    json_t *list = json_array();
    for (size_t d = 0; d < f->n_dim; d++) {
        const gs_dim *x = &f->dim[d];
        json_array_append_new(list, json_pack("{s:s, s:i, s:i, s:i, s:f, s:f, s:f, s:f}",
                              "name", x->name, "role", (int)x->role, "par", (int)x->par,
                              "series", (int)x->series, "prior_mean", x->prior_mean,
                              "prior_sd", x->prior_sd, "mean", x->mean, "sd", x->sd));
    }
    return list;
}

gs_status gs_kept_fit_save(gs_diary *d, const char *person, const char *key,
                           const gs_fit *f, gs_err *err)
{
    size_t all = f->n_chain * f->n_draw, n = all < MOST ? all : MOST;
    char kernel[32], obs[32];

    snprintf(kernel, sizeof kernel, "%016llx", (unsigned long long)f->kernel_hash);
    snprintf(obs, sizeof obs, "%016llx", (unsigned long long)f->obs_hash);
    json_t *x = json_pack("{s:i, s:s, s:s, s:I, s:I, s:I, s:b, s:s, s:o, s:o, s:o}", "form", 1,
                          "kernel", kernel, "obs", obs, "seed", (json_int_t)f->seed, "days",
                          (json_int_t)f->n_day, "draws", (json_int_t)n, "ok", (int)f->ok,
                          "why_not", f->why_not, "dim", dims_json(f), "draw",
                          draws_json(f, f->draw, n), "prior", draws_json(f, f->prior_draw, n));
    char *text = x ? json_dumps(x, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(x);
    if (!text)
        return gs_fail(err, GS_ENOMEM, "out of memory for the draws of the fit");
    gs_status st = gs_diary_keep(d, person, "fit", key, text, strlen(text), err);
    free(text);
    return st;
}

static bool read_hash(const json_t *x, const char *name, uint64_t *out)
{
    const char *t = json_string_value(json_object_get(x, name));
    char *end;
    if (!t || strlen(t) != 16)
        return false;
    *out = strtoull(t, &end, 16);
    return *end == '\0';
}

static bool read_count(const json_t *x, const char *name, size_t most, size_t *out)
{
    const json_t *v = json_object_get(x, name);
    json_int_t n = json_integer_value(v);
    if (!json_is_integer(v) || n < 0 || (size_t)n > most)
        return false;
    *out = (size_t)n;
    return true;
}

static bool read_numbers(gs_arena *a, const json_t *list, size_t n, double **out)
{
    double *v = GS_NEW(a, double, n + 1);
    if (!v || !json_is_array(list) || json_array_size(list) != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        const json_t *x = json_array_get(list, i);
        if (!json_is_number(x))
            return false;
        v[i] = json_number_value(x);
    }
    *out = v;
    return true;
}

static bool read_dim(const json_t *x, gs_dim *out)
{
    const char *name = json_string_value(json_object_get(x, "name"));
    const json_t *role = json_object_get(x, "role"), *par = json_object_get(x, "par");
    const json_t *series = json_object_get(x, "series");
    if (!name || !json_is_integer(role) || !json_is_integer(par) || !json_is_integer(series))
        return false;
    *out = (gs_dim){.role = (gs_dim_role)json_integer_value(role),
                    .par = (long)json_integer_value(par),
                    .series = (long)json_integer_value(series),
                    .prior_mean = json_number_value(json_object_get(x, "prior_mean")),
                    .prior_sd = json_number_value(json_object_get(x, "prior_sd")),
                    .mean = json_number_value(json_object_get(x, "mean")),
                    .sd = json_number_value(json_object_get(x, "sd")), .rhat = 1};
    snprintf(out->name, sizeof out->name, "%s", name);
    return true;
}

static bool read_fit(gs_arena *a, const json_t *x, gs_fit *f)
{
    const json_t *dim = json_object_get(x, "dim");
    const char *why = json_string_value(json_object_get(x, "why_not"));
    size_t seed;

    f->n_chain = 1;
    f->n_dim = json_array_size(dim);
    if (json_integer_value(json_object_get(x, "form")) != 1 || f->n_dim == 0 ||
        f->n_dim > 1000 || !read_hash(x, "kernel", &f->kernel_hash) ||
        !read_hash(x, "obs", &f->obs_hash) || !read_count(x, "days", 1000000, &f->n_day) ||
        !read_count(x, "draws", MOST, &f->n_draw) || f->n_draw == 0 ||
        !read_count(x, "seed", SIZE_MAX, &seed) || !why)
        return false;
    f->seed = seed;
    f->ok = json_is_true(json_object_get(x, "ok"));
    snprintf(f->why_not, sizeof f->why_not, "%s", why);
    f->dim = GS_NEW(a, gs_dim, f->n_dim);
    if (!f->dim || !read_numbers(a, json_object_get(x, "draw"), f->n_draw * f->n_dim, &f->draw) ||
        !read_numbers(a, json_object_get(x, "prior"), f->n_draw * f->n_dim, &f->prior_draw))
        return false;
    for (size_t d = 0; d < f->n_dim; d++) {
        if (!read_dim(json_array_get(dim, d), &f->dim[d]))
            return false;
    }
    return true;
}

gs_status gs_kept_fit(gs_diary *d, const char *person, gs_arena *a, gs_fit **out, gs_err *err)
{
    const char *key, *text;
    size_t n;

    GS_TRY(gs_diary_kept(d, person, "fit", a, &key, &text, &n, err));
    json_t *x = json_loadb(text, n, 0, NULL);
    gs_fit *f = GS_NEW(a, gs_fit, 1);
    bool ok = x && f && read_fit(a, x, f);
    json_decref(x);
    if (!ok)
        return gs_fail(err, GS_EPARSE, "the draws of the last fit were kept by another version; "
                                       "run \"gutskin fit\" again");
    *out = f;
    return GS_OK;
}
