/* TLS: which hosts need none, and what to do when it does not come about. */
#include "db_private.h"

#include <arpa/inet.h>

#include "planner/base/buf.h"

static bool is_loopback4(const unsigned char *address)
{
    return address[0] == 127;
}

static bool is_loopback6(const unsigned char *address)
{
    static const unsigned char mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    static const unsigned char one[16] = {[15] = 1};

    return memcmp(address, one, sizeof(one)) == 0 ||
           (memcmp(address, mapped, sizeof(mapped)) == 0 && is_loopback4(address + 12));
}

bool db_host_is_local(const char *host)
{
    unsigned char address[16];

    if (*host == '\0' || *host == '/' || *host == '@' || strcmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, address) == 1)
        return is_loopback4(address);
    return inet_pton(AF_INET6, host, address) == 1 && is_loopback6(address);
}

/* What libpq or the server says (its sentences are not translated here), and what is to be done. */
static const struct {
    const char *part;
    const char *advice;
} troubles[] = {
    {"SSL was required",
     "the server offers no TLS (SSL), which is required: turn it on there, or set "
     "'tls' to disable"},
    {"does not match host name",
     "the server's certificate is for another name: give the host as it names it, or set 'tls' to "
     "verify-ca"},
    {"root certificate",
     "there is no certificate of an authority to check the server with: name it with 'tls-ca'"},
    {"certificate verify failed",
     "the server's certificate is not signed by the authority of 'tls-ca': name the right one, or "
     "set 'tls' to require"},
    {"requires a valid client certificate",
     "the server wants a certificate from us: name it with 'tls-cert' and 'tls-key'"},
    {"private key file",
     "the key of our certificate cannot be used (others may read it?): see 'tls-key'"},
    {"certificate file", "our certificate cannot be read: see 'tls-cert' and 'tls-key'"},
};

const char *db_tls_advice(const char *message)
{
    for (size_t i = 0; i < LENGTH_OF(troubles); i++) {
        if (strstr(message, troubles[i].part) != NULL)
            return troubles[i].advice;
    }
    return NULL;
}
