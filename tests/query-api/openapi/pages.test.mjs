// Live answers against the TypeScript of the pages that read them (pages.ts), by `tsc --strict`.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { ask } from './lib/http.mjs';
import { makeFolder, serve, writeExample } from './lib/server.mjs';

const tsc = process.env.TEST_TSC ?? 'tsc';
const folder = makeFolder();
let server;

before(async () => {
  server = await serve(writeExample(folder.path('keymeter.db')));
  copyFileSync(new URL('pages.ts', import.meta.url), folder.path('pages.ts'));
});
after(async () => {
  await server?.stop();
  folder.remove();
});

/// What tsc says of a constant of that type whose value is the text.
function complaintsOf(type, text) {
  const [name] = /\w+/.exec(type);
  // By a constant of its own: members that a page does not know are no mistake.
  const lines = [
    `import type { Answer, ${name} } from './pages';`,
    `const live = ${text} as const;`,
    `export const answer: Answer<${type}> = live;`,
  ];
  writeFileSync(folder.path('answer.ts'), lines.join('\n'));
  const flags = ['--strict', '--noEmit', '--target', 'es2020', '--moduleResolution', 'node'];
  const { status, stdout, stderr, error } = spawnSync(tsc, [...flags, folder.path('answer.ts')], { encoding: 'utf8' });
  assert.equal(error, undefined);
  return status === 0 ? '' : stdout + stderr;
}

const pages = [
  ['/api/apikeys', 'ApiKeyStatistics[]'],
  ['/api/apikeys?sort=rpm&order=desc&expiry=never', 'ApiKeyStatistics[]'],
  ['/api/apikeys/key-1', 'ApiKeyStatistics'],
  ['/api/accounts?include=hourly', 'AccountStatistics[]'],
  ['/api/accounts/account-1', 'AccountStatistics'],
  ['/api/groups', 'AccountGroup[]'],
  ['/api/groups/group-1', 'GroupStatistics'],
  ['/api/groups/group-1/members', 'Members'],
  ['/api/stats/series?slot_sec=3600', 'SeriesRow[]'],
  ['/api/stats/series?by=owner&unit=day', 'SeriesRow[]'],
  ['/api/stats/top?by=user', 'TopUser[]'],
  ['/api/stats/top?by=token', 'TopToken[]'],
  ['/api/stats/top?by=channel', 'TopChannel[]'],
  ['/api/stats/top?by=model', 'TopModel[]'],
  ['/api/stats/heatmap', 'Heatmap'],
];

for (const [target, type] of pages)
  test(`${target} is ${type}`, async () => {
    const answer = await ask(server.api, target);
    assert.equal(answer.status, 200, answer.body.toString());
    const text = answer.body.toString('utf8');
    const body = JSON.parse(text);
    assert.ok(!Array.isArray(body) || body.length > 0, 'an empty list says nothing');
    assert.equal(complaintsOf(type, text), '');
  });

test('an answer that lacks what a page reads does not compile', () => {
  assert.match(complaintsOf('TopUser[]', '[{"tokens":1,"reqs":1,"quota_sum":null}]'), /user_id/);
  assert.match(complaintsOf('SeriesRow[]', '[{"bucket":"b","reqs":1,"tokens":1,"users":null,"tokens_cnt":1}]'), /null/);
});
