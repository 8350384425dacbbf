import { itemsAt, numberAt } from '../../store/fields.js';
import { timestamp } from '../../store/writes.js';
import type { ApiParts } from '../api-parts.js';
import { jsonAnswer, type Answer } from '../http/answer.js';
import { parseObjectBody } from '../http/body.js';
import type { ResourceRequest } from '../http/resource-request.js';
import { find } from '../reading/read.js';

const DEFAULT_SECONDS = 3600;
const DEFAULT_AUDIENCE = 'https://kubernetes.default.svc.cluster.local';

/** Answers POST of a TokenRequest: a bearer token for the service account. */
export function requestToken(parts: ApiParts, request: ResourceRequest): Answer {
  const account = find(parts, request);
  const body = parseObjectBody(request.body, request.headers['content-type']);
  const expirationSeconds = numberAt(body, 'spec', 'expirationSeconds') ?? DEFAULT_SECONDS;
  const asked = itemsAt(body, 'spec', 'audiences').filter((item) => typeof item === 'string');
  const audiences = asked.length === 0 ? [DEFAULT_AUDIENCE] : asked;
  const now = parts.now();
  const expires = Math.floor(now.getTime() / 1000) + expirationSeconds;
  const { name, namespace = '', uid } = account.metadata;
  const token = parts.authentication.issue({ namespace, name, uid, expires }, audiences, now);
  return jsonAnswer(201, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: timestamp(now) },
    spec: { audiences, expirationSeconds, boundObjectRef: null },
    status: { token, expirationTimestamp: timestamp(new Date(expires * 1000)) },
  });
}
