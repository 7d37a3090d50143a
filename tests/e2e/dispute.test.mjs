// Settling a dispute: by the person whom the client asks, or by an explicit call.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, consistent, disputed, good, modernMeta, refused, sql, trail } from './planner.mjs';

const asking = Object.entries(connect);
let slugs = 0;
const slug = () => `DIS${(slugs += 1)}`;

async function unchanged(agent, step, rows) {
  const { data } = await good(agent, 'get_item', { item: step });
  assert.equal(data.status, 'disputed');
  assert.equal(data.dispute.status, 'pending');
  assert.equal(data.final_content, undefined);
  assert.equal((await trail(agent, step)).length, rows);
}

async function settled(agent, step) {
  const { data } = await good(agent, 'list_disputes',
    { project: step.split('-')[0], status: 'resolved' });
  return data.disputes.find((dispute) => dispute.step === step);
}

for (const [way, open] of asking) {
  for (const action of ['decline', 'cancel']) {
    test(`${action} changes nothing, ${way}`, async () => {
      const agent = await open({ person: () => ({ action }) });
      const { step } = await disputed(agent, slug());
      const rows = (await trail(agent, step)).length;

      const answer = await good(agent, 'resolve_dispute', { dispute: step });

      assert.equal(answer.data.changed, false);
      assert.equal(answer.text,
        `${step} stays disputed: the human decided nothing and nothing was changed`);
      await unchanged(agent, step, rows);
      await agent.close();
    });
  }

  test(`a form that contradicts itself changes nothing, ${way}`, async () => {
    const agent = await open({ person: () => ({ action: 'accept', content: { resolution: 'custom' } }) });
    const { step } = await disputed(agent, slug());
    const rows = (await trail(agent, step)).length;

    await refused(agent, 'resolve_dispute', { dispute: step }, 
      /^the human chose custom without content; .* call again without 'resolution' to ask once more$/);

    await unchanged(agent, step, rows);
    await agent.close();
  });

  test(`the person takes the client's version, ${way}`, async () => {
    const agent = await open({ person: () => ({ action: 'accept', content: { resolution: 'client' } }) });
    const { step } = await disputed(agent, slug());

    const answer = await good(agent, 'resolve_dispute', { dispute: step });

    assert.equal(answer.text,
      `${step}: resolved (client) by user, its content is final (complete_step ${step})`);
    const { data } = await good(agent, 'get_item', { item: step });
    assert.equal(data.final_content, 'Use hashes.');
    const { via, user_resolution: how } = await settled(agent, step);
    assert.deepEqual([how, via], ['client', 'elicitation']);
    await agent.close();
  });

  test(`a client without elicitation is told how to resolve by hand, ${way}`, async () => {
    const agent = await open({ elicits: false });
    const { step } = await disputed(agent, slug());

    await refused(agent, 'resolve_dispute', { dispute: step }, new RegExp(
      `^'resolution' is missing and this client cannot ask its human; .*get_item ${step}.*call again`));

    await good(agent, 'resolve_dispute', { dispute: step, resolution: 'server' });
    await agent.close();
  });
}

const EXPLICIT = {
  server: [{}, 'Use B-trees.'],
  client: [{}, 'Use hashes.'],
  custom: [{ content: 'Use nothing.' }, 'Use nothing.'],
  hybrid: [{ content: 'Use both.' }, 'Use both.'],
};
for (const [resolution, [more, content]] of Object.entries(EXPLICIT)) {
  test(`explicit: ${resolution}`, async () => {
    const agent = await connect['raw, handshake']({ name: 'judge' });
    const key = slug();
    const { dispute, step } = await disputed(agent, key);

    const { data } = await good(agent, 'resolve_dispute',
      { dispute, resolution, reasoning: 'Because.', ...more });

    assert.deepEqual([data.changed, data.status, data.resolution], [true, 'user_resolution', resolution]);
    assert.match(data.resolved_by, /^judge-\d+$/);
    const { data: item } = await good(agent, 'get_item', { item: step });
    assert.equal(item.final_content, content);
    const { via, user_resolution: how } = await settled(agent, step);
    assert.deepEqual([how, via], [resolution, 'explicit']);
    consistent(key);
    await agent.close();
  });
}

