import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export type Answer = (request: SeenRequest, response: ServerResponse) => void | Promise<void>;

/**
 * A server that answers what a test says, with faults no Kubernetes would agree to: it may hang, cut or lie.
 * For everything that a cluster does right there is the embedded one.
 */
export class ApiStandIn {
  readonly requests: SeenRequest[] = [];
  connections = 0;
  answer: Answer = (_request, response) => void response.writeHead(404).end();

  private constructor(
    private readonly server: http.Server,
    private readonly directory: string,
  ) {}

  get kubeconfigPath(): string {
    return join(this.directory, 'kubeconfig');
  }

  static async start(): Promise<ApiStandIn> {
    const server = http.createServer();
    const standIn = new ApiStandIn(server, await mkdtemp(join(tmpdir(), 'tenantry-test-')));
    server.on('connection', () => (standIn.connections += 1));
    server.on('request', (request, response) => void standIn.take(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the stand-in has no port');
    await standIn.writeKubeconfig(address.port);
    return standIn;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** Cuts every connection, as a server that dies does. */
  cut(): void {
    this.server.closeAllConnections();
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://x');
    const seen = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: await text(request),
    };
    this.requests.push(seen);
    await this.answer(seen, response);
  }

  private writeKubeconfig(port: number): Promise<void> {
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'x',
      contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
      clusters: [{ name: 'x', cluster: { server: `http://127.0.0.1:${port}/prefix/` } }],
      users: [{ name: 'x', user: { token: 'hunter2' } }],
    };
    return writeFile(this.kubeconfigPath, JSON.stringify(config), { mode: 0o600 });
  }
}

/** Answers JSON. */
export function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
