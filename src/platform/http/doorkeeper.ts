import { Injectable } from '@nestjs/common';
import type { TenantryError } from '../errors.js';
import type { Access } from './access.js';
import type { RouteDefinition } from './route.js';

/** Whether a request is served, and what its answer says in headers, whichever answer that is. */
export interface Admission {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly refusal?: TenantryError;
}

/** A request of which the head has arrived, on a route that wants to know its caller. */
export interface Arrival {
  readonly request: { readonly headers: { readonly authorization?: string | undefined } };
  readonly reply: { header(name: string, value: string): unknown };
  readonly route: RouteDefinition;
  readonly access: Exclude<Access, 'public'>;
}

/** Rejects with the refusal of a caller who is nobody. */
type Recognizer = (arrival: Arrival) => unknown;

type Judge = (address: string) => Admission | Promise<Admission>;

const admitted: Admission = { headers: {} };

/** Who stands at the door before a body is read. Lets in everybody, until a room puts a judge and a recognizer here from `onModuleInit`. */
@Injectable()
export class Doorkeeper {
  private judge: Judge | undefined;
  private recognizer: Recognizer | undefined;

  put(judge: Judge): void {
    if (this.judge) throw new Error('there is a judge of anonymous requests already');
    this.judge = judge;
  }

  putRecognizer(recognizer: Recognizer): void {
    if (this.recognizer) throw new Error('somebody recognizes callers already');
    this.recognizer = recognizer;
  }

  /** Before the body is read. @throws TenantryError when nobody sent it; then the guard need not be asked */
  async recognize(arrival: Arrival): Promise<void> {
    await this.recognizer?.(arrival);
  }

  /** @param address of the caller, as trusted proxies tell it. */
  admit(address: string): Admission | Promise<Admission> {
    return this.judge?.(address) ?? admitted;
  }
}