test('a second resolution is a conflict that says who and when', async () => {
  const first = await connect['raw, handshake']({ args: ['--user', 'Ada', '--agent', 'first'] });
  const second = await connect['raw, modern']({ name: 'second', person: () => assert.fail('asked') });
  const { step, dispute } = await disputed(first, slug());
  await good(first, 'resolve_dispute', { dispute, resolution: 'server' });

  for (const args of [{ dispute, resolution: 'client' }, { dispute: step, resolution: 'server' }, { dispute }])
    await refused(second, 'resolve_dispute', args,
      new RegExp(`^the dispute of ${step} was resolved already \\(server, by Ada, \\d\\d:\\d\\d\\); get_item ${step} has what is final$`));

  await first.close();
  await second.close();
});

test('the client version is refused where there is none', async () => {
  const agent = await connect['raw, handshake']({});
  const { dispute } = await disputed(agent, slug(), { counter: false });
  await refused(agent, 'resolve_dispute', { dispute, resolution: 'client' },
    /^'resolution': the client role gave no version of its own/);
  await agent.close();
});

test('the form has no client version where there is none', async () => {
  let form;
  const agent = await connect['raw, modern']({
    person: ({ requestedSchema }) => {
      form = requestedSchema;
      return { action: 'accept', content: { resolution: 'server' } };
    },
  });
  const { dispute } = await disputed(agent, slug(), { counter: false });
  await good(agent, 'resolve_dispute', { dispute });
  const choices = form.properties.resolution.oneOf.map((choice) => choice.const);
  assert.deepEqual(choices, ['server', 'hybrid', 'custom']);
  await agent.close();
});

test('human_only: an agent is refused, the person and a configured user are not', async () => {
  const agent = await connect['raw, handshake']({
    person: () => ({ action: 'accept', content: { resolution: 'server' } }),
  });
  const user = await connect['raw, modern']({ args: ['--role', 'user', '--user', 'Ada'] });
  const one = await disputed(agent, slug(), { human_only: true });
  const two = await disputed(agent, slug(), { human_only: true });

  await refused(agent, 'resolve_dispute', { dispute: one.step, resolution: 'server' },
    /lets only a human resolve disputes; leave 'resolution' out .* or start the server with --role user or --user NAME$/);
  const asked = await good(agent, 'resolve_dispute', { dispute: one.step });
  const given = await good(user, 'resolve_dispute', { dispute: two.step, resolution: 'client' });

  assert.equal(asked.data.resolved_by, 'user');
  assert.equal(given.data.resolved_by, 'Ada');
  await agent.close();
  await user.close();
});

test('calls overtake one that waits for its person', async () => {
  let answer;
  const agent = await connect['raw, handshake']({
    person: () => new Promise((done) => { answer = done; }),
  });
  const { step } = await disputed(agent, slug());
  const waiting = agent.call('resolve_dispute', { dispute: step });

  const other = await good(agent, 'list_projects', { limit: 1 });
  await agent.raw.result('ping', {});

  assert.equal(other.data.projects.length, 1);
  answer({ action: 'accept', content: { resolution: 'server' } });
  assert.equal((await waiting).data.resolution, 'server');
  await agent.close();
});

