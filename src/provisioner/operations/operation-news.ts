/** Tells those who wait on this replica that the record of an operation has changed. What other replicas write is only found by looking. */
export class OperationNews {
  private readonly listeners = new Map<string, Set<() => void>>();

  tell(operationId: string): void {
    for (const hear of this.listeners.get(operationId) ?? []) hear();
  }

  /** @returns what ends the listening */
  listen(operationId: string, hear: () => void): () => void {
    const listeners = this.listeners.get(operationId) ?? new Set();
    this.listeners.set(operationId, listeners.add(hear));
    return () => {
      listeners.delete(hear);
      if (listeners.size === 0 && this.listeners.get(operationId) === listeners) this.listeners.delete(operationId);
    };
  }

  /** How many operations somebody listens to. */
  get size(): number {
    return this.listeners.size;
  }
}
