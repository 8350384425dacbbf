/** A map that holds at most so many entries, and forgets first what was asked for least recently. */
export class RecentMap<Key, Value> {
  private readonly entries = new Map<Key, Value>();

  constructor(private readonly capacity: number) {}

  get size(): number {
    return this.entries.size;
  }

  get(key: Key): Value | undefined {
    const value = this.entries.get(key);
    if (value === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, value);
    return value;
  }

  set(key: Key, value: Value): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size <= this.capacity) return;
    const [oldest] = this.entries.keys();
    if (oldest !== undefined) this.entries.delete(oldest);
  }

  /** Forgets every entry that the test holds for. Looks at all of them. */
  forget(test: (value: Value, key: Key) => boolean): void {
    for (const [key, value] of this.entries) if (test(value, key)) this.entries.delete(key);
  }

  clear(): void {
    this.entries.clear();
  }
}
