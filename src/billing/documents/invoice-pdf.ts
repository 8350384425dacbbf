import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import type { Font } from 'fontkit';
import PdfKit from 'pdfkit';
import type { DocumentLine, DocumentParty, InvoiceDocument, Labelled, Mark } from './invoice-document.js';
import { printableDocument, type Covers } from './printable.js';

declare global {
  namespace PDFKit.Mixins {
    interface PDFFont {
      /** pdfkit also takes what fontkit has parsed; its types do not say so. */
      registerFont(name: string, font: Font): this;
    }
  }
}

/** Two weights, for one document, and the characters that both have. */
export interface Typeface {
  readonly regular: Font;
  readonly bold: Font;
  readonly covers: Covers;
}

type Pdf = InstanceType<typeof PdfKit>;

/** Points from the upper left corner of a page of A4. */
const page = { left: 48, right: 547, top: 48, belowHead: 98, bottom: 776, footer: 796 } as const;
const columns = {
  text: { x: 56, width: 281 },
  quantity: { x: 345, width: 98 },
  amount: { x: 449, width: 90 },
} as const;
const leftHalf = { x: page.left, width: 245 } as const;
const inks = { ink: '#1c2430', soft: '#56606d', line: '#d9dee5', accent: '#1f4e79', band: '#f2f5f8' } as const;
const tones: Readonly<Record<Mark['tone'], string>> = { good: '#1b6e3c', bad: '#a32020', neutral: '#56606d' };

const lackingNote =
  'Characters that the font of this file lacks are written as their numbers in Unicode. The web page of this invoice shows them.';

/**
 * A4, as many pages as it takes, with the head of the table on each. The same document and typeface give the same bytes: nothing of now, and
 * nothing random, is in it.
 */
export async function pdfOf(shown: InvoiceDocument, typeface: Typeface): Promise<Buffer> {
  const { document, replaced } = printableDocument(shown, typeface.covers);
  const pdf = opened(document, typeface);
  const ended = buffer(pdf);
  headOf(pdf, document);
  buyerAndFacts(pdf, document);
  const table = await linesOf(pdf, document);
  totalsOf(pdf, document.totals);
  notesOf(pdf, replaced ? [...document.notes, lackingNote] : document.notes);
  everyPage(pdf, document, table);
  pdf.end();
  return ended;
}

function opened({ title, seller, at }: InvoiceDocument, { regular, bold }: Typeface): Pdf {
  const pdf = new PdfKit({
    size: 'A4',
    margins: { top: page.belowHead, bottom: 842 - page.bottom, left: page.left, right: 595 - page.right },
    bufferPages: true,
    lang: 'en',
    displayTitle: true,
    info: { Title: title, Author: seller?.name ?? '', Creator: 'Tenantry', CreationDate: new Date(at) },
  });
  pdf.registerFont('regular', regular);
  pdf.registerFont('bold', bold);
  return pdf;
}

interface Style {
  readonly weight?: 'regular' | 'bold';
  readonly size?: number;
  readonly color?: string;
  readonly align?: 'left' | 'right';
}

const detailStyle = { size: 8, color: inks.soft } as const;

interface Box {
  readonly x: number;
  readonly width: number;
}

/** Writes text into a column from `y` on, over the end of the page if it must. @returns where it ends */
function write(pdf: Pdf, text: string, { x, width }: Box, y: number, style: Style = {}): number {
  const { weight = 'regular', size = 9, color = inks.ink, align = 'left' } = style;
  pdf.font(weight).fontSize(size).fillColor(color).text(text, x, y, { width, align });
  return pdf.y;
}

function heightOf(pdf: Pdf, text: string, { width }: Box, { weight = 'regular', size = 9 }: Style = {}): number {
  return pdf.font(weight).fontSize(size).heightOfString(text, { width });
}

/** The style in a size, not below the least, in which text stands on one line: a number that is broken is read as another one. */
function fitting(pdf: Pdf, text: string, { width }: Box, style: Style, least: number): Style {
  const { weight = 'regular' } = style;
  let { size = 9 } = style;
  while (size > least && pdf.font(weight).fontSize(size).widthOfString(text) > width) size -= 1;
  return { ...style, size };
}

function larger(...values: readonly number[]): number {
  return values.reduce((most, value) => (value > most ? value : most), 0);
}

