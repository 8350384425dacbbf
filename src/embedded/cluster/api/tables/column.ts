import type { KubeObject } from '../../store/kube-object.js';
import { ageOf } from './human-duration.js';

export type Cell = string | number | boolean;

export interface Column {
  name: string;
  type: 'string' | 'integer' | 'boolean' | 'date';
  format?: string;
  /** above 0: only shown wide */
  priority: number;
  cell(object: KubeObject, now: Date): Cell;
}

export function text(name: string, cell: (object: KubeObject, now: Date) => string): Column {
  return { name, type: 'string', priority: 0, cell };
}

export function count(name: string, cell: (object: KubeObject) => number): Column {
  return { name, type: 'integer', priority: 0, cell };
}

export function wide(column: Column): Column {
  return { ...column, priority: 1 };
}

export const NAME: Column = { ...text('Name', (object) => object.metadata.name), format: 'name' };

export const AGE: Column = text('Age', (object, now) => ageOf(object.metadata.creationTimestamp, now));

/** `a=b,c=d`, or `<none>`. */
export function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.keys(labels)
    .sort()
    .map((key) => `${key}=${labels[key]}`);
  return pairs.length === 0 ? '<none>' : pairs.join(',');
}
