import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';

const root = join(import.meta.dirname, '..', '..', '..');
const require = createRequire(import.meta.url);
const rules: { forbidden: { name: string }[] } = require(join(root, '.dependency-cruiser.cjs'));

const report = z.object({
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});

/** An import that must be refused: the rule, who imports, what. `how` is the statement where it matters. */
interface Plant {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
  readonly how?: (specifier: string) => string;
}

const value = (specifier: string): string => `export { it } from '${specifier}';\n`;
const type = (specifier: string): string => `export type { it } from '${specifier}';\n`;

const plants: readonly Plant[] = [
  { rule: 'room-platform', from: 'src/platform/plant.service.ts', to: 'src/audit/thing.ts' },
  { rule: 'room-kubernetes', from: 'src/kubernetes/plant.ts', to: 'src/tenants/thing.ts' },
  { rule: 'room-audit', from: 'src/audit/plant.ts', to: 'src/auth/thing.ts' },
  { rule: 'room-auth', from: 'src/auth/plant.ts', to: 'src/tenants/thing.ts' },
  { rule: 'room-background-tasks', from: 'src/background-tasks/plant.ts', to: 'src/kubernetes/thing.ts' },
  { rule: 'room-tenants', from: 'src/tenants/plant.ts', to: 'src/provisioner/instances/thing.ts' },
  { rule: 'room-provisioner', from: 'src/provisioner/instances/plant.ts', to: 'src/usage-metrics/thing.ts' },
  { rule: 'room-usage-metrics', from: 'src/usage-metrics/plant.ts', to: 'src/billing/thing.ts' },
  { rule: 'room-telemetry', from: 'src/telemetry/plant.ts', to: 'src/billing/thing.ts' },
  { rule: 'room-billing', from: 'src/billing/plant.ts', to: 'src/provisioner/instances/thing.ts' },
  { rule: 'room-alerts', from: 'src/alerts/plant.ts', to: 'src/billing/thing.ts' },
  { rule: 'room-analytics', from: 'src/analytics/plant.ts', to: 'src/alerts/thing.ts' },
  { rule: 'room-admin', from: 'src/admin/plant.ts', to: 'src/kubernetes/thing.ts' },
  { rule: 'room-embedded', from: 'src/embedded/cluster/plant.ts', to: 'src/kubernetes/thing.ts' },
  // Nothing imports admin, by the table.
  { rule: 'room-analytics', from: 'src/analytics/plant-of-admin.ts', to: 'src/admin/thing.ts' },
  { rule: 'room-unknown', from: 'src/utils/plant.ts', to: 'src/platform/thing.ts' },
  { rule: 'embedded-is-removable', from: 'src/application.ts', to: 'src/embedded/cluster/thing.ts', how: type },
  { rule: 'role-is-private-to-its-room', from: 'src/billing/plant.service.ts', to: 'src/tenants/tenants.store.ts' },
  { rule: 'role-is-private-to-its-room', from: 'src/admin/plant.service.ts', to: 'src/tenants/tenants.task.ts' },
  { rule: 'role-is-hidden-from-the-root', from: 'src/app.module.ts', to: 'src/tenants/tenants.controller.ts' },
  { rule: 'config-is-private-to-its-room', from: 'src/billing/plant.service.ts', to: 'src/tenants/tenants.config.ts' },
  { rule: 'config-is-parsed-once', from: 'src/app.module.ts', to: 'src/tenants/tenants.config.ts' },
  {
    rule: 'controller-or-task-is-private-to-its-sub-room',
    from: 'src/provisioner/drift/plant.service.ts',
    to: 'src/provisioner/instances/instances.controller.ts',
  },
  {
    rule: 'controller-or-task-is-private-to-its-sub-room',
    from: 'src/auth/access/plant.service.ts',
    to: 'src/auth/api-keys/keys.controller.ts',
  },
  { rule: 'pure-file-uses-no-role', from: 'src/tenants/plant.ts', to: 'src/tenants/tenants.service.ts' },
  { rule: 'pure-file-does-no-io', from: 'src/tenants/plant-of-files.ts', to: 'node:fs' },
  { rule: 'programs-are-started-in-kubernetes', from: 'src/tenants/plant.service.ts', to: 'execa' },
  { rule: 'programs-are-started-in-kubernetes', from: 'src/platform/plant-of-programs.ts', to: 'node:child_process' },
  { rule: 'cluster-is-reached-in-kubernetes', from: 'src/tenants/plant.client.ts', to: '@kubernetes/client-node' },
  { rule: 'supabase-is-reached-in-platform', from: 'src/tenants/plant.store.ts', to: '@supabase/supabase-js' },
  { rule: 'http-server-is-known-in-platform', from: 'src/tenants/plant.controller.ts', to: 'fastify', how: type },
  { rule: 'environment-is-read-by-main', from: 'src/app.config.ts', to: 'node:process' },
  { rule: 'kept-secrets-are-read-by-the-settings', from: 'src/platform/plant.ts', to: 'src/platform/kept-secret.ts' },
  { rule: 'files-are-read-in-known-places', from: 'src/platform/plant-of-files.ts', to: 'node:fs/promises' },
  { rule: 'files-are-read-in-known-places', from: 'src/tenants/plant-of-files.ts', to: 'node:fs' },
  { rule: 'no-tests-in-the-product', from: 'src/tenants/plant-of-tests.ts', to: 'src/tenants/testing/thing.ts' },
  { rule: 'sources-know-no-test-tree', from: 'src/platform/plant.spec.ts', to: 'test/setup/thing.ts' },
  { rule: 'nothing-imports-a-spec', from: 'test/setup/plant.ts', to: 'src/tenants/thing.spec.ts' },
  { rule: 'no-barrel', from: 'src/tenants/index.ts', to: 'src/tenants/thing.ts' },
  { rule: 'no-cycle', from: 'src/tenants/circle-back.ts', to: 'src/tenants/circle.ts' },
  { rule: 'no-undeclared-package', from: 'src/platform/plant-of-packages.ts', to: 'undeclared' },
  { rule: 'no-development-package-in-the-product', from: 'src/platform/plant-of-tools.ts', to: 'tool' },
  { rule: 'nothing-unresolved', from: 'src/platform/plant-of-nothing.ts', to: 'src/platform/nothing.ts' },
];

