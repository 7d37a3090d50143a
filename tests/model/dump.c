/* The state as text: one line per fact, sorted, as state.sql tells it of the database. */
#include "model.h"

#include <math.h>
#include <stdlib.h>

#include "planner/base/buf.h"

#define LINES_MAX 8000

struct dump {
    struct model *m;
    struct arena *arena;
    const char *lines[LINES_MAX];
    int n;
};

#define ADD(d, ...) add((d), arena_printf((d)->arena, __VA_ARGS__))

static void add(struct dump *d, const char *line)
{
    if (d->n == LINES_MAX)
        abort();
    d->lines[d->n++] = line;
}

static const char *text_or(const char *text)
{
    return text == NULL ? "-" : text;
}

static char flag(bool b)
{
    return b ? 't' : 'f';
}

static const char *number_or(struct dump *d, bool has, double v)
{
    return has ? arena_printf(d->arena, "%ld", lrint(v * 1e6 + 0.013)) : "-";
}

static void dump_project(struct dump *d)
{
    const struct m_settings *s = &d->m->set;

    ADD(d, "P %s|%d|%ld|%c%c%c%c|last %d|%s", s->archived ? "archived" : "active",
        s->max_iterations, lrint(s->threshold * 1e6), flag(s->require_review),
        flag(s->separate_authors), flag(s->human_only), flag(s->require_evidence), d->m->last,
        s->description);
}

static int place_of(const struct model *m, int item)
{
    int place = 1;

    for (int i = 0; i < m->n_order && m->order[i] != item; i++)
        place += m->items[m->order[i]].parent == m->items[item].parent;
    return place;
}

/* On one line. */
static const char *flat(struct dump *d, const char *text)
{
    char *copy = arena_strdup(d->arena, text_or(text));

    for (char *c = copy; *c != '\0'; c++)
        *c = (char)(*c == '\n' ? '/' : *c);
    return copy;
}

static void dump_item(struct dump *d, int item)
{
    const struct m_item *it = &d->m->items[item];

    ADD(d, "I %d %s|in %d|place %d|%s|sequential %c|%d|%s|version %d|deleted %c|%ld|%s|%s", item,
        m_kind_names[it->kind], it->parent, place_of(d->m, item), m_status_names[it->status],
        flag(it->sequential), it->priority, text_or(it->assignee), it->version, flag(it->deleted),
        (long)floor(m_progress(d->m, item) * 1e5 + 1e-4), it->title, flat(d, it->objective));
    for (int i = 0; i < it->n_deps; i++)
        ADD(d, "D %d waits for %d", item, it->deps[i]);
}

static const char *opinion(struct dump *d, int item, int number)
{
    return number_or(d, number > 0, d->m->kept[item].iterations[number].assessment.score);
}

static void dump_step(struct dump *d, int item)
{
    const struct m_step *s = &d->m->items[item].step;

    ADD(d, "S %d %s|turn %d of %d|count %d|%c%c%c|%d %d %d|%d %d|%s %s %s %s %s", item,
        m_content_names[s->status], s->turn, s->last, s->count, flag(s->reached),
        flag(s->server_ready), flag(s->client_approved), s->server, s->client, s->final,
        s->server_opinion, s->client_opinion, text_or(s->basis),
        opinion(d, item, s->server_opinion), opinion(d, item, s->client_opinion),
        number_or(d, s->has_agreed, s->agreed), number_or(d, s->basis != NULL, s->score));
    if (s->server_opinion > 0 || s->client_opinion > 0)
        ADD(d, "S %d promote %c", item, flag(s->promote));
}

static void dump_kept(struct dump *d, int item)
{
    const struct m_kept *k = &d->m->kept[item];

    if (k->claim.agent != NULL)
        ADD(d, "C %d %s|%lld|live %c", item, k->claim.agent, (long long)k->claim.token,
            flag(k->claim.live));
    for (int i = 1; i <= d->m->items[item].step.last; i++) {
        const struct m_iteration *n = &k->iterations[i];
        ADD(d, "N %d.%d %s|%s|%s|%s|%s|%s|%s", item, i, n->action, n->role, n->agent,
            flat(d, n->content), text_or(n->feedback), text_or(n->reasoning),
            number_or(d, n->assessment.set, n->assessment.score));
    }
    for (int i = 0; i < k->n_disputes; i++) {
        const struct m_dispute *x = &k->disputes[i];
        ADD(d, "X %d.%d %s|%d|%d %d %d|%s|%d|%s", item, i + 1, x->resolved ? "resolved" : "pending",
            x->rounds, x->server, x->client, x->review, text_or(x->resolution), x->resolved_number,
            text_or(x->by));
    }
}

static void dump_lists(struct dump *d)
{
    for (int i = 0; i < d->m->n_evidence; i++) {
        const struct m_evidence *e = &d->m->evidence[i];
        if (!e->withdrawn)
            ADD(d, "E %d %s|%s|%s|%s", e->item, e->kind, e->reference, text_or(e->summary),
                e->agent);
    }
    for (int i = 0; i < d->m->n_audit; i++)
        ADD(d, "A %s|%s|%d", d->m->audit[i].action, d->m->audit[i].type, d->m->audit[i].item);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *model_dump(struct model *m, struct arena *arena)
{
    struct dump *d = ARENA_NEW(arena, struct dump);
    struct buf text = BUF_IN(arena);

    d->m = m;
    d->arena = arena;
    m_derive(m);
    if (m->made)
        dump_project(d);
    for (int i = 0; m->made && i <= m->last; i++) {
        dump_item(d, i);
        if (m->items[i].has_step)
            dump_step(d, i);
        dump_kept(d, i);
    }
    dump_lists(d);
    if (d->n > 1)
        qsort(d->lines, (size_t)d->n, sizeof(d->lines[0]), compare);
    for (int i = 0; i < d->n; i++)
        buf_printf(&text, "%s%s", i == 0 ? "" : "\n", d->lines[i]);
    return buf_str(&text);
}
