/**
 * Does `work` for each, at most `most` at once, in their order; each is taken when it is its turn. After a failure nothing more is begun; it throws when
 * all that was has ended.
 */
export async function inParallel<T>(items: Iterable<T>, most: number, work: (item: T) => Promise<void>): Promise<void> {
  const left = eachOf(items);
  const workers = Array.from({ length: most }, async () => {
    for (const item of left) await work(item);
  });
  const ends = await Promise.allSettled(workers);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** A loop that is left ends it for every other loop over it, which an array's own iterator does not. */
function* eachOf<T>(items: Iterable<T>): Generator<T> {
  yield* items;
}
