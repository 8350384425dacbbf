import { securityHeaders } from './security-headers.js';

describe('the security headers', () => {
  it('say of https only what the settings say', () => {
    const names = securityHeaders(0).map(([name]) => name);
    expect(names).not.toContain('Strict-Transport-Security');
    expect(new Map(securityHeaders(60)).get('Strict-Transport-Security')).toBe('max-age=60; includeSubDomains');
  });

  it('let nothing in from elsewhere', () => {
    const headers = new Map(securityHeaders(0));
    expect(headers.get('Content-Security-Policy')).toMatch(/^default-src 'none';script-src 'self';/);
    expect(headers.get('Content-Security-Policy')).not.toMatch(/https?:|\*|unsafe-eval/);
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
  });
});
