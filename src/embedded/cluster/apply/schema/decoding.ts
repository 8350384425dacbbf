import { isObject, type JsonObject } from '../json.js';
import { quantityFault } from '../quantity.js';
import { goTypeOf, kindOfJson, unstructuredFault } from './go-types.js';
import type { ListNode, ScalarType, StructNode, TypeNode } from './type-node.js';

/** `json` words faults as decoding a body does, `unstructured` as decoding the result of a strategic merge or an apply. */
export type Wording = 'json' | 'unstructured';

export interface DecodingFaults {
  /** the first value of a wrong type; it hides all unknown fields */
  readonly type: string | undefined;
  /** paths of fields that the kind does not have, in the order of the document: `spec.template.spec.containers[0].x` */
  readonly unknown: readonly string[];
}

/** Checks an object against its type, as decoding it into Go would. */
export function decodingFaults(type: StructNode, object: JsonObject, wording: Wording): DecodingFaults {
  const decoding = new Decoding(wording);
  decoding.struct(type, object);
  return { type: decoding.fault, unknown: decoding.unknown };
}

class Decoding {
  fault: string | undefined;
  readonly unknown: string[] = [];
  private readonly path: (string | number)[] = [];
  private structName = '';

  constructor(private readonly wording: Wording) {}

  struct(type: StructNode, object: JsonObject): void {
    for (const member in object) {
      const field = type.field(member);
      if (field === undefined) {
        if (!type.open) this.unknown.push(printSteps([...this.path, member]));
        continue;
      }
      const value = object[member];
      if (value === null || value === undefined) continue;
      this.structName = type.name;
      this.path.push(member);
      this.value(field.type, value);
      this.path.pop();
    }
  }

  private value(type: TypeNode, value: unknown): void {
    switch (type.is) {
      case 'any':
        return;
      case 'scalar':
        this.scalar(type.scalar, value);
        return;
      case 'list':
        this.list(type, value);
        return;
      case 'map':
        if (isObject(value)) this.members(type.element, value);
        else this.mismatch(type, value);
        return;
      case 'struct':
        if (isObject(value)) this.struct(type, value);
        else this.mismatch(type, value);
    }
  }

  private list(type: ListNode, value: unknown): void {
    if (!Array.isArray(value)) {
      this.mismatch(type, value);
      return;
    }
    const { structName } = this;
    for (const [index, item] of value.entries()) {
      if (item === null) continue;
      this.structName = structName;
      this.path.push(index);
      this.value(type.element, item);
      this.path.pop();
    }
  }

  private members(element: TypeNode, object: JsonObject): void {
    for (const member in object) {
      const value = object[member];
      if (value !== null && value !== undefined) this.value(element, value);
    }
  }

  private scalar(type: ScalarType, value: unknown): void {
    const message = scalarFault(type, value);
    if (message === undefined) return;
    if (message === MISMATCH) this.mismatch({ is: 'scalar', scalar: type }, value);
    else this.fault ??= message;
  }

  private mismatch(type: TypeNode, value: unknown): void {
    if (this.wording === 'unstructured') {
      this.fault ??= unstructuredFault(type, value);
      return;
    }
    const fields = this.path.filter((step) => typeof step === 'string').join('.');
    const found = kindOfJson(type, value);
    this.fault ??= `json: cannot unmarshal ${found} into Go struct field ${this.structName}.${fields} of type ${goTypeOf(type)}`;
  }
}

function printSteps(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
}

const MISMATCH = Symbol('mismatch');
const INT32 = 2 ** 31;
const TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** A message of its own, or MISMATCH when the JSON type is wrong. */
function scalarFault(type: ScalarType, value: unknown): string | typeof MISMATCH | undefined {
  switch (type) {
    case 'string':
      return typeof value === 'string' ? undefined : MISMATCH;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : MISMATCH;
    case 'float':
      return typeof value === 'number' ? undefined : MISMATCH;
    case 'int32':
      return isInteger(value, INT32) ? undefined : MISMATCH;
    case 'int64':
      return isInteger(value, 2 ** 63) ? undefined : MISMATCH;
    case 'intOrString':
      return typeof value === 'string' || isInteger(value, INT32) ? undefined : MISMATCH;
    case 'quantity':
      return quantityFault(value);
    case 'bytes':
      return typeof value === 'string' ? base64Fault(value) : MISMATCH;
    case 'time':
    case 'microTime':
      break;
  }
  return typeof value === 'string' ? timeFault(value) : MISMATCH;
}

function isInteger(value: unknown, limit: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value < limit && value >= -limit;
}

function timeFault(text: string): string | undefined {
  if (text === '' || TIME.test(text)) return undefined;
  return `parsing time ${JSON.stringify(text)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(text)} as "2006"`;
}

/** Where Go's decoder stops: at the first byte that is not of the alphabet, or at the start of an incomplete group. */
function base64Fault(text: string): string | undefined {
  const data = text.replaceAll(/[\r\n]/g, '');
  const stray = /[^A-Za-z0-9+/]/.exec(data.replace(/={1,2}$/, ''));
  if (stray === null && data.length % 4 === 0) return undefined;
  return `illegal base64 data at input byte ${stray?.index ?? data.length - (data.length % 4)}`;
}
