// One request as it is given, with nothing added or repaired; and what came back.
import { request } from './door.mjs';

/// {status, headers, body, target} of `method target`; `base` is one of door.mjs.
export function ask(base, target, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const outgoing = request(base, { method, path: target, headers, agent: false }, (incoming) => {
      const pieces = [];
      incoming.on('data', (piece) => pieces.push(piece));
      incoming.on('error', reject);
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode, headers: incoming.headers, body: Buffer.concat(pieces), target }));
    });
    outgoing.on('upgrade', (incoming, socket) => {
      socket.destroy();
      resolve({ status: incoming.statusCode, headers: incoming.headers, body: Buffer.alloc(0), target });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
