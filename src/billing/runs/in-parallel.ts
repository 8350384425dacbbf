/** Does `work` for each, at most `most` at once, in their order. After a failure nothing more is begun; it throws when all that was has ended. */
export async function inParallel<T>(
  items: readonly T[],
  most: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const left = items.entries();
  const workers = Array.from({ length: most }, async () => {
    for (const [index, item] of left) await work(item, index);
  });
  const ends = await Promise.allSettled(workers);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
