import { setTimeout as delay } from 'node:timers/promises';

const minuteMs = 60_000;
const marginMs = 4_000;

/** For what is counted by the minute of the database's clock: goes on when the next few seconds are of one minute. */
export async function withinOneMinute(): Promise<void> {
  const left = minuteMs - (Date.now() % minuteMs);
  if (left < marginMs) await delay(left + 10);
}
