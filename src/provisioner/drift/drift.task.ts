import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ScheduledTasks } from '../../background-tasks/scheduled-tasks.service.js';
import { ClusterWatch } from '../../kubernetes/cluster-watch.js';
import { Clock } from '../../platform/clock.js';
import { PlatformConfig } from '../../platform/platform.config.js';
import { InHand } from '../operations/in-hand.service.js';
import { ProvisionerConfig } from '../provisioner.config.js';
import { DriftService } from './drift.service.js';
import { FleetScan } from './fleet-scan.service.js';

/** Changes come in bursts; one look after the burst sees them all. */
const burstMs = 500;
/** An instance that is not ready is looked at again, for readiness comes without a change of ours to see. */
const secondLookMs = 6_000;
const looksAtOnce = 8;

/** Looks when the watches see a change, and sweeps the whole fleet on schedule. */
@Injectable()
export class DriftTask implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(DriftTask.name);
  private readonly draining = new AbortController();
  /** Namespaces to look at, and when. */
  private readonly due = new Map<string, number>();
  private unsubscribe: (() => void) | undefined;
  private looking: Promise<void> | undefined;
  private wake = new AbortController();

  constructor(
    private readonly drift: DriftService,
    private readonly fleet: FleetScan,
    private readonly watch: ClusterWatch,
    private readonly inHand: InHand,
    private readonly schedules: ScheduledTasks,
    private readonly clock: Clock,
    private readonly platform: PlatformConfig,
    private readonly config: ProvisionerConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.platform.roles.includes('worker')) return;
    this.unsubscribe = this.watch.subscribe((namespace) => this.lookAt(namespace));
    this.looking = this.look();
    this.schedules.every('drift_sweep', this.config.driftSweepSeconds, async (signal) => {
      await this.fleet.run(signal);
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.unsubscribe?.();
    this.draining.abort();
    this.wake.abort();
    await this.looking;
  }

  private lookAt(namespace: string): void {
    if (this.due.has(namespace) || this.inHand.has(namespace)) return;
    this.due.set(namespace, this.clock.now().getTime() + burstMs);
    if (this.due.size === 1) this.wake.abort();
  }

  private async look(): Promise<void> {
    while (!this.draining.signal.aborted) {
      const now = this.clock.now().getTime();
      const ready = [...this.due].filter(([, at]) => at <= now).slice(0, looksAtOnce);
      for (const [namespace] of ready) this.due.delete(namespace);
      await Promise.all(ready.map(([namespace]) => this.check(namespace)));
      if (ready.length === 0 && !this.draining.signal.aborted) await this.idle(now);
    }
  }

  private async idle(now: number): Promise<void> {
    this.wake = new AbortController();
    const next = Math.min(...this.due.values());
    const forMs = Number.isFinite(next) ? Math.max(next - now, 20) : 60_000;
    await this.clock.sleep(forMs, this.wake.signal).catch(() => undefined);
  }

  private async check(namespace: string): Promise<void> {
    try {
      const settled = await this.drift.checkNamespace(namespace, this.draining.signal);
      if (!settled) this.due.set(namespace, this.clock.now().getTime() + secondLookMs);
    } catch (error) {
      if (this.draining.signal.aborted) return;
      this.logger.warn({ err: error, namespace }, 'a look at an instance failed; the sweep tries again');
    }
  }
}
