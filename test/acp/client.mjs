// A plain client of the Agent Client Protocol, on the official TypeScript SDK: it knows nothing of this server but its
// address and a token, and fails if any step does not go as the protocol says.
//
//   ACP_URL=ws://… ACP_TOKEN=cac_… ACP_CWD=/… WEB_DIR=…/web node client.mjs
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(path.join(process.env.WEB_DIR, 'package.json'));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const sdkDir = path.dirname(require.resolve('@agentclientprotocol/sdk/schema/v1/schema.json')).replace(/\/schema\/v1$/, '');
const { client, methods } = await import(pathToFileURL(path.join(sdkDir, 'dist/v1/stable/acp.js')));
const { createWebSocketStream } = await import(pathToFileURL(path.join(sdkDir, 'dist/transports/ws-stream.js')));
const { default: WebSocket } = await load('ws');

const url = process.env.ACP_URL;
const cwd = process.env.ACP_CWD;

function connect(name, { onPermission, onUpdate }, work) {
  const stream = createWebSocketStream(url, {
    WebSocket,
    headers: { Authorization: `Bearer ${process.env.ACP_TOKEN}` },
  });
  return client({ name })
    .onRequest(methods.client.session.requestPermission, ({ params }) => onPermission(params))
    .onNotification(methods.client.session.update, ({ params }) => onUpdate(params))
    .connectWith(stream, async (agent) => {
      const hello = await agent.request(methods.agent.initialize, { protocolVersion: 1, clientCapabilities: {} });
      assert.equal(hello.protocolVersion, 1);
      assert.equal(hello.agentCapabilities.loadSession, true);
      for (const capability of ['list', 'resume', 'close', 'delete']) {
        assert.ok(hello.agentCapabilities.sessionCapabilities[capability], `session/${capability} is offered`);
      }
      return work(agent);
    });
}

const textOf = (updates, kind) =>
  updates.filter((u) => u.sessionUpdate === kind).map((u) => u.content.text ?? '').join('');

/** Waits until a condition holds on what has come so far. */
async function until(what, condition) {
  for (let i = 0; i < 1000; i++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`nothing came within 10 s: ${what}`);
}

const updates = [];
const asked = [];
let answers = { optionKind: 'allow_once' };
const handlers = {
  onPermission: (params) => {
    asked.push(params);
    const option = params.options.find((o) => o.kind === answers.optionKind);
    return { outcome: { outcome: 'selected', optionId: option.optionId } };
  },
  onUpdate: (params) => updates.push(params.update),
};

const sessionId = await connect('first', handlers, async (agent) => {
  const made = await agent.request(methods.agent.session.new, { cwd, mcpServers: [] });
  assert.ok(made.modes.availableModes.some((m) => m.id === 'default'));
  assert.ok(made.configOptions.some((o) => o.category === 'model'));

  const turn = await agent.request(methods.agent.session.prompt, {
    sessionId: made.sessionId,
    prompt: [{ type: 'text', text: 'make a file' }],
  });
  assert.equal(turn.stopReason, 'end_turn');
  assert.equal(asked.length, 1, 'one permission was asked for');
  assert.equal(asked[0].toolCall.rawInput.command, 'echo hello > made.txt && cat made.txt');
  assert.equal(textOf(updates, 'user_message_chunk'), '', 'the own prompt is not echoed to a plain client');
  assert.match(textOf(updates, 'agent_message_chunk'), /I will make it\..*It is made\./s);
  const done = updates.findLast((u) => u.sessionUpdate === 'tool_call_update' && u.status === 'completed');
  assert.ok(done, 'the tool call completed');
  assert.match(JSON.stringify(done), /hello/);

  updates.length = 0;
  const cancelled = agent.request(methods.agent.session.prompt, {
    sessionId: made.sessionId,
    prompt: [{ type: 'text', text: 'talk for long' }],
  });
  await until('the first words', () => textOf(updates, 'agent_message_chunk').length > 0);
  await agent.notify(methods.agent.session.cancel, { sessionId: made.sessionId });
  assert.equal((await cancelled).stopReason, 'cancelled');

  await agent.request(methods.agent.session.setMode, { sessionId: made.sessionId, modeId: 'acceptEdits' });
  await until('the change of mode', () => updates.some((u) => u.sessionUpdate === 'current_mode_update'));
  const options = await agent.request(methods.agent.session.setConfigOption, {
    sessionId: made.sessionId, configId: 'mode', value: 'default',
  });
  assert.equal(options.configOptions.find((o) => o.id === 'mode').currentValue, 'default');
  return made.sessionId;
});

const replayed = [];
await connect('second', { ...handlers, onUpdate: (params) => replayed.push(params.update) }, async (agent) => {
  let page;
  for (let i = 0; i < 200 && !page?.sessions.length; i++) {
    page = await agent.request(methods.agent.session.list, {});
  }
  assert.deepEqual(page.sessions.map((s) => [s.sessionId, s.cwd]), [[sessionId, cwd]]);
  assert.equal(page.sessions[0].title, 'make a file');

  await agent.request(methods.agent.session.load, { sessionId, cwd, mcpServers: [] });
  assert.match(textOf(replayed, 'user_message_chunk'), /make a file.*talk for long/s);
  assert.match(textOf(replayed, 'agent_message_chunk'), /I will make it\..*It is made\./s);
  assert.ok(replayed.some((u) => u.sessionUpdate === 'tool_call'));
  assert.ok(replayed.some((u) => u.sessionUpdate === 'tool_call_update' && u.status === 'completed'));

  await assert.rejects(
    agent.request(methods.agent.session.load, { sessionId: '00000000-0000-4000-8000-000000000000', cwd, mcpServers: [] }),
    /no such session/i,
  );
  await assert.rejects(agent.request(methods.agent.session.new, { cwd: '/etc', mcpServers: [] }), /workspace/i);

  await agent.request(methods.agent.session.close, { sessionId });
  await agent.request(methods.agent.session.resume, { sessionId, cwd, mcpServers: [] });
  await agent.request(methods.agent.session.delete, { sessionId });
  assert.deepEqual((await agent.request(methods.agent.session.list, {})).sessions, []);
});
console.log('acp client: all steps passed');
process.exit(0);
