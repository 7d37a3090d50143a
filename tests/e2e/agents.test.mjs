// Three whole sessions, as agents would have them: one alone, two roles with a dispute, five at once.
// What they cost is counted in tokens (o200k) of what a model writes (arguments) and reads (the text
// of the answer, or its structure: hosts show one of the two). RECORD_SESSIONS=DIR writes each
// session there as it went; examples/sessions has such recordings.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { connect, consistent, good, sql } from './planner.mjs';

const tokens = (text) => encode(text).length;

/** Agents whose calls are written down. */
class Session {
  constructor(title) {
    this.title = title;
    this.calls = [];
    this.agents = [];
  }

  async agent(name, role, options = {}) {
    const agent = await connect[options.way ?? 'client 2.x, negotiated']({
      name, person: options.person, args: ['--agent', name, ...(role ? ['--role', role] : [])],
    });
    this.agents.push(agent);
    return async (tool, args = {}) => {
      const answer = await agent.call(tool, args);
      this.calls.push({ name, tool, args, text: answer.text, refused: answer.isError,
        wrote: tokens(JSON.stringify(args)), read: tokens(answer.text),
        structure: answer.isError ? 0 : tokens(JSON.stringify(answer.data)) });
      return answer;
    };
  }

  sum(part) {
    return this.calls.reduce((total, call) => total + call[part], 0);
  }

  async end(t) {
    for (const agent of this.agents) await agent.close();
    const n = this.calls.length;
    t.diagnostic(`${n} calls, ${this.sum('wrote')} tokens written, ${this.sum('read')} read as text `
      + `(${Math.round(this.sum('read') / n)} a call), ${this.sum('structure')} as structure`);
    if (process.env.RECORD_SESSIONS) writeFileSync(this.path(), this.markdown());
  }

  path() {
    const name = this.title.toLowerCase().replaceAll(/[^a-z]+/g, '-');
    return join(process.env.RECORD_SESSIONS, `${name}.md`);
  }

  markdown() {
    const lines = [`# ${this.title}`, '',
      `Recorded by tests/e2e/agents.test.mjs: ${this.calls.length} calls, ${this.sum('wrote')} tokens`
      + ` (o200k) of arguments, ${this.sum('read')} of answers read as text,`
      + ` ${this.sum('structure')} read as structure.`, ''];
    for (const { name, tool, args, text, refused, wrote, read } of this.calls)
      lines.push(`**${name}** \`${tool}\` \`${JSON.stringify(args)}\` (${wrote} + ${read})`, '',
        '```', `${refused ? 'refused: ' : ''}${text}`, '```', '');
    return lines.join('\n');
  }
}

/** Take what is ready, do it, take the next, until the plan is complete. */
async function work(call, project, done) {
  for (let calls = 0; calls < 100; calls++) {
    const { data } = await call('next_item', { project, claim: true, lease_seconds: 60 });
    const [item] = data.items;
    if (!item) {
      if (data.n_open === 0) return;
      const { data: now } = await call('wait_for_change', { project });
      await call('wait_for_change', { project, cursor: now.cursor, timeout_seconds: 2 });
      continue;
    }
    const answer = await call('complete_step', { item: item.key, token: item.token,
      evidence: [{ kind: 'test', reference: `tests/${item.key}` }] });
    assert.ok(!answer.isError, answer.text);
    done?.(item.key);
  }
  assert.fail(`${project} does not come to an end`);
}

test('one agent plans a feature and works it off', async (t) => {
  const session = new Session('One agent');
  const call = await session.agent('ada');

  await call('create_project', { name: 'Rate limits', slug: 'RATE', require_evidence: true,
    description: 'Sign-ups are limited per address and per network, without hurting offices.' });
  await call('define_tasks', { parent: 'RATE', tasks: [
    { title: 'Count', steps: [{ title: 'Choose a window', ref: 'window' },
      { title: 'Store counts', depends_on: ['window'] }] },
    { title: 'Refuse', sequential: true, steps: [{ title: 'Answer 429 with Retry-After' },
      { title: 'Tell the person why' }] },
    { title: 'Measure', steps: [{ title: 'Export refusals as a metric' }] }] });
  await call('outline', { item: 'RATE' });
  await call('link_items', { item: 'RATE-4', depends_on: ['RATE-1'] });
  await call('search', { query: 'retry', project: 'RATE' });
  await work(call, 'RATE');
  const { data } = await call('outline', { item: 'RATE' });
  await call('project_stats', { project: 'RATE' });

  assert.equal(data.progress, 1);
  consistent('RATE');
  await session.end(t);
});

