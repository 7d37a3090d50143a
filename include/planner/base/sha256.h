/*
 * SHA-256, by OpenSSL's libcrypto, which libpq has loaded already. Nothing of it is touched before
 * the first sum is begun.
 */
#ifndef PLANNER_BASE_SHA256_H
#define PLANNER_BASE_SHA256_H

#include <stdbool.h>
#include <stddef.h>

#define SHA256_HEX_LEN 64

/* A sum under way. Scoped: freed by sha256_drop. */
struct sha256;
struct sha256 *sha256_new(void);
void sha256_drop(struct sha256 **sum);
#define OWN_SHA256 __attribute__((cleanup(sha256_drop))) struct sha256

void sha256_add(struct sha256 *sum, const void *bytes, size_t len);
/* Of all that was added so far, as lower-case digits and a NUL; more may be added afterwards. */
void sha256_text(const struct sha256 *sum, char ret_hex[SHA256_HEX_LEN + 1]);

/* Of a file as it is. False, with errno, when it cannot be read. */
bool sha256_file(const char *path, char ret_hex[SHA256_HEX_LEN + 1]);

#endif
