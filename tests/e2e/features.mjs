// What a client can do beside calling tools, in the same words for every client and era.
//
// wide(agent, options) gives an agent of planner.mjs:
//   resources(cursor), templates(), read(uri), prompts(), prompt(name, args)
//   complete(ref, argument, context)  the completion: {values, total, hasMore}
//   level(name)                       from now on log messages of this severity are wanted
//   run(tool, args, {onprogress, signal})  a call as the client makes it
//   watch({uris, lists})              resolves once it is heard; gives {stop()}
//   missing                           the code of an unknown resource, as this client tells it
//   heard                             every notification so far, as {method, params, at}
//   until(test)                       the first notification that passes, also from before
import assert from 'node:assert/strict';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { modernMeta } from './planner.mjs';

const PATIENCE = 8000; // ms for something that has to come
const LEVEL = 'io.modelcontextprotocol/logLevel';
export const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';

/** A list of notifications that can be waited for. */
function ears() {
  const heard = [];
  const waiting = new Set();
  const hear = (method, params = {}) => {
    const told = { method, params, at: performance.now() };
    heard.push(told);
    waiting.forEach((look) => look());
  };
  const until = (passes, patience = PATIENCE) =>
    new Promise((done, fail) => {
      const late = setTimeout(
        () => fail(new Error(`not heard; but ${JSON.stringify(heard.slice(-5))}`)), patience);
      const look = () => {
        const found = heard.find(passes);
        if (!found) return;
        clearTimeout(late);
        waiting.delete(look);
        done(found);
      };
      waiting.add(look);
      look();
    });
  return { heard, hear, until };
}

// ------------------------------------------------------------------ raw JSON-RPC

function rawWide(agent, { name = 'raw', elicits }) {
  const { raw } = agent;
  const modern = Boolean(agent.send);
  const { heard, hear, until } = ears();
  let level;
  let tokens = 0;
  raw.notified.forEach(({ method, params }) => hear(method, params));
  raw.notified.push = (message) => hear(message.method, message.params);
  const meta = () => (modern ? { ...modernMeta(name, elicits), ...(level && { [LEVEL]: level }) } : {});
  const withMeta = (params, more = {}) => {
    const all = { ...meta(), ...more };
    return Object.keys(all).length > 0 ? { ...params, _meta: all } : params;
  };
  const result = (method, params = {}) => raw.result(method, withMeta(params));

  const run = async (tool, args, { onprogress, signal } = {}) => {
    const id = `call-${(tokens += 1)}`;
    const told = onprogress && ears();
    if (onprogress) {
      raw.notified.push = (message) => {
        hear(message.method, message.params);
        if (message.params?.progressToken === id) onprogress(message.params);
      };
    }
    const params = withMeta({ name: tool, arguments: args }, told ? { progressToken: id } : {});
    const answered = raw.ask('tools/call', params, id);
    const taken = signal && new Promise((_, fail) => {
      signal.addEventListener('abort', () => {
        raw.send({ method: 'notifications/cancelled', params: withMeta({ requestId: id, reason: 'enough' }) });
        fail(new Error('cancelled'));
      });
    });
    if (signal) answered.then(() => hear('answer after cancellation', { id }), () => {});
    const answer = await (signal ? Promise.race([answered, taken]) : answered);
    assert.ok(answer.result, JSON.stringify(answer.error));
    return answer.result;
  };

  const watchHandshake = async ({ uris = [] }) => {
    for (const uri of uris) await result('resources/subscribe', { uri });
    return { stop: async () => { for (const uri of uris) await result('resources/unsubscribe', { uri }); } };
  };
  const watchModern = async ({ uris, lists = false }) => {
    const id = `listen-${(tokens += 1)}`;
    const notifications = { ...(uris && { resourceSubscriptions: uris }), ...(lists && { resourcesListChanged: true }) };
    const ended = raw.ask('subscriptions/listen', withMeta({ notifications }), id);
    const refused = ended.then((answer) => assert.fail(JSON.stringify(answer)));
    const mine = (told) => told.params._meta?.[SUBSCRIPTION] === id;
    const ack = await Promise.race([refused,
      until((told) => told.method === 'notifications/subscriptions/acknowledged' && mine(told))]);
    refused.catch(() => {});
    assert.deepEqual(ack.params.notifications, notifications, 'everything is promised');
    return {
      mine,
      ended,
      stop: async () => raw.send({ method: 'notifications/cancelled', params: withMeta({ requestId: id }) }),
    };
  };

  return {
    heard, until, run, modern,
    missing: modern ? -32602 : -32002,
    resources: (cursor) => result('resources/list', cursor ? { cursor } : {}),
    templates: async () => (await result('resources/templates/list')).resourceTemplates,
    read: (uri) => result('resources/read', { uri }),
    prompts: async () => (await result('prompts/list')).prompts,
    prompt: (prompt, args) => result('prompts/get', { name: prompt, ...(args && { arguments: args }) }),
    complete: async (ref, argument, context) =>
      (await result('completion/complete', { ref, argument, ...(context && { context }) })).completion,
    level: async (severity) => {
      level = severity;
      if (!modern) await result('logging/setLevel', { level });
    },
    watch: modern ? watchModern : watchHandshake,
  };
}

