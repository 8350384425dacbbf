/** What a scalar may be: `time` and `microTime` are RFC 3339 texts, `bytes` base64, `quantity` and `intOrString` text or number. */
export type ScalarType =
  'string' | 'int32' | 'int64' | 'float' | 'boolean' | 'time' | 'microTime' | 'bytes' | 'quantity' | 'intOrString';

export interface ScalarNode {
  readonly is: 'scalar';
  readonly scalar: ScalarType;
}

/** Any JSON: raw extensions, field sets, and whatever lies below the top of an object of an unknown kind. */
export interface AnyNode {
  readonly is: 'any';
}

/** A map from free keys, as labels are. */
export interface MapNode {
  readonly is: 'map';
  readonly element: TypeNode;
  readonly atomic: boolean;
}

/** A list; how server-side apply merges it, and how strategic merge patch does (which has one key only). */
export interface ListNode {
  readonly is: 'list';
  readonly element: TypeNode;
  readonly merge: 'atomic' | 'set' | 'map';
  /** for `map`: the members that name an item, in alphabetic order, as field sets print them */
  readonly keys: readonly string[];
  /** for `map`: what a missing key member counts as */
  readonly keyDefaults: Readonly<Record<string, string>>;
  readonly patch: PatchStrategy;
}

export interface PatchStrategy {
  /** strategic merge patch merges the items instead of replacing the list */
  readonly merge: boolean;
  /** the member that names an item; absent for lists of scalars */
  readonly key?: string;
  /** a patch names with $retainKeys which members stay */
  readonly retainKeys: boolean;
}

/** An object with declared fields. */
export interface StructNode {
  readonly is: 'struct';
  /** the Kubernetes type without its version: `Container` */
  readonly name: string;
  readonly atomic: boolean;
  /** members beside the fields are allowed and may be anything */
  readonly open: boolean;
  /** strategic merge patch keeps only the members that $retainKeys names */
  readonly retainKeys: boolean;
  /** strategic merge patch replaces the whole */
  readonly replace: boolean;
  field(name: string): FieldNode | undefined;
  readonly fields: ReadonlyMap<string, FieldNode>;
}

export interface FieldNode {
  readonly type: TypeNode;
  /** the API server leaves the field out when it is empty or zero */
  readonly omitsZero: boolean;
  /** a struct that is there even in an empty object, so that nobody owns the struct itself */
  readonly always: boolean;
}

export type TypeNode = ScalarNode | AnyNode | MapNode | ListNode | StructNode;

export const ANY: AnyNode = { is: 'any' };
