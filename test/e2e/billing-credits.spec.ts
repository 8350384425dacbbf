import { z } from 'zod';
import { newId } from '../../src/platform/ids.js';
import { type Answered, startTestService, type TestService } from '../setup/test-service.js';

const made = z.object({ id: z.string(), etag: z.string() });
const listed = z.object({ data: z.array(z.record(z.string(), z.unknown())), next_cursor: z.string().nullable() });

describe('credits of a running service', () => {
  let service: TestService;
  let slug: string;
  let tenantId: string;

  beforeAll(async () => {
    service = await startTestService();
  });
  beforeEach(async () => {
    slug = `t-${newId().slice(-8)}`;
    tenantId = made.parse((await send('POST', '/v1/tenants', { slug, name: slug })).body).id;
  });
  afterAll(() => service.stop());

  const send = (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered> =>
    service.request(method, path, body, headers);
  const add = (body: object, headers?: Record<string, string>): Promise<Answered> =>
    send('POST', `/v1/tenants/${slug}/credits`, { currency: 'USD', ...body }, headers);
  const credits = async (): Promise<unknown> => (await send('GET', `/v1/tenants/${slug}/credits`)).body;

  it('are given once for a reference, and shown with every decimal of their currency', async () => {
    const first = await add({ amount: '10', reference: 'pi_1' });
    expect(first).toMatchObject({
      status: 201,
      body: {
        amount: '10.00',
        remaining: '10.00',
        kind: 'paid',
        source: 'top_up',
        reference: 'pi_1',
        expires_at: null,
      },
    });
    expect(await add({ amount: '10.00', reference: 'pi_1' })).toMatchObject({
      status: 200,
      body: { id: made.parse(first.body).id },
    });
    expect(await add({ amount: '11', reference: 'pi_1' })).toMatchObject({
      status: 409,
      body: { code: 'credit_reference_taken' },
    });
    await add({ amount: '5', currency: 'JPY', reference: 'pi_2', kind: 'promotional' });
    expect(await credits()).toMatchObject({
      balances: [
        { currency: 'JPY', balance: '5', available: '5', overdraft: '0', overdrawn: '0' },
        { currency: 'USD', balance: '10.00', available: '10.00', overdraft: '0.00', overdrawn: '0.00' },
      ],
      data: [{ currency: 'JPY' }, { currency: 'USD' }],
    });
  });

  it('tell every fault of a body at once, and change nothing', async () => {
    const faulty = {
      amount: '-1.234',
      currency: 'XXX',
      priority: 0.5,
      expires_at: 'soon',
      reference: '',
      colour: 'red',
    };
    const answered = await add(faulty);
    expect(answered).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    const { errors } = z.object({ errors: z.array(z.object({ pointer: z.string() })) }).parse(answered.body);
    expect(new Set(errors.map(({ pointer }) => pointer))).toEqual(
      new Set(['/amount', '/currency', '/priority', '/expires_at', '/reference', '/colour']),
    );
    for (const amount of ['0', '0.001', '1e3', 'NaN', '1000000000001']) {
      expect((await add({ amount, reference: 'x' })).status).toBe(400);
    }
    expect((await add({ amount: '1.5', currency: 'JPY', reference: 'x' })).body).toMatchObject({
      errors: [{ pointer: '/amount', message: 'must have at most 0 decimals in JPY' }],
    });
    expect(await add({ amount: '1', reference: 'x', expires_at: '2020-01-01T00:00:00Z' })).toMatchObject({
      status: 422,
      body: { code: 'credit_over_before_it_begins', errors: [{ pointer: '/expires_at' }] },
    });
    expect(await credits()).toMatchObject({ balances: [], data: [] });
  });

  it('are voided with their etag, and the ledger says so', async () => {
    const grant = made.parse((await add({ amount: '10', reference: 'pi_1' })).body);
    const path = `/v1/tenants/${slug}/credits/${grant.id}`;
    expect((await send('DELETE', path, undefined, { 'if-match': '"v999"' })).status).toBe(412);
    expect((await send('DELETE', path, undefined, { 'if-match': `"${grant.etag}"` })).status).toBe(204);
    expect((await send('DELETE', path)).status).toBe(204);
    expect(await send('DELETE', `/v1/tenants/${slug}/credits/${newId()}`)).toMatchObject({
      status: 404,
      body: { code: 'credit_not_found' },
    });
    const entries = (await send('GET', `/v1/tenants/${slug}/credits/entries`)).body;
    expect(entries).toMatchObject({
      data: [
        {
          kind: 'void',
          entries: [
            { account: 'credits', direction: 'debit', amount: '10.00' },
            { account: 'write_offs', direction: 'credit', amount: '10.00' },
          ],
          grants: [{ grant_id: grant.id, amount: '-10.00' }],
        },
        { kind: 'grant', source: 'top_up', reference: 'pi_1' },
      ],
      next_cursor: null,
    });
  });

  it('are read in pages, newest first, each row once', async () => {
    for (let n = 0; n < 5; n += 1) await add({ amount: `${n + 1}`, reference: `pi_${n}` });
    for (const path of ['credits', 'credits/entries']) {
      const seen: unknown[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const answer = await send(
          'GET',
          `/v1/tenants/${slug}/${path}?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
        );
        const { data, next_cursor } = listed.parse(answer.body);
        seen.push(...data.map((row) => row['reference']));
        cursor = next_cursor;
      }
      expect(seen).toEqual(['pi_4', 'pi_3', 'pi_2', 'pi_1', 'pi_0']);
    }
    const ofEuro = await send('GET', `/v1/tenants/${slug}/credits/entries?currency=EUR`);
    expect(ofEuro.body).toMatchObject({ data: [] });
  });

  it('may be overdrawn as far as it is said, which is never less than what they are', async () => {
    const path = `/v1/tenants/${slug}/credits/overdraft`;
    expect(await send('PUT', path, { currency: 'USD', amount: '20' })).toMatchObject({
      status: 200,
      body: { balance: '0.00', available: '20.00', overdraft: '20.00' },
    });
    await service.database.sql(`select public.billing_credits_apply($1, $2, 'USD', 15, now())`, [
      tenantId as never,
      newId() as never,
    ]);
    expect(await send('PUT', path, { currency: 'USD', amount: '14.99' })).toMatchObject({
      status: 409,
      body: { code: 'credit_overdrawn' },
    });
    expect(await send('PUT', path, { currency: 'USD', amount: '-1' })).toMatchObject({ status: 400 });
    expect(await credits()).toMatchObject({ balances: [{ balance: '-15.00', available: '5.00', overdrawn: '15.00' }] });
  });

  it('are the tenant’s to read, and nobody’s but an operator’s to give', async () => {
    await add({ amount: '10', reference: 'pi_1' });
    const scopes = ['billing:read'];
    const { key } = z
      .object({ key: z.string() })
      .parse((await send('POST', '/v1/api-keys', { name: 'k', tenant: slug, scopes })).body);
    const headers = { authorization: `Bearer ${key}` };
    expect((await send('GET', `/v1/tenants/${slug}/credits`, undefined, headers)).status).toBe(200);
    expect((await send('GET', '/v1/my/credits', undefined, headers)).body).toMatchObject({
      data: [{ tenant_id: tenantId, balances: [{ currency: 'USD', balance: '10.00' }] }],
    });
    expect((await add({ amount: '10', reference: 'pi_2' }, headers)).status).toBe(403);
  });
});
