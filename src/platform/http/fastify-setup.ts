import type { FastifyReply, FastifyRequest } from 'fastify';
import { TenantryError } from '../errors.js';
import type { Doorkeeper } from './doorkeeper.js';
import { callerAddress } from './caller-address.js';
import type { DrainingAdapter } from './draining.adapter.js';
import { type HttpSettings, maxHeaderBytes } from './http-settings.js';
import type { KnownRoutes } from './known-routes.js';
import { answerOrigins, refuseAmbiguity } from './request-checks.js';
import type { RouteDefinition } from './route.js';
import { securityHeaders } from './security-headers.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    route?: RouteDefinition;
  }
}

export interface Door {
  readonly http: HttpSettings;
  readonly known: KnownRoutes;
  readonly doorkeeper: Doorkeeper;
}

/** What no route may do without: limits, security headers, JSON alone, and problems for what Nest never sees. */
export function configureFastify(adapter: DrainingAdapter, { http, known, doorkeeper }: Door): void {
  // First, so that what the others refuse has these headers too.
  addSecurityHeaders(adapter, http);
  refuseWhenDraining(adapter);
  refuseAmbiguity(adapter.getInstance());
  answerOrigins(adapter.getInstance(), http, known);
  askDoorkeeper(adapter, doorkeeper);
  recognizeBeforeLargeBodies(adapter, doorkeeper);
  acceptJsonAlone(adapter);
  rememberRoutes(adapter, known);
}

function addSecurityHeaders(adapter: DrainingAdapter, { hstsSeconds }: HttpSettings): void {
  const headers = securityHeaders(hstsSeconds);
  adapter.getInstance().addHook('onRequest', (_request, reply, done) => {
    // On the raw answer, so that answers that never pass Fastify's own sending have them too.
    for (const [name, value] of headers) reply.raw.setHeader(name, value);
    done();
  });
}

function refuseWhenDraining(adapter: DrainingAdapter): void {
  adapter.getInstance().addHook('onRequest', (_request, reply, done) => {
    if (!adapter.draining) return done();
    reply.header('connection', 'close');
    return done(
      new TenantryError('unavailable', 'shutting_down', 'This replica is shutting down; ask again.', {
        members: { retry_after_seconds: 1 },
      }),
    );
  });
}

/** Before anything else is done for a request of nobody in particular. Who brings a credential is asked about it first. */
function askDoorkeeper(adapter: DrainingAdapter, doorkeeper: Doorkeeper): void {
  const admit = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { headers, refusal } = await doorkeeper.admit(callerAddress(request.ip, request.socket.remoteAddress));
    reply.headers(headers);
    if (refusal) throw refusal;
  };
  adapter.getInstance().addHook('onRequest', (request, reply, done) => {
    if (isAnonymous(request)) return admit(request, reply);
    // At once: most requests are somebody's, and need not wait for a promise of nothing.
    return done();
  });
}

/** As much as the headers of anybody may be: to keep so much of a stranger's for a moment costs no more than they do. */
const smallBodyBytes = maxHeaderBytes;

/** The guard asks again, when the body is there: a minute may have passed. What is read of nobody in particular is so never much. */
function recognizeBeforeLargeBodies(adapter: DrainingAdapter, doorkeeper: Doorkeeper): void {
  adapter.getInstance().addHook('onRequest', (request, reply, done) => {
    const { route } = request.routeOptions.config;
    if (route === undefined || route.access === 'public' || !mayBringLargeBody(request)) return done();
    return doorkeeper.recognize({ request, reply, route, access: route.access });
  });
}

function mayBringLargeBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > smallBodyBytes;
}

/** No guard will ask who sent it, or can learn that. */
function isAnonymous(request: FastifyRequest): boolean {
  const { route } = request.routeOptions.config;
  if (route?.limits === 'none') return false;
  return route === undefined || route.access === 'public' || !request.headers.authorization;
}

const jsonType = /^application\/(?:[\w.-]+\+)?json(?:\s*;|$)/i;

/**
 * The body stays text, or bytes for routes that want it so: it is read after the caller is known, together with all other input, and can be
 * hashed as sent.
 */
function acceptJsonAlone(adapter: DrainingAdapter): void {
  const fastify = adapter.getInstance();
  fastify.removeAllContentTypeParsers();
  for (const type of [jsonType, '*']) fastify.addContentTypeParser(type, { parseAs: 'buffer' }, readBody);
}

function readBody(request: FastifyRequest, body: Buffer, done: (error: Error | null, body?: unknown) => void): void {
  if (takesAnyType(request)) done(null, body);
  else if (takesType(request)) done(null, body.toString('utf8'));
  else done(unsupportedType(bodyTypesOf(request)));
}

function takesAnyType(request: FastifyRequest): boolean {
  return request.routeOptions.config.route?.rawBody !== undefined;
}

function bodyTypesOf(request: FastifyRequest): readonly string[] {
  return request.routeOptions.config.route?.bodyTypes ?? ['application/json'];
}

function takesType(request: FastifyRequest): boolean {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  return bodyTypesOf(request).includes(type.trim().toLowerCase());
}

function unsupportedType(accepted: readonly string[]): TenantryError {
  const types = accepted.join(' or ');
  return new TenantryError('unsupported', 'unsupported_media_type', `The body must be ${types}.`);
}

function rememberRoutes(adapter: DrainingAdapter, known: KnownRoutes): void {
  adapter.getInstance().addHook('onRoute', (route) => {
    known.add(route.url, [route.method].flat());
    const limit = route.config?.route?.bodyLimit;
    if (limit !== undefined) route.bodyLimit = limit;
  });
}