/** The letterhead: what this is, and beside it who sells. */
function headOf(pdf: Pdf, { title, mark, seller }: InvoiceDocument): void {
  const right = { x: 303, width: page.right - 303 };
  let end = write(pdf, title, right, page.top, { weight: 'bold', size: 15, color: inks.accent, align: 'right' });
  if (mark !== null) end = markOf(pdf, mark, end + 4);
  const below = seller === null ? end : belowBoth(pdf, end, () => sellerOf(pdf, seller));
  pdf.rect(page.left, below + 10, page.right - page.left, 2).fill(inks.accent);
  pdf.y = below + 12;
}

function sellerOf(pdf: Pdf, { name, details }: DocumentParty): number {
  let y = write(pdf, name, leftHalf, page.top, { weight: 'bold', size: 15 }) + 2;
  for (const text of details) y = write(pdf, text, leftHalf, y, detailStyle);
  return y;
}

/** Where both end of what stands side by side: on the page on which the longer one ends, if it goes on over the page's end. */
function belowBoth(pdf: Pdf, first: number, second: () => number): number {
  const begun = lastPage(pdf);
  const end = second();
  return begun === lastPage(pdf) ? larger(first, end) : end;
}

function markOf(pdf: Pdf, { text, tone }: Mark, y: number): number {
  const width = pdf.font('bold').fontSize(10).widthOfString(text) + 20;
  const box = { x: page.right - width, width };
  pdf.roundedRect(box.x, y, width, 20, 3).lineWidth(1).stroke(tones[tone]);
  write(pdf, text, { x: box.x + 10, width: width - 9 }, y + 3, { weight: 'bold', size: 10, color: tones[tone] });
  return y + 20;
}

function buyerAndFacts(pdf: Pdf, { buyer, facts }: InvoiceDocument): void {
  makeRoom(pdf, facts.length * 16 + 18);
  const top = pdf.y + 18;
  const end = factsOf(pdf, facts, top);
  pdf.y = (buyer === null ? end : belowBoth(pdf, end, () => buyerOf(pdf, buyer, top))) + 22;
}

function buyerOf(pdf: Pdf, { name, details }: DocumentParty, top: number): number {
  let y = write(pdf, 'BILL TO', leftHalf, top, { weight: 'bold', size: 8, color: inks.soft }) + 2;
  y = write(pdf, name, leftHalf, y, { weight: 'bold' });
  for (const text of details) y = write(pdf, text, leftHalf, y);
  return y;
}

function factsOf(pdf: Pdf, facts: readonly Labelled[], top: number): number {
  let y = top;
  for (const { label, value } of facts) {
    const labelled = write(pdf, label, { x: 308, width: 90 }, y, { color: inks.soft });
    const box = { x: 398, width: page.right - 398 };
    const isWide = pdf.font('bold').fontSize(9).widthOfString(value) > box.width;
    const shown = isWide ? value.replace(' – ', ' –\n') : value;
    y = larger(labelled, write(pdf, shown, box, y, { align: 'right', weight: 'bold' }));
    y += 2;
  }
  return y;
}

/** Pages, counted from 0. */
interface Pages {
  readonly first: number;
  readonly last: number;
}

/** So many lines take some 80 ms, in which nobody else of the process is heard. */
const linesAtOnce = 100;

/** The last line is on the page of the totals. @returns from which page to which the table goes */
async function linesOf(pdf: Pdf, { lines, currency, totals }: InvoiceDocument): Promise<Pages> {
  makeRoom(pdf, 60);
  const first = lastPage(pdf);
  pdf.y = tableHead(pdf, currency, pdf.y);
  if (lines.length === 0) write(pdf, 'No lines.', columns.text, pdf.y + 5);
  let atOnce = 0;
  for (const [index, line] of lines.entries()) {
    atOnce += 1;
    if (atOnce === linesAtOnce) {
      await setImmediate();
      atOnce = 0;
    }
    lineOf(pdf, line, index === lines.length - 1 ? heightOfTotals(totals) : 0);
  }
  return { first, last: lastPage(pdf) };
}

function tableHead(pdf: Pdf, currency: string, y: number): number {
  const style = { weight: 'bold', size: 8, color: inks.soft } as const;
  pdf.rect(page.left, y, page.right - page.left, 19).fill(inks.band);
  write(pdf, 'Description', columns.text, y + 4, style);
  write(pdf, 'Quantity', columns.quantity, y + 4, { ...style, align: 'right' });
  write(pdf, `Amount (${currency})`, columns.amount, y + 4, { ...style, align: 'right' });
  return y + 19;
}

