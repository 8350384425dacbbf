import { isFields, itemsAt, stringAt, stringsAt } from '../../store/fields.js';

/** Whether labels fit a LabelSelector. An empty selector fits everything, an absent one nothing. */
export function matchesSelector(labels: Readonly<Record<string, string>> = {}, selector: unknown): boolean {
  if (!isFields(selector)) return false;
  const wanted = Object.entries(stringsAt(selector, 'matchLabels'));
  if (wanted.some(([key, value]) => labels[key] !== value)) return false;
  return itemsAt(selector, 'matchExpressions').every((expression) => matchesExpression(labels, expression));
}

function matchesExpression(labels: Readonly<Record<string, string>>, expression: unknown): boolean {
  const key = stringAt(expression, 'key') ?? '';
  const values = itemsAt(expression, 'values');
  const value = labels[key];
  switch (stringAt(expression, 'operator') ?? '') {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}
