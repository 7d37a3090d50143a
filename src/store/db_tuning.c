/* The limits of a connection, where nothing else is said. */
#include "db_private.h"

static const struct db_tuning usual = {.statement_ms = 30000,
                                       .lock_ms = 10000,
                                       .idle_close_ms = 60000,
                                       .user_timeout_ms = 20000,
                                       .keepalive_idle_ms = 30000,
                                       .keepalive_interval_ms = 10000,
                                       .keepalive_count = 3};

const struct db_tuning *db_tuning(const struct db *db)
{
    return db->config.tuning != NULL ? db->config.tuning : &usual;
}

int db_stall_ms(const struct db *db)
{
    if (db->config.standby) /* there is another one to ask */
        return DB_STALL_STANDBY_MS;
    return (int)db_tuning(db)->statement_ms + DB_STALL_BEYOND_MS;
}
