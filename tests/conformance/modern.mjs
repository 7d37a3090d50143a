// 2026-07-28 over HTTP: each request is a POST by itself, with headers that repeat its body.
//
// A request has a server process to itself until it is answered, and the next one gets another
// process. So all that a process says belongs to the request it has, ids need not be changed, and
// whatever is remembered between requests is remembered by the database or is a fault.
import { Child } from './child.mjs';
import { Stream } from './stream.mjs';

const IDLE_MIN = 2; // processes that take turns
const NAMED = { 'tools/call': 'name', 'prompts/get': 'name', 'resources/read': 'uri' };
const STATUS = { [-32601]: 404, [-32603]: 500 };
const META = 'io.modelcontextprotocol/';
const SENTINEL = /^=\?base64\?(.*)\?=$/s;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The text that a header stands for; undefined when it is malformed. */
function headerText(value) {
  const encoded = SENTINEL.exec(value)?.[1];

  if (encoded === undefined) return /^[\x20-\x7e\t]*$/.test(value) ? value : undefined;
  return BASE64.test(encoded) ? Buffer.from(encoded, 'base64').toString('utf8') : undefined;
}

/** The paths of the annotated parameters in an inputSchema: [[path, header], ...]. */
function annotated(schema, path = []) {
  return Object.entries(schema?.properties ?? {}).flatMap(([name, property]) => [
    ...(property['x-mcp-header'] ? [[[...path, name], property['x-mcp-header'], property.type]] : []),
    ...annotated(property, [...path, name]),
  ]);
}

function sameValue(header, value, type) {
  const text = headerText(header);

  if (text === undefined) return false;
  return type === 'integer' ? Number(text) === value : text === String(value);
}

export class Modern {
  constructor(command, log) {
    this.command = command;
    this.log = log;
    this.idle = [];
    this.all = new Set();
    this.headers = null; // by tool: its annotated parameters
  }

  #take() {
    if (this.idle.length >= IDLE_MIN) return this.idle.shift();
    const child = new Child(this.command, this.log);
    this.all.add(child);
    child.gone = () => this.#forget(child);
    return child;
  }

  #forget(child) {
    this.all.delete(child);
    this.idle = this.idle.filter((other) => other !== child);
  }

  #give(child) {
    child.hear = null;
    if (!child.ended) this.idle.push(child);
  }

  /** A request of the bridge's own. */
  #own(method) {
    return new Promise((resolve) => {
      const child = this.#take();
      child.hear = (text, message) => {
        this.#give(child);
        resolve(message.result);
      };
      child.send(JSON.stringify({ jsonrpc: '2.0', id: 'bridge', method, params: { _meta: {
        [`${META}protocolVersion`]: '2026-07-28', [`${META}clientCapabilities`]: {} } } }));
    });
  }

  async #parameters(tool) {
    this.headers ??= this.#own('tools/list').then((result) =>
      new Map(result.tools.map((t) => [t.name, annotated(t.inputSchema)])));
    return (await this.headers).get(tool) ?? [];
  }

  async #parameterFault(req, params) {
    for (const [path, name, type] of await this.#parameters(params.name)) {
      const value = path.reduce((at, step) => at?.[step], params.arguments);
      const header = req.headers[`mcp-param-${name.toLowerCase()}`];

      if (value === undefined || value === null) continue;
      if (header === undefined) return `Mcp-Param-${name} is missing`;
      if (!sameValue(header, value, type)) return `Mcp-Param-${name} is not what the body says`;
    }
    return null;
  }

  /** What is wrong with the headers, or null. A body without the field is the server's to judge. */
  async #headerFault(req, message) {
    const params = message.params ?? {};
    const version = params._meta?.[`${META}protocolVersion`];
    const field = NAMED[message.method];
    const name = req.headers['mcp-name'];

    if (!req.headers['mcp-protocol-version']) return 'MCP-Protocol-Version is missing';
    if (version !== undefined && version !== req.headers['mcp-protocol-version'])
      return 'MCP-Protocol-Version is not what the body says';
    if (!req.headers['mcp-method']) return 'Mcp-Method is missing';
    if (req.headers['mcp-method'] !== message.method) return 'Mcp-Method is not what the body says';
    if (!field || typeof params[field] !== 'string') return null;
    if (name === undefined) return 'Mcp-Name is missing';
    if (headerText(name) !== params[field]) return 'Mcp-Name is not what the body says';
    return message.method === 'tools/call' ? this.#parameterFault(req, params) : null;
  }

  async post(req, res, text, message, refuse) {
    if (message.method === undefined) return refuse(400, 'responses are not taken');
    if (message.id === undefined) return res.writeHead(202).end();
    const fault = await this.#headerFault(req, message);
    if (res.destroyed) return null; // gone while its headers were looked at
    if (fault) return refuse(400, `header mismatch: ${fault}`, -32020);
    return this.#ask(res, text, message);
  }

  #ask(res, text, message) {
    const child = this.#take();
    const stream = new Stream();
    let answered = false;

    stream.attach(res);
    child.gone = () => {
      this.#forget(child);
      if (!answered) res.destroy();
    };
    child.hear = (line, said) => {
      if (said.method) {
        if (said.id !== undefined) this.log(`trouble: a modern server asks: ${line.slice(0, 200)}`);
        stream.push(line);
        return;
      }
      answered = true;
      this.#give(child);
      stream.finish(line, said.error ? (STATUS[said.error.code] ?? 400) : 200);
    };
    res.on('close', () => {
      if (answered || child.ended) return;
      answered = true;
      child.send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled',
        params: { requestId: message.id, reason: 'the stream was closed' } }));
      child.end(message.id);
    });
    child.send(text);
  }

  close() {
    return Promise.all([...this.all].map((child) => child.end()));
  }
}