const titleStyle = { weight: 'bold' } as const;
const numberStyle = { align: 'right' } as const;

/** Stays together, and with what comes below, where it fits on a page; one that does not goes on over the page's end. */
function lineOf(pdf: Pdf, { title, details, quantity, amount }: DocumentLine, below: number): void {
  const text = details.reduce(
    (height, detail) => height + heightOf(pdf, detail, columns.text, detailStyle),
    heightOf(pdf, title, columns.text, titleStyle),
  );
  const quantityStyle = fitting(pdf, quantity, columns.quantity, numberStyle, 7);
  const amountStyle = fitting(pdf, amount, columns.amount, numberStyle, 5);
  const quantityHeight = heightOf(pdf, quantity, columns.quantity, quantityStyle);
  const height = larger(text, quantityHeight, heightOf(pdf, amount, columns.amount, amountStyle)) + 11 + below;
  if (height < page.bottom - page.belowHead) makeRoom(pdf, height);
  const top = pdf.y + 5;
  const begun = lastPage(pdf);
  let y = write(pdf, title, columns.text, top, titleStyle);
  // Beside the title, and behind it for whoever reads aloud or copies.
  pdf.switchToPage(begun);
  const quantityEnd = write(pdf, quantity, columns.quantity, top, quantityStyle);
  const numbers = larger(quantityEnd, write(pdf, amount, columns.amount, top, amountStyle));
  pdf.switchToPage(lastPage(pdf));
  for (const detail of details) y = write(pdf, detail, columns.text, y, detailStyle);
  const end = (begun === lastPage(pdf) ? larger(numbers, y) : y) + 5;
  pdf.rect(page.left, end, page.right - page.left, 1).fill(inks.line);
  pdf.y = end + 1;
}

function makeRoom(pdf: Pdf, height: number): void {
  if (pdf.y + height > page.bottom) pdf.addPage();
}

function lastPage(pdf: Pdf): number {
  return pdf.bufferedPageRange().count - 1;
}

function heightOfTotals(totals: readonly Labelled[]): number {
  return totals.length * 17 + 30;
}

function totalsOf(pdf: Pdf, totals: readonly Labelled[]): void {
  makeRoom(pdf, heightOfTotals(totals));
  let y = pdf.y + 10;
  for (const [index, { label, value }] of totals.entries()) {
    const isLast = index === totals.length - 1;
    if (isLast) pdf.rect(300, y + 2, page.right - 300, 2).fill(inks.accent);
    const style = isLast ? ({ weight: 'bold', size: 12 } as const) : {};
    const top = isLast ? y + 8 : y;
    write(pdf, label, { x: 308, width: 100 }, top, isLast ? style : { color: inks.soft });
    const box = { x: 400, width: 139 };
    y = write(pdf, value, box, top, fitting(pdf, value, box, { ...style, align: 'right' }, 5)) + 4;
  }
  pdf.y = y;
}

function notesOf(pdf: Pdf, notes: readonly string[]): void {
  const box = { x: page.left, width: page.right - page.left };
  pdf.y += 20;
  for (const note of notes) {
    makeRoom(pdf, larger(heightOf(pdf, note, box)));
    pdf.y = write(pdf, note, box, pdf.y) + 4;
  }
}

/** What is known only once all pages are there. */
function everyPage(pdf: Pdf, { title, mark, seller, currency }: InvoiceDocument, table: Pages): void {
  const { count } = pdf.bufferedPageRange();
  const marked = mark === null ? title : `${title} · ${mark.text}`;
  for (let index = 0; index < count; index += 1) {
    pdf.switchToPage(index);
    // Text below the margin would begin another page.
    pdf.page.margins.bottom = 0;
    if (index > 0) {
      write(pdf, marked, { x: page.left, width: page.right - page.left }, page.top, {
        weight: 'bold',
        color: inks.accent,
      });
      if (index > table.first && index <= table.last) tableHead(pdf, currency, page.belowHead - 19);
    }
    const small = { size: 8, color: inks.soft } as const;
    const whose = seller === null ? title : `${seller.name.slice(0, 60)} · ${title}`;
    const footer = { x: page.left, width: 400 };
    write(pdf, whose, footer, page.footer, fitting(pdf, whose, footer, small, 5));
    const number = `Page ${index + 1} of ${count}`;
    write(pdf, number, { x: page.right - 90, width: 90 }, page.footer, { ...small, align: 'right' });
  }
}
