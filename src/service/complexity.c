#include "planner/service/complexity.h"

#include <math.h>

#include "planner/service/analysis.h"

#define LEVEL_LOW_BELOW  0.3
#define LEVEL_HIGH_ABOVE 0.7
#define CLOSE_WITHIN     0.2
#define CLIENT_WEIGHT    1.1
#define CONFIDENCE_USUAL 0.5
#define PROMOTE_ABOVE    0.8
#define EPSILON          1e-9 /* 0.9 - 0.7 is 0.2 */

static int level(double score)
{
    if (score < LEVEL_LOW_BELOW)
        return 0;
    return score > LEVEL_HIGH_ABOVE ? 2 : 1;
}

static double confidence(const struct assessment *a)
{
    return a->confidence.set ? a->confidence.v : CONFIDENCE_USUAL;
}

static double weighted_mean(const struct assessment *server, const struct assessment *client)
{
    const double server_weight = confidence(server);
    const double client_weight = confidence(client) * CLIENT_WEIGHT;

    if (server_weight + client_weight <= 0)
        return (server->score.v + client->score.v) / 2;
    return (server->score.v * server_weight + client->score.v * client_weight) /
           (server_weight + client_weight);
}

static struct complexity combine_both(const struct assessment *server,
                                      const struct assessment *client)
{
    const bool both = server->should_promote.v && client->should_promote.v;
    const int apart = abs(level(server->score.v) - level(client->score.v));
    struct complexity c = {.score = (server->score.v + client->score.v) / 2,
                           .should_promote = both};

    if (apart == 0 && server->should_promote.v == client->should_promote.v) {
        c.agreement = AGREE_CONSENSUS;
    } else if (apart <= 1 && fabs(server->score.v - client->score.v) <= CLOSE_WITHIN + EPSILON) {
        c.agreement = AGREE_CLOSE;
    } else {
        c.agreement = AGREE_WEIGHTED;
        c.score = weighted_mean(server, client);
        c.should_promote =
            both || (c.score > PROMOTE_ABOVE &&
                     (confidence(server) > PROMOTE_ABOVE || confidence(client) > PROMOTE_ABOVE));
    }
    return c;
}

/* Nine decimals: a mean of 0.7 meets a threshold of 0.7. */
static double rounded(double score)
{
    return round(score * 1e9) / 1e9;
}

struct complexity complexity_combine(const struct assessment *server,
                                     const struct assessment *client)
{
    const struct assessment *one = server != NULL ? server : client;
    struct complexity c = {0};

    if (one == NULL)
        return c;
    if (server != NULL && client != NULL)
        c = combine_both(server, client);
    else
        c = (struct complexity){AGREE_SINGLE, one->score.v, one->should_promote.v};
    c.score = rounded(c.score);
    return c;
}

const struct content_analysis *complexity_of_text(struct arena *arena, const char *content)
{
    struct content_analysis *made = ARENA_NEW(arena, struct content_analysis);
    struct analysis a;

    if (content == NULL)
        return NULL;
    analysis_make(arena, content, &a);
    made->score = a.score;
    made->breakdown = a.breakdown;
    return made;
}

const char *complexity_json(struct req *rq, const struct content_analysis *analysis)
{
    struct json_out out = JSON_OUT_IN(rq->arena);

    if (analysis == NULL)
        return NULL;
    field_encode(content_analysis_fields, analysis, &out);
    return json_text(&out);
}

void complexity_score_step(const struct assessment *server, const struct assessment *client,
                           const struct content_analysis *content, struct step_state *next)
{
    const struct complexity c = complexity_combine(server, client);

    next->server_complexity = server == NULL ? (struct opt_num){0} : server->score;
    next->client_complexity = client == NULL ? (struct opt_num){0} : client->score;
    next->agreed_complexity = (struct opt_num){0};
    next->assessed_promote = (struct opt_bool){0};
    next->complexity_score = content == NULL ? (struct opt_num){0} : content->score;
    next->complexity_basis = content == NULL ? AGREE_NONE : AGREE_ANALYSIS;
    if (c.agreement == AGREE_NONE)
        return;
    next->complexity_score = SOME_NUM(c.score);
    next->complexity_basis = (int)c.agreement;
    next->assessed_promote = SOME_BOOL(c.should_promote);
    if (c.agreement != AGREE_SINGLE)
        next->agreed_complexity = SOME_NUM(c.score);
}

struct opt_num complexity_promote_score(const struct step_state *step)
{
    return step->assessed_promote.v ? SOME_NUM(1) : step->complexity_score;
}

int complexity_promote_reason(const struct step_state *step, double threshold)
{
    enum { BY_THRESHOLD = 1, BY_ASSESSMENT };

    if (step->complexity_score.set && step->complexity_score.v >= threshold)
        return BY_THRESHOLD;
    return step->assessed_promote.v ? BY_ASSESSMENT : 0;
}

const char *complexity_level(double score)
{
    static const char *const names[] = {"low", "medium", "high"};

    return names[level(score)];
}

void complexity_put(struct json_out *out, const struct step_state *step, double threshold)
{
    const int reason = complexity_promote_reason(step, threshold);

    if (step->complexity_basis == AGREE_NONE ||
        (step->complexity_basis == AGREE_ANALYSIS && reason == 0))
        return;
    json_put_num(out, "complexity_score", step->complexity_score.v);
    json_put_str(out, "basis", field_choice(basis_names, step->complexity_basis));
    json_put_bool(out, "should_promote", reason != 0);
    json_put_str(out, "promote_reason", field_choice(promote_reason_names, reason));
}

static size_t characters(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

enum status complexity_check_breakdown(struct req *rq, const char *arg,
                                       const struct list *breakdown)
{
    for (size_t i = 0; i < breakdown->n; i++) {
        const size_t n = characters(*LIST_AT(*breakdown, i, const char *const));
        if (n < 1 || n > BREAKDOWN_TITLE)
            return req_fail(rq, ST_INVALID, "'%s[%zu]' must be 1 to %d characters, got %zu", arg, i,
                            BREAKDOWN_TITLE, n);
    }
    return ST_OK;
}
