import * as fc from 'fast-check';

import { helmArguments, type HelmIntent, type UpgradeInstallIntent } from './helm-arguments.js';

const upgrade: UpgradeInstallIntent = {
  verb: 'upgrade-install',
  release: 'main',
  namespace: 't-acme-main',
  chart: { path: '/charts/web' },
  labels: {},
  historyMax: 10,
  takeOwnership: false,
  timeoutSeconds: 120,
};
const base = ['upgrade', '--install', '--namespace=t-acme-main', '--values=-', '--reset-values', '--history-max=10'];

type Row = readonly [what: string, major: number, intent: HelmIntent, expected: readonly string[]];

const rows: readonly Row[] = [
  [
    'upgrade with helm 4 applies on the server and takes its fields back',
    4,
    upgrade,
    [
      ...base,
      '--disable-openapi-validation',
      '--timeout=120s',
      '--server-side=true',
      '--force-conflicts',
      '--',
      'main',
      '/charts/web',
    ],
  ],
  [
    'upgrade with helm 3 knows no such flags',
    3,
    upgrade,
    [...base, '--disable-openapi-validation', '--timeout=120s', '--', 'main', '/charts/web'],
  ],
  [
    'upgrade from a repository, with labels, adopting, without hooks',
    3,
    {
      ...upgrade,
      chart: { repository: 'https://charts.example.com', name: 'web', version: '1.2.3' },
      labels: { 'tenantry.io/instance': 'i1', team: 'blue' },
      takeOwnership: true,
      noHooks: true,
      openapiValidation: true,
    },
    [
      ...base,
      '--timeout=120s',
      '--no-hooks',
      '--labels=tenantry.io/instance=i1,team=blue',
      '--take-ownership',
      '--repo=https://charts.example.com',
      '--version=1.2.3',
      '--',
      'main',
      'web',
    ],
  ],
  [
    'upgrade from an OCI registry',
    3,
    { ...upgrade, chart: { oci: 'oci://registry.example.com/web', version: '2.0.0' }, timeoutSeconds: 0.2 },
    [
      ...base,
      '--disable-openapi-validation',
      '--timeout=1s',
      '--version=2.0.0',
      '--',
      'main',
      'oci://registry.example.com/web',
    ],
  ],
  [
    'rollback with helm 4',
    4,
    { verb: 'rollback', release: 'main', namespace: 'n', revision: 3, historyMax: 5, timeoutSeconds: 60 },
    [
      'rollback',
      '--namespace=n',
      '--timeout=60s',
      '--history-max=5',
      '--server-side=true',
      '--force-conflicts',
      '--',
      'main',
      '3',
    ],
  ],
  [
    'rollback with helm 3',
    3,
    {
      verb: 'rollback',
      release: 'main',
      namespace: 'n',
      revision: 3,
      historyMax: 5,
      timeoutSeconds: 60,
      noHooks: true,
    },
    ['rollback', '--namespace=n', '--timeout=60s', '--no-hooks', '--history-max=5', '--', 'main', '3'],
  ],
  [
    'uninstall never ignores what is not found: absence is read',
    4,
    { verb: 'uninstall', release: 'main', namespace: 'n', timeoutSeconds: 60 },
    ['uninstall', '--namespace=n', '--timeout=60s', '--', 'main'],
  ],
  [
    'test prints the logs of its pods',
    4,
    { verb: 'test', release: 'main', namespace: 'n', timeoutSeconds: 60 },
    ['test', '--namespace=n', '--timeout=60s', '--logs', '--', 'main'],
  ],
  [
    'template',
    4,
    { verb: 'template', release: 'main', namespace: 'n', chart: { path: '/charts/web' }, isUpgrade: true },
    ['template', '--namespace=n', '--values=-', '--is-upgrade', '--', 'main', '/charts/web'],
  ],
];

test.each(rows)('%s', (_what, major, intent, expected) => {
  expect(helmArguments(intent, major)).toEqual(expected);
});

test('values are never set by argument and readiness is never waited for', () => {
  const all = rows.flatMap(([, major, intent]) => helmArguments(intent, major));
  expect(all.filter((argument) => /^--(set|wait|atomic|rollback-on-failure|reuse-values)/.test(argument))).toEqual([]);
});

test.each<readonly [string, HelmIntent]>([
  ['a release that is a flag', { ...upgrade, release: '--debug' }],
  ['a namespace that is a flag', { ...upgrade, namespace: '--kubeconfig=/x' }],
  ['a relative chart', { ...upgrade, chart: { path: '-f' } }],
  ['a label that smuggles another', { ...upgrade, labels: { a: 'b,owner=x' } }],
  ['no timeout', { ...upgrade, timeoutSeconds: 0 }],
  ['an endless history', { ...upgrade, historyMax: 0 }],
  [
    'revision 0, which helm reads as the one before',
    { verb: 'rollback', release: 'a', namespace: 'n', revision: 0, historyMax: 1, timeoutSeconds: 1 },
  ],
])('%s is refused', (_what, intent) => {
  expect(() => helmArguments(intent, 4)).toThrow(RangeError);
});

test('whatever the chart is called, what a caller chose is one argument after -- or joined with =', () => {
  const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);
  const path = fc.string({ unit: 'binary' }).map((text) => `/${text.replaceAll('\0', '')}`);
  const label = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,5}[A-Za-z0-9]$/);
  fc.assert(
    fc.property(name, name, path, label, (release, namespace, chartPath, value) => {
      const intent = { ...upgrade, release, namespace, chart: { path: chartPath }, labels: { l: value } };
      const args = helmArguments(intent, 4);
      expect(args.indexOf('--')).toBe(args.length - 3);
      expect(args.slice(-2)).toEqual([release, chartPath]);
      expect(args.slice(1, -3).every((argument) => argument.startsWith('--'))).toBe(true);
    }),
  );
});
