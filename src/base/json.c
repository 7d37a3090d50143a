/* The one file that wraps cJSON's parser and look-up, and the writer. */
#include "planner/base/json.h"

#include <math.h>

#include "planner/base/memory.h"

static cJSON *parse_mended(const char *text, size_t len)
{
    char *copy = memcpy(memory_alloc(len), text, len);
    cJSON *tree = NULL;

    json_mend(copy, len);
    tree = cJSON_ParseWithLength(copy, len);
    memory_free(copy);
    return tree;
}

cJSON *json_parse(const char *text, size_t len)
{
    cJSON *tree = cJSON_ParseWithLength(text, len);

    return tree != NULL || len == 0 ? tree : parse_mended(text, len);
}

const cJSON *json_get(const cJSON *object, const char *name)
{
    return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, name) : NULL;
}

const char *json_get_text(const cJSON *object, const char *name)
{
    const cJSON *member = json_get(object, name);

    return cJSON_IsString(member) ? member->valuestring : NULL;
}

static void json_separate(struct json_out *out)
{
    if (out->comma)
        buf_char(&out->buf, ',');
    out->comma = true;
}

void json_begin(struct json_out *out, char bracket)
{
    json_separate(out);
    buf_char(&out->buf, bracket);
    out->comma = false;
}

void json_end(struct json_out *out, char bracket)
{
    buf_char(&out->buf, bracket);
    out->comma = true;
}

void json_reopen(struct json_out *out)
{
    out->buf.ptr[--out->buf.len] = '\0';
    out->comma = true;
}

static void json_quoted(struct buf *buf, const char *text, size_t len)
{
    size_t from = 0;

    buf_char(buf, '"');
    for (size_t i = 0; i < len; i++) {
        static const char named[] = "\b\t\n\f\r";
        static const char letters[] = "btnfr";
        const unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F)
            continue;
        buf_add(buf, text + from, i - from);
        from = i + 1;
        if (c == '"' || c == '\\') {
            buf_char(buf, '\\');
            buf_char(buf, (char)c);
        } else if (c != 0 && strchr(named, c) != NULL) {
            buf_char(buf, '\\');
            buf_char(buf, letters[strchr(named, c) - named]);
        } else {
            buf_printf(buf, "\\u%04x", c);
        }
    }
    buf_add(buf, text + from, len - from);
    buf_char(buf, '"');
}

void json_key(struct json_out *out, const char *name)
{
    json_separate(out);
    json_quoted(&out->buf, name, strlen(name));
    buf_char(&out->buf, ':');
    out->comma = false;
}

void json_strn(struct json_out *out, const char *text, size_t len)
{
    json_separate(out);
    json_quoted(&out->buf, text, len);
}

void json_str(struct json_out *out, const char *text)
{
    if (text == NULL)
        json_null(out);
    else
        json_strn(out, text, strlen(text));
}

void json_int(struct json_out *out, int64_t value)
{
    json_separate(out);
    buf_printf(&out->buf, "%lld", (long long)value);
}

void json_num(struct json_out *out, double value)
{
    char text[32];

    if (!isfinite(value)) {
        json_null(out);
        return;
    }
    for (int digits = 6; digits <= 17; digits++) {
        (void)snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    json_raw(out, text, strlen(text));
}

void json_bool(struct json_out *out, bool value)
{
    json_raw(out, value ? "true" : "false", value ? 4 : 5);
}

void json_null(struct json_out *out)
{
    json_raw(out, "null", 4);
}

void json_raw(struct json_out *out, const char *text, size_t len)
{
    json_separate(out);
    buf_add(&out->buf, text, len);
}

void json_tree(struct json_out *out, const cJSON *tree)
{
    const cJSON *child = NULL;
    const bool is_object = cJSON_IsObject(tree);

    if (cJSON_IsString(tree)) {
        json_str(out, tree->valuestring);
    } else if (cJSON_IsNumber(tree)) {
        json_num(out, tree->valuedouble);
    } else if (cJSON_IsBool(tree)) {
        json_bool(out, cJSON_IsTrue(tree));
    } else if (is_object || cJSON_IsArray(tree)) {
        json_begin(out, is_object ? '{' : '[');
        cJSON_ArrayForEach(child, tree)
        {
            if (is_object)
                json_key(out, child->string);
            json_tree(out, child);
        }
        json_end(out, is_object ? '}' : ']');
    } else {
        json_null(out);
    }
}

void json_put_str(struct json_out *out, const char *name, const char *text)
{
    if (text == NULL)
        return;
    json_key(out, name);
    json_str(out, text);
}

void json_put_strs(struct json_out *out, const char *name, const char *const *texts, size_t n)
{
    json_key(out, name);
    json_begin(out, '[');
    for (size_t i = 0; i < n; i++)
        json_str(out, texts[i]);
    json_end(out, ']');
}

void json_put_int(struct json_out *out, const char *name, int64_t value)
{
    json_key(out, name);
    json_int(out, value);
}

void json_put_num(struct json_out *out, const char *name, double value)
{
    json_key(out, name);
    json_num(out, value);
}

void json_put_bool(struct json_out *out, const char *name, bool value)
{
    json_key(out, name);
    json_bool(out, value);
}

void json_put_raw(struct json_out *out, const char *name, const char *text)
{
    if (text == NULL)
        return;
    json_key(out, name);
    json_raw(out, text, strlen(text));
}

const char *json_text(struct json_out *out)
{
    return buf_str(&out->buf);
}
