// /api/ws: the handshake, every kind of subscription, each message against the document.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';

import { assertConforms } from './lib/conformity.mjs';
import { Document } from './lib/document.mjs';
import { webSocket } from './lib/door.mjs';
import { ask } from './lib/http.mjs';
import { documentPath, keymeter, makeFolder, serve, writeExample } from './lib/server.mjs';

const document = new Document(documentPath());
const operation = document.operations().find((each) => each.operation.responses['101'] !== undefined);
const folder = makeFolder();
let server;
let token;

before(async () => {
  const tokenFile = folder.path('tokens.json');
  const create = ['token', 'create', '--token-file', tokenFile, '--name', 'page', '--role', 'viewer'];
  token = execFileSync(keymeter(), create, { encoding: 'utf8' }).trim();
  server = await serve(writeExample(folder.path('keymeter.db')), ['--token-file', tokenFile]);
});
after(async () => {
  await server?.stop();
  folder.remove();
});

/// An open socket, with next(): the next message, after it was held against the document.
async function open() {
  const socket = webSocket(server.api, '/api/ws', ['keymeter', `bearer.${token}`]);
  const messages = [];
  const waiting = [];
  socket.on('message', (data) => {
    const message = JSON.parse(data);
    if (waiting.length > 0) waiting.shift()(message);
    else messages.push(message);
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const next = async () => {
    const message = messages.shift() ?? (await new Promise((resolve) => waiting.push(resolve)));
    assert.equal(document.complaint('/components/schemas/ServerMessage', message), '', JSON.stringify(message));
    return message;
  };
  return { socket, next, say: (message) => socket.send(JSON.stringify(message)) };
}

test('a subscription begins with the present state', async () => {
  const { socket, next, say } = await open();
  for (const [subscribe, id, member] of [
    ['apikey', 'key-1', 'keyId'],
    ['account', 'account-1', 'accountId'],
    ['group', 'group-1', 'id'],
  ]) {
    say({ subscribe, id });
    const { event, data } = await next();
    assert.equal(event, `${subscribe}:update`);
    assert.equal(data[member], id);
    say({ unsubscribe: subscribe, id });
  }
  socket.terminate();
});

test('metrics bring alerts with them', async () => {
  const { socket, next, say } = await open();
  say({ subscribe: 'metrics' });
  const events = new Set();
  while (events.size < 2) events.add((await next()).event);
  assert.deepEqual(events, new Set(['metrics:update', 'alert']));
  socket.terminate();
});

test('all of a kind come, and then how many they are', async () => {
  const { socket, next, say } = await open();
  say({ subscribe: 'account' });
  const names = new Set();
  let message = await next();
  for (; message.event === 'account:update'; message = await next()) names.add(message.data.accountId);
  assert.equal(message.event, 'account:synced');
  assert.equal(message.data.count, names.size);
  assert.ok(names.has('account-1'));
  socket.terminate();
});

test('what is not understood, or not there, is an error event', async () => {
  const { socket, next } = await open();
  for (const text of ['no JSON', '{}', '{"subscribe":"nonsense"}', '{"subscribe":"apikey","id":"no-such-id"}']) {
    socket.send(text);
    assert.equal((await next()).event, 'error', text);
  }
  socket.terminate();
});

const handshake = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
};

test('the handshake is as described, and so is each refusal of it', async () => {
  const ours = { ...handshake, 'Sec-WebSocket-Protocol': `keymeter, bearer.${token}` };
  const shake = (headers, options = {}) => ask(server.api, '/api/ws', { headers, ...options });
  assertConforms(document, operation, await shake(ours), 101);
  assertConforms(document, operation, await shake(handshake), 401);
  assertConforms(document, operation, await shake({ ...ours, Origin: 'https://evil.example' }), 403);
  assertConforms(document, operation, await shake({ ...ours, 'Sec-WebSocket-Version': '8' }), 426);
  assertConforms(document, operation, await shake({ ...ours, 'Sec-WebSocket-Key': 'x' }), 400);
  assertConforms(document, operation, await shake({ Authorization: `Bearer ${token}` }), 426);
  assertConforms(document, operation, await shake({ Authorization: `Bearer ${token}` }, { method: 'POST' }), 405);
});
