// The JavaScript that query-api/README.md shows, run as it stands there.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import WebSocket from 'ws';

import { keymeter, makeFolder, serve, writeExample } from './lib/server.mjs';

const folder = makeFolder();
let server;
after(async () => {
  await server?.stop();
  folder.remove();
});

const readme = readFileSync(new URL('../../../query-api/README.md', import.meta.url), 'utf8');
const scripts = [...readme.matchAll(/^```js\n([^]*?)^```/gm)];
assert.equal(scripts.length, 1, 'each block of JavaScript must be run here');
const [[, script]] = scripts;

test('the script for pages lists keys and hears updates', async (context) => {
  const tokenFile = folder.path('tokens.json');
  const create = ['token', 'create', '--token-file', tokenFile, '--name', 'page'];
  globalThis.KEYMETER_TOKEN = execFileSync(keymeter(), create, { encoding: 'utf8' }).trim();
  server = await serve(writeExample(folder.path('keymeter.db')), ['--token-file', tokenFile]);
  globalThis.KEYMETER = server.api;
  const sockets = [];
  // Node.js before 22 has none of its own; `terminate` lets the test end.
  globalThis.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      sockets.push(this);
    }
  };
  const lines = [];
  const heard = new Promise((resolve) => {
    context.mock.method(console, 'log', (...words) => {
      lines.push(words.join(' '));
      // Each key of the list is named once; the first of them again when its update comes.
      const names = lines.filter((line) => /^\S.* \d+(\.\d+)?$/.test(line)).map((line) => line.replace(/ \S+$/, ''));
      if (lines.some((line) => line.startsWith('requests a minute:')) && names.slice(1).includes(names[0])) resolve();
    });
  });
  await import(`data:text/javascript,${encodeURIComponent(script)}`);
  await heard;
  for (const socket of sockets) socket.terminate();
  assert.ok(lines.some((line) => line.startsWith('Alice ')));
});
