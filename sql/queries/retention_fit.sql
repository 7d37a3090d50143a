-- How a cut of an archive stands to this store: is its project there, what has its slug instead, which archive
-- has the project, was this cut made here, and by how much change numbers were moved on when rows of its project
-- were brought in.
-- $1 uuid    project
-- $2 text    slug
-- $3 bigint  id of the first row of the audit that comes with it, or null
-- $4 bigint  its change, as it stands in the archive
-- $5 bigint  the first change that took another one back, or null
-- $6 bigint  a cut that has a change, or null
-- $7 bigint  its change
-- $8 bigint  the cut itself
-- $9 text    SHA-256 of the archive
-- class: upkeep
SELECT json_strip_nulls(json_build_object(
    'there', EXISTS (SELECT FROM planner.projects p WHERE p.id = $1::uuid),
    'taken', EXISTS (SELECT FROM planner.projects p WHERE p.slug = $2 AND p.id <> $1::uuid),
    'archive', (SELECT c.archive FROM planner.cuts_made c
                WHERE c.project_id = $1::uuid AND c.kind = 'project' ORDER BY c.id DESC LIMIT 1),
    'own', EXISTS (SELECT FROM planner.cuts c WHERE c.project_id = $1::uuid AND c.id = $8::bigint
                     AND c.sha256 = $9),
    'shift', coalesce(
        (SELECT a.change - $4::bigint FROM planner.audit a
         WHERE a.project_id = $1::uuid AND a.id = $3::bigint),
        (SELECT min(u.change) - $5::bigint FROM planner.undos u WHERE u.project_id = $1::uuid),
        (SELECT c.change - $7::bigint FROM planner.cuts c
         WHERE c.project_id = $1::uuid AND c.id = $6::bigint))))
