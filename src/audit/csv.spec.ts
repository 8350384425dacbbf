import { csvHead, csvRow } from './csv.js';
import { entry } from './testing/trail.js';

describe('a row as CSV', () => {
  it('has a cell for each column, and ends as RFC 4180 says', () => {
    expect(csvHead).toBe(
      'id,chain,seq,at,actor,credential,address,request_id,action,resource_type,resource_id,tenant_id,before,after,expired_at,hash\r\n',
    );
    expect(csvRow({ ...entry, before: '{"a": 1}', after: null })).toBe(
      `7,global,3,2026-01-01T00:00:00.000000Z,user,key-1,192.0.2.1,request-1,tenant.create,tenant,t1,,"{""a"": 1}",,,${entry.hash}\r\n`,
    );
  });

  it('is none that a spreadsheet takes for a formula', () => {
    expect(csvRow({ ...entry, actor: '=1+1' })).toContain(`,"'=1+1",`);
  });
});
