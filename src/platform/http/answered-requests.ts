import { Injectable } from '@nestjs/common';
import type { Reach } from '../reach.js';

/** A request that was answered, or given up by its caller. */
export interface AnsweredRequest {
  /** Node's own, by which other rooms know what they know of it. */
  readonly raw: object;
  readonly method: string;
  /** The template of the path; undefined where no route matched. */
  readonly route: string | undefined;
  readonly status: number;
  /** What the caller was let in for. */
  readonly reach: Reach | undefined;
}

/** Where rooms hear of answered requests, which only this one sees: `answered.subscribe(…)` from `onModuleInit`. */
@Injectable()
export class AnsweredRequests {
  private readonly listeners: ((request: AnsweredRequest) => void)[] = [];

  /** The listener must not throw, nor take long. */
  subscribe(listener: (request: AnsweredRequest) => void): void {
    this.listeners.push(listener);
  }

  tell(request: AnsweredRequest): void {
    for (const listener of this.listeners) listener(request);
  }
}
