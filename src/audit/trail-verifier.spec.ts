import { checkpointHash, checkpointText } from './checkpoint.js';
import { nothingBefore } from './encoding.js';
import { jwkOf, newSigningKey, SigningKey } from './signing-key.js';
import { chainOf, sealed } from './testing/trail.js';
import type { TrailEntry } from './trail-entry.js';
import { type TrailLine, writeLine } from './trail-line.js';
import { TrailVerifier, verifyTrail } from './trail-verifier.js';

const key = new SigningKey(newSigningKey());

function headerOf(checkpoints: number, globalSeq: number): TrailLine {
  return { type: 'trail', version: 1, chain: null, made_at: 'now', global_seq: globalSeq, checkpoints };
}

function chainLines(entries: readonly TrailEntry[]): TrailLine[] {
  const last = entries.at(-1);
  return [
    { type: 'chain', chain: 'global', seq: last?.seq ?? 0, hash: last?.hash ?? nothingBefore },
    ...entries.map((entry) => ({ type: 'entry' as const, entry })),
  ];
}

/** The faults of an export in these lines. */
function faultsOf(lines: readonly (TrailLine | string)[]): readonly string[] {
  const verifier = new TrailVerifier();
  for (const line of lines) verifier.take(typeof line === 'string' ? line : writeLine(line).trim());
  return verifier.end().faults;
}

// What somebody does to the database stands in test/integration/audit; this is what somebody does to a file.
describe('an export', () => {
  const entries = chainOf(3);
  const end: TrailLine = { type: 'end', chains: 1, entries: 3 };
  const whole = [headerOf(0, 3), ...chainLines(entries), end];

  it('that is whole holds', () => {
    expect(faultsOf(whole)).toEqual([]);
  });

  it('of nothing holds', () => {
    expect(faultsOf([headerOf(0, 0), { type: 'end', chains: 0, entries: 0 }])).toEqual([]);
  });

  it.each<[string, (TrailLine | string)[], string]>([
    ['that is empty', [], 'its end is missing'],
    ['without its beginning', whole.slice(1), 'no first line'],
    ['without its end', whole.slice(0, -1), 'its end is missing'],
    ['without its last row', [...whole.slice(0, -2), end], 'row 3 is missing'],
    ['without a whole chain', [headerOf(0, 3), end], 'it should hold 3 rows of 1 chains'],
    [
      'with a chain of another version',
      [writeLine(headerOf(0, 3)).trim().replace('"version":1', '"version":2'), ...whole.slice(1)],
      'no first line',
    ],
    [
      'with lines that are none',
      [...whole.slice(0, 2), 'garbage', '[]', '{"type":"other"}', '{"a"', ...whole.slice(2)],
      'lines that are none of an export: 4',
    ],
    ['with more behind its end', [...whole, ...whole], 'lines behind the end: 6'],
    [
      'with a row in no chain',
      [headerOf(0, 3), { type: 'entry', entry: sealed({ seq: 1 }) }, { type: 'end', chains: 0, entries: 1 }],
      'stands in no chain',
    ],
    ['with a row twice', [...whole.slice(0, 3), ...whole.slice(2), end], 'row 1 is there twice'],
    [
      'with a row behind the head',
      [...whole.slice(0, 5), { type: 'entry', entry: sealed({ seq: 4, prev_hash: entries[2]?.hash ?? '' }) }, end],
      'row 4 is behind the head',
    ],
    [
      'with a key under another name',
      [...whole.slice(0, 1), { type: 'key', ...jwkOf(key.publicKey), kid: 'x' }, ...whole.slice(1)],
      'the key x has not the id',
    ],
  ])('%s does not hold', (_, lines, fault) => {
    expect(faultsOf(lines)).toEqual(expect.arrayContaining([expect.stringContaining(fault)]));
  });

  it('is verified as lines that come one by one', async () => {
    async function* each(): AsyncGenerator<string> {
      for (const line of whole) yield writeLine(line);
    }
    expect(await verifyTrail(each())).toMatchObject({ faults: [], chains: 1, entries: 3, newest: undefined });
  });

  it('holds with the numbers that no double holds, and not with those that it makes of them', () => {
    const one = sealed({ seq: 1, after: '{"n": 12345678901234567890.10}' });
    const lines = [headerOf(0, 1), ...chainLines([one]), { type: 'end', chains: 1, entries: 1 } as const];
    expect(faultsOf(lines)).toEqual([]);
    const written = lines.map(writeLine).map((line) => line.trim());
    expect(faultsOf(written.map((line) => JSON.stringify(JSON.parse(line))))).toEqual([
      'chain global: row 1 was changed in its content',
    ]);
  });
});

describe('checkpoints in an export', () => {
  function signed(
    number: number,
    prev: string,
    heads: { chain: string; seq: number; hash: string }[],
  ): Extract<TrailLine, { type: 'checkpoint' }> {
    const draft = { number, at: 'now', prev_hash: prev, key_id: key.id, heads };
    return { type: 'checkpoint', ...draft, hash: checkpointHash(draft), signature: key.sign(checkpointText(draft)) };
  }

  const [first] = chainOf(1);
  if (first === undefined) throw new Error('no row');
  const made = signed(1, nothingBefore, [{ chain: 'global', seq: 1, hash: first.hash }]);
  const told = `{"number": 1, "checkpoint_hash": "${made.hash}"}`;
  const tells = sealed({
    seq: 2,
    prev_hash: first.hash,
    action: 'audit.checkpoint',
    resource_id: '1',
    after: told,
  });
  const keyLine: TrailLine = { type: 'key', ...jwkOf(key.publicKey) };
  const rest = [...chainLines([first, tells]), { type: 'end', chains: 1, entries: 2 } as const];

  it('hold when the chain tells of them', () => {
    expect(faultsOf([headerOf(1, 2), keyLine, made, ...rest])).toEqual([]);
  });

  it('need not be there when they were made while the export ran', () => {
    expect(faultsOf([headerOf(0, 1), keyLine, ...rest])).toEqual([]);
  });

  it.each<[string, TrailLine[], string]>([
    [
      'that the chain does not tell of',
      [headerOf(2, 2), keyLine, made, signed(2, made.hash, [])],
      'tells of 1 checkpoints, and there are 2',
    ],
    [
      'of which there are fewer than were counted',
      [headerOf(3, 2), keyLine, made, signed(2, made.hash, [])],
      'checkpoint 3 is missing',
    ],
    [
      'that go back',
      [headerOf(2, 2), keyLine, made, signed(2, made.hash, [{ chain: 'global', seq: 1, hash: first.hash }])],
      'checkpoint 2 goes back',
    ],
    [
      'that follow another one',
      [headerOf(2, 2), keyLine, made, signed(2, nothingBefore, [])],
      'checkpoint 2 does not follow',
    ],
    ['without a key', [headerOf(1, 2), made], 'is signed with a key that is not known'],
    [
      'over rows that are not there',
      [headerOf(1, 2), keyLine, signed(1, nothingBefore, [{ chain: 'global', seq: 9, hash: first.hash }])],
      'checkpoint 1 signed row 9',
    ],
    [
      'of chains that are not there',
      [headerOf(1, 2), keyLine, signed(1, nothingBefore, [{ chain: 'x', seq: 1, hash: first.hash }])],
      'chain x: row 1 is missing',
    ],
  ])('%s do not hold', (_, lines, fault) => {
    expect(faultsOf([...lines, ...rest])).toEqual(expect.arrayContaining([expect.stringContaining(fault)]));
  });
});
