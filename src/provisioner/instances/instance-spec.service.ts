import { Injectable } from '@nestjs/common';
import { type InputFault, TenantryError } from '../../platform/errors.js';
import type { Tenant } from '../../tenants/tenant.js';
import type { Blueprint } from '../blueprints/blueprint.js';
import { BlueprintsService } from '../blueprints/blueprints.service.js';
import { ProvisionerConfig } from '../provisioner.config.js';
import { hostFaults, hostOf } from './hostname.js';
import { mergeValues, reservedKey, type SecretValues, separateSecrets, unmask } from './instance-values.js';
import type { InstanceSpec } from './instances.store.js';
import type { JsonObject } from './json-pointer.js';
import { namespaceName } from './namespace-name.js';
import { fingerprint, seal, unseal } from './sealed-secrets.js';
import { ValuesSchema } from './values-schema.js';

/** What a caller asks an instance to be. */
export interface AskedInstance {
  readonly tenant: Tenant;
  readonly name: string;
  readonly blueprint: string;
  readonly version: number | undefined;
  readonly values: JsonObject;
  /** The sealed secrets of the instance as it is, for those that come back masked. */
  readonly sealed: string | null;
  /** Of those secrets. */
  readonly fingerprint: string | null;
}

const compiledSchemas = 200;

/** Turns what a caller asks for into a spec that can be written, or says everything that is wrong with it. */
@Injectable()
export class InstanceSpecService {
  private readonly schemas = new Map<string, ValuesSchema>();

  constructor(
    private readonly blueprints: BlueprintsService,
    private readonly config: ProvisionerConfig,
  ) {}

  /** There are fingerprints by an older key: whether secrets changed is told beside those that are there. */
  get keyWasReplaced(): boolean {
    return this.config.encryptionKeys.length > 1;
  }

  /**
   * @param distinct take a namespace name with a hash, because the plain one belongs to another instance
   * @throws TenantryError `blueprint_not_found`, `values_invalid`
   */
  async prepare(asked: AskedInstance, cluster: string, distinct: boolean): Promise<InstanceSpec> {
    const blueprint = await this.findBlueprint(asked.blueprint, asked.version);
    const owner = ownerOf(asked.tenant.id, asked.name);
    const known = asked.sealed === null ? {} : unseal(asked.sealed, owner, this.config.encryptionKeys);
    const { open, secrets } = this.judge(blueprint, asked, known);
    const host = hostOf(blueprint, mergeValues(blueprint.values, open), asked.tenant.slug, asked.name);
    const hasSecrets = Object.keys(secrets).length > 0;
    return {
      cluster,
      namespace: namespaceName(asked.tenant.slug, asked.name, distinct),
      release: asked.name,
      blueprint: blueprint.name,
      blueprint_version: blueprint.version,
      values: open,
      sealed_secrets: hasSecrets ? seal(secrets, owner, this.config.encryptionKeys) : null,
      secrets_hash: hasSecrets ? fingerprint(secrets, this.config.encryptionKeys, asked.fingerprint) : null,
      hosts: host === undefined ? [] : [host],
      urls: host === undefined ? [] : [`https://${host}`],
    };
  }

  /** The pointers at which a blueprint's values hold secrets, for values that are already masked. */
  secretPointers(blueprint: Blueprint, values: JsonObject): string[] {
    return this.schemaOf(blueprint)?.judge(mergeValues(blueprint.values, values)).secretPointers ?? [];
  }

  private judge(
    blueprint: Blueprint,
    { values, tenant, name }: AskedInstance,
    known: SecretValues,
  ): { open: JsonObject; secrets: SecretValues } {
    // The schema judges the secrets themselves: a mask may be shorter than a secret has to be.
    const clear = unmask(values, known);
    const judged = this.schemaOf(blueprint)?.judge(mergeValues(blueprint.values, clear));
    const separated = separateSecrets(values, judged?.secretPointers ?? [], known);
    const faults: InputFault[] = [...(judged?.faults ?? []), ...separated.faults];
    for (const { madeBy, message } of hostFaults(blueprint, mergeValues(blueprint.values, values), tenant.slug, name)) {
      const told =
        madeBy === 'value' ? message : `${message}; what the blueprint makes of the names is none: set a host`;
      faults.push({ pointer: blueprint.hostname?.value ?? '', message: told });
    }
    if (Object.hasOwn(values, reservedKey)) faults.push({ pointer: `/${reservedKey}`, message: 'is reserved' });
    if (faults.length === 0) return separated;
    throw new TenantryError('unprocessable', 'values_invalid', 'the values do not fit the blueprint', {
      faults: faults.map(({ pointer, message }) => ({ pointer: `/values${pointer}`, message })),
    });
  }

  private async findBlueprint(name: string, version: number | undefined): Promise<Blueprint> {
    const blueprint = await this.blueprints.find(name, version);
    if (blueprint !== undefined) return blueprint;
    const other = version === undefined ? undefined : await this.blueprints.find(name, undefined);
    const pointer = other === undefined ? '/blueprint' : '/version';
    throw new TenantryError('unprocessable', 'blueprint_not_found', 'there is no such blueprint or version', {
      faults: [
        { pointer, message: other === undefined ? 'no blueprint has this name' : 'the blueprint has no such version' },
      ],
    });
  }

  /** A published version never changes, so its schema is compiled once. */
  private schemaOf(blueprint: Blueprint): ValuesSchema | undefined {
    if (blueprint.values_schema === undefined) return undefined;
    const compiled = this.schemas.get(blueprint.id) ?? new ValuesSchema(blueprint.values_schema);
    const oldest = this.schemas.size >= compiledSchemas ? this.schemas.keys().next().value : undefined;
    if (oldest !== undefined) this.schemas.delete(oldest);
    this.schemas.set(blueprint.id, compiled);
    return compiled;
  }
}

/** Whose secrets they are: bound into the seal, so that they open nowhere else. */
export function ownerOf(tenantId: string, instanceName: string): string {
  return `${tenantId}/${instanceName}`;
}
