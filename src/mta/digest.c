/* SPDX-License-Identifier: Apache-2.0 */
#include "mta/digest.h"

#include "base/error.h"

#include <openssl/evp.h>
#include <stdlib.h>

enum { TAG = 16, LENGTH_OCTETS = 8 };

struct mta_digest {
    EVP_CIPHER_CTX *sum; /* of GCM, with all octets as additional data and no text */
    uint64_t len;
    bool failed;
};

struct mta_digest *mta_digest_new(void)
{
    static const uint8_t key[] = "x400d duplicates"; /* the cipher takes 16 of these octets */
    static const uint8_t nonce[] = "one for all.";   /* and 12 of these */
    struct mta_digest *d = calloc(1, sizeof(*d));

    if (!d)
        return NULL;
    d->sum = EVP_CIPHER_CTX_new();
    if (!d->sum || EVP_EncryptInit_ex(d->sum, EVP_aes_128_gcm(), NULL, key, nonce) != 1)
        mta_digest_free(&d);
    return d;
}

void mta_digest_free(struct mta_digest **d)
{
    if (!*d)
        return;
    EVP_CIPHER_CTX_free((*d)->sum);
    free(*d);
    *d = NULL;
}

void mta_digest_put(struct mta_digest *d, struct slice octets)
{
    int none;

    d->len += octets.len;
    if (octets.len > 0 && EVP_EncryptUpdate(d->sum, NULL, &none, octets.p, (int)octets.len) != 1)
        d->failed = true;
}

static bool get_tag(struct mta_digest *d, uint8_t tag[TAG])
{
    int none;

    return !d->failed && EVP_EncryptFinal_ex(d->sum, tag, &none) == 1 &&
           EVP_CIPHER_CTX_ctrl(d->sum, EVP_CTRL_AEAD_GET_TAG, TAG, tag) == 1;
}

int mta_digest_end(struct mta_digest *d, const char *connector, struct slice head,
                   uint8_t out[MTA_DIGEST])
{
    EVP_MD_CTX *sha = EVP_MD_CTX_new();
    uint8_t len[LENGTH_OCTETS];
    uint8_t tag[TAG];
    bool made;

    for (unsigned i = 0; i < LENGTH_OCTETS; i++)
        len[i] = (uint8_t)(d->len >> (8 * (LENGTH_OCTETS - 1 - i)));
    made = sha && get_tag(d, tag) && EVP_DigestInit_ex(sha, EVP_sha256(), NULL) == 1 &&
           EVP_DigestUpdate(sha, connector, strlen(connector) + 1) == 1 &&
           EVP_DigestUpdate(sha, len, sizeof(len)) == 1 &&
           EVP_DigestUpdate(sha, tag, sizeof(tag)) == 1 &&
           EVP_DigestUpdate(sha, head.p, head.len) == 1 && EVP_DigestFinal_ex(sha, out, NULL) == 1;
    EVP_MD_CTX_free(sha);
    return made ? X4_OK : X4_ENOMEM;
}
