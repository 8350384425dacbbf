import { itemsAt, stringAt } from '../../store/fields.js';
import type { KubeObject } from '../../store/kube-object.js';
import { badRequest } from '../../store/status-error.js';
import type { ApiParts, LogQuery } from '../api-parts.js';
import type { Answer } from '../http/answer.js';
import type { ResourceRequest } from '../http/resource-request.js';
import { find } from './read.js';
import { flag, wholeNumber } from './query.js';

const FOLLOW_EVERY_MS = 100;

/** Answers the log of a container, or follows it until the pod has ended or is gone. */
export function podLog(parts: ApiParts, request: ResourceRequest): Answer {
  const { query } = request;
  const pod = find(parts, request);
  const container = containerOf(pod, query.get('container'));
  const { name, namespace = '' } = pod.metadata;
  const read = (wanted: LogQuery) => parts.kubelet.logs(namespace, name, container, wanted);
  const first = read(logQuery(query));
  if (first === undefined) {
    throw badRequest(
      `container ${JSON.stringify(container)} in pod ${JSON.stringify(name)} is waiting to start: ContainerCreating`,
    );
  }
  if (!flag(query, 'follow')) return { code: 200, body: Buffer.from(first), contentType: 'text/plain' };
  const timestamps = flag(query, 'timestamps');
  return follow({
    first,
    left: (wholeNumber(query, 'limitBytes') ?? Number.POSITIVE_INFINITY) - first.length,
    readAll: () => read({ timestamps }),
    ended: () => hasEnded(parts.store.get('/pods', namespace, name), pod),
  });
}

function logQuery(query: URLSearchParams): LogQuery {
  const wanted: LogQuery = { previous: flag(query, 'previous'), timestamps: flag(query, 'timestamps') };
  const tailLines = wholeNumber(query, 'tailLines');
  const limitBytes = wholeNumber(query, 'limitBytes');
  const sinceSeconds = wholeNumber(query, 'sinceSeconds');
  const sinceTime = query.get('sinceTime');
  if (tailLines !== undefined) wanted.tailLines = tailLines;
  if (limitBytes !== undefined) wanted.limitBytes = limitBytes;
  if (sinceSeconds !== undefined) wanted.sinceSeconds = sinceSeconds;
  if (sinceTime !== null) wanted.sinceTime = sinceTime;
  return wanted;
}

/** The named container, or the only one. Throws 400. */
function containerOf(pod: KubeObject, asked: string | null): string {
  const main = itemsAt(pod, 'spec', 'containers').map((item) => stringAt(item, 'name') ?? '');
  const init = itemsAt(pod, 'spec', 'initContainers').map((item) => stringAt(item, 'name') ?? '');
  const { name } = pod.metadata;
  if (asked !== null && asked !== '') {
    if (main.includes(asked) || init.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  const [only] = main;
  if (main.length === 1 && only !== undefined) return only;
  const choices = `choose one of: [${main.join(' ')}]`;
  throw badRequest(
    `a container name must be specified for pod ${name}, ${choices}${init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : ''}`,
  );
}

function hasEnded(pod: KubeObject | undefined, began: KubeObject): boolean {
  if (pod === undefined || pod.metadata.uid !== began.metadata.uid) return true;
  const phase = stringAt(pod, 'status', 'phase');
  return phase === 'Succeeded' || phase === 'Failed';
}

interface Followed {
  first: string;
  /** how many characters may still be written after the first ones */
  left: number;
  readAll: () => string | undefined;
  ended: () => boolean;
}

/** Writes what is there, then what is added, until the end or the limit. The log of one run is read whole and only grows. */
function follow({ first, left, readAll, ended }: Followed): Answer {
  return {
    stream: (response) => {
      response.writeHead(200, { 'Content-Type': 'text/plain' });
      response.flushHeaders();
      if (first !== '') response.write(first);
      let sent = (safely(readAll) ?? '').length;
      let rest = left;
      const timer = setInterval(() => {
        const all = safely(readAll) ?? '';
        const added = all.slice(sent, sent + rest);
        if (added !== '') response.write(added);
        rest -= added.length;
        if (rest <= 0 || all.length < sent || ended()) response.end();
        sent = all.length;
      }, FOLLOW_EVERY_MS);
      timer.unref();
      response.on('close', () => clearInterval(timer));
    },
  };
}

/** A log that cannot be read any more, since its pod is gone, has ended. */
function safely(readAll: () => string | undefined): string | undefined {
  try {
    return readAll();
  } catch {
    return undefined;
  }
}
