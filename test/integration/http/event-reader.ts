/** Reads an event stream as it comes. */
export class EventReader {
  text = '';
  ended: 'no' | 'whole' | 'cut' = 'no';

  private constructor(
    readonly response: Response,
    private readonly controller: AbortController,
  ) {
    void this.read();
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const controller = new AbortController();
    return new EventReader(await fetch(url, { headers, signal: controller.signal }), controller);
  }

  /** The data of the events so far. */
  get data(): unknown[] {
    return [...this.text.matchAll(/^data: (.*)$/gm)].map(([, data = '']): unknown => JSON.parse(data));
  }

  leave(): void {
    this.controller.abort();
  }

  private async read(): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.response.body ?? []) this.text += decoder.decode(chunk, { stream: true });
      this.ended = 'whole';
    } catch {
      this.ended = 'cut';
    }
  }
}
