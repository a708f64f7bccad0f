// Who gets in: tokens, roles, rates, other sites; each refusal against the document.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, test } from 'node:test';

import { assertConforms } from './lib/conformity.mjs';
import { Document } from './lib/document.mjs';
import { connect } from './lib/door.mjs';
import { filledPath } from './lib/examples.mjs';
import { ask } from './lib/http.mjs';
import { documentPath, keymeter, makeFolder, serve, writeExample } from './lib/server.mjs';

const document = new Document(documentPath());
const folder = makeFolder();
after(() => folder.remove());
const db = writeExample(folder.path('keymeter.db'));
const tokenFile = folder.path('tokens.json');

const isSocket = (each) => each.operation.responses['101'] !== undefined;
const operations = document.operations().filter((each) => !each.isProbe && !isSocket(each));
// What an operation answers who may ask: 308 leads elsewhere, 501 is not there yet.
const success = ({ operation: { responses } }) => Number(['200', '308', '501'].find((status) => responses[status]));
const operationOf = (path) => operations.find((each) => each.path === path);
const bearer = (token) => ({ headers: { Authorization: `Bearer ${token}` } });

const makeToken = (name, role) =>
  execFileSync(keymeter(), ['token', 'create', '--token-file', tokenFile, '--name', name, '--role', role], {
    encoding: 'utf8',
  }).trim();
const viewer = makeToken('grafana', 'viewer');
const admin = makeToken('ann', 'admin');

async function withServer(args, use) {
  const server = await serve(db, args);
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}

test('without a token, or with one that does not hold, nothing is answered', () =>
  withServer(['--token-file', tokenFile], async ({ api }) => {
    for (const operation of operations)
      assertConforms(document, operation, await ask(api, filledPath(operation.path)), 401);
    for (const token of ['wrong', admin.slice(0, -1), `${admin}x`])
      assertConforms(document, operations[0], await ask(api, operations[0].path, bearer(token)), 401);
  }));

test('who has a token gets an answer, also through a proxy', () =>
  withServer(['--token-file', tokenFile], async ({ api }) => {
    for (const token of [viewer, admin])
      for (const operation of operations)
        assertConforms(document, operation, await ask(api, filledPath(operation.path), bearer(token)), success(operation));
    const forwarded = { headers: { ...bearer(viewer).headers, 'X-Forwarded-For': '10.0.0.1' } };
    assertConforms(document, operations[0], await ask(api, operations[0].path, forwarded), 200);
  }));

test('owners, and errors of accounts, are for admins', () =>
  withServer(['--token-file', tokenFile], async ({ api }) => {
    const hidden = /alice|"u1"|refused|"owner"|"userId"|"errorMessage"/;
    for (const path of ['/api/apikeys', '/api/apikeys/key-1', '/api/accounts', '/api/groups/group-1/members']) {
      assert.doesNotMatch((await ask(api, path, bearer(viewer))).body.toString(), hidden, path);
      assert.match((await ask(api, path, bearer(admin))).body.toString(), hidden, path);
    }
    const keys = operationOf('/api/apikeys');
    assertConforms(document, keys, await ask(api, '/api/apikeys?owner=alice', bearer(viewer)), 403);
    const report = operationOf('/api/export/report');
    for (const type of ['apikeys', 'accounts']) {
      const target = `/api/export/report?type=${type}`;
      assertConforms(document, report, await ask(api, target, bearer(viewer)), 403);
      assertConforms(document, report, await ask(api, target, bearer(admin)), 200);
    }
  }));

test('who guesses tokens is told to wait', () =>
  withServer(['--token-file', tokenFile], async ({ api }) => {
    let answer;
    for (let tries = 0; tries < 100 && answer?.status !== 429; ++tries) answer = await ask(api, '/api/groups', bearer('guess'));
    assertConforms(document, operationOf('/api/groups'), answer, 429);
    // Not so who has one that holds.
    assertConforms(document, operationOf('/api/groups'), await ask(api, '/api/groups', bearer(viewer)), 200);
  }));

test('who asks too often is told to wait', () =>
  withServer(['--token-file', tokenFile, '--rate-limit', '1/s:3'], async ({ api }) => {
    let answer;
    for (let tries = 0; tries < 100 && answer?.status !== 429; ++tries) answer = await ask(api, '/api/groups', bearer(viewer));
    assertConforms(document, operationOf('/api/groups'), answer, 429);
  }));

test('pages of listed origins may read answers, others may not', () =>
  withServer(['--cors-origin', 'https://dash.example'], async ({ api }) => {
    const preflight = (Origin) => ({
      method: 'OPTIONS',
      headers: { Origin, 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'authorization' },
    });
    const allowed = await ask(api, '/api/apikeys', preflight('https://dash.example'));
    assert.equal(allowed.status, 204);
    assert.equal(allowed.headers['access-control-allow-origin'], 'https://dash.example');
    assertConforms(document, operationOf('/api/apikeys'), await ask(api, '/api/apikeys', preflight('https://evil.example')), 403);
  }));

/// Status and body of what comes back for bytes that no HTTP client would send.
function askRaw(base, bytes) {
  return new Promise((resolve, reject) => {
    const pieces = [];
    const socket = connect(base, () => socket.write(bytes));
    socket.on('data', (piece) => pieces.push(piece));
    socket.on('error', reject);
    socket.on('close', () => {
      const [head, body] = Buffer.concat(pieces).toString().split('\r\n\r\n');
      resolve({ status: Number(head.split(' ')[1]), body });
    });
  });
}

test('what is no request of ours is a problem too', () =>
  withServer([], async ({ api }) => {
    const requests = {
      400: 'GET /api/groups HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      417: 'GET /api/groups HTTP/1.1\r\nHost: localhost\r\nExpect: 200-maybe\r\n\r\n',
      431: `GET /api/groups HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      501: 'GET /api/groups HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n',
      505: 'GET /api/groups HTTP/2.0\r\nHost: localhost\r\n\r\n',
    };
    for (const [status, bytes] of Object.entries(requests)) {
      const answer = await askRaw(api, bytes);
      assert.equal(answer.status, Number(status));
      for (const each of document.operations())
        assert.ok(document.response(each, answer.status), `${status} of ${each.path} is not described`);
      assert.equal(document.complaint('/components/schemas/Problem', JSON.parse(answer.body)), '');
    }
  }));
