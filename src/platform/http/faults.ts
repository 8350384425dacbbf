import type { z } from 'zod';
import type { InputFault } from '../errors.js';
import { pointerToken } from './json-body.js';

/** The part of a request that a schema describes. */
export type InputPart = 'body' | 'query' | 'params' | 'headers';

type Issue = z.core.$ZodIssue;
interface Fault {
  path: PropertyKey[];
  message: string;
}

/** For zod's `error` option: says plainly what is absent; everything else keeps the schema's or zod's own words. */
export function missingIsRequired(issue: z.core.$ZodRawIssue): string | undefined {
  return issue.code === 'invalid_type' && issue.input === undefined ? 'is required' : undefined;
}

/** Every fault of a part of the request, with pointers as `pointerOf` makes them. Values are never repeated. */
export function faultsOfIssues(part: InputPart, issues: readonly Issue[]): InputFault[] {
  const wrongType = new Set(
    issues.filter(({ code }) => code === 'invalid_type').map(({ path }) => pointerOf(part, path)),
  );
  return issues
    .filter(({ code, path }) => code === 'invalid_type' || !wrongType.has(pointerOf(part, path)))
    .flatMap((issue) => flatten(issue))
    .map(({ path, message }) => ({ pointer: pointerOf(part, path), message }));
}

/** `/a/0` in a body, `?limit` in a query, `{tenant}` in a path, `If-Match:` in headers. */
export function pointerOf(part: InputPart, path: readonly PropertyKey[]): string {
  const pointer = path.map((key) => `/${pointerToken(key)}`).join('');
  if (part === 'body') return pointer;
  const name = String(path[0] ?? '');
  const below = pointer.slice(pointerToken(name).length + 1);
  const spelled: Record<typeof part, string> = {
    query: `?${name}`,
    params: `{${name}}`,
    headers: `${headerName(name)}:`,
  };
  return spelled[part] + below;
}

/** `if-match` becomes `If-Match`. */
export function headerName(name: string): string {
  return name.replaceAll(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

function flatten(issue: Issue): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is not known here' }));
  }
  if (issue.code === 'invalid_union') return flattenUnion(issue);
  if (issue.code === 'invalid_key' || issue.code === 'invalid_element') return within(issue.path, issue.issues);
  return [{ path: issue.path, message: issue.message }];
}

function within(path: readonly PropertyKey[], issues: readonly Issue[]): Fault[] {
  return issues.flatMap((inner) => flatten(inner)).map((fault) => ({ ...fault, path: [...path, ...fault.path] }));
}

/** Of a union the branch that came closest is told: one that matched the type at the top, then with the fewest faults. */
function flattenUnion(issue: Extract<Issue, { code: 'invalid_union' }>): Fault[] {
  const branches = issue.errors
    .filter((branch) => branch.length > 0)
    .map((branch) => ({
      branch,
      faults: within(issue.path, branch),
      missed: branch.some(({ path }) => path.length === 0),
    }))
    .sort((a, b) => Number(a.missed) - Number(b.missed) || a.faults.length - b.faults.length);
  const [closest, next] = branches;
  if (!closest) return [{ path: issue.path, message: issue.message }];
  if (closest.missed && next) return [{ path: issue.path, message: oneOf(branches.flatMap(({ faults }) => faults)) }];
  return closest.faults;
}

function oneOf(faults: readonly Fault[]): string {
  return [...new Set(faults.map(({ message }) => message))].join(', or: ');
}
