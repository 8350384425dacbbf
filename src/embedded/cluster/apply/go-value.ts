import { isObject } from './json.js';

/** How Go's %v prints a JSON value: `map[spec:map[replicas:2]]`, `[a b]`, `<nil>`. */
export function goValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goValue).join(' ')}]`;
  if (!isObject(value)) {
    return value === null || value === undefined ? '<nil>' : typeof value === 'string' ? value : JSON.stringify(value);
  }
  const members = Object.keys(value).sort();
  return `map[${members.map((member) => `${member}:${goValue(value[member])}`).join(' ')}]`;
}

/** How Go's %#v prints a JSON value: `map[string]interface {}{"a":"b"}`. */
export function goSyntax(value: unknown): string {
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (!isObject(value)) return value === null ? 'interface {}(nil)' : JSON.stringify(value);
  const members = Object.keys(value).sort();
  const text = members.map((member) => `${JSON.stringify(member)}:${goSyntax(value[member])}`).join(', ');
  return `map[string]interface {}{${text}}`;
}
