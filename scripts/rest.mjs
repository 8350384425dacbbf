// How commands speak to a running Tenantry.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a person got wrong: shown without a stack. */
export class Fault extends Error {}

/**
 * Asks the running service, as who TENANTRY_KEY says, or as the operator whose key the data directory keeps.
 * @returns its answer, parsed; undefined where it has no body
 * @throws {Fault} when it does not answer, or refuses
 */
export async function ask(method, path, body, { timeoutMs = 30_000 } = {}) {
  const url = (process.env.TENANTRY_URL ?? 'http://127.0.0.1:3000').replace(/\/+$/, '');
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${await credential()}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((error) => {
    throw new Fault(`${url} does not answer: ${error.cause?.message ?? error.message}`);
  });
  const text = await answer.text();
  if (answer.ok) return text === '' ? undefined : JSON.parse(text);
  throw new Fault(`${answer.status} ${problemOf(text)}`);
}

function problemOf(text) {
  try {
    const { code, detail, errors = [] } = JSON.parse(text);
    return [`${code}: ${detail}`, ...errors.map(({ pointer, message }) => `  ${pointer} ${message}`)].join('\n');
  } catch {
    return text.slice(0, 200);
  }
}

async function credential() {
  if (process.env.TENANTRY_KEY) return process.env.TENANTRY_KEY;
  const path = join(process.env.TENANTRY_DATA_DIR ?? '.tenantry', 'operator-key');
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    throw new Fault(`there is no TENANTRY_KEY, and no operator key at ${path}`);
  }
}
