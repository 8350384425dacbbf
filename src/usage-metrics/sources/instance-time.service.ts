import { Injectable } from '@nestjs/common';
import type { OutboxMessage } from '../../background-tasks/outbox-message.js';
import { instanceStateEvent, toldState } from './instance-time.js';
import { InstanceTimeStore } from './instance-time.store.js';
import { Submitter } from './submitter.service.js';

const slicesAtOnce = 1_000;

/** From what the outbox tells of instances to events of the time that they were observed ready. */
@Injectable()
export class InstanceTime {
  constructor(
    private readonly store: InstanceTimeStore,
    private readonly submitter: Submitter,
  ) {}

  async take(message: OutboxMessage, signal?: AbortSignal): Promise<void> {
    const state = toldState(message);
    if (state !== undefined) await this.store.told(state, signal);
  }

  /** Submits all ready time that will not change any more. Ended in between, it submits the rest, and nothing twice, the next time. */
  async submit(signal: AbortSignal): Promise<void> {
    for (;;) {
      const slices = await this.store.slices(slicesAtOnce, signal);
      if (slices.length === 0) return;
      await this.submitter.submit(slices.map((slice) => instanceStateEvent(slice)));
      await this.store.submitted(slices);
      if (slices.length < slicesAtOnce || signal.aborted) return;
    }
  }
}
