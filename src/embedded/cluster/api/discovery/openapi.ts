import { groupVersionOf, servedGroups, type ServedType } from '../served-types.js';
import { cachedDocument, hashOf, type CachedDocument } from './etag.js';

const FIELD_VALIDATION = { name: 'fieldValidation', in: 'query', schema: { type: 'string', uniqueItems: true } };

/** `/apis/apps/v1/namespaces/{namespace}/deployments/{name}` */
function objectPath(root: string, { type }: ServedType): string {
  const scope = type.namespaced ? '/namespaces/{namespace}' : '';
  return `/${root}${scope}/${type.resource}/{name}`;
}

/**
 * The document of one group version. It says only what helm and kubectl look for: which kinds can be patched with
 * fieldValidation. A document with schemas would cost every helm install most of a second of CPU.
 */
function documentOf(root: string, types: readonly ServedType[]): object {
  const paths = Object.fromEntries(
    types
      .filter(({ verbs }) => verbs.includes('patch'))
      .map((served) => {
        const { group, version, kind } = served.type;
        const patch = {
          'x-kubernetes-action': 'patch',
          'x-kubernetes-group-version-kind': { group, version, kind },
          parameters: [FIELD_VALIDATION],
          responses: { '200': { description: 'OK' } },
        };
        return [objectPath(root, served), { patch }];
      }),
  );
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: 'v1.34.5' }, paths };
}

export interface OpenApiDocuments {
  index: CachedDocument;
  /** by root: `api/v1`, `apis/apps/v1` */
  byRoot: ReadonlyMap<string, CachedDocument>;
}

/** The OpenAPI v3 index and its documents, serialized once. */
export function openApiDocuments(): OpenApiDocuments {
  const byRoot = new Map<string, CachedDocument>();
  for (const [group, versions] of servedGroups()) {
    for (const [version, types] of versions) {
      const root = `${group === '' ? 'api' : 'apis'}/${groupVersionOf({ group, version })}`;
      byRoot.set(root, cachedDocument(documentOf(root, types)));
    }
  }
  const paths: Record<string, { serverRelativeURL: string }> = {};
  for (const [root, { bytes }] of byRoot) {
    paths[root] = { serverRelativeURL: `/openapi/v3/${root}?hash=${hashOf(bytes)}` };
  }
  return { index: cachedDocument({ paths }), byRoot };
}
