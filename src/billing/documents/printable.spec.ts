import fc from 'fast-check';
import { documentOf } from './invoice-document.js';
import { printableDocument, printableText } from './printable.js';
import { anInvoice, buyer } from './testing/invoices.js';

const covers = (codePoint: number): boolean => codePoint < 0x250;

function written(text: string): string {
  return printableText(text, covers).text;
}

describe('text in the characters of a font', () => {
  it.each([
    ['what the font has', 'Zażółć gęślą jaźń', 'Zażółć gęślą jaźń'],
    ['a run of what it lacks', '株式会社 ACME', '[U+682A U+5F0F U+4F1A U+793E] ACME'],
    ['a character beyond the first plane', 'A😀B', 'A[U+1F600]B'],
    ['letters with their accents apart', 'z\u0307o\u0301', '\u017Có'],
    ['what turns the direction', 'a\u202Egpj.exe\u2066', 'agpj.exe'],
    ['what has no width', 'a\u200Bb\u00ADc', 'abc'],
    ['lines and control', 'a\r\n\tb\u0007', 'a b'],
    ['a joiner between what it lacks', '👩\u200D💻', '[U+1F469 U+1F4BB]'],
    ['private use and half of a pair', 'a\uE000b\uD800c', 'abc'],
  ])('%s', (_, text, expected) => {
    expect(written(text)).toBe(expected);
  });

  it('is all in the font, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const character of written(text)) expect(covers(character.codePointAt(0) ?? 0)).toBe(true);
      }),
    );
  });

  it('says whether anything was replaced', () => {
    const kept = printableDocument(documentOf(anInvoice(), new Map()), (codePoint) => codePoint < 0x3000);
    expect(kept).toEqual({ document: documentOf(anInvoice(), new Map()), replaced: false });
    const japanese = anInvoice({ buyer: { ...buyer, address: ['東京'] } });
    const { document, replaced } = printableDocument(
      documentOf(japanese, new Map()),
      (codePoint) => codePoint < 0x3000,
    );
    expect([document.buyer?.details[0], replaced]).toEqual(['[U+6771 U+4EAC]', true]);
  });
});
