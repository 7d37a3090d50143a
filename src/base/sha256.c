#include "planner/base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "planner/base/memory.h"
#include "planner/base/out.h"

#define PART 65536 /* bytes read at once */

struct sha256 {
    EVP_MD_CTX *ctx;
};

/* It fails only without memory, or where OpenSSL is configured to know no SHA-256. */
static void insist(bool ok)
{
    if (ok)
        return;
    out_error("OpenSSL's libcrypto has no SHA-256 here");
    abort();
}

struct sha256 *sha256_new(void)
{
    struct sha256 *sum = memory_alloc(sizeof(*sum));

    sum->ctx = EVP_MD_CTX_new();
    insist(sum->ctx != NULL && EVP_DigestInit_ex(sum->ctx, EVP_sha256(), NULL) == 1);
    return sum;
}

void sha256_drop(struct sha256 **sum)
{
    if (*sum == NULL)
        return;
    EVP_MD_CTX_free((*sum)->ctx);
    memory_free(*sum);
    *sum = NULL;
}

void sha256_add(struct sha256 *sum, const void *bytes, size_t len)
{
    insist(EVP_DigestUpdate(sum->ctx, bytes, len) == 1);
}

void sha256_text(const struct sha256 *sum, char ret_hex[SHA256_HEX_LEN + 1])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *copy = EVP_MD_CTX_new();

    insist(copy != NULL && EVP_MD_CTX_copy_ex(copy, sum->ctx) == 1 &&
           EVP_DigestFinal_ex(copy, bytes, NULL) == 1);
    EVP_MD_CTX_free(copy);
    for (size_t i = 0; i < SHA256_HEX_LEN / 2; i++) {
        ret_hex[2 * i] = digits[bytes[i] >> 4];
        ret_hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    ret_hex[SHA256_HEX_LEN] = '\0';
}

bool sha256_file(const char *path, char ret_hex[SHA256_HEX_LEN + 1])
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *part = memory_alloc(PART);
    OWN_SHA256 *sum = sha256_new();
    ssize_t n = fd < 0 ? -1 : 1;

    while (n > 0) {
        n = read(fd, part, PART);
        if (n > 0)
            sha256_add(sum, part, (size_t)n);
    }
    memory_free(part);
    if (fd >= 0) {
        const int saved = errno;
        (void)close(fd);
        errno = saved;
    }
    if (n == 0)
        sha256_text(sum, ret_hex);
    return n == 0;
}
