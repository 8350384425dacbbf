// npm run sbom: what is shipped, as CycloneDX 1.5 JSON on standard output. The same lock file gives the same bytes: npm's own has the time, a
// random serial number and the name of the checkout's directory in it. And npm's --omit=dev leaves out what development uses as well.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);

const lock = await readFile(join(root, 'package-lock.json'), 'utf8');
const { name, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

// npm says where it is to scripts that it runs.
const [program, ...before] = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
const options = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'];
const { stdout } = await run(program, [...before, ...options], { cwd: root, maxBuffer: 64 * 1024 * 1024 });

const { serialNumber: _serial, metadata, ...document } = JSON.parse(stdout);
const { timestamp: _timestamp, tools: _tools, component, ...about } = metadata;
const shipped = new Set([component['bom-ref'], ...shippedIn(JSON.parse(lock).packages)]);
const bom = {
  ...document,
  serialNumber: `urn:uuid:${uuidOf(lock)}`,
  metadata: { ...about, component: { ...component, name, purl: `pkg:npm/${name}@${version}` } },
  components: document.components
    .filter((part) => shipped.has(part['bom-ref']))
    .toSorted((a, b) => a['bom-ref'].localeCompare(b['bom-ref'])),
  dependencies: document.dependencies
    .filter(({ ref }) => shipped.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => shipped.has(other)).toSorted() }))
    .toSorted((a, b) => a.ref.localeCompare(b.ref)),
};
process.stdout.write(`${JSON.stringify(bom, null, 2)}\n`);

/** The packages that are not for development alone, as npm refers to them; empty ones that stand for others are nothing. */
function shippedIn(packages) {
  return Object.entries(packages)
    .filter(([path, { dev, name: alias }]) => path !== '' && !dev && alias === undefined)
    .map(([path, entry]) => `${path.slice(path.lastIndexOf('node_modules/') + 13)}@${entry.version}`);
}

/** A UUID of version 8 (RFC 9562), made of a hash. */
function uuidOf(text) {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
