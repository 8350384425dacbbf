import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { answerClientError } from './client-error.js';
import { type HttpSettings, maxHeaderBytes } from './http-settings.js';
import type { ProblemFilter } from './problem.filter.js';
import { requestIdOf } from './request-hooks.js';

/** Bytes of a body, unless the route says otherwise. */
const defaultBodyLimit = 1_048_576;

/** Fastify, refusing new work from the moment that shutdown begins rather than after all of its hooks have run. */
export class DrainingAdapter extends FastifyAdapter {
  private isDraining = false;
  private timers: NodeJS.Timeout[] = [];
  /** Connections on which no request has come yet: clients open some ahead, and Node does not count them as idle. */
  private readonly unused = new Set<Socket>();

  constructor(
    problems: ProblemFilter,
    private readonly drainSeconds: number,
    logger: Logger,
    { slowClients, trustedProxies }: HttpSettings,
  ) {
    super({
      http: {
        headersTimeout: slowClients.headersMs,
        connectionsCheckingInterval: slowClients.checkMs,
        maxHeaderSize: maxHeaderBytes,
        // Node's own refusal has no body and no id; refuseAmbiguity refuses in its place.
        requireHostHeader: false,
      },
      requestTimeout: slowClients.requestMs,
      keepAliveTimeout: slowClients.keepAliveMs,
      connectionTimeout: slowClients.silenceMs,
      bodyLimit: defaultBodyLimit,
      trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
      clientErrorHandler: (error, socket) => answerClientError(logger, error, socket),
      // Our own hook refuses with a problem document; Fastify's own way has another shape.
      return503OnClosing: false,
      requestIdHeader: false,
      genReqId: requestIdOf,
      routerOptions: { maxParamLength: 500 },
      frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
        // No hook has run for these.
        reply.raw.setHeader('x-request-id', request.id);
        reply.raw.setHeader('x-content-type-options', 'nosniff');
        problems.answer(error, request, reply);
      },
    });
  }

  get draining(): boolean {
    return this.isDraining;
  }

  override initHttpServer(options: Parameters<FastifyAdapter['initHttpServer']>[0]): void {
    super.initHttpServer(options);
    const { server } = this.getInstance();
    server.on('connection', (socket: Socket) => {
      this.unused.add(socket);
      socket.once('close', () => this.unused.delete(socket));
    });
    // An expectation that nobody knows may be ignored (RFC 9110, 10.1.1); Node would answer 417 without a body.
    server.on('checkExpectation', (request, response) => server.emit('request', request, response));
    server.prependListener('request', ({ socket }) => this.unused.delete(socket));
  }

  override beforeClose(): void {
    super.beforeClose();
    this.isDraining = true;
    const { server } = this.getInstance();
    if (!server.listening) return;
    server.close();
    for (const socket of this.unused) socket.destroy();
    this.timers = [
      // A connection that served its last request would stay open for the next one, which never comes.
      setInterval(() => server.closeIdleConnections(), 20),
      setTimeout(() => server.closeAllConnections(), this.drainSeconds * 1_000),
    ];
  }

  override async close(): Promise<void> {
    try {
      await super.close();
    } finally {
      for (const timer of this.timers) clearTimeout(timer);
    }
  }
}
