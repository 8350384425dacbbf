/** What an `Authorization` header turned out to be. */
export type BearerToken = { state: 'missing' } | { state: 'malformed' } | { state: 'present'; token: string };

/** Reads `Authorization: Bearer <token>`; the scheme in any case, as RFC 9110 says. */
export function readBearerToken(header: string | undefined): BearerToken {
  if (header === undefined || header.trim() === '') return { state: 'missing' };
  const token = /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(header)?.[1];
  return token === undefined ? { state: 'malformed' } : { state: 'present', token };
}
