import { isFields, stringAt } from '../../store/fields.js';
import { notFound } from '../../store/status-error.js';
import type { ApiParts } from '../api-parts.js';
import { jsonAnswer, type Answer } from '../http/answer.js';
import type { ResourceRequest } from '../http/resource-request.js';
import { groupVersionOf } from '../served-types.js';
import { parseLabelSelector } from './label-selector.js';

/** Answers what the pretended nodes measure. */
export function metrics(parts: ApiParts, { path, query }: ResourceRequest): Answer {
  const { type } = path.served;
  const kind = type.kind === 'NodeMetrics' ? 'NodeMetrics' : 'PodMetrics';
  const all = parts.kubelet.metrics(kind, path.namespace);
  if (path.name !== undefined) {
    const found = all.find((item) => stringAt(item, 'metadata', 'name') === path.name);
    if (found === undefined) throw notFound(type.group, type.resource, path.name);
    return jsonAnswer(200, found);
  }
  const wanted = parseLabelSelector(query.get('labelSelector') ?? '');
  const items = wanted === undefined ? all : all.filter((item) => wanted(labelsOf(item)));
  return jsonAnswer(200, { kind: `${kind}List`, apiVersion: groupVersionOf(type), metadata: {}, items });
}

function labelsOf(item: object): Record<string, string> {
  const labels: unknown = 'metadata' in item && isFields(item.metadata) ? item.metadata['labels'] : undefined;
  return Object.fromEntries(Object.entries(isFields(labels) ? labels : {}).map(([key, value]) => [key, String(value)]));
}
