// npm run chaos:usage: six writers with a quarter of duplicates and two compactors, while Postgres is stopped at once and processes are killed,
// at random. Fails unless every event that was acknowledged is there once, and all counts are those of the events.
import { parseArgs } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { Campaign } from './chaos/campaign.mjs';
import { eventsOf, span, start } from './chaos/batches.mjs';

const { values: options } = parseArgs({
  options: {
    kills: { type: 'string', default: '110' },
    writers: { type: 'string', default: '6' },
    compactors: { type: 'string', default: '2' },
    pause: { type: 'string', default: '2500' },
    /** The campaign ends with the kills that there were by then. */
    seconds: { type: 'string', default: '540' },
  },
});
const wanted = Number(options.kills);
const outages = /^(network|PGRST00\d|57P0\d|08|53)/;

/** Tenths of a hundredth, as integers: exact. */
const unitsOf = (text) => BigInt(Math.round(Number(text) * 100));

function expectedOf(campaign) {
  const events = campaign.acknowledged.flatMap((batches, writer) => eventsOf(campaign.tenants, start, writer, batches));
  const sums = new Map(campaign.tenants.map((tenant) => [tenant, 0n]));
  for (const { tenant, value, voided } of events) if (!voided) sums.set(tenant, sums.get(tenant) + unitsOf(value));
  return { events, sums };
}

async function judge(campaign) {
  const { events, sums } = expectedOf(campaign);
  const rows =
    await campaign.sql`select source || ' ' || event_id as id, count(*)::int as n, bool_and(voided_at is not null) as voided
    from public.usage_events group by 1`;
  const stored = new Map(rows.map((row) => [row.id, row]));
  const lost = events.filter(({ source, id }) => !stored.has(`${source} ${id}`)).length;
  const doubled = rows.filter(({ n }) => n > 1).length;
  const unknown = rows.length - (events.length - lost);
  const wronglyVoided = events.filter(
    ({ source, id, voided }) => (stored.get(`${source} ${id}`)?.voided ?? voided) !== voided,
  ).length;
  const unfolded = await campaign.differences();
  while ((await campaign.database.rpc('usage_compact', { p_limit: 1_000 })).more);
  const folded = await campaign.differences();
  const bounds = [start, start + span].map((at) => new Date(at).toISOString());
  const query = {
    slug: 'sum',
    reach: null,
    tenants: null,
    bounds,
    group_by: [],
    by_subject: true,
    filter: {},
    limit: 100,
    after: null,
  };
  const answer = await campaign.database.rpc('usage_query', { p_query: query });
  const told = new Map(answer.rows.map(([, tenant, , value]) => [tenant, unitsOf(value)]));
  const wrongTenants = campaign.tenants.filter((tenant) => told.get(tenant) !== sums.get(tenant)).length;
  const differences = unfolded.found.length + folded.found.length;
  const compared = unfolded.compared + folded.compared;
  return {
    events: events.length,
    lost,
    doubled,
    unknown,
    wronglyVoided,
    compared,
    differences,
    tenants: sums.size,
    wrongTenants,
  };
}

const campaign = new Campaign({ writers: Number(options.writers), compactors: Number(options.compactors) });
const began = performance.now();
try {
  await campaign.begin();
  while (campaign.killed < wanted && performance.now() - began < Number(options.seconds) * 1_000) {
    await delay(200 + Math.random() * Number(options.pause));
    await campaign.strike();
  }
  await delay(1_000);
  await campaign.end();
  const verdict = await judge(campaign);
  const { kills, killed, acknowledged } = campaign;
  const faults = Object.fromEntries(campaign.faults);
  const seconds = Math.round((performance.now() - began) / 1_000);
  process.stdout.write(
    `${JSON.stringify({ ...verdict, batches: acknowledged, killed, kills, faults, seconds }, null, 2)}\n`,
  );
  const strange = [...campaign.faults.keys()].filter((code) => !outages.test(code));
  const wrong =
    verdict.lost +
    verdict.doubled +
    verdict.unknown +
    verdict.wronglyVoided +
    verdict.differences +
    verdict.wrongTenants;
  if (wrong + strange.length > 0 || killed < wanted || acknowledged.some((batches) => batches === 0))
    process.exitCode = 1;
} finally {
  await campaign.remove();
}
