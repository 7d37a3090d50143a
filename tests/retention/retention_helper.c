#include "retention_helper.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

void retention_age(struct harness *h, const char *interval)
{
    (void)harness_sql(
        h,
        "SET planner.purging = 'on'; SET planner.writer = 'mcp-planner'; SET session_replication_role = "
        "replica;"
        "UPDATE planner.audit SET at = at - interval '%1$s';"
        "UPDATE planner.iterations SET at = at - interval '%1$s';"
        "UPDATE planner.evidence SET at = at - interval '%1$s';"
        "UPDATE planner.disputes SET created_at = created_at - interval '%1$s',"
        " resolved_at = resolved_at - interval '%1$s';"
        "UPDATE planner.items SET created_at = created_at - interval '%1$s', updated_at = updated_at -"
        " interval '%1$s', deleted_at = deleted_at - interval '%1$s', completed_at = completed_at -"
        " interval '%1$s', turn_at = turn_at - interval '%1$s';"
        "RESET planner.purging; RESET planner.writer; RESET session_replication_role",
        interval);
}

/* Away with a directory of archives, when the test ends. */
static void remove_directory(void *ptr)
{
    const char *path = ptr;
    DIR *dir = opendir(path);

    for (struct dirent *e = dir == NULL ? NULL : readdir(dir); e != NULL; e = readdir(dir)) {
        if (e->d_name[0] != '.')
            (void)unlinkat(dirfd(dir), e->d_name, 0);
    }
    if (dir != NULL)
        (void)closedir(dir);
    (void)rmdir(path);
}

static const char *directory(struct harness *h)
{
    char *made = arena_strdup(&h->arena, "/tmp/retention-test.XXXXXX");

    assert_non_null(mkdtemp(made));
    arena_defer(&h->arena, remove_directory, made);
    return made;
}

enum status retention_try(struct harness *h, const int64_t days[RETENTION_KINDS], bool run,
                          struct retention_report *ret_report)
{
    struct retention_order order = {.run = run, .batch = 3, .archive = directory(h)};

    for (int i = 0; i < RETENTION_KINDS; i++)
        order.ages[i] = days[i] * DAY_MS;
    return retention_run(&h->rq, &order, ret_report);
}

const char *retention_go(struct harness *h, enum retention_kind kind, int64_t days)
{
    int64_t ages[RETENTION_KINDS] = {0};
    struct retention_report report;

    ages[kind] = days;
    assert_ok(&h->rq, retention_try(h, ages, true, &report));
    assert_int_equal(report.cuts.n == 0, report.archive == NULL);
    return report.archive;
}

enum status retention_put(struct harness *h, const char *archive, bool dry_run,
                          struct retention_restored *ret_done)
{
    const struct retention_back order = {
        .fd = open(archive, O_RDONLY | O_CLOEXEC), .dry_run = dry_run, .batch = 7};
    enum status status = ST_OK;

    assert_true(order.fd >= 0);
    assert_true(retention_is_archive(order.fd));
    status = retention_restore(&h->rq, &order, ret_done);
    assert_int_equal(close(order.fd), 0);
    return status;
}

int64_t retention_back(struct harness *h, const char *archive)
{
    struct retention_restored done;
    int64_t rows = 0;

    assert_ok(&h->rq, retention_put(h, archive, false, &done));
    for (enum retention_part part = PART_PROJECT; part < RETENTION_PARTS; part++) {
        const struct retention_tally *t = &done.parts[part];
        assert_int_equal(t->file, t->same + t->added + t->left_out);
        rows += t->added;
    }
    assert_int_equal(done.rows.file, done.rows.same + done.rows.added);
    assert_int_equal(done.rows.added, rows);
    return rows;
}

const char *retention_digest(struct harness *h)
{
    return harness_sql(
        h, "SELECT md5(string_agg(query_to_xml(format('SELECT * FROM planner.%%I t ORDER BY"
           " t::text', table_name), true, true, '')::text, '' ORDER BY table_name))"
           " FROM information_schema.tables WHERE table_schema = 'planner' AND table_name IN"
           " ('projects', 'counters', 'items', 'roll', 'steps', 'iterations', 'disputes', 'deps',"
           " 'evidence', 'audit', 'undos', 'search_texts', 'search_words', 'origins')");
}

void retention_assert_right(struct harness *h)
{
    assert_null(harness_sql(h, "SELECT string_agg(c::text, E'\\n') FROM planner.projects p,"
                               " planner.roll_check(p.id) c"));
    plan_assert_doctor_agrees(h);
}

struct history_view retention_history(struct req *rq, const char *item)
{
    const struct history_args args = {.item = item};
    struct history_view view = {0};

    assert_ok(rq, look_history(rq, &args, &view));
    return view;
}

int64_t retention_count(struct harness *h, const char *from)
{
    return strtoll(harness_sql(h, "SELECT count(*) FROM planner.%s", from), NULL, 10);
}
