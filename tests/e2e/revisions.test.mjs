// What each revision knows: no client is told a member that came later than what it asked for.
//
// The names below are those of the members that the planner has a use for, by the revision that
// brought them; whatever else appears is a mistake.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { good, modernMeta, Raw } from './planner.mjs';

const REVISIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28'];
const MODERN = '2026-07-28';

const MEMBERS = {
  initialize: { '2024-11-05': 'protocolVersion capabilities serverInfo instructions' },
  capabilities: { '2024-11-05': 'logging prompts resources tools', '2025-03-26': 'completions' },
  serverInfo: { '2024-11-05': 'name version', '2025-06-18': 'title', '2025-11-25': 'description websiteUrl' },
  list: { '2024-11-05': 'tools resources resourceTemplates prompts nextCursor',
    '2026-07-28': 'resultType ttlMs cacheScope _meta' },
  tool: { '2024-11-05': 'name description inputSchema', '2025-03-26': 'annotations',
    '2025-06-18': 'title outputSchema' },
  resource: { '2024-11-05': 'uri uriTemplate name description mimeType annotations size', '2025-06-18': 'title' },
  annotations: { '2024-11-05': 'audience priority', '2025-06-18': 'lastModified' },
  prompt: { '2024-11-05': 'name description arguments', '2025-06-18': 'title' },
  argument: { '2024-11-05': 'name description required', '2025-06-18': 'title' },
  called: { '2024-11-05': 'content isError', '2025-06-18': 'structuredContent',
    '2026-07-28': 'resultType _meta' },
  progress: { '2024-11-05': 'progressToken progress total', '2025-03-26': 'message' },
  completed: { '2024-11-05': 'completion', '2026-07-28': 'resultType _meta' },
  read: { '2024-11-05': 'contents', '2026-07-28': 'resultType ttlMs cacheScope _meta' },
};

function held(revision, kind, value) {
  const known = Object.entries(MEMBERS[kind])
    .filter(([since]) => since <= revision).flatMap(([, names]) => names.split(' '));
  for (const name of Object.keys(value)) assert.ok(known.includes(name), `${kind}: ${name} in ${revision}`);
}

async function begin(revision) {
  const raw = new Raw();
  const modern = revision === MODERN;
  raw.bare = revision < '2025-06-18';
  const ask = (method, params = {}, meta = {}) => {
    const all = { ...(modern && modernMeta('raw')), ...meta };
    return raw.result(method, { ...params, ...(Object.keys(all).length > 0 && { _meta: all }) });
  };
  if (!modern) {
    const hello = await raw.result('initialize', {
      protocolVersion: revision, capabilities: {}, clientInfo: { name: 'raw', version: '1.0' } });
    assert.equal(hello.protocolVersion, revision);
    held(revision, 'initialize', hello);
    held(revision, 'capabilities', hello.capabilities);
    held(revision, 'serverInfo', hello.serverInfo);
    raw.send({ method: 'notifications/initialized' });
  }
  return { raw, ask };
}

REVISIONS.forEach((revision, i) => {
  test(`nothing newer than ${revision} is told to its clients`, async () => {
    const { raw, ask } = await begin(revision);
    const slug = `REV${i}`;
    const agent = { tools: {}, call: async (name, args) => {
      const result = await ask('tools/call', { name, arguments: args }, { progressToken: 0 });
      held(revision, 'called', result);
      return { isError: result.isError === true, text: result.content[0].text };
    } };

    await good(agent, 'create_project', { name: slug, description: '-', slug });
    const tasks = Array.from({ length: 3000 }, (_, n) => ({ title: `Task ${n}` }));
    await good(agent, 'define_tasks', { parent: slug, tasks });
    assert.equal((await agent.call('get_item', { item: `${slug}-9999` })).isError, true);
    const lists = {};
    for (const method of ['tools/list', 'resources/list', 'resources/templates/list', 'prompts/list'])
      Object.assign(lists, await ask(method));
    const ref = { type: 'ref/resource', uri: 'planner://items/{item}' };
    const completed = await ask('completion/complete', { ref, argument: { name: 'item', value: slug } });
    const read = await ask('resources/read', { uri: `planner://projects/${slug}` });

    held(revision, 'list', lists);
    lists.tools.forEach((tool) => held(revision, 'tool', tool));
    [...lists.resources, ...lists.resourceTemplates].forEach((resource) => {
      held(revision, 'resource', resource);
      held(revision, 'annotations', resource.annotations);
    });
    lists.prompts.forEach((prompt) => {
      held(revision, 'prompt', prompt);
      prompt.arguments.forEach((argument) => held(revision, 'argument', argument));
    });
    held(revision, 'completed', completed);
    held(revision, 'read', read);
    const progress = raw.notified.filter(({ method }) => method === 'notifications/progress');
    assert.ok(progress.length > 0);
    progress.forEach(({ params }) => held(revision, 'progress', params));
    await raw.close();
  });
});
