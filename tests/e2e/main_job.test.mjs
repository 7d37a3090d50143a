// The main job: two agents plan, draft, review and disagree, a person settles, all of it is kept.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, consistent, good, refused, trail } from './planner.mjs';

const HYBRID = 'create table users(id uuid primary key, mail text);';

async function plan(drafter, slug) {
  await good(drafter, 'create_project', {
    name: 'Authentication service', description: 'Let users in.', slug, max_iterations: 2,
    require_review: true,
  });
  await good(drafter, 'create_task', { parent: slug, title: 'Registration' });
  await good(drafter, 'create_step', { task: `${slug}-1`, title: 'Create the users table' });
  const { data } = await good(drafter, 'define_tasks', {
    parent: slug,
    tasks: [{
      title: 'Login', ref: 'login', depends_on: [`${slug}-1`],
      steps: [{ title: 'Session tokens', ref: 'tokens' },
        { title: 'Password reset', depends_on: ['tokens'] }],
    }],
  });
  assert.deepEqual(data.items.map((item) => item.key), [3, 4, 5].map((n) => `${slug}-${n}`));
}

/** They disagree until the rounds are used up, and the person writes a third version. */
async function disagree(drafter, reviewer, step, questions) {
  await good(drafter, 'submit_step', { step, content: 'create table users(id int);' });
  const first = await good(reviewer, 'review_step',
    { step, decision: 'revise', feedback: 'Integers can be guessed.', draft: 1 });
  assert.match(first.text, /sent back with feedback \(round 1 of 2\)$/);
  await good(drafter, 'submit_step',
    { step, content: 'create table users(id bigint);', reasoning: 'Larger.' });
  const last = await good(reviewer, 'review_step', {
    step, decision: 'counter', content: 'create table users(id uuid);', reasoning: 'Not guessable.',
  });
  assert.equal(last.data.status, 'disputed');
  assert.match(last.text, /round 2 of 2, no agreement: dispute opened, a human decides/);
  await refused(drafter, 'complete_step', { item: step }, /disputed and a human decides/);

  const { data } = await good(drafter, 'list_disputes', { project: step.split('-')[0] });
  assert.deepEqual(data.disputes.map((dispute) => dispute.step), [step]);
  const settled = await good(drafter, 'resolve_dispute', { dispute: data.disputes[0].id });
  assert.equal(settled.data.resolution, 'hybrid');
  assert.equal(settled.data.status, 'user_resolution');

  assert.equal(questions.length, 1);
  assert.deepEqual(Object.keys(questions[0].requestedSchema.properties),
    ['resolution', 'content', 'reason']);
  for (const words of ['Create the users table', 'Registration', 'create table users(id bigint);',
    'create table users(id uuid);', 'Larger.', 'Not guessable.'])
    assert.ok(questions[0].message.includes(words), `the person is not shown: ${words}`);
  const seen = await good(reviewer, 'get_item', { item: step });
  assert.equal(seen.data.final_content, HYBRID);
}

async function agree(drafter, reviewer, slug) {
  const tokens = `${slug}-4`;
  const reset = `${slug}-5`;
  await good(drafter, 'submit_step', { step: tokens, content: 'Opaque tokens.' });
  const agreed = await good(reviewer, 'review_step', { step: tokens, decision: 'approve' });
  assert.equal(agreed.data.status, 'agreed');
  await good(drafter, 'submit_step', { step: reset, content: 'Mail a link.' });
  await good(reviewer, 'review_step',
    { step: reset, decision: 'counter', content: 'Mail a link that expires.' });
  const accepted = await good(drafter, 'submit_step', { step: reset, accept: true });
  assert.equal(accepted.data.status, 'agreed');
  const seen = await good(reviewer, 'get_item', { item: reset });
  assert.equal(seen.data.final_content, 'Mail a link that expires.');
}

async function finish(drafter, reviewer, slug) {
  const progress = [];
  for (const agent of [drafter, reviewer, drafter]) {
    const { data: next } = await good(agent, 'next_item', { project: slug });
    const { data: done } = await good(agent, 'complete_step', {
      item: next.items[0].key, evidence: [{ kind: 'test', reference: 'make test' }],
    });
    assert.equal(done.state, 'complete');
    progress.push(done.parents.at(-1).progress);
  }
  assert.deepEqual(progress, [0.5, 0.75, 1]);
  const { data } = await good(reviewer, 'get_item', { item: slug });
  assert.equal(data.progress, 1);
  assert.equal(data.state, 'complete');
  const { text } = await good(reviewer, 'outline', { item: slug });
  assert.match(text, /100%  3 of 3 steps/);
  assert.equal(text.match(/\[x\]/g).length, 5);
}

const ACTIONS = { created: 6, submitted: 4, reviewed: 3, disputed: 1, resolved: 2, agreed: 2, completed: 3 };

async function audited(agent, slug, names) {
  const rows = await trail(agent, slug);
  const counts = {};
  for (const row of rows) counts[row.action] = (counts[row.action] ?? 0) + 1;
  assert.deepEqual(counts, ACTIONS);
  const changes = rows.map((row) => row.change);
  assert.deepEqual(changes, changes.toSorted((a, b) => b - a), 'newest first');
  for (const row of rows) assert.ok(names.some((name) => row.agent.startsWith(`${name}-`)), row.agent);
  assert.equal(new Set(rows.map((row) => row.agent)).size, 2, 'two processes acted');
  const resolved = rows.find((row) => row.entity_type === 'dispute' && row.action === 'resolved');
  assert.equal(resolved.new_values.via, 'elicitation');
  assert.equal(resolved.new_values.user_resolution, 'hybrid');
  consistent(slug);
}

async function play(connectDrafter, connectReviewer, slug) {
  const questions = [];
  const person = (question) => {
    questions.push(question);
    return { action: 'accept', content: { resolution: 'hybrid', content: HYBRID, reason: 'Both.' } };
  };
  const drafter = await connectDrafter({ name: 'drafter', person });
  const reviewer = await connectReviewer({ name: 'reviewer', person });
  await plan(drafter, slug);
  await disagree(drafter, reviewer, `${slug}-2`, questions);
  await agree(drafter, reviewer, slug);
  await finish(drafter, reviewer, slug);
  await audited(reviewer, slug, ['drafter', 'reviewer']);
  await drafter.close();
  await reviewer.close();
}

Object.entries(connect).forEach(([way, open], i) => {
  test(`main job: two processes, ${way}`, () => play(open, open, `JOB${i}`));
});

test('main job: the roles speak different eras', () =>
  play(connect['client 2.x, pinned to 2026-07-28'], connect['sdk 1.x, handshake'], 'JOBA'));

test('main job: the roles speak different eras, the other way round', () =>
  play(connect['raw, handshake'], connect['raw, modern'], 'JOBB'));
