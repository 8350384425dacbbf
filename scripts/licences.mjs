// npm run licences: every package of the lock file by its licence, as Markdown. Fails where one is not allowed, or has none; --check says only that.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** SPDX expressions that may be combined with Apache-2.0 in a product. A new one is read before it is added. */
const allowed = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'MIT-0',
  'PSF-2.0',
  'Unlicense',
  '(MIT OR CC0-1.0)',
  'Apache-2.0 AND MIT',
  // A font, embedded in documents, which is what the OFL permits without more; its package's code is MIT.
  'MIT AND OFL-1.1',
]);
/** Only for what is not shipped: data with attribution, and what @openmeter/sdk calls Apache-2.0. */
const allowedInDevelopment = new Set(['CC-BY-4.0', 'Apache 2.0']);

const [lockFile = join(import.meta.dirname, '..', 'package-lock.json')] = process.argv
  .slice(2)
  .filter((argument) => !argument.startsWith('--'));
const { packages } = JSON.parse(await readFile(lockFile, 'utf8'));
const entries = Object.entries(packages).filter(([path]) => path !== '');

const refused = entries.filter(([, entry]) => !isAllowed(entry)).map(([path, entry]) => describe(path, entry));
if (!process.argv.includes('--check')) process.stdout.write(report());
if (refused.length > 0) {
  console.error(`Licences that scripts/licences.mjs does not allow:\n${refused.map((line) => `  ${line}\n`).join('')}`);
  process.exitCode = 1;
}

function isAllowed({ license, dev, devOptional }) {
  return allowed.has(license) || ((dev || devOptional) && allowedInDevelopment.has(license));
}

function describe(path, { version, license }) {
  return `${nameOf(path)} ${version}: ${license ?? 'none told'}`;
}

function nameOf(path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function report() {
  const licences = [...new Set(entries.map(([, { license }]) => license ?? 'none told'))].sort((a, b) =>
    a.localeCompare(b),
  );
  return licences.map((licence) => `## ${licence}\n\n${listOf(licence)}\n`).join('\n');
}

function listOf(licence) {
  const lines = entries
    .filter(([, { license }]) => (license ?? 'none told') === licence)
    .map(([path, { version, dev }]) => `- ${nameOf(path)} ${version}${dev ? ' (development)' : ''}`);
  return [...new Set(lines)].sort((a, b) => a.localeCompare(b)).join('\n');
}
