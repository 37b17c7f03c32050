/* Small questions to a kernel: indices by name, starting values, coordinates. */
#include "gutskin/kernel.h"

#include <math.h>
#include <string.h>

#define FIND(field, count)                                                        \
    for (size_t i = 0; i < k->count; i++)                                         \
        if (strcmp(k->field[i].name, name) == 0)                                  \
            return (long)i;                                                       \
    return -1

long gs_kernel_state(const gs_kernel *k, const char *name)
{
    FIND(state, n_state);
}

long gs_kernel_par(const gs_kernel *k, const char *name)
{
    FIND(par, n_par);
}

long gs_kernel_lever(const gs_kernel *k, const char *name)
{
    FIND(lever, n_lever);
}

long gs_kernel_see(const gs_kernel *k, const char *name)
{
    FIND(see, n_see);
}

void gs_kernel_defaults(const gs_kernel *k, double *par, double *lever, double *x)
{
    for (size_t i = 0; i < k->n_par; i++)
        par[i] = k->par[i].value;
    for (size_t i = 0; i < k->n_lever; i++)
        lever[i] = k->lever[i].habit;
    for (size_t i = 0; i < k->n_state; i++)
        x[i] = k->state[i].start;
}

void gs_kernel_to_internal(const gs_kernel *k, const double *x, double *out_z)
{
    for (size_t i = 0; i < k->n_state; i++)
        out_z[i] = k->state[i].is_log ? log(x[i]) : x[i];
}

void gs_kernel_to_natural(const gs_kernel *k, const double *z, double *out_x)
{
    for (size_t i = 0; i < k->n_state; i++)
        out_x[i] = k->state[i].is_log ? exp(z[i]) : z[i];
}
