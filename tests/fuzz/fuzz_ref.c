/*
 * Names of items and projects: what is taken has one canonical form, which is taken again as the
 * same; case says nothing; what is refused is told in text that JSON can carry. A slug that is made
 * from a name is one.
 */
#include <ctype.h>

#include "fuzz.h"
#include "planner/service/ref.h"

static bool same_text(const char *a, const char *b)
{
    return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

static void require_same(const struct ref *a, const struct ref *b)
{
    require(same_text(a->id, b->id) && same_text(a->slug, b->slug));
    require(same_text(a->number, b->number));
}

static void check_canonical(struct req *rq, const struct ref *ref)
{
    const bool is_project = ref->number != NULL && strcmp(ref->number, "0") == 0;
    const char *text = ref->id;
    struct ref again;

    if (text == NULL)
        text = is_project ? ref->slug : arena_printf(rq->arena, "%s-%s", ref->slug, ref->number);
    require(strlen(text) <= REF_TEXT_MAX);
    require(ref_parse(rq, "item", text, &again) == ST_OK);
    require_same(ref, &again);
    require((ref_parse_project(rq, "project", text, &again) == ST_OK) ==
            (ref->id != NULL || is_project));
}

static void check_case(struct req *rq, const struct ref *ref, const char *text)
{
    char *other = arena_strdup(rq->arena, text);
    struct ref again;

    if (strstr(text, "://") != NULL)
        return; /* schemes are written small */
    for (char *c = other; *c != '\0'; c++)
        *c = (char)(isupper((unsigned char)*c) ? tolower((unsigned char)*c)
                                               : toupper((unsigned char)*c));
    require(ref_parse(rq, "item", other, &again) == ST_OK);
    require_same(ref, &again);
}

static void check_ref(struct req *rq, const char *text)
{
    struct ref ref = {0};
    const enum status status = ref_parse(rq, "item", text, &ref);

    if (status != ST_OK) {
        require(status == ST_INVALID && ref.arg == NULL);
        if (fuzz_is_text(rq->arena, text, strlen(text)))
            fuzz_require_sentence(rq);
        return;
    }
    require((ref.id != NULL) != (ref.slug != NULL) && (ref.slug != NULL) == (ref.number != NULL));
    require(ref.id != NULL ? uuid_is_text(ref.id) : ref_slug_is_valid(ref.slug));
    check_canonical(rq, &ref);
    check_case(rq, &ref, text);
}

static void check_slug(struct req *rq, const char *name)
{
    const char *slug = ref_slug_from_name(rq->arena, name);

    require(ref_slug_is_valid(slug));
    require(same_text(slug, ref_slug_from_name(rq->arena, slug)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct req *rq = fuzz_req();
    char *text = feed_text(&(struct feed){data, size});

    check_ref(rq, text);
    check_slug(rq, text);
    free(text);
    return 0;
}
