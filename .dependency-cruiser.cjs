// Who may import whom. docs/architecture.md says why; test/integration/house/boundaries.spec.ts breaks each rule once and sees it fail.
const path = require('node:path');

const domain = [
  'audit',
  'auth',
  'background-tasks',
  'tenants',
  'provisioner',
  'usage-metrics',
  'telemetry',
  'billing',
  'alerts',
  'analytics',
];

/** What each room may import beside itself. A room that is not here may import nothing. */
const table = {
  platform: [],
  kubernetes: ['platform'],
  audit: ['platform'],
  auth: ['platform', 'audit'],
  'background-tasks': ['platform', 'audit'],
  tenants: ['platform', 'audit'],
  provisioner: ['platform', 'audit', 'auth', 'background-tasks', 'tenants', 'kubernetes'],
  'usage-metrics': ['platform', 'audit', 'auth', 'background-tasks', 'tenants'],
  telemetry: ['platform', 'audit', 'auth', 'background-tasks', 'tenants', 'usage-metrics'],
  billing: ['platform', 'audit', 'auth', 'background-tasks', 'tenants', 'usage-metrics'],
  alerts: ['platform', 'audit', 'auth', 'background-tasks', 'tenants', 'provisioner', 'usage-metrics', 'telemetry'],
  analytics: ['platform', ...domain.filter((room) => room !== 'alerts')],
  admin: ['platform', ...domain],
  // And the ports that it implements, below.
  embedded: ['platform'],
};

/** Abstract classes of rooms that the embedded backends implement, beside those of platform. */
const ports = ['^src/kubernetes/cluster\\.ts$'];

const notes = {
  room: 'The table in docs/architecture.md says what this room may import.',
};

const rooms = Object.entries(table).map(([room, others]) => ({
  name: `room-${room}`,
  severity: 'error',
  comment: notes.room,
  from: { path: `^src/${room}/` },
  to: {
    path: '^src/',
    pathNot: [...[room, ...others].map((allowed) => `^src/${allowed}/`), ...(room === 'embedded' ? ports : [])],
  },
}));

const worldly = '\\.(service|store|controller|client|task|module)\\.ts$';
const anyRole =
  '\\.(service|store|controller|client|task|config|module|guard|filter|interceptor|decorator|adapter|main)\\.ts$';
const spec = '\\.spec\\.ts$';
const roots = '^src/[^/]+\\.ts$';

/** The outer world of Node: files, processes, sockets. */
const inputAndOutput = [
  '^(node:)?(fs|fs/promises|child_process|net|tls|dns|dns/promises|http|http2|https|dgram|cluster|worker_threads)$',
];

