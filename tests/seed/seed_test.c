/* Made-up plans against a real database: what they hold, that they are the same, what is refused.
 */
#include "harness.h"
#include "planner/base/memory.h"
#include "planner/seed/seed.h"
#include "planner/store/migrate.h"

/* Everything that a number decides, as one text. */
#define ITEMS                                                                                \
    "SELECT md5(string_agg(concat_ws('|', i.id, i.parent_id, i.number, i.sort_key, i.kind, " \
    "i.title, i.objective, i.status, i.priority, i.assignee, i.content_status, i.disputed, " \
    "i.n_blockers, t.content), '~' ORDER BY i.id, t.number)) FROM planner.items i "          \
    "LEFT JOIN planner.iterations t ON t.step_id = i.id"
#define TRAIL                                                                            \
    "SELECT md5(string_agg(concat_ws('|', a.id, a.change, a.at, a.entity_id, a.action, " \
    "a.old_values, a.new_values), '~' ORDER BY a.id)) FROM planner.audit a"
#define WRONG \
    "SELECT c.id || ': ' || c.what FROM planner.projects p, planner.roll_check(p.id) c LIMIT 1"

static struct seed_result made(struct harness *h, struct seed_order order)
{
    struct seed_result result = {0};

    if (seed_run(&h->rq, &order, false, &result) != ST_OK)
        fail_msg("%s", h->rq.message);
    assert_null(harness_sql(h, WRONG));
    return result;
}

/* The text of the same order in a database of its own. */
static const char *elsewhere(struct harness *h, struct seed_order order, const char *what)
{
    void *state = NULL;
    const char *text = NULL;

    assert_int_equal(harness_setup(&state), 0);
    (void)made(state, order);
    text = arena_strdup(&h->arena, harness_sql(state, "%s", what));
    assert_int_equal(harness_teardown(&state), 0);
    return text;
}

static void demo__has_a_bit_of_everything(void **state)
{
    struct harness *h = *state;
    const struct seed_result result = made(h, (struct seed_order){.profile = SEED_DEMO});

    assert_string_equal(result.first, "DEMO");
    assert_int_equal(result.projects, 2);
    assert_string_equal(
        harness_sql(h, "SELECT count(*) FROM planner.items WHERE kind <> 'project'"), "25");
    assert_string_equal(
        harness_sql(h, "SELECT string_agg(DISTINCT content_status, ' ' ORDER BY content_status) "
                       "FROM planner.items"),
        "agreed client_review disputed server_draft user_resolution");
    assert_string_equal(
        harness_sql(h, "SELECT string_agg(DISTINCT action, ' ' ORDER BY action) "
                       "FROM planner.audit"),
        "agreed assessed cancelled claimed completed created disputed promoted released resolved "
        "reviewed submitted updated");
    assert_string_equal(harness_sql(h, "SELECT status FROM planner.projects WHERE slug = 'PAPER'"),
                        "archived");
    assert_string_equal(
        harness_sql(h, "SELECT count(*) FROM planner.claims WHERE expires_at > now()"), "2");
}

static void demo__is_the_same_for_the_same_number(void **state)
{
    struct harness *h = *state;
    const struct seed_order order = {.profile = SEED_DEMO, .number = 5};

    (void)made(h, order);
    assert_string_equal(harness_sql(h, ITEMS), elsewhere(h, order, ITEMS));
    assert_string_not_equal(
        harness_sql(h, ITEMS),
        elsewhere(h, (struct seed_order){.profile = SEED_DEMO, .number = 6}, ITEMS));
}

static void load__is_the_same_for_the_same_number(void **state)
{
    struct harness *h = *state;
    const struct seed_order order = {.profile = SEED_LOAD, .items = SEED_ITEMS_MIN, .number = 5};
    const struct seed_result result = made(h, order);

    assert_int_equal(result.items, SEED_ITEMS_MIN);
    assert_string_equal(harness_sql(h, ITEMS), elsewhere(h, order, ITEMS));
    assert_string_equal(harness_sql(h, TRAIL), elsewhere(h, order, TRAIL));
    assert_string_not_equal(
        harness_sql(h, ITEMS),
        elsewhere(h,
                  (struct seed_order){.profile = SEED_LOAD, .items = SEED_ITEMS_MIN, .number = 6},
                  ITEMS));
}

static void large__is_several_projects(void **state)
{
    struct harness *h = *state;
    const struct seed_result result =
        made(h, (struct seed_order){.profile = SEED_LARGE, .items = 5000});

    assert_string_equal(result.first, "LARGE0");
    assert_int_equal(result.projects, 5);
    assert_int_equal(result.items, 5000);
}

