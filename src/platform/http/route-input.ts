import type { FastifyRequest } from 'fastify';
import { parseInput } from './parse-input.js';

/** What the request's route makes of its input, parsed when it is first asked for. @throws TenantryError with every fault */
export function inputOf(request: FastifyRequest): unknown {
  const { route } = request.routeOptions.config;
  if (route && request.input === undefined) request.input = parseInput(route, request);
  return request.input;
}
