import { nothingBefore } from '../encoding.js';
import { digestOf, hashOf, type TrailEntry } from '../trail-entry.js';

const bare: TrailEntry = {
  id: 7,
  chain: 'global',
  seq: 3,
  at: '2026-01-01T00:00:00.000000Z',
  action: 'tenant.create',
  resource_type: 'tenant',
  tenant_id: null,
  actor: 'user',
  credential: 'key-1',
  address: '192.0.2.1',
  request_id: 'request-1',
  resource_id: 't1',
  nonce: '4f0c8a52-0000-4000-8000-000000000000',
  before: null,
  after: '{"n": 1.0}',
  expired_at: null,
  digest: '',
  prev_hash: nothingBefore,
  hash: '',
};

/** An entry with the hashes that it has. */
export function sealed(parts: Partial<TrailEntry>): TrailEntry {
  const unsealed = { ...bare, ...parts };
  const digested = { ...unsealed, digest: parts.digest ?? digestOf(unsealed) };
  return { ...digested, hash: hashOf(digested) };
}

export const entry = sealed({});

/** A chain of so many entries, each following the one before. */
export function chainOf(count: number, parts: (seq: number) => Partial<TrailEntry> = () => ({})): TrailEntry[] {
  const entries: TrailEntry[] = [];
  for (let seq = 1; seq <= count; seq += 1) {
    entries.push(sealed({ id: seq, seq, prev_hash: entries.at(-1)?.hash ?? nothingBefore, ...parts(seq) }));
  }
  return entries;
}
