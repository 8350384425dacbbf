// npm run usage:verify, npm run usage:rebuild: compares the counts of usage with its events, day by day, through the REST API of a running
// Tenantry; rebuild makes them anew where they differ.
import { parseArgs } from 'node:util';
import { ask, Fault } from './rest.mjs';

const usage = `npm run usage:verify -- [--meter <slug>] [--tenant <id>] [--from <YYYY-MM-DD>] [--to <YYYY-MM-DD>]
npm run usage:rebuild -- the same

Without --from and --to, all days in UTC whose events are kept; both are included. Exits with 1 when there are differences; rebuild
says what was different, and mends it.
TENANTRY_URL (http://127.0.0.1:3000) says where Tenantry is, and TENANTRY_KEY who you are; without it, the operator key
that TENANTRY_DATA_DIR (.tenantry) keeps.
`;

/** A day may have millions of events. */
const patient = { timeoutMs: 600_000 };

const options = {
  meter: { type: 'string' },
  tenant: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  help: { type: 'boolean' },
};

const [command, ...rest] = process.argv.slice(2);
try {
  if (command !== 'verify' && command !== 'rebuild') throw new Fault(usage);
  process.exitCode = await run(command, parsed(rest));
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

function parsed(args) {
  try {
    const { values } = parseArgs({ args, options });
    if (values.help) throw new Fault(usage);
    return values;
  } catch (error) {
    throw new Fault(error instanceof Fault ? error.message : `${error.message}\n\n${usage}`);
  }
}

async function run(what, { meter, tenant, from = '', to = '9999-12-31' }) {
  const { data } = await ask('GET', '/v1/usage/days');
  const days = data.filter((day) => day >= from && day <= to);
  let compared = 0;
  let different = 0;
  for (const [n, day] of days.entries()) {
    const body = { day, ...(meter && { meter }), ...(tenant && { tenant_id: tenant }) };
    const { meters } =
      what === 'verify'
        ? await ask('GET', `/v1/usage/verify?${new URLSearchParams(body)}`, undefined, patient)
        : await ask('POST', '/v1/usage/rebuild', body, patient);
    for (const each of meters) {
      compared += each.compared;
      different += each.differences.length;
      for (const difference of each.differences) process.stdout.write(`${lineOf(day, each, difference)}\n`);
    }
    process.stderr.write(`${n + 1} of ${days.length} days: ${day}, ${compared} counts, ${different} differences\n`);
  }
  const told = `${compared} counts of ${days.length} days`;
  if (different === 0) process.stdout.write(`The counts agree with the events: ${told}.\n`);
  else if (what === 'rebuild') process.stdout.write(`${different} counts were made anew, of ${told} that differed.\n`);
  else
    process.stdout.write(`${different} counts DIFFER from the events, of ${told}. npm run usage:rebuild mends them.\n`);
  return different === 0 || what === 'rebuild' ? 0 : 1;
}

function lineOf(day, { slug, version }, { tenant_id: tenant, grain, bucket, dims, raw, stored }) {
  const where = `${day}  ${slug}@${version}  ${tenant}  ${bucket} (${grain} min)  ${JSON.stringify(dims)}`;
  return `${where}  events: ${JSON.stringify(raw)}  counted: ${JSON.stringify(stored)}`;
}
