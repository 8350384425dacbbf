import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { AppendLog } from './append-log.js';
import type { KubeObject } from './kube-object.js';
import { ObjectStore } from './object-store.js';
import { configMap, draft } from './testing/draft.js';

const toJson = (object: KubeObject) => Buffer.from(JSON.stringify(object));

describe('AppendLog', () => {
  let directory: string;
  let path: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'append-log-'));
    path = join(directory, 'objects.jsonl');
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function open(): Promise<{ store: ObjectStore; log: AppendLog }> {
    const store = new ObjectStore();
    return { store, log: await AppendLog.open(store, path, toJson) };
  }

  it('brings objects back as they were', async () => {
    const first = await open();
    const kept = first.store.create('/configmaps', configMap('a', { x: '1' }));
    const changed = first.store.update('/configmaps', { ...kept, data: { x: '2' } });
    first.store.create('/configmaps', configMap('gone'));
    first.store.delete('/configmaps', 'ns', 'gone');
    await first.log.close();
    const second = await open();
    expect(second.store.list('/configmaps')).toEqual([changed]);
    await second.log.close();
  });

  it('never gives a version twice, not even one whose write was lost', async () => {
    const first = await open();
    first.store.create('/configmaps', configMap('a'));
    await first.log.close();
    const second = await open();
    const next = second.store.create('/configmaps', configMap('b'));
    expect(Number(next.metadata.resourceVersion)).toBeGreaterThan(1000);
    await second.log.close();
  });

  it('begins at version 1 when there was nothing', async () => {
    const { store, log } = await open();
    expect(store.create('/configmaps', configMap('a')).metadata.resourceVersion).toBe('1');
    await log.close();
  });

  it('has a write on disk soon after it was answered, without being closed', async () => {
    const { store, log } = await open();
    store.create('/configmaps', configMap('a'));
    await sleep(150);
    expect(await readFile(path, 'utf8')).toContain('"name":"a"');
    await log.close();
  });

  it('leaves out a line that was cut off when the process died', async () => {
    const first = await open();
    first.store.create('/configmaps', configMap('a'));
    await first.log.close();
    await appendFile(path, '{"k":"/configmaps","o":{"kind":"Confi');
    const second = await open();
    expect(second.store.list('/configmaps').map(({ metadata }) => metadata.name)).toEqual(['a']);
    second.store.create('/configmaps', configMap('b'));
    await second.log.close();
    const third = await open();
    expect(third.store.list('/configmaps').map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    await third.log.close();
  });

  it('keeps no Events', async () => {
    const first = await open();
    first.store.create('/events', draft('v1', 'Event', { name: 'e' }));
    await first.log.close();
    const second = await open();
    expect(second.store.list('/events')).toEqual([]);
    await second.log.close();
  });

  it('is readable for its owner only', async () => {
    const { log } = await open();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await log.close();
  });

  it('is rewritten when most of it is outdated, and loses nothing by it', async () => {
    const first = await open();
    let object = first.store.create('/configmaps', configMap('a', { n: '0' }));
    for (let round = 0; round < 5; round += 1) {
      for (let n = 1; n <= 5000; n += 1) {
        object = first.store.update('/configmaps', { ...object, data: { n: `${round}-${n}` } });
      }
      await sleep(60);
    }
    first.store.create('/configmaps', configMap('last'));
    await first.log.close();
    const lines = (await readFile(path, 'utf8')).split('\n').length;
    expect(lines).toBeLessThan(15_000);
    const second = await open();
    expect(second.store.get('/configmaps', 'ns', 'a')?.['data']).toEqual({ n: '4-5000' });
    expect(second.store.get('/configmaps', 'ns', 'last')).toBeDefined();
    await second.log.close();
  });
});