test('a call that is taken back while its person thinks leaves nothing and says nothing', async () => {
  const agent = await connect['raw, handshake']({ person: () => null });
  const { step } = await disputed(agent, slug());
  const rows = (await trail(agent, step)).length;
  const asked = new Promise((done) => { agent.raw.onAsk = done; });
  let answered = false;
  agent.raw.ask('tools/call', { name: 'resolve_dispute', arguments: { dispute: step } }, 777)
    .then(() => { answered = true; }, () => {});
  const question = await asked;

  agent.raw.send({ method: 'notifications/cancelled', params: { requestId: 777 } });
  agent.raw.send({ id: question.id, result: { action: 'accept', content: { resolution: 'server' } } });
  await unchanged(agent, step, rows);

  assert.equal(answered, false);
  assert.equal(agent.raw.notified.at(-1).params.requestId, question.id, 'the form is withdrawn');
  await agent.close();
});

test('input that ends while the person thinks: the call is answered, nothing is changed', async () => {
  const agent = await connect['raw, handshake']({ person: () => null });
  const { step } = await disputed(agent, slug());
  const asked = new Promise((done) => { agent.raw.onAsk = done; });
  const answer = agent.raw.ask('tools/call', { name: 'resolve_dispute', arguments: { dispute: step } });
  await asked;

  await agent.close();

  assert.equal((await answer).result.isError, true);
  const other = await connect['raw, modern']({});
  await good(other, 'resolve_dispute', { dispute: step, resolution: 'server' });
  await other.close();
});

// ------------------------------------------------------------------ the state of a question

const ACCEPT = { resolution: { action: 'accept', content: { resolution: 'server' } } };
const WRONG = /^'requestState' is not the one of this question or has expired; call resolve_dispute/;

async function question(agent, key) {
  const { step } = await disputed(agent, key);
  const result = await agent.once('resolve_dispute', { dispute: step });
  assert.equal(result.resultType, 'input_required');
  assert.deepEqual(Object.keys(result.inputRequests), ['resolution']);
  return { step, state: result.requestState };
}

const retry = (agent, step, requestState) =>
  agent.once('resolve_dispute', { dispute: step }, { inputResponses: ACCEPT, requestState });

/** A state that is not the question's is an error of the protocol, and nothing was looked at. */
async function stateRefused(agent, given, inputResponses, requestState) {
  const { error } = await agent.raw.ask('tools/call', {
    name: 'resolve_dispute', arguments: given, inputResponses, requestState, _meta: modernMeta('raw'),
  });
  assert.equal(error?.code, -32602, `taken: ${requestState}`);
  assert.match(error.message, WRONG);
}

test('state: the retry may reach another process', async () => {
  const [one, two] = [await connect['raw, modern']({}), await connect['raw, modern']({})];
  const { step, state } = await question(one, slug());
  await one.close();

  const result = await retry(two, step, state);

  assert.equal(result.resultType, 'complete');
  assert.equal(result.structuredContent.resolution, 'server');
  await two.close();
});

test('state: tampered with, it is refused', async () => {
  const agent = await connect['raw, modern']({});
  const { step, state } = await question(agent, slug());
  const rows = (await trail(agent, step)).length;
  const [dispute, expiry, seal] = state.split(':');
  const flipped = seal.slice(0, -1) + (seal.endsWith('0') ? '1' : '0');
  const other = dispute.slice(0, -1) + (dispute.endsWith('0') ? '1' : '0');

  for (const wrong of [
    `${dispute}:${expiry}:${flipped}`, `${dispute}:${Number(expiry) + 1}:${seal}`,
    `${other}:${expiry}:${seal}`, `${dispute}:${expiry}:`, `${dispute}:${expiry}`, seal, '', ':', '::',
    `x${state}`, `${state}x`, 'x'.repeat(5000), `${dispute}:-1:${seal}`, `${dispute}:1e9:${seal}`,
  ]) {
    await stateRefused(agent, { dispute: step }, ACCEPT, wrong);
    await stateRefused(agent, { dispute: step }, { resolution: { action: 'decline' } }, wrong);
  }
  await unchanged(agent, step, rows);
  await agent.close();
});

