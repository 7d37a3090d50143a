// Subscriptions: what another process changes is heard, through every client.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { binary, connect, good } from './planner.mjs';
import { pause, SUBSCRIPTION, wide } from './features.mjs';

const UPDATED = 'notifications/resources/updated';
const LIST_CHANGED = 'notifications/resources/list_changed';
const person = () => assert.fail('nobody is to be asked');

let other; // the process that makes the changes
let slugs = 0;
before(async () => {
  other = await connect['raw, handshake']({ name: 'other' });
  await good(other, 'create_project', { name: 'Heard', description: 'To hear.', slug: 'EAR' });
  await good(other, 'define_tasks', { parent: 'EAR', tasks: [
    { title: 'One', steps: [{ title: 'First step', content: 'Do it.' }, { title: 'Second step' }] }] });
});

const changed = (uri) => (told) => told.method === UPDATED && told.params.uri === uri;

// A handshake client is answered before it is listened for, and told then what it could have missed.
async function settled(agent, uri) {
  if (!agent.modern) await Promise.race([agent.until(changed(uri)), pause(2000)]);
  agent.heard.length = 0;
}

for (const [way, open] of Object.entries(connect)) {
  const using = (title, body) => test(`${title}, ${way}`, async (t) => {
    const agent = wide(await open({ person }));
    await body(agent, t);
    await agent.close();
  });

  using('a change by another process is heard, until it is not wanted any more', async (agent, t) => {
    const { data: step } = await good(other, 'create_step', { task: 'EAR-1', title: 'Heard' });
    const uri = `planner://items/${step.key}`;
    const quiet = 'planner://items/EAR-3';
    const watch = await agent.watch({ uris: [uri, quiet] });
    await settled(agent, quiet); // it is told last

    const from = performance.now();
    await good(other, 'submit_step', { step: step.key, content: 'Louder.' });
    const told = await agent.until(changed(uri));
    t.diagnostic(`heard ${(told.at - from).toFixed(1)} ms after the call began`);
    assert.equal(agent.heard.filter(changed(quiet)).length, 0, 'what did not change is not told');
    if (agent.modern && agent.raw) assert.ok(watch.mine(told), 'it says to which subscription it belongs');

    await watch.stop();
    await agent.read(uri); // the answer shows that the end was seen
    const n = agent.heard.filter(changed(uri)).length;
    await good(other, 'review_step', { step: step.key, decision: 'approve' });
    await pause(300);
    assert.equal(agent.heard.filter(changed(uri)).length, n, 'nothing after the end');
  });

  using('a new project changes the list', async (agent) => {
    // In the handshake era other processes are listened to while something is subscribed to.
    const any = 'planner://projects';
    const watch = await agent.watch({ ...(!agent.modern && { uris: [any] }), lists: true });
    await settled(agent, any);

    await good(other, 'create_project', { name: 'New', description: 'New.', slug: `NEW${(slugs += 1)}` });

    await agent.until(({ method }) => method === LIST_CHANGED);
    await watch.stop();
  });
}

test('a client asks for nothing and hears nothing, 2026-07-28', async () => {
  const agent = wide(await connect['raw, modern']({}));
  await agent.resources();

  await good(other, 'create_project', { name: 'Unheard', description: '-', slug: `NEW${(slugs += 1)}` });
  await pause(300);

  assert.deepEqual(agent.heard, []);
  await agent.close();
});

test('a handshake client that has listed hears of its own changes to the list', async () => {
  const agent = wide(await connect['raw, handshake']({}));
  await agent.resources();

  await good(agent, 'create_project', { name: 'Own', description: '-', slug: `NEW${(slugs += 1)}` });

  await agent.until(({ method }) => method === LIST_CHANGED);
  await agent.close();
});

test('two subscriptions of one client are told apart', async () => {
  const agent = wide(await connect['raw, modern']({}));
  const { data: step } = await good(other, 'create_step', { task: 'EAR-1', title: 'Twice' });
  const uri = `planner://items/${step.key}`;
  const [one, two] = [await agent.watch({ uris: [uri] }), await agent.watch({ uris: [uri], lists: true })];

  await good(other, 'submit_step', { step: step.key, content: 'Once.' });
  await agent.until((told) => changed(uri)(told) && one.mine(told));
  await agent.until((told) => changed(uri)(told) && two.mine(told));
  await one.stop();
  await agent.resources();
  const n = agent.heard.filter(one.mine).length;
  await good(other, 'review_step', { step: step.key, decision: 'approve' });
  const second = (told) => changed(uri)(told) && two.mine(told);
  while (agent.heard.filter(second).length < 2) await pause(10);

  assert.equal(agent.heard.filter(one.mine).length, n);
  assert.ok(agent.heard.every(({ params }) => params._meta[SUBSCRIPTION]));
  await agent.close();
});

test('the end of input ends a subscription with its answer', async () => {
  const agent = wide(await connect['raw, modern']({}));
  const watch = await agent.watch({ lists: true });

  await agent.close();

  const { result } = await watch.ended;
  assert.equal(result.resultType, 'complete');
});

for (const way of ['raw, handshake', 'raw, modern', 'client 2.x, negotiated']) {
  test(`subscribing does not make the private database, and hears what comes after, ${way}`, async () => {
    const data = join(dirname(process.env.PLANNER_DATA_DIR), `unmade-${way.replaceAll(/[^a-z]/g, '')}`);
    const args = ['--data-dir', data];
    const uri = 'planner://projects/FIRST';
    const agent = wide(await connect[way]({ args, person }));
    const watch = await agent.watch({ uris: [uri], ...(agent.modern && { lists: true }) });
    await pause(700);
    assert.ok(!existsSync(data));
    assert.deepEqual(agent.heard.filter(changed(uri)), []);

    const maker = await connect['raw, modern']({ args });
    await good(maker, 'create_project', { name: 'First', description: '-', slug: 'FIRST' });

    await agent.until(changed(uri));
    await agent.until(({ method }) => method === LIST_CHANGED);
    await watch.stop();
    await maker.close();
    await agent.close();
    execFileSync(binary, ['stop', '--data-dir', data]);
  });
}
