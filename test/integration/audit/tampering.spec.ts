import { Logger } from '@nestjs/common';
import { newId } from '../../../src/platform/ids.js';
import { createTestDatabase, type TestDatabase } from '../../setup/database.js';
import { TamperedTrail, tenant } from './tampered-trail.js';

const row = (seq: number): string => `chain = '${tenant}' and chain_seq = ${seq}`;

/** Computes digests and hashes anew from a row on, and the head, as somebody does who has read the source. */
const rewrite = (from: number): string => `
  do $$
  declare e public.audit_log; prev bytea;
  begin
    select coalesce((select hash from public.audit_log where ${row(from - 1)}), decode(repeat('00', 32), 'hex')) into prev;
    for e in select * from public.audit_log where chain = '${tenant}' and chain_seq >= ${from} order by chain_seq loop
      e.prev_hash := prev;
      if e.expired_at is null then e.digest := public.audit_digest(e); end if;
      e.hash := public.audit_hash(e);
      update public.audit_log set digest = e.digest, prev_hash = e.prev_hash, hash = e.hash where id = e.id;
      prev := e.hash;
      update public.audit_chains set hash = e.hash, seq = e.chain_seq where chain = e.chain;
    end loop;
  end $$`;

const empty =
  'nonce = null, actor = null, credential = null, address = null, request_id = null, resource_id = null, before = null, after = null, expired_at = now()';

const chain = (seq: number, what: string): string => `chain ${tenant}: row ${seq} ${what}`;

