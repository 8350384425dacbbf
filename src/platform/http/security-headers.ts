const directives: Readonly<Record<string, string>> = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data:",
  'font-src': "'self' data:",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'self'",
  'frame-ancestors': "'none'",
};

/**
 * What every answer says to browsers, whatever it answers. Nothing is loaded from elsewhere and nothing inline runs. Styles may be inline, for
 * the API reference. No upgrade to https unless told: whoever terminates TLS in front decides that, and on plain loopback it would break the
 * pages.
 * @param hstsSeconds 0: nothing is said of https
 */
export function securityHeaders(hstsSeconds: number): readonly (readonly [string, string])[] {
  const policy = Object.entries(directives).map(([name, value]) => `${name} ${value}`);
  const https = ['Strict-Transport-Security', `max-age=${hstsSeconds}; includeSubDomains`] as const;
  return [
    ['Content-Security-Policy', policy.join(';')],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    ['Cross-Origin-Resource-Policy', 'same-origin'],
    ['Origin-Agent-Cluster', '?1'],
    ['Referrer-Policy', 'no-referrer'],
    ...(hstsSeconds > 0 ? [https] : []),
    ['X-Content-Type-Options', 'nosniff'],
    ['X-DNS-Prefetch-Control', 'off'],
    ['X-Download-Options', 'noopen'],
    ['X-Frame-Options', 'DENY'],
    ['X-Permitted-Cross-Domain-Policies', 'none'],
    // The filter that old browsers have makes holes of its own.
    ['X-XSS-Protection', '0'],
  ];
}
