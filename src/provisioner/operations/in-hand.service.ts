import { Injectable } from '@nestjs/common';

/** The namespaces in which an operation of this replica is at work: what changes there now is its doing, and it looks itself. */
@Injectable()
export class InHand {
  private readonly namespaces = new Set<string>();

  take(namespace: string): void {
    this.namespaces.add(namespace);
  }

  letGo(namespace: string): void {
    this.namespaces.delete(namespace);
  }

  has(namespace: string): boolean {
    return this.namespaces.has(namespace);
  }
}
