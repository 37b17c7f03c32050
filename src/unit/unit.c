/* udunits2 behind two small doors: parsed units with products and powers for the
 * dimension check, and conversion of what people type (typed.c).
 *
 * A unit remembers how it was written, as factors with exponents, so that a message can
 * say [g/d] where udunits2 would say 1.1574e-08 kg.s-1. Every unit made is kept until
 * gs_units_free, and the same operation on the same units is done once. */
#include "unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FACTOR = 8 };

typedef struct factor {
    char name[24];
    double power;
} factor;

typedef struct unit {
    ut_unit *ut;
    size_t n_factor; /* 0 and not plain: written as udunits2 does */
    bool plain;      /* factors are complete */
    factor factor[MAX_FACTOR];
} unit;

/* Remembered operations: parse (text), mul (a, b), pow (a, exponent). */
typedef struct memo {
    char *text;
    const unit *a, *b;
    double exponent;
    unit *result; /* may be NULL: the operation is undefined */
    uint64_t hash;
    bool used;
} memo;

struct gs_units {
    ut_system *system;
    memo *memo; /* open addressing */
    size_t n_memo, cap_memo;
};

gs_status gs_units_new(gs_units **out, gs_err *err)
{
    gs_units *u = calloc(1, sizeof *u);
    if (!u)
        return gs_fail(err, GS_ENOMEM, "out of memory");
    ut_set_error_message_handler(ut_ignore); /* it would write to stderr */
    u->system = ut_read_xml(NULL);
    u->cap_memo = 256;
    u->memo = calloc(u->cap_memo, sizeof *u->memo);
    if (!u->system || !u->memo) {
        bool memory = u->system != NULL;
        gs_units_free(u);
        return memory ? gs_fail(err, GS_ENOMEM, "out of memory")
                      : gs_fail(err, GS_EIO, "the unit database of udunits2 cannot be read; "
                                "install the package libudunits2-data");
    }
    *out = u;
    return GS_OK;
}

void gs_units_free(gs_units *u)
{
    if (!u)
        return;
    for (size_t i = 0; i < u->cap_memo && u->memo; i++) {
        if (u->memo[i].result) {
            ut_free(u->memo[i].result->ut);
            free(u->memo[i].result);
        }
        free(u->memo[i].text);
    }
    free(u->memo);
    if (u->system)
        ut_free_system(u->system);
    free(u);
}

/* ---- remembering ------------------------------------------------------------- */

static uint64_t key_hash(const char *text, const unit *a, const unit *b, double exponent)
{
    uintptr_t pa = (uintptr_t)a, pb = (uintptr_t)b;
    unsigned long long h = GS_HASH_START;
    if (text)
        h = gs_text_hash(h, text, strlen(text));
    h = gs_text_hash(h, &pa, sizeof pa);
    h = gs_text_hash(h, &pb, sizeof pb);
    return gs_text_hash(h, &exponent, sizeof exponent);
}

static bool key_same(const memo *m, uint64_t h, const char *text, const unit *a, const unit *b,
                     double exponent)
{
    return m->hash == h && m->a == a && m->b == b &&
           memcmp(&m->exponent, &exponent, sizeof exponent) == 0 &&
           (text ? m->text && strcmp(m->text, text) == 0 : !m->text);
}

static memo *find(gs_units *u, const char *text, const unit *a, const unit *b, double exponent)
{
    uint64_t h = key_hash(text, a, b, exponent);
    size_t i = (size_t)h & (u->cap_memo - 1);
    while (u->memo[i].used && !key_same(&u->memo[i], h, text, a, b, exponent))
        i = (i + 1) & (u->cap_memo - 1);
    return &u->memo[i];
}

