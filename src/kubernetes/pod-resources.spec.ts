import { boundClaim, podUse, runningPod } from './pod-resources.js';

const metadata = { namespace: 't-acme', name: 'web-0' };
const status = { phase: 'Running', startTime: '2026-01-01T00:00:00Z' };
const asking = (cpu: string | undefined, memory?: string, more: object = {}): object => ({
  resources: { requests: { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) } },
  ...more,
});
const pod = (spec: object, parts: object = {}): object => ({
  metadata,
  spec: { nodeName: 'node-1', ...spec },
  status,
  ...parts,
});
const cpuOf = (spec: object): bigint | undefined => runningPod(pod(spec))?.request.cpu;

describe('what a pod holds of its node', () => {
  it('is what its containers ask for together', () => {
    expect(runningPod(pod({ containers: [asking('250m', '1Ki'), asking('1', '1Ki'), asking(undefined)] }))).toEqual({
      namespace: 't-acme',
      name: 'web-0',
      startedAt: Date.parse('2026-01-01T00:00:00Z'),
      request: { cpu: 1_250_000_000n, memory: 2_048_000_000_000n },
    });
  });

  it('is no less than any of its first containers, counts sidecars, and what the runtime costs', () => {
    const containers = [asking('1')];
    expect(cpuOf({ containers, initContainers: [asking('3'), asking('2')] })).toBe(3_000_000_000n);
    expect(cpuOf({ containers, initContainers: [asking('1', undefined, { restartPolicy: 'Always' })] })).toBe(
      2_000_000_000n,
    );
    expect(cpuOf({ containers, overhead: { cpu: '100m' } })).toBe(1_100_000_000n);
  });

  it('is what the pod as a whole asks for, where it does', () => {
    expect(cpuOf({ containers: [asking('1')], resources: { requests: { cpu: '5' } } })).toBe(5_000_000_000n);
  });

  it.each([
    ['has ended', pod({}, { status: { ...status, phase: 'Succeeded' } })],
    ['has failed', pod({}, { status: { ...status, phase: 'Failed' } })],
    ['has no node', { metadata, spec: {}, status }],
    ['was not started', pod({}, { status: { phase: 'Pending' } })],
    ['is none', null],
  ])('is nothing when it %s', (_, object) => expect(runningPod(object)).toBeUndefined());
});

describe('what a pod uses', () => {
  it('is what its containers use together', () => {
    const containers = [{ usage: { cpu: '12345n', memory: '1Ki' } }, { usage: { cpu: '1m', memory: '1Ki' } }];
    expect(podUse({ metadata, containers })).toEqual({
      namespace: 't-acme',
      name: 'web-0',
      use: { cpu: 1_012_345n, memory: 2_048_000_000_000n },
    });
  });

  it('is unknown when one of them is', () => {
    expect(
      podUse({ metadata, containers: [{ usage: { cpu: '1', memory: '1' } }, { usage: { cpu: '1' } }] }),
    ).toBeUndefined();
    expect(podUse({ metadata, containers: [] })).toBeUndefined();
  });
});

describe('a claim', () => {
  it('counts with what it got, once it has it', () => {
    const bound = { metadata, status: { phase: 'Bound', capacity: { storage: '1Gi' } } };
    expect(boundClaim(bound)).toEqual({ namespace: 't-acme', capacity: 2n ** 30n * 10n ** 9n });
    expect(boundClaim({ ...bound, status: { phase: 'Pending' } })).toBeUndefined();
    expect(boundClaim({ ...bound, status: { phase: 'Bound' } })).toBeUndefined();
  });
});
