import type { Pod } from '../pod-kinds.js';

/** 10.244.0.0/14, without the first addresses, which the nodes' bridges would have. */
const FIRST = 0x0a_f4_00_0a;
const COUNT = 2 ** 18 - 16;

/** Hands out pod addresses in turn, so that one comes back as late as possible. */
export class PodAddresses {
  private last = 0;

  constructor(pods: Iterable<Pod>) {
    for (const { status } of pods) this.last = Math.max(this.last, numberOf(status?.podIP));
  }

  next(): string {
    this.last = (this.last + 1) % COUNT;
    const address = FIRST + this.last;
    return [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255].join('.');
  }
}

function numberOf(address: string | undefined): number {
  if (address === undefined) return 0;
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) - FIRST;
  return number > 0 && number < COUNT ? number : 0;
}
