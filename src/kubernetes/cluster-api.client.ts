import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';

import { refused, unreachable } from './api-error.js';
import { connectionOf, type Connection } from './connection.js';
import { textAt } from './json-value.js';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Already escaped, without the server's own prefix: `/api/v1/namespaces/a/pods`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly contentType?: string | undefined;
  readonly accept?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** From the start to the last byte. Default 30,000. */
  readonly timeoutMs?: number | undefined;
}

export interface StreamOptions {
  /** Called when the server has accepted the request. */
  readonly onOpen: () => void;
  /** Called with each line as it comes. */
  readonly onLine: (line: string) => void;
  /** The stream is given up after this long without a byte. */
  readonly idleMs: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 30_000;

/**
 * HTTP to the API server with kept connections and plain JSON. Not client-node's own requests: those open a connection
 * each and turn times into dates, which a comparison with a manifest must not see.
 */
export class ClusterApi {
  private readonly agents = {
    'http:': new http.Agent({ keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS }),
    'https:': new https.Agent({ keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS }),
  };
  private connection: Promise<Connection> | undefined;

  /** @param kubeconfigPath read on the first request, and again after `reconnect` */
  constructor(private readonly kubeconfigPath: () => string) {}

  /** The JSON that the server answers. @throws TenantryError of `api-error.ts`; the signal's reason when it aborts */
  async json(request: ApiRequest): Promise<unknown> {
    const body = await this.text(request);
    return body === '' ? undefined : JSON.parse(body);
  }

  /** The same for answers that are not JSON, such as logs. */
  async text(request: ApiRequest): Promise<string> {
    const timeout = AbortSignal.timeout(request.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const signal = request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout]);
    return this.attempt(request, signal, async () => {
      const response = await this.send(request, signal);
      return await answerOf(response, request);
    });
  }

  /** A watch: resolves when the server ends it, rejects as `json` does, or `cluster_unreachable` after `idleMs` of silence. */
  async stream(request: ApiRequest, { onOpen, onLine, idleMs }: StreamOptions): Promise<void> {
    const idle = new AbortController();
    const giveUp = setTimeout(() => idle.abort(new Error(`silent for ${idleMs} ms`)), idleMs);
    const signal = request.signal === undefined ? idle.signal : AbortSignal.any([request.signal, idle.signal]);
    try {
      await this.attempt(request, signal, async () => {
        const response = await this.send(request, signal);
        if (response.statusCode !== 200) await answerOf(response, request);
        onOpen();
        let rest = '';
        for await (const chunk of response.setEncoding('utf8')) {
          giveUp.refresh();
          const lines = (rest + String(chunk)).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) if (line !== '') onLine(line);
        }
      });
    } finally {
      clearTimeout(giveUp);
    }
  }

  /** Reads the kubeconfig again on the next request. */
  reconnect(): void {
    this.connection = undefined;
  }

  /** Lets go of kept connections. */
  close(): void {
    this.agents['http:'].destroy();
    this.agents['https:'].destroy();
  }

  private connect(): Promise<Connection> {
    const connecting = connectionOf(this.kubeconfigPath());
    connecting.catch(() => this.reconnect());
    return connecting;
  }

  private async attempt<T>(request: ApiRequest, signal: AbortSignal, act: () => Promise<T>): Promise<T> {
    try {
      return await act().catch((error: unknown) => {
        // A kept connection can be closed by the server just as a request goes out on it; that request was not seen.
        if (request.method !== 'POST' && textAt(error, 'code') === 'ECONNRESET' && isReused(error)) return act();
        throw error;
      });
    } catch (error) {
      if (isRefusal(error)) throw error;
      request.signal?.throwIfAborted();
      throw unreachable(request.method, request.path, signal.aborted ? signal.reason : error);
    }
  }

  private async send(request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
    this.connection ??= this.connect();
    const connection = await this.connection;
    const { server, proxied } = connection;
    const { agent, headers, ...credentials } = await connection.credentials();
    signal.throwIfAborted();
    const secure = server.protocol === 'https:';
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    return new Promise((resolve, reject) => {
      const outgoing = (secure ? https : http).request(urlOf(server, request), {
        ...credentials,
        agent: proxied ? agent : this.agents[secure ? 'https:' : 'http:'],
        method: request.method,
        headers: { ...headers, ...headersOf(request, body) },
        signal,
      });
      outgoing.once('response', resolve);
      outgoing.once('error', (error) => reject(Object.assign(error, { reused: outgoing.reusedSocket })));
      outgoing.end(body);
    });
  }
}

function urlOf(server: URL, request: ApiRequest): URL {
  const url = new URL(server.pathname.replace(/\/$/, '') + request.path, server);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

function headersOf(request: ApiRequest, body: string | undefined): Record<string, string | number> {
  return {
    Accept: request.accept ?? 'application/json',
    'User-Agent': 'tenantry',
    ...(body === undefined
      ? {}
      : { 'Content-Type': request.contentType ?? 'application/json', 'Content-Length': Buffer.byteLength(body) }),
  };
}

async function answerOf(response: IncomingMessage, request: ApiRequest): Promise<string> {
  const body = await text(response);
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return body;
  throw refused({ status, body: parsed(body), method: request.method, path: request.path });
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function isReused(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'reused' in error && error.reused === true;
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === 'TenantryError';
}
