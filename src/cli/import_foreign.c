#include "import_foreign.h"

#include "planner/base/json.h"
#include "planner/base/out.h"
#include "planner/cli/exchanging.h"
#include "planner/exchange/foreign_import.h"
#include "planner/service/page.h"

#define REMARKS_TOLD 40
#define VALUE_TOLD   60 /* bytes of a value, for people */

/* The one that --from names, else the one whose source it surely is; NULL when neither is so. */
static const struct foreign_reader *find_reader(struct app *app, const char *path)
{
    return app->options.from != NULL ? foreign_reader_find(app->options.from)
                                     : foreign_reader_guess(&app->req, path);
}

/* ------------------------------------------------------------------ as JSON */

static void put_tally(struct json_out *out, const struct foreign_tally *tally)
{
    json_begin(out, '{');
    json_put_str(out, "kind", tally->kind);
    json_put_int(out, "source", tally->source);
    json_put_int(out, "added", tally->added);
    json_put_int(out, "kept", tally->kept);
    json_put_int(out, "there", tally->there);
    json_put_int(out, "updated", tally->updated);
    json_put_int(out, "differs", tally->differs);
    json_put_int(out, "refused", tally->refused);
    json_end(out, '}');
}

static void put_project(struct json_out *out, const struct import_made *made)
{
    json_begin(out, '{');
    json_put_str(out, "slug", made->slug);
    json_put_str(out, "name", made->name);
    json_put_bool(out, "new", made->is_new);
    json_put_int(out, "items", made->added);
    json_put_int(out, "updated", made->updated);
    if (made->change != 0)
        json_put_int(out, "change", made->change);
    json_end(out, '}');
}

static void put_fields(struct json_out *out, const struct foreign *f)
{
    json_key(out, "fields_kept");
    json_begin(out, '[');
    for (size_t i = 0; i < f->fields.n; i++) {
        const struct foreign_field *field = HEAP_AT(f->fields, i, const struct foreign_field);
        json_begin(out, '{');
        json_put_str(out, "kind", field->kind);
        json_put_str(out, "field", field->name);
        json_put_int(out, "records", field->n);
        json_end(out, '}');
    }
    json_end(out, ']');
}

static void put_difference(struct json_out *out, const struct foreign_difference *difference)
{
    json_begin(out, '{');
    json_put_str(out, "kind", difference->kind);
    json_put_str(out, "id", difference->id);
    json_put_str(out, "item", difference->key);
    json_key(out, "fields");
    json_begin(out, '[');
    for (size_t i = 0; i < difference->fields.n; i++) {
        const struct foreign_changed *field =
            HEAP_AT(difference->fields, i, const struct foreign_changed);
        json_begin(out, '{');
        json_put_str(out, "field", field->name);
        json_put_str(out, field->kept ? "kept" : "here", field->here);
        json_put_str(out, "source", field->there);
        json_end(out, '}');
    }
    json_end(out, ']');
    json_put_bool(out, "taken_over", difference->taken);
    json_put_str(out, "why_not", difference->why);
    json_end(out, '}');
}

static void tell_json(struct app *app, const struct import_order *order,
                      const struct import_result *result)
{
    struct json_out out = JSON_OUT_IN(app->req.arena);
    const struct foreign *f = order->f;

    json_begin(&out, '{');
    json_put_str(&out, "program", f->program);
    json_put_str(&out, "source", f->place);
    json_put_bool(&out, "dry_run", order->dry_run);
    json_key(&out, "projects");
    json_begin(&out, '[');
    for (size_t i = 0; i < result->projects.n; i++)
        put_project(&out, LIST_AT(result->projects, i, const struct import_made));
    json_end(&out, ']');
    json_key(&out, "kinds");
    json_begin(&out, '[');
    for (size_t i = 0; i < f->tallies.n; i++)
        put_tally(&out, HEAP_AT(f->tallies, i, const struct foreign_tally));
    json_end(&out, ']');
    put_fields(&out, f);
    json_key(&out, "differences");
    json_begin(&out, '[');
    for (size_t i = 0; i < f->differences.n; i++)
        put_difference(&out, HEAP_AT(f->differences, i, const struct foreign_difference));
    json_end(&out, ']');
    json_put_strs(&out, "remarks", (const char *const *)f->remarks.at, f->remarks.n);
    json_end(&out, '}');
    out_line("%s", json_text(&out));
}

/* ------------------------------------------------------------------ for people */

static void tell_tallies(const struct foreign *f)
{
    out_line("%-24s %8s %8s %8s %8s %8s %8s %8s", "kind", "source", "added", "kept", "there",
             "updated", "differs", "refused");
    for (size_t i = 0; i < f->tallies.n; i++) {
        const struct foreign_tally *t = HEAP_AT(f->tallies, i, const struct foreign_tally);
        out_line("%-24s %8lld %8lld %8lld %8lld %8lld %8lld %8lld", t->kind, (long long)t->source,
                 (long long)t->added, (long long)t->kept, (long long)t->there,
                 (long long)t->updated, (long long)t->differs, (long long)t->refused);
    }
}

