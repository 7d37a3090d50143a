// Prompts and completion, through every client.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { connect, disputed, good } from './planner.mjs';
import { refusedWith, wide } from './features.mjs';

const PROMPTS = ['plan_project', 'draft_step', 'review_step', 'assess_complexity', 'settle_dispute'];
const PROMPT_BYTES = 40 * 1024;
const person = () => assert.fail('nobody is to be asked');

let other;
let dispute;
before(async () => {
  other = await connect['raw, handshake']({ name: 'other' });
  ({ dispute } = await disputed(other, 'ARGUE'));
  await good(other, 'create_project', { name: 'Prompts', description: 'A vision of prompts.', slug: 'PRO' });
  await good(other, 'define_tasks', { parent: 'PRO', tasks: [{ title: 'A task about words', steps: [
    { title: 'An earlier step', content: 'Said before.' }, { title: 'A step to draft' }] }] });
});

const said = ({ messages }) => messages.map(({ content }) => content.text ?? content.resource?.text ?? '').join('\n');

for (const [way, open] of Object.entries(connect)) {
  const using = (title, body) => test(`${title}, ${way}`, async () => {
    const agent = wide(await open({ person }));
    await body(agent);
    await agent.close();
  });

  using('prompts are listed with descriptions', async (agent) => {
    const prompts = await agent.prompts();

    assert.deepEqual(prompts.map(({ name }) => name).toSorted(), PROMPTS.toSorted());
    for (const prompt of prompts) {
      assert.ok(prompt.description.length > 20 && prompt.title, prompt.name);
      for (const argument of prompt.arguments) assert.ok(argument.description, prompt.name);
    }
  });

  using('prompts are filled from the plan', async (agent) => {
    const wanted = {
      plan_project: [{ project: 'PRO' }, /A vision of prompts\./],
      draft_step: [{ step: 'PRO-3' }, /A task about words[^]*|A step to draft/],
      review_step: [{ step: 'PRO-2' }, /Said before\./],
      assess_complexity: [{ step: 'PRO-2' }, /An earlier step/],
      settle_dispute: [{ dispute: 'ARGUE-2' }, /Use B-trees\.[^]*Use hashes\./],
    };

    for (const [name, [args, words]] of Object.entries(wanted)) {
      const prompt = await agent.prompt(name, args);
      assert.ok(prompt.description, name);
      assert.ok(prompt.messages.every(({ role }) => ['user', 'assistant'].includes(role)), name);
      assert.match(said(prompt), words, name);
      assert.ok(Buffer.byteLength(JSON.stringify(prompt)) <= PROMPT_BYTES, name);
    }
  });

  using('a prompt that cannot be made is refused with the reason', async (agent) => {
    await refusedWith(-32602, agent.prompt('no_such_prompt'));
    await refusedWith(-32602, agent.prompt('draft_step'));
    await refusedWith(-32602, agent.prompt('draft_step', { step: 'PRO-999' }));
    await refusedWith(-32602, agent.prompt('draft_step', { step: 'PRO-3', mood: 'merry' }));
  });

  using('arguments and template variables are completed from the plan', async (agent) => {
    const ofPrompt = (name) => ({ type: 'ref/prompt', name });
    const ofTemplate = (uri) => ({ type: 'ref/resource', uri });

    const slugs = await agent.complete(ofPrompt('plan_project'), { name: 'project', value: 'PR' });
    const steps = await agent.complete(ofPrompt('draft_step'), { name: 'step', value: 'PRO-' });
    const items = await agent.complete(ofTemplate('planner://items/{item}'), { name: 'item', value: 'PRO-' });
    const disputes = await agent.complete(ofPrompt('settle_dispute'), { name: 'dispute', value: 'ARGUE' });
    const none = await agent.complete(ofPrompt('plan_project'), { name: 'project', value: 'ZZZ' });

    assert.ok(slugs.values.includes('PRO'), slugs.values);
    assert.deepEqual(steps.values.toSorted(), ['PRO-2', 'PRO-3']);
    assert.deepEqual(items.values.toSorted(), ['PRO-1', 'PRO-2', 'PRO-3']);
    assert.ok(disputes.values.some((value) => value === 'ARGUE-2' || value === dispute), disputes.values);
    assert.deepEqual(none.values, []);
    for (const { values, total, hasMore } of [slugs, steps, items, disputes, none]) {
      assert.ok(values.length <= 100);
      assert.ok(total === undefined || total >= values.length);
      assert.ok(hasMore === undefined || hasMore === (total > values.length));
    }
  });

  using('completion of what does not exist is refused', async (agent) => {
    const argument = { name: 'project', value: '' };
    await refusedWith(-32602, agent.complete({ type: 'ref/prompt', name: 'no_such_prompt' }, argument));
    await refusedWith(-32602, agent.complete({ type: 'ref/resource', uri: 'planner://none/{x}' }, argument));
  });
}

test('at most 100 values are told, with their total', async () => {
  await good(other, 'create_project', { name: 'Many', description: 'Many.', slug: 'MANY' });
  const tasks = Array.from({ length: 150 }, (_, i) => ({ title: `Task ${i}` }));
  await good(other, 'define_tasks', { parent: 'MANY', tasks });
  wide(other);

  const ref = { type: 'ref/resource', uri: 'planner://items/{item}' };
  const { values, total, hasMore } = await other.complete(ref, { name: 'item', value: 'MANY-' });

  assert.deepEqual([values.length, total, hasMore], [100, 150, true]);
});
