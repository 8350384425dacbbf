import {
  alreadyExists,
  expired,
  forbidden,
  invalid,
  notFound,
  qualifiedResource,
  staleVersion,
} from './status-error.js';

describe('StatusError', () => {
  it('is a metav1.Status on the wire', () => {
    expect(notFound('apps', 'deployments', 'web').body()).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'deployments.apps "web" not found',
      reason: 'NotFound',
      details: { name: 'web', group: 'apps', kind: 'deployments' },
      code: 404,
    });
  });

  it.each([
    [alreadyExists({ group: '', resource: 'secrets' }, 'a', false), 409, 'AlreadyExists', 'secrets "a" already exists'],
    [
      alreadyExists({ group: '', resource: 'namespaces' }, 'a', true),
      409,
      'AlreadyExists',
      'object is being deleted: namespaces "a" already exists',
    ],
    [
      staleVersion('', 'secrets', 'a'),
      409,
      'Conflict',
      'Operation cannot be fulfilled on secrets "a": the object has been modified',
    ],
    [forbidden('', 'pods', 'a', 'why'), 403, 'Forbidden', 'pods "a" is forbidden: why'],
    [forbidden('apps', 'deployments', '', 'why'), 403, 'Forbidden', 'deployments.apps is forbidden: why'],
    [expired('too old'), 410, 'Expired', 'too old'],
  ])('%s', (error, code, reason, message) => {
    expect(error).toMatchObject({ code, reason });
    expect(error.message).toContain(message);
  });

  it('names one fault plainly and several in brackets, each as a cause', () => {
    const replicas = {
      field: 'spec.replicas',
      reason: 'FieldValueInvalid',
      message: 'Invalid value: -1: must be …',
    } as const;
    const image = { field: 'spec.image', reason: 'FieldValueRequired', message: 'Required value' } as const;
    expect(invalid('apps', 'Deployment', 'web', [replicas]).message).toBe(
      'Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1: must be …',
    );
    const both = invalid('', 'Pod', 'web', [replicas, image]);
    expect(both.message).toBe(
      'Pod "web" is invalid: [spec.replicas: Invalid value: -1: must be …, spec.image: Required value]',
    );
    expect(both.details?.causes).toEqual([
      { reason: replicas.reason, message: replicas.message, field: replicas.field },
      { reason: image.reason, message: image.message, field: image.field },
    ]);
  });

  it('qualifies types of named groups', () => {
    expect(qualifiedResource('', 'pods')).toBe('pods');
    expect(qualifiedResource('batch', 'jobs')).toBe('jobs.batch');
  });
});
