// What a writer sends, from its number and the batch's alone: a writer that was killed says the same again, and its parent knows what it said.
const day = 86_400_000;
const size = 40;
const fresh = 30;

export const meters = ['sum', 'count', 'avg', 'min', 'max', 'unique_count', 'latest', 'time_weighted'];
/** Midnight in UTC two days ago: all events are in that day and the next. */
export const start = Math.floor(Date.now() / day) * day - 2 * day;
export const span = 2 * day;

/** The n-th event of a writer. Of each twenty one is voided once it is acknowledged. */
function eventOf(tenants, from, writer, n) {
  const mixed = (writer * 100_003 + n) * 2_654_435_761;
  return {
    tenant: tenants[n % tenants.length],
    source: `writer-${writer}`,
    id: `e${n}`,
    // No two of one tenant at one moment, so that the latest one is nobody's luck.
    time: from + (((mixed % span) - (mixed % 8) + writer) % span),
    value: `${(mixed % 1_000) + 1}.${n % 10}5`,
    user: `u${mixed % 50}`,
    region: ['eu', 'us', 'ap'][mixed % 3],
    voided: n % 20 === 7,
  };
}

/** 30 that are new, and ten of those that were sent before: 25 %. */
export function batchOf(tenants, from, writer, batch) {
  const first = batch * fresh;
  const events = Array.from({ length: fresh }, (_, n) => eventOf(tenants, from, writer, first + n));
  const again = Array.from({ length: size - fresh }, (_, n) => {
    const earlier = (first * 31 + n * 7_919) % (first + fresh);
    return eventOf(tenants, from, writer, earlier);
  });
  return [...events, ...again];
}

/** All that a writer sent in its first batches, each once. */
export function eventsOf(tenants, from, writer, batches) {
  return Array.from({ length: batches * fresh }, (_, n) => eventOf(tenants, from, writer, n));
}

export function jsonOf({ source, id, time, value, user, region }) {
  const head = JSON.stringify({ specversion: '1.0', source, id, type: 'used', time: new Date(time).toISOString() });
  return `${head.slice(0, -1)},"data":{"value":${value},"user":"${user}","region":"${region}"}}`;
}
