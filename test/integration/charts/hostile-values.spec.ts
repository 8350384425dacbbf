import { array, assert, asyncProperty, constantFrom, oneof, string } from 'fast-check';

import { ChartHelm } from '../../charts/chart-helm.js';
import { TENANTRY_VALUES } from '../../charts/charts.js';
import type { Manifest } from '../../charts/manifest-pods.js';

/** Strings in these values are marks; each stands for one place that a hostile string is put into. */
const TENANTRY_MARKED = {
  ...TENANTRY_VALUES,
  image: {
    repository: mark('repository'),
    tag: mark('tag'),
    pullPolicy: mark('policy'),
    pullSecrets: [mark('pull')],
  },
  roles: [mark('role')],
  logLevel: mark('level'),
  supabase: { url: mark('url'), publishableKey: mark('publishable') },
  secrets: {
    supabase: { name: mark('secret'), key: mark('secret-key') },
    adminKey: { name: mark('admin'), key: mark('admin-key') },
    encryptionKey: { name: mark('encryption'), key: mark('encryption-key') },
    auditSigningKey: { name: mark('signing'), key: mark('signing-key') },
  },
  extraEnv: [{ name: mark('env'), value: mark('env-value') }],
  extraVolumes: [{ name: mark('volume') }],
  extraVolumeMounts: [{ name: mark('mount'), mountPath: mark('mount-path') }],
  persistence: { size: mark('size'), storageClassName: mark('storage-class'), accessModes: [mark('access-mode')] },
  podAnnotations: { [mark('annotation')]: mark('annotation-value') },
  nodeSelector: { [mark('node')]: mark('node-value') },
  tolerations: [{ key: mark('toleration') }],
  affinity: { nodeAffinity: mark('affinity') },
  priorityClassName: mark('priority'),
  serviceAccount: { name: mark('account'), annotations: { [mark('account-note')]: mark('account-value') } },
  rbac: { extraRules: [{ apiGroups: [mark('group')], resources: [mark('resource')], verbs: [mark('verb')] }] },
  service: { type: mark('service-type') },
  ingress: { enabled: true, className: mark('class'), host: mark('host'), tlsSecret: mark('tls') },
  networkPolicy: { enabled: true, from: [{ ipBlock: mark('from') }], extraEgress: [{ to: mark('to') }] },
};

const MARKED: [chart: string, values: Record<string, unknown>][] = [
  [
    'helm/blueprints/web-app',
    {
      image: { repository: mark('repository'), tag: mark('tag') },
      env: { [mark('key')]: mark('value'), [mark('other-key')]: mark('other-value') },
      host: mark('host'),
      resources: { limits: { cpu: mark('cpu'), [mark('resource')]: mark('quantity') } },
      probes: { livenessPath: mark('liveness'), readinessPath: mark('readiness') },
      ingress: { className: mark('class'), tlsSecret: mark('tls') },
      tenantry: {
        instanceId: mark('instance'),
        tenant: mark('tenant'),
        plan: mark('plan'),
        imagePullSecret: mark('pull-secret'),
        secrets: { name: mark('secret'), hash: mark('hash') },
      },
    },
  ],
  [
    'test/fixtures/charts/stateful-app',
    {
      image: mark('image'),
      database: { image: mark('database'), storage: mark('storage'), storageClass: mark('storage-class') },
      migration: { image: mark('migration') },
      backup: { image: mark('backup'), schedule: mark('schedule') },
      smokeTest: { image: mark('smoke-test') },
      ingress: { host: mark('host') },
      env: { [mark('key')]: mark('value') },
      tenantry: { instanceId: mark('instance'), secrets: { name: mark('secret'), hash: mark('hash') } },
    },
  ],
  ['helm/tenantry', TENANTRY_MARKED],
  [
    'helm/tenantry',
    { ...TENANTRY_MARKED, persistence: { enabled: false }, dataDirectory: { sizeLimit: mark('size') } },
  ],
];

