import { Injectable } from '@nestjs/common';
import type { TenantryError } from '../errors.js';

/** Whether a request is served, and what its answer says in headers, whichever answer that is. */
export interface Admission {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly refusal?: TenantryError;
}

type Judge = (address: string) => Admission | Promise<Admission>;

const admitted: Admission = { headers: {} };

/** Who lets requests in that nobody will be authenticated for. Everybody, until a room puts a judge here from `onModuleInit`. */
@Injectable()
export class Doorkeeper {
  private judge: Judge | undefined;

  put(judge: Judge): void {
    if (this.judge) throw new Error('there is a judge of anonymous requests already');
    this.judge = judge;
  }

  /** @param address of the caller, as trusted proxies tell it. */
  admit(address: string): Admission | Promise<Admission> {
    return this.judge?.(address) ?? admitted;
  }
}
