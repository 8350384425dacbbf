import type { Node } from 'jsonc-parser';

/**
 * A JSON value as Postgres writes a `jsonb`: members by the length of their name in bytes and then by its bytes, one space after each colon
 * and comma, numbers digit for digit as they stand in `text`. A `null` is the text `null`.
 * @param node a value in the syntax tree of `text`, as jsonc-parser makes it
 */
export function canonicalJson(node: Node, text: string): string {
  const children = node.children ?? [];
  switch (node.type) {
    case 'object':
      return `{${children
        .map((property) => memberOf(property, text))
        .sort((a, b) => a.name.length - b.name.length || Buffer.compare(a.name, b.name))
        .map(({ json }) => json)
        .join(', ')}}`;
    case 'array':
      return `[${children.map((child) => canonicalJson(child, text)).join(', ')}]`;
    case 'string':
      return JSON.stringify(node.value);
    default:
      return text.slice(node.offset, node.offset + node.length);
  }
}

function memberOf({ children: [key, value] = [] }: Node, text: string): { name: Buffer; json: string } {
  if (key === undefined || value === undefined) throw new SyntaxError('a member of an object has no value');
  const name = String(key.value);
  return { name: Buffer.from(name), json: `${JSON.stringify(name)}: ${canonicalJson(value, text)}` };
}