const HOSTILE = [
  'two\nlines',
  '\n---\napiVersion: v1\nkind: Pod',
  '---',
  '...',
  '{{ .Release.Name }}',
  '{{ fail "evaluated" }}',
  '{{- /* */ -}}',
  '"',
  `'`,
  '\\',
  '\\n',
  '": {"injected": true}, "x": "',
  '- item',
  'key: value',
  '# comment',
  ' leading',
  'trailing ',
  '\ttab\t',
  '\r\n',
  '|',
  '>-',
  '&anchor',
  '*alias',
  '!!binary aGk=',
  '<<',
  '%YAML 1.1',
  'yes',
  'null',
  '~',
  '0x10',
  '1e3',
  '012',
  '2026-01-01',
  '[',
  '{',
  '@at',
  '`tick`',
  '${HOME}',
  '$(POD)',
  '<script>&amp;</script>',
  'Grüße 漢字 🧨',
  '\u202Eright to left',
  '\u2028line\u2029separators\u0085',
  '\uFEFFmark',
  '\u0000\u0001\u001F\u007F',
];

const hostileText = oneof(
  constantFrom(...HOSTILE),
  string({ unit: 'binary', minLength: 1, maxLength: 40 }),
  array(constantFrom(...HOSTILE), { minLength: 2, maxLength: 4 }).map((parts) => parts.join('')),
);

describe.each(MARKED)('%s, whose schema nobody asked', (chart, values) => {
  const marks = [...new Set(JSON.stringify(values).match(/mark-[a-z-]+-mark/g))];
  const args = ['--skip-schema-validation'];
  let helm: ChartHelm;
  let plain: Manifest[];

  beforeAll(async () => {
    helm = await ChartHelm.open('v34');
    ({ objects: plain } = await helm.template(chart, { values, args }));
  });
  afterAll(() => helm.close());

  it('puts every string value somewhere', () => {
    const rendered = JSON.stringify(plain);
    expect(marks.filter((one) => !rendered.includes(one))).toEqual([]);
  });

  // Tenants fill in the values of the first chart, so there every text meets every place by name.
  it.each(chart === 'helm/blueprints/web-app' ? HOSTILE : HOSTILE.slice(0, 3))(
    'keeps %j data in every place',
    async (text) => {
      const replacement = new Map(marks.map((one, index) => [one, `${text}${index}`]));
      expect(await renderedWith(replacement)).toEqual(withoutChecksums(replaced(plain, replacement)));
    },
  );

  it('keeps any text data in every place', async () => {
    const texts = array(hostileText, { minLength: marks.length, maxLength: marks.length });
    await assert(
      asyncProperty(texts, async (chosen) => {
        // The index keeps two map keys from being the same one.
        const replacement = new Map(marks.map((one, index) => [one, `${chosen[index] ?? ''}${index}`]));
        expect(await renderedWith(replacement)).toEqual(withoutChecksums(replaced(plain, replacement)));
      }),
      { numRuns: 15 },
    );
  });

  async function renderedWith(replacement: ReadonlyMap<string, string>): Promise<unknown> {
    const { objects, stderr } = await helm.template(chart, { values: replacedIn(values, replacement), args });
    expect(stderr).toBe('');
    return withoutChecksums(objects);
  }
});

function mark(name: string): string {
  return `mark-${name}-mark`;
}

/** The same structure with every mark, in values and keys, changed for its replacement. */
function replaced(value: unknown, replacement: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return textReplaced(value, replacement);
  if (Array.isArray(value)) return value.map((item) => replaced(item, replacement));
  return typeof value === 'object' && value !== null ? replacedIn(value, replacement) : value;
}

function replacedIn(value: object, replacement: ReadonlyMap<string, string>): Record<string, unknown> {
  const entries = Object.entries(value).map(([key, item]) => [
    textReplaced(key, replacement),
    replaced(item, replacement),
  ]);
  return Object.fromEntries(entries);
}

function textReplaced(text: string, replacement: ReadonlyMap<string, string>): string {
  return text.replaceAll(/mark-[a-z-]+?-mark/g, (one) => replacement.get(one) ?? one);
}

/** A checksum differs when what it sums differs; that is what it is for. */
function withoutChecksums(objects: unknown): unknown {
  return JSON.parse(JSON.stringify(objects, (key, value: unknown) => (key === 'checksum/config' ? undefined : value)));
}
