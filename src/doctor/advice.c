/* What undoes a setting. The same value can be set in eight places, and each is undone otherwise.
 */
#include "planner/doctor/doctor_parts.h"

#define RELOAD ", then SELECT pg_reload_conf()"

static const struct doctor_setting *setting_of(const struct doctor_server *server, const char *name)
{
    for (size_t i = 0; i < server->settings.n; i++) {
        const struct doctor_setting *s = LIST_AT(server->settings, i, const struct doctor_setting);
        if (strcmp(s->name, name) == 0)
            return s;
    }
    return NULL;
}

const char *doctor_setting_of(const struct doctor_server *server, const char *name)
{
    const struct doctor_setting *s = setting_of(server, name);

    return s == NULL || s->value == NULL ? "" : s->value;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t len = strlen(text);

    return len >= strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

static const char *in_file(struct arena *arena, const struct doctor_setting *s)
{
    if (s->file == NULL)
        return arena_printf(
            arena,
            "run ALTER SYSTEM RESET %s, or correct it in the server's configuration "
            "file" RELOAD,
            s->name);
    if (ends_with(s->file, "/postgresql.auto.conf"))
        return arena_printf(arena, "run ALTER SYSTEM RESET %s; SELECT pg_reload_conf()", s->name);
    return arena_printf(arena, "correct %s in %s" RELOAD, s->name, s->file);
}

static const char *undo_of(struct arena *arena, const struct doctor_server *server,
                           const struct doctor_setting *s)
{
    if (strcmp(s->source, "configuration file") == 0)
        return in_file(arena, s);
    if (strcmp(s->source, "database") == 0)
        return arena_printf(arena, "run ALTER DATABASE %s RESET %s", server->database, s->name);
    if (strcmp(s->source, "user") == 0)
        return arena_printf(arena, "run ALTER ROLE %s RESET %s", server->role, s->name);
    if (strcmp(s->source, "database user") == 0)
        return arena_printf(arena, "run ALTER ROLE %s IN DATABASE %s RESET %s", server->role,
                            server->database, s->name);
    if (strcmp(s->source, "global") == 0)
        return arena_printf(arena, "run ALTER ROLE ALL RESET %s", s->name);
    if (strcmp(s->source, "client") == 0)
        return arena_printf(arena, "take %s out of the options of the connection string", s->name);
    if (strcmp(s->source, "command line") == 0)
        return arena_printf(arena, "start the server without %s on its command line", s->name);
    return NULL;
}

const char *doctor_undo(struct doctor *doctor, const struct doctor_server *server, const char *name)
{
    const struct doctor_setting *s = setting_of(server, name);

    return s == NULL || s->source == NULL ? NULL : undo_of(doctor->rq->arena, server, s);
}
