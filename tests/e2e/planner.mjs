// Ways to reach the program: raw JSON-RPC and the official clients, each in both eras.
//
// connect.*({name, person, args, elicits}) starts a server process and gives an agent:
//   agent.call(tool, args)    {isError, text, data, result}; data is held against outputSchema
//   agent.tools               what tools/list told, by name
//   agent.close()
// Every answer to tools/call that Raw reads is held against outputSchema, whoever sent the call.
// `person` answers a question: (params) => ({action, content}).
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as Stdio1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { Client as Client2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as Stdio2 } from '@modelcontextprotocol/client/stdio';

export const binary = process.env.PLANNER_BINARY;
export const MODERN = '2026-07-28';
export const HANDSHAKE = '2025-11-25';

// What a failed test leaves behind would keep the whole run from ending.
const endings = new Set();
after(() => endings.forEach((end) => end()));

// ------------------------------------------------------------------ schemas

const kinds = {
  object: (v) => typeof v === 'object' && v !== null && !Array.isArray(v),
  array: Array.isArray,
  string: (v) => typeof v === 'string',
  boolean: (v) => typeof v === 'boolean',
  number: Number.isFinite,
  integer: Number.isInteger,
};

/** Hold a value against the part of JSON Schema that the tools use. */
export function check(value, schema, where) {
  if (schema.type) assert.ok(kinds[schema.type](value), `${where} is no ${schema.type}: ${value}`);
  if (schema.enum) assert.ok(schema.enum.includes(value), `${where} is none of the enum: ${value}`);
  if (schema.type === 'array' && schema.items)
    value.forEach((element, i) => check(element, schema.items, `${where}[${i}]`));
  if (schema.type !== 'object' || !schema.properties) return;
  for (const name of schema.required ?? []) assert.ok(name in value, `${where}.${name} is missing`);
  for (const [name, member] of Object.entries(value)) {
    assert.ok(schema.properties[name] || schema.additionalProperties !== false,
      `${where}.${name} is not declared`);
    if (schema.properties[name]) check(member, schema.properties[name], `${where}.${name}`);
  }
}

/** The tools as the program declares them, by name. */
export const declared = Object.fromEntries(
  JSON.parse(execFileSync(binary, ['tools', '--json'], { encoding: 'utf8' }))
    .map((tool) => [tool.name, tool]));

/** The result of any call, unless it asks for input. */
function promised(tool, result) {
  if (!result?.content || !declared[tool]) return;
  const structured = result.structuredContent;
  if (result.isError) assert.equal(structured, undefined, `${tool}: data with an error`);
  else check(structured, declared[tool].outputSchema, tool);
  const bytes = (text) => Buffer.byteLength(text ?? '');
  assert.ok(result.content.reduce((sum, part) => sum + bytes(part.text), 0) +
    bytes(JSON.stringify(structured)) <= 40 * 1024, `${tool}: the answer is too long`);
}

function told(agent, tool, result) {
  assert.ok(agent.tools[tool], `tools/list has no ${tool}`);
  assert.equal(result.content.length, 1, `${tool}: one text`);
  const text = result.content[0].text;
  const isError = result.isError === true;
  if (isError) assert.equal(result.structuredContent, undefined, `${tool}: data with an error`);
  else check(result.structuredContent, agent.tools[tool].outputSchema, tool);
  return { isError, text, data: result.structuredContent, result };
}

const byName = (tools) => Object.fromEntries(tools.map((tool) => [tool.name, tool]));

// ------------------------------------------------------------------ raw JSON-RPC

