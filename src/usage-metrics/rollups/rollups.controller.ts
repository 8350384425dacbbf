import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { requestActor } from '../../audit/request-actor.js';
import { defineRoute, type AnswerOf, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { date } from '../../platform/http/schemas.js';
import { difference } from './rollups.store.js';
import { Rollups, type VerifiedMeter } from './rollups.service.js';

const tag = 'usage';

const scope = {
  day: date.describe('In UTC'),
  meter: z.string().min(1).max(64).optional().describe('The slug of a meter; absent: all of them'),
  tenant_id: z.uuid().toLowerCase().optional().describe('Absent: all tenants'),
};

const comparison = z
  .object({
    day: z.iso.date(),
    meters: z.array(
      z.object({ slug: z.string(), version: z.int(), compared: z.int(), differences: z.array(difference) }),
    ),
  })
  .meta({ id: 'UsageComparison' });

const listDays = defineRoute({
  name: 'listUsageDays',
  method: 'GET',
  path: '/v1/usage/days',
  tag,
  summary: 'The days in UTC whose events are kept',
  access: { scope: 'admin:read', of: 'platform' },
  answers: { 200: { description: 'Oldest first.', schema: z.object({ data: z.array(z.iso.date()) }) } },
});

const verifyDay = defineRoute({
  name: 'verifyUsage',
  method: 'GET',
  path: '/v1/usage/verify',
  tag,
  summary: 'Compare the counts of a day with its events',
  description:
    'Says every difference, at most 100 a meter. It reads all events of the day, and changes nothing. `npm run usage:verify` does it day by day.',
  access: { scope: 'admin:read', of: 'platform' },
  query: z.strictObject(scope),
  answers: { 200: { description: 'What was compared.', schema: comparison } },
});

const rebuildDay = defineRoute({
  name: 'rebuildUsage',
  method: 'POST',
  path: '/v1/usage/rebuild',
  tag,
  summary: 'Make the counts of a day anew where they differ from its events',
  description: 'Answers with the differences that there were. `npm run usage:rebuild` does it day by day.',
  access: { scope: 'admin:write', of: 'platform' },
  idempotency: 'none',
  body: z.strictObject(scope).meta({ id: 'UsageRebuild' }),
  answers: { 200: { description: 'What was different.', schema: comparison } },
});

/** Proof and repair of the counts. */
@Controller()
export class RollupsController {
  constructor(private readonly rollups: Rollups) {}

  @Route(listDays)
  async days(): Promise<AnswerOf<typeof listDays>> {
    return { data: await this.rollups.days() };
  }

  @Route(verifyDay)
  async verify({ query: of }: InputOf<typeof verifyDay>): Promise<AnswerOf<typeof verifyDay>> {
    return toComparison(of.day, await this.rollups.verify(of.day, of.meter ?? null, of.tenant_id ?? null));
  }

  @Route(rebuildDay)
  async rebuild({ body }: InputOf<typeof rebuildDay>): Promise<AnswerOf<typeof rebuildDay>> {
    const { day, meter = null, tenant_id: tenant = null } = body;
    return toComparison(day, await this.rollups.rebuild(day, meter, tenant, requestActor()));
  }
}

function toComparison(day: string, found: readonly VerifiedMeter[]): z.infer<typeof comparison> {
  const meters = found.map(({ meter: { slug, version }, compared, differences }) => ({
    slug,
    version,
    compared,
    differences,
  }));
  return { day, meters };
}
