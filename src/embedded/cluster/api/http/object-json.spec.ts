import { configMap } from '../../store/testing/draft.js';
import { isKubeObject, jsonOf, listJson, partialOf } from './object-json.js';

describe('the JSON of objects', () => {
  it('is made once for each object, kind first', () => {
    const object = configMap('a', { x: 'ü' });
    expect(jsonOf(object)).toBe(jsonOf(object));
    expect(jsonOf(object).toString().startsWith('{"kind":"ConfigMap","apiVersion":"v1","metadata":')).toBe(true);
    expect(JSON.parse(jsonOf(object).toString())).toEqual(object);
  });

  it('leaves kind and apiVersion out of the items of a list, as the real server does', () => {
    const items = [configMap('a', { x: 'ü' }), configMap('b')];
    const metadata = { resourceVersion: '7', continue: 'token', remainingItemCount: 3 };
    const list: unknown = JSON.parse(listJson('v1', 'ConfigMapList', metadata, items).toString());
    expect(list).toEqual({
      kind: 'ConfigMapList',
      apiVersion: 'v1',
      metadata,
      items: items.map(({ kind: _kind, apiVersion: _version, ...rest }) => rest),
    });
  });

  it('can be of an empty list', () => {
    expect(JSON.parse(listJson('v1', 'PodList', { resourceVersion: '1' }, []).toString())).toMatchObject({ items: [] });
  });

  it('can be only the metadata', () => {
    expect(partialOf(configMap('a', { x: '1' }))).not.toHaveProperty('data');
  });

  it.each([
    [{ kind: 'Pod', metadata: {} }, true],
    [{ kind: 'Pod' }, false],
    [{ metadata: {} }, false],
    [[], false],
  ])('%j is an object of the API: %s', (value, expected) => {
    expect(isKubeObject(value)).toBe(expected);
  });
});

describe('the cache of JSON', () => {
  it('forgets what was not asked for while much else was', () => {
    const early = configMap('early');
    const first = jsonOf(early);
    const large = 'x'.repeat(1024 * 1024);
    for (let n = 0; n < 70; n += 1) jsonOf(configMap(`c${n}`, { large }));
    expect(jsonOf(early)).not.toBe(first);
    expect(jsonOf(early)).toEqual(first);
  });

  it('keeps what is asked for again and again', () => {
    const often = configMap('often');
    const first = jsonOf(often);
    const large = 'x'.repeat(1024 * 1024);
    for (let n = 0; n < 70; n += 1) {
      jsonOf(configMap(`c${n}`, { large }));
      expect(jsonOf(often)).toBe(first);
    }
  });
});
