// How many events a second the spool takes, each acknowledged after an fsync, beside bare writes with an fsync each to a file on the same disk.
// Arguments: a directory on the disk to measure (default: the system's for temporary files).
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '../dist/platform/clock.js';
import { EventSpool } from '../dist/usage-metrics/spool/event-spool.service.js';
import { SpoolConfig } from '../dist/usage-metrics/spool/spool.config.js';
import { median, table } from './measure.mjs';

const rounds = 3;
const seconds = 2;
const event = {
  subject: 'acme',
  json: JSON.stringify({
    specversion: '1.0',
    id: '0190f3a2-7c1e-7000-8000-000000000000',
    source: 'bench',
    type: 'llm.call',
    time: '2026-11-28T12:00:00Z',
    data: { tokens: 1234, model: 'm-large', region: 'eu-central' },
  }),
};

const directory = await mkdtemp(join(process.argv[2] ?? tmpdir(), 'tenantry-bench-'));
try {
  const samples = { bare: [], one: [], many: [], batches: [], drained: [] };
  for (let round = 0; round < rounds; round++) {
    samples.bare.push(await bareWrites());
    for (const [name, callers, size] of [
      ['one', 1, 1],
      ['many', 64, 1],
      ['batches', 8, 1_000],
    ]) {
      const { appended, drained } = await appends(callers, size);
      samples[name].push(appended);
      if (name === 'batches') samples.drained.push(drained);
    }
  }
  const bare = median(samples.bare);
  const row = (what, values) => [what, Math.round(median(values)), (median(values) / bare).toFixed(2)];
  console.log(
    table(
      ['what', 'events / s', 'of bare'],
      [
        row('bare write and fsync each', samples.bare),
        row('spool, 1 caller, 1 event an append', samples.one),
        row('spool, 64 callers, 1 event an append', samples.many),
        row('spool, 8 callers, 1,000 events an append', samples.batches),
        row('read back', samples.drained),
      ],
    ),
  );
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function bareWrites() {
  const file = await open(join(directory, 'bare'), 'a');
  const line = Buffer.from(`${JSON.stringify(event)}\n`);
  const rate = await perSecond(async () => {
    await file.write(line);
    await file.datasync();
    return 1;
  }, 1);
  await file.close();
  return rate;
}

async function appends(callers, size) {
  const config = new SpoolConfig({ TENANTRY_USAGE_SPOOL_MIB: 16_384 }, join(directory, 'spool'));
  const spool = new EventSpool(config, new SystemClock());
  await spool.open();
  const events = Array.from({ length: size }, () => event);
  const appended = await perSecond(async () => {
    await spool.append(events);
    return size;
  }, callers);
  const began = performance.now();
  const sent = await spool.drain(async () => undefined, new AbortController().signal);
  const drained = sent / ((performance.now() - began) / 1_000);
  await spool.onApplicationShutdown();
  return { appended, drained };
}

/** Events a second of so many callers, each of whom waits for one before the next. */
async function perSecond(one, callers) {
  const began = performance.now();
  const end = began + seconds * 1_000;
  const counts = await Promise.all(
    Array.from({ length: callers }, async () => {
      let count = 0;
      while (performance.now() < end) count += await one();
      return count;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0) / ((performance.now() - began) / 1_000);
}
