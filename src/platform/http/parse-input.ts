import { z } from 'zod';
import type { InputFault } from '../errors.js';
import { TenantryError } from '../errors.js';
import { faultsOfKey } from '../idempotency/idempotency-key.js';
import type { InputPart } from './faults.js';
import { faultsOfIssues, missingIsRequired, pointerOf } from './faults.js';
import type { JsonPlace } from './json-body.js';
import { faultsOfJson, readJson } from './json-body.js';
import { foldObjects } from './query-objects.js';
import type { InputOf, RouteDefinition } from './route.js';

/** A request's parts as they came. The body is text, or bytes where the route wants it so: nothing reads it before the caller is known. */
export interface RawInput {
  params: unknown;
  query: unknown;
  headers: unknown;
  body: unknown;
}

const nothing = z.strictObject({});
/** Clients that always send JSON send `{}` where nothing is asked for. */
const noBody = nothing.optional();

interface PartResult {
  value: unknown;
  faults: InputFault[];
}

interface BodyResult extends PartResult {
  notJson?: { place?: JsonPlace };
}

/**
 * Parses every part of a request by its route's schemas.
 * @throws TenantryError `validation_failed`, or `invalid_json` when the body is none, with every fault of every part.
 */
export function parseInput<R extends RouteDefinition>(route: R, raw: RawInput): InputOf<R>;
export function parseInput(route: RouteDefinition, raw: RawInput): Record<InputPart, unknown> {
  const params = parsePart('params', route.params ?? nothing, raw.params ?? {});
  const query = parsePart('query', route.query ?? nothing, foldObjects(route.query ?? nothing, raw.query ?? {}));
  const headers = route.headers ? parsePart('headers', route.headers, raw.headers ?? {}) : absent;
  const body = route.rawBody ? bytesOf(raw.body) : parseBody(route.body ?? noBody, raw.body);
  const faults = [
    ...[params, query, headers].flatMap((part) => part.faults),
    ...faultsOfKey(route, raw.headers),
    ...body.faults,
  ];
  if (faults.length > 0) throw faulty(faults, body.notJson);
  return {
    params: route.params && params.value,
    query: route.query && query.value,
    headers: headers.value,
    body: (route.body ?? route.rawBody) && body.value,
  };
}

/**
 * For handlers that take a raw body: parses its text by a schema as `parseInput` would.
 * @throws TenantryError `validation_failed`, or `invalid_json`, with every fault
 */
export function parseBodyText<S extends z.ZodType>(schema: S, text: string): z.output<S>;
export function parseBodyText(schema: z.ZodType, text: string): unknown {
  const { value, faults, notJson } = parseBody(schema, text);
  if (faults.length > 0) throw faulty(faults, notJson);
  return value;
}

/** Whether `parseInput` is going to refuse the parameters of the path. */
export function hasFaultyParams(route: RouteDefinition, raw: unknown): boolean {
  return parsePart('params', route.params ?? nothing, raw ?? {}).faults.length > 0;
}

const absent: PartResult = { value: undefined, faults: [] };

function faulty(faults: InputFault[], notJson: BodyResult['notJson']): TenantryError {
  if (notJson) {
    return new TenantryError('invalid', 'invalid_json', 'The body is not JSON.', {
      faults,
      members: { ...notJson.place },
    });
  }
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
  return new TenantryError('invalid', 'validation_failed', `The request has ${count}.`, { faults });
}

function bytesOf(body: unknown): BodyResult {
  return { value: Buffer.isBuffer(body) ? body : Buffer.alloc(0), faults: [] };
}

function parseBody(schema: z.ZodType, text: unknown): BodyResult {
  const reading = readJson(typeof text === 'string' ? text : '');
  if (reading.state === 'read') return applySchema('body', schema, reading.value);
  const { faults } = reading;
  if (reading.state === 'refused') return { value: undefined, faults };
  return { value: undefined, faults, notJson: reading.place ? { place: reading.place } : {} };
}

function parsePart(part: InputPart, schema: z.ZodType, raw: unknown): PartResult {
  const unclean = uncleanText(part, raw);
  return unclean.length > 0 ? { value: undefined, faults: unclean } : applySchema(part, schema, raw);
}

function applySchema(part: InputPart, schema: z.ZodType, raw: unknown): PartResult {
  const result = schema.safeParse(raw, { error: missingIsRequired });
  return result.success
    ? { value: result.data, faults: [] }
    : { value: undefined, faults: faultsOfIssues(part, result.error.issues) };
}

/** Text of a path, a query or a header can hold what the database refuses, just like that of a body. */
function uncleanText(part: InputPart, raw: unknown): InputFault[] {
  if (typeof raw !== 'object' || raw === null) return [];
  return Object.entries(raw).flatMap(([name, value]) =>
    faultsOfJson(value).map(({ message }) => ({ pointer: pointerOf(part, [name]), message })),
  );
}
