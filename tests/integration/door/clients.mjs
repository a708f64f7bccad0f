// Node's fetch (undici) and ws against a server: node clients.mjs BASE TOKEN. Fails when an answer is not as it must be.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../query-api/openapi/package.json', import.meta.url));
const WebSocket = require('ws');

const [base, token] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${token}` };
const get = (path, more = {}) => fetch(`${base}${path}`, { headers: { ...headers, ...more } });

assert.equal((await fetch(`${base}/api/groups`)).status, 401);

// One after the other on a kept connection, then many at once.
let etag;
for (let i = 0; i < 50; ++i) {
  const answer = await get('/api/groups');
  assert.equal(answer.status, 200);
  assert.equal((await answer.json())[0].id, 'group-1');
  etag = answer.headers.get('etag');
}
assert.equal((await get('/api/groups', { 'If-None-Match': etag })).status, 304);
const paths = ['/api/apikeys', '/api/accounts', '/api/groups', '/openapi.json', '/api/nothing'];
const statuses = await Promise.all(
  Array.from({ length: 100 }, async (_, i) => {
    const answer = await get(paths[i % paths.length]);
    await answer.arrayBuffer();
    return answer.status;
  }),
);
assert.deepEqual(statuses, Array.from({ length: 100 }, (_, i) => (i % paths.length === 4 ? 404 : 200)));
const refused = await fetch(`${base}/api/apikeys`, { method: 'POST', headers, body: 'x'.repeat(100_000) });
assert.ok([405, 413].includes(refused.status), `a POST got ${refused.status}`);

// Several WebSockets at once, each with its own credentials.
async function firstUpdate(id) {
  const socket = new WebSocket(`${base.replace(/^http/, 'ws')}/api/ws`, ['keymeter', `bearer.${token}`]);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  assert.equal(socket.protocol, 'keymeter');
  socket.send(JSON.stringify({ subscribe: 'apikey', id }));
  const message = await new Promise((resolve) => socket.once('message', (data) => resolve(JSON.parse(data))));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.close(1000);
  assert.equal(await closed, 1000);
  return message;
}
for (const message of await Promise.all(Array.from({ length: 10 }, () => firstUpdate('key-1'))))
  assert.equal(message.data.keyId, 'key-1');
const stranger = new WebSocket(`${base.replace(/^http/, 'ws')}/api/ws`);
const status = await new Promise((resolve) =>
  stranger.once('unexpected-response', (_, answer) => resolve(answer.statusCode)).on('error', () => {}));
assert.equal(status, 401);
process.exit(0); // fetch keeps its connections open
