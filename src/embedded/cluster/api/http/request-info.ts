import { servedType, type ServedType } from '../served-types.js';

/** A path under /api or /apis, taken apart. */
export interface ResourcePath {
  served: ServedType;
  namespace: string | undefined;
  name: string | undefined;
  subresource: string | undefined;
}

const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(['status', 'finalize']);

/**
 * Takes `/apis/apps/v1/namespaces/a/deployments/web/scale` apart. Undefined when nothing is served there: an unknown
 * group version or type, a cluster-wide type inside a namespace, too many segments.
 */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const segments = path.split('/').slice(1);
  if (segments.at(-1) === '') segments.pop();
  const start = segments[0] === 'api' ? 2 : 3;
  const groupVersion = segments.slice(1, start).join('/');
  return parseRest(groupVersion, segments.slice(start).map(decode));
}

function parseRest(groupVersion: string, rest: readonly string[]): ResourcePath | undefined {
  const [first, second, third] = rest;
  const inNamespace = first === 'namespaces' && third !== undefined && !isNamespaceItself(rest);
  const [resource, name, subresource, ...more] = inNamespace ? rest.slice(2) : rest;
  if (resource === undefined || more.length > 0) return undefined;
  const served = servedType(groupVersion, resource);
  if (served === undefined || (inNamespace && !served.type.namespaced)) return undefined;
  if (name !== undefined && served.type.namespaced && !inNamespace) return undefined;
  return { served, namespace: inNamespace ? second : undefined, name, subresource };
}

function isNamespaceItself(rest: readonly string[]): boolean {
  return rest.length === 3 && NAMESPACE_SUBRESOURCES.has(rest[2] ?? '');
}

function decode(segment: string): string {
  return segment.includes('%') ? decodeURIComponent(segment) : segment;
}
