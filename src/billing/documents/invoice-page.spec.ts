import fc from 'fast-check';
import { documentOf } from './invoice-document.js';
import { pageOf } from './invoice-page.js';
import { aLine, anInvoice, buyer, seller } from './testing/invoices.js';

const hostile = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'onmouseover='alert(1)",
  '</title></style></table><h1>Paid</h1>',
  '<!-- --><svg/onload=alert(1)>',
  '&lt;b&gt; ${alert(1)} {{7*7}}',
  '\u202Egpj.exe',
];

/** The page with `text` wherever a person or a program may have put something. */
function pageWith(text: string): string {
  const line = aLine({ description: text, unit: text, explained: [text], component: text });
  const party = { name: text, email: text, address: [text, text], tax_id: text };
  const invoice = anInvoice({
    number: text,
    reason: text,
    lines: [line],
    seller: { ...party, payment_note: text },
    buyer: party,
  });
  return pageOf(documentOf(invoice, new Map()));
}

/** What a browser makes of a page: its elements with their attributes, in order. */
function tagsOf(page: string): readonly string[] {
  return page.match(/<[^>]*>/g) ?? [];
}

describe('the page of an invoice', () => {
  const plain = tagsOf(pageWith('Example'));

  it.each(hostile)('has no markup of %s', (text) => {
    const page = pageWith(text);
    expect(tagsOf(page)).toEqual(plain);
    expect(page.match(/<style>/g)).toHaveLength(1);
  });

  it('has no markup of any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', '!', '-', 'a', '=', ';') }),
        (text) => {
          // A line of blanks is none.
          const named = `x${text}`;
          expect(tagsOf(pageWith(named))).toEqual(plain);
        },
      ),
    );
  });

  it('needs nothing from elsewhere and runs nothing', () => {
    const page = pageOf(documentOf(anInvoice(), new Map()));
    expect(page).not.toMatch(
      /\b(src|href|action|srcset|background)\s*=|url\(|@import|<script|<link|<iframe|\son\w+\s*=|style\s*=/i,
    );
  });

  it('shows every party, line, total and note', () => {
    const document = documentOf(anInvoice({ state: 'paid', reason: 'A reason' }), new Map());
    const page = pageOf(document);
    const texts = [
      document.title,
      'PAID',
      seller.name,
      ...seller.address,
      buyer.name,
      ...document.facts.flatMap(({ label, value }) => [label, value]),
      ...document.lines.flatMap(({ title, details, quantity, amount }) => [title, ...details, quantity, amount]),
      ...document.totals.flatMap(({ label, value }) => [label, value]),
      ...document.notes,
    ];
    for (const text of texts) expect(page).toContain(text);
  });

  it('leaves out the parties that a draft does not have yet', () => {
    const page = pageOf(
      documentOf(anInvoice({ seller: null, buyer: null, number: null, state: 'draft', lines: [] }), new Map()),
    );
    expect(page).toContain('<title>Invoice</title>');
    expect(page).toContain('No lines.');
    expect(page).not.toContain('Bill to');
  });
});
