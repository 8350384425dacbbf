import type { KubeObject } from '../../store/kube-object.js';
import { configMap } from '../../store/testing/draft.js';
import { bookmarkLine, errorLine, watchEventOf, watchLine } from './watch-event.js';

function version(data: string, resourceVersion: string): KubeObject {
  const object = configMap('a', { x: data });
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}

const wanted = (object: KubeObject) => JSON.stringify(object['data']) === '{"x":"yes"}';
const [yes, no] = [version('yes', '1'), version('no', '2')];

describe('watchEventOf', () => {
  it.each([
    ['one that begins to match', { type: 'MODIFIED', previous: no, object: yes }, 'ADDED'],
    ['one that goes on matching', { type: 'MODIFIED', previous: yes, object: yes }, 'MODIFIED'],
    ['one that ceases to match', { type: 'MODIFIED', previous: yes, object: no }, 'DELETED'],
    ['one that never matched', { type: 'MODIFIED', previous: no, object: no }, undefined],
    ['a new one that matches', { type: 'ADDED', object: yes }, 'ADDED'],
    ['a new one that does not', { type: 'ADDED', object: no }, undefined],
    ['one that matched and goes', { type: 'DELETED', previous: yes, object: yes }, 'DELETED'],
    ['one that did not match and goes', { type: 'DELETED', previous: no, object: no }, undefined],
  ] as const)('%s', (_what, event, expected) => {
    expect(watchEventOf({ key: '/configmaps', ...event }, wanted)?.type).toBe(expected);
  });

  it('shows what ceases to match as it last matched, under the new version', () => {
    const seen = watchEventOf({ key: '/configmaps', type: 'MODIFIED', previous: yes, object: no }, wanted);
    expect(seen?.object['data']).toEqual({ x: 'yes' });
    expect(seen?.object.metadata.resourceVersion).toBe('2');
  });

  it('passes everything on without a selector', () => {
    expect(watchEventOf({ key: '/configmaps', type: 'MODIFIED', previous: yes, object: no }, undefined)).toEqual({
      type: 'MODIFIED',
      object: no,
    });
  });
});

describe('the lines of a watch', () => {
  it('are one JSON document each', () => {
    expect(JSON.parse(watchLine({ type: 'ADDED', object: yes }).toString())).toEqual({ type: 'ADDED', object: yes });
    expect(watchLine({ type: 'ADDED', object: yes }).toString().endsWith('}\n')).toBe(true);
    expect(JSON.parse(errorLine({ code: 410 }).toString())).toEqual({ type: 'ERROR', object: { code: 410 } });
  });

  it('mark the end of the initial events', () => {
    expect(JSON.parse(bookmarkLine('v1', 'Pod', '9', true).toString())).toEqual({
      type: 'BOOKMARK',
      object: {
        kind: 'Pod',
        apiVersion: 'v1',
        metadata: {
          resourceVersion: '9',
          creationTimestamp: null,
          annotations: { 'k8s.io/initial-events-end': 'true' },
        },
      },
    });
    expect(bookmarkLine('v1', 'Pod', '9', false).toString()).not.toContain('annotations');
  });
});
