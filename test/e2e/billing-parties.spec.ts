import { z } from 'zod';
import { newId } from '../../src/platform/ids.js';
import { invoice, type Invoice } from '../../src/billing/invoices/invoice.js';
import { Invoices } from '../setup/invoices.js';
import { type Answered, startTestService, type TestService } from '../setup/test-service.js';

describe('who sells and who buys', () => {
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

  it('are frozen into an invoice at its number', async () => {
    const { slug, id: tenant_id, invoices } = await tenant();
    const details = `/v1/tenants/${slug}/billing-details`;
    expect((await send('GET', '/v1/billing/seller')).status).toBe(404);
    const name = `Name of ${slug}`;
    expect((await send('GET', details)).body).toMatchObject({ tenant_id, name, address: [], etag: null });
    const early = await invoices.finalized();
    expect(await shown(early)).toMatchObject({
      seller: null,
      buyer: { name, email: null, address: [], tax_id: null },
    });

    const we = {
      name: 'Seller Ltd',
      email: 'bills@seller.example',
      address: ['1 Street', 'Town'],
      tax_id: 'X1',
      payment_note: 'IBAN',
    };
    const they = { name: 'Buyer GmbH', address: ['Gasse 1', '1010 Wien'], tax_id: 'ATU1' };
    expect(await send('PUT', '/v1/billing/seller', we)).toMatchObject({ status: 201, body: { ...we, etag: 'v1' } });
    expect(await send('PUT', details, they)).toMatchObject({
      status: 201,
      body: { ...they, tenant_id, email: null, etag: 'v1' },
    });
    const id = await invoices.finalized();
    expect(await send('PUT', details, { name: 'Other' }, { 'if-match': '"v1"' })).toMatchObject({
      status: 200,
      body: { etag: 'v2' },
    });
    expect(await send('PUT', '/v1/billing/seller', { name: 'New' }, { 'if-match': '"v1"' })).toMatchObject({
      status: 200,
    });
    expect(await shown(id)).toMatchObject({ seller: we, buyer: { ...they, email: null } });
    expect((await shown(early)).seller).toBeNull();
    const note = await send('POST', `/v1/invoices/${id}/credit-notes`, { reason: 'x', all: true });
    expect(note.body).toMatchObject({ seller: { name: 'New' }, buyer: they });
    expect((await send('GET', details, undefined, await keyOf(slug))).body).toMatchObject({ name: 'Other' });
  });

  it('are refused with every fault, and when they are not as they were seen', async () => {
    const { slug } = await tenant();
    const details = `/v1/tenants/${slug}/billing-details`;
    const refused = await send('PUT', details, { name: '', email: 'no', address: ['\n'], tax_id: 7, colour: 'red' });
    const { errors } = z.object({ errors: z.array(z.object({ pointer: z.string() })) }).parse(refused.body);
    expect(new Set(errors.map(({ pointer }) => pointer))).toEqual(
      new Set(['/name', '/email', '/address/0', '/tax_id', '/colour']),
    );
    expect((await send('PUT', details, { name: 'x' }, { 'if-match': '"v1"' })).status).toBe(412);
    expect((await send('GET', details)).body).toMatchObject({ etag: null });
    expect((await send('PUT', `/v1/tenants/${newId()}/billing-details`, { name: 'x' })).status).toBe(404);
    await send('PUT', details, { name: 'x' });
    expect((await send('PUT', details, { name: 'y' }, { 'if-match': '"v7"' })).status).toBe(412);
  });
});
