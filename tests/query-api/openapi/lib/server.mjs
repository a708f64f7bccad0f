// A real `keymeter serve` on a usage file that has one of everything.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { baseOf, listenFlags } from './door.mjs';

const need = (name) => {
  if (!process.env[name]) throw new Error(`${name} is not set: ctest sets it`);
  return process.env[name];
};

export const keymeter = () => need('TEST_KEYMETER');
export const documentPath = () => need('TEST_DOCUMENT');

export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'keymeter-openapi-'));
  return { path: (name) => join(folder, name), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function writeExample(path) {
  execFileSync(need('TEST_WRITE_EXAMPLE'), [path]);
  return path;
}

/// {api, probe, stop()}, once both listen: bases, see door.mjs. Ports are the server's choice.
export async function serve(db, args = []) {
  const flags = ['serve', '--db', db, ...listenFlags(), '--probe-listen', '127.0.0.1:0', ...args];
  const child = spawn(keymeter(), flags, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const lines = [];
  const addresses = await new Promise((resolve, reject) => {
    const found = {};
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        const listening = /msg="listening".* address=(\S+) role=(api|probe)/.exec(line);
        if (listening) found[listening[2]] = baseOf(listening[1]);
        if (found.api && found.probe) resolve(found);
      });
    ended.then((code) => reject(new Error(`keymeter ended with ${code}:\n${lines.join('\n')}`)));
  });
  return {
    ...addresses,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
