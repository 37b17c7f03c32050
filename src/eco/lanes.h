/* The inner loops of distances, as a table of functions: the plain C twin fills it, AVX2
 * overrides it. Both add in the same order, four (or sixteen) lanes apart, so that results
 * agree to the last bit. Internal to eco. */
#ifndef GS_ECO_LANES_H
#define GS_ECO_LANES_H

#include <stddef.h>
#include <stdint.h>

enum { GS_LANES_Y = 4 }; /* rows met at once */

typedef struct gs_lanes {
    const char *name;
    /* out[q] = sum_k min(x[k], y[q][k]); n a multiple of 4 */
    void (*min_sum)(size_t n, const double *x, const double *const y[GS_LANES_Y],
                    double out[GS_LANES_Y]);
    /* The same on counts; n a multiple of 16; no sum may exceed 65535. */
    void (*min_sum16)(size_t n, const uint16_t *x, const uint16_t *const y[GS_LANES_Y],
                      double out[GS_LANES_Y]);
    /* out[q] = sum_k (x[k] - y[q][k])^2; n a multiple of 4 */
    void (*square_sum)(size_t n, const double *x, const double *const y[GS_LANES_Y],
                       double out[GS_LANES_Y]);
    /* out[q] = sum_k x[k] y[q][k]; n a multiple of 4 */
    void (*dot)(size_t n, const double *x, const double *const y[GS_LANES_Y],
                double out[GS_LANES_Y]);
    /* For 16 labelings at once: within[l] += x[j] wherever label[j][l] == mine[l], for
     * j < n; label is [n x 16]. */
    void (*within)(size_t n, const double *x, const uint8_t *label, const uint8_t mine[16],
                   double within[16]);
    /* sum over k of x[at[k]], as four sums */
    double (*pick)(size_t n, const double *x, const uint32_t *at);
} gs_lanes;

extern const gs_lanes gs_lanes_plain;
/* The best this processor has. */
const gs_lanes *gs_lanes_best(void);

#endif
