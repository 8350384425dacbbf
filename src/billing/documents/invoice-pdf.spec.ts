import { extractText, getDocumentProxy, getMeta } from 'unpdf';
import type { Invoice } from '../invoices/invoice.js';
import { documentOf } from './invoice-document.js';
import { pdfOf } from './invoice-pdf.js';
import { aCreditNote, aLine, anInvoice, buyer, correctedId } from './testing/invoices.js';
import { TypefaceService } from './typeface.service.js';

const typefaces = new TypefaceService();
const numbers = new Map([[correctedId, 'INV-2026-000017']]);

async function made(invoice: Invoice): Promise<Buffer> {
  return pdfOf(documentOf(invoice, numbers), await typefaces.get());
}

/** The text of each page, as whoever selects it gets it, without what separates its lines. */
async function pagesOf(invoice: Invoice): Promise<string[]> {
  const pdf = await getDocumentProxy(new Uint8Array(await made(invoice)));
  const { text } = await extractText(pdf);
  await pdf.loadingTask.destroy();
  return text.map((page) => page.replaceAll(/\s+/g, ' '));
}

function manyLines(count: number): Invoice['lines'] {
  return Array.from({ length: count }, (_, index) =>
    aLine({ line: index + 1, component: null, description: `Line number ${index + 1}.` }),
  );
}

