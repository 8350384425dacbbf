import { notFoundPath } from '../http/not-found.js';
import { jsonAnswer, textAnswer, type Answer } from '../http/answer.js';
import { negotiate } from '../http/negotiation.js';
import { groupVersionOf, servedGroups } from '../served-types.js';
import { cachedDocument, conditionalAnswer, type CachedDocument } from './etag.js';
import { openApiDocuments } from './openapi.js';
import { aggregatedDiscovery, apiGroup, resourceList } from './resource-lists.js';
import { VERSION } from './version.js';

const AGGREGATED_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const YEAR_SECONDS = 31_536_000;

export interface DocumentRequest {
  path: string;
  query: URLSearchParams;
  accept: string | undefined;
  ifNoneMatch: string | undefined;
}

/** Answers what describes the server: versions, health, discovery and OpenAPI. All of it is made once. */
export class Discovery {
  private readonly core = cachedDocument(aggregatedDiscovery(true));
  private readonly groups = cachedDocument(aggregatedDiscovery(false));
  private readonly openApi = openApiDocuments();
  private readonly plain = new Map<string, CachedDocument>();

  constructor(serverAddress: string) {
    const addresses = [{ clientCIDR: '0.0.0.0/0', serverAddress }];
    const versions = { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: addresses };
    this.plain.set('/api', cachedDocument(versions));
    const groups: object[] = [];
    for (const [group, byVersion] of servedGroups()) {
      for (const [version, types] of byVersion) {
        const groupVersion = groupVersionOf({ group, version });
        const path = `/${group === '' ? 'api' : 'apis'}/${groupVersion}`;
        this.plain.set(path, cachedDocument(resourceList(groupVersion, types)));
      }
      if (group === '') continue;
      const about = apiGroup(group, byVersion.keys());
      groups.push(about);
      this.plain.set(`/apis/${group}`, cachedDocument({ kind: 'APIGroup', apiVersion: 'v1', ...about }));
    }
    this.plain.set('/apis', cachedDocument({ kind: 'APIGroupList', apiVersion: 'v1', groups }));
  }

  /** The answer to a path that is no resource; undefined when the path may be one. Throws 404. */
  answer(request: DocumentRequest): Answer | undefined {
    const { path, ifNoneMatch } = request;
    if (path === '/version' || path === '/version/') return jsonAnswer(200, VERSION);
    if (isHealth(path)) return textAnswer(200, 'ok');
    if (path === '/openapi/v3' || path === '/openapi/v3/') {
      return conditionalAnswer(this.openApi.index, ifNoneMatch, 'text/plain; charset=utf-8');
    }
    if (path.startsWith('/openapi/v3/')) return this.openApiAnswer(request);
    const exact = this.plain.get(path.endsWith('/') ? path.slice(0, -1) : path);
    if (exact !== undefined) return this.discoveryAnswer(request, exact);
    if (!path.startsWith('/api/') && !path.startsWith('/apis/')) throw notFoundPath();
    return undefined;
  }

  private discoveryAnswer({ path, accept, ifNoneMatch }: DocumentRequest, plain: CachedDocument): Answer {
    const root = path === '/api' ? this.core : path === '/apis' ? this.groups : undefined;
    if (root !== undefined && negotiate(accept) === 'discovery') {
      return conditionalAnswer(root, ifNoneMatch, AGGREGATED_TYPE);
    }
    return { code: 200, body: plain.bytes, contentType: 'application/json' };
  }

  private openApiAnswer({ path, query, ifNoneMatch }: DocumentRequest): Answer {
    const document = this.openApi.byRoot.get(path.slice('/openapi/v3/'.length));
    if (document === undefined) throw notFoundPath();
    if (!query.has('hash')) return conditionalAnswer(document, ifNoneMatch, 'application/json');
    const expires = new Date(Date.now() + YEAR_SECONDS * 1000).toUTCString();
    const headers = { 'Cache-Control': 'public, immutable', Expires: expires };
    return conditionalAnswer(document, ifNoneMatch, 'application/json', headers);
  }
}

function isHealth(path: string): boolean {
  return /^\/(?:healthz|livez|readyz)(?:\/.*)?$/.test(path);
}
