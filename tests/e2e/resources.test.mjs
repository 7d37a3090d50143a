// Resources: listed in pages and read, through every client.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { connect, disputed, good } from './planner.mjs';
import { refusedWith, wide } from './features.mjs';

const TEMPLATES = [
  'planner://projects/{project}', 'planner://projects/{project}/outline', 'planner://items/{item}',
  'planner://items/{item}/history', 'planner://disputes/{dispute}',
];
const person = () => assert.fail('nobody is to be asked');

let other; // the process that makes the changes
let slugs = 0;
before(async () => {
  other = await connect['raw, handshake']({ name: 'other' });
  // The slug is on the first page, whatever else is there.
  await good(other, 'create_project', { name: 'Resources', description: 'To read.', slug: 'AARES' });
  await good(other, 'define_tasks', { parent: 'AARES', tasks: [
    { title: 'One', steps: [{ title: 'First step', content: 'Do it.' }, { title: 'Second step' }] }] });
});

for (const [way, open] of Object.entries(connect)) {
  const using = (title, body) => test(`${title}, ${way}`, async (t) => {
    const agent = wide(await open({ person }), {});
    await body(agent, t);
    await agent.close();
  });

  using('resources are listed with what a host shows of them', async (agent) => {
    const { resources } = await agent.resources();

    const uris = resources.map(({ uri }) => uri);
    for (const uri of ['planner://projects', 'planner://projects/AARES', 'planner://projects/AARES/outline'])
      assert.ok(uris.includes(uri), `${uri} in ${uris}`);
    for (const { uri, name, mimeType, annotations } of resources) {
      assert.ok(name && mimeType, uri);
      assert.ok(annotations.priority >= 0 && annotations.priority <= 1, uri);
    }
    const project = resources.find(({ uri }) => uri === 'planner://projects/AARES');
    assert.ok(!Number.isNaN(Date.parse(project.annotations.lastModified)));
  });

  using('templates are listed', async (agent) => {
    const templates = await agent.templates();

    const listed = templates.map(({ uriTemplate }) => uriTemplate);
    for (const template of TEMPLATES) assert.ok(listed.includes(template), template);
  });

  using('every kind of resource is read', async (agent) => {
    const key = `RD${(slugs += 1)}`;
    const { step, dispute } = await disputed(other, key);
    const wanted = {
      'planner://projects': key,
      [`planner://projects/${key}`]: key,
      [`planner://projects/${key}/outline`]: 'Choose',
      [`planner://items/${step}`]: 'Use B-trees.',
      [`planner://items/${step}/history`]: 'submitted|created',
      [`planner://disputes/${dispute}`]: 'Use hashes.',
    };

    for (const [uri, words] of Object.entries(wanted)) {
      const { contents } = await agent.read(uri);
      assert.equal(contents[0].uri, uri);
      assert.equal(contents[0].mimeType, 'text/markdown');
      assert.match(contents[0].text, new RegExp(words));
    }
    const { contents } = await agent.read(`planner://items/${step}?format=json`);
    assert.equal(contents[0].mimeType, 'application/json');
    assert.equal(JSON.parse(contents[0].text).key, step);
  });

  using('a resource that does not exist has the code of its era', async (agent) => {
    await refusedWith(agent.missing, agent.read('planner://items/AARES-999'));
    await refusedWith(agent.missing, agent.read('file:///etc/hostname'));
  });
}

test('lists go on where their cursor says, and refuse another', async () => {
  const agent = wide(await connect['raw, modern']({}));
  const uris = new Set();
  let cursor;
  let pages = 0;
  for (let i = 0; i < 120; i += 1) await good(other, 'create_project', { name: `P${i}`, description: '-', slug: `PAGE${i}` });

  do {
    const page = await agent.resources(cursor);
    page.resources.forEach(({ uri }) => { assert.ok(!uris.has(uri), uri); uris.add(uri); });
    cursor = page.nextCursor;
    pages += 1;
  } while (cursor);

  for (let i = 0; i < 120; i += 1) assert.ok(uris.has(`planner://projects/PAGE${i}`), `PAGE${i}`);
  assert.ok(pages > 1, `${pages} pages`);
  await refusedWith(-32602, agent.resources('nonsense'));
  await agent.close();
});

// Hosts list resources as soon as they have started the server, and wait before they offer its tools.
test('listing resources does not make the private database', async () => {
  const data = join(dirname(process.env.PLANNER_DATA_DIR), 'unused');
  const agent = wide(await connect['raw, modern']({ args: ['--data-dir', data] }));

  const { resources, nextCursor } = await agent.resources();

  assert.deepEqual(resources.map(({ uri }) => uri), ['planner://projects', 'planner://health']);
  assert.equal(nextCursor, undefined);
  assert.ok(!existsSync(data));
  await agent.close();
});