const forbidden = [
  ...rooms,
  {
    name: 'room-unknown',
    severity: 'error',
    comment: 'A new room is first written into the table.',
    from: { path: '^src/[^/]+/', pathNot: Object.keys(table).map((room) => `^src/${room}/`) },
    to: {},
  },
  {
    name: 'embedded-is-removable',
    severity: 'error',
    comment: 'Only src/app.module.ts chooses backends, so that an image can leave src/embedded out.',
    from: { path: '^src/', pathNot: ['^src/embedded/', '^src/app\\.module\\.ts$'] },
    to: { path: '^src/embedded/' },
  },
  {
    name: 'role-is-private-to-its-room',
    severity: 'error',
    comment: 'Other rooms use a service, types and errors; queries, routes and tasks stay at home.',
    from: { path: '^src/([^/]+)/' },
    to: { path: '^src/[^/]+/.*\\.(store|controller|task)\\.ts$', pathNot: '^src/$1/' },
  },
  {
    name: 'role-is-hidden-from-the-root',
    severity: 'error',
    comment: 'What puts the rooms together knows their modules, services and settings.',
    from: { path: roots },
    to: { path: '^src/[^/]+/.*\\.(store|controller|task)\\.ts$' },
  },
  {
    name: 'config-is-private-to-its-room',
    severity: 'error',
    comment:
      'src/app.config.ts parses the settings of every room. What every replica is for stands in the settings of platform.',
    from: { path: '^src/([^/]+)/' },
    to: { path: '^src/[^/]+/.*\\.config\\.ts$', pathNot: ['^src/$1/', '^src/platform/platform\\.config\\.ts$'] },
  },
  {
    name: 'config-is-parsed-once',
    severity: 'error',
    comment: 'Of the files that put the rooms together only src/app.config.ts knows their settings.',
    from: { path: roots, pathNot: '^src/app\\.config\\.ts$' },
    to: { path: '^src/[^/]+/.*\\.config\\.ts$' },
  },
  {
    name: 'controller-or-task-is-private-to-its-sub-room',
    severity: 'error',
    comment:
      'The sub-rooms of provisioner, auth, usage-metrics and billing share stores and services, not doors (docs/decisions/0001).',
    from: { path: '^src/(provisioner|auth|usage-metrics|billing)/([^/]+)/' },
    to: {
      path: '^src/(provisioner|auth|usage-metrics|billing)/[^/]+/.*\\.(controller|task)\\.ts$',
      pathNot: '^src/$1/$2/',
    },
  },
  {
    name: 'pure-file-uses-no-role',
    severity: 'error',
    comment:
      'A file without a role in its name is pure: it may know the types of what touches the world, and run none of it.',
    from: { path: '^src/[^/]+/', pathNot: [anyRole, spec, '^src/embedded/', '^src/platform/'] },
    to: { path: worldly, dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'pure-file-does-no-io',
    severity: 'error',
    comment: 'A file without a role in its name is pure: no files, processes or sockets.',
    from: { path: domain.map((room) => `^src/${room}/`), pathNot: [anyRole, spec] },
    to: {
      path: [...inputAndOutput, 'node_modules/(execa|postgres|@supabase|@kubernetes)/'],
      dependencyTypesNot: ['type-only'],
    },
  },
  {
    name: 'programs-are-started-in-kubernetes',
    severity: 'error',
    comment: 'helm and kubectl are run by src/kubernetes alone, Postgres by src/embedded.',
    from: { path: '^src/', pathNot: ['^src/kubernetes/', '^src/embedded/'] },
    to: { path: ['^(node:)?child_process$', 'node_modules/execa/'] },
  },
  {
    name: 'cluster-is-reached-in-kubernetes',
    severity: 'error',
    comment: 'The embedded cluster takes from it the shapes of objects, and nothing else.',
    from: { path: '^src/', pathNot: ['^src/kubernetes/', '^src/embedded/cluster/'] },
    to: { path: 'node_modules/@kubernetes/client-node/' },
  },
  {
    name: 'supabase-is-reached-in-platform',
    severity: 'error',
    comment: 'Stores speak to the Database port.',
    from: { path: '^src/', pathNot: ['^src/platform/(hosted-)?database\\.ts$', '^src/embedded/supabase/'] },
    to: { path: 'node_modules/@supabase/' },
  },
  {
    name: 'http-server-is-known-in-platform',
    severity: 'error',
    comment: 'Routes are defined by defineRoute; which server serves them is known to the files of the HTTP door.',
    from: { path: '^src/', pathNot: ['^src/platform/http/', '^src/application\\.ts$'] },
    to: { path: 'node_modules/(fastify|@fastify/[^/]+|@nestjs/platform-fastify)/' },
  },
  {
    name: 'environment-is-read-by-main',
    severity: 'error',
    comment:
      'src/main.ts hands the environment to src/app.config.ts, and nobody else sees it: secrets are in it. oxlint refuses process.env.',
    from: { path: '^src/', pathNot: '^src/main\\.ts$' },
    to: { path: '^(node:)?process$' },
  },
  {
    name: 'kept-secrets-are-read-by-the-settings',
    severity: 'error',
    comment: 'Whoever needs a secret is given it.',
    from: { path: '^src/', pathNot: ['^src/app\\.config\\.ts$', '^src/auth/operator-key\\.service\\.ts$', spec] },
    to: { path: '^src/platform/kept-secret\\.ts$' },
  },
  {
    name: 'files-are-read-in-known-places',
    severity: 'error',
    comment:
      'Secrets in files: those that Tenantry keeps (platform/kept-secret.ts), those of a cluster (kubernetes), those of the evaluation (embedded). A place that reads other files is added here.',
    from: {
      path: '^src/',
      pathNot: [
        spec,
        '^src/(kubernetes|embedded)/',
        '^src/platform/(kept-secret|directory-lock)\\.ts$',
        '^src/application\\.ts$',
        // Exports of the trail that somebody wants verified.
        '^src/audit/trail-source\\.client\\.ts$',
        // The fonts of a package.
        '^src/billing/documents/typeface\\.service\\.ts$',
        '^src/provisioner/blueprints/chart-paths\\.service\\.ts$',
        // Usage events while the database is away.
        '^src/usage-metrics/spool/.*\\.(client|service)\\.ts$',
      ],
    },
    to: { path: '^(node:)?fs(/promises)?$', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'no-tests-in-the-product',
    severity: 'error',
    comment: 'Folders called testing hold what several specs of a room share.',
    from: { path: '^src/', pathNot: [spec, '/testing/'] },
    to: { path: '^src/.*/testing/' },
  },
  {
    name: 'sources-know-no-test-tree',
    severity: 'error',
    comment: 'A spec beside its code needs no database and no cluster; what does stands under test/.',
    from: { path: '^src/' },
    to: { path: ['^test/', '^bench/', '^scripts/'] },
  },
  {
    name: 'nothing-imports-a-spec',
    severity: 'error',
    from: {},
    to: { path: spec },
  },
  {
    name: 'no-barrel',
    severity: 'error',
    comment: 'Import the file.',
    from: { path: '(^|/)index\\.[cm]?[jt]s$', pathNot: 'node_modules' },
    to: {},
  },
  {
    name: 'no-cycle',
    severity: 'error',
    from: { pathNot: 'node_modules' },
    to: { circular: true },
  },
  {
    name: 'no-undeclared-package',
    severity: 'error',
    comment: 'What is imported stands in package.json; another package may stop to bring it along.',
    from: {},
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'no-development-package-in-the-product',
    severity: 'error',
    comment: 'An image without the embedded parts has no development packages.',
    from: { path: '^src/', pathNot: [spec, '^src/embedded/'] },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'dynamic-import'] },
  },
  {
    name: 'nothing-unresolved',
    severity: 'error',
    comment: 'But what scripts load of the build, which may not have been made yet.',
    from: {},
    to: { couldNotResolve: true, pathNot: '^(\\.\\./)+dist/' },
  },
];

module.exports = {
  forbidden,
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: path.join(__dirname, 'tsconfig.json') },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'require', 'default'],
    },
  },
};