/** A server process and its lines, without any library. */
export class Raw {
  constructor(args = []) {
    this.child = spawn(binary, ['serve', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.exit = new Promise((done) => this.child.on('exit', (code, signal) => done(code ?? signal)));
    endings.add(() => this.child.kill('SIGKILL'));
    this.waiting = new Map();
    this.asked = [];
    this.notified = [];
    this.nextId = 1;
    this.onAsk = () => {};
    this.bare = false; // a revision without structuredContent
    createInterface({ input: this.child.stdout }).on('line', (line) => this.receive(line));
  }

  receive(line) {
    const message = JSON.parse(line);
    assert.equal(message.jsonrpc, '2.0');
    if (message.method && 'id' in message) {
      this.asked.push(message);
      this.onAsk(message);
    } else if (message.method) {
      this.notified.push(message);
    } else {
      const call = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      try {
        promised(!this.bare && call?.tool, message.result);
        call?.done(message);
      } catch (wrong) {
        call.fail(wrong);
      }
    }
  }

  send(message) {
    this.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  /** The whole answer: with `result` or with `error`. */
  ask(method, params, id = this.nextId++) {
    return new Promise((done, fail) => {
      this.waiting.set(id, { done, fail, tool: method === 'tools/call' && params?.name });
      this.exit.then((code) => fail(new Error(`the server ended (${code}) before ${method}`)));
      this.send({ id, method, params });
    });
  }

  async result(method, params) {
    const answer = await this.ask(method, params);
    assert.ok(answer.result, `${method}: ${JSON.stringify(answer.error)}`);
    return answer.result;
  }

  async close() {
    this.child.stdin.end();
    assert.equal(await this.exit, 0, 'the server ends with 0 at the end of its input');
  }
}

export function capabilities(elicits) {
  return elicits === false ? {} : { elicitation: {} };
}

async function rawHandshake({ name = 'raw', person, args, elicits, version = HANDSHAKE }) {
  const raw = new Raw(args);
  const hello = await raw.result('initialize', {
    protocolVersion: version,
    capabilities: capabilities(elicits),
    clientInfo: { name, version: '1.0' },
  });
  assert.equal(hello.protocolVersion, version);
  raw.send({ method: 'notifications/initialized' });
  raw.onAsk = async (message) => {
    assert.equal(message.method, 'elicitation/create');
    const answer = await person(message.params);
    if (answer) raw.send({ id: message.id, result: answer });
  };
  const agent = { raw, hello, close: () => raw.close() };
  agent.tools = byName((await raw.result('tools/list', {})).tools);
  agent.call = async (tool, given = {}) =>
    told(agent, tool, await raw.result('tools/call', { name: tool, arguments: given }));
  return agent;
}

export function modernMeta(name, elicits) {
  return {
    'io.modelcontextprotocol/protocolVersion': MODERN,
    'io.modelcontextprotocol/clientInfo': { name, version: '1.0' },
    'io.modelcontextprotocol/clientCapabilities': capabilities(elicits),
  };
}

async function rawModern({ name = 'raw', person, args, elicits }) {
  const raw = new Raw(args);
  const agent = { raw, close: () => raw.close() };
  agent.send = (method, params = {}) =>
    raw.result(method, { ...params, _meta: modernMeta(name, elicits) });
  agent.listed = await agent.send('tools/list');
  agent.tools = byName(agent.listed.tools);
  /** One round only: what the server says, be it a question. */
  agent.once = (tool, given, retry = {}) =>
    agent.send('tools/call', { name: tool, arguments: given, ...retry });
  agent.call = async (tool, given = {}) => {
    let result = await agent.once(tool, given);
    while (result.resultType === 'input_required') {
      const inputResponses = {};
      for (const [key, request] of Object.entries(result.inputRequests)) {
        assert.equal(request.method, 'elicitation/create');
        inputResponses[key] = await person(request.params);
      }
      result = await agent.once(tool, given, { inputResponses, requestState: result.requestState });
    }
    assert.equal(result.resultType, 'complete');
    assert.equal(raw.asked.length, 0, 'a server of the modern era sends no request');
    return told(agent, tool, result);
  };
  return agent;
}

// ------------------------------------------------------------------ official clients

async function official(client, transport) {
  endings.add(() => client.close());
  await client.connect(transport);
  const agent = { client, close: () => client.close() };
  agent.tools = byName((await client.listTools()).tools); // from now on the client validates, too
  agent.call = async (tool, given = {}) =>
    told(agent, tool, await client.callTool({ name: tool, arguments: given }));
  return agent;
}

const launch = (args = []) => ({
  command: binary, args: ['serve', ...args], env: { ...process.env }, stderr: 'inherit',
});

async function sdk1({ name = 'sdk1', person, args, elicits }) {
  const client = new Client1({ name, version: '1.0' }, { capabilities: capabilities(elicits) });
  if (elicits !== false) client.setRequestHandler(ElicitRequestSchema, (ask) => person(ask.params));
  return official(client, new Stdio1(launch(args)));
}

async function sdk2(mode, era, { name = 'sdk2', person, args, elicits }) {
  const client = new Client2({ name, version: '1.0' },
    { capabilities: capabilities(elicits), versionNegotiation: { mode } });
  if (elicits !== false) client.setRequestHandler('elicitation/create', (ask) => person(ask.params));
  const agent = await official(client, new Stdio2(launch(args)));
  assert.equal(client.getProtocolEra(), era);
  return agent;
}

export const connect = {
  'raw, handshake': rawHandshake,
  'raw, modern': rawModern,
  'sdk 1.x, handshake': sdk1,
  'client 2.x, pinned to 2026-07-28': (options) => sdk2({ pin: MODERN }, 'modern', options),
  'client 2.x, negotiated': (options) => sdk2('auto', 'modern', options),
  'client 2.x, handshake': (options) => sdk2('legacy', 'legacy', options),
};

// ------------------------------------------------------------------ small things

/** A call that has to succeed. */
export async function good(agent, tool, args) {
  const answer = await agent.call(tool, args);
  assert.ok(!answer.isError, `${tool}: ${answer.text}`);
  return answer;
}

/** A call that has to be refused with these words. */
export async function refused(agent, tool, args, words) {
  const answer = await agent.call(tool, args);
  assert.ok(answer.isError, `${tool} was not refused: ${answer.text}`);
  assert.match(answer.text, words);
  return answer;
}

/** Every row of the trail, through all its pages. */
export async function trail(agent, item, limit = 7) {
  const rows = [];
  let cursor;
  do {
    const { data } = await good(agent, 'history', { item, limit, ...(cursor && { cursor }) });
    rows.push(...data.items);
    cursor = data.next_cursor;
  } while (cursor);
  return rows;
}

/** A project whose only step is disputed: keys SLUG-1 and SLUG-2. */
export async function disputed(agent, slug, { counter = true, ...settings } = {}) {
  const step = `${slug}-2`;
  await good(agent, 'create_project',
    { name: slug, description: 'Settle it', slug, max_iterations: 1, ...settings });
  await good(agent, 'create_task', { parent: slug, title: 'Storage' });
  await good(agent, 'create_step', { task: `${slug}-1`, title: 'Choose', content: 'Use B-trees.' });
  const review = counter
    ? { decision: 'counter', content: 'Use hashes.', reasoning: 'Only equality is asked for.' }
    : { decision: 'revise', feedback: 'Say why.' };
  const { data } = await good(agent, 'review_step', { step, ...review });
  assert.equal(data.status, 'disputed');
  return { step, dispute: data.dispute };
}

/** Run SQL beside the program, on the private database. */
export function sql(statement) {
  const status = JSON.parse(execFileSync(binary, ['status', '--json'], { encoding: 'utf8' }));
  return execFileSync('psql', ['-XAtqc', statement, status.connection], { encoding: 'utf8' }).trim();
}

/** Numbers that the plan keeps beside its rows agree with the rows. */
export function consistent(slug) {
  const wrong = sql(`select c.* from planner.projects p, planner.roll_check(p.id) c
    where p.slug = '${slug}'`);
  assert.equal(wrong, '');
}
