import { isObject } from '../json.js';
import type { ListNode } from '../schema/type-node.js';

/**
 * Names one step of a field path as managedFields write it: `f:replicas`, `k:{"name":"app"}`, `v:"finalizer"`. Keeping
 * the steps in this form makes a decoded field set and its wire form the same thing.
 */
export type PathElement = string;

/** The step to a member of an object. */
export function fieldElement(member: string): PathElement {
  return `f:${member}`;
}

/** The step to an item of a list that merges by items; undefined when the item has none of the key members, or is no scalar in a set. */
export function itemElement(list: ListNode, item: unknown): PathElement | undefined {
  if (list.merge === 'set') return typeof item === 'object' ? undefined : `v:${JSON.stringify(item)}`;
  if (!isObject(item)) return undefined;
  let text = '';
  for (const key of list.keys) {
    const value = item[key] ?? list.keyDefaults[key];
    if (value === undefined) continue;
    text += `${text === '' ? '' : ','}"${key}":${JSON.stringify(value)}`;
  }
  return text === '' ? undefined : `k:{${text}}`;
}

/** How messages print a step: `.replicas`, `[name="app"]`, `[="finalizer"]`, `[0]`. */
export function printElement(element: PathElement): string {
  const body = element.slice(2);
  if (element.startsWith('f:')) return `.${body}`;
  if (element.startsWith('k:')) {
    const named: unknown = JSON.parse(body);
    const keys = isObject(named) ? Object.entries(named) : [];
    return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
  }
  return element.startsWith('v:') ? `[=${body}]` : `[${body}]`;
}

/** How messages print a path: `.spec.template.spec.containers[name="app"].image`. */
export function printPath(path: readonly PathElement[]): string {
  return path.map(printElement).join('');
}
