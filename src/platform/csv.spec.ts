import { csvLine } from './csv.js';

describe('a line of CSV', () => {
  it('ends as RFC 4180 says', () => {
    expect(csvLine(['a', 'b', null, 7])).toBe('a,b,,7\r\n');
  });

  it.each([
    ['nothing', null, ''],
    ['empty text', '', '""'],
    ['text', 'plain text', 'plain text'],
    ['a comma', 'a,b', '"a,b"'],
    ['quotes', 'say "hi"', '"say ""hi"""'],
    ['lines', 'a\r\nb', '"a\r\nb"'],
    ['a decimal', '-12.50', '-12.50'],
    ['a decimal that no double holds', '9007199254740993.000000000001', '9007199254740993.000000000001'],
    ['a formula', '=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ['a formula with plus', '+1', `"'+1"`],
    ['a formula with minus', '-1+cmd', `"'-1+cmd"`],
    ['a formula with at', '@SUM(A1)', `"'@SUM(A1)"`],
    ['a formula behind a tab', '\t=1', `"'\t'=1"`],
    ['a formula behind a line', '\n=1', `"'\n'=1"`],
    ['a formula behind spaces', '  =1', `"'  =1"`],
    ['a formula in full width', '＝1', `"'＝1"`],
    ['a formula behind what ends a cell elsewhere', 'Acme;=1+1', `"Acme;'=1+1"`],
    ['a formula behind that and a space', 'Acme; @x; -1', `"Acme;' @x;' -1"`],
    ['a formula behind a line inside', 'Acme\n=1', `"Acme\n'=1"`],
    ['a minus inside', 'a-b', 'a-b'],
    ['a semicolon', 'a; b', '"a; b"'],
    ['an apostrophe', "'a", `"'a"`],
  ])('holds %s', (_, value, cell) => {
    expect(csvLine([value])).toBe(`${cell}\r\n`);
  });
});
