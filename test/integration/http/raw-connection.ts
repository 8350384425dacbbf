import { connect, type Socket } from 'node:net';
import { type JsonObject, jsonObject } from './start-app.js';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case; of several, the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly json: JsonObject;
}

/** A connection on which a test writes what no HTTP client would. */
export class RawConnection {
  private received = '';
  private isClosed = false;
  private readonly socket: Socket;
  /** Resolves when the server has ended the connection. */
  readonly closed: Promise<void>;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.socket = connect({ port: Number(port), host: hostname.replace(/^\[|\]$/g, '') });
    this.socket.on('data', (chunk) => (this.received += chunk.toString('latin1')));
    // A reset is an end as well.
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      this.socket.once('close', () => {
        this.isClosed = true;
        resolve();
      });
    });
  }

  write(...lines: string[]): void {
    this.socket.write(lines.join('\r\n'));
  }

  /** Writes a byte every so often, until the server ends the connection or the test the drip. */
  drip(bytes: string, everyMs: number): void {
    let next = 0;
    const timer = setInterval(() => {
      if (this.isClosed) clearInterval(timer);
      else this.socket.write(bytes.charAt(next++ % bytes.length));
    }, everyMs);
  }

  /** Every answer so far. */
  get answers(): RawAnswer[] {
    return answersIn(this.received);
  }

  /** Waits for the server to end the connection. */
  async allUntilClosed(): Promise<RawAnswer[]> {
    await this.closed;
    return this.answers;
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** Sends this as one request or more, and gives what was answered until the server ended the connection. */
export async function sendRaw(url: string, ...lines: string[]): Promise<RawAnswer[]> {
  const connection = new RawConnection(url);
  connection.write(...lines);
  return connection.allUntilClosed();
}

function answersIn(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let rest = text; rest !== '';) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return answers;
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(lines.map((line) => headerOf(line)));
    const length = Number(headers['content-length'] ?? '0');
    const body = rest.slice(end + 4, end + 4 + length);
    const status = Number(first.split(' ')[1]);
    const json = headers['content-type']?.includes('json') ? jsonObject.parse(JSON.parse(body)) : {};
    answers.push({ status, headers, body, json });
    rest = rest.slice(end + 4 + length);
  }
  return answers;
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
