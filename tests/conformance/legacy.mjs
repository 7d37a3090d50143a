// Sessions as HTTP had them from 2025-03-26 to 2025-11-25: one server process each, named by
// Mcp-Session-Id; answers on the stream of their POST, all else on a stream opened by GET.
//
// On stdio nothing tells which call a server's own request or log message is about. Calls run one
// after the other, so it is the oldest that is still open.
import { randomUUID } from 'node:crypto';
import { Child } from './child.mjs';
import { Stream } from './stream.mjs';

const VERSIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'];
const POLL_MS = 1000; // a stream that takes longer is left, and the client told to come back
const UNRELATED = /^notifications\/(resources|tools|prompts|roots)\//;

export const isLegacyVersion = (version) => VERSIONS.includes(version);
const idKey = (id) => JSON.stringify(id);

class Session {
  constructor(command, log) {
    this.id = randomUUID();
    this.log = log;
    this.child = new Child(command, log);
    this.child.hear = (text, message) => this.#hear(text, message);
    this.child.gone = () => this.#gone();
    this.general = new Stream('g');
    this.calls = new Map(); // by id: {stream, message}
    this.streams = new Map([['g', this.general]]);
  }

  #owner(message) {
    const calls = [...this.calls.values()].filter((call) => call.message.method !== 'ping');
    const token = message.params?.progressToken;

    if (UNRELATED.test(message.method)) return this.general;
    if (message.method === 'notifications/progress')
      return calls.find((c) => c.message.params?._meta?.progressToken === token)?.stream;
    return calls[0]?.stream ?? this.general;
  }

  #hear(text, message) {
    if (message.method) {
      const owner = this.#owner(message);
      if (owner) owner.push(text);
      else this.log(`trouble: nobody waits for ${text.slice(0, 200)}`);
      return;
    }
    const call = this.calls.get(idKey(message.id));
    if (!call) {
      this.log(`trouble: an answer to nothing: ${text.slice(0, 200)}`);
      return;
    }
    this.calls.delete(idKey(message.id));
    clearTimeout(call.timer);
    if (call.message.method === 'initialize' && message.result) {
      this.version = message.result.protocolVersion;
      call.stream.headers['Mcp-Session-Id'] = this.id;
    }
    call.stream.finish(text);
  }

  #gone() {
    for (const call of this.calls.values()) {
      call.stream.finish(JSON.stringify({ jsonrpc: '2.0', id: call.message.id,
        error: { code: -32603, message: 'the server process has ended' } }), 502);
    }
    this.calls.clear();
    this.general.leave();
  }

  /** A request: its answer goes to `res`. */
  ask(res, text, message) {
    const name = `p${this.streams.size}`;
    // Streams can be resumed since 2025-11-25 made that safe to assume of a client.
    const resumable = this.version >= '2025-11-25' && message.method === 'tools/call';
    const stream = new Stream(resumable ? name : null, {});
    const call = { stream, message };

    this.streams.set(name, stream);
    this.calls.set(idKey(message.id), call);
    stream.attach(res);
    if (resumable) {
      stream.begin();
      call.timer = setTimeout(() => stream.leave(), POLL_MS);
    }
    this.child.send(text);
  }

  /** A notification, or an answer to one of the server's requests. */
  tell(text, message) {
    const key = idKey(message.params?.requestId);

    this.child.send(text);
    if (message.method !== 'notifications/cancelled' || !this.calls.has(key)) return;
    const { stream, timer } = this.calls.get(key);
    this.calls.delete(key); // it is not answered any more
    clearTimeout(timer);
    stream.done = true;
    if (!stream.open) stream.begin();
    stream.leave();
  }
}

export class Legacy {
  constructor(command, log) {
    this.command = command;
    this.log = log;
    this.sessions = new Map();
  }

  post(req, res, text, message, refuse) {
    const version = req.headers['mcp-protocol-version'];
    const isRequest = message.method !== undefined && message.id !== undefined;
    let session = this.sessions.get(req.headers['mcp-session-id']);

    if (!session && req.headers['mcp-session-id']) return refuse(404, 'unknown session');
    if (!session && message.method !== 'initialize') return refuse(400, 'no Mcp-Session-Id');
    if (version && !isLegacyVersion(version)) return refuse(400, 'unknown MCP-Protocol-Version');
    if (!session) {
      session = new Session(this.command, this.log);
      this.sessions.set(session.id, session);
    }
    if (isRequest) return session.ask(res, text, message);
    session.tell(text, message);
    return res.writeHead(202).end();
  }

  get(req, res, refuse) {
    const session = this.sessions.get(req.headers['mcp-session-id']);
    const [name, seq] = (req.headers['last-event-id'] ?? 'g-').split('-');
    const stream = session?.streams.get(name);

    if (!req.headers.accept?.includes('text/event-stream'))
      return refuse(406, 'Accept has to list text/event-stream');
    if (!req.headers['mcp-session-id']) return refuse(400, 'no Mcp-Session-Id');
    if (!session) return refuse(404, 'unknown session');
    if (!stream) return refuse(400, 'unknown Last-Event-ID');
    if (stream.res) return refuse(409, 'this stream is being read already');
    stream.attach(res, seq ? Number(seq) : stream.sent);
    return stream.begin();
  }

  async delete(req, res, refuse) {
    const session = this.sessions.get(req.headers['mcp-session-id']);

    if (!req.headers['mcp-session-id']) return refuse(400, 'no Mcp-Session-Id');
    if (!session) return refuse(404, 'unknown session');
    this.sessions.delete(session.id);
    await session.child.end();
    return res.writeHead(204).end();
  }

  close() {
    return Promise.all([...this.sessions.values()].map((session) => session.child.end()));
  }
}
