import fc from 'fast-check';
import { ApiCallCounts } from './api-call-counts.js';

const at = (text: string): Date => new Date(`2026-01-01T${text}Z`);
const call = { tenantId: 't', method: 'GET', route: '/v1/instances/:instance', status: 200 };

describe('counts of API calls', () => {
  it('are one event a tenant, route, class of status and minute', () => {
    const counts = new ApiCallCounts('boot');
    counts.add(call, at('12:00:00'));
    counts.add({ ...call, status: 204 }, at('12:00:59.999'));
    counts.add({ ...call, status: 404 }, at('12:00:30'));
    counts.add({ ...call, tenantId: 'u' }, at('12:00:30'));
    counts.add({ ...call, route: '/v1/my/usage' }, at('12:00:30'));
    const events = counts.take(at('12:01:00'));
    expect(events.map(({ data }) => data['count'])).toEqual(['2', '1', '1', '1']);
    expect(new Set(events.map(({ id }) => id)).size).toBe(3);
    expect(events[0]).toEqual({
      tenantId: 't',
      type: 'tenantry.api.call',
      source: 'tenantry/api',
      id: 'boot/2026-01-01T12:00:00.000Z/2xx/GET /v1/instances/:instance',
      time: '2026-01-01T12:00:00.000Z',
      data: { method: 'GET', route: '/v1/instances/:instance', status_class: '2xx', count: '2' },
    });
  });

  it('wait until their minute is over', () => {
    const counts = new ApiCallCounts('boot');
    counts.add(call, at('12:00:30'));
    expect(counts.take(at('12:00:59'))).toEqual([]);
    expect(counts.take(at('12:01:00'))).toHaveLength(1);
    expect(counts.take(at('12:02:00'))).toEqual([]);
  });

  it('hold every call once, and never the same id twice, even when the clock goes back', () => {
    const step = fc.record({ seconds: fc.integer({ min: -100, max: 200 }), takes: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const counts = new ApiCallCounts('boot');
        let now = at('12:00:00').getTime();
        const events = steps.flatMap(({ seconds, takes }) => {
          now += seconds * 1_000;
          counts.add(call, new Date(now));
          return takes ? counts.take(new Date(now)) : [];
        });
        const all = [...events, ...counts.take(new Date(now + 86_400_000))];
        expect(all.reduce((sum, { data }) => sum + Number(data['count']), 0)).toBe(steps.length);
        expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
      }),
    );
  });
});
