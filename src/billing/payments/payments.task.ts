import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ScheduledTasks } from '../../background-tasks/scheduled-tasks.service.js';
import { PlatformConfig } from '../../platform/platform.config.js';
import { PaymentProvider } from './payment-provider.js';
import { ProviderCalls } from './provider-calls.service.js';

/** How long a new invoice waits at most before the provider is asked to collect it. */
const everySeconds = 5;

/** Asks the provider what is due to be asked. */
@Injectable()
export class PaymentsTask implements OnApplicationBootstrap {
  constructor(
    private readonly calls: ProviderCalls,
    private readonly provider: PaymentProvider,
    private readonly schedules: ScheduledTasks,
    private readonly platform: PlatformConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (this.provider.name === 'none' || !this.platform.roles.includes('worker')) return;
    this.schedules.every('billing_payments', everySeconds, (signal) => this.calls.run(signal));
  }
}
