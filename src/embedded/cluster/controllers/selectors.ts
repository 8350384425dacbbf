import type { LabelSelector } from './common-kinds.js';

type Labels = Readonly<Record<string, string>> | undefined;

/** Whether labels satisfy a selector. An empty one selects everything, a missing one nothing. */
export function selects(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (selector === undefined) return false;
  if (!hasAll(selector.matchLabels, labels)) return false;
  return (selector.matchExpressions ?? []).every(({ key, operator, values }) =>
    satisfies(labels?.[key], operator, values ?? []),
  );
}

/** Whether labels carry all the given ones; no labels given: nothing is asked. */
export function hasAll(wanted: Labels, labels: Labels): boolean {
  return Object.entries(wanted ?? {}).every(([key, value]) => labels?.[key] === value);
}

/** One requirement on one label's value, in the operators of label and node selectors. */
export function satisfies(value: string | undefined, operator: string, values: readonly string[]): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}
