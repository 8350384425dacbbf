/** How the HTTP door meets its callers. */
export interface HttpSettings {
  /** Exact origins whose pages may call the API from a browser: `https://app.example.com`. */
  readonly corsOrigins: readonly string[];
  /** Addresses and CIDR blocks of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** How long browsers shall insist on https; 0: not told, which is for whoever terminates TLS to decide. */
  readonly hstsSeconds: number;
  readonly slowClients: SlowClientLimits;
}

/** Limits on clients, in milliseconds. A request that runs long is not a slow client, so nothing limits handlers. */
export interface SlowClientLimits {
  /** For all headers to arrive, from the first byte of a request, or from the connection where none comes. */
  readonly headersMs: number;
  /** For the whole request to arrive. A megabyte in that time is 35 kB/s. */
  readonly requestMs: number;
  /** Between two requests of a connection: longer than proxies keep theirs (60 s), so that they close first and lose no request. */
  readonly keepAliveMs: number;
  /** While nothing moves in either direction, such as with a client that does not read its answer. Streams send something every 15 s. */
  readonly silenceMs: number;
  /** How often the first two are looked at; Node's own 30 s would make 40 of 10. */
  readonly checkMs: number;
}

export const defaultHttpSettings: HttpSettings = {
  corsOrigins: [],
  trustedProxies: [],
  hstsSeconds: 0,
  slowClients: { headersMs: 10_000, requestMs: 30_000, keepAliveMs: 72_000, silenceMs: 120_000, checkMs: 1_000 },
};

/** Of a request's headers together; more is 431. It is Node's own default, said so that it stays. */
export const maxHeaderBytes = 16_384;
/** Node would drop what is beyond its own limit without a word. */
export const maxHeaderCount = 100;
