/** Where a member stands in a JSON value: the keys on the way to it, indices of arrays as text. */
export type ParsedPath =
  | { readonly state: 'parsed'; readonly keys: readonly string[] }
  | { readonly state: 'refused'; readonly fault: string };

const maxKeys = 16;

// The parts of a path that name one member each (RFC 9535, 2.3.1 and 2.3.3): `.name`, `['name']`, `["name"]`, `[0]`.
const shorthand = /\.([A-Za-z_\u0080-\u{10FFFF}][\w\u0080-\u{10FFFF}]*)/uy;
const index = /\[(0|[1-9]\d{0,8})\]/y;
const quoted = /\[(?:'((?:[^'\\]|\\['\\])*)'|"((?:[^"\\]|\\["\\])*)")\]/uy;
const steps = [shorthand, index, quoted];

/**
 * Reads a JSONPath that names one place: members and indices, nothing that could name several. Two paths to the same place have the same
 * keys, however they are written.
 */
export function parseJsonPath(text: string): ParsedPath {
  if (!text.startsWith('$')) return refused('must begin with $, such as $.tokens');
  const keys: string[] = [];
  for (let at = 1; at < text.length;) {
    const step = stepAt(text, at);
    if (step === undefined) return refused(faultAt(text, at));
    keys.push(step.key);
    at = step.end;
  }
  if (keys.length === 0) return refused('must name a member of the data, such as $.tokens');
  if (keys.length > maxKeys) return refused(`must name a member at most ${maxKeys} levels down`);
  return { state: 'parsed', keys };
}

function stepAt(text: string, at: number): { key: string; end: number } | undefined {
  for (const step of steps) {
    step.lastIndex = at;
    const match = step.exec(text);
    if (match === null) continue;
    const [whole, first, second] = match;
    const written = first ?? second ?? '';
    const key = step === quoted ? written.replaceAll(/\\(.)/gu, '$1') : written;
    return { key, end: at + whole.length };
  }
  return undefined;
}

function faultAt(text: string, at: number): string {
  const rest = text.slice(at);
  const place = `at character ${at + 1}`;
  if (/^(\.\.|\.?\*|\[\*|\[\?|\[[^'"\]]*[:,])/.test(rest)) {
    return `names several members ${place}; a path here names one: .name, ['name'] or [0]`;
  }
  if (rest.startsWith('[-')) return `counts from the end ${place}; an index here counts from 0`;
  return `cannot be read ${place}; a step is .name, ['any name'] or [0]`;
}

function refused(fault: string): ParsedPath {
  return { state: 'refused', fault };
}
