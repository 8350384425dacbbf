import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { type AnswerOf, defineRoute, type InputOf } from '../../platform/http/route.js';
import { Route } from '../../platform/http/route.decorator.js';
import { driftFinding } from '../instances/instance.js';
import { DriftService } from './drift.service.js';
import { FleetScan } from './fleet-scan.service.js';
import { driftScan } from './drift.store.js';

const tag = 'drift';
const params = z.strictObject({ instance: z.uuid() });

const instanceDrift = z
  .object({
    state: z.enum(['none', 'drifted', 'unknown']),
    checked_at: z.iso.datetime().nullable(),
    findings: z.array(driftFinding),
  })
  .meta({ id: 'InstanceDrift' });

const getInstanceDrift = defineRoute({
  name: 'getInstanceDrift',
  method: 'GET',
  path: '/v1/instances/{instance}/drift',
  tag,
  summary: 'What was found when an instance was looked at last',
  access: { scope: 'instances:read', of: 'instance', param: 'instance' },
  params,
  answers: { 200: { description: 'Its drift.', schema: instanceDrift } },
  problems: { not_found: ['instance_not_found'] },
});

const checkInstanceDrift = defineRoute({
  name: 'checkInstanceDrift',
  method: 'POST',
  path: '/v1/instances/{instance}/drift/check',
  tag,
  idempotency: 'none',
  summary: 'Look at an instance now',
  access: { scope: 'instances:write', of: 'instance', param: 'instance' },
  params,
  answers: { 200: { description: 'Its drift.', schema: instanceDrift } },
  problems: { not_found: ['instance_not_found'], unavailable: ['cluster_unreachable'] },
});

const scanFleet = defineRoute({
  name: 'scanFleet',
  method: 'POST',
  path: '/v1/drift/scan',
  tag,
  idempotency: 'none',
  summary: 'Look at every instance now',
  access: { scope: 'instances:write', of: 'platform' },
  answers: { 200: { description: 'What was found and corrected.', schema: driftScan } },
  problems: { unavailable: ['cluster_unreachable'] },
});

const getFleetDrift = defineRoute({
  name: 'getFleetDrift',
  method: 'GET',
  path: '/v1/drift',
  tag,
  summary: 'What the newest look at every instance found',
  access: { scope: 'instances:read', of: 'platform' },
  answers: { 200: { description: 'The newest scan.', schema: driftScan } },
});

@Controller()
export class DriftController {
  constructor(
    private readonly drift: DriftService,
    private readonly fleet: FleetScan,
  ) {}

  @Route(getInstanceDrift)
  get({ params: { instance } }: InputOf<typeof getInstanceDrift>): Promise<AnswerOf<typeof getInstanceDrift>> {
    return this.drift.ofInstance(instance);
  }

  @Route(checkInstanceDrift)
  check({ params: { instance } }: InputOf<typeof checkInstanceDrift>): Promise<AnswerOf<typeof checkInstanceDrift>> {
    return this.drift.checkInstance(instance);
  }

  @Route(scanFleet)
  scan(): Promise<AnswerOf<typeof scanFleet>> {
    return this.fleet.run(new AbortController().signal);
  }

  @Route(getFleetDrift)
  newest(): Promise<AnswerOf<typeof getFleetDrift>> {
    return this.fleet.newest();
  }
}
