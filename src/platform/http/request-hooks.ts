import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { newRequestId } from '../ids.js';
import type { RequestContext } from '../request-context.js';
import { acceptRequestId, contextOf, runInContext } from '../request-context.js';
import type { HttpMetrics } from '../telemetry/http-metrics.js';
import type { AnsweredRequests } from './answered-requests.js';
import { callerAddress } from './caller-address.js';
import { pathOf } from './problem.filter.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined before the first hook. A property, for a map beside it costs each request more than what it holds. */
    running: RequestContext | undefined;
    /** What the route made of params, query, headers and body, once that was asked for. */
    input: unknown;
  }
}

/** The caller's request id, or a new one. */
export function requestIdOf(request: { headers: Record<string, unknown> }): string {
  return acceptRequestId(request.headers['x-request-id']) ?? newRequestId();
}

/** Gives each request its context, echoes its id, logs one line when it ends, counts it, and tells who listens. */
export function addRequestHooks(
  fastify: FastifyInstance,
  logger: Logger,
  metrics: HttpMetrics,
  answered: AnsweredRequests,
): void {
  fastify.decorateRequest('running', undefined);
  fastify.decorateRequest('input', undefined);
  fastify.addHook('onRequest', (request, reply, done) => {
    const context = contextOf(request.id, request.headers['traceparent']);
    context.address = callerAddress(request.ip, request.socket.remoteAddress);
    request.running = context;
    // On the raw answer, so that answers that never pass Fastify's own sending have it too.
    reply.raw.setHeader('x-request-id', request.id);
    runInContext(context, done);
  });
  // Reading a body continues in the socket's context, not in that of the request.
  fastify.addHook('preValidation', (request, _reply, done) => {
    const context = request.running;
    if (context) runInContext(context, done);
    else done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const context = request.running;
    if (context) runInContext(context, () => logRequest(logger, request, reply));
    const { url: route } = request.routeOptions;
    metrics.observe(request.method, route, reply.statusCode, reply.elapsedTime);
    const { raw, method } = request;
    answered.tell({ raw, method, route, status: reply.statusCode, reach: context?.reach });
    done();
  });
}

function logRequest(logger: Logger, request: FastifyRequest, reply: FastifyReply): void {
  const { quiet = false } = request.routeOptions.config.route ?? {};
  const level = quiet && reply.statusCode < 400 ? 'debug' : 'info';
  if (!logger.isLevelEnabled(level)) return;
  const members = {
    method: request.method,
    path: pathOf(request),
    route: request.routeOptions.url ?? null,
    status: reply.statusCode,
    duration_ms: Math.round(reply.elapsedTime * 10) / 10,
    remote: callerAddress(request.ip, request.socket.remoteAddress),
  };
  logger[level](members, 'request');
}
