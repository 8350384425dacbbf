import { processRegistry } from './process-registry.js';

it('the metrics of the process say how it does', async () => {
  const text = await processRegistry().metrics();
  expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
  expect(text).toMatch(/^process_cpu_seconds_total /m);
  expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
});
