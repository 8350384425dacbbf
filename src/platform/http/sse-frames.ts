export interface StreamedEvent<Data = unknown> {
  /** What a client sends back as `Last-Event-ID`. */
  id?: string;
  /** The event's name; `message` where absent. */
  type?: string;
  data: Data;
}

/** A comment, which clients do not see: keeps connections open through proxies, and finds out who left. */
export const heartbeatFrame = ': heartbeat\n\n';

/** How long a client waits before it connects again. */
export function retryFrame(ms: number): string {
  return `retry: ${ms}\n\n`;
}

/** An event as the wire has it. `data` is written as JSON, which has no line breaks of its own. */
export function eventFrame(event: StreamedEvent): string {
  const lines = [
    ...(event.id === undefined ? [] : [`id: ${oneLine(event.id)}`]),
    ...(event.type === undefined ? [] : [`event: ${oneLine(event.type)}`]),
    `data: ${JSON.stringify(event.data)}`,
  ];
  return `${lines.join('\n')}\n\n`;
}

/** A line break would begin a field of its own; NUL makes clients ignore an id. */
function oneLine(text: string): string {
  return text.replaceAll(/[\r\n\0]/g, ' ');
}
