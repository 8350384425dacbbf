import { randomBytes } from 'node:crypto';
import { ProvisionerConfig, provisionerEnvironment } from './provisioner.config.js';

const key = randomBytes(32).toString('base64');
const faultsOf = (environment: object): string[] => {
  const parsed = provisionerEnvironment.safeParse(environment);
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('/'));
};

describe('the settings of the provisioner', () => {
  it('take charts from anywhere, unless a directory is set for them', () => {
    const open = new ProvisionerConfig(provisionerEnvironment.parse({}), [key]);
    expect([open.chartsOnlyInRoot, open.driftSweepSeconds, open.helmConcurrency]).toEqual([false, 60, 4]);
    const confined = new ProvisionerConfig(provisionerEnvironment.parse({ TENANTRY_CHARTS_DIR: '/charts' }), [key]);
    expect([confined.chartsOnlyInRoot, confined.chartRoot]).toEqual([true, '/charts']);
  });

  it('hold the keys as their bytes, the newest first', () => {
    const older = randomBytes(32).toString('base64');
    const parsed = provisionerEnvironment.parse({ TENANTRY_ENCRYPTION_KEY: `${key}, ${older}` });
    const keys = parsed.TENANTRY_ENCRYPTION_KEY ?? [''];
    expect(new ProvisionerConfig(parsed, keys).encryptionKeys).toEqual(
      [key, older].map((one) => Buffer.from(one, 'base64')),
    );
  });

  it.each([
    [{ TENANTRY_ENCRYPTION_KEY: key }, []],
    [{ TENANTRY_ENCRYPTION_KEY: randomBytes(16).toString('base64') }, ['TENANTRY_ENCRYPTION_KEY']],
    [{ TENANTRY_ENCRYPTION_KEY: '' }, ['TENANTRY_ENCRYPTION_KEY']],
    [{ TENANTRY_ENCRYPTION_KEY: `${key},` }, ['TENANTRY_ENCRYPTION_KEY']],
    [{ TENANTRY_CHARTS_DIR: '' }, ['TENANTRY_CHARTS_DIR']],
    [{ TENANTRY_CHART_HOSTS: 'charts.example.com, Registry.example.com:5000, [::1]:5000' }, []],
    [{ TENANTRY_CHART_HOSTS: 'charts.example.com,' }, ['TENANTRY_CHART_HOSTS']],
    [{ TENANTRY_CHART_HOSTS: 'https://charts.example.com' }, ['TENANTRY_CHART_HOSTS']],
    [{ TENANTRY_CHART_HOSTS: 'user@charts.example.com' }, ['TENANTRY_CHART_HOSTS']],
    [{ TENANTRY_CHART_HOSTS: 'charts.example.com/path' }, ['TENANTRY_CHART_HOSTS']],
    [{ TENANTRY_DRIFT_SWEEP_SECONDS: '4' }, ['TENANTRY_DRIFT_SWEEP_SECONDS']],
    [
      { TENANTRY_DRIFT_SWEEP_SECONDS: 'often', TENANTRY_HELM_CONCURRENCY: '65' },
      ['TENANTRY_DRIFT_SWEEP_SECONDS', 'TENANTRY_HELM_CONCURRENCY'],
    ],
  ])('%#', (environment, faults) => {
    expect(faultsOf(environment)).toEqual(faults);
  });
});
