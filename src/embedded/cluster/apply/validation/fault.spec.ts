import {
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotFound,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  refused,
} from './fault.js';

describe('a fault of a field', () => {
  it.each([
    [fieldInvalid('spec.a', 'x', 'must be y'), 'FieldValueInvalid', 'Invalid value: "x": must be y'],
    [fieldInvalid('spec.a', -1, 'must be y'), 'FieldValueInvalid', 'Invalid value: -1: must be y'],
    [fieldInvalid('spec.a', { b: [1] }, ''), 'FieldValueInvalid', 'Invalid value: {"b":[1]}'],
    [fieldInvalid('spec.a', undefined, 'why'), 'FieldValueInvalid', 'Invalid value: null: why'],
    [fieldRequired('spec.a'), 'FieldValueRequired', 'Required value'],
    [fieldRequired('spec.a', 'must be there'), 'FieldValueRequired', 'Required value: must be there'],
    [fieldForbidden('spec.a', 'may not be set'), 'FieldValueForbidden', 'Forbidden: may not be set'],
    [
      fieldNotSupported('spec.a', 'x', ['z', 'y']),
      'FieldValueNotSupported',
      'Unsupported value: "x": supported values: "y", "z"',
    ],
    [fieldNotFound('spec.a', 'x'), 'FieldValueNotFound', 'Not found: "x"'],
    [fieldDuplicate('spec.a', 'x'), 'FieldValueDuplicate', 'Duplicate value: "x"'],
    [fieldTooLong('spec.a', 63), 'FieldValueTooLong', 'Too long: may not be more than 63 bytes'],
  ])('%j', (fault, reason, message) => {
    expect(fault).toEqual({ field: 'spec.a', reason, message });
  });
});

describe('a refusal', () => {
  const pod = { group: '', kind: 'Pod', name: 'p' };

  it('of one fault says just that', () => {
    const error = refused(pod, [fieldRequired('spec.a')]);
    expect(error.body()).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      code: 422,
      reason: 'Invalid',
      message: 'Pod "p" is invalid: spec.a: Required value',
      details: {
        name: 'p',
        kind: 'Pod',
        causes: [{ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.a' }],
      },
    });
  });

  it('of several lists them, each text once', () => {
    const faults = [fieldRequired('spec.a'), fieldRequired('spec.b'), fieldRequired('spec.a')];
    const error = refused({ group: 'apps', kind: 'Deployment', name: 'd' }, faults);
    expect(error.message).toBe('Deployment.apps "d" is invalid: [spec.a: Required value, spec.b: Required value]');
    expect(error.details).toMatchObject({ name: 'd', group: 'apps', kind: 'Deployment' });
  });
});
