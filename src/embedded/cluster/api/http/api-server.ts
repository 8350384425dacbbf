import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import { StatusError } from '../../store/status-error.js';
import { attributesOf, authorize, authorizePath, verbOf } from '../access/authorize.js';
import { impersonated } from '../access/impersonation.js';
import type { User } from '../access/user.js';
import type { ApiParts } from '../api-parts.js';
import { Discovery } from '../discovery/discovery.js';
import { flag } from '../reading/query.js';
import { errorAnswer, type Answer } from './answer.js';
import { readBody } from './body.js';
import { Faults } from './faults.js';
import { negotiate } from './negotiation.js';
import { notFoundPath } from './not-found.js';
import { parseResourcePath } from './request-info.js';
import { route } from './routes.js';

const HOST = '127.0.0.1';
const NO_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD']);
const EMPTY = Buffer.alloc(0);

/** The HTTP side of the cluster: plain HTTP on loopback. */
export class ApiServer {
  readonly faults: Faults;
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();
  private discovery: Discovery | undefined;
  private port = 0;

  constructor(private readonly parts: ApiParts) {
    this.faults = new Faults(() => parts.hub.withhold());
  }

  /** Listens on the port, any free one for 0. Answers the URL. */
  async listen(port: number): Promise<string> {
    const server = createServer({ keepAliveTimeout: 30_000, requestTimeout: 0 }, (request, response) => {
      void this.serve(request, response);
    });
    server.on('connection', (socket) => {
      socket.setNoDelay(true);
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, HOST, resolve);
    });
    this.server = server;
    this.port = portOf(server.address());
    this.discovery ??= new Discovery(`${HOST}:${this.port}`);
    return `http://${HOST}:${this.port}`;
  }

  /** Refuses connections until `resume`, as if the process had gone. */
  async pause(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  /** Listens again on the same port. */
  async resume(): Promise<void> {
    if (this.server === undefined) await this.listen(this.port);
  }

  /** Ends all connections and stops listening. */
  async close(): Promise<void> {
    this.faults.clear();
    await this.pause();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (this.faults.any) {
        const outcome = await this.faults.meet(request, request.url ?? '/');
        if (outcome === 'hang') return;
        if (outcome === 'drop') {
          request.socket.destroy();
          return;
        }
      }
      const body = NO_BODY.has(request.method ?? 'GET') ? EMPTY : await readBody(request);
      send(response, this.answer(request, body), request.method === 'HEAD');
    } catch (error) {
      if (response.headersSent) response.destroy();
      else send(response, errorAnswer(error), false);
    }
  }

  private answer(request: IncomingMessage, body: Buffer): Answer {
    const { method = 'GET', headers, url = '/' } = request;
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
    const user = impersonated(this.parts.rbac, this.parts.authentication.userOf(path, headers), headers);
    const document = this.documentAnswer(user, method, path, query, headers.accept, headers['if-none-match']);
    if (document !== undefined) return document;
    const resource = parseResourcePath(path);
    if (resource === undefined) throw notFoundPath();
    const verb = verbOf(method, resource, flag(query, 'watch'));
    authorize(this.parts.rbac, user, attributesOf(resource, verb));
    const as = negotiate(headers.accept);
    if (as === undefined) throw notAcceptable();
    return route(this.parts, { method, path: resource, query, headers, user, body, as });
  }

  private documentAnswer(
    user: User,
    method: string,
    path: string,
    query: URLSearchParams,
    accept: string | undefined,
    ifNoneMatch: string | undefined,
  ): Answer | undefined {
    const isResource = path.startsWith('/api/v1/') || /^\/apis\/[^/]+\/[^/]+\/[^/]/.test(path);
    if (isResource && path !== '/api/v1/') return undefined;
    authorizePath(this.parts.rbac, user, method, path);
    return this.discovery?.answer({ path, query, accept, ifNoneMatch });
  }
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
  return address.port;
}

function notAcceptable(): StatusError {
  const accepted = 'application/json, application/json;as=Table;v=v1;g=meta.k8s.io';
  const message = `only the following media types are accepted: ${accepted}`;
  return new StatusError(406, 'NotAcceptable', message, {});
}

function send(response: ServerResponse, answer: Answer, headOnly: boolean): void {
  if ('stream' in answer) {
    answer.stream(response);
    return;
  }
  const headers: Record<string, string | number> = { 'Cache-Control': 'no-cache, private', ...answer.headers };
  if (answer.code !== 304) {
    headers['Content-Type'] = answer.contentType;
    headers['Content-Length'] = answer.body.length;
  }
  response.writeHead(answer.code, headers);
  response.end(headOnly || answer.code === 304 ? undefined : answer.body);
}
