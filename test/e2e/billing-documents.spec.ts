import { extractText, getDocumentProxy } from 'unpdf';
import { z } from 'zod';
import { newId } from '../../src/platform/ids.js';
import { Invoices, parameters } from '../setup/invoices.js';
import { operatorKey, startTestService, type TestService } from '../setup/test-service.js';

const hostileName = `<script>alert('x')</script> & "Żółć"`;
const seller = {
  name: 'Example Software',
  email: null,
  address: ['Somewhere 1'],
  tax_id: null,
  payment_note: 'IBAN 1',
};

describe('documents of invoices over HTTP', () => {
  let service: TestService;
  let invoices: Invoices;
  let tenantId: string;
  let tenantKey: string;
  let otherKey: string;

  beforeAll(async () => {
    service = await startTestService({ TENANTRY_ROLES: 'api' });
    await service.database.sql(
      'select public.billing_seller_put($1::jsonb, null, $2::jsonb)',
      parameters([seller, { actor: 'operator' }]),
    );
    const made = await service.request('POST', '/v1/tenants', { slug: 'hostile', name: hostileName });
    tenantId = z.object({ id: z.uuid() }).parse(made.body).id;
    invoices = new Invoices(service.database, tenantId);
    tenantKey = await keyOf('hostile');
    await service.request('POST', '/v1/tenants', { slug: 'other', name: 'Other' });
    otherKey = await keyOf('other');
  });
  afterAll(() => service.stop());

  async function keyOf(tenant: string): Promise<string> {
    const made = await service.request('POST', '/v1/api-keys', { name: 'k', tenant, scopes: ['billing:read'] });
    return z.object({ key: z.string() }).parse(made.body).key;
  }

  it('say how to pay line by line, as the seller wrote it', async () => {
    const path = '/v1/billing/seller';
    const put = (payment_note: string): Promise<{ status: number }> =>
      service.request('PUT', path, { ...seller, payment_note });
    expect((await put('Bank\u001B of Ireland')).status).toBe(400);
    expect((await put('Bank of Ireland\nIBAN <IE29>\n\nBIC BOFIIE2D')).status).toBe(200);
    const id = await invoices.finalized({ tenantId });
    const page = await (await get(`/v1/my/invoices/${id}/html`, tenantKey)).text();
    for (const line of ['Bank of Ireland', 'IBAN &lt;IE29&gt;', 'BIC BOFIIE2D']) {
      expect(page).toContain(`<p><bdi>${line}</bdi></p>`);
    }
    expect((await put('IBAN 1')).status).toBe(200);
  });

  const get = (path: string, key = operatorKey): Promise<Response> =>
    fetch(`${service.url}${path}`, { headers: { authorization: `Bearer ${key}` } });

  const numberOf = async (id: string): Promise<string> => z.string().parse((await invoices.row(id))['number']);

  it('are a page that the content security policy lets be, with no markup of a name', async () => {
    const id = await invoices.finalized({ tenantId, lines: [{ amount: '10.00' }] });
    const answer = await get(`/v1/invoices/${id}/html`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe(`inline; filename="${await numberOf(id)}.html"`);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.headers.get('content-security-policy')).toContain("style-src 'self' 'unsafe-inline'");
    const page = await answer.text();
    expect(page).toContain('&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;Żółć&quot;');
    expect(page).not.toContain('<script');
    expect(page).toContain('IBAN 1');
  });

  it('are a PDF', async () => {
    const id = await invoices.finalized({ tenantId });
    const answer = await get(`/v1/invoices/${await numberOf(id)}/pdf`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/pdf']);
    expect(answer.headers.get('content-disposition')).toBe(`inline; filename="${await numberOf(id)}.pdf"`);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const pdf = await getDocumentProxy(bytes);
    const { text } = await extractText(pdf, { mergePages: true });
    await pdf.loadingTask.destroy();
    expect(text).toContain(await numberOf(id));
    expect(text.replaceAll(/\s+/g, ' ')).toContain(hostileName);
  });

  it('are FOCUS', async () => {
    const id = await invoices.finalized({
      tenantId,
      lines: [{ amount: '10.00' }, { amount: '5.00', kind: 'usage', meter: 'm' }],
    });
    const answer = await get(`/v1/my/invoices/${id}/focus`, tenantKey);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${await numberOf(id)}.csv"`);
    const rows = (await answer.text()).split('\r\n');
    expect(rows[0]).toMatch(/^BilledCost,/);
    expect(rows.slice(1).map((row) => row.split(',')[0])).toEqual(['10.00', '5.00', '']);
  });

  it('are for operators, and for the tenant whose they are once they have a number', async () => {
    const finalized = await invoices.finalized({ tenantId });
    const draft = await invoices.draft({ tenantId });
    const statuses = async (id: string, key: string): Promise<number[]> => {
      const paths = ['html', 'pdf', 'focus'].flatMap((kind) => [
        `/v1/invoices/${id}/${kind}`,
        `/v1/my/invoices/${id}/${kind}`,
      ]);
      return [...new Set(await Promise.all(paths.map(async (path) => (await get(path, key)).status)))];
    };
    expect(await statuses(finalized, tenantKey)).toEqual([200]);
    expect(await statuses(finalized, otherKey)).toEqual([404]);
    expect(await statuses(draft, tenantKey)).toEqual([404]);
    expect(await statuses(newId(), operatorKey)).toEqual([404]);
    expect((await get(`/v1/invoices/${draft}/pdf`)).headers.get('content-disposition')).toBe(
      `inline; filename="draft-${draft}.pdf"`,
    );
  });

  it('name the invoice that they correct by its number', async () => {
    const id = await invoices.finalized({ tenantId });
    const note = {
      id: newId(),
      invoice_id: id,
      reason: 'Too much',
      at: '2026-03-02T00:00:00Z',
      lines: [{ component: 'base', amount: '4.00' }],
    };
    await service.database.sql(
      'select public.billing_credit_note_write($1::jsonb, $2::jsonb)',
      parameters([note, { actor: 'operator' }]),
    );
    const page = await (await get(`/v1/my/invoices/${note.id}/html`, tenantKey)).text();
    expect(page).toContain(`<dt>Corrects invoice</dt><dd><bdi>${await numberOf(id)}</bdi></dd>`);
    const row = (await (await get(`/v1/invoices/${note.id}/focus`)).text()).split('\r\n')[1]?.split(',');
    expect(row?.[0]).toBe('-4.00');
    expect(row).toContain('Correction');
    expect(row).toContain(await numberOf(id));
  });

  describe('all of a time as FOCUS', () => {
    const fleet = '/v1/billing/focus?from=2027-01-01T00:00:00Z&to=2027-02-01T00:00:00Z';

    it('has every invoice of it once, over pages, and none beside', async () => {
      const ids = new Map<string, string>();
      for (let index = 1; index <= 45; index += 1) {
        const amount = `${index}.00`;
        const at = index === 1 ? '2027-01-01T00:00:00Z' : '2027-01-31T23:59:59Z';
        ids.set(await invoices.finalized({ tenantId, lines: [{ amount }] }, at), amount);
      }
      await invoices.finalized({ tenantId, lines: [{ amount: '99.00' }] }, '2027-02-01T00:00:00Z');
      const answer = await get(fleet);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
      expect(answer.headers.get('content-disposition')).toBe('attachment; filename="focus-2027-01-01-2027-02-01.csv"');
      const [head, ...rows] = (await answer.text()).trimEnd().split('\r\n');
      const uuid = head?.split(',').indexOf('x_InvoiceUuid') ?? -1;
      // The name of the tenant has no comma.
      expect(new Map(rows.map((row) => [row.split(',')[uuid] ?? '', row.split(',')[0] ?? '']))).toEqual(ids);
      expect(rows).toHaveLength(45);
    });

    it('is that of a tenant where one is named, and the head alone where there is nothing', async () => {
      expect((await (await get(`${fleet}&tenant=hostile`)).text()).split('\r\n')).toHaveLength(47);
      expect((await (await get(`${fleet}&tenant=other`)).text()).split('\r\n')).toHaveLength(2);
    });

    it('is refused as a problem before anything is sent', async () => {
      expect(await service.request('GET', `${fleet}&tenant=nobody`)).toMatchObject({
        status: 404,
        body: { code: 'tenant_not_found' },
      });
      const bad = await service.request('GET', '/v1/billing/focus?from=yesterday&tenant=');
      expect(bad.status).toBe(400);
      expect(
        z
          .object({ errors: z.array(z.object({ pointer: z.string() })) })
          .parse(bad.body)
          .errors.map(({ pointer }) => pointer)
          .toSorted(),
      ).toEqual(['?from', '?tenant', '?to']);
      expect((await get(fleet, tenantKey)).status).toBe(403);
    });
  });
});
