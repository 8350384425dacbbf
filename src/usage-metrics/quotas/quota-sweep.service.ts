import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Housekeeping } from '../../platform/housekeeping.js';
import { ReservationsStore } from './reservations.store.js';

const everySeconds = 30;
/** Each is a few milliseconds' work, and a call must end within eight seconds on hosted Supabase. */
const perCall = 200;

/** Gives back what was reserved for too long, tells of soft limits that were passed, and forgets reservations that ended long ago. */
@Injectable()
export class QuotaSweep implements OnModuleInit {
  constructor(
    private readonly housekeeping: Housekeeping,
    private readonly store: ReservationsStore,
  ) {}

  onModuleInit(): void {
    this.housekeeping.add({ name: 'quotas', everySeconds, run: (signal) => this.run(signal) });
  }

  private async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const swept = await this.store.sweep(perCall, signal);
      if (Math.max(swept.expired, swept.settled, swept.removed) < perCall) return;
    }
  }
}
