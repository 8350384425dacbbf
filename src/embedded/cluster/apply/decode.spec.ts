import { decodeObject, decodePatched, type FieldValidation, withStringData } from './decode.js';
import type { JsonObject } from './json.js';
import { deployment, refusal } from './testing/writing.js';

const decode = (
  body: JsonObject,
  validation: FieldValidation = 'Strict',
  kind = 'Deployment',
  apiVersion = 'apps/v1',
) => decodeObject(apiVersion, kind, body, validation);
const inKind = (kind: string, body: JsonObject, apiVersion = 'v1'): string =>
  refusal(() => decode({ apiVersion, kind, metadata: { name: 'x' }, ...body }, 'Ignore', kind, apiVersion)).message;

describe('unknown fields', () => {
  const body = deployment({ replicass: 1 }, { imagee: 'x' });

  it('are refused when strict, all at once', () => {
    expect(refusal(() => decode(body)).body()).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message:
        'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.template.spec.containers[0].imagee", unknown field "spec.replicass"',
    });
  });

  it('are dropped and told of when only a warning is wanted', () => {
    const { object, warnings } = decode(body, 'Warn');
    expect(object).toEqual(deployment());
    expect(warnings).toEqual([
      'unknown field "spec.template.spec.containers[0].imagee"',
      'unknown field "spec.replicass"',
    ]);
  });

  it('are dropped silently when they are to be ignored', () => {
    expect(decode(body, 'Ignore')).toEqual({ object: deployment(), warnings: [] });
  });

  it('are kept in a custom resource, but for its metadata', () => {
    const custom = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: { any: null } };
    expect(decode(custom, 'Strict', 'Widget', 'example.com/v1').object).toBe(custom);
    const odd = { ...custom, metadata: { name: 'w', odd: 1 } };
    expect(refusal(() => decode(odd, 'Strict', 'Widget', 'example.com/v1')).message).toContain(
      'unknown field "metadata.odd"',
    );
  });
});

describe('values of a wrong type', () => {
  it.each([
    [
      'a boolean in a ConfigMap',
      'ConfigMap',
      { data: { y: true } },
      'cannot unmarshal bool into Go struct field ConfigMap.data of type string',
    ],
    [
      'a number in a ConfigMap',
      'ConfigMap',
      { data: { a: 1 } },
      'cannot unmarshal number into Go struct field ConfigMap.data of type string',
    ],
    [
      'a list for data',
      'ConfigMap',
      { data: ['a'] },
      'cannot unmarshal array into Go struct field ConfigMap.data of type map[string]string',
    ],
    [
      'a text for labels',
      'ConfigMap',
      { metadata: { labels: 'x' } },
      'cannot unmarshal string into Go struct field ObjectMeta.metadata.labels of type map[string]string',
    ],
    [
      'a text for a struct',
      'Pod',
      { spec: 'x' },
      'cannot unmarshal string into Go struct field Pod.spec of type v1.PodSpec',
    ],
    [
      'an object for a list',
      'Pod',
      { spec: { containers: {} } },
      'cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
    ],
    [
      'a number for an image',
      'Pod',
      { spec: { containers: [{ image: 5 }] } },
      'cannot unmarshal number into Go struct field Container.spec.containers.image of type string',
    ],
    [
      'a fraction for a port',
      'Service',
      { spec: { ports: [{ port: 1.5 }] } },
      'cannot unmarshal number 1.5 into Go struct field ServicePort.spec.ports.port of type int32',
    ],
    [
      'a boolean for a port by name or number',
      'Service',
      { spec: { ports: [{ targetPort: true }] } },
      'cannot unmarshal bool into Go struct field ServicePort.spec.ports.targetPort of type int32',
    ],
    [
      'a number for bytes',
      'Secret',
      { data: { a: 1 } },
      'cannot unmarshal number into Go struct field Secret.data of type []uint8',
    ],
  ])('%s', (_what, kind, body, expected) => {
    expect(inKind(kind, body)).toBe(`${kind} in version "v1" cannot be handled as a ${kind}: json: ${expected}`);
  });

  it('a text for replicas', () => {
    expect(refusal(() => decode(deployment({ replicas: 'two' }))).message).toBe(
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    );
  });

  it.each([
    ['base64 with a stray character', 'Secret', { data: { a: 'hello!' } }, 'illegal base64 data at input byte 5'],
    ['base64 that is cut off', 'Secret', { data: { a: 'hello' } }, 'illegal base64 data at input byte 4'],
    [
      'a time that is none',
      'Pod',
      { metadata: { creationTimestamp: 'today' } },
      'parsing time "today" as "2006-01-02T15:04:05Z07:00": cannot parse "today" as "2006"',
    ],
    [
      'a quantity that is none',
      'PersistentVolumeClaim',
      { spec: { resources: { requests: { storage: '1mi' } } } },
      "unable to parse quantity's suffix",
    ],
  ])('%s', (_what, kind, body, expected) => {
    expect(inKind(kind, body)).toBe(`${kind} in version "v1" cannot be handled as a ${kind}: ${expected}`);
  });

  it('hide unknown fields', () => {
    expect(refusal(() => decode(deployment({ replicas: true, odd: 1 }))).message).not.toContain('unknown field');
  });

  it('are not nulls, which count as nothing', () => {
    expect(decode(deployment({ replicas: null, paused: null })).object).toEqual(deployment());
  });
});