test('state: of another dispute, it is refused', async () => {
  const agent = await connect['raw, modern']({});
  const one = await question(agent, slug());
  const two = await question(agent, slug());
  const rows = (await trail(agent, two.step)).length;

  await stateRefused(agent, { dispute: two.step }, ACCEPT, one.state);

  await unchanged(agent, two.step, rows);
  await agent.close();
});

test('state: of another person, it is refused', async () => {
  const [agent, other] = [
    await connect['raw, modern']({}), await connect['raw, modern']({ args: ['--user', 'eve'] })];
  const { step, state } = await question(agent, slug());

  await stateRefused(other, { dispute: step }, ACCEPT, state);

  await Promise.all([agent.close(), other.close()]);
});

test('state: of a call with other arguments, it is refused', async () => {
  const agent = await connect['raw, modern']({});
  const { step, state } = await question(agent, slug());
  const rows = (await trail(agent, step)).length;

  await stateRefused(agent, { dispute: step, reasoning: 'another call' }, ACCEPT, state);

  await unchanged(agent, step, rows);
  await agent.close();
});

test('state: expired, it is refused although its seal is right', async () => {
  const agent = await connect['raw, modern']({});
  const { step, state } = await question(agent, slug());
  const sealed = (seconds) => {
    const payload = `${state.split(':')[0]}:${Math.floor(Date.now() / 1000) + seconds}`;
    const bound = `${payload}:tools/call resolve_dispute as - ${JSON.stringify({ dispute: step })}`;
    return `${payload}:${sql(`select planner.state_mac('${bound}')`)}`;
  };

  await stateRefused(agent, { dispute: step }, ACCEPT, sealed(-2));
  const inTime = await retry(agent, step, sealed(60));
  assert.equal(inTime.isError, undefined, 'the same seal in time is taken');
  await agent.close();
});

test('state: used again, it is a conflict, also after the content was reopened', async () => {
  const agent = await connect['raw, modern']({});
  const { step, state } = await question(agent, slug());
  await retry(agent, step, state);

  const again = await retry(agent, step, state);
  assert.match(again.content[0].text, /was resolved already \(server, by user, \d\d:\d\d\); get_item \S+ has what is final$/);

  await good(agent, 'submit_step', { step, content: 'Anew.', reopen: true });
  await good(agent, 'review_step', { step, decision: 'revise', feedback: 'No.' });
  await stateRefused(agent, { dispute: step }, ACCEPT, state);
  await agent.close();
});

test('state: a decline with it changes nothing', async () => {
  const agent = await connect['raw, modern']({});
  const { step, state } = await question(agent, slug());
  const rows = (await trail(agent, step)).length;

  const result = await agent.once('resolve_dispute', { dispute: step },
    { inputResponses: { resolution: { action: 'decline' } }, requestState: state });

  assert.equal(result.structuredContent.changed, false);
  await unchanged(agent, step, rows);
  await agent.close();
});

test('two persons answer the same question at once: one decides, the other is told', async () => {
  const agents = await Promise.all([1, 2, 3, 4].map(() => connect['raw, modern']({})));
  const { step, state } = await question(agents[0], slug());

  const results = await Promise.all(agents.map((agent) => retry(agent, step, state)));

  assert.equal(results.filter((result) => !result.isError).length, 1);
  for (const result of results.filter((r) => r.isError))
    assert.match(result.content[0].text, /was resolved already \(server, by user/);
  await Promise.all(agents.map((agent) => agent.close()));
});

test('modern: a client that declares no elicitation in this one message is not asked', async () => {
  const agent = await connect['raw, modern']({});
  const { step } = await disputed(agent, slug());
  const result = await agent.raw.result('tools/call', {
    name: 'resolve_dispute', arguments: { dispute: step }, _meta: modernMeta('raw', false),
  });
  assert.equal(result.isError, true);
  assert.match(result.content[0].text, /cannot ask its human/);
  await agent.close();
});
