import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { requestActor } from '../../audit/request-actor.js';
import { callerReach } from '../../platform/caller-reach.js';
import { TenantryError } from '../../platform/errors.js';
import { type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { newTenant, type Tenant } from '../../tenants/tenant.js';
import { TenantsService } from '../../tenants/tenants.service.js';

const tag = 'openmeter';

/** Rows of one call of the database. */
const rowsAtOnce = 200;

const subject = z
  .object({
    id: z.uuid(),
    key: z.string().describe("The tenant's slug"),
    displayName: z.string(),
    metadata: z.record(z.string(), z.json()),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'OpenMeterSubject' });

const newSubject = z
  .strictObject({
    key: newTenant.shape.slug,
    displayName: newTenant.shape.name.nullish(),
    metadata: newTenant.shape.metadata.unwrap().nullish(),
  })
  .meta({ id: 'NewOpenMeterSubject' });

const listSubjects = defineRoute({
  name: 'openMeterListSubjects',
  method: 'GET',
  path: '/api/v1/subjects',
  tag,
  summary: 'Tenants, as subjects',
  access: { scope: 'tenants:read', of: 'own' },
  answers: { 200: { description: 'All of them.', schema: z.array(subject) } },
});

const getSubject = defineRoute({
  name: 'openMeterGetSubject',
  method: 'GET',
  path: '/api/v1/subjects/{tenant}',
  tag,
  summary: 'A tenant, as a subject',
  access: { scope: 'tenants:read', of: 'tenant', param: 'tenant' },
  params: z.strictObject({ tenant: z.string().min(1).max(63).describe('The id or the key') }),
  answers: { 200: { description: 'The subject.', schema: subject } },
  problems: { not_found: ['tenant_not_found'] },
});

const upsertSubjects = defineRoute({
  name: 'openMeterUpsertSubjects',
  method: 'POST',
  path: '/api/v1/subjects',
  tag,
  summary: 'Make tenants, or change the ones that are there',
  description: 'One after the other; sending the same again is safe. What is left out of a subject stays as it is.',
  access: { scope: 'tenants:write', of: 'platform' },
  body: z
    .array(newSubject)
    .min(1)
    .max(100)
    .refine((all) => new Set(all.map(({ key }) => key)).size === all.length, 'has two subjects of one key'),
  answers: { 200: { description: 'The subjects as they now are.', schema: z.array(subject) } },
});

@Controller()
export class OpenMeterSubjectsController {
  constructor(private readonly tenants: TenantsService) {}

  @Route(listSubjects)
  async list(): Promise<AnswerOf<typeof listSubjects>> {
    const all: Tenant[] = [];
    let page: Tenant[];
    do {
      page = await this.tenants.list(callerReach(), rowsAtOnce, all.at(-1)?.id);
      all.push(...page);
    } while (page.length === rowsAtOnce);
    return all.map(fromTenant);
  }

  @Route(getSubject)
  async get({ params: { tenant } }: InputOf<typeof getSubject>): Promise<AnswerOf<typeof getSubject>> {
    return fromTenant(await this.tenants.get(tenant, callerReach()));
  }

  @Route(upsertSubjects)
  async upsert({ body }: InputOf<typeof upsertSubjects>): Promise<AnswerOf<typeof upsertSubjects>> {
    const subjects: z.infer<typeof subject>[] = [];
    for (const one of body) subjects.push(fromTenant(await this.put(one)));
    return subjects;
  }

  private async put({ key, displayName, metadata }: z.infer<typeof newSubject>): Promise<Tenant> {
    const told = { ...(displayName ? { name: displayName } : {}), ...(metadata ? { metadata } : {}) };
    try {
      if (Object.keys(told).length === 0) return await this.tenants.get(key, 'all');
      return await this.tenants.change(key, told, undefined, requestActor());
    } catch (error) {
      if (!(error instanceof TenantryError) || error.code !== 'tenant_not_found') throw error;
      return this.tenants.create(newTenant.parse({ slug: key, name: key, ...told }), requestActor());
    }
  }
}

function fromTenant({ id, slug, name, metadata, created_at, updated_at }: Tenant): z.infer<typeof subject> {
  return { id, key: slug, displayName: name, metadata, createdAt: created_at, updatedAt: updated_at };
}