static void tell_fields(const struct foreign *f)
{
    if (f->fields.n > 0)
        out_line("\nWithout a place here, kept verbatim with their records:");
    for (size_t i = 0; i < f->fields.n; i++) {
        const struct foreign_field *field = HEAP_AT(f->fields, i, const struct foreign_field);
        out_line("  %s of %lld %s", field->name, (long long)field->n, field->kind);
    }
}

/* In quotes, on one line. */
static void tell_value(struct buf *out, const char *text, const char *where)
{
    const size_t len = page_cut(text, 0, VALUE_TOLD);

    if (*text == '\0') {
        buf_printf(out, "nothing %s", where);
        return;
    }
    buf_char(out, '"');
    for (size_t i = 0; i < len; i++)
        buf_char(out, (unsigned char)text[i] < ' ' ? ' ' : text[i]);
    buf_printf(out, "%s\" %s", text[len] == '\0' ? "" : "...", where);
}

static void tell_difference(struct arena *arena, const struct import_order *order,
                            const struct foreign_difference *difference)
{
    struct buf out = BUF_IN(arena);

    buf_printf(&out, "  %s %s (%s)", difference->kind, difference->id, difference->key);
    for (size_t i = 0; i < difference->fields.n; i++) {
        const struct foreign_changed *field =
            HEAP_AT(difference->fields, i, const struct foreign_changed);
        buf_printf(&out, "%s %s ", i == 0 ? ":" : ";", field->name);
        tell_value(&out, field->here, field->kept ? "was" : "here");
        buf_text(&out, ", ");
        tell_value(&out, field->there, "there");
    }
    if (order->update)
        buf_printf(&out, "; %s", difference->taken ? "taken over" : "left as it is: ");
    else if (difference->why != NULL)
        buf_text(&out, "; ");
    if (difference->why != NULL)
        buf_text(&out, difference->why);
    out_line("%s", buf_str(&out));
}

static void tell_differences(struct arena *arena, const struct import_order *order)
{
    const struct foreign *f = order->f;
    const size_t told = f->differences.n < REMARKS_TOLD ? f->differences.n : REMARKS_TOLD;

    if (told > 0)
        out_line("\nChanged in the source since it was imported%s:",
                 order->update ? "" : ", and left as it is here (--update takes it over)");
    for (size_t i = 0; i < told; i++)
        tell_difference(arena, order, HEAP_AT(f->differences, i, const struct foreign_difference));
    if (told < f->differences.n)
        out_line("  (%zu more: --json has all)", f->differences.n - told);
}

static void tell_remarks(const struct foreign *f)
{
    const size_t told = f->remarks.n < REMARKS_TOLD ? f->remarks.n : REMARKS_TOLD;

    if (told > 0)
        out_line("\nRemarks:");
    for (size_t i = 0; i < told; i++)
        out_line("  %s", HEAP_AT(f->remarks, i, const char));
    if (told < f->remarks.n)
        out_line("  (%zu more: --json has all)", f->remarks.n - told);
}

static void tell(struct arena *arena, const struct import_order *order,
                 const struct import_result *result)
{
    for (size_t i = 0; i < result->projects.n; i++) {
        const struct import_made *made = LIST_AT(result->projects, i, const struct import_made);
        out_text(arena_printf(arena, "%s \"%s\": %s, %lld item%s %sadded", made->slug, made->name,
                              made->is_new ? "new" : "was there", (long long)made->added,
                              made->added == 1 ? "" : "s", order->dry_run ? "would be " : ""));
        if (order->update)
            out_text(arena_printf(arena, ", %lld %supdated", (long long)made->updated,
                                  order->dry_run ? "would be " : ""));
        out_text("\n");
    }
    out_text("\n");
    tell_tallies(order->f);
    tell_fields(order->f);
    tell_differences(arena, order);
    tell_remarks(order->f);
    if (order->dry_run)
        out_line("\nA dry run: nothing was changed.");
}

static int bring_in(struct app *app, void *ctx)
{
    struct req *rq = &app->req;
    struct import_order order = {.project = app->options.project,
                                 .dry_run = app->options.dry_run,
                                 .force = app->options.force,
                                 .update = app->options.update};
    const char *path = app->options.argv[0];
    const struct foreign_reader *reader = find_reader(app, path);
    struct import_result result;
    enum status status = ST_OK;

    (void)ctx;
    if (reader == NULL)
        return command_fail(app, EXIT_USAGE,
                            "'%s' is no export or archive of mcp-planner, and it is not certain "
                            "whose data it is; say --from taskmaster, backlog, beads or dhafnck",
                            path);
    if (app->options.agent == NULL)
        rq->actor.agent = "mcp-planner import";
    command_count(app);
    status = reader->read(rq, path, &order.f);
    if (status == ST_OK)
        status = foreign_import(rq, &order, &result);
    command_progress_end(app);
    if (status != ST_OK) /* a bad source is no bad call */
        return command_fail(app, EXIT_FAILED, "%s", rq->message);
    if (app->options.json)
        tell_json(app, &order, &result);
    else
        tell(rq->arena, &order, &result);
    return EXIT_DONE;
}

int import_foreign(struct app *app)
{
    return exchange_with_memory(app, NULL, bring_in);
}