test('two roles write and review, and a person settles what they cannot', async (t) => {
  const session = new Session('Two roles with a dispute');
  const person = () => ({ action: 'accept', content: { resolution: 'client', reason: 'Measured.' } });
  const writer = await session.agent('wim', 'server');
  const reviewer = await session.agent('rita', 'client', { person });

  await writer('create_project', { name: 'Search', slug: 'SEEK', require_review: true,
    separate_authors: true, max_iterations: 2, description: 'People find what they wrote last year.' });
  await writer('define_tasks', { parent: 'SEEK', tasks: [{ title: 'Index',
    steps: [{ title: 'Choose the index' }, { title: 'Fill it' }] }] });
  await writer('submit_step', { step: 'SEEK-2', content: 'A trigram index on every text.' });
  await reviewer('work_queue', { role: 'client', project: 'SEEK' });
  await reviewer('review_step', { step: 'SEEK-2', decision: 'revise',
    feedback: 'Ten times the size of the texts. What about words?' });
  const second = await writer('submit_step',
    { step: 'SEEK-2', content: 'Words, stemmed; trigrams for titles only.' });
  await reviewer('review_step', { step: 'SEEK-2', decision: 'approve', draft: second.data.draft });
  await writer('submit_step', { step: 'SEEK-3', content: 'Fill it in one transaction.' });
  await reviewer('review_step', { step: 'SEEK-3', decision: 'counter', content: 'In batches of 1,000.' });
  await writer('submit_step', { step: 'SEEK-3', content: 'One transaction: nothing half done.' });
  await reviewer('review_step',
    { step: 'SEEK-3', decision: 'counter', content: 'In batches of 1,000, each resumable.' });
  await reviewer('list_disputes', { project: 'SEEK' });
  await reviewer('resolve_dispute', { dispute: 'SEEK-3' });
  await work(writer, 'SEEK');
  const { data } = await writer('outline', { item: 'SEEK' });

  assert.equal(data.progress, 1);
  assert.equal(sql(`select count(*) from planner.disputes d join planner.projects p
    on p.id = d.project_id where p.slug = 'SEEK' and d.status = 'resolved'`), '1');
  consistent('SEEK');
  await session.end(t);
});

test('five agents work one plan with dependencies, each step once and in order', async (t) => {
  const session = new Session('Five agents with dependencies');
  const calls = [];
  for (const name of ['ann', 'ben', 'cat', 'dan', 'eve']) calls.push(await session.agent(name));
  const steps = (area, after) => ['design', 'build', 'test', 'document'].map((what, i, all) =>
    ({ title: `${what} ${area}`, ref: `${what} ${area}`,
      ...(i > 0 ? { depends_on: [`${all[i - 1]} ${area}`] } : after && { depends_on: after }) }));
  const order = [];

  await calls[0]('create_project', { name: 'Shop', slug: 'SHOP', description: 'A shop opens in June.' });
  await calls[0]('define_tasks', { parent: 'SHOP', tasks: [
    { title: 'Catalogue', steps: steps('catalogue') },
    { title: 'Basket', steps: steps('basket') },
    { title: 'Payment', steps: steps('payment', ['build basket']) },
    { title: 'Delivery', steps: steps('delivery', ['build basket', 'build catalogue']) },
    { title: 'Opening', ref: 'opening', steps: steps('opening', ['test payment', 'test delivery']) }] });
  await Promise.all(calls.map((call) => work(call, 'SHOP', (key) => order.push(key))));
  const { data } = await calls[0]('outline', { item: 'SHOP' });

  assert.equal(data.progress, 1);
  assert.equal(new Set(order).size, 20, 'every step once');
  assert.equal(order.length, 20);
  assert.equal(sql(`select count(*) from planner.deps d join planner.items i
    on i.project_id = d.project_id and i.id = d.item_id join planner.items b
    on b.project_id = d.project_id and b.id = d.blocked_by join planner.projects p
    on p.id = d.project_id where p.slug = 'SHOP' and i.completed_at < b.completed_at`), '0');
  consistent('SHOP');
  await session.end(t);
});
