import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ScheduledTasks } from '../../background-tasks/scheduled-tasks.service.js';
import { PlatformConfig } from '../../platform/platform.config.js';
import { PaymentProvider } from './payment-provider.js';
import { Payments } from './payments.service.js';

const everySeconds = 900;

/** Withdraws from the provider what could not be withdrawn when it stopped being due. */
@Injectable()
export class PaymentsTask implements OnApplicationBootstrap {
  constructor(
    private readonly payments: Payments,
    private readonly provider: PaymentProvider,
    private readonly schedules: ScheduledTasks,
    private readonly platform: PlatformConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (this.provider.name === 'none' || !this.platform.roles.includes('worker')) return;
    this.schedules.every('billing_payments', everySeconds, (signal) => this.payments.reduceAll(signal));
  }
}