describe('the PDF of an invoice', () => {
  it('has all that is read of it as text', async () => {
    const invoice = anInvoice();
    const [page = '', ...more] = await pagesOf(invoice);
    expect(more).toEqual([]);
    const { title, facts, lines, totals, notes } = documentOf(invoice, numbers);
    const texts = [
      title,
      ...facts.flatMap(({ label, value }) => [label, value]),
      ...lines.flatMap((line) => [
        [line.title, line.quantity, line.amount].filter((text) => text !== '').join(' '),
        ...line.details,
      ]),
      ...totals.flatMap(({ label, value }) => [label, value]),
      ...notes,
      'Page 1 of 1',
    ].map((text) => text.replaceAll('\u00A0', ' '));
    for (const text of texts) expect(page).toContain(text);
  });

  it.each([
    ['Polish', 'Zażółć Gęślą Jaźń Sp. z o.o.'],
    ['Greek', 'Ελληνική Εταιρεία Ψηφιακών Υπηρεσιών Α.Ε.'],
    ['Cyrillic', 'ТОВ «Щедрик і Їжак», Київ'],
    ['Vietnamese', 'Công ty Trách nhiệm Hữu hạn Việt Nam'],
    ['ligatures', 'Office Affiliates fflow'],
  ])('holds %s', async (_, name) => {
    expect((await pagesOf(anInvoice({ buyer: { ...buyer, name } })))[0]).toContain(name);
  });

  it('writes what its font lacks as numbers, and says so', async () => {
    const [page] = await pagesOf(
      anInvoice({ buyer: { ...buyer, name: '株式会社 ACME', address: ['القاهرة', 'תל אביב'] } }),
    );
    expect(page).toContain('[U+682A U+5F0F U+4F1A U+793E] ACME');
    expect(page).toContain('[U+0627 U+0644 U+0642 U+0627');
    expect(page).toContain('[U+05EA U+05DC]');
    expect(page).toContain('The web page of this invoice shows them.');
    expect((await pagesOf(anInvoice()))[0]).not.toContain('Unicode');
  });

  it('has the head of the table and its number on every page, and each line once', async () => {
    const pages = await pagesOf(anInvoice({ lines: manyLines(60) }));
    expect(pages.length).toBeGreaterThan(2);
    for (const [index, page] of pages.entries()) {
      expect(page).toContain('Invoice INV-2026-000042');
      expect(page).toContain(`Page ${index + 1} of ${pages.length}`);
    }
    for (const page of pages.slice(0, -1)) expect(page).toContain('Description Quantity Amount (EUR)');
    const all = pages.join(' ');
    for (const { description } of manyLines(60)) expect(all.split(description ?? '')).toHaveLength(2);
    expect(pages.at(-1)).toContain('Amount due EUR 1,200.00');
  });

  it('never leaves the totals alone on a page', async () => {
    for (let count = 11; count <= 14; count += 1) {
      const last = (await pagesOf(anInvoice({ lines: manyLines(count) }))).find((page) => page.includes('Subtotal'));
      expect(last).toContain(`Line number ${count}.`);
    }
  });

  it('breaks no amount, however large', async () => {
    const sum = '9999999999999999.9999';
    const shown = '9,999,999,999,999,999.9999';
    const invoice = anInvoice({
      currency: 'CLF',
      subtotal: sum,
      total: sum,
      amount_due: sum,
      lines: [aLine({ amount: sum })],
    });
    const bytes = new Uint8Array(await made(invoice));
    const pdf = await getDocumentProxy(bytes);
    const { items } = await (await pdf.getPage(1)).getTextContent();
    await pdf.loadingTask.destroy();
    const texts = items.flatMap((item) => ('str' in item ? [item.str] : []));
    expect(texts.filter((text) => text.endsWith(shown))).toEqual([shown, shown, `CLF ${shown}`, `CLF ${shown}`]);
  });

  it('has the head of the table only where the table is, though the parties take pages', async () => {
    const party = { ...buyer, name: 'W'.repeat(200), address: Array.from({ length: 10 }, () => 'W'.repeat(200)) };
    const pages = await pagesOf(anInvoice({ seller: { ...party, payment_note: null }, buyer: party }));
    const heads = pages.filter((page) => page.includes('Description Quantity'));
    expect(heads).toHaveLength(1);
    expect(heads[0]).toContain('Base fee');
    expect(pages.filter((page) => page.includes('Billing period'))).toEqual([expect.stringContaining('Europe/Vienna')]);
  });

  it('goes on over pages with a line that is longer than a page', async () => {
    const steps = Array.from({ length: 150 }, (_, index) => `Step ${index + 1};`);
    const pages = await pagesOf(anInvoice({ lines: [aLine({ explained: steps }), ...manyLines(2)] }));
    const all = pages.join(' ');
    for (const step of steps) expect(all.split(` ${step}`)).toHaveLength(2);
    expect(all.match(/Page \d of \d/g)).toHaveLength(pages.length);
  });

  it('keeps words and numbers that are as long as they may be', async () => {
    const quantity = `${'9'.repeat(40)}.${'1'.repeat(30)}`;
    const name = 'W'.repeat(200);
    const email = `${'e'.repeat(250)}@example.com`;
    const invoice = anInvoice({ lines: [aLine({ quantity })], buyer: { ...buyer, name, email } });
    const all = (await pagesOf(invoice)).join('').replaceAll(/[ ,]/g, '');
    expect(all).toContain(name);
    expect(all).toContain(email);
  });

  it.each([
    ['DRAFT', { state: 'draft', number: null, lines: manyLines(40) }],
    ['VOID', { state: 'void', lines: manyLines(40) }],
    ['PAID', { state: 'paid', lines: manyLines(40) }],
  ] as const)('is marked as %s on every page', async (mark, given) => {
    const pages = await pagesOf(anInvoice({ ...given, lines: [...given.lines] }));
    expect(pages.length).toBeGreaterThan(1);
    for (const page of pages) expect(page).toContain(mark);
  });

  it('is a credit note where it is one', async () => {
    const [page] = await pagesOf(aCreditNote());
    expect(page).toContain('Credit note CN-2026-000007');
    expect(page).toContain('Total credited EUR 12.34');
    expect(page).not.toContain('Amount due');
  });

  it('holds a draft without lines and parties', async () => {
    const [page] = await pagesOf(anInvoice({ seller: null, buyer: null, number: null, state: 'gathering', lines: [] }));
    expect(page).toContain('No lines.');
  });

  it('is the same bytes whatever was made before', async () => {
    const named = (name: string) => documentOf(anInvoice({ buyer: { ...buyer, name } }), numbers);
    const [used, fresh] = [new TypefaceService(), new TypefaceService()];
    // One glyph for three letters, and for the one character that is the three of them.
    await pdfOf(named('O\uFB03ce'), await used.get());
    const after = await pdfOf(named('Office'), await used.get());
    expect(after.equals(await pdfOf(named('Office'), await fresh.get()))).toBe(true);
  });

  it('is the same bytes each time, and says when the invoice was made', async () => {
    const [first, second] = [await made(anInvoice()), await made(anInvoice())];
    expect(first.equals(second)).toBe(true);
    expect(first.equals(await made(anInvoice({ number: 'INV-2026-000043' })))).toBe(false);
    const pdf = await getDocumentProxy(new Uint8Array(first));
    const { info } = await getMeta(pdf);
    await pdf.loadingTask.destroy();
    expect(info).toMatchObject({
      Title: 'Invoice INV-2026-000042',
      Author: 'Example Software GmbH',
      CreationDate: 'D:20260401010000Z',
    });
  });
});
