/** What one check of a policy found: nothing, or the words of the refusal. */
export interface Violation {
  reason: string;
  detail: string;
}

export function quoted(items: readonly string[]): string {
  return items.map((item) => `"${item}"`).join(', ');
}

/** `container "a"`, `containers "a", "b"` */
export function named(singular: string, names: readonly string[]): string {
  return `${names.length === 1 ? singular : `${singular}s`} ${quoted(names)}`;
}

/** `pod and container "a"`: who set something. */
export function setters(pod: boolean, containers: readonly string[]): string {
  const parts = pod ? ['pod'] : [];
  if (containers.length > 0) parts.push(named('container', containers));
  return parts.join(' and ');
}

export function sortedSet(values: Iterable<string>): string[] {
  return [...new Set(values)].sort();
}
