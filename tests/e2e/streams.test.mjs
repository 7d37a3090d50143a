// Calls that take long: progress, cancellation, log messages, waiting for a change; every client.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { connect, good, sql } from './planner.mjs';
import { pause, refusedWith, wide } from './features.mjs';

const ROWS = 10000;
const person = () => assert.fail('nobody is to be asked');

let other;
let slugs = 0;
before(async () => {
  other = await connect['raw, handshake']({ name: 'other' });
  await good(other, 'create_project', { name: 'Waited for', description: '-', slug: 'WAIT' });
  await good(other, 'create_task', { parent: 'WAIT', title: 'Task' });
});

async function project() {
  const slug = `LONG${(slugs += 1)}`;
  await good(other, 'create_project', { name: slug, description: '-', slug });
  return slug;
}

const many = (parent) => ({ parent, tasks: Array.from({ length: ROWS }, (_, i) => ({ title: `Task ${i}` })) });
const count = (slug) => Number(sql(`select count(*) from planner.items i
  join planner.projects p on p.id = i.project_id where p.slug = '${slug}' and i.parent_id is not null`));

for (const [way, open] of Object.entries(connect)) {
  const using = (title, body) => test(`${title}, ${way}`, async (t) => {
    const agent = wide(await open({ person }));
    await body(agent, t);
    await agent.close();
  });

  using('progress of a long call rises and ends before its answer', async (agent, t) => {
    const slug = await project();
    const told = [];
    let answered = false;

    const result = await agent.run('define_tasks', many(slug), {
      onprogress: (progress) => told.push({ ...progress, late: answered }),
    });
    answered = true;
    await agent.resources(); // whatever was still under way is here after this

    assert.notEqual(result.isError, true, result.content?.[0].text);
    t.diagnostic(`${told.length} messages`);
    assert.ok(told.length >= 2, `${told.length} messages`);
    for (const [i, { progress, total, late }] of told.entries()) {
      assert.ok(i === 0 || progress > told[i - 1].progress, JSON.stringify(told));
      assert.ok(total === undefined || progress <= total);
      assert.ok(!late, 'after the answer');
    }
    assert.equal(count(slug), ROWS);
  });

  using('a cancelled call is rolled back and answers nothing', async (agent, t) => {
    const slug = await project();
    const stop = new AbortController();
    let from;

    const running = agent.run('define_tasks', many(slug), {
      signal: stop.signal,
      onprogress: () => { from ??= performance.now(); stop.abort(); },
    });
    await assert.rejects(running);
    await agent.read('planner://projects/WAIT');
    t.diagnostic(`free again after ${(performance.now() - from).toFixed(0)} ms`);
    const n = agent.heard.length;
    await pause(200);

    assert.equal(count(slug), 0);
    assert.equal(agent.heard.length, n, JSON.stringify(agent.heard.slice(n)));
    assert.equal(agent.heard.filter(({ method }) => method.startsWith('answer')).length, 0);
  });

  using('log messages come to who asked for them', async (agent) => {
    const isLog = ({ method }) => method === 'notifications/message';
    await agent.run('get_item', { item: 'WAIT-99' });
    if (agent.modern) assert.deepEqual(agent.heard.filter(isLog), [], 'not asked for');

    await agent.level('debug');
    await agent.run('create_task', { parent: 'WAIT', title: 'Logged' });
    const { params } = await agent.until(isLog);

    assert.match(params.level, /^(debug|info|notice|warning)$/);
    assert.ok(params.data !== undefined);
    const n = agent.heard.filter(isLog).length;
    await agent.level('emergency');
    await agent.run('create_task', { parent: 'WAIT', title: 'Not logged' });
    await agent.resources();
    assert.equal(agent.heard.filter(isLog).length, n, 'less than asked for');
  });

  using('an unknown level is refused', async (agent) => {
    await refusedWith(-32602, agent.modern
      ? agent.level('loud').then(() => agent.run('get_item', { item: 'WAIT' }))
      : agent.level('loud'));
  });
}
