// What the benchmarks share.

/** A client of the REST API that throws for every answer that is no success. */
export function client(url, key) {
  return async (method, path, body) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    if (answer.headers.get('content-type') === 'text/event-stream') return text;
    return text === '' ? undefined : JSON.parse(text);
  };
}

/** Waits for the end of an operation by its event stream. */
export async function followed(api, id) {
  const events = await api('GET', `/v1/operations/${id}/events`);
  const { operation } = JSON.parse(/^data: (\{"type":"end".*)$/m.exec(events)?.[1] ?? '{}');
  if (operation?.status !== 'succeeded')
    throw new Error(`operation ${id}: ${JSON.stringify(operation?.error ?? events)}`);
}

/** Runs `work(index)` for every index below `count`, `concurrency` of them at once. */
export async function inParallel(count, concurrency, work) {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

export function percentile(samples, share) {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export function median(samples) {
  return percentile(samples, 0.5);
}

/** A Markdown table. */
export function table(heads, rows) {
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