describe('what is read', () => {
  it('is the very object when it says nothing in vain', () => {
    const body = deployment({ replicas: 2 });
    expect(decode(body).object).toBe(body);
  });
});

describe('the result of a patch', () => {
  const patched = deployment({ replicass: 1 });
  const patch = { spec: { replicass: 1 } };

  it('of a strategic merge is refused with the patch in the words of Go', () => {
    const error = refusal(() => decodePatched('apps/v1', 'Deployment', patched, patch, 'Strict', 'strategic'));
    expect(error.body()).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message:
        ' "" is invalid: patch: Invalid value: "map[spec:map[replicass:1]]": strict decoding error: unknown field "spec.replicass"',
      details: { causes: [{ reason: 'FieldValueInvalid', field: 'patch' }] },
    });
  });

  it('of another patch is refused with the whole object', () => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', dataa: {} };
    const error = refusal(() => decodePatched('v1', 'ConfigMap', body, [], 'Strict'));
    expect(error.message).toBe(
      ` "" is invalid: patch: Invalid value: ${JSON.stringify(JSON.stringify(body))}: strict decoding error: unknown field "dataa"`,
    );
  });

  it.each([
    ['a text for a number', { replicas: 'x' }, 'unrecognized type: int32'],
    ['a number for a text', { template: { spec: { hostname: 1 } } }, 'cannot convert int64 to string'],
    ['a fraction for a number', { replicas: 1.5 }, 'cannot convert float64 to int32'],
    ['a text for an object', { template: 'x' }, 'cannot restore struct from: string'],
    ['a text for a list', { template: { spec: { containers: 'x' } } }, 'cannot restore slice from string'],
    ['a list for a map', { template: { metadata: { labels: [] } } }, 'cannot restore map from slice'],
    ['a boolean for a text', { template: { metadata: { labels: { a: true } } } }, 'unrecognized type: string'],
  ])('of a strategic merge with %s is worded as the conversion does', (_what, spec, expected) => {
    const body = { apiVersion: 'apps/v1', kind: 'Deployment', spec };
    const error = refusal(() => decodePatched('apps/v1', 'Deployment', body, {}, 'Ignore', 'strategic'));
    expect(error.message).toContain(`": ${expected}`.replace('": ', 'map[]": '));
  });

  it('is taken with warnings when those are wanted', () => {
    const { object, warnings } = decodePatched('apps/v1', 'Deployment', patched, patch, 'Warn', 'strategic');
    expect(object).toEqual(deployment());
    expect(warnings).toEqual(['unknown field "spec.replicass"']);
  });
});

describe('stringData of a Secret', () => {
  it('becomes data and wins over it', () => {
    const secret = { data: { a: 'b2xk', b: 'Yg==' }, stringData: { a: 'new' } };
    expect(withStringData('v1', 'Secret', secret)).toEqual({ data: { a: 'bmV3', b: 'Yg==' } });
  });

  it('means nothing elsewhere', () => {
    const other = { stringData: { a: 'x' } };
    expect(withStringData('v1', 'ConfigMap', other)).toBe(other);
  });
});
