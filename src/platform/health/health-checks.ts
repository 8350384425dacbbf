import { Injectable } from '@nestjs/common';

/** A dependency that this replica cannot serve without. `check` resolves when it is well and throws why it is not. */
export interface HealthCheck {
  /** In snake_case, such as `database`; unique. */
  readonly name: string;
  check(signal: AbortSignal): Promise<void>;
}

export type DependencyState = { status: 'up' } | { status: 'down'; reason: string };

/** Where rooms announce what they depend on: `checks.add({ name, check })` from `onModuleInit`. */
@Injectable()
export class HealthChecks {
  private readonly checks: HealthCheck[] = [];

  add(check: HealthCheck): void {
    if (this.checks.some(({ name }) => name === check.name))
      throw new Error(`two health checks are called ${check.name}`);
    this.checks.push(check);
  }

  /** Asks every dependency at once; one that has not answered after `timeoutMs` is down. */
  async run(timeoutMs: number): Promise<Record<string, DependencyState>> {
    const states = await Promise.all(this.checks.map((check) => stateOf(check, timeoutMs)));
    return Object.fromEntries(this.checks.map(({ name }, index) => [name, states[index] ?? { status: 'up' }]));
  }
}

async function stateOf(check: HealthCheck, timeoutMs: number): Promise<DependencyState> {
  const controller = new AbortController();
  const { promise: late, resolve } = Promise.withResolvers<DependencyState>();
  const timer = setTimeout(() => {
    controller.abort();
    resolve({ status: 'down', reason: `no answer after ${timeoutMs} ms` });
  }, timeoutMs);
  try {
    return await Promise.race([late, ask(check, controller.signal)]);
  } finally {
    clearTimeout(timer);
  }
}

async function ask(check: HealthCheck, signal: AbortSignal): Promise<DependencyState> {
  try {
    await check.check(signal);
    return { status: 'up' };
  } catch (error) {
    return { status: 'down', reason: error instanceof Error ? error.message : String(error) };
  }
}