/** What looks like a violation and is none. */
const welcome: readonly Omit<Plant, 'rule'>[] = [
  { from: 'src/app.module.ts', to: 'src/embedded/cluster/thing.ts' },
  { from: 'src/app.module.ts', to: 'src/admin/thing.ts' },
  { from: 'src/app.config.ts', to: 'src/tenants/tenants.config.ts' },
  { from: 'src/embedded/cluster/simulated.ts', to: 'src/kubernetes/cluster.ts' },
  { from: 'src/tenants/knows-a-type.ts', to: 'src/tenants/tenants.store.ts', how: type },
  { from: 'src/provisioner/drift/reads.service.ts', to: 'src/provisioner/instances/instances.store.ts' },
  { from: 'src/provisioner/drift/starts.task.ts', to: 'src/platform/platform.config.ts' },
  { from: 'src/tenants/thing.spec.ts', to: 'tool' },
  { from: 'src/tenants/thing.spec.ts', to: 'src/tenants/testing/thing.ts' },
  { from: 'src/embedded/cluster/evaluates.ts', to: 'tool' },
  { from: 'src/platform/http/serves.ts', to: 'fastify' },
  { from: 'src/kubernetes/runs.client.ts', to: 'execa' },
  { from: 'src/main.ts', to: 'node:process' },
  { from: 'src/app.config.ts', to: 'src/platform/kept-secret.ts' },
  { from: 'src/kubernetes/reads.client.ts', to: 'node:fs' },
  { from: 'test/starts-what-is-built.ts', to: 'dist/main.js' },
  { from: 'test/setup/tries.ts', to: 'src/embedded/cluster/thing.ts' },
  // Half a circle; the plant is the other half, and types close it too.
  { from: 'src/tenants/circle.ts', to: 'src/tenants/circle-back.ts', how: type },
];

