/* Seals: SHA-256 of texts, so that a plan can be proved unaltered, and bytes nobody can
 * guess, for the key of a blinded one. By libsodium.
 *
 *     char hash[GS_SEAL_SIZE];
 *     gs_seal_text(plan, strlen(plan), hash);  // 64 hexadecimal digits */
#ifndef GUTSKIN_SEAL_H
#define GUTSKIN_SEAL_H

#include "gutskin/status.h"
#include <stdint.h>

enum { GS_SEAL_SIZE = 65 }; /* 64 digits and the end */

/* SHA-256 of bytes[0..n) as lower-case hexadecimal; FIPS 180-4. Cost: 3 ns a byte. */
void gs_seal_text(const void *bytes, size_t n, char out[GS_SEAL_SIZE]);
/* A fresh secret of 32 bytes as hexadecimal. Fails GS_EIO when the system has none. */
gs_status gs_seal_secret(char out[GS_SEAL_SIZE], gs_err *err);
/* A fresh seed for a draw, 0 .. 2^53 - 1 so that JSON carries it exactly. */
gs_status gs_seal_seed(uint64_t *out, gs_err *err);

#endif
