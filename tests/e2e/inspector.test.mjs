// The official Inspector on the command line, strict, in every era it knows.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { binary, connect, disputed } from './planner.mjs';

const INSPECTOR = './node_modules/.bin/mcp-inspector';

/** One run of the Inspector: its answer; it must not complain. */
function inspect(era, method, ...more) {
  const words = ['--cli', '--protocol-era', era, '--method', method, '--format', 'json', ...more,
    '-e', `PLANNER_DATA_DIR=${process.env.PLANNER_DATA_DIR}`, '--', binary, 'serve', '--log-level', 'error'];
  return new Promise((done, fail) => {
    execFile(INSPECTOR, words, { timeout: 30000, maxBuffer: 1 << 22 }, (error, out, err) => {
      if (error) fail(new Error(`${method}: ${error.code} ${out}${err}`));
      else if (err !== '') fail(new Error(`${method}: ${err}`));
      else done(JSON.parse(out).result);
    });
  });
}

for (const era of ['legacy', 'auto', 'modern']) {
  test(`the Inspector is content, ${era}`, async () => {
    const agent = await connect['raw, handshake']({});
    const key = `INS${era.toUpperCase()}`;
    const { step } = await disputed(agent, key);
    await agent.close();
    const uri = `planner://items/${step}`;

    const [tools, item, resources, templates, read, prompts, prompt] = await Promise.all([
      inspect(era, 'tools/list', '--strict'),
      inspect(era, 'tools/call', '--tool-name', 'get_item', '--tool-arg', `item=${step}`),
      inspect(era, 'resources/list'),
      inspect(era, 'resources/templates/list'),
      inspect(era, 'resources/read', '--uri', uri),
      inspect(era, 'prompts/list'),
      inspect(era, 'prompts/get', '--prompt-name', 'settle_dispute', '--prompt-args', `dispute=${step}`),
    ]);

    assert.ok(tools.tools.length >= 15);
    assert.equal(item.structuredContent.key, step);
    assert.ok(resources.resources.some((resource) => resource.uri === `planner://projects/${key}`));
    assert.ok(templates.resourceTemplates.some(({ uriTemplate }) => uriTemplate === 'planner://items/{item}'));
    assert.equal(read.contents[0].uri, uri);
    assert.ok(prompts.prompts.every(({ description }) => description));
    assert.match(prompt.messages[0].content.text, /Use hashes\./);
  });
}

test('the Inspector sets the level', () => inspect('legacy', 'logging/setLevel', '--log-level', 'warning'));
