#include "planner/service/complexity.h"

#include <math.h>

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

struct complexity complexity_combine(const struct assessment *server,
                                     const struct assessment *client)
{
    const struct assessment *one = server != NULL ? server : client;

    if (server != NULL && client != NULL)
        return combine_both(server, client);
    if (one == NULL)
        return (struct complexity){0};
    return (struct complexity){AGREE_SINGLE, one->score.v, one->should_promote.v};
}
