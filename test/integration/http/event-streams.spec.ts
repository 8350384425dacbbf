import { EventStreams } from '../../../src/platform/http/sse.js';
import { EventReader } from './event-reader.js';
import type { RunningApp } from './start-app.js';
import { startApp, until } from './start-app.js';
import { secretOfFailure, ThingsController } from './things.controller.js';

describe('event streams', () => {
  let running: RunningApp;
  let streams: EventStreams;
  beforeAll(async () => {
    running = await startApp();
    streams = running.app.get(EventStreams);
  });
  afterAll(() => running.app.close());
  afterEach(() => until(() => streams.count === 0));

  const watch = (path: string, headers: Record<string, string> = {}) =>
    EventReader.open(`${running.url}/v1/things/${path}`, headers);

  it('tells each event with its id and name, and ends when there are no more', async () => {
    const reader = await watch('a/events');
    await until(() => reader.ended !== 'no');
    expect(reader.ended).toBe('whole');
    expect(reader.text).toBe(
      'retry: 2000\n\n' +
        'id: 1\nevent: tick\ndata: {"n":1}\n\n' +
        'id: 2\nevent: tick\ndata: {"n":2}\n\n' +
        'id: 3\nevent: tick\ndata: {"n":3}\n\n',
    );
  });

  it('is kept by nobody on the way', async () => {
    const { response } = await watch('a/events?count=0');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('goes on after the last event that the client saw', async () => {
    const reader = await watch('a/events?count=5', { 'last-event-id': '3' });
    await until(() => reader.ended === 'whole');
    expect(reader.data).toEqual([{ n: 4 }, { n: 5 }]);
  });

  it('begins at once, and beats while nothing happens', async () => {
    const reader = await watch('endless/events?count=0');
    await until(() => reader.text.startsWith('retry: 2000\n\n'));
    await until(() => (reader.text.match(/: heartbeat\n\n/g) ?? []).length >= 3);
    expect(reader.ended).toBe('no');
    reader.leave();
  });

  it('ends its source when the client leaves', async () => {
    const { endedStreams } = running.app.get(ThingsController);
    const before = endedStreams.length;
    const readers = await Promise.all(Array.from({ length: 20 }, () => watch('endless/events')));
    await until(() => readers.every(({ data }) => data.length === 3));
    expect(streams.count).toBe(20);
    for (const reader of readers) reader.leave();
    await until(() => streams.count === 0);
    await until(() => endedStreams.length === before + 20);
  });

  it('is cut when its source fails, so that the client comes back; the log knows why', async () => {
    const reader = await watch('breaks/events?count=1');
    await until(() => reader.ended !== 'no');
    expect(reader.ended).toBe('cut');
    expect(reader.data).toEqual([{ n: 1 }]);
    expect(reader.text).not.toContain(secretOfFailure);
    const id = reader.response.headers.get('x-request-id');
    const logged = running.log.filter((line) => line['level'] === 'error' && line['request_id'] === id);
    expect(JSON.stringify(logged)).toContain(secretOfFailure);
  });

  it('is not opened for its head alone', async () => {
    const response = await fetch(`${running.url}/v1/things/endless/events`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    await until(() => streams.count === 0);
  });

  it('is refused like anything else before it begins', async () => {
    const { status, json } = await running.send('GET', '/v1/things/A/events?count=x');
    expect(status).toBe(400);
    expect(json['errors']).toHaveLength(2);
  });
});
