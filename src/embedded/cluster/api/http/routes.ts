import { badRequest } from '../../store/status-error.js';
import type { ApiParts } from '../api-parts.js';
import { requestToken } from '../access/token-request.js';
import { review } from '../access/reviews.js';
import { podLog } from '../reading/logs.js';
import { metrics } from '../reading/metrics.js';
import { read } from '../reading/read.js';
import { create } from '../writing/create.js';
import { remove, removeCollection } from '../writing/delete.js';
import { evict } from '../writing/eviction.js';
import { patch } from '../writing/patch.js';
import { scale } from '../writing/scale.js';
import { replace } from '../writing/update.js';
import type { Answer } from './answer.js';
import { methodNotAllowed, notFoundPath } from './not-found.js';
import type { ResourceRequest } from './resource-request.js';

/** Answers a request for a resource. Throws StatusError for whatever the real server would refuse. */
export function route(parts: ApiParts, request: ResourceRequest): Answer {
  const { served, subresource } = request.path;
  if (served.key === undefined) return computedRoute(parts, request);
  if (subresource !== undefined) return subresourceRoute(parts, request, subresource);
  const named = request.path.name !== undefined;
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return read(parts, request);
    case 'POST':
      if (named) throw methodNotAllowed();
      return create(parts, request);
    case 'PUT':
      if (!named) throw methodNotAllowed();
      return replace(parts, request);
    case 'PATCH':
      if (!named) throw methodNotAllowed();
      return patch(parts, request);
    case 'DELETE':
      if (named) return remove(parts, request);
      if (!served.verbs.includes('deletecollection')) throw methodNotAllowed();
      return removeCollection(parts, request);
    default:
      throw badRequest(`unsupported method ${request.method}`);
  }
}

function computedRoute(parts: ApiParts, request: ResourceRequest): Answer {
  const { verbs } = request.path.served;
  if (request.method === 'POST' && verbs.includes('create')) return review(parts, request);
  if (request.method === 'GET' && verbs.includes('list')) return metrics(parts, request);
  throw methodNotAllowed();
}

const POST_ONLY: Readonly<Record<string, (parts: ApiParts, request: ResourceRequest) => Answer>> = {
  eviction: evict,
  token: requestToken,
};

function subresourceRoute(parts: ApiParts, request: ResourceRequest, subresource: string): Answer {
  const { type } = request.path.served;
  if (!type.subresources.some((known) => known === subresource)) throw notFoundPath();
  const { method } = request;
  const post = POST_ONLY[subresource];
  if (post !== undefined) {
    if (method !== 'POST') throw methodNotAllowed();
    return post(parts, request);
  }
  if (method === 'GET' && subresource === 'log') return podLog(parts, request);
  if (subresource === 'scale' && ['GET', 'PUT', 'PATCH'].includes(method)) return scale(parts, request);
  if (subresource === 'log' || subresource === 'scale') throw methodNotAllowed();
  if (method === 'GET' && subresource === 'status') return read(parts, request);
  if (method === 'PUT') return replace(parts, request);
  if (method === 'PATCH' && subresource === 'status') return patch(parts, request);
  throw methodNotAllowed();
}
