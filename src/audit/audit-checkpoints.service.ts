import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { AuditUpkeepStore, type CheckpointDraft } from './audit-upkeep.store.js';
import { AuditConfig } from './audit.config.js';
import { bySystem } from './change-context.js';
import { checkpointText } from './checkpoint.js';

const nothing = { outcome: 'nothing' } as const;
/** A checkpoint of many chains stays small enough to be one row. */
const headsOfOne = 500;

/** Signs where the chains of the trail are. */
@Injectable()
export class AuditCheckpoints {
  private readonly logger = new Logger(AuditCheckpoints.name);

  constructor(
    private readonly store: AuditUpkeepStore,
    private readonly config: AuditConfig,
    private readonly clock: Clock,
  ) {}

  /** How often to sign. */
  get periodSeconds(): number {
    return this.config.checkpointSeconds;
  }

  /**
   * Signs the heads of all chains that moved since the last checkpoint: none when nothing did.
   * @returns how many checkpoints it made. Safe on several replicas at once: one of them makes each.
   */
  async sign(signal?: AbortSignal): Promise<number> {
    const { id, publicKey } = this.config.signingKey;
    await this.store.registerKey(id, publicKey, bySystem);
    for (let made = 0; ; made += 1) {
      const draft = signal?.aborted ? nothing : await this.store.draftCheckpoint(headsOfOne);
      if (draft.outcome === 'nothing' || !(await this.append(draft))) return made;
    }
  }

  private async append({ number, prev_hash, heads }: Extract<CheckpointDraft, { outcome: 'draft' }>): Promise<boolean> {
    const { signingKey } = this.config;
    const unsigned = { number, at: this.clock.now().toISOString(), prev_hash, key_id: signingKey.id, heads };
    const signature = signingKey.sign(checkpointText(unsigned));
    const appended = await this.store.appendCheckpoint({ ...unsigned, signature }, bySystem);
    if (appended.outcome === 'stale') return false;
    // In a log that leaves this machine it is what a checkpoint in the database can be held against.
    this.logger.log({
      message: 'signed a checkpoint of the trail',
      number,
      hash: appended.hash,
      key_id: signingKey.id,
    });
    return true;
  }
}