/* Takes over ut (which may be NULL: undefined). NULL also when out of memory. */
static unit *keep(gs_units *u, const char *text, const unit *a, const unit *b, double exponent,
                  ut_unit *ut)
{
    if (2 * (u->n_memo + 1) > u->cap_memo) {
        size_t cap = 2 * u->cap_memo;
        memo *more = calloc(cap, sizeof *more);
        if (!more) {
            ut_free(ut);
            return NULL;
        }
        for (size_t i = 0; i < u->cap_memo; i++) {
            size_t j = (size_t)u->memo[i].hash & (cap - 1);
            while (u->memo[i].used && more[j].used)
                j = (j + 1) & (cap - 1);
            if (u->memo[i].used)
                more[j] = u->memo[i];
        }
        free(u->memo);
        u->memo = more;
        u->cap_memo = cap;
    }
    unit *x = ut ? calloc(1, sizeof *x) : NULL;
    char *copy = text ? strdup(text) : NULL;
    if ((ut && !x) || (text && !copy)) {
        ut_free(ut);
        free(x);
        free(copy);
        return NULL;
    }
    if (x)
        x->ut = ut;
    memo *m = find(u, text, a, b, exponent);
    *m = (memo){copy, a, b, exponent, x, key_hash(text, a, b, exponent), true};
    u->n_memo++;
    return x;
}

/* ---- how units are written ---------------------------------------------------- */

static void add_factor(unit *x, const char *name, size_t n, double power)
{
    size_t i = 0;
    if (!x->plain || power == 0)
        return;
    while (i < x->n_factor &&
           !(strlen(x->factor[i].name) == n && memcmp(x->factor[i].name, name, n) == 0))
        i++;
    if (i == MAX_FACTOR || n >= sizeof x->factor->name) {
        x->plain = false;
        return;
    }
    if (i == x->n_factor) {
        memcpy(x->factor[i].name, name, n);
        x->factor[i].name[n] = 0;
        x->factor[i].power = 0;
        x->n_factor++;
    }
    x->factor[i].power += power;
    if (x->factor[i].power == 0)
        x->factor[i] = x->factor[--x->n_factor];
}

/* "g/d", "nmol L-1", "J/cm2", "m.s^-1": names, each with a power; anything else is left
 * to udunits2 to write. */
static void read_factors(unit *x, const char *text)
{
    const char *p = text;
    double sign = 1;
    x->plain = true;
    while (*p) {
        size_t n = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_%");
        if (n > 0) {
            const char *name = p;
            int power = 1, used = 0;
            p += n;
            if (sscanf(p, "^%d%n", &power, &used) == 1 || sscanf(p, "%d%n", &power, &used) == 1)
                p += used;
            else
                power = 1;
            add_factor(x, name, n, sign * power);
            sign = 1;
        } else if (*p == '/') {
            sign = -1;
            p++;
        } else if (*p == ' ' || *p == '.' || *p == '*') {
            p++;
        } else if (*p == '1' && (p[1] == 0 || p[1] == '/' || p[1] == ' ')) {
            p++;
        } else {
            x->plain = false;
            return;
        }
    }
}

static void put(char *buf, size_t n, const char *text)
{
    size_t at = strlen(buf);
    if (at + 1 < n)
        snprintf(buf + at, n - at, "%s", text);
}

static void put_factors(const unit *x, bool below, char *buf, size_t n)
{
    bool first = true;
    char text[48];
    for (size_t i = 0; i < x->n_factor; i++) {
        double p = x->factor[i].power;
        if ((p < 0) != below)
            continue;
        snprintf(text, sizeof text, fabs(p) == 1 ? "%s%s" : "%s%s%g", first ? "" : " ",
                 x->factor[i].name, fabs(p));
        put(buf, n, text);
        first = false;
    }
}

static void op_format(void *self, void *a, char *buf, size_t n)
{
    const unit *x = a;
    size_t up = 0, down = 0;
    (void)self;
    if (!x->plain) {
        if (ut_format(x->ut, buf, n, UT_ASCII) < 0)
            snprintf(buf, n, "?");
        buf[n - 1] = 0;
        return;
    }
    for (size_t i = 0; i < x->n_factor; i++)
        *(x->factor[i].power < 0 ? &down : &up) += 1;
    snprintf(buf, n, "%s", up ? "" : "1");
    put_factors(x, false, buf, n);
    put(buf, n, down == 0 ? "" : down == 1 ? "/" : "/(");
    put_factors(x, true, buf, n);
    put(buf, n, down > 1 ? ")" : "");
}

