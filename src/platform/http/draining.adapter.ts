import type { Socket } from 'node:net';
import { StreamableFile } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { answerClientError } from './client-error.js';
import { type HttpSettings, maxHeaderBytes } from './http-settings.js';
import type { ProblemFilter } from './problem.filter.js';
import { requestIdOf } from './request-hooks.js';
import { answerOf, checkAnswer, checkWritten, setAnswer, WrittenBody } from './route-answer.js';
import type { RouteDefinition } from './route.js';

/** Bytes of a body, unless the route says otherwise. */
const defaultBodyLimit = 1_048_576;

/** Members of `HttpAppOptions`. */
interface AdapterSettings {
  readonly logger: Logger;
  readonly checkAnswers: boolean;
  readonly drainSeconds: number;
}

/** Fastify, refusing new work from the moment that shutdown begins rather than after all of its hooks have run. */
export class DrainingAdapter extends FastifyAdapter {
  private isDraining = false;
  private timers: NodeJS.Timeout[] = [];
  /** Connections on which no request has come yet: clients open some ahead, and Node does not count them as idle. */
  private readonly unused = new Set<Socket>();

  constructor(
    problems: ProblemFilter,
    private readonly settings: AdapterSettings,
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
      clientErrorHandler: (error, socket) => answerClientError(settings.logger, error, socket),
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

  /** What a handler returned, as its route means it. Here and not in an interceptor, which would cost each request more than all of this. */
  override reply(...[response, result, statusCode]: Parameters<FastifyAdapter['reply']>): FastifyReply {
    const route = 'request' in response ? response.request.routeOptions.config.route : undefined;
    return super.reply(
      response,
      route && 'request' in response ? this.bodyOf(route, result, response) : result,
      statusCode,
    );
  }

  private bodyOf(route: RouteDefinition, result: unknown, reply: FastifyReply): unknown {
    const { checkAnswers } = this.settings;
    if (result instanceof WrittenBody) {
      if (checkAnswers) checkWritten(route, reply.statusCode, result);
      return result.bytes;
    }
    const answer = answerOf(route, result);
    try {
      if (checkAnswers) checkAnswer(route, answer);
      setAnswer(route, answer, reply);
    } catch (error) {
      // Nobody is going to read it.
      if (answer.body instanceof StreamableFile) answer.body.getStream().destroy();
      throw error;
    }
    return answer.body;
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
      setTimeout(() => server.closeAllConnections(), this.settings.drainSeconds * 1_000),
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
