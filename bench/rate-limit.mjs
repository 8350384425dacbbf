// What a limit costs a request while allowance is at hand: microseconds a take beside an empty loop, and calls to the database. No database
// is needed: the store grants as rate_limit_reserve does, and counts how often it is asked.
import { Registry } from 'prom-client';
import { rateLimitHeaders } from '../dist/auth/rate-limits/rate-limit-headers.js';
import { RateLimiter } from '../dist/auth/rate-limits/rate-limiter.service.js';
import { median, table } from './measure.mjs';

const goalMicroseconds = 20;
const rounds = 9;
const takes = 200_000;
const quota = 100_000_000;
const limit = { name: 'bench', windowSeconds: 60 };

let calls = 0;
const used = new Map();
const store = {
  async reserve(asks) {
    calls += 1;
    return new Map(asks.map((ask) => [ask.subject, grant(ask)]));
  },
};

function grant({ subject, quota: all, returned, need, want }) {
  const remaining = all - (used.get(subject) ?? 0) + returned;
  const granted = need + Math.floor(Math.min(want - need, (remaining - need) / 8));
  used.set(subject, all - remaining + granted);
  return { window: 'w', granted, remaining: remaining - granted, resetsInMs: 60_000 };
}

const limiter = new RateLimiter(store, new Registry());
const rows = [];
let worst = 0;
for (const subjects of [1, 1_000, 10_000]) {
  const names = Array.from({ length: subjects }, (_, n) => `key-${n}`);
  for (const name of names) await limiter.take(limit, name, quota);
  calls = 0;
  const empty = await perTake(names, () => undefined);
  const bare = await perTake(names, (name) => limiter.take(limit, name, quota));
  const whole = await perTake(names, async (name) => rateLimitHeaders(await limiter.take(limit, name, quota)));
  worst = Math.max(worst, whole);
  rows.push([subjects, ...[empty, bare, whole].map((us) => us.toFixed(2)), calls]);
}
await limiter.onApplicationShutdown();

console.log(table(['subjects', 'empty loop µs', 'take µs', 'take, awaited, with headers µs', 'calls'], rows));
const kept = worst < goalMicroseconds;
console.log(`goal: under ${goalMicroseconds} µs a request; ${kept ? 'kept' : 'NOT KEPT'}`);
if (!kept) process.exitCode = 1;

/** The median over the rounds, in microseconds. */
async function perTake(names, take) {
  const samples = [];
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now();
    for (let n = 0; n < takes; n++) await take(names[n % names.length]);
    samples.push(((performance.now() - startedAt) * 1_000) / takes);
  }
  return median(samples);
}
