import { Controller, Inject } from '@nestjs/common';
import { z } from 'zod';
import { ScheduledTasks } from '../background-tasks/scheduled-tasks.service.js';
import { type AnswerOf, defineRoute } from '../platform/http/route.js';
import { Route } from '../platform/http/route.decorator.js';
import { EventSpool } from '../usage-metrics/spool/event-spool.service.js';
import { AdminStore, fleetCounts } from './admin.store.js';
import { About } from './about.js';

const status = fleetCounts
  .extend({
    version: z.string(),
    uptime_seconds: z.number(),
    backends: z.object({ supabase: z.string(), kubernetes: z.string() }),
    tasks: z.array(
      z.object({
        name: z.string(),
        last_run_at: z.iso.datetime().nullable(),
        last_status: z.string().nullable(),
        next_run_at: z.iso.datetime().nullable(),
        holder: z.string().nullable(),
      }),
    ),
    usage_spool: z
      .object({
        available: z.boolean().describe('Whether events can be kept there.'),
        events: z.int(),
        bytes: z.int(),
        oldest_at: z.iso.datetime().nullable(),
      })
      .describe('Usage events that wait for the database on the disk of the replica that answers.'),
  })
  .meta({ id: 'AdminStatus' });

const getStatus = defineRoute({
  name: 'getAdminStatus',
  method: 'GET',
  path: '/v1/admin/status',
  tag: 'admin',
  summary: 'The state of everything, in numbers',
  access: { scope: 'admin:read', of: 'platform' },
  answers: { 200: { description: 'The state.', schema: status } },
});

@Controller()
export class AdminController {
  constructor(
    private readonly store: AdminStore,
    private readonly schedules: ScheduledTasks,
    private readonly spool: EventSpool,
    @Inject(About) private readonly about: About,
  ) {}

  @Route(getStatus)
  async status(): Promise<AnswerOf<typeof getStatus>> {
    const [counts, tasks] = await Promise.all([this.store.counts(), this.schedules.list()]);
    const { version, backends } = this.about;
    const uptimeSeconds = Math.round(process.uptime());
    const spool = {
      available: this.spool.isOpen,
      ...this.spool.size(),
      oldest_at: this.spool.oldestSince()?.toISOString() ?? null,
    };
    return { version, uptime_seconds: uptimeSeconds, backends: { ...backends }, ...counts, tasks, usage_spool: spool };
  }
}
