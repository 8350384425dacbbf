import type { KubernetesObject } from './kubernetes-object.js';
import type { ObjectClient } from './object.client.js';
import { logKey, podCause, wantedLogs, type PodCause } from './pod-cause.js';

const LOG_LINES = 20;
/** One crashing container tells as much as twenty. */
const MOST_LOGS = 3;

/** Asks the cluster why the pods of a namespace are not ready. */
export class PodCauseClient {
  constructor(private readonly objects: ObjectClient) {}

  /**
   * The cause, or undefined when nothing speaks for one. `since` leaves out events of before, such as those of an
   * earlier attempt. Rejects as ObjectClient does.
   */
  async causeIn(namespace: string, since: Date, signal?: AbortSignal): Promise<PodCause | undefined> {
    const [pods, events] = await Promise.all([
      this.objects.list({ apiVersion: 'v1', kind: 'Pod', namespace, signal }),
      this.objects.list({ apiVersion: 'v1', kind: 'Event', namespace, signal }),
    ]);
    const logs = new Map<string, string>();
    for (const wanted of wantedLogs(pods).slice(0, MOST_LOGS)) {
      logs.set(logKey(wanted.pod, wanted.container), await this.lastLines(wanted, signal));
    }
    return podCause(
      pods,
      events.filter((event) => happenedAfter(event, since)),
      logs,
    );
  }

  private async lastLines(
    container: { namespace: string; pod: string; container: string },
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const options = { ...container, tailLines: LOG_LINES, signal };
    const earlier = await this.objects.logs({ ...options, previous: true });
    return earlier === '' ? this.objects.logs(options) : earlier;
  }
}

function happenedAfter(event: KubernetesObject, since: Date): boolean {
  const text = [event['lastTimestamp'], event['eventTime'], event.metadata.creationTimestamp].find(
    (time) => typeof time === 'string',
  );
  const at = Date.parse(text ?? '');
  // Event times have whole seconds: one within the second of the start counts.
  return Number.isNaN(at) || at >= since.getTime() - 1000;
}
