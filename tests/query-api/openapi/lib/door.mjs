// The kind of address by which tests reach the API: TEST_DOOR is tcp (the default), ipv6, unix or tls. A base is
// http://host:port, https://host:port or unix:/path.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import WebSocket from 'ws';

const kind = process.env.TEST_DOOR ?? 'tcp';
const kinds = ['tcp', 'ipv6', 'unix', 'tls'];
if (!kinds.includes(kind)) throw new Error(`TEST_DOOR is ${kind}: it takes ${kinds.join(', ')}`);

const folder = mkdtempSync(join(tmpdir(), 'keymeter-door-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const certificate = join(folder, 'door.crt');
const key = join(folder, 'door.key');
if (kind === 'tls')
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1', '-subj', '/CN=door',
      '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-keyout', key, '-out', certificate],
    { stdio: 'pipe' },
  );
const ca = kind === 'tls' ? readFileSync(certificate) : undefined;

let sockets = 0;

/// What makes a server listen on an address of that kind.
export function listenFlags() {
  if (kind === 'ipv6') return ['--listen', '[::1]:0'];
  if (kind === 'unix') return ['--listen', `unix:${join(folder, `${++sockets}.sock`)}`];
  if (kind === 'tls') return ['--listen', 'tls://127.0.0.1:0', '--tls-cert', certificate, '--tls-key', key];
  return ['--listen', '127.0.0.1:0'];
}

/// The base of an address as the server logs it.
export function baseOf(address) {
  if (address.startsWith('unix:')) return address;
  return address.startsWith('tls://') ? address.replace('tls:', 'https:') : `http://${address}`;
}

const pathOf = (base) => (base.startsWith('unix:') ? base.slice('unix:'.length) : undefined);
const isTls = (base) => base.startsWith('https:');

function addressOf(base) {
  if (pathOf(base)) return { socketPath: pathOf(base) };
  const { hostname, port } = new URL(base);
  return { hostname: hostname.replace(/^\[|\]$/g, ''), port };
}

/// http.request of that base.
export const request = (base, options, listener) =>
  (isTls(base) ? https : http).request({ ...addressOf(base), ca, servername: 'localhost', ...options }, listener);

/// A connection for bytes that no HTTP client would send; `listener` is called when it is open.
export function connect(base, listener) {
  if (pathOf(base)) return net.connect(pathOf(base), listener);
  const { hostname: host, port } = addressOf(base);
  return isTls(base) ? tls.connect({ host, port: Number(port), ca }, listener) : net.connect(Number(port), host, listener);
}

export function webSocket(base, path, protocols) {
  const url = pathOf(base) ? `ws+unix:${pathOf(base)}:${path}` : base.replace('http', 'ws') + path;
  return new WebSocket(url, protocols, { ca });
}
