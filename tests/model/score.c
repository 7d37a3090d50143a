/* How big a step is: two opinions, or what its text says (SPEC 2; docs/COMPLEXITY.md). */
#include "model.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

/* low, medium, high */
static int level(double score)
{
    return score < 0.3 ? 0 : score > 0.7 ? 2 : 1;
}

/* The three rules for two opinions; the name of the one that holds. */
static const char *combine(const struct m_assessment *s, const struct m_assessment *c,
                           double *ret_score, bool *ret_promote)
{
    const double mean = (s->score + c->score) / 2;
    const int apart = abs(level(s->score) - level(c->score));
    const double weights = s->confidence + c->confidence * 1.1;

    *ret_score = mean;
    *ret_promote = s->promote && c->promote;
    if (apart == 0 && s->promote == c->promote)
        return "consensus";
    if (apart <= 1 && fabs(s->score - c->score) <= 0.2 + 1e-9)
        return "close";
    if (weights > 0)
        *ret_score = (s->score * s->confidence + c->score * c->confidence * 1.1) / weights;
    if (*ret_score > 0.8 && (s->confidence > 0.8 || c->confidence > 0.8))
        *ret_promote = true;
    return "weighted";
}

static double share(int count, int full, double weight)
{
    return weight * (count < full ? (double)count / full : 1);
}

static bool is_task_word(const char *word, size_t len)
{
    static const char *const words[] = {"then", "first", "finally", "phase", "step"};

    for (size_t i = 0; i < LENGTH_OF(words); i++) {
        if (strlen(words[i]) == len && strncasecmp(words[i], word, len) == 0)
            return true;
    }
    return false;
}

static int task_words(const char *text)
{
    int n = 0;

    while (*text != '\0') {
        size_t len = 0;
        while (isalnum((unsigned char)text[len]))
            len++;
        n += is_task_word(text, len);
        text += len > 0 ? len : 1;
    }
    return n;
}

static int list_items(const char *text)
{
    int n = 0;

    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        n += strncmp(line, "- ", 2) == 0;
    }
    return n;
}

double m_text_score(const char *text)
{
    const double sum = share((int)strlen(text), 4000, 0.25) + share(list_items(text), 12, 0.25) +
                       share(task_words(text), 10, 0.20);

    return round(sum * 1e4) / 1e4;
}

void m_score(struct model *m, int item)
{
    struct m_step *step = &m->items[item].step;
    const struct m_iteration *all = m->kept[item].iterations;
    const struct m_assessment *server = &all[step->server_opinion].assessment;
    const struct m_assessment *client = &all[step->client_opinion].assessment;
    const char *text = all[step->final > 0 ? step->final : step->server].content;

    step->has_agreed = step->server_opinion > 0 && step->client_opinion > 0;
    step->promote = false;
    step->agreed = 0;
    if (step->has_agreed) {
        step->basis = combine(server, client, &step->score, &step->promote);
        step->agreed = step->score;
    } else if (step->server_opinion > 0 || step->client_opinion > 0) {
        step->basis = "single";
        step->score = step->server_opinion > 0 ? server->score : client->score;
        step->promote = step->server_opinion > 0 ? server->promote : client->promote;
    } else {
        step->basis = text == NULL ? NULL : "analysis";
        step->score = text == NULL ? 0 : m_text_score(text);
    }
}
