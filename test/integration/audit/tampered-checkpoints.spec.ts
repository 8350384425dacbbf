import { Logger } from '@nestjs/common';
import { checkpointText } from '../../../src/audit/checkpoint.js';
import { newSigningKey, SigningKey } from '../../../src/audit/signing-key.js';
import type { TrailReport } from '../../../src/audit/trail-verifier.js';
import { TestTrail } from '../../setup/audit.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { TamperedTrail, tenant } from './tampered-trail.js';

const changes: readonly [what: string, statements: string, fault: string][] = [
  [
    'the signature of a checkpoint',
    `update public.audit_checkpoints set signature = reverse(signature) where number = 1`,
    'checkpoint 1 has a false signature',
  ],
  [
    'what a checkpoint signs',
    `update public.audit_checkpoints set heads = jsonb_set(heads, '{0,seq}', '4') where number = 1`,
    'checkpoint 1 was changed',
  ],
  [
    'when a checkpoint was made',
    `update public.audit_checkpoints set at = '2020-01-01T00:00:00.000Z' where number = 1`,
    'checkpoint 1 was changed',
  ],
  [
    'what a checkpoint signs, with its hash',
    `update public.audit_checkpoints set heads = jsonb_set(heads, '{0,seq}', '4') where number = 1;
    update public.audit_checkpoints set hash = public.audit_sha256(public.audit_checkpoint_text(number, at, prev_hash, key_id, heads)) where number = 1`,
    'checkpoint 1 has a false signature',
  ],
  [
    'the first checkpoint, which is removed',
    'delete from public.audit_checkpoints where number = 1',
    'checkpoint 1 is missing',
  ],
  [
    'the last checkpoint, which is removed',
    'delete from public.audit_checkpoints where number = 2',
    'checkpoint 2 is missing',
  ],
  ['all checkpoints, which are removed', 'delete from public.audit_checkpoints', 'checkpoint 1 is missing'],
  ['the keys, which are removed', 'truncate public.audit_signing_keys cascade', 'checkpoint 1 is missing'],
  [
    'a key',
    `alter table public.audit_checkpoints drop constraint if exists audit_checkpoints_key_id_fkey;
    update public.audit_signing_keys set public_key = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'`,
    'checkpoint 1 is signed with a key that is not known',
  ],
];

beforeAll(() => Logger.overrideLogger(false));

describe('a superuser who changes, among checkpoints and keys,', () => {
  let test: TestDatabase;
  let trail: TamperedTrail;

  beforeAll(async () => {
    test = await createTestDatabase();
    trail = await TamperedTrail.in(test);
  });
  afterAll(() => test.drop());

  it.each(changes)('%s', async (_, statements, fault) => {
    const { faults } = await trail.foundOf(statements);
    expect(faults).toEqual([expect.stringContaining(fault)]);
    expect((await trail.verify()).faults).toEqual([]);
  });

  describe('a checkpoint that somebody forges', () => {
    const other = new SigningKey(newSigningKey());

    async function forged(): Promise<string> {
      const draft = { number: 1, at: '2026-01-01T00:00:00.000Z', prev_hash: '0'.repeat(64), key_id: other.id };
      const [head] = await test.sql<{ seq: string; hash: string }>(
        `select seq::text, hash from public.audit_heads where chain = '${tenant}'`,
      );
      const heads = [{ chain: tenant, seq: Number(head?.seq), hash: head?.hash ?? '' }];
      const signature = other.sign(checkpointText({ ...draft, heads }));
      return `insert into public.audit_checkpoints values (1, '${draft.at}', decode('${draft.prev_hash}', 'hex'), '${JSON.stringify(heads)}', '${other.id}', '${signature}',
        public.audit_sha256(public.audit_checkpoint_text(1, '${draft.at}', decode('${draft.prev_hash}', 'hex'), '${other.id}', '${JSON.stringify(heads)}')))`;
    }

    it('with a key of their own is found, for nobody knows it', async () => {
      const { faults } = await trail.foundOf(`delete from public.audit_checkpoints; ${await forged()}`);
      expect(faults).toContain(`checkpoint 1 is signed with a key that is not known: ${other.id}`);
    });

    it('with a key that they add to the known ones is found, for the chain tells of another checkpoint', async () => {
      const key = `insert into public.audit_signing_keys values ('${other.id}', '${other.publicKey}')`;
      const { faults } = await trail.foundOf(`delete from public.audit_checkpoints; ${key}; ${await forged()}`);
      expect(faults).toEqual([
        expect.stringMatching(/^checkpoint 1 is another one: row \d+ of the global chain tells of it$/),
      ]);
    });
  });
});

describe('a superuser who rewrites everything, checkpoints too, with a key of their own', () => {
  let test: TestDatabase;
  let trail: TestTrail;
  let newest: TrailReport['newest'];

  beforeAll(async () => {
    test = await createTestDatabase();
    trail = new TestTrail(test);
    await trail.write({ action: 'tenant.create', tenantId: tenant });
    await trail.sign();
    ({ newest } = await trail.verify());
    await trail.tamper(
      'truncate public.audit_log, public.audit_chains, public.audit_checkpoints, public.audit_signing_keys',
    );
    const theirs = new TestTrail(test);
    await theirs.write({ action: 'tenant.create', tenantId: tenant });
    await theirs.sign();
  });
  afterAll(() => test.drop());

  it('is not found out by what the database itself holds', async () => {
    expect((await trail.verify()).faults).toEqual([]);
  });

  it('is found out by a copy of the public keys', async () => {
    const { faults } = await trail.verify({ trustedKeys: new Set([trail.config.signingKey.id]) });
    expect(faults[0]).toMatch(/^checkpoint 1 is signed with a key that is not trusted/);
  });

  it('is found out by a checkpoint that was seen before', async () => {
    if (newest === undefined) throw new Error('no checkpoint');
    const { faults } = await trail.verify({ expected: newest });
    expect(faults).toEqual(['checkpoint 1 is not, or no longer, the one that is expected']);
  });
});
