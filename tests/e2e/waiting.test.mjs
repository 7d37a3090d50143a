// wait_for_change: for clients that have no subscriptions, through every client.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { connect, good } from './planner.mjs';
import { pause, wide } from './features.mjs';

const person = () => assert.fail('nobody is to be asked');

let other;
before(async () => {
  other = await connect['raw, handshake']({ name: 'other' });
  await good(other, 'create_project', { name: 'Waited for', description: '-', slug: 'AWAIT' });
});

for (const [way, open] of Object.entries(connect)) {
  const using = (title, body) => test(`${title}, ${way}`, async (t) => {
    const agent = wide(await open({ person }));
    await body(agent, t);
    await agent.close();
  });

  using('wait_for_change tells a change of another process', async (agent, t) => {
    const { data: now } = await good(agent, 'wait_for_change', { project: 'AWAIT' });
    const waiting = agent.call('wait_for_change', { project: 'AWAIT', cursor: now.cursor, timeout_seconds: 20 });
    await agent.resources(); // a call that waits does not hold others up
    await pause(50);

    const from = performance.now();
    await good(other, 'create_task', { parent: 'AWAIT', title: 'Awaited' });
    const { data, text } = await waiting;

    t.diagnostic(`heard ${(performance.now() - from).toFixed(1)} ms after the call began`);
    assert.equal(data.changed, true, text);
    assert.notEqual(data.cursor, now.cursor);
    assert.match(JSON.stringify(data), /Awaited/);
  });

  using('wait_for_change says when nothing came', async (agent) => {
    const { data: now } = await good(agent, 'wait_for_change', { project: 'AWAIT' });

    const { data } = await good(agent, 'wait_for_change',
      { project: 'AWAIT', cursor: now.cursor, timeout_seconds: 1 });

    assert.equal(data.changed, false);
  });
}
