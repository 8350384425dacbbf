import type { KubeObject } from '../../store/kube-object.js';
import { StatusError } from '../../store/status-error.js';
import { parseFieldSelector } from './field-selector.js';
import { parseLabelSelector } from './label-selector.js';

/** Says whether an object is wanted. */
export type ObjectPredicate = (object: KubeObject) => boolean;

const NO_LABELS: Readonly<Record<string, string>> = {};

/** Both selectors of a list or watch as one predicate; undefined when there are none. Throws 400. */
export function selectorOf(key: string, query: URLSearchParams): ObjectPredicate | undefined {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(key, query.get('fieldSelector') ?? '');
  if (labels === undefined) return fields;
  const byLabel: ObjectPredicate = (object) => labels(object.metadata.labels ?? NO_LABELS);
  if (fields === undefined) return byLabel;
  return (object) => byLabel(object) && fields(object);
}

/** `true`, `1` and their like, as Go parses booleans. */
export function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value);
}

/** A whole number parameter; undefined when absent. Throws 400 when it is none. */
export function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || value === '') return undefined;
  if (!/^-?\d+$/.test(value)) {
    const message = `strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`;
    throw new StatusError(400, 'BadRequest', message);
  }
  return Number(value);
}

/** The resourceVersion parameter as a number; undefined when absent. Throws 400 when it is no version. */
export function versionParameter(query: URLSearchParams): number | undefined {
  const value = query.get('resourceVersion');
  if (value === null || value === '') return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const why = `strconv.ParseUint: parsing ${JSON.stringify(value)}: invalid syntax`;
  throw new StatusError(400, 'BadRequest', `resourceVersion: Invalid value: ${JSON.stringify(value)}: ${why}`);
}

/** The refusal of a version that has not been reached yet. */
export function tooLargeVersion(asked: number, current: string): StatusError {
  const message = `Too large resource version: ${asked}, current: ${current}`;
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  return new StatusError(504, 'Timeout', `Timeout: ${message}`, { causes, retryAfterSeconds: 1 });
}
