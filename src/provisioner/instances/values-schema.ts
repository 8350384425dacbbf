import { Ajv, type AnySchema, type ErrorObject, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { default as addFormats } from 'ajv-formats';
import type { InputFault } from '../../platform/errors.js';
import type { JsonObject } from './json-pointer.js';

/** What a values schema says of some values: every fault, and where the values marked secret (`writeOnly: true`) stand. */
export interface ValuesJudgement {
  readonly faults: InputFault[];
  readonly secretPointers: string[];
}

/** Collected during one validation; ajv hands it to the keyword as `this`. */
interface Collector {
  readonly secretPointers: Set<string>;
}

/** A compiled JSON Schema (draft-07 or 2020-12, by its `$schema`) for the values of a blueprint. */
export class ValuesSchema {
  private readonly validate: ValidateFunction;

  /** @throws Error with ajv's message when the schema itself is broken */
  constructor(schema: JsonObject) {
    const dialect = typeof schema['$schema'] === 'string' && schema['$schema'].includes('draft-07') ? Ajv : Ajv2020;
    // `unevaluated` makes ajv look into every branch of an anyOf, not only up to the first that fits: each may hold secrets.
    const ajv = new dialect({
      allErrors: true,
      strict: false,
      passContext: true,
      validateFormats: true,
      unevaluated: true,
    });
    addFormats.default(ajv);
    ajv.removeKeyword('writeOnly');
    ajv.addKeyword({ keyword: 'writeOnly', schemaType: 'boolean', errors: false, validate: markSecret });
    this.validate = ajv.compile(schema satisfies AnySchema);
  }

  judge(values: JsonObject): ValuesJudgement {
    const collector: Collector = { secretPointers: new Set() };
    const valid = this.validate.call(collector, values);
    const faults = valid ? [] : (this.validate.errors ?? []).map(toFault);
    return { faults, secretPointers: [...collector.secretPointers].sort() };
  }
}

function markSecret(
  this: Collector | undefined,
  isSecret: boolean,
  _data: unknown,
  _schema?: unknown,
  at?: { instancePath: string },
): boolean {
  if (isSecret && at !== undefined) this?.secretPointers.add(at.instancePath);
  return true;
}

/** The values themselves are never quoted: they may be secret. */
function toFault(error: ErrorObject): InputFault {
  const { keyword, params } = error;
  if (keyword === 'additionalProperties') {
    return {
      pointer: `${error.instancePath}/${escapePointer(String(params['additionalProperty']))}`,
      message: 'is not a value of this blueprint',
    };
  }
  if (keyword === 'required') {
    return {
      pointer: `${error.instancePath}/${escapePointer(String(params['missingProperty']))}`,
      message: 'is required',
    };
  }
  const allowed = keyword === 'enum' ? `: ${JSON.stringify(params['allowedValues'])}` : '';
  return { pointer: error.instancePath, message: `${error.message ?? keyword}${allowed}` };
}

function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