/* ---- operations ----------------------------------------------------------------- */

static void *op_parse(void *self, const char *text)
{
    gs_units *u = self;
    const memo *m = find(u, text, NULL, NULL, 0);
    if (m->used)
        return m->result;
    char copy[64];
    ut_unit *ut = NULL;
    if (gs_unit_text_valid(text) && gs_unit_names_known(u->system, text)) {
        snprintf(copy, sizeof copy, "%s", text);
        ut_trim(copy, UT_UTF8);
        ut = *copy ? ut_parse(u->system, copy, UT_UTF8) : NULL;
    }
    unit *x = keep(u, text, NULL, NULL, 0, ut);
    if (x)
        read_factors(x, copy);
    return x;
}

static void *op_mul(void *self, void *pa, void *pb)
{
    gs_units *u = self;
    const unit *a = pa, *b = pb;
    const memo *m = find(u, NULL, a, b, 0);
    if (m->used)
        return m->result;
    unit *x = keep(u, NULL, a, b, 0, ut_multiply(a->ut, b->ut));
    if (x) {
        x->plain = a->plain && b->plain;
        for (size_t i = 0; i < a->n_factor; i++)
            add_factor(x, a->factor[i].name, strlen(a->factor[i].name), a->factor[i].power);
        for (size_t i = 0; i < b->n_factor; i++)
            add_factor(x, b->factor[i].name, strlen(b->factor[i].name), b->factor[i].power);
    }
    return x;
}

/* whole powers directly, p/q as a root of a power; NULL when the dimension has none */
static ut_unit *raise(const ut_unit *a, double e)
{
    for (int q = 1; q <= 6; q++) {
        double p = e * q;
        if (p != rint(p) || fabs(p) > 60)
            continue;
        ut_unit *r = ut_raise(a, (int)p);
        if (q == 1 || !r)
            return r;
        ut_unit *root = ut_root(r, q);
        ut_free(r);
        return root;
    }
    return NULL;
}

static void *op_pow(void *self, void *pa, double e)
{
    gs_units *u = self;
    const unit *a = pa;
    const memo *m = find(u, NULL, a, NULL, e);
    if (m->used)
        return m->result;
    unit *x = keep(u, NULL, a, NULL, e, raise(a->ut, e));
    if (x) {
        x->plain = a->plain;
        for (size_t i = 0; i < a->n_factor; i++)
            add_factor(x, a->factor[i].name, strlen(a->factor[i].name),
                       a->factor[i].power * e);
    }
    return x;
}

bool gs_unit_factor(const ut_unit *a, const ut_unit *b, double *out)
{
    if (!ut_are_convertible(a, b))
        return false;
    cv_converter *cv = ut_get_converter((ut_unit *)a, (ut_unit *)b); /* not changed */
    if (!cv)
        return false;
    double zero = cv_convert_double(cv, 0), one = cv_convert_double(cv, 1);
    cv_free(cv);
    *out = one;
    return zero == 0 && isfinite(one) && one > 0;
}

static bool op_factor(void *self, void *a, void *b, double *out)
{
    (void)self;
    return gs_unit_factor(((unit *)a)->ut, ((unit *)b)->ut, out);
}

static bool op_same(void *self, void *a, void *b)
{
    double f;
    if (a == b)
        return true;
    /* factors of prefixes and days are rounded in udunits2: equal to 1e-9 */
    return op_factor(self, a, b, &f) && fabs(f - 1) < 1e-9;
}

gs_unit_ops gs_units_ops(gs_units *u)
{
    return (gs_unit_ops){.parse = op_parse, .mul = op_mul, .pow = op_pow, .same = op_same,
                         .format = op_format, .factor = op_factor, .self = u};
}

const ut_unit *gs_unit_parsed(gs_units *u, const char *text)
{
    const unit *x = op_parse(u, text);
    return x ? x->ut : NULL;
}
