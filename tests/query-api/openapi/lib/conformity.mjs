// Whether an answer is as the document says: status, content type, headers, body.
import assert from 'node:assert/strict';

// What every HTTP answer may carry; the document describes the rest.
const transport = new Set([
  'cache-control', 'connection', 'content-encoding', 'content-length', 'content-type', 'date', 'keep-alive',
  'transfer-encoding', 'vary', 'x-content-type-options', 'content-security-policy', 'referrer-policy', 'x-frame-options',
  'cross-origin-resource-policy', 'access-control-allow-origin', 'access-control-expose-headers',
]);

export function assertConforms(document, operation, answer, status) {
  const where = `${answer.target.slice(0, 200)} → ${answer.status}`;
  const text = answer.body.toString('utf8');
  assert.equal(answer.status, status, `${where}: ${text.slice(0, 300)}`);
  const described = document.response(operation, answer.status);
  assert.ok(described, `${where} is not described`);
  checkHeaders(document, described.node.headers ?? {}, answer.headers, where);
  checkBody(document, described, answer, where);
  if (!operation.isProbe) checkRequestId(answer, where);
}

/// Every answer has an id, and a problem says it too.
function checkRequestId({ headers, body }, where) {
  const id = headers['x-request-id'];
  assert.ok(id, `${where} lacks X-Request-Id`);
  if (/problem/.test(headers['content-type'] ?? '')) {
    assert.equal(JSON.parse(body).requestId, id, where);
  }
}

function checkHeaders(document, described, headers, where) {
  const known = Object.entries(described).map(([name, header]) => [name.toLowerCase(), document.resolved(header)]);
  for (const [name, { node, pointer }] of known) {
    const value = headers[name];
    if (value === undefined) {
      assert.ok(!node.required, `${where} lacks the header ${name}`);
    } else {
      const typed = node.schema.type === 'integer' ? Number(value) : value;
      assert.equal(document.complaint(`${pointer}/schema`, typed), '', `${where}, header ${name}`);
    }
  }
  const names = new Set(known.map(([name]) => name));
  for (const name of Object.keys(headers))
    assert.ok(names.has(name) || transport.has(name), `${where}: the header ${name} is not described`);
}

function checkBody(document, { node, pointer }, answer, where) {
  if (node.content === undefined) {
    assert.equal(answer.body.length, 0, `${where} has a body`);
    return;
  }
  const plain = (type) => type.split(';')[0].trim();
  const type = plain(answer.headers['content-type'] ?? '');
  const described = Object.keys(node.content).find((each) => plain(each) === type);
  assert.ok(described, `${where}: the content type '${type}' is not described`);
  if (!/json$/.test(type)) return;
  const body = JSON.parse(new TextDecoder('utf8', { fatal: true }).decode(answer.body));
  const schema = `${pointer}/content/${described.replaceAll('~', '~0').replaceAll('/', '~1')}/schema`;
  assert.equal(document.complaint(schema, body), '', `${where}: ${JSON.stringify(body).slice(0, 300)}`);
}