// ------------------------------------------------------------------ official clients

function officialWide(agent) {
  const { client } = agent;
  const modern = client.getProtocolEra?.() === 'modern';
  const { heard, hear, until } = ears();
  let level;
  client.fallbackNotificationHandler = async ({ method, params }) => hear(method, params);
  const wanted = () => (modern && level ? { _meta: { [LEVEL]: level } } : {});

  const run = (tool, args, options) => {
    const params = { name: tool, arguments: args, ...wanted() };
    return client instanceof Client1
      ? client.callTool(params, undefined, options)
      : client.callTool(params, options);
  };

  const watchHandshake = async ({ uris = [] }) => {
    for (const uri of uris) await client.subscribeResource({ uri });
    return { stop: async () => { for (const uri of uris) await client.unsubscribeResource({ uri }); } };
  };
  const watchModern = async ({ uris, lists = false }) => {
    const filter = { ...(uris && { resourceSubscriptions: uris }), ...(lists && { resourcesListChanged: true }) };
    const subscription = await client.listen(filter);
    assert.deepEqual(subscription.honoredFilter, filter, 'everything is promised');
    return { mine: () => true, stop: () => subscription.close() };
  };

  const fresh = { cacheMode: 'bypass' };
  return {
    heard, until, run, modern,
    missing: client instanceof Client1 ? -32002 : -32602, // the second one tells both eras alike
    resources: (cursor) => client.listResources(cursor ? { cursor } : undefined, fresh),
    templates: async () => (await client.listResourceTemplates()).resourceTemplates,
    read: (uri) => client.readResource({ uri }, fresh),
    prompts: async () => (await client.listPrompts()).prompts,
    prompt: (prompt, args) => client.getPrompt({ name: prompt, ...(args && { arguments: args }) }),
    complete: async (ref, argument, context) =>
      (await client.complete({ ref, argument, ...(context && { context }) })).completion,
    level: async (severity) => {
      level = severity;
      if (!modern) await client.setLoggingLevel(severity);
    },
    watch: modern ? watchModern : watchHandshake,
  };
}

export function wide(agent, options = {}) {
  return Object.assign(agent, agent.raw ? rawWide(agent, options) : officialWide(agent));
}

/** A request that has to be refused with this code. */
export async function refusedWith(code, request) {
  const error = await request.then(() => assert.fail('it was answered'), (reason) => reason);
  const text = `${error.code ?? ''} ${error.message}`;
  assert.match(text, new RegExp(`${code}\\b`), text);
}

export const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