const packages = {
  dependencies: ['fastify', 'execa', '@kubernetes/client-node', '@supabase/supabase-js'],
  devDependencies: ['tool'],
};

/** What is imported and is not there. */
const missing = new Set(['src/platform/nothing.ts', 'dist/main.js']);

const builtIn = /^node:/;
const isFile = (target: string): boolean => /^(src|test|dist)\//.test(target);

describe('the boundaries of the rooms', () => {
  let tree: string;
  let found: Set<string>;

  beforeAll(async () => {
    tree = await mkdtemp(join(tmpdir(), 'tenantry-boundaries-'));
    await plantTree(tree);
    found = await violationsIn(tree);
  });

  afterAll(() => rm(tree, { recursive: true, force: true }));

  it.each(plants)('$rule refuses $from to import $to', ({ rule, from, to }) => {
    expect(found).toContain(line(rule, from, to));
  });

  it('finds nothing but what was planted', () => {
    const planted = new Set(plants.map(({ rule, from, to }) => line(rule, from, to)));
    expect([...found].filter((violation) => !planted.has(violation))).toEqual([]);
  });

  it('has no rule that was not broken here once', () => {
    const broken = new Set(plants.map(({ rule }) => rule));
    expect(rules.forbidden.map(({ name }) => name).filter((name) => !broken.has(name))).toEqual([]);
  });
});

function line(rule: string, from: string, to: string): string {
  return `${rule}: ${from} to ${to}`;
}

/** Every file of every plant, and what they import. */
async function plantTree(directory: string): Promise<void> {
  const files = new Map<string, string>();
  const everything = [...plants, ...welcome];
  for (const { to } of everything.filter(({ to: target }) => isFile(target) && !missing.has(target))) {
    files.set(to, 'export const it = 1;\n');
  }
  for (const { from, to, how = value } of everything) {
    files.set(from, `${files.get(from) ?? ''}${how(specifierOf(from, to))}`);
  }
  for (const [path, text] of [...files, ...stubs()]) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  // The rules name the compiler's settings beside them.
  for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json'])
    await symlink(join(root, name), join(directory, name));
}

/** The packages, and the manifest that declares all of them but one. */
function stubs(): [path: string, text: string][] {
  const { dependencies, devDependencies } = packages;
  const manifest = { dependencies: versionsOf(dependencies), devDependencies: versionsOf(devDependencies) };
  return [
    ['package.json', JSON.stringify({ name: 'plants', type: 'module', ...manifest })],
    ...[...dependencies, ...devDependencies, 'undeclared'].flatMap((name): [string, string][] => [
      [`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', exports: './main.js' })],
      [`node_modules/${name}/main.js`, 'exports.it = 1;\n'],
    ]),
  ];
}

function versionsOf(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, '1.0.0']));
}

function specifierOf(from: string, to: string): string {
  if (!isFile(to)) return to;
  const up = '../'.repeat(from.split('/').length - 1) || './';
  return `${up}${to.replace(/\.ts$/, '.js')}`;
}

async function violationsIn(directory: string): Promise<Set<string>> {
  const program = join(root, 'node_modules', '.bin', 'depcruise');
  const arguments_ = [program, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src', 'test'];
  const { stdout, stderr } = await execa(process.execPath, arguments_, { cwd: directory, reject: false });
  if (stdout === '') throw new Error(stderr);
  const { summary } = report.parse(JSON.parse(stdout));
  return new Set(summary.violations.map(({ rule, from, to }) => line(rule.name, from, targetOf(to))));
}

/** A violation's target as the plants write it. */
function targetOf(to: string): string {
  const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(to)?.[1];
  if (name !== undefined) return name;
  if (isFile(to) || builtIn.test(to)) return to;
  return to.startsWith('.') ? to.replace(/^(\.\.?\/)+/, '').replace(/\.js$/, '.ts') : `node:${to}`;
}
