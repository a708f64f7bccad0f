// Every endpoint's real answers against the document: each parameter's values, each error.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { assertConforms } from './lib/conformity.mjs';
import { Document } from './lib/document.mjs';
import { badValues, companions, filledPath, goodValues } from './lib/examples.mjs';
import { ask } from './lib/http.mjs';
import { documentPath, makeFolder, serve, writeExample } from './lib/server.mjs';

const document = new Document(documentPath());
const folder = makeFolder();
let server;

before(async () => {
  server = await serve(writeExample(folder.path('keymeter.db')));
});
after(async () => {
  await server?.stop();
  folder.remove();
});

const isSocket = (operation) => operation.operation.responses['101'] !== undefined;
const operations = document.operations().filter((each) => !isSocket(each));
const baseOf = (operation) => (operation.isProbe ? server.probe : server.api);
const queryParameters = (operation) => document.parameters(operation.operation).filter((each) => each.in === 'query');

/// The target with the parameters that it must have, and those given; `query` is encoded already.
function targetOf(operation, query = [], id = undefined) {
  const needed = queryParameters(operation)
    .filter((each) => each.required && !query.some((part) => part.startsWith(`${each.name}=`)))
    .map((each) => `${each.name}=${each.schema.enum[0]}`);
  const parts = [...needed, ...query];
  return filledPath(operation.path, id) + (parts.length ? `?${parts.join('&')}` : '');
}

/// The status of an answer to a good question.
const success = ({ operation: { responses } }) => (responses['200'] ? 200 : responses['308'] ? 308 : 501);
const askFor = (operation, query, options) => ask(baseOf(operation), targetOf(operation, query), options);

for (const operation of operations) {
  const hasErrors = operation.operation.responses['400'] !== undefined;

  test(`${operation.path} answers as described`, async () => {
    assertConforms(document, operation, await askFor(operation), success(operation));
  });

  test(`${operation.path} takes each value of its parameters`, async () => {
    for (const parameter of queryParameters(operation))
      for (const value of goodValues(parameter)) {
        const answer = await askFor(operation, [`${parameter.name}=${encodeURIComponent(value)}`, ...companions(parameter, operation.path)]);
        assertConforms(document, operation, answer, success(operation));
      }
  });

  test(`${operation.path} refuses other values, unknown parameters and those that stand twice`, async () => {
    for (const parameter of queryParameters(operation)) {
      // Where the answer is elsewhere, it is refused there.
      if (success(operation) === 308 && parameter.name !== 'type') continue;
      for (const value of badValues(parameter))
        await assertRefused(operation, [`${parameter.name}=${value}`], parameter.name);
      if (parameter.schema.type === 'array') continue; // may stand several times
      const good = encodeURIComponent(goodValues(parameter)[0] ?? 'x');
      await assertRefused(operation, [`${parameter.name}=${good}`, `${parameter.name}=${good}`], parameter.name);
    }
    await assertRefused(operation, ['nonsense=1'], 'nonsense');
    await assertRefused(operation, ['%ff=1'], 'parameter');
  });

  test(`${operation.path} takes GET and HEAD only, and no body`, async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'PROPFIND'])
      assertConforms(document, operation, await askFor(operation, [], { method }), 405);
    const withBody = { headers: { 'Content-Length': '3' }, body: 'abc' };
    assertConforms(document, operation, await askFor(operation, [], withBody), 413);
    const head = await askFor(operation, [], { method: 'HEAD' });
    assert.equal(head.status, success(operation));
    assert.equal(head.body.length, 0);
  });

  test(`${operation.path} refuses a target that is too long`, async () => {
    assertConforms(document, operation, await askFor(operation, ['x='.padEnd(8200, 'x')]), 414);
  });

  if (operation.path.includes('{id}'))
    test(`${operation.path} knows what it does not know`, async () => {
      for (const id of ['no-such-id', '../../etc/passwd', "' OR '1'='1", '€'])
        assertConforms(document, operation, await ask(server.api, targetOf(operation, [], id)), 404);
      for (const raw of ['%00', 'a%0d%0ab', 'a%09', '%7f'])
        assertConforms(document, operation, await ask(server.api, operation.path.replace('{id}', raw)), 404);
      for (const raw of ['%ff', '%2', '%c0%80', '%ed%a0%80'])
        assertConforms(document, operation, await ask(server.api, operation.path.replace('{id}', raw)), 400);
    });

  if (operation.operation.responses['304'])
    test(`${operation.path} is not sent twice`, async () => {
      // What changes with time has another ETag in the next step of a second: then it is asked for again.
      let again;
      for (let tries = 0; tries < 20 && again?.status !== 304; ++tries) {
        const first = await askFor(operation);
        again = await askFor(operation, [], { headers: { 'If-None-Match': first.headers.etag } });
      }
      assertConforms(document, operation, again, 304);
    });

  if (!operation.isProbe && hasErrors)
    test(`${operation.path} is not published by a proxy, nor to another Host`, async () => {
      for (const headers of [{ 'X-Forwarded-For': '10.0.0.1' }, { Forwarded: 'for=10.0.0.1' }, { Host: 'example.org' }])
        assertConforms(document, operation, await askFor(operation, [], { headers }), 403);
    });
}

async function assertRefused(operation, query, named) {
  const answer = await askFor(operation, query);
  assertConforms(document, operation, answer, 400);
  const { detail } = JSON.parse(answer.body);
  assert.ok(detail.includes(named), `${query}: '${detail}' does not name ${named}`);
  assert.doesNotMatch(detail, /SELECT|sqlite|\.cc|\/tmp\//i);
}

test('what is at no path is a problem too', async () => {
  for (const target of ['/', '/api', '/api/', '/api/apikeys/', '/api/apikeys/a/b', '/../etc/passwd', '//', '/API/apikeys']) {
    const answer = await ask(server.api, target);
    assert.equal(answer.status, 404, target);
    assert.equal(document.complaint('/components/schemas/Problem', JSON.parse(answer.body)), '');
  }
});

test('the document that is served is the one that was checked', async () => {
  const answer = await ask(server.api, '/openapi.json');
  assert.deepEqual(JSON.parse(answer.body), document.json);
});

test('without a file every answer that needs one is 503, with reasons', async () => {
  const lost = await serve(folder.path('nowhere.db'));
  try {
    for (const operation of operations) {
      if (!operation.operation.responses['503'] || operation.path === '/openapi.json') continue;
      const answer = await ask(operation.isProbe ? lost.probe : lost.api, targetOf(operation));
      if (operation.path === '/livez') continue;
      assertConforms(document, operation, answer, 503);
      assert.ok(JSON.parse(answer.body).reasons.length > 0);
    }
  } finally {
    await lost.stop();
  }
});
