import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TenantryError } from '../errors.js';
import { corsHeaders, preflightHeaders } from './cors.js';
import { type HttpSettings, maxHeaderCount } from './http-settings.js';
import type { KnownRoutes } from './known-routes.js';
import { pathOf } from './problem.filter.js';

/** Answers what browsers ask before they send a request, and says on each answer which page may read it. */
export function answerOrigins(fastify: FastifyInstance, { corsOrigins }: HttpSettings, known: KnownRoutes): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers;
    reply.headers(corsHeaders(corsOrigins, origin));
    const requested = request.headers['access-control-request-method'];
    const asked = { method: request.method, origin, requested };
    const methods = request.method === 'OPTIONS' ? known.methodsOf(pathOf(request)) : [];
    const preflight = preflightHeaders(corsOrigins, asked, methods);
    if (!preflight) return done();
    reply.status(204).headers(preflight).send();
  });
}

/** Refuses, before anything of a body is read, what a proxy in front may read in another way than we do. */
export function refuseAmbiguity(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => done(faultOf(request)));
}

function faultOf(request: FastifyRequest): TenantryError | undefined {
  const { rawHeaders, httpVersion } = request.raw;
  if (rawHeaders.length / 2 > maxHeaderCount) {
    return new TenantryError('too_large', 'headers_too_large', `There are more than ${maxHeaderCount} header fields.`);
  }
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;
  if (hosts > 1 || (hosts === 0 && httpVersion === '1.1')) {
    return new TenantryError('invalid', 'invalid_host', 'A request has exactly one Host header.');
  }
  return faultOfCoding(request);
}

/** Nothing is unpacked but by routes that say so, so no body of another is larger inside than it looks. */
function faultOfCoding(request: FastifyRequest): TenantryError | undefined {
  const coding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
  const codings = request.routeOptions.config.route?.rawBody?.codings ?? [];
  if (coding === 'identity' || codings.includes(coding)) return undefined;
  const how = codings.length === 0 ? 'as it is' : `as it is or with the coding ${codings.join(' or ')}`;
  return new TenantryError('unsupported', 'unsupported_content_encoding', `The body must be sent ${how}.`);
}