static void refused(struct harness *h, struct seed_order order, bool may_add, enum status status,
                    const char *says)
{
    struct seed_result result = {0};

    assert_int_equal(seed_run(&h->rq, &order, may_add, &result), status);
    assert_non_null(strstr(h->rq.message, says));
}

static void seed__keeps_off_what_is_there(void **state)
{
    struct harness *h = *state;
    struct seed_result result;

    harness_sql(h, "INSERT INTO planner.projects (id, slug, description) "
                   "VALUES (gen_random_uuid(), 'MINE', 'x')");
    harness_sql(h, "INSERT INTO planner.counters SELECT id FROM planner.projects");
    harness_sql(h,
                "INSERT INTO planner.items (project_id, id, kind, depth, sort_key, number, title) "
                "SELECT id, id, 'project', 0, 'V', 0, 'Mine' FROM planner.projects");
    harness_sql(h, "INSERT INTO planner.roll (project_id, id) SELECT id, id FROM planner.projects");
    refused(h, (struct seed_order){.profile = SEED_DEMO}, false, ST_CONFLICT, "--yes");
    refused(h, (struct seed_order){.profile = SEED_LARGE}, true, ST_CONFLICT, "an empty one");
    refused(h, (struct seed_order){.profile = SEED_LOAD}, true, ST_CONFLICT, "an empty one");
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.projects"), "1");
    assert_int_equal(seed_run(&h->rq, &(struct seed_order){.profile = SEED_DEMO}, true, &result),
                     ST_OK);
    assert_int_equal(result.projects, 2);
    refused(h, (struct seed_order){.profile = SEED_DEMO}, true, ST_CONFLICT, "PAPER");
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.projects"), "3");
}

static void seed__has_limits(void **state)
{
    struct harness *h = *state;

    refused(h, (struct seed_order){.profile = SEED_DEMO, .items = SEED_ITEMS_MIN}, false,
            ST_INVALID, "'items' has no meaning");
    refused(h, (struct seed_order){.profile = SEED_LOAD, .items = SEED_ITEMS_MIN - 1}, false,
            ST_INVALID, "'items' is 1000 to 10000000");
    refused(h, (struct seed_order){.profile = SEED_LOAD, .items = SEED_ITEMS_MAX + 1}, false,
            ST_INVALID, "'items' is 1000 to 10000000");
    refused(h, (struct seed_order){.profile = SEED_DEMO, .number = SEED_NUMBER_MAX + 1}, false,
            ST_INVALID, "'number' is 0 to 1000000000");
    refused(h, (struct seed_order){.profile = SEED_DEMO, .number = -1}, false, ST_INVALID,
            "'number' is 0 to 1000000000");
    assert_string_equal(harness_sql(h, "SELECT count(*) FROM planner.projects"), "0");
    (void)made(h, (struct seed_order){
                      .profile = SEED_LOAD, .items = SEED_ITEMS_MIN, .number = SEED_NUMBER_MAX});
}

/* An owner of the schema who is no superuser: with foreign keys checked all the way. */
static void load__needs_no_superuser(void **state)
{
    struct harness *h = *state;
    const char *user = arena_printf(&h->arena, "%s_owner", h->database);
    struct db *direct = h->rq.db;
    struct db_config config = {.connect_timeout_ms = 2000};
    int applied = 0;

    (void)harness_sql(h, "CREATE ROLE %s LOGIN", user);
    (void)harness_sql(h, "GRANT ALL ON DATABASE %s TO %s", h->database, user);
    config.dsn = arena_printf(&h->arena, "%s user=%s", h->dsn, user);
    h->rq.db = db_new(&config, &h->log);
    assert_int_equal(migrate_up(&h->rq, 0, &applied), ST_OK);

    (void)made(h, (struct seed_order){.profile = SEED_LOAD, .items = SEED_ITEMS_MIN});

    db_free(h->rq.db);
    h->rq.db = direct;
    (void)harness_sql(h, "DROP OWNED BY %s; DROP ROLE %s", user, user);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HARNESS_TEST(demo__has_a_bit_of_everything),
        HARNESS_TEST(demo__is_the_same_for_the_same_number),
        HARNESS_TEST(load__is_the_same_for_the_same_number),
        HARNESS_TEST(large__is_several_projects),
        HARNESS_TEST(seed__keeps_off_what_is_there),
        HARNESS_TEST(seed__has_limits),
        HARNESS_EMPTY(load__needs_no_superuser),
    };

    return harness_run(tests, LENGTH_OF(tests));
}
