/** What an answer must say to a browser, names in lower case. */
type Headers = Readonly<Record<string, string>>;

const exposed = [
  'ETag',
  'Idempotent-Replayed',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  'X-Request-Id',
].join(', ');

const accepted = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'Last-Event-ID',
  'Traceparent',
  'X-Request-Id',
].join(', ');

const preflightSeconds = 600;

/**
 * For every answer. Only origins of the list are named, exactly as they stand there; never `*`, and never credentials: keys are sent by
 * programs, not by browsers on their own.
 */
export function corsHeaders(origins: readonly string[], origin: string | undefined): Headers {
  if (origins.length === 0) return {};
  // Also where the origin is another one, so that no cache serves that answer to one that is listed.
  if (origin === undefined || !origins.includes(origin)) return { vary: 'Origin' };
  return { vary: 'Origin', 'access-control-allow-origin': origin, 'access-control-expose-headers': exposed };
}

/** What a browser asks before it sends the request itself. */
export interface Preflight {
  readonly method: string;
  readonly origin: string | undefined;
  /** `Access-Control-Request-Method`. */
  readonly requested: string | undefined;
}

/** The further headers of the answer to a preflight; `undefined` where it is none, or its origin is not listed. */
export function preflightHeaders(
  origins: readonly string[],
  { method, origin, requested }: Preflight,
  methods: readonly string[],
): Headers | undefined {
  if (method !== 'OPTIONS' || requested === undefined) return undefined;
  if (origin === undefined || !origins.includes(origin) || methods.length === 0) return undefined;
  return {
    vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers': accepted,
    'access-control-max-age': String(preflightSeconds),
  };
}
