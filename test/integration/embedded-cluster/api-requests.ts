import { readFile } from 'node:fs/promises';
import http from 'node:http';

import { parse } from 'yaml';

export interface Answer {
  code: number;
  headers: http.IncomingHttpHeaders;
  text: string;
  /** the parsed body; null when it is not JSON */
  body: Body;
}

export interface Body {
  [member: string]: unknown;
  kind?: string;
  message?: string;
  reason?: string;
  metadata?: Record<string, unknown> & { name?: string; resourceVersion?: string; continue?: string };
  items?: Body[];
  spec?: Record<string, unknown>;
  status?: unknown;
}

export interface RequestOptions {
  body?: unknown;
  contentType?: string;
  headers?: Record<string, string>;
  /** undefined: the administrator's; null: none */
  token?: string | null;
}

/** Requests with the token of a cluster's kubeconfig. */
export async function requestsTo(cluster: { url: string; kubeconfigPath: string }): Promise<Requests> {
  const kubeconfig = parse(await readFile(cluster.kubeconfigPath, 'utf8')) as { users: { user: { token: string } }[] };
  return new Requests(cluster, kubeconfig.users[0]?.user.token ?? '');
}

/** Speaks HTTP with a cluster as its administrator, unless told otherwise. */
export class Requests {
  constructor(
    private readonly cluster: { url: string },
    private readonly adminToken: string,
  ) {}

  async send(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const response = await this.open(method, path, options);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(Buffer.from(chunk as Uint8Array));
    const text = Buffer.concat(chunks).toString();
    return { code: response.statusCode ?? 0, headers: response.headers, text, body: parsed(text) };
  }

  /** The answer as soon as its headers are there, for streams. */
  open(method: string, path: string, options: RequestOptions = {}): Promise<http.IncomingMessage> {
    const { body, token = this.adminToken } = options;
    const bytes = Buffer.isBuffer(body) || body === undefined ? body : Buffer.from(JSON.stringify(body));
    const headers: Record<string, string> = { 'user-agent': 'spec/1', ...options.headers };
    if (token !== null) headers['authorization'] = `Bearer ${token}`;
    if (bytes !== undefined) {
      headers['content-type'] = options.contentType ?? 'application/json';
      headers['content-length'] = String(bytes.length);
    }
    return new Promise((resolve, reject) => {
      const request = http.request(`${this.cluster.url}${path}`, { method, headers, agent: false });
      request.once('response', resolve).once('error', reject).end(bytes);
    });
  }

  get(path: string, options?: RequestOptions): Promise<Answer> {
    return this.send('GET', path, options);
  }

  post(path: string, body: unknown, options?: RequestOptions): Promise<Answer> {
    return this.send('POST', path, { ...options, body });
  }

  put(path: string, body: unknown, options?: RequestOptions): Promise<Answer> {
    return this.send('PUT', path, { ...options, body });
  }

  patch(path: string, body: unknown, contentType = 'application/merge-patch+json'): Promise<Answer> {
    return this.send('PATCH', path, { body, contentType });
  }

  apply(path: string, body: unknown, query = 'fieldManager=spec'): Promise<Answer> {
    return this.patch(`${path}?${query}`, body, 'application/apply-patch+yaml');
  }

  delete(path: string, options?: RequestOptions): Promise<Answer> {
    return this.send('DELETE', path, options);
  }

  /** A watch whose events are read one after the other. */
  async watch(path: string, options?: RequestOptions): Promise<Watched> {
    return new Watched(await this.open('GET', path, options));
  }
}

function parsed(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return {};
  }
}

export interface WatchEvent {
  type: string;
  object: Body;
}

/** The events of a watch, in order. */
export class Watched {
  private readonly events: AsyncGenerator<WatchEvent>;

  constructor(private readonly response: http.IncomingMessage) {
    this.events = eventsOf(response);
  }

  /** The next event; undefined when the server has ended the watch. */
  async next(): Promise<WatchEvent | undefined> {
    const { value, done } = await this.events.next();
    return done === true ? undefined : value;
  }

  /** `ADDED a`, `BOOKMARK`: the next so many, shortly. */
  async take(count: number): Promise<string[]> {
    const taken: string[] = [];
    while (taken.length < count) {
      const event = await this.next();
      if (event === undefined) break;
      taken.push(`${event.type} ${event.object.metadata?.name ?? ''}`.trim());
    }
    return taken;
  }

  close(): void {
    this.response.destroy();
  }
}

async function* eventsOf(response: http.IncomingMessage): AsyncGenerator<WatchEvent, undefined> {
  let rest = '';
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as WatchEvent;
    }
  } catch {
    // cut off: the same to a reader as the end
  }
  return undefined;
}
