import type { PodSpec } from '../pod-kinds.js';
import { barePod, podSpec, VirtualCluster } from '../testing/virtual-cluster.js';
import type { LogOptions } from './logs.js';

let cluster: VirtualCluster;

beforeEach(() => {
  cluster = new VirtualCluster();
});

afterEach(() => cluster.stop());

function run(image: string, more: Partial<PodSpec> = {}): void {
  cluster.add('/pods', barePod('p', podSpec(image, more)));
}

function logs(options: LogOptions = {}, container = 'app'): string | undefined {
  return cluster.controllers.logs('ns', 'p', container, options);
}

const START = '2026-01-01T00:00:00Z INFO app:';

describe('the log of a container', () => {
  it('tells of its start and that it is ready', () => {
    run('x/app:1', { containers: [{ name: 'app', image: 'x/app:1', ports: [{ containerPort: 80 }] }] });
    cluster.seconds(1);
    expect(logs()).toBe(`${START} starting (image x/app:1, pod p)\n${START} listening on port 80\n${START} ready\n`);
  });

  it('only grows while it runs', () => {
    run('x/app:slow-start');
    cluster.seconds(1);
    const early = logs() ?? '';
    cluster.seconds(10);
    expect(logs()).toBe(`${early}${START} ready\n`);
  });

  it('ends with why it crashed, also while it waits for its restart', () => {
    run('x/crash:1');
    cluster.seconds(5);
    expect(logs()?.trimEnd().split('\n').at(-1)).toBe('Error: cannot connect to database');
    expect(logs({ previous: true })).toBe(logs());
  });

  it('of a task that is done', () => {
    run('x/task:1', { restartPolicy: 'Never' });
    cluster.seconds(5);
    expect(logs()).toMatch(/app: done\n$/);
  });

  it('of what was killed for its memory has no last word', () => {
    run('x/oom:1');
    cluster.seconds(5);
    expect(logs()).toMatch(/loading data set into memory\n$/);
  });

  it('never shows the environment', () => {
    run('x/app:1', { containers: [{ name: 'app', image: 'x/app:1', env: [{ name: 'KEY', value: 's3cret' }] }] });
    cluster.seconds(5);
    expect(logs()).not.toMatch(/KEY|s3cret/);
  });

  it('can be cut', () => {
    run('x/app:1');
    cluster.seconds(60);
    expect(logs({ tailLines: 1 })).toBe(`${START} ready\n`);
    expect(logs({ tailLines: 0 })).toBe('');
    expect(logs({ sinceSeconds: 10 })).toBe('');
    expect(logs({ sinceTime: '2025-12-31T00:00:00Z', tailLines: 1 })).toBe(`${START} ready\n`);
    expect(logs({ limitBytes: 10 })).toBe('2026-01-01');
    expect(logs({ tailLines: 1, timestamps: true })).toBe(`2026-01-01T00:00:00.000Z ${START} ready\n`);
  });

  const refusals: [string, string, LogOptions, string][] = [
    ['before it was made', 'x/app:1', {}, 'container "app" in pod "p" is waiting to start: ContainerCreating'],
    [
      'of an image that is not there',
      'x/pull-fail:1',
      {},
      'container "app" in pod "p" is waiting to start: trying and failing to pull image',
    ],
    [
      'of a run before the first',
      'x/app:2',
      { previous: true },
      'previous terminated container "app" in pod "p" not found',
    ],
  ];
  it.each(refusals)('is refused %s', (_when, image, options, message) => {
    run(image);
    if (image !== 'x/app:1') cluster.seconds(5);
    expect(() => logs(options)).toThrow(expect.objectContaining({ code: 400, message }));
  });

  it('of a container or pod that is not there is none', () => {
    run('x/app:1');
    expect(logs({}, 'other')).toBeUndefined();
    expect(cluster.controllers.logs('ns', 'other', 'app')).toBeUndefined();
  });
});
