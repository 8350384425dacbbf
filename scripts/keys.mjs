// npm run keys -- <command>: makes, lists, rotates and revokes API keys through the REST API of a running Tenantry.
import { parseArgs } from 'node:util';
import { ask, Fault } from './rest.mjs';

const usage = `npm run keys -- <command>

  create --name <name> --scopes <scope,…> [--tenant <id or slug>] [--expires <RFC 3339>] [--rate-limit <per minute>]
  list   [--tenant <id or slug>]
  rotate <id> [--overlap <seconds>]
  revoke <id>

Without --tenant, create makes an operator key. The key is written to stdout, this once; all else goes to stderr.
TENANTRY_URL (http://127.0.0.1:3000) says where Tenantry is, and TENANTRY_KEY who you are; without it, the operator key
that TENANTRY_DATA_DIR (.tenantry) keeps.
`;

const options = {
  name: { type: 'string' },
  scopes: { type: 'string' },
  tenant: { type: 'string' },
  expires: { type: 'string' },
  'rate-limit': { type: 'string' },
  overlap: { type: 'string' },
  help: { type: 'boolean' },
};

const commands = { create, list, rotate, revoke };

try {
  await main();
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function main() {
  const { values, positionals } = parsed();
  const [name, ...rest] = positionals;
  if (values.help || name === undefined) {
    process.stderr.write(usage);
    process.exitCode = values.help ? 0 : 1;
    return;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw new Fault(`there is no command ${name}\n\n${usage}`);
  await command(values, rest);
}

function parsed() {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new Fault(`${error.message}\n\n${usage}`);
  }
}

async function create({ name, scopes, tenant, expires, 'rate-limit': rateLimit }) {
  if (name === undefined || scopes === undefined) throw new Fault('create needs --name and --scopes');
  const body = { name, scopes: scopes.split(',').map((scope) => scope.trim()) };
  if (tenant !== undefined) body.tenant = tenant;
  if (expires !== undefined) body.expires_at = expires;
  if (rateLimit !== undefined) body.rate_limit_per_minute = Number(rateLimit);
  show(await ask('POST', '/v1/api-keys', body));
}

async function list({ tenant }) {
  let cursor = '';
  do {
    const query = new URLSearchParams({ limit: '200' });
    if (tenant !== undefined) query.set('tenant', tenant);
    if (cursor !== '') query.set('cursor', cursor);
    const { data, next_cursor: next } = await ask('GET', `/v1/api-keys?${query}`);
    for (const key of data) process.stdout.write(`${line(key)}\n`);
    cursor = next ?? '';
  } while (cursor !== '');
}

async function rotate({ overlap }, [id]) {
  const body = overlap === undefined ? {} : { overlap_seconds: Number(overlap) };
  show(await ask('POST', `/v1/api-keys/${idOf(id)}/rotate`, body));
}

async function revoke(_values, [id]) {
  await ask('DELETE', `/v1/api-keys/${idOf(id)}`);
  process.stderr.write(`${id} is revoked\n`);
}

function idOf(id) {
  if (id === undefined) throw new Fault('which key? Give its id, as list shows it.');
  return encodeURIComponent(id);
}

function show({ key, ...shown }) {
  process.stderr.write(`${line(shown)}\n`);
  process.stdout.write(`${key}\n`);
}

function line({ id, prefix, status, tenant_id: tenant, name, scopes, expires_at: expires, last_used_at: used }) {
  const told = [
    id,
    `${prefix}…`,
    status,
    tenant ?? 'operator',
    JSON.stringify(name),
    scopes.join(','),
    `expires ${expires ?? 'never'}`,
    `used ${used ?? 'never'}`,
  ];
  return told.join('  ');
}
