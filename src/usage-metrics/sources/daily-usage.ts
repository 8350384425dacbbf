import { z } from 'zod';

const dayMs = 86_400_000;
/** A day is made five minutes after its end, when what was under way at midnight is written. */
const settleMs = 5 * 60_000;

export const dailyMeasures = ['messages_sent', 'api_calls', 'agent_count', 'storage_mb'] as const;
export type DailyMeasure = (typeof dailyMeasures)[number];

const dailyUsage = z
  .object({
    tenant_id: z.uuid(),
    metric_date: z.iso.date().describe('A day in UTC'),
    messages_sent: z.number().int().nullable(),
    api_calls: z.number().int().nullable(),
    agent_count: z.number().int().nullable(),
    storage_mb: z.number().nullable().describe('MiB'),
    storage_mb_decimal: z.string().nullable().describe('The same, exactly'),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'DailyUsage' });

const meteredDays = z
  .object({
    slug: z.string(),
    name: z.string(),
    unit: z.string().nullable(),
    aggregation: z.string(),
    days: z
      .array(
        z.object({
          date: z.iso.date(),
          value: z.number().describe('As near as a double comes'),
          value_decimal: z.string().describe('The same, exactly'),
        }),
      )
      .describe('Oldest first, without days of which nothing was counted'),
  })
  .meta({ id: 'MeteredDays' });
export type MeteredDays = z.infer<typeof meteredDays>;

export const tenantUsage = z
  .object({
    tenant_id: z.uuid(),
    from: z.iso.date().describe('The first day'),
    to: z.iso.date().describe('The last day: today, which holds only what was counted so far'),
    data: z.array(dailyUsage).describe('Oldest first; a day without usage may have no row'),
    aggregated: z.object({
      total_messages: z.number().int().describe('The sum over the days'),
      total_agents: z.number().int().describe('The most of a day'),
      total_storage: z.number().describe('The most of a day, in MiB'),
      total_storage_decimal: z.string().describe('The same, exactly'),
    }),
    meters: z.array(meteredDays).describe('What each meter counted by day in UTC, by slug'),
  })
  .meta({ id: 'TenantUsage' });
export type TenantUsage = z.infer<typeof tenantUsage>;

/** A date as `YYYY-MM-DD`, in UTC. */
function dateOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/** The newest day that can be made at this time. */
export function lastDayToMake(now: Date): string {
  return dateOf(new Date(now.getTime() - settleMs - dayMs));
}

/** When the next day can be made: 00:05 UTC. */
export function nextDayToMakeAt(now: Date): Date {
  const shifted = now.getTime() - settleMs;
  return new Date(shifted - (shifted % dayMs) + dayMs + settleMs);
}

/** The last `days` days in UTC, today included. */
export function lastDays(now: Date, days: number): { from: string; to: string } {
  return { from: dateOf(new Date(now.getTime() - (days - 1) * dayMs)), to: dateOf(now) };
}
