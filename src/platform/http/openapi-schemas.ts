import { z } from 'zod';

/** A JSON Schema of draft 2020-12, which is what OpenAPI 3.1 takes. */
export type JsonSchema = Record<string, unknown>;
export type SchemaUse = 'input' | 'output';

const definitions = '#/$defs/';
const namelessName = /^__schema(\d+)$/;
const components = '#/components/schemas/';

/**
 * Turns zod schemas into JSON schemas and gathers those with `.meta({ id })` as named components. A schema that reads
 * one way and is written another (by defaults, say) gives two components; what is read has `Input` behind its name.
 */
export class SchemaComponents {
  private readonly nameless: string[] = [];
  private readonly named = { input: new Map<string, JsonSchema>(), output: new Map<string, JsonSchema>() };

  /** The schema to put where `schema` is used: a reference where it has a name. Final once `resolve` has seen it. */
  add(schema: z.ZodType, use: SchemaUse): JsonSchema {
    const { $schema: _, $defs, ...json } = toJsonSchema(schema, use);
    const defined = asObject($defs);
    const rename = this.namesOfNameless(defined);
    const adopt = (part: unknown) =>
      asObject(
        mapReferences(part, (reference) => `${definitions}${use}/${rename(reference.replace(definitions, ''))}`),
      );
    for (const [name, definition] of Object.entries(defined)) this.named[use].set(rename(name), adopt(definition));
    return adopt(json);
  }

  /** zod numbers the recursive schemas without a name anew in each call; the same ones get the same name in all of them. */
  private namesOfNameless(defined: JsonSchema): (name: string) => string {
    const nameless = Object.entries(defined).filter(([name]) => namelessName.test(name));
    const text = JSON.stringify(nameless);
    if (nameless.length > 0 && !this.nameless.includes(text)) this.nameless.push(text);
    const group = this.nameless.indexOf(text) + 1;
    return (name) => name.replace(namelessName, `Recursive${group}_$1`);
  }

  /** The members of an object as parameters take them, in the order of the schema. */
  addMembers(schema: z.ZodObject, use: SchemaUse): { name: string; required: boolean; schema: JsonSchema }[] {
    const { properties, required } = this.add(z.object(schema.shape), use);
    const needed = Array.isArray(required) ? required : [];
    return Object.entries(asObject(properties)).map(([name, member]) => ({
      name,
      required: needed.includes(name),
      schema: asObject(member),
    }));
  }

  /** Every component by its final name, in alphabetical order, with references to final names. */
  all(): Record<string, JsonSchema> {
    const found = (['output', 'input'] as const).flatMap((use) =>
      [...this.named[use]].map(([name, schema]) => [this.nameOf(name, use), schema] as const),
    );
    return Object.fromEntries(found.sort(([a], [b]) => a.localeCompare(b)));
  }

  /** A copy of anything made with `add`, its references pointing to the components' final names. */
  resolve(value: unknown): unknown {
    return mapReferences(value, (reference) => {
      const [use, name] = splitTag(reference);
      return use ? components + this.nameOf(name, use) : reference;
    });
  }

  private nameOf(name: string, use: SchemaUse): string {
    return use === 'input' && this.differs(name) ? `${name}Input` : name;
  }

  /** Whether what is read under a name is other than what is written, itself or in what it refers to. */
  private differs(name: string, seen: ReadonlySet<string> = new Set()): boolean {
    const read = this.named.input.get(name);
    const written = this.named.output.get(name);
    if (!read || !written || seen.has(name)) return false;
    const below = new Set([...seen, name]);
    const referred: string[] = [];
    const [one, other] = [read, written].map((schema) =>
      JSON.stringify(
        mapReferences(schema, (reference) => (referred.push(splitTag(reference)[1]), splitTag(reference)[1])),
      ),
    );
    return one !== other || referred.some((next) => this.differs(next, below));
  }
}

function toJsonSchema(schema: z.ZodType, use: SchemaUse): JsonSchema {
  return z.toJSONSchema(schema, {
    io: use,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // zod writes the pattern that it checks formats with, which says in 200 characters what the format says.
      if (jsonSchema.format === 'uuid' || jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      if (jsonSchema.propertyNames && Object.keys(jsonSchema.propertyNames).join() === 'type')
        delete jsonSchema.propertyNames;
      delete jsonSchema.id;
    },
  });
}

/** `#/$defs/input/Thing`, as references are until it is known whether both uses share a component. */
function splitTag(reference: string): [use: SchemaUse | undefined, name: string] {
  const [, use, name] = /^#\/\$defs\/(input|output)\/(.+)$/.exec(reference) ?? [];
  return (use === 'input' || use === 'output') && name !== undefined ? [use, name] : [undefined, reference];
}

function mapReferences(value: unknown, change: (reference: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => mapReferences(item, change));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, child]) => [
    key,
    key === '$ref' && typeof child === 'string' ? change(child) : mapReferences(child, change),
  ]);
  return Object.fromEntries(entries);
}

function asObject(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
