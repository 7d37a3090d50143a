#include "planner/base/input.h"

#include <string.h>

bool input_action_parse(const char *word, enum input_action *ret_action)
{
    static const char *const words[] = {
        [INPUT_ACCEPT] = "accept", [INPUT_DECLINE] = "decline", [INPUT_CANCEL] = "cancel"};

    for (size_t i = INPUT_ACCEPT; word != NULL && i < LENGTH_OF(words); i++) {
        if (strcmp(words[i], word) == 0) {
            *ret_action = (enum input_action)i;
            return true;
        }
    }
    return false;
}

const cJSON *input_response(const struct input_given *given, const char *key)
{
    return json_get(given->responses, key);
}

enum input_action input_action_of(const struct input_given *given, const char *key)
{
    enum input_action action = INPUT_NONE;

    (void)input_action_parse(json_get_text(input_response(given, key), "action"), &action);
    return action;
}

const cJSON *input_content(const struct input_given *given, const char *key)
{
    return input_action_of(given, key) == INPUT_ACCEPT
               ? json_get(input_response(given, key), "content")
               : NULL;
}
