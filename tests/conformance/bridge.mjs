// Streamable HTTP in front of a stdio server, for the tests: node bridge.mjs COMMAND...
//
// On loopback, at /mcp of a free port, whose URL is the one line on stdout. It does what HTTP asks
// for (sessions, headers, status codes, streams, who may call) and passes everything else on as it
// is; era by era, see legacy.mjs and modern.mjs. SIGTERM ends it, with exit code 1 when a server
// did what no server may: the reasons are the lines with "trouble:" on stderr. Batches are not
// taken; the transcripts have them.
import http from 'node:http';
import { Legacy, isLegacyVersion } from './legacy.mjs';
import { Modern } from './modern.mjs';

const BODY_MAX = 4 * 1024 * 1024;
const META = 'io.modelcontextprotocol/';
const LOCAL = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

const command = process.argv.slice(2);
let troubles = 0;

function log(line) {
  if (line.startsWith('trouble:')) troubles++;
  process.stderr.write(`${line}\n`);
}

const legacy = new Legacy(command, log);
const modern = new Modern(command, log);

/** A page that had its name resolved to this machine shows itself by Host or Origin. */
function isLocal(headers) {
  const origin = headers.origin;

  return LOCAL.test(headers.host ?? '')
    && (origin === undefined || (/^https?:\/\//.test(origin) && LOCAL.test(origin.replace(/^https?:\/\//, ''))));
}

function refuser(res, id) {
  return (status, message, code = -32600) => {
    const body = { jsonrpc: '2.0', error: { code, message } };

    if (id !== undefined) body.id = id;
    res.writeHead(status, { 'Content-Type': 'application/json',
      ...(status === 405 ? { Allow: 'GET, POST, DELETE' } : {}) }).end(JSON.stringify(body));
  };
}

async function bodyOf(req) {
  const chunks = [];
  let size = 0;

  for await (const chunk of req) {
    size += chunk.length;
    if (size > BODY_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function isModern(headers, message) {
  const version = headers['mcp-protocol-version'];
  const meta = message.params?._meta ?? {};

  if (`${META}protocolVersion` in meta || `${META}clientCapabilities` in meta) return true;
  if (message.method === 'server/discover' || message.method === 'subscriptions/listen') return true;
  return version !== undefined && !isLegacyVersion(version) && !headers['mcp-session-id'];
}

async function post(req, res) {
  const text = await bodyOf(req);
  const accept = req.headers.accept ?? '';
  let message;

  if (text === null) return refuser(res)(413, 'the body is too large');
  if (!/^application\/json\b/.test(req.headers['content-type'] ?? ''))
    return refuser(res)(415, 'Content-Type has to be application/json');
  if (!accept.includes('application/json') || !accept.includes('text/event-stream'))
    return refuser(res)(406, 'Accept has to list application/json and text/event-stream');
  try {
    message = JSON.parse(text);
  } catch {
    return refuser(res)(400, 'the body is no JSON', -32700);
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    return refuser(res)(400, 'the body is no JSON-RPC message');
  return (isModern(req.headers, message) ? modern : legacy)
    .post(req, res, text, message, refuser(res, message.id));
}

async function handle(req, res) {
  const refuse = refuser(res);

  if (!isLocal(req.headers)) return refuse(403, 'Host or Origin is not of this machine');
  if (req.url.split('?')[0] !== '/mcp') return refuse(404, 'there is only /mcp');
  if (req.method === 'POST') return post(req, res);
  const version = req.headers['mcp-protocol-version'];
  if (version !== undefined && !isLegacyVersion(version)) return refuse(405, 'POST only');
  if (req.method === 'GET') return legacy.get(req, res, refuse);
  if (req.method === 'DELETE') return legacy.delete(req, res, refuse);
  return refuse(405, 'GET, POST or DELETE');
}

const server = http.createServer((req, res) => {
  handle(req, res).catch((error) => {
    log(`trouble: ${error.stack}`);
    if (!res.headersSent) refuser(res)(500, 'the bridge failed', -32603);
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}/mcp\n`);
});
process.once('SIGTERM', async () => {
  server.close();
  await Promise.all([legacy.close(), modern.close()]);
  process.exit(troubles > 0 ? 1 : 0);
});
