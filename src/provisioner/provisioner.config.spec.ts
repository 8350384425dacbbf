import { randomBytes } from 'node:crypto';
import { ProvisionerConfig, provisionerEnvironment } from './provisioner.config.js';

const key = randomBytes(32).toString('base64');
const faultsOf = (environment: object): string[] => {
  const parsed = provisionerEnvironment.safeParse(environment);
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('/'));
};

describe('the settings of the provisioner', () => {
  it('take charts from anywhere, unless a directory is set for them', () => {
    const open = new ProvisionerConfig(provisionerEnvironment.parse({}), key);
    expect([open.chartsOnlyInRoot, open.driftSweepSeconds, open.helmConcurrency]).toEqual([false, 60, 4]);
    const confined = new ProvisionerConfig(provisionerEnvironment.parse({ TENANTRY_CHARTS_DIR: '/charts' }), key);
    expect([confined.chartsOnlyInRoot, confined.chartRoot]).toEqual([true, '/charts']);
  });

  it('hold the key as its bytes', () => {
    expect(new ProvisionerConfig(provisionerEnvironment.parse({}), key).encryptionKey).toEqual(
      Buffer.from(key, 'base64'),
    );
  });

  it.each([
    [{ TENANTRY_ENCRYPTION_KEY: key }, []],
    [{ TENANTRY_ENCRYPTION_KEY: randomBytes(16).toString('base64') }, ['TENANTRY_ENCRYPTION_KEY']],
    [{ TENANTRY_ENCRYPTION_KEY: '' }, ['TENANTRY_ENCRYPTION_KEY']],
    [{ TENANTRY_CHARTS_DIR: '' }, ['TENANTRY_CHARTS_DIR']],
    [{ TENANTRY_DRIFT_SWEEP_SECONDS: '4' }, ['TENANTRY_DRIFT_SWEEP_SECONDS']],
    [
      { TENANTRY_DRIFT_SWEEP_SECONDS: 'often', TENANTRY_HELM_CONCURRENCY: '65' },
      ['TENANTRY_DRIFT_SWEEP_SECONDS', 'TENANTRY_HELM_CONCURRENCY'],
    ],
  ])('%#', (environment, faults) => {
    expect(faultsOf(environment)).toEqual(faults);
  });
});
