import { samplesOf } from './resource-amounts.js';

const from = Date.parse('2026-01-01T00:00:00Z');
const period = { from, to: from + 60_000 };
const core = 10n ** 9n;
const gib = 2n ** 30n * 10n ** 9n;
const instance = { id: 'i', tenantId: 't', blueprint: 'web-app', namespace: 'n' };
const pod = (name: string, startedAt = 0): Parameters<typeof samplesOf>[0]['pods'][number] => ({
  namespace: 'n',
  name,
  startedAt,
  request: { cpu: core / 4n, memory: gib / 2n },
});
const use = (name: string): { namespace: string; name: string; use: { cpu: bigint; memory: bigint } } => ({
  namespace: 'n',
  name,
  use: { cpu: 12_345_678n, memory: gib / 8n },
});

const common = {
  instanceId: 'i',
  tenantId: 't',
  blueprint: 'web-app',
  periodStart: '2026-01-01T00:00:00.000Z',
  seconds: '60',
};

describe('a sample', () => {
  it('says what the pods of an instance asked for and used over the period, and its volumes', () => {
    const claims = [gib * 2n, gib / 2n].map((capacity) => ({ namespace: 'n', capacity }));
    expect(samplesOf({ pods: [pod('a'), pod('b')], uses: [use('a'), use('b')], claims }, [instance], period)).toEqual([
      {
        ...common,
        cpuRequestCoreSeconds: '30',
        cpuUseCoreSeconds: '1.48148136',
        memoryRequestGibSeconds: '60',
        memoryUseGibSeconds: '15',
        volumeGibSeconds: '150',
        volumeGib: '2.5',
      },
    ]);
  });

  it('leaves out what nobody measured, and never says 0 for it', () => {
    const asked = { ...common, cpuRequestCoreSeconds: '15', memoryRequestGibSeconds: '30' };
    expect(samplesOf({ pods: [pod('a')], uses: undefined, claims: [] }, [instance], period)).toEqual([asked]);
    expect(samplesOf({ pods: [pod('a')], uses: [], claims: [] }, [instance], period)).toEqual([asked]);
    expect(samplesOf({ pods: [], uses: [], claims: [{ namespace: 'n', capacity: gib }] }, [instance], period)).toEqual([
      { ...common, volumeGibSeconds: '60', volumeGib: '1' },
    ]);
  });

  it('counts a pod from its start', () => {
    const [sample] = samplesOf({ pods: [pod('a', from + 45_000)], uses: [use('a')], claims: [] }, [instance], period);
    expect(sample).toMatchObject({ cpuRequestCoreSeconds: '3.75', memoryUseGibSeconds: '1.875' });
    const [later] = samplesOf({ pods: [pod('a', from + 90_000)], uses: [], claims: [] }, [instance], period);
    expect(later).toMatchObject({ cpuRequestCoreSeconds: '0' });
  });

  it('is of no instance that has nothing, and of nothing that is no instance', () => {
    const elsewhere = { ...pod('a'), namespace: 'kube-system' };
    expect(samplesOf({ pods: [elsewhere], uses: undefined, claims: [] }, [instance], period)).toEqual([]);
  });

  it('takes a fleet of 1,000 in one go', () => {
    const fleet = Array.from({ length: 1_000 }, (_, index) => ({
      ...instance,
      id: `i${index}`,
      namespace: `n${index}`,
    }));
    const pods = fleet.flatMap(({ namespace }) => ['a', 'b', 'c'].map((name) => ({ ...pod(name), namespace })));
    const uses = pods.map(({ namespace, name }) => ({ ...use(name), namespace }));
    const samples = samplesOf({ pods, uses, claims: [] }, fleet, period);
    expect(samples).toHaveLength(1_000);
    expect(new Set(samples.map(({ cpuRequestCoreSeconds: cpu }) => cpu))).toEqual(new Set(['45']));
  });
});
