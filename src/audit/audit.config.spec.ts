import { AuditConfig, auditEnvironment } from './audit.config.js';
import { newSigningKey } from './signing-key.js';

describe('the settings of the trail', () => {
  const key = newSigningKey();

  it('keep everything for ever, and sign every five minutes, unless they say otherwise', () => {
    const config = new AuditConfig(auditEnvironment.parse({}), key);
    expect(config).toMatchObject({ checkpointSeconds: 300, retentionDays: 0 });
  });

  it('are taken', () => {
    const given = {
      TENANTRY_AUDIT_CHECKPOINT_SECONDS: '60',
      TENANTRY_AUDIT_RETENTION_DAYS: '90',
      TENANTRY_AUDIT_SIGNING_KEY: key,
    };
    expect(new AuditConfig(auditEnvironment.parse(given), key)).toMatchObject({
      checkpointSeconds: 60,
      retentionDays: 90,
    });
  });

  it.each([
    ['TENANTRY_AUDIT_SIGNING_KEY', 'nonsense'],
    ['TENANTRY_AUDIT_CHECKPOINT_SECONDS', '9'],
    ['TENANTRY_AUDIT_CHECKPOINT_SECONDS', '1.5'],
    ['TENANTRY_AUDIT_RETENTION_DAYS', '6'],
    ['TENANTRY_AUDIT_RETENTION_DAYS', '-1'],
    ['TENANTRY_AUDIT_RETENTION_DAYS', 'never'],
  ])('refuse %s=%s', (name, value) => {
    const { error } = auditEnvironment.safeParse({ [name]: value });
    expect(error?.issues.map(({ path }) => path)).toEqual([[name]]);
    expect(JSON.stringify(error)).not.toContain('nonsense');
  });
});
