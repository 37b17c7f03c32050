/* SHA-256 and secrets, from libsodium; nothing here is our own cryptography. */
#include "gutskin/seal.h"

#include <sodium.h>
#include <stdio.h>

void gs_seal_text(const void *bytes, size_t n, char out[GS_SEAL_SIZE])
{
    unsigned char hash[crypto_hash_sha256_BYTES];

    crypto_hash_sha256(hash, bytes, n);
    sodium_bin2hex(out, GS_SEAL_SIZE, hash, sizeof hash);
}

gs_status gs_seal_secret(char out[GS_SEAL_SIZE], gs_err *err)
{
    unsigned char secret[32];

    if (sodium_init() < 0)
        return gs_fail(err, GS_EIO, "the system gives no random bytes for a secret");
    randombytes_buf(secret, sizeof secret);
    sodium_bin2hex(out, GS_SEAL_SIZE, secret, sizeof secret);
    sodium_memzero(secret, sizeof secret);
    return GS_OK;
}

gs_status gs_seal_seed(uint64_t *out, gs_err *err)
{
    if (sodium_init() < 0)
        return gs_fail(err, GS_EIO, "the system gives no random bytes for a draw");
    randombytes_buf(out, sizeof *out);
    *out >>= 11;
    return GS_OK;
}
