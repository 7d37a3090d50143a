/* Every command, one line each, in the order of --help. */
#include "planner/cli/command.h"

const struct command *const command_all[] = {
    &command_serve,   &command_status,    &command_stop,
    &command_migrate, &command_backup,    &command_restore,
    &command_doctor,  &command_export,    &command_import,
    &command_metrics, &command_retention, &command_config,
    &command_seed,    &command_tools,     &command_version,
    &command_help,    &command_keeper,    NULL,
};

const struct command *command_find(const char *name)
{
    for (const struct command *const *command = command_all; *command != NULL; command++) {
        if (strcmp((*command)->name, name) == 0)
            return *command;
    }
    return NULL;
}