const changes: readonly [what: string, statements: string, fault: string][] = [
  ...[
    "actor = 'nobody'",
    "credential = 'key-2'",
    'credential = null',
    "address = '10.0.0.1'",
    "request_id = 'r2'",
    "resource_id = 'x'",
    `before = '{"a": 3}'`,
    'before = null',
    `after = '{"a": 2.0}'`,
    'nonce = gen_random_uuid()',
  ].map((change): [string, string, string] => [
    `a field: ${change}`,
    `update public.audit_log set ${change} where ${row(3)}`,
    chain(3, 'was changed in its content'),
  ]),
  ...["at = at - interval '1 microsecond'", "action = 'instance.other'", "resource_type = 'other'"].map(
    (change): [string, string, string] => [
      `a field: ${change}`,
      `update public.audit_log set ${change} where ${row(3)}`,
      chain(3, 'was changed'),
    ],
  ),
  [
    'the id',
    `create temp table moved on commit drop as select * from public.audit_log where ${row(3)};
      update moved set id = 1000000; delete from public.audit_log where ${row(3)};
      insert into public.audit_log overriding system value select * from moved`,
    chain(3, 'was changed'),
  ],
  [
    'a field that the digest is over, and the digest',
    `update public.audit_log set actor = 'nobody' where ${row(3)};
    update public.audit_log l set digest = public.audit_digest(l) where ${row(3)}`,
    chain(3, 'was changed'),
  ],
  [
    'a field, the digest and the hash',
    `update public.audit_log set actor = 'nobody' where ${row(3)};
    update public.audit_log l set digest = public.audit_digest(l) where ${row(3)};
    update public.audit_log l set hash = public.audit_hash(l) where ${row(3)}`,
    chain(4, 'does not follow the row before it'),
  ],
  [
    'the hash',
    `update public.audit_log set hash = decode(repeat('ab', 32), 'hex') where ${row(3)}`,
    chain(3, 'was changed'),
  ],
  [
    'the link',
    `update public.audit_log set prev_hash = decode(repeat('ab', 32), 'hex') where ${row(3)}`,
    chain(3, 'does not follow the row before it'),
  ],
  [
    'the tenant',
    `alter table public.audit_log drop constraint if exists audit_log_chain_is_the_tenants;
    update public.audit_log set tenant_id = '${newId()}' where ${row(3)}`,
    chain(3, 'is of another chain'),
  ],
  ['a row in the middle, which is deleted', `delete from public.audit_log where ${row(3)}`, chain(3, 'is missing')],
  [
    'rows in the middle, which are deleted',
    `delete from public.audit_log where ${row(3)} or ${row(4)}`,
    chain(3, 'and those up to 4 are missing'),
  ],
  ['the first row, which is deleted', `delete from public.audit_log where ${row(1)}`, chain(1, 'is missing')],
  [
    'the first row, deleted with everything renumbered and computed anew',
    `delete from public.audit_log where ${row(1)};
    update public.audit_log set chain_seq = -chain_seq where chain = '${tenant}';
    update public.audit_log set chain_seq = -chain_seq - 1 where chain = '${tenant}'; ${rewrite(1)}`,
    chain(5, 'is not the row that checkpoint 1 signed'),
  ],
  [
    'the end, which is cut off',
    `delete from public.audit_log where ${row(7)}`,
    chain(7, 'is missing: the end was cut off'),
  ],
  [
    'the end, cut off with the head',
    `delete from public.audit_log where chain = '${tenant}' and chain_seq > 4;
    update public.audit_chains c set seq = 4, hash = (select hash from public.audit_log where ${row(4)}) where chain = '${tenant}'`,
    chain(5, 'is missing: the end was cut off, for checkpoint 1 signed row 5'),
  ],
  [
    'the head',
    `update public.audit_chains set hash = decode(repeat('ab', 32), 'hex') where chain = '${tenant}'`,
    chain(7, 'is not the row that the head names'),
  ],
  [
    'the head, moved back',
    `update public.audit_chains set seq = 6 where chain = '${tenant}'`,
    chain(7, 'is missing: the end was cut off, for checkpoint 2 signed row 7'),
  ],
  [
    'two rows, which change places',
    `update public.audit_log set chain_seq = -1 where ${row(3)}; update public.audit_log set chain_seq = 3 where ${row(4)};
    update public.audit_log set chain_seq = 4 where ${row(-1)}`,
    chain(3, 'does not follow the row before it'),
  ],
  [
    'two rows, which change their content',
    `update public.audit_log l set actor = o.actor, nonce = o.nonce, after = o.after, resource_id = o.resource_id, digest = o.digest
    from public.audit_log o where l.chain = o.chain and l.chain = '${tenant}' and (l.chain_seq, o.chain_seq) in ((3, 4), (4, 3))`,
    chain(3, 'was changed'),
  ],
  [
    'a row that is put in between, and everything behind it',
    `
    update public.audit_log set chain_seq = -chain_seq where chain = '${tenant}' and chain_seq >= 3;
    insert into public.audit_log overriding system value
      select (jsonb_populate_record(l, jsonb_build_object('id', 999, 'chain_seq', 3))).* from public.audit_log l where ${row(2)};
    update public.audit_log set chain_seq = 1 - chain_seq where chain = '${tenant}' and chain_seq < 0; ${rewrite(3)}`,
    chain(5, 'is not the row that checkpoint 1 signed'),
  ],
  [
    'a row and, consistently, everything behind it',
    `update public.audit_log set actor = 'nobody' where ${row(3)}; ${rewrite(3)}`,
    chain(5, 'is not the row that checkpoint 1 signed'),
  ],
  [
    'a whole chain, which is removed',
    `delete from public.audit_log where chain = '${tenant}'; delete from public.audit_chains where chain = '${tenant}'`,
    chain(1, 'is missing, and all others, though a checkpoint signed the chain'),
  ],
  [
    'content that is removed before its time',
    `update public.audit_log set ${empty} where ${row(3)}`,
    chain(3, 'lost its content, and no retention announced that'),
  ],
  [
    'content that is kept for ever, removed',
    `update public.audit_log set ${empty} where ${row(1)}`,
    chain(1, 'lost its content, though tenant.create is kept whole for ever'),
  ],
  [
    'a part of what is known, hidden as expired',
    `update public.audit_log set expired_at = now() where ${row(3)}`,
    chain(3, 'lost a part of its content'),
  ],
];

beforeAll(() => Logger.overrideLogger(false));

describe('a superuser who changes', () => {
  let test: TestDatabase;
  let trail: TamperedTrail;

  beforeAll(async () => {
    test = await createTestDatabase();
    trail = await TamperedTrail.in(test);
  });
  afterAll(() => test.drop());

  it('nothing is not found at anything', async () => {
    expect(await trail.verify()).toEqual({
      faults: [],
      chains: 2,
      entries: 11,
      expired: 0,
      checkpoints: 2,
      newest: { number: 2, hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });

  it.each(changes)('%s', async (_, statements, fault) => {
    const { faults } = await trail.foundOf(statements);
    expect(faults).toEqual([expect.stringContaining(fault)]);
    expect((await trail.verify()).faults).toEqual([]);
  });
});
