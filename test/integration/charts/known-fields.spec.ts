import { decodeObject } from '../../../src/embedded/cluster/apply/decode.js';
import type { JsonObject } from '../../../src/embedded/cluster/apply/json.js';
import { ChartHelm } from '../../charts/chart-helm.js';
import { RENDERINGS } from '../../charts/charts.js';

describe('fields that Kubernetes 1.34 knows', () => {
  let helm: ChartHelm;

  beforeAll(async () => {
    helm = await ChartHelm.open('v34');
  });
  afterAll(() => helm.close());

  async function refusalsOf(
    chart: string,
    values: Record<string, unknown>,
    args?: readonly string[],
  ): Promise<string[]> {
    const { objects } = await helm.template(chart, { values, ...(args === undefined ? {} : { args }) });
    expect(objects.length).toBeGreaterThan(0);
    return objects.flatMap((object) => {
      const body: JsonObject = JSON.parse(JSON.stringify(object));
      try {
        return decodeObject(object.apiVersion, object.kind, body, 'Strict').warnings;
      } catch (error) {
        return [String(error)];
      }
    });
  }

  it.each(RENDERINGS)('$name uses no other, and no wrong type', async ({ chart, values, args }) => {
    expect(await refusalsOf(chart, values, args)).toEqual([]);
  });

  it('bad-manifest uses one on purpose', async () => {
    expect(await refusalsOf('test/fixtures/charts/bad-manifest', {})).toEqual([
      expect.stringContaining('unknown field "spec.jobTemplate.spec.retries"'),
    ]);
  });
});
