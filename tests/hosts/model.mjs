// A model that follows a script, on loopback: model.mjs SCRIPT.json PORT_FILE LOG
//
// Speaks as much of three model interfaces as a host needs to call tools: Anthropic's messages,
// Gemini's generateContent and OpenAI's responses. SCRIPT is a list of {tools, input}; a tool is
// told by the server's name for it, of which the host's is an ending, or by the host's own. What the
// host has no tool for is left out. When the script is through, the model says "done".
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [script, portFile, log] = process.argv.slice(2);
const steps = JSON.parse(readFileSync(script, 'utf8'));
let turn = 0;

const note = (what) => appendFileSync(log, `${JSON.stringify(what)}\n`);

const known = (names, tool) =>
  names.find((name) => name === tool) ?? names.find((name) => name.endsWith(`_${tool}`));

/** The next step that this host has a tool for. */
function next(names, results) {
  note({ turn, results, names });
  while (turn < steps.length) {
    const { tools, input } = steps[turn];
    turn += 1;
    const name = tools.map((tool) => known(names, tool)).find(Boolean);
    if (name) return { name, input: input ?? {} };
    note({ missing: tools });
  }
  return null;
}

// ------------------------------------------------------------------ Anthropic

function anthropic(body, response) {
  const names = (body.tools ?? []).map((tool) => tool.name);
  const last = body.messages.at(-1).content;
  const results = Array.isArray(last) ? last.filter((part) => part.type === 'tool_result') : [];
  const call = names.length > 0 ? next(names, results) : null;
  const content = call
    ? { type: 'tool_use', id: `toolu_${turn}`, name: call.name, input: call.input }
    : { type: 'text', text: 'done' };
  const message = {
    id: `msg_${turn}`, type: 'message', role: 'assistant', model: body.model, content: [content],
    stop_reason: call ? 'tool_use' : 'end_turn', stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 1 },
  };
  if (!body.stream) return json(response, message);
  const empty = call ? { ...content, input: {} } : { type: 'text', text: '' };
  const delta = call
    ? { type: 'input_json_delta', partial_json: JSON.stringify(content.input) }
    : { type: 'text_delta', text: content.text };
  return events(response, [
    { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
    { type: 'content_block_start', index: 0, content_block: empty },
    { type: 'content_block_delta', index: 0, delta },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: message.stop_reason }, usage: { output_tokens: 1 } },
    { type: 'message_stop' },
  ]);
}

// ------------------------------------------------------------------ Gemini

function gemini(body, response, stream) {
  const names = (body.tools ?? []).flatMap((tool) => tool.functionDeclarations ?? []).map((f) => f.name);
  const results = body.contents.at(-1).parts.filter((part) => part.functionResponse);
  const call = names.length > 0 ? next(names, results) : null;
  const part = call ? { functionCall: { name: call.name, args: call.input } } : { text: 'done' };
  const answer = {
    candidates: [{ content: { role: 'model', parts: [part] }, finishReason: 'STOP', index: 0 }],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
  };
  return stream ? events(response, [answer]) : json(response, answer);
}

// ------------------------------------------------------------------ OpenAI

function openai(body, response) {
  const spaces = (body.tools ?? []).filter((tool) => tool.tools);
  const spaceOf = (name) => spaces.find((space) => space.tools.some((tool) => tool.name === name))?.name;
  const names = (body.tools ?? []).flatMap((tool) => tool.tools ?? [tool]).map((tool) => tool.name ?? '');
  const results = body.input.slice(-1).filter((item) => item.type === 'function_call_output');
  const call = names.length > 0 ? next(names, results) : null;
  const space = call && spaceOf(call.name) && { namespace: spaceOf(call.name) };
  const item = call
    ? { type: 'function_call', call_id: `call_${turn}`, name: call.name, arguments: JSON.stringify(call.input), ...space }
    : { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'done' }] };
  const id = `resp_${turn}`;
  const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
  return events(response, [
    { type: 'response.created', response: { id } },
    { type: 'response.output_item.done', output_index: 0, item: { id: `item_${turn}`, ...item } },
    { type: 'response.completed', response: { id, usage, output: [] } },
  ]);
}

// ------------------------------------------------------------------ HTTP

function json(response, value) {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

function events(response, list) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of list)
    response.write(`${event.type ? `event: ${event.type}\n` : ''}data: ${JSON.stringify(event)}\n\n`);
  response.end();
}

createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const text = Buffer.concat(parts).toString();
    note({ method: request.method, url: request.url });
    const body = text.startsWith('{') ? JSON.parse(text) : {};
    if (request.url.includes('count_tokens') || request.url.includes(':countTokens'))
      json(response, { input_tokens: 1, totalTokens: 1 });
    else if (request.url.startsWith('/v1/messages')) anthropic(body, response);
    else if (request.url.endsWith('/responses')) openai(body, response);
    else if (request.url.includes('enerateContent')) gemini(body, response, request.url.includes('stream'));
    else { response.writeHead(404); response.end('{}'); }
  });
}).listen(0, '127.0.0.1', function told() { writeFileSync(portFile, String(this.address().port)); });
