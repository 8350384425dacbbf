import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Housekeeping } from '../../platform/housekeeping.js';
import { sealPrefix } from '../../platform/sealed-text.js';
import { ProvisionerConfig } from '../provisioner.config.js';
import { ownerOf } from './instance-spec.service.js';
import { seal, unseal } from './sealed-secrets.js';
import { type SealedSecrets, SealedSecretsStore } from './sealed-secrets.store.js';

const everySeconds = 600;
const rowsAtOnce = 200;

/** Seals with the newest key what older ones sealed, until they seal nothing and can be taken out of the settings. */
@Injectable()
export class Resealing implements OnModuleInit {
  private readonly logger = new Logger(Resealing.name);

  constructor(
    private readonly store: SealedSecretsStore,
    private readonly config: ProvisionerConfig,
    private readonly housekeeping: Housekeeping,
  ) {}

  onModuleInit(): void {
    if (this.config.encryptionKeys.length === 1) return;
    this.housekeeping.add({ name: 'reseal_secrets', everySeconds, run: (signal) => this.run(signal) });
  }

  /** What cannot be opened stays as it is, and is told in the log: the key that sealed it is not configured. */
  async run(signal: AbortSignal): Promise<void> {
    const counts = { resealed: 0, unopened: 0 };
    let rows: SealedSecrets[] = [];
    do {
      rows = await this.store.sealedOtherwise(this.prefix, rows.at(-1)?.place ?? '', rowsAtOnce, signal);
      for (const row of rows) {
        const now = this.resealed(row);
        if (now === undefined) counts.unopened += 1;
        else if (await this.store.sealAnew(row, now, signal)) counts.resealed += 1;
      }
    } while (rows.length === rowsAtOnce);
    if (counts.unopened > 0)
      this.logger.error({ message: 'secrets are sealed with a key that is not configured', ...counts });
    else this.logger.log({ message: 'older encryption keys seal no secrets of instances any more', ...counts });
  }

  private get prefix(): string {
    const [newest] = this.config.encryptionKeys;
    return sealPrefix(newest);
  }

  private resealed({ tenant_id: tenantId, name, sealed }: SealedSecrets): string | undefined {
    const { encryptionKeys } = this.config;
    const owner = ownerOf(tenantId, name);
    try {
      return seal(unseal(sealed, owner, encryptionKeys), owner, encryptionKeys);
    } catch {
      return undefined;
    }
  }
}
