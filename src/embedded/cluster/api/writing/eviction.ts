import { itemsAt, numberAt, stringAt, valueAt } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';
import { StatusError } from '../../store/status-error.js';
import { matchesSelector } from '../admission/selector-match.js';
import type { ApiParts } from '../api-parts.js';
import { jsonAnswer, type Answer } from '../http/answer.js';
import { parseObjectBody } from '../http/body.js';
import { writeParameters, type ResourceRequest } from '../http/resource-request.js';
import { find } from '../reading/read.js';
import { deleteOptions } from './delete.js';

/** Answers POST of an Eviction: deletes the pod unless a disruption budget forbids it (429). */
export function evict(parts: ApiParts, request: ResourceRequest): Answer {
  const body = parseObjectBody(request.body, request.headers['content-type']);
  const pod = find(parts, request);
  const { dryRun } = writeParameters(request);
  const budgets = parts.store.list('policy/poddisruptionbudgets', pod.metadata.namespace);
  const mine = budgets.filter((budget) => matchesSelector(pod.metadata.labels, valueAt(budget, 'spec', 'selector')));
  if (isReady(pod)) for (const budget of mine) checkBudget(budget);
  const fields =
    typeof body['deleteOptions'] === 'object' && body['deleteOptions'] !== null ? { ...body['deleteOptions'] } : {};
  const options = deleteOptions(fields, request.query);
  parts.store.delete('/pods', pod.metadata.namespace, pod.metadata.name, { ...options, dryRun });
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
  return jsonAnswer(201, status);
}

function isReady(pod: KubeObject): boolean {
  return itemsAt(pod, 'status', 'conditions').some(
    (condition) => stringAt(condition, 'type') === 'Ready' && stringAt(condition, 'status') === 'True',
  );
}

function checkBudget(budget: KubeObject): void {
  if ((numberAt(budget, 'status', 'disruptionsAllowed') ?? 0) > 0) return;
  const desired = numberAt(budget, 'status', 'desiredHealthy') ?? 0;
  const current = numberAt(budget, 'status', 'currentHealthy') ?? 0;
  const needs = `The disruption budget ${budget.metadata.name} needs ${desired} healthy pods and has ${current} currently`;
  const causes = [{ reason: 'DisruptionBudget', message: needs }];
  const message = "Cannot evict pod as it would violate the pod's disruption budget.";
  throw new StatusError(429, 'TooManyRequests', message, { causes });
}
