import fc from 'fast-check';
import { newId } from '../../../src/platform/ids.js';
import { MembersStore } from '../../../src/tenants/members.store.js';
import { Billing } from '../../setup/billing.js';
import { operator } from '../../setup/provisioning.js';

/** A date is its beginning in UTC. */
const instant = (text: string | null): string | null => (text?.length === 10 ? `${text}T00:00:00Z` : text);
const april = { from: '2026-04-01T00:00:00Z', to: '2026-05-01T00:00:00Z' };

describe('members over time', () => {
  let billing: Billing;
  let members: MembersStore;

  beforeAll(async () => {
    billing = await Billing.start();
    members = new MembersStore(billing.test.database);
  });
  afterAll(() => billing.stop());

  const average = async (tenantId: string, from = april.from, to = april.to): Promise<string> => {
    const rows = await billing.test.sql<{ n: string }>(
      'select trim_scale(public.billing_members($1, $2, $3))::text as n',
      [tenantId as never, from as never, to as never],
    );
    return rows[0]?.n ?? '';
  };
  const span = (tenantId: string, joined: string, left: string | null): Promise<unknown> =>
    billing.test.sql(
      'insert into public.tenant_member_spans (tenant_id, user_id, joined_at, left_at) values ($1, gen_random_uuid(), $2, $3)',
      [tenantId as never, instant(joined) as never, instant(left) as never],
    );
  const spansOf = (tenantId: string): Promise<{ open: boolean }[]> =>
    billing.test.sql<{ open: boolean }>(
      'select left_at is null as open from public.tenant_member_spans where tenant_id = $1 order by joined_at',
      [tenantId as never],
    );

  it('begin when somebody joins, and end when they leave, as often as they do', async () => {
    const { id } = await billing.tenant();
    const [owner, user] = [newId(), newId()];
    await members.put(id, owner, 'owner', operator);
    await members.put(id, user, 'viewer', operator);
    await members.put(id, user, 'member', operator);
    expect(await spansOf(id)).toEqual([{ open: true }, { open: true }]);
    await members.remove(id, user, null, operator);
    await members.put(id, user, 'viewer', operator);
    expect(await spansOf(id)).toEqual([{ open: true }, { open: false }, { open: true }]);
  });

  it('end where they began when the clock was put back since', async () => {
    const { id } = await billing.tenant();
    const [owner, user] = [newId(), newId()];
    await members.put(id, owner, 'owner', operator);
    await members.put(id, user, 'viewer', operator);
    const ahead = "update public.tenant_member_spans set joined_at = now() + interval '1 hour' where user_id = $1";
    await billing.test.sql(ahead, [user as never]);
    await members.remove(id, user, null, operator);
    expect(await spansOf(id)).toEqual([{ open: true }, { open: false }]);
  });

  it('end with the tenant', async () => {
    const { id } = await billing.tenant();
    await members.put(id, newId(), 'owner', operator);
    const gone = { p_id: id, p_cascade: false, p_row_version: null, p_context: { ...operator } };
    await billing.test.database.rpc('tenant_delete', gone);
    expect(await spansOf(id)).toEqual([{ open: false }]);
  });

  it.each<[string, [string, string | null][], string]>([
    ['nobody', [], '0'],
    [
      'two all the time',
      [
        ['2026-01-01', null],
        ['2026-04-01', '2026-05-01'],
      ],
      '2',
    ],
    ['one from the middle on', [['2026-04-16', null]], '0.5'],
    ['one for ten days', [['2026-04-11', '2026-04-21']], '0.333333333333333333333333333333'],
    ['one for a second', [['2026-04-11 12:00:00Z', '2026-04-11 12:00:01Z']], '0.000000385802469135802469135802'],
    [
      'before and after',
      [
        ['2026-01-01', '2026-04-01'],
        ['2026-05-01', null],
      ],
      '0',
    ],
  ])('%s', async (_what, spans, expected) => {
    const { id } = await billing.tenant();
    for (const [joined, left] of spans) await span(id, joined, left);
    expect(await average(id)).toBe(expected);
  });

  it('counts each second of each once: pieces of a time add up to the whole', async () => {
    const second = fc.integer({ min: 0, max: 2_592_000 });
    const at = (seconds: number): string => new Date(Date.parse(april.from) + seconds * 1_000).toISOString();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(second, second), { maxLength: 6 }), second, async (spans, cut) => {
        fc.pre(cut > 0 && cut < 2_592_000);
        const { id } = await billing.tenant();
        for (const [a, b] of spans) await span(id, at(Math.min(a, b)), at(Math.max(a, b)));
        const seconds = spans.reduce((sum, [a, b]) => sum + Math.abs(a - b), 0);
        const [parts] = await billing.test.sql<{ n: number }>(
          `select round(public.billing_members($1, $2, $3) * $5::integer + public.billing_members($1, $3, $4) * (2592000 - $5::integer), 6)::float8 as n`,
          [id as never, april.from as never, at(cut) as never, april.to as never, cut as never],
        );
        expect(parts?.n).toBe(seconds);
      }),
      { numRuns: 25 },
    );
  });
});
