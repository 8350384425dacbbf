/** Keeps the last bytes of a stream, so that a program which never stops talking cannot fill the memory. */
export class OutputTail {
  private readonly chunks: Buffer[] = [];
  private kept = 0;
  private dropped = false;

  constructor(private readonly limitBytes: number) {}

  /** True when the beginning was let go. */
  get truncated(): boolean {
    return this.dropped || this.kept > this.limitBytes;
  }

  add(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.chunks.push(chunk);
    this.kept += chunk.length;
    while (this.kept - (this.chunks[0]?.length ?? 0) >= this.limitBytes) {
      this.kept -= this.chunks.shift()?.length ?? 0;
      this.dropped = true;
    }
  }

  text(): string {
    const all = Buffer.concat(this.chunks);
    return all.subarray(Math.max(0, all.length - this.limitBytes)).toString('utf8');
  }
}
