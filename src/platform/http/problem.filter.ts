import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { Catch, NotFoundException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { TenantryError } from '../errors.js';
import type { KnownRoutes } from './known-routes.js';
import { methodNotAllowed, problemAnswer, problemContentType, routeNotFound, toTenantryError } from './problem.js';

/** The one place where whatever was thrown becomes an answer. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly known: KnownRoutes,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(thrown, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Also for what fails before Nest sees a request. */
  answer(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const error = this.errorOf(thrown, request);
    if (error.kind === 'internal')
      this.logger.error({ err: error.cause ?? error, url: pathOf(request) }, error.message);
    if (error.kind === 'unavailable' && error.cause !== undefined)
      this.logger.warn({ err: error.cause, url: pathOf(request) }, error.message);
    // The answer has begun: its end is all that can still be changed.
    if (reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    const { problem, headers } = problemAnswer(error, request.id);
    reply.status(problem.status).headers(headers).type(problemContentType);
    reply.removeHeader('etag');
    // As bytes: to text Fastify would add a charset, which this media type does not have.
    void reply.send(Buffer.from(JSON.stringify(problem)));
  }

  private errorOf(thrown: unknown, request: FastifyRequest): TenantryError {
    if (!(thrown instanceof NotFoundException && request.is404)) return toTenantryError(thrown);
    const path = pathOf(request);
    const allowed = this.known.methodsOf(path);
    return allowed.length > 0 && !allowed.includes(request.method)
      ? methodNotAllowed(request.method, path, allowed)
      : routeNotFound(request.method, path);
  }
}

/** Without the query, which can hold what callers would not have logged. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}
