import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';

const onceCall = z.object({ p_function: z.string() });

/** Stands between a service and its Supabase. What it holds has taken effect, and its answer does not come: the moment for a kill. */
export class GatewayProxy {
  /** Names of functions whose answer is held. */
  readonly held: string[] = [];
  private holding: ReadonlySet<string> = new Set();

  private constructor(
    readonly url: string,
    private readonly server: ReturnType<typeof createServer>,
  ) {}

  static async start(target: string): Promise<GatewayProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const proxy = new GatewayProxy(`http://127.0.0.1:${port}`, server);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      // A killed service leaves its requests in the middle.
      proxy.pass(target, request, response).catch(() => response.destroy());
    });
    return proxy;
  }

  /** Holds the answer of every call of these functions from now on, be it direct or through call_once. */
  hold(...functions: string[]): void {
    this.holding = new Set(functions);
  }

  /** Holds nothing from now on. What was held stays without an answer. */
  release(): void {
    this.holding = new Set();
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async pass(target: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const body = await buffer(request);
    const headers = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' && !/^(host|connection|content-length)$/.test(name) ? [[name, value]] : [],
    );
    const answer = await fetch(new URL(url, target), { method, headers, ...(body.length > 0 ? { body } : {}) });
    const text = Buffer.from(await answer.arrayBuffer());
    const called = calledFunction(url, body);
    if (called !== undefined && this.holding.has(called)) {
      this.held.push(called);
      return;
    }
    const type = answer.headers.get('content-type');
    response.writeHead(answer.status, type === null ? {} : { 'content-type': type });
    response.end(text);
  }
}

function calledFunction(url: string, body: Buffer): string | undefined {
  const [, name] = /^\/rest\/v1\/rpc\/(\w+)/.exec(url) ?? [];
  return name === 'call_once' ? onceCall.parse(JSON.parse(body.toString('utf8'))).p_function : name;
}
