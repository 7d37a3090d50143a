-- One submission, review, assessment or resolution of a step.
-- $1 uuid    project
-- $2 uuid    step
-- $3 int     number
-- $4 text    action
-- $5 text    role
-- $6 text    agent
-- $7 text    content, or null
-- $8 text    feedback, or null
-- $9 text    reasoning, or null
-- $10 jsonb  assessment, or null
-- $11 jsonb  analysis of the content, or null
-- class: simple
INSERT INTO planner.iterations (project_id, step_id, number, action, role, agent, content,
                                feedback, reasoning, assessment, analysis)
VALUES ($1, $2, $3::integer, $4, $5, $6, $7, $8, $9, $10::jsonb, $11::jsonb)
