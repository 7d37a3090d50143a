/*
 * pgbench scripts out of the program's own statements. $n becomes a pgbench variable, cast to the
 * type that the head of the file names; pgbench binds every variable as a parameter, and one that
 * is not defined as null.
 */
#include "bench.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARAMS_MAX 20

void script_text(struct script *script, const char *line)
{
    char *text = format("%s%s\n", script->text == NULL ? "" : script->text, line);

    free(script->text);
    script->text = text;
}

/* The type of $n by the head of the file: "-- $3 uuid[]  what it is". */
static char *type_of(const char *sql, int n)
{
    char *mark = format("-- $%d ", n);
    const char *at = strstr(sql, mark);
    char *type = NULL;

    if (at == NULL)
        die("no line for $%d in the head of a query", n);
    at += strlen(mark);
    at += strspn(at, " ");
    type = strndup(at, strcspn(at, " \n"));
    free(mark);
    return type;
}

static char *bind(struct script *script, const char *param, const char *type)
{
    if (strcmp(param, NUL) == 0)
        return format(":nul::%s", type);
    if (*param == '=')
        return format("(%s)::%s", param + 1, type);
    for (size_t i = 0; i < script->n_defines; i++) {
        const char *value = strchr(script->defines[i], '=') + 1;
        if (script->defines[i][0] == 'p' && strcmp(value, param) == 0)
            return format(":p%zu::%s", i, type);
    }
    if (script->n_defines == COUNT_OF(script->defines))
        die("too many constants");
    script->defines[script->n_defines] = format("p%zu=%s", script->n_defines, param);
    return format(":p%zu::%s", script->n_defines++, type);
}

/* The text below the head, with $n replaced. */
static char *fill(const char *sql, char *const *values, int n_values)
{
    char *out = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&out, &size);

    if (stream == NULL)
        die("out of memory");
    while (strncmp(sql, "--", 2) == 0)
        sql = strchr(sql, '\n') + 1;
    while (*sql != '\0') {
        if (*sql == '$' && isdigit((unsigned char)sql[1])) {
            char *end = NULL;
            const long n = strtol(sql + 1, &end, 10);
            if (n < 1 || n > n_values)
                die("$%ld has no value", n);
            (void)fputs(values[n - 1], stream);
            sql = end;
        } else {
            (void)fputc(*sql++, stream);
        }
    }
    (void)fclose(stream);
    return out;
}

void script_add(struct script *script, const char *query, const char *const *params)
{
    char *path = format("%s/%s.sql", script->queries, query);
    char *sql = read_file(path);
    char *values[PARAMS_MAX];
    char *text = NULL;
    int n = 0;

    for (; params[n] != NULL; n++) {
        char *type = type_of(sql, n + 1);
        values[n] = bind(script, params[n], type);
        free(type);
    }
    text = fill(sql, values, n);
    for (size_t len = strlen(text); len > 0 && isspace((unsigned char)text[len - 1]); len--)
        text[len - 1] = '\0';
    script_text(script, format("%s;", text));
    free(text);
    free(sql);
    free(path);
}

char *script_session_options(const char *queries)
{
    char *path = format("%s/session_settings.sql", queries);
    const char *at = read_file(path);
    char *options = format("%s", "");

    while ((at = strstr(at, "set_config('")) != NULL) {
        char name[64];
        char value[64];
        size_t n = 0;
        if (sscanf(at, "set_config('%63[^']', '%63[^']'", name, value) != 2)
            die("cannot read %s", path);
        for (const char *c = value; *c != '\0'; c++) { /* options are separated by blanks */
            if (*c != ' ')
                value[n++] = *c;
        }
        value[n] = '\0';
        options = format("%s-c %s=%s ", options, name, value);
        at++;
    }
    free(path);
    return options;
}
