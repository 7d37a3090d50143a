/*
 * What other programs wrote: no text of theirs, whatever it is, breaks a reader; what comes of it
 * is text that can be stored, within the limits, and every record is counted.
 */
#include "fuzz.h"
#include "planner/exchange/foreign.h"
#include "planner/exchange/yaml_tree.h"

static void check_text(struct req *rq, const char *text, size_t max)
{
    require(text == NULL || (strlen(text) <= max && fuzz_is_text(rq->arena, text, strlen(text))));
}

static void check_items(struct req *rq, const struct foreign *f,
                        const struct foreign_project *project)
{
    int64_t counted = 0;

    for (size_t i = 0; i < project->items.n; i++) {
        const struct foreign_item *item = HEAP_AT(project->items, i, const struct foreign_item);
        require(item->title != NULL && *item->title != '\0' && item->id != NULL);
        check_text(rq, item->title, (size_t)FOREIGN_TITLE_MAX * 4);
        check_text(rq, item->text, FOREIGN_TEXT_MAX);
        check_text(rq, item->record, FOREIGN_RECORD_MAX);
        require(item->priority >= 0 && item->priority <= 100);
        require(item->status >= ITEM_OPEN && item->status <= ITEM_CANCELLED);
    }
    for (size_t i = 0; i < f->tallies.n; i++) {
        const struct foreign_tally *tally = HEAP_AT(f->tallies, i, const struct foreign_tally);
        counted += tally->source - tally->refused;
    }
    require(counted == (int64_t)(project->items.n + project->notes.n));
}

static void read_source(struct req *rq, bool lines, struct span text)
{
    struct foreign *f = foreign_new(rq, lines ? "beads" : "taskmaster", "/source");
    struct foreign_project *project = foreign_add_project(f, "project", NULL);
    enum status status = ST_OK;

    if (!lines && foreign_check_json(rq, "source", text) != ST_OK) {
        fuzz_require_sentence(rq);
        return;
    }
    status = lines ? beads_read(f, project, text) : taskmaster_read(f, project, text);
    if (status == ST_OK)
        check_items(rq, f, project);
    else
        fuzz_require_sentence(rq);
}

static void read_front(struct req *rq, struct span text)
{
    OWN_JSON tree = NULL;
    struct span body = {0};

    if (!foreign_is_utf8(rq->arena, text) || memchr(text.ptr, '\0', text.len) != NULL)
        return;
    if (front_matter_read(rq, "file", text, &tree, &body) == ST_OK) {
        require(cJSON_IsObject(tree));
        require(body.ptr >= text.ptr && body.ptr + body.len == text.ptr + text.len);
    } else {
        fuzz_require_sentence(rq);
    }
}

static void read_time(struct req *rq, const char *text)
{
    const char *time = foreign_time(rq->arena, text);

    require(time == NULL || strlen(time) == strlen("2026-01-01T00:00:00.000000Z"));
    if (time != NULL)
        require(strcmp(foreign_time(rq->arena, time), time) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feed feed = {data, size};
    struct req *rq = fuzz_req();
    const uint8_t which = feed_byte(&feed) % 4;
    size_t len = 0;
    char *rest = feed_rest(&feed, &len);
    char *text = feed_text(&feed);

    if (which < 2)
        read_source(rq, which == 1, (struct span){rest, len});
    else if (which == 2)
        read_front(rq, (struct span){rest, len});
    else
        read_time(rq, text);
    free(rest);
    free(text);
    return 0;
}
