import { TenantryError } from '../errors.js';
import { assertIfMatch, etagHeader, etagOfVersion } from './etag.js';

describe('etags', () => {
  it('name the version of a row, and stand in quotes in the header', () => {
    expect(etagOfVersion(3)).toBe('v3');
    expect(etagHeader(etagOfVersion('9007199254740993'))).toBe('"v9007199254740993"');
  });

  it.each([undefined, '"v3"', 'v3', '*', '"v1", "v3"', 'W/"v3"', ' "v3" '])(
    'If-Match: %s lets version 3 change',
    (header) => {
      expect(() => assertIfMatch(header, 'v3')).not.toThrow();
    },
  );

  it.each(['"v2"', 'v33', '""', '', '"v1","v2"', '"V3"'])('If-Match: %s does not', (header) => {
    const attempt = () => assertIfMatch(header, 'v3');
    expect(attempt).toThrow(TenantryError);
    expect(attempt).toThrow(
      expect.objectContaining({ kind: 'precondition_failed', code: 'precondition_failed', members: { etag: 'v3' } }),
    );
  });
});
