/* Counter-based random numbers: Philox4x32-10, [salmon2011].
 *
 * A stream is named by (seed, person, purpose) alone, never by thread, lane or
 * machine, so that results are the same on any of them. Purpose is a short
 * constant text ("ou", "chain 3").
 *
 *     gs_rng r = gs_rng_stream(seed, person, "noise");
 *     double z = gs_rng_normal(&r); */
#ifndef GUTSKIN_RNG_H
#define GUTSKIN_RNG_H

#include <stddef.h>
#include <stdint.h>

typedef struct gs_rng {
    uint32_t key[2], ctr[4], out[4];
    unsigned left;   /* words of out not yet handed out */
    int has_spare;   /* a second normal is waiting */
    double spare;
} gs_rng;

gs_rng gs_rng_stream(uint64_t seed, uint64_t person, const char *purpose);
uint32_t gs_rng_u32(gs_rng *r);
double gs_rng_uniform(gs_rng *r); /* open interval (0, 1), 53 bits */
double gs_rng_normal(gs_rng *r);  /* mean 0, sd 1 */
double gs_rng_exponential(gs_rng *r); /* mean 1 */
double gs_rng_gamma(gs_rng *r, double shape); /* scale 1; shape > 0 */
long gs_rng_poisson(gs_rng *r, double mean);
size_t gs_rng_below(gs_rng *r, size_t n); /* 0..n-1 without bias; n > 0 */
/* The raw block function, for tests against a reference. */
void gs_rng_philox(const uint32_t ctr[4], const uint32_t key[2], uint32_t out[4]);

#endif
