import type { DocumentParty, InvoiceDocument, Labelled } from './invoice-document.js';

/** What a font has a glyph for. */
export type Covers = (codePoint: number) => boolean;

export interface Printable {
  readonly document: InvoiceDocument;
  /** Whether characters were written as their numbers. */
  readonly replaced: boolean;
}

/**
 * The document in characters of a font: what it lacks is written as its number in Unicode, `[U+682A U+5F0F]`, so that nothing is lost without a
 * word and no empty boxes are sent. What steers text without being seen is left out: the layout knows one direction.
 */
export function printableDocument(document: InvoiceDocument, covers: Covers): Printable {
  let replaced = false;
  const change = (text: string): string => {
    const written = printableText(text, covers);
    if (written.replaced) replaced = true;
    return written.text;
  };
  return { document: withTexts(document, change), replaced };
}

const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/u;

export function printableText(text: string, covers: Covers): { readonly text: string; readonly replaced: boolean } {
  const runs: string[] = [];
  let lacking: string[] = [];
  let replaced = false;
  const flush = (): void => {
    if (lacking.length > 0) runs.push(`[${lacking.join(' ')}]`);
    lacking = [];
  };
  for (const character of text.normalize('NFC').replaceAll(/[^\S\u00A0]+/gu, ' ')) {
    const codePoint = character.codePointAt(0) ?? 0;
    const isSeen = !unseen.test(character);
    if (isSeen && !covers(codePoint)) {
      lacking.push(`U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`);
      replaced = true;
    } else if (isSeen) {
      flush();
      runs.push(character);
    }
  }
  flush();
  return { text: runs.join(''), replaced };
}

function withTexts(document: InvoiceDocument, change: (text: string) => string): InvoiceDocument {
  const labelled = ({ label, value }: Labelled): Labelled => ({ label: change(label), value: change(value) });
  const party = (of: DocumentParty | null): DocumentParty | null =>
    of === null ? null : { name: change(of.name), details: of.details.map(change) };
  return {
    ...document,
    title: change(document.title),
    facts: document.facts.map(labelled),
    seller: party(document.seller),
    buyer: party(document.buyer),
    lines: document.lines.map(({ title, details, quantity, amount }) => ({
      title: change(title),
      details: details.map(change),
      quantity: change(quantity),
      amount: change(amount),
    })),
    totals: document.totals.map(labelled),
    notes: document.notes.map(change),
  };
}
