// The usual first version of a meter: subscribe, and read the whole hash that each event names. Nothing bounds how far
// it falls behind. Speaks with benchmarks/program/e2e by lines of JSON (see channels.h there).
//
//   node index.mjs redis://127.0.0.1:6379
import Redis from 'ioredis';

const end = 'keymeter:e2e:end';
const channels = ['hset', 'hincrby', 'del', 'expired'].map((name) => `__keyevent@0__:${name}`);

const url = process.argv[2] ?? 'redis://127.0.0.1:6379';
const subscriber = new Redis(url);
const commands = new Redis(url);

const latest = new Map(); // key → hash
let events = 0;
let answered = 0;
let connections = 0;
let isEnding = false;

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const counts = (done) => ({ done, events, answered, connections, hashes: latest.size });

function reportWhenDone() {
  if (!isEnding || answered < events) return;
  isEnding = false;
  print(counts(true));
}

subscriber.on('ready', () => { connections += 1; });
subscriber.on('message', (channel, key) => {
  if (channel === end) {
    isEnding = true;
    reportWhenDone();
    return;
  }
  events += 1;
  commands.hgetall(key)
    .then((hash) => {
      if (Object.keys(hash).length > 0) latest.set(key, hash);
      else latest.delete(key);
    })
    .catch((error) => process.stderr.write(`${key}: ${error.message}\n`))
    .finally(() => {
      answered += 1;
      reportWhenDone();
    });
});

process.on('SIGTERM', () => {
  print(counts(false));
  process.exit(0);
});

await commands.ping();
await subscriber.subscribe(...channels, end);
print({ subscribed: true });
