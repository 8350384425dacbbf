import { z } from 'zod';
import { newId } from '../../src/platform/ids.js';
import { invoice, type Invoice } from '../../src/billing/invoices/invoice.js';
import { Invoices } from '../setup/invoices.js';
import { type Answered, startTestService, type TestService } from '../setup/test-service.js';

const paged = z.object({ data: z.array(z.record(z.string(), z.unknown())), next_cursor: z.string().nullable() });

describe('invoices of a running service', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService({ TENANTRY_ROLES: 'api' });
  });
  afterAll(() => service.stop());

  const send = (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered> =>
    service.request(method, path, body, headers);
  const tenant = async (): Promise<{ slug: string; id: string; invoices: Invoices }> => {
    const slug = `t-${newId().slice(-8)}`;
    const made = await send('POST', '/v1/tenants', { slug, name: `Name of ${slug}` });
    const { id } = z.object({ id: z.string() }).parse(made.body);
    return { slug, id, invoices: new Invoices(service.database, id) };
  };
  const keyOf = async (slug: string): Promise<Record<string, string>> => {
    const made = await send('POST', '/v1/api-keys', { name: 'billing', tenant: slug, scopes: ['billing:read'] });
    return { authorization: `Bearer ${z.object({ key: z.string() }).parse(made.body).key}` };
  };
  const shown = async (id: string): Promise<Invoice> => invoice.parse((await send('GET', `/v1/invoices/${id}`)).body);
  const idsOf = (answer: Answered): unknown[] => paged.parse(answer.body).data.map(({ id }) => id);

  describe('reading', () => {
    it('by id or by number, with lines in words and amounts in the decimals of the currency', async () => {
      const { id: tenant_id, invoices } = await tenant();
      const id = await invoices.finalized({
        currency: 'KWD',
        lines: [{ amount: '12.5' }, { amount: '0.001', kind: 'rounding' }],
      });
      const one = await shown(id);
      expect(one).toMatchObject({
        id,
        tenant_id,
        kind: 'invoice',
        state: 'finalized',
        currency: 'KWD',
        etag: 'v2',
        corrects: null,
        subtotal: '12.500',
        rounding: '0.001',
        total: '12.501',
        amount_due: '12.501',
        amount_paid: '0.000',
        finalized_at: '2026-03-01T00:00:00.000Z',
        due_at: '2026-03-15T00:00:00.000Z',
        paid_at: null,
        period: { index: 0, from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' },
        lines: [
          {
            line: 1,
            kind: 'recurring',
            amount: '12.500',
            unrounded: '12.5',
            quantity: '1',
            explained: ['flat fee 12.500'],
          },
          { line: 2, kind: 'rounding', amount: '0.001' },
        ],
      });
      expect(one.number).toMatch(/^INV-2026-\d{6}$/);
      expect(await shown(one.number ?? '')).toEqual(one);
    });

    it.each(['/v1/invoices/INV-2026-999999', `/v1/invoices/${newId()}`])('says that there is no %s', async (path) => {
      expect(await send('GET', path)).toMatchObject({ status: 404, body: { code: 'invoice_not_found' } });
    });

    it.each([
      '/v1/invoices/nothing',
      '/v1/invoices/INV-1',
      '/v1/invoices?state=lost&kind=bill&from=now&limit=0&number=',
    ])('refuses %s with every fault', async (path) => {
      const refused = await send('GET', path);
      expect(refused).toMatchObject({ status: 400 });
      if (path.includes('?')) {
        const { errors } = z.object({ errors: z.array(z.object({ pointer: z.string() })) }).parse(refused.body);
        expect(errors.map(({ pointer }) => pointer)).toEqual(
          expect.arrayContaining(['?state', '?kind', '?from', '?limit']),
        );
      }
    });

    it('lists by what is asked for, page by page, newest first', async () => {
      const { slug, id: tenantId, invoices } = await tenant();
      const first = await invoices.finalized({}, '2026-02-01T00:00:00Z');
      const second = await invoices.finalized({}, '2026-03-01T00:00:00Z');
      const draft = await invoices.draft();
      const list = (query: string): Promise<Answered> => send('GET', `/v1/invoices?tenant=${slug}&${query}`);
      expect(idsOf(await list(''))).toEqual([draft, second, first]);
      expect(idsOf(await list('state=draft'))).toEqual([draft]);
      expect(idsOf(await list('from=2026-02-01T00:00:00Z&to=2026-03-01T00:00:00Z'))).toEqual([first]);
      expect(idsOf(await list('kind=credit_note'))).toEqual([]);
      const { number, subscription_id: subscription } = await shown(second);
      expect(idsOf(await list(`number=${number}`))).toEqual([second]);
      expect(idsOf(await list(`subscription=${subscription}`))).toHaveLength(3);
      expect(idsOf(await list(`subscription=${newId()}`))).toEqual([]);
      const pages: unknown[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const answer = await send(
          'GET',
          `/v1/tenants/${tenantId}/invoices?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
        );
        pages.push(idsOf(answer));
        cursor = paged.parse(answer.body).next_cursor;
      }
      expect(pages).toEqual([[draft, second], [first]]);
    });

    it('lists those of a tenant that is gone, by its id', async () => {
      const { slug, id, invoices } = await tenant();
      const last = await invoices.finalized();
      expect((await send('DELETE', `/v1/tenants/${slug}`)).status).toBe(204);
      expect(idsOf(await send('GET', `/v1/invoices?tenant=${id}`))).toEqual([last]);
      for (const nobody of [slug, newId()]) {
        expect(await send('GET', `/v1/invoices?tenant=${nobody}`)).toMatchObject({
          status: 404,
          body: { code: 'tenant_not_found' },
        });
      }
    });

    it('shows a tenant its own numbered ones, and nothing else', async () => {
      const [own, other] = [await tenant(), await tenant()];
      const [numbered, draft, foreign] = [
        await own.invoices.finalized(),
        await own.invoices.draft(),
        await other.invoices.finalized(),
      ];
      const key = await keyOf(own.slug);
      const { number } = await shown(numbered);
      for (const path of ['/v1/invoices', '/v1/my/invoices', `/v1/tenants/${own.slug}/invoices`]) {
        expect(idsOf(await send('GET', path, undefined, key))).toEqual([numbered]);
      }
      for (const path of ['/v1/invoices', '/v1/my/invoices']) {
        expect(await send('GET', `${path}/${number}`, undefined, key)).toMatchObject({
          status: 200,
          body: { id: numbered },
        });
        const missing = await Promise.all(
          [draft, foreign, newId()].map((id) => send('GET', `${path}/${id}`, undefined, key)),
        );
        expect(missing.map(({ status }) => status)).toEqual([404, 404, 404]);
      }
      expect((await send('GET', `/v1/tenants/${other.slug}/invoices`, undefined, key)).status).toBe(404);
      expect((await send('GET', `/v1/my/invoices?tenant=${other.slug}`, undefined, key)).status).toBe(404);
      expect((await send('POST', `/v1/invoices/${numbered}/pay`, {}, key)).status).toBe(403);
    });
  });

  describe('by hand', () => {
    it('get their number, are paid in parts, and taken back', async () => {
      const { invoices } = await tenant();
      const id = await invoices.draft({ lines: [{ amount: '100.00' }] });
      const path = `/v1/invoices/${id}`;
      const done = await send('POST', `${path}/finalize`);
      expect(done).toMatchObject({ status: 200, body: { state: 'finalized', amount_due: '100.00' } });
      expect((await send('POST', `${path}/finalize`)).body).toEqual(done.body);
      const part = { amount: '30.5', reference: 'transfer 7' };
      for (const amount_due of ['69.50', '69.50']) {
        const paid = await send('POST', `${path}/pay`, part);
        expect(paid).toMatchObject({
          status: 200,
          body: { to_credits: '0.00', invoice: { amount_due, amount_paid: '30.50' } },
        });
      }
      expect(await send('POST', `${path}/pay`, { ...part, amount: '1' })).toMatchObject({
        status: 409,
        body: { code: 'payment_differs' },
      });
      const note = await send('POST', `${path}/credit-notes`, {
        reason: 'Too much',
        lines: [{ line: 1, amount: '9.50' }],
      });
      expect(note).toMatchObject({
        status: 201,
        body: {
          kind: 'credit_note',
          state: 'paid',
          corrects: id,
          reason: 'Too much',
          total: '9.50',
          amount_due: '0.00',
          lines: [
            {
              kind: 'credit',
              component: 'base',
              amount: '9.50',
              adjusts_invoice: id,
              description: 'Too much',
              explained: ['credit: 9.50'],
            },
          ],
        },
      });
      expect(note.headers.get('location')).toBe(`/v1/invoices/${invoice.parse(note.body).id}`);
      expect((await send('POST', `${path}/pay`, {})).body).toMatchObject({
        invoice: { state: 'paid', amount_paid: '90.50', credited: '9.50' },
      });
      expect(await send('POST', `${path}/pay`, {})).toMatchObject({
        status: 409,
        body: { code: 'invoice_state', state: 'paid' },
      });
      expect(await send('POST', `${path}/void`, { reason: 'x' })).toMatchObject({
        status: 409,
        body: { code: 'invoice_state' },
      });
    });

    it('are voided and written off with a reason', async () => {
      const { invoices } = await tenant();
      const [gone, off, part] = [await invoices.finalized(), await invoices.finalized(), await invoices.finalized()];
      expect(await send('POST', `/v1/invoices/${gone}/void`, { reason: 'Wrong tenant' })).toMatchObject({
        status: 200,
        body: { state: 'void', reason: 'Wrong tenant', amount_due: '0.00' },
      });
      expect(await send('POST', `/v1/invoices/${off}/uncollectible`, { reason: 'Bankrupt' })).toMatchObject({
        status: 200,
        body: { state: 'uncollectible', amount_due: '10.00' },
      });
      await send('POST', `/v1/invoices/${part}/credit-notes`, { reason: 'x', amount: '1' });
      expect(await send('POST', `/v1/invoices/${part}/void`, { reason: 'x' })).toMatchObject({
        status: 409,
        body: { code: 'invoice_has_payments' },
      });
      expect((await send('POST', `/v1/invoices/${newId()}/void`, { reason: 'x' })).status).toBe(404);
    });

    it('refuse what cannot be, with every fault, and stay as they are', async () => {
      const { invoices } = await tenant();
      const id = await invoices.finalized({ currency: 'JPY', lines: [{ amount: '500' }] });
      const before = await shown(id);
      const refusals: readonly (readonly [path: string, body: unknown, status: number, pointers: string[]])[] = [
        ['pay', { amount: '0', reference: '' }, 400, ['/amount', '/reference']],
        ['pay', { amount: '1e3' }, 400, ['/amount']],
        ['pay', { amount: '0.5' }, 422, ['/amount']],
        ['pay', { amount: 5 }, 400, ['/amount']],
        ['void', {}, 400, ['/reason']],
        ['uncollectible', { reason: ' ' }, 400, ['/reason']],
        ['credit-notes', { amount: '-1' }, 400, ['/reason', '/amount']],
        ['credit-notes', { reason: 'x' }, 400, ['']],
        ['credit-notes', { reason: 'x', all: true, amount: '1' }, 400, ['']],
        ['credit-notes', { reason: 'x', lines: [] }, 400, ['/lines']],
        [
          'credit-notes',
          { reason: 'x', lines: [{ line: 9, amount: '0.5' }, { amount: '1.25' }, { line: 1, amount: '1' }] },
          422,
          ['/lines/0/amount', '/lines/0/line', '/lines/1/amount'],
        ],
        ['credit-notes', { reason: 'x', amount: '501' }, 422, []],
      ];
      for (const [path, body, status, pointers] of refusals) {
        const refused = await send('POST', `/v1/invoices/${id}/${path}`, body);
        const { errors } = z.object({ errors: z.array(z.object({ pointer: z.string() })) }).parse(refused.body);
        expect([path, body, refused.status, errors.map(({ pointer }) => pointer)]).toEqual([
          path,
          body,
          status,
          pointers,
        ]);
      }
      expect(await shown(id)).toEqual(before);
    });

    it('are finalized once by two who ask at the same time, and written once by one who asks again', async () => {
      const { slug, invoices } = await tenant();
      const id = await invoices.draft();
      const both = await Promise.all([1, 2].map(() => send('POST', `/v1/invoices/${id}/finalize`)));
      expect(both[0]?.body).toEqual(both[1]?.body);
      const again = { 'idempotency-key': newId() };
      const body = { reason: 'x', amount: '1' };
      const notes = [1, 2].map(() => () => send('POST', `/v1/invoices/${id}/credit-notes`, body, again));
      const [first, second] = [await notes[0]?.(), await notes[1]?.()];
      expect(second?.body).toEqual(first?.body);
      expect(idsOf(await send('GET', `/v1/invoices?tenant=${slug}&kind=credit_note`))).toHaveLength(1);
    });
  });
});
