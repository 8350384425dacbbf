import { draft } from '../store/testing/draft.js';
import { eventFromV1, eventToV1, scalerFromV2, scalerToV2 } from './conversion.js';

describe('events in two groups', () => {
  const core = draft(
    'v1',
    'Event',
    { name: 'e' },
    {
      involvedObject: { kind: 'Pod', name: 'p' },
      message: 'Started',
      reportingComponent: 'kubelet',
      source: { component: 'kubelet' },
      count: 2,
      reason: 'Started',
    },
  );

  it('shows a v1 Event under its newer names', () => {
    expect(eventFromV1(core)).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      regarding: { kind: 'Pod', name: 'p' },
      note: 'Started',
      reportingController: 'kubelet',
      deprecatedSource: { component: 'kubelet' },
      deprecatedCount: 2,
      reason: 'Started',
    });
  });

  it('loses nothing on the way there and back', () => {
    expect(eventToV1(eventFromV1(core))).toEqual(core);
  });
});

describe('autoscalers in two versions', () => {
  const target = { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 3 };

  it('turns the CPU percentage into a metric', () => {
    const v1 = draft(
      'autoscaling/v1',
      'HorizontalPodAutoscaler',
      { name: 'h' },
      {
        spec: { ...target, targetCPUUtilizationPercentage: 80 },
      },
    );
    const v2 = scalerToV2(v1);
    expect(v2).toMatchObject({
      apiVersion: 'autoscaling/v2',
      spec: {
        ...target,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
        ],
      },
    });
    expect(scalerFromV2(v2)).toEqual(v1);
  });

  it('makes no metric where there is no percentage', () => {
    const v2 = scalerToV2(draft('autoscaling/v1', 'HorizontalPodAutoscaler', { name: 'h' }, { spec: target }));
    expect(v2['spec']).toEqual(target);
  });

  it('leaves other metrics out of the older version, and shows what CPU is measured', () => {
    const memory = {
      type: 'Resource',
      resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 50 } },
    };
    const shown = scalerFromV2(
      draft(
        'autoscaling/v2',
        'HorizontalPodAutoscaler',
        { name: 'h' },
        {
          spec: { ...target, metrics: [memory], behavior: {} },
          status: {
            currentReplicas: 1,
            conditions: [],
            currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 12 } } }],
          },
        },
      ),
    );
    expect(shown['spec']).toEqual(target);
    expect(shown['status']).toEqual({ currentReplicas: 1, currentCPUUtilizationPercentage: 12 });
  });
});
