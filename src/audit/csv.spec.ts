import { csvHead, csvRow } from './csv.js';
import { entry } from './testing/trail.js';

/** The cell of a column in a row whose actor is some text. */
function cellOf(actor: string | null): string {
  const row = csvRow({ ...entry, credential: null, actor });
  const before = csvRow({ ...entry, credential: null, actor: null });
  const at = before.indexOf(',,,');
  return row.slice(at + 1, row.length - (before.length - at - 1));
}

describe('a row as CSV', () => {
  it('has a cell for each column, and ends as RFC 4180 says', () => {
    expect(csvHead).toBe(
      'id,chain,seq,at,actor,credential,address,request_id,action,resource_type,resource_id,tenant_id,before,after,expired_at,hash\r\n',
    );
    expect(csvRow({ ...entry, before: '{"a": 1}', after: null })).toBe(
      `7,global,3,2026-01-01T00:00:00.000000Z,user,key-1,192.0.2.1,request-1,tenant.create,tenant,t1,,"{""a"": 1}",,,${entry.hash}\r\n`,
    );
  });

  it.each([
    ['nothing', null, ''],
    ['text', 'plain text', 'plain text'],
    ['a comma', 'a,b', '"a,b"'],
    ['quotes', 'say "hi"', '"say ""hi"""'],
    ['lines', 'a\r\nb', '"a\r\nb"'],
    ['a formula', '=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
    ['a formula with plus', '+1', `"'+1"`],
    ['a formula with minus', '-1+cmd', `"'-1+cmd"`],
    ['a formula with at', '@SUM(A1)', `"'@SUM(A1)"`],
    ['a formula behind a tab', '\t=1', `"'\t=1"`],
    ['a formula behind a line', '\n=1', `"'\n=1"`],
    ['a formula behind spaces', '  =1', `"'  =1"`],
    ['a formula in full width', '＝1', `"'＝1"`],
    ['a minus inside', 'a-b', 'a-b'],
    ['an apostrophe', "'a", `"'a"`],
  ])('holds %s', (_, actor, cell) => {
    expect(cellOf(actor)).toBe(cell);
  });
});
