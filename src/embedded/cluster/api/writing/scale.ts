import { trackUpdate } from '../../apply/track-update.js';
import { fieldsAt, numberAt, stringAt, stringsAt } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';
import { badRequest, invalid, staleVersion } from '../../store/status-error.js';
import { timestamp } from '../../store/writes.js';
import type { ApiParts } from '../api-parts.js';
import { jsonAnswer, type Answer } from '../http/answer.js';
import { mediaType, parseJson, parseObjectBody } from '../http/body.js';
import { writeParameters, type ResourceRequest } from '../http/resource-request.js';
import { find, keyOfServed } from '../reading/read.js';
import { selectorText } from '../tables/selector-text.js';
import { APPLY, patchDocument } from './patch.js';
import { mustBeObject } from './write-body.js';

/** The Scale of a workload. */
function scaleOf(object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = numberAt(object, 'spec', 'replicas') ?? 0;
  const selector = scaleSelector(object);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: numberAt(object, 'status', 'replicas') ?? 0, ...(selector === '' ? {} : { selector }) },
  };
}

function scaleSelector(object: KubeObject): string {
  const selector = fieldsAt(object, 'spec', 'selector');
  if ('matchLabels' in selector || 'matchExpressions' in selector) return selectorText(object, 'spec', 'selector');
  return Object.entries(stringsAt(selector))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

/** Answers GET, PUT and PATCH of a Scale. Writing one changes the replicas only, under the name of its writer. */
export function scale(parts: ApiParts, request: ResourceRequest): Answer {
  const live = find(parts, request);
  if (request.method === 'GET') return jsonAnswer(200, scaleOf(live));
  const wanted = wantedScale(request, scaleOf(live));
  const replicas = wantedReplicas(live, wanted);
  const { resourceVersion } = wanted.metadata;
  if (resourceVersion && resourceVersion !== live.metadata.resourceVersion) {
    const { group, resource } = request.path.served.type;
    throw staleVersion(group, resource, live.metadata.name);
  }
  const { fieldManager, dryRun } = writeParameters(request);
  const tracked = trackUpdate({
    apiVersion: live.apiVersion,
    kind: live.kind,
    live,
    updated: { ...live, spec: { ...fieldsAt(live, 'spec'), replicas } },
    manager: fieldManager,
    subresource: 'scale',
    time: timestamp(parts.now()),
  });
  const key = keyOfServed(request.path.served);
  return jsonAnswer(200, scaleOf(parts.store.update(key, mustBeObject(tracked), { dryRun })));
}

function wantedScale({ method, headers, body }: ResourceRequest, current: KubeObject): KubeObject {
  if (method === 'PUT') return mustBeObject(parseObjectBody(body, headers['content-type']));
  const media = mediaType(headers['content-type']);
  if (media === APPLY) return mustBeObject({ ...current, ...parseJson(body) });
  const change: unknown = JSON.parse(body.toString());
  return mustBeObject(patchDocument(media, current, change));
}

function wantedReplicas(live: KubeObject, wanted: KubeObject): number {
  if (wanted.metadata.name && wanted.metadata.name !== live.metadata.name) {
    throw badRequest(
      `the name of the object (${wanted.metadata.name}) does not match the name on the URL (${live.metadata.name})`,
    );
  }
  const { replicas } = fieldsAt(wanted, 'spec');
  if (replicas !== undefined && typeof replicas !== 'number') {
    const type = typeof replicas;
    throw badRequest(
      `Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal ${type} into Go struct field ScaleSpec.spec.replicas of type int32`,
    );
  }
  if (replicas !== undefined && replicas < 0) {
    const message = `Invalid value: ${replicas}: must be greater than or equal to 0`;
    throw invalid('autoscaling', 'Scale', stringAt(wanted, 'metadata', 'name') ?? '', [
      { field: 'spec.replicas', reason: 'FieldValueInvalid', message },
    ]);
  }
  return replicas ?? 0;
}
