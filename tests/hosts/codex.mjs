// Drive Codex without a model, through its app-server: codex.mjs SCRIPT.json
//
// Starts a thread, lists what the servers offer, calls the tools of the script, and answers the
// questions that reach a person. Prints one JSON line for each.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const steps = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const child = spawn('codex', ['app-server'], { stdio: ['pipe', 'pipe', 'ignore'] });
const waiting = new Map();
let nextId = 1;
let started;
const ready = new Promise((done) => { started = done; });

const say = (what, value) => console.log(JSON.stringify({ what, value }));
const send = (message) => child.stdin.write(`${JSON.stringify(message)}\n`);

function ask(method, params) {
  const id = nextId++;
  send({ id, method, params });
  return new Promise((done) => waiting.set(id, done));
}

createInterface({ input: child.stdout }).on('line', (line) => {
  const message = JSON.parse(line);
  if (message.method && 'id' in message) {
    say('asked', message);
    const content = { resolution: 'client', reason: 'Both are fine.' };
    send({ id: message.id, result: { action: 'accept', content } });
  } else if (message.method?.startsWith('mcpServer/')) {
    say('told', message);
    if (message.params.status !== 'starting') started();
  } else if ('id' in message) {
    waiting.get(message.id)?.(message.result ?? { error: message.error });
  }
});

await ask('initialize', { clientInfo: { name: 'trial', version: '1' }, capabilities: { experimentalApi: true } });
send({ method: 'initialized' });
const { thread, error } = await ask('thread/start', { cwd: process.cwd(), ephemeral: true });
if (error) say('thread', error);
await ready;
say('status', await ask('mcpServerStatus/list', { threadId: thread.id }));
const target = { threadId: thread.id, server: 'planner' };
for (const { tools: [tool], input } of steps) {
  if (input.uri) say(input.uri, await ask('mcpServer/resource/read', { ...target, uri: input.uri }));
  else say(tool, await ask('mcpServer/tool/call', { ...target, tool, arguments: input }));
}
child.stdin.end();
child.on('exit', (code, signal) => say('exit', code ?? signal));
