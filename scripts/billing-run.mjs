// npm run billing:run: asks a running Tenantry for a billing run through its REST API, shows its progress, and says what it came to.
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ask, Fault } from './rest.mjs';

const usage = `npm run billing:run -- [--as-of <RFC 3339>] [--dry-run] [--tenant <id or slug>]...

Bills every period that is due by then; now, without --as-of, which may be up to ten years ahead in a dry run. --dry-run writes no invoice, and shows what would be billed.
Exits with 1 when a tenant could not be billed, or the run was cancelled or failed; the next run tries again.
TENANTRY_URL (http://127.0.0.1:3000) says where Tenantry is, and TENANTRY_KEY who you are; without it, the operator key
that TENANTRY_DATA_DIR (.tenantry) keeps.
`;

const options = {
  'as-of': { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  tenant: { type: 'string', multiple: true },
  help: { type: 'boolean' },
};
const lookMs = 500;

try {
  const given = parsed(process.argv.slice(2));
  if (given.help) process.stdout.write(usage);
  else process.exitCode = await run(given);
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

function parsed(args) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new Fault(`${error.message}\n\n${usage}`);
  }
}

async function run({ 'as-of': asOf, 'dry-run': dryRun, tenant: tenants }) {
  // JSON leaves out what is undefined. What is given and empty goes along, to be refused: a variable that was never set must not bill everybody now.
  const body = { dry_run: dryRun, as_of: asOf, tenants };
  const { id } = await ask('POST', '/v1/billing/runs', body);
  const ended = await followed(id);
  if (dryRun) await showItems(id);
  summarize(ended);
  return ended.status === 'succeeded' && ended.progress.failed === 0 ? 0 : 1;
}

async function followed(id) {
  let shown = '';
  for (;;) {
    const now = await ask('GET', `/v1/billing/runs/${id}`);
    const line = progressOf(now);
    if (line !== shown) process.stderr.write(`${line}\n`);
    shown = line;
    if (now.finished_at !== null) return now;
    await delay(lookMs);
  }
}

function progressOf({ status, total, progress: { done, failed }, amounts }) {
  const of = total === null ? '' : `, ${total} subscriptions due`;
  return `${status}${of}: ${done} done, ${failed} failed${sumsOf(amounts)}`;
}

function sumsOf(amounts) {
  return Object.entries(amounts)
    .map(([currency, amount]) => `, ${amount} ${currency}`)
    .join('');
}

/** What a dry run would have billed, page by page. */
async function showItems(id) {
  let cursor = null;
  do {
    const query = new URLSearchParams({ limit: '200', ...(cursor && { cursor }) });
    const page = await ask('GET', `/v1/billing/runs/${id}/items?${query}`);
    for (const { tenant_id: tenant, period, outcome, amount, currency, kind } of page.data) {
      const what = kind === 'period' ? outcome : kind.replace('_', ' ');
      process.stdout.write(
        `${tenant}  ${period.from} to ${period.to}  ${what.padEnd(11)}  ${amount.padStart(14)} ${currency}\n`,
      );
    }
    cursor = page.next_cursor;
  } while (cursor !== null);
}

function summarize({ id, status, as_of: asOf, dry_run: dryRun, progress, amounts, failures, error }) {
  const rows = [
    ['run', id],
    ['status', `${status}${dryRun ? ' (dry run: nothing was written)' : ''}`],
    ['as of', asOf],
    ['invoices', String(progress.invoiced)],
    ['nothing due', String(progress.nothing_due)],
    ['late usage', `${progress.adjusted} adjusted`],
    ['failed', String(progress.failed)],
    ...Object.entries(amounts).map(([currency, amount]) => [currency, amount]),
  ];
  process.stdout.write(`\n${rows.map(([what, value]) => `${what.padEnd(12)} ${value}\n`).join('')}`);
  if (error !== null) process.stdout.write(`\n${error.code}: ${error.message}\n`);
  for (const { tenant_id: tenant, period_index: period, error: why } of failures) {
    process.stdout.write(`\ntenant ${tenant}, period ${period}: ${why.code}\n  ${why.message}\n`);
  }
}
