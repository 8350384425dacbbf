import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { glob, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { execa } from 'execa';

import { Programs } from '../../../src/kubernetes/programs.js';
import { REPOSITORY } from '../../charts/chart-helm.js';
import { argumentsOf, stagesOf, type Stage } from '../../charts/dockerfile.js';

interface PackageJson {
  readonly version: string;
  readonly dependencies: Record<string, string>;
  readonly optionalDependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

let stages: Stage[];
let packageJson: PackageJson;

beforeAll(async () => {
  stages = stagesOf(await text('Dockerfile'));
  packageJson = JSON.parse(await text('package.json'));
});

describe('the reader of the Dockerfile', () => {
  it('knows stages, continuations, comments and global arguments', () => {
    const read = stagesOf(
      'ARG BASE=a:1\n# a comment\nFROM ${BASE} AS one\nARG A="b c"\nRUN x \\\n  # inside\n  && y\nFROM b@sha256:0\nCMD ["z"]\n',
    );
    expect(read).toEqual([
      {
        name: 'one',
        from: 'a:1',
        instructions: [
          { keyword: 'ARG', rest: 'A="b c"' },
          { keyword: 'RUN', rest: 'x && y' },
        ],
      },
      { name: '', from: 'b@sha256:0', instructions: [{ keyword: 'CMD', rest: '["z"]' }] },
    ]);
    expect(argumentsOf(read[0]?.instructions ?? [])).toEqual({ A: 'b c' });
  });
});

describe('the image', () => {
  it('is built in stages, all from one Node image of the version we develop on, never from latest', () => {
    expect(stages.map(({ name }) => name)).toEqual(['programs', 'build', 'dependencies', 'runtime']);
    const images = new Set(stages.map(({ from }) => from));
    expect([...images]).toEqual([`node:${packageJson.devDependencies['node'] ?? ''}-bookworm-slim`]);
  });

  it('takes the place of the process: a numeric user that is not root, node as the command, a health check without a shell', () => {
    expect(valueOf('runtime', 'USER')).toMatch(/^[1-9][0-9]*:[1-9][0-9]*$/);
    expect(JSON.parse(valueOf('runtime', 'CMD'))).toEqual(['node', 'dist/main.js']);
    expect(valueOf('runtime', 'HEALTHCHECK')).toMatch(/CMD \["node", "-e", ".*\/livez/);
    expect(valueOf('runtime', 'HEALTHCHECK')).not.toContain('curl');
    expect(stage('runtime').instructions.map(({ keyword }) => keyword)).not.toContain('VOLUME');
  });

  it.each([
    ['alive', 200, 0],
    ['not alive', 503, 1],
    ['not there', undefined, 1],
  ])('has a health check that sees a service that is %s', async (_, status, exitCode) => {
    const server = createServer((request, response) =>
      response.writeHead(request.url === '/livez' ? (status ?? 200) : 404).end(),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('no address');
    if (status === undefined) await closed(server);
    const [, , script = '']: string[] = JSON.parse(valueOf('runtime', 'HEALTHCHECK').replace(/^.*? CMD /, ''));
    const env = { PORT: String(address.port) };
    const check = await execa(process.execPath, ['-e', script], { env, extendEnv: false, reject: false });
    expect(check.exitCode).toBe(exitCode);
    if (server.listening) await closed(server);
  });

  it('is one whose writes go to the data directory and /tmp', () => {
    const written = [
      'HOME',
      'HELM_CACHE_HOME',
      'HELM_CONFIG_HOME',
      'HELM_DATA_HOME',
      'KUBECACHEDIR',
      'TENANTRY_DATA_DIR',
    ];
    const env = valueOf('runtime', 'ENV');
    for (const name of written) expect(env).toMatch(new RegExp(`${name}=(/tmp|/var/lib/tenantry)`));
  });

  it('has labels of the Open Container Initiative and the version of the package', () => {
    expect(valueOf('runtime', 'LABEL')).toMatch(/org\.opencontainers\.image\.title=.*\.licenses=.*\.version=/);
    expect(argumentsOf(stage('runtime').instructions)['VERSION']).toBe(packageJson.version);
  });

  it('is given no secret, by argument, variable or file', async () => {
    const given = stages.flatMap(({ instructions }) =>
      instructions.filter(({ keyword }) => ['ARG', 'ENV'].includes(keyword)),
    );
    const names = given.flatMap(({ rest }) => [...rest.matchAll(/(\w+)=/g)].map(([, name = '']) => name));
    expect(names.filter((name) => /secret|password|token|_key/i.test(name))).toEqual([]);
    const ignored = (await text('.dockerignore')).split('\n');
    expect(ignored).toEqual(
      expect.arrayContaining([
        '.env',
        '.env.*',
        '**/*.pem',
        '**/*.key',
        '**/kubeconfig',
        '.tenantry',
        '.git',
        'node_modules',
      ]),
    );
  });

  it('is built from everything it needs: nothing of that is ignored', async () => {
    const patterns = (await text('.dockerignore')).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const ignored: string[] = [];
    for await (const path of glob(patterns, { cwd: REPOSITORY, exclude: ['node_modules', '.git', 'dist'] }))
      ignored.push(path);
    const needed = /^(src|supabase|helm\/blueprints|tools)\/|^[^/]*\.(json|npmrc|swcrc)$/;
    expect(ignored.filter((path) => needed.test(path) && !/\.(md|spec\.ts)$/.test(path))).toEqual([]);
  });

  it('installs what the lock file says, without development packages and without install scripts at run time', () => {
    const run = runsOf('dependencies');
    expect(run).toContain('npm ci --omit=dev --omit=optional --ignore-scripts');
    expect(run).not.toContain('npm install');
    expect(runsOf('build')).toMatch(/if \[ "\$EMBEDDED" != "true" \]; then rm -rf dist\/embedded; fi/);
  });
});

describe('helm and kubectl in the image', () => {
  it('come from their makers over https, and are checked before they are unpacked', () => {
    const run = runsOf('programs');
    expect([...run.matchAll(/https?:\/\/[^/"]+/g)].map(([url]) => url)).toEqual([
      'https://get.helm.sh',
      'https://dl.k8s.io',
    ]);
    expect(run.match(/sha256sum --check --strict/g)).toHaveLength(2);
    expect(run.indexOf('sha256sum')).toBeLessThan(run.indexOf('tar --extract'));
    expect(run).toMatch(/\*\) echo "no checksums for \$architecture" >&2; exit 1/);
  });

  it('have a checksum for each architecture', () => {
    const given = argumentsOf(stage('programs').instructions);
    const sums = ['HELM_SHA256_AMD64', 'HELM_SHA256_ARM64', 'KUBECTL_SHA256_AMD64', 'KUBECTL_SHA256_ARM64'].map(
      (name) => given[name],
    );
    for (const sum of sums) expect(sum).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(sums).size).toBe(4);
  });

  it('are the versions that everything here is tested with, kubectl byte for byte', async () => {
    const cacheDirectory = await mkdtemp(join(tmpdir(), 'tenantry-image-'));
    try {
      const programs = new Programs({ searchPath: '', cacheDirectory });
      const [helm, kubectl] = await Promise.all([programs.helm(), programs.kubectl()]);
      const given = argumentsOf(stage('programs').instructions);
      expect([given['HELM_VERSION'], given['KUBECTL_VERSION']]).toEqual([helm.version, kubectl.version]);
      const hash = createHash('sha256');
      await pipeline(createReadStream(kubectl.path), hash);
      expect(given['KUBECTL_SHA256_AMD64']).toBe(hash.digest('hex'));
    } finally {
      await rm(cacheDirectory, { recursive: true, force: true });
    }
  });
});

describe('the packages in the image', () => {
  it('are all that the code outside the evaluation backends loads', async () => {
    const loaded = await packagesLoadedBy('src/**/*.ts', (path) => !path.startsWith('src/embedded/'));
    expect(loaded.filter((name) => !(name in packageJson.dependencies))).toEqual([]);
  });

  it('with EMBEDDED=true are all that the evaluation backends load too', async () => {
    const loaded = await packagesLoadedBy('src/embedded/**/*.ts', () => true);
    const given = argumentsOf(stage('dependencies').instructions)['EMBEDDED_PACKAGES']?.split(' ') ?? [];
    const have = new Set([
      ...Object.keys(packageJson.dependencies),
      ...Object.keys(packageJson.optionalDependencies),
      ...given,
    ]);
    expect(loaded.filter((name) => !have.has(name))).toEqual([]);
    expect(given.filter((name) => !(name in packageJson.devDependencies))).toEqual([]);
  });
});

/** Names of packages in static imports that are still there at run time. */
async function packagesLoadedBy(pattern: string, counts: (path: string) => boolean): Promise<string[]> {
  const names = new Set<string>();
  for await (const path of glob(pattern, { cwd: REPOSITORY })) {
    if (path.endsWith('.spec.ts') || path.endsWith('.d.ts') || !counts(path)) continue;
    for (const [, name = ''] of (await text(path)).matchAll(
      /^(?:import|export) (?!type )(?:[^;']*? from )?'([^'.][^']*)'/gm,
    )) {
      names.add(name.split('/', name.startsWith('@') ? 2 : 1).join('/'));
    }
  }
  return [...names].filter((name) => !name.startsWith('node:') && !builtinModules.includes(name)).sort();
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

function stage(name: string): Stage {
  const found = stages.find((one) => one.name === name);
  if (found === undefined) throw new Error(`the Dockerfile has no stage ${name}`);
  return found;
}

function valueOf(stageName: string, keyword: string): string {
  const found = stage(stageName).instructions.filter((instruction) => instruction.keyword === keyword);
  expect([keyword, found.length]).toEqual([keyword, 1]);
  return found[0]?.rest ?? '';
}

function runsOf(stageName: string): string {
  return stage(stageName)
    .instructions.filter(({ keyword }) => keyword === 'RUN')
    .map(({ rest }) => rest)
    .join('\n');
}

function text(path: string): Promise<string> {
  return readFile(join(REPOSITORY, path), 'utf8');
}
