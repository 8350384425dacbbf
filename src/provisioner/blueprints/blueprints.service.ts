import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { bySystem, type ChangeContext } from '../../audit/change-context.js';
import { type InputFault, TenantryError } from '../../platform/errors.js';
import { newId } from '../../platform/ids.js';
import { hostFaults } from '../instances/hostname.js';
import { valueAtPointer } from '../instances/json-pointer.js';
import { ValuesSchema } from '../instances/values-schema.js';
import { type Blueprint, type BlueprintSpec, blueprintSpec } from './blueprint.js';
import { BlueprintsStore } from './blueprints.store.js';
import { ChartPaths } from './chart-paths.service.js';

/** Publishes and finds blueprints. A published version never changes. */
@Injectable()
export class BlueprintsService {
  constructor(
    private readonly store: BlueprintsStore,
    private readonly charts: ChartPaths,
  ) {}

  /** @throws TenantryError `validation_failed` for a chart that is not there, a values schema that is none, or a template that makes no host */
  async publish(spec: BlueprintSpec, context: ChangeContext): Promise<Blueprint> {
    await this.check(spec);
    const published = await this.store.publish(newId(), spec, digestOf(spec), false, context);
    return published.blueprint;
  }

  /**
   * Registers what the product brings along: a new version only when it differs from the newest.
   * @param document the body of a publication, as parsed JSON
   */
  async register(document: unknown): Promise<Blueprint> {
    const spec = blueprintSpec.parse(document);
    await this.check(spec);
    const published = await this.store.publish(newId(), spec, digestOf(spec), true, bySystem);
    return published.blueprint;
  }

  /** @throws TenantryError `blueprint_not_found` */
  async get(name: string, version: number | undefined): Promise<Blueprint> {
    const blueprint = await this.find(name, version);
    if (blueprint !== undefined) return blueprint;
    throw new TenantryError('not_found', 'blueprint_not_found', 'there is no such blueprint or version');
  }

  find(name: string, version: number | undefined): Promise<Blueprint | undefined> {
    return this.store.find(name, version);
  }

  list(limit: number, afterName: string | undefined): Promise<Blueprint[]> {
    return this.store.listNewest(limit, afterName);
  }

  private async check(spec: BlueprintSpec): Promise<void> {
    const faults: InputFault[] = await this.charts.faultsOf(spec.chart);
    if (spec.values_schema !== undefined) {
      try {
        faults.push(...secretDefaults(spec, new ValuesSchema(spec.values_schema)));
      } catch (error) {
        faults.push({
          pointer: '/values_schema',
          message: error instanceof Error ? error.message : 'is not a JSON Schema',
        });
      }
    }
    // The shortest names there are: what is no host with them is none with any.
    for (const { madeBy, message } of hostFaults(spec, spec.values, 'a', 'a')) {
      faults.push({
        pointer: madeBy === 'template' ? '/hostname/template' : `/values${spec.hostname?.value}`,
        message,
      });
    }
    if (Object.hasOwn(spec.values, 'tenantry')) faults.push({ pointer: '/values/tenantry', message: 'is reserved' });
    if (faults.length > 0)
      throw new TenantryError('invalid', 'validation_failed', 'the blueprint has faults', { faults });
  }
}

/** Defaults are shown to everyone and handed to the chart, so no secret may be among them. */
function secretDefaults({ values }: BlueprintSpec, schema: ValuesSchema): InputFault[] {
  return schema
    .judge(values)
    .secretPointers.filter((pointer) => {
      const value = valueAtPointer(values, pointer);
      return typeof value === 'string' && value !== '';
    })
    .map((pointer) => ({ pointer: `/values${pointer}`, message: 'a secret cannot have a default' }));
}

function digestOf(spec: BlueprintSpec): string {
  return createHash('sha256').update(JSON.stringify(spec)).digest('hex');
}
