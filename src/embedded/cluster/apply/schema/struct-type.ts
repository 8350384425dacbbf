import type { FieldNode, StructNode } from './type-node.js';

type Traits = Pick<StructNode, 'atomic' | 'open' | 'retainKeys' | 'replace'>;

/** A struct whose fields are read from the model when they are first asked for: most kinds are never used. */
export class StructType implements StructNode {
  readonly is = 'struct';
  readonly atomic: boolean;
  readonly open: boolean;
  readonly retainKeys: boolean;
  readonly replace: boolean;
  private loaded: ReadonlyMap<string, FieldNode> | undefined;

  constructor(
    readonly name: string,
    traits: Partial<Traits>,
    private readonly load: () => ReadonlyMap<string, FieldNode>,
  ) {
    this.atomic = traits.atomic === true;
    this.open = traits.open === true;
    this.retainKeys = traits.retainKeys === true;
    this.replace = traits.replace === true;
  }

  get fields(): ReadonlyMap<string, FieldNode> {
    this.loaded ??= this.load();
    return this.loaded;
  }

  field(name: string): FieldNode | undefined {
    return this.fields.get(name);
  }

  /** The same type, merged otherwise where one field says so. */
  variant(traits: Partial<Traits>): StructType {
    const { atomic, open, retainKeys, replace } = this;
    return new StructType(this.name, { atomic, open, retainKeys, replace, ...traits }, () => this.fields);
  }
}
