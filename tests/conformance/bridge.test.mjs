// What HTTP asks for and the suite does not look at: node --test bridge.test.mjs, with BRIDGE_URL.
import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';

const url = new URL(process.env.BRIDGE_URL);
const META = 'io.modelcontextprotocol/';
const ACCEPT = 'application/json, text/event-stream';
const meta = { [`${META}protocolVersion`]: '2026-07-28', [`${META}clientCapabilities`]: {} };

/** {status, headers, text}; `cut`: close after so many milliseconds instead of reading on. */
function send({ method = 'POST', path = url.pathname, headers = {}, body = '', cut }) {
  return new Promise((resolve, reject) => {
    const req = http.request({ host: url.hostname, port: url.port, method, path,
      headers: { 'Content-Type': 'application/json', Accept: ACCEPT, ...headers } }, (res) => {
      let text = '';
      res.on('data', (chunk) => { text += chunk; });
      res.on('close', () => resolve({ status: res.statusCode, headers: res.headers, text }));
    });
    req.on('error', cut ? () => resolve(null) : reject);
    if (cut) setTimeout(() => req.destroy(), cut);
    req.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
}

const modern = (method, params = {}, headers = {}, more = {}) => send({
  body: { jsonrpc: '2.0', id: 7, method, params: { ...params, _meta: meta } },
  headers: { 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': method,
    ...(params.name ? { 'Mcp-Name': params.name } : {}), ...headers }, ...more });

async function session() {
  const answer = await send({ body: { jsonrpc: '2.0', id: 1, method: 'initialize', params: {
    protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } } } });
  const headers = { 'Mcp-Session-Id': answer.headers['mcp-session-id'] };

  await send({ headers, body: { jsonrpc: '2.0', method: 'notifications/initialized' } });
  return headers;
}

const codeOf = (answer) => JSON.parse(answer.text).error.code;

test('a foreign host or origin is turned away', async () => {
  assert.equal((await modern('server/discover', {}, { Host: 'evil.example.com' })).status, 403);
  assert.equal((await modern('server/discover', {}, { Origin: 'http://evil.example.com' })).status, 403);
  assert.equal((await modern('server/discover', {}, { Origin: 'http://localhost.evil.com' })).status, 403);
  assert.equal((await modern('server/discover', {}, { Origin: 'http://localhost:1234' })).status, 200);
});

test('methods, paths and forms that are not ours', async () => {
  assert.equal((await send({ method: 'PUT' })).status, 405);
  assert.equal((await send({ method: 'GET', headers: { 'MCP-Protocol-Version': '2026-07-28' } })).status, 405);
  assert.equal((await send({ path: '/other' })).status, 404);
  assert.equal((await send({ headers: { Accept: 'application/json' } })).status, 406);
  assert.equal((await send({ headers: { 'Content-Type': 'text/plain' } })).status, 415);
});

test('bodies that are no message', async () => {
  const broken = await send({ body: '{"jsonrpc":' });
  const batch = await send({ body: [] });

  assert.deepEqual([broken.status, codeOf(broken)], [400, -32700]);
  assert.deepEqual([batch.status, codeOf(batch)], [400, -32600]);
});

test('headers of a modern request have to repeat its body', async () => {
  const tool = { name: 'test_simple_text' };
  const named = (name) => modern('tools/call', tool, { 'Mcp-Name': name });
  const encoded = Buffer.from(tool.name).toString('base64');

  assert.equal((await named(tool.name)).status, 200);
  assert.equal((await named(`=?base64?${encoded}?=`)).status, 200);
  assert.equal(codeOf(await named('=?base64?!?=')), -32020);
  assert.equal(codeOf(await named('other')), -32020);
  assert.equal(codeOf(await modern('tools/list', {}, { 'Mcp-Method': 'TOOLS/LIST' })), -32020);
  assert.equal(codeOf(await modern('tools/list', {}, { 'MCP-Protocol-Version': '2025-11-25' })), -32020);
});

test('a session ends with DELETE', async () => {
  const headers = await session();
  const list = { headers, body: { jsonrpc: '2.0', id: 2, method: 'tools/list' } };

  assert.equal((await send(list)).status, 200);
  assert.equal((await send({ method: 'DELETE', headers })).status, 204);
  assert.equal((await send(list)).status, 404);
  assert.equal((await send({ body: list.body })).status, 400);
});

test('a handshake-era call that is cancelled ends without an answer', async () => {
  const headers = await session();
  const call = send({ headers, body: { jsonrpc: '2.0', id: 3, method: 'tools/call',
    params: { name: 'test_reconnection', arguments: {} } } });

  await new Promise((resolve) => setTimeout(resolve, 200));
  await send({ headers, body: { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 3 } } });
  const answer = await call;
  const next = await send({ headers, body: { jsonrpc: '2.0', id: 4, method: 'tools/list' } });

  assert.ok(!answer.text.includes('"id":3'), answer.text);
  assert.equal(JSON.parse(next.text).id, 4);
});

// That the server heard of it and ended in order is what the bridge's exit code tells.
test('closing the stream of a modern request cancels it', async () => {
  assert.equal(await modern('tools/call', { name: 'test_reconnection' }, {}, { cut: 200 }), null);
  assert.equal((await modern('tools/list')).status, 200);
});
