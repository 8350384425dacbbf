import { fieldsAt, itemsAt, stringAt, stringsAt } from '../../store/fields.js';

/** A LabelSelector as text: `app=web,tier in (a,b),!old`, `<none>` when it is empty. */
export function selectorText(object: unknown, ...path: readonly string[]): string {
  const selector = fieldsAt(object, ...path);
  const labels = stringsAt(selector, 'matchLabels');
  const terms = Object.keys(labels)
    .sort()
    .map((key) => `${key}=${labels[key]}`);
  const expressions = itemsAt(selector, 'matchExpressions').map(expressionText);
  const all = [...terms, ...expressions];
  return all.length === 0 ? '<none>' : all.join(',');
}

function expressionText(expression: unknown): string {
  const key = stringAt(expression, 'key') ?? '';
  switch (stringAt(expression, 'operator') ?? 'In') {
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    case 'NotIn':
      return `${key} notin (${itemsAt(expression, 'values').join(',')})`;
    default:
      return `${key} in (${itemsAt(expression, 'values').join(',')})`;
  }
}
