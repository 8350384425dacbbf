import type { KubernetesObject } from '../../kubernetes/kubernetes-object.js';
import { authorOf } from './change-author.service.js';

const helmFields = {
  'f:spec': {
    'f:replicas': {},
    'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"web"}': { '.': {}, 'f:image': {} } } } },
  },
};

function deployment(managedFields: unknown): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', managedFields } as KubernetesObject['metadata'],
  };
}

const entry = (manager: string, time: string | undefined, fieldsV1: object): object => ({ manager, time, fieldsV1 });

describe('the author of a change', () => {
  it.each<[string, object[], string, string | null]>([
    [
      'is the field manager that owns the field, and when it wrote',
      [entry('helm', '2026-01-01T00:00:00Z', helmFields)],
      '/spec/replicas',
      'helm at 2026-01-01T00:00:00Z',
    ],
    [
      'is the newest of several',
      [
        entry('helm', '2026-01-01T00:00:00Z', helmFields),
        entry('kubectl-edit', '2026-01-02T00:00:00Z', { 'f:spec': { 'f:replicas': {} } }),
        entry('old', '2025-12-31T00:00:00Z', { 'f:spec': { 'f:replicas': {} } }),
      ],
      '/spec/replicas',
      'kubectl-edit at 2026-01-02T00:00:00Z',
    ],
    [
      'is found for the image of a container by its name',
      [entry('kubectl-set', '2026-01-02T00:00:00Z', helmFields)],
      '/spec/template/spec/containers/web/image',
      'kubectl-set at 2026-01-02T00:00:00Z',
    ],
    [
      'is found for the image of an init container',
      [
        entry('kubectl-set', '2026-01-02T00:00:00Z', {
          'f:spec': {
            'f:template': { 'f:spec': { 'f:initContainers': { 'k:{"name":"migrate"}': { 'f:image': {} } } } },
          },
        }),
      ],
      '/spec/template/spec/initContainers/migrate/image',
      'kubectl-set at 2026-01-02T00:00:00Z',
    ],
    [
      'is nobody where nobody owns the field',
      [entry('helm', '2026-01-01T00:00:00Z', helmFields)],
      '/spec/suspend',
      null,
    ],
    ['is known without a time', [entry('helm', undefined, helmFields)], '/spec/replicas', 'helm at an unknown time'],
    ['is nobody where the cluster keeps no managers', [], '/spec/replicas', null],
  ])('%s', (_what, managers, path, author) => {
    expect(authorOf(deployment(managers), path)).toBe(author);
  });

  it('is nobody in what the cluster answers wrongly', () => {
    expect(authorOf(deployment('nonsense'), '/spec/replicas')).toBeNull();
    expect(authorOf(deployment([null, 1, { fieldsV1: null }]), '/spec/replicas')).toBeNull();
  });
});
