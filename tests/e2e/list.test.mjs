// What a model and a person are shown: tools/list in both eras, its price, and the reference page.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { binary, connect, declared, good, MODERN } from './planner.mjs';

const TOOLS = Object.keys(declared); // tests/snapshots has what each one says
const TOKENS = 5500; // of what a model is shown
const BYTES = 48 * 1024; // of the whole list
const DESCRIPTION = 2048; // clients cut what is longer

test('every era and client is told the same tools', async () => {
  const part = ({ inputSchema, outputSchema, description, annotations }) =>
    ({ inputSchema, outputSchema, description, annotations });
  for (const open of Object.values(connect)) {
    const agent = await open({ person: () => null });
    assert.deepEqual(Object.keys(agent.tools).toSorted(), TOOLS.toSorted());
    for (const name of TOOLS) assert.deepEqual(part(agent.tools[name]), part(declared[name]));
    await agent.close();
  }
});

test('the modern list says how long it may be kept', async () => {
  const agent = await connect['raw, modern']({});
  assert.equal(agent.listed.resultType, 'complete');
  assert.ok(agent.listed.ttlMs > 0);
  assert.equal(agent.listed.cacheScope, 'public');
  await agent.close();
});

test('names, descriptions and input schemas fit the budget', async (t) => {
  const agent = await connect['raw, handshake']({});
  const shown = Object.values(agent.tools).map(
    ({ name, description, inputSchema }) => ({ name, description, inputSchema }));
  const tokens = encode(JSON.stringify(shown)).length;
  const bytes = Buffer.byteLength(JSON.stringify(Object.values(agent.tools)));
  t.diagnostic(`${tokens} tokens, ${bytes} bytes`);
  assert.ok(tokens <= TOKENS, `${tokens} tokens, ${TOKENS} are allowed`);
  assert.ok(bytes <= BYTES, `tools/list has ${bytes} bytes, ${BYTES} are allowed`);
  await agent.close();
});

test('schemas are plain objects that every client takes', async () => {
  const agent = await connect['raw, modern']({});
  for (const tool of Object.values(agent.tools)) {
    for (const schema of [tool.inputSchema, tool.outputSchema]) {
      assert.equal(schema.type, 'object', tool.name);
      for (const word of ['oneOf', 'anyOf', 'allOf', '$ref']) assert.ok(!(word in schema), tool.name);
      assert.ok(!JSON.stringify(schema).includes('"$ref"'), tool.name);
      for (const name of schema.required ?? [])
        assert.ok(schema.properties[name], `${tool.name}: '${name}' is required but not declared`);
    }
    assert.ok(Buffer.byteLength(tool.description) < DESCRIPTION, tool.name);
  }
  await agent.close();
});

test('instructions are short in both eras and name only tools that exist', async () => {
  const agent = await connect['raw, handshake']({});
  const found = await agent.raw.result('server/discover', {
    _meta: { 'io.modelcontextprotocol/protocolVersion': MODERN,
      'io.modelcontextprotocol/clientCapabilities': {} },
  });
  assert.equal(agent.hello.instructions, found.instructions);
  assert.ok(Buffer.byteLength(found.instructions) < DESCRIPTION);
  for (const [name] of found.instructions.matchAll(/\b[a-z]+_[a-z]+\b/g))
    assert.ok(TOOLS.includes(name), `the instructions name '${name}'`);
  await agent.close();
});

test('prompts and resource templates are described, in less than 2 KB each', async () => {
  const agent = await connect['raw, modern']({});
  const { prompts } = await agent.send('prompts/list');
  const { resourceTemplates } = await agent.send('resources/templates/list');
  for (const { name, description } of [...prompts, ...resourceTemplates]) {
    assert.ok(description, name);
    assert.ok(Buffer.byteLength(description) < DESCRIPTION, name);
  }
  await agent.close();
});

test('acknowledgements stay under 150 bytes, also with the longest titles', async () => {
  const agent = await connect['raw, modern']({
    person: () => ({ action: 'accept', content: { resolution: 'server' } }),
  });
  const long = 'ü'.repeat(200);
  const name = 'ü'.repeat(100);
  const slug = 'ACKNOWLEDG';
  const step = `${slug}-2`;
  let token;
  for (const [tool, args, needs] of [
    ['create_project', { name: long, description: 'x', slug, max_iterations: 2, sequential: true }],
    ['update_project', { project: slug, require_review: true }],
    ['create_task', { parent: slug, title: long }],
    ['create_step', { task: `${slug}-1`, title: long }],
    ['define_tasks', { parent: slug, tasks: [{ title: long, steps: [{ title: long }] }] }],
    ['submit_step', { step, content: 'a', request_id: 'r' }],
    ['submit_step', { step, content: 'a', request_id: 'r' }],
    ['review_step', { step, decision: 'revise', feedback: 'b' }],
    ['submit_step', { step, content: 'c' }],
    ['review_step', { step, decision: 'counter', content: 'd' }],
    ['resolve_dispute', { dispute: step }],
    ['define_tasks', { parent: slug, tasks: [{ title: long, depends_on: [`${slug}-1`] },
      { title: long, depends_on: [`${slug}-1`] }] }],
    ['claim_item', { item: step, agent: name }, 'token'],
    ['claim_item', { item: step, agent: name }],
    ['complete_step', { item: step, agent: name, request_id: 'c' }, 'token'],
    ['complete_step', { item: step, agent: name, request_id: 'c' }, 'token'],
    ['complete_step', { item: step }],
    ['complete_step', { item: step, outcome: 'reopen' }],
    ['next_item', { project: slug, claim: true, agent: 'b' }],
    ['complete_step', { item: step, outcome: 'cancelled' }, 'token'],
  ]) {
    const { text, data } = await good(agent, tool, needs ? { ...args, token } : args);
    token = data.token ?? data.items?.[0].token ?? token;
    assert.ok(Buffer.byteLength(text) < 150, `${tool}: ${Buffer.byteLength(text)} bytes: ${text}`);
  }
  await agent.close();
});

test('docs/TOOLS.md is what the declarations say', () => {
  const made = execFileSync(binary, ['tools'], { encoding: 'utf8' });
  assert.equal(readFileSync(`${process.env.PLANNER_TOP}/docs/TOOLS.md`, 'utf8'), made);
});
