import { rateLimitHeaders } from './rate-limit-headers.js';

describe('the headers of a verdict', () => {
  it.each([
    [true, 5_999, '"caller";r=5999;t=42'],
    [false, 0, '"caller";r=0;t=42'],
  ])('passed: %s, with %s left', (passed, remaining, expected) => {
    const limit = { name: 'caller', windowSeconds: 60 };
    expect(rateLimitHeaders({ limit, quota: 6_000, passed, remaining, resetSeconds: 42 })).toEqual({
      'ratelimit-policy': '"caller";q=6000;w=60',
      ratelimit: expected,
    });
  });
});
