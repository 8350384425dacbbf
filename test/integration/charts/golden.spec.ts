import { ChartHelm } from '../../charts/chart-helm.js';
import { RENDERINGS } from '../../charts/charts.js';
import { golden } from '../../charts/golden.js';

describe.each(['v34', 'v32'] as const)('charts under the helm of the registry layer %s', (layer) => {
  let helm: ChartHelm;

  beforeAll(async () => {
    helm = await ChartHelm.open(layer);
  });
  afterAll(() => helm.close());

  it('is the major version it stands for', () => {
    expect(helm.version).toMatch(layer === 'v34' ? /^4\.1\./ : /^3\.17\./);
  });

  it.each(RENDERINGS)('$name passes lint --strict', async ({ chart, values }) => {
    const answer = await helm.lint(chart, values);
    expect({ exitCode: answer.exitCode, output: answer.stdout }).toEqual({
      exitCode: 0,
      output: expect.stringContaining('0 chart(s) failed'),
    });
  });

  it.each(RENDERINGS)('$name renders the bytes of its golden file', async ({ name, chart, values, args = [] }) => {
    const answer = await helm.template(chart, { values, args });
    expect(answer.stderr).toBe('');
    expect(answer.stdout).toBe(await golden(name, answer.stdout));
  });
});
