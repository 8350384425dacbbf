import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { StatusError } from '../../store/status-error.js';

/** Which requests a fault meets: by method, and by a part of the path or a pattern. All of them without it. */
export interface FaultTarget {
  method?: string;
  path?: string | RegExp;
  /** how many requests it meets before it ends; without it, until it is lifted */
  times?: number;
}

type Effect =
  { is: 'latency'; milliseconds: number } | { is: 'status'; error: StatusError } | { is: 'drop' } | { is: 'hang' };

interface Fault {
  effect: Effect;
  target: FaultTarget;
  left: number;
}

/** What a request meets: nothing, or an end without an answer. */
export type Outcome = 'answer' | 'drop' | 'hang';

/** Ends a fault. */
export type Lift = () => void;

/** Trouble to be made at the API for tests. Each answers a function that ends it. */
export class Faults {
  private readonly active = new Set<Fault>();

  constructor(private readonly withhold: () => Lift) {}

  /** Answers wait so long, in milliseconds. */
  latency(milliseconds: number, target: FaultTarget = {}): Lift {
    return this.add({ is: 'latency', milliseconds }, target);
  }

  /** Answers 500, 429 (with Retry-After) or 409 instead. */
  status(code: 500 | 429 | 409, target: FaultTarget = {}): Lift {
    return this.add({ is: 'status', error: ERRORS[code] }, target);
  }

  /** Closes the connection without an answer. */
  drop(target: FaultTarget = {}): Lift {
    return this.add({ is: 'drop' }, target);
  }

  /** Never answers, and keeps the connection. */
  hang(target: FaultTarget = {}): Lift {
    return this.add({ is: 'hang' }, target);
  }

  /** Holds watch events back while the watches stay open; lifting it lets them through. */
  withholdWatch(): Lift {
    return this.withhold();
  }

  /** Ends all faults but withheld watches. */
  clear(): void {
    this.active.clear();
  }

  /** Lets a request meet its faults. Throws the status that one of them answers. */
  async meet(request: IncomingMessage, path: string): Promise<Outcome> {
    for (const fault of this.active) {
      if (!concerns(fault.target, request.method ?? 'GET', path)) continue;
      fault.left -= 1;
      if (fault.left <= 0) this.active.delete(fault);
      const { effect } = fault;
      switch (effect.is) {
        case 'latency':
          await sleep(effect.milliseconds, undefined, { ref: false });
          break;
        case 'status':
          throw effect.error;
        case 'drop':
        case 'hang':
          return effect.is;
      }
    }
    return 'answer';
  }

  /** Whether any fault is active, so that requests need not be asked. */
  get any(): boolean {
    return this.active.size > 0;
  }

  private add(effect: Effect, target: FaultTarget): Lift {
    const fault = { effect, target, left: target.times ?? Number.POSITIVE_INFINITY };
    this.active.add(fault);
    return () => this.active.delete(fault);
  }
}

function concerns({ method, path: wanted }: FaultTarget, requested: string, path: string): boolean {
  if (method !== undefined && method !== requested) return false;
  if (wanted === undefined) return true;
  return typeof wanted === 'string' ? path.includes(wanted) : wanted.test(path);
}

const ERRORS = {
  500: new StatusError(500, 'InternalError', 'Internal error occurred: injected fault', {}),
  429: new StatusError(429, 'TooManyRequests', 'too many requests', { retryAfterSeconds: 1 }),
  409: new StatusError(409, 'Conflict', 'Operation cannot be fulfilled: injected conflict', {}),
} as const;
