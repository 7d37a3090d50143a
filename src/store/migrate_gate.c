/* What a new connection's schema has to be; the comparison is migrate.c's. */
#include "db_private.h"

enum status db_gate(struct req *rq)
{
    return req_check_memory(rq);
}
