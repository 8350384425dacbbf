import protobuf from 'protobufjs';

import { decodeProtobuf, isProtobuf } from './envelope.js';
import { protobufSchema } from './schema.js';

/** As helm 4.1.4 and kubectl 1.34.5 sent them. */
const DELETE_OPTIONS = Buffer.from('6b3873000a130a027631120d44656c6574654f7074696f6e7312001a002200', 'hex');
const ACCESS_REVIEW = Buffer.from(
  '6b3873000a320a17617574686f72697a6174696f6e2e6b38732e696f2f7631121753656c665375626a656374416363657373526576696577123c' +
    '0a100a0012001a0022002a00320038004200121e0a1c0a0764656661756c7412036765741a0022002a04706f647332003a001a08080012001a0020001a002200',
  'hex',
);

function envelope(apiVersion: string, kind: string, message: Record<string, unknown>): Buffer {
  const { types } = protobufSchema();
  const encode = (type: string, value: Record<string, unknown>) => {
    const found = types.get(type);
    if (found === undefined) throw new Error(`no ${type}`);
    return Buffer.from(found.encode(found.fromObject(value)).finish());
  };
  const unknown = { typeMeta: { apiVersion, kind }, raw: encode(kind, message) };
  return Buffer.concat([Buffer.from('6b387300', 'hex'), encode('Unknown', unknown)]);
}

describe('decodeProtobuf', () => {
  it('reads what helm sends to delete', () => {
    expect(isProtobuf(DELETE_OPTIONS)).toBe(true);
    expect(decodeProtobuf(DELETE_OPTIONS)).toEqual({ apiVersion: 'v1', kind: 'DeleteOptions' });
  });

  it('reads what kubectl auth can-i sends, without the zero values that Go writes for nothing', () => {
    expect(decodeProtobuf(ACCESS_REVIEW)).toEqual({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { namespace: 'default', verb: 'get', resource: 'pods' } },
    });
  });

  it('reads a release of helm: labels, bytes as base64, type', () => {
    const secret = {
      metadata: { name: 'sh.helm.release.v1.a.v1', labels: { owner: 'helm', status: 'pending-install' } },
      data: { release: Buffer.from('H4sI') },
      type: 'helm.sh/release.v1',
    };
    expect(decodeProtobuf(envelope('v1', 'Secret', secret))).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: secret.metadata,
      data: { release: 'SDRzSQ==' },
      type: 'helm.sh/release.v1',
    });
  });

  it('keeps a zero that was said on purpose, as zero replicas are', () => {
    const deployment = { metadata: { name: 'web' }, spec: { replicas: 0, minReadySeconds: 0, paused: false } };
    expect(decodeProtobuf(envelope('apps/v1', 'Deployment', deployment))).toMatchObject({ spec: { replicas: 0 } });
    expect(decodeProtobuf(envelope('apps/v1', 'Deployment', deployment))['spec']).toEqual({ replicas: 0 });
  });

  it('reads times, quantities, ports by number or name, and owned fields', () => {
    const metadata = {
      name: 'a',
      creationTimestamp: { seconds: 1_767_225_600 },
      deletionTimestamp: {},
      managedFields: [{ manager: 'm', operation: 'Update', fieldsV1: { Raw: Buffer.from('{"f:data":{}}') } }],
    };
    expect(decodeProtobuf(envelope('v1', 'ConfigMap', { metadata }))).toMatchObject({
      metadata: {
        creationTimestamp: '2026-01-01T00:00:00Z',
        managedFields: [{ manager: 'm', operation: 'Update', fieldsV1: { 'f:data': {} } }],
      },
    });
    const quota = { spec: { hard: { pods: { string: '3' } } } };
    expect(decodeProtobuf(envelope('v1', 'ResourceQuota', quota))).toMatchObject({ spec: { hard: { pods: '3' } } });
    const ports = [
      { port: 80, targetPort: { type: 1, strVal: 'http' } },
      { port: 81, targetPort: { type: 0, intVal: 8080 } },
    ];
    expect(decodeProtobuf(envelope('v1', 'Service', { spec: { ports } }))).toMatchObject({
      spec: {
        ports: [
          { port: 80, targetPort: 'http' },
          { port: 81, targetPort: 8080 },
        ],
      },
    });
  });

  it('refuses a member it does not know, rather than losing it', () => {
    const writer = protobuf.Writer.create()
      .uint32((14 << 3) | 2)
      .string('lost');
    const unknown = Buffer.from(writer.finish());
    const typeMeta = Buffer.from('0a0f0a0276311209436f6e6669674d6170', 'hex');
    const raw = Buffer.concat([Buffer.from([0x12, unknown.length]), unknown]);
    const body = Buffer.concat([Buffer.from('6b387300', 'hex'), typeMeta, raw]);
    expect(() => decodeProtobuf(body)).toThrow('unlisted member of wire type 2');
  });

  it.each([
    ['something else', Buffer.from('{}'), 400, 'does not appear to be a protobuf message'],
    ['garbage', Buffer.from('6b387300ffffffff', 'hex'), 400, 'unable to decode protobuf'],
    [
      'a kind that is not listed',
      Buffer.from('6b3873000a0a0a02763112044e6f6465', 'hex'),
      415,
      'protobuf is not understood for v1 Node',
    ],
    [
      'a version whose numbers mean something else',
      envelope('autoscaling/v1', 'HorizontalPodAutoscaler', {}),
      415,
      'protobuf is not understood for autoscaling/v1',
    ],
  ])('refuses %s', (_what, body, code, message) => {
    expect(() => decodeProtobuf(body)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }),
    );
  });
});
