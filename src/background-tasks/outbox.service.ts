import { Injectable } from '@nestjs/common';
import { isAmong, type OutboxHandler } from './outbox-message.js';

interface Listener {
  readonly topics: readonly string[];
  readonly handler: OutboxHandler;
}

/**
 * Where rooms say what they listen to, from `onModuleInit`: the same on every replica, for any of them delivers. A message counts as
 * delivered when every listener of its topic has taken it; one that nobody listens to is delivered to nobody.
 */
@Injectable()
export class Outbox {
  private readonly listeners: Listener[] = [];

  /** @param topics names, or families such as `operation.*` */
  on(topics: readonly string[], handler: OutboxHandler): void {
    this.listeners.push({ topics, handler });
  }

  handlersOf(topic: string): OutboxHandler[] {
    return this.listeners.filter(({ topics }) => isAmong(topics, topic)).map(({ handler }) => handler);
  }
}
